"""Rows through every format that holds them, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from augcli.commands.verify import verify
from tests.support.helpers import CROSSWOZ, SNIPS
from tests.support.running import EDITS, run_in

PLAIN = {"drop": ["aug_source", "aug_chain"]}


@pytest.mark.parametrize("suffix", ["csv", "tsv", "json", "parquet", "arrow", "xlsx"])
@pytest.mark.parametrize(("file", "language"), [(SNIPS, "en"), (CROSSWOZ, "zh")])
def test_there_and_back(tmp_path: Path, file: Path, language: str, suffix: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()[:300]
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    keys = {"label": "label", "spans": "spans", "language": language}
    there, _ = run_in(tmp_path, {"path": "a.jsonl", **keys}, f"there.{suffix}", keys=PLAIN)
    verify(there)
    back, _ = run_in(tmp_path, {"path": str(there), **keys}, "back.jsonl", keys=PLAIN)
    verify(back)
    assert [json.loads(line) for line in back.read_text(encoding="utf-8").splitlines()] == [*map(json.loads, lines)]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "json", "jsonl", "parquet", "arrow", "xlsx"])
def test_sentences_there_and_back(tmp_path: Path, suffix: str) -> None:
    text = "-DOCSTART- O\n\nRui B-PER\nMatos I-PER\nsaid O\n\nin O\nRiverton B-LOC\n\n"
    (tmp_path / "a.conll").write_text(text)
    keys: dict[str, Any] = {"text": None, "tokens": "1", "tags": "2"}
    there, _ = run_in(tmp_path, {"path": "a.conll", **keys}, f"there.{suffix}", keys=PLAIN)
    verify(there)
    back, _ = run_in(tmp_path, {"path": str(there), **keys}, "back.conll")
    assert back.read_text() == text.removeprefix("-DOCSTART- O\n\n")
    if suffix in ("json", "jsonl"):
        lists, _ = run_in(tmp_path, {"path": str(there), **keys}, "o.jsonl")
        assert json.loads(lists.read_text().splitlines()[0])["1"] == ["Rui", "Matos", "said"]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "xlsx"])
def test_tokens_that_blanks_would_not_tell_apart(tmp_path: Path, suffix: str) -> None:
    row = {"tokens": ["New York", "is", "[12]"], "tags": ["B-LOC", "O", "O"]}
    other = {"tokens": ["[12]"], "tags": ["O"]}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(other) + "\n")
    keys = {"text": None, "tokens": "tokens", "tags": "tags"}
    there, _ = run_in(tmp_path, {"path": "a.jsonl", **keys}, f"o.{suffix}", keys=PLAIN)
    back, _ = run_in(tmp_path, {"path": str(there), **keys}, "back.jsonl", keys=PLAIN)
    assert [json.loads(line) for line in back.read_text().splitlines()] == [row, other]


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_numbers_that_are_none(tmp_path: Path, suffix: str) -> None:
    table = pa.table({"text": ["one two three four", "five six"], "x": [float("nan"), 1.0]})
    pq.write_table(table, tmp_path / "a.parquet")
    target, _ = run_in(tmp_path, {"path": "a.parquet"}, f"o.{suffix}", chains=EDITS)
    verify(target)


def test_chunks_do_not_show_in_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": f"one good word {n}"}) + "\n" for n in range(50)))
    made = {
        run_in(tmp_path, {"path": "a.jsonl"}, f"o.{suffix}", chains=EDITS, engine={"chunk_rows": rows})[0].read_bytes()
        for rows in (1, 7, 100)
        for suffix in ("parquet", "arrow")
    }
    assert len(made) == 2


def test_what_cells_of_a_table_say_is_a_list_in_json(tmp_path: Path) -> None:
    spans = "[[0, 3, 'PER']]"
    (tmp_path / "a.csv").write_text(f'text,spans,other\n"Rui was here","{spans}","[1]"\n"so was she","",""\n')
    target, _ = run_in(tmp_path, {"path": "a.csv", "spans": "spans"}, "o.jsonl", keys=PLAIN)
    assert [json.loads(line) for line in target.read_text().splitlines()] == [
        {"text": "Rui was here", "spans": [[0, 3, "PER"]], "other": "[1]"},
        {"text": "so was she", "spans": None, "other": ""},
    ]
    (tmp_path / "b.csv").write_text("tokens,tags\nRui was here,B-PER O O\n")
    target, _ = run_in(
        tmp_path, {"path": "b.csv", "text": None, "tokens": "tokens", "tags": "tags"}, "o.json", keys=PLAIN
    )
    assert json.loads(target.read_text()) == [{"tokens": ["Rui", "was", "here"], "tags": ["B-PER", "O", "O"]}]
