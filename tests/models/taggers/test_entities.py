"""Scores of entities, compared with seqeval."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import classification_report, f1_score
from seqeval.scheme import IOB2

from augcli.errors import ResourceError
from augcli.models import device
from augcli.models.taggers.base import repair
from augcli.models.taggers.entities import count_entities, entity_f1, entity_scores

TAGS = st.sampled_from(["O", "B-a", "I-a", "B-b", "I-b", "B-c"])


@st.composite
def tagged(draw: st.DrawFn) -> tuple[list[list[str]], list[list[str]]]:
    """True and predicted tags of some sentences, often the same."""
    truth = draw(st.lists(st.lists(TAGS, max_size=6).map(repair), min_size=1, max_size=6))
    found = [draw(st.one_of(st.just(row), st.lists(TAGS, min_size=len(row), max_size=len(row)))) for row in truth]
    return truth, [repair(row) for row in found]


@given(tagged())
def test_scores_and_counts_are_those_of_seqeval(rows: tuple[list[list[str]], list[list[str]]]) -> None:
    truth, found = rows
    scores = entity_scores(truth, found)
    if not any(tag != "O" for part in rows for row in part for tag in row):
        assert scores == (0, 0, {})
        return
    strict: dict[str, Any] = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
    report: Any = classification_report(truth, found, output_dict=True, **strict)
    assert scores.f1 == pytest.approx(f1_score(truth, found, **strict))
    assert scores.macro_f1 == pytest.approx(report["macro avg"]["f1-score"])
    types = {kind for kind in "abc" if kind in report and report[kind]["support"]}
    assert scores.recalls == pytest.approx({kind: report[kind]["recall"] for kind in types})
    counts = [count_entities(*pair) for pair in zip(truth, found, strict=True)]
    right, predicted, true = map(sum, zip(*counts, strict=True))
    assert right / max(1, predicted) == pytest.approx(report["micro avg"]["precision"])
    assert right / max(1, true) == pytest.approx(report["micro avg"]["recall"])
    assert true == report["micro avg"]["support"]
    assert entity_f1(truth, found) == pytest.approx(scores.f1)


def test_an_entity_counts_when_all_of_it_is_right() -> None:
    assert count_entities(["B-a", "I-a", "B-b"], ["B-a", "O", "B-b"]) == (1, 2, 2)
    assert count_entities(["B-a", "I-a"], ["B-b", "I-b"]) == (0, 1, 1)
    with pytest.raises(ValueError, match="tag 1 is 'I-a'"):
        count_entities(["I-a"], ["O"])


def test_types_may_have_hyphens_anywhere() -> None:
    scores = entity_scores([["B-x", "B--x", "B-x-", "B--"]], [["B-x", "B-x", "B-x-", "B--"]])
    assert scores.recalls == {"x": 1, "-x": 0, "x-": 1, "-": 1}
    assert scores.f1 == 0.75


def test_without_seqeval_the_extra_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(device, "version", missing)
    device.need.cache_clear()
    with pytest.raises(ResourceError, match=r"seqeval is not installed.*augcli\[tags\]"):
        entity_scores([["O"]], [["O"]])
