"""What a tagger is: settings that learn from tagged tokens, and what was learnt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from augcli.errors import DataError
from augcli.models.classifiers.base import FEW, Examples, Learner, TrainingRecord, check_columns, unlearnt
from augcli.models.taggers.entities import entities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float64]

OUTSIDE = "O"
"""The tag of a token that is in no entity."""


@dataclass(frozen=True)
class Sentences:
    """Tokens with their BIO tags (IOB2); `weights` say how much each sentence counts, 1 where they are not given."""

    tokens: Sequence[Sequence[str]]
    tags: Sequence[Sequence[str]]
    weights: Sequence[float] | None = None

    def __post_init__(self) -> None:
        check_columns(len(self), "sentences", {"lists of tags": self.tags}, self.weights)
        for row, (tokens, tags) in enumerate(zip(self.tokens, self.tags, strict=True), 1):
            if len(tokens) != len(tags):
                raise DataError(f"row {row}: {len(tokens)} tokens, but {len(tags)} tags; each token needs one")
            try:
                entities(tags)
            except ValueError as error:
                raise DataError(f"row {row}: {error}") from error

    def __len__(self) -> int:
        return len(self.tokens)

    def part(self, rows: Sequence[int]) -> Sentences:
        """Some of the sentences, by number."""
        weights = None if self.weights is None else [self.weights[row] for row in rows]
        return Sentences([self.tokens[row] for row in rows], [self.tags[row] for row in rows], weights)

    def cut(self, lengths: Sequence[int]) -> Sentences:
        """As many tokens of each sentence, from its begin."""
        tokens, tags = (
            [row[:length] for row, length in zip(rows, lengths, strict=True)] for rows in (self.tokens, self.tags)
        )
        return Sentences(tokens, tags, self.weights)

    def examples(self) -> Examples:
        """Each token as an example whose label is its tag, and which counts as much as its sentence."""
        weights = None
        if self.weights is not None:
            weights = [weight for weight, tags in zip(self.weights, self.tags, strict=True) for _ in tags]
        return Examples([*chain.from_iterable(self.tokens)], [*chain.from_iterable(self.tags)], weights)


def repair(tags: Sequence[str]) -> list[str]:
    """Valid BIO: an I whose entity did not begin becomes a B."""
    repaired: list[str] = []
    for tag in tags:
        begun = repaired and repaired[-1] in (f"B-{tag[2:]}", tag)
        repaired.append(f"B-{tag[2:]}" if tag.startswith("I-") and not begun else tag)
    return repaired


def likeliest(tags: Sequence[str], found: Sequence[Numbers]) -> list[list[str]]:
    """Of `tags` the likeliest for each token, by the probabilities or logits of sentences, as valid BIO."""
    return [repair([tags[at] for at in rows.argmax(axis=1)]) for rows in found]


class TrainedTagger(ABC):
    """A tagger that has learnt."""

    tags: list[str]
    """The tags of the training rows and O, sorted; where the rows have one tag alone, that one."""
    record: TrainingRecord | None = None

    @abstractmethod
    def probabilities(self, tokens: Sequence[Sequence[str]]) -> list[Numbers]:
        """For each sentence how likely each of `tags` is for each token, a row each."""

    def predict(self, tokens: Sequence[Sequence[str]]) -> list[list[str]]:
        """The likeliest tags of each sentence, as valid BIO."""
        return likeliest(self.tags, self.probabilities(tokens))


class ConstantTagger(TrainedTagger):
    """What can be learnt from tokens that all have one tag."""

    def __init__(self, tag: str) -> None:
        self.tags = [tag]
        self.record = TrainingRecord(findings=[f"all training tokens have the tag {tag!r}: there is nothing to learn"])

    def probabilities(self, tokens: Sequence[Sequence[str]]) -> list[Numbers]:
        import numpy as np

        return [np.ones((len(sentence), 1)) for sentence in tokens]


class Tagger(Learner, ABC):
    """The settings of a model that gives tokens tags."""

    group: ClassVar = "augcli.taggers"
    kind: ClassVar = "tagger"

    def fit(self, training: Sentences, validation: Sentences, seed: int, updates: int | None = None) -> TrainedTagger:
        """Learn from `training`; `validation`, originals only, decides when to stop and between settings.

        A model that learns in updates makes at most `updates`; when they are given, they replace passes over the rows.
        Validation tokens with a tag that no training token has count as wrong, and are left out of the loss.
        Raises DataError when there are no tokens, ResourceError when a package or a model is missing.
        """
        training, validation = (
            each.part([row for row, tokens in enumerate(each.tokens) if tokens]) for each in (training, validation)
        )
        known = {tag for tags in training.tags for tag in tags}
        if not known:
            raise DataError("there are no tokens to train with")
        if len(known) == 1:
            return ConstantTagger(known.pop())
        if not known & {tag for tags in validation.tags for tag in tags}:
            raise DataError("no validation token has a tag of the training tokens, so that nothing can be measured")
        return self.train(training, validation, sorted({*known, OUTSIDE}), seed, updates)

    @abstractmethod
    def train(
        self, training: Sentences, validation: Sentences, tags: list[str], seed: int, updates: int | None
    ) -> TrainedTagger:
        """What `fit` does for sentences with tokens, and two or more `tags`."""


def overfits(tagger: Tagger, sentences: Sentences) -> str | None:
    """Why a tagger cannot learn a few of these sentences by heart, in words; None when it can.

    Only tokens of entities count. One that cannot is broken or set wrongly, and says nothing about any data.
    """
    first: dict[tuple[str, ...], int] = {}
    for row, (tokens, tags) in enumerate(zip(sentences.tokens, sentences.tags, strict=True)):
        if any(tag != OUTSIDE for tag in tags):
            first.setdefault(tuple(tokens), row)
    chosen = sentences.part([*first.values()][:FEW])
    few = Sentences(chosen.tokens, chosen.tags)
    trained = tagger.unrestrained().fit(few, few, seed=0)
    found = chain.from_iterable(trained.predict(few.tokens))
    pairs = [pair for pair in zip(chain.from_iterable(few.tags), found, strict=True) if pair[0] != OUTSIDE]
    what = f"the {len(pairs)} tokens of entities in {len(few)} sentences"
    return unlearnt(tagger.name, what, sum(wanted == tag for wanted, tag in pairs), len(pairs), trained.record)
