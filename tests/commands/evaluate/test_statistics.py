import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.commands.evaluate.statistics import holm, over_draws, over_folds


def test_corrected_t_as_worked_out_by_hand() -> None:
    found = over_folds([1.0, 2.0, 3.0, 4.0, 5.0], 0.25)
    error = np.std([1, 2, 3, 4, 5], ddof=1) * np.sqrt(1 / 5 + 0.25)
    assert found.mean == 3
    assert found.low == pytest.approx(3 - 2.131847 * error)
    assert found.high == pytest.approx(3 + 2.131847 * error)
    assert found.visible == pytest.approx((2.131847 + 0.940965) * error)


def test_one_split_tells_nothing() -> None:
    found = over_folds([4.0], 0.25)
    assert (found.low, found.high, found.p) == (-np.inf, np.inf, 1)


def test_no_difference_is_none_for_sure() -> None:
    assert over_draws(np.zeros((5, 40)), np.zeros((5, 40)), 0) == (0, 0, 0, 1, 0)
    assert over_folds([0.0] * 5, 0.25)[:4] == (0, 0, 0, 1)
    assert over_folds([0.0] * 5, 0.25, least=2.0).visible == pytest.approx(over_folds([1e-9] * 5, 0.25, 2.0).visible)
    one_row = over_draws(np.zeros((5, 40)), np.zeros((5, 40)), 0, 100.0).visible
    assert one_row == pytest.approx((1.644854 + 0.841621) * 100 / 40, rel=1e-5)


@pytest.mark.slow
def test_bootstrap_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(7)
    held = 0
    for _ in range(100):
        draws = random.normal(0, 2, (5, 1))
        rows = random.normal(0, 20, (1, 300))
        differences = draws + rows + random.normal(0, 20, (5, 300))
        found = over_draws(differences, differences, 1)
        held += found.low <= 0 <= found.high
    assert 78 <= held <= 99


def test_holm_as_worked_out_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_lowers_and_keeps_the_order(values: list[float]) -> None:
    adjusted = holm(values)
    assert all(value <= other <= 1 for value, other in zip(values, adjusted, strict=True))
    ranked = sorted(range(len(values)), key=lambda at: values[at])
    assert [adjusted[at] for at in ranked] == sorted(adjusted)
