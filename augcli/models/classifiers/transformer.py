"""A pretrained model that is fine-tuned as a classifier, by the Trainer of transformers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from augcli.errors import ResourceError
from augcli.models.classifiers.base import Examples, Trained, TrainingRecord, label_numbers, softmax
from augcli.models.classifiers.pretrained import Pretrained, PretrainedClassifier
from augcli.models.classifiers.training import NetworkClassifier, Watch, clip_gradients, optimizer_for, weighted_loss
from augcli.models.device import batches, contained, device, dtype, halving, need, own_random_numbers
from augcli.process import environment

if TYPE_CHECKING:
    import torch


class Transformer(PretrainedClassifier, NetworkClassifier):
    """A pretrained model with a new layer on top, all of it trained."""

    name: ClassVar = "transformer"
    epochs: int = Field(20, ge=1, description="most passes over the rows; of a given number of updates, equal parts")
    patience: int = Field(3, ge=1, description="epochs in a row without a lower validation loss, after which it ends")
    learning_rate: float | None = Field(
        None,
        gt=0,
        description="of the optimizer; when not given, 3e-4 for the small model that comes along and 5e-5 for others",
    )
    warmup: int = Field(20, ge=0, description="updates in which the learning rate rises")
    dropout: float | None = Field(
        None, ge=0, lt=1, description="share of numbers that are left out in an update; when not given, as in the model"
    )
    batch_tokens: int = Field(4096, ge=1, description="tokens that are read at once to predict, padding included")

    def highest_rate(self) -> float:
        return self.learning_rate or (5e-5 if self.model else 3e-4)

    def unrestrained(self) -> Self:
        return super().unrestrained().model_copy(update={"dropout": 0.0})

    def train(
        self, training: Examples, validation: Examples, classes: list[str], seed: int, updates: int | None
    ) -> TrainedTransformer:
        need("torch", "transformers", "accelerate")
        import torch

        place = device(self.device)
        with contained(), own_random_numbers(place), _restored(place), TemporaryDirectory(prefix="augcli-") as folder:
            torch.manual_seed(seed)
            trained = TrainedTransformer(self, classes, place)
            columns = (
                trained.pretrained.tokenize(training.texts),
                label_numbers(training.labels, classes).tolist(),
                training.relative_weights(by_label=self.class_weights).tolist(),
            )
            rows = [dict(zip(("tokens", "label", "weight"), row, strict=True)) for row in zip(*columns, strict=True)]
            unseen = trained.pretrained.tokenize(validation.texts)
            watch = Watch(trained.pretrained.network, self, training, validation, classes, updates)
            _trainer(self, trained, watch, rows, lambda: trained.predict(unseen), folder, seed).train()
            trained.record = watch.finish()
        return trained


@contextmanager
def _restored(place: torch.device) -> Iterator[None]:
    """Let the Trainer work on `place`; what it sets for good, random numbers and environment, is then as before."""
    before, numbers = random.getstate(), np.random.get_state()
    try:
        with environment({"ACCELERATE_TORCH_DEVICE": str(place)}):
            yield
    finally:
        random.setstate(before)
        np.random.set_state(numbers)


def _trainer(
    settings: Transformer, trained: TrainedTransformer, watch: Watch, rows: list[dict[str, Any]],
    predict: Callable[[], NDArray[np.float64]], folder: str, seed: int,
) -> Any:  # fmt: skip
    """A Trainer that leaves the loss, the learning rate, clipping and the end of the training to augcli."""
    import torch
    from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

    loss, norms = 0.0, np.zeros(0)

    class Arguments(TrainingArguments):
        n_gpu = 1

        @property
        def device(self) -> torch.device:
            _ = super().device  # sets up more than the device
            return trained.place

    class WeightedTrainer(Trainer):
        def compute_loss(self, model: Any, inputs: dict[str, Any], *_: Any, **__: Any) -> torch.Tensor:
            nonlocal loss
            labels, weights = inputs.pop("label"), inputs.pop("weight")
            found = weighted_loss(model(**inputs).logits, labels, weights, settings.label_smoothing)
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
                watch.measured(predict())
            control.should_training_stop = watch.stopped

    def collate(batch: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        return {
            **trained.pretrained.inputs([row["tokens"] for row in batch]),
            "label": torch.tensor([row["label"] for row in batch]),
            "weight": torch.tensor([row["weight"] for row in batch]),
        }

    arguments = Arguments(
        output_dir=folder,
        per_device_train_batch_size=settings.batch_size,
        max_steps=watch.updates,
        max_grad_norm=0,  # the watcher clips
        lr_scheduler_type="constant",
        seed=seed,
        use_cpu=trained.place.type == "cpu",
        bf16=trained.bf16,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        save_strategy="no",
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
        log_level="error",
    )
    network = trained.pretrained.network
    trainer = WeightedTrainer(
        network,
        arguments,
        collate,
        rows,
        callbacks=[Watcher()],
        optimizers=(optimizer_for(network, settings), None),
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


class TrainedTransformer(Trained):
    """A fine-tuned model."""

    record: TrainingRecord

    def __init__(self, settings: Transformer, classes: list[str], place: torch.device) -> None:
        """Raises ResourceError when the model cannot be a classifier."""
        import torch

        self.classes, self.place = classes, place
        self.bf16 = dtype("auto", place) is torch.bfloat16
        self._batch_tokens = settings.batch_tokens
        labels = {"id2label": dict(enumerate(classes)), "label2id": {label: at for at, label in enumerate(classes)}}
        self.pretrained = Pretrained(settings, "AutoModelForSequenceClassification", "classifier", labels)
        network, tokenizer, folder = self.pretrained.network, self.pretrained.tokenizer, self.pretrained.folder
        lacking = [name for name in self.pretrained.missing if name.startswith(f"{network.base_model_prefix}.")]
        if lacking := [name for name in lacking if ".pooler." not in name]:
            raise ResourceError(f"{folder.resolve()} is not whole: it lacks the weights {', '.join(lacking)}")
        if tokenizer.pad_token_id is None:
            raise ResourceError(f"the tokenizer in {folder.resolve()} has no token for padding; add a pad_token to it")
        network.config.pad_token_id = tokenizer.pad_token_id
        if settings.dropout is not None:
            for module in network.modules():
                if isinstance(module, torch.nn.Dropout):
                    module.p = settings.dropout
        network.to(place)

    def predict(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        """The logits of texts, given as tokens."""
        import torch

        network = self.pretrained.network.eval()

        def logits(rows: list[int]) -> list[NDArray[np.float64]]:
            inputs = self.pretrained.inputs([tokens[row] for row in rows])
            with torch.inference_mode(), torch.autocast(self.place.type, torch.bfloat16, enabled=self.bf16):
                return list(network(**inputs).logits.double().cpu().numpy())

        found = np.empty((len(tokens), len(self.classes)))
        for rows in batches([len(text) for text in tokens], self._batch_tokens):
            found[rows] = halving(logits, rows)
        return found

    @contained()
    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return softmax(self.predict(self.pretrained.tokenize(texts)))
