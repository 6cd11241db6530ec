"""Differences word by word, from the edits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.report.diff import word_diff
from augcli.text.edits import Edit, apply


def shown(text: str, *steps: list[Edit]) -> str:
    signs = {"": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
    return "".join(signs[kind].format(piece) for kind, piece in word_diff(text, steps))


@pytest.mark.parametrize(
    ("text", "steps", "expected"),
    [
        ("a good film", [[(2, 6, "fine")]], "a [-good-]{+fine+} film"),
        ("a good film", [[(3, 4, "u")]], "a [-good-]{+guod+} film"),
        ("a good film", [[(6, 7, "")]], "a good[- -]film"),
        ("a good film", [[(2, 7, "")]], "a [-good -]film"),
        ("a good film", [[(2, 3, "f")], [(2, 3, "g")]], "a good film"),
        ("a good film", [[(2, 2, "very ")]], "a {+very +}good film"),
        ("这家好店", [[(2, 3, "大")]], "这家[-好-]{+大+}店"),
        ("it's a-b", [[(0, 1, "I")], [(7, 8, "c")]], "[-it-]{+It+}'s a-[-b-]{+c+}"),
        ("same", [], "same"),
    ],
)
def test_whole_words_change(text: str, steps: list[list[Edit]], expected: str) -> None:
    assert shown(text, *steps) == expected


@st.composite
def edits_of(draw: st.DrawFn, text: str) -> list[Edit]:
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    new = st.text("ab 好.", max_size=3)
    return [(start, end, draw(new)) for start, end in zip(places[::2], places[1::2], strict=False)]


@given(st.text("ab 好.", max_size=30), st.data())
def test_both_texts_are_in_the_difference(text: str, data: st.DataObject) -> None:
    first = data.draw(edits_of(text))
    middle = apply(text, first)
    second = data.draw(edits_of(middle))
    parts = word_diff(text, [first, second])
    assert "".join(piece for kind, piece in parts if kind != "+") == text
    assert "".join(piece for kind, piece in parts if kind != "-") == apply(middle, second)
