"""One look at the whole input before anything is done: every row checked, rows and labels counted, chunks cut.

Blocks of the input are surveyed by the engine, and what is found in them is put together in the order of the input.
Nothing that stays in memory grows with the number of rows.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice

import orjson

from augcli.balance import balance_key, write_keys
from augcli.config import Config
from augcli.data import Chunk, Piece, Reader, label_name, read_chunk
from augcli.engine import Engine
from augcli.errors import DataError
from augcli.json_rows import JsonRow
from augcli.record import Record
from augcli.repeats import digest, halves, repeats, write_digests
from augcli.rows import Bad, Row
from augcli.sources import Source, borders, lines_before, scan
from augcli.statistics import Statistics, lowered
from augcli.storage import Place, make_folder
from augcli.text import Text

BLOCK = 4 << 20
"""Bytes of input that a worker surveys at a time. No chunk reaches from one block into the next."""
PIECES = 1000
"""The most small files in a block."""
LISTED = 1000
"""How many dropped rows a report lists; the count is always whole."""
_SHOWN = 10
_LINED = ("csv", "tsv", "jsonl")


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the input to survey."""

    index: int
    pieces: tuple[Piece, ...]
    limit: int | None = None
    """Good rows after which to stop."""

    def __str__(self) -> str:
        return f"the rows of {self.pieces[0].source.path} behind byte {self.pieces[0].start}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be used, by piece of the block, row of the piece and line of the piece."""

    piece: int
    row: int
    line: int
    why: str
    fatal: bool


@dataclass(slots=True)
class Found:
    """What a survey of one block found; the rows in its chunks count from the start of their piece."""

    block: Block
    chunks: list[Chunk] = field(default_factory=list)
    piece_rows: list[int] = field(default_factory=list)
    """Rows of each piece, good or not."""
    rows: int = 0
    columns: dict[str, None] = field(default_factory=dict)
    labels: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    dropped: int = 0
    problems: list[Problem] = field(default_factory=list)
    """The first of the dropped rows, and any behind which nothing can be read."""
    statistics: Statistics | None = None

    def drop(self, problem: Problem) -> None:
        """Leave a row out."""
        self.dropped += 1
        if problem.fatal or len(self.problems) < LISTED:
            self.problems.append(problem)


class Chunks:
    """The chunks of a survey in the order of the input, kept in a nameless file: they may be very many."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the survey
        self._count = 0

    def __del__(self) -> None:
        self._file.close()

    def append(self, pieces: Iterable[Piece], rows: int) -> None:
        """Add a chunk behind the last."""
        told = [(piece.source.index, piece.start, piece.end, piece.first_row) for piece in pieces]
        self._file.seek(0, 2)
        self._file.write(orjson.dumps([rows, told], option=orjson.OPT_APPEND_NEWLINE))
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Chunk]:
        at = 0
        for index in range(self._count):
            self._file.seek(at)
            line = self._file.readline()
            at += len(line)
            rows, told = orjson.loads(line)
            pieces = tuple(Piece(self._sources[place], *numbers) for place, *numbers in told)
            yield Chunk(index, pieces, rows)


@dataclass(slots=True)
class Survey:
    """What one look at the whole input found."""

    sources: Sequence[Source]
    chunks: Chunks
    folder: Place
    """Where the blocks left digests of their ids and keys of their rows."""
    blocks: int = 0
    rows: int = 0
    columns: list[str] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    dropped: int = 0
    dropped_rows: list[str] = field(default_factory=list)
    statistics: Statistics | None = None
    """Word statistics of the input, if asked for."""


def survey(
    config: Config, sources: Sequence[Source], folder: Place, engine: Engine, *, limit: int | None = None,
    count_words: bool = False,
) -> Survey:  # fmt: skip
    """Look at the whole input, or its first `limit` good rows; `folder` is for files that the blocks leave.

    Raises ConfigError for a column that is not there, DataError with the first bad rows (unless they are dropped).
    """
    make_folder(folder)
    return _Surveyor(config, sources, folder, engine, limit, count_words).survey()


def blocks(sources: Sequence[Source]) -> Iterator[Block]:
    """The input in blocks of about BLOCK bytes that begin and end with a row."""
    index = size = 0
    pieces: list[Piece] = []
    for source in sources:
        for start, end, weight in borders(source, BLOCK):
            if pieces and (size >= BLOCK or len(pieces) >= PIECES or not _mix(pieces[-1].source, source)):
                yield Block(index, tuple(pieces))
                index, size, pieces = index + 1, 0, []
            pieces.append(Piece(source, start, end))
            size += weight
    if pieces:
        yield Block(index, tuple(pieces))


def block_count(sources: Sequence[Source]) -> int:
    """How many blocks there will be, more or less."""
    return -(-sum(source.end - source.start for source in sources if source.format != "parquet") // BLOCK) + sum(
        -(-source.size // BLOCK) for source in sources if source.format == "parquet"
    )


def _mix(first: Source, second: Source) -> bool:
    """Whether rows of both sources may be in one block; those of two Parquet files may have other types."""
    return first is second or first.format == second.format != "parquet"


class SurveyWork:
    """Surveys one block after another."""

    def __init__(self, config: Config, folder: Place, count_words: bool) -> None:
        self._config = config
        self._folder = folder
        self._count_words = count_words
        self._balanced = any(not isinstance(chain.variants, int) for chain in config.chains.values())
        self._reader = Reader(config)

    def __call__(self, block: Block) -> Found:
        """What is in `block`. Digests of its ids and keys of its rows go into the folder."""
        found = Found(block, statistics=Statistics() if self._count_words else None)
        cutter = _Cutter(found.chunks, self._config.engine.chunk_rows)
        digests: list[bytes] = []
        keys: dict[str, list[int]] = {}
        for record in self._records(found, cutter):
            self._count(found, record)
            if self._config.input.id:
                digests.append(digest(str(record.id)))
            if self._balanced:
                keys.setdefault(label_name(record.label), []).append(balance_key(self._config.seed, record))
        if digests:
            write_digests(self._folder / f"{block.index:06}.ids", digests, range(len(digests)))
        if keys:
            write_keys(self._folder / f"{block.index:06}.keys", keys)
        return found

    def _records(self, found: Found, cutter: _Cutter) -> Iterator[Record]:
        """The good records of a block; the others become its problems."""
        for place, piece in enumerate(found.block.pieces):
            found.piece_rows.append(0)
            cutter.enter(piece)
            for number, (row, line, position) in enumerate(scan(piece.source, piece.start, piece.end), 1):
                if found.rows == found.block.limit:
                    break
                found.piece_rows[place] = number
                cutter.row(number, piece.start + position)
                try:
                    record = self._record(row, number, piece.source, found)
                except Bad as bad:
                    found.drop(Problem(place, number, line, str(bad), bad.fatal))
                    continue
                cutter.rows += 1
                yield record
        cutter.cut()

    def _record(self, row: Row | Bad, number: int, source: Source, found: Found) -> Record:
        if isinstance(row, Bad):
            raise row
        if type(row) is JsonRow and not row.data.keys() <= found.columns.keys():
            found.columns |= dict.fromkeys(row.data)
        return self._reader.record(row, number, source)

    def _count(self, found: Found, record: Record) -> None:
        found.rows += 1
        found.characters += sum(map(len, record.texts))
        if self._config.input.label:
            found.labels[label_name(record.label)] += 1
        if found.statistics:
            for text in record.texts:
                found.statistics.add(lowered(Text(text, self._config.input.language)))


class _Cutter:
    """Cuts a block into chunks of at least `most` good rows, the last but for."""

    def __init__(self, chunks: list[Chunk], most: int) -> None:
        self._chunks = chunks
        self._most = most
        self._pieces: list[Piece] = []
        self._source: Source | None = None
        self._start = self._end = self._first = 0
        self.rows = 0
        """Good rows since the last cut."""

    def enter(self, piece: Piece) -> None:
        """Go on with another piece of the block."""
        self._close()
        self._source, self._start, self._end, self._first = piece.source, piece.start, piece.start, 1

    def row(self, number: int, end: int) -> None:
        """Take in row `number` of the piece, which ends at `end`."""
        if self.rows >= self._most and end > self._end:
            self.cut()
            self._start, self._first = self._end, number
        self._end = end

    def cut(self) -> None:
        """End the chunk."""
        self._close()
        if self.rows:
            self._chunks.append(Chunk(len(self._chunks), tuple(self._pieces), self.rows))
        self._pieces, self.rows = [], 0

    def _close(self) -> None:
        if self._source and self._end > self._start:
            self._pieces.append(Piece(self._source, self._start, self._end, self._first))


class _Surveyor:
    """Puts together what is found in the blocks."""

    def __init__(
        self, config: Config, sources: Sequence[Source], folder: Place, engine: Engine, limit: int | None, words: bool
    ) -> None:
        self.config = config
        self.engine = engine
        self.limit = limit
        self.make_work = partial(SurveyWork, config, folder, words)
        self.result = Survey(sources, Chunks(sources), folder, statistics=Statistics() if words else None)
        self.columns: dict[str, None] = {}
        self.problems: list[str] = []

    def survey(self) -> Survey:
        result = self.result
        for source in result.sources:
            if source.header:
                self._see(source, source.header.names)
                self._expect(source, source.header.names)
        for found in self._found():
            self._add(found)
        if self.columns:
            self._expect(result.sources[0], self.columns)
        self._refuse_repeated_ids()
        result.columns = list(self.columns)
        if self.problems and self.config.on_error == "fail":
            more = result.dropped - len(self.problems)
            listed = "\n".join(self.problems) + (f"\n... and {more} more bad rows" if more else "")
            raise DataError(f"{listed}\nNothing was written. Mend the rows, or leave them out with on_error: drop")
        result.dropped_rows = self.problems
        return result

    def _found(self) -> Iterator[Found]:
        """What is in the blocks, in order."""
        misread: int | None = None
        for found in self._seen():
            block = found.block
            if block.pieces[0].source.index == misread:
                block = replace(block, pieces=block.pieces[1:])
                for file in self.result.folder.glob(f"{block.index:06}.*"):
                    file.unlink()
                if not block.pieces:
                    continue
                found = self.make_work()(block)
            *whole, last = block.pieces
            if last.end < last.source.end and any(problem.fatal for problem in found.problems):
                # a line break within quotes was taken for the end of a row: read this file on in one go
                misread = last.source.index
                found = self.make_work()(replace(block, pieces=(*whole, replace(last, end=last.source.end))))
            yield found

    def _seen(self) -> Iterator[Found]:
        """What each block seems to hold; with a limit, one block after another until there are enough rows."""
        if self.limit is None:
            yield from self.engine(self.make_work, blocks(self.result.sources))
            return
        work = self.make_work()
        for block in blocks(self.result.sources):
            if self.result.rows == self.limit:
                return
            yield work(replace(block, limit=self.limit - self.result.rows))

    def _add(self, found: Found) -> None:
        result = self.result
        rows_before = {}
        for piece, rows in zip(found.block.pieces, found.piece_rows, strict=False):
            rows_before[piece.source.index] = result.sources[piece.source.index].rows
            result.sources[piece.source.index].rows += rows
        self._see(found.block.pieces[0].source, found.columns)
        for problem in found.problems:
            piece = found.block.pieces[problem.piece]
            self._list(problem, piece, rows_before[piece.source.index] + problem.row)
        for chunk in found.chunks:
            pieces = [replace(p, first_row=p.first_row + rows_before[p.source.index]) for p in chunk.pieces]
            result.chunks.append(pieces, chunk.rows)
        result.rows += found.rows
        result.labels.update(found.labels)
        result.characters += found.characters
        result.dropped += found.dropped
        if result.statistics and found.statistics:
            result.statistics.merge(found.statistics)

    def _see(self, source: Source, columns: Iterable[str]) -> None:
        new = [column for column in columns if column not in self.columns]
        self.columns.update(dict.fromkeys(new))
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

    def _list(self, problem: Problem, piece: Piece, row: int) -> None:
        if not problem.fatal and len(self.problems) >= (LISTED if self.config.on_error == "drop" else _SHOWN):
            return
        source = piece.source
        where = f"{source.path}: row {row}"
        if source.format in _LINED:
            where += f" (line {source.first_line - 1 + lines_before(source, piece.start) + problem.line})"
        if problem.fatal:
            listed = "\n".join([*self.problems[:_SHOWN], f"{where}: {problem.why}"])
            raise DataError(f"{listed}\nThe rest cannot be read. Nothing was written.")
        self.problems.append(f"{where}: {problem.why}")

    def _refuse_repeated_ids(self) -> None:
        if not self.config.input.id:
            return
        found = chain.from_iterable(repeats(self.result.folder, "*.ids", self.result.rows, self.engine))
        repeated = {(one["high"], one["low"]) for one in islice(found, _SHOWN)}
        if not repeated:
            return
        places: dict[str, list[str]] = {}
        for chunk in self.result.chunks:
            for piece in chunk.pieces:
                for record in read_chunk(self.config, replace(chunk, pieces=(piece,))):
                    if halves(digest(str(record.id))) in repeated:
                        place = f"{piece.source.path} row {record.number}"
                        places.setdefault(str(record.id), []).append(place)
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
