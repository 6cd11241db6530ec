"""Labels that are lists in one text, and chains that balance nothing, are told before the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cases.test_refusals import config, said
from tests.support.running import called

JOINED = "labels are lists in one text"
NOTHING = "chain even requests no variants: no label has fewer rows than balance: max asks for"


def told(folder: Path, labels: list[Any], goal: Any = "max") -> str:
    """What check notes, and run too."""
    data = [{"text": f"many words stand in row {n} here", "label": label} for n, label in enumerate(labels)]
    chains = {"even": {"variants": {"balance": goal}, "steps": ["random_swap"]}}
    file = config(folder, data, chains=chains)
    checked, done = called("check", file, cwd=folder), called("run", file, "--overwrite", cwd=folder)
    assert checked.returncode == done.returncode == 0, said(checked)
    notes = [line for line in said(checked).splitlines() if line.startswith("note: ")]
    for line in (line.removeprefix("note: ") for line in notes if JOINED in line or "requests no" in line):
        assert line in said(done)
    return "\n".join(notes)


@pytest.mark.parametrize(
    "labels",
    [
        ["a|b", "a", "b"],
        ["food|service", "service", "food", "view|food", "view"],
        ["a,b", "b,c", "a,c"],
        ["a;b", "b; c", "c", "a"],
        ["a, b", "a", "b"],
        ["['a', 'b']", "['a']", "['b']"],
        ['["a", "b"]', '["a"]', '["b"]'],
    ],
)
def test_lists_in_one_text_are_noted(tmp_path: Path, labels: list[Any]) -> None:
    notes = told(tmp_path, labels)
    assert JOINED in notes
    assert "write them as lists (JSON, Parquet), or give each label a column and name these in input.label" in notes
    assert NOTHING in notes


@pytest.mark.parametrize(
    "labels",
    [
        ["Arts, Crafts & Sewing", "Clothing, Shoes & Jewelry", "Books", "Books"],
        ["sport|football", "sport|tennis", "news|local", "news|world", "news|world"],
        ["Paris, France", "Lyon, France", "Bonn, Germany", "Köln, Germany", "Köln, Germany"],
        ["a", "b", "b"],
        [["a", "b"], ["a"], ["c"]],
        [1, 2, 2],
        ["a|b", *["a"] * 30, *["b"] * 20],
    ],
)
def test_other_labels_are_not(tmp_path: Path, labels: list[Any]) -> None:
    notes = told(tmp_path, labels)
    assert JOINED not in notes
    assert "requests no variants" not in notes


def test_labels_that_are_not_balanced_may_be_joined(tmp_path: Path) -> None:
    data = [{"text": f"many words stand in row {n} here", "label": label} for n, label in enumerate(["a|b", "a", "b"])]
    assert JOINED not in said(called("check", config(tmp_path, data), cwd=tmp_path))


@pytest.mark.parametrize("goal", ["max", "median", 2])
def test_a_chain_that_balances_nothing(tmp_path: Path, goal: Any) -> None:
    notes = told(tmp_path, ["a", "a", "b", "b"], goal)
    assert f"chain even requests no variants: no label has fewer rows than balance: {goal} asks for" in notes
    assert "requests no variants" not in told(tmp_path, ["a", "a", "b", "b"], 3)
