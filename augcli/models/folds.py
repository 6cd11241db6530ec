"""Rows split into parts of which each is tested on once."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

HELD_OUT = 6
"""One row in so many decides when a network has learnt enough."""
TOO_FEW = "a network needs two rows of some label at least, to hold some out; give it more rows"


def grouped_folds(
    labels: Sequence[str], groups: Sequence[Hashable], count: int, seed: int
) -> Iterator[tuple[list[int], list[int]]]:
    """Places to train on and to test on: labels evenly spread, no group on both sides.

    There are `count` folds, or as many as there are groups, or rows of the largest label; none where that is one.
    """
    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold

    count = min(count, max(Counter(labels).values(), default=0), len({*groups}))
    if count < 2:
        return
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed % (1 << 32))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class")  # such a label is missing in some folds
        for training, tested in splitter.split(np.zeros(len(labels)), labels, [numbers[group] for group in groups]):
            if len(training) and len(tested):
                yield training.tolist(), tested.tolist()
