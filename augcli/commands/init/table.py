"""How a CSV or TSV file is written: delimiter, quotes, lines before the header, and whether there is one."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from operator import length_hint
from typing import NamedTuple

from augcli.commands.init.guess import Guess, Guesses
from augcli.io.formats.csv import Dialect, Quote
from augcli.run.look.roles import IDS, LABELS, PAIRS, SPANS, SPLITS, TEXTS

_LINES = 500
"""Lines that are looked at."""
_DELIMITERS = (",", "\t", ";", "|")
_SEPARATOR = re.compile(r"sep=([ -~\t])\r?\n")
_SPACED = 20
"""So many rows in which a blank stands before each field but the first are no chance."""
_WELL = 0.9
"""Share of lines that fit together where nothing else is tried."""
_NO_CHANCE = 5
"""So many lines of text do not have as many commas each."""
_NUMBER = re.compile(r"\s*[-+]?[\d.,]*\d%?\s*")
_WORDS = 4
"""More words than this are no name of a column."""
_USUAL = frozenset(
    {*TEXTS, *LABELS, *IDS, *SPLITS, *SPANS, "stars", "rating", "context", *(a for b in PAIRS for a in b)}
)
"""Names that columns usually have."""


class Record(NamedTuple):
    """The fields that begin on a line, counted from 0, and how many lines they take."""

    line: int
    lines: int
    fields: Sequence[str]


class Reading(NamedTuple):
    """A table as a dialect reads it."""

    dialect: Dialect
    records: Sequence[Record]

    @property
    def width(self) -> int:
        """The fields that most lines have."""
        widths: Counter[int] = Counter()
        for record in self.records:
            widths[len(record.fields)] += record.lines
        return widths.most_common(1)[0][0] if widths else 0

    @property
    def consistency(self) -> float:
        """The share of lines with as many fields as most have; 0 where that is one field."""
        width = self.width
        fitting = sum(record.lines for record in self.records if len(record.fields) == width)
        return fitting / sum(record.lines for record in self.records) if width > 1 else 0.0


def guess_table(text: str, delimiter: str) -> Guesses:
    """How the table that begins with `text` is written; `delimiter` is that of its format."""
    separator = _SEPARATOR.match(text)
    found: Guesses = {}
    told = separator[1] if separator else guess_delimiter(text, delimiter)
    if told != delimiter and not separator:
        found["delimiter"] = Guess(told, "told by how many fields its lines have")
    body = text[separator.end() :] if separator else text
    reading = _read_best(body, told)
    quote = reading.dialect.quote
    if quote == "double" and told == "\t" and _quotes_are_text(body, reading):
        doubt = "quotes around a field are taken as a part of the text, for no field needs any"
        found["quote"] = Guess("none", "quotes stand where none are needed", doubt)
        reading = _read(body, Dialect(told, "none"))
    elif quote != "double":
        reason = "quotes within quotes stand behind a backslash" if quote == "backslash" else "quotes do not pair"
        found["quote"] = Guess(quote, reason)
    skipping = _read(body, Dialect(told, quote, skip_blanks=True))
    # within quotes, a quote that ends them stands before a delimiter or at the end of the line
    blank_quote = re.escape(told) + r' +"[^"\r\n' + re.escape(told) + "]"
    spaced = len(reading.records) > 1 and all(
        field[:1] == " " for record in reading.records[:_SPACED] for field in record.fields[1:]
    )
    between = quote != "none" and re.search(blank_quote, body) is not None
    if reading.width > 1 and (spaced or between) and skipping.consistency >= reading.consistency:
        found["skip_blanks"] = Guess(
            value=True, reason=f"blanks stand behind delimiters{' and before quotes' * between}"
        )
        reading = skipping
    found |= _lines_before(reading)
    if records := [record.fields for record in reading.records if len(record.fields) == reading.width]:
        found["header"] = guess_header(records[0], records[1:])
    return found


def guess_delimiter(text: str, usual: str) -> str:
    """What separates the fields of a table: what is usual in its format, unless something else fits better."""
    readings = {one: _read_best(text, one).consistency for one in (usual, *_DELIMITERS)}
    best = max(readings, key=readings.__getitem__)
    return usual if readings[usual] >= _WELL or not readings[best] else best


def is_table(text: str, delimiter: str) -> bool:
    """Whether text without a telling name is a table; prose has commas too, but not as many in each line."""
    reading = _read_best(text, delimiter)
    if len(reading.records) < 2:
        return False
    if delimiter == "\t" or _USUAL & {name.strip().lower() for name in reading.records[0].fields}:
        return reading.consistency >= _WELL
    return reading.consistency == 1 and len(reading.records) >= _NO_CHANCE


def guess_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> Guess:
    """Whether the first record has the names of the columns: each column speaks for it, against it, or not at all."""
    names = [name.strip() for name in first]
    if _USUAL & {*map(str.lower, names)}:
        return Guess(value=True)
    votes = [_vote(name, [fields[at].strip() for fields in others]) for at, name in enumerate(names)]
    if sum(votes) < 0 or len({*names}) < len(names):
        return Guess(value=False, reason="the first line looks like a row", doubt="true if the first line has names")
    doubt = "" if any(votes) else "nothing tells whether the first line has names or is a row"
    return Guess(value=True, reason="the first line has names", doubt=doubt)


def _vote(name: str, values: Sequence[str]) -> int:
    """1 where `name` is none of the `values` of its column, -1 where it looks like one, 0 where nothing tells."""
    numbers = bool(values) and all(map(_NUMBER.fullmatch, filter(None, values))) and any(values)
    if numbers:
        return -1 if _NUMBER.fullmatch(name) else 1
    if name in values or len(name.split()) > _WORDS or _NUMBER.fullmatch(name):
        return -1
    words = sum(len(value.split()) for value in values)
    return 1 if name and words > _WORDS * len(values) else 0


def _lines_before(reading: Reading) -> Guesses:
    """Lines before the header, which have fewer fields than all that follow."""
    at = next((at for at, record in enumerate(reading.records) if len(record.fields) == reading.width), 0)
    before = [record for record in reading.records[:at] if record.fields]
    if reading.width < 2 or not before or any(len(record.fields) > reading.width for record in before):
        return {}
    if all(record.fields[0].startswith("#") for record in before):
        return {"comment": Guess("#", "lines before the header begin so")}
    lines = reading.records[at].line
    return {"skip_lines": Guess(lines, "they have fewer fields than those that follow")}


def _quotes_are_text(text: str, reading: Reading) -> bool:
    """Whether fields stand in quotes that need none, while others of their columns have none."""
    lines = islice(io.StringIO(text), _LINES)
    quoted = [[piece.startswith('"') for piece in line.split("\t")] for line in lines]
    columns = [*zip(*(some for some in quoted[1:] if len(some) == reading.width), strict=True)]
    needed = re.search(r'(?m)(?:^|\t)"(?:[^"\t\r\n]*(?:""|[\t\r\n]))', text)
    return any(map(any, columns)) and not needed and not any(map(all, columns))


def _read_best(text: str, delimiter: str) -> Reading:
    """The table as it is read with the quotes that fit best."""
    quotes: list[Quote] = ["double"]
    if '"' in text:
        quotes += ["backslash", "none"] if '\\"' in text else ["none"]
    return max((_read(text, Dialect(delimiter, quote)) for quote in quotes), key=lambda found: found.consistency)


def _read(text: str, dialect: Dialect) -> Reading:
    lines = [*islice(io.StringIO(text, newline=""), _LINES)]
    left = iter(lines)
    reader, records, line = dialect.reader(left), list[Record](), 0
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return Reading(dialect, records)
        except csv.Error:
            fields = [""]  # one field, as no line of a table has
        after = len(lines) - length_hint(left)
        if fields:
            records.append(Record(line, after - line, fields))
        line = after
