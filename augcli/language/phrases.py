"""Words and phrases of a list, found in texts as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from augcli.language.keyboards import lower
from augcli.language.negation import negates
from augcli.text.text import Text
from augcli.text.words import APOSTROPHE_SIGNS, APOSTROPHES, segmenter

_AHEAD = 3
"""Characters after the first word that tell phrases apart, so that few have to be compared with the text."""


_OTHER_SIGNS = re.compile(f"[{APOSTROPHES[1:]}]")
"""Apostrophes but the plain one."""


class Found(NamedTuple):
    """A phrase of the list at [start, end) of a text."""

    start: int
    end: int
    phrase: str
    """As the list has it."""


class Phrases:
    """Finds words and phrases in any case; one that is listed with capitals only so, or all in capitals.

    A phrase begins and ends with words of the text, so nothing is found within a word.
    """

    def __init__(self, listed: Iterable[str], language: str) -> None:
        self._by_first: dict[str, dict[str, list[tuple[str, str, str]]]] = {}
        """By the first word, and by what follows it; the longest first."""
        self._ahead: dict[str, list[int]] = {}
        """By the first word, the lengths of what follows it in the list above, the longest first."""
        self._beginnings: set[str] = set()
        """Single words, and of phrases the first word and the character that follows it."""
        self.unfindable: list[str] = []
        """Those that begin with no word."""
        find = segmenter(language)
        for phrase in sorted(set(listed), key=lambda phrase: (-len(phrase), phrase)):
            small = small_letters(phrase)
            start, end = next(iter(find(small)), (1, 1))
            if start:
                self.unfindable.append(phrase)
            else:
                following = self._by_first.setdefault(small[:end], {}).setdefault(small[end : end + _AHEAD], [])
                following.append((small, phrase.translate(APOSTROPHE_SIGNS), phrase))
                self._beginnings.add(small[: end + 1])
        for word, by_following in self._by_first.items():
            self._ahead[word] = sorted({len(following) for following in by_following}, reverse=True)

    def find(self, text: Text) -> list[Found]:
        """The phrases in a text that may be edited, in order: of those that overlap the first, and then the longest."""
        value, words, beginnings = text.value, text.words, self._beginnings
        small = small_letters(value)
        begun = [
            (start, end)
            for start, end in words
            if small[start : end + 1] in beginnings or small[start:end] in beginnings
        ]
        if not begun:
            return []
        found: list[Found] = []
        ends = {end for _, end in words}
        done = 0
        for start, first in begun:
            if start < done:
                continue
            word = small[start:first]
            following = self._by_first.get(word, {})
            likely = [
                some for ahead in self._ahead.get(word, ()) if (some := following.get(small[first : first + ahead]))
            ]
            for written, plain, phrase in chain.from_iterable(likely):
                end = start + len(written)
                if (
                    small.startswith(written, start)
                    and (end in ends or not small[end - 1].isalnum())
                    and (plain == written or value[start:end].translate(APOSTROPHE_SIGNS) in (plain, plain.upper()))
                    and text.is_editable(start, end)
                ):
                    if end <= first or not text.tokens:  # nothing goes over the border of a token
                        found.append(Found(start, end, phrase))
                    done = end
                    break
        return found


def small_letters(value: str) -> str:
    """`value` in lower case with plain apostrophes, every character at its place."""
    small = value.lower()
    if len(small) != len(value):
        small = "".join([lower(char, "") or char for char in value])
    return small if small.isascii() else _OTHER_SIGNS.sub("'", small)


def negations_in(phrase: str, language: str) -> int:
    """How many words of a phrase negate."""
    return sum(negates(phrase[start:end], language) for start, end in segmenter(language)(phrase))
