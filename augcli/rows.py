"""Rows of the file formats: how one is read, and how it is written again with a few cells changed.

A row passes through untouched: of a JSON line only the bytes of the changed values are replaced, a CSV field stays
text, a Parquet value stays in its Arrow column.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import IO, Any, Protocol

import orjson

from augcli.errors import ResourceError

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


class Row(Protocol):
    """One source row."""

    def get(self, column: str) -> Any:
        """Value of a column. Raises Bad when the row has no such column."""

    def items(self) -> Mapping[str, Any]:
        """All columns in order."""


# --- JSON lines ------------------------------------------------------------------------------------------------------

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BLANKS = re.compile(r"[ \t\n\r]*")


class JsonRow:
    """A JSON object with its bytes."""

    __slots__ = ("data", "raw")

    def __init__(self, raw: bytes, data: dict[str, Any]) -> None:
        self.raw = raw
        self.data = data

    def get(self, column: str) -> Any:
        try:
            return self.data[column]
        except KeyError:
            raise Bad(f"missing; this row has {', '.join(map(repr, self.data)) or 'no columns'}", column) from None

    def items(self) -> Mapping[str, Any]:
        return self.data

    def cut(self, columns: Sequence[str]) -> tuple[list[bytes], list[int]]:
        """The bytes around the values of `columns`, up to the closing brace, and the order in which they stand.

        Raises Bad when one of the keys stands twice.
        """
        places = sorted((*self._place(column), index) for index, column in enumerate(columns))
        edges = [0, *(edge for place in places for edge in place[:2]), len(self.raw) - 1]
        pieces = [self.raw[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
        return pieces, [index for _, _, index in places]

    def _place(self, column: str) -> tuple[int, int]:
        found = [match.end() for match in _key(column).finditer(self.raw)]
        if (
            len(found) == 1 and b"\\u" not in self.raw
        ):  # otherwise the key may be nested, repeated or spelled by escapes
            match = _STRING.match(self.raw, found[0])
            if match:
                return match.span()
        text = self.raw.decode()
        places = [(start, end) for key, start, end in _members(text) if key == column]
        if len(places) != 1:
            raise Bad("the key stands twice in this object", column)
        start, end = places[0]
        return len(text[:start].encode()), len(text[:end].encode())


@cache
def _key(column: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?<!\\)" + re.escape(orjson.dumps(column)) + rb"[ \t\n\r]*:[ \t\n\r]*")


def _members(text: str) -> Iterator[tuple[str, int, int]]:
    """Key and place of the value of each member of the JSON object `text`, which must be valid."""
    decode = json.JSONDecoder().raw_decode
    skip = _BLANKS.match
    at = _end(skip(text, 1))
    while text[at] == '"':
        key, at = scanstring(text, at + 1)
        start = _end(skip(text, _end(skip(text, at)) + 1))
        try:
            end = decode(text, start)[1]
        except RecursionError:
            raise Bad("values are nested too deep") from None
        yield key, start, end
        at = _end(skip(text, end))
        if text[at] == ",":
            at = _end(skip(text, at + 1))


def _end(match: re.Match[str] | None) -> int:
    assert match
    return match.end()


def parse_json(line: bytes) -> JsonRow:
    """The row in one line of JSON. Raises Bad when it is not an object."""
    line = line.strip(b" \t\r\n")
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Bad(_why_not_json(line, error)) from None
    if not isinstance(data, dict):
        raise Bad(f'expected a JSON object such as {{"text": ...}}, not {line[:40].decode(errors="replace")}')
    return JsonRow(line, data)


def _why_not_json(line: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        text = line.decode()
    except UnicodeDecodeError as wrong:
        return f"byte 0x{line[wrong.start]:02x} at position {wrong.start + 1} is not UTF-8; set input.encoding"
    if line.startswith(b"["):
        return "this is a JSON array, not one object per line; set input.format: json"
    if re.search(r"[:\[,]\s*-?(?:NaN|Infinity)\b", text):
        return "NaN and Infinity are not JSON; write null"
    if re.search(r"\\u[dD][89a-fA-F]", text):
        return f"half of a surrogate pair (\\ud800 to \\udfff) stands for no character: {error.msg}"
    try:
        json.JSONDecoder().raw_decode(text)
    except RecursionError:
        return "values are nested too deep"
    except json.JSONDecodeError as wrong:
        if line in (b"{", b"[") or wrong.pos >= len(text):
            return "the JSON value does not end on this line; write one object per line, or an array with format json"
        return f"not JSON: {wrong.msg} at position {wrong.pos + 1}"
    return f"more than one JSON value on a line: {error.msg}"


def scan_json(file: IO[bytes]) -> Iterator[tuple[Row | Bad, int, int]]:
    """Rows of a file of JSON lines: row or why not, its line from 1, and how far the file is read."""
    position = 0
    for number, line in enumerate(file, 1):
        position += len(line)
        if number == 1 and line.startswith(b"\xef\xbb\xbf"):
            line = line[3:]
        if line.isspace() or not line:
            continue
        try:
            yield parse_json(line), number, position
        except Bad as bad:
            yield bad, number, position


def array_elements(file: IO[bytes]) -> Iterator[bytes]:
    """The elements of the JSON array in `file`, each on one line. Raises Bad when the array is not closed."""
    depth, in_string, kept, started = 0, False, bytearray(), False
    while block := file.read(1 << 16):
        if not started:
            block = block.removeprefix(b"\xef\xbb\xbf")
            started = True
        done = 0
        for match in re.finditer(rb'\\.?|["{}\[\],]', block, re.DOTALL):
            char = match.group()
            if char[:1] == b"\\":
                if len(char) == 1:
                    block += file.read(1)  # an escape cut by the block's end
                continue
            if char == b'"':
                in_string = not in_string
            if in_string or char == b'"':
                continue
            if char in b"{[":
                depth += 1
                if depth == 1:
                    done = match.end()
            elif char == b"," and depth == 1:
                yield _one_line(kept + block[done : match.start()])
                kept, done = bytearray(), match.end()
            elif char in b"}]":
                depth -= 1
                if depth == 0 and (last := _one_line(kept + block[done : match.start()])):
                    yield last
                if depth == 0:
                    kept, done = bytearray(), match.end()
        kept += block[done:]
    if depth or in_string:
        raise Bad("the array is not closed: the file ends too early", fatal=True)
    if kept.strip():
        raise Bad("something stands outside the array", fatal=True)


def _one_line(element: bytearray) -> bytes:
    return bytes(element).strip().replace(b"\r", b" ").replace(b"\n", b" ")


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
    """Column names of a CSV file; of repeated names the first counts."""

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
        self.number = 0
        self.position = 0
        self.trouble = ""

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.number += 1
            self.position += len(line)
            yield line if line.isascii() and "\0" not in line else self._decoded(line)

    def _decoded(self, line: str) -> str:
        data = line.encode("latin-1")
        if self.number == 1:
            data = data.removeprefix(b"\xef\xbb\xbf")
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            byte = f"byte 0x{data[error.start]:02x} at position {error.start + 1} of line {self.number}"
            self.trouble = f"{byte} is not UTF-8; set input.encoding (gbk, latin-1, ...)"
            return data.decode(errors="replace")
        if "\0" in text:
            self.trouble = f"line {self.number} holds a NUL byte; is the file UTF-16? Then set input.encoding: utf-16"
        return text

    def detach(self) -> None:
        """Leave the file open when this object goes."""
        self._lines.detach()


def scan_csv(file: IO[bytes], delimiter: str, header: Header | None) -> Iterator[tuple[Row | Bad, int, int]]:
    """Rows of a CSV file: row or why not, the line that it starts on, and how far the file is read.

    Without `header`, the first row is yielded as one whose own fields are the names.
    """
    lines = _Lines(file)
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    while True:
        first = lines.number + 1
        lines.trouble = ""
        try:
            fields = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield _broken(str(error), first), first, lines.position
            continue
        if not fields:
            continue
        if lines.trouble:
            yield Bad(lines.trouble), first, lines.position
            continue
        if header is None:
            header = Header(fields)
        if len(fields) != len(header.names):
            few = f"{len(fields)} field{'s' * (len(fields) != 1)}, but the header has {len(header.names)}"
            yield Bad(f"{few}; put quotes around text that holds {delimiter!r}"), first, lines.position
        else:
            yield CsvRow(header, fields), first, lines.position
    lines.detach()


def _broken(error: str, line: int) -> Bad:
    if "unexpected end of data" in error:
        return Bad(f"the quote opened in the record that starts on line {line} is never closed", fatal=True)
    if "expected after" in error:
        return Bad('a quote inside a quoted field must be doubled (""), not escaped or left alone')
    return Bad(error)


# --- Parquet ---------------------------------------------------------------------------------------------------------


def arrow() -> Any:
    """The pyarrow package. Raises ResourceError when it is not installed."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ResourceError("Parquet needs pyarrow: pip install 'augcli[parquet]'") from error
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


def scan_arrow(file: IO[bytes]) -> Iterator[tuple[Row | Bad, int, int]]:
    """Rows of Arrow streams laid end to end; all rows of a stream come with its end as position."""
    pyarrow = arrow()
    number = 0
    while file.peek(1) if isinstance(file, io.BufferedReader) else file.tell() < _size(file):
        table = pyarrow.ipc.open_stream(file).read_all()
        for index, data in enumerate(table.to_pylist()):
            number += 1
            yield ArrowRow(table, index, data), number, file.tell()


def _size(file: IO[bytes]) -> int:
    here = file.tell()
    end = file.seek(0, io.SEEK_END)
    file.seek(here)
    return end
