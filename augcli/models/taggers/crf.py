"""A linear-chain conditional random field over features of tokens (Lafferty et al. 2001), by CRFsuite."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from augcli.models.classifiers.base import Measurement, TrainingRecord, label_numbers, measure
from augcli.models.device import need
from augcli.models.taggers.base import Sentences, Tagger, TrainedTagger, repair
from augcli.models.taggers.entities import entity_f1
from augcli.models.taggers.features import character_features, word_features
from augcli.text.words import WITHOUT_BLANKS


class Crf(Tagger):
    """Weights of features and of tags that follow each other, found by L-BFGS; c2 by the F1 of validation entities.

    A sentence counts as often as its weight says, rounded, and at least once when the weight is above 0. c1 and c2 hold
    the weights of the model back as much whether all sentences count once or many times.
    """

    name: ClassVar = "crf"
    c1: float = Field(0.05, ge=0, description="how much the absolute values of the weights are held back")
    c2s: tuple[float, ...] = Field(
        (0.01, 0.1, 1.0),
        strict=False,
        min_length=1,
        description="what to choose c2 from: how much the squared weights are held back",
    )
    iterations: int = Field(100, ge=1, description="of L-BFGS, at most")

    def unrestrained(self) -> Self:
        return self.model_copy(update={"c1": 0.0, "c2s": (1e-4,)})

    def train(
        self, training: Sentences, validation: Sentences, tags: list[str], seed: int, updates: int | None
    ) -> TrainedCrf:
        need("python-crfsuite", extra="tags")
        import pycrfsuite

        began = perf_counter()
        trainer = pycrfsuite.Trainer("lbfgs", {"max_iterations": self.iterations}, verbose=False)
        weights = [1.0] * len(training) if training.weights is None else training.weights
        copies = [max(round(weight), weight > 0) for weight in weights]
        for tokens, wanted, count in zip(training.tokens, training.tags, copies, strict=True):
            features = _features(self.language, tokens)
            for _ in range(count):
                trainer.append(features, wanted)
        mean = sum(copies) / len(copies)  # so many times the same sentences are the same model
        unseen = [_features(self.language, tokens) for tokens in validation.tokens]
        numbers = label_numbers(validation.examples().labels, tags)
        found: list[tuple[float, Measurement, float, TrainedCrf]] = []
        with TemporaryDirectory(prefix="augcli-") as folder:
            for c2 in self.c2s:
                trainer.set_params({"c1": mean * self.c1, "c2": mean * c2})
                trainer.train(f"{folder}/model")
                trained = TrainedCrf((Path(folder) / "model").read_bytes(), tags, self.language)
                logarithms = np.log(np.maximum(np.concatenate(trained.marginals(unseen)), 1e-12))
                f1 = entity_f1(validation.tags, trained.viterbi(unseen))
                found.append((f1, measure(logarithms, numbers), c2, trained))
        f1, measured, c2, trained = max(found, key=lambda each: (each[0], -each[1].loss))
        trained.record = TrainingRecord(measured, chosen={"c2": c2}, seconds=perf_counter() - began)
        if f1 == 0:
            trained.record.findings.append(
                "it finds no entity of the validation rows as it is; add rows, or name lower values in c2s"
            )
        return trained


class TrainedCrf(TrainedTagger):
    """A conditional random field that has learnt."""

    record: TrainingRecord

    def __init__(self, model: bytes, tags: list[str], language: str) -> None:
        import pycrfsuite

        self.tags = tags
        self._language = language
        self._model = model  # the tagger reads it where it lies
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(model)
        self._columns = [(tags.index(tag), tag) for tag in self._tagger.labels()]

    def marginals(self, sentences: Sequence[Any]) -> list[NDArray[np.float64]]:
        """How likely each tag is for each token, a row each, by the features of sentences."""
        found = []
        for features in sentences:
            rows = np.zeros((len(features), len(self.tags)))
            self._tagger.set(features)
            for column, tag in self._columns:
                rows[:, column] = [self._tagger.marginal(tag, at) for at in range(len(features))]
            found.append(rows)
        return found

    def viterbi(self, sentences: Sequence[Any]) -> list[list[str]]:
        """The likeliest sequences of tags, as valid BIO, by the features of sentences."""
        return [repair(self._tagger.tag(features)) for features in sentences]

    def probabilities(self, tokens: Sequence[Sequence[str]]) -> list[NDArray[np.float64]]:
        return self.marginals([_features(self._language, sentence) for sentence in tokens])

    def predict(self, tokens: Sequence[Sequence[str]]) -> list[list[str]]:
        return self.viterbi([_features(self._language, sentence) for sentence in tokens])


def _features(language: str, tokens: Sequence[str]) -> Any:
    """The features of a sentence, as CRFsuite takes them."""
    import pycrfsuite

    return pycrfsuite.ItemSequence((character_features if language in WITHOUT_BLANKS else word_features)(tokens))
