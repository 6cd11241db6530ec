"""Blocks of the input, which workers survey: every row checked, rows and labels counted, chunks cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from augcli.config.config import Config
from augcli.io.dataset import Chunk, Segment
from augcli.io.files.storage import Place
from augcli.io.formats.json import JsonRow
from augcli.io.formats.rows import Row, RowError
from augcli.io.records import Reader
from augcli.io.sources import Source, borders, scan
from augcli.language.label_words import LabelCounts, base_form
from augcli.language.word_statistics import Statistics, lowered
from augcli.run.survey.balance import balance_key, write_keys
from augcli.run.survey.duplicates import digest, write_digests
from augcli.steps.mentions import MentionSample
from augcli.steps.partners import PartnerSample
from augcli.text.record import Labels, Record
from augcli.text.text import Text

BLOCK = 4 << 20
ROW_BITS = 32
"""Of the number that stands for a good row in a block; before them stands the number of the block."""
SEGMENTS = 1000
"""The most small files in a block."""
LISTED = 1000
"""How many dropped rows a report lists; the count is always whole."""


class Observer(Protocol):
    """Takes note of the good rows of a block, and is put together with those of the blocks before."""

    def see(self, record: Record, source: Source) -> None:
        """Take note of a row of a source."""

    def merge(self, later: Any) -> None:
        """Take in what was noted of the rows behind."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the input to survey."""

    index: int
    segments: tuple[Segment, ...]
    limit: int | None = None
    """Good rows after which to stop."""

    def __str__(self) -> str:
        return f"the rows of {self.segments[0].source.shown} behind byte {self.segments[0].start}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be used, by segment of the block, row of the segment and line of the segment."""

    segment: int
    row: int
    line: int
    why: str
    fatal: bool
    undecodable: bool


@dataclass(slots=True)
class BlockSummary:
    """What a survey of one block found; the rows in its chunks count from the start of their segment."""

    block: Block
    chunks: list[Chunk] = field(default_factory=list)
    segment_rows: list[int] = field(default_factory=list)
    """Rows of each segment, good or not."""
    rows: int = 0
    pooled: int = 0
    """Rows of files without labels."""
    rest: int = 0
    """Rows that do not fit `input.where`, and pass through."""
    left_out: int = 0
    """Other rows that do not fit it, and variants of an earlier run where originals alone are taken."""
    columns: dict[str, None] = field(default_factory=dict)
    groups: Counter[Labels] = field(default_factory=Counter)
    characters: int = 0
    dropped: int = 0
    problems: list[Problem] = field(default_factory=list)
    """The first of the dropped rows, and any behind which nothing can be read."""
    statistics: Statistics | None = None
    label_counts: LabelCounts | None = None
    partners: PartnerSample | None = None
    mentions: MentionSample | None = None
    observer: Observer | None = None

    def drop(self, problem: Problem) -> None:
        """Leave a row out."""
        self.dropped += 1
        if problem.fatal or len(self.problems) < LISTED:
            self.problems.append(problem)


def blocks(sources: Sequence[Source], first: int = 0) -> Iterator[Block]:
    """The input in blocks of about BLOCK bytes that begin and end with a row, numbered from `first` on."""
    index, size = first, 0
    segments: list[Segment] = []
    for source in sources:
        for start, end, weight in borders(source, BLOCK):
            if segments and (size >= BLOCK or len(segments) >= SEGMENTS or not _may_mix(segments[-1].source, source)):
                yield Block(index, tuple(segments))
                index, size, segments = index + 1, 0, []
            segments.append(Segment(source, start, end))
            size += weight
    if segments:
        yield Block(index, tuple(segments))


def _may_mix(first: Source, second: Source) -> bool:
    """Whether rows of both sources may be in one block; those of two Parquet files may have other types."""
    return first is second or (first.format == second.format != "parquet" and first.pooled == second.pooled)


class SurveyWork:
    """Surveys one block after another."""

    def __init__(
        self,
        config: Config,
        folder: Place,
        chunk_rows: int,
        *,
        count_words: bool,
        count_labels: bool,
        partners: Callable[[], PartnerSample] | None,
        mentions: Callable[[], MentionSample] | None,
        observer: Callable[[], Observer] | None,
    ) -> None:
        self._config = config
        self._folder = folder
        self._chunk_rows = chunk_rows
        self._count_words = count_words
        self._count_labels = count_labels
        self._partners = partners
        self._mentions = mentions
        self._observer = observer
        self._balanced = any(not isinstance(chain.variants, int) for chain in config.chains.values())
        self._reader = Reader(config)

    def __call__(self, block: Block) -> BlockSummary:
        """What is in `block`. Digests of its rows, and their keys where labels are evened out, go into the folder."""
        found = BlockSummary(block)
        if self._count_words:
            found.statistics = Statistics()
        if self._count_labels:
            found.label_counts = LabelCounts()
        if self._partners:
            found.partners = self._partners()
        if self._mentions:
            found.mentions = self._mentions()
        if self._observer:
            found.observer = self._observer()
        cutter = _Cutter(found.chunks, self._chunk_rows)
        digests: list[bytes] = []
        by_content = not self._config.input.has_ids  # then the key is a digest, of half the length
        keys: dict[Labels, list[int]] = {}
        for record in self._records(found, cutter):
            if found.observer:
                found.rows += 1
                found.observer.see(record, block.segments[len(found.segment_rows) - 1].source)
                continue
            self._count(found, record)
            digests.append(bytes.fromhex(str(record.key)) * 2 if by_content else digest(str(record.key)))
            if self._balanced and record.fits and not record.pooled:
                keys.setdefault(record.labels, []).append(balance_key(self._config.seed, record))
        if digests:
            first = block.index << ROW_BITS
            write_digests(self._folder / f"{block.index:06}.rows", digests, range(first, first + len(digests)))
        if keys:
            write_keys(self._folder / f"{block.index:06}.keys", keys)
        return found

    def _records(self, found: BlockSummary, cutter: _Cutter) -> Iterator[Record]:
        """The good records of a block; the others become its problems."""
        for place, segment in enumerate(found.block.segments):
            found.segment_rows.append(0)
            cutter.enter(segment)
            for number, (row, line, position) in enumerate(scan(segment.source, segment.start, segment.end), 1):
                if found.rows == found.block.limit:
                    break
                found.segment_rows[place] = number
                cutter.row(number, segment.start + position)
                try:
                    record = self._record(row, number, segment.source, found)
                except RowError as bad:
                    found.drop(Problem(place, number, line, str(bad), bad.fatal, bad.undecodable))
                    continue
                if record is None:
                    found.left_out += 1
                    continue
                cutter.rows += 1
                yield record
        cutter.cut()

    def _record(self, row: Row | RowError, number: int, source: Source, found: BlockSummary) -> Record | None:
        if isinstance(row, RowError):
            raise row
        if isinstance(row, JsonRow) and not row.data.keys() <= found.columns.keys():
            found.columns |= dict.fromkeys(row.data)
        return self._reader.record_of(source, row, number)

    def _count(self, found: BlockSummary, record: Record) -> None:
        found.rows += 1
        if record.pooled:
            found.pooled += 1
            return
        if not record.fits:
            found.rest += 1
            return
        found.characters += sum(map(len, record.texts))
        if self._config.input.label:
            found.groups[record.labels] += 1
        if found.partners:
            found.partners.add(record)
        if found.mentions:
            found.mentions.add(record)
        if not (found.statistics or found.label_counts):
            return
        language, segment = self._config.input.language, self._config.input.segment
        texts = [lowered(Text(text, language, tokens=record.tokens, segment=segment)) for text in record.texts]
        if found.statistics:
            for words in texts:
                found.statistics.add(words)
        if found.label_counts:
            labels = () if record.label is None else record.labels
            forms = {base_form(word, language) for words in texts for word in words} - {""}
            found.label_counts.add(forms, labels)


class _Cutter:
    """Cuts a block into chunks of at least `most` good rows, the last but for."""

    def __init__(self, chunks: list[Chunk], most: int) -> None:
        self._chunks = chunks
        self._most = most
        self._segments: list[Segment] = []
        self._source: Source | None = None
        self._start = self._end = self._first = 0
        self.rows = 0
        """Good rows since the last cut."""

    def enter(self, segment: Segment) -> None:
        """Go on with another segment of the block."""
        self._close()
        self._source, self._start, self._end, self._first = segment.source, segment.start, segment.start, 1

    def row(self, number: int, end: int) -> None:
        """Take in row `number` of the segment, which ends at `end`."""
        if self.rows >= self._most and end > self._end:
            self.cut()
            self._start, self._first = self._end, number
        self._end = end

    def cut(self) -> None:
        """End the chunk."""
        self._close()
        if self.rows:
            self._chunks.append(Chunk(len(self._chunks), tuple(self._segments), self.rows))
        self._segments, self.rows = [], 0

    def _close(self) -> None:
        if self._source and self._end > self._start:
            self._segments.append(Segment(self._source, self._start, self._end, self._first))
