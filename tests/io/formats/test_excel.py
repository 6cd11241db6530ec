"""Excel workbooks: cells keep what they are on the way in and out, and what does not fit is said."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.commands.verify import verify
from augcli.errors import ConfigError, DataError, ResourceError, RunError
from augcli.io.formats import excel
from augcli.io.formats.excel import Excel, read_sheet
from augcli.io.formats.rows import OutputRow, PlainRow, part_of
from augcli.text.record import Record
from tests.support.helpers import rows
from tests.support.running import EDITS, called, run_in

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("xlsxwriter")

SENTENCES = [f"the little cat number {number} sleeps on the warm roof" for number in range(60)]
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_characters="\ufffe\uffff", exclude_categories=["Cs"])),
    st.sampled_from(
        ["=1+1", "{=1}", "007", "1e5", "http://a.b", "<r>a</r>", "<r></r>", "_x0041_", " a\r\n", "", "a\0"]
    ),
)


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    """A workbook as another program writes it."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in sheets.items():
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(row)
    book.save(path)


def test_cells_are_read_as_what_they_are(tmp_path: Path) -> None:
    names = ["text", "n", "share", "yes", "empty", "day", "moment", "clock", 2024]
    first = ["007", 3.0, 0.1, True, None, date(2026, 1, 2), datetime(2026, 1, 2), time(3, 4), "=1+1"]
    workbook(tmp_path / "a.xlsx", {"Data": [names, first, [], ["=a", 7]]})
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    book["Data"]["A4"].data_type = "s"
    book.save(tmp_path / "a.xlsx")
    target, _ = run_in(tmp_path, {"path": "a.xlsx"}, "o.jsonl")
    read = [{**row, "aug_source": ""} for row in rows(target)]
    nothing = dict.fromkeys(["share", "yes", "empty", "day", "moment", "clock", "2024"])
    more = {"aug_source": "", "aug_chain": ""}
    assert read == [
        {
            "text": "007", "n": 3, "share": 0.1, "yes": True, "empty": None, "day": "2026-01-02",
            "moment": "2026-01-02T00:00:00", "clock": "03:04:00", "2024": None, **more,
        },
        {"text": "=a", "n": 7, **nothing, **more},
    ]  # fmt: skip
    assert type(read[0]["n"]) is int
    verify(target)


@pytest.mark.parametrize(
    ("keys", "texts"),
    [
        ({}, ["first"]),
        ({"sheet": "2024"}, ["second", "more"]),
        ({"sheet": 2024}, ["second", "more"]),
        ({"sheet": "bare", "header": False, "text": "2"}, ["b", "d"]),
        ({"sheet": "bare", "header": False, "columns": ["n", "text", "absent"]}, ["b", "d"]),
        ({"sheet": "titled", "skip_lines": 2}, ["below"]),
    ],
)
def test_sheets_and_headers(tmp_path: Path, keys: dict[str, Any], texts: list[str]) -> None:
    sheets: dict[str, list[list[Any]]] = {
        "Data": [["text"], ["first"]],
        "2024": [["text"], ["second"], ["more"]],
        "bare": [["a", "b"], ["c", "d"]],
        "titled": [["Export of May"], [], ["text", "n"], ["below", 1]],
    }
    workbook(tmp_path / "a.xlsx", sheets)
    target, _ = run_in(tmp_path, {"path": "a.xlsx", **keys}, "o.jsonl")
    assert [row[keys.get("text", "text")] for row in rows(target)] == texts


def _locked(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"))


def _cut_off(path: Path) -> None:
    workbook(path, {"Data": [["text"], ["a"]]})
    path.write_bytes(path.read_bytes()[:2000])


@pytest.mark.parametrize(
    ("name", "make", "keys", "message"),
    [
        ("a.xlsx", lambda path: workbook(path, {"A": [["text"]], "B": []}), {"sheet": "C"}, "no sheet 'C', but 'A', "),
        ("a.xlsx", lambda path: workbook(path, {"A": []}), {}, "row 1 of the sheet is empty"),
        ("a.xlsx", lambda path: workbook(path, {"A": [["text", "text"]]}), {}, "two columns are called 'text'"),
        ("a.xlsx", lambda path: workbook(path, {"A": [["text"], [], ["a", 2]]}), {}, "row 3 of the sheet has 2 cells"),
        ("a.xlsx", lambda path: workbook(path, {"A": [["text"], [], ["a"], [5]]}), {}, r"row 2 \(row 4 of the sheet\)"),
        ("a.xlsx", lambda path: workbook(path, {"A": [["text"]]}), {"columns": ["a"]}, "set input.header: false"),
        ("a.csv", lambda path: workbook(path, {"A": [["text"]]}), {}, "this is an Excel workbook"),
        ("a.xlsx", lambda path: path.write_text("text\na\n"), {}, "not an Excel workbook"),
        ("a.xlsx", _cut_off, {}, "not an Excel workbook"),
        ("a.xlsx", _locked, {}, "has a password"),
        ("a.xls", lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), {}, "save it as .xlsx"),
        ("a.bin", lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), {"format": "xlsx"}, "save it as"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(
    tmp_path: Path, name: str, make: Callable[[Path], object], keys: dict[str, Any], message: str
) -> None:
    make(tmp_path / name)
    with pytest.raises(DataError, match=message):
        run_in(tmp_path, {"path": name, **keys}, "o.jsonl")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=4))
def test_what_is_written_is_read_again(written: list[list[Any]]) -> None:
    writer = Excel(["a", "b"], ["aug_source", "aug_chain"])
    outs = [
        OutputRow(Record(str(place), ("",), (), row=PlainRow(dict(zip("ab", cells, strict=True)))), {}, "")
        for place, cells in enumerate(written)
    ]
    with TemporaryDirectory() as folder:
        part, target = Path(folder, "part"), Path(folder, "o.xlsx")
        part.write_bytes(part_of(writer, outs))
        with target.open("wb") as file:
            writer.join([part], file, "")
        header, *read = read_sheet(target, "o.xlsx", None)
    assert header == ["a", "b", "aug_source", "aug_chain"]
    assert [[(cell, type(cell) is bool) for cell in cells[:2]] for cells in read] == [
        [(cell, type(cell) is bool) for cell in cells] for cells in written
    ]


def test_what_excel_does_not_hold_is_text(tmp_path: Path) -> None:
    row = {"text": "a", "id": 12345678901234567890, "list": [1.5, {"b": None}], "n": 1e300, "s": "=1+1", "e": ""}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    target, _ = run_in(tmp_path, {"path": "a.jsonl"}, "o.xlsx")
    verify(target)
    _, read = read_sheet(target, "o.xlsx", None)
    assert read[: len(row)] == ["a", "12345678901234567890", '[1.5, {"b": null}]', 1e300, "=1+1", ""]


@pytest.fixture
def sentences(tmp_path: Path) -> Path:
    """A folder with a workbook of texts."""
    workbook(tmp_path / "a.xlsx", {"Data": [["text", "n"], *([text, place] for place, text in enumerate(SENTENCES))]})
    return tmp_path


def test_variants_are_the_same_for_any_number_of_workers(sentences: Path) -> None:
    more = {"columns": ["aug_weight"], "id": "key"}
    target, _ = run_in(
        sentences, {"path": "a.xlsx", "label": "n"}, "o.xlsx", chains=EDITS, engine={"chunk_rows": 7, "workers": 2},
        keys=more,
    )  # fmt: skip
    verify(target)
    again, _ = run_in(sentences, {"path": "a.xlsx", "label": "n"}, "w.xlsx", chains=EDITS, keys=more)
    assert again.read_bytes() == target.read_bytes()
    table = pd.read_excel(target, keep_default_na=False)
    assert [*table.columns] == ["text", "n", "aug_source", "aug_chain", "key", "aug_weight"]
    assert len(table) > 120
    assert [*table.text[table.aug_chain == ""]] == SENTENCES
    told = called("trace", target, str(table.key[1]), cwd=sentences)
    assert told.returncode == 0
    assert SENTENCES[0] in told.stdout.decode()


def test_shards_hold_all_rows(sentences: Path) -> None:
    target, _ = run_in(
        sentences, {"path": "a.xlsx"}, "o.xlsx", keys={"shards": 2}, chains=EDITS, engine={"chunk_rows": 20}
    )
    verify(target)
    shards = [pd.read_excel(file, keep_default_na=False) for file in sorted(target.parent.glob("o-*.xlsx"))]
    assert len(shards) == 2
    table = pd.concat(shards)
    assert [*table.text[table.aug_chain == ""]] == SENTENCES


def test_an_output_is_an_input(sentences: Path) -> None:
    target, _ = run_in(sentences, {"path": "a.xlsx"}, "o.xlsx", chains=EDITS)
    edited = openpyxl.load_workbook(target)
    for cell in edited.active["D"]:
        cell.value = cell.value or None  # as programs save it for which an empty text is an empty cell
    edited.save(sentences / "b.xlsx")
    again, _ = run_in(sentences, {"path": "b.xlsx", "originals_only": True}, "p.jsonl")
    assert [row["text"] for row in rows(again)] == SENTENCES


def test_a_changed_cell_does_not_verify(sentences: Path) -> None:
    target, _ = run_in(sentences, {"path": "a.xlsx"}, "o.xlsx", chains=EDITS)
    with ZipFile(target) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    cell = SENTENCES[1].encode()
    with ZipFile(target, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part.replace(cell, cell.upper()))
    with pytest.raises(RunError, match=r"o\.xlsx: line 5 does not follow from its source"):
        verify(target)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a" * 32_768, "column 'text' has 32,768 characters, and a cell of Excel holds 32,767"),
        ("🙂" * 16_384, "column 'text' has 32,768 characters"),
        ("a \ufffe b", r"'\\ufffe' has no place in a workbook"),
    ],
)
def test_texts_without_room(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": text}) + "\n")
    with pytest.raises(RunError, match=message):
        run_in(tmp_path, {"path": "a.jsonl"}, "o.xlsx")
    assert not (tmp_path / "out/o.xlsx").exists()


def test_the_longest_text_fits(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "a" * 32_767}) + "\n")
    target, _ = run_in(tmp_path, {"path": "a.jsonl"}, "o.xlsx")
    verify(target)


def test_more_rows_than_a_sheet_holds(sentences: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "_ROWS", 60)
    with pytest.raises(RunError, match=r"holds 60 rows, not 61; set output\.shards"):
        run_in(sentences, {"path": "a.xlsx"}, "o.xlsx")
    assert not (sentences / "out/o.xlsx").exists()
    monkeypatch.setattr(excel, "_ROWS", 61)
    run_in(sentences, {"path": "a.xlsx"}, "o.xlsx")


def test_more_columns_than_a_sheet_holds(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "a", **dict.fromkeys(map(str, range(16_382)))}) + "\n")
    with pytest.raises(RunError, match=r"holds 16,384 columns, not 16,385"):
        run_in(tmp_path, {"path": "a.jsonl"}, "o.xlsx")


def test_outputs_that_are_no_workbook(sentences: Path) -> None:
    with pytest.raises(ConfigError, match="compressed inside"):
        run_in(sentences, {"path": "a.xlsx"}, "o.xlsx.gz")
    piped = called("run", "config.yaml", "--output", "-", cwd=sentences)
    assert piped.returncode == 2
    assert b"a workbook is no stream" in piped.stderr


def test_without_the_extra(sentences: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ResourceError, match=r"augcli\[excel\]"):
        run_in(sentences, {"path": "a.xlsx"}, "o.jsonl")
