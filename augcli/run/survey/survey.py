"""One look at the whole input before anything is done: every row checked, rows and labels counted, chunks cut.

Blocks of the input are surveyed by the engine, and what is found in them is put together in the order of the input.
Nothing that stays in memory grows with the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, islice

from augcli.config.config import Config
from augcli.errors import DataError
from augcli.io.dataset import Chunks, DatasetSummary, Piece
from augcli.io.files.storage import Place, make_folder
from augcli.io.records import read_chunk
from augcli.io.sources import Source, lines_before
from augcli.language.word_statistics import Statistics
from augcli.run.engine.base import Engine
from augcli.run.survey.blocks import LISTED, BlockSummary, Problem, SurveyWork, blocks
from augcli.run.survey.duplicates import digest, halves, repeats

_SHOWN = 10
_LINED = ("csv", "tsv", "jsonl")


def survey(
    config: Config, sources: Sequence[Source], folder: Place, engine: Engine, chunk_rows: int, *,
    limit: int | None = None, count_words: bool = False,
) -> DatasetSummary:  # fmt: skip
    """Look at the whole input, or its first `limit` good rows; `folder` is for files that the blocks leave.

    Raises ConfigError for a column that is not there, DataError with the first invalid rows (unless they are dropped).
    """
    make_folder(folder)
    result = DatasetSummary(sources, Chunks(sources), folder, statistics=Statistics() if count_words else None)
    return _Surveyor(
        config, engine, limit, partial(SurveyWork, config, folder, chunk_rows, count_words), result
    ).survey()


class _Surveyor:
    """Puts together what is found in the blocks."""

    def __init__(
        self,
        config: Config,
        engine: Engine,
        limit: int | None,
        make_work: Callable[[], SurveyWork],
        result: DatasetSummary,
    ) -> None:
        self.config = config
        self.engine = engine
        self.limit = limit
        self.make_work = make_work
        self.result = result
        self.columns: dict[str, None] = {}
        self.problems: list[str] = []

    def survey(self) -> DatasetSummary:
        result = self.result
        for source in result.sources:
            if source.header:
                self._see(source, source.header.names)
                self._expect(source, source.header.names)
        for found in self._summaries():
            self._add(found)
        if self.columns:
            self._expect(result.sources[0], self.columns)
        self._refuse_repeated_ids()
        result.columns = list(self.columns)
        if self.problems and self.config.on_error == "fail":
            more = result.dropped - len(self.problems)
            others = [f"... and {more} more invalid row{'s' * (more != 1)}"] if more else []
            advice = "Nothing was written. Fix the rows, or leave them out with on_error: drop"
            raise DataError("\n".join([*self.problems, *others, advice]))
        result.dropped_rows = self.problems
        return result

    def _summaries(self) -> Iterator[BlockSummary]:
        """What is in the blocks, in order."""
        misread: int | None = None
        for found in self._first_summaries():
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

    def _first_summaries(self) -> Iterator[BlockSummary]:
        """What each block seems to hold; with a limit, one block after another until there are enough rows."""
        if self.limit is None:
            yield from self.engine(self.make_work, blocks(self.result.sources))
            return
        work = self.make_work()
        for block in blocks(self.result.sources):
            if self.result.rows == self.limit:
                return
            yield work(replace(block, limit=self.limit - self.result.rows))

    def _add(self, found: BlockSummary) -> None:
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
        for key in ("text", "label", "id", "spans", "tokens", "tags", "token_columns"):
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
