"""Words of entities give way to words of other entities of their type."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import accumulate
from operator import itemgetter
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
    """Words with one tag, to draw from by how often they have it."""

    words: Sequence[str]
    """Each in its most frequent writing."""
    places: Mapping[str, int]
    """Where they are, whatever their case."""
    upto: Sequence[int]
    """How often those before each word have the tag; at the end, all."""

    @classmethod
    def of(cls, counts: Counter[str]) -> _Words:
        times: Counter[str] = Counter()
        written: dict[str, str] = {}
        for word in sorted(counts, key=lambda word: (-counts[word], word)):
            written.setdefault(word.casefold(), word)
            times[word.casefold()] += counts[word]
        places = {folded: place for place, folded in enumerate(written)}
        return cls([*written.values()], places, [*accumulate((times[folded] for folded in written), initial=0)])

    def has_other(self, word: str) -> bool:
        """Whether there is any but `word`."""
        return len(self.words) > (word.casefold() in self.places)

    def other(self, word: str, rng: Rng) -> str:
        """A word drawn by how often it has the tag, never `word` itself; there must be one."""
        upto, place = self.upto, self.places.get(word.casefold(), 0)
        own = upto[place + 1] - upto[place] if word.casefold() in self.places else 0
        drawn = rng.randbelow(upto[-1] - own)
        return self.words[bisect_right(upto, drawn if drawn < upto[place] else drawn + own) - 1]


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
        return {tag: _Words.of(words) for tag, words in counts.items()}

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        outside = text.only("text")
        edits: list[Edit] = []
        for (start, end), words in self.some([*self._places(text)], rng):
            drawn = (words.other(text.value[start:end], rng) for _ in range(_TRIES))
            edits += next(filter(None, (fitted(text, outside, start, end, word) for word in drawn)), [])
        return edits

    def _places(self, text: Text) -> Iterator[tuple[Interval, _Words]]:
        """The words of entities that may change, with those that may come in."""
        known = self._words(text.language)
        for first, last, kind in text.entities(self.types):
            begin, stop = bisect_left(text.words, (first,)), bisect_right(text.words, last, key=itemgetter(1))
            for number, (start, end) in enumerate(text.words[begin:stop]):
                words = known.get((kind, not number))
                if words and words.has_other(text.value[start:end]) and text.is_editable(start, end):
                    yield (start, end), words


def _words(mention: Mention, language: str) -> list[str]:
    """The words of a mention; where it has tokens, those that begin with a letter or digit and are in one piece."""
    text = mention.text
    if mention.tokens:
        return [token for token in mention.tokens if token[0].isalnum() and " " not in token]
    return [text[start:end] for start, end in segmenter(language)(text)]
