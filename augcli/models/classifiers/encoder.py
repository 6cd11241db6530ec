"""A frozen encoder with logistic regression on top: mean hidden states of a layer, by scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import closing
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from augcli.errors import ConfigError, ResourceError
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
from augcli.models.classifiers.pretrained import Pretrained, PretrainedLearner
from augcli.models.device import batches, contained, device, halving, ready_to_predict
from augcli.models.files import revision_of
from augcli.models.hosted.store import Store
from augcli.models.linear import one_thread
from augcli.models.logistic import softmax

MANY = 2000
"""Rows that are enough to choose a layer."""
_TABLE = "CREATE TABLE IF NOT EXISTS states (text BLOB PRIMARY KEY, states BLOB) WITHOUT ROWID"


class Encoder(PretrainedLearner, Classifier):
    """The mean of the hidden states of a frozen model, and logistic regression; layer and C by the validation loss."""

    name: ClassVar = "encoder"
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
    batch_tokens: int = Field(2048, ge=1, description="tokens that the model reads at once, padding included")
    cache: str | None = Field(
        None, min_length=1, description="folder in which the states of texts are kept from run to run"
    )

    @cached_property
    def states(self) -> TextStates:
        """The hidden states of texts, for as long as these settings live."""
        return TextStates(self)

    def unrestrained(self) -> Self:
        return self.model_copy(update={"cs": (1e5,), "class_weights": False})

    def train(
        self, training: Examples, validation: Examples, classes: list[str], seed: int, updates: int | None
    ) -> TrainedEncoder:
        began = perf_counter()
        targets, wanted = label_numbers(training.labels, classes), label_numbers(validation.labels, classes)
        weights = training.relative_weights(by_label=self.class_weights)
        self.states.learn([*training.texts, *validation.texts])
        drawn = np.random.default_rng(seed).permutation(len(training))[:MANY]
        some = np.union1d(drawn, np.unique(targets, return_index=True)[1])  # with a row of each label

        def best(layers: Sequence[int], cs: Sequence[float], rows: NDArray[np.int64]) -> tuple[Measurement, _Head]:
            found = []
            for layer in layers:
                seen = self.states.of([training.texts[row] for row in rows], layer)
                unseen = self.states.of(validation.texts, layer)
                for c in cs:
                    head = _Head(layer, c, seen, targets[rows], weights[rows])
                    found.append((measure(head.logits(unseen), wanted), head))
            return min(found, key=lambda pair: pair[0].loss)

        layers: Sequence[int] = self.layers or range(self.states.layers)
        if len(layers) > 1:
            layers = [best(layers, [self.cs[len(self.cs) // 2]], some)[1].layer]
        measured, head = best(layers, self.cs, np.arange(len(training)))
        findings = [*weaknesses(measured, training.label_shares(classes), wanted, "name another model")]
        if not head.converged:
            findings.append(f"logistic regression did not converge with C {head.c:g}; leave out such a C in cs")
        chosen = {"layer": head.layer, "C": head.c}
        record = TrainingRecord(measured, chosen=chosen, seconds=perf_counter() - began, findings=findings)
        return TrainedEncoder(self.states, head, classes, record)


class _Head:
    """Logistic regression on the states of a layer, each number of which has mean 0 and deviation 1."""

    def __init__(
        self,
        layer: int,
        c: float,
        states: NDArray[np.float64],
        targets: NDArray[np.int64],
        weights: NDArray[np.float64],
    ) -> None:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        self.layer, self.c = layer, c
        self._mean, deviation = states.mean(axis=0), states.std(axis=0)
        self._deviation = np.where(deviation > 0, deviation, 1)
        self._classifier: Any = LogisticRegression(C=c / len(states), max_iter=1000, tol=1e-3)
        with one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it is a finding
            warnings.filterwarnings("ignore", "The number of unique classes")  # few rows of many labels
            self._classifier.fit(self._scaled(states), targets, weights)
        self.converged = max(self._classifier.n_iter_) < self._classifier.max_iter

    def _scaled(self, states: NDArray[np.float64]) -> NDArray[np.float64]:
        scaled: NDArray[np.float64] = (states - self._mean) / self._deviation
        return scaled

    def logits(self, states: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the regression says of states, a column for each class."""

        with one_thread():
            found: NDArray[np.float64] = self._classifier.decision_function(self._scaled(states))
        return np.column_stack([np.zeros(len(found)), found]) if found.ndim == 1 else found


class TrainedEncoder(Trained):
    """A frozen encoder with logistic regression that has learnt."""

    record: TrainingRecord

    def __init__(self, states: TextStates, head: _Head, classes: list[str], record: TrainingRecord) -> None:
        self.classes, self.record = classes, record
        self._states, self._head = states, head

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        if not texts:
            return np.empty((0, len(self.classes)))
        self._states.learn(texts)
        return softmax(self._head.logits(self._states.of(texts, self._head.layer)))


class TextStates:
    """Of each text the mean hidden state of its tokens, for each layer; each text is encoded once."""

    def __init__(self, settings: Encoder) -> None:
        self._settings = settings
        self._known: dict[str, NDArray[np.float16]] = {}

    @cached_property
    def _pretrained(self) -> Pretrained:
        found = Pretrained(self._settings, "AutoModel", "encoder", {})
        if found.network.config.is_encoder_decoder:
            raise ResourceError(
                f"{found.folder.resolve()} is a {found.network.config.model_type}, which has a decoder; "
                "take an encoder such as a BERT or a sentence encoder"
            )
        ready_to_predict(found.network, "float32", device(self._settings.device))
        return found

    @cached_property
    def layers(self) -> int:
        """How many layers there are, the word embeddings included."""
        return int(self._pretrained.network.config.num_hidden_layers) + 1

    def of(self, texts: Sequence[str], layer: int) -> NDArray[np.float64]:
        """The states of texts that were learnt, in one layer, a row each."""
        return np.array([self._known[text][layer] for text in texts], np.float64)

    @contained()
    def learn(self, texts: Sequence[str]) -> None:
        """Encode those texts that are not known yet."""
        if wrong := [layer for layer in self._settings.layers or () if not 0 <= layer < self.layers]:
            raise ConfigError(f"{self._settings.name}: the model has the layers 0 to {self.layers - 1}, not {wrong[0]}")
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if self._settings.cache is None:
            self._known |= zip(missing, self._encode(missing), strict=True)
            return
        name = f"{revision_of(self._pretrained.folder)}-{self._settings.longest}-{self._pretrained.network.device.type}"
        with closing(Store(Path(self._settings.cache) / f"{name}.sqlite")) as store:
            store.create(_TABLE)
            keys = {text: sha256(text.encode(errors="surrogatepass")).digest() for text in missing}
            with store.reading() as cursor:
                for text in missing:
                    found = cursor.execute("SELECT states FROM states WHERE text = ?", (keys[text],)).fetchone()
                    if found:
                        self._known[text] = np.frombuffer(found[0], "<f2").reshape(self.layers, -1)
            missing = [text for text in missing if text not in self._known]
            encoded = dict(zip(missing, self._encode(missing), strict=True))
            with store.writing() as cursor:
                rows = [(keys[text], states.astype("<f2").tobytes()) for text, states in encoded.items()]
                cursor.executemany("INSERT OR IGNORE INTO states VALUES (?, ?)", rows)
        self._known |= encoded

    def _encode(self, texts: list[str]) -> list[NDArray[np.float16]]:
        """Half precision is enough, and halves the memory."""
        import torch

        tokens = self._pretrained.tokenize(texts)

        def encode(rows: list[int]) -> list[NDArray[np.float16]]:
            inputs = self._pretrained.inputs([tokens[row] for row in rows])
            there = inputs["attention_mask"][:, :, None].float()
            with torch.inference_mode():
                layers = self._pretrained.network(**inputs, output_hidden_states=True).hidden_states
                means = [(states * there).sum(1) / there.sum(1).clamp(min=1) for states in layers]
            return list(torch.stack(means, dim=1).half().cpu().numpy())

        found: list[NDArray[np.float16]] = [np.empty(0, np.float16)] * len(texts)
        for rows in batches([len(text) for text in tokens], self._settings.batch_tokens):
            for row, states in zip(rows, halving(encode, rows), strict=True):
                found[row] = states
        return found
