"""Offsets in UTF-16 units, as JavaScript and Java count them, in bytes of UTF-8, and in code points, as augcli does."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import Literal

from augcli.text.edits import Interval, Span

Unit = Literal["codepoints", "utf16", "utf8"]

_LAST = "\uffff"
"""The last character that is one unit of UTF-16; those behind it are two."""


def differs(text: str, unit: Unit) -> bool:
    """Whether `text` has characters of several units, so that the two ways to count differ."""
    return unit != "codepoints" and not text.isascii() and (unit == "utf8" or max(text) > _LAST)


def length_in(text: str, unit: Unit) -> int:
    """How many units `text` has."""
    return _borders(text, unit)[-1] if differs(text, unit) else len(text)


def in_units(text: str, spans: Iterable[Span], unit: Unit) -> list[Span]:
    """`spans` of `text` with offsets in units."""
    if not differs(text, unit):
        return list(spans)
    borders = _borders(text, unit)
    return [(borders[start], borders[end], kind) for start, end, kind in spans]


def from_units(text: str, start: int, end: int, unit: Unit) -> Interval | None:
    """The place in `text` whose offsets in units are given; None when it cuts a character or is not in the text."""
    if not differs(text, unit):
        return (start, end) if end <= len(text) else None
    borders = _borders(text, unit)
    places = bisect_left(borders, start), bisect_left(borders, end)
    fits = end <= borders[-1] and (borders[places[0]], borders[places[1]]) == (start, end)
    return places if fits else None


def _borders(text: str, unit: Unit) -> list[int]:
    """The offset of each character in units, and of the end."""
    if unit == "utf8":
        sizes = (len(char.encode("utf-8", "surrogatepass")) for char in text)
    else:
        sizes = (1 + (char > _LAST) for char in text)
    return list(accumulate(sizes, initial=0))
