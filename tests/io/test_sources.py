"""Where rows come from: files, folders, patterns, streams, packed files; and by what name they go."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from augcli.commands.verify import verify
from augcli.errors import AugError, ConfigError, DataError
from augcli.io.files.compression import unpacked
from augcli.io.records import content_key
from augcli.text.record import Record
from tests.support.helpers import augcli, sources
from tests.support.nasty import csv_rows
from tests.support.running import EDITS, run_in, written

ROWS = [{"text": f"one good word and {n} more é", "n": n} for n in range(9)]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS).encode()
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("kind", PACK)
def test_packed_in_and_out(tmp_path: Path, kind: str) -> None:
    (tmp_path / f"a.jsonl.{kind}").write_bytes(PACK[kind](LINES[:200]) + PACK[kind](LINES[200:]))
    (tmp_path / "plain.jsonl").write_bytes(LINES)
    target, _ = run_in(tmp_path, {"path": f"a.jsonl.{kind}"}, f"o.jsonl.{kind}", chains=EDITS)
    verify(target)
    with unpacked(target) as (file, packed):
        assert packed == kind
        data = file.read()
    again, _ = run_in(tmp_path / "..", {"path": str(tmp_path / f"a.jsonl.{kind}")}, f"o.jsonl.{kind}", chains=EDITS)
    assert again != target
    assert again.read_bytes() == target.read_bytes()
    unpacked_run, _ = run_in(tmp_path, {"path": "plain.jsonl"}, "plain.jsonl")
    assert [line for line in data.splitlines() if b'"aug_chain":""' in line] == [
        line.replace(b"plain.jsonl:", f"a.jsonl.{kind}:".encode()) for line in unpacked_run.read_bytes().splitlines()
    ]


def test_a_zip_archive_of_one_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.jsonl.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        archive.writestr("folder/a.jsonl", LINES)
        archive.writestr("__MACOSX/folder/._a.jsonl", b"\0")
    (tmp_path / "a.jsonl").write_bytes(LINES)
    target, _ = run_in(tmp_path, {"path": "a.jsonl.zip"}, "o.jsonl", chains=EDITS)
    verify(target)
    plain, _ = run_in(tmp_path, {"path": "a.jsonl"}, "p.jsonl", chains=EDITS)
    assert target.read_bytes() == plain.read_bytes()
    with pytest.raises(ConfigError, match=r"outputs are packed as \.gz, \.bz2, \.xz or \.zst"):
        run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl.zip")


def test_archives_that_are_not_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.jsonl.zip", "w") as archive:
        archive.writestr("a.jsonl", LINES)
        archive.writestr("b.jsonl", LINES)
    with tarfile.open(tmp_path / "tar.jsonl.gz", "w:gz") as tar:
        (tmp_path / "a.jsonl").write_bytes(LINES)
        tar.add(tmp_path / "a.jsonl")
    (tmp_path / "seven.jsonl").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(99))
    for name, said in (
        ("two.jsonl.zip", "expected a zip archive of one file, this one holds 2: a.jsonl, b.jsonl"),
        ("tar.jsonl.gz", "a tar archive, which is not read; unpack it"),
        ("seven.jsonl", "a 7z archive, which is not read; unpack it"),
    ):
        with pytest.raises(DataError, match=f"{name}: .*{said}"):
            run_in(tmp_path, {"path": name}, "o.jsonl")


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize(
    "damage",
    [lambda data: data[: len(data) // 2], lambda data: data[:-3], lambda data: data[:40] + b"\xff" * 9 + data[49:]],
    ids=["half", "last bytes", "middle"],
)
def test_damaged_packed_files_are_refused(tmp_path: Path, kind: str, damage: Callable[[bytes], bytes]) -> None:
    pack = zstandard.ZstdCompressor(write_checksum=True).compress if kind == "zst" else PACK[kind]
    (tmp_path / "a.jsonl").write_bytes(damage(pack(LINES)))
    with pytest.raises(DataError, match=r"a\.jsonl: cannot be read: ") as caught:
        run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl", on_error="drop")
    assert caught.value.exit_code == 3
    assert written(tmp_path) == []


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files of the same name in two folders, and one that is no data."""
    for folder in ("data/one", "data/two"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.jsonl").write_bytes(LINES)
    (tmp_path / "data/two/b.jsonl").write_bytes(LINES)
    (tmp_path / "data/two/notes.txt").write_text("no rows here")
    (tmp_path / "data/two/notes.md").write_text("no rows here")
    (tmp_path / "data/two/.hidden.jsonl").write_text("nor here")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("data/two", ["a.jsonl", "b.jsonl"]),
        ("data/two/", ["a.jsonl", "b.jsonl"]),
        ("data/two/*.jsonl", ["a.jsonl", "b.jsonl"]),
        ("data/*/a.jsonl", ["one/a.jsonl", "two/a.jsonl"]),
        ("data/**/*.jsonl", ["one/a.jsonl", "two/a.jsonl", "b.jsonl"]),
        (["data/two/b.jsonl", "data/one/a.jsonl"], ["b.jsonl", "a.jsonl"]),
        (["data/two/b.jsonl", "data/one"], ["b.jsonl", "a.jsonl"]),
        (["data/two/a.jsonl", "data/one/a.jsonl"], ["two/a.jsonl", "one/a.jsonl"]),
    ],
)
def test_patterns_folders_and_lists(tree: Path, path: str | list[str], names: list[str]) -> None:
    target, _ = run_in(tree, {"path": path}, "o.jsonl", chains=EDITS, engine={"chunk_rows": 4})
    verify(target)
    assert list(dict.fromkeys(name.rpartition(":")[0] for name in sources(target))) == names
    assert len(set(sources(target))) == 9 * len(names)


def test_names_do_not_depend_on_where_one_stands(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, _ = run_in(tree, {"path": "data/*/a.jsonl"}, "o.jsonl", chains=EDITS)
    data = here.read_bytes()
    monkeypatch.chdir(tree)
    there, _ = run_in(Path(), {"path": ["data/one/a.jsonl", str(tree / "data/two/a.jsonl")]}, "o.jsonl", chains=EDITS)
    assert there.read_bytes() == data


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (["data/one/a.jsonl", "data/*/a.jsonl"], "a.jsonl is named twice"),
        (["-", "-"], "- is named twice"),
        ("data/three", "nothing to read at"),
        ("data/*.csv", "nothing to read at"),
        ([], "at least 1 must be given"),
        ("data/two/notes.md", "the name does not tell the format"),
    ],
)
def test_inputs_that_make_no_sense(tree: Path, path: str | list[str], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        run_in(tree, {"path": path}, "o.jsonl")


def test_tables_of_other_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,n\nx,1\n")
    (tmp_path / "b.csv").write_text("n,text\n1,x\n")
    with pytest.raises(DataError, match=r"b\.csv: its columns are not those of .*a\.csv"):
        run_in(tmp_path, {"path": "*.csv"}, "o.csv")


def test_a_column_may_come_late_but_must_come(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"n": 1}\n{"text": "x"}\n')
    with pytest.raises(DataError, match=r"row 1 \(line 1\): column 'text': missing; this row has 'n'"):
        run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl")
    target, outcome = run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl", on_error="drop")
    assert (sources(target), outcome.dataset.dropped) == (["a.jsonl:2"], 1)
    with pytest.raises(ConfigError, match="no column 'words'; it has 'n', 'text'"):
        run_in(tmp_path, {"path": "a.jsonl", "text": "words"}, "o.jsonl", on_error="drop")


def test_a_column_that_augcli_writes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x"}\n{"text": "x", "aug_chain": 1}\n')
    with pytest.raises(ConfigError, match="already has a column 'aug_chain'"):
        run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl")


@pytest.mark.parametrize(
    ("encoding", "data", "why"),
    [
        ("utf-16", '{"text": "x"}'.encode("utf-16-le"), "cannot be read: UTF-16 stream does not start with BOM"),
        (
            "utf-16-le",
            '{"text": "x"}\n'.encode("utf-16-le") + b"\x00\xd8",
            r"row 2 .*byte 0x00 at character 1 is not in",
        ),
        ("gbk", b'{"text": "a\x80"}', "byte 0x80 at character 12 is not in input.encoding"),
        ("utf-8", b'{"text": "a\x80"}', "byte 0x80 at character 12 is not UTF-8; set input.encoding"),
        ("utf-8", b'{"text": "\xed\xb2\x80"}', "byte 0x80 at character 11"),
    ],
)
def test_bytes_that_are_no_text(tmp_path: Path, encoding: str, data: bytes, why: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(data)
    with pytest.raises(DataError, match=why):
        run_in(tmp_path, {"path": "a.jsonl", "encoding": encoding}, "o.jsonl")


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf_8_sig", "utf-16", "utf-16-le", "utf-32", "gb18030"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_encodings_and_byte_order_marks(tmp_path: Path, encoding: str, mark: str) -> None:
    for name, text in (("a.jsonl", LINES.decode()), ("a.csv", "text,n\né好,1\n"), ("a.json", '[{"text": "好"}]')):
        data = (mark + text).encode(encoding) if encoding != "utf_8_sig" else text.encode(encoding)
        (tmp_path / name).write_bytes(data)
        keys = {"drop": ["aug_source", "aug_chain"]}
        target, _ = run_in(tmp_path, {"path": name, "encoding": encoding}, f"o.{name}", keys=keys)
        start = {"a.jsonl": LINES, "a.csv": data, "a.json": b'[{"t'}[name]
        assert target.read_bytes()[: len(data)].startswith(start[:4] if name != "a.csv" else data)
        verify(target)


@pytest.mark.parametrize("fmt", ["csv", "tsv", "jsonl", "json"])
def test_streams(tmp_path: Path, fmt: str) -> None:
    data = {
        "csv": b'text,n\n"a, good\nword",007\n',
        "tsv": b"text\tn\na good word\t007\n",
        "jsonl": b'{"text": "a good word", "n": "007"}\n',
        "json": b'[{"text": "a good word", "n": "007"}]',
    }[fmt]
    config: dict[str, Any] = {
        "input": {"path": "-", "text": "text", "format": fmt},
        "output": {"path": "-"},
        "chains": EDITS,
    }
    (tmp_path / "config.yaml").write_text(json.dumps(config))
    done = augcli("run", "config.yaml", cwd=tmp_path, stdin=data)
    assert (done.returncode, [entry.name for entry in tmp_path.iterdir()]) == (0, ["config.yaml"]), done.stderr
    text = "a, good\nword" if fmt == "csv" else "a good word"
    key = content_key(Record("", (text,)))
    if fmt in ("csv", "tsv"):
        rows = csv_rows(done.stdout, delimiter="," if fmt == "csv" else "\t")
        assert rows[0] == ["text", "n", "aug_source", "aug_chain"]
        assert rows[1] == [*csv_rows(data, delimiter="," if fmt == "csv" else "\t")[1], key, ""]
    else:
        rows = json.loads(done.stdout) if fmt == "json" else [json.loads(line) for line in done.stdout.splitlines()]
        assert rows[0] == {"text": "a good word", "n": "007", "aug_source": key, "aug_chain": ""}
    assert len(rows) == 3 + (fmt in ("csv", "tsv"))


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_limit_reads_no_further(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES + b"not json\n")
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    for limit, chunk_rows in ((0, 2), (1, 2), (4, 2), (5, 2), (9, 100)):
        target, _ = run_in(tmp_path, {"path": name}, "o.jsonl", limit=limit, engine={"chunk_rows": chunk_rows})
        assert sources(target) == [f"{name}:{n}" for n in range(1, limit + 1)]
        verify(target)


# --- ids -------------------------------------------------------------------------------------------------------------


def _jsonl(folder: Path, *rows: dict[str, Any]) -> None:
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.parametrize("ids", [["x", "y", "x"], [1, 2, 1], [1, 2, "1"]])
@pytest.mark.parametrize("chunk_rows", [1, 100])
def test_repeated_ids_are_refused_and_named(tmp_path: Path, ids: list[Any], chunk_rows: int) -> None:
    _jsonl(tmp_path, *({"text": "a", "id": value} for value in ids))
    with pytest.raises(DataError) as caught:
        run_in(tmp_path, {"path": "a.jsonl", "id": "id"}, "o.jsonl", engine={"chunk_rows": chunk_rows})
    path = tmp_path / "a.jsonl"
    assert f"'{ids[0]}': {path} row 1, {path} row 3\n" in str(caught.value)
    assert "Leave input.id out" in str(caught.value)
    assert written(tmp_path) == []


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "expected an id (text or a whole number), not text ('')"),
        (None, "not null"),
        (1.5, "not a number (1.5)"),
        (True, "not true or false (True)"),
        ([1], "not a list ([1])"),
        (2**70, "not a number (1.18"),
    ],
)
def test_bad_ids_are_refused(tmp_path: Path, value: Any, why: str) -> None:
    _jsonl(tmp_path, {"text": "a", "id": 1}, {"text": "a", "id": value})
    with pytest.raises(DataError) as caught:
        run_in(tmp_path, {"path": "a.jsonl", "id": "id"}, "o.jsonl")
    assert "a.jsonl: row 2 (line 2): column 'id': " in str(caught.value)
    assert why in str(caught.value)


def test_ids_of_any_spelling_trace_and_verify(tmp_path: Path) -> None:
    ids = [0, -7, 2**63, "a#b.1", "#", " ", "é\n", "x:1", 'q"']
    _jsonl(tmp_path, *({"text": "one good word and another", "id": value} for value in ids))
    for out in ("o.jsonl", "o.csv"):
        target, _ = run_in(tmp_path, {"path": "a.jsonl", "id": "id"}, out, chains=EDITS)
        verify(target)
    rows = csv_rows(target.read_bytes())[1:]
    assert list(dict.fromkeys(row[2] for row in rows)) == [str(value) for value in ids]


def test_unknown_paths_are_told(tmp_path: Path) -> None:
    with pytest.raises(AugError, match=r"nothing to read at /.*absent\.csv"):
        run_in(tmp_path, {"path": "absent.csv"}, "o.csv")
