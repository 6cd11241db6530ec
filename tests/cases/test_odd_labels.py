"""Labels that are likely one label, and texts under two labels, are told before the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cases.test_joined_labels import told


@pytest.mark.parametrize(
    ("labels", "note"),
    [
        (
            ["ask", "Ask", "ask", "tell"],
            "labels differ only in case, blanks or underscores: 'ask' (2), 'Ask' (1); write",
        ),
        (["my card", "my_card "], "'my card' (1), 'my_card ' (1)"),
    ],
)
def test_labels_that_are_alike_are_noted(tmp_path: Path, labels: list[str], note: str) -> None:
    assert note in told(tmp_path, labels)


@pytest.mark.parametrize(
    ("labels", "note"),
    [
        (["a", "b", None, "N/A", " - "], "3 of 5 rows have no label ('null', 'N/A', ' - '), which counts as a label"),
        (["a", "a", "a"], "all 3 rows have the label 'a'; see that input.label names the right column"),
        ([["a"], ["a"], ["b", "a"]], "all 3 rows have the label 'a'"),
    ],
)
def test_missing_labels_and_single_ones_are_noted(tmp_path: Path, labels: list[Any], note: str) -> None:
    assert note in told(tmp_path, labels)


def test_labels_that_differ_are_not(tmp_path: Path) -> None:
    notes = told(tmp_path, ["a", "none", [], "nan a"])
    assert "have no label" not in notes
    assert "have the label" not in notes


def test_long_labels_are_shortened(tmp_path: Path) -> None:
    assert len(told(tmp_path, ["a" * 5000, "A" * 5000])) < 2000


def test_other_labels_are_not(tmp_path: Path) -> None:
    assert "differ only" not in told(tmp_path, ["ask", "asks", "tell", "1", "10"])
