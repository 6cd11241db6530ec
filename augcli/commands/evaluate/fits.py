"""Fits: a model trained on an arm's rows of a split, and what it says of the rows that the split is tested on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import orjson

from augcli import __version__
from augcli.commands.evaluate.arms import Arm, Augmentation, Example, Placebo, Repeat
from augcli.commands.evaluate.data import Data, Split, grouped_folds
from augcli.errors import DataError
from augcli.io.files.atomic import write_whole
from augcli.models.classifiers.base import Classifier, Examples, Measurement
from augcli.models.linear import LinearModel
from augcli.plugin import find

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float64]

CS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0)
"""How little the weights of the linear model may be held back, if the rows count as much as the originals alone.

Chosen for each arm alike, by folds of its originals.
"""
_USUAL_C = 10.0
"""Taken where there are too few rows of each label for folds."""
_TUNING_FOLDS = 3
_TUNING_VARIANTS = 4
"""Of each original, at most so many take part in the choice of C."""
HELD_OUT = 6
"""One original in so many decides when a network has learnt enough."""
PASSES = 3
"""Over the rows of the arm with the most, which is how many updates every arm has at most."""
BATCH = 32
_DOUBT = 0.01
"""Probability that is shared out evenly, so that no label, and none that was not seen, has a log-loss without end."""


class Item(NamedTuple):
    """What a worker does at once: the rows of an arm for a split are made once for all models."""

    split: Split
    arm: Arm


class Fit(NamedTuple):
    """What a model said after it was trained."""

    model: str
    arm: str
    split: Split
    rows: int
    """Trained on, the originals among them."""
    settings: dict[str, Any]
    """What was chosen by folds of the originals."""
    predicted: list[str]
    """The label of each tested row."""
    likely: list[float]
    """The probability of the true label of each."""
    variants: int
    """That the arm made, or copies."""
    course: dict[str, Any] | None = None
    """How a training in updates went: its epochs, and what was found wrong."""

    @property
    def order(self) -> tuple[int, int, int]:
        """Which split it is of."""
        return self.split[:3]


@dataclass(frozen=True)
class FitWork:
    """Makes the fits of an item, or reads those that an interrupted evaluation left in `folder`."""

    data: Data
    models: Sequence[str]
    seed: int
    folder: Path
    rows: int = 0
    """Of the arm with the most; all networks are trained in as many updates as go over these."""

    def __call__(self, item: Item) -> list[Fit]:
        wanted = {model: self.folder / f"{self._key(item, model)}.json" for model in self.models}
        missing = [model for model, file in wanted.items() if not _is_whole(file)]
        if missing:
            training = self._training(item)
            for model in missing:
                fit = self._fit(model, item, training)
                write_whole(wanted[model], orjson.dumps(fit[3:], default=Measurement._asdict))
        return [
            Fit(model, item.arm.name, item.split, *orjson.loads(file.read_bytes())) for model, file in wanted.items()
        ]

    def _fit(self, model: str, item: Item, training: Sequence[Example]) -> Fit:
        if model == "linear":
            return linear(self.data, item, training, self.seed)
        updates = PASSES * -(-self.rows // BATCH)
        return neural(self.data, item, training, self.seed, classifier(model, self.data.language), updates)

    def _training(self, item: Item) -> list[Example]:
        """The originals of a split, and what the arm adds to them."""
        rows = [self.data.rows[place] for place in item.split.training]
        originals = [Example(row.text, row.label, at) for at, row in enumerate(rows)]
        return [*originals, *item.arm.variants(rows, self.seed + item.split.repeat)]

    def _key(self, item: Item, model: str) -> str:
        arm = item.arm
        digest = arm.digest if isinstance(arm, Augmentation) else arm.times if isinstance(arm, Repeat | Placebo) else ""
        split = item.split
        said = (
            __version__, self.data.digest, self.seed, model, self.rows if model != "linear" else 0,
            arm.kind, arm.name, digest, split[:3], sha256(repr(split[3:]).encode()).hexdigest(),
        )  # fmt: skip
        return sha256(repr(said).encode()).hexdigest()[:32]


def _is_whole(file: Path) -> bool:
    """Whether a fit is there as it was written."""
    try:
        return bool(orjson.loads(file.read_bytes()))
    except (FileNotFoundError, orjson.JSONDecodeError):
        return False


def linear(data: Data, item: Item, training: Sequence[Example], seed: int) -> Fit:
    """The linear model, its C chosen by log-loss on folds of the originals; variants go with their originals.

    All arms weigh as much as their originals, so that a C holds each of them back alike.
    """
    examples = _joined(training)
    model = LinearModel(data.language)
    features = model.vectorize([example.text for example in examples])
    numbers = [data.groups[place] for place in item.split.training]
    model.c = _tuned(data.language, features, examples, numbers, seed)
    model.train(features, [example.label for example in examples], _relative(examples))
    tested = data.tested_rows(item.split)
    found = model.predict(model.features([row.text for row in tested]))
    likely = _likely(found, model.classes, [row.label for row in tested], len({row.label for row in data.rows}))
    predicted = [model.classes[column] for column in found.argmax(axis=1)]
    rows = round(sum(example.weight for example in examples))
    made = len(training) - len(item.split.training)
    return Fit("linear", item.arm.name, item.split, rows, {"C": model.c}, predicted, likely, made)


def _relative(examples: Sequence[Example]) -> list[float]:
    """The weights of rows, together as large as the number of their originals."""
    unit = len({example.source for example in examples}) / sum(example.weight for example in examples)
    return [unit * example.weight for example in examples]


def _joined(training: Sequence[Example]) -> list[Example]:
    """Rows with the same source, text and label as one that weighs as much as they do together."""
    weights: dict[Example, float] = {}
    for example in training:
        key = example._replace(weight=0.0)
        weights[key] = weights.get(key, 0.0) + example.weight
    return [example._replace(weight=weight) for example, weight in weights.items()]


def _tuned(language: str, features: Any, examples: Sequence[Example], numbers: Sequence[int], seed: int) -> float:
    """The C of CS with the least log-loss over folds of the originals: from the least on, as long as the loss falls."""
    import numpy as np

    originals: dict[int, int] = {}
    some: list[int] = []
    used: Counter[int] = Counter()
    for at, example in enumerate(examples):
        originals.setdefault(example.source, at)
        if used[example.source] <= _TUNING_VARIANTS:
            some.append(at)
        used[example.source] += 1
    sources = sorted(originals)
    labels = [examples[originals[source]].label for source in sources]
    groups = [numbers[source] for source in sources]
    parts = []
    for training, tested in grouped_folds(labels, groups, _TUNING_FOLDS, seed):
        seen = {sources[place] for place in training}
        rows = [at for at in some if examples[at].source in seen]
        seen_examples = [examples[row] for row in rows]
        model = LinearModel(language)
        path = model.path(features[rows], [one.label for one in seen_examples], _relative(seen_examples), CS)
        parts.append(
            (model, path, features[[originals[sources[place]] for place in tested]], [labels[at] for at in tested])
        )
    if not parts:
        return _USUAL_C
    best, least = _USUAL_C, math.inf
    for steps in zip(*(path for _, path, _, _ in parts), strict=True):
        loss = 0.0
        for model, _, held, truth in parts:
            loss -= float(np.log(_likely(model.predict(held), model.classes, truth, len({*labels}))).sum())
        if loss >= least:
            break
        best, least = steps[0], loss
    return best


def _likely(found: Numbers, classes: Sequence[str], truth: Sequence[str], labels: int) -> list[float]:
    """The probability of the true label of each row, with some doubt."""
    columns = {label: column for column, label in enumerate(classes)}
    told = [found[row, columns[label]] if label in columns else 0.0 for row, label in enumerate(truth)]
    return [float((1 - _DOUBT) * value + _DOUBT / labels) for value in told]


@cache
def classifier(model: str, language: str) -> Classifier:
    """The settings of a network, the same object in a process: an encoder keeps what it makes of each text."""
    return find(Classifier, model).model_validate({"language": language})


def neural(data: Data, item: Item, training: Sequence[Example], seed: int, settings: Classifier, updates: int) -> Fit:
    """A network, stopped early by originals that are held out together with all that was made of them."""
    numbers = [data.groups[place] for place in item.split.training]
    labels = [data.rows[place].label for place in item.split.training]
    _, held = next(grouped_folds(labels, numbers, HELD_OUT, seed), ((), ()))
    if not held:
        raise DataError(f"{settings.name} needs two rows of some label at least, to hold some out; draw more rows")
    left_out = set(held)
    seen = _joined([example for example in training if example.source not in left_out])
    examples = Examples([one.text for one in seen], [one.label for one in seen], [one.weight for one in seen])
    rows = [data.rows[item.split.training[place]] for place in held]
    validation = Examples([row.text for row in rows], [row.label for row in rows])
    trained = settings.fit(examples, validation, seed + item.split.repeat, updates)
    tested = data.tested_rows(item.split)
    found = trained.probabilities([row.text for row in tested])
    likely = _likely(found, trained.classes, [row.label for row in tested], len({row.label for row in data.rows}))
    predicted = [trained.classes[column] for column in found.argmax(axis=1)]
    record = trained.record
    return Fit(
        settings.name,
        item.arm.name,
        item.split,
        round(sum(one.weight for one in seen)),
        dict(record.chosen) if record else {},
        predicted,
        likely,
        len(training) - len(item.split.training),
        asdict(record) if record else None,
    )
