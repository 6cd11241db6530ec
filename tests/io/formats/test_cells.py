"""Lists that stand in CSV cells as pandas, Hugging Face and others write them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from augcli.commands.verify import verify
from augcli.errors import DataError
from augcli.text.cells import is_numpy, read_list, write_value
from tests.support.running import EDITS, run_in
from tests.support.teaching import read_rows

TOKENS = ["Lena", "Brandt", "didn't", "call", "the", "office", "in", "Porto", "today"]
TAGS = ["B-PER", "I-PER", "O", "O", "O", "O", "O", "B-LOC", "O"]
POS = [0, 0, 1, 1, 2, 3, 4, 0, 5]
TEXT = " ".join(TOKENS)
SPANS = [(0, 11, "PER"), (TEXT.index("Porto"), TEXT.index(" today"), "LOC")]
WAYS: dict[str, Callable[[Any], str]] = {"python": repr, "json": json.dumps}


def write_table(path: Path, **cells: str) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([[*cells], [*cells.values()]])


def read(cell: str, way: str) -> Any:
    return json.loads(cell) if way == "json" else eval(cell, {"__builtins__": {}})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("outer", [list, tuple])
def test_tokens_tags_and_what_goes_with_them(tmp_path: Path, way: str, outer: type) -> None:
    write = WAYS[way]
    cells = {"tokens": write(outer(TOKENS)), "ner_tags": write(outer(TAGS)), "pos": write(outer(POS))}
    write_table(tmp_path / "d.csv", **cells)
    keys = {"path": "d.csv", "text": None, "tokens": "tokens", "tags": "ner_tags", "token_columns": ["pos"]}
    target, _ = run_in(tmp_path, keys, "o.csv", chains=EDITS)
    verify(target)
    original, *variants = read_rows(target)
    assert {name: original[name] for name in cells} == cells
    assert len(variants) == 2
    for row in variants:
        tokens, tags, pos = (read(row[name], way) for name in cells)
        assert {type(tokens), type(tags), type(pos)} == {list if way == "json" else outer}
        assert len(tokens) == len(tags) == len(pos)
        assert [*tokens][:2] == ["Lena", "Brandt"]
        assert [tag for tag in tags if tag != "O"] == ["B-PER", "I-PER", "B-LOC"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("inner", [list, tuple])
def test_spans(tmp_path: Path, way: str, inner: type) -> None:
    cell = WAYS[way]([inner(span) for span in SPANS])
    write_table(tmp_path / "d.csv", text=TEXT, spans=cell)
    target, _ = run_in(tmp_path, {"path": "d.csv", "spans": "spans"}, "o.csv", chains=EDITS)
    verify(target)
    original, *variants = read_rows(target)
    assert original["spans"] == cell
    assert len(variants) == 2
    for row in variants:
        found = read(row["spans"], way)
        assert {type(span) for span in found} == {list if way == "json" else inner}
        assert [row["text"][start:end] for start, end, _ in found] == ["Lena Brandt", "Porto"]
        assert [kind for _, _, kind in found] == ["PER", "LOC"]


@pytest.mark.parametrize(
    "cells",
    [
        {"tokens": "['Lena' 'called'\n 'us']", "tags": "['O' 'O' 'O']"},
        {"tokens": "['Lena', 'called', 'us']", "tags": "['O' 'O' 'O']"},
        {"tokens": "Lena called us", "tags": "[0 1 2]"},
        {"tokens": "['Lena' 'called' ... 'us']", "tags": "O O O"},
    ],
)
def test_what_numpy_prints_is_refused(tmp_path: Path, cells: dict[str, str]) -> None:
    write_table(tmp_path / "d.csv", **cells)
    keys = {"path": "d.csv", "text": None, "tokens": "tokens", "tags": "tags"}
    with pytest.raises(DataError, match="an array as numpy prints it: write jsonl, or lists by"):
        run_in(tmp_path, keys, "o.csv", chains=EDITS)


def test_spans_that_numpy_prints_are_refused(tmp_path: Path) -> None:
    write_table(tmp_path / "d.csv", text=TEXT, spans="[[0 11 'PER']\n [40 45 'LOC']]")
    with pytest.raises(DataError, match="an array as numpy prints it"):
        run_in(tmp_path, {"path": "d.csv", "spans": "spans"}, "o.csv", chains=EDITS)


@pytest.mark.parametrize(
    "cell", ["[CLS] a b [SEP]", "( a ) b", "[ a ]", "[sic] he said", "(a, b)", "a [1 2] b", "", "['"]
)
def test_words_with_brackets_are_words(cell: str) -> None:
    assert read_list(cell) is None
    assert not is_numpy(cell)


ITEMS = st.lists(st.one_of(st.text(max_size=5), st.none(), st.integers(-9, 9)), max_size=5)


@given(ITEMS, ITEMS, st.sampled_from([repr, json.dumps, lambda items: repr(tuple(items))]))
@example(["it's"], ['"'], repr)
@example(["one"], [None], repr)
@example(["\\d", "\n"], [], repr)
def test_what_is_written_reads_back(before: list[Any], after: list[Any], way: Callable[[Any], str]) -> None:
    like = way(before)
    assert read_list(like) == before
    told = write_value(tuple(after) if like[0] == "(" else after, like)
    assert read_list(told) == after
    assert told[0] == like[0] or not before
