"""Files in, rows out: every awkward file is read right or refused with the right words."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from augcli.commands.verify import verify
from augcli.errors import AugError
from tests.support.helpers import augcli, sources
from tests.support.nasty import DATA, TABLES, Case, Read, Refused, csv_rows, json_rows, plain
from tests.support.running import EDITS, run_in, written

CASES = [
    pytest.param(folder, name, case, id=f"{name}-{number}")
    for folder, table in TABLES.items()
    for name, cases in table.items()
    for number, case in enumerate(cases)
]
NASTY = DATA / "nasty_derived"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no awkward files at {DATA}; AUGCLI_TEST_DATA names them")


@pytest.mark.parametrize("folder", TABLES)
def test_table_names_every_file(folder: str) -> None:
    files = {path.name for path in (DATA / folder).iterdir()} - {"facts.json"}
    assert files == TABLES[folder].keys()


def test_table_agrees_with_the_facts() -> None:
    facts = json.loads((NASTY / "facts.json").read_bytes())
    for name, fact in facts.items():
        told = {case.rows for case in TABLES["nasty_derived"][name] if isinstance(case, Read)}
        if fact["rows"] is not None:
            assert told <= {fact["rows"]}, name
        if encoding := fact.get("encoding"):
            cases = TABLES["nasty_derived"][name]
            assert any(isinstance(case, Read) and case.input == {"encoding": encoding} for case in cases), name


@pytest.mark.parametrize(("folder", "name", "case"), CASES)
def test_file(tmp_path: Path, folder: str, name: str, case: Case) -> None:
    path = DATA / folder / name
    suffix = ".jsonl" if ".json" in name and case.input.get("format") != "csv" else ".tsv" if "tsv" in name else ".csv"
    keys = {"path": str(path), **_text_column(folder, path, case), **case.input}
    if isinstance(case, Refused):
        with pytest.raises(AugError) as caught:
            run_in(tmp_path, keys, f"o{suffix}")
        message = str(caught.value)
        assert caught.value.exit_code == case.code
        assert [word for word in (name, *case.words) if word not in message] == [], message
        assert written(tmp_path) == []
        return
    target, outcome = run_in(tmp_path, keys, f"o{suffix}")
    assert (outcome.dataset.rows, outcome.dataset.dropped) == (case.rows, 0)
    _compare(path, target, case)


def _text_column(folder: str, path: Path, case: Case) -> dict[str, str]:
    """Tables of foreign folders have no column `text`: the first one serves."""
    if folder == "nasty_derived":
        return {}
    data = plain(path).decode(case.input.get("encoding", "utf-8"), errors="replace").encode()
    rows = csv_rows(data, delimiter=case.input.get("delimiter", "\t" if path.suffix == ".tsv" else ","))
    return {"text": rows[0][0].strip("\0") or "text"} if rows else {}


def _compare(path: Path, target: Path, case: Read) -> None:
    encoding = case.input.get("encoding", "utf-8")
    if target.suffix == ".jsonl":
        before, after = json_rows(plain(path), encoding), json_rows(target.read_bytes())
        assert len(after) == len(before) == case.rows
        assert [row[:-2] for row in after] == before
        assert all((key, value) == ("aug_chain", "") for *_, (key, value) in after)
        assert {row[-2][0] for row in after} <= {"aug_source"}
        return
    delimiter = case.input.get("delimiter", "\t" if target.suffix == ".tsv" else ",")
    before = csv_rows(plain(path), encoding, delimiter)
    after = csv_rows(target.read_bytes(), encoding, "\t" if target.suffix == ".tsv" else delimiter)
    assert len(after) == len(before) == case.rows + 1
    assert [row[:-2] for row in after] == before
    assert after[0][-2:] == ["aug_source", "aug_chain"]
    if "id" not in case.input:
        assert {row[-1] for row in after[1:]} <= {""}
        assert sources(target) == [f"{path.name}:{number}" for number in range(1, case.rows + 1)]
    else:
        assert [row[-2] for row in after[1:]] == [row[before[0].index(case.input["id"])] for row in before[1:]]


@pytest.mark.parametrize("name", list(TABLES["csv_spectrum/csvs"]))
def test_spectrum_is_parsed_as_its_authors_say(tmp_path: Path, name: str) -> None:
    folder = DATA / "csv_spectrum"
    path = folder / "csvs" / name
    told = json.loads((folder / "json" / name.replace(".csv", ".json")).read_bytes())
    expected = told if isinstance(told, list) else [told]
    # in this copy of the tables Git took the carriage returns, and a telephone number is another one
    expected = [{key: value.replace("\r", "") for key, value in row.items()} for row in expected]
    expected = [{**row, "Contact Phone Number": "2095257564"} if "Cities" in row else row for row in expected]
    target, _ = run_in(tmp_path, {"path": str(path), "text": next(iter(expected[0]))}, "o.jsonl")
    rows = [json.loads(line) for line in target.read_bytes().splitlines()]
    assert [{key: value for key, value in row.items() if key[:4] != "aug_"} for row in rows] == expected


def _blns() -> list[str]:
    texts: list[str] = json.loads((DATA / "blns" / "blns.json").read_bytes())
    return texts


def _grapheme_tests() -> list[str]:
    lines = (DATA / "unicode_tests" / "GraphemeBreakTest.txt").read_text(encoding="utf-8").split("\n")
    cases = [line.partition("#")[0].split() for line in lines if line.startswith("÷")]
    return ["".join(chr(int(part, 16)) for part in case if part not in "÷×") for case in cases]


@pytest.mark.parametrize(("texts", "count"), [(_blns, 515), (_grapheme_tests, 602)])
@pytest.mark.parametrize("chains", [{}, EDITS], ids=["as it is", "edited"])
def test_naughty_strings(tmp_path: Path, texts: Any, count: int, chains: dict[str, Any]) -> None:
    strings = texts()
    assert len(strings) == count
    lines = "".join(
        json.dumps({"text": text}, ensure_ascii=number % 2 == 0) + "\n" for number, text in enumerate(strings)
    )
    (tmp_path / "a.jsonl").write_text(lines, encoding="utf-8")
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["text"], *([text] for text in strings)])
    (tmp_path / "a.csv").write_text(file.getvalue(), encoding="utf-8", newline="")
    for name, out in (("a.jsonl", "o.jsonl"), ("a.csv", "o.csv"), ("a.csv", "o.jsonl"), ("a.jsonl", "o.csv")):
        target, outcome = run_in(tmp_path, {"path": name}, out, chains=chains)
        assert outcome.dataset.rows == count
        verify(target)
        data = target.read_bytes()
        found = (
            [dict(row) for row in json_rows(data)]
            if out == "o.jsonl"
            else [dict(zip(("text", "source", "aug_chain"), row, strict=True)) for row in csv_rows(data)[1:]]
        )
        assert [row["text"] for row in found if row["aug_chain"] == ""] == strings


DROPPED = {
    # file: rows written, bad rows, the first of them
    "invalid_lines.jsonl": (144, 16, "invalid_lines.jsonl: row 10 (line 10): the JSON value does not end"),
    "ragged.csv": (124, 36, "ragged.csv: row 4 (line 5): 1 field, but the header has 2"),
    "invalid_utf8.csv": (157, 3, "invalid_utf8.csv: row 5 (line 6): byte 0xff"),
    "odd_text_values.jsonl": (10, 11, "odd_text_values.jsonl: row 1 (line 1): column 'text': expected text, not null"),
    "not_objects.jsonl": (2, 5, "not_objects.jsonl: row 2 (line 2): expected a JSON object"),
    "nul_byte.csv": (159, 1, "nul_byte.csv: row 3 (line 4): a NUL byte"),
    "lone_surrogates.jsonl": (53, 107, "lone_surrogates.jsonl: row 1 (line 1): half of a surrogate pair"),
}


@pytest.mark.parametrize("name", DROPPED)
def test_bad_rows_are_dropped_counted_and_listed(tmp_path: Path, name: str) -> None:
    good, bad, first = DROPPED[name]
    target, outcome = run_in(
        tmp_path, {"path": str(NASTY / name)}, name, chains=EDITS, on_error="drop", max_dropped=1.0
    )
    report = json.loads((target.parent / f"{target.stem}.report.json").read_bytes())
    assert (outcome.dataset.rows, outcome.dataset.dropped) == (good, bad)
    assert len(outcome.dataset.dropped_rows) == bad
    assert first in outcome.dataset.dropped_rows[0]
    assert first in json.dumps(report, ensure_ascii=False)
    data = target.read_bytes()
    ids = (
        [dict(row)["aug_source"] for row in json_rows(data)]
        if target.suffix == ".jsonl"
        else [row[-2] for row in csv_rows(data)[1:]]
    )
    assert len(set(ids)) == good
    assert not set(ids) & {
        line.split(" ")[0].rpartition("/")[2] + line.split(" ")[2] for line in outcome.dataset.dropped_rows
    }
    verify(target)


@pytest.mark.parametrize("name", ["unclosed_quote.csv", "truncated.csv.gz"])
def test_what_hides_other_rows_is_fatal_also_with_drop(tmp_path: Path, name: str) -> None:
    with pytest.raises(AugError) as caught:
        run_in(tmp_path, {"path": str(NASTY / name)}, "o.csv", on_error="drop")
    assert caught.value.exit_code == 3
    assert written(tmp_path) == []


EDITED: dict[str, dict[str, str]] = {
    "ascii_escapes.jsonl": {"language": "zh"},
    "bom.jsonl": {},
    "bom_crlf.csv": {},
    "cr_only.csv": {},
    "dup_header.csv": {"text": "label"},
    "gbk.csv": {"encoding": "gbk", "language": "zh"},
    "gzip_without_suffix.csv": {},
    "mixed_schema.jsonl": {},
    "numbers.jsonl": {},
    "odd_labels.jsonl": {"label": "label"},
    "pipe.csv": {"delimiter": "|"},
    "pretty.json": {"id": "id"},
    "quoted_newlines.csv": {},
    "stray_quotes.csv": {},
    "tabs.tsv": {},
    "two_members.csv.gz": {},
    "u2028_raw.jsonl": {},
    "unicode.csv": {},
    "unicode.jsonl": {},
    "utf16.jsonl": {"encoding": "utf-16", "language": "zh"},
    "utf16le_bom.csv": {"encoding": "utf-16", "language": "zh"},
}


@pytest.mark.parametrize("name", EDITED)
def test_edited_and_verified(tmp_path: Path, name: str) -> None:
    target, outcome = run_in(tmp_path, {"path": str(NASTY / name), **EDITED[name]}, name, chains=EDITS)
    assert outcome.counts.variants > outcome.dataset.rows
    assert "all hashes are right" in verify(target)


PROGRAM = ["bom_crlf.csv", "lone_surrogates.jsonl", "no_header.csv", "unclosed_quote.csv", "deep.jsonl"]


@pytest.mark.parametrize("name", PROGRAM)
def test_as_a_program(tmp_path: Path, name: str) -> None:
    case = TABLES["nasty_derived"][name][0]
    config = {"input": {"path": str(NASTY / name), "text": "text"}, "output": {"path": "out/o.jsonl"}, "chains": {}}
    (tmp_path / "config.yaml").write_text(json.dumps(config))
    done = augcli("run", "config.yaml", cwd=tmp_path)
    message = done.stderr.decode()
    assert "Traceback" not in message
    assert done.returncode == (0 if isinstance(case, Read) else case.code)
    if isinstance(case, Refused):
        assert all(word in message for word in case.words)
        assert written(tmp_path) == []
