"""What the heads of a teacher see of texts: states of an encoder, word vectors, TF-IDF."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from augcli.errors import ResourceError
from augcli.language.resources import VECTORS, Lexicon
from augcli.language.vectors import load as load_vectors
from augcli.models.device import Precision
from augcli.models.encoder import shared_encoder
from augcli.models.linear import learn_terms, tfidf_vectorizer
from augcli.process import cache_folder
from augcli.text.words import plain_apostrophes, segmenter

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_WORDS = 20_000
"""Words and pairs of words that TF-IDF knows."""


class Features(ABC):
    """What a head sees of texts: a row of numbers each."""

    kind: ClassVar[str]
    scaled: ClassVar = True
    """Whether each number is to have mean 0 and deviation 1."""

    @abstractmethod
    def of(self, texts: Sequence[str]) -> Any:
        """The features, (texts, dimensions), dense or sparse."""

    @abstractmethod
    def described(self) -> dict[str, Any]:
        """What is needed to make them again, beside the arrays."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The numbers that are needed to make them again, by name."""
        return {}


class States(Features):
    """The mean hidden states of an encoder in one layer."""

    kind: ClassVar = "encoder"

    def __init__(
        self, model: str | None, language: str, device: str, layer: int, precision: Precision = "auto",
        digest: str | None = None,
    ) -> None:  # fmt: skip
        """Raises ResourceError when the model is missing, or is not the one with this `digest`."""
        self._model, self._layer, self._precision = model, layer, precision
        self._encoder = shared_encoder(model, language, device, precision)
        if digest not in (None, self._encoder.digest):
            raise ResourceError(
                f"{model or 'the encoder that comes along'} is not the version that the teacher learnt with"
            )

    def of(self, texts: Sequence[str]) -> Any:
        return self._encoder.of(texts, self._layer)

    def described(self) -> dict[str, Any]:
        return {
            "model": self._model, "layer": self._layer, "precision": self._precision, "digest": self._encoder.digest
        }  # fmt: skip


class WordVectors(Features):
    """The mean of the vectors of the words: of a file, or those that come along for the language."""

    kind: ClassVar = "word vectors"

    def __init__(self, language: str, vectors: str | None = None, digest: str | None = None) -> None:
        """Raises ResourceError when the file is missing, or is not the one with this `digest`."""
        lexicon = Lexicon("word vectors", vectors, "yours") if vectors else VECTORS[language]
        self._described = {"vectors": vectors, "digest": lexicon.sha256()} if vectors else {}
        if digest not in (None, self._described.get("digest")):
            raise ResourceError(f"the word vectors {vectors} are not those that the teacher learnt with")
        self._vectors = load_vectors(lexicon.path(), None, cache_folder())
        self._segment = segmenter(language)

    def of(self, texts: Sequence[str]) -> Any:
        import numpy as np

        matrix = self._vectors.matrix
        found = np.zeros((len(texts), matrix.shape[1]))
        for row, text in enumerate(texts):
            words = (plain_apostrophes(text[start:end]).lower() for start, end in self._segment(text))
            places = [place for word in words if (place := self._vectors.place(word)) is not None]
            if places:
                found[row] = matrix[places].mean(axis=0)
        return found

    def described(self) -> dict[str, Any]:
        return self._described


class Words(Features):
    """TF-IDF of words and pairs of words, or of characters and pairs of them, as the linear model has it."""

    kind: ClassVar = "tf-idf"
    scaled: ClassVar = False

    def __init__(self, language: str, terms: Sequence[str] | None = None, idf: NDArray[Any] | None = None) -> None:
        """With `terms` and their weights `idf`, as they were before."""
        self._language = language
        self._vectorizer = tfidf_vectorizer(language, _MOST_WORDS, terms)
        if idf is not None:
            self._vectorizer.idf_ = idf

    def fit(self, texts: Sequence[str]) -> None:
        """Take the terms of texts, and how rare they are. Raises DataError for no word."""
        learn_terms(self._vectorizer, texts)

    def of(self, texts: Sequence[str]) -> Any:
        return self._vectorizer.transform(texts)

    def described(self) -> dict[str, Any]:
        return {"language": self._language, "terms": self._vectorizer.get_feature_names_out().tolist()}

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"idf": self._vectorizer.idf_}
