from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from augcli.checks.check import Check
from augcli.checks.rules import Changed, LengthRatio, Unique
from augcli.plugin import find

PAIR = ("What is the fee?", "It is two pounds.")


def test_a_variant_must_differ_in_a_column() -> None:
    assert Changed().reject_reason(PAIR, PAIR, []) == "unchanged"
    assert Changed().reject_reason(PAIR, (PAIR[0], "It is 2 pounds."), []) is None


def test_a_variant_must_differ_from_those_of_its_row() -> None:
    taken = [("What is the charge?", PAIR[1])]
    assert Unique().reject_reason(PAIR, taken[0], taken) == "duplicate"
    assert Unique().reject_reason(PAIR, ("What is the charge?", "Two pounds."), taken) is None


@pytest.mark.parametrize("length", [5, 15])
def test_both_ends_of_a_length_ratio_are_allowed(length: int) -> None:
    assert LengthRatio(min=0.5, max=1.5).reject_reason(("x" * 10,), ("y" * length,), []) is None


@pytest.mark.parametrize("length", [4, 16])
def test_beyond_a_length_ratio_the_reason_tells_both_lengths(length: int) -> None:
    reason = LengthRatio(min=0.5, max=1.5).reject_reason(("x" * 10,), ("y" * length,), [])
    assert reason == f"length {length} is not within 0.5 to 1.5 times 10"


def test_each_column_keeps_to_the_length_ratio() -> None:
    assert LengthRatio().reject_reason(("ten letters", "two"), ("ten letters", "twenty two"), []) is not None


def test_an_empty_column_stays_empty() -> None:
    assert LengthRatio().reject_reason(("", "a"), ("", "b"), []) is None
    assert LengthRatio().reject_reason(("", "a"), ("a", "b"), []) is not None


@pytest.mark.parametrize("bounds", [{"min": -0.1}, {"max": 0}, {"min": "a"}])
def test_bounds_out_of_range_are_errors(bounds: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LengthRatio.model_validate(bounds)


@given(st.tuples(st.text(max_size=20), st.text(max_size=20)))
def test_what_equals_its_source_is_unchanged_and_of_its_length(texts: tuple[str, str]) -> None:
    assert find(Check, "changed")().reject_reason(texts, texts, []) == "unchanged"
    assert find(Check, "length_ratio")().reject_reason(texts, texts, []) is None
