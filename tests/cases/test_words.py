"""Words deleted, swapped and moved, as people look at them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from augcli.plugin import find
from augcli.steps.step import Step
from augcli.text.edits import apply
from augcli.text.protect import PATTERNS, Protector
from augcli.text.rng import Rng
from augcli.text.text import Text


def drawn(name: str, value: str, language: str = "en", **parameters: Any) -> set[str]:
    step = find(Step, name).model_validate(parameters)
    step.setup(language)
    text = Text(value, language, Protector(list(PATTERNS)).intervals(value))
    return {apply(value, edits) for edits in step.edit_batch([text] * 200, [Rng(str(key)) for key in range(200)])}


@pytest.mark.parametrize(
    "value",
    [
        "we left the old house",
        "we left the old house.",
        "one two  three four\nfive six seven",
        "(one two three) four, five six",
        "Dear all,\r\n  please come soon\r\n\r\nRui Matos",
        "Hello.  The dog  sleeps here.",
    ],
)
def test_deleted_words_leave_no_blank_behind(value: str) -> None:
    for after in drawn("random_delete", value, rate=0.6):
        assert not re.search(r" (?=\n|\r|\Z)", after), after
        assert after.count("  ") <= value.count("  "), after
        assert not re.search(r" [.,)]", after), after
        assert re.findall(r"[\r\n]", after) == re.findall(r"[\r\n]", value), after


@pytest.mark.parametrize(
    ("value", "language"),
    [
        ("she answered 5 of 10 questions", "en"),
        ("rooms 12 and also 14 are free now", "en"),
        ("房费是580到680，住三晚", "zh"),
        ("评分4.7，有3家和5家", "zh"),
        ("推荐您去人均44元评分3.5分的酒家", "zh"),
    ],
)
def test_no_two_numbers_come_to_stand_side_by_side(value: str, language: str) -> None:
    found = drawn("random_delete", value, language, rate=0.7)
    assert len(found) > 1
    assert not [after for after in found if re.search(r"\d\s+\d|580680|元3", after)]
    assert not [after for after in found if len(re.findall(r"\d+", after)) != len(re.findall(r"\d+", value))]


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [
        ("Give films time.", "en", "Films give time."),
        ("Always help me.", "en", "Help always me."),
        ("May came late.", "en", "Came May late."),
        ("Great films win.", "en", "Films great win."),
        ("London is big.", "en", "Is London big."),
        ("Google grew fast.", "en", "Grew Google fast."),
        ("I'm here now.", "en", "Here I'm now."),
        ("NASA said so.", "en", "said NASA so."),
        ("Black Friday came.", "en", "Friday Black came."),
        ("Der Hund schläft.", "de", "Hund der schläft."),
        ("Hunde bellen laut.", "de", "Bellen Hunde laut."),
    ],
)
def test_a_common_word_leaves_its_capital_where_the_sentence_begins(value: str, language: str, expected: str) -> None:
    assert expected in drawn("random_swap", value, language, rate=0.1)


def test_reversed_words_leave_the_capital_where_the_sentence_begins() -> None:
    assert drawn("reverse", "The old dog saw Rui. He barked.") == {"Barked he Rui saw dog. Old the."}
