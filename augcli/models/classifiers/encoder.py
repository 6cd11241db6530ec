"""Frozen encoders with logistic regression on top: a layer of each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from time import perf_counter
from typing import Annotated, ClassVar, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from augcli.errors import ConfigError
from augcli.language.resources import CachePath, DataPath
from augcli.models.classifiers.base import (
    Classifier,
    Examples,
    Measurement,
    Trained,
    TrainingRecord,
    label_numbers,
    measure,
    weaknesses,
)
from augcli.models.device import PRECISIONS, Precision
from augcli.models.encoder import TextEncoder, encoder_of
from augcli.models.logistic import Head, softmax, target_shares

_TOLERANCE = 1e-4
"""Of the gradient."""
MANY = 2000
"""Rows that are enough to choose a layer."""
Models: TypeAlias = Annotated[tuple[DataPath, ...], Field(strict=False, min_length=1)]
Layers: TypeAlias = Sequence[tuple[TextEncoder, int]]
"""One of each encoder."""


class Encoder(Classifier):
    """The mean of the hidden states of a frozen model, and logistic regression; layer and C by the validation loss.

    Of several models, each brings the states of its best layer.
    """

    name: ClassVar = "encoder"
    model: DataPath | Models | None = Field(
        None,
        description="multilingual-e5-small or all-MiniLM-L6-v2, which are packages, a folder, a name on the Hugging "
        "Face hub, or a list of these; when not given, the masked language model that comes along (en, zh)",
    )
    revision: str | None = Field(None, description="of a model on the hub")
    longest: int = Field(256, ge=8, description="tokens of a text that are read; multilingual-e5-small reads all")
    layers: tuple[int, ...] | None = Field(
        None,
        strict=False,
        min_length=1,
        description="layers to choose from, 0 is the word embeddings; when not given, all",
    )
    cs: tuple[float, ...] = Field(
        (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0),
        strict=False,
        min_length=1,
        description="what to choose C from, the weight of the mean loss beside the squared weights, in rising order",
    )
    class_weights: bool = Field(False, description="let each label count the same, however many rows it has")
    precision: Precision = Field("auto", description=f"of the weights; {PRECISIONS}")
    batch_tokens: int = Field(2048, ge=1, description="tokens that the model reads at once, padding included")
    cache: bool | CachePath = Field(
        False, description="keep the states of texts from run to run, in your cache folder or in the folder named here"
    )

    @model_validator(mode="after")
    def _of_one_model(self) -> Self:
        if isinstance(self.model, tuple) and len(self.model) > 1 and (self.layers or self.revision):
            raise ValueError("layers and revision are of one model, and there are several")
        return self

    @cached_property
    def encoders(self) -> list[TextEncoder]:
        """What knows the states of texts, for as long as these settings live."""
        return [
            encoder_of(
                model,
                self.language,
                self.device,
                revision=self.revision,
                longest=self.longest,
                precision=self.precision,
                batch_tokens=self.batch_tokens,
                cache=self.cache,
            )
            for model in (self.model if isinstance(self.model, tuple) else [self.model])
        ]

    def unrestrained(self) -> Self:
        return self.model_copy(update={"cs": (1e5,), "class_weights": False})

    def train(
        self, training: Examples, validation: Examples, classes: list[str], seed: int, updates: int | None
    ) -> TrainedEncoder:
        began = perf_counter()
        wanted = label_numbers(validation.labels, classes)
        targets = target_shares(training.labels, training.soft, classes)
        weights = training.relative_weights(by_label=self.class_weights)
        drawn = np.random.default_rng(seed).permutation(len(training))[:MANY]
        some = np.union1d(drawn, np.unique(training.labels, return_index=True)[1])  # with a row of each label

        def best(candidates: Sequence[Layers], cs: Sequence[float], rows: NDArray[np.int64]) -> _Choice:
            found = []
            for layers in candidates:
                seen = _states([training.texts[row] for row in rows], layers)
                unseen = _states(validation.texts, layers)
                sums = [c / len(rows) for c in cs]
                heads = Head.path(seen, targets[rows], weights[rows], sums, _TOLERANCE, scaled=True)
                found += [
                    _Choice(measure(head.logits(unseen), wanted), layers, c, head)
                    for c, head in zip(cs, heads, strict=True)
                ]
            return min(found, key=lambda choice: choice.measured.loss)

        layers: list[tuple[TextEncoder, int]] = []
        for encoder in self.encoders:
            encoder.learn([*training.texts, *validation.texts])
            candidates: list[Layers] = [[(encoder, layer)] for layer in self._layers_of(encoder)]
            if len(candidates) > 1:
                candidates = [best(candidates, [self.cs[len(self.cs) // 2]], some).layers]
            layers += candidates[0]
        measured, _, c, head = best([layers], self.cs, np.arange(len(training)))
        findings = [*weaknesses(measured, training.label_shares(classes), wanted, "name another model")]
        named = [f"layer of {model}" for model in self.model] if isinstance(self.model, tuple) else ["layer"]
        chosen = dict(zip(named, (layer for _, layer in layers), strict=True)) | {"C": c}
        record = TrainingRecord(measured, chosen=chosen, seconds=perf_counter() - began, findings=findings)
        return TrainedEncoder(layers, head, classes, record)

    def _layers_of(self, encoder: TextEncoder) -> Sequence[int]:
        """The layers to choose from."""
        there = range(encoder.layers)
        if wrong := [layer for layer in self.layers or () if layer not in there]:
            raise ConfigError(f"{self.name}: the model has the layers 0 to {encoder.layers - 1}, not {wrong[0]}")
        return self.layers or there


def _states(texts: Sequence[str], layers: Layers) -> NDArray[np.float64]:
    return np.hstack([encoder.of(texts, layer) for encoder, layer in layers])


class _Choice(NamedTuple):
    """Layers and C, and what came of them."""

    measured: Measurement
    layers: Layers
    c: float
    head: Head


class TrainedEncoder(Trained):
    """Frozen encoders with logistic regression that has learnt."""

    record: TrainingRecord

    def __init__(self, layers: Layers, head: Head, classes: list[str], record: TrainingRecord) -> None:
        self.classes, self.record = classes, record
        self._layers, self._head = layers, head

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        if not texts:
            return np.empty((0, len(self.classes)))
        return softmax(self._head.logits(_states(texts, self._layers)))
