"""CSV and TSV: a field stays text."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, cast

import orjson

from augcli.errors import RunError
from augcli.io.files.encoding import not_text
from augcli.io.formats.json import JsonRow
from augcli.io.formats.rows import ConcatenatedFormat, Header, OutputRow, Row, RowError


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

    def without(self, columns: Collection[str]) -> CsvRow:
        kept = [place for place, name in enumerate(self.header.names) if name not in columns]
        return CsvRow(Header([self.header.names[place] for place in kept]), [self.fields[place] for place in kept])


class _Lines:
    """Lines of a UTF-8 CSV file, cut at LF, CR or CR LF, with count and position."""

    def __init__(self, file: IO[bytes]) -> None:
        # as Latin-1, one character is one byte, so the length of a line is its size in the file
        self._lines = io.TextIOWrapper(file, encoding="latin-1", newline="")
        self.line = ""
        self.number = 0
        self.position = 0
        self.trouble: tuple[int, str, bool] | None = None
        """Number of a line that cannot be used, why, and whether its bytes are not in the encoding."""

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.number += 1
            self.position += len(line)
            self.line = line
            yield line if line.isascii() and "\0" not in line else self._decode(line)

    def _decode(self, line: str) -> str:
        data = line.encode("latin-1")
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            self.trouble = self.number, not_text(data, error), True
            return data.decode(errors="replace")
        if "\0" in text:
            self.trouble = self.number, "a NUL byte; is the file UTF-16? Then set input.encoding: utf-16", False
        return text

    def odd(self) -> bool:
        """Whether the quotes of the current line do not pair."""
        return self.line.count('"') % 2 == 1

    def detach(self) -> None:
        """Leave the file open when this object goes."""
        self._lines.detach()


def scan_csv(file: IO[bytes], delimiter: str, header: Header | None) -> Iterator[tuple[Row | RowError, int, int]]:
    """Rows of a CSV file: row or why not, the line that it starts on, and how far the file is read.

    Without `header`, the first row is yielded as one whose own fields are the names.
    """
    lines = _Lines(file)
    try:
        yield from _csv_rows(lines, delimiter, header)
    finally:
        lines.detach()


def _csv_rows(lines: _Lines, delimiter: str, header: Header | None) -> Iterator[tuple[Row | RowError, int, int]]:
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    while True:
        first = lines.number + 1
        lines.trouble = None
        try:
            fields = _next_record(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _broken(str(error), lines, first), first, lines.position
            continue
        if not fields:
            continue
        if lines.trouble:
            number, why, undecodable = lines.trouble
            why += f" (of the record's line {number - first + 1})" * (number > first)
            yield RowError(why, undecodable=undecodable), first, lines.position
            continue
        if header is None:
            header = Header(fields)
        if len(fields) != len(header.names):
            few = f"{len(fields)} field{'s' * (len(fields) != 1)}, but the header has {len(header.names)}"
            yield RowError(f"{few}; put quotes around text that holds {delimiter!r}"), first, lines.position
        else:
            yield CsvRow(header, fields), first, lines.position


def _next_record(reader: Iterator[list[str]]) -> list[str]:
    limit = csv.field_size_limit(sys.maxsize)  # it holds for the whole process, so it is put back
    try:
        return next(reader)
    finally:
        csv.field_size_limit(limit)


def _broken(error: str, lines: _Lines, first: int) -> RowError:
    if "unexpected end of data" in error:
        return RowError("a quote opened in this record is never closed", fatal=True)
    if lines.number > first:
        where = f"{lines.number - first} lines further down"
        return RowError(f"a quote opened in this record is not closed, or one {where} is not doubled", fatal=True)
    # with quotes that do not pair, the next line may be the rest of this record
    return RowError('a quote inside a quoted field must be doubled (""), not escaped or left alone', fatal=lines.odd())


class Csv(ConcatenatedFormat):
    """CSV or TSV, in the dialect of the input where that is CSV too."""

    def __init__(
        self, columns: Sequence[str], added: Sequence[str], words: Sequence[str], *, delimiter: str, newline: str
    ) -> None:
        """`added` are the columns that rows get behind their own."""
        self._columns = columns
        self._words = words
        """The columns with tokens and tags, separated by blanks."""
        self._dialect: dict[str, Any] = {"delimiter": delimiter, "lineterminator": newline}
        self.head = self._encode([[*columns, *added]])

    def encode(self, rows: Iterable[OutputRow]) -> bytes:
        return self._encode(self._fields(row) for row in rows)

    def _fields(self, out: OutputRow) -> list[str]:
        record, changes, chain, added = out
        row = record.row
        if isinstance(row, CsvRow):
            fields = row.fields.copy()
            for column, value in changes.items():
                fields[row.header.index[column]] = _cell(value)
            fields += [""] * (len(self._columns) - len(fields))
        else:
            cells = {**(row.spelled() if isinstance(row, JsonRow) else row.items()), **changes}
            cells |= {column: _join_words(changes.get(column, row.get(column)), column) for column in self._words}
            fields = [_cell(cells.get(column)) for column in self._columns]
        fields.append(str(record.source))
        fields.append(chain)
        fields += map(_cell, added)
        return fields

    def _encode(self, rows: Iterable[list[str]]) -> bytes:
        file = io.StringIO(newline="")
        write = csv.writer(file, **self._dialect).writerow
        write_quoted = csv.writer(file, quoting=csv.QUOTE_ALL, **self._dialect).writerow
        for fields in rows:
            # csv.writer leaves a lone CR unquoted, and then it reads back as the end of the row
            (write_quoted if any("\r" in field for field in fields) else write)(fields)
        return file.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    told = orjson.dumps(value, default=str).decode()
    return cast("str", orjson.loads(told)) if told.startswith('"') else told


def _join_words(words: Any, column: str) -> str:
    if isinstance(words, str):
        return words
    if spaced := [word for word in words if " " in word]:
        raise RunError(f"column {column!r}: {spaced[0]!r} holds a blank, which in csv separates words; write jsonl")
    return " ".join(words)
