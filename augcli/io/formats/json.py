"""JSON: an object per line, or an array; only the bytes of changed values are ever replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import IO, Any, NoReturn

import orjson

from augcli.config.paths import value_at, values_at
from augcli.io.files.encoding import not_text
from augcli.io.formats.rows import ConcatenatedFormat, OutputRow, PlainRow, Row, RowError
from augcli.text.record import Record

_BLANK = b" \t\n\r"
_BLANKS = re.compile(r"[ \t\n\r]*")
_VALUE = re.compile(rb'[ \t\n\r]*+:[ \t\n\r]*+("[^"\\]*(?:\\.[^"\\]*)*")?', re.DOTALL)
"""What follows a key: a colon, and the value if that is a string."""
_KEY_WITH_ESCAPE = re.compile(rb'[{,][ \t\n\r]*"[^"\\]*\\')
_decode = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode


class JsonRow:
    """A JSON object with its bytes."""

    __slots__ = ("data", "raw")

    def __init__(self, raw: bytes, data: dict[str, Any]) -> None:
        self.raw = raw
        self.data = data

    def get(self, column: str) -> Any:
        try:
            return self.data[column] if column in self.data else value_at(self.data, column)
        except KeyError:
            raise RowError(f"missing; this row has {', '.join(map(repr, self.data)) or 'no columns'}", column) from None

    def items(self) -> Mapping[str, Any]:
        data: dict[str, Any] = json.loads(self.raw)  # unlike orjson it keeps integers of any size
        return data

    def without(self, columns: Collection[str]) -> Row:
        text, done = self.raw.decode(), 1
        kept: list[str] = []
        for key, _, end in _members(text):
            member, first, done = text[done:end], done == 1, end
            if key not in columns:
                kept.append(member if kept or first else member[member.index(",") + 1 :])
        raw = "".join(["{", *kept, text[done:]]).encode()
        return JsonRow(raw, {key: value for key, value in self.data.items() if key not in columns})

    def spelled(self) -> dict[str, str]:
        """Each value as text: a string as it is, null as nothing, all else as it stands in the line."""
        text = self.raw.decode()
        cells = {}
        for key, start, end in _members(text):
            value = self.data[key]
            cells[key] = value if isinstance(value, str) else "" if value is None else text[start:end]
        return cells

    def refuse_repeated(self, columns: Iterable[tuple[str, bytes]]) -> None:
        """Raise Bad when one of `columns`, each with its JSON spelling, stands twice."""
        raw = self.raw
        escaped = b"\\" in raw and _KEY_WITH_ESCAPE.search(raw)
        for column, spelling in columns:
            if (escaped or raw.count(spelling) != 1) and column in self.data:
                self._place(column)

    def cut(self, columns: Sequence[str]) -> tuple[list[tuple[bytes, str]], bytes]:
        """The bytes before the values of `columns`, in the order of the row, and those up to the closing brace.

        Columns that the row lacks are its last ones.
        """
        raw = self.raw
        holes = []
        done = 0
        there = [column for column in columns if any(values_at(self.data, column))]
        for (start, end), column in sorted([(self._place(column), column) for column in there]):
            holes.append((raw[done:start], column))
            done = end
        for column in columns:
            if column not in there:
                holes.append((b"%b,%b:" % (raw[done:-1], _key_bytes(column)), column))
                done = len(raw) - 1
        return holes, raw[done:-1]

    def _place(self, column: str) -> tuple[int, int]:
        raw, key = self.raw, _key_bytes(column)
        if column not in self.data:
            (way, _), *_ = values_at(self.data, column)
            text = raw.decode()
            start, end = place_at(text, way)
            return len(text[:start].encode()), len(text[:end].encode())
        # otherwise the key may be nested, repeated or spelled by escapes
        if raw.count(key) == 1 and not (b"\\" in raw and _KEY_WITH_ESCAPE.search(raw)):
            match = _VALUE.match(raw, raw.index(key) + len(key))
            assert match
            if match[1]:
                return match.span(1)
            start = match.end()
            text = raw[start:].decode()
            return start, start + len(text[: _value_end(text, 0)].encode())
        text = self.raw.decode()
        places = [(start, end) for key, start, end in _members(text) if key == column]
        if len(places) != 1:
            raise RowError("the key stands twice in this object", column)
        start, end = places[0]
        return len(text[:start].encode()), len(text[:end].encode())


class JsonArrayRow(JsonRow):
    """A JSON array that is a row, as spaCy writes them; its columns go by their numbers, from 1."""

    __slots__ = ()

    def __init__(self, raw: bytes, elements: Sequence[Any]) -> None:
        super().__init__(raw, {str(number): element for number, element in enumerate(elements, 1)})

    def items(self) -> Mapping[str, Any]:
        return {str(number): element for number, element in enumerate(json.loads(self.raw), 1)}

    def without(self, columns: Collection[str]) -> Row:
        return PlainRow(self.items()).without(columns)

    def spelled(self) -> dict[str, str]:
        text = self.raw.decode()
        return {
            column: value if isinstance(value, str) else "" if value is None else text[start:end]
            for (column, value), (_, start, end) in zip(self.data.items(), _elements(text, 0), strict=True)
        }

    def changed(self, changes: Mapping[str, Any]) -> bytes:
        """The array with other values in some columns."""
        holes, rest = self.cut([*changes])
        return b"".join([*(before + orjson.dumps(changes[column]) for before, column in holes), rest, b"]"])

    def _place(self, column: str) -> tuple[int, int]:
        ((first, *more), _), *_ = values_at(self.data, column)
        text = self.raw.decode()
        start, end = place_at(text, (int(first) - 1, *more))
        return len(text[:start].encode()), len(text[:end].encode())


@cache
def _key_bytes(column: str) -> bytes:
    return orjson.dumps(column)


def place_at(text: str, way: Sequence[str | int]) -> tuple[int, int]:
    """Where the value stands in a JSON text to which names and places lead."""
    start, end = _skip(text, 0), len(text)
    for step in way:
        found: Iterable[tuple[str | int, int, int]] = _members(text, start)
        if isinstance(step, int):
            found = _elements(text, start)
        start, end = [(first, last) for name, first, last in found if name == step][-1]
    return start, end


def _elements(text: str, start: int) -> Iterator[tuple[int, int, int]]:
    """Number and place of each element of the JSON array that begins at `start`."""
    at, number = _skip(text, start + 1), 0
    while text[at] != "]":
        end = _value_end(text, at)
        yield number, at, end
        at, number = _skip(text, end), number + 1
        if text[at] == ",":
            at = _skip(text, at + 1)


def _members(text: str, start: int = 0) -> Iterator[tuple[str, int, int]]:
    """Key and place of the value of each member of the JSON object that begins at `start`, which must be valid."""
    at = _skip(text, start + 1)
    while text[at] == '"':
        key, at = scanstring(text, at + 1)
        start = _skip(text, _skip(text, at) + 1)
        end = _value_end(text, start)
        yield key, start, end
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    assert match
    return match.end()


def _value_end(text: str, start: int) -> int:
    try:
        return _decode(text, start)[1]
    except RecursionError:
        raise RowError("values are nested too deep") from None


def parse_json(line: bytes) -> JsonRow:
    """The row in `line`, which has no blanks around. Raises RowError when it is not an object."""
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        data = _loads(line, error)
    if isinstance(data, list) and any(isinstance(element, str) for element in data):
        return JsonArrayRow(line, data)
    if not isinstance(data, dict):
        hint = "; if the file is one array, set input.format: json" * isinstance(data, list)
        raise RowError(
            f'expected a JSON object such as {{"text": ...}}, not {line[:40].decode(errors="replace")}{hint}'
        )
    return JsonRow(line, data)


def _loads(line: bytes, error: orjson.JSONDecodeError) -> Any:
    """What orjson refused: numbers beyond a double are JSON all the same. Raises RowError for what is not."""
    try:
        text = line.decode()
    except UnicodeDecodeError as wrong:
        raise RowError(not_text(line, wrong), undecodable=True) from None
    if line.startswith(b"["):
        raise RowError("this is a JSON array, not one object per line; set input.format: json")
    try:
        data = json.loads(text, parse_int=_whole, parse_constant=_refuse_constant)
        json.dumps(data, ensure_ascii=False).encode()
    except RecursionError:
        raise RowError("values are nested too deep") from None
    except UnicodeEncodeError:
        raise RowError(f"half of a surrogate pair (\\ud800 to \\udfff) stands for no character: {error.msg}") from None
    except json.JSONDecodeError as wrong:
        raise RowError(_why_not_json(text, wrong)) from None
    return data


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < 20 else float(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise RowError(f"{name} is not JSON; write null")


def _why_not_json(text: str, wrong: json.JSONDecodeError) -> str:
    if wrong.msg == "Extra data":
        return "more than one JSON value on a line; write one object per line"
    if text == "{" or wrong.pos >= len(text):
        return (
            "the JSON value does not end on this line; write one object per line, or an array with format json; for an "
            "array in one object, set input.records to its path"
        )
    return f"not JSON: {wrong.msg} at position {wrong.pos + 1}"


def scan_json(file: IO[bytes]) -> Iterator[tuple[Row | RowError, int, int]]:
    """Rows of a file of JSON lines: row or why not, its line from 1, and how far the file is read."""
    position = 0
    for number, line in enumerate(file, 1):
        position += len(line)
        line = line.strip(_BLANK)
        if not line:
            continue
        try:
            row: Row | RowError = parse_json(line)
        except RowError as bad:
            row = bad
        yield row, number, position


_MARKS = re.compile(rb'\\.?|["{}\[\],]', re.DOTALL)


def array_elements(file: IO[bytes]) -> Iterator[bytes]:
    """The elements of the JSON array that `file` holds, each on a line. Raises RowError if it holds more, or no end."""
    depth, in_string, closed, first, kept = 0, False, False, True, bytearray()
    while block := file.read(1 << 16):
        done = 0
        for match in _MARKS.finditer(block):
            char = match.group()
            if char[:1] == b"\\":
                if len(char) == 1:
                    block += file.read(1)  # an escape cut by the block's end
                continue
            if char == b'"':
                in_string = not in_string
            if in_string or char == b'"':
                continue
            if closed:
                raise RowError("something stands after the end of the array", fatal=True)
            if char in b"{[":
                depth += 1
                if depth == 1:
                    done = match.end()
            elif depth == 1 and char in b",]":
                closed = char == b"]"
                element = _one_line(kept + block[done : match.start()])
                if element:
                    yield element
                elif not (closed and first):
                    raise RowError("a comma stands where an element of the array should", fatal=True)
                depth, first, done, kept = 1 - closed, False, match.end(), bytearray()
            elif char != b",":
                depth -= 1
        kept += block[done:]
    if not closed:
        raise RowError("the array is not closed: the file ends too early", fatal=True)
    if kept.strip():
        raise RowError("something stands after the end of the array", fatal=True)


def _one_line(element: bytearray) -> bytes:
    line = bytes(element).strip(_BLANK)
    if b"\n" not in line:
        return line
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return line.replace(b"\n", b"\r")  # inside a string that is as wrong as the line feed was
    return line.replace(b"\r\n", b" ").replace(b"\n", b" ")


class JsonLines(ConcatenatedFormat):
    """One JSON object per line, or one array of them."""

    def __init__(self, added: Sequence[str], frame: tuple[str, str] | None) -> None:
        """`added` are the columns that rows get behind their own.

        An array has a `frame`: all up to its opening bracket, and from its closing one on.
        """
        self._array = frame is not None
        self._lineage = "aug_chain" in added
        self._keys = [orjson.dumps(column) for column in added[2 * self._lineage :]]
        if frame:
            self.head, self.separator, self.tail = frame[0].encode(), b",", f"\n{frame[1].rstrip()}\n".encode()

    def whole(self, encoded: bytes) -> bytes:
        return b"\n" + encoded[:-1].replace(b"\n", b",\n") if self._array and encoded else encoded

    def encode(self, rows: Iterable[OutputRow]) -> bytes:
        part = bytearray()  # orjson gives more memory than it fills, which a list of its results would hold
        dumps = orjson.dumps
        last: Record | None = None
        holes: list[tuple[bytes, str]] = []
        cut: list[str] = []
        source = end = b""
        for record, changes, chain, added in rows:
            row = record.row
            if isinstance(row, JsonArrayRow):
                part += row.changed(changes) + b"\n"
                continue
            if record is not last:
                last, cut = record, []
                source = b',"aug_source":%b,"aug_chain":"' % dumps(record.source) if self._lineage else b""
            if not isinstance(row, JsonRow):
                line = dumps({**row.items(), **changes}, default=str)
                part += line[:-1] if len(line) > 2 else b"{"
                part += source
            elif changes:
                if cut != (changed := [*changes]):
                    cut = changed
                    holes, rest = row.cut(cut)
                    end = rest + source
                for before, column in holes:
                    part += before
                    part += dumps(changes[column])
                part += end
            else:
                part += row.raw[:-1]
                part += source if row.data else source[1:]
            cells = b"".join([b",%b:%b" % (key, dumps(value)) for key, value in zip(self._keys, added, strict=True)])
            if self._lineage:
                part += b'%b"%b}\n' % (chain.encode(), cells)
            else:
                part += b"%b}\n" % cells.removeprefix(b"," * part.endswith(b"{"))
        return bytes(part)
