"""A row without an id is keyed by what it says: neither its file, nor its place, nor a pipe changes its variants."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.commands.trace import trace
from augcli.commands.verify import verify
from augcli.io.records import content_key
from augcli.report.document import sign
from augcli.text.record import Record
from tests.support.helpers import augcli, sources
from tests.support.running import EDITS, run_in

ROWS = [{"text": f"{word} and then some more words", "label": word[0]} for word in ("apple", "banana", "cherry")] * 3


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_piped_and_from_files_of_any_name_the_bytes_are_the_same(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", ROWS)
    write(tmp_path / "b.jsonl", ROWS)
    first = run_in(tmp_path, {"path": "a.jsonl", "label": "label"}, "o.jsonl", chains=EDITS)[0].read_bytes()
    assert run_in(tmp_path, {"path": "b.jsonl", "label": "label"}, "o.jsonl", chains=EDITS)[0].read_bytes() == first
    options = ["--input", "-", "--input-format", "jsonl", "--output", "-", "--output-format", "jsonl"]
    done = augcli("run", "config.yaml", *options, cwd=tmp_path, stdin=(tmp_path / "a.jsonl").read_bytes())
    assert done.stdout == first, done.stderr


@settings(max_examples=20)
@given(st.permutations(ROWS), st.integers(1, 9))
def test_the_order_of_the_rows_changes_no_variant(rows: list[dict[str, Any]], chunk_rows: int) -> None:
    engine = {"chunk_rows": chunk_rows}
    with TemporaryDirectory() as name:
        folder = Path(name)
        written = []
        for listed in (ROWS, rows):
            write(folder / "a.jsonl", listed)
            target, _ = run_in(folder, {"path": "a.jsonl", "label": "label"}, "o.jsonl", chains=EDITS, engine=engine)
            verify(target)
            written.append(sorted(target.read_bytes().splitlines()))
    assert written[0] == written[1]


def test_rows_that_say_the_same_draw_for_themselves(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", [{"text": "one two three four five six seven"}] * 40)
    target, _ = run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl", chains=EDITS, engine={"chunk_rows": 7})
    rows = [json.loads(line) for line in target.read_bytes().splitlines()]
    keys = [row["aug_source"] for row in rows if not row["aug_chain"]]
    assert keys == [keys[0], *(f"{keys[0]}.{number}" for number in range(2, 41))]
    assert len({row["text"] for row in rows}) > 10
    assert sources(target)[0] == "a.jsonl:1"


@pytest.mark.parametrize("end", ["", ".2"])
def test_trace_takes_what_the_output_says(tmp_path: Path, capsys: pytest.CaptureFixture[str], end: str) -> None:
    write(tmp_path / "a.jsonl", [{"text": "a good word"}, {"text": "a good word"}])
    target, _ = run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl", chains=EDITS)
    trace(target, f"{content_key(Record('', ('a good word',)))}{end}#{next(iter(EDITS))}.1")
    assert f"source  a.jsonl:{2 if end else 1} " in capsys.readouterr().out


def test_the_label_is_part_of_what_a_row_says() -> None:
    keys = {content_key(Record("", ("a",), label=label)) for label in (None, "a", "b", "null", 1, ["a", "b"])}
    assert len(keys) == 6
    assert content_key(Record("", ("a",), label=["b", "a"])) in keys


def test_a_report_from_before_verifies(tmp_path: Path) -> None:
    """Then `aug_source` held file and row, and so said the report by not saying anything."""
    write(tmp_path / "a.jsonl", ROWS[:1])
    target, _ = run_in(tmp_path, {"path": "a.jsonl", "label": "label"}, "o.jsonl", chains={})
    report = target.with_name("o.report.json")
    values = json.loads(report.read_bytes())
    old = target.read_bytes().replace(content_key(Record("", (ROWS[0]["text"],), label="a")).encode(), b"a.jsonl:1")
    assert b"a.jsonl:1" in old
    target.write_bytes(old)
    del values["run"]["rules"]
    values["outputs"][0]["sha256"] = sha256(old).hexdigest()
    report.write_bytes(sign(values))
    assert "all 1 rows" in verify(target)


@pytest.mark.parametrize("goal", [7, 10, 13])
def test_rows_that_say_the_same_share_what_their_label_gets(tmp_path: Path, goal: int) -> None:
    said = ["one two three four five six"] * 5 + ["seven eight nine ten eleven twelve"]
    write(tmp_path / "a.jsonl", [{"text": text, "label": "x"} for text in said])
    chains = {"a": {**EDITS["a"], "variants": {"balance": goal}, "attempts": 20}}
    target, outcome = run_in(tmp_path, {"path": "a.jsonl", "label": "label"}, "o.jsonl", chains=chains)
    assert outcome.counts.asked == outcome.counts.variants == goal - 6
    assert len(target.read_bytes().splitlines()) == goal
