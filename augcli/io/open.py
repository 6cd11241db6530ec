"""The input files of a config, made seekable and UTF-8: unpacked, decoded, their columns known."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from dataclasses import replace
from hashlib import file_digest
from itertools import chain, islice, zip_longest
from typing import IO, Any, Literal, cast

import orjson

from augcli.config.config import Config
from augcli.config.sections import Input
from augcli.errors import DataError
from augcli.io.files.compression import DAMAGED, archive_kind, stream, unpacked
from augcli.io.files.encoding import is_utf8, not_text, recoded, wrong_encoding
from augcli.io.files.storage import Place, open_binary
from augcli.io.formats.conll import ConllRow
from augcli.io.formats.csv import CsvRow, Dialect, scan_csv
from augcli.io.formats.excel import OLD_WORKBOOK, read_sheet
from augcli.io.formats.json_array import Frame, array_rows, places_of
from augcli.io.formats.lines import LABEL, MARK, TEXT
from augcli.io.formats.parquet import arrow, read_batches
from augcli.io.formats.rows import Header, RowError
from augcli.io.inputs import SUFFIXES, find_files, format_of
from augcli.io.sources import Source, decoding_hint, filter_columns, scan, shown_path, used_columns
from augcli.language.resources import GENERAL
from augcli.text.cells import cell_text, describe

_BOM = b"\xef\xbb\xbf"
_BLOCK = 1 << 20
_SEPARATOR = re.compile(rb"sep=([ -~\t])\r?\n")
"""The first line of a CSV file that tells Excel its delimiter."""
_TABLES = ("csv", "tsv")
_START = 1 << 12
"""Bytes at the start of a file that tell what it is not."""


def open_sources(config: Config, spool: Place, chunk_rows: int) -> list[Source]:
    """The input files and those without labels, made readable from any place; `spool` is for copies of others.

    Parquet and Arrow files are cut into batches of `chunk_rows`.

    Raises ConfigError when nothing is found, DataError when a file cannot be unpacked or decoded.
    """
    sources: list[Source] = []
    sections: list[tuple[Literal["input", "unlabeled"], Input | None]] = [
        ("input", config.input), ("unlabeled", config.unlabeled_input),
    ]  # fmt: skip
    for section, data in sections:
        opened: list[Source] = []
        if data is None:
            continue
        for path, name in find_files(config, section):
            if any(path.resolve() == source.path.resolve() for source in sources):
                raise config.error(
                    f"{path} is the input too; rows of it without a label count already", section, "path"
                )
            fmt = data.format or format_of(path.name)[0]
            if path.suffix.lower() == ".xls" and fmt is None:
                raise DataError.at(path, OLD_WORKBOOK)
            if fmt is None:
                known = ", ".join(SUFFIXES)
                raise config.error(
                    f"{shown_path(path)}: the name does not tell the format ({known}); set {section}.format",
                    section, "path",
                )  # fmt: skip
            source = Source(name, path, fmt, path, len(sources) + len(opened), pooled=section == "unlabeled")
            opened.append(_made_ready(data, source, spool, chunk_rows))
        tables = [(source, source.header.names) for source in opened if source.header and source.format in _TABLES]
        for source, names in tables:
            if names != tables[0][1]:
                raise DataError.at(source.shown, f"its columns are not those of {tables[0][0].shown}: {names}")
        sources += opened
    if config.unlabeled and config.unlabeled.general:
        sources.append(_general_texts(config, spool, len(sources)))
    return sources


def _general_texts(config: Config, spool: Place, index: int) -> Source:
    """The first of the texts that come along, in the column of texts."""
    assert config.unlabeled_input
    assert config.unlabeled
    lexicon = GENERAL[config.input.language]
    path, (column,), copy = lexicon.path(), config.unlabeled_input.texts, spool / f"input-{index}"
    with unpacked(path) as (file, _), copy.open("wb") as out:
        for line in islice(file, config.unlabeled.general):
            out.write(orjson.dumps({column: line.decode().rstrip("\n")}, option=orjson.OPT_APPEND_NEWLINE))
    return Source(
        "general", path, "jsonl", copy, index, sha256=lexicon.sha256(), size=path.stat().st_size,
        end=copy.stat().st_size, pooled=True, general=True,
    )  # fmt: skip


def _made_ready(data: Input, source: Source, spool: Place, chunk_rows: int) -> Source:
    copy = spool / f"input-{source.index}"
    try:
        if str(source.path) == "-":
            source.data = _spool_stdin(copy.with_suffix(".stdin"))
        with open_binary(source.data, _BLOCK) as file:
            source.sha256 = file_digest(file, "sha256").hexdigest()
            source.size = file.tell()
        if data.records and source.format != "json":
            raise DataError.at(source.shown, f"{source.section}.records is for JSON files; leave it out")
        if source.format in ("parquet", "arrow"):
            _spool_arrow(source, copy, chunk_rows)
        else:
            if source.format == "xlsx":
                _spool_sheet(data, source, copy)
            else:
                _make_seekable(data, source, copy)
            source.end = source.data.stat().st_size
            with open_binary(source.data) as file:
                source.start = len(_BOM) if file.read(len(_BOM)) == _BOM else 0
    except (*DAMAGED, UnicodeError) as error:
        raise DataError.at(source.shown, f"cannot be read: {error}") from error
    match source.format:
        case "csv" | "tsv":
            _read_head(data, source)
        case "jsonl":
            _look_at_first_line(data, source)
        case "txt" | "fasttext":
            source.header = Header([TEXT] if source.format == "txt" else [LABEL, TEXT])
            _look_at_first_line(data, source)
        case "conll":
            source.dialect = Dialect(comment=data.comment)
            _look_at_first_line(data, source)
            rows = (row for row, _, _ in scan(source, source.start, source.end))
            if first := next((row for row in rows if isinstance(row, ConllRow)), None):
                source.header = first.header
                _name_columns(data, source)
    named = {*used_columns(data), *filter_columns(data)}
    if source.header and (repeated := sorted(named & {*source.header.repeated()})):
        raise DataError.at(
            source.shown, f"two columns are called {repeated[0]!r}; rename one, or leave it out of the config"
        )
    return source


def _spool_stdin(copy: Place) -> Place:
    with copy.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file, _BLOCK)
    return copy


def _make_seekable(data: Input, source: Source, copy: Place) -> None:
    """Unpack, decode, and give each element of a JSON array a line, into `copy`, where anything of that is needed."""
    with unpacked(source.data) as (file, packed):
        encoding = data.encoding
        plain = is_utf8(encoding)
        start = file.peek(_START)[:_START]
        if kind := archive_kind(start):
            raise DataError.at(source.shown, f"a {kind} archive, which is not read; unpack it")
        if why := wrong_encoding(start, encoding, source.section):
            raise DataError.at(source.shown, why)
        text = file if plain else stream(recoded(file, encoding))
        if not data.records and source.format == "json" and text.peek(64).removeprefix(_BOM).lstrip().startswith(b"{"):
            source.format = "jsonl"
        if plain and not packed and source.format != "json":
            return
        with copy.open("wb") as out:
            if source.format == "json":
                _spool_arrays(text, data, source, out)
            else:
                shutil.copyfileobj(text, out, _BLOCK)
    source.data = copy


def _spool_arrays(file: io.BufferedReader, data: Input, source: Source, out: IO[bytes]) -> None:
    """Write the elements of the arrays in a JSON file, each on a line; `source` learns what stands around them."""
    if data.records:
        arrays, pieces = _arrays_within(file, data, source)
    else:
        arrays, pieces = [file], [_start_of_array(file, source)]
    longest, firsts, rows = Frame(), list[int](), 0
    for array in arrays:
        frame = Frame()
        try:
            out.writelines(row + b"\n" for row in array_rows(array, frame))
        except RowError as bad:
            raise DataError.at(source.shown, bad) from None
        firsts.append(rows + 1)
        rows += frame.rows
        longest = frame if frame.rows >= longest.rows else longest
    source.frame = replace(longest, pieces=pieces if data.records else [*pieces, longest.pieces[-1]], firsts=firsts[1:])


def _start_of_array(file: io.BufferedReader, source: Source) -> str:
    file.read(len(_BOM) * file.peek(len(_BOM)).startswith(_BOM))
    start = file.peek(64)[:64]
    body = start.lstrip()
    if not body.startswith(b"["):
        found = body[:20].decode(errors="replace")
        raise DataError.at(source.shown, f"expected a JSON array of objects; the file starts with {found!r}")
    return f"{start[: -len(body)].decode()}["


def _arrays_within(file: io.BufferedReader, data: Input, source: Source) -> tuple[list[io.BufferedReader], list[str]]:
    """The arrays at a path in a JSON file, which is read as a whole, and what stands around them."""
    path = data.records or ""
    whole = file.read()
    shown, key = source.shown, f"{source.section}.records"
    try:
        text = whole.decode("utf-8-sig")
        found = places_of(text, json.loads(text), path)
    except UnicodeDecodeError as error:
        raise DataError.at(shown, f"{not_text(whole, error)}{decoding_hint(data, source)}") from None
    except RowError as error:
        raise DataError.at(shown, error) from None
    except (json.JSONDecodeError, RecursionError, TypeError) as error:
        raise DataError.at(shown, f"{key} needs a file that is one JSON object: {error}") from None
    for *_, value in found or [(0, 0, None)]:
        if not isinstance(value, list):
            what = describe(value) if found else "nothing"
            raise DataError.at(shown, f"expected an array at {path} ({key}), found {what}")
    arrays = [stream(iter([text[start:end].encode()])) for start, end, _ in found]
    ends = [0, *(end - 1 for _, end, _ in found)]
    starts = [*(start + 1 for start, _, _ in found), len(text)]
    return arrays, [text[end:start] for end, start in zip(ends, starts, strict=True)]


def _spool_arrow(source: Source, copy: Place, rows: int) -> None:
    """Write a table as an Arrow file with batches of some rows each: any of them can be read by itself."""
    pyarrow = arrow()
    try:
        with open_binary(source.data, _BLOCK) as packed, copy.open("wb") as out:
            schema, batches = read_batches(packed, rows)
            source.header = Header(schema.names)
            with pyarrow.ipc.new_file(out, schema) as file:
                for source.end, batch in enumerate(batches, 1):
                    file.write_batch(batch)
    except pyarrow.ArrowException as error:
        kind = "an Arrow" if source.format == "arrow" else "a Parquet"
        raise DataError.at(source.shown, f"not {kind} file: {error}") from error
    source.format = "parquet"  # once it is a copy, all is alike
    source.data = copy


def _spool_sheet(data: Input, source: Source, copy: Place) -> None:
    """Write the rows of a sheet as JSON lines, an empty one for an empty row: so lines are counted as Excel counts."""
    _refuse_names_for_header(data, source)
    rows = read_sheet(source.data, source.shown, data.sheet)
    first: list[Any] = next(islice(rows, data.skip_lines, None), [])
    if not first:
        what = "the names of the columns" if data.header else "values"
        raise DataError.at(source.shown, f"row {data.skip_lines + 1} of the sheet is empty; expected {what}")
    source.first_line = data.skip_lines + 1
    if data.header:
        source.first_line += 1
        names = [cell_text(name) for name in first]
    else:
        names = data.columns or [str(number + 1) for number in range(len(first))]
        rows = chain([first], rows)
    source.header = Header(names)
    if repeated := source.header.repeated():
        raise DataError.at(source.shown, f"two columns are called {repeated[0]!r}; rename one in the sheet")
    with copy.open("wb") as out:
        for number, cells in enumerate(rows, source.first_line):
            if len(cells) > len(names):
                raise DataError.at(
                    source.shown,
                    f"row {number} of the sheet has {len(cells)} cells, but there are names for "
                    f"{len(names)}; name the other columns, or empty their cells",
                )
            row = dict(zip_longest(names, cells))
            out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) if cells else b"\n")
    source.data = copy


def _refuse_names_for_header(data: Input, source: Source) -> None:
    if data.columns and data.header:
        key = f"{source.section}.columns"
        raise DataError.at(source.shown, f"{key} is for files without a header; set {source.section}.header: false too")


def _read_head(data: Input, source: Source) -> None:
    """Learn the columns of a CSV file, and where its rows start."""
    _refuse_names_for_header(data, source)
    with open_binary(source.data) as file:
        file.seek(source.start)
        for _ in range(data.skip_lines):
            file.readline()
        start = file.tell()
        told = _SEPARATOR.fullmatch(file.readline())
        if told:
            start = file.tell()
        delimiter = "\t" if source.format == "tsv" else data.delimiter or (told[1].decode() if told else ",")
        source.dialect = Dialect(delimiter, data.quote, data.skip_blanks, data.comment)
        file.seek(start)
        first = next(scan_csv(file, source.dialect, None), None)
        if first is None:
            what = "a header line with the column names" if data.header else "rows"
            raise DataError.at(source.shown, f"the file is empty; expected {what}")
        row, line, end = first
        if isinstance(row, RowError):
            hint = decoding_hint(data, source) if row.undecodable else ""
            raise DataError.at(source.shown, f"{'header' if data.header else 'first row'} (line {line}): {row}{hint}")
        file.seek(0)
        head = file.read(start + end)
    names = cast("CsvRow", row).raw
    source.newline = "\r\n" if head.endswith(b"\r\n") else "\n"
    if data.header:
        source.names, source.header = names, cast("CsvRow", row).header
        source.preamble = head.decode().rstrip("\r\n").removesuffix(names)
        source.start = start + end
        source.first_line = 1 + len(head.splitlines())
        return
    source.header = Header([str(number + 1) for number in range(len(cast("CsvRow", row).fields))])
    _name_columns(data, source)
    source.preamble = head[:start].decode()
    source.start = start
    source.first_line = 1 + len(head[:start].splitlines())


def _name_columns(data: Input, source: Source) -> None:
    """Call the columns of a file without a header as the config says, if it does."""
    assert source.header
    fields = len(source.header.names)
    if data.columns and len(data.columns) != fields:
        raise DataError.at(
            source.shown, f"its first row has {fields} fields, but {source.section}.columns names {len(data.columns)}"
        )
    source.header = Header(data.columns or source.header.names)


def _look_at_first_line(data: Input, source: Source) -> None:
    """Keep the byte order mark, and how lines end."""
    with open_binary(source.data) as file:
        source.preamble = file.read(source.start).decode()
        line = file.readline()
    source.newline = "\r\n" if line.endswith(b"\r\n") else "\n"
    if source.format == "txt" and data.format is None and line.startswith(MARK.encode()):
        raise DataError.at(
            source.shown,
            f"it begins with {MARK}, as files of fastText do; set {source.section}.format: fasttext, "
            "or txt if that is part of the text",
        )
