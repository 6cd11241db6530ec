"""Contractions of English: don't and do not, I'm and I am. A place that could be read in two ways is left alone."""

from __future__ import annotations

import re
from typing import ClassVar, Literal

from pydantic import Field

from augcli.rng import Rng
from augcli.step import Rate, Sized
from augcli.text import Edit, Text, joins


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_BASE = _words(
    "be have do go get make take see say know think want like love need give find tell ask feel leave use try call keep "
    "help start show hear play move live believe bring happen write provide lose pay meet include continue learn "
    "change lead understand watch follow stop create speak allow add spend grow walk win offer remember consider appear "
    "buy wait serve die send expect build stay reach kill remain suggest raise pass sell require report decide pull "
    "return explain hope develop carry break receive agree support turn join visit prefer hate enjoy recommend check "
    "appreciate order cancel transfer book reserve suspect imagine guess mind care look work talk eat drink sleep drive "
    "avoid choose wish miss trust advise encourage assume compare listen travel fly thank accept apply activate verify "
    "end begin forget worry complain argue refuse contact bother seem become afford cover share charge track solve fix"
)
# Past participles that are no base form, and past forms that stand for them in dialect.
_PARTICIPLE = _words(
    "been gone done seen taken known written given eaten spoken broken chosen driven fallen forgotten forgiven frozen "
    "got gotten had hidden ridden risen shown shaken stolen sworn torn thrown woken worn drawn grown flown blown drunk "
    "sung sunk swum begun rung sprung stung won held kept left lost made meant met paid said sent sold shot sat slept "
    "spent stood taught told thought understood bought brought built caught dealt dreamt fought felt fed fled heard "
    "hung led learnt lent lit proven slid spoilt spun stuck struck swept swung wept bent bitten beaten burnt bred crept "
    "dug forbidden laid lain mistaken sought sown undergone withdrawn awoken borne born undone overtaken misunderstood"
)
_PAST = _words(
    "went did took wrote came began ran ate gave knew drank broke chose drove froze spoke stole threw wore drew grew "
    "flew swam sang was were gotta"
)
_UNCLEAR = _words(
    "put cut set hit let come become run read cost hurt shut quit split spread beat bet burst cast fit rid shed thrust "
    "upset wet bid overcome found fell ground wound saw lay bound bore wed broadcast forecast input knit sweat"
)
_ED_BUT_NO_PAST = _words("hundred naked sacred wicked kindred hatred embed shred sled biped infrared sobered rugged")
_ADVERB = _words(
    "not never ever always just already also really long since twice once recently soon still probably actually even "
    "certainly definitely only often usually sometimes rarely hardly now then again perhaps maybe gladly quite almost "
    "first finally previously initially totally completely absolutely nearly simply all both all clearly obviously "
    "truly generally normally currently basically pretty very too so much most well ago yet"
)
_SUBJECT = _words(
    "i you he she it we they there this that these those someone anyone everyone everybody anybody everything people"
)
_OBJECT = _words("me you him her it us them this that these those")
_DETERMINER = _words("a an the my your his her its our their")
_PREPOSITION = _words(
    "of in on at to from with about for by into over under after before through between against during like without"
)
_WH = _words("what who whom whose which where when why how whatever whoever wherever whichever however whenever")
_CLAUSE = _words("because if when while since until unless although though but")
_AUXILIARY = _words(
    "do does did have has had is are am was were be been being will would can could shall should may might must let "
    "make makes made don't doesn't didn't isn't aren't wasn't weren't won't wouldn't can't couldn't haven't hasn't"
)
_NEGATIVE = _words("no nothing nobody none nowhere never neither nor not")
_NO_GERUND = _words("thing king ring string spring wing sling bring sing something nothing anything everything during")
_AFTER_BE = _words(
    "sure glad sorry happy good bad nice great important possible likely clear hard easy true ready afraid aware able "
    "very in at from my your our his her their not right wrong free late available tired interested here better best"
)
# What a question with 's for does would end in: what's it mean, where's the money go.
_AFTER_DOES = _words(
    "want mean do go come live work say think cost get take make need look sound happen eat know have run feel start "
    "end open close stand spell keep play sell buy pay last belong"
)
_ONLY_HAS = _words("been got gotten had become begun happened")
_ONLY_IS = _DETERMINER | _OBJECT | _WH | _words("supposed gonna because")
_ONLY = _words("only just merely simply solely")
_OPENING = _words("and but so then now ok okay please well yes no oh hey just")
_PERFECT = _words("seen said told heard gone done tried taken given asked decided noticed come sent thought met")
_LY_BUT_NO_ADVERB = _words("family july italy fly rely reply supply ally rally bully belly jelly assembly")
_OWNED = _words("point right lot cold headache chance")
_MANY = _words("two three four five six seven eight nine ten lots many several few some plenty tons loads people")

_PERSON_BE = {"i": "am", "you": "are", "we": "are", "they": "are"} | dict.fromkeys(_words("he she it that there"), "is")
_SHORT = {"m": " am", "re": " are", "ve": " have", "ll": " will"}
_HOSTS = {
    "m": _words("i"),
    "re": _words("you we they who what where how there"),
    "ve": _words("i you we they who what would could should might must"),
    "ll": _words("i you he she it we they that there this who what"),
    "s": _words("he she it that there here what who where when why how let"),
    "d": _words("i you he she it we they that there who"),
}
_N_T = {
    word + "n": (-1, " not")
    for word in "do does did is are was were has have had would could should might must need".split()
}
_N_T |= {"can": (0, "not"), "won": (-2, "ill not"), "shan": (-1, "ll not")}
_NOT = _words("do does did is are was were has have had would could should might must need will can")
_LONG = {
    "am": ("m", _words("i")),
    "are": ("re", _words("you we they")),
    "is": ("s", _words("he she it that there here what who where how")),
    "will": ("ll", _words("i you he she it we they")),
    "would": ("d", _words("i you he she we they")),
    "have": ("ve", _words("i you we they")),
    "has": ("s", _words("he she it")),
    "had": ("d", _words("i you he she we they")),
}
_FULL = "|".join([*_LONG, "not", "cannot"])
_END = r"(?!['’]?\w|-)"
_CONTRACTED = re.compile(rf"['’](?:[SsMmDdTt]|[Rr][Ee]|[Vv][Ee]|[Ll][Ll]){_END}")
_SPELLED = re.compile(rf" (?:{_FULL}|{_FULL.upper()}){_END}")
_LAST = re.compile(r"[\w'’-]+\Z")
_NEXT = re.compile(r" +([\w'’-]+)")


class Contraction(Sized):
    """Write contractions in full (don't: do not) and full forms as contractions (do not: don't).

    What 's and 'd stand for is told from the words that follow; where they leave a doubt, and where the other form
    would be no English (Isn't it?; taller than I am), the text stays as it is.
    """

    name: ClassVar = "contraction"
    family: ClassVar = "surface"
    languages: ClassVar = frozenset({"en"})
    example: ClassVar = "contraction: {mode: expand}"

    mode: Literal["expand", "contract", "both"] = Field(
        "both", description="expand: don't becomes do not; contract: do not becomes don't; both: each in the other form"
    )
    rate: Rate = Field(1.0, description="share of the places found that change, rounded down")

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        value = text.value
        found: list[Edit | None] = []
        if self.mode != "contract" and ("'" in value or "’" in value):
            found += [_expand(value, *match.span()) for match in _CONTRACTED.finditer(value)]
        if self.mode != "expand":
            found += [_contract(value, *match.span()) for match in _SPELLED.finditer(value)]
        edits = sorted(edit for edit in found if edit and text.free(edit[0], edit[1]) and not joins(value, edit[1]))
        wanted = self.count(len(edits))
        if wanted == len(edits):
            return edits
        return [edits[place] for place in sorted(rng.sample(len(edits), wanted))]


def _before(value: str, at: int) -> str:
    """The word that ends at `at`, without a quotation mark before it; empty for a part of an address and the like."""
    match = _LAST.search(value[max(0, at - 24) : at])
    word = match[0].lstrip("'’") if match else ""
    first = at - len(word)
    return "" if first and value[first - 1] in "@#/&.\\$%=+~" else word


def _lead(value: str, at: int) -> str:
    """The word before the blanks before `at`, in lower case; empty at the start of a clause."""
    before = at
    while before and value[before - 1] == " ":
        before -= 1
    return _plain(_before(value, before)) if before < at else ""


def _follow(value: str, at: int, most: int = 6) -> list[str]:
    """The next words in lower case, as far as only blanks stand between them."""
    words: list[str] = []
    while len(words) < most and (match := _NEXT.match(value, at)):
        words.append(_plain(match[1]))
        at = match.end()
    return words


def _plain(word: str) -> str:
    return word.lower().replace("’", "'")


def _without_adverbs(words: list[str]) -> list[str]:
    for place, word in enumerate(words):
        if word not in _ADVERB and not (word.endswith("ly") and word not in _BASE):
            return words[place:]
    return []


def _had(word: str) -> bool:
    """Whether `word` is a past participle and nothing else."""
    if word in _PARTICIPLE:
        return True
    return len(word) > 4 and word.endswith("ed") and not word.endswith("eed") and word not in _ED_BUT_NO_PAST


def _maybe_past(word: str) -> bool:
    return word.endswith("ed") or word in _PARTICIPLE or word in _PAST or word in _UNCLEAR


def _gerund(word: str) -> bool:
    return len(word) > 4 and word.endswith("ing") and word not in _NO_GERUND


def _adverb(word: str) -> bool:
    return word in _ADVERB or (word.endswith("ly") and word not in _BASE and word not in _LY_BUT_NO_ADVERB)


def _expand(value: str, start: int, end: int) -> Edit | None:
    host, short = _before(value, start), value[start + 1 : end]
    upper = short.isupper()
    if not host or upper != (host.isupper() and (upper or host != "I")):
        return None
    word, short = host.lower(), short.lower()
    first = start - len(host)
    lead, words = _lead(value, first), _follow(value, end)
    new: str | None = None
    at = start
    if short == "t" and word == "ain":
        at, new = first, _ain_t(value, first, lead, words)
    elif short == "t" and word in _N_T and _plain_negation(word, lead, words):
        shift, new = _N_T[word]
        at += shift
    elif short in _HOSTS and word in _HOSTS[short]:
        new = _in_full(word, short, lead, words)
    return (at, end, new.upper() if upper else new) if new else None


def _in_full(host: str, short: str, lead: str, words: list[str]) -> str | None:
    if short == "s":
        if host == "let":
            hortative = (not lead or lead in _OPENING) and words and words[0] not in _OBJECT
            return " us" if hortative else None
        return _is_or_has(host, words)
    if short == "d":
        return _would_or_had(words)
    if words[:1] == ["own"]:
        return None
    return _SHORT[short]


def _would_or_had(words: list[str]) -> str | None:
    if words[:1] == ["better"]:
        return " had" if words[1:2] != ["understand"] and words[1:2] != ["appreciate"] else None
    rest = _without_adverbs(words)
    if not rest or rest[0] in _UNCLEAR:
        return None
    if _had(rest[0]):
        return " had"
    return " would" if rest[0] in _BASE or rest[0] == "rather" else None


def _is_or_has(host: str, words: list[str]) -> str | None:
    rest = _without_adverbs(words)
    if not rest:
        return None
    first = rest[0]
    if first in _ONLY_HAS:
        return " has"
    if host in _WH:
        if first in _SUBJECT:
            return _question(rest)
        if _maybe_does(rest):
            return None
    if _not_is(host, rest):
        return None
    if _gerund(first) or first in _ONLY_IS:
        return " is"
    if any(_maybe_past(word) for word in rest[:3]):
        return None
    return " is" if host != "who" or first in _PREPOSITION or first in _AFTER_BE else None


def _not_is(host: str, rest: list[str]) -> bool:
    """Whether 's is has (he's a right to know), stands for a plural (there's two) or was meant as its (it's own)."""
    first = rest[0]
    if host == "there":
        return first in _MANY or first[0].isdigit()
    if host == "here":
        return first in {"to", "hoping"}
    if host in {"he", "she"} and first in {"no", "a"}:
        return first == "no" or rest[1:2] == [] or rest[1] in _OWNED
    return first == "own"


def _question(rest: list[str]) -> str | None:
    """What 's is in what's he ..., which may also be short for does."""
    subject = rest[0]
    if len(rest) == 1:
        return " is"
    rest = _without_adverbs(rest[1:])
    if not rest:
        return None
    if _gerund(rest[0]) or (rest[0] in _PREPOSITION and rest[0] != "like"):
        return " is"
    if subject in {"this", "that", "these", "those"}:
        return None
    if rest[0] == "like":
        return " is" if subject == "it" or len(rest) == 1 else None
    if rest[0] in _ONLY_HAS - {"become"} or (subject in {"he", "she"} and rest[0] in {"done", "gone", "eaten"}):
        return " has"
    return None


def _maybe_does(words: list[str]) -> bool:
    """Whether the clause after what's, where's ... has a word that would go with does or has."""
    before = ""
    for place, word in enumerate(words):
        if word in _PERSON_BE and word != "that":
            return False
        if word == "like":
            if words[place + 1 : place + 2] == ["to"]:
                return True
        elif _maybe_past(word) or (word in _AFTER_DOES and before != "to"):
            return True
        before = word
    return False


def _ain_t(value: str, first: int, lead: str, words: list[str]) -> str | None:
    rest = _without_adverbs(words)
    if lead not in _PERSON_BE or not rest or not _NEGATIVE.isdisjoint(words):
        return None
    if any(_maybe_past(word) for word in rest[:3]) or re.search(r"\b(?:and|n?or) +\w+ +\Z", value[:first][-24:], re.I):
        return None
    sure = _gerund(rest[0]) or rest[0] in _AFTER_BE or rest[0] in _DETERMINER
    if sure or rest[0] == "gonna" or (rest[0] in _PREPOSITION and rest[0] != "like"):
        return f"{_PERSON_BE[lead]} not"
    return None


def _plain_negation(negated: str, lead: str, words: list[str]) -> bool:
    """Whether subject and verb are not inverted, as in a question."""
    be = negated in {"isn", "aren", "wasn", "weren"}
    after = words[0] if words else ""
    if after in _SUBJECT:
        return be and after in {"this", "that", "these", "those"} and lead in _PERSON_BE
    if not be and after in _DETERMINER:
        return False
    if not lead or lead in _OPENING:
        return negated == "don" and (after in _BASE or after in _UNCLEAR)
    if lead in {"and", "or", "but"} or _adverb(lead):
        return not be and after in _BASE
    if lead in {"who", "which"}:
        return be or after in _BASE or _maybe_past(after)
    if lead in {"he", "she", "it", "this", "that"} and negated == "don":
        return False
    return lead not in _WH and lead not in _CLAUSE and lead not in _DETERMINER


def _contract(value: str, start: int, end: int) -> Edit | None:
    host, full = _before(value, start), value[start + 1 : end]
    words = _follow(value, end)
    upper = full.isupper()
    if full.lower() == "cannot":
        if words[:1] and words[0] in _ONLY:
            return None
        new, start = "'t", start + 4
    else:
        if not host or upper != (host.isupper() and (upper or host != "I")):
            return None
        if upper and host == "I" and not re.match(r" +[A-Z]{2}", value[end:]):
            return None
        word = host.lower()
        first = start - len(host)
        lead = _lead(value, first)
        if full.lower() == "not":
            if word not in _NOT or _bound_not(word, lead, words):
                return None
            shift, new = {"will": (-3, "on't"), "can": (0, "'t")}.get(word, (0, "n't"))
            start += shift
        else:
            short = _LONG.get(full.lower())
            if not short or word not in short[1] or not _joins(word, full.lower(), lead, words):
                return None
            new = "'" + short[0]
    if "’" in value:
        new = new.replace("'", "’")
    return start, end, new.upper() if upper else new


def _bound_not(verb: str, lead: str, words: list[str]) -> bool:
    """Whether not belongs to what follows (not only), or the verb is none (God's will)."""
    after = words[0] if words else ""
    if after in _ONLY or lead in _DETERMINER or lead.endswith("'s") or lead in {"to", "as", "than"}:
        return True
    if verb in {"is", "are", "was", "were"}:
        return after in {"but", "because"}
    return any(after in closed for closed in (_DETERMINER, _SUBJECT, _WH, _PREPOSITION, _CLAUSE))


def _joins(host: str, full: str, lead: str, words: list[str]) -> bool:
    """Whether `host` is the subject of `full`, and something follows `full` that it stands with."""
    if lead in _WH or lead in _PREPOSITION or lead in _AUXILIARY or lead in {"as", "than", "such", "so"}:
        return False
    opens = not lead or lead in _CLAUSE
    if host not in {"i", "he", "she", "we", "they"} and not opens:
        return False
    if words[:1] == ["not"]:
        return full == "am"
    if full in {"am", "are", "is"}:
        return bool(words) and _after_be(host, opens, lead, words)
    rest = _without_adverbs(words)
    if not rest:
        return False
    if full in {"will", "would"}:
        return rest[0] in _BASE or (full == "would" and rest[0] == "rather")
    if full == "had" and words[0] == "better":
        return True
    return _after_have(rest)


def _after_be(host: str, opens: bool, lead: str, words: list[str]) -> bool:
    after = words[0]
    if host in _WH:
        return not lead and after in _DETERMINER
    if after in {"a", "an", "the"} or _gerund(after):
        return True
    if host in {"there", "here"}:
        return False
    return opens and (_had(after) or after in _AFTER_BE)


def _after_have(rest: list[str]) -> bool:
    """Whether a participle follows, and none that describes a noun: I have used cars."""
    if rest[0] in _ONLY_HAS or rest[0] in _PERFECT:
        return True
    if not _had(rest[0]):
        return False
    return len(rest) == 1 or rest[1] in _DETERMINER or rest[1] in _OBJECT or rest[1] in _PREPOSITION
