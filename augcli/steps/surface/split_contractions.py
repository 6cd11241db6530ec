"""Contractions that are given as two tokens, as treebanks have them: do n't, ca n't, I 'm."""

from __future__ import annotations

import re
from collections.abc import Sequence

from augcli.text.edits import Edit
from augcli.text.words import APOSTROPHES

_SIGN = rf"[{APOSTROPHES}]"
_SECOND = rf"(?:n{_SIGN}t|{_SIGN}(?:[smdt]|re|ve|ll))"
_BLANK = re.compile(rf"(?<=\w) (?={_SECOND}(?!\S))", re.IGNORECASE)
_SEAM = re.compile(rf"(?<=[^\W\d_])(?={_SECOND}\Z)|(?<=\bcan)(?=not\Z)", re.IGNORECASE)


def glued(value: str) -> str:
    """`value` with such pairs written as one word."""
    return _BLANK.sub("", value)


def split_edits(value: str, edits: Sequence[Edit]) -> list[Edit]:
    """`edits` of the glued text as edits of `value`, whose contractions are two tokens again.

    A first token that stays the same is left out of the edit: of do n't, only n't changes.
    """
    removed = {match.start() for match in _BLANK.finditer(value)}
    places = [place for place in range(len(value)) if place not in removed]
    one = glued(value)
    found: list[Edit] = []
    done = 0
    for start, end, new in edits:
        first = one.rfind(" ", 0, start) + 1
        after = _SEAM.sub(" ", one[first:start] + new, count=1)
        begin, stop = places[first], places[end - 1] + 1
        head, _, rest = after.partition(" ")
        if value[begin:stop].partition(" ")[0] == head:
            begin, after = begin + len(head) + 1, rest
        if begin >= done:
            found.append((begin, stop, after))
            done = stop
    return found
