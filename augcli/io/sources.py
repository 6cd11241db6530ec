"""The input files of a config, made seekable and UTF-8 so that any chunk of them can be read by itself."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import file_digest
from itertools import chain, islice, zip_longest
from typing import IO, Any, Literal, cast

import orjson

from augcli.config.config import Config
from augcli.config.paths import values_at
from augcli.config.sections import Format, Input
from augcli.errors import DataError
from augcli.io.files.compression import DAMAGED, archive_kind, stream, unpacked
from augcli.io.files.encoding import encoding_hint, is_utf8, not_text, recoded, wrong_encoding
from augcli.io.files.storage import Place, open_binary, open_raw
from augcli.io.formats.cells import cell_text, describe
from augcli.io.formats.conll import ConllRow, scan_conll
from augcli.io.formats.csv import CsvRow, Dialect, scan_csv
from augcli.io.formats.excel import OLD_WORKBOOK, read_sheet
from augcli.io.formats.json import array_elements, place_at, scan_json
from augcli.io.formats.lines import LABEL, MARK, TEXT, scan_lines
from augcli.io.formats.parquet import arrow, scan_arrow
from augcli.io.formats.rows import Header, Row, RowError
from augcli.io.inputs import SUFFIXES, find_files, format_of

_BOM = b"\xef\xbb\xbf"
_BLOCK = 1 << 20
_SEPARATOR = re.compile(rb"sep=([ -~\t])\r?\n")
"""The first line of a CSV file that tells Excel its delimiter."""
_TABLES = ("csv", "tsv")
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_START = 1 << 12
"""Bytes at the start of a file that tell what it is not."""


@dataclass(slots=True)
class Source:
    """One input file, and the seekable UTF-8 file that its rows are read from: itself, or a copy in the work folder."""

    name: str
    path: Place
    format: Format
    data: Place
    index: int = 0
    """Its place among the input files."""
    sha256: str = ""
    size: int = 0
    rows: int = 0
    dialect: Dialect = field(default_factory=Dialect)
    """Of CSV and TSV files; and what stands before the first row of such a file:"""
    preamble: str = ""
    """Byte order mark, and lines before the header; of a JSON file, all up to its rows."""
    postamble: str = "]"
    """Of a JSON file, all behind its rows."""
    names: str | None = None
    """The header as it is spelled, without the end of its line; None where there is none."""
    newline: str = "\n"
    header: Header | None = None
    """The columns, where they do not differ from row to row."""
    start: int = 0
    """Where the rows start, after byte order mark and header."""
    end: int = 0
    """Where they end: size of the data, or number of batches of Parquet."""
    first_line: int = 1
    pooled: bool = False
    """Whether it is one of the files without labels."""

    @property
    def section(self) -> str:
        """Of the config that names it."""
        return "unlabeled" if self.pooled else "input"

    @property
    def shown(self) -> str:
        """What messages call it."""
        return _shown(self.path)


def _shown(path: Place) -> str:
    return "stdin" if str(path) == "-" else str(path)


def open_sources(config: Config, spool: Place, chunk_rows: int) -> list[Source]:
    """The input files and those without labels, made readable from any place; `spool` is for copies of others.

    Parquet files are cut into batches of `chunk_rows`.

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
                raise DataError(f"{path}: {OLD_WORKBOOK}")
            if fmt is None:
                known = ", ".join(SUFFIXES)
                raise config.error(
                    f"{_shown(path)}: the name does not tell the format ({known}); set {section}.format",
                    section, "path",
                )  # fmt: skip
            source = Source(name, path, fmt, path, len(sources) + len(opened), pooled=section == "unlabeled")
            opened.append(_made_ready(data, source, spool, chunk_rows))
        tables = [(source, source.header.names) for source in opened if source.header and source.format in _TABLES]
        for source, names in tables:
            if names != tables[0][1]:
                raise DataError(f"{source.shown}: its columns are not those of {tables[0][0].shown}: {names}")
        sources += opened
    return sources


def _made_ready(data: Input, source: Source, spool: Place, chunk_rows: int) -> Source:
    copy = spool / f"input-{source.index}"
    try:
        if str(source.path) == "-":
            source.data = _spool_stdin(copy.with_suffix(".stdin"))
        with open_binary(source.data, _BLOCK) as file:
            source.sha256 = file_digest(file, "sha256").hexdigest()
            source.size = file.tell()
        if source.format == "parquet":
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
        raise DataError(f"{source.shown}: cannot be read: {error}") from error
    match source.format:
        case "csv" | "tsv":
            _read_head(data, source)
        case "txt" | "fasttext":
            source.header = Header([TEXT] if source.format == "txt" else [LABEL, TEXT])
            _look_at_first_line(data, source)
        case "conll":
            source.dialect = Dialect(comment=data.comment)
            _look_at_first_line(data, source)
            first = next((row for row, _, _ in scan(source, source.start, source.end)), None)
            if isinstance(first, ConllRow):
                source.header = first.header
                _name_columns(data, source)
    named = {*used_columns(data), *filter_columns(data)}
    if source.header and (repeated := sorted(named & {*source.header.repeated()})):
        raise DataError(
            f"{source.shown}: two columns are called {repeated[0]!r}; rename one, or leave it out of the config"
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
            raise DataError(f"{source.shown}: a {kind} archive, which is not read; unpack it")
        if why := wrong_encoding(start, encoding, source.section):
            raise DataError(f"{source.shown}: {why}")
        text = file if plain else stream(recoded(file, encoding))
        if source.format == "json" and data.records:
            text = _rows_within(text, data.records, source)
        elif source.format == "json" and text.peek(64).removeprefix(_BOM).lstrip().startswith(b"{"):
            source.format = "jsonl"
        if plain and not packed and source.format != "json":
            return
        with copy.open("wb") as out:
            if source.format == "json":
                out.writelines(_array_lines(text, source.shown))
            else:
                shutil.copyfileobj(text, out, _BLOCK)
    source.data = copy


def _rows_within(file: io.BufferedReader, path: str, source: Source) -> io.BufferedReader:
    """The array at a path in a JSON file, which is read as a whole; what stands around it goes to `source`."""
    data = file.read()
    shown, key = source.shown, f"{source.section}.records"
    try:
        text = data.decode("utf-8-sig")
        way, found = next(values_at(json.loads(text), path), (None, None))
    except UnicodeDecodeError as error:
        raise DataError(f"{shown}: {not_text(data, error)}") from None
    except (json.JSONDecodeError, RecursionError, AttributeError, TypeError) as error:
        raise DataError(f"{shown}: {key} needs a file that is one JSON object: {error}") from None
    if way is None or not isinstance(found, list):
        what = "nothing" if way is None else describe(found)
        raise DataError(f"{shown}: expected an array at {path} ({key}), found {what}")
    start, end = place_at(text, way)
    source.preamble, source.postamble = text[: start + 1], text[end - 1 :]
    return stream(iter([text[start:end].encode()]))


def _array_lines(file: io.BufferedReader, name: str) -> Iterator[bytes]:
    if file.peek(3).startswith(_BOM):
        file.read(3)
    start = file.peek(64).lstrip()[:20]
    if not start.startswith(b"["):
        found = start.decode(errors="replace")
        raise DataError(f"{name}: expected a JSON array of objects; the file starts with {found!r}")
    try:
        for element in array_elements(file):
            yield element + b"\n"
    except RowError as bad:
        raise DataError(f"{name}: {bad}") from None


def _spool_arrow(source: Source, copy: Place, rows: int) -> None:
    """Write a Parquet file as an Arrow file with batches of some rows each: any of them can be read by itself."""
    pyarrow = arrow()
    try:
        with open_binary(source.data, _BLOCK) as packed, copy.open("wb") as out:
            parquet = pyarrow.parquet.ParquetFile(packed)
            source.header = Header(parquet.schema_arrow.names)
            with pyarrow.ipc.new_file(out, parquet.schema_arrow) as file:
                for source.end, batch in enumerate(parquet.iter_batches(batch_size=rows), 1):
                    file.write_batch(batch)
    except pyarrow.ArrowException as error:
        raise DataError(f"{source.shown}: not a Parquet file: {error}") from error
    source.data = copy


def _spool_sheet(data: Input, source: Source, copy: Place) -> None:
    """Write the rows of a sheet as JSON lines, an empty one for an empty row: so lines are counted as Excel counts."""
    _refuse_names_for_header(data, source)
    rows = read_sheet(source.data, source.shown, data.sheet)
    first: list[Any] = next(islice(rows, data.skip_lines, None), [])
    if not first:
        what = "the names of the columns" if data.header else "values"
        raise DataError(f"{source.shown}: row {data.skip_lines + 1} of the sheet is empty; expected {what}")
    source.first_line = data.skip_lines + 1
    if data.header:
        source.first_line += 1
        names = [cell_text(name) for name in first]
    else:
        names = data.columns or [str(number + 1) for number in range(len(first))]
        rows = chain([first], rows)
    source.header = Header(names)
    if repeated := source.header.repeated():
        raise DataError(f"{source.shown}: two columns are called {repeated[0]!r}; rename one in the sheet")
    with copy.open("wb") as out:
        for number, cells in enumerate(rows, source.first_line):
            if len(cells) > len(names):
                raise DataError(
                    f"{source.shown}: row {number} of the sheet has {len(cells)} cells, but there are names for "
                    f"{len(names)}; name the other columns, or empty their cells"
                )
            row = dict(zip_longest(names, cells))
            out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) if cells else b"\n")
    source.data = copy


def _refuse_names_for_header(data: Input, source: Source) -> None:
    if data.columns and data.header:
        key = f"{source.section}.columns"
        raise DataError(f"{source.shown}: {key} is for files without a header; set {source.section}.header: false too")


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
            raise DataError(f"{source.shown}: the file is empty; expected {what}")
        row, line, end = first
        if isinstance(row, RowError):
            hint = decoding_hint(data, source) if row.undecodable else ""
            raise DataError(f"{source.shown}: {'header' if data.header else 'first row'} (line {line}): {row}{hint}")
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
        raise DataError(
            f"{source.shown}: its first row has {fields} fields, but {source.section}.columns names {len(data.columns)}"
        )
    source.header = Header(data.columns or source.header.names)


def _look_at_first_line(data: Input, source: Source) -> None:
    """Keep the byte order mark, and how lines end."""
    with open_binary(source.data) as file:
        source.preamble = file.read(source.start).decode()
        line = file.readline()
    source.newline = "\r\n" if line.endswith(b"\r\n") else "\n"
    if source.format == "txt" and data.format is None and line.startswith(MARK.encode()):
        raise DataError(
            f"{source.shown}: it begins with {MARK}, as files of fastText do; set {source.section}.format: fasttext, "
            "or txt if that is part of the text"
        )


def decoding_hint(data: Input, source: Source) -> str:
    """What to do about bytes of a source that are not in its encoding."""
    piped = str(source.path) == "-"
    if piped and not is_utf8(data.encoding):
        return ""  # what is left of it is a copy as UTF-8
    with unpacked(source.data if piped else source.path) as (file, _):
        return encoding_hint(file, data.language, source.section)


def used_columns(data: Input) -> list[str]:
    """The columns that the config names."""
    named = [*data.texts, *data.labels, data.id, data.spans, data.tokens, data.tags, *(data.token_columns or [])]
    return [column for column in named if column]


def filter_columns(data: Input) -> tuple[str, ...]:
    """The columns that tell whether a row is augmented."""
    return data.filter.columns if data.filter else ()


class _Section(io.RawIOBase):
    """A part of a file, as a file."""

    def __init__(self, file: IO[bytes], start: int, end: int) -> None:
        file.seek(start)
        self._file = file
        self._left = end - start

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._file.read(min(len(buffer), self._left))
        buffer[: len(block)] = block
        self._left -= len(block)
        return len(block)


@contextmanager
def _section(source: Source, start: int, end: int) -> Iterator[IO[bytes]]:
    with open_raw(source.data) as file:
        yield io.BufferedReader(_Section(file, start, end), min(max(end - start, 1), _BLOCK))


def scan(source: Source, start: int, end: int) -> Iterator[tuple[Row | RowError, int, int]]:
    """Rows of the part [start, end) of a source: row or why not, line and position, both counted from the start."""
    if source.format == "parquet":
        yield from scan_arrow(source.data, start, end)
        return
    with _section(source, start, end) as file:
        match source.format:
            case "json" | "jsonl" | "xlsx":
                yield from scan_json(file)
            case "txt" | "fasttext":
                yield from scan_lines(file, labelled=source.format == "fasttext")
            case "conll":
                yield from scan_conll(file, source.header, source.dialect.comment)
            case _:
                yield from scan_csv(file, source.dialect, source.header)


def lines_before(source: Source, position: int) -> int:
    """Lines from the first row to `position`."""
    with _section(source, source.start, position) as file:
        newline = "" if source.format in ("csv", "tsv") else "\n"
        return sum(1 for _ in io.TextIOWrapper(file, encoding="latin-1", newline=newline))


def borders(source: Source, size: int) -> Iterator[tuple[int, int, int]]:
    """Parts of a source of about `size` bytes that begin and end with a row: start, end and number of bytes.

    In CSV, a line ends a row when the quotes up to there pair. A stray quote in a field misleads that; the part then
    turns out to be cut off within quotes.
    """
    if source.format == "parquet":
        step = max(1, size * source.end // max(source.data.stat().st_size, 1))
        for start in range(0, source.end, step):
            yield start, min(start + step, source.end), size
        return
    quoted = source.format in ("csv", "tsv") and source.dialect.quote != "none"
    escaped = source.dialect.quote == "backslash"
    with open_binary(source.data) as file:
        start = source.start
        while start < source.end:
            odd, read = False, b""
            file.seek(start)
            if quoted:
                read = file.read(size)
            else:
                file.seek(size - 1, os.SEEK_CUR)
            while read := read + file.readline(_BLOCK):
                if source.format == "conll":
                    odd = bool(read.strip())  # a sentence goes on
                elif quoted:
                    odd ^= (_ESCAPE.sub(b"", read) if escaped else read).count(b'"') % 2 == 1
                if read.endswith(b"\n") and not odd:
                    break
                read = b""
            end = file.tell()
            while source.format == "conll" and (read := file.readline(_BLOCK)) and not read.strip():
                end += len(read)
            end = min(end, source.end)
            yield start, end, end - start
            start = end
