"""Spans after edits."""

from __future__ import annotations

import pytest

from augcli.text.edits import Edit, Span, apply, move_spans


@pytest.mark.parametrize(
    ("text", "span", "edits", "moved"),
    [
        ("to N.Y. now", (3, 7, "LOC"), [(3, 4, ""), (5, 6, "")], []),
        ("to N.Y. now", (3, 7, "LOC"), [(5, 6, "")], [(3, 6, "LOC")]),
        ("ha :) ha", (3, 5, "EMO"), [(0, 3, "")], [(0, 2, "EMO")]),
        ("see (5) here", (4, 7, "REF"), [(5, 6, "")], []),
    ],
)
def test_spans_of_marks_alone_go(text: str, span: Span, edits: list[Edit], moved: list[Span]) -> None:
    assert move_spans([span], edits, text, apply(text, edits)) == moved
