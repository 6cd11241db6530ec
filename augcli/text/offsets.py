"""Offsets in UTF-16 units, as JavaScript and Java count them, and in code points, as augcli does."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from augcli.text.edits import Interval, Span

_LAST = "\uffff"
"""The last character that is one unit; those behind it are two."""


def has_pairs(text: str) -> bool:
    """Whether `text` has characters of two UTF-16 units, so that the two ways to count differ."""
    return not text.isascii() and max(text) > _LAST


def utf16_length(text: str) -> int:
    """How many UTF-16 units `text` has."""
    return len(text) + sum(char > _LAST for char in text) if has_pairs(text) else len(text)


def in_utf16(text: str, spans: Iterable[Span]) -> list[Span]:
    """`spans` of `text` with offsets in UTF-16 units."""
    if not has_pairs(text):
        return list(spans)
    borders = _borders(text)
    return [(borders[start], borders[end], kind) for start, end, kind in spans]


def from_utf16(text: str, start: int, end: int) -> Interval | None:
    """The place in `text` whose UTF-16 offsets are given; None when it cuts a character or is not in the text."""
    if not has_pairs(text):
        return (start, end) if end <= len(text) else None
    borders = _borders(text)
    places = bisect_left(borders, start), bisect_left(borders, end)
    fits = end <= borders[-1] and (borders[places[0]], borders[places[1]]) == (start, end)
    return places if fits else None


def _borders(text: str) -> list[int]:
    """The UTF-16 offset of each character, and of the end."""
    return list(accumulate((1 + (char > _LAST) for char in text), initial=0))
