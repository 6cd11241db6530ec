"""Words of entities give way to words of other entities of their type."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import accumulate
from typing import ClassVar, NamedTuple, TypeAlias

from pydantic import Field

from augcli.language.resources import ENGLISH_FORMS, Lexicon
from augcli.steps.entities.fitting import fitted
from augcli.steps.mentions import Mention
from augcli.steps.operation import Rate
from augcli.steps.papers import DAI
from augcli.steps.step import EntityStep, RateStep
from augcli.text.edits import Edit, Interval
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import segmenter

_TRIES = 8
_Tag: TypeAlias = tuple[str, bool]
"""The type of an entity, and whether a word begins it: what the tags B-type and I-type tell apart."""


class _Words(NamedTuple):
    """Words with one tag, and how often they and those before them have it."""

    words: Sequence[str]
    upto: Sequence[int]

    def draw(self, rng: Rng) -> str:
        """A word, drawn by how often it has the tag."""
        return self.words[bisect_right(self.upto, rng.randbelow(self.upto[-1]))]


class TokenReplacement(RateStep, EntityStep):
    """Replace words of entities by words that the input has with the same tag, drawn by how often they have it.

    The first word of an entity gives way to one that begins another of its type, any other to one that goes on. It gets
    the case of the old one, and the English articles a and an before it follow. Of a type with more than 10,000
    different entities, words are those of the entities with the smallest hashes. As `entity` does, it edits what
    `protect.spans` keeps, and leaves entities alone that overlap others. Other words stay, which the paper replaces
    too: `tfidf: {only: text}` replaces them by words of the input that say as little.
    """

    name: ClassVar = "token_replacement"
    family: ClassVar = "entities"
    paper: ClassVar = f"{DAI}, label-wise token replacement"
    example: ClassVar = "token_replacement: {rate: 0.3}"

    rate: Rate = Field(0.3, description="share of the words of entities that change, rounded down")

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (ENGLISH_FORMS,) if language == "en" else ()

    def setup(self, language: str) -> None:
        self._words(language)

    @cached_property
    def _words(self) -> Callable[[str], Mapping[_Tag, _Words]]:
        return cache(self._count)

    def _count(self, language: str) -> Mapping[_Tag, _Words]:
        counts: dict[_Tag, Counter[str]] = defaultdict(Counter)
        for kind, mentions in self.mentions.items():
            for mention in mentions:
                for number, word in enumerate(_words(mention, language)):
                    counts[kind, not number][word] += mention.times
        return {tag: _Words([*words], [*accumulate(words.values())]) for tag, words in counts.items()}

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        known = self._words(text.language)
        edits: list[Edit] = []
        for (start, end), tag in self.some([place for place in self._places(text) if place[1] in known], rng):
            old = text.value[start:end].casefold()
            drawn = (known[tag].draw(rng) for _ in range(_TRIES))
            fitting = (fitted(text, start, end, word) for word in drawn if word.casefold() != old)
            edits += next(filter(None, fitting), [])
        return edits

    def _places(self, text: Text) -> Iterator[tuple[Interval, _Tag]]:
        """The words of entities that may be edited, with their tags."""
        for first, last, kind in text.entities(self.types):
            inside = [(start, end) for start, end in text.words if first <= start and end <= last]
            for number, word in enumerate(inside):
                if text.is_editable(*word):
                    yield word, (kind, not number)


def _words(mention: Mention, language: str) -> list[str]:
    """The words of a mention; where it has tokens, those that begin with a letter or digit and are in one piece."""
    text = mention.text
    if mention.tokens:
        return [token for token in mention.tokens if token[0].isalnum() and " " not in token]
    return [text[start:end] for start, end in segmenter(language)(text)]
