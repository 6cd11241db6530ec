"""What a teacher judges with, of each fold by what has not seen it; and networks that do so.

A network is fine-tuned for each fold, or it is a classifier that knows the labels already.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from augcli.errors import ConfigError, ResourceError
from augcli.models.logistic import UNKNOWN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from augcli.models.classifiers.transformer import TrainedTransformer, Transformer, Weights

    Numbers: TypeAlias = NDArray[np.float64]
    Arrays: TypeAlias = Mapping[str, NDArray[Any]]

_BATCH_TOKENS = 512
"""That a network reads at once to judge: batches are filled up, and a variant rarely comes with many others."""


class Part(ABC):
    """What judges texts, of each fold by what has not seen it."""

    kind: str

    def prepare(self, texts: Sequence[str]) -> Any:
        """What `logits` sees of texts, whatever the fold."""
        return texts

    @abstractmethod
    def logits(self, prepared: Any, rows: Sequence[int], fold: int) -> Numbers:
        """The logarithm of how likely each label is for some of the texts, but for a constant in each row."""

    @abstractmethod
    def described(self) -> dict[str, Any]:
        """What is needed to make it again, beside the arrays."""

    @abstractmethod
    def arrays(self) -> Arrays:
        """The numbers that are needed to make it again, by name."""

    @property
    @abstractmethod
    def told(self) -> str:
        """What it is, in words."""


class FineTunedNetworks(Part):
    """One pretrained model, fine-tuned for each fold on the others."""

    kind = "fine-tuned"

    def __init__(
        self, model: str | None, language: str, device: str, classes: Sequence[str], known: NDArray[Any],
        weights: Sequence[Weights], digest: str | None = None,
    ) -> None:  # fmt: skip
        """`known` says whether a fold knows a label, `weights` are those of each fold.

        Raises ResourceError when the model is missing, or is not the one with this `digest`.
        """
        self._model, self._known, self._weights = model, known, weights
        self._network = _settings(model, language, device).load([*classes])
        _refuse_other(self._network, self._name, digest)
        self._fold: int | None = None
        """Whose weights the network has."""

    @classmethod
    def fit(
        cls, model: str | None, language: str, device: str, texts: Sequence[str], labels: Sequence[str],
        folds: Sequence[int], groups: Sequence[int], classes: Sequence[str], known: NDArray[Any], seed: int,
    ) -> FineTunedNetworks:  # fmt: skip
        """Fine-tune it for each fold, until rows of the others that are held out, whole `groups`, are told no better.

        Raises ResourceError when it is missing, DataError where the rows are too few.
        """
        from augcli.models.classifiers.base import Examples

        settings = _settings(model, language, device)
        weights = []
        for number in range(len(known)):
            rows = [row for row, fold in enumerate(folds) if fold != number]
            others, told = [texts[row] for row in rows], [labels[row] for row in rows]
            parts = Examples.split(others, told, [groups[row] for row in rows], seed)
            weights.append(settings.train(*parts, [*classes], seed, None).weights())
        return cls(model, language, device, classes, known, weights)

    @classmethod
    def load(
        cls, described: Mapping[str, Any], arrays: Arrays, language: str, device: str, classes: Sequence[str],
        known: NDArray[Any],
    ) -> FineTunedNetworks:  # fmt: skip
        """What `described` and `arrays` gave. Raises ResourceError when the model is missing or another."""
        weights: list[dict[str, NDArray[Any]]] = [{} for _ in known]
        for name, array in arrays.items():
            fold, _, weight = name.partition(".")
            weights[int(fold)][weight] = array
        return cls(classes=classes, known=known, weights=weights, language=language, device=device, **described)

    def logits(self, prepared: Sequence[str], rows: Sequence[int], fold: int) -> Numbers:
        import numpy as np

        if fold != self._fold:
            self._network.restore(self._weights[fold])
            self._fold = fold
        return np.where(self._known[fold], self._network.logits([prepared[row] for row in rows]), UNKNOWN)

    def described(self) -> dict[str, Any]:
        return {"model": self._model, "digest": self._network.digest}

    def arrays(self) -> Arrays:
        return {f"{fold}.{name}": one for fold, each in enumerate(self._weights) for name, one in each.items()}

    @property
    def told(self) -> str:
        return f"{self._name}, fine-tuned"

    @property
    def _name(self) -> str:
        return self._model or "the model that comes along"


class KnownClassifier(Part):
    """A classifier that knows the labels already, the same for each fold; its other labels are left out."""

    kind = "classifier"

    def __init__(self, model: str, device: str, classes: Sequence[str], digest: str | None = None) -> None:
        """Raises ConfigError when it lacks some of `classes`; ResourceError when it is missing, or not this one."""
        self._model = model
        self._network = network = _settings(model, "en", device).load()
        _refuse_other(network, model, digest)
        if network.several:
            raise ConfigError(f"{model} gives a text several labels; a teacher needs a classifier that gives one")
        known = network.classes
        if lacking := [label for label in classes if label not in known]:
            raise ConfigError(
                f"{model} does not know {len(lacking)} of {len(classes)} labels of the input, as {_some(lacking)}; it "
                f"knows {_some(known)}: take another classifier, or rename the labels"
            )
        self._columns = [known.index(label) for label in classes]

    def logits(self, prepared: Sequence[str], rows: Sequence[int], fold: int) -> Numbers:  # it has no folds
        return self._network.logits([prepared[row] for row in rows])[:, self._columns]

    def described(self) -> dict[str, Any]:
        return {"model": self._model, "digest": self._network.digest}

    def arrays(self) -> Arrays:
        return {}

    @property
    def told(self) -> str:
        return f"{self._model}, as it is"


def _settings(model: str | None, language: str, device: str) -> Transformer:
    from augcli.models.classifiers.transformer import Transformer

    return Transformer(model=model, language=language, device=device, batch_tokens=_BATCH_TOKENS)


def _refuse_other(network: TrainedTransformer, name: str, digest: str | None) -> None:
    if digest not in (None, network.digest):
        raise ResourceError(f"{name} is not the version that the teacher learnt with")


def _some(labels: Sequence[str]) -> str:
    return ", ".join(map(repr, labels[:5])) + ", ..." * (len(labels) > 5)
