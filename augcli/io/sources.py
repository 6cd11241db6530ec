"""Input files of which any part can be read by itself."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from augcli.config.sections import Format, Input
from augcli.io.files.compression import unpacked
from augcli.io.files.encoding import encoding_hint, is_utf8
from augcli.io.files.storage import Place, open_binary, open_raw
from augcli.io.formats.conll import scan_conll
from augcli.io.formats.csv import Dialect, scan_csv
from augcli.io.formats.json import scan_json
from augcli.io.formats.json_array import Frame
from augcli.io.formats.lines import scan_lines
from augcli.io.formats.parquet import scan_arrow
from augcli.io.formats.rows import Header, PlainRow, Row, RowError

_BLOCK = 1 << 20
_ESCAPE = re.compile(rb"\\.", re.DOTALL)


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
    """Byte order mark, and lines before the header."""
    frame: Frame = field(default_factory=Frame)
    """What stands around the rows of a JSON file."""
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
    general: bool = False
    """Whether its texts are those that come along."""

    @property
    def section(self) -> str:
        """Of the config that names it."""
        return "unlabeled" if self.pooled else "input"

    @property
    def shown(self) -> str:
        """What messages call it."""
        return shown_path(self.path)


def shown_path(path: Place) -> str:
    """What messages call a file."""
    return "stdin" if str(path) == "-" else str(path)


def decoding_hint(data: Input, source: Source) -> str:
    """What to do about bytes of a source that are not in its encoding."""
    piped = str(source.path) == "-"
    if piped and not is_utf8(data.encoding):
        return ""  # what is left of it is a copy as UTF-8
    with unpacked(source.data if piped else source.path) as (file, _):
        return encoding_hint(file, data.language, source.section)


def used_columns(data: Input) -> list[str]:
    """The columns that the config names."""
    single = [column for column in (data.id, data.tokens, data.tags) if column]
    return [*data.texts, *data.labels, *data.span_columns, *single, *(data.token_columns or [])]


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
            case "json" | "jsonl":
                yield from scan_json(file)
            case "xlsx":
                for row, line, last in scan_json(file):
                    yield row if isinstance(row, RowError) else PlainRow(row.items()), line, last
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
