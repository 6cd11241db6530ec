"""Plain text, one text a line; and the files of fastText, in which labels stand before the text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

from augcli.errors import RunError
from augcli.io.files.encoding import TextEncoding, not_text
from augcli.io.formats.rows import ConcatenatedFormat, OutputRow, PlainRow, Row, RowError, look_up
from augcli.text.cells import describe
from augcli.text.record import label_name

TEXT, LABEL = "text", "label"
"""What the columns of such files are called."""
MARK = "__label__"
"""What a label begins with in the files of fastText."""
_LABELS = re.compile(rf"(?:{MARK}\S+(?:[ \t]+|$))*")


class LineRow:
    """A line: a text, and what stands before it."""

    __slots__ = ("data", "labels")

    def __init__(self, line: str, *, labelled: bool) -> None:
        match = _LABELS.match(line) if labelled else None
        self.labels = match[0] if match else ""
        """The labels as they are spelled."""
        self.data: dict[str, Any] = {TEXT: line[len(self.labels) :]}
        if labelled:
            names = [label.removeprefix(MARK) for label in self.labels.split()]
            self.data = {LABEL: names if len(names) > 1 else next(iter(names), None), **self.data}

    def get(self, column: str) -> Any:
        return self.data[column]

    def items(self) -> Mapping[str, Any]:
        return self.data

    def without(self, columns: Collection[str]) -> Row:
        return PlainRow(self.data).without(columns) if self.data.keys() & columns else self


def scan_lines(file: IO[bytes], *, labelled: bool) -> Iterator[tuple[Row | RowError, int, int]]:
    """Rows of a file: row or why not, number of its line, and how far the file is read."""
    position = 0
    for number, line in enumerate(file, 1):
        position += len(line)
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            yield RowError(not_text(line, error), undecodable=True), number, position
            continue
        yield LineRow(text.removesuffix("\n").removesuffix("\r"), labelled=labelled), number, position


class Lines(ConcatenatedFormat):
    """One text a line, behind its labels in a file of fastText. What a variant is of stands in the provenance alone."""

    def __init__(
        self, texts: Sequence[str], labels: str | Sequence[str] | None, encoding: TextEncoding, newline: str,
        preamble: str, *, labelled: bool,
    ) -> None:  # fmt: skip
        """`texts` has the one column that is written; `labelled` files have room for labels before it."""
        (self._text,) = texts
        self._labelled = labelled
        self._label = labels if isinstance(labels, str) else None
        """The column that hard labels may be written to."""
        self._encoding, self._newline = encoding, newline
        self.head = encoding.head(preamble)

    def encode(self, rows: Iterable[OutputRow]) -> bytes:
        lines = []
        for record, changes, _, _ in rows:
            row = record.row
            labels = ""
            try:
                text = look_up({**row.items(), **changes}, self._text) if changes else row.get(self._text)
                if not isinstance(text, str):
                    raise ValueError(f"column {self._text!r}: {describe(text)} is no text")
                if "\n" in text:
                    raise ValueError(f"column {self._text!r}: {text[:60]!r} holds a line break")
                if self._labelled and text.startswith(MARK):
                    raise ValueError(f"column {self._text!r}: {text[:60]!r} begins as labels do in fastText")
                if self._labelled:
                    known = isinstance(row, LineRow) and self._label not in changes
                    labels = row.labels if known else _spell(changes.get(self._label or "", record.label))
            except (ValueError, RowError) as error:
                raise RunError(f"{record.id}: {error}; write csv or jsonl") from None
            lines.append(f"{labels}{text}{self._newline}")
        return self._encoding.encode("".join(lines))


def _spell(label: Any) -> str:
    """A label, or a list of them, as it stands before a text. Raises ValueError for one that has no place there."""
    told = [one for one in (label if isinstance(label, list) else [label]) if one not in (None, "")]
    if odd := next((one for one in told if isinstance(one, list | dict)), None):
        raise ValueError(f"{describe(odd)} is no label for fastText")
    names = [label_name(one) for one in told]
    if spaced := next((name for name in names if not name or name.split() != [name]), None):
        raise ValueError(f"{spaced!r} is no label for fastText, where blanks separate labels")
    return "".join(f"{MARK}{name} " for name in names)
