"""Where the words of a text are, and which characters are drawn as one."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate, chain, compress
from operator import itemgetter
from pathlib import Path
from typing import TypeAlias

from augcli.errors import ResourceError
from augcli.text.edits import Edit, Interval, merge
from augcli.text.memo import WordCache

Segment: TypeAlias = Callable[[str], list[Interval]]
"""Finds the words of a text, as (start, end)."""


def words_after(
    words: list[Interval], value: str, edits: Sequence[Edit], find: Callable[[str], list[Interval]]
) -> list[Interval]:
    """`words` moved through `edits` into `value`; only near an edit are they looked for again."""
    moved: list[Interval] = []
    done = shift = 0
    for start, end, first, last, growth in _regions(words, edits):
        moved += [(s + shift, e + shift) for s, e in words[done:first]]
        moved += [(s + start + shift, e + start + shift) for s, e in find(value[start + shift : end + shift + growth])]
        shift += growth
        done = last
    return moved + [(s + shift, e + shift) for s, e in words[done:]]


def _regions(words: list[Interval], edits: Sequence[Edit]) -> list[tuple[int, int, int, int, int]]:
    """Each edit with the words within one character of it: start, end, first and last word, growth in length."""
    regions: list[tuple[int, int, int, int, int]] = []
    for start, end, new in edits:
        growth = len(new) - (end - start)
        first = bisect_left(words, start - 1, key=itemgetter(1))
        last = bisect_right(words, end + 1, key=itemgetter(0))
        if first < last:
            start, end = min(start, words[first][0]), max(end, words[last - 1][1])
        if regions and start <= regions[-1][1] + 1:
            before = regions.pop()
            start, end, first, growth = before[0], max(end, before[1]), before[2], growth + before[4]
            last = max(last, before[3])
        regions.append((start, end, first, last, growth))
    return regions


def inside_grapheme(text: str, at: int) -> bool:
    """Whether the character at `at` is drawn as one with that before it, so that no edit may start or end between them.

    In doubt (between two flags) it says yes.
    """
    return at < len(text) and _is_drawn_as_one(text[max(0, at - 1) : at + 1])


@lru_cache(1 << 14)
def _is_drawn_as_one(pair: str) -> bool:
    if unicodedata.category(pair[-1])[0] == "M" or pair[0] == "\u200d":
        return True
    return len(pair) == 2 and len(_clusters()[1](pair)) == 1


@cache
def _clusters() -> tuple[Callable[[str], object], Callable[[str], list[str]]]:
    """Finders of a code point that is drawn as one with another, and of all characters as they are drawn."""
    import regex

    parts = "".join(rf"\p{{GCB={part}}}" for part in ("EX", "SM", "ZWJ", "PP", "L", "V", "T", "RI"))
    return regex.compile(f"[{parts}]").search, regex.compile(r"\X").findall


APOSTROPHES = "'’‘‛´`ʼ＇′\x92"
"""Signs that people write for an apostrophe; \\x92 is what cp1252's becomes where it is read as latin-1."""
ESCAPED_APOSTROPHE = (
    r"(?:\\['’]|&(?i:#0*(?:39|96|146|180|8216|8217)|#x0*(?:27|60|92|b4|2018|2019)|apos|[lr]squo|acute);)"
)
"""As a regular expression, an apostrophe behind a backslash or as an HTML entity: don&rsquo;t."""
APOSTROPHE = rf"(?:[{APOSTROPHES}]|{ESCAPED_APOSTROPHE})"
"""As a regular expression, any apostrophe."""
APOSTROPHE_SIGNS = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
"""For `str.translate`: all signs become ', one character each."""
_UNUSUAL = re.compile(rf"[{APOSTROPHES[1:]}\\&]")
_ANY_APOSTROPHE = re.compile(APOSTROPHE)
_INNER_APOSTROPHE = re.compile(rf"(?<=\w){APOSTROPHE}(?=\w)")


def plain_apostrophes(text: str) -> str:
    """`text` with ' for each apostrophe, however it is written."""
    return text if (text.isascii() and text.isalpha()) or not _UNUSUAL.search(text) else _ANY_APOSTROPHE.sub("'", text)


def like_apostrophes(new: str, model: str) -> str:
    """`new` with its plain apostrophes written as the first one inside a word of `model`; ’ counts anywhere."""
    if "'" not in new or not _UNUSUAL.search(model):
        return new
    inner = _INNER_APOSTROPHE.search(model)
    return new.replace("'", inner[0] if inner else "’" if "’" in model else "'")


def without_codes(change: Callable[[str], str], word: str) -> str:
    """`change` of a word whose apostrophes stay as they are written: letters of &rsquo; are none of the word."""
    if "&" not in word:
        return change(word)
    written = iter(_ANY_APOSTROPHE.findall(word))
    return re.sub("'", lambda _: next(written), change(_ANY_APOSTROPHE.sub("'", word)))


def match_case(word: str, model: str) -> str:
    """`word` in capitals or with one in front, and with such apostrophes, as `model` has them."""
    word = like_apostrophes(word, model)
    if model.isupper() and len(model) > 1:
        return word.upper()
    if model[:1].isupper() and (model.istitle() or model[1:].islower()):
        return word[:1].upper() + word[1:]
    return word


def plain(text: str) -> bool:
    """Whether each code point of `text` is drawn by itself."""
    return text.isascii() or not _clusters()[0](text)


def characters(text: str) -> list[str]:
    """The characters of a text as they are drawn."""
    return [*text] if plain(text) else _clusters()[1](text)


def _whole(words: list[Interval], text: str) -> list[Interval]:
    """`words` widened until none of them begins or ends inside a character as it is drawn."""
    if plain(text):
        return words
    borders = [0, *accumulate(map(len, _clusters()[1](text)))]
    return merge(
        (borders[bisect_right(borders, start) - 1], borders[bisect_left(borders, end)]) for start, end in words
    )


_AFTER = "\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef"
"""Joiners, skin tones, tags and variation selectors: drawn as one with the character before them, as marks are."""


def _word(marks: str, joint: str) -> str:
    part = rf"\w[\w{marks}]*+"
    return rf"{part}(?:{joint}{part})*"  # possessive, Python before 3.11.5 would take half a joint along


_JOINTS = rf"[{APOSTROPHES}.\-]", rf"(?:[{APOSTROPHES}.\-]|{ESCAPED_APOSTROPHE})"
"""What joins the parts of a word, without and with escaped apostrophes, which few texts have."""
_ASCII_WORDS = tuple([re.compile(_word("", joint), re.ASCII) for joint in _JOINTS])


@cache
def _word_patterns() -> tuple[re.Pattern[str], ...]:
    """As `_ASCII_WORDS`, for any text.

    Combining marks belong to their letter, which `\\w` alone would cut off: é may be two code points.
    """
    ranges: list[list[int]] = []
    for point in range(0x300, 0x1F000):
        if unicodedata.category(chr(point))[0] != "M":
            continue
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    marks = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    return tuple([re.compile(_word(marks + _AFTER, joint)) for joint in _JOINTS])


def word_pattern(text: str) -> re.Pattern[str]:
    """Letters and digits, joined by inner apostrophes, hyphens and full stops: don't, well-known, U.S, 3.50."""
    escaped = "&" in text or "\\" in text
    return (_ASCII_WORDS if text.isascii() else _word_patterns())[escaped]


_APART = re.compile(rf"(?<!\w)(?:\w+n(?: ?(?:[{APOSTROPHES}]{{1,2}}|#0*39;) ?)t|w/o)(?!\w)", re.IGNORECASE)
"""English words that say no, whose parts something other than an apostrophe keeps apart: can 't, can''t, w/o."""


def _apart(text: str) -> bool:
    """Whether there may be such words; most texts have none."""
    if "'" in text and (" '" in text or "''" in text or "' t" in text):
        return True
    return "#39;" in text or "/o" in text or "/O" in text or " ’" in text or "’ t" in text


def spaced_words(text: str) -> list[Interval]:
    """The words of a text in a language that puts blanks between them."""
    words = [match.span() for match in word_pattern(text).finditer(text)]
    if _apart(text):
        words = merge([*words, *(match.span() for match in _APART.finditer(text))])
    return words if text.isascii() else _whole(words, text)


@cache
def _chinese_words(own: str | None) -> Segment:
    """Words as jieba finds them; of what is neither Chinese nor one of them (2018-06-01, a_b), letters and digits."""
    import rjieba

    dictionary = rjieba.Jieba()  # the module's own one would share its words with the whole process
    for word, frequency, tag in _own_words(own) if own else ():
        dictionary.add_word(word, frequency, tag)

    def pieces(word: str) -> list[str]:
        if len(word) == 1 or (word.isalnum() and not word.isascii()) or dictionary.has_word(word):
            return [word]
        return _PIECE.findall(word)

    pieces_of = WordCache(pieces).__getitem__
    is_word = WordCache(lambda piece: any(map(str.isalnum, piece))).__getitem__

    def words(text: str) -> list[Interval]:
        try:
            found = dictionary.cut(text)
        except UnicodeEncodeError:  # a lone surrogate, which is part of no word
            found = dictionary.cut(_SURROGATE.sub("\ufffd", text))
        cut = [*chain.from_iterable(map(pieces_of, found))]
        ends = [*accumulate(map(len, cut))]
        spoken = compress(zip([0, *ends], ends, strict=False), map(is_word, cut))
        return _whole(_with_apostrophes([*spoken], text), text)

    return words


_SURROGATE = re.compile("[\ud800-\udfff]")
_ENTRY = re.compile(r"(.+?)(?:\s+([0-9]+))?(?:\s+([a-z]+))?")


def _own_words(file: str) -> Iterator[tuple[str, int | None, str | None]]:
    try:
        lines = Path(file).read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise ResourceError(f"input.words: {file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ResourceError(f"input.words: {file} is not in UTF-8") from error
    for entry in filter(None, map(_ENTRY.fullmatch, map(str.strip, lines))):
        yield entry[1], int(entry[2]) if entry[2] else None, entry[3]


_PIECE = re.compile(r"[a-zA-Z0-9]+(?:\.[0-9]+)?%?|.", re.DOTALL)
_LATIN = re.compile(rf"[A-Za-z]+(?:{APOSTROPHE}[A-Za-z]+)+")


def _with_apostrophes(words: list[Interval], text: str) -> list[Interval]:
    """`words` with those joined that are one English word (don't), of which jieba makes several."""
    if "'" not in text and not _UNUSUAL.search(text):
        return words
    return merge([*words, *(match.span() for match in _LATIN.finditer(text))])


_MODELS = {"ja": "load_default_japanese_parser", "th": "load_default_thai_parser"}
"""The languages that BudouX finds words of, with its functions that load their models."""
WITHOUT_BLANKS = frozenset({"zh", "ja", "th", "lo", "km", "my"})
"""Languages that put no blanks between their words."""


@cache
def _budoux_words(language: str) -> Segment:
    try:
        import budoux
    except ImportError as error:
        raise ResourceError(
            f"the words of language {language!r} are found by budoux; get it with: pip install 'augcli[{language}]'"
        ) from error
    parse = getattr(budoux, _MODELS[language])().parse

    def words(text: str) -> list[Interval]:
        found = []
        start = 0
        for part in parse(text):
            found += [(start + first, start + last) for first, last in spaced_words(part)]
            start += len(part)
        return _whole(found, text)

    return words


def segmenter(language: str, own: str | None = None) -> Segment:
    """The function that finds the words of a text in `language` (ISO 639-1).

    `own` is a file of Chinese words beside those of jieba, in each line one, with its frequency and part of speech if
    you like, as jieba reads user dictionaries. Raises ResourceError when the package that finds words is missing, or
    the file cannot be read.
    """
    if language == "zh":
        return _chinese_words(own)
    return _budoux_words(language) if language in _MODELS else spaced_words


def finds_words(language: str) -> bool:
    """Whether there is a way to find the words of `language`."""
    return language not in WITHOUT_BLANKS or language == "zh" or language in _MODELS
