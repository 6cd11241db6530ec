"""Rows of CSV and Parquet files (those of JSON are in json_rows): a field stays text, a value in its Arrow column."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterator, Mapping
from typing import IO, Any, Protocol

from augcli.errors import ResourceError
from augcli.storage import Place, open_binary

csv.field_size_limit(sys.maxsize)


class Bad(Exception):  # noqa: N818 - not an error of the program: a row that cannot be used
    """Why a row cannot be used, and in which column."""

    def __init__(self, message: str, column: str | None = None, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.column = column
        self.fatal = fatal
        """The rest of the file cannot be read either."""

    def __str__(self) -> str:
        return f"column {self.column!r}: {self.args[0]}" if self.column else str(self.args[0])


_MARK = re.compile(rb"\xed[\xb0-\xb3][\x80-\xbf]")


def mark_unreadable(error: UnicodeError) -> tuple[str, int]:
    """For codecs: a byte that its encoding does not know becomes a lone surrogate, which `not_text` tells of."""
    assert isinstance(error, UnicodeDecodeError)
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


def not_text(data: bytes, error: UnicodeDecodeError) -> str:
    """What to say of bytes that are not UTF-8, or that `mark_unreadable` marked."""
    place = f"at character {len(data[: error.start].decode()) + 1}"
    if mark := _MARK.match(data, error.start):
        return f"byte 0x{ord(mark.group().decode(errors='surrogatepass')) & 0xFF:02x} {place} is not in input.encoding"
    return f"byte 0x{data[error.start]:02x} {place} is not UTF-8; set input.encoding (gbk, latin-1, ...)"


class Row(Protocol):
    """One source row."""

    def get(self, column: str) -> Any:
        """Value of a column. Raises Bad when the row has no such column."""

    def items(self) -> Mapping[str, Any]:
        """All columns in order."""


# --- CSV -------------------------------------------------------------------------------------------------------------


class CsvRow:
    """The fields of a CSV record."""

    __slots__ = ("fields", "header")

    def __init__(self, header: Header, fields: list[str]) -> None:
        self.header = header
        self.fields = fields

    def get(self, column: str) -> str:
        field: str = self.fields[self.header.index[column]]
        return field

    def items(self) -> Mapping[str, Any]:
        return dict(zip(self.header.names, self.fields, strict=True))


class Header:
    """Column names of a file; of repeated names the first counts."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.index = {name: index for index, name in reversed(list(enumerate(names)))}

    def repeated(self) -> list[str]:
        """Names that stand more than once."""
        return [name for name in self.index if self.names.count(name) > 1]


class _Lines:
    """Lines of a UTF-8 CSV file, cut at LF, CR or CR LF, with count and position."""

    def __init__(self, file: IO[bytes]) -> None:
        # as Latin-1, one character is one byte, so the length of a line is its size in the file
        self._lines = io.TextIOWrapper(file, encoding="latin-1", newline="")
        self.line = ""
        self.number = 0
        self.position = 0
        self.trouble: tuple[int, str] | None = None
        """Number of a line that cannot be used, and why."""

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.number += 1
            self.position += len(line)
            self.line = line
            yield line if line.isascii() and "\0" not in line else self._decoded(line)

    def _decoded(self, line: str) -> str:
        data = line.encode("latin-1")
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            self.trouble = self.number, not_text(data, error)
            return data.decode(errors="replace")
        if "\0" in text:
            self.trouble = self.number, "a NUL byte; is the file UTF-16? Then set input.encoding: utf-16"
        return text

    def odd(self) -> bool:
        """Whether the quotes of the current line do not pair."""
        return self.line.count('"') % 2 == 1

    def detach(self) -> None:
        """Leave the file open when this object goes."""
        self._lines.detach()


def scan_csv(file: IO[bytes], delimiter: str, header: Header | None) -> Iterator[tuple[Row | Bad, int, int]]:
    """Rows of a CSV file: row or why not, the line that it starts on, and how far the file is read.

    Without `header`, the first row is yielded as one whose own fields are the names.
    """
    lines = _Lines(file)
    try:
        yield from _csv_rows(lines, delimiter, header)
    finally:
        lines.detach()


def _csv_rows(lines: _Lines, delimiter: str, header: Header | None) -> Iterator[tuple[Row | Bad, int, int]]:
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    while True:
        first = lines.number + 1
        lines.trouble = None
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _broken(str(error), lines, first), first, lines.position
            continue
        if not fields:
            continue
        if lines.trouble:
            number, why = lines.trouble
            yield Bad(why + f" (of the record's line {number - first + 1})" * (number > first)), first, lines.position
            continue
        if header is None:
            header = Header(fields)
        if len(fields) != len(header.names):
            few = f"{len(fields)} field{'s' * (len(fields) != 1)}, but the header has {len(header.names)}"
            yield Bad(f"{few}; put quotes around text that holds {delimiter!r}"), first, lines.position
        else:
            yield CsvRow(header, fields), first, lines.position


def _broken(error: str, lines: _Lines, first: int) -> Bad:
    if "unexpected end of data" in error:
        return Bad("a quote opened in this record is never closed", fatal=True)
    if lines.number > first:
        where = f"{lines.number - first} lines further down"
        return Bad(f"a quote opened in this record is not closed, or one {where} is not doubled", fatal=True)
    # with quotes that do not pair, the next line may be the rest of this record
    return Bad('a quote inside a quoted field must be doubled (""), not escaped or left alone', fatal=lines.odd())


# --- Parquet ---------------------------------------------------------------------------------------------------------


def arrow() -> Any:
    """The pyarrow package. Raises ResourceError when it is not installed."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ResourceError("Parquet needs pyarrow: pip install pyarrow") from error
    return pyarrow


class ArrowRow:
    """A row of an Arrow table."""

    __slots__ = ("data", "index", "table")

    def __init__(self, table: Any, index: int, data: dict[str, Any]) -> None:
        self.table = table
        self.index = index
        self.data = data

    def get(self, column: str) -> Any:
        return self.data[column]

    def items(self) -> Mapping[str, Any]:
        return self.data


def scan_arrow(path: Place, first: int, last: int) -> Iterator[tuple[Row | Bad, int, int]]:
    """Rows of the batches from `first` to before `last` of an Arrow file; the position of a row is its batch's end."""
    pyarrow = arrow()
    number = 0
    with open_binary(path) as file:
        batches = pyarrow.ipc.open_file(file)
        for place in range(first, last):
            table = pyarrow.Table.from_batches([batches.get_batch(place)])
            for index, data in enumerate(table.to_pylist()):
                number += 1
                yield ArrowRow(table, index, data), number, place + 1 - first
