"""A pretrained model that is fine-tuned as a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from augcli.models.classifiers.base import Classifier, Examples, Trained, TrainingRecord, label_numbers
from augcli.models.classifiers.fine_tuning import FineTuned, FineTunedLearner, fine_tuning
from augcli.models.classifiers.training import Watch, weighted_loss
from augcli.models.device import contained
from augcli.models.logistic import softmax

if TYPE_CHECKING:
    import torch


class Transformer(FineTunedLearner, Classifier):
    """A pretrained model with a new layer on top, all of it trained."""

    name: ClassVar = "transformer"

    def train(
        self, training: Examples, validation: Examples, classes: list[str], seed: int, updates: int | None
    ) -> TrainedTransformer:
        with fine_tuning(self, seed) as place:
            import torch

            tuned = FineTuned(self, "AutoModelForSequenceClassification", "classifier", classes, place)
            trained = TrainedTransformer(tuned, classes)
            targets = torch.from_numpy(training.targets(classes)).to(place)
            weights = torch.from_numpy(training.relative_weights(by_label=self.class_weights)).float().to(place)
            unseen = tuned.tokenize(validation.texts)

            def loss_of(logits: torch.Tensor, rows: list[int]) -> torch.Tensor:
                return weighted_loss(logits, targets[rows], weights[rows], self.label_smoothing)

            shares, wanted = training.label_shares(classes), label_numbers(validation.labels, classes)
            watch = Watch(tuned.network, self, len(training), shares, wanted, updates)
            tokens = tuned.tokenize(training.texts)
            trained.record = tuned.train(tokens, watch, seed, loss_of, lambda: watch.measured(trained.predict(unseen)))
        return trained


class TrainedTransformer(Trained):
    """A fine-tuned model."""

    record: TrainingRecord

    def __init__(self, tuned: FineTuned, classes: list[str]) -> None:
        self.classes = classes
        self._tuned = tuned

    def predict(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        """The logits of texts, given as tokens."""
        return np.array(self._tuned.logits(tokens), np.float64).reshape(-1, len(self.classes))

    @contained()
    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return softmax(self.predict(self._tuned.tokenize(texts)))
