"""Contractions of English: don't and do not, I'm and I am. A place that could be read in two ways is left alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from augcli.steps.operation import Rate
from augcli.steps.step import PerTextStep, RateStep
from augcli.steps.surface.split_contractions import glued, split_edits
from augcli.text.edits import Edit
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import APOSTROPHES, ESCAPED_APOSTROPHE, inside_grapheme, like_apostrophes, plain_apostrophes


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_BASE = _words(
    "be have do go get make take see say know think want like love need give find tell ask feel leave use try call "
    "keep help start show hear play move live believe bring happen write provide lose pay meet include continue learn "
    "change lead understand watch follow stop create speak allow add spend grow walk win offer remember consider "
    "appear buy wait serve die send expect build stay reach kill remain suggest raise pass sell require report decide "
    "pull return explain hope develop carry break receive agree support turn join visit prefer hate enjoy recommend "
    "check appreciate order cancel transfer book reserve suspect imagine guess mind care look work talk eat drink "
    "sleep drive avoid choose wish miss trust advise encourage assume listen travel fly thank accept apply activate "
    "end begin forget worry complain argue refuse contact bother seem become cover charge solve fix rate recognize"
)
_PARTICIPLE = _words(
    "been gone done seen taken known written given eaten spoken broken chosen driven fallen forgotten forgiven frozen "
    "got gotten had hidden ridden risen shown shaken stolen sworn torn thrown woken worn drawn grown flown blown "
    "drunk sung sunk swum begun rung sprung stung won held kept left lost made meant met paid said sent sold shot sat "
    "slept spent stood taught told thought understood bought brought built caught dealt dreamt fought felt fed fled "
    "heard hung led learnt lent lit proven slid spoilt spun stuck struck swept swung wept bent bitten beaten burnt "
    "bred crept dug forbidden laid lain mistaken sought sown undergone withdrawn awoken borne born undone overtaken "
    "misunderstood"
)
# Participles that are also base forms (he'd put), and past forms that dialect puts in their place (he's went).
_AMBIGUOUS = _words(
    "put cut set hit let come become run read cost hurt shut quit split spread beat bet burst cast fit rid shed "
    "thrust upset wet bid overcome found fell ground wound saw lay bound bore wed broadcast forecast input knit sweat "
    "went did took wrote came began ran ate gave knew drank broke chose drove froze spoke stole threw wore drew grew "
    "flew swam sang was were gotta"
)

_ED_BUT_NO_PARTICIPLE = _words(
    "hundred shed aged moped naked sacred wicked kindred hatred embed shred sled biped infrared rugged"
)
_LY_BUT_NO_ADVERB = _words("family july italy fly rely reply supply ally rally bully belly jelly assembly")
_ING_BUT_NO_VERB = _words("thing string spring wing sling something nothing anything everything during")
_ADVERB = _words(
    "not never ever always just already also even long since twice once recently soon still often sometimes now then "
    "again perhaps maybe quite almost first all both very too so much most well ago yet"
)
_PERSON = {"i": "am", "you": "are", "we": "are", "they": "are"} | dict.fromkeys(["he", "she", "it", "there"], "is")
_SUBJECT = frozenset(_PERSON) | _words(
    "this that these those someone anyone everyone everybody anybody everything people"
)
_OBJECT = _words("me you him her it us them this that these those")
_DETERMINER = _words("a an the my your his her its our their")
_PREPOSITION = _words(
    "of in on at to from with about for by into over under after before through between against during without"
)
_WH = _words("what who whom whose which where when why how whatever whoever wherever whichever however whenever")
_CLAUSE = _words("because if when while since until unless although though but")
_OPENING = _words("and but so then now ok okay please well yes no oh hey just")
_AUXILIARY = _words(
    "do does did have has had is are am was were be been being will would can could shall should may might must let "
    "make makes made don't doesn't didn't isn't aren't wasn't weren't won't wouldn't can't couldn't haven't hasn't"
)
_NEGATIVE = _words("no nothing nobody none nowhere never neither nor not")
_ONLY = _words("only just merely simply solely")
_HAS = _words("been got gotten had begun happened")
_IS = _DETERMINER | _OBJECT | _WH | _words("supposed gonna because")
_AFTER_BE = _words(
    "sure glad sorry happy good bad nice great important possible likely clear hard easy true ready afraid aware able "
    "very in at from not right wrong free late available tired interested here better best"
)
_ADJECTIVE = _words(
    "mine yours ours theirs hers unable able absent active alive alone allergic amazed amazing angry annoyed anxious "
    "asleep awake aware awesome awful away bad bald beautiful big blind blue boring born brave bright broke brown busy "
    "calm capable careful careless cheap cheerful clean clever cold comfortable common confident confused content cool "
    "correct crazy cruel curious cute dangerous dead deaf delicious desperate different difficult dirty doubtful drunk "
    "dumb eager early easy eligible empty enough entitled excellent excited expensive fair false familiar famous "
    "fantastic fast fat fearless fine fit foolish foreign friendly full fun funny furious generous gentle gorgeous "
    "grateful great green guilty handsome healthy heavy helpful hilarious home honest hot huge human hungry ill "
    "incorrect innocent insane intelligent interesting invalid jealous kind large lazy legal lonely long loud lovely "
    "lucky mad married mean missing necessary nervous new okay ok old open outside overdue patient pending perfect "
    "pleased polite poor popular positive pregnant pretty proud quick quiet rare real red responsible rich rude sad "
    "satisfied scared selfish serious short shy sick silent silly simple single slow small smart sober special strange "
    "strong stuck stupid sweet tall terrible terrified thankful thirsty tiny unaware uncertain uncomfortable unfair "
    "unhappy unique unknown unlikely unsure unusual upset urgent useful useless valid weak weird welcome willing wise "
    "wonderful worried worse worth young"
)
_DEGREE = _words("so very too really quite extremely pretty incredibly super totally completely")
# After these a clause begins, so that the pronoun is its subject.
_BEFORE_CLAUSE = _words(
    "and or so that think thinks thought know knows knew believe see sees say says said hope guess suppose sure feel "
    "seems notice noticed realize realized realise realised understand heard hear whether me then now"
)
_AFTER_DOES = _words(
    "want mean do go come live work say think cost get take make need look sound happen eat know have run feel start "
    "end open close stand spell keep play sell buy pay last belong contain weigh include leave arrive return expire "
    "finish"
)
# Before it's, these make it a clause; after other words it may be a slip for its (dragged it's feet).
_BEFORE_IT_IS = _words(
    "that and or so as like where how what why once now maybe think thinks thought know knows say says said see hope "
    "guess sure before after sometimes whether believe saying ok okay yes no well then because than wondering"
)
_MANY = _words("two three four five six seven eight nine ten lots many several few some plenty tons loads people")
_OWNED = _words("point right lot cold headache chance")

_SHORT = {"m": " am", "re": " are", "ve": " have", "ll": " will"}
_HOSTS = {
    "m": _words("i"),
    "re": _words("you we they who what where how there"),
    "ve": _words("i you we they who what would could should might must"),
    "ll": _words("i you he she it we they that there this who what"),
    "s": _words("he she it that there here what who where when why how let"),
    "d": _words("i you he she it we they that there who"),
}
_VERBS = _words("do does did is are was were has have had would could should might must need")
_NEGATED = {f"{verb}n": (-1, " not") for verb in _VERBS}
_NEGATED |= {"can": (0, "not"), "won": (-2, "ill not"), "shan": (-1, "ll not")}
_FULL = {
    "am": ("'m", _words("i")),
    "are": ("'re", _words("you we they")),
    "is": ("'s", _words("he she it that there here what who where how")),
    "will": ("'ll", _words("i you he she it we they")),
    "would": ("'d", _words("i you he she we they")),
    "have": ("'ve", _words("i you we they")),
    "has": ("'s", _words("he she it")),
    "had": ("'d", _words("i you he she we they")),
}
_BE_N_T = _words("isn aren wasn weren")
_FULL_FORMS = "|".join([*_FULL, "not", "cannot"])
_ENDS = rf"(?![{APOSTROPHES}]?\w|[-@]|{ESCAPED_APOSTROPHE}\w)"
_MARK = re.compile(rf"[{APOSTROPHES}\\&]")
_SHORT_FORMS = rf"([SsMmDdTt]|[Rr][Ee]|[Vv][Ee]|[Ll][Ll]){_ENDS}"
_CONTRACTED = re.compile(f"[{APOSTROPHES}]{_SHORT_FORMS}")
_CONTRACTED_ESCAPED = re.compile(f"{ESCAPED_APOSTROPHE}{_SHORT_FORMS}")
_SPELLED = re.compile(rf" (?:{_FULL_FORMS}|{_FULL_FORMS.upper()}){_ENDS}")
_LAST = re.compile(rf"[\w{APOSTROPHES}-]+\Z")
_NEXT = re.compile(rf" +([\w{APOSTROPHES}-]+)")


class Contraction(RateStep, PerTextStep[list[Edit]]):
    """Write contractions in full (don't: do not) and full forms as contractions (do not: don't).

    What 's and 'd stand for is told from the words that follow; where they leave a doubt, and where the other form
    would be no English (Isn't it?; taller than I am), the text stays as it is. Where the input gives tokens, a
    contraction is two of them: do n't, ca n't, I 'm.
    """

    name: ClassVar = "contraction"
    family: ClassVar = "surface"
    languages: ClassVar = frozenset({"en"})
    example: ClassVar = "contraction: {mode: expand}"

    mode: Literal["expand", "contract", "both"] = Field(
        "both", description="expand: don't becomes do not; contract: do not becomes don't; both: each in the other form"
    )
    rate: Rate = Field(1.0, description="share of the places found that change, rounded down")

    def prepare(self, texts: Sequence[Text]) -> list[list[Edit]]:
        return [self._possible(text) for text in texts]

    def propose(self, text: Text, prepared: list[Edit], rng: Rng) -> list[Edit]:
        return self.some(prepared, rng)

    def _possible(self, text: Text) -> list[Edit]:
        value = glued(text.value) if text.tokens else text.value
        found: list[Edit | None] = []
        if self.mode != "contract" and _MARK.search(value):
            patterns = (_CONTRACTED, _CONTRACTED_ESCAPED) if "&" in value or "\\" in value else (_CONTRACTED,)
            found += [_expand(value, match) for pattern in patterns for match in pattern.finditer(value)]
        if self.mode != "expand":
            found += [_contract(value, *match.span()) for match in _SPELLED.finditer(value)]
        edits = sorted(edit for edit in found if edit)
        return [
            edit
            for edit in (split_edits(text.value, edits) if text.tokens else edits)
            if text.is_editable(edit[0], edit[1]) and not inside_grapheme(text.value, edit[1])
        ]


def _expand(value: str, found: re.Match[str]) -> Edit | None:
    (start, end), short = found.span(), found[1]
    host = _before(value, start)
    if not _same_case(host, short):
        return None
    word, short = host.lower(), short.lower()
    words, at, first = _follow(value, end), start, start - len(host)
    new: str | None = None
    if short == "t":
        lead = _lead(value, first)
        if word == "ain":
            at, new = first, _ain_t(lead, words, value[:first][-24:])
        elif word in _NEGATED and _plain_negation(word, lead, _lead(value, first, past_adverbs=True), words):
            shift, new = _NEGATED[word]
            at += shift
    elif word in _HOSTS[short]:
        lead = _lead(value, first)
        if short == "s":
            new = _let_us(lead, words) if word == "let" else _is_or_has(word, lead, words)
        elif short == "d":
            new = _would_or_had(words)
        elif words[:1] != ["own"]:
            new = _SHORT[short]
    if new is None:
        return None
    return at, end, new.upper() if value[end - 1].isupper() else new


def _contract(value: str, start: int, end: int) -> Edit | None:
    host, full = _before(value, start), value[start + 1 : end].lower()
    words = _follow(value, end)
    upper = value[end - 1].isupper()
    if full == "cannot":
        start, new = start + 4, "" if words and words[0] in _ONLY else "'t"
    elif not _same_case(host, value[start + 1 : end]) or (upper and host == "I" and not value[end : end + 3].isupper()):
        return None
    else:
        lead = _lead(value, start - len(host))
        word = host.lower()
        if full != "not":
            new, hosts = _FULL[full]
            new = new if word in hosts and _stands_alone(word, full, lead, words) else ""
        elif word in _VERBS | {"can", "will"} and not _bound_not(word, lead, words):
            shift, new = {"will": (-3, "on't"), "can": (0, "'t")}.get(word, (0, "n't"))
            start += shift
        else:
            new = ""
    if not new:
        return None
    return start, end, like_apostrophes(new.upper() if upper else new, value)


def _same_case(host: str, other: str) -> bool:
    """Whether both are in capitals or neither is; I goes with either."""
    return bool(host) and (host == "I" or host.isupper() == other.isupper())


def _before(value: str, at: int) -> str:
    """The word that ends at `at`, without a quotation mark before it; empty for a part of an address and the like."""
    match = _LAST.search(value[max(0, at - 24) : at])
    word = match[0].lstrip(APOSTROPHES) if match else ""
    first = at - len(word)
    return "" if first and value[first - 1] in "@#/&.\\$%=+~" else word


def _lead(value: str, at: int, past_adverbs: bool = False) -> str:
    """The word before the blanks before `at`, in lower case; empty at the start of a clause."""
    while at and value[at - 1] == " ":
        at -= 1
        if value[at - 1 : at] not in {"", " "}:
            word = _before(value, at)
            if not (past_adverbs and _adverb(word.lower())):
                return plain_apostrophes(word.lower())
            at -= len(word)
    return ""


def _follow(value: str, at: int) -> list[str]:
    """The next words in lower case, as far as only blanks stand between them."""
    words: list[str] = []
    while len(words) < 12 and (match := _NEXT.match(value, at)):
        words.append(plain_apostrophes(match[1].lower()))
        at = match.end()
    return words


def _adverb(word: str) -> bool:
    return word in _ADVERB or (word.endswith("ly") and word not in _BASE and word not in _LY_BUT_NO_ADVERB)


def _past_adverbs(words: list[str]) -> list[str]:
    return next((words[place:] for place, word in enumerate(words) if not _adverb(word)), [])


def _participle(word: str) -> bool:
    """Whether `word` is a past participle and no base form."""
    ends = len(word) > 3 and word.endswith("ed") and not word.endswith("eed")
    return word in _PARTICIPLE or (ends and word not in _ED_BUT_NO_PARTICIPLE)


def _maybe_participle(word: str) -> bool:
    return word.endswith("ed") or word in _PARTICIPLE or word in _AMBIGUOUS


def _gerund(word: str) -> bool:
    return len(word) > 4 and word.endswith("ing") and word not in _ING_BUT_NO_VERB


def _let_us(lead: str, words: list[str]) -> str | None:
    return " us" if (not lead or lead in _OPENING) and words and words[0] not in _OBJECT else None


def _would_or_had(words: list[str]) -> str | None:
    rest = _past_adverbs(words)
    if words[:1] == ["better"]:
        return " had" if words[1:2] not in (["understand"], ["appreciate"]) else None
    if not rest or rest[0] in _AMBIGUOUS:
        return None
    if _participle(rest[0]):
        return " had"
    return " would" if rest[0] in _BASE or rest[0] == "rather" else None


def _is_or_has(host: str, lead: str, words: list[str]) -> str | None:
    rest = _past_adverbs(words)
    if not rest or rest[0] in _AUXILIARY - _HAS - {"being"} or _no_is(host, rest):
        return " has" if rest[:1] == ["become"] else None
    first = rest[0]
    if first in _HAS:
        return " has"
    if host in _WH and first in _SUBJECT:
        return _question(rest)
    if host in _WH and _maybe_does(rest):
        return None
    if _gerund(first) or first in _IS:
        return " is"
    if any(_maybe_participle(word) for word in rest[:3]):
        return None
    if host == "who" and not (first in _PREPOSITION or first in _AFTER_BE):
        return None
    if host == "it" and first == words[0] and first not in _AFTER_BE:
        noun = first.endswith(("ity", "ness", "tion", "ment"))
        if noun or not (not lead or lead in _CLAUSE or lead in _BEFORE_IT_IS or _adverb(lead)):
            return None
    return " is"


def _no_is(host: str, rest: list[str]) -> bool:
    """Whether 's is has (he's a right to know), stands for a plural (there's two) or was meant as its (it's own)."""
    first = rest[0]
    if host == "there":
        return first in _MANY or first[0].isdigit()
    if host in {"he", "she"} and first == "a":
        return len(rest) == 1 or rest[1] in _OWNED
    return first in {"own", "become"} or (first == "no" and host in {"he", "she"}) or (host == "here" and first == "to")


def _question(rest: list[str]) -> str | None:
    """What 's is in what's he ..., where it may also be short for does."""
    subject, more = rest[0], _past_adverbs(rest[1:])
    if len(rest) == 1:
        return " is"
    if not more:
        return None
    if _gerund(more[0]) or more[0] in _PREPOSITION or (more[0] == "like" and (subject == "it" or len(more) == 1)):
        return " is"
    has = more[0] in _HAS or (subject in {"he", "she"} and more[0] in {"done", "gone", "eaten"})
    return " has" if has and subject in _PERSON else None


def _maybe_does(rest: list[str]) -> bool:
    """Whether what follows what's, where's ... has a verb that would make 's mean does or has."""
    for before, word, after in zip(["", *rest], rest, [*rest[1:], ""], strict=False):
        if word in _PERSON:
            return False
        if _maybe_participle(word) or (word in _AFTER_DOES and before != "to") or (word, after) == ("like", "to"):
            return True
    return False


def _ain_t(lead: str, words: list[str], head: str) -> str | None:
    rest = _past_adverbs(words)
    if lead not in _PERSON or not rest or not _NEGATIVE.isdisjoint(words) or any(map(_maybe_participle, rest[:3])):
        return None
    if re.search(r"\b(?:and|n?or) +\w+ +\Z", head, re.IGNORECASE):
        return None
    sure = _gerund(rest[0]) or rest[0] in _DETERMINER | _PREPOSITION | _AFTER_BE or rest[0] == "gonna"
    return f"{_PERSON[lead]} not" if sure else None


def _plain_negation(negated: str, lead: str, subject: str, words: list[str]) -> bool:
    """Whether subject and verb are not inverted, as in a question; `subject` is the word before adverbs."""
    after = words[0] if words else ""
    be = negated in _BE_N_T
    if after in _SUBJECT:
        return be and after in _OBJECT - {"it", "you"} and lead in _PERSON
    if not be and after in _DETERMINER:
        return False
    if not subject or subject in _OPENING or subject in {"and", "or"}:
        if negated == "don" or subject in {"and", "or", "but"}:
            perfect = negated in {"have", "has", "had"} and _maybe_participle(after)
            return not be and (after in _BASE or after in _AMBIGUOUS or perfect)
        return False
    if subject in {"who", "which"}:
        return be or after in _BASE or _maybe_participle(after)
    if negated == "don" and subject in {"he", "she", "it", "this", "that"}:
        return False
    return subject not in _WH and subject not in _CLAUSE and subject not in _DETERMINER


def _bound_not(verb: str, lead: str, words: list[str]) -> bool:
    """Whether not belongs to what follows (not only), or the verb is none (God's will)."""
    after = words[0] if words else ""
    if after in _ONLY or lead in _DETERMINER or lead.endswith("'s") or lead in {"to", "as", "than"}:
        return True
    if verb in {"is", "are", "was", "were"}:
        return after in {"but", "because"}
    return after in _DETERMINER | _SUBJECT | _WH | _PREPOSITION | _CLAUSE


def _stands_alone(host: str, full: str, lead: str, words: list[str]) -> bool:
    """Whether `host` is the subject of `full`, and what follows `full` goes with it."""
    opens = not lead or lead in _CLAUSE | _BEFORE_CLAUSE
    rest = _past_adverbs(words)
    if full == "is" and host in _WH:
        subject, after = [*words, "", ""][:2]
        no_subject = _AUXILIARY | {*_PERSON, "not", ""} - {"there"}
        return not lead and subject not in no_subject and after not in _AUXILIARY
    if lead in _PREPOSITION | _AUXILIARY | {"as", "than", "such", "like"}:
        return False
    if lead in _WH:
        being = full in {"am", "are", "is"} and host in _PERSON and words[:1] != ["not"]
        return being and bool(rest) and (_gerund(rest[0]) or (lead in {"when", "why"} and rest[0] in _ADJECTIVE))
    if host not in {"i", "you", "he", "she", "we", "they", "that"} and not opens:
        return False
    if words[:1] == ["not"] or not rest:
        return full == "am" and words[:1] == ["not"]
    if full in {"am", "are", "is"}:
        return _after_be(host, lead, words, rest[0])
    if full in {"will", "would"}:
        return rest[0] in _BASE or (full == "would" and rest[0] == "rather")
    return _after_have(rest) or (full == "had" and words[0] == "better")


def _after_be(host: str, lead: str, words: list[str], after: str) -> bool:
    """Whether `after` completes what the subject is, so that no clause ends with be: what time it is in Rome."""
    opens = not lead or lead in _CLAUSE
    if host == "there":
        return after not in _PREPOSITION | _AUXILIARY | _WH | _CLAUSE | _OBJECT | {"to"} | _MANY
    if host == "here":
        return opens and after in _DETERMINER
    if after in {"a", "an"} or _gerund(after) or _participle(after) or after in _ADJECTIVE:
        return True
    if words[0] in _DEGREE and after not in _PREPOSITION | _AUXILIARY | _WH | _CLAUSE:
        return True
    if after in _DETERMINER:
        return opens or lead in _BEFORE_CLAUSE
    return opens and after in _AFTER_BE | _PREPOSITION


def _after_have(rest: list[str]) -> bool:
    """Whether a participle follows, and not one that describes a noun: I have used cars, the days I have left."""
    first, after = rest[0], rest[1] if len(rest) > 1 else ""
    if first == "left":
        return after in _DETERMINER
    if first in _HAS or first in {"seen", "said", "told", "heard", "gone", "done", "come", "become"}:
        return True
    return _participle(first) and (not after or after in _DETERMINER | _OBJECT | _PREPOSITION)
