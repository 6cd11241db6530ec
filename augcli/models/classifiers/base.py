"""What a classifier is: settings that learn from labelled texts, and what was learnt."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self, TypeAlias

from pydantic import Field

from augcli.errors import DataError
from augcli.models.device import DEVICE
from augcli.models.folds import HELD_OUT, TOO_FEW, grouped_folds
from augcli.models.logistic import known_labels, target_shares
from augcli.plugin import Plugin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float64]
    Places: TypeAlias = NDArray[np.int64]

UNKNOWN = -1
"""In place of the number of a label that no training row has."""
FEW = 32
"""Rows that a model must be able to learn by heart."""


@dataclass(frozen=True)
class Examples:
    """Texts with their labels; `weights` say how much each row counts, 1 where they are not given.

    Rows that are not sure of their label say in `soft` how likely each is; their label is the likeliest then.
    """

    texts: Sequence[str]
    labels: Sequence[str]
    weights: Sequence[float] | None = None
    soft: Sequence[Mapping[str, float] | None] | None = None

    def __post_init__(self) -> None:
        check_columns(len(self), "texts", {"labels": self.labels}, self.weights)

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def split(
        cls, texts: Sequence[str], labels: Sequence[str], groups: Sequence[Hashable], seed: int
    ) -> tuple[Self, Self]:
        """Rows to train on, and others that decide when that is enough; no group on both sides.

        Rows that decide have labels that are trained on. Raises DataError where the rows are too few.
        """
        training, validation = next(grouped_folds(labels, groups, HELD_OUT, seed), ([], []))
        known = {labels[row] for row in training}
        validation = [row for row in validation if labels[row] in known]
        if not validation:
            raise DataError(TOO_FEW)
        first, second = (
            cls([texts[row] for row in part], [labels[row] for row in part]) for part in (training, validation)
        )
        return first, second

    def relative_weights(self, *, by_label: bool) -> Numbers:
        """How much each row counts, 1 on average; with `by_label`, all labels count the same."""
        import numpy as np

        weights: Numbers = np.ones(len(self)) if self.weights is None else np.array(self.weights, np.float64)
        if by_label:
            labels = label_numbers(self.labels, sorted({*self.labels}))
            weights /= np.maximum(np.bincount(labels, weights)[labels], 1e-12)
        weights /= weights.mean()
        return weights

    @property
    def classes(self) -> list[str]:
        """All labels, sorted; those that rows only hold possible, too."""
        return known_labels(self.labels, self.soft)

    def targets(self, classes: Sequence[str]) -> Numbers | Places:
        """What a model is to say of each row: the number of its label, or, where any is unsure, all probabilities."""
        if self.soft and any(self.soft):
            return target_shares(self.labels, self.soft, classes)
        return label_numbers(self.labels, classes)

    def label_shares(self, classes: Sequence[str]) -> Numbers:
        """The shares of `classes`, which are all the labels at least, by the weights of their rows."""
        weights = self.relative_weights(by_label=False)
        shares: Numbers = weights @ target_shares(self.labels, self.soft, classes) / len(self)
        return shares


def check_columns(
    rows: int, what: str, columns: Mapping[str, Sequence[object]], weights: Sequence[float] | None
) -> None:
    """Raise DataError unless each row has one of everything, also a weight of 0 or more, and some row counts."""
    for name, values in [*columns.items(), ("weights", weights)]:
        if values is not None and len(values) != rows:
            raise DataError(f"there are {rows} {what}, but {len(values)} {name}; each row needs one")
    if weights is None:
        return
    for row, weight in enumerate(weights, 1):
        if not 0 <= weight < math.inf:
            raise DataError(f"row {row}: expected a weight of 0 or more, got {weight}")
    if rows and not any(weights):
        raise DataError("all weights are 0, so that no row counts; leave out the weights or the rows")


def label_numbers(labels: Sequence[str], classes: Sequence[str]) -> Places:
    """The place of each label in `classes`."""
    import numpy as np

    places = {label: number for number, label in enumerate(classes)}
    return np.array([places.get(label, UNKNOWN) for label in labels], np.int64)


class Measurement(NamedTuple):
    """How well the labels of the validation rows are predicted."""

    loss: float
    """Mean of the negative natural logarithm of the probability of the right label, of those that are known."""
    accuracy: float
    """Share of all rows; a label that no training row has is never right."""
    labels: int
    """How many different labels are predicted."""


def measure(logits: Numbers, wanted: Places) -> Measurement:
    """How well rows are told by logits; `wanted` are the numbers of their labels."""
    import numpy as np

    known = wanted != UNKNOWN
    shifted = logits[known] - logits[known].max(axis=1, keepdims=True)
    right = np.take_along_axis(shifted, wanted[known, None], axis=1)[:, 0]
    loss = float((np.log(np.exp(shifted).sum(axis=1)) - right).mean())
    found = logits.argmax(axis=1)
    return Measurement(loss, float((found == wanted).mean()), len({*found.tolist()}))


def weaknesses(measured: Measurement, shares: Numbers, validation: Places, remedy: str) -> Iterator[str]:
    """What is wrong with predictions of the validation rows, and what to try.

    `shares` are those of the labels of the training rows, `validation` the numbers of the labels of the others.
    """
    import numpy as np

    labels = len({*validation.tolist()})
    if measured.labels == 1 and labels > 1:
        yield (
            f"it predicts one label for all validation rows, which have {labels}; {remedy}, or add rows of the other "
            "labels"
        )
    by_shares = -np.log(np.maximum(shares[validation[validation != UNKNOWN]], 1e-12)).mean()
    if measured.loss >= by_shares:
        yield (
            f"it learnt nothing that holds for the validation rows: their loss is {measured.loss:.3f}, and "
            f"{by_shares:.3f} by the shares of the labels alone; {remedy}, or look whether the labels fit their texts"
        )


@dataclass(frozen=True, slots=True)
class Epoch:
    """A part of a training that ends with a measurement: one pass over the rows, or an equal share of the updates."""

    training_loss: float
    """Mean over the updates, as it is minimised: with dropout, weights and label smoothing."""
    validation: Measurement
    gradient_norm: float
    """The largest of an update, over all matrices of weights, before it was clipped."""
    rate: float
    """Learning rate at the end."""


@dataclass
class TrainingRecord:
    """How a training went."""

    validation: Measurement | None = None
    """Of the model that was kept; None when none was measured."""
    epochs: list[Epoch] = field(default_factory=list)
    """Of a training in updates."""
    best: int | None = None
    """The epoch whose weights were kept, from 0."""
    updates: int = 0
    chosen: dict[str, float] = field(default_factory=dict)
    """Settings that the validation rows decided, by name."""
    seconds: float = 0.0
    findings: list[str] = field(default_factory=list)
    """What went wrong or could be better, in words, with what to try."""


class Trained(ABC):
    """A classifier that has learnt."""

    classes: list[str]
    """The labels of the training rows, sorted."""
    record: TrainingRecord | None = None

    @abstractmethod
    def probabilities(self, texts: Sequence[str]) -> Numbers:
        """How likely each of `classes` is for each text, a row each."""


class Constant(Trained):
    """What can be learnt from rows that all have one label."""

    def __init__(self, label: str) -> None:
        self.classes = [label]
        self.record = TrainingRecord(
            findings=[f"all training rows have the label {label!r}: there is nothing to learn"]
        )

    def probabilities(self, texts: Sequence[str]) -> Numbers:
        import numpy as np

        return np.ones((len(texts), 1))


class Learner(Plugin, ABC):
    """The settings of a kind of model. The same rows and seed give the same model, on one kind of device."""

    language: str = Field("en", description="of the texts, ISO 639-1")
    device: str = Field("auto", pattern=DEVICE, description="what it runs on: auto, cpu, cuda or cuda:N")

    @abstractmethod
    def unrestrained(self) -> Self:
        """A copy that learns by heart if it can: trained long, with nothing that holds it back."""


class Classifier(Learner, ABC):
    """The settings of a model that gives texts labels."""

    group: ClassVar = "augcli.classifiers"
    kind: ClassVar = "classifier"

    def fit(self, training: Examples, validation: Examples, seed: int, updates: int | None = None) -> Trained:
        """Learn from `training`; `validation`, originals only, decides when to stop and between settings.

        A model that learns in updates makes at most `updates`; when they are given, they replace passes over the rows.
        Validation rows with a label that no training row has count as wrong, and are left out of the loss.
        Raises DataError when there are no rows, ResourceError when a package, a model or vectors are missing.
        """
        classes = training.classes
        if not classes:
            raise DataError("there are no rows to train with")
        if len(classes) == 1:
            return Constant(classes[0])
        if not {*validation.labels} & {*classes}:
            raise DataError("no validation row has a label of the training rows, so that nothing can be measured")
        return self.train(training, validation, classes, seed, updates)

    @abstractmethod
    def train(
        self, training: Examples, validation: Examples, classes: list[str], seed: int, updates: int | None
    ) -> Trained:
        """What `fit` does for two or more `classes`."""


def overfits(classifier: Classifier, examples: Examples) -> str | None:
    """Why a classifier cannot learn a few of these rows by heart, in words; None when it can.

    One that cannot is broken or set wrongly, and says nothing about any data.
    """
    rows_by_label: defaultdict[str, list[int]] = defaultdict(list)
    first: dict[str, int] = {}
    for row, text in enumerate(examples.texts):
        if first.setdefault(text, row) == row:
            rows_by_label[examples.labels[row]].append(row)
    in_turn = chain.from_iterable(zip_longest(*rows_by_label.values()))
    rows = sorted(islice((row for row in in_turn if row is not None), FEW))
    few = Examples([examples.texts[row] for row in rows], [examples.labels[row] for row in rows])
    trained = classifier.unrestrained().fit(few, few, seed=0)
    found = [trained.classes[column] for column in trained.probabilities(few.texts).argmax(axis=1)]
    right = sum(label == wanted for label, wanted in zip(found, few.labels, strict=True))
    return unlearnt(classifier.name, f"{len(few)} rows", right, len(few), trained.record)


def unlearnt(name: str, what: str, right: int, count: int, record: TrainingRecord | None) -> str | None:
    """What to say of a model that was to learn `what` by heart and has `right` of `count`; None when that will do."""
    if right >= 0.95 * count:
        return None
    findings = "; ".join(record.findings if record else [])
    return (
        f"{name} cannot learn even {what} by heart, only {right} of them: "
        f"{findings or 'its settings are wrong, or these texts look alike to it'}"
    )
