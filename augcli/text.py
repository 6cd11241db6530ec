"""Text, edits and spans. Offsets are code points; nothing here splits a text and joins it again."""

from __future__ import annotations

import logging
import re
import sys
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from augcli.tagger import Tags

Interval: TypeAlias = tuple[int, int]
"""[start, end) in code points."""
Span: TypeAlias = tuple[int, int, str]
"""start, end, type of an entity."""
Edit: TypeAlias = tuple[int, int, str]
"""start, end, new: text[start:end] becomes new. start == end inserts."""


def apply(text: str, edits: Sequence[Edit]) -> str:
    """`text` with `edits` made; they must be in order and must not overlap."""
    if len(edits) == 1:
        start, end, new = edits[0]
        return text[:start] + new + text[end:]
    pieces = []
    done = 0
    for start, end, new in edits:
        pieces.append(text[done:start])
        pieces.append(new)
        done = end
    pieces.append(text[done:])
    return "".join(pieces)


def why_invalid(text: str, edits: Sequence[Edit], protected: Sequence[Interval]) -> str | None:
    """What is wrong with `edits` (order, bounds, protected text), or None."""
    done = 0
    for start, end, new in edits:
        if not done <= start <= end <= len(text):
            return f"edit ({start}, {end}, {new!r}) is out of order, overlaps or lies outside the text"
        done = end
    if protected and edits:
        for start, end, new in edits:
            if touches(protected, start, end):
                return f"edit ({start}, {end}, {new!r}) changes protected text"
    return None


def touches(intervals: Sequence[Interval], start: int, end: int) -> bool:
    """Whether an edit of [start, end) would change one of the sorted, disjoint `intervals`.

    An insertion at the border of an interval leaves it as it is.
    """
    at = bisect_right(intervals, (start, sys.maxsize)) - 1
    if at >= 0 and intervals[at][1] > start and (end > start or intervals[at][0] < start):
        return True
    return at + 1 < len(intervals) and intervals[at + 1][0] < end


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """`intervals` sorted, with overlapping and empty ones folded together."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if start == end:
            continue
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def move(start: int, end: int, edits: Sequence[Edit]) -> Interval | None:
    """Where [start, end) lies after `edits`; None when an edit crosses its border or removes it.

    Insertions at either border stay outside; edits strictly inside resize it.
    """
    shift = growth = 0
    for edit_start, edit_end, new in edits:
        if edit_end <= start:
            shift += len(new) - (edit_end - edit_start)
        elif edit_start >= end:
            break
        elif start <= edit_start and edit_end <= end:
            growth += len(new) - (edit_end - edit_start)
        else:
            return None
    return (start + shift, end + shift + growth) if start < end + growth else None


def move_spans(spans: Iterable[Span], edits: Sequence[Edit]) -> list[Span]:
    """`spans` after `edits`, without those that an edit cut or removed."""
    return [(*place, kind) for start, end, kind in spans if (place := move(start, end, edits))]


class Text:
    """A text with its words, which may be edited, and its protected intervals, which may not.

    Words are found once, and all variants of a row share them.
    """

    __slots__ = ("_before", "_spots", "_tags", "_words", "label", "language", "protected", "value")

    def __init__(
        self,
        value: str,
        language: str = "en",
        protected: Sequence[Interval] = (),
        before: tuple[Text, Sequence[Edit]] | None = None,
        label: str = "",
    ) -> None:
        """`before` is the text that it was, with the edits made; `label` that of its row, empty where it has none."""
        self.value = value
        self.language = language
        self.protected = protected
        self.label = label
        self._words: list[Interval] | None = None
        self._spots: list[Interval] | None = None
        self._tags: Tags | None = None
        self._before = before

    @property
    def words(self) -> list[Interval]:
        """All words, protected or not, as (start, end)."""
        if self._words is None:
            find = segmenter(self.language)
            before = self._before
            if before is None or before[0]._words is None or find is _spaced_words:
                self._words = find(self.value)
            else:  # a dictionary search costs more than moving the words that no edit touches
                self._words = _words_after(before[0]._words, self.value, before[1], find)
            self._before = None
        return self._words

    @property
    def spots(self) -> list[Interval]:
        """The words that may be edited, as (start, end)."""
        if self._spots is None:
            self._spots = _outside(self.words, self.protected) if self.protected else self.words
        return self._spots

    @property
    def tags(self) -> Tags:
        """The parts of speech of `words`; of English texts only."""
        if self._tags is None:
            from augcli.tagger import Tags

            self._tags = Tags(self.value, self.words)
        return self._tags

    def free(self, start: int, end: int) -> bool:
        """Whether [start, end) may be edited."""
        return not self.protected or not touches(self.protected, start, end)

    def edited(self, edits: Sequence[Edit]) -> Text:
        """The text after `edits`, which must be valid for it (see `why_invalid`)."""
        protected = self.protected
        if protected:
            protected = [place for start, end in protected if (place := move(start, end, edits))]
        return Text(apply(self.value, edits), self.language, protected, (self, edits), self.label)


def _outside(words: list[Interval], protected: Sequence[Interval]) -> list[Interval]:
    """Those of `words` that no protected interval touches."""
    outside: list[Interval] = []
    done = 0
    for start, end in protected:
        outside += words[done : bisect_right(words, start, done, key=itemgetter(1))]
        done = bisect_left(words, end, done, key=itemgetter(0))
    return outside + words[done:]


def _words_after(
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


def joins(text: str, at: int) -> bool:
    """Whether the character at `at` is drawn as one with that before it, so that no edit may start or end between them.

    In doubt (between two flags) it says yes.
    """
    return at < len(text) and _drawn_as_one(text[max(0, at - 1) : at + 1])


@lru_cache(1 << 14)
def _drawn_as_one(pair: str) -> bool:
    if unicodedata.category(pair[-1])[0] == "M" or pair[0] == "\u200d":
        return True
    return len(pair) == 2 and len(_clusters()[1](pair)) == 1


@cache
def _clusters() -> tuple[Callable[[str], object], Callable[[str], list[str]]]:
    """Finders of a code point that is drawn as one with another, and of all characters as they are drawn."""
    import regex

    parts = "".join(rf"\p{{GCB={part}}}" for part in ("EX", "SM", "ZWJ", "PP", "L", "V", "T", "RI"))
    return regex.compile(f"[{parts}]").search, regex.compile(r"\X").findall


def like(word: str, model: str) -> str:
    """`word` in capitals or with one in front, and with curly apostrophes, as `model` has them."""
    if "’" in model:
        word = word.replace("'", "’")
    if model.isupper() and len(model) > 1:
        return word.upper()
    if model[:1].isupper() and (model.istitle() or model[1:].islower()):
        return word[:1].upper() + word[1:]
    return word


def plain(text: str) -> bool:
    """Whether each code point of `text` is drawn by itself."""
    return text.isascii() or not _clusters()[0](text)


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


_PART = r"\w[\w{marks}]*+"
_WORD = rf"{_PART}(?:['’.\-]{_PART})*+"
_ASCII_WORD = re.compile(_WORD.format(marks=""), re.ASCII)


@cache
def word_pattern() -> re.Pattern[str]:
    """Letters and digits, joined by inner apostrophes, hyphens and full stops: don't, well-known, U.S, 3.50.

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
    return re.compile(_WORD.format(marks=marks + _AFTER))


def _spaced_words(text: str) -> list[Interval]:
    if text.isascii():
        return [match.span() for match in _ASCII_WORD.finditer(text)]
    return _whole([match.span() for match in word_pattern().finditer(text)], text)


@cache
def _jieba() -> Callable[[str], list[str]]:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    own = jieba.Tokenizer()  # the module's global one would share user words with the whole process
    return lambda text: list(own.cut(text))


def _chinese_words(text: str) -> list[Interval]:
    words = []
    start = 0
    for word in _jieba()(text):
        end = start + len(word)
        if any(char.isalnum() for char in word):
            words.append((start, end))
        start = end
    return _whole(words, text)


def segmenter(language: str) -> Callable[[str], list[Interval]]:
    """The function that finds the words of a text in `language` (ISO 639-1)."""
    return _chinese_words if language == "zh" else _spaced_words
