"""What columns are for, told by their names and values."""

from __future__ import annotations

from typing import Any

import pytest

from augcli.run.look.roles import roles
from tests.support.helpers import CROSSWOZ, SNIPS, rows


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"id": 1, "text": "a b", "label": "x"}, {"id": "id", "text": "text", "label": "label"}),
        ({"Utterance": "a b", "Intent": "x"}, {"text": "Utterance", "label": "Intent"}),
        ({"c1": "x", "c2": "a longer one", "c3": "y"}, {"text": "c2", "label": None}),
        ({"said": "a longer one", "kind": 1}, {"text": "said", "label": "kind"}),
        ({"text": "", "label": "x"}, {"text": "text", "label": "label"}),
        ({"text": "a b", "label": [[0, 1, "x"]]}, {"spans": "label", "label": None}),
        ({"text": "a b", "label": ["x"]}, {"spans": None, "label": "label"}),
        ({"n": 1}, {"text": None}),
        ({"text": None, "label": "x"}, {"text": "text", "label": "label"}),
        ({"text": None, "said": "a b", "label": "a much longer name of a class"}, {"text": "said", "label": "label"}),
        ({"label": "a b"}, {"text": "label", "label": None}),
        ({"premise": "a b", "Hypothesis": "c", "label": "x"}, {"text": ["premise", "Hypothesis"], "label": "label"}),
        ({"question1": "a b", "question2": None, "is_duplicate": 1}, {"text": "question1"}),
        ({"text": "a b", "id": 1, "split": "train"}, {"split": None}),
        ({"text": "去北京的火车", "id": 1}, {"language": "zh"}),
        ({"text": "a b", "spans": [[0, 1, "x"]]}, {"spans": "spans"}),
        ({"text": "a b", "entities": ["x"]}, {"spans": None}),
    ],
)
def test_columns_tell_what_they_are_for(row: dict[str, Any], found: dict[str, Any]) -> None:
    told = roles([{**row, **({"id": number} if "id" in row else {})} for number in range(4)])._asdict()
    assert {key: told[key] for key in found} == found


def test_an_id_that_is_there_twice_is_none() -> None:
    assert roles([{"text": "a", "id": 1}, {"text": "b", "id": 1}]).id is None


def test_a_split_has_few_values() -> None:
    some = [{"text": "a b", "split": name} for name in ("train", "test", "train")]
    assert roles(some).split == "split"
    assert roles([{"text": "a b", "split": str(number)} for number in range(50)]).split is None


def test_no_rows_tell_nothing() -> None:
    assert set(roles([])) == {None}


def test_the_samples_tell_all() -> None:
    assert roles(rows(SNIPS)) == ("text", "label", "id", "spans", None, None)
    assert roles(rows(CROSSWOZ)) == ("text", "label", "id", "spans", None, "zh")
