"""A convolutional network over word vectors (Kim 2014)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from augcli.language.resources import VECTORS, DataPath
from augcli.language.vectors import Vectors, load
from augcli.models.classifiers.base import Classifier, Examples, Trained, TrainingRecord, label_numbers
from augcli.models.classifiers.training import (
    NetworkLearner,
    Watch,
    cross_entropy,
    descend,
)
from augcli.models.device import contained, device, own_random_numbers
from augcli.models.logistic import softmax
from augcli.process import cache_folder
from augcli.text.words import WITHOUT_BLANKS, plain_apostrophes, segmenter

if TYPE_CHECKING:
    import torch


class Cnn(NetworkLearner, Classifier):
    """Filters over neighbouring word vectors, the largest value of each, and a layer on top (Kim 2014)."""

    name: ClassVar = "cnn"
    learning_rate: float | None = Field(3e-3, gt=0, description="of the optimizer")
    vectors: DataPath | None = Field(
        None,
        description="file of word vectors to begin with (word2vec, GloVe, fastText); when not given, those that come "
        "along for English, and random ones for other languages",
    )
    units: Literal["auto", "words", "characters"] = Field(
        "auto", description="what has a vector; auto: characters where a language puts no blanks between words"
    )
    dimensions: int = Field(100, ge=1, description="of random vectors")
    widths: tuple[int, ...] = Field((3, 4, 5), strict=False, min_length=1, description="words that a filter sees")
    filters: int = Field(100, ge=1, description="of each width")
    dropout: float = Field(0.5, ge=0, lt=1, description="share of the filters that are left out in an update")
    longest: int = Field(200, ge=1, description="words of a text that are read")

    def unrestrained(self) -> Self:
        return super().unrestrained().model_copy(update={"dropout": 0.0})

    @contained()
    def train(
        self, training: Examples, validation: Examples, classes: list[str], seed: int, updates: int | None
    ) -> TrainedCnn:
        import torch

        place = device(self.device)
        with own_random_numbers(place):
            torch.manual_seed(seed)
            trained = TrainedCnn(self, training.texts, classes, place)
            network = trained.network
            targets = torch.from_numpy(training.targets(classes)).to(place)
            weights = training.relative_weights(by_label=self.class_weights)
            encoded, extra = trained.encode(training.texts)
            unseen = trained.encode(validation.texts)

            def loss_of(batch: NDArray[np.int64]) -> torch.Tensor:
                logits = trained.logits([encoded[row] for row in batch], extra)
                return cross_entropy(logits, targets[batch], self.label_smoothing)

            shares, wanted = training.label_shares(classes), label_numbers(validation.labels, classes)
            watch = Watch(network, self, len(training), shares, wanted, updates)
            trained.record = descend(network, self, watch, weights, seed, loss_of, lambda: trained.predict(*unseen))
        return trained


class TrainedCnn(Trained):
    """A network of convolutions that has learnt."""

    record: TrainingRecord

    def __init__(self, settings: Cnn, texts: Sequence[str], classes: list[str], place: torch.device) -> None:
        self.classes = classes
        self._settings = settings
        self._place = place
        by_character = settings.units == "characters" or (
            settings.units == "auto" and settings.language in WITHOUT_BLANKS
        )
        self._segment = None if by_character else segmenter(settings.language)
        self._vectors = self._load_vectors(by_character=by_character)
        counts = Counter(word for text in texts for word in self._words(text))
        self._numbers = {word: number for number, word in enumerate(counts, 1)}
        self.network = self._network()
        self.network.to(place)

    def _load_vectors(self, *, by_character: bool) -> Vectors | None:
        if self._settings.vectors:
            return load(Path(self._settings.vectors), None, cache_folder())
        own = VECTORS.get(self._settings.language)
        return load(own.path(), None, cache_folder()) if own and not by_character else None

    def _words(self, text: str) -> list[str]:
        if self._segment is None:
            return [char for char in text.lower() if not char.isspace()][: self._settings.longest]
        words = [text[start:end] for start, end in self._segment(text)[: self._settings.longest]]
        return [plain_apostrophes(word).lower() for word in words]

    def _network(self) -> Any:
        """Word vectors of length 1, He's start for the filters, Xavier's for the layer on top."""
        import torch

        settings = self._settings
        dimensions = self._vectors.matrix.shape[1] if self._vectors else settings.dimensions
        vectors = torch.randn(len(self._numbers) + 1, dimensions) / dimensions**0.5
        vectors[0] = 0  # what follows a text, and words that are not known
        for word, number in self._numbers.items():
            if (known := self._known(word)) is not None:
                vectors[number] = torch.tensor(known)
        filters: list[Any] = [torch.nn.Conv1d(dimensions, settings.filters, width) for width in settings.widths]
        for layer in filters:
            torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            torch.nn.init.zeros_(layer.bias)
        output = torch.nn.Linear(len(filters) * settings.filters, len(self.classes))
        torch.nn.init.xavier_normal_(output.weight)
        torch.nn.init.zeros_(output.bias)
        return torch.nn.ModuleDict(
            {
                "vectors": torch.nn.Embedding(len(vectors), dimensions, padding_idx=0, _weight=vectors),
                "filters": torch.nn.ModuleList(filters),
                "dropout": torch.nn.Dropout(settings.dropout),
                "output": output,
            }
        )

    def _known(self, word: str) -> NDArray[np.float32] | None:
        """The vector that a word begins with."""
        row = self._vectors.place(word) if self._vectors else None
        return None if self._vectors is None or row is None else self._vectors.matrix[row]

    def encode(self, texts: Sequence[str]) -> tuple[list[list[int]], torch.Tensor]:
        """The numbers of the words of texts, and the vectors of those words that the training rows lack."""
        import torch

        extra: dict[str, int] = {}
        vectors: list[NDArray[np.float32]] = []
        encoded = []
        for text in texts:
            row = []
            for word in self._words(text):
                number = self._numbers.get(word) or extra.get(word)
                if number is None and (known := self._known(word)) is not None:
                    number = extra[word] = len(self._numbers) + 1 + len(vectors)
                    vectors.append(known)
                row.append(number or 0)
            encoded.append(row)
        dimensions = self.network["vectors"].weight.shape[1]
        return encoded, torch.from_numpy(np.array(vectors, np.float32).reshape(-1, dimensions)).to(self._place)

    def logits(self, encoded: Sequence[Sequence[int]], extra: torch.Tensor) -> torch.Tensor:
        """What the network says of texts that were encoded."""
        import torch

        around = max(
            self._settings.widths
        )  # each filter also sees what lies around a text, so that batches do not matter
        numbers = torch.zeros(len(encoded), max(map(len, encoded)) + 2 * around, dtype=torch.long)
        for row, text in enumerate(encoded):
            numbers[row, around : around + len(text)] = torch.tensor(text, dtype=torch.long)
        embedding = self.network["vectors"]
        table = torch.cat([embedding.weight, extra]) if len(extra) else embedding.weight
        vectors = torch.nn.functional.embedding(numbers.to(self._place), table, padding_idx=0).transpose(1, 2)
        found = [layer(vectors).amax(dim=2).relu() for layer in self.network["filters"]]
        logits: torch.Tensor = self.network["output"](self.network["dropout"](torch.cat(found, dim=1)))
        return logits

    def predict(self, encoded: Sequence[Sequence[int]], extra: torch.Tensor) -> NDArray[np.float64]:
        """As `logits`, without dropout, in batches of texts of about one length."""
        import torch

        self.network.eval()
        result = np.empty((len(encoded), len(self.classes)))
        order = sorted(range(len(encoded)), key=lambda row: len(encoded[row]))
        with torch.inference_mode():
            for start in range(0, len(order), 128):
                rows = order[start : start + 128]
                result[rows] = self.logits([encoded[row] for row in rows], extra).double().cpu().numpy()
        return result

    @contained()
    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return softmax(self.predict(*self.encode(texts)))
