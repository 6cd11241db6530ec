"""JSON: an object per line; only the bytes of changed values are ever replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import IO, Any, NoReturn

import orjson

from augcli.config.paths import values_at
from augcli.io.files.encoding import not_text
from augcli.io.formats.json_text import BLANK, elements, members, place_at, value_end
from augcli.io.formats.rows import ConcatenatedFormat, OutputRow, PlainRow, Row, RowError, look_up
from augcli.text.record import Record

_VALUE = re.compile(rb'[ \t\n\r]*+:[ \t\n\r]*+("[^"\\]*(?:\\.[^"\\]*)*")?', re.DOTALL)
"""What follows a key: a colon, and the value if that is a string."""
_FIRST_MEMBER = re.compile(rb'\{([ \t\r]*)"(?:[^"\\]|\\.)*"([ \t\r]*:[ \t\r]*)')
_DIGITS = 4300
"""Python reads no whole numbers that are longer."""
_KEY_WITH_ESCAPE = re.compile(rb'[{,][ \t\n\r]*"[^"\\]*\\')


class JsonRow:
    """A JSON object with its bytes."""

    __slots__ = ("data", "raw")

    def __init__(self, raw: bytes, data: dict[str, Any]) -> None:
        self.raw = raw
        self.data = data

    def get(self, column: str) -> Any:
        return self.data[column] if column in self.data else look_up(self.data, column)

    def items(self) -> Mapping[str, Any]:
        data: dict[str, Any] = json.loads(self.raw, parse_int=_exact)  # unlike orjson it keeps integers of any size
        return data

    def without(self, columns: Collection[str]) -> Row:
        text, done = self.raw.decode(), 1
        kept: list[str] = []
        for key, _, end in members(text):
            member, first, done = text[done:end], done == 1, end
            if key not in columns:
                kept.append(member if kept or first else member[member.index(",") + 1 :])
        raw = "".join(["{", *kept, text[done:]]).encode()
        return JsonRow(raw, {key: value for key, value in self.data.items() if key not in columns})

    def spelled(self) -> dict[str, str]:
        """Each value as text: a string as it is, null as nothing, all else as it stands in the line."""
        text = self.raw.decode()
        cells = {}
        for key, start, end in members(text):
            value = self.data[key]
            told = text[start:end].replace("\r", " ")
            cells[key] = value if isinstance(value, str) else "" if value is None else told
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
            return start, start + len(text[: value_end(text, 0)].encode())
        text = self.raw.decode()
        places = [(start, end) for key, start, end in members(text) if key == column]
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
        return {str(number): element for number, element in enumerate(json.loads(self.raw, parse_int=_exact), 1)}

    def without(self, columns: Collection[str]) -> Row:
        return PlainRow(self.items()).without(columns)

    def spelled(self) -> dict[str, str]:
        text = self.raw.decode()
        return {
            column: value if isinstance(value, str) else "" if value is None else text[start:end].replace("\r", " ")
            for (column, value), (_, start, end) in zip(self.data.items(), elements(text, 0), strict=True)
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


def _exact(digits: str) -> int | float:
    return int(digits) if len(digits) < _DIGITS else float(digits)


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
        line = line.strip(BLANK)
        if not line:
            continue
        try:
            row: Row | RowError = parse_json(line)
        except RowError as bad:
            row = bad
        yield row, number, position


class JsonLines(ConcatenatedFormat):
    """One JSON object per line."""

    numbered = False
    """Whether the number of its source row stands before each row."""

    def __init__(
        self, added: Sequence[str], readers: Mapping[str, Callable[[str], Any]] | None = None, newline: str = "\n"
    ) -> None:
        """`added` are the columns that rows get behind their own; `readers` tell what text in a column says."""
        self._newline = newline.encode()
        self._readers = readers or {}
        self._lineage = "aug_chain" in added
        self._keys = [orjson.dumps(column) for column in added[2 * self._lineage :]]

    def whole(self, encoded: bytes) -> bytes:
        return encoded.replace(b"\r", b" ").replace(b"\n", self._newline)

    def encode(self, rows: Iterable[OutputRow]) -> bytes:
        part = bytearray()  # orjson gives more memory than it fills, which a list of its results would hold
        dumps = orjson.dumps
        last: Record | None = None
        holes: list[tuple[bytes, str]] = []
        cut: list[str] = []
        number = source = end = closing = b""
        comma, colon = b",", b":"
        for record, changes, chain, added in rows:
            row = record.row
            if record is not last:
                last, cut = record, []
                if self.numbered:
                    number = b"%d\t" % (0 if record.pooled else record.number)
                    comma, colon, closing = _spacing(row)
                if self._lineage:
                    named = dumps(record.source)
                    source = b'%b"aug_source"%b%b%b"aug_chain"%b"' % (comma, colon, named, comma, colon)
            part += number
            if isinstance(row, JsonArrayRow):
                part += row.changed(changes) + b"\n"
                continue
            if not isinstance(row, JsonRow):
                cells = {**row.items(), **changes}
                for column, read in self._readers.items():
                    if isinstance(cells.get(column), str):
                        cells[column] = read(cells[column])
                line = dumps(cells, default=str)
                part += line[:-1] if len(line) > 2 else b"{"
                part += source
            elif changes:
                if cut != (changed := [*changes]):
                    cut = changed
                    holes, rest = row.cut(cut)
                    end = rest.removesuffix(closing) + source
                for before, column in holes:
                    part += before
                    part += dumps(changes[column])
                part += end
            else:
                part += row.raw[:-1].removesuffix(closing)
                part += source if row.data else source[1:]
            more = [
                b"%b%b%b%b" % (comma, key, colon, dumps(value)) for key, value in zip(self._keys, added, strict=True)
            ]
            if self._lineage:
                part += b'%b"%b%b}\n' % (chain.encode(), b"".join(more), closing)
            else:
                part += b"%b%b}\n" % (b"".join(more).removeprefix(b"," * part.endswith(b"{")), closing)
        return bytes(part)


def _spacing(row: Row) -> tuple[bytes, bytes, bytes]:
    """Comma, colon and end of the members of an object, with blanks around them where it has line breaks."""
    if not isinstance(row, JsonRow) or b"\r" not in row.raw or not (match := _FIRST_MEMBER.match(row.raw)):
        return b",", b":", b""
    body = row.raw[:-1]
    return b"," + match[1], match[2], body[len(body.rstrip(BLANK)) :]
