"""The rows that are looked at before a run, and what is found in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

from augcli.config.config import Config
from augcli.io.dataset import Chunk, DatasetSummary
from augcli.io.records import read_chunk
from augcli.text.record import Record

_ROWS, _SPREAD, _CHUNKS = 1000, 5, 20
"""So many rows are looked at, every fifth at the sparsest, in so many chunks from all over the input."""
_SOURCES = 100
"""So many files have a chunk of their own looked at."""
_CHARACTERS = 1 << 21
"""After so many characters no more rows are looked at."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its place, `file:row`."""

    place: str
    record: Record
    columns: Mapping[str, Any]


class Finding(NamedTuple):
    """What does not fit the config: a warning, or, where it names the `key` that is wrong, an error."""

    what: str
    """With `{rows}` where it is to say how many rows, and which."""
    fix: str = ""
    places: Sequence[str] = ()
    """Of the rows in which it was found."""
    key: tuple[str, ...] = ()

    def message(self, rows: Sequence[Row]) -> str:
        """What was found in `rows`, and what to do about it."""
        return self.what.replace("{rows}", counted(self.places, rows)) + f"; {self.fix}" * bool(self.fix)


def some_rows(
    config: Config, dataset: DatasetSummary, count: int = _ROWS, most_characters: int = _CHARACTERS
) -> list[Row]:
    """About `count` rows from the whole input, or all of a small one."""
    rows: list[Row] = []
    characters = 0
    for row in _rows(config, dataset, count):
        rows.append(row)
        characters += sum(map(len, row.record.texts))
        if characters > most_characters:
            break
    return rows


def _rows(config: Config, dataset: DatasetSummary, count: int) -> Iterator[Row]:
    whole = dataset.rows <= count
    chunks = list(dataset.chunks if whole else _some_chunks(dataset, max(_CHUNKS, count // _ROWS)))
    every = 1 if whole else -(-min(_SPREAD * count, sum(chunk.rows for chunk in chunks)) // count)
    for chunk in chunks:
        rows = chunk.rows if whole else -(-count // len(chunks))
        for segment in chunk.segments:
            found = read_chunk(config, replace(chunk, segments=(segment,), repeats=()))
            records = (record for record in found if record.fits)
            for record in islice(records, 0, rows * every, every):
                yield Row(f"{segment.source.name}:{record.number}", record, record.row.items())
                rows -= 1


def rows_at(config: Config, dataset: DatasetSummary, places: Collection[int]) -> dict[int, Row]:
    """Rows by their places among all good rows, from 0 on."""
    found: dict[int, Row] = {}
    first = 0
    for chunk in dataset.chunks:
        wanted = {place for place in places if first <= place < first + chunk.rows}
        place = first
        for segment in chunk.segments if wanted else ():
            for record in read_chunk(config, replace(chunk, segments=(segment,), repeats=())):
                if place in wanted:
                    found[place] = Row(f"{segment.source.name}:{record.number}", record, record.row.items())
                place += 1
        first += chunk.rows
    return found


def _some_chunks(dataset: DatasetSummary, count: int) -> Iterator[Chunk]:
    """About `count` chunks from the whole input, and the first one of each file."""
    every = max(1, -(-len(dataset.chunks) // count))
    seen: set[int] = set()
    for chunk in dataset.chunks:
        sources = {segment.source.index for segment in chunk.segments}
        if chunk.index % every == 0 or (len(seen) < _SOURCES and not sources <= seen):
            yield chunk
        seen |= sources


def counted(places: Sequence[str], rows: Sequence[Row]) -> str:
    """How many of the rows that were looked at, and the first of them: 3 of 200 rows (a.csv:1, a.csv:7, a.csv:9)."""
    named = ", ".join(places[:_NAMED]) + ", ..." * (len(places) > _NAMED)
    return f"{len(places)} of {len(rows)} rows ({named})"
