"""Labels that are likely one label, and texts under two labels, are told before the run."""

from __future__ import annotations

from pathlib import Path

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


def test_other_labels_are_not(tmp_path: Path) -> None:
    assert "differ only" not in told(tmp_path, ["ask", "asks", "tell", "1", "10"])
