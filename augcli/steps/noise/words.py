"""Noise on words: swap, delete, blank, punctuation, reverse."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property
from typing import ClassVar, Literal

from pydantic import Field

from augcli.language.negation import negates
from augcli.steps.noise.capitals import recapitalised
from augcli.steps.noise.deletions import SPELLED, deletions, spells
from augcli.steps.operation import Rate
from augcli.steps.papers import DAI, EDA
from augcli.steps.step import PerTextStep, RateStep, Step, StepResult
from augcli.text.edits import Edit, Interval, touches
from augcli.text.memo import WordCache
from augcli.text.quantities import extends_quantity, quantities
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import inside_grapheme

Draw = Literal["distinct", "independent"]
_DRAW: Draw = Field(
    default="distinct",
    description="distinct: exactly the share `rate`, no word twice; independent: each draw by itself, as in EDA",
)


class RandomSwap(RateStep):
    """Swap pairs of words; what stands between them stays, and so does the capital that begins a sentence.

    The share of words that move is `rate`; with draw independent, floor(rate x words) swaps are made, as in EDA.
    """

    name: ClassVar = "random_swap"
    family: ClassVar = "noise, words"
    works_on_parts: ClassVar = False
    moves_words: ClassVar = True
    paper: ClassVar = EDA
    example: ClassVar = "random_swap: {rate: 0.1}"

    draw: Draw = _DRAW

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        n = len(text.editable_words)
        if n < 2:
            return []
        if self.draw == "independent":
            order = self._published_order(n, rng)
        else:
            wanted = self.count(n)
            picked = rng.sample(n, max(2, wanted - wanted % 2) if wanted else 0)
            order = sorted(zip(picked, reversed(picked), strict=True))
        return _moving(text, order)

    def _published_order(self, n: int, rng: Rng) -> list[tuple[int, int]]:
        order = list(range(n))
        for _ in range(self.count(n)):
            first, second = rng.sample(n, 2)
            order[first], order[second] = order[second], order[first]
        return [(place, word) for place, word in enumerate(order) if place != word]


def _moving(text: Text, order: Sequence[tuple[int, int]]) -> list[Edit]:
    """Edits as `_replacements` has them, with the capitals of sentences, and a note on where tokens came from."""
    edits = recapitalised(text, _replacements(text, order))
    if not text.tokens:
        return edits
    words = text.editable_words
    origins = {words[place][0]: words[source] for place, source in order}
    return StepResult(edits, note={"from": [origins[start] for start, _, _ in edits]})


def _replacements(text: Text, order: Iterable[tuple[int, int]]) -> list[Edit]:
    """Edits that put words in the places of others: `order` has places, ascending, each with that of the new word.

    There are none where a word would come to belong to a number that it does not go with.
    """
    value, editable = text.value, text.editable_words
    edits: list[Edit] = []
    for place, source in order:
        start, end = editable[place]
        source_start, source_end = editable[source]
        word = value[source_start:source_end]
        if word != value[start:end]:
            edits.append((start, end, word))
    if text.protected and any(extends_quantity(text, edit) for edit in edits):
        return []
    return apart(value, edits) if text.language == "zh" and SPELLED.search(value) else edits


def apart(value: str, edits: list[Edit]) -> list[Edit]:
    """`edits` with a blank where Latin words that stood between Chinese ones would become one with a neighbour."""
    apart: list[Edit] = []
    done, last = 0, ""
    for start, end, new in edits:
        before = last if start == done else value[start - 1 : start]
        if spells(before) and spells(new[0]):
            new = f" {new}"
        apart.append((start, end, new))
        done, last = end, new[-1]
    following = [*(start for start, _, _ in apart[1:]), -1]
    return [
        (start, end, f"{new} " if end != after and spells(new[-1]) and spells(value[end : end + 1]) else new)
        for (start, end, new), after in zip(apart, following, strict=False)
    ]


class WordLoss(RateStep, PerTextStep[list[Interval]]):
    """A step after which words are gone, but for those that are kept."""

    keep: list[str] = Field(
        ["negations"], description="words that stay, in any case; `negations` stands for not, never, 不, ..."
    )

    def needs_negations(self) -> bool:
        return "negations" in self.keep

    @cached_property
    def _keeps(self) -> Callable[[str], WordCache[bool]]:
        """For a language: whether a word is kept."""
        words = frozenset(word.lower() for word in self.keep)
        negations = "negations" in self.keep
        return cache(
            lambda language: WordCache(lambda word: word.lower() in words or (negations and negates(word, language)))
        )

    def prepare(self, texts: Sequence[Text]) -> list[list[Interval]]:
        return [self._words_that_may_go(text) for text in texts]

    def _words_that_may_go(self, text: Text) -> list[Interval]:
        if not self.keep:
            return text.editable_words
        keeps, value = self._keeps(text.language), text.value
        return [(start, end) for start, end in text.editable_words if not keeps[value[start:end]]]


class RandomDelete(WordLoss):
    """Delete words, each with the blanks on one side of it; at least one word of the text stays.

    A word that is all that stands between two numbers stays too (5 of 10).
    """

    name: ClassVar = "random_delete"
    family: ClassVar = "noise, words"
    paper: ClassVar = EDA
    example: ClassVar = "random_delete: {rate: 0.1, keep: [negations, very]}"

    words: list[str] | None = Field(
        None, min_length=1, description="delete only these words, found in any case; when not given, any"
    )
    draw: Draw = _DRAW

    @cached_property
    def _listed(self) -> frozenset[str]:
        return frozenset(word.lower() for word in self.words or ())

    def _words_that_may_go(self, text: Text) -> list[Interval]:
        words, listed, value = super()._words_that_may_go(text), self._listed, text.value
        return [word for word in words if value[slice(*word)].lower() in listed] if listed else words

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.draw == "independent" and (self.min != 1 or self.max is not None):
            return "min and max do not go with draw: independent, where each word is deleted or not by itself"
        return None

    def propose(self, text: Text, prepared: list[Interval], rng: Rng) -> list[Edit]:
        n = len(prepared)
        last_word_stays = n == len(text.words)
        if n <= last_word_stays:
            return []
        if self.draw == "independent":
            picked = rng.each(n, self.rate)
            if last_word_stays and len(picked) == n:
                picked.remove(rng.randbelow(n))
        else:
            picked = sorted(rng.sample(n, min(self.count(n), n - last_word_stays)))
        return deletions(text, [prepared[place] for place in picked])


class Blank(WordLoss):
    """Replace words with a placeholder."""

    name: ClassVar = "blank"
    family: ClassVar = "noise, words"
    paper: ClassVar = "Xie et al. 2017, Data Noising as Smoothing in Neural Network Language Models (arXiv:1703.02573)"
    example: ClassVar = "blank: {rate: 0.1, token: _}"

    token: str = Field("_", min_length=1, description="what stands in the place of the word")

    def _words_that_may_go(self, text: Text) -> list[Interval]:
        value = text.value
        return [(start, end) for start, end in super()._words_that_may_go(text) if value[start:end] != self.token]

    def propose(self, text: Text, prepared: list[Interval], rng: Rng) -> list[Edit]:
        picked = sorted(rng.sample(len(prepared), self.count(len(prepared))))
        return [(*prepared[place], self.token) for place in picked]


class Punctuation(Step):
    """Put punctuation marks before words, as AEDA does: their number is drawn from 1 to rate x words + 1.

    English marks `. , ! ? ; :` stand before a blank; Chinese ones `。，！？；：` stand between words. Never after the
    last word, beside another mark, quote or bracket, or inside a number.
    """

    name: ClassVar = "punctuation"
    family: ClassVar = "noise, words"
    paper: ClassVar = "Karimi et al. 2021, AEDA: An Easier Data Augmentation Technique (arXiv:2108.13230)"
    example: ClassVar = "punctuation: {rate: 0.3}"

    rate: Rate = Field(0.3, description="at most this share of words, plus one, gets a mark")

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        chinese = text.language == "zh"
        words = text.words
        numbers = quantities(text.value)
        places = [
            start
            for start, _ in words
            if text.is_editable(start, start)
            and not touches(numbers, start, start)
            and _takes_mark(text.value, start, chinese)
            and (chinese or not inside_grapheme(text.value, start))
        ]
        if not places or not self.rate:
            return []
        most = min(int(self.rate * len(words) + 1 + 1e-9), len(places))
        picked = sorted(rng.sample(len(places), 1 + rng.randbelow(most)))
        marks = "。，！？；：" if chinese else ".,!?;:"
        blank = "" if chinese else " "
        return [(places[place], places[place], rng.choice(marks) + blank) for place in picked]


def _takes_mark(value: str, start: int, chinese: bool) -> bool:
    """Whether a mark may stand before the word at `start`: not beside another, between digits, or before 1. item."""
    at = start - 1
    while at >= 0 and value[at].isspace():
        at -= 1
    if value[start].isdigit() and (at < 0 or "\n" in value[at:start]):
        return False
    if at < 0:
        return True
    before, after = value[at].isdigit(), value[start].isdigit()
    if (before and after) or (chinese and (before or after)):
        return False
    return value[at].isalnum() or not _is_mark(value[at])


@cache
def _is_mark(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] == "P" or category in ("Sc", "Sk", "Sm")


class ShuffleSegments(RateStep):
    """Shuffle the words of segments: each entity is one, and so is each stretch of text between entities.

    Marks and blanks stay where they are, and so does the capital that begins a sentence. Entities are shuffled although
    `protect.spans` keeps them; `only` chooses some. Nothing moves over the border of an entity.
    """

    name: ClassVar = "shuffle_segments"
    family: ClassVar = "entities"
    needs_entities: ClassVar = True
    paper: ClassVar = f"{DAI}, shuffle within segments"
    example: ClassVar = "shuffle_segments: {rate: 0.3, only: text}"

    rate: Rate = Field(0.3, description="share of the segments of several words that are shuffled, rounded down")

    def view(self, text: Text) -> Text:
        return super().view(text) if self.only else text.freeing(None)

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        borders = sorted(at for start, end, _ in text.spans for at in (start, end))
        segments: dict[int, list[int]] = {}
        for place, (start, end) in enumerate(text.editable_words):
            segment = bisect_right(borders, start)
            if segment == bisect_left(borders, end):
                segments.setdefault(segment, []).append(place)
        order: list[tuple[int, int]] = []
        for places in self.some([places for places in segments.values() if len(places) > 1], rng):
            order += zip(places, (places[at] for at in rng.sample(len(places), len(places))), strict=True)
        return _moving(text, order)


class Reverse(Step):
    """Put the words in reverse order; what stands between them stays, and so does the capital of a sentence."""

    name: ClassVar = "reverse"
    family: ClassVar = "noise, words"
    works_on_parts: ClassVar = False
    moves_words: ClassVar = True
    example: ClassVar = "reverse"

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        n = len(text.editable_words)
        return _moving(text, list(zip(range(n), reversed(range(n)), strict=True)))
