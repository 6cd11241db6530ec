"""How often luck alone is taken for a gain: repetition of rows drawn by lot, against the same drawn again."""

from __future__ import annotations

from pathlib import Path

import pytest

from augcli.commands.evaluate.arms import Placebo
from augcli.commands.evaluate.scores import gains
from augcli.config.sections import Evaluate
from tests.commands.evaluate.test_evaluate import data, fits_of, texts

SEEDS = 20


@pytest.mark.slow
@pytest.mark.parametrize("folds", [True, False])
def test_repetition_gains_nothing_over_itself_in_nineteen_of_twenty_draws(tmp_path: Path, folds: bool) -> None:
    covered = 0
    for seed in range(SEEDS):
        found = data(texts(100, seed), None if folds else texts(300, 100 + seed))
        settings = Evaluate(repeats=2 if folds else 5, test=None if folds else "any", sizes=["all" if folds else 60])
        arms = [Placebo(4.0, 1), Placebo(4.0, 2)]
        fits = list(fits_of(found, arms, tmp_path / str(seed), settings, seed))
        ours, theirs = ([fit for fit in fits if fit.arm == arm.name] for arm in arms)
        gain, _ = gains(found, ours, theirs, seed)
        covered += gain.low <= 0 <= gain.high
    assert covered >= SEEDS - 1
