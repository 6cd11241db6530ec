"""Rows with several texts of which one is not there: it stays so, and the others are augmented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.commands.verify import verify
from augcli.errors import DataError
from tests.support.running import EDITS, run_in
from tests.support.teaching import POOL, cards, read_rows, taught, write_rows

ROWS: list[dict[str, Any]] = [
    {"question": "who wrote the long book about whales", "context": "a sailor of the north sea wrote it", "n": 1},
    {"question": "why is the sky so very blue today", "context": None, "n": 2},
    {"n": 3, "question": "how deep is the old lake by the mill"},
    {"context": "nobody has asked about this one so far", "n": 4},
    {"question": "where is the empty one to be found", "context": "", "n": 5},
]
KEYS = {"text": ["question", "context"]}


def same_but_texts(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value if key == "n" else value and "text" for key, value in row.items() if key[:4] != "aug_"}


def test_json_rows_stay_in_shape(tmp_path: Path) -> None:
    write_rows(tmp_path / "d.jsonl", ROWS)
    target, outcome = run_in(tmp_path, {"path": "d.jsonl", **KEYS}, "o.jsonl", chains=EDITS)
    verify(target)
    found = read_rows(target)
    assert outcome.counts.variants == 10
    assert [same_but_texts(row) for row in found] == [same_but_texts(row) for row in ROWS for _ in range(3)]
    changed = [row for row in found if row["aug_chain"] and row["n"] > 1]
    assert all(str(row.get("question", row.get("context"))) not in str(ROWS) for row in changed)


@pytest.mark.parametrize("output", ["o.parquet", "o.csv", "o.jsonl"])
def test_parquet_and_other_formats(tmp_path: Path, output: str) -> None:
    write_rows(tmp_path / "d.parquet", ROWS)
    target, outcome = run_in(tmp_path, {"path": "d.parquet", **KEYS}, output, chains=EDITS)
    verify(target)
    assert outcome.counts.variants == 10
    nothing = "" if output == "o.csv" else None
    assert [row["context"] for row in read_rows(target) if str(row["n"]) in "23"] == [nothing] * 6
    assert [row["question"] for row in read_rows(target) if str(row["n"]) == "4"] == [nothing] * 3


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(*[st.one_of(st.none(), st.text(st.characters(max_codepoint=0x24F), max_size=20))] * 2).filter(any),
        min_size=1,
        max_size=8,
    )
)
def test_any_texts(tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str | None, str | None]]) -> None:
    folder = tmp_path_factory.mktemp("rows")
    write_rows(folder / "d.jsonl", [{"question": one, "context": two} for one, two in texts])
    target, _ = run_in(folder, {"path": "d.jsonl", **KEYS}, "o.jsonl", chains=EDITS)
    verify(target)
    for row in read_rows(target):
        source = (row["question"] is None, row["context"] is None)
        assert source in {(one is None, two is None) for one, two in texts}


def test_a_row_without_any_text_is_invalid(tmp_path: Path) -> None:
    write_rows(tmp_path / "d.jsonl", [*ROWS, {"question": None, "n": 6}])
    with pytest.raises(DataError, match=r"row 6 .*expected text, not null, in one of the text columns"):
        run_in(tmp_path, {"path": "d.jsonl", **KEYS}, "o.jsonl", chains=EDITS)
    write_rows(tmp_path / "d.jsonl", [{"question": "a", "context": 7}])
    with pytest.raises(DataError, match=r"column 'context': expected text, not a number \(7\)"):
        run_in(tmp_path, {"path": "d.jsonl", **KEYS}, "o.jsonl", chains=EDITS)


def test_teachers_and_rows_without_a_label(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", [{**row, "more": (None, row["text"])[at % 2]} for at, row in enumerate(cards())])
    write_rows(tmp_path / "more.jsonl", [{"text": None, "more": "my new card has not come in the post"}])
    target, _ = taught(tmp_path, chains=POOL, data={"text": ["text", "more"]}, unlabeled={"path": "more.jsonl"})
    verify(target)
    assert [row["text"] for row in read_rows(target) if row["aug_chain"]] == [None]
