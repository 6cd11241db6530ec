"""Logistic regression on probabilities of labels, where scikit-learn knows labels alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float64]

_MOST = 500
"""Iterations of L-BFGS."""


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


def fit_probabilities(
    features: Any, targets: Numbers, weights: Numbers, c: float, tolerance: float, start: Numbers | None = None
) -> Numbers:
    """The weights of each feature (rows) for each label (columns); the last row are the intercepts.

    `features` have a row for each text, dense or sparse; `targets` a probability for each label, `weights` say how much
    a row counts. It minimises the weighted cross-entropy and the squared weights, which `c` divides, as
    LogisticRegression of scikit-learn does, from `start` on, until no number of the gradient, divided by the sum of
    `weights`, is above `tolerance`.
    """
    import numpy as np
    from scipy.optimize import minimize

    width, labels = features.shape[1], targets.shape[1]
    transposed = features.T.tocsr() if hasattr(features, "tocsr") else features.T
    counts = weights.astype(np.float32)[:, None]
    wanted = targets.astype(np.float32) * counts
    total = float(weights.sum())
    if labels == 2:
        c /= 2  # scikit-learn then has one column, whose square counts as much as both of these

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        known = flat.reshape(width + 1, labels)
        single = known.astype(np.float32)
        logits = features @ single[:-1] + single[-1]
        logits -= logits.max(axis=1, keepdims=True)
        powers = np.exp(logits)
        sums = powers.sum(axis=1, keepdims=True)
        found = (counts * np.log(sums)).sum(dtype=np.float64) - (wanted * logits).sum(dtype=np.float64)
        difference = powers / sums * counts - wanted
        gradient = np.empty_like(known)
        gradient[:-1] = transposed @ difference + known[:-1] / c
        gradient[-1] = difference.sum(axis=0)
        return (found + (known[:-1] ** 2).sum() / (2 * c)) / total, gradient.ravel() / total

    begin = np.zeros((width + 1, labels)) if start is None else start
    options = {"maxiter": _MOST, "gtol": tolerance, "ftol": 0.0}
    result: Numbers = minimize(loss, begin.ravel(), jac=True, method="L-BFGS-B", options=options).x
    return result.reshape(width + 1, labels)
