"""CSV and TSV as people's tools write them: what is not edited comes back as it is spelled."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.commands.verify import verify
from augcli.errors import ConfigError, DataError, RunError
from augcli.io.formats.csv import CsvRow, Dialect, Quote, scan_csv
from augcli.io.formats.rows import Header
from tests.support.helpers import augcli
from tests.support.running import EDITS, run_in
from tests.support.teaching import read_rows

MORE = ("aug_source", "aug_chain")
CELLS = st.text("ab \",;\t'\\\n\ré好", max_size=8)


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b'text,n\n"a, b",1\n"quoted for nothing",2\nplain,"3"\n', {}),
        (b'text, n\na, "b, c"\n"d",  e\n', {"skip_blanks": True}),
        (b'"text","n"\n"say \\"hi\\" \\\\ now","1"\n"it\\, is",2\n', {"quote": "backslash"}),
        (b'"a" film;n\nsay "hi";"1\n', {"quote": "none", "delimiter": ";", "text": '"a" film'}),
        (b"# made by hand\n# twice\ntext,n\na,1\n", {"comment": "#"}),
        (b"Export of May\n\ntext,n\na,1\n", {"skip_lines": 2}),
        (b"\xef\xbb\xbftext,n\na,1\n", {}),
        (b"text;n\na;1\n", {"delimiter": ";"}),
        (b"text,n\n\na,1\n# here\n\n#there\nb,2\n\n\nc,3\n", {"comment": "#"}),
    ],
)
def test_rows_come_back_as_they_are_spelled(tmp_path: Path, data: bytes, keys: dict[str, Any]) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    target, _ = run_in(tmp_path, {"path": "a.csv", **keys}, "o.csv")
    delimiter = keys.get("delimiter", ",").encode()
    lines = data.splitlines()
    found = target.read_bytes().splitlines()
    pairs = zip(found, lines, strict=True)
    assert [one if one == line else one.rsplit(delimiter, 2)[0] for one, line in pairs] == lines
    assert [line for line in found if line.endswith(delimiter + b"aug_chain")] == [
        line for line in found if b"aug_source" in line
    ]
    verify(target)


def test_excel_with_its_separator_and_mark(tmp_path: Path) -> None:
    data = '\ufeffsep=;\r\ntext;label\r\n"Der Zug; er kam spät.";negativ\r\nSehr gut im Laden.;positiv\r\n'.encode()
    (tmp_path / "a.csv").write_bytes(data)
    target, _ = run_in(tmp_path, {"path": "a.csv", "label": "label", "language": "de"}, "o.csv", chains=EDITS)
    verify(target)
    lines = target.read_bytes().split(b"\r\n")
    assert lines[:2] == [b"\xef\xbb\xbfsep=;", b"text;label;aug_source;aug_chain"]
    assert lines[2].startswith('"Der Zug; er kam spät.";negativ;'.encode())
    assert all(line.startswith(b'"') for line in lines[3:] if b";negativ;" in line)


def test_a_variant_keeps_the_other_fields_as_they_are_spelled(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        'id,text,"n, m"\n"7","one good word and more",  1\n007,no quote here now,"x ""y"""\n'
    )
    target, _ = run_in(tmp_path, {"path": "a.csv"}, "o.csv", chains=EDITS)
    verify(target)
    lines = target.read_text().splitlines()[1:]
    assert len(lines) > 4
    for line in lines:
        if "quote" in line:
            assert line.startswith("007,")
            assert ',"x ""y""",' in line
        else:
            assert line.startswith('"7","')
            assert '",  1,' in line


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_files_without_a_header(tmp_path: Path, name: str) -> None:
    between = "," if name == "a.csv" else "\t"
    (tmp_path / name).write_text(f"1{between}the plot is slow but fine\n0{between}i want my two hours back\n")
    keys = {"path": name, "header": False, "text": 2, "label": 1}
    target, _ = run_in(tmp_path, keys, f"o{name[-4:]}", chains=EDITS)
    verify(target)
    rows = [line.split(between) for line in target.read_text().splitlines()]
    assert all(len(row) == 4 and row[0] in "01" for row in rows)
    assert [row[1] for row in rows if not row[3]] == ["the plot is slow but fine", "i want my two hours back"]
    named = {**keys, "columns": ["label", "text"], "text": "text", "label": "label"}
    target, _ = run_in(tmp_path, named, "o.jsonl")
    assert [*json.loads(target.read_text().splitlines()[0])] == ["label", "text", *MORE]


WRONG: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "no header": (b"1,a good plot that is slow\n0,x\n", {}, r"a\.csv has no column 'text'.*set input\.header: false"),
    "columns with a header": (b"text,n\na,1\n", {"columns": ["text", "n"]}, r"set input\.header: false too"),
    "too few names": (b"a,1\n", {"header": False, "columns": ["text"]}, r"has 2 fields, but input\.columns names 1"),
    "an empty file without header": (b"", {"header": False, "text": 1}, r"the file is empty; expected rows"),
    "a stray quote": (b'text,n\n"a" b,1\n', {}, r"set input\.quote: none"),
    "an open quote": (b'text,n\n"a b,1\nc,2\n', {}, r"set input\.quote: none"),
    "an escaped quote": (b'text,n\n"a \\"b\\" c",1\n', {}, r"set input\.quote: backslash"),
    "all skipped": (b"text,n\na,1\n", {"skip_lines": 2}, "the file is empty"),
    "a name twice": (b"a,1\n", {"header": False, "columns": ["text", "text"]}, r"'text' stands twice"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_to_set_is_said(tmp_path: Path, name: str) -> None:
    data, keys, said = WRONG[name]
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises((ConfigError, DataError), match=said):
        run_in(tmp_path, {"path": "a.csv", **keys}, "o.csv")
    assert not (tmp_path / "out").exists() or not [*(tmp_path / "out").glob("o.*")]


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        (['"a triumph of patience"', "he said no more of it", '"one two three"'], 2),
        (['"a triumph of patience"', '"he said no more of it"'], 0),
        (['"a ""triumph"" of patience"', "he said no more of it"], 0),
        (['"a triumph of\tpatience"', "he said no more of it"], 0),
        (["a triumph of patience", 'he "said" no more of it'], 0),
    ],
)
def test_quotes_that_a_tsv_does_not_need_are_noted(tmp_path: Path, rows: list[str], count: int) -> None:
    (tmp_path / "a.tsv").write_text("text\n" + "\n".join(rows) + "\n")
    _, outcome = run_in(tmp_path, {"path": "a.tsv"}, "o.tsv", chains=EDITS)
    notes = [note for note in outcome.warnings if "quotes" in note]
    assert len(notes) == (count > 0)
    if count:
        assert f"does not need, in {count} of {len(rows)} rows (a.tsv:1" in notes[0]
        assert "set input.quote: none" in notes[0]


def test_backslashes_are_read_as_mysql_reads_them(tmp_path: Path) -> None:
    spelled = r"""text,n
"two\nlines, \"one\" tab\there",\N
C:\\new,"a ""b"" \"c\""" x"
d ""e"",\\
"""
    (tmp_path / "a.csv").write_text(spelled)
    keys = {"path": "a.csv", "quote": "backslash"}
    target, _ = run_in(tmp_path, keys, "o.jsonl", keys={"drop": ["aug_source", "aug_chain"]})
    assert read_rows(target) == [
        {"text": 'two\nlines, "one" tab\there', "n": ""}, {"text": "C:\\new", "n": 'a "b" "c"" x'},
        {"text": 'd ""e""', "n": "\\"},
    ]  # fmt: skip
    target, _ = run_in(tmp_path, keys, "o.csv", keys={"drop": ["aug_source", "aug_chain"]})
    assert target.read_text() == spelled
    target, _ = run_in(tmp_path, keys, "e.csv", chains=EDITS)
    verify(target)


def test_quotes_are_noted_without_chains_too(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('text\n"a triumph of wit"\nplain line\n')
    _, outcome = run_in(tmp_path, {"path": "a.tsv"}, "o.jsonl")
    assert any("set input.quote: none" in note for note in outcome.warnings)


def test_text_that_only_quotes_could_hold(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text,n\n"a\tb",1\n')
    (tmp_path / "b.tsv").write_text("text\tn\nc\t1\n")
    keys = {"path": ["b.tsv", "a.csv"], "quote": "none"}
    with pytest.raises(RunError, match=r"needs quotes"):
        run_in(tmp_path, keys, "o.tsv")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "cp1252", "utf-16", "utf-16-le"])
def test_output_encodings(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_text("text\none good café and more\n", encoding="utf-8")
    target, _ = run_in(
        tmp_path, {"path": "a.csv"}, "o.csv", chains=EDITS, keys={"encoding": encoding}, engine={"chunk_rows": 1}
    )
    verify(target)
    data = target.read_bytes()
    assert "café" in data.decode(encoding)
    assert data.startswith("text".encode(encoding))


def test_a_character_that_the_encoding_lacks(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\none 好 word\n", encoding="utf-8")
    with pytest.raises(RunError, match=r"'好' in 'one 好 word,.*' cannot be written in cp1252; set output"):
        run_in(tmp_path, {"path": "a.csv"}, "o.csv", keys={"encoding": "cp1252"})


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "json", "parquet"])
def test_dropped_columns(tmp_path: Path, suffix: str) -> None:
    rows = [
        {"a": 1, "text": "one good word and more", "b": 2.50, "c": "x, y"},
        {"a": 2, "text": "few", "b": 1e5, "c": ""},
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    frame = pd.DataFrame(rows)
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    for name in ("a.jsonl", "a.csv", "a.parquet"):
        target, _ = run_in(tmp_path, {"path": name}, f"o.{suffix}", chains=EDITS, keys={"drop": ["a", "c"]})
        verify(target)
        found = read_rows(target)
        assert [*found[0]] == ["text", "b", *MORE]
        assert found[0]["text"] == rows[0]["text"]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "json", "parquet", "xlsx"])
def test_a_run_without_chains_gives_the_input_back(tmp_path: Path, suffix: str) -> None:
    rows = [{"text": "one good word", "n": 1}, {"text": "two", "n": 2}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    drop = ["aug_source", "aug_chain"]
    first, _ = run_in(tmp_path, {"path": "a.jsonl"}, f"a.{suffix}", keys={"drop": drop})
    verify(first)
    second, _ = run_in(tmp_path, {"path": str(first)}, f"b.{suffix}", keys={"drop": drop})
    verify(second)
    if suffix != "parquet":
        assert second.read_bytes() == first.read_bytes()
    third, _ = run_in(tmp_path, {"path": str(second)}, "c.jsonl", keys={"drop": drop})
    found = [json.loads(line) for line in third.read_text().splitlines()]
    assert [{**row, "n": int(row["n"])} for row in found] == rows
    more, _ = run_in(tmp_path, {"path": str(first)}, f"d.{suffix}", chains=EDITS, keys={"drop": drop, "id": "aug_id"})
    verify(more)
    told, _ = run_in(tmp_path, {"path": str(more)}, "e.jsonl")
    assert {json.loads(line)["aug_id"].partition("#")[2] for line in told.read_text().splitlines()} == {
        "",
        "a.1",
        "a.2",
    }


def test_one_of_two_columns_is_not_dropped(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "one word"}\n')
    with pytest.raises(ConfigError, match="aug_source and aug_chain go together"):
        run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl", keys={"drop": ["aug_chain"]})


def test_keys_for_other_formats(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "one word"}\n')
    with pytest.raises(ConfigError, match=r"output\.encoding: jsonl files are always UTF-8"):
        run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl", keys={"encoding": "gbk"})
    with pytest.raises(DataError, match=r"input\.records is for JSON files"):
        run_in(tmp_path, {"path": "a.jsonl", "records": "x"}, "o.jsonl")


def test_what_cannot_be_dropped(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,n\none word,1\n")
    for column, said in (("text", "'text' is what steps edit"), ("m", "the input has no column 'm'")):
        with pytest.raises(ConfigError, match=said):
            run_in(tmp_path, {"path": "a.csv"}, "o.csv", keys={"drop": [column]})


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=6),
    st.sampled_from([",", ";", "\t"]), st.sampled_from(["double", "backslash", "none"]), st.booleans(),
)  # fmt: skip
def test_what_is_spelled_reads_back(rows: list[list[str]], delimiter: str, quote: Quote, blanks: bool) -> None:
    dialect = Dialect(delimiter, quote, blanks, None)
    spelled = []
    for row in rows:
        try:
            spelled.append((row, delimiter.join(map(dialect.spell, row))))
        except RunError:
            assert quote == "none"
            assert any(delimiter in cell or "\n" in cell or "\r" in cell or blanks for cell in row)
    spelled = [(row, line) for row, line in spelled if line.strip() or delimiter in line]
    file = io.BytesIO("".join(line + "\n" for _, line in spelled).encode())
    found = [row for row, _, _ in scan_csv(file, dialect, Header(["a", "b"]))]
    for got, (row, line) in zip(found, spelled, strict=True):
        assert isinstance(got, CsvRow), got
        assert got.fields == row
        assert got.raw == line
        assert dialect.delimiter.join(dialect.pieces(line)) == line
        assert len(dialect.pieces(line)) == 2


@settings(deadline=None, max_examples=300)
@given(st.text('ab ",;\\\n\r', max_size=40), CELLS, st.sampled_from(["double", "backslash", "none"]), st.booleans())
def test_a_changed_field_reads_back_beside_the_others(text: str, cell: str, quote: Quote, blanks: bool) -> None:
    dialect = Dialect(",", quote, blanks, None)
    header = Header(["a", "b"])
    for row, _, _ in scan_csv(io.BytesIO(text.encode()), dialect, header):
        if not isinstance(row, CsvRow):
            continue
        try:
            line = row.spelled({"b": cell})
        except RunError:
            continue
        again = [found for found, _, _ in scan_csv(io.BytesIO(line.encode() + b"\n"), dialect, header)]
        assert [found.fields for found in again if isinstance(found, CsvRow)] == [[row.fields[0], cell]], line


def test_chunks_and_workers_make_no_difference(tmp_path: Path) -> None:
    rows = [f'"row \\"{n}\\", with \\\\ and\nmore good words",{n}' for n in range(400)]
    (tmp_path / "a.csv").write_text("# kept\ntext,n\n" + "\n# between\n".join(rows) + "\n")
    keys = {"path": "a.csv", "quote": "backslash", "comment": "#"}
    whole, _ = run_in(tmp_path, keys, "whole.csv", chains=EDITS)
    parts, _ = run_in(tmp_path, keys, "parts.csv", chains=EDITS, engine={"chunk_rows": 7, "workers": 2})
    assert whole.read_bytes() == parts.read_bytes()
    assert whole.read_text().startswith("# kept\ntext,n,aug_source")
    assert whole.read_text().count("# between\n") == 399
    verify(whole)


def test_a_pipe_in_the_dialect_of_the_config(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    data = "{path: '-', format: tsv, text: 1, header: false, quote: none}"
    config.write_text(f"input: {data}\noutput: {{path: '-'}}\nchains: {{}}\n")
    done = augcli("run", config, cwd=tmp_path, stdin=b'"a" film\t1\n"b\t2\n')
    assert done.returncode == 0, done.stderr
    assert [line.split("\t")[:2] for line in done.stdout.decode().splitlines()] == [['"a" film', "1"], ['"b', "2"]]
