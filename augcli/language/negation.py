"""Negations by language. Losing or changing one flips the meaning, and with it the label."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from augcli.language.chinese import HAN
from augcli.text.memo import WordCache
from augcli.text.words import plain_apostrophes, segmenter

_WORDS: dict[str, str] = {
    "ar": "كلا غير دون بدون بلا أبدا ابدا قط عدم مش مو لئلا",
    "ca": "no mai res ningú ningu cap gens enlloc tampoc sense ni pas mica",
    "cs": "ne nikdy nic ničeho ničemu ničím nikdo nikoho nikomu nikým nikde nikam nijak žádný žádná žádné žádného "
    "žádnou žádném žádným žádných bez ani není neni nikoli nikoliv sotva",
    "da": "ikke ej aldrig ingen intet ingenting ingensteds ingens hverken uden næppe nej",
    "de": "nein nee nö nicht nich nichts nix nie niemals nimmer nimmermehr niemand niemanden niemandem niemandes "
    "nirgends nirgendwo nirgendwohin nirgendwoher kein keine keinen keinem keiner keines keins keinerlei keinesfalls "
    "keineswegs ohne weder kaum mitnichten nichtmal garnicht garnichts",
    "el": "δεν δε μην μη όχι οχι ποτέ ποτε κανείς κανεις κανένας κανενας κανένα κανενα κανέναν κανενός καμία καμια "
    "καμιά τίποτα τιποτα τίποτε πουθενά πουθενα ούτε ουτε μήτε χωρίς χωρις δίχως",
    "en": "no not non never none nothing nothin nuthin nobody noone nowhere neither nor without hardly barely "
    "scarcely rarely seldom cannot donot nope nah nay aint cant dont wont isnt arent arnt wasnt werent doesnt "
    "dosent dosnt nt dnt didnt hasnt havent hadnt wouldnt couldnt shouldnt mustnt mightnt oughtnt neednt shant idk "
    "dunno ain don isn aren wasn weren doesn didn hasn hadn wouldn couldn shouldn w/o 't unable unlikely unwilling "
    "impossible unless lack lacks lacked lacking nil naught nought ne'er",
    "es": "no nunca jamás jamas nada nadie ningún ningun ninguno ninguna ningunos ningunas tampoco sin ni apenas",
    "fa": "نه نخیر هیچ هرگز بدون غیر هیچکس هیچگاه",
    "fi": "ilman tuskin älä älkää älköön älköt älkäämme ellen ellet ellei ellemme ellette elleivät",
    "fr": "ne ni non pas jamais rien personne aucun aucune aucuns aucunes nul nulle nuls nulles nullement aucunement "
    "sans point guère guere",
    "he": "בלי ללא אי אל בל מעולם",
    "hi": "nahi nahin nhi नहीं नही नहि नहिं न ना मत बिना बग़ैर बगैर",
    "hu": "nem ne se sem soha sohasem sose sosem aligha alig sehogy sehogyan",
    "id": "tidak tidaklah tak takkan bukan bukanlah bukannya belum belumlah jangan janganlah tanpa tiada enggak "
    "engga nggak ngga kagak gak ga ndak tdk",
    "it": "no non mai niente nulla nessuno nessuna nessun né neppure nemmeno neanche senza mica",
    "ja": "いいえ いや",
    "ko": "안 못 마 마라 절대 절대로",
    "nl": "nee neen niet niets niks nooit nimmer niemand niemands nergens geen geenszins zonder noch nauwelijks "
    "amper evenmin",
    "no": "ikke ikkje ei aldri ingen inga intet ingenting inkje ingensteds verken hverken uten utan neppe knapt nei "
    "ingensting",
    "pl": "nie nigdy nic niczego niczemu niczym nikt nikogo nikomu nikim nigdzie żaden żadna żadne żadnego żadnej "
    "żadnemu żadną żadnym żadnych żadnymi zaden zadna zadne zadnego zadnej bez ani bynajmniej",
    "pt": "não nao nunca nada ninguém ninguem nenhum nenhuma nenhuns nenhumas tampouco sem nem jamais",
    "ro": "nu n nici niciun nicio niciunul niciuna niciodată niciodata nicăieri nicaieri nimeni nimănui nimanui nimic "
    "nimica fără fara deloc",
    "ru": "не нет нету ни никто никого никому никем ничто ничего ничему ничем никогда нигде никуда ниоткуда никак "
    "никакой никакая никакое никакие никакого никаких никакому никаким никакую никакими ничей ничья ничьё ничьи "
    "невозможно нисколько нельзя некого некому нечего нечему нечем негде некуда незачем без безо отнюдь едва",
    "sv": "inte icke ej aldrig ingen inget inga ingens ingenting ingenstans ingalunda varken utan knappt knappast nej",
    "tr": "hayır hayir asla hiç hic hiçbir hicbir hiçbiri hiçbirini hiçbirine hiçkimse",
    "uk": "не ні ані нема немає ніхто нікого нікому ніким ніщо нічого нічому нічим ніколи ніде нікуди ніяк ніякий "
    "ніяка ніяке ніякі ніякого ніяких ніяку жоден жодна жодне жодні жодного жодної жодному жодну жодних без годі",
    "vi": "không khong ko hông hổng chẳng chả chưa đừng chớ",
}
"""Words that say no, as they stand."""
_FORMS: dict[str, str] = {
    "ar": "[وف]?(?:لا|لم|لن|ما|غير|دون|بدون|عدم)|ألا|[وفأ]?(?:ليس|لست|لسنا|لسن)(?:ت|م|وا|ا)?|ما.+ش|أ?و?لم",
    "ca": "n'.+",
    "cs": r"ne(?!j|boť?$|be$|besk|děl[eií]$|moc|ch(?:$|at|al|ám|áš|ává)|rv|utr|t$)[^\W\d_]{2,}|nej(?:s(?:em|i|me|te"
    r"|ou)|d.{1,3}|ezd.*|el.?|í.?)",
    "en": r".*n ?(?:'{1,2}|#0*39;) ?t(?:'.*)?|no{2,}t?|not{2,}|never{2,}"
    r"|(?:do|does|did|is|was|were|has|have|had|would|could|should|will|must)not|(?:not|no|never)_.+|(?:nobody|no-?one|nothing|none)'.+",
    "fa": "ن(?:می|بای|ی?ست|یس|خواه|خواست|خوان|نوشت|شنید|پذیر|پرس|دار|داشت|بود|باش|کرد|کن|شد|شو|رفت|توان|دان|گفت|گوی|دید"
    "|بین|داد|ده|یامد|یای|خورد|خری|گرفت|گیر|رسی|گذا|پسند|ماند|ساخت|فهمید|شناس).*"
    "|هیچ\u200c?(?:کس|چیز|وقت|یک|جا|گاه).*|بی\u200c.+",
    "fi": "(?:en|et|ei|emme|ette|eivät|eivat)(?:kä|kö|köhän|pä|hän)?|ett(?:en|et|ei|emme|ette|eivät)|.{2,}m(?:atta"
    "|ättä)",
    "fr": "n'.+|.+'aucune?s?",
    "he": "(?:וש|כש|לכש|[ושהבל])?(?:לא|אין|אינו|אינה|אינם|אינן|איני|אינני|אינך|אינכם|איננו)|[וש](?:אל|בלי|ללא)",
    "hu": "(?:senki|semmi|sehol|sehova|sehonnan|nincs|sincs|nélkül|semelyik|soha).*",
    "it": "(?:nient|nessun|null|neanch|nemmen|neppur)'.+|senz'.+",
    "ja": "(?!はず|まず|必ず)(?:.*(?:ない|なかっ|なく|なけれ|なきゃ|なし|無|不|未|非|ません|ざる|ねえ).*"
    "|.+(?:ずに?|ぬ|まい|ねー))",
    "ko": ".*(?:않|없|아니|아닌|아닐|아닙|아녀|아녜|못하|못해|못했|못한|못할|못합|지마|지말).*"
    "|(?:안|못)(?:돼|되|된|될|됩|됐|해|하|했|한|할|합|가|갔|와|왔|봐|봤|먹|좋|써|샀|사|받|나|맞).*"
    "|말(?:고|아|라|아라|아요|자)|마(?:세요|십시오|시오|요)",
    "tr": "(?:değil|degil|yok).*|.{2,}s[ıiuü]z|(?!komedi).+m(?:[ıiuü]yor|[ae]d[ıi]|[ae]m[ıi][şs]|[ae]m[ae]l[ıi]"
    "|[ae]y[ae]ca[kğg]|[ae]y[ae]ce[kğg]).*|(?!namaz).+m[ae]z.{0,5}|.{2,}m[ae](?:d[ae]n|m|y[ıi][nz]|s[ıi]n)",
}
"""Words made with a prefix or ending that says no, in whole: don't, n'aime, nemám, sevmiyorum, 않아요."""
_SAME = {"nb": "no", "nn": "no"}
"""Languages that share the words of another."""
_CHINESE = frozenset("不没沒無无非别別未勿莫否甭毋冇")
_CHINESE_WORDS = re.compile("休[想要]")
_AFFIRMED = re.compile(
    "非[常洲凡]|[除莫无無]非|[南西东東北中]非|莫[名大]|莫[过過][于於]|莫斯科|未[来來免]|否[则則]|[是能可会會与與]否"
    "|[特分区區差級级類类性個个识識告辨送鉴鑒鑑派][别別]|[别別][人的处處墅样樣致名称稱国國家具针針克]"
    "|不[仅僅但論论久禁愧由已只]|不[过過](?![来來去分瘾癮期敏关關])|不同(?!意)|不[断斷](?![电電])|不管(?![用事我你您他她它])"
    "|不光(?![滑彩荣榮])|不[时時](?!尚)|不妨(?![碍礙])|不免(?![费費])|差不[多离離]|[了对對]不起|不好意思|[怪恨巴]不得|不得了|[说說]不定"
    "|[无無](?:[论論穷窮比]|[线線]|[数數](?![据據]))|[沉淹埋吞湮]没(?!有)"
)
"""Chinese words of which such a character is a part, and which say no to nothing; most may stand for another."""
_PARTS = re.compile(r"[\s.-]+")
"""Between the words of a phrase, and the parts of a word such as not-so-good; or of two: I did not.Never."""
_HAN_RUN = re.compile(f"[{HAN}]+")
_UNMARKED = frozenset(("ar", "en", "fa", "he"))
"""Languages whose words are the same without marks: أبدًا, nót."""
_OTHER_SCRIPTS = frozenset(("ar", "el", "fa", "he", "hi", "ja", "ko", "ru", "uk", "zh"))
"""Languages in whose texts a Latin word is judged as an English one too."""
LANGUAGES = frozenset((*_WORDS, *_SAME, "zh"))
"""Languages whose negations are known."""


def negates(word: str, language: str) -> bool:
    """Whether `word` (of a text in `language`), or one of the words of a phrase, says no.

    Of a Chinese word, one such character is enough, but for those of words such as 非常. In text of mixed languages,
    Han characters are judged as Chinese in all languages but Japanese, and Latin words as English in those of other
    scripts.
    """
    return _judged(language)[word]


def count_negations(value: str, language: str) -> int:
    """How many negations a text has: words that say no, and Chinese characters."""
    if language != "ja" and _HAN_RUN.search(value):
        inside = sum([char in _CHINESE for char in _without_affirmed(value)])
        return inside + len(_CHINESE_WORDS.findall(value)) + count_negations(_HAN_RUN.sub(" ", value), language)
    find = segmenter("en" if language == "zh" else language)
    return sum([negates(value[start:end], language) for start, end in find(value)])


def has_negating_sign(word: str) -> bool:
    """Whether a Chinese word has a character that says no by itself, though not in each word: 不, but also 非常."""
    return not _CHINESE.isdisjoint(word)


def _without_affirmed(chinese: str) -> str:
    """Chinese text with other characters in the place of words that only look like negations."""
    return _AFFIRMED.sub(lambda match: "和" * len(match[0]), chinese)


@cache
def _judged(language: str) -> WordCache[bool]:
    def judge(word: str) -> bool:
        parts = [word] if word.isalpha() else [word, *_PARTS.split(word)]
        return any(_says_no(part, language) for part in parts)

    return WordCache(judge)


def _says_no(word: str, language: str) -> bool:
    small = _small(word, language)
    if language != "ja" and not small.isascii() and _HAN_RUN.search(small):
        if has_negating_sign(small) and not _CHINESE.isdisjoint(_without_affirmed(small)):
            return True
        if _CHINESE_WORDS.search(small):
            return True
        return any(_listed(part, language) for part in _HAN_RUN.split(small))
    return _listed(small, language)


def _listed(small: str, language: str) -> bool:
    language = _SAME.get(language, language)
    forms = _forms(language)
    if small in _words(language) or (forms and forms.fullmatch(small)):
        return True
    return language in _OTHER_SCRIPTS and small.isascii() and _listed(small, "en")


def _small(word: str, language: str) -> str:
    """`word` in lower case, composed, with plain apostrophes, and without the underscores of _not_."""
    small = plain_apostrophes(word.lower()).strip("_")
    if small.isascii():
        return small
    return _folded(small, language).replace("i\u0307", "i")


def _folded(text: str, language: str) -> str:
    if language in _UNMARKED:
        marked = unicodedata.normalize("NFD", text)
        text = "".join([char for char in marked if unicodedata.category(char) != "Mn"])
    return unicodedata.normalize("NFC", text)


@cache
def _words(language: str) -> frozenset[str]:
    return frozenset(_folded(_WORDS.get(language, ""), language).split())


@cache
def _forms(language: str) -> re.Pattern[str] | None:
    return re.compile(_folded(_FORMS[language], language)) if language in _FORMS else None
