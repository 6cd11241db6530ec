"""What is cut off, how much of it, and what stays."""

from __future__ import annotations

from typing import Any

import pytest

from augcli.language.negation import count_negations
from augcli.steps.noise.crop import Crop
from augcli.text.edits import Interval, apply
from augcli.text.rng import Rng
from augcli.text.text import Text


def cropped(value: str, language: str = "en", protected: tuple[Interval, ...] = (), **parameters: Any) -> set[str]:
    text, step = Text(value, language, protected), Crop(**parameters)
    return {apply(value, step.edit(text, Rng(str(key)))) for key in range(80)}


@pytest.mark.parametrize(
    ("value", "language", "parameters", "left"),
    [
        ("One two three four.", "en", {"rate": 0.5, "at": "end"}, {"One two three.", "One two."}),
        ("One two three four.", "en", {"rate": 0.5, "at": "start"}, {"Two three four.", "Three four."}),
        ("One two three four.", "en", {"rate": 0.25}, {"Two three four.", "One two three."}),
        ("a b c d", "en", {"rate": 0.25, "at": "anywhere"}, {"b c d", "a c d", "a b d", "a b c"}),
        ("a b c d", "en", {"rate": 1.0, "at": "end", "min": 3}, {"a"}),
        ("a b c d", "en", {"rate": 0.0}, {"a b c d"}),
        ("word", "en", {"rate": 1.0}, {"word"}),
        ("我们喜欢音乐。", "zh", {"at": "end"}, {"我们喜欢。"}),
        ("It is good. We eat. Go on!", "en", {"at": "start"}, {"We eat. Go on!"}),
        (
            "It is good. We eat. Go on!",
            "en",
            {"at": "anywhere"},
            {"We eat. Go on!", "It is good. Go on!", "It is good. We eat."},
        ),
    ],
)
def test_what_is_left(value: str, language: str, parameters: dict[str, Any], left: set[str]) -> None:
    assert cropped(value, language, **parameters) == left


def test_negations_brackets_and_protected_text_stay() -> None:
    value = "I do not like it (really) at all and never buy ACME again"
    start = value.index("ACME")
    for variant in cropped(value, protected=((start, start + 4),), at="anywhere", rate=0.6):
        assert "ACME" in variant
        assert "(" in variant
        assert ")" in variant
        assert count_negations(variant, "en") == 2
        assert "not like" in variant.lower()
        assert "never buy" in variant
