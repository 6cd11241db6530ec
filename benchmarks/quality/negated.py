"""Negated sentences in each language, and how many negations a text has, counted without augcli.

Real texts in English and Chinese where they are at hand; in the other languages, sentences made from small templates.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

from benchmarks.common.measure import ROOT

DATA = Path(os.environ.get("AUGCLI_TEST_DATA", ROOT.parent / "shared" / "data"))
_REAL = {"en": ("banking77", "clinc150", "wnut17", "snips"), "zh": ("crosswoz_zh",)}


class Language(NamedTuple):
    """What negated texts are made of."""

    no: str
    """A regular expression: each match is a negation."""
    frames: str
    """Negated sentences, one a line, with {} for a noun."""
    nouns: str
    plain: str
    """Sentences without a negation, one a line."""


_APOSTROPHE = r"(?:['’´`ʼ＇]|\\'|&(?:#39|apos|rsquo);)"
_ENGLISH = (
    r"(?<![a-z0-9])_?(?:not|no|non|never|none|nothing|nobody|nowhere|neither|nor|without|w/o|cannot|cant|aint|donot|idk|idc|dunno|nothin|nuthin|"
    r"(?:do|does|did|is|are|was|were|has|have|had|could|would|should|wo)nt)_?"
    r"(?![a-z0-9])"
    rf"|n{_APOSTROPHE}t(?![a-z0-9])"
)


_BEGUN = "非[常洲]|未[来來]|不[断斷仅僅过過妨]|不好意思|[无無][论論数數]|否[则則]"
_AFFIRMED = f"(?!{_BEGUN})(?<!差(?=不多))(?<![对對了](?=不起))(?<!除(?=非))(?<![是能可会會](?=否))"
"""Behind this, none of the Chinese words begins or goes on that only look like negations."""


def _words(words: str) -> str:
    return rf"(?<!\w)(?:{words.replace(' ', '|')})(?!\w)"


LANGUAGES: dict[str, Language] = {
    "ar": Language(
        _words("لا لم لن ليس ليست ولا بدون غير"),
        "لا أحب هذا {} الجديد\nلم أشتر {} من هذا المتجر\nليس عندي {} في البيت\nلن أطلب {} مرة أخرى\n"
        "وصل {} بدون غطاء\nهذا {} غير مناسب",
        "الهاتف الكتاب الكرسي المصباح السرير الحذاء القلم",
        "وصل الطلب يوم الاثنين\nالبيت كبير وجميل\nاشتريت خبزا من السوق\nسافر أخي إلى المدينة",
    ),
    "ca": Language(
        _words("no mai res cap sense ningú tampoc"),
        "No m'agrada aquest {}\nMai he comprat un {} així\nNingú vol el {}\nTinc un {} sense caixa\n"
        "Tampoc funciona el {}\nEl {} no va arribar",
        "telèfon llibre rellotge llit cotxe llum ordinador",
        "La comanda arriba dilluns\nLa casa és gran i bonica\nEl pare compra pa fresc\nViatgem amb tren",
    ),
    "cs": Language(
        r"(?<!\w)(?:ne(?:mám|chci|funguje|koupil|líbí|přišel|dám)|nikdy|nikdo|bez|žádný|není)(?!\w)",
        "Nemám rád tento {}\nNikdy mi {} včas přišel\nTen {} nefunguje\nNikdo kupuje {} tady\n"
        "Mám {} bez krabice\nŽádný {} není dobrý",
        "telefon stůl časopis počítač kabát stroj obraz",
        "Zásilka přijde v pondělí\nDům je velký a krásný\nOtec kupuje čerstvý chléb\nCestujeme vlakem",
    ),
    "da": Language(
        _words("ikke aldrig ingen intet uden hverken"),
        "Jeg kan ikke lide denne {}\nJeg har aldrig købt en {} her\nIngen vil have den {}\n"
        "Den {} kom uden kasse\nDen {} virker ikke\nIntet passer til min {}",
        "telefon stol bog lampe seng jakke cykel",
        "Pakken kommer på mandag\nHuset er stort og smukt\nMin far køber frisk brød\nVi rejser med toget",
    ),
    "de": Language(
        _words("nicht nichts nie niemand niemanden nirgends kein keine keinen keinerlei ohne kaum nein weder"),
        "Ich mag diesen {} nicht\nNiemand braucht den {} hier\nIch habe nie einen {} gekauft\nDer {} kam ohne Karton\n"
        "Nein, der {} ist defekt\nKaum jemand kauft den {}, nirgends",
        "Stuhl Fernseher Kalender Mantel Schrank Computer Koffer",
        "Die Lieferung kommt am Montag\nDas Haus ist groß und schön\nMein Vater kauft frisches Brot\n"
        "Wir reisen mit dem Zug",
    ),
    "el": Language(
        _words("δεν μην όχι ποτέ χωρίς κανείς τίποτα ούτε"),
        "Δεν μου αρέσει το {}\nΠοτέ αγόρασα {} εδώ\nΚανείς θέλει το {}\nΤο {} ήρθε χωρίς κουτί\n"
        "Μην αγοράσετε το {}\nΌχι, το {} χάλασε",
        "τηλέφωνο βιβλίο κρεβάτι ρολόι παλτό ποδήλατο ραδιόφωνο",
        "Το δέμα έρχεται τη Δευτέρα\nΤο σπίτι είναι μεγάλο\nΟ πατέρας αγοράζει ψωμί\nΤαξιδεύουμε με τρένο",
    ),
    "en": Language(
        _ENGLISH,
        "I do not like this {}\nI don't want the {} back\nNobody needs a {} here\nThe {} came without a box\n"
        "I don´t think the {} works\nI won&rsquo;t buy a {} again\nIt isn\\'t a {} I need\nI donot recommend the {}",
        "phone table lamp jacket computer bicycle camera",
        "The order arrives on Monday\nThe house is big and beautiful\nMy father bought fresh bread\nWe travel by train",
    ),
    "es": Language(
        _words("no nunca nada nadie ningún ningun sin tampoco jamás"),
        "No me gusta este {}\nNunca compré un {} aquí\nNadie quiere el {}\nEl {} llegó sin caja\n"
        "Tampoco funciona el {}\nNingun {} sirve",
        "teléfono libro reloj ordenador abrigo cuadro coche",
        "El pedido llega el lunes\nLa casa es grande y bonita\nMi padre compra pan fresco\nViajamos en tren",
    ),
    "fa": Language(
        _words("ندارم نیست نکرد نمی\u200cخواهم هیچ هرگز بدون نباید"),
        "من این {} را دوست ندارم\nاین {} خوب نیست\n{} ما کار نکرد\nمن {} نمی\u200cخواهم\nهرگز {} خریدم\n"
        "{} بدون جعبه رسید",
        "تلفن کتاب صندلی چراغ تخت کفش قلم",
        "بسته روز دوشنبه رسید\nخانه بزرگ و زیبا است\nپدرم از بازار خرید کرد\nما با قطار سفر کردیم",
    ),
    "fi": Language(
        _words("en ei et emme eivät ilman älä eikä"),
        "En pidä tästä {}\nEi kukaan halua {}\nEmme tarvitse {}\nTuotteet eivät sovi {}\nÄlä osta {}\n"
        "Saimme tilauksen ilman {}",
        "puhelimesta tuolista kirjasta lampusta sängystä takista koneesta",
        "Paketti saapuu maanantaina\nTalo on suuri ja kaunis\nPoika ostaa tuoretta leipää\nMatkustamme junalla",
    ),
    "fr": Language(
        r"(?<!\w)(?:ne|pas|jamais|rien|personne|aucun|sans|ni)(?!\w)|(?<!\w)n['’](?=\w)",
        "Je n'aime pas ce {}\nJe ne veux jamais le {}\nPersonne veut du {}\nLe {} est arrivé sans boîte\n"
        "Le {} ne marche pas\nAucun {} convient",
        "téléphone livre fauteuil manteau vélo tableau camion",
        "Le colis arrive lundi\nLa maison est grande et belle\nMon père achète du pain frais\nVoyageons en train",
    ),
    "he": Language(
        _words("לא אין בלי ולא שלא אינו"),
        "אני לא אוהב את {}\nאין לי {} בבית\nקיבלתי {} בלי קופסה\n{} אינו עובד\nלא קניתי {} כאן\nאמרו שלא צריך {}",
        "הטלפון הספר השולחן המחשב המעיל הכיסא השעון",
        "החבילה מגיעה ביום שני\nהבית גדול ויפה\nאבי קונה לחם טרי\nאנחנו נוסעים ברכבת",
    ),
    "hi": Language(
        "नहीं|(?<![\\w\\u0900-\\u097f])(?:न|मत|बिना)(?![\\w\\u0900-\\u097f])",
        "मुझे यह {} पसंद नहीं है\nयह {} काम नहीं करता\nमत खरीदो यह {}\nबिना डिब्बे के {} आया\nमैंने {} नहीं माँगा\nन {} अच्छा है",
        "फोन कमरा मकान कपड़ा जूता पंखा बिस्तर",
        "सामान सोमवार को आया\nघर बड़ा और सुंदर है\nपिता रोटी लाते हैं\nहम रेल से गए",
    ),
    "hu": Language(
        _words("nem ne nincs senki soha sem nélkül semmi"),
        "Nem szeretem ezt a {}\nSenki kér {} itt\nNincs jó {} a boltban\nSoha vettem {} itt\n"
        "Ne vegyen senki {}\nDoboz nélkül jött {}",
        "telefont asztalt könyvet kabátot autót lámpát ágyat",
        "A csomag hétfőn érkezik\nA ház nagy és szép\nApám friss kenyeret vesz\nVonattal utazunk",
    ),
    "id": Language(
        _words("tidak bukan belum jangan tanpa tak tiada"),
        "Saya tidak suka {} ini\nIni bukan {} saya\nKami belum terima {}\nJangan beli {} itu\n"
        "Barang {} datang tanpa kotak\nSaya tak perlu {}",
        "telepon lampu meja jaket sepeda komputer kamera",
        "Paket datang hari Senin\nRumah itu besar dan indah\nAyah beli roti segar\nKami naik kereta",
    ),
    "it": Language(
        _words("non mai niente nessuno nessun senza né neanche"),
        "Non mi piace questo {}\nMai comprato un {} qui\nNessuno vuole il {}\nIl {} è arrivato senza scatola\n"
        "Il {} non funziona\nNeanche il {} serve",
        "telefono libro tavolo cappotto computer quadro divano",
        "Il pacco arriva lunedì\nLa casa è grande e bella\nMio padre compra pane fresco\nViaggiamo in treno",
    ),
    "ja": Language(
        "ない|ません|なかった|なし",
        "この {} は 好き では ない です\n{} は 買い ません\n{} は 動か ない\n箱 なし で {} が 来た\n"
        "{} は 良く なかった\nその {} は 要り ません",
        "電話 机 時計 本 靴 車 椅子",
        "荷物 は 月曜 に 来た\n家 は 大きい です\n父 は パン を 買う\n電車 で 行く",
    ),
    "ko": Language(
        "않|없|못|(?<!\\w)안(?!\\w)|아니|마세요",
        "이 {} 안 좋아해요\n우리 {} 없어요\n저는 {} 못 샀어요\n그건 제 {} 아니에요\n그 {} 사지 마세요\n"
        "이 {} 좋지 않아요",
        "전화기 책상 시계 의자 침대 자전거 컴퓨터",
        "소포는 월요일에 와요\n집이 크고 예뻐요\n아버지는 빵을 사요\n우리는 기차로 가요",
    ),
    "nb": Language(
        _words("ikke aldri ingen uten verken intet"),
        "Jeg liker ikke denne {}\nJeg har aldri kjøpt en {} her\nIngen vil ha den {}\nDen {} kom uten eske\n"
        "Den {} virker ikke\nIntet passer min {}",
        "telefon stol lampe jakke sykkel sofa kikkert",
        "Pakken kommer på mandag\nHuset er stort og vakkert\nFar kjøper ferskt brød\nVi reiser med tog",
    ),
    "nl": Language(
        _words("niet niets nooit niemand geen zonder nergens nauwelijks"),
        "Ik vind deze {} niet mooi\nIk heb nooit een {} gekocht\nNiemand wil de {}\nDe {} kwam zonder doos\n"
        "Ik heb geen {} nodig\nDe {} werkt nauwelijks",
        "telefoon stoel lamp jas fiets computer kast",
        "Het pakket komt maandag\nHet huis is groot en mooi\nVader koopt vers brood\nWij reizen met de trein",
    ),
    "pl": Language(
        _words("nie nigdy nikt nic bez żaden ani nigdzie"),
        "Nie lubię tego {}\nNigdy kupiłem {} tutaj\nNikt chce {}\nDostałem paczkę bez {}\nTego {} nie polecam\n"
        "Nic do {} pasuje",
        "telefonu zegara stołu roweru fotela płaszcza komputera",
        "Paczka przyjdzie w poniedziałek\nDom jest duży i piękny\nOjciec kupuje świeży chleb\nJedziemy pociągiem",
    ),
    "pt": Language(
        _words("não nao nunca nada ninguém nenhum sem jamais"),
        "Não gosto deste {}\nNunca comprei um {} aqui\nNinguém quer o {}\nO {} chegou sem caixa\n"
        "Nao quero o {}\nNenhum {} serve",
        "telefone livro casaco computador quadro carro sapato",
        "O pedido chega segunda\nA casa é grande e bonita\nMeu pai compra pão fresco\nViajamos de trem",
    ),
    "ro": Language(
        r"(?<!\w)(?:nu|niciodată|nimeni|nimic|fără|niciun)(?!\w)|(?<!\w)n-(?=\w)",
        "Nu îmi place acest {}\nNiciodată am luat un {} aici\nNimeni vrea un {}\nAm primit un {} fără cutie\n"
        "N-am cerut acest {}\nNiciun {} merge bine",
        "telefon scaun dulap pantof tablou covor ceas",
        "Coletul ajunge luni\nCasa este mare\nTata ia pâine caldă\nMergem cu trenul",
    ),
    "ru": Language(
        _words("не нет никогда никто ничего без нельзя нигде никакой"),
        "Мне не нравится этот {}\nНикогда покупал {} здесь\nНикто хочет {}\nЗаказ пришел без {}\n"
        "У меня нет {}\nНельзя вернуть {}",
        "телефон стол шкаф диван плащ компьютер велосипед",
        "Посылка придет завтра\nДом большой и красивый\nОтец покупает свежий хлеб\nМы едем поездом",
    ),
    "sv": Language(
        _words("inte aldrig ingen inget utan varken ingenting"),
        "Jag gillar inte den {}\nJag har aldrig köpt en {} här\nIngen vill ha min {}\nDen {} kom utan kartong\n"
        "Den {} fungerar inte\nInget passar min {}",
        "telefon stol lampa jacka cykel kamera soffa",
        "Paketet kommer på måndag\nHuset är stort och vackert\nPappa köper färskt bröd\nVi reser med tåg",
    ),
    "tr": Language(
        r"(?<!\w)(?:değil|DEĞİL|yok|hayır|asla|hiç)(?!\w)|m[ıiuü]yor|m[ae]d[ıi]|m[ae]z(?!\w)|s[ıiuü]z(?!\w)",
        "Bu {} güzel değil\nEvde {} yok\nBen {} sevmiyorum\nO {} gelmedi\nKutusuz {} geldi\nBu {} çalışmaz",
        "telefon kitap saat dolap ceket bisiklet lamba",
        "Paket pazartesi geldi\nEv büyük ve güzel\nBabam taze ekmek aldı\nTrenle gideriz",
    ),
    "uk": Language(
        _words("не немає ніколи ніхто нічого без жодного ні"),
        "Мені не подобається цей {}\nНіколи купував {} тут\nНіхто хоче {}\nЗамовлення прийшло без {}\n"
        "У мене немає {}\nЦей {} не працює",
        "телефон стіл диван плащ комп'ютер велосипед годинник",
        "Посилка прийде завтра\nБудинок великий і гарний\nБатько купує свіжий хліб\nМи їдемо поїздом",
    ),
    "vi": Language(
        _words("không chẳng chưa đừng chả"),
        "Tôi không thích {} này\nTôi chưa mua {} ở đây\nĐừng mua {} đó\nCái {} chẳng tốt\n"
        "Chúng tôi chả cần {}\nHọ không giao {}",
        "bàn ghế đèn sách giường giày xe",
        "Hàng đến vào thứ hai\nNhà to và đẹp\nBố mua bánh mới\nChúng tôi đi tàu",
    ),
    "zh": Language(
        rf"{_AFFIRMED}[不没沒無无非未勿莫否]|(?<![型特性级級个個区區告分差类類识識辨])[别別](?![人的处處墅样樣])|{_ENGLISH}",
        "我不喜欢这个{}\n这家店没有{}\n别买这种{}\n這間店沒有{}，我不會再來了\n我完全not喜欢这个{}\n"
        "我 don't like 这个{}",
        "手机 桌子 电脑 自行车 衣服 相机 椅子",
        "订单星期一到\n房子又大又漂亮\n爸爸买了新鲜面包\n我们坐火车去",
    ),
}


def count(text: str, language: str) -> int:
    """How many negations a text has; Turkish capitals and combined letters are read as they are meant."""
    return len(re.findall(LANGUAGES[language].no, text.replace("İ", "i").replace("i\u0307", "i"), re.IGNORECASE))


def negated(language: str, wanted: int) -> list[str]:
    """So many negated texts: four fifths real ones, where there are some, then those that are made."""
    found = [text for text in dict.fromkeys(_real(language)) if count(text, language)][: wanted * 4 // 5]
    return found + _made(language)[: wanted - len(found)]


def _real(language: str) -> Iterator[str]:
    for name in _REAL.get(language, ()):
        for file in sorted((DATA / name / "normalised").glob("*.jsonl*")):
            with (
                gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as rows
            ):
                yield from (json.loads(row)["text"] for row in rows)


def _made(language: str) -> list[str]:
    """Texts of two sentences, one of which at least is negated."""
    made = LANGUAGES[language]
    frames = made.frames.split("\n")
    nouns = made.nouns.split()
    stop, blank = ("。", "") if language == "zh" else (".", " ")
    others = [*made.plain.split("\n"), *(frame.format(noun) for frame, noun in zip(frames, nouns[::-1], strict=False))]
    ones = [frame.format(noun) for noun, frame in product(nouns, frames)]
    pairs = [(one, other) for other in others for one in ones]
    pairs += [(other, one) for one, other in pairs]
    return [one + stop + blank + other + stop for one, other in pairs]
