"""The rows that are looked at before a run, and what is found in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

from augcli.config.config import Config
from augcli.io.dataset import Chunk, DatasetSummary
from augcli.io.records import read_chunk
from augcli.text.record import Record

_ROWS, _READ, _CHUNKS = 1000, 5000, 20
"""So many rows are looked at, spread over so many rows that are read, in so many chunks from all over the input."""
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

    message: str
    key: tuple[str, ...] = ()


def some_rows(config: Config, dataset: DatasetSummary) -> list[Row]:
    """Rows from the whole input, or all of a small one."""
    rows: list[Row] = []
    characters = 0
    for row in _rows(config, dataset):
        rows.append(row)
        characters += sum(map(len, row.record.texts))
        if characters > _CHARACTERS:
            break
    return rows


def _rows(config: Config, dataset: DatasetSummary) -> Iterator[Row]:
    chunks = list(_some_chunks(dataset))
    every = -(-min(_READ, sum(chunk.rows for chunk in chunks)) // _ROWS)
    for chunk in chunks:
        rows = -(-_ROWS // len(chunks))
        for segment in chunk.segments:
            records = read_chunk(config, replace(chunk, segments=(segment,), repeats=()))
            for record in islice(records, 0, rows * every, every):
                yield Row(f"{segment.source.name}:{record.number}", record, record.row.items())
                rows -= 1


def _some_chunks(dataset: DatasetSummary) -> Iterator[Chunk]:
    """Chunks from the whole input, and the first one of each file."""
    every = max(1, -(-len(dataset.chunks) // _CHUNKS))
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
