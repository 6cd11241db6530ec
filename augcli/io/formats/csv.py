"""CSV and TSV: a field stays text, and what is not edited stays as it is spelled."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import IO, Any, Literal

import orjson

from augcli.errors import RunError
from augcli.io.files.encoding import TextEncoding, not_text
from augcli.io.formats.json import JsonRow
from augcli.io.formats.rows import ConcatenatedFormat, Header, OutputRow, Row, RowError, look_up
from augcli.text.cells import cell_text, token_items
from augcli.text.record import Record

Quote = Literal["double", "backslash", "none"]
_ESCAPE, _ESCAPE_IN_QUOTES = re.compile(r"(?s)\\(.)"), re.compile(r'(?s)[\\"](.)')
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True)
class Dialect:
    """How the fields of a file are told apart and written."""

    delimiter: str = ","
    quote: Quote = "double"
    """How a quote stands within quotes: doubled, or behind a backslash; none: a quote is text like all else."""
    skip_blanks: bool = False
    """Whether blanks behind a delimiter are no part of the field."""
    comment: str | None = None
    """Lines that begin with it are no rows."""

    def reader(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """The fields of each record in `lines`. Raises csv.Error when quotes do not pair."""
        options: dict[str, Any] = {"delimiter": self.delimiter, "skipinitialspace": self.skip_blanks}
        if self.quote == "none":
            return csv.reader(lines, quoting=csv.QUOTE_NONE, **options)
        return csv.reader(lines, strict=True, escapechar="\\" if self.quote == "backslash" else None, **options)

    def pieces(self, record: str) -> list[str]:
        """The fields of a record as they are spelled, with their quotes."""
        if self.quote == "none" or ('"' not in record and "\\" not in record):
            return record.split(self.delimiter)
        return [match[1] for match in self._piece.finditer(record)]

    @cached_property
    def _piece(self) -> re.Pattern[str]:
        end = re.escape(self.delimiter)
        if self.quote == "backslash":
            field = rf'"(?:[^"\\]|\\.|"")*"|(?:[^{end}\\]|\\.)*'
        else:
            field = rf'"(?:[^"]|"")*"|[^{end}]*'
        return re.compile(rf"(?s)(?:\A|{end})({' *' * self.skip_blanks}(?:{field}))")

    def unescaped(self, record: str) -> list[str]:
        """The fields of a record with backslashes, as MySQL reads them; NULL, spelled so, is empty."""
        fields = []
        for piece in self.pieces(record):
            field = piece.lstrip(" ") if self.skip_blanks else piece
            quoted = field.startswith('"')
            field = field[1:-1] if quoted else "" if field == r"\N" else field
            escape = _ESCAPE_IN_QUOTES if quoted else _ESCAPE
            fields.append(escape.sub(lambda match: _ESCAPES.get(match[1], match[1]), field))
        return fields

    def spell(self, field: str, like: str = "") -> str:
        """A field as it is written: in quotes where it needs them, or where `like`, its spelling before, has them.

        Raises RunError when the field needs quotes and there are none.
        """
        blanks = like[: len(like) - len(like.lstrip(" "))] if self.skip_blanks else ""
        if self.quote == "none":
            if self._special.search(field):
                raise RunError(f"{field[:60]!r} needs quotes to be told from other fields; set input.quote: double")
            return blanks + field
        quoted = like.startswith('"', len(blanks))
        bare = field.replace('"', "") if '"' in like else field  # such a file has quotes within fields
        if not quoted and not field.startswith('"') and not self._special.search(bare):
            return blanks + field
        if self.quote == "backslash":
            field = field.replace("\\", "\\\\")
        return f'{blanks}"{field.replace(chr(34), chr(34) * 2 if self.quote == "double" else chr(92) + chr(34))}"'

    @cached_property
    def _special(self) -> re.Pattern[str]:
        """What a field without quotes cannot hold."""
        marks = re.escape(self.delimiter) + "\\r\\n"
        if self.quote != "none":
            marks += '"' + "\\\\" * (self.quote == "backslash")
        start = "^ |" * self.skip_blanks + (f"^{re.escape(self.comment)}|" if self.comment else "")
        return re.compile(f"{start}[{marks}]")


class CsvRow:
    """The fields of a CSV record."""

    __slots__ = ("_cut", "before", "dialect", "fields", "header", "raw")

    def __init__(self, header: Header, dialect: Dialect, fields: list[str], raw: str, before: str = "") -> None:
        self.header = header
        self.dialect = dialect
        self.fields = fields
        self.raw = raw
        """The record as it is spelled, without the end of its line."""
        self.before = before
        """Empty lines and comments between it and the record before."""
        self._cut: tuple[list[str], list[tuple[str, str, str]], str] | None = None

    def get(self, column: str) -> Any:
        place = self.header.index.get(column)
        return look_up(self.items(), column) if place is None else self.fields[place]

    def items(self) -> Mapping[str, Any]:
        return dict(zip(self.header.names, self.fields, strict=True))

    def spelled(self, changes: Mapping[str, Any]) -> str:
        """The record with some fields changed, all else as it is spelled."""
        if self._cut is None or self._cut[0] != [*changes]:  # all variants of a row change the same columns
            self._cut = [*changes], *self._around(changes)
        _, fields, rest = self._cut
        spell = self.dialect.spell
        return "".join([gap + spell(cell_text(changes[column]), piece) for gap, column, piece in fields]) + rest

    def _around(self, columns: Iterable[str]) -> tuple[list[tuple[str, str, str]], str]:
        """What stands before the field of each column, the column, and the field as it is spelled; and the rest."""
        delimiter, pieces = self.dialect.delimiter, self.dialect.pieces(self.raw)
        fields: list[tuple[str, str, str]] = []
        done = 0
        for place, column in sorted((self.header.index[column], column) for column in columns):
            between = "".join([piece + delimiter for piece in pieces[done:place]])
            fields.append((delimiter * bool(fields) + between, column, pieces[place]))
            done = place + 1
        return fields, "".join([delimiter + piece for piece in pieces[done:]])

    def without(self, columns: Collection[str]) -> CsvRow:
        header, places = self.header.without(frozenset(columns))
        pieces = self.dialect.pieces(self.raw)
        raw = self.dialect.delimiter.join([pieces[place] for place in places])
        return CsvRow(header, self.dialect, [self.fields[place] for place in places], raw, self.before)


class _Lines:
    """Lines of a UTF-8 CSV file, cut at LF, CR or CR LF, with count and position."""

    def __init__(self, file: IO[bytes], comment: str | None) -> None:
        # as Latin-1, one character is one byte, so the length of a line is its size in the file
        self._lines = io.TextIOWrapper(file, encoding="latin-1", newline="")
        self._comment = comment
        self.line = ""
        self.record = ""
        """The lines of the current record; empty before its first."""
        self.first = 0
        """Number of its first line."""
        self.skipped = ""
        """Comments and empty lines since the last record."""
        self.number = 0
        self.position = 0
        self.trouble: tuple[int, str, bool] | None = None
        """Number of a line that cannot be used, why, and whether its bytes are not in the encoding."""

    def __iter__(self) -> Iterator[str]:
        comment = self._comment
        for line in self._lines:
            self.number += 1
            self.position += len(line)
            self.line = line
            text = line if line.isascii() and "\0" not in line else self._decode(line)
            if not self.record:
                if comment and text.startswith(comment):
                    self.trouble = None
                    self.skipped += text
                    continue
                self.first = self.number
            self.record += text
            yield text

    def begin_record(self) -> None:
        """The next line begins a record, unless it is a comment."""
        self.record = ""
        self.trouble = None

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


def scan_csv(file: IO[bytes], dialect: Dialect, header: Header | None) -> Iterator[tuple[Row | RowError, int, int]]:
    """Rows of a CSV file: row or why not, the line that it starts on, and how far the file is read.

    Without `header`, the first row is yielded as one whose own fields are the names.
    """
    lines = _Lines(file, dialect.comment)
    try:
        yield from _csv_rows(lines, dialect, header)
    finally:
        lines.detach()


def _csv_rows(lines: _Lines, dialect: Dialect, header: Header | None) -> Iterator[tuple[Row | RowError, int, int]]:
    reader = dialect.reader(iter(lines))
    while True:
        lines.begin_record()
        try:
            fields = _next_record(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _broken(str(error), lines, lines.first), lines.first, lines.position
            continue
        first = lines.first
        if not fields:
            lines.skipped += lines.record
            continue
        record = lines.record.rstrip("\r\n")
        if dialect.quote == "backslash" and "\\" in record:
            fields = dialect.unescaped(record)
        before, lines.skipped = lines.skipped, ""
        if lines.trouble:
            number, why, undecodable = lines.trouble
            why += f" (of the record's line {number - first + 1})" * (number > first)
            yield RowError(why, undecodable=undecodable), first, lines.position
            continue
        if header is None:
            header = Header(fields)
        if len(fields) != len(header.names):
            few = f"{len(fields)} field{'s' * (len(fields) != 1)}, but the header has {len(header.names)}"
            yield RowError(f"{few}; put quotes around text that holds {dialect.delimiter!r}"), first, lines.position
        else:
            yield CsvRow(header, dialect, fields, record, before), first, lines.position


def _next_record(reader: Iterator[list[str]]) -> list[str]:
    limit = csv.field_size_limit(sys.maxsize)  # it holds for the whole process, so it is put back
    try:
        return next(reader)
    finally:
        csv.field_size_limit(limit)


_PLAIN = "; if quotes are part of the texts, set input.quote: none"


def _broken(error: str, lines: _Lines, first: int) -> RowError:
    if "unexpected end of data" in error:
        return RowError(f"a quote opened in this record is never closed{_PLAIN}", fatal=True)
    if lines.number > first:
        where = f"{lines.number - first} lines further down"
        why = f"a quote opened in this record is not closed, or one {where} is not doubled{_PLAIN}"
        return RowError(why, fatal=True)
    # with quotes that do not pair, the next line may be the rest of this record
    why = 'a quote inside a quoted field must be doubled (""), not escaped or left alone'
    return RowError(f'{why}; for \\" set input.quote: backslash{_PLAIN}', fatal=lines.odd())


class Csv(ConcatenatedFormat):
    """CSV or TSV, in the dialect of the input where that is CSV too."""

    def __init__(
        self, columns: Sequence[str], added: Sequence[str], words: Sequence[str], dialect: Dialect, newline: str,
        preamble: str, names: str | None, encoding: TextEncoding,
    ) -> None:  # fmt: skip
        """`added` are the columns that rows get behind their own.

        `preamble` is what stands before the line of the column names, and `names` these, without the end of the line;
        None where there is no such line.
        """
        self._columns = columns
        self._added = added
        self._words = words
        """The columns with tokens and tags, separated by blanks."""
        self._dialect = dialect
        self._newline = newline
        self._encoding = encoding
        if names is not None:
            preamble += dialect.delimiter.join([*([names] if columns else []), *map(dialect.spell, added)]) + newline
        self.head = encoding.head(preamble)

    def encode(self, rows: Iterable[OutputRow]) -> bytes:
        dialect, delimiter = self._dialect, self._dialect.delimiter
        lineage = "aug_chain" in self._added
        spell = cache(dialect.spell)  # chains repeat
        lines = []
        last: Record | None = None
        own, source, padding = False, "", ""
        for out in rows:
            record, changes, chain, added = out
            row = record.row
            if record is not last:
                last = record
                own = isinstance(row, CsvRow) and row.dialect == dialect
                source = delimiter + dialect.spell(str(record.source)) + delimiter
                padding = delimiter * (len(self._columns) - len(row.fields)) if own else ""
            if not own:
                line = delimiter.join(map(dialect.spell, self._fields(out)))
            elif changes:
                line = row.spelled(changes)
            else:
                line = row.raw if chain else row.before + row.raw
            tail = source + spell(chain) if lineage else ""
            more = "".join([delimiter + dialect.spell(cell_text(value)) for value in added])
            lines.append(f"{line}{padding}{tail}{more}{self._newline}")
        return self._encoding.encode("".join(lines))

    def _fields(self, out: OutputRow) -> list[str]:
        """The fields of a row that is read in another format or dialect."""
        row, changes = out.record.row, out.changes
        cells = {**(row.spelled() if isinstance(row, JsonRow) else row.items()), **changes}
        cells |= {column: _join_words(changes.get(column, row.get(column))) for column in self._words}
        return [cell_text(cells.get(column)) for column in self._columns]


def _join_words(words: Any) -> str:
    if isinstance(words, str):
        return words
    told = [*map(cell_text, words)]
    joined = " ".join(told)
    return joined if token_items(joined) == told else orjson.dumps([*words]).decode()
