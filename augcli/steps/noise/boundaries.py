"""Blanks that come into words or go from between them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import ClassVar, NamedTuple

from pydantic import Field

from augcli.language.negation import negates
from augcli.steps.noise.deletions import spells
from augcli.steps.papers import AUGLY
from augcli.steps.step import PerTextStep, RateStep
from augcli.text.edits import Edit, Interval
from augcli.text.memo import WordCache
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import inside_grapheme

_LONGEST = 40
"""What has more characters is no word that somebody typed."""


class _Splittable(NamedTuple):
    """A word and where a blank may come into it."""

    start: int
    end: int
    cuts: Sequence[int]


class SplitWord(RateStep, PerTextStep[list[_Splittable]]):
    """Put a blank into words (plea se). No part says no by itself where the word does not (not able, for notable)."""

    name: ClassVar = "split_word"
    family: ClassVar = "noise, words"
    paper: ClassVar = AUGLY
    example: ClassVar = "split_word: {rate: 0.1}"

    min_char: int = Field(4, ge=2, description="words with fewer characters stay whole")

    def prepare(self, texts: Sequence[Text]) -> list[list[_Splittable]]:
        return [self._splittable(text) for text in texts]

    def _splittable(self, text: Text) -> list[_Splittable]:
        value, known, least = text.value, _cuts(text.language), self.min_char
        return [
            _Splittable(start, end, known[value[start:end]])
            for start, end in text.editable_words
            if end - start >= least and known[value[start:end]]
        ]

    def propose(self, text: Text, prepared: list[_Splittable], rng: Rng) -> list[Edit]:
        value = text.value
        edits = []
        for start, end, cuts in self.some(prepared, rng):
            at = start + rng.choice(cuts)
            edits.append((start, end, f"{value[start:at]} {value[at:end]}"))
        return edits


@cache
def _cuts(language: str) -> WordCache[Sequence[int]]:
    """For a word of letters: before which of its characters a blank may come; before none if the word says no."""

    def cuts(word: str) -> Sequence[int]:
        if len(word) > _LONGEST or not word.isalpha() or negates(word, language):
            return ()
        return [
            at
            for at in range(1, len(word))
            if not (inside_grapheme(word, at) or negates(word[:at], language) or negates(word[at:], language))
        ]

    return WordCache(cuts)


class MergeWords(RateStep, PerTextStep[list[Interval]]):
    """Take out blanks between words (thankyou). Negations, numbers and tokens of the input stay by themselves."""

    name: ClassVar = "merge_words"
    family: ClassVar = "noise, words"
    paper: ClassVar = AUGLY
    example: ClassVar = "merge_words: {rate: 0.1}"

    def prepare(self, texts: Sequence[Text]) -> list[list[Interval]]:
        return [[] if text.tokens else _closable(text) for text in texts]

    def propose(self, text: Text, prepared: list[Interval], rng: Rng) -> list[Edit]:
        return [(start, end, "") for start, end in self.some(prepared, rng)]


def _closable(text: Text) -> list[Interval]:
    """Where nothing but blanks stands between two words that may be edited and become one."""
    value, known = text.value, _mergeable(text.language)
    return [
        (end, after)
        for (start, end), (after, last) in pairwise(text.editable_words)
        if end < after
        and value[end:after].isspace()
        and known[value[start:end]]
        and known[value[after:last]]
        and spells(value[end - 1])
        and spells(value[after])
        and not negates(value[start:end] + value[after:last], text.language)
        and text.is_editable(end, after)
        and not inside_grapheme(value, end)
    ]


@cache
def _mergeable(language: str) -> WordCache[bool]:
    return WordCache(lambda word: word.isalpha() and not negates(word, language))
