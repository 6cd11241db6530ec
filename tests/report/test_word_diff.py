"""Differences word by word, from the edits."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.report.diff import replaced_words, with_spans, word_diff
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


@pytest.mark.parametrize(
    ("text", "edits", "expected"),
    [
        ("I want food", [(3, 4, "s")], [("want", "wsnt")]),
        ("I want food", [(3, 4, "s"), (5, 6, "r"), (7, 11, "bread")], [("want", "wsnr"), ("food", "bread")]),
        ("want it", [(2, 2, " ")], [("want", "wa nt")]),
        ("good film", [(4, 5, "")], [("good film", "goodfilm")]),
        ("a good film", [(1, 6, "")], [("good", "")]),
        ("Card", [(0, 4, "Credit")], [("card", "credit")]),
        ("card", [(0, 4, "CARD")], [("card", "CARD")]),
        ("这家好店", [(2, 3, "大")], [("好", "大")]),
        ("สวัสดีครับ", [(1, 2, "ก")], [("ว", "ก")]),
        ("so so", [], []),
    ],
)
def test_replaced_words(text: str, edits: list[Edit], expected: list[tuple[str, str]]) -> None:
    assert replaced_words(text, edits) == expected


@given(st.text("ab c", min_size=1, max_size=12), st.data())
def test_entities_keep_the_pieces(text: str, data: st.DataObject) -> None:
    edits = data.draw(edits_of(text))
    ends = sorted(data.draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=2)))
    parts = word_diff(text, [edits])
    cut = with_spans(parts, [(ends[0], ends[1], "city")], [])
    assert [(kind, "".join(one[1] for one in some)) for kind, some in groupby(cut, lambda one: one[0])] == parts
    assert "".join(piece for kind, piece, span in cut if span == "city" and kind != "+") == text[slice(*ends)]


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
