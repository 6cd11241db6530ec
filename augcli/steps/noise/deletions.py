"""Words deleted with the blanks beside them."""

from __future__ import annotations

import re
from bisect import bisect_left

from augcli.text.edits import Edit, Interval
from augcli.text.quantities import NUMERALS
from augcli.text.text import Text
from augcli.text.words import inside_grapheme

SPELLED = re.compile("[0-9A-Za-z\u00c0-\u10ff]")
"""A character that may spell a word; most Chinese texts have none."""


def spells(char: str) -> bool:
    """Whether `char` would make one word with such a character beside it, as those of abc中def would."""
    return char.isalnum() and char < "\u1100"


def deletions(text: Text, words: list[Interval]) -> list[Edit]:
    """Edits that delete `words`, less those that are all that is left between two numbers."""
    value = text.value
    edits: list[Edit] = []
    done = first = run = 0
    for start, end in words:
        follows = _blanks_after(text, end)
        in_a_row = start == done and edits
        if value[follows : follows + 1] in _NUMERALS and _after_number(text, first if in_a_row else start):
            continue
        if not in_a_row:
            run, first = len(edits), start if follows > end else _blanks_before(text, start, done)
            start = first
        elif follows == end and (before := _blanks_before(text, first, edits[run - 1][1] if run else 0)) < first:
            first = before  # no blank is behind the words deleted in a row, so the one before them goes
            edits[run] = (first, *edits[run][1:])
        joined = spells(value[max(0, first - 1) : first]) and spells(value[follows : follows + 1])
        edits.append((start, follows, " " if joined else ""))
        done = follows
    return edits


_NUMERALS = frozenset(f"0123456789{NUMERALS}")


def _after_number(text: Text, at: int) -> bool:
    """Whether a number, or what is protected with one (44元), ends before the blanks before `at`."""
    value = text.value
    near = value[max(0, at - 8) : at]
    end = at - len(near) + len(near.rstrip(" \t\u00a0\u2009\u202f\u3000"))
    if value[end - 1 : end] in _NUMERALS:
        return True
    before = bisect_left(text.protected, (end,)) - 1
    return before >= 0 and text.protected[before][1] == end and value[text.protected[before][0]] in _NUMERALS


def _blanks_after(text: Text, at: int) -> int:
    """Where the blanks end that begin at `at` and may go."""
    value = text.value
    while value[at : at + 1].isspace() and _may_go(text, at):
        at += 1
    return at


def _blanks_before(text: Text, at: int, least: int) -> int:
    """Where the blanks begin that end at `at` and may go, not before `least`."""
    value = text.value
    while at > least and value[at - 1].isspace() and _may_go(text, at - 1):
        at -= 1
    return at


def _may_go(text: Text, at: int) -> bool:
    """Whether the blank at `at` may go by itself."""
    value = text.value
    drawn_alone = value.isascii() or not (inside_grapheme(value, at) or inside_grapheme(value, at + 1))
    return drawn_alone and text.is_editable(at, at + 1)
