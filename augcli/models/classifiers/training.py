"""The training of networks: settings, the loop, and what is watched while it runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from augcli.models.classifiers.base import (
    Epoch,
    Learner,
    TrainingRecord,
    measure,
    weaknesses,
)
from augcli.models.weights import copy_weights, restore_weights, weight_groups

if TYPE_CHECKING:
    import torch

FALLING = 0.99
"""A loss that is this share of the one before still falls."""
EXPLODING, VANISHING = 100.0, 1e-6
"""Norms of gradients: of all weights, so many times the clipping; of one matrix, at any time."""


class NetworkLearner(Learner):
    """A model that is trained by gradient descent, and stops at the lowest validation loss."""

    epochs: int = Field(50, ge=1, description="most passes over the rows; of a given number of updates, equal parts")
    patience: int = Field(5, ge=1, description="epochs in a row without a lower validation loss, after which it ends")
    batch_size: int = Field(32, ge=1, description="rows of an update")
    optimizer: Literal["adamw", "adam", "sgd"] = Field("adamw", description="method of the updates")
    learning_rate: float | None = Field(None, gt=0, description="of the optimizer")
    warmup: int = Field(0, ge=0, description="updates in which the learning rate rises")
    halve_after: int = Field(2, ge=1, description="epochs without a lower validation loss that halve the learning rate")
    momentum: float = Field(0.9, ge=0, lt=1, description="of sgd")
    weight_decay: float = Field(0.01, ge=0, description="of the optimizer; not for biases and layer norms")
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="share of the target that is spread over all labels")
    learnt: float = Field(0.01, ge=0, description="validation loss at which it ends, when all rows are right")
    class_weights: bool = Field(False, description="let each label count the same, however many rows it has")

    def highest_rate(self) -> float:
        """The learning rate after the warm-up, until the loss stalls."""
        return self.learning_rate or 1e-3

    def unrestrained(self) -> Self:
        return self.model_copy(
            update={"epochs": 300, "patience": 300, "batch_size": 8, "halve_after": 20, "label_smoothing": 0.0,
                    "learnt": 0.2, "weight_decay": 0.0, "class_weights": False}
        )  # fmt: skip


def cross_entropy(
    logits: torch.Tensor, targets: torch.Tensor, label_smoothing: float, weights: torch.Tensor | None = None
) -> torch.Tensor:
    """The loss of a batch; `targets` are numbers of labels, or the probabilities of all."""
    import torch

    logits = logits.float()
    wanted = targets.to(logits.dtype) if targets.is_floating_point() else targets
    losses = torch.nn.functional.cross_entropy(logits, wanted, reduction="none", label_smoothing=label_smoothing)
    return losses.mean() if weights is None else (losses * weights).mean()


def optimizer_for(network: Any, settings: NetworkLearner) -> torch.optim.Optimizer:
    """The optimizer of a training."""
    import torch

    groups, rate = weight_groups(network, settings.weight_decay), settings.highest_rate()
    if settings.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=settings.momentum)
    return (torch.optim.Adam if settings.optimizer == "adam" else torch.optim.AdamW)(groups, lr=rate)


def clip_gradients(network: Any, most: float) -> NDArray[np.float64]:
    """Clip the gradient of all weights to a norm of `most`; what the norm of each matrix was before."""
    import torch

    gradients = [weight.grad for weight in network.parameters() if weight.grad is not None and weight.ndim > 1]
    norms: NDArray[np.float64] = torch.stack([gradient.norm() for gradient in gradients]).double().cpu().numpy()
    torch.nn.utils.clip_grad_norm_(network.parameters(), most)
    return norms


class Watch:
    """Follows a training: keeps the best weights, halves the rate, says when to stop and what was found."""

    def __init__(
        self, network: Any, settings: NetworkLearner, rows: int, shares: NDArray[np.float64],
        validation: NDArray[np.int64], updates: int | None,
    ) -> None:  # fmt: skip
        """`rows` are trained on, with these `shares` of labels; `validation` are the numbers of labels to predict."""
        self.record = TrainingRecord()
        self.stopped = False
        passes = -(-rows // settings.batch_size)
        self.updates = updates or settings.epochs * passes
        self._ends = [round(self.updates * (number + 1) / settings.epochs) for number in range(settings.epochs)]
        self._network = network
        self._settings = settings
        self._validation = validation
        self._shares = shares
        self._factor = 1.0
        self._stalled = 0
        self._losses: list[float] = []
        self._norm = 0.0
        self._flow: NDArray[np.float64] | float = 0.0
        self._best = copy_weights(network)
        self._score = 0.0
        self._began = perf_counter()

    def rate(self) -> float:
        """The learning rate of the next update."""
        warmup = min(1.0, (self.record.updates + 1) / (self._settings.warmup + 1))
        return self._settings.highest_rate() * self._factor * warmup

    def updated(self, loss: float, norms: NDArray[np.float64]) -> bool:
        """Note an update, its loss and what `clip_gradients` gave; whether it is time to measure."""
        self.record.updates += 1
        self._losses.append(loss)
        self._norm = float(np.maximum(self._norm, np.linalg.norm(norms)))
        self._flow = np.maximum(self._flow, norms)
        if not math.isfinite(loss):
            self.stopped = True
            self.record.findings.append(
                f"the loss was {loss} at update {self.record.updates}, so that training ended there; lower "
                f"learning_rate ({self._settings.highest_rate():g}) or clip ({self._settings.clip:g})"
            )
            return False
        return self.record.updates >= self._ends[len(self.record.epochs)]

    def measured(self, logits: NDArray[np.float64], score: float = 0.0) -> None:
        """Note what the network says of the validation rows.

        The epoch with the highest `score` is the best; of equals, as all are without scores, that with the lowest loss.
        """
        record, settings = self.record, self._settings
        found = measure(logits, self._validation)
        loss = float(np.mean(self._losses))
        record.epochs.append(Epoch(loss, found, self._norm, self.rate()))
        self._losses, self._norm = [], 0.0
        before = (-self._score, record.validation.loss if record.validation else math.inf)
        if math.isfinite(found.loss) and (-score, found.loss) < before:
            record.validation, record.best, self._stalled = found, len(record.epochs) - 1, 0
            self._score = score
            self._best = copy_weights(self._network)
        else:
            self._stalled += 1
            if self._stalled % settings.halve_after == 0:
                self._factor /= 2
        self.stopped = (
            record.updates >= self.updates
            or self._stalled >= settings.patience
            or not math.isfinite(found.loss)
            or (found.accuracy == 1 and found.loss < settings.learnt)
        )

    def finish(self) -> TrainingRecord:
        """Give the network the weights of the best epoch; how the training went."""
        restore_weights(self._network, self._best)
        self.record.seconds = perf_counter() - self._began
        self.record.findings += self._findings()
        return self.record

    def _findings(self) -> Iterator[str]:
        record, settings = self.record, self._settings
        epochs, rate = record.epochs, f"learning_rate ({settings.highest_rate():g})"
        if epochs and not math.isfinite(epochs[-1].validation.loss):
            yield f"the validation loss was {epochs[-1].validation.loss}, so that training ended there; lower {rate}"
        if record.validation is None:
            return
        norm = float(np.max([epoch.gradient_norm for epoch in epochs]))
        if not norm <= EXPLODING * settings.clip:  # it may be no number
            yield f"gradients explode: their norm reached {norm:.3g}; lower {rate} or clip ({settings.clip:g})"
        flow = np.atleast_1d(self._flow)
        if (flow < VANISHING).any():
            yield (
                f"gradients vanish: {(flow < VANISHING).sum()} of {len(flow)} matrices of weights hardly get any; "
                f"change {rate}, or look whether the texts have words that the model knows"
            )
        if not self._score:  # or it is too sure, not wrong
            yield from weaknesses(record.validation, self._shares, self._validation, f"change {rate}")
        if record.best == 0 and len(epochs) > 1:
            yield (
                f"the validation loss rose from the first epoch on ({epochs[0].validation.loss:.3f} to "
                f"{epochs[-1].validation.loss:.3f}); lower {rate}, or train on more rows"
            )
        losses = [epoch.validation.loss for epoch in epochs[-2:]]
        if record.updates >= self.updates and losses[-1] < FALLING * losses[0]:
            yield (
                f"the validation loss was still falling at the end ({losses[0]:.3f} to {losses[-1]:.3f}); raise epochs "
                f"({settings.epochs}) or the number of updates ({self.updates}), or raise {rate}"
            )


def descend(
    network: Any, settings: NetworkLearner, watch: Watch, weights: NDArray[np.float64], seed: int,
    loss_of: Callable[[NDArray[np.int64]], torch.Tensor], predict: Callable[[], NDArray[np.float64]],
) -> TrainingRecord:  # fmt: skip
    """Train a network: `loss_of` gives the loss of some of the rows, `predict` the logits of the validation rows.

    `weights` tell how often each row is seen, 1 on average.
    """
    optimizer = optimizer_for(network, settings)
    for batch in batches_by_weight(weights, settings.batch_size, seed):
        for group in optimizer.param_groups:
            group["lr"] = watch.rate()
        network.train()
        optimizer.zero_grad()
        loss = loss_of(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        norms = clip_gradients(network, settings.clip)
        optimizer.step()
        if watch.updated(float(loss.detach()), norms):
            watch.measured(predict())
        if watch.stopped:
            break
    return watch.finish()


def batches_by_weight(weights: NDArray[np.float64], size: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """The rows in a new order each time, without end; each as often as it weighs, or on average so often.

    So rows that weigh little are seldom seen. To let all of them in and weigh their loss is worse: most batches would
    then be of rows that hardly count, and the gradients of those that do would be clipped.
    """
    rng = np.random.default_rng(seed)
    times, rest = weights.astype(np.int64), weights % 1
    while True:
        often = times + (rng.random(len(rest)) < rest) if rest.any() else times
        order = rng.permutation(np.repeat(np.arange(len(weights)), often))
        for start in range(0, len(order), size):
            yield order[start : start + size]
