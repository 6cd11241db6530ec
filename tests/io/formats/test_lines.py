"""Plain text and files of fastText: a line is a row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.commands.verify import verify
from augcli.errors import ConfigError, DataError, RunError
from augcli.io.formats.lines import LineRow
from tests.support.running import EDITS, run_in

LINES = "one good word and more\n\n  two words, café and 好  \nlast one of these lines\n"
LABELLED = """__label__pos __label__film the plot is slow
__label__neg\ti want my two hours back
no label on this line
__label__pos
"""


@pytest.mark.parametrize(("name", "data"), [("a.txt", LINES), ("a.ft", LABELLED)])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_come_back_to_the_byte(tmp_path: Path, name: str, data: str, newline: str, mark: str) -> None:
    (tmp_path / name).write_bytes((mark + data.replace("\n", newline)).encode())
    target, _ = run_in(tmp_path, {"path": name}, f"o{name[1:]}")
    assert target.read_bytes() == (tmp_path / name).read_bytes()
    verify(target)


@pytest.mark.parametrize(("name", "data"), [("a.txt", LINES), ("a.ft", LABELLED)])
def test_variants_stand_behind_their_line(tmp_path: Path, name: str, data: str) -> None:
    (tmp_path / name).write_text(data * 30)
    keys: dict[str, Any] = {"path": name, **({"label": "label"} if name == "a.ft" else {})}
    target, _ = run_in(tmp_path, keys, f"o{name[1:]}", chains=EDITS, engine={"chunk_rows": 7, "workers": 2})
    verify(target)
    found = target.read_text().split("\n")
    provenance = (tmp_path / "out/o.provenance.jsonl").read_text().splitlines()
    assert len(found) == len(provenance) + 1
    originals = [line for line, told in zip(found, provenance, strict=False) if not json.loads(told)["steps"]]
    assert originals == (data * 30).split("\n")[:-1]
    if name == "a.ft":
        assert {line.partition(" ")[0] for line in found if "__label__film" in line} == {"__label__pos"}


def test_labels_are_read_and_written(tmp_path: Path) -> None:
    (tmp_path / "a.ft").write_text(LABELLED)
    target, outcome = run_in(tmp_path, {"path": "a.ft", "label": "label"}, "o.jsonl")
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert [row["label"] for row in rows] == [["pos", "film"], "neg", None, "pos"]
    assert [row["text"] for row in rows] == [
        "the plot is slow",
        "i want my two hours back",
        "no label on this line",
        "",
    ]
    assert outcome.dataset.labels["pos"] == 2
    plain = "".join(json.dumps({"label": row["label"], "text": row["text"]}) + "\n" for row in rows)
    (tmp_path / "b.jsonl").write_text(plain)
    target, _ = run_in(tmp_path, {"path": "b.jsonl", "label": "label"}, "o.ft")
    assert target.read_text() == LABELLED.replace("\t", " ").replace("__label__pos\n", "__label__pos \n")


WRONG: dict[str, tuple[str, str, dict[str, Any], str, dict[str, Any], str]] = {
    "fastText called txt": ("a.txt", LABELLED, {}, "o.txt", {}, r"a\.txt: it begins with __label__.*format: fasttext"),
    "a table called txt": (
        "a.txt", "1\tgood\n", {"label": "label"}, "o.txt", {}, r"no column 'label'.*format: tsv or csv"
    ),
    "columns that are lost": (
        "a.csv", "text,label,n\nx,y,1\n", {"label": "label"}, "o.ft", {}, r"set output\.drop: \[n\]"
    ),
    "labels that are lost": ("a.ft", LABELLED, {}, "o.txt", {}, r"set output\.drop: \[label\]"),
    "two texts": ("a.csv", "text,b\nx,y\n", {"text": ["text", "b"]}, "o.txt", {}, "txt holds one text a row"),
    "further columns": ("a.ft", LABELLED, {"label": "label"}, "o.ft", {"columns": ["aug_weight"]}, r"output\.columns"),
    "a break in a text": ("a.jsonl", '{"text": "a\\nb"}\n', {}, "o.txt", {}, "holds a line break; write csv or jsonl"),
    "a blank in a label": (
        "a.csv", "text,label\nx,very good\n", {"label": "label"}, "o.ft", {}, "'very good' is no label for fastText"
    ),
    "a text that begins as a label": (
        "a.jsonl", '{"text": "__label__x is it", "label": "y"}\n', {"label": "label"}, "o.ft", {}, "begins as labels do"
    ),
    "bytes of no text": ("a.txt", "x\n\udce9\n", {}, "o.txt", {}, r"row 2 \(line 2\): byte 0xe9"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_has_no_room_is_refused(tmp_path: Path, name: str) -> None:
    file, data, keys, target, more, said = WRONG[name]
    (tmp_path / file).write_bytes(data.encode(errors="surrogateescape"))
    with pytest.raises((ConfigError, DataError, RunError), match=said):
        run_in(tmp_path, {"path": file, **keys}, target, keys=more)
    assert not (tmp_path / "out" / target).exists()


def test_columns_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label,n\nx,y,1\n")
    target, _ = run_in(tmp_path, {"path": "a.csv", "label": "label"}, "o.ft", keys={"drop": ["n"]})
    assert target.read_text() == "__label__y x\n"
    verify(target)


@settings(deadline=None)
@given(st.text().filter(lambda line: "\n" not in line), st.booleans())
def test_a_line_is_its_labels_and_its_text(line: str, labelled: bool) -> None:
    row = LineRow(line, labelled=labelled)
    assert row.labels + row.get("text") == line


@pytest.mark.parametrize("value", ["null", "7", "true", '["a b"]', '{"a": 1}', None])
@pytest.mark.parametrize("name", ["o.txt", "o.ft"])
def test_rows_that_are_not_augmented_may_hold_no_text(tmp_path: Path, value: str | None, name: str) -> None:
    other = "{}" if value is None else f'{{"text": {value}}}'
    (tmp_path / "a.jsonl").write_text(f'{{"text": "one good text", "s": 1}}\n{other}\n')
    with pytest.raises(RunError, match=r"a\.jsonl:2: column 'text': "):
        run_in(tmp_path, {"path": "a.jsonl", "where": "s == 1"}, name, keys={"drop": ["s"]})


@pytest.mark.parametrize("label", ['{"a": 1}', '[["a"]]'])
def test_labels_that_are_no_labels(tmp_path: Path, label: str) -> None:
    (tmp_path / "a.jsonl").write_text(f'{{"text": "one", "label": {label}}}\n')
    with pytest.raises(RunError, match="is no label for fastText"):
        run_in(tmp_path, {"path": "a.jsonl", "label": "label"}, "o.ft")


def test_lines_stay_where_nothing_of_them_is_dropped(tmp_path: Path) -> None:
    data = "__label__a\thi  you\n__label__b\n__label__a   __label__b x\n"
    (tmp_path / "a.ft").write_text(data)
    keys = {"drop": ["aug_source", "aug_chain"]}
    assert run_in(tmp_path, {"path": "a.ft", "label": "label"}, "o.ft", keys=keys)[0].read_text() == data
