"""Pretrained models that are fine-tuned with a new layer on top, by the Trainer of transformers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from augcli.errors import ResourceError
from augcli.language.resources import DataPath
from augcli.models.classifiers.base import TrainingRecord
from augcli.models.classifiers.training import NetworkLearner, Watch, batches_by_weight, clip_gradients, optimizer_for
from augcli.models.device import batches, contained, device, dtype, even_batches, halving, need, own_random_numbers
from augcli.models.pretrained import MODEL, Pretrained, pretrained_folder
from augcli.process import environment

if TYPE_CHECKING:
    import torch

    Loss: TypeAlias = Callable[[torch.Tensor, list[int]], torch.Tensor]


NARROW = 512
"""Hidden states of fewer numbers are narrow: such models learn at a higher rate."""


class FineTunedLearner(NetworkLearner):
    """A pretrained model with a new layer on top, all of it trained."""

    model: DataPath | None = Field(None, description=MODEL)
    revision: str | None = Field(None, description="of a model on the hub")
    longest: int = Field(256, ge=8, description="tokens of a text that are read")

    epochs: int = Field(20, ge=1, description="most passes over the rows; of a given number of updates, equal parts")
    patience: int = Field(3, ge=1, description="epochs in a row without a lower validation loss, after which it ends")
    learning_rate: float | None = Field(
        None,
        gt=0,
        description=f"of the optimizer; when not given, 3e-4 for a model narrower than {NARROW}, as is the one that "
        "comes along, and 5e-5 for others",
    )
    warmup: int = Field(20, ge=0, description="updates in which the learning rate rises")
    dropout: float | None = Field(
        None, ge=0, lt=1, description="share of numbers that are left out in an update; when not given, as in the model"
    )
    batch_tokens: int = Field(4096, ge=1, description="tokens that are read at once to predict, padding included")

    def unrestrained(self) -> Self:
        return super().unrestrained().model_copy(update={"dropout": 0.0})


@contextmanager
def fine_tuning(settings: FineTunedLearner, seed: int) -> Iterator[torch.device]:
    """Where to load and train a model, with random numbers of its own.

    What the Trainer sets for good, random numbers and environment, is then as before.
    """
    need("torch", "transformers", "accelerate")
    import torch

    place = device(settings.device)
    with contained(), own_random_numbers(place), environment({"ACCELERATE_TORCH_DEVICE": str(place)}):
        before, numbers = random.getstate(), np.random.get_state()
        torch.manual_seed(seed)
        try:
            yield place
        finally:
            random.setstate(before)
            np.random.set_state(numbers)


class FineTuned(Pretrained):
    """A pretrained model with a new layer on top, which tells `classes`."""

    def __init__(
        self, settings: FineTunedLearner, auto: str, what: str, classes: Sequence[str] | None, place: torch.device
    ) -> None:
        """Load it by a class of transformers; without `classes` it keeps the layer and the labels that it has.

        Raises ResourceError when it cannot be made into that.
        """
        import torch

        labels = None
        if classes is not None:
            labels = {"id2label": dict(enumerate(classes)), "label2id": {label: at for at, label in enumerate(classes)}}
        folder = pretrained_folder(settings.model, settings.language, settings.revision)
        super().__init__(folder, settings.longest, auto, what, labels)
        rate = settings.learning_rate or (3e-4 if self.network.config.hidden_size < NARROW else 5e-5)
        self.settings = settings.model_copy(update={"learning_rate": rate})
        """With the learning rate for this model."""
        self._place = place
        self._bf16 = dtype("auto", place) is torch.bfloat16
        if self.tokenizer.pad_token_id is None:
            raise ResourceError(
                f"the tokenizer in {self.folder.resolve()} has no token for padding; add a pad_token to it"
            )
        self.network.config.pad_token_id = self.tokenizer.pad_token_id
        if settings.dropout is not None:
            for module in self.network.modules():
                if isinstance(module, torch.nn.Dropout):
                    module.p = settings.dropout
        self.network.to(place)

    def train(
        self, tokens: Sequence[Sequence[int]], weights: NDArray[np.float64], watch: Watch, seed: int, loss_of: Loss,
        measure: Callable[[], None],
    ) -> TrainingRecord:  # fmt: skip
        """Train on rows of tokens: `loss_of` gives the loss of logits of some rows, `measure` tells `watch` more.

        `weights` tell how often each row is seen, 1 on average.

        The Trainer leaves the loss, the learning rate, clipping and the end of the training to augcli.
        """
        from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

        settings, place = self.settings, self._place
        loss, norms = 0.0, np.zeros(0)

        class Arguments(TrainingArguments):
            n_gpu = 1

            @property
            def device(self) -> torch.device:
                _ = super().device  # sets up more than the device
                return place

        class LossTrainer(Trainer):
            def compute_loss(self, model: Any, inputs: dict[str, Any], *_: Any, **__: Any) -> torch.Tensor:
                nonlocal loss
                rows = inputs.pop("rows")
                found = loss_of(model(**inputs).logits, rows)
                loss = float(found.detach())
                return found

        class Watcher(TrainerCallback):
            def on_step_begin(self, args: Any, state: Any, control: Any, **known: Any) -> None:
                for group in known["optimizer"].param_groups:
                    group["lr"] = watch.rate()

            def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **known: Any) -> None:
                nonlocal norms
                norms = clip_gradients(known["model"], settings.clip)

            def on_step_end(self, args: Any, state: Any, control: Any, **known: Any) -> None:
                if watch.updated(loss, norms):
                    measure()
                control.should_training_stop = watch.stopped

        rows: Sequence[int] = range(len(tokens))  # which the Trainer shuffles
        if (weights != 1).any():
            drawn = islice(batches_by_weight(weights, settings.batch_size, seed), watch.updates)
            rows = [row for batch in drawn for row in batch.tolist()]
        with TemporaryDirectory(prefix="augcli-") as folder:
            arguments = Arguments(
                output_dir=folder,
                per_device_train_batch_size=settings.batch_size,
                max_steps=watch.updates,
                max_grad_norm=0,  # the watcher clips
                lr_scheduler_type="constant",
                seed=seed,
                use_cpu=place.type == "cpu",
                bf16=self._bf16,
                remove_unused_columns=False,
                dataloader_pin_memory=False,
                save_strategy="no",
                logging_strategy="no",
                report_to=[],
                disable_tqdm=True,
                log_level="error",
            )
            trainer = LossTrainer(
                self.network,
                arguments,
                lambda rows: {**self.inputs([tokens[row] for row in rows]), "rows": rows},
                rows,
                callbacks=[Watcher()],
                optimizers=(optimizer_for(self.network, settings), None),
            )
            trainer.remove_callback(PrinterCallback)
            trainer.train()
        return watch.finish()

    def logits(self, tokens: Sequence[Sequence[int]], *, evenly: bool = False) -> list[NDArray[np.float64]]:
        """The logits of each row of tokens; `evenly` is slower, and a row does not depend on its neighbours at all."""
        import torch

        self.network.eval()

        def logits(width: int, rows: list[int]) -> list[NDArray[np.float64]]:
            inputs = self.inputs([tokens[row] for row in rows], width)
            with torch.inference_mode(), torch.autocast(self._place.type, torch.bfloat16, enabled=self._bf16):
                return list(self.network(**inputs).logits.double().cpu().numpy())

        found = [np.empty(0)] * len(tokens)
        lengths, most = [len(row) for row in tokens], self.settings.batch_tokens
        parts = even_batches(lengths, most) if evenly else ((1, rows, rows) for rows in batches(lengths, most))
        for width, rows, filled in parts:
            for row, logit in zip(rows, halving(partial(logits, width), filled), strict=False):
                found[row] = logit
        return found
