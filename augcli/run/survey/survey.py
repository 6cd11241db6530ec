"""One look at the whole input before anything is done: every row checked, rows and labels counted, chunks cut.

Blocks of the input are surveyed by the engine, and what is found in them is put together in the order of the input.
Nothing that stays in memory grows with the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from augcli.config.config import Config
from augcli.config.paths import steps_of
from augcli.config.sections import Input
from augcli.errors import ConfigError, DataError, Fault
from augcli.io.dataset import Chunks, DatasetSummary, Segment
from augcli.io.files.storage import Place, make_folder
from augcli.io.outputs import AUG_COLUMNS, LABEL_COLUMNS, added_columns, hard_label_columns, replaced_columns
from augcli.io.records import read_chunk
from augcli.io.sources import Source, decoding_hint, filter_columns, lines_before
from augcli.language.label_words import LabelCounts
from augcli.language.word_statistics import Statistics
from augcli.run.engine.base import Engine
from augcli.run.survey.blocks import LISTED, ROW_BITS, BlockSummary, Observer, Problem, SurveyWork, blocks
from augcli.run.survey.duplicates import Repeated, digest, repeats
from augcli.steps.mentions import MentionSample
from augcli.steps.partners import PartnerSample

_SHOWN = 10
_WORDS = 3
"""The name of a column has seldom more."""
_LINED = ("csv", "tsv", "jsonl", "txt", "fasttext", "conll")


def survey(
    config: Config, sources: Sequence[Source], folder: Place, engine: Engine, chunk_rows: int, *,
    limit: int | None = None, count_words: bool = False, count_labels: bool = False,
    partners: Callable[[], PartnerSample] | None = None, mentions: Callable[[], MentionSample] | None = None,
    observer: Callable[[], Observer] | None = None,
) -> DatasetSummary:  # fmt: skip
    """Look at the whole input, or its first `limit` good rows, and as many of files without labels.

    `folder` is for files that the blocks leave.

    An observer that is given sees all rows; then nothing else counts them, nor looks for repeated ids.

    Raises ConfigError for a column that is not there, DataError with the first invalid rows (unless they are dropped).
    """
    make_folder(folder)
    result = DatasetSummary(sources, Chunks(sources), folder)
    if count_words:
        result.statistics = Statistics()
    if count_labels:
        result.label_counts = LabelCounts()
    if partners:
        result.partners = partners()
    if mentions:
        result.mentions = mentions()
    if observer:
        result.observer = observer()
    work = partial(
        SurveyWork, config, folder, chunk_rows,
        count_words=count_words, count_labels=count_labels, partners=partners, mentions=mentions,
        observer=observer,
    )  # fmt: skip
    return _Surveyor(config, engine, limit, work, result).survey()


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
        self.columns: dict[bool, dict[str, None]] = {False: {}, True: {}}
        """Of the input, and of files without labels."""
        self.problems: list[str] = []
        self.faults: list[Fault] = []
        """The same for programs."""
        self.block_starts: dict[int, int] = {}
        """How many good rows stand before each block."""
        self.hints: dict[int, str] = {}
        """What to do about bytes that are not in the encoding, by source."""

    def survey(self) -> DatasetSummary:
        result = self.result
        for source in result.sources:
            if source.header:
                self._see(source, source.header.names)
                self._expect(source, source.header.names)
        for found in self._summaries():
            self._add(found)
        for source in {source.pooled: source for source in reversed(result.sources)}.values():
            if self.columns[source.pooled]:
                self._expect(source, self.columns[source.pooled])
        if not result.observer:
            self._find_repeats()
        given = [column for column in self.columns[True] if column not in self._pool_texts()]
        replaced = replaced_columns(self.config)
        result.columns = [*dict.fromkeys(c for c in [*self.columns[False], *given] if c not in replaced)]
        self._refuse_invalid_rows()
        result.dropped_rows = self.problems
        return result

    def _summaries(self) -> Iterator[BlockSummary]:
        """What is in the blocks, in order."""
        misread: int | None = None
        for found in self._first_summaries():
            block = found.block
            if block.segments[0].source.index == misread:
                block = replace(block, segments=block.segments[1:])
                for file in self.result.folder.glob(f"{block.index:06}.*"):
                    file.unlink()
                if not block.segments:
                    continue
                found = self.make_work()(block)
            *whole, last = block.segments
            if last.end < last.source.end and any(problem.fatal for problem in found.problems):
                # a line break within quotes was taken for the end of a row: read this file on in one go
                misread = last.source.index
                found = self.make_work()(replace(block, segments=(*whole, replace(last, end=last.source.end))))
            yield found

    def _first_summaries(self) -> Iterator[BlockSummary]:
        """What each block seems to hold; with a limit, one block after another until there are enough rows."""
        if self.limit is None:
            yield from self.engine(self.make_work, blocks(self.result.sources))
            return
        work, result, done = self.make_work(), self.result, 0
        for pooled in (False, True):
            some = [source for source in result.sources if source.pooled == pooled]
            for block in blocks(some, done):
                left = self.limit - (result.pooled if pooled else result.rows - result.pooled)
                if not left:
                    break
                done = block.index + 1
                yield work(replace(block, limit=left))

    def _add(self, found: BlockSummary) -> None:
        result = self.result
        self.block_starts[found.block.index] = result.rows
        rows_before = {}
        for segment, rows in zip(found.block.segments, found.segment_rows, strict=False):
            rows_before[segment.source.index] = result.sources[segment.source.index].rows
            result.sources[segment.source.index].rows += rows
        self._see(found.block.segments[0].source, found.columns)
        for problem in found.problems:
            segment = found.block.segments[problem.segment]
            self._list(problem, segment, rows_before[segment.source.index] + problem.row)
        for chunk in found.chunks:
            segments = [replace(p, first_row=p.first_row + rows_before[p.source.index]) for p in chunk.segments]
            result.chunks.append(segments, chunk.rows)
        result.rows += found.rows
        result.pooled += found.pooled
        result.rest += found.rest
        result.left_out += found.left_out
        result.groups.update(found.groups)
        result.characters += found.characters
        result.dropped += found.dropped
        if result.statistics and found.statistics:
            result.statistics.merge(found.statistics)
        if result.label_counts and found.label_counts:
            result.label_counts.merge(found.label_counts)
        if result.partners and found.partners:
            result.partners.merge(found.partners)
        if result.mentions and found.mentions:
            result.mentions.merge(found.mentions)
        if result.observer and found.observer:
            result.observer.merge(found.observer)

    def _see(self, source: Source, columns: Iterable[str]) -> None:
        known = self.columns[source.pooled]
        new = [column for column in columns if column not in known]
        known.update(dict.fromkeys(new))
        clash = set(new) & {*added_columns(self.config)}
        if not source.pooled:
            clash -= {*replaced_columns(self.config)}
        if clash:
            column = min(clash)
            key = ("output", "id") if column == self.config.output.id else (source.section, "path")
            what = f"{source.shown} already has a column {column!r}, which augcli writes"
            raise self.config.error(f"{what}; {self._way_out(source, column)}", *key)
        if self.config.input.originals_only is False and (lost := set(new) & {*LABEL_COLUMNS}):
            raise self.config.error(
                f"{source.shown} has a column {min(lost)!r}, which variants of variants would not keep; set this to "
                "true, or put both runs' chains into one config",
                "input", "originals_only",
            )  # fmt: skip

    def _way_out(self, source: Source, column: str) -> str:
        """What to do about a column that the input has already."""
        if column in hard_label_columns(self.config):
            return "rename it, or name another teacher.label_column"
        if column == self.config.output.id:
            return "rename it, or name another output.id"
        if source.pooled:
            return "rename it"
        return (
            "if this is an output of augcli, set input.originals_only: true to leave its variants out, or false to "
            "make variants of them too; else rename it"
        )

    def _pool_texts(self) -> list[str]:
        data = self.config.unlabeled_input
        return data.texts if data else []

    def _read_as(self, source: Source) -> Input:
        """How the config says that a source is read."""
        return (self.config.unlabeled_input if source.pooled else None) or self.config.input

    def _expect(self, source: Source, columns: Collection[str]) -> None:
        """Miss the columns that the config names. Those of JSON lines are known when all lines are read."""
        data = self._read_as(source)
        missing = [
            self.config.error(missing_column(source, column, columns), source.section, key)
            for key in ("text", "label", "id", "spans", "tokens", "tags", "token_columns")
            for column in _as_list(getattr(data, key))
            if not _stands(column, columns)
        ]
        if source.header or self.limit is None:  # rows of JSON behind the limit may have it
            missing += [
                self.config.error(missing_column(source, column, columns), source.section, "where")
                for column in filter_columns(data)
                if not _stands(column, columns)
            ]
        if data.originals_only is not None:
            missing += [
                self.config.error(missing_column(source, column, columns), source.section, "originals_only")
                for column in AUG_COLUMNS
                if column not in columns
            ]
        if missing:
            raise ConfigError.joined(missing)

    def _list(self, problem: Problem, segment: Segment, row: int) -> None:
        if not problem.fatal and len(self.problems) >= (LISTED if self.config.on_error == "drop" else _SHOWN):
            return
        source, line = segment.source, None
        where = f"{source.shown}: row {row}"
        if source.format in (*_LINED, "xlsx"):
            line = source.first_line - 1 + lines_before(source, segment.start) + problem.line
            where += f" (row {line} of the sheet)" if source.format == "xlsx" else f" (line {line})"
        why = problem.why + (self._decoding_hint(source) if problem.undecodable else "")
        fault = Fault(why, source.shown, line, row=row)
        if problem.fatal:
            listed = "\n".join([*self.problems[:_SHOWN], f"{where}: {why}"])
            raise DataError(f"{listed}\nThe rest cannot be read.", [*self.faults[:_SHOWN], fault])
        self.problems.append(f"{where}: {why}")
        self.faults.append(fault)

    def _decoding_hint(self, source: Source) -> str:
        if source.index not in self.hints:
            self.hints[source.index] = decoding_hint(self._read_as(source), source)
        return self.hints[source.index]

    def _refuse_invalid_rows(self) -> None:
        dropped, most = self.result.dropped, self.config.max_dropped
        rows = dropped + self.result.rows
        if not dropped:
            return
        if self.config.on_error == "fail":
            advice = "Fix the rows, or leave them out with on_error: drop"
        elif dropped > most * rows:
            advice = (
                f"{dropped} of {rows} rows are invalid, more than max_dropped: {most:g} allows. "
                "Fix the rows or the keys of input, or set max_dropped: 1"
            )
        else:
            return
        shown = self.problems[:_SHOWN]
        more = dropped - len(shown)
        others = [f"... and {more} more invalid row{'s' * (more != 1)}"] if more else []
        raise DataError("\n".join([*shown, *others, advice]), self.faults[:_SHOWN], advice.rpartition(". ")[2])

    def _find_repeats(self) -> None:
        """Number rows that say the same, so that each draws for itself; those with the same id are refused."""
        found = list(repeats(self.result.folder, "*.rows", self.result.rows, self.engine, shown=_SHOWN))
        if not any(some.places for some in found):
            return
        if self.config.input.has_ids:
            self._refuse_repeated_ids({digest for some in found for digest in some.digests[:_SHOWN]})
        self.result.chunks.know_repeats(*_places_and_numbers(found, self.block_starts))

    def _refuse_repeated_ids(self, repeated: Collection[bytes]) -> NoReturn:
        places: dict[str, list[str]] = {}
        for chunk in self.result.chunks:
            for segment in chunk.segments:
                for record in read_chunk(self.config, replace(chunk, segments=(segment,))):
                    if digest(str(record.id)) in repeated:
                        place = f"{segment.source.shown} row {record.number}"
                        places.setdefault(str(record.id), []).append(place)
        listed = "\n".join(f"{key!r}: {', '.join(rows[:5])}{' ...' * (len(rows) > 5)}" for key, rows in places.items())
        if self.config.input.originals_only is False:
            what, fix = "aug_source and aug_chain together", "These are rows of several outputs; run them one by one."
        else:
            what, fix = f"column {self.config.input.id!r}", "Leave input.id out to tell rows by what they say."
        raise DataError(
            f"{what}: ids must be unique, but these are not:\n{listed}\n{fix}",
            [Fault(f"the id is not unique: {', '.join(rows[:5])}", row=key) for key, rows in places.items()],
            fix,
        )


def _places_and_numbers(found: Iterable[Repeated], block_starts: Mapping[int, int]) -> tuple[Any, Any]:
    """The places of repeated rows among all good rows, sorted, and their numbers."""
    import numpy as np

    place, number = (
        np.concatenate([np.frombuffer(part, "u8") for part in parts])
        for parts in zip(*((some.places, some.numbers) for some in found), strict=True)
    )
    blocks, starts = (np.array([*some], "u8") for some in (block_starts.keys(), block_starts.values()))
    place = starts[np.searchsorted(blocks, place >> np.uint64(ROW_BITS))] + (place & np.uint64((1 << ROW_BITS) - 1))
    order = np.argsort(place)
    return place[order].astype("i8"), number[order].astype("i8")


def _stands(column: str, columns: Collection[str]) -> bool:
    """Whether a column is there, or that which a path begins with."""
    return column in columns or steps_of(column)[0] in columns


def _as_list(columns: str | list[str] | None) -> list[str]:
    return [columns] if isinstance(columns, str) else columns or []


def missing_column(source: Source, column: str, columns: Collection[str]) -> str:
    """What to say of a column that is not among those of a source."""
    shown = ", ".join(map(repr, islice(columns, 20))) + (", ..." if len(columns) > 20 else "")
    near = get_close_matches(column, columns, n=1) or get_close_matches(str(steps_of(column)[0]), columns, n=1)
    hint = f"; did you mean {near[0]}?" if near else delimiter_hint(source, columns)
    if source.names and not near and any(name.isdigit() or len(name.split()) > _WORDS for name in columns):
        hint = f"; if that is no line of names but a row, set {source.section}.header: false"
    if source.format == "txt" and not near:
        hint = f"; in a txt file a line is a text: for a table set {source.section}.format: tsv or csv"
    if source.format == "jsonl" and ".json" in Path(source.name).suffixes and not near:
        hint = f"; if the rows are an array in this object, name its path: {source.section}.records"
    return f"{source.shown} has no column {column!r}; it has {shown}{hint}"


def delimiter_hint(source: Source, columns: Collection[str]) -> str:
    """What to do about a CSV file whose one column has the delimiter of others in its name; else nothing."""
    if len(columns) != 1 or source.format != "csv":
        return ""
    for delimiter, name in ((";", '";"'), ("\t", '"\\t"'), ("|", '"|"')):
        if delimiter in next(iter(columns)):
            return f"; it looks separated by something else: set {source.section}.delimiter: {name}"
    return ""
