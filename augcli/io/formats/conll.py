"""CoNLL: a line for each token with its items in columns, and an empty line behind each sentence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

from augcli.errors import RunError
from augcli.io.files.encoding import TextEncoding, not_text
from augcli.io.formats.rows import ConcatenatedFormat, Header, OutputRow, Row, RowError
from augcli.text.cells import token_items

_DOCUMENT = b"-DOCSTART-"
_NOTHING = "_"
"""Stands where a token has no item."""


class ConllRow:
    """A sentence."""

    __slots__ = ("after", "before", "header", "lines", "tokens")

    def __init__(self, header: Header, before: str, lines: Sequence[str], after: str) -> None:
        self.header = header
        self.before = before
        """Lines between the sentence before and this one: comments, the beginning of a document, empty ones."""
        self.lines = lines
        self.after = after
        """The empty lines behind it."""
        self.tokens = [_items(line) for line in lines]
        """The items of each token."""

    def get(self, column: str) -> list[str]:
        place = self.header.index[column]
        return [items[place] for items in self.tokens]

    def items(self) -> Mapping[str, Any]:
        return {name: self.get(name) for name in self.header.names}

    def without(self, columns: Collection[str]) -> ConllRow:
        if not self.header.index.keys() & columns:
            return self
        header, places = self.header.without(frozenset(columns))
        between = "\t" if "\t" in self.lines[0] else " "
        lines = [between.join(items[place] for place in places) for items in self.tokens]
        return ConllRow(header, self.before, lines, self.after)


def _items(line: str) -> list[str]:
    return line.split("\t") if "\t" in line else [*filter(None, line.split(" "))]


def scan_conll(
    file: IO[bytes], header: Header | None, comment: str | None
) -> Iterator[tuple[Row | RowError, int, int]]:
    """Rows of a file: row or why not, number of the line of its first token, and how far the file is read.

    Without `header`, the columns of a row are called by their numbers, from 1.
    """
    starts = (_DOCUMENT, comment.encode()) if comment else (_DOCUMENT,)
    before, lines, after, first, position = b"", list[bytes](), b"", 0, 0
    for number, line in enumerate(file, 1):
        if not line.strip():
            before, after = (before, after + line) if lines else (before + line, after)
        else:
            if after:
                yield _sentence(header, before, lines, after), first, position
                before, lines, after = b"", [], b""
            if not lines and line.startswith(starts):
                before += line
            else:
                first = first if lines else number
                lines.append(line)
        position += len(line)
    if lines:
        yield _sentence(header, before, lines, after), first, position


def _sentence(header: Header | None, before: bytes, lines: Sequence[bytes], after: bytes) -> Row | RowError:
    try:
        told = before.decode()
        sentence = [line.decode().rstrip("\r\n") for line in lines]
        row = ConllRow(header or Header([]), told, sentence, after.decode())
    except UnicodeDecodeError as error:
        data = next(data for data in (before, *lines) if error.object == data)
        return RowError(not_text(data, error), undecodable=True)
    if header is None:
        row.header = header = Header([str(number + 1) for number in range(len(row.tokens[0]))])
    for number, items in enumerate(row.tokens, 1):
        if len(items) != len(header.names):
            found = f"{len(items)} item{'s' * (len(items) != 1)}, expected {len(header.names)}"
            line = f"line {number} of the sentence, {row.lines[number - 1][:40]!r}, has {found}"
            return RowError(f"{line}; if it is a comment, set input.comment to what it begins with")
    return row


class Conll(ConcatenatedFormat):
    """A line for each token. What a variant is of stands in the provenance alone."""

    def __init__(self, columns: Sequence[str], encoding: TextEncoding, newline: str, preamble: str) -> None:
        """`columns` are those that are written, each with one item for each token."""
        self._columns = columns
        self._encoding, self._newline = encoding, newline
        self.head = encoding.head(preamble)

    def encode(self, rows: Iterable[OutputRow]) -> bytes:
        parts = []
        for record, changes, chain_name, _ in rows:
            row = record.row
            own = isinstance(row, ConllRow)
            try:
                lines = row.lines if own and not changes else self._lines(row, changes)
            except (ValueError, RowError) as error:
                raise RunError(f"{record.id}: {error}; write jsonl") from None
            own = own and not chain_name
            parts.append(row.before if own else "")
            parts += [line + self._newline for line in lines]
            parts.append((own and row.after) or self._newline)
        return self._encoding.encode("".join(parts))

    def _lines(self, row: Row, changes: Mapping[str, Any]) -> list[str]:
        """The lines of a sentence. Raises ValueError for what has no place in them."""
        columns = {column: token_items(changes.get(column, row.get(column))) for column in self._columns}
        if not (count := len(next(iter(columns.values())) or ())):
            raise ValueError("a row without tokens has no place in a CoNLL file")
        if odd := next((column for column, items in columns.items() if len(items or ()) != count), None):
            raise ValueError(f"column {odd!r} has not one item for each of the {count} tokens")
        between = "\t" if isinstance(row, ConllRow) and "\t" in row.lines[0] else " "
        special, marks = ({*"\t\r\n"}, "tabs") if between == "\t" else ({*" \t\r\n"}, "blanks")
        lines = []
        for items in zip(*(items or () for items in columns.values()), strict=True):
            told = [_NOTHING if item is None else str(item) for item in items]
            if broken := next((item for item in told if not item or not special.isdisjoint(item)), None):
                raise ValueError(f"{broken!r} has no place in a CoNLL file, where {marks} separate items")
            lines.append(between.join(told))
        return lines
