"""Misspellings that people make, from a list of common ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import ClassVar, NamedTuple, TypeAlias

import regex
from pydantic import Field

from augcli.language.negation import negates
from augcli.language.phrases import Phrases, small_letters
from augcli.language.resources import CODESPELL, DataPath, Lexicon
from augcli.language.word_maps import read
from augcli.steps.noise.characters import CharacterNoise
from augcli.steps.papers import BELINKOV
from augcli.text.edits import Edit, Interval
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import match_case


class Misspelling(CharacterNoise):
    """Misspell words as people often do: receive becomes recieve, a lot becomes alot.

    `rate` is the share of places that change, among those with a known misspelling. The English ones come from the
    word list of codespell, less those that are words themselves or far from the word. Negations stay as they are.
    """

    name: ClassVar = "misspelling"
    family: ClassVar = "noise, characters"
    paper: ClassVar = BELINKOV
    example: ClassVar = "misspelling: {rate: 0.2, map: my_errors.tsv}"

    map: DataPath | None = Field(
        None,
        description="your own list instead: lines of word, tab, misspellings with tabs between; or a .json of "
        "{word: [misspelling]}; for a list of other words, there is the step `replace`",
    )

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.map or language == "en":
            return None
        return f"the misspellings that come with augcli are English; for {language!r}, set `map` to a file of your own"

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (Lexicon("misspellings", self.map, "yours") if self.map else CODESPELL,)

    def setup(self, language: str) -> None:
        _misspellings(self.map, language)

    def _units(self, text: Text) -> list[Interval]:
        return [found[:2] for found in _misspellings(self.map, text.language).phrases.find(text)]

    def _change(self, text: Text, unit: Interval, rng: Rng) -> Edit | None:
        start, end = unit
        value = text.value
        first, last, typos = rng.choice(_misspellings(self.map, text.language).options[small_letters(value[start:end])])
        word = value[start + first : start + last]
        new = match_case(rng.choice(typos), word)
        return (start + first, start + last, new) if new != word else None


Options: TypeAlias = tuple[tuple[int, int, tuple[str, ...]], ...]
"""Start, end and misspellings: of a whole word or phrase, and of each word of a phrase."""


class _Table(NamedTuple):
    options: dict[str, Options]
    phrases: Phrases


@cache
def _misspellings(path: str | None, language: str) -> _Table:
    grouped: dict[str, list[str]] = {}
    for correct, typo in _codespell() if path is None else _own_misspellings(Path(path)):
        if negates(typo, language):
            continue
        grouped.setdefault(" ".join(small_letters(correct).split()), []).append(typo)
    typos = {word: tuple(sorted(set(known))) for word, known in grouped.items() if not negates(word, language)}
    return _Table({word: _options(word, typos) for word in typos}, Phrases(typos, language))


def _options(word: str, typos: dict[str, tuple[str, ...]]) -> Options:
    parts = [(0, len(word))]
    if " " in word:
        parts += [match.span() for match in regex.finditer("[^ ]+", word)]
    return tuple([(start, end, typos[word[start:end]]) for start, end in parts if word[start:end] in typos])


def _codespell() -> Iterator[tuple[str, str]]:
    """Pairs of a word and a misspelling of it that is neither a word nor ambiguous (but alot is a lot, not allot)."""
    lines = CODESPELL.path().read_text("utf-8").splitlines()
    entries = [line.split("->") for line in lines if "->" in line]
    # After the last comma stands the reason why codespell does not correct it by itself, or nothing.
    fixes = {typo: [fix.strip() for fix in (right.rpartition(",")[0] or right).split(",")] for typo, right in entries}
    words = {fix.lower() for known in fixes.values() for fix in known}
    for typo, known in fixes.items():
        plain = len(known) == 1 or known[0].replace(" ", "") == typo
        if plain and typo.lower() not in words and _alike(known[0].lower(), typo.lower()):
            yield known[0], typo


def _alike(word: str, typo: str) -> bool:
    """Whether `typo` has about the length and the letters of `word`: not xwindows for x, nor ois for is."""
    return len(word) > 2 and abs(len(word) - len(typo)) <= 2 and len({*word} ^ {*typo}) <= 3


def _own_misspellings(path: Path) -> Iterator[tuple[str, str]]:
    for listed in read(path, "misspellings"):
        for typo in listed.others:
            yield listed.word, typo
