"""Edits of a text, and what becomes of its spans. Offsets are code points; no text is split and joined again."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TypeAlias

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


def shift(intervals: Iterable[Interval], edits: Sequence[Edit]) -> list[Interval]:
    """Where the sorted, disjoint `intervals` lie after `edits`, none of which touches one of them."""
    shifted = []
    done = growth = 0
    for start, end in intervals:
        while done < len(edits) and edits[done][1] <= start:
            edit_start, edit_end, new = edits[done]
            growth += len(new) - (edit_end - edit_start)
            done += 1
        shifted.append((start + growth, end + growth))
    return shifted


def move_spans(spans: Iterable[Span], edits: Sequence[Edit], before: str = "", after: str = "") -> list[Span]:
    """`spans` after `edits`, without those that an edit cut or removed.

    Where the texts `before` and `after` the edits are given, also without those of whose words only marks are left.
    """
    moved = []
    for start, end, kind in spans:
        place = move(start, end, edits)
        if place and (_has_letters(after[slice(*place)]) or not _has_letters(before[start:end])):
            moved.append((*place, kind))
    return moved


def _has_letters(text: str) -> bool:
    return any(map(str.isalnum, text))
