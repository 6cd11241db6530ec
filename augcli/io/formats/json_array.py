"""JSON files whose rows are the elements of an array, or of several in one object."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import IO, Any

from augcli.config.paths import Step, steps_of
from augcli.io.files.compression import pack, unpacked
from augcli.io.files.storage import Place
from augcli.io.formats.json import JsonLines
from augcli.io.formats.json_text import BLANK, elements, members, skip_blanks, value_end
from augcli.io.formats.rows import RowError

_MARKS = re.compile(rb'\\.?|["{}\[\],]', re.DOTALL)


@dataclass(slots=True)
class Frame:
    """What stands around the rows of a JSON file."""

    pieces: Sequence[str] = ("[", "]\n")
    """All up to the bracket that opens the first array, from array to array, and from the last closing bracket on."""
    firsts: list[int] = field(default_factory=list)
    """The numbers of the rows, from 1, that begin an array, but for the first array."""
    opening: str = "\n"
    """Blanks behind an opening bracket."""
    between: str = ",\n"
    """Comma and blanks between two rows."""
    closing: str = "\n"
    """Blanks before a closing bracket."""
    newline: str = "\n"
    """How lines end within rows."""
    rows: int = 0


def array_rows(file: IO[bytes], frame: Frame) -> Iterator[bytes]:
    r"""The elements of the JSON array that `file` holds, each on a line, where `\r` stands for its line breaks.

    The frame learns what stands around them. Raises RowError if the file holds more, or no end.
    """
    behind = ""
    for element in _elements(file, frame):
        row = element.strip(BLANK)
        before, after = (blanks.decode() for blanks in element.split(row, 1))
        frame.rows += 1
        if frame.rows == 1:
            frame.opening, frame.between = before, f",{before}"
            frame.newline = "\r\n" if b"\r\n" in element else "\n"
        elif frame.rows == 2:
            frame.between = f"{behind},{before}"
        behind = after
        yield row.replace(b"\r\n", b"\r").replace(b"\n", b"\r")
    if frame.rows:
        frame.closing = behind


def _elements(file: IO[bytes], frame: Frame) -> Iterator[bytes]:
    """The elements with the blanks around them."""
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
                element = bytes(kept + block[done : match.start()])
                if element.strip(BLANK):
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
    frame.pieces = ("[", f"]{kept.decode()}")


def places_of(text: str, data: Any, path: str) -> list[tuple[int, int, Any]]:
    """The values in a JSON text, which says `data`, that a path stands for: where each begins and ends, and itself."""
    return [*_places(text, skip_blanks(text, 0), data, (path,) if path in data else steps_of(path))]


def _places(text: str, start: int, value: Any, steps: Sequence[Step]) -> Iterator[tuple[int, int, Any]]:
    if not steps:
        yield start, value_end(text, start), value
        return
    step, *rest = steps
    if isinstance(step, str):
        if isinstance(value, dict) and step in value:
            (_, first, _), *others = (member for member in members(text, start) if member[0] == step)
            if others:
                raise RowError(f"the key {step!r} stands twice in an object")
            yield from _places(text, first, value[step], rest)
    elif isinstance(value, list):
        for (place, first, _), element in zip(elements(text, start), value, strict=True):
            if step == place if isinstance(step, int) else step.fits(element):
                yield from _places(text, first, element, rest)


class JsonArray(JsonLines):
    r"""Rows as the elements of an array, or of several, each where its source row stood.

    In parts they stand one a line behind the number of their source rows, with `\r` for their own line breaks.
    """

    numbered = True

    def __init__(self, added: Sequence[str], readers: Mapping[str, Callable[[str], Any]], frame: Frame) -> None:
        super().__init__(added, readers)
        self._frame = frame

    def whole(self, encoded: bytes) -> bytes:
        return encoded

    def blocks(self, parts: Iterable[bytes], frame: Callable[[bytes], bytes] = bytes) -> Iterator[bytes]:
        around = self._frame
        opening, between, closing = around.opening.encode(), around.between.encode(), around.closing.encode()
        newline = around.newline.encode()
        first, *pieces = [piece.encode() for piece in around.pieces]
        array, empty = 0, True
        yield frame(first)
        for part in filter(None, parts):
            block = bytearray()
            for place, numbered in groupby(_numbered(part), lambda row: bisect_right(around.firsts, row[0])):
                if place > array:
                    block += b"".join([b"" if empty else closing, *pieces[array:place]])
                    array, empty = place, True
                rows = [row.replace(b"\r", newline) for _, row in numbered]
                block += (opening if empty else between) + between.join(rows)
                empty = False
            yield frame(bytes(block))
        yield frame(b"".join([b"" if empty else closing, *pieces[array:]]))

    def join(self, parts: Iterable[Place], file: IO[bytes], packing: str) -> None:
        for block in self.blocks(map(_read, parts), partial(pack, kind=packing)):
            file.write(block)


def _numbered(part: bytes) -> Iterator[tuple[int, bytes]]:
    """The rows of a part, with the numbers of their source rows."""
    for line in part[:-1].split(b"\n"):
        number, _, row = line.partition(b"\t")
        yield int(number), row


def _read(part: Place) -> bytes:
    with unpacked(part) as (file, _):
        return file.read()
