"""From sources to records: survey the whole input once, cut it into chunks, read a chunk."""

from __future__ import annotations

import io
import re
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from typing import Any

import orjson

from augcli.config import Config
from augcli.errors import DataError
from augcli.json_rows import JsonRow
from augcli.record import Record
from augcli.rng import Rng
from augcli.rows import Bad, Row
from augcli.sources import Source, scan, used_columns
from augcli.tags import spans_from_tags
from augcli.text import Span

LISTED = 1000
"""How many dropped rows a report lists; the count is always whole."""
_SHOWN = 10
_LINED = ("csv", "tsv", "jsonl")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of one source: bytes [start, end) of its data, with the number of its first row and of its good rows."""

    index: int
    source: int
    start: int
    end: int
    first_row: int
    rows: int


@dataclass(slots=True)
class Survey:
    """What one pass over the whole input found."""

    sources: list[Source]
    chunks: list[Chunk] = field(default_factory=list)
    rows: int = 0
    columns: list[str] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    label_keys: dict[str, array[int]] = field(default_factory=dict)
    """With `balance`: a 64-bit key per row of each label, to draw the rows that get one variant more."""
    characters: int = 0
    dropped: int = 0
    dropped_rows: list[str] = field(default_factory=list)


class Reader:
    """Makes records of rows as the config says."""

    def __init__(self, config: Config) -> None:
        self.data = config.input
        self.texts = config.input.texts
        self._keys = [(column, orjson.dumps(column)) for column in used_columns(config.input)]
        self._joint = "" if config.input.language == "zh" else " "

    def record(self, row: Row, number: int, source: Source) -> Record:
        """The record of row `number` (from 1). Raises Bad when the row does not fit."""
        data, get = self.data, row.get
        identity = _id(get(data.id), data.id) if data.id else f"{source.name}:{number}"
        texts = tuple([_text(get(column), column) for column in self.texts])
        record = Record(identity, texts, (), get(data.label) if data.label else None, row, number)
        if data.tokens and data.tags:
            self._read_tokens(record, row, data.tokens, data.tags)
        if data.spans:
            record.spans = _spans(get(data.spans), texts[0], data.spans)
        if type(row) is JsonRow:
            row.refuse_repeated(self._keys)
        return record

    def _read_tokens(self, record: Record, row: Row, tokens_column: str, tags_column: str) -> None:
        tokens = _words(row.get(tokens_column), tokens_column)
        tags = _words(row.get(tags_column), tags_column)
        if len(tokens) != len(tags):
            raise Bad(f"{len(tags)} tags for {len(tokens)} tokens", tags_column)
        places = []
        start = 0
        for token in tokens:
            places.append((start, start + len(token)))
            start += len(token) + len(self._joint)
        record.texts = (self._joint.join(tokens),)
        record.tokens = places
        try:
            record.spans = spans_from_tags(places, tags)
        except ValueError as error:
            raise Bad(str(error), tags_column) from None


def _text(value: Any, column: str) -> str:
    if not isinstance(value, str):
        raise Bad(f"expected text, not {_shown(value)}", column)
    return value


def _id(value: Any, column: str) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise Bad(f"expected an id (text or a whole number), not {_shown(value)}", column)
    return value


def _words(value: Any, column: str) -> list[str]:
    # other blanks, such as that in 10 000, may be part of a word
    words = [word for word in re.split(r"[ \t\r\n]", value) if word] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        raise Bad(f"expected a list of words, not {_shown(value)}", column)
    return words


def _spans(value: Any, text: str, column: str) -> list[Span]:
    listed = value
    if isinstance(value, str):
        try:
            listed = orjson.loads(value or "[]")
        except orjson.JSONDecodeError:
            listed = value
    if not isinstance(listed, list | None):
        raise Bad(f"expected [[start, end, type], ...], not {_shown(value)}", column)
    return [_span(item, len(text), column) for item in listed or ()]


def _span(item: Any, length: int, column: str) -> Span:
    if not (isinstance(item, list) and len(item) == 3 and type(item[0]) is type(item[1]) is int):
        raise Bad(f"expected [[start, end, type], ...], found {_shown(item)}", column)
    start, end, kind = item
    if not isinstance(kind, str):
        raise Bad(f"the type of span [{start}, {end}] must be text, not {_shown(kind)}", column)
    if not 0 <= start < end <= length:
        raise Bad(f"span [{start}, {end}] does not lie in the text, which has {length} characters", column)
    return start, end, kind


def _shown(value: Any) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object", str: "text"}
    if value is None:
        return "null"
    text = repr(value)
    return f"{kinds.get(type(value), type(value).__name__)} ({text if len(text) < 40 else text[:40] + '...'})"


def label_name(label: Any) -> str:
    """A label as text: 1 and "1" are one label, null is a label too."""
    return label if isinstance(label, str) else orjson.dumps(label, default=str).decode()


def read_chunk(config: Config, source: Source, chunk: Chunk) -> Iterator[Record]:
    """The good records of a chunk; the survey has told of the others."""
    reader = Reader(config)
    with source.data.open("rb") as file:
        file.seek(chunk.start)
        block = io.BytesIO(file.read(chunk.end - chunk.start))
    left = chunk.rows
    for number, (row, _, _) in enumerate(scan(source, block), chunk.first_row):
        if isinstance(row, Bad):
            continue
        try:
            record = reader.record(row, number, source)
        except Bad:
            continue
        if not left:
            return
        left -= 1
        yield record


def survey(config: Config, sources: Sequence[Source], *, limit: int | None = None) -> Survey:
    """Read the whole input once: check every row, count rows and labels, and cut chunks.

    Raises ConfigError for a column that is not there, DataError with the first bad rows (unless they are dropped).
    """
    return _Surveyor(config, list(sources), limit).survey()


def _digest(record: Record) -> bytes:
    return blake2b(str(record.id).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def balance_key(seed: int, record: Record) -> int:
    """A 64-bit number that ranks the rows of a label when some get one variant more than others."""
    return Rng(f"{seed}\x1fbalance\x1f{record.id}").below(1 << 64)


class _Surveyor:
    def __init__(self, config: Config, sources: list[Source], limit: int | None) -> None:
        self.config = config
        self.reader = Reader(config)
        self.result = Survey(sources)
        self.limit = limit
        self.seen_columns: dict[str, None] = {}
        self.digests = bytearray()
        self.keyed = any(not isinstance(chain.variants, int) for chain in config.chains.values())
        self.problems: list[str] = []

    def survey(self) -> Survey:
        for index in range(len(self.result.sources)):
            self._read(index)
        if self.seen_columns:
            self._expect(self.result.sources[0], self.seen_columns)
        self._refuse_repeated_ids()
        self.result.columns = list(self.seen_columns)
        if self.problems and self.config.on_error == "fail":
            more = self.result.dropped - len(self.problems)
            listed = "\n".join(self.problems) + (f"\n... and {more} more bad rows" if more else "")
            raise DataError(f"{listed}\nNothing was written. Mend the rows, or leave them out with on_error: drop")
        self.result.dropped_rows = self.problems
        return self.result

    def _read(self, index: int) -> None:
        source = self.result.sources[index]
        if source.header:
            self._see(source, source.header.names)
            self._expect(source, source.header.names)
        start = end = source.start
        first_row, number, good = 1, 0, 0
        with source.data.open("rb") as file:
            file.seek(source.start)
            for row, line, position in scan(source, file):
                if self.limit is not None and self.result.rows >= self.limit:
                    break
                if good >= self.config.engine.chunk_rows and source.start + position > end:
                    self._cut(index, start, end, first_row, good)
                    start, first_row, good = end, number + 1, 0
                number += 1
                end = source.start + position
                good += self._take(row, number, line + source.first_line - 1, source)
        source.rows = number
        if good:
            self._cut(index, start, end, first_row, good)

    def _cut(self, index: int, start: int, end: int, first_row: int, rows: int) -> None:
        self.result.chunks.append(Chunk(len(self.result.chunks), index, start, end, first_row, rows))

    def _take(self, row: Row | Bad, number: int, line: int, source: Source) -> bool:
        """Count a row in; False when it is bad."""
        try:
            if isinstance(row, Bad):
                raise row
            if type(row) is JsonRow and not row.data.keys() <= self.seen_columns.keys():
                self._see(source, row.data)
            record = self.reader.record(row, number, source)
        except Bad as bad:
            self._drop(bad, f"{source.path}: row {number}" + f" (line {line})" * (source.format in _LINED))
            return False
        self._count(record)
        return True

    def _count(self, record: Record) -> None:
        result = self.result
        result.rows += 1
        result.characters += sum(map(len, record.texts))
        if self.config.input.label:
            name = label_name(record.label)
            result.labels[name] += 1
            if self.keyed:
                result.label_keys.setdefault(name, array("Q")).append(balance_key(self.config.seed, record))
        if self.config.input.id:
            self.digests += _digest(record)

    def _see(self, source: Source, columns: Iterable[str]) -> None:
        new = [column for column in columns if column not in self.seen_columns]
        self.seen_columns.update(dict.fromkeys(new))
        if clash := [column for column in new if column in ("aug_source", "aug_chain")]:
            raise self.config.error(
                f"{source.path} already has a column {clash[0]!r}, which augcli writes; rename it", "input", "path"
            )

    def _expect(self, source: Source, columns: Collection[str]) -> None:
        """Miss the columns that the config names. Those of JSON lines are known when all lines are read."""
        for key in ("text", "label", "id", "spans", "tokens", "tags"):
            self._expect_key(key, source, columns)

    def _expect_key(self, key: str, source: Source, columns: Collection[str]) -> None:
        value = getattr(self.config.input, key)
        for column in [value] if isinstance(value, str) else value or []:
            if column in columns:
                continue
            shown = ", ".join(map(repr, islice(columns, 20))) + (", ..." if len(columns) > 20 else "")
            message = f"{source.path} has no column {column!r}; it has {shown}"
            raise self.config.error(message + _delimiter_hint(source, columns), "input", key)

    def _drop(self, bad: Bad, place: str) -> None:
        where = f"{place}: {bad}"
        if bad.fatal:
            listed = "\n".join([*self.problems[:_SHOWN], where])
            raise DataError(f"{listed}\nThe rest cannot be read. Nothing was written.") from None
        self.result.dropped += 1
        if len(self.problems) < (LISTED if self.config.on_error == "drop" else _SHOWN):
            self.problems.append(where)

    def _refuse_repeated_ids(self) -> None:
        if not self.digests:
            return
        import numpy as np

        digests = np.sort(np.frombuffer(bytes(self.digests), dtype="S16"))
        repeated = set(digests[1:][digests[1:] == digests[:-1]][:_SHOWN].tolist())
        if not repeated:
            return
        places: dict[str, list[str]] = {}
        for chunk in self.result.chunks:
            source = self.result.sources[chunk.source]
            for record in read_chunk(self.config, source, chunk):
                if _digest(record).rstrip(b"\0") in repeated:
                    places.setdefault(str(record.id), []).append(f"{source.path} row {record.number}")
        listed = "\n".join(f"{key!r}: {', '.join(rows[:5])}{' ...' * (len(rows) > 5)}" for key, rows in places.items())
        raise DataError(
            f"column {self.config.input.id!r}: ids must be unique, but these are not:\n{listed}\n"
            "Nothing was written. Leave input.id out to call each row by file and row number."
        )


def _delimiter_hint(source: Source, columns: Collection[str]) -> str:
    if len(columns) != 1 or source.format != "csv":
        return ""
    for delimiter, name in ((";", '";"'), ("\t", '"\\t"'), ("|", '"|"')):
        if delimiter in next(iter(columns)):
            return f"; it looks separated by something else: set input.delimiter: {name}"
    return ""
