"""A pretrained model that is fine-tuned as a classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from augcli.models.classifiers.base import Classifier, Examples, Trained, TrainingRecord, label_numbers
from augcli.models.classifiers.fine_tuning import FineTuned, FineTunedLearner, fine_tuning
from augcli.models.classifiers.training import Watch, cross_entropy
from augcli.models.device import contained, device
from augcli.models.files import revision_of
from augcli.models.logistic import softmax
from augcli.models.weights import copy_weights, restore_weights

if TYPE_CHECKING:
    import torch

Weights: TypeAlias = Mapping[str, NDArray[Any]]
"""Of a network, by name."""
AUTO = "AutoModelForSequenceClassification"
"""The class of transformers that loads classifiers."""


class Transformer(FineTunedLearner, Classifier):
    """A pretrained model with a new layer on top, all of it trained."""

    name: ClassVar = "transformer"

    def train(
        self, training: Examples, validation: Examples, classes: list[str], seed: int, updates: int | None
    ) -> TrainedTransformer:
        with fine_tuning(self, seed) as place:
            import torch

            tuned = FineTuned(self, AUTO, "classifier", classes, place)
            trained = TrainedTransformer(tuned, classes)
            targets = torch.from_numpy(training.targets(classes)).to(place)
            weights = training.relative_weights(by_label=self.class_weights)
            unseen = tuned.tokenize(validation.texts)

            def loss_of(logits: torch.Tensor, rows: list[int]) -> torch.Tensor:
                return cross_entropy(logits, targets[rows], self.label_smoothing)

            shares, wanted = training.label_shares(classes), label_numbers(validation.labels, classes)
            watch = Watch(tuned.network, tuned.settings, len(training), shares, wanted, updates)
            tokens = tuned.tokenize(training.texts)
            trained.record = tuned.train(
                tokens, weights, watch, seed, loss_of, lambda: watch.measured(trained.predict(unseen))
            )
        return trained

    @contained()
    def load(self, classes: list[str] | None = None) -> TrainedTransformer:
        """The model as it is; with `classes`, with a new layer for these, to be given weights.

        Raises ResourceError when it is missing, or no classifier.
        """
        tuned = FineTuned(self, AUTO, "classifier", classes, device(self.device))
        return TrainedTransformer(tuned, classes or [*tuned.network.config.id2label.values()])


class TrainedTransformer(Trained):
    """A fine-tuned model."""

    record: TrainingRecord

    def __init__(self, tuned: FineTuned, classes: list[str]) -> None:
        self.classes = classes
        self._tuned = tuned

    def predict(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        """The logits of texts, given as tokens."""
        return self._rows(self._tuned.logits(tokens))

    @contained()
    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The logits of texts, which do not depend on each other."""
        return self._rows(self._tuned.logits(self._tuned.tokenize(texts), evenly=True))

    def _rows(self, logits: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        return np.array(logits, np.float64).reshape(-1, len(self.classes))

    @property
    def digest(self) -> str:
        """Tells the model that it was made of from all others."""
        return revision_of(self._tuned.folder)

    @property
    def several(self) -> bool:
        """Whether a text may have several labels."""
        return bool(self._tuned.network.config.problem_type == "multi_label_classification")

    def weights(self) -> Weights:
        """All weights by name, rounded to half precision."""
        return {name: weight.half().cpu().numpy() for name, weight in copy_weights(self._tuned.network).items()}

    def restore(self, weights: Weights) -> None:
        """Take weights that another, made of the same model, had."""
        import torch

        restore_weights(self._tuned.network, {name: torch.from_numpy(one) for name, one in weights.items()})

    @contained()
    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return softmax(self.predict(self._tuned.tokenize(texts)))
