"""What a row is, read or to be written, whatever the format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import IO, Any, NamedTuple, Protocol

from augcli.config.paths import steps_of, value_at
from augcli.io.files.compression import pack, unpacked
from augcli.io.files.storage import Place
from augcli.text.cells import describe
from augcli.text.record import Record


class RowError(Exception):
    """Why a row cannot be used, and in which column."""

    def __init__(
        self, message: str, column: str | None = None, *, fatal: bool = False, undecodable: bool = False
    ) -> None:
        super().__init__(message)
        self.column = column
        self.fatal = fatal
        """The rest of the file cannot be read either."""
        self.undecodable = undecodable
        """It has bytes that are not in the encoding of the input."""

    def __str__(self) -> str:
        return f"column {self.column!r}: {self.args[0]}" if self.column else str(self.args[0])


class Row(Protocol):
    """One source row."""

    def get(self, column: str) -> Any:
        """Value of a column. Raises RowError when the row has no such column."""

    def items(self) -> Mapping[str, Any]:
        """All columns in order."""

    def without(self, columns: Collection[str]) -> Row:
        """The row without some columns."""


def look_up(data: Mapping[str, Any], column: str) -> Any:
    """The value of a column or at a path. Raises RowError where the row has none."""
    try:
        return value_at(data, column)
    except KeyError:
        root = str(steps_of(column)[0])
        there = ", ".join(map(repr, data)) or "no columns"
        if root in data:
            there = f"{root!r}, which is {describe(data[root])}"
        raise RowError(f"missing; this row has {there}", column) from None


class PlainRow:
    """A row that is written in another shape than it was read in."""

    __slots__ = ("data",)

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data

    def get(self, column: str) -> Any:
        return self.data[column] if column in self.data else look_up(self.data, column)

    def items(self) -> Mapping[str, Any]:
        return self.data

    def without(self, columns: Collection[str]) -> PlainRow:
        return PlainRow({column: value for column, value in self.data.items() if column not in columns})


class Header:
    """Column names of a file; of repeated names the first counts."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.index = {name: index for index, name in reversed(list(enumerate(names)))}
        self._without: dict[frozenset[str], tuple[Header, Sequence[int]]] = {}

    def without(self, columns: frozenset[str]) -> tuple[Header, Sequence[int]]:
        """The header without some columns, and the places of those that stay."""
        if columns not in self._without:
            places = [place for place, name in enumerate(self.names) if name not in columns]
            self._without[columns] = Header([self.names[place] for place in places]), places
        return self._without[columns]

    def repeated(self) -> list[str]:
        """Names that stand more than once."""
        return [name for name in self.index if self.names.count(name) > 1]


class OutputRow(NamedTuple):
    """A row to write: its source, the cells that differ, its chains ("" for an original), and cells that are added."""

    record: Record
    changes: Mapping[str, Any]
    chain: str
    added: Sequence[Any] = ()

    def cells(self, columns: Sequence[str]) -> list[Any]:
        """The cells of added columns: source and chain, unless they are left out, and the others."""
        lineage = [self.record.source, self.chain] if len(columns) > len(self.added) else []
        return [*lineage, *self.added]


class ChunkPart(Protocol):
    """The rows of one chunk on their way to bytes."""

    def add(self, rows: Iterable[OutputRow]) -> None:
        """Take in more rows."""

    def finish(self) -> bytes:
        """All of them."""


class Writer(Protocol):
    """Turns rows into the bytes of one format."""

    def part(self) -> ChunkPart:
        """A part without rows."""

    def knowing(self, parts: Iterable[Place]) -> Writer:
        """The writer for output files that hold `parts` between them. Raises RunError when these do not go together."""

    def join(self, parts: Iterable[Place], file: IO[bytes], packing: str) -> None:
        """Write a whole file from its packed parts, in order."""


def part_of(writer: Writer, rows: Iterable[OutputRow]) -> bytes:
    """The part of some rows."""
    part = writer.part()
    part.add(rows)
    return part.finish()


class ConcatenatedFormat(ABC):
    """A format whose file is its parts one after another, with something before and behind them."""

    head = tail = b""

    @abstractmethod
    def encode(self, rows: Iterable[OutputRow]) -> bytes:
        """The bytes of some rows."""

    def whole(self, encoded: bytes) -> bytes:
        """A part, of the bytes of all its rows."""
        return encoded

    def part(self) -> ChunkPart:
        return _Encoded(self)

    def blocks(self, parts: Iterable[bytes], frame: Callable[[bytes], bytes] = bytes) -> Iterator[bytes]:
        """The file, block by block; `frame` packs what is not in the parts, as they are packed already."""
        yield frame(self.head)
        yield from filter(None, parts)
        if self.tail:
            yield frame(self.tail)

    @contextmanager
    def opened(self, path: Place) -> Iterator[IO[bytes]]:
        """An output file, to be compared with its blocks."""
        with unpacked(path) as (file, _):
            yield file

    def knowing(self, parts: Iterable[Place]) -> Writer:
        return self

    def join(self, parts: Iterable[Place], file: IO[bytes], packing: str) -> None:
        for block in self.blocks((part.read_bytes() for part in parts), partial(pack, kind=packing)):
            file.write(block)


class _Encoded:
    """A part whose rows are encoded as they come."""

    def __init__(self, writer: ConcatenatedFormat) -> None:
        self._writer = writer
        self._encoded = bytearray()

    def add(self, rows: Iterable[OutputRow]) -> None:
        self._encoded += self._writer.encode(rows)

    def finish(self) -> bytes:
        return self._writer.whole(bytes(self._encoded))
