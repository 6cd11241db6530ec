"""Fits: a model trained on an arm's rows of a split, and what it says of the rows that the split is tested on."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import orjson

from augcli import __version__
from augcli.commands.evaluate.arms import Arm, Augmentation, Example, Placebo, Repeat, Said, Taught, as_example
from augcli.commands.evaluate.data import Data, Row, Split
from augcli.errors import DataError
from augcli.io.files.atomic import write_whole
from augcli.models.classifiers.base import Examples, Learner, Measurement, Trained
from augcli.models.folds import HELD_OUT, TOO_FEW, grouped_folds
from augcli.models.linear import LinearModel
from augcli.models.logistic import softmax
from augcli.models.taggers.base import Sentences, Tagger, TrainedTagger

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
"""Of each original, at most so many take part in the choice of C; they count as much as all of them."""
PASSES = 3
"""Over the rows of the arm with the most, which is how many updates every arm has at most."""
BATCH = 32
TEACHER = "teacher"
"""Stands for a model in the fits that tell what the teacher of a config says."""
_POWERS = [1.2**step for step in range(-12, 15)]
"""Of probabilities, among which that with the least log-loss is taken: one divided by a temperature."""
_DOUBT = 0.01
"""Probability that is shared out evenly, so that no label, and none that was not seen, has a log-loss without end."""
_TINY = 1e-12
"""Probability below which none is looked at."""


class Item(NamedTuple):
    """What a worker does at once: the rows of an arm for a split are made once for all models."""

    split: Split
    arm: Arm
    models: tuple[str, ...]
    """Their names; TEACHER among them asks what the teacher of the arm says."""


class Fit(NamedTuple):
    """What a model said after it was trained."""

    model: str
    arm: str
    split: Split
    rows: int
    """Trained on, the originals among them."""
    settings: dict[str, Any]
    """What was chosen by folds, or by rows that were held out."""
    predicted: list[str] | list[list[str]]
    """The label of each tested row, or the tags of its tokens."""
    likely: list[float]
    """The probability of the true label of each, or the geometric mean of those of its true tags."""
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
    learners: Mapping[str, Learner | None]
    seed: int
    folder: Path
    times: float = 0.0
    """How many variants the arm with the most makes of a row; all networks are trained in as many updates as go over
    these."""
    by_source: bool = False
    """Whether the rows of one source count together as much as those of another."""

    def __call__(self, item: Item) -> list[Fit]:
        wanted = {model: self.folder / f"{self._key(item, model)}.json" for model in item.models}
        missing = [model for model, file in wanted.items() if not _is_whole(file)]
        for fit in self.fits(item._replace(models=tuple(missing))) if missing else ():
            write_whole(wanted[fit.model], orjson.dumps(fit[3:], default=Measurement._asdict))
        return [
            Fit(model, item.arm.name, item.split, *orjson.loads(file.read_bytes())) for model, file in wanted.items()
        ]

    def fits(self, item: Item) -> Iterator[Fit]:
        """The fits of an item, made one after another on the same rows."""
        training, teacher = self.training(item)
        for model in item.models:
            yield _of_teacher(item, teacher) if model == TEACHER else self.fit(model, item, training, teacher)

    def training(self, item: Item) -> tuple[list[Example], Taught | None]:
        """The originals of a split with what the arm adds to them, and its teacher, if one judged that."""
        rows = [self.data.rows[place] for place in item.split.training]
        originals = [as_example(row, at, item.arm.original_weight) for at, row in enumerate(rows)]
        made = item.arm.make(rows, self.seed + item.split.repeat, self.data.tested_rows(item.split))
        return [*originals, *made.examples], made.teacher

    def fit(self, model: str, item: Item, training: Sequence[Example], teacher: Taught | None) -> Fit:
        """Train a model on the rows of an arm, and test it."""
        learner = self.learners[model]
        by_source = self.by_source and not isinstance(item.arm, Placebo)  # whose rows are drawn by lot
        weigh = _by_source if by_source else list[Example]
        parts = held_out(self.data, item, _TUNING_FOLDS if learner is None else HELD_OUT, self.seed, teacher)
        if learner is None:
            return linear(self.data, item, training, parts[:_TUNING_FOLDS], weigh)
        rows = len(item.split.training) * (1 + self.times)
        updates = PASSES * math.ceil(rows / BATCH)
        return network(self.data, item, training, parts, self.seed, learner, updates, weigh)

    def _key(self, item: Item, model: str) -> str:
        arm, split, learner = item.arm, item.split, self.learners.get(model)
        digest = arm.digest if isinstance(arm, Augmentation) else arm.times if isinstance(arm, Repeat | Placebo) else ""
        said = (
            __version__, self.data.digest, self.seed, model, learner and (learner.model_dump_json(), self.times),
            self.by_source,
            arm.kind, arm.name, digest, split[:3], sha256(repr(split[3:]).encode()).hexdigest(),
        )  # fmt: skip
        return sha256(repr(said).encode()).hexdigest()[:32]


def _of_teacher(item: Item, teacher: Taught | None) -> Fit:
    """What the teacher of an arm says of the tested rows; nothing where it did not lead."""
    said = teacher.said if teacher else Said([], [], 0.0)
    count = len(item.split.training)
    return Fit(TEACHER, item.arm.name, item.split, count, {"folds": said.accuracy}, said.labels, said.probabilities, 0)


def _is_whole(file: Path) -> bool:
    """Whether a fit is there as it was written."""
    try:
        return bool(orjson.loads(file.read_bytes()))
    except (FileNotFoundError, orjson.JSONDecodeError):
        return False


Weigh: TypeAlias = Callable[[Sequence[Example]], list[Example]]
"""Rows with the weights that they are trained with."""


def _by_source(examples: Sequence[Example]) -> list[Example]:
    """Rows weighed so that those of each source count together as much as those of the one with the most."""
    totals: defaultdict[int, float] = defaultdict(float)
    for one in examples:
        totals[one.source] += one.weight
    most = max(totals.values(), default=0)
    return [one._replace(weight=one.weight * most / totals[one.source]) for one in examples]


class Part(NamedTuple):
    """Originals that decide on settings, and how to label the rows made of others without having seen these."""

    held: frozenset[int]
    """Their places in the training part."""
    relabelled: Callable[[Sequence[Example]], list[Example]]

    def others(self, examples: Sequence[Example]) -> list[Example]:
        """Those of examples that are not held out, nor made of what is."""
        return self.relabelled([one for one in examples if one.source not in self.held])


def held_out(data: Data, item: Item, count: int, seed: int, teacher: Taught | None = None) -> list[Part]:
    """Parts of the originals that are held out in turn, about so many; none where there are too few rows.

    A teacher has learnt the labels of all originals, so that its labels would tell those of any part. The parts are
    those that one of its models has not seen.
    """
    if teacher and (folds := teacher.folds):
        return [Part(held, partial(teacher.relabelled, fold=fold)) for fold, held in enumerate(folds)]
    labels = [data.rows[place].stratum for place in item.split.training]
    numbers = [data.groups[place] for place in item.split.training]
    return [Part(frozenset(held), list) for _, held in grouped_folds(labels, numbers, count, seed)]


def linear(
    data: Data, item: Item, training: Sequence[Example], parts: Sequence[Part], weigh: Weigh = list[Example]
) -> Fit:
    """The linear model, its C chosen by parts of the originals; variants go with their originals.

    All arms weigh as much as their originals, so that a C holds each of them back alike.
    """
    examples = _joined(training)
    model = LinearModel(data.language)
    features = model.vectorize([example.text for example in examples])
    model.c = _tuned(data, features, examples, parts, weigh)
    model.train(features, [one.label for one in examples], _relative(weigh(examples)), _soft(examples))
    tested = data.tested_rows(item.split)
    found = model.predict(model.features([row.text for row in tested]))
    likely = _likely(found, model.classes, [row.label for row in tested], data.labels)
    predicted = [model.classes[column] for column in found.argmax(axis=1)]
    rows = _number(training)
    made = len(training) - len(item.split.training)
    return Fit("linear", item.arm.name, item.split, rows, {"C": model.c}, predicted, likely, made)


def _number(examples: Sequence[Example]) -> int:
    """How many rows there are; one that is repeated stands once, with the number as its weight."""
    return round(sum(max(1.0, one.weight) for one in examples))


def _soft(examples: Sequence[Example]) -> list[dict[str, float] | None] | None:
    """How likely the labels of each row are; None where all rows are sure."""
    return [dict(one.soft) or None for one in examples] if any(one.soft for one in examples) else None


def _relative(examples: Sequence[Example]) -> list[float]:
    """The weights of rows, together as large as the number of their originals."""
    originals = len({example.source for example in examples if example.source >= 0})
    unit = originals / sum(example.weight for example in examples)
    return [unit * example.weight for example in examples]


def _joined(training: Sequence[Example]) -> list[Example]:
    """Rows with the same source, text and label as one that weighs as much as they do together."""
    weights: dict[Example, float] = {}
    for example in training:
        key = example._replace(weight=0.0)
        weights[key] = weights.get(key, 0.0) + example.weight
    return [example._replace(weight=weight) for example, weight in weights.items()]


def _tuned(data: Data, features: Any, examples: Sequence[Example], parts: Sequence[Part], weigh: Weigh) -> float:
    """The C of CS with the least log-loss over parts of the originals: from the least on, as long as the loss falls.

    Each is taken at the temperature that suits it best (Guo et al. 2017): soft labels make a model less sure, which a
    large C would only make up for.
    """
    import numpy as np

    originals: dict[int, int] = {}
    made: defaultdict[int, list[int]] = defaultdict(list)
    for at, example in enumerate(examples):
        if example.source >= 0 and example.source not in originals:
            originals[example.source] = at
        else:
            made[example.source].append(at)
    some = {at: examples[at] for at in originals.values()}
    for places in made.values():
        kept = places[:: math.ceil(len(places) / _TUNING_VARIANTS)]
        share = sum(examples[at].weight for at in places) / sum(examples[at].weight for at in kept)
        some |= {at: examples[at]._replace(weight=share * examples[at].weight) for at in kept}
    paths = []
    for part in parts:
        rows = [at for at, example in some.items() if example.source not in part.held]
        seen = weigh(part.relabelled([some[row] for row in rows]))
        model = LinearModel(data.language)
        path = model.path(features[rows], [one.label for one in seen], _relative(seen), CS, _soft(seen))
        held = [originals[source] for source in sorted(part.held)]
        paths.append((model, path, features[held], [examples[at].label for at in held]))
    best, least = _USUAL_C, math.inf
    for steps in zip(*(path for _, path, _, _ in paths), strict=True):
        found = [(np.log(np.maximum(model.predict(held), _TINY)), model.classes) for model, _, held, _ in paths]
        truths = [truth for _, _, _, truth in paths]
        loss = min(_loss(found, truths, power, data.labels) for power in _POWERS)
        if loss >= least:
            break
        best, least = steps[0], loss
    return best


def _loss(
    found: Sequence[tuple[Numbers, Sequence[str]]], truths: Sequence[Sequence[str]], power: float, labels: int
) -> float:
    """The log-loss of probabilities raised to a power."""
    import numpy as np

    return -sum(
        float(np.log(_likely(softmax(power * logs), classes, truth, labels)).sum())
        for (logs, classes), truth in zip(found, truths, strict=True)
    )


def _likely(found: Numbers, classes: Sequence[str], truth: Sequence[str], labels: int) -> list[float]:
    """The probability of the true label of each row, with some doubt."""
    columns = {label: column for column, label in enumerate(classes)}
    told = [found[row, columns[label]] if label in columns else 0.0 for row, label in enumerate(truth)]
    return [float((1 - _DOUBT) * value + _DOUBT / labels) for value in told]


def network(
    data: Data, item: Item, training: Sequence[Example], parts: Sequence[Part], seed: int, learner: Learner,
    updates: int, weigh: Weigh,
) -> Fit:  # fmt: skip
    """A model for which originals decide that are held out, together with all that was made of them.

    Raises DataError where the rows are too few to hold some out.
    """
    if not parts:
        raise DataError(TOO_FEW)
    rows = [data.rows[place] for place in item.split.training]
    used = parts[0].others(training)
    seen = _joined(used)
    validation = [as_example(rows[place], place) for place in sorted(parts[0].held)]
    known = _kept(type(learner), learner.model_dump_json())
    trained = known.fit(_of_kind(known, weigh(seen)), _of_kind(known, validation), seed + item.split.repeat, updates)
    tested = data.tested_rows(item.split)
    predicted, likely = _said(trained, tested, data.labels)
    record = trained.record
    return Fit(
        learner.name,
        item.arm.name,
        item.split,
        _number(used),
        dict(record.chosen) if record else {},
        predicted,
        likely,
        len(training) - len(rows),
        asdict(record) if record else None,
    )


@cache
def _kept(kind: type[Learner], settings: str) -> Any:
    """A classifier or tagger, the same object in a process: some keep what they make of each text."""
    return kind.model_validate_json(settings)


def _of_kind(learner: Learner, some: Sequence[Example]) -> Examples | Sentences:
    """Rows as a classifier or a tagger takes them."""
    weights = [one.weight for one in some]
    if isinstance(learner, Tagger):
        return Sentences([one.tokens for one in some], [one.tags for one in some], weights)
    return Examples([one.text for one in some], [one.label for one in some], weights, _soft(some))


def _said(
    trained: Trained | TrainedTagger, tested: Sequence[Row], labels: int
) -> tuple[list[str] | list[list[str]], list[float]]:
    """What a model says of rows, and how likely the truth is to it."""
    import numpy as np

    if isinstance(trained, Trained):
        found = trained.probabilities([row.text for row in tested])
        likely = _likely(found, trained.classes, [row.label for row in tested], labels)
        return [trained.classes[column] for column in found.argmax(axis=1)], likely
    tokens = [row.tokens for row in tested]
    by_token = [
        _likely(found, trained.tags, row.tags, labels)
        for found, row in zip(trained.probabilities(tokens), tested, strict=True)
    ]
    return trained.predict(tokens), [float(np.exp(np.log(likely).mean())) for likely in by_token]
