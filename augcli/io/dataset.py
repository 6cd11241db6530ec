"""The input cut into chunks, and what one look at the whole of it found."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from augcli.io.files.storage import Place
from augcli.io.sources import Source
from augcli.language.label_words import LabelCounts
from augcli.language.word_statistics import Statistics
from augcli.steps.mentions import MentionSample
from augcli.steps.partners import PartnerSample
from augcli.text.record import Labels


@dataclass(frozen=True, slots=True)
class Segment:
    """The part [start, end) of a source's data (in bytes; of Parquet, in batches), whose first row is `first_row`."""

    source: Source
    start: int
    end: int
    first_row: int = 1


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that a worker does together: the `rows` good ones of `segments`."""

    index: int
    segments: tuple[Segment, ...]
    rows: int
    without: tuple[int, ...] = ()
    """Places of rows of the chunk's output to leave out, as they are repeats of others."""
    repeats: tuple[tuple[int, int], ...] = ()
    """Rows of the chunk, by their place among its good rows, that say what others before them say: (place, number).

    The second row with the same content has the number 2.
    """

    def __str__(self) -> str:
        first = self.segments[0]
        return f"the {self.rows} rows from row {first.first_row} of {first.source.shown} on"


class Chunks:
    """The chunks of a survey in the order of the input, kept in a nameless file: they may be very many."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the survey
        self._count = 0
        self._repeats: tuple[Any, Any] | None = None

    def __del__(self) -> None:
        self._file.close()

    def append(self, segments: Iterable[Segment], rows: int) -> None:
        """Add a chunk behind the last."""
        told = [(segment.source.index, segment.start, segment.end, segment.first_row) for segment in segments]
        self._file.seek(0, 2)
        self._file.write(orjson.dumps([rows, told], option=orjson.OPT_APPEND_NEWLINE))
        self._count += 1

    def know_repeats(self, places: Any, numbers: Any) -> None:
        """Tell of rows that repeat others: arrays of their places among all good rows, sorted, and their numbers."""
        self._repeats = places, numbers

    def _repeats_in(self, first: int, rows: int) -> tuple[tuple[int, int], ...]:
        if self._repeats is None:
            return ()
        places, numbers = self._repeats
        start, end = places.searchsorted([first, first + rows])
        return tuple(zip((places[start:end] - first).tolist(), numbers[start:end].tolist(), strict=True))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Chunk]:
        at = first = 0
        for index in range(self._count):
            self._file.seek(at)
            line = self._file.readline()
            at += len(line)
            rows, told = orjson.loads(line)
            segments = tuple(Segment(self._sources[place], *numbers) for place, *numbers in told)
            yield Chunk(index, segments, rows, repeats=self._repeats_in(first, rows))
            first += rows


@dataclass(slots=True)
class DatasetSummary:
    """What one look at the whole input found."""

    sources: Sequence[Source]
    chunks: Chunks
    folder: Place
    """Where the blocks left digests of their ids and keys of their rows."""
    rows: int = 0
    pooled: int = 0
    """How many of them are of files without labels."""
    rest: int = 0
    """How many of them do not fit `input.where`, and pass through."""
    left_out: int = 0
    """How many other rows do not fit it, or are variants of an earlier run, and are left out."""
    columns: list[str] = field(default_factory=list)
    groups: Counter[Labels] = field(default_factory=Counter)
    """Rows by the labels that they have together."""
    characters: int = 0
    dropped: int = 0
    dropped_rows: list[str] = field(default_factory=list)
    statistics: Statistics | None = None
    """Word statistics of the input, if asked for."""
    label_counts: LabelCounts | None = None
    """Counts of its words by label, if asked for."""
    partners: PartnerSample | None = None
    """Rows that others may be put together with, if asked for."""
    mentions: MentionSample | None = None
    """How its entities are written, if asked for."""
    observer: Any = None
    """What took note of all rows, if anything did."""

    @property
    def fitting(self) -> int:
        """How many rows of the input may be augmented."""
        return self.rows - self.pooled - self.rest

    @property
    def labels(self) -> Counter[str]:
        """Rows by single label."""
        labels: Counter[str] = Counter()
        for group, rows in self.groups.items():
            labels.update(dict.fromkeys(group, rows))
        return labels
