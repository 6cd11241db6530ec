"""Characters written as others that stand for them: look-alikes, digits, full width."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Annotated, ClassVar, NamedTuple

from pydantic import AfterValidator, Field, ValidationInfo

from augcli.errors import ConfigError
from augcli.language.negation import negates
from augcli.language.phrases import negations_in
from augcli.language.resources import CHARACTER_MAPS, Lexicon, beside_config
from augcli.language.word_maps import read
from augcli.steps.noise.characters import editable
from augcli.steps.step import PerTextStep, RateStep
from augcli.text.edits import Edit, Interval
from augcli.text.memo import WordCache
from augcli.text.rng import Rng
from augcli.text.text import Text


def _name_or_file(given: str, info: ValidationInfo) -> str:
    return given if given in CHARACTER_MAPS else beside_config(given, info)


class _Place(NamedTuple):
    """A character that a map has, the word that it is in, and what may stand for it."""

    at: int
    word: Interval
    others: Sequence[str]


class ReplaceChar(RateStep, PerTextStep[list[_Place]]):
    """Write characters as others that stand for them, one by one.

    Maps that come along: `look_alikes` (Latin letters by those of Cyrillic, Greek and Armenian that look the same, from
    the confusables of Unicode), `leet` (3 for e, @ for a), `full_width` (ａ for a), and `numerals` (① or 一 for 1, 壹
    for 一, 〇 for 零). Digits change by themselves alone, not within longer numbers, and only where `protect.patterns`
    does not have `number`. Words that negate stay, and none comes in.
    """

    name: ClassVar = "replace_char"
    family: ClassVar = "noise, characters"
    keeps_words: ClassVar = True
    paper: ClassVar = (
        "Eger et al. 2019, Text Processing Like Humans Do: Visually Attacking and Shielding NLP Systems "
        "(arXiv:1903.11508)"
    )
    example: ClassVar = "replace_char: {map: leet, rate: 0.2}"

    map: Annotated[str, AfterValidator(_name_or_file)] = Field(
        description=f"{', '.join(CHARACTER_MAPS)}, or a file of your own: lines of character, tab, others with tabs "
        "between; or a .json of {character: other} or {character: [other]}"
    )

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.map in CHARACTER_MAPS or Path(self.map).suffix or Path(self.map).exists():
            return None
        near = get_close_matches(self.map, CHARACTER_MAPS)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(CHARACTER_MAPS)}"
        return f"{self.map!r} is neither a file nor a map that comes along; {hint}"

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (CHARACTER_MAPS.get(self.map) or Lexicon("characters", self.map, "yours"),)

    def setup(self, language: str) -> None:
        _table(self.map)

    def needs_negations(self) -> bool:
        return True

    def prepare(self, texts: Sequence[Text]) -> list[list[_Place]]:
        return [self._places(text) for text in texts]

    def propose(self, text: Text, prepared: list[_Place], rng: Rng) -> list[Edit]:
        edits: list[Edit] = []
        for (start, end), places in groupby(self.some(prepared, rng), lambda place: place.word):
            word = list(text.value[start:end])
            changed: list[Edit] = []
            for at, _, others in places:
                new = word[at - start] = rng.choice(others)
                changed.append((at, at + 1, new))
            if not _says_no("".join(word), text.language):
                edits += changed
        return edits

    def _places(self, text: Text) -> list[_Place]:
        table, replaceable, value = _table(self.map), _replaceable(self.map, text.language), text.value
        return [
            _Place(word[0] + offset, word, table[value[word[0] + offset]])
            for word in text.editable_words
            for offset in replaceable[value[word[0] : word[1]]]
            if not _is_in_number(value, word[0] + offset)
        ]


def _is_in_number(value: str, at: int) -> bool:
    """Whether a digit stands beside another one."""
    return value[at].isdecimal() and (value[at + 1 : at + 2].isdecimal() or value[max(0, at - 1) : at].isdecimal())


def _says_no(word: str, language: str) -> bool:
    """Whether a word negates, or one of those that signs make of it: no$e."""
    return negates(word, language) or (not word.isalnum() and negations_in(word, language) > 0)


@cache
def _replaceable(name: str, language: str) -> WordCache[list[int]]:
    """By word, the offsets of the characters that may change."""
    table = _table(name)
    return WordCache(
        lambda word: [offset for offset, char in enumerate(word) if char in table] if editable(word, language) else []
    )


@cache
def _table(name: str) -> dict[str, list[str]]:
    """The characters of a map, each with what may stand for it."""
    lexicon = CHARACTER_MAPS.get(name)
    table: dict[str, list[str]] = {}
    for place, char, others in read(lexicon.path() if lexicon else Path(name), "characters"):
        if len(char) != 1:
            raise ConfigError(f"{place}: expected a single character, got {char!r}; words are for the step `replace`")
        if char in others:
            raise ConfigError(f"{place}: {char!r} is to be replaced by itself; take it out")
        table.setdefault(char, []).extend(others)
    return table
