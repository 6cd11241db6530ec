"""Words of a text that may give way to another word, and the edits that put it there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Literal, NamedTuple

from pydantic import Field

from augcli.language.content_words import alone, content
from augcli.language.english import with_articles
from augcli.steps.operation import Rate
from augcli.steps.step import PerTextStep, RateStep, SubstitutionStep
from augcli.text.edits import Edit
from augcli.text.memo import WordCache
from augcli.text.quantities import keeping_quantities
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import match_case


class Candidates(NamedTuple):
    """What may come in for a word, the best first."""

    words: tuple[str, ...]
    upto: tuple[int, ...]
    """Weights, summed up."""

    @classmethod
    def of(cls, weighed: Mapping[str, int]) -> Candidates:
        """Words with their weights, whole numbers from 1 on."""
        return cls(tuple(weighed), tuple(accumulate(weighed.values())))

    def draw(self, rng: Rng) -> str:
        """One word, in proportion to its weight."""
        return (
            self.words[bisect_right(self.upto, rng.randbelow(self.upto[-1]))] if len(self.words) > 1 else self.words[0]
        )


NO_CANDIDATES = Candidates((), ())
_REMEMBERED = 1 << 18


class CandidateTable(dict[str, Candidates]):
    """Options by the key of a content word, worked out when they are first asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.known = WordCache(self.knows)

    def knows(self, word: str) -> bool:
        """Whether there may be options for a word, whatever its part of speech."""
        raise NotImplementedError

    def options(self, key: str) -> Candidates:
        """The options for a key."""
        raise NotImplementedError

    def learn(self, keys: Iterable[str]) -> None:
        """Work out the options for many keys, where that is cheaper than one by one."""

    def __missing__(self, key: str) -> Candidates:
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[key] = self.options(key)
        return found


class Target(NamedTuple):
    """A word or phrase that may be replaced."""

    start: int
    end: int
    options: Candidates
    as_given: bool = False
    """Whether the new words come in as they are, not in the case of the old ones."""


class TargetStep(RateStep):
    """A step on content words for which it knows other words."""

    rate: Rate = Field(
        0.1, description="share of all words that may be edited, rounded down; fewer where no other words are known"
    )

    def _table(self, language: str) -> CandidateTable:
        """What may come in."""
        raise NotImplementedError

    def setup(self, language: str) -> None:
        self._table(language)

    def needs_negations(self) -> bool:
        return True

    def slots(self, texts: Sequence[Text]) -> list[list[Target]]:
        """The words of each text for which another may come in."""
        if not texts:
            return []
        table = self._table(texts[0].language)
        found = [list(content(text, table.known)) for text in texts]
        table.learn(key for words in found for *_, key in words)
        return [
            [
                Target(start, end, options)
                for place, start, end, key in words
                if (options := table[key]).words and text.is_editable(start, end) and alone(text, place)
            ]
            for text, words in zip(texts, found, strict=True)
        ]


class Replacement(TargetStep, SubstitutionStep, PerTextStep[list[Target]]):
    """Replaces content words by others."""

    pick: Literal["random", "nth"] = Field(
        "random",
        description="random: drawn, the better it fits the likelier; nth: the same words in all variants of a row, and "
        "in variant n the n-th best replacement, so that with `variants: 3` the three best give three variants",
    )

    def prepare(self, texts: Sequence[Text]) -> list[list[Target]]:
        return [
            [
                target
                for target in targets
                if target.as_given or not self.carries_label(text.value[target.start : target.end], text.language)
            ]
            for text, targets in zip(texts, self.slots(texts), strict=True)
        ]

    def propose(self, text: Text, prepared: list[Target], rng: Rng) -> list[Edit]:
        count = min(self.count(len(text.editable_words)), len(prepared))
        if self.pick == "random":
            picked = [prepared[at] for at in sorted(rng.sample(len(prepared), count))]
            chosen = [(slot, slot.options.draw(rng)) for slot in picked]
        else:
            picked = [prepared[at] for at in sorted(rng.shared().sample(len(prepared), count))]
            nth = rng.variant - 1
            chosen = [(slot, slot.options.words[nth]) for slot in picked if nth < len(slot.options.words)]
        value = text.value
        edits = [
            (slot.start, slot.end, new if slot.as_given else match_case(new, value[slot.start : slot.end]))
            for slot, new in chosen
        ]
        return with_articles(text, keeping_quantities(text, edits))
