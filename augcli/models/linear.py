"""The linear model of texts: TF-IDF and logistic regression."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from augcli.errors import DataError
from augcli.models.folds import grouped_folds
from augcli.models.logistic import fit_path, known_labels, one_thread, softmax, target_shares
from augcli.text.words import WITHOUT_BLANKS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from augcli.models.logistic import Weights

    Numbers: TypeAlias = NDArray[np.float64]

LINEAR = "linear"
"""What configs call it."""
C = 10.0
"""How little the weights are held back; 10 is near the best for short texts."""
TOLERANCE = 5e-6
"""Most features stand in a few rows, so that their gradient is small from the start."""


def tfidf_vectorizer(language: str, most_features: int | None, terms: Sequence[str] | None = None) -> Any:
    """Makes TF-IDF of words and pairs of words, or of characters where no blanks stand between words.

    Only the commonest features may be wanted, or just those of `terms`.
    """
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    by_character = language in WITHOUT_BLANKS
    units: dict[str, str] = {"analyzer": "char"} if by_character else {"token_pattern": r"(?u)\b\w+\b"}
    return TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, max_features=most_features, dtype=np.float32, vocabulary=terms, **units
    )


def learn_terms(vectorizer: Any, texts: Sequence[str]) -> Any:
    """The features of texts from which a vectorizer takes its terms. Raises DataError for no word."""
    try:
        return vectorizer.fit_transform(texts)
    except ValueError as error:  # empty vocabulary
        raise DataError(f"there is no word in any of {len(texts)} texts, so that no model can learn") from error


class LinearModel:
    """Tells the label of a text by its words and pairs of words, or by its characters and pairs of them.

    The same rows give the same model to the bit. Features may be made once, to train on several parts of the rows:

        model = LinearModel("en")
        features = model.vectorize(texts)
        for part in parts:
            model.train(features[part], labels[part])
    """

    def __init__(
        self, language: str = "en", c: float = C, tolerance: float = TOLERANCE, most_features: int | None = None
    ) -> None:
        """Of the features, only the commonest may be wanted.

        The training ends where no number of the gradient, divided by the sum of the weights, is above `tolerance`.
        """
        self.c = c
        self.tolerance = tolerance
        self.classes: list[str] = []
        self._vectorizer = tfidf_vectorizer(language, most_features)
        self._weights: Weights | None = None

    def fit(self, texts: Sequence[str], labels: Sequence[str], weights: Sequence[float] | None = None) -> LinearModel:
        """Learn from texts and their labels; `weights` say how much each row counts."""
        return self.train(self.vectorize(texts), labels, weights)

    def probabilities(self, texts: Sequence[str]) -> Numbers:
        """How likely each of `classes` is for each text, a row each."""
        return self.predict(self.features(texts))

    def vectorize(self, texts: Sequence[str]) -> Any:
        """The features of texts, a sparse matrix; those of others will be made alike. Raises DataError for no word."""
        return learn_terms(self._vectorizer, texts)

    def features(self, texts: Sequence[str]) -> Any:
        """The features of other texts than those that were vectorized."""
        return self._vectorizer.transform(texts)

    def train(
        self,
        features: Any,
        labels: Sequence[str],
        weights: Sequence[float] | None = None,
        soft: Sequence[Mapping[str, float] | None] | None = None,
    ) -> LinearModel:
        """Learn from features and labels of rows, see `path`."""
        nearer = [c for c in (10.0, 100.0, 1000.0) if c < self.c]  # from afar, Newton's method overshoots
        for _ in self.path(features, labels, weights, [*nearer, self.c], soft):
            pass
        return self

    def path(
        self,
        features: Any,
        labels: Sequence[str],
        weights: Sequence[float] | None,
        cs: Sequence[float],
        soft: Sequence[Mapping[str, float] | None] | None = None,
    ) -> Iterator[float]:
        """Learn with each C in turn, which begins where the one before has ended.

        Rows that are not sure of their label say in `soft` how likely each is.
        """
        import numpy as np

        self.classes = known_labels(labels, soft)
        targets = target_shares(labels, soft, self.classes)
        counts = np.ones(len(labels)) if weights is None else np.array(weights, np.float64)
        if len(self.classes) == 1:
            for self.c in cs:
                yield self.c
            return
        found = fit_path(features, targets, counts, cs, self.tolerance)
        for self.c, self._weights in zip(cs, found, strict=True):
            yield self.c

    def predict(self, features: Any) -> Numbers:
        """How likely each of `classes` is, by features."""
        import numpy as np

        if len(self.classes) == 1:
            return np.ones((features.shape[0], 1))
        assert self._weights is not None
        with one_thread():
            return softmax((features @ self._weights[:-1]).astype(np.float64) + self._weights[-1])


def out_of_fold(
    texts: Sequence[str],
    labels: Sequence[str],
    groups: Sequence[Hashable] | None = None,
    folds: int = 5,
    seed: int = 0,
    *,
    language: str = "en",
    c: float = C,
    tolerance: float = TOLERANCE,
    most_features: int | None = None,
) -> Numbers:
    """How likely each label, in sorted order, is for each text, by a model that has not seen it.

    Rows of one of `groups` are in one fold, and labels are spread evenly over the folds.
    """
    import numpy as np

    classes = sorted({*labels})
    place = {label: column for column, label in enumerate(classes)}
    found = np.zeros((len(texts), len(classes)))
    for seen, unseen in grouped_folds(labels, groups or range(len(texts)), folds, seed):
        model = LinearModel(language, c, tolerance, most_features)
        model.fit([texts[row] for row in seen], [labels[row] for row in seen])
        columns = [place[label] for label in model.classes]
        found[np.ix_(unseen, columns)] = model.probabilities([texts[row] for row in unseen])
    return found
