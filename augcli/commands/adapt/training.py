"""The training itself: steps, evaluations, checkpoints."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from augcli.commands.adapt.corpus import Corpus, MaskedBatch, Masking, batches
from augcli.config.adapt import Adapt
from augcli.errors import ResourceError
from augcli.io.files.atomic import AtomicFile, write_whole
from augcli.models.masked_lm import Stored, gather_states, round_weight
from augcli.models.weights import copy_weights, restore_weights, weight_groups

if TYPE_CHECKING:
    import torch

CHECKPOINT, CURVE = "checkpoint.pt", "curve.json"
CHECKPOINT_SECONDS = 300
"""Time after which a checkpoint is written, if no evaluation was due before."""
TOP = 5
_VALIDATION, _EXAMPLES = 1 << 32, 1 << 33
"""In place of an epoch, for the random numbers of the validation and of the examples."""
EXAMPLES = 64
"""Texts of which some are shown with a masked word."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """How well the masked pieces of the validation part are guessed."""

    loss: float
    """Mean of the negative natural logarithm of the probability of the right piece."""
    top1: float
    top5: float
    """Share of pieces that are the likeliest, or among the five likeliest."""
    pieces: int

    @property
    def perplexity(self) -> float:
        """Exponential of the loss."""
        return math.exp(min(self.loss, 700))


@dataclass(frozen=True, slots=True)
class Point:
    """Where a training stood at one of its evaluations."""

    step: int
    epoch: float
    seconds: float
    training_loss: float | None
    """Mean since the last evaluation."""
    measured: Measurement


@dataclass(slots=True)
class State:
    """How far a training is."""

    step: int = 0
    epoch: int = 0
    batch: int = 0
    """Batches of the epoch that are done."""
    seconds: float = 0.0
    loss: float = 0.0
    since: int = 0
    """Sum of losses, and steps, since the last evaluation."""
    points: list[Point] = field(default_factory=list)
    best: int = 0
    """Which point was the best."""
    guesses: list[list[int]] = field(default_factory=list)
    """What the model made of the examples before the training."""

    @classmethod
    def of(cls, values: dict[str, Any]) -> State:
        """What `asdict` made of a state."""
        points = [Point(**{**point, "measured": Measurement(**point["measured"])}) for point in values["points"]]
        return cls(**{**values, "points": points})


class Training:
    """Trains a model; what it had done when it was interrupted is read from `folder`."""

    def __init__(
        self, model: Any, settings: Adapt, seed: int, parts: tuple[Corpus, Corpus], masking: Masking, rate: float,
        folder: Path,
    ) -> None:  # fmt: skip
        import torch

        self.model = model
        self.settings = settings
        self.seed = seed
        self.training, self.validation = parts
        self.masking = masking
        self.rate = rate
        self.folder = folder
        self.place = next(model.parameters()).device
        self.state = State()
        self.best: dict[str, torch.Tensor] = {}
        self.optimizer = torch.optim.AdamW(weight_groups(model, settings.weight_decay), lr=rate)
        self._order: list[NDArray[np.int64]] = []
        self._enter_epoch()
        if (folder / CHECKPOINT).exists():
            self._load()

    def run(self, show: Callable[[State, float], None]) -> None:
        """Train to the end, and leave the model as it was at the best evaluation; `show` is told of each step."""
        state = self.state
        if not state.points:
            state.guesses = self.guesses()
            self._evaluate()
        saved = monotonic()
        began = saved - state.seconds
        while not self._is_over():
            self._step()
            state.seconds = monotonic() - began
            show(state, self.progress)
            due = self.progress >= len(state.points) / self.settings.evaluations
            if due:
                self._evaluate()
            if due or monotonic() - saved > CHECKPOINT_SECONDS:
                self._save()
                saved = monotonic()
        restore_weights(self.model, self.best)

    def store(self, weights: Stored) -> Measurement:
        """Round the weights as they are going to be saved; how well the model does then."""
        restore_weights(
            self.model, {name: round_weight(weight, weights) for name, weight in self.model.named_parameters()}
        )
        return measure(self.model, self.validation_batches())

    def examples(self) -> MaskedBatch:
        """Some texts of the validation part that fit into a batch, each with one masked word that is a single piece."""
        rng = np.random.default_rng([self.seed, _EXAMPLES])
        numbers = rng.permutation(len(self.validation))[:EXAMPLES]
        padded = np.maximum.accumulate(self.validation.lengths[numbers]) * np.arange(1, len(numbers) + 1)
        numbers = numbers[: max(1, int((padded <= self.settings.batch_tokens).sum()))]
        batch = replace(self.masking, rate=0.0)(self.validation, numbers, rng, plain=True)
        single = batch.at.sum(1) == 1
        wanted = batch.wanted[single[batch.at.nonzero()[0]]]
        return MaskedBatch(batch.pieces[single], batch.attention[single], batch.at[single], wanted)

    def guesses(self) -> list[list[int]]:
        """The pieces that are likeliest for the masked word of each example, the likeliest first."""
        import torch

        examples = self.examples()
        if not len(examples.wanted):
            return []
        self.model.eval()
        with torch.inference_mode():
            found: list[list[int]] = logits_at(self.model, examples).float().topk(TOP).indices.tolist()
        return found

    @property
    def progress(self) -> float:
        """Share of the training that is done, by texts seen or by time, whichever is further."""
        seen = self._epochs() / self.settings.epochs
        limit = self.settings.max_minutes
        return min(1.0, max(seen, self.state.seconds / (60 * limit) if limit else 0.0))

    def _epochs(self) -> float:
        return self.state.epoch + self.state.batch / len(self._order)

    def _is_over(self) -> bool:
        without_gain = len(self.state.points) - 1 - self.state.best
        return self.progress >= 1 or without_gain >= self.settings.patience

    def ended(self) -> str:
        """Why it is over."""
        if self._epochs() >= self.settings.epochs:
            return "all epochs are done"
        return "the time is up" if self.progress >= 1 else f"{self.settings.patience} evaluations brought no gain"

    def _enter_epoch(self) -> None:
        rng = np.random.default_rng([self.seed, self.state.epoch])
        self._order = batches(self.training.lengths, self.settings.batch_tokens, rng)

    def _step(self) -> None:
        import torch

        state = self.state
        key = [self.seed, state.epoch, state.batch]
        batch = self.masking(self.training, self._order[state.batch], np.random.default_rng(key))
        torch.manual_seed(int(np.random.SeedSequence(key).generate_state(1)[0]))  # dropout, also after a restart
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        loss = self._loss(batch)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        self.optimizer.step()
        state.loss += float(loss.detach())
        state.since += 1
        state.step += 1
        state.batch += 1
        if state.batch == len(self._order):
            state.epoch, state.batch = state.epoch + 1, 0
            self._enter_epoch()

    def _rate(self) -> float:
        """Linear warm-up, then linear decay to 0."""
        warmup = self.settings.warmup
        done = min(1.0, self.progress + 1 / (len(self._order) * self.settings.epochs))
        return self.rate * (done / warmup if done < warmup else (1 - self.progress) / max(1e-9, 1 - warmup))

    def _loss(self, batch: MaskedBatch) -> torch.Tensor:
        import torch

        self.model.train()
        with torch.autocast(self.place.type, torch.bfloat16, enabled=self.settings.precision == "bfloat16"):
            logits = logits_at(self.model, batch)
        return torch.nn.functional.cross_entropy(logits.float(), torch.from_numpy(batch.wanted).to(self.place))

    def validation_batches(self) -> Iterator[MaskedBatch]:
        """The validation part, each time with the same masks."""
        rng = np.random.default_rng([self.seed, _VALIDATION])
        for numbers in batches(self.validation.lengths, self.settings.batch_tokens, rng):
            yield self.masking(self.validation, numbers, rng, plain=True)

    def _evaluate(self) -> None:
        state = self.state
        measured = measure(self.model, self.validation_batches())
        if not state.points or measured.loss < state.points[state.best].measured.loss:
            state.best = len(state.points)
            self.best = copy_weights(self.model)
        loss = state.loss / state.since if state.since else None
        state.points.append(Point(state.step, self._epochs(), state.seconds, loss, measured))
        state.loss, state.since = 0.0, 0

    def _save(self) -> None:
        import torch

        state = asdict(self.state)
        weights = {name: weight.detach() for name, weight in self.model.named_parameters()}
        kept = {"state": state, "weights": weights, "best": self.best, "optimizer": self.optimizer.state_dict()}
        sealed = AtomicFile(self.folder / CHECKPOINT, self.folder)
        with sealed.open() as file:
            torch.save(kept, file)
        sealed.rename()
        write_whole(self.folder / CURVE, json.dumps(state["points"]).encode())

    def _load(self) -> None:
        import torch

        kept = torch.load(self.folder / CHECKPOINT, map_location=self.place, weights_only=True)
        self.state, self.best = State.of(kept["state"]), kept["best"]
        restore_weights(self.model, kept["weights"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self._enter_epoch()


def logits_at(model: Any, batch: MaskedBatch) -> torch.Tensor:
    """What the model says of the masked places alone: (places, vocabulary)."""
    import torch

    pieces, attention = (torch.from_numpy(some).to(model.device) for some in (batch.pieces, batch.attention))
    try:
        with gather_states(model, *(some.tolist() for some in batch.at.nonzero())):
            logits: torch.Tensor = model(input_ids=pieces, attention_mask=attention).logits[0]
    except torch.cuda.OutOfMemoryError as error:
        raise ResourceError(f"the memory of the GPU is too small; lower adapt.batch_tokens: {error}") from error
    return logits


def measure(model: Any, validation: Iterable[MaskedBatch]) -> Measurement:
    """How well the model guesses."""
    import torch

    model.eval()
    loss, first, among, pieces = 0.0, 0, 0, 0
    with torch.inference_mode():
        for batch in validation:
            logits = logits_at(model, batch).float()
            wanted = torch.from_numpy(batch.wanted).to(logits.device)
            loss += float(torch.nn.functional.cross_entropy(logits, wanted, reduction="sum"))
            hit = logits.topk(TOP).indices == wanted[:, None]
            first, among, pieces = first + int(hit[:, 0].sum()), among + int(hit.sum()), pieces + len(wanted)
    return Measurement(loss / pieces, first / pieces, among / pieces, pieces)


def measure_unigram(shares: NDArray[np.float64], validation: Iterable[MaskedBatch]) -> Measurement:
    """How well the share of each piece in the training part (its logarithm) guesses, whatever the sentence."""
    wanted = np.concatenate([batch.wanted for batch in validation])
    likeliest = np.argsort(-shares, kind="stable")[:TOP]
    hit = wanted[:, None] == likeliest
    return Measurement(float(-shares[wanted].mean()), float(hit[:, 0].mean()), float(hit.any(1).mean()), len(wanted))
