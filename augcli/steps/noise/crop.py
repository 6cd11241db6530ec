"""Parts of a text cut off or out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import ClassVar, Literal, NamedTuple

from pydantic import Field

from augcli.language.negation import negates
from augcli.steps.noise.deletions import spells
from augcli.steps.operation import Rate
from augcli.steps.step import PerTextStep, RateStep
from augcli.text.edits import Edit, Interval, merge, touches
from augcli.text.memo import WordCache
from augcli.text.rng import Rng
from augcli.text.sentences import sentences
from augcli.text.text import Text
from augcli.text.words import inside_grapheme

_TRIES = 8
_PAIRED = re.compile('[][(){}<>"“”«»「」『』（）【】《》〈〉〔〕]')


class Croppable(NamedTuple):
    """The units of a text, of which a run may go, and what may not go with them."""

    units: Sequence[Interval]
    kept: Sequence[Interval]
    whole: bool
    """Whether the units are sentences, which take their marks along."""


class Crop(RateStep, PerTextStep[Croppable]):
    """Drop words that stand in a row, at an end or anywhere; of several sentences, whole sentences.

    How many go is drawn from `min` to the share `rate`. The mark that ends the text stays, and a new first word gets
    the capital of the old one. What holds a negation or the word behind it, protected text, a bracket or a
    quotation mark does not go.
    """

    name: ClassVar = "crop"
    family: ClassVar = "noise, words"
    works_on_parts: ClassVar = False
    paper: ClassVar = "Luque 2019, Atalaya at TASS 2019, instance cropping (arXiv:1909.11241)"
    example: ClassVar = "crop: {rate: 0.3}"

    rate: Rate = Field(0.3, description="at most this share of the words (of several sentences: of these) goes")
    at: Literal["ends", "start", "end", "anywhere"] = Field(
        "ends", description="what goes: a beginning or an end (ends), only one of them, or any words in a row"
    )

    def needs_negations(self) -> bool:
        return True

    def prepare(self, texts: Sequence[Text]) -> list[Croppable]:
        return [_croppable(text) for text in texts]

    def propose(self, text: Text, prepared: Croppable, rng: Rng) -> list[Edit]:
        n = len(prepared.units)
        most = min(self.count(n), n - 1)
        if most < 1:
            return []
        least = min(max(self.min, 1), most)
        for _ in range(_TRIES):
            size = least + rng.randbelow(most - least + 1)
            edits = _cut(text, prepared, self._first(n - size, rng), size)
            if edits:
                return edits
        return []

    def _first(self, last: int, rng: Rng) -> int:
        """The first unit that goes, at most `last`."""
        if self.at == "anywhere":
            return rng.randbelow(last + 1)
        if self.at == "ends":
            return last * rng.randbelow(2)
        return 0 if self.at == "start" else last


def _croppable(text: Text) -> Croppable:
    value, says_no = text.value, _negations(text.language)
    following = [*text.words[1:], *text.words[-1:]]
    negations = [
        (start, last)
        for (start, end), (_, last) in zip(text.words, following, strict=True)
        if says_no[value[start:end]]
    ]
    kept = merge([*text.protected, *negations, *(match.span() for match in _PAIRED.finditer(value))])
    found = sentences(value, text.language)
    whole = len(found) > 1
    return Croppable(found if whole else text.words, kept, whole)


@cache
def _negations(language: str) -> WordCache[bool]:
    return WordCache(lambda word: negates(word, language))


def _cut(text: Text, croppable: Croppable, first: int, size: int) -> list[Edit]:
    """Edits that drop `size` units from `first` on; none where one of them must stay."""
    units, kept, whole = croppable
    value = text.value
    after = first + size
    if first and after == len(units):
        start, end = units[first - 1][1], units[-1][1]
    else:
        start, end = units[first][0], units[after][0]
    if touches(kept, start, end) or inside_grapheme(value, start) or inside_grapheme(value, end):
        return []
    before, behind = value[max(0, start - 1) : start], value[end : end + 1]
    if _numeral(value[:start].rstrip()[-1:]) and _numeral(behind):
        return []
    edits = [(start, end, " " if spells(before) and spells(behind) else "")]
    if not first and value[start].isupper() and not text.tokens:
        edits += _capital(text, units[after] if not whole else _first_word(text, end))
    return edits


def _numeral(char: str) -> bool:
    return char.isnumeric()


def _first_word(text: Text, at: int) -> Interval:
    return next((word for word in text.words if word[0] >= at), (at, at))


def _capital(text: Text, word: Interval) -> list[Edit]:
    """The edit that gives a word in small letters a capital."""
    start, end = word
    written = text.value[start:end]
    if not written.islower() or not text.is_editable(start, end):
        return []
    capital = written[0].upper() + written[1:]
    return [(start, end, capital)] if len(capital) == len(written) else []
