"""The training of networks: settings, the loop, and what is watched while it runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from augcli.models.classifiers.base import Classifier, Epoch, Examples, TrainingRecord
from augcli.models.device import DEVICE
from augcli.models.weights import copy_weights, restore_weights, weight_groups

if TYPE_CHECKING:
    import torch

    Logits: TypeAlias = torch.Tensor

UNKNOWN = -100
"""In place of the number of a label that no training row has."""
LEARNT = 0.01
"""A validation loss below this leaves nothing to learn."""
EXPLODING, VANISHING = 100.0, 1e-6
"""Norms of gradients: so many times the clipping, and so small although the loss is high."""


class NetworkClassifier(Classifier):
    """A classifier that is trained by gradient descent, and stops at the lowest validation loss."""

    epochs: int = Field(30, ge=1, description="most passes over the rows; of a given number of updates, equal parts")
    patience: int = Field(5, ge=1, description="epochs in a row without a lower validation loss, after which it ends")
    batch_size: int = Field(32, ge=1, description="rows of an update")
    optimizer: Literal["adamw", "adam", "sgd"] = Field("adamw", description="method of the updates")
    learning_rate: float = Field(1e-3, gt=0, description="of the optimizer")
    warmup: int = Field(0, ge=0, description="updates in which the learning rate rises")
    halve_after: int = Field(2, ge=1, description="epochs without a lower validation loss that halve the learning rate")
    momentum: float = Field(0.9, ge=0, lt=1, description="of sgd")
    weight_decay: float = Field(0.01, ge=0, description="of the optimizer; not for biases and layer norms")
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="share of the target that is spread over all labels")
    class_weights: bool = Field(False, description="let each label count the same, however many rows it has")
    device: str = Field("auto", pattern=DEVICE, description="what it runs on: auto, cpu, cuda or cuda:N")

    def unrestrained(self) -> Self:
        return self.model_copy(
            update={"epochs": 300, "patience": 300, "batch_size": 8, "halve_after": 20, "label_smoothing": 0.0,
                    "weight_decay": 0.0, "class_weights": False}
        )  # fmt: skip


def label_numbers(labels: Examples, classes: list[str]) -> NDArray[np.int64]:
    """The place of each row's label in `classes`."""
    places = {label: number for number, label in enumerate(classes)}
    return np.array([places.get(label, UNKNOWN) for label in labels.labels], np.int64)


def row_weights(training: Examples, targets: NDArray[np.int64], *, by_class: bool) -> NDArray[np.float32]:
    """How much each row counts in the loss, 1 on average."""
    weights = training.relative_weights()
    if by_class:
        totals = np.bincount(targets, weights)
        weights = weights / np.maximum(totals[targets], 1e-12)
        weights /= weights.mean()
    return weights.astype(np.float32)


def weighted_loss(
    logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, label_smoothing: float
) -> torch.Tensor:
    """The loss of a batch."""
    import torch

    losses = torch.nn.functional.cross_entropy(
        logits.float(), targets, reduction="none", label_smoothing=label_smoothing
    )
    return (losses * weights).mean()


def optimizer_for(network: Any, settings: NetworkClassifier) -> torch.optim.Optimizer:
    """The optimizer of a training."""
    import torch

    groups, rate = weight_groups(network, settings.weight_decay), settings.learning_rate
    if settings.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=settings.momentum)
    return (torch.optim.Adam if settings.optimizer == "adam" else torch.optim.AdamW)(groups, lr=rate)


class Watch:
    """Follows a training: keeps the best weights, halves the rate, says when to stop and what was found."""

    def __init__(
        self, network: Any, settings: NetworkClassifier, training: NDArray[np.int64], validation: NDArray[np.int64],
        updates: int | None,
    ) -> None:  # fmt: skip
        """`training` and `validation` are the numbers of the labels of the rows."""
        self.record = TrainingRecord()
        self.stopped = False
        passes = -(-len(training) // settings.batch_size)
        self.updates = updates or settings.epochs * passes
        self._ends = [round(self.updates * (number + 1) / settings.epochs) for number in range(settings.epochs)]
        self._network = network
        self._settings = settings
        self._validation = validation
        known = validation[validation != UNKNOWN]
        shares = np.bincount(training) / len(training)
        self._loss_of_shares = float(-np.log(shares[known]).mean())
        self._factor = 1.0
        self._stalled = 0
        self._losses: list[float] = []
        self._norm = 0.0
        self._best = copy_weights(network)
        self._began = perf_counter()

    def rate(self) -> float:
        """The learning rate of the next update."""
        warmup = min(1.0, (self.record.updates + 1) / (self._settings.warmup + 1))
        return self._settings.learning_rate * self._factor * warmup

    def updated(self, loss: float, norm: float) -> bool:
        """Note an update, its loss and the norm of its gradient; whether it is time to measure."""
        self.record.updates += 1
        self._losses.append(loss)
        self._norm = max(self._norm, norm) if math.isfinite(norm) else norm
        if not math.isfinite(loss):
            self.stopped = True
            self.record.findings.append(
                f"the loss was {loss} at update {self.record.updates}, so that training ended there; lower "
                f"learning_rate ({self._settings.learning_rate:g}) or clip ({self._settings.clip:g})"
            )
            return False
        return self.record.updates >= self._ends[len(self.record.epochs)]

    def measured(self, logits: NDArray[np.float64]) -> None:
        """Note what the network says of the validation rows."""
        record, settings = self.record, self._settings
        best = record.epochs[record.best].validation_loss if record.best is not None else math.inf
        loss, accuracy = measure(logits, self._validation)
        predicted = len({*logits.argmax(axis=1).tolist()})
        record.epochs.append(Epoch(float(np.mean(self._losses)), loss, accuracy, self._norm, self.rate(), predicted))
        self._losses, self._norm = [], 0.0
        if loss < best:
            record.best, self._stalled = len(record.epochs) - 1, 0
            self._best = copy_weights(self._network)
        else:
            self._stalled += 1
            if self._stalled % settings.halve_after == 0:
                self._factor /= 2
        self.stopped = (
            record.updates >= self.updates
            or self._stalled >= settings.patience
            or not math.isfinite(loss)
            or (accuracy == 1 and loss < LEARNT)
        )

    def finish(self) -> TrainingRecord:
        """Give the network the weights of the best epoch; how the training went."""
        restore_weights(self._network, self._best)
        self.record.seconds = perf_counter() - self._began
        self.record.findings += self._findings()
        return self.record

    def _findings(self) -> Iterator[str]:
        record, settings = self.record, self._settings
        epochs, rate = record.epochs, f"learning_rate ({settings.learning_rate:g})"
        if any(not math.isfinite(epoch.validation_loss) for epoch in epochs):
            yield f"the validation loss is not a number; lower {rate}"
        if record.best is None:
            return
        best = epochs[record.best]
        norms = [epoch.gradient_norm for epoch in epochs]
        if max(norms) > EXPLODING * settings.clip:
            yield f"gradients explode: their norm reached {max(norms):.3g}; lower {rate} or clip ({settings.clip:g})"
        if max(norms) < VANISHING and epochs[-1].training_loss > LEARNT:
            yield f"gradients vanish: their norm is at most {max(norms):.3g}; raise {rate}, or look at the texts"
        labels = len({*self._validation.tolist()})
        if best.predicted_labels == 1 and labels > 1:
            yield (
                f"it predicts one label for all validation rows, which have {labels}; set class_weights: true, "
                f"change {rate}, or add rows of the other labels"
            )
        if best.validation_loss >= self._loss_of_shares:
            yield (
                f"it learnt nothing that holds for the validation rows: their loss is {best.validation_loss:.3f}, and "
                f"{self._loss_of_shares:.3f} by the shares of the labels alone; change {rate}, or look whether labels "
                "fit their texts"
            )
        if record.best == 0 and len(epochs) > 1:
            yield (
                f"the validation loss rose from the first epoch on ({epochs[0].validation_loss:.3f} to "
                f"{epochs[-1].validation_loss:.3f}); lower {rate}, or train on more rows"
            )
        if record.best == len(epochs) - 1 and record.updates >= self.updates and self._gains():
            yield (
                f"the validation loss was still falling at the end ({best.validation_loss:.3f}); raise epochs "
                f"({settings.epochs}) or the number of updates ({self.updates}), or raise {rate}"
            )

    def _gains(self) -> bool:
        """Whether the last epoch brought more than one hundredth of the loss."""
        last = [epoch.validation_loss for epoch in self.record.epochs[-2:]]
        return last[-1] < 0.99 * last[0] or len(last) == 1


def measure(logits: NDArray[np.float64], targets: NDArray[np.int64]) -> tuple[float, float]:
    """Loss and accuracy; a label that no training row has is wrong, and left out of the loss."""
    known = targets != UNKNOWN
    right = float((logits.argmax(axis=1) == targets).mean())
    shifted = logits[known] - logits[known].max(axis=1, keepdims=True)
    chosen = np.take_along_axis(shifted, targets[known, None], axis=1)[:, 0]
    return float((np.log(np.exp(shifted).sum(axis=1)) - chosen).mean()), right


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities, a row each."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return result


def descend(
    network: Any, settings: NetworkClassifier, watch: Watch, rows: int, seed: int,
    loss_of: Callable[[NDArray[np.int64]], torch.Tensor], predict: Callable[[], NDArray[np.float64]],
) -> TrainingRecord:  # fmt: skip
    """Train a network: `loss_of` gives the loss of some of the rows, `predict` the logits of the validation rows."""
    import torch

    optimizer = optimizer_for(network, settings)
    for batch in _batches(rows, settings.batch_size, seed):
        for group in optimizer.param_groups:
            group["lr"] = watch.rate()
        network.train()
        optimizer.zero_grad()
        loss = loss_of(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(network.parameters(), settings.clip)
        optimizer.step()
        if watch.updated(float(loss.detach()), float(norm)):
            watch.measured(predict())
        if watch.stopped:
            break
    return watch.finish()


def _batches(rows: int, size: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """The rows in a new order each time, without end."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(rows)
        for start in range(0, rows, size):
            yield order[start : start + size]
