"""Logistic regression by Newton's method, on labels or on probabilities of labels, which scikit-learn does not take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float64]
    Weights: TypeAlias = NDArray[np.float32]

UNKNOWN = -1e4
"""The logit of a label that no row has."""
_STEPS, _INNER_STEPS = 50, 60
"""Of Newton's method, and of conjugate gradients within each."""
_SURE = 1e-3
"""Share of the rows that at least counts in the curvature of an intercept: with all rows sure, steps would be huge."""


@cache
def _controller() -> Any:
    """Of the threads of numeric libraries; finding these libraries takes longer than a small training."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_thread() -> Any:
    """A context in which numeric libraries use one thread, so that the same numbers come out on every machine."""
    import numpy  # noqa: F401  # loads the libraries

    return _controller().limit(limits=1)


def known_labels(labels: Sequence[str], soft: Sequence[Mapping[str, float] | None] | None) -> list[str]:
    """All labels of rows, sorted; those that rows only hold possible, too."""
    return sorted({*labels, *(label for row in soft or () for label in row or ())})


def target_shares(
    labels: Sequence[str], soft: Sequence[Mapping[str, float] | None] | None, classes: Sequence[str]
) -> Numbers:
    """The probability of each of `classes`, a row each: those in `soft`, or else all of it for the label."""
    import numpy as np

    places = {label: column for column, label in enumerate(classes)}
    targets = np.zeros((len(labels), len(classes)))
    for row, (label, likely) in enumerate(zip(labels, soft or [None] * len(labels), strict=True)):
        for one, share in (likely or {label: 1.0}).items():
            targets[row, places[one]] = share
    targets /= targets.sum(axis=1, keepdims=True)
    return targets


def softmax(logits: Numbers) -> Numbers:
    """Probabilities, a row each."""
    import numpy as np

    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: Numbers = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def fit_path(
    features: Any, targets: Numbers, counts: Numbers, cs: Sequence[float], tolerance: float
) -> Iterator[Weights]:
    """The weights with each C in turn, which begin where those before have ended; see `fit_probabilities`."""
    import numpy as np

    found: Weights | None = None
    bases = _of_one_row_joined(features) if hasattr(features, "tocsr") else None
    fewer = features if bases is None else features @ bases
    for c in cs:
        with one_thread():
            found = fit_probabilities(fewer, targets, counts, c, tolerance, found)
        yield found if bases is None else np.vstack([bases @ found[:-1], found[-1:]])


def _of_one_row_joined(features: Any) -> Any:
    """A matrix by which features become fewer, and which makes weights for all of them of weights for these.

    Of features that one row alone has, such as most pairs of words, the best weights are in proportion to their values,
    so that one feature does for all of them. Those of no row weigh nothing.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    by_feature = features.tocsc()
    by_feature.eliminate_zeros()
    rows = np.diff(by_feature.indptr)
    shared, single = np.flatnonzero(rows > 1), np.flatnonzero(rows == 1)
    places = by_feature.indptr[single]
    values = by_feature.data[places].astype(np.float64)
    owners, columns = np.unique(by_feature.indices[places], return_inverse=True)
    lengths = np.sqrt(np.bincount(columns, values**2))
    entries = np.concatenate([np.ones(len(shared)), values / lengths[columns]]).astype(np.float32)
    targets = np.concatenate([np.arange(len(shared)), len(shared) + columns])
    shape = (features.shape[1], len(shared) + len(owners))
    return csr_matrix((entries, (np.concatenate([shared, single]), targets)), shape=shape)


def fit_probabilities(
    features: Any, targets: Numbers, counts: Numbers, c: float, tolerance: float, start: Weights | None = None
) -> Weights:
    """The weights of each feature (rows) for each label (columns); the last row are the intercepts.

    `features` have a row for each text, in single precision, dense or sparse; `targets` a probability for each label;
    `counts` say how much a row counts. It minimises the weighted cross-entropy and half of the squared weights, divided
    by `c`, as LogisticRegression of scikit-learn does, from `start` on, until no number of the gradient, divided by the
    sum of `counts`, is above `tolerance`. Conjugate gradients find the steps (Nocedal and Wright 2006, algorithm 7.1),
    preconditioned by the diagonal of the curvature.
    """
    import numpy as np

    problem = _Problem(features, targets, counts, c)
    total, weights = float(counts.sum()), start
    if weights is None:
        weights = np.zeros((features.shape[1] + 1, targets.shape[1]), np.float32)
    loss, shares = problem.loss(weights)
    for _ in range(_STEPS):
        gradient = problem.gradient(weights, shares)
        if np.abs(gradient).max() <= tolerance * total:
            break
        step = _step(problem, gradient, shares, total)
        slope, length = _dot(gradient, step), 1.0
        while True:
            tried = weights + np.float32(length) * step
            found, likely = problem.loss(tried)
            if found <= loss + 1e-4 * length * slope:
                break
            length /= 2
            if length < 1e-3:  # single precision sees no way down
                return weights
        weights, loss, shares = tried, found, likely
    return weights


def _step(problem: _Problem, gradient: Weights, shares: Weights, total: float) -> Weights:
    """About the step to the minimum of the quadratic that has this gradient and the curvature here."""
    import numpy as np

    step, residual = np.zeros_like(gradient), -gradient
    scale = problem.diagonal(shares)
    direction = residual / scale
    size, slope = _dot(residual, residual), _dot(residual, direction)
    enough = min(0.25, np.sqrt(np.sqrt(size) / total)) ** 2 * size
    for _ in range(_INNER_STEPS):
        curved = problem.curvature(direction, shares)
        length = np.float32(slope / _dot(direction, curved))
        step += length * direction
        residual -= length * curved
        if _dot(residual, residual) <= enough:
            break
        scaled = residual / scale
        last, slope = slope, _dot(residual, scaled)
        direction *= np.float32(slope / last)
        direction += scaled
    return step


def _dot(first: Weights, second: Weights) -> float:
    import numpy as np

    return float(np.multiply(first, second).sum(dtype=np.float64))


class _Problem:
    """The loss of weights, its gradient and its curvature."""

    def __init__(self, features: Any, targets: Numbers, counts: Numbers, c: float) -> None:
        import numpy as np

        self._features = features
        dense = not hasattr(features, "tocsr")
        transposed: Any = np.ascontiguousarray(features.T) if dense else features.T.tocsr()
        self._transposed, self._squared = transposed, np.square(transposed) if dense else transposed.power(2)
        self._counts = counts.astype(np.float32)[:, None]
        self._wanted = targets.astype(np.float32) * self._counts
        # of two labels, scikit-learn has one column of weights, whose square counts as much as those of both here
        self._c = np.float32(c / 2 if targets.shape[1] == 2 else c)

    def loss(self, weights: Weights) -> tuple[float, Weights]:
        """The loss, and how likely each label is for each row."""
        import numpy as np

        logits = self._features @ weights[:-1] + weights[-1]
        logits -= logits.max(axis=1, keepdims=True)
        powers = np.exp(logits)
        sums = powers.sum(axis=1, keepdims=True)
        found = (self._counts * np.log(sums)).sum(dtype=np.float64) - _dot(self._wanted, logits)
        return float(found + _dot(weights[:-1], weights[:-1]) / (2 * self._c)), powers / sums

    def gradient(self, weights: Weights, shares: Weights) -> Weights:
        """The gradient of the loss."""
        return self._spread(shares * self._counts - self._wanted, weights)

    def curvature(self, direction: Weights, shares: Weights) -> Weights:
        """The change of the gradient along a direction."""
        change = shares * (self._features @ direction[:-1] + direction[-1])
        change -= shares * change.sum(axis=1, keepdims=True)
        return self._spread(change * self._counts, direction)

    def diagonal(self, shares: Weights) -> Weights:
        """How much each number of the gradient changes with its own weight."""
        import numpy as np

        rows = self._counts * shares * (1 - shares)
        found = np.empty((self._squared.shape[0] + 1, rows.shape[1]), np.float32)
        found[:-1] = self._squared @ rows
        found[:-1] += 1 / self._c
        found[-1] = np.maximum(rows.sum(axis=0), _SURE * self._counts.sum())
        return found

    def _spread(self, rows: Weights, weights: Weights) -> Weights:
        import numpy as np

        found = np.empty_like(weights)
        found[:-1] = self._transposed @ rows
        found[:-1] += weights[:-1] / self._c
        found[-1] = rows.sum(axis=0)
        return found


@dataclass(frozen=True)
class Head:
    """Logistic regression on features, which may be scaled to have mean 0 and deviation 1."""

    mean: Weights
    deviation: Weights
    weights: Weights
    """Of each feature (rows) for each label (columns); the last row are the intercepts."""

    @classmethod
    def path(
        cls, features: Any, targets: Numbers, counts: Numbers, cs: Sequence[float], tolerance: float, *, scaled: bool
    ) -> Iterator[Head]:
        """Heads with each C in turn, each of which begins where the one before has ended; see `fit_path`."""
        import numpy as np

        width = features.shape[1]
        mean, deviation = np.zeros(width, np.float32), np.ones(width, np.float32)
        if scaled:
            mean, deviation = features.mean(axis=0).astype(np.float32), features.std(axis=0).astype(np.float32)
            deviation[deviation == 0] = 1
        known = targets.sum(axis=0) > 0
        for found in fit_path(_scaled(features, mean, deviation), targets[:, known], counts, cs, tolerance):
            weights = np.zeros((width + 1, len(known)), np.float32)
            weights[-1] = UNKNOWN  # of a label that no row has
            weights[:, known] = found
            yield cls(mean, deviation, weights)

    def logits(self, features: Any) -> Numbers:
        """The logarithm of how likely each label is, a row each, but for a constant in each row."""
        weights = self.weights.astype(float)  # in single precision, a row would depend on how many stand beside it
        with one_thread():
            found: Numbers = _scaled(features, self.mean, self.deviation) @ weights[:-1] + weights[-1]
        return found


def _scaled(features: Any, mean: Weights, deviation: Weights) -> Any:
    import numpy as np

    return features if hasattr(features, "tocsr") else ((features - mean) / deviation).astype(np.float32)
