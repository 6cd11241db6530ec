"""A classifier that judges rows made of those that it learns from: cross-fitted, calibrated, kept in one file.

The rows are split into folds, and for each fold there is a model that has not seen it: a network that was fine-tuned,
or the geometric mean of several heads, each a logistic regression on features of its own: hidden states of a frozen
encoder, mean word vectors, TF-IDF. Layers, C and heads are those with the least log-loss over all folds, and so is the
temperature of the whole (Guo et al. 2017). A classifier that knows the labels already is taken as it is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, TypeAlias

import orjson

from augcli.errors import ResourceError
from augcli.language.resources import ENGLISH_VECTORS
from augcli.language.vectors import load as load_vectors
from augcli.models.device import Precision, device_kind
from augcli.models.encoder import TextEncoder, encoder_of
from augcli.models.linear import learn_terms, tfidf_vectorizer
from augcli.models.logistic import Head, softmax, target_shares
from augcli.models.teachers.networks import FineTunedNetworks, KnownClassifier, Part
from augcli.process import cache_folder
from augcli.text.words import plain_apostrophes, segmenter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from augcli.models.teachers.networks import Arrays

    Numbers: TypeAlias = NDArray[np.float64]

CS = (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)
"""What to choose C from, the weight of the mean loss beside the squared weights."""
WORD_CS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""The same of TF-IDF, where C is the weight of the sum of the losses."""
_TOKENS, _GPU_TOKENS = 512, 16_384
"""That an encoder reads at once; all batches are full, so that few texts cost as much as many."""
_MOST_WORDS = 20_000
"""Words and pairs of words that TF-IDF knows."""
_TOLERANCE = {True: 1e-4, False: 3e-5}
"""Of the gradient; features that are scaled, and others, many of which are 0."""
_LEAST = 1e-4
"""Probability below which no head goes, so that none overrules all others."""
_TEMPERATURES = [1.1**power for power in range(-14, 15)]


class Features(ABC):
    """What a head sees of texts: a row of numbers each."""

    kind: ClassVar[str]
    scaled: ClassVar = True
    """Whether each number is to have mean 0 and deviation 1."""

    def learn(self, texts: Sequence[str]) -> None:  # noqa: B027  # most have nothing to do
        """Do for all of these texts at once what is cheaper so."""

    @abstractmethod
    def of(self, texts: Sequence[str]) -> Any:
        """The features, (texts, dimensions), dense or sparse."""

    @abstractmethod
    def described(self) -> dict[str, Any]:
        """What is needed to make them again, beside the arrays."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The numbers that are needed to make them again, by name."""
        return {}


class States(Features):
    """The mean hidden states of an encoder in one layer."""

    kind: ClassVar = "encoder"

    def __init__(
        self, model: str | None, language: str, device: str, layer: int, precision: Precision = "auto",
        digest: str | None = None,
    ) -> None:  # fmt: skip
        """Raises ResourceError when the model is missing, or is not the one with this `digest`."""
        self._model, self._layer, self._precision = model, layer, precision
        self._encoder = shared_encoder(model, language, device, precision)
        if digest not in (None, self._encoder.digest):
            raise ResourceError(
                f"{model or 'the encoder that comes along'} is not the version that the teacher learnt with"
            )

    def of(self, texts: Sequence[str]) -> Any:
        return self._encoder.of(texts, self._layer)

    def learn(self, texts: Sequence[str]) -> None:
        self._encoder.learn(texts)

    def described(self) -> dict[str, Any]:
        return {
            "model": self._model, "layer": self._layer, "precision": self._precision, "digest": self._encoder.digest
        }  # fmt: skip


@cache
def shared_encoder(model: str | None, language: str, device: str, precision: Precision) -> TextEncoder:
    """An encoder, the same in all of a process, which keeps what it makes of texts from run to run."""
    tokens = _GPU_TOKENS if device_kind(device) == "cuda" else _TOKENS
    return encoder_of(model, language, device, precision=precision, batch_tokens=tokens, cache=True)


class WordVectors(Features):
    """The mean of the vectors of the words, those that come along for English."""

    kind: ClassVar = "word vectors"

    def __init__(self) -> None:
        self._vectors = load_vectors(ENGLISH_VECTORS.path(), None, cache_folder())
        self._segment = segmenter("en")

    def of(self, texts: Sequence[str]) -> Any:
        import numpy as np

        matrix = self._vectors.matrix
        found = np.zeros((len(texts), matrix.shape[1]))
        for row, text in enumerate(texts):
            words = (plain_apostrophes(text[start:end]).lower() for start, end in self._segment(text))
            places = [place for word in words if (place := self._vectors.place(word)) is not None]
            if places:
                found[row] = matrix[places].mean(axis=0)
        return found

    def described(self) -> dict[str, Any]:
        return {}


class Words(Features):
    """TF-IDF of words and pairs of words, or of characters and pairs of them, as the linear model has it."""

    kind: ClassVar = "tf-idf"
    scaled: ClassVar = False

    def __init__(self, language: str, terms: Sequence[str] | None = None, idf: NDArray[Any] | None = None) -> None:
        """With `terms` and their weights `idf`, as they were before."""
        self._language = language
        self._vectorizer = tfidf_vectorizer(language, _MOST_WORDS, terms)
        if idf is not None:
            self._vectorizer.idf_ = idf

    def fit(self, texts: Sequence[str]) -> None:
        """Take the terms of texts, and how rare they are. Raises DataError for no word."""
        learn_terms(self._vectorizer, texts)

    def of(self, texts: Sequence[str]) -> Any:
        return self._vectorizer.transform(texts)

    def described(self) -> dict[str, Any]:
        return {"language": self._language, "terms": self._vectorizer.get_feature_names_out().tolist()}

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"idf": self._vectorizer.idf_}


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
                features = WordVectors()
        heads: list[Head] = []
        while f"{len(heads)}.mean" in arrays:
            heads.append(Head(*(arrays[f"{len(heads)}.{name}"] for name in ("mean", "deviation", "weights"))))
        return cls(features, heads)

    def learn(self, texts: Sequence[str]) -> None:
        self._features.learn(texts)

    def logits(self, texts: Sequence[str], fold: int) -> Numbers:
        return self._heads[fold].logits(self._features.of(texts))

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
            return self.kind
        return f"{described['model'] or 'the encoder that comes along'}, layer {described['layer']}"


class _Tried(NamedTuple):
    """Heads with what they say of each row by the one that has not seen it."""

    part: Heads
    c: float
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
        self.accuracy = 0.0
        """Share of the rows whose label is told by what has not seen them."""
        self.chosen = ""
        """Its parts, in words."""
        self.own: Mapping[str, Sequence[float]] = {}
        """By label: the probability of it for each of its rows, by what has not seen these, ascending."""
        self.fold_of: Mapping[str, int] = {}
        """The fold of each row, by its key."""
        self.values: Mapping[str, Any] = {}
        """Labels as the input has them, by name."""

    @classmethod
    def fit(
        cls, models: Sequence[str | None], language: str, device: str,
        texts: Sequence[str], labels: Sequence[str], folds: Sequence[int], precision: Precision = "auto",
    ) -> Self:  # fmt: skip
        """Learn heads on frozen encoders from texts and their labels; `folds` tells the fold of each.

        Raises ResourceError when one of the encoders `models` is missing.
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
        if language == "en":
            tried.append(_cross_fit(WordVectors(), texts, targets, fold, CS))
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
            mixed[rows] = _logs(part.logits([texts[row] for row in rows], number))
        return cls._measured(classes, [part], mixed, labels, known)

    @classmethod
    def ready(cls, model: str, device: str, texts: Sequence[str], labels: Sequence[str]) -> Self:
        """A classifier as it is, measured on texts and their labels, which it may have seen.

        Raises ConfigError when it does not know all labels, ResourceError when it is missing.
        """
        import numpy as np

        classes = sorted({*labels})
        part = KnownClassifier(model, device, classes)
        return cls._measured(
            classes, [part], _logs(part.logits(texts, 0)), labels, np.ones((1, len(classes)), bool), [1.0]
        )

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
        teacher.accuracy = float((unseen.argmax(axis=1) == targets.argmax(axis=1)).mean())
        teacher.chosen = ", ".join(part.told for part in parts)
        own = unseen[targets > 0]
        teacher.own = {label: np.sort(own[np.array(labels) == label]).round(6).tolist() for label in classes}
        return teacher

    def known(self, fold: int) -> frozenset[str]:
        """The labels that are known to what judges a fold."""
        return frozenset(label for label, there in zip(self.classes, self._known[fold], strict=True) if there)

    def probabilities(self, texts: Sequence[str], folds: Sequence[int | None]) -> Numbers:
        """How likely each label is for each text, a row each, by what has not seen its fold.

        Where a text is of no fold, it is the mean of all.
        """
        import numpy as np

        found = np.zeros((len(texts), len(self.classes)))
        count = len(self._known)
        for part in self._parts:
            part.learn(texts)
        for fold in range(count):
            rows = [row for row, number in enumerate(folds) if number in (fold, None)]
            if not rows:
                continue
            some = [texts[row] for row in rows]
            mixed = np.mean([_logs(part.logits(some, fold)) for part in self._parts], axis=0)
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
        teacher.fold_of, teacher.values = told["fold_of"], told["values"]
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
    for c, heads in zip(cs, zip(*paths, strict=True), strict=False):
        unseen = np.zeros_like(targets)
        for number, head in zip(numbers, heads, strict=True):
            unseen[fold == number] = softmax(head.logits(shown[fold == number]))
        loss = _log_loss(unseen, targets)
        if best and loss >= best.loss:
            break
        best = _Tried(Heads(features, heads), c, unseen, loss)
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
