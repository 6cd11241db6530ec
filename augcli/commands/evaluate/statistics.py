"""Differences of paired measurements, with the intervals that their dependence allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float64]

LEVEL = 0.90
"""Of all intervals, which are two-sided."""
POWER = 0.80
"""With which the smallest visible gain would be seen, by a one-sided test at (1 - LEVEL) / 2."""
_SAMPLES = 4000


class Difference(NamedTuple):
    """What an arm differs from another one by; in the unit of what was measured."""

    mean: float
    low: float
    high: float
    """The interval of LEVEL."""
    p: float
    """Of no difference, two-sided."""
    visible: float
    """The smallest gain that would have been seen with POWER."""


def over_folds(differences: Sequence[float], tested: float, least: float = 0.0) -> Difference:
    """The mean of paired differences over resampled splits, by the corrected t of Nadeau & Bengio (2003).

    `tested` is the rows tested on by the rows trained on in a split. The training parts of splits overlap, so that the
    variance of the mean is (1 / splits + tested) times that of the differences, not 1 / splits times. `least` is the
    standard deviation that a difference has at least, as it is made of so few rows; a few splits may agree by chance.
    """
    import numpy as np
    from scipy import stats

    values = np.asarray(differences, float)
    count = len(values)
    mean = float(values.mean())
    if count < 2:
        return Difference(mean, -np.inf, np.inf, 1.0, np.inf)
    error = standard_error(differences, tested, least)
    if not values.any():
        return Difference(0.0, 0.0, 0.0, 1.0, _visible(error, count - 1))
    freedom = count - 1
    wide = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * error
    p = float(2 * stats.t.sf(abs(mean) / error, freedom)) if error else float(mean == 0)
    return Difference(mean, mean - wide, mean + wide, p, _visible(error, freedom))


def _visible(error: float, freedom: float) -> float:
    from scipy import stats

    return float(stats.t.ppf((1 + LEVEL) / 2, freedom) + stats.t.ppf(POWER, freedom)) * error


def standard_error(differences: Sequence[float], tested: float, least: float = 0.0) -> float:
    """Of the mean of two or more paired differences; as `over_folds` has it."""
    import numpy as np

    return max(float(np.std(differences, ddof=1)), least) * float(np.sqrt(1 / len(differences) + tested))


def over_draws(differences: Numbers, fewer_errors: Numbers, seed: int, unit: float = 0.0) -> Difference:
    """The mean difference on one test set, by a bootstrap of two levels: training draws, then test rows.

    Both have a row for each draw of training rows and a column for each test row. `fewer_errors` says by how many
    errors less was made, for a sign test over the rows that differ, `unit` how much a row can differ by.
    """
    import numpy as np
    from scipy import stats

    draws, rows = differences.shape
    mean = float(differences.mean())
    if not differences.any():
        return Difference(0.0, 0.0, 0.0, 1.0, _visible(unit / rows, np.inf))
    random = np.random.default_rng(abs(seed))
    by_draw = random.multinomial(draws, np.full(draws, 1 / draws), _SAMPLES) / draws
    widened = _widened(differences)
    means = np.empty(_SAMPLES)
    for at in range(0, _SAMPLES, 500):
        by_row = random.multinomial(rows, np.full(rows, 1 / rows), 500) / rows
        means[at : at + 500] = ((by_draw[at : at + 500] @ widened) * by_row).sum(axis=1)
    error = float(means.std(ddof=1))
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    p = float(2 * stats.norm.sf(abs(mean) / error)) if error else 1.0
    by_test_row = np.sign(fewer_errors.sum(axis=0))
    better, differing = int((by_test_row > 0).sum()), int((by_test_row != 0).sum())
    if differing:  # where few rows differ, the bootstrap is too sure
        p = max(p, float(stats.binomtest(better, differing).pvalue))
    return Difference(mean, float(low), float(high), p, _visible(error, np.inf))


def _widened(differences: Numbers) -> Numbers:
    """`differences` with the means of the draws spread by sqrt(n / (n - 1)): a bootstrap of few draws is too narrow."""
    draws = len(differences)
    if draws < 2:
        return differences
    means = differences.mean(axis=1, keepdims=True)
    whole = means.mean()
    widened: Numbers = differences + (means - whole) * ((draws / (draws - 1)) ** 0.5 - 1)
    return widened


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for how many there are (Holm 1979), in their order."""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = highest
    return adjusted
