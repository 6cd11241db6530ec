"""Protected text on its way through a translation: placeholders, each of which must come back once and in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import count
from typing import NamedTuple

from augcli.text.edits import Interval
from augcli.text.words import inside_grapheme

_PLACEHOLDER = re.compile(r"(X\d+X)", re.IGNORECASE)
_NONE = "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
_BAD = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef{_NONE}]")


class MaskedSentence(NamedTuple):
    """A sentence whose protected parts are placeholders."""

    text: str
    free: list[Interval]
    """The parts between placeholders, before the first and after the last, in code points of the whole text."""
    hidden: dict[str, str]
    """What each placeholder stands for, in order."""

    def worth(self) -> bool:
        """Whether there is anything to translate: letters outside the protected parts."""
        return any(char.isalpha() for part in _PLACEHOLDER.split(self.text)[::2] for char in part)

    def clean(self) -> bool:
        """Whether a translator can read it."""
        return is_clean(self.text)

    def parts(self, result: str) -> list[str] | None:
        """The parts of a translation, one for each of `free`; None unless each placeholder is there once, in order."""
        pieces = _PLACEHOLDER.split(result)
        return pieces[::2] if [mark.upper() for mark in pieces[1::2]] == list(self.hidden) else None

    def shown(self, result: str) -> str:
        """A translation with the protected text in place of its placeholders."""
        return _PLACEHOLDER.sub(lambda match: self.hidden.get(match[0].upper(), match[0]), result)


def is_clean(text: str) -> bool:
    """Whether a model can read a text: no control characters, lone surrogates, noncharacters."""
    return not _BAD.search(text)


def mask_sentence(value: str, start: int, end: int, protected: Iterable[Interval]) -> MaskedSentence:
    """The sentence [start, end) of `value`."""
    inside = _whole(value, [(max(start, s), min(end, e)) for s, e in protected if s < end and e > start], start, end)
    taken = {mark.upper() for mark in _PLACEHOLDER.findall(value)}
    names = (name for number in count(1) if (name := f"X{number}X") not in taken)
    hidden = {name: value[s:e] for (s, e), name in zip(inside, names, strict=False)}
    borders = [start, *(border for interval in inside for border in interval), end]
    free = list(zip(borders[::2], borders[1::2], strict=True))
    marks = [*hidden, ""]
    return MaskedSentence("".join(value[s:e] + mark for (s, e), mark in zip(free, marks, strict=True)), free, hidden)


def _whole(value: str, intervals: Sequence[Interval], first: int, last: int) -> list[Interval]:
    """`intervals` widened to characters as they are drawn; those that then touch become one."""
    found: list[Interval] = []
    for start, end in intervals:
        while start > first and inside_grapheme(value, start):
            start -= 1
        while end < last and inside_grapheme(value, end):
            end += 1
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
