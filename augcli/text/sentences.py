"""Sentences of a text. Where a full stop might belong to an abbreviation, the sentence goes on."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from augcli.text.edits import Interval, merge, touches
from augcli.text.words import inside_grapheme

UNSPACED_MARKS = "。！？।॥။។"
"""Which end a sentence whatever follows; those of Chinese and Japanese, Hindi, Burmese, Khmer."""
MARKS = f".!?…؟۔{UNSPACED_MARKS}"
"""Which end a sentence."""
CLOSERS = "”’\"')]」』）】》"
_END = re.compile(rf"[{MARKS}]+[{re.escape(CLOSERS)}]*|[\n\r\x85\u2028\u2029]")
_OPENED_BY = dict(zip(")]」』）】》”", "([「『（【《“", strict=True))
_BRACKET = re.compile(r"[()\[\]「」『』（）【】《》“”\n\r\x85\u2028\u2029]")
_WORD = re.compile(r"[^\W_][\w.]*\Z")
_AFTER = re.compile(r"[^\S\n\r]*[\"'“‘(\[]*([^\W_]*)")
_ACRONYM = re.compile(r"[^\W\d_](?:\.[^\W\d_]+)*\Z")


def word_set(words: str) -> frozenset[str]:
    """The words of a list with blanks between them."""
    return frozenset(words.split())


_NEVER_LAST = word_set(
    "mr mrs ms dr prof st mt rev gen col capt cpt lt sgt maj gov sen rep hon pres messrs mme mlle fr vs viz cf e.g "
    "i.e eg ie al approx ca dept est bros mssrs tel ext"
)
BEFORE_NUMBER = word_set(
    "no nos fig figs vol vols p pp ch sec sect art eq jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues "
    "wed thu thur thurs fri sat sun abb nr tab kap bd abs aufl okt dez ziff s bl anm pág núm čís rozdz"
)
"""Abbreviations before a number that names something: Fig. 3."""
_TITLES: dict[str, frozenset[str]] = {
    "es": word_set("sra srta dra dña ud uds av avda"),
    "it": word_set("sig sigg dott avv ing arch on"),
    "nl": word_set("mevr dhr mej drs ir mw"),
    "pl": word_set("ks inż dyr ul al płk mjr"),
    "pt": word_set("sra dra profa eng exmo exma av"),
    "ru": word_set("проф ул акад г-н г-жа"),
}
"""Titles and the like that no sentence of a language ends with."""
_SELDOM_LAST = word_set("etc inc ltd co corp jr sr ave blvd rd a.m p.m u.s u.k ph.d b.c a.d")
_MONTHS = word_set(
    "januar jänner februar märz april mai juni juli august september oktober november dezember jahrhundert jahrhunderts"
)
"""Before which German writes a number with a full stop: am 3. Oktober."""
ORDINAL_STOPS = word_set("cs da de et fi hr hu is lb lv nb nn no pl sk sl sr tr")
"""Languages that write an ordinal with a full stop: 3. Auflage."""
_BEFORE_ORDINAL = word_set(
    "am im der die das den dem des zum zur vom beim ein eine einen einem einer eines jeder jede jedes jeden jedem "
    "dieser diese dieses diesen diesem mein meine meinen meinem sein seine seinen seinem seiner ihr ihre ihren ihrem "
    "ihrer unser unsere unseren unserem unserer auf in ins seit ab bis"
)
"""German words before which no number ends a sentence for sure: im 2. Stock, am 3. Advent."""
_ROMAN = re.compile("[IVXLC]{1,6}")
STARTERS = word_set(
    "the he she it i we they you this that these those there in on at but and so if when then what how why who my "
    "your his her our their however"
)


def is_complete(value: str, start: int, end: int) -> bool:
    """Whether the sentence [start, end) of `value` ends with a mark and can stand elsewhere."""
    bare = value[start:end].rstrip(CLOSERS)
    loose = not value[start].isspace() and not _sticks(value, start)
    return loose and bare != "" and bare[-1] in MARKS


def sentences(text: str, language: str = "", *, wrapped: bool = False) -> list[Interval]:
    """The sentences of `text` without the blanks around them, as (start, end) in code points.

    A line break ends a sentence; with `wrapped`, not where prose goes on in the next line.
    """
    found: list[Interval] = []
    lower_case = text.islower()
    going_on = _breaks_within(text) if wrapped and not lower_case else frozenset()
    inside = _bracketed_intervals(text)
    start = 0
    for match in _END.finditer(text):
        at = match.end()
        if match.start() in going_on:
            continue
        if match[0].isspace():
            _add(found, text, start, match.start())
            start = at
        elif not touches(inside, at, at) and _ends(text, start, match, lower_case, language):
            _add(found, text, start, at)
            start = at
    _add(found, text, start, len(text))
    return found


def _add(found: list[Interval], text: str, start: int, end: int) -> None:
    first = start
    while first < end and text[first].isspace():
        first += 1
    while end > first and text[end - 1].isspace():
        end -= 1
    while first > start and _sticks(text, first):
        first -= 1
    if first == end:
        return
    if found and text[found[-1][1] : first] == " " and not any(map(str.isalnum, text[first:end])):
        first, _ = found.pop()  # marks by themselves: Wow ! !
    found.append((first, end))


def _sticks(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it: marks, joiners, skin tones."""
    return inside_grapheme(text, at) or (at < len(text) and unicodedata.category(text[at]) in {"Cf", "Lm", "Sk"})


def _bracketed_intervals(text: str) -> list[Interval]:
    """Where brackets and quotation marks stand open; one that the line does not close counts for nothing."""
    opened: dict[str, list[int]] = {}
    pairs: list[Interval] = []
    for match in _BRACKET.finditer(text):
        mark = match[0]
        if mark.isspace():
            opened.clear()
        elif mark not in _OPENED_BY:
            opened.setdefault(mark, []).append(match.start())
        elif opened.get(_OPENED_BY[mark]):
            pairs.append((opened[_OPENED_BY[mark]].pop(), match.end()))
    return merge(pairs)


_PARAGRAPH = re.compile(r"(?:[^\n\r]+(?:\r\n|\n|\r)?)+")
_LINE = re.compile(r"[^\n\r]+")
_PROSE = 30
"""So long is the longest line of prose that was broken into lines, at the least; the others are half as long."""


def _breaks_within(text: str) -> frozenset[int]:
    """The line breaks at which a sentence goes on: the line before has no end mark, the next begins in lower case.

    Both are lines of one paragraph, and near in length to its longest one; so headings and lists stay apart.
    """
    found: list[int] = []
    for paragraph in _PARAGRAPH.finditer(text):
        lines = list(_LINE.finditer(text, *paragraph.span()))
        width = max(len(line[0]) for line in lines)
        for line, after in pairwise(lines if width >= _PROSE else ()):
            unended = line[0].rstrip(f" \t{CLOSERS}")[-1:] not in f"{MARKS}:;"
            if unended and 2 * len(line[0]) >= width and after[0].lstrip("\"'“‘([")[:1].islower():
                found += range(line.end(), after.start())
    return frozenset(found)


def _ends(text: str, start: int, match: re.Match[str], lower_case: bool, language: str) -> bool:
    """Whether a sentence that began at `start` ends with the marks of `match`."""
    end = match.end()
    if end == len(text):
        return True
    if _sticks(text, end):
        return False
    marks = match[0].rstrip(CLOSERS)
    if marks[-1] in UNSPACED_MARKS:
        return True
    if not text[end].isspace():
        return False
    found = _AFTER.match(text, end, end + 80)
    after = found[1] if found else ""
    if after[:1].islower() and not lower_case:
        return False
    return marks != "." or not _abbreviation(text, start, match.start(), after, language)


def _abbreviation(text: str, start: int, stop: int, after: str, language: str) -> bool:
    """Whether the full stop at `stop` seems to belong to the word before it rather than to end the sentence."""
    found = _WORD.search(text, max(start, stop - 12), stop)
    if not found:
        return False
    word = found[0].lower()
    if word in _NEVER_LAST or word in _TITLES.get(language, ()):
        return True
    if word in BEFORE_NUMBER:
        return after[:1].isdigit()
    if word.isdigit() and after.lower() in _MONTHS:
        return True
    if language in ORDINAL_STOPS and _ordinal(text, start, found, after, language):
        return True
    if word.isdigit():
        return len(word) < 3 and not text[start : found.start()].strip()
    if _ACRONYM.match(word) or word in _SELDOM_LAST:
        return word != "i" and after.lower() not in STARTERS
    return False


def _ordinal(text: str, start: int, number: re.Match[str], after: str, language: str) -> bool:
    """Whether a number before a full stop may be an ordinal: im 2. Stock, Ludwig XIV. König."""
    if _ROMAN.fullmatch(number[0]):
        return len(number[0]) > 1 and after.lower() not in STARTERS
    if not number[0].isdigit() or len(number[0]) > 3:
        return False
    before = _WORD.search(text[max(start, number.start() - 16) : number.start()].rstrip())
    if language == "de" and before and before[0].lower() in _BEFORE_ORDINAL:
        return True
    return after[:1].islower()
