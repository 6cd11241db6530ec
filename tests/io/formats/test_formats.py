"""Law 1: what no edit touches comes through, to the byte where the format allows it."""

from __future__ import annotations

import csv
import io
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.commands.verify import verify
from augcli.errors import AugError
from augcli.io.formats.json import JsonLines, JsonRow, parse_json
from augcli.io.formats.json_array import Frame, array_rows
from augcli.io.formats.rows import OutputRow, RowError
from augcli.io.outputs import AUG_COLUMNS
from augcli.text.record import Record
from tests.support.helpers import sources
from tests.support.nasty import csv_rows, json_rows
from tests.support.running import EDITS, run_in, written

characters = st.characters(exclude_categories=["Cs"])
cells = st.text(st.sampled_from("\"',;\t|\r\n \\ab0é好👍\u2028\u0085\ufeff") | characters.filter(lambda c: c != "\0"))


@contextmanager
def a_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


# --- JSON ------------------------------------------------------------------------------------------------------------

NUMBERS = ["0", "-0", "-0.0", "1e5", "1.10", "1E400", "-1.5e-7", "9007199254740993", "123456789012345678901234567890"]
SHORT = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def spelled(text: str, style: int) -> str:
    """`text` as a JSON string; `style` says which characters are escaped, and how."""
    choose = random.Random(style)
    out = []
    for char in text:
        must = char in '"\\' or char < " "
        if not must and choose.random() < 0.7:
            out.append(char)
        elif char in SHORT and choose.random() < 0.7:
            out.append(SHORT[char])
        else:
            units = char.encode("utf-16-be")
            out += [f"\\u{units[at]:02x}{units[at + 1]:02X}" for at in range(0, len(units), 2)]
    return '"' + "".join(out) + '"'


strings = st.builds(spelled, st.text(characters), st.integers(0, 9))
blanks = st.sampled_from(["", "", " ", "\t ", "  "])
keys = st.sampled_from(["text", "a/b", 'q"', "é", "", "label", "\\", "好"]) | st.text(characters, max_size=4)


def _array(items: list[str], blank: str) -> str:
    return f"[{blank}" + f"{blank},".join(items) + f"{blank}]"


def _object(members: dict[str, str], blank: str, style: int) -> str:
    inside = f"{blank},".join(f"{blank}{spelled(key, style)}{blank}:{blank}{value}" for key, value in members.items())
    return f"{{{inside}{blank}}}"


values = st.recursive(
    strings | st.sampled_from([*NUMBERS, "null", "true", "false", r'"\"text\": \"x\""', '"text"']),
    lambda inner: (
        st.builds(_array, st.lists(inner, max_size=3), blanks)
        | st.builds(_object, st.dictionaries(keys, inner, max_size=3), blanks, st.integers(0, 9))
    ),
    max_leaves=6,
)


@st.composite
def objects(draw: st.DrawFn, column: str = "text") -> tuple[str, str, str]:
    """A JSON object in three pieces: before the value of `column`, that value (a string), and after it."""
    others = draw(st.dictionaries(keys.filter(lambda key: key != column), values, max_size=4))
    order = draw(st.permutations([*others, column]))
    blank, style = draw(blanks), draw(st.integers(0, 9))
    value = draw(strings)
    whole = _object({key: others.get(key, "\0") for key in order}, blank, style)
    before, _, after = whole.partition("\0")
    return before, value, after


@settings(max_examples=30)
@given(st.lists(objects(), min_size=1, max_size=5), st.sampled_from(["\n", "\r\n", "\n\n \t\n"]))
def test_json_lines_come_through_to_the_byte(rows: list[tuple[str, str, str]], end: str) -> None:
    lines = ["".join(pieces) for pieces in rows]
    with a_folder() as folder:
        (folder / "a.jsonl").write_bytes(end.join(lines).encode())
        target, _ = run_in(folder, {"path": "a.jsonl"}, "o.jsonl", engine={"chunk_rows": 2})
        keys = [json.loads(line)["aug_source"] for line in target.read_bytes().splitlines()]
        newline = "\r\n" if end == "\r\n" and len(rows) > 1 else "\n"
        tails = [f',"aug_source":"{key}","aug_chain":""}}{newline}' for key in keys]
        expected = "".join(line[:-1] + tail for line, tail in zip(lines, tails, strict=True))
        assert target.read_bytes() == expected.encode()


@settings(max_examples=300)
@given(
    st.sampled_from(["text", "a/b", 'q"', "é", "", "\\", "好", "👍"]).flatmap(
        lambda c: st.tuples(st.just(c), objects(c))
    )
)
def test_only_the_bytes_of_the_changed_value_change(drawn: tuple[str, tuple[str, str, str]]) -> None:
    column, (before, value, after) = drawn
    row = parse_json((before + value + after).encode())
    assert row.get(column) == json.loads(value)
    line = JsonLines(AUG_COLUMNS).encode([OutputRow(Record("r", (), row=row), {column: "new é"}, "a.1")]).decode()
    assert line == before + '"new é"' + after[:-1] + ',"aug_source":"r","aug_chain":"a.1"}\n'


@given(objects(), values)
def test_a_repeated_key_is_refused(pieces: tuple[str, str, str], other: str) -> None:
    before, value, after = pieces
    for line in (
        before + value + f',"text":{other}' + after,
        before + value + f',"\\u0074ext" : {other}' + after,
        f'{{"text":{other},' + before[1:] + value + after,
    ):
        row = parse_json(line.encode())
        with pytest.raises(RowError, match="column 'text': the key stands twice"):
            row.refuse_repeated([("text", b'"text"')])
        with pytest.raises(RowError, match="stands twice"):
            row.cut(["text"])


@given(objects())
def test_a_key_that_stands_once_is_not_refused(pieces: tuple[str, str, str]) -> None:
    parse_json("".join(pieces).encode()).refuse_repeated([("text", b'"text"')])


def test_lists_are_replaced_where_they_stand() -> None:
    row = parse_json(b'{"a": {"s": [9]}, "s" : [[0, 1, "]"], 1e5] , "t": "x", "n": 1.10}')
    holes, rest = row.cut(["t", "s"])
    assert holes == [(b'{"a": {"s": [9]}, "s" : ', "s"), (b' , "t": ', "t")]
    assert rest == b', "n": 1.10'


class _Slow(io.BytesIO):
    """Gives one byte at a time, so that every place is a block's end."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(1)


@given(st.lists(objects(), max_size=4), st.sampled_from(["", " ", "\n", "\r\n\t"]))
def test_array_rows(rows: list[tuple[str, str, str]], blank: str) -> None:
    lines = ["".join(pieces) for pieces in rows]
    array = (blank + f"[{blank}" + f"{blank},{blank}".join(lines) + f"{blank}]{blank}").encode()
    assert [element.decode() for element in array_rows(_Slow(array), Frame())] == lines
    assert list(array_rows(io.BytesIO(array), Frame())) == list(array_rows(_Slow(array), Frame()))


@pytest.mark.parametrize(
    ("array", "why"),
    [
        ('[{"text": "a"}', "the array is not closed"),
        ('[{"text": "a', "the array is not closed"),
        ('[{"text": "a"}] x', "something stands after the end of the array"),
        ('[{"text": "a"}] [{"text": "b"}]', "something stands after the end of the array"),
        ('[{"text": "a"}] {"text": "b"}', "something stands after the end of the array"),
        ('[{"text": "a"},, {"text": "b"}]', "a comma stands where an element"),
        ('[{"text": "a"},]', "a comma stands where an element"),
        ('[,{"text": "a"}]', "a comma stands where an element"),
        ('[{"text": "a"}}', "the array is not closed"),
        ('[{"text": "a"} {"text": "b"}]', "more than one JSON value"),
        ('[{"text": "a\nb"}]', "row 1: not JSON: Invalid control character"),
        ('[{"text": "a"}, 7]', "row 2: expected a JSON object"),
        ('{"rows": [1]}', "no column 'text'; it has 'rows'"),
        ('"text"', "expected a JSON array of objects; the file starts with '\"text\"'"),
        ("", "expected a JSON array of objects"),
    ],
)
def test_damaged_arrays_are_refused(tmp_path: Path, array: str, why: str) -> None:
    (tmp_path / "a.json").write_text(array)
    with pytest.raises(AugError) as caught:
        run_in(tmp_path, {"path": "a.json"}, "o.jsonl")
    assert why in str(caught.value)
    assert written(tmp_path) == []


@pytest.mark.parametrize("indent", [None, 2])
def test_array_in_array_out(tmp_path: Path, indent: int | None) -> None:
    rows: list[dict[str, Any]] = [{"text": 'a ] \n } , " b', "n": [1, {"x": [2**70, 1.5]}]}, {"text": "", "m": None}]
    (tmp_path / "a.json").write_text(json.dumps(rows, indent=indent))
    target, _ = run_in(tmp_path, {"path": "a.json"}, "o.json", chains=EDITS, engine={"chunk_rows": 1})
    verify(target)
    found = [row for row in json.loads(target.read_bytes()) if row["aug_chain"] == ""]
    keys = [row["aug_source"] for row in found]
    assert found == [{**row, "aug_source": key, "aug_chain": ""} for row, key in zip(rows, keys, strict=True)]
    (tmp_path / "a.json").write_text("[]")
    target, _ = run_in(tmp_path, {"path": "a.json"}, "o.json")
    assert json.loads(target.read_bytes()) == []


# --- CSV -------------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    st.lists(st.tuples(cells, cells | st.sampled_from(["007", "NA", "1e5", " x ", "", "'"])), max_size=6),
    st.sampled_from([",", ";", "\t", "|", " "]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["o.csv", "o.tsv", "o.jsonl"]),
)
def test_csv_cells_come_through(rows: list[tuple[str, str]], delimiter: str, newline: str, out: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerows([("text", 'k"'), *rows])
    with a_folder() as folder:
        (folder / "a.csv").write_bytes(file.getvalue().encode())
        keys = {"path": "a.csv", "delimiter": delimiter}
        target, _ = run_in(folder, keys, out, engine={"chunk_rows": 1})
        data = target.read_bytes()
        if out == "o.jsonl":
            assert [(row["text"], row['k"']) for row in map(dict, json_rows(data))] == rows
            return
        found = csv_rows(data, delimiter="\t" if out == "o.tsv" else delimiter)
        assert [tuple(row[:2]) for row in found] == [("text", 'k"'), *rows]
        assert all(len(row) == 4 for row in found)


def _csv_text(newline: str) -> str:
    rows = [
        "plain,1",
        '"two\nlines",2',
        '"a ""quoted"" word, a comma",3',
        "\ufeffmark,4",
        '"\n\n",5',
        '" ",6',
        '"x\r\ny",7',
    ]
    return "text,n\n".replace("\n", newline) + "".join(row + newline for row in rows)


JSON_TEXT = "".join(f'{{"text": "word {"good bad ugly ".upper()}{n}", "n": [{n}, "\u2028"]}}\n\n' for n in range(7))
FILES: dict[str, Callable[[], str]] = {
    "lf.csv": lambda: _csv_text("\n"),
    "crlf.csv": lambda: _csv_text("\r\n"),
    "cr.csv": lambda: _csv_text("\r"),
    "a.tsv": lambda: _csv_text("\n").replace(",", "\t"),
    "a.jsonl": lambda: JSON_TEXT,
    "a.json": lambda: "[" + JSON_TEXT.strip().replace("\n\n", ",\n") + "]",
    "bad.jsonl": lambda: JSON_TEXT.replace('"n": [3', "!") + "\ufeff" + JSON_TEXT,
    "bad.csv": lambda: _csv_text("\n").replace(",3", ",3,") + "one\n" + _csv_text("\n")[7:],
}


@pytest.mark.parametrize("name", FILES)
def test_chunk_borders_change_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FILES[name]().encode())
    keys = {"path": name}
    data = []
    for rows in (1000, 1, 2, 3):
        target, outcome = run_in(tmp_path, keys, name, chains=EDITS, engine={"chunk_rows": rows}, on_error="drop")
        assert len(outcome.dataset.chunks) == -(-outcome.dataset.rows // rows)
        assert outcome.dataset.dropped == (2 if "bad" in name else 0)
        data.append(target.read_bytes())
        verify(target)
    assert data[0].count(b"a.1") >= 5
    assert data[1:] == data[:1] * 3


@pytest.mark.parametrize(
    ("line", "fatal"),
    [
        ('"a "b" c",1\n', False),
        ('"a \\"b\\" c",1\n', False),
        ('"a "b c,1\n', False),
        ('"a "b" c\nmore text,1\n', True),
        ('"a b,1\nnext "line" here,1\n', True),
        ('"a b,1\nnext line,1\n', True),
    ],
)
def test_a_bad_quote_is_dropped_only_where_it_hides_nothing(tmp_path: Path, line: str, fatal: bool) -> None:
    (tmp_path / "a.csv").write_text(f"text,n\nfirst,1\n{line}last,1\n")
    with pytest.raises(AugError) as caught:
        run_in(tmp_path, {"path": "a.csv"}, "o.csv")
    assert caught.value.exit_code == 3
    assert "a.csv: row 2 (line 3): " in str(caught.value)
    if fatal:
        with pytest.raises(AugError, match="The rest cannot be read"):
            run_in(tmp_path, {"path": "a.csv"}, "o.csv", on_error="drop")
    else:
        target, _ = run_in(tmp_path, {"path": "a.csv"}, "o.csv", on_error="drop")
        assert [row[0] for row in csv_rows(target.read_bytes())][:2] == ["text", "first"]
        assert csv_rows(target.read_bytes())[-1][0] == "last"


def test_header_may_hold_line_breaks_and_repeated_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'"x\ny",text,x,x,""\n1,a,2,3,\n')
    target, _ = run_in(tmp_path, {"path": "a.csv"}, "o.csv")
    header, row = csv_rows(target.read_bytes())
    assert (header[:5], row[:5]) == (["x\ny", "text", "x", "x", ""], ["1", "a", "2", "3", ""])
    for out in ("o.jsonl", "o.parquet"):
        with pytest.raises(AugError, match="several columns called 'x'; only csv and tsv"):
            run_in(tmp_path, {"path": "a.csv"}, out)


# --- Parquet ---------------------------------------------------------------------------------------------------------

TABLE = pa.table(
    {
        "text": pa.array(["one good word", "", "two\nlines é", "four words are here", "NA"]),
        "i": pa.array([2**63 - 1, None, -1, 0, 7], pa.int64()),
        "u": pa.array([2**64 - 1, 0, 1, 2, None], pa.uint64()),
        "f": pa.array([0.1, float("inf"), None, -0.0, 1e300], pa.float64()),
        "b": pa.array([True, None, False, True, True]),
        "t": pa.array([0, 1, None, 10**15, -1], pa.timestamp("us", tz="UTC")),
        "m": pa.array([Decimal("1.10"), None, Decimal("-0.05"), Decimal(0), Decimal(9)], pa.decimal128(12, 2)),
        "l": pa.array([[1, None], [], None, [3], [4]], pa.list_(pa.int32())),
        "s": pa.array([{"x": 1, "y": ["a"]}, None, {"x": None, "y": []}, {"x": 2, "y": None}, {"x": 3, "y": ["b"]}]),
        "d": pa.array(["x", "y", "x", None, "z"]).dictionary_encode(),
        "z": pa.nulls(5),
        "bytes": pa.array([b"\xff\x00", b"", None, b"a", b"b"]),
    }
)  # fmt: skip


@pytest.mark.parametrize("chunk_rows", [1, 2, 1000])
@pytest.mark.parametrize("chains", [{}, EDITS], ids=["as it is", "edited"])
def test_parquet_keeps_types_and_values(tmp_path: Path, chunk_rows: int, chains: dict[str, Any]) -> None:
    table = TABLE.replace_schema_metadata({"who": "me"})
    pq.write_table(table, tmp_path / "a.parquet")
    keys = {"path": "a.parquet"}
    target, _ = run_in(tmp_path, keys, "o.parquet", chains=chains, engine={"chunk_rows": chunk_rows})
    verify(target)
    found = pq.read_table(target)
    originals = found.filter(pa.compute.equal(found["aug_chain"], "")).select(table.column_names)
    assert originals.schema.equals(table.schema)
    assert originals.schema.metadata[b"who"] == b"me"
    assert originals.to_pylist() == table.to_pylist()
    variants = found.filter(pa.compute.not_equal(found["aug_chain"], ""))
    assert bool(variants.num_rows) == bool(chains)
    by_key = {row["aug_source"]: row for row in found.to_pylist() if not row["aug_chain"]}
    for row in variants.to_pylist():
        source = by_key[row["aug_source"]]
        assert {**row, "text": source["text"]} == {
            **source,
            "aug_source": row["aug_source"],
            "aug_chain": row["aug_chain"],
        }


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_text_columns_of_any_arrow_type(tmp_path: Path, kind: pa.DataType) -> None:
    table = pa.table({"text": pa.array(["one good word here", "two good words here"]).cast(kind), "id": [5, 6]})
    pq.write_table(table, tmp_path / "a.parquet")
    target, _ = run_in(tmp_path, {"path": "a.parquet", "id": "id"}, "o.parquet", chains=EDITS)
    verify(target)
    assert pq.read_schema(target).types[:3] == [kind, pa.int64(), pa.int64()]


def test_parquet_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    pq.write_table(TABLE.slice(0, 0), tmp_path / "a.parquet")
    target, _ = run_in(tmp_path, {"path": "a.parquet"}, "o.parquet")
    assert pq.read_table(target).select(TABLE.column_names).schema.equals(TABLE.schema)
    assert pq.read_metadata(target).num_rows == 0
    verify(target)
    with pytest.raises(AugError, match="no column 'words'; it has 'text', 'i'"):
        run_in(tmp_path, {"path": "a.parquet", "text": "words"}, "o.parquet")


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (['{"text": "a", "n": 1}', '{"text": "b", "n": "x"}'], "do not have one type each"),
        (['{"text": "a", "n": 123456789012345678901234567890}'], "do not have one type each"),
        (['{"text": "a", "n": {}}'], "do not have one type each"),
        (['{"text": "a", "n": [1, [2]]}'], "do not have one type each"),
    ],
)
@pytest.mark.parametrize("chunk_rows", [1, 9])
def test_what_parquet_cannot_hold_is_refused(tmp_path: Path, rows: list[str], why: str, chunk_rows: int) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(rows))
    with pytest.raises(AugError, match=why) as caught:
        run_in(tmp_path, {"path": "a.jsonl"}, "o.parquet", engine={"chunk_rows": chunk_rows})
    assert caught.value.exit_code == 1
    assert written(tmp_path) == []


# --- from one format to another --------------------------------------------------------------------------------------

MIXED = [
    '{"text": "a, b", "n": 1.10, "big": 123456789012345678901234567890, "id": 7}',
    '{"id": 8, "new": [1, "x y"], "text": "c\\nd", "none": null, "yes": true}',
    '{"text": "", "o": {"k":1E5}, "id": 9, "n": 1e5}',
]


@pytest.mark.parametrize("chunk_rows", [1, 9])
def test_json_to_csv_keeps_the_spelling_of_values(tmp_path: Path, chunk_rows: int) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(MIXED))
    target, _ = run_in(tmp_path, {"path": "a.jsonl", "id": "id"}, "o.csv", engine={"chunk_rows": chunk_rows})
    verify(target)
    assert csv_rows(target.read_bytes()) == [
        ["text", "n", "big", "id", "new", "none", "yes", "o", "aug_source", "aug_chain"],
        ["a, b", "1.10", "123456789012345678901234567890", "7", "", "", "", "", "7", ""],
        ["c\nd", "", "", "8", '[1, "x y"]', "", "true", "", "8", ""],
        ["", "1e5", "", "9", "", "", "", '{"k":1E5}', "9", ""],
    ]


@pytest.mark.parametrize("chunk_rows", [1, 9])
def test_json_to_parquet_gathers_all_columns(tmp_path: Path, chunk_rows: int) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"text": "a"}\n{"new": 2, "text": "b", "s": {"x": 1}}\n{"text": "c", "new": 0.5}'
    )
    target, _ = run_in(tmp_path, {"path": "a.jsonl"}, "o.parquet", engine={"chunk_rows": chunk_rows})
    verify(target)
    assert [{k: v for k, v in row.items() if k[:3] != "aug"} for row in pq.read_table(target).to_pylist()] == [
        {"text": "a", "new": None, "s": None},
        {"text": "b", "new": 2.0, "s": {"x": 1}},
        {"text": "c", "new": 0.5, "s": None},
    ]


def test_csv_to_parquet_and_json_stays_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,n\nword,007\nNA,1e5\n")
    target, _ = run_in(tmp_path, {"path": "a.csv"}, "o.parquet")
    assert [(row["text"], row["n"]) for row in pq.read_table(target).to_pylist()] == [("word", "007"), ("NA", "1e5")]
    target, _ = run_in(tmp_path, {"path": "a.csv"}, "o.json")
    assert [(row["text"], row["n"]) for row in json.loads(target.read_bytes())] == [("word", "007"), ("NA", "1e5")]


@pytest.mark.parametrize("out", ["o.csv", "o.jsonl"])
def test_parquet_to_other_formats(tmp_path: Path, out: str) -> None:
    pq.write_table(TABLE.drop_columns(["bytes"]), tmp_path / "a.parquet")
    target, _ = run_in(tmp_path, {"path": "a.parquet"}, out, chains=EDITS, engine={"chunk_rows": 2})
    verify(target)
    data = target.read_bytes()
    if out == "o.jsonl":
        first = json.loads(data.partition(b"\n")[0])
        assert (first["i"], first["u"], first["f"], first["m"]) == (2**63 - 1, 2**64 - 1, 0.1, "1.10")
        assert (first["t"], first["l"], first["s"], first["z"]) == (
            "1970-01-01T00:00:00+00:00", [1, None], {"x": 1, "y": ["a"]}, None,
        )  # fmt: skip
        return
    header, *rows = csv_rows(data)
    first = dict(zip(header, rows[0], strict=True))
    assert (first["i"], first["u"], first["f"], first["m"]) == (str(2**63 - 1), str(2**64 - 1), "0.1", "1.10")
    assert (first["l"], first["s"], first["z"], first["d"]) == ("[1,null]", '{"x":1,"y":["a"]}', "", "x")


def test_formats_may_be_mixed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,n\nword,007\n")
    (tmp_path / "b.jsonl").write_text('{"text": "a", "more": 1}\n')
    target, _ = run_in(tmp_path, {"path": ["a.csv", "b.jsonl"]}, "o.csv")
    assert [[*row[:3], row[4]] for row in csv_rows(target.read_bytes())] == [
        ["text", "n", "more", "aug_chain"],
        ["word", "007", "", ""],
        ["a", "", "1", ""],
    ]
    assert sources(target) == ["a.csv:1", "b.jsonl:1"]
    verify(target)


def test_numbers_that_are_not_numbers_in_csv(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a", "b"], "f": [float("nan"), float("-inf")]}), tmp_path / "a.parquet")
    target, _ = run_in(tmp_path, {"path": "a.parquet"}, "o.csv")
    assert [row[1] for row in csv_rows(target.read_bytes())] == ["f", "nan", "-inf"]


def test_rows_of_all_sizes(tmp_path: Path) -> None:
    long = "word and another " * 300_000
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": long, "x": "y"}))
    target, outcome = run_in(tmp_path, {"path": "a.jsonl"}, "o.csv")
    assert csv_rows(target.read_bytes())[1][:2] == [long, "y"]
    (tmp_path / "b.csv").write_bytes(target.read_bytes().replace(b"aug_", b"was_"))
    target, outcome = run_in(tmp_path, {"path": "b.csv"}, "o.jsonl")
    assert json.loads(target.read_bytes())["text"] == long
    assert outcome.dataset.characters == len(long)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.json", "a.parquet"])
@pytest.mark.parametrize("out", ["o.csv", "o.tsv", "o.jsonl", "o.json", "o.parquet"])
def test_no_rows(tmp_path: Path, name: str, out: str) -> None:
    empty = {"a.csv": "text\n", "a.tsv": "text\n", "a.jsonl": "", "a.json": "[ ]"}
    if name in empty:
        (tmp_path / name).write_text(empty[name])
    else:
        pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / name)
    target, outcome = run_in(tmp_path, {"path": name}, out, chains=EDITS)
    assert (outcome.dataset.rows, outcome.counts.asked) == (0, 0)
    assert "all 0 rows" in verify(target)


def test_row_types_are_told_apart() -> None:
    assert isinstance(parse_json(b'{"a": 1E400}'), JsonRow)
    for line, why in (
        (b"[{}]", "if the file is one array, set input.format: json"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": "\\ud83d"}', "half of a surrogate pair"),
        (b'{"a": 1E400, "b": "\\udc00"}', "half of a surrogate pair"),
        (b'{"a": 1E400, "b": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": 1} {"a": 2}', "more than one JSON value"),
        (b'{"a": "NaN: x", b}', "not JSON: Expecting property name"),
        (b"[" * 2000, "set input.format: json"),
        (b'{"a":' * 2000, "nested too deep"),
        (b'{"a": ' + b"1" * 5000 + b"}", ""),
    ):
        if why:
            with pytest.raises(RowError, match=why):
                parse_json(line)
        else:
            assert parse_json(line).data["a"] == float("inf")
