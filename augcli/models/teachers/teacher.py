"""A classifier that judges rows made of those that it learns from: cross-fitted, calibrated, kept in one file.

The rows are split into folds, and for each fold there is a model that has not seen it: a network that was fine-tuned,
or the geometric mean of several heads, each a logistic regression on features of its own: hidden states of a frozen
encoder, mean word vectors, TF-IDF. Layers, C and heads are those with the least log-loss over all folds, and so is the
temperature of the whole (Guo et al. 2017). A classifier that knows the labels already is taken as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

import orjson

from augcli.language.resources import VECTORS
from augcli.models.device import Precision
from augcli.models.encoder import shared_encoder
from augcli.models.logistic import Head, softmax, target_shares
from augcli.models.teachers.features import Features, States, Words, WordVectors
from augcli.models.teachers.networks import FineTunedNetworks, KnownClassifier, Part

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from augcli.models.teachers.networks import Arrays

    Numbers: TypeAlias = NDArray[np.float64]

CS = (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)
"""What to choose C from, the weight of the mean loss beside the squared weights."""
WORD_CS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""The same of TF-IDF, where C is the weight of the sum of the losses."""
_TOLERANCE = {True: 1e-4, False: 3e-5}
"""Of the gradient; features that are scaled, and others, many of which are 0."""
_LEAST = 1e-4
"""Probability below which no head goes, so that none overrules all others."""
_TEMPERATURES = [1.1**power for power in range(-14, 15)]


class Heads(Part):
    """Features, and a head on them for each fold."""

    def __init__(self, features: Features, heads: Sequence[Head]) -> None:
        self.kind = features.kind
        self._features, self._heads = features, heads

    @classmethod
    def load(cls, kind: str, described: Mapping[str, Any], arrays: Arrays, language: str, device: str) -> Self:
        """What `described` and `arrays` gave. Raises ResourceError when a model is missing or another."""
        match kind:
            case States.kind:
                features: Features = States(language=language, device=device, **described)
            case Words.kind:
                features = Words(**described, idf=arrays["idf"])
            case _:
                features = WordVectors(language, **described)
        heads: list[Head] = []
        while f"{len(heads)}.mean" in arrays:
            heads.append(Head(*(arrays[f"{len(heads)}.{name}"] for name in ("mean", "deviation", "weights"))))
        return cls(features, heads)

    def prepare(self, texts: Sequence[str]) -> Any:
        return self._features.of(texts)

    def logits(self, prepared: Any, rows: Sequence[int], fold: int) -> Numbers:
        return self._heads[fold].logits(prepared[rows])

    def described(self) -> dict[str, Any]:
        return self._features.described()

    def arrays(self) -> Arrays:
        of_heads = {
            f"{fold}.{name}": array for fold, head in enumerate(self._heads) for name, array in vars(head).items()
        }
        return {**self._features.arrays(), **of_heads}

    @property
    def told(self) -> str:
        described = self.described()
        if "layer" not in described:
            return f"{self.kind} {described['vectors']}" if "vectors" in described else self.kind
        return f"{described['model'] or 'the encoder that comes along'}, layer {described['layer']}"


class _Tried(NamedTuple):
    """Heads with what they say of each row by the one that has not seen it."""

    part: Heads
    unseen: Numbers
    loss: float


class Teacher:
    """What has learnt of labelled rows in folds."""

    def __init__(self, classes: Sequence[str], parts: Sequence[Part], temperature: float, known: NDArray[Any]) -> None:
        self.classes = list(classes)
        """The labels, sorted."""
        self._parts = parts
        self._temperature = temperature
        self._known = known
        """Whether what judges a fold knows a label, (folds, labels)."""
        self.known = [frozenset(label for label, there in zip(classes, row, strict=True) if there) for row in known]
        """The labels that are known to what judges each fold."""
        self.accuracy = 0.0
        """Share of the rows whose label is told by what has not seen them."""
        self.right: Sequence[bool] = ()
        """Which rows that were, as long as it has only just learnt."""
        self.chosen = ""
        """Its parts, in words."""
        self.own: Mapping[str, Sequence[float]] = {}
        """By label: the probability of it for each of its rows, by what has not seen these, ascending."""
        self.fold_of: Mapping[str, int] = {}
        """The fold of each row, by its key."""
        self.rows = 0
        """How many labelled rows there were."""
        self.values: Mapping[str, Any] = {}
        """Labels as the input has them, by name."""

    @classmethod
    def fit(
        cls, models: Sequence[str | None], language: str, device: str,
        texts: Sequence[str], labels: Sequence[str], folds: Sequence[int], precision: Precision = "auto",
        vectors: str | None = None,
    ) -> Self:  # fmt: skip
        """Learn heads on frozen encoders, and on word vectors, from texts and their labels; `folds` tells their folds.

        Raises ResourceError when one of the encoders `models`, or the file `vectors`, is missing.
        """
        import numpy as np

        classes, fold = sorted({*labels}), np.array(folds)
        targets = target_shares(labels, None, classes)
        tried: list[_Tried] = []
        for model in models:
            layers = range(shared_encoder(model, language, device, precision).layers)
            candidates = [States(model, language, device, layer, precision) for layer in layers]
            if len(candidates) > 1:
                middle = CS[len(CS) // 2 : len(CS) // 2 + 1]
                first = [_cross_fit(features, texts, targets, fold, middle) for features in candidates]
                candidates = [candidates[min(layers, key=lambda layer: first[layer].loss)]]
            tried.append(_cross_fit(candidates[0], texts, targets, fold, CS))
        words = Words(language)
        words.fit(texts)
        tried.append(_cross_fit(words, texts, targets, fold, WORD_CS))
        if vectors or language in VECTORS:
            tried.append(_cross_fit(WordVectors(language, vectors), texts, targets, fold, CS))
        used, mixed = _best_mixture(tried, targets)
        return cls._measured(classes, [one.part for one in used], mixed, labels, _known(targets, fold))

    @classmethod
    def fine_tune(
        cls, model: str | None, language: str, device: str, texts: Sequence[str], labels: Sequence[str],
        folds: Sequence[int], groups: Sequence[int], seed: int,
    ) -> Self:  # fmt: skip
        """Fine-tune a pretrained model on texts and their labels; `groups` tells which texts are nearly the same.

        Raises ResourceError when the model is missing, DataError where the rows are too few.
        """
        import numpy as np

        classes, fold = sorted({*labels}), np.array(folds)
        known = _known(target_shares(labels, None, classes), fold)
        part = FineTunedNetworks.fit(model, language, device, texts, labels, folds, groups, classes, known, seed)
        mixed = np.zeros((len(texts), len(classes)))
        for number in range(len(known)):
            rows = np.flatnonzero(fold == number).tolist()
            mixed[rows] = _logs(part.logits(texts, rows, number))
        return cls._measured(classes, [part], mixed, labels, known)

    @classmethod
    def ready(cls, model: str, device: str, texts: Sequence[str], labels: Sequence[str]) -> Self:
        """A classifier as it is, measured on texts and their labels, which it may have seen.

        Raises ConfigError when it does not know all labels, ResourceError when it is missing.
        """
        import numpy as np

        classes = sorted({*labels})
        part = KnownClassifier(model, device, classes)
        mixed = _logs(part.logits(texts, range(len(texts)), 0))
        return cls._measured(classes, [part], mixed, labels, np.ones((1, len(classes)), bool), [1.0])

    @classmethod
    def _measured(
        cls, classes: Sequence[str], parts: Sequence[Part], mixed: Numbers, labels: Sequence[str], known: NDArray[Any],
        temperatures: Sequence[float] = (),
    ) -> Self:  # fmt: skip
        """With the best of some temperatures, or of all; `mixed` are logarithms of what its parts say of the rows."""
        import numpy as np

        targets = target_shares(labels, None, classes)
        temperature = min(temperatures or _TEMPERATURES, key=lambda heat: _log_loss(softmax(mixed / heat), targets))
        unseen = softmax(mixed / temperature)
        teacher = cls(classes, parts, temperature, known)
        teacher.right = (unseen.argmax(axis=1) == targets.argmax(axis=1)).tolist()
        teacher.accuracy = sum(teacher.right) / len(teacher.right)
        teacher.chosen = ", ".join(part.told for part in parts)
        own = unseen[targets > 0]
        teacher.own = {label: np.sort(own[np.array(labels) == label]).round(6).tolist() for label in classes}
        return teacher

    def probabilities(self, texts: Sequence[str], folds: Sequence[int | None]) -> Numbers:
        """How likely each label is for each text, a row each, by what has not seen its fold.

        Where a text is of no fold, it is the mean of all.
        """
        import numpy as np

        found = np.zeros((len(texts), len(self.classes)))
        count = len(self._known)
        if not texts:
            return found
        prepared = [part.prepare(texts) for part in self._parts]
        for fold in range(count):
            rows = [row for row, number in enumerate(folds) if number in (fold, None)]
            if not rows:
                continue
            told = [_logs(part.logits(shown, rows, fold)) for part, shown in zip(self._parts, prepared, strict=True)]
            mixed = np.mean(told, axis=0)
            shares = np.array([1.0 if folds[row] is not None else 1 / count for row in rows])
            found[rows] += shares[:, None] * softmax(mixed / self._temperature)
        return found

    def least(self, label: str, least: float) -> float:
        """The probability of `label` that as large a share of its rows reaches as of all rows reaches `least`."""
        every = [one for some in self.own.values() for one in some]
        share = sum(one >= least for one in every) / len(every)
        own = self.own.get(label, ())  # of very many rows, those of a rare label may not be among the drawn ones
        reached = round(share * len(own))
        return own[len(own) - reached] if reached else 1.0

    def dump(self) -> bytes:
        """It as a file of safetensors: arrays, and one text of JSON. Like teachers make like files."""
        from safetensors.numpy import save

        arrays: dict[str, NDArray[Any]] = {"known": self._known}
        parts = []
        for place, part in enumerate(self._parts):
            parts.append([part.kind, part.described()])
            arrays |= {f"{place}.{name}": array for name, array in part.arrays().items()}
        told = {
            "classes": self.classes, "parts": parts, "temperature": self._temperature, "accuracy": self.accuracy,
            "chosen": self.chosen, "own": self.own, "fold_of": self.fold_of, "values": self.values,
            "rows": self.rows,
        }  # fmt: skip
        return save(arrays, {"teacher": orjson.dumps(told).decode()})

    @classmethod
    def load(cls, data: bytes, language: str, device: str) -> Teacher:
        """What `dump` gave. Raises ResourceError when a model that it needs is missing or another."""
        from safetensors.numpy import load

        arrays = load(data)
        length = int.from_bytes(data[:8], "little")
        told = orjson.loads(orjson.loads(data[8 : 8 + length])["__metadata__"]["teacher"])
        parts: list[Part] = []
        classes, known = told["classes"], arrays["known"]
        for place, (kind, described) in enumerate(told["parts"]):
            start = f"{place}."
            own = {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
            match kind:
                case FineTunedNetworks.kind:
                    parts.append(FineTunedNetworks.load(described, own, language, device, classes, known))
                case KnownClassifier.kind:
                    parts.append(KnownClassifier(device=device, classes=classes, **described))
                case _:
                    parts.append(Heads.load(kind, described, own, language, device))
        teacher = cls(classes, parts, told["temperature"], known)
        teacher.accuracy, teacher.chosen, teacher.own = told["accuracy"], told["chosen"], told["own"]
        teacher.fold_of, teacher.values, teacher.rows = told["fold_of"], told["values"], told["rows"]
        return teacher


def _cross_fit(features: Features, texts: Sequence[str], targets: Numbers, fold: Any, cs: Sequence[float]) -> _Tried:
    """The part with the least log-loss over all folds: from the least C on, as long as the loss falls."""
    import numpy as np

    shown = features.of(texts)
    numbers = range(fold.max() + 1)
    scaled = features.scaled
    paths = [
        Head.path(
            shown[fold != number],
            targets[fold != number],
            np.ones((fold != number).sum()),
            [c / (fold != number).sum() if scaled else c for c in cs],
            _TOLERANCE[scaled],
            scaled=scaled,
        )
        for number in numbers
    ]
    best: _Tried | None = None
    for heads in zip(*paths, strict=True):
        unseen = np.zeros_like(targets)
        for number, head in zip(numbers, heads, strict=True):
            unseen[fold == number] = softmax(head.logits(shown[fold == number]))
        loss = _log_loss(unseen, targets)
        if best and loss >= best.loss:
            break
        best = _Tried(Heads(features, heads), unseen, loss)
    assert best
    return best


def _best_mixture(tried: Sequence[_Tried], targets: Numbers) -> tuple[list[_Tried], Numbers]:
    """The parts whose geometric mean has the least log-loss, added one by one, and that mean as logarithms."""
    import numpy as np

    logs = [np.log(np.maximum(one.unseen, _LEAST)) for one in tried]
    used: list[int] = []
    least, mixed = np.inf, logs[0]
    while len(used) < len(tried):
        means = {
            place: (sum(logs[one] for one in used) + logs[place]) / (len(used) + 1)
            for place in range(len(tried))
            if place not in used
        }
        losses = {place: _log_loss(softmax(mean), targets) for place, mean in means.items()}
        place = min(losses, key=losses.__getitem__)
        if losses[place] >= least:
            break
        used, least, mixed = [*used, place], losses[place], means[place]
    return [tried[place] for place in used], mixed


def _known(targets: Numbers, fold: Any) -> NDArray[Any]:
    """Whether rows of the other folds have a label, (folds, labels)."""
    import numpy as np

    return np.array([targets[fold != number].sum(axis=0) > 0 for number in range(fold.max() + 1)])


def _logs(logits: Numbers) -> Numbers:
    """Logarithms of probabilities, none of which is very small."""
    import numpy as np

    logs: Numbers = np.log(np.maximum(softmax(logits), _LEAST))
    return logs


def _log_loss(found: Numbers, targets: Numbers) -> float:
    import numpy as np

    return float(-np.log(np.maximum(found[targets > 0], _LEAST)).mean())
