"""Provenance read back: `verify` replays every row of an output, `trace` tells the story of one."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from rich.console import Console

from augcli.config import Config
from augcli.data import read_chunk, survey
from augcli.diff import pieces, shown
from augcli.errors import AugError, DataError, RunError
from augcli.manifest import Paths
from augcli.protect import Protector
from augcli.record import Record
from augcli.report import sign
from augcli.rows import arrow
from augcli.sources import Source, open_sources, unpacked
from augcli.text import Edit, Text, move_spans, why_invalid
from augcli.write import Cells, Concatenated, Out, Parquet, fitted, writer_for


def verify(output: Path, moved: Sequence[str] = ()) -> str:
    """Check every hash, replay every row from its source, and compare with the output byte by byte.

    Raises RunError with all that differs, DataError when the report cannot be read.
    """
    paths = Paths.of(str(output))
    report = _Report.of(paths.report)
    wrong = _wrong_hashes(paths, report, moved)
    try:
        rows = _Replay(paths, report, moved).compare()
    except AugError as error:
        wrong.append(str(error))
    except Exception as error:  # noqa: BLE001 - reading a damaged file may fail in any way
        wrong.append(f"the rows cannot be replayed: {type(error).__name__}: {error}")
    if wrong:
        raise RunError(f"{output} does not verify:\n" + "\n".join(wrong))
    return f"{output}: all {rows} rows follow from their sources; all hashes are right"


class _File(BaseModel):
    name: str = ""
    path: str
    sha256: str


class _Run(BaseModel):
    limit: int | None


class _Rows(BaseModel):
    written: int


class _Report(BaseModel):
    """What replay needs of a report."""

    config: dict[str, Any]
    inputs: list[_File]
    outputs: list[_File]
    run: _Run
    rows: _Rows

    @classmethod
    def of(cls, path: Path) -> _Report:
        """The report in `path`. Raises DataError when there is none, RunError when it is not as it was written."""
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            raise DataError(
                f"{path}: there is no such report; verify and trace need the files that `augcli run` wrote"
            ) from None
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error}") from error
        try:
            values = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise RunError(f"{path}: changed since it was written: {error}") from error
        if not isinstance(values, dict) or raw != sign(values):
            raise RunError(f"{path}: changed since it was written, or not a report of augcli")
        try:
            return cls.model_validate(values, strict=True)
        except ValidationError as error:
            raise RunError(f"{path}: not a report of this version of augcli: {_first(error)}") from error

    def files(self, moved: Sequence[str] = ()) -> list[str]:
        """Where the inputs are: at `moved`, in the order of the run, if that is given."""
        return list(moved) or [entry.path for entry in self.inputs]


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return " ".join(map(str, (*first["loc"], first["msg"])))


def _wrong_hashes(paths: Paths, report: _Report, moved: Sequence[str]) -> list[str]:
    wrong = []
    told = {Path(entry.path).name: entry.sha256 for entry in report.outputs}
    for path in dict.fromkeys([*paths.all(), *(paths.report.with_name(name) for name in told)]):
        if path != paths.report and told.get(path.name) != _sha256(path):
            wrong.append(f"{path}: changed since it was written, or missing")
    for given, entry in zip(report.files(moved), report.inputs, strict=False):
        if _sha256(Path(given)) != entry.sha256:
            wrong.append(f"{given}: not the input of this run (changed or missing); --input tells where it is now")
    return wrong


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


class _Line(BaseModel):
    """A line of provenance."""

    model_config = ConfigDict(strict=True)

    id: str
    source: Any
    steps: list[tuple[str, list[Edit]] | tuple[str, list[Edit], int]]
    checks: dict[str, Any]


class _Replay:
    """The output of a run made again from its source and provenance, without any step."""

    def __init__(self, paths: Paths, report: _Report, moved: Sequence[str]) -> None:
        self._paths = paths
        self._report = report
        inputs = report.files(moved)
        if "-" in inputs:
            raise RunError("the input was stdin; give it again with --input FILE")
        self._config = Config.from_report(report.config, inputs)
        self._cells = Cells(self._config)
        protect = self._config.protect
        self._protector = Protector(protect.patterns, protect.words, protect.spans == "keep")

    def compare(self) -> int:
        """Number of rows that were compared. Raises RunError at the first that differs."""
        with tempfile.TemporaryDirectory(prefix="augcli-") as folder, self._paths.provenance.open("rb") as provenance:
            sources = open_sources(self._config, Path(folder))
            for source, entry in zip(sources, self._report.inputs, strict=False):
                source.name = entry.name
            found = survey(self._config, sources, limit=self._report.run.limit)
            writer = writer_for(self._config, sources, found.columns)
            lines = _Lines(provenance)
            chunks = (read_chunk(self._config, sources[chunk.source], chunk) for chunk in found.chunks)
            parts = (writer.part(self._outs(records, lines)) for records in chunks)
            if isinstance(writer, Parquet):
                self._compare_tables(parts)
            elif isinstance(writer, Concatenated):
                with unpacked(self._paths.data or Path()) as (actual, _):
                    _compare_bytes(self._paths.data, writer.blocks(parts), actual)
            if lines.peek() is not None:
                raise RunError(f"{self._paths.provenance}: line {lines.number + 1} belongs to no row of the input")
        if lines.number != self._report.rows.written:
            raise RunError(f"{lines.number} provenance lines, but the report tells of {self._report.rows.written} rows")
        return lines.number

    def _outs(self, records: Iterator[Record], lines: _Lines) -> Iterator[Out]:
        for record in records:
            if self._config.output.keep_original:
                line = lines.next()
                if line is None or line.source != record.id or line.steps or line.id != str(record.id):
                    raise RunError(f"{self._paths.provenance}: line {lines.number} is not the original {record.id!r}")
                yield Out(record, {}, "")
            while (line := lines.peek()) is not None and line.source == record.id:
                lines.next()
                yield self._replayed(record, line, lines.number)

    def _replayed(self, record: Record, line: _Line, number: int) -> Out:
        texts = [
            Text(text, protected=self._protector.intervals(text, record.spans if column == 0 else ()))
            for column, text in enumerate(record.texts)
        ]
        spans = record.spans
        for name, edits, *column in line.steps:
            place = column[0] if column else 0
            if not 0 <= place < len(texts):
                raise RunError(f"{self._paths.provenance}: line {number}: {name}: there is no text {place}")
            if problem := why_invalid(texts[place].value, edits, texts[place].protected):
                raise RunError(f"{self._paths.provenance}: line {number}: {name}: {problem}")
            texts[place] = texts[place].edited(edits)
            spans = move_spans(spans, edits) if place == 0 else spans
        changes = self._cells.of(record, [text.value for text in texts], spans, [step[1] for step in line.steps])
        return Out(record, changes, line.id[len(str(record.id)) + 1 :])

    def _compare_tables(self, parts: Iterator[bytes]) -> None:
        pyarrow = arrow()
        written = pyarrow.parquet.ParquetFile(self._paths.data)
        actual = (row for batch in written.iter_batches() for row in batch.to_pylist())
        number = 0
        for part in parts:
            table = fitted(pyarrow.ipc.open_stream(part).read_all(), written.schema_arrow)
            for expected in table.to_pylist():
                number += 1
                if next(actual, None) != expected:
                    raise RunError(f"{self._paths.data}: row {number} does not follow from its source")
        if next(actual, None) is not None:
            raise RunError(f"{self._paths.data}: more rows than follow from the source ({number})")


class _Lines:
    """Provenance lines with one line of look-ahead."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._held: _Line | None = None
        self.number = 0

    def peek(self) -> _Line | None:
        """The next line, or None at the end."""
        if self._held is None and (line := self._file.readline()):
            try:
                self._held = _Line.model_validate_json(line)
            except ValidationError as error:
                raise RunError(f"provenance line {self.number + 1} is damaged: {_first(error)}") from error
        return self._held

    def next(self) -> _Line | None:
        """The next line, taken."""
        line = self.peek()
        self._held = None
        self.number += line is not None
        return line


def _compare_bytes(path: Path | None, expected: Iterator[bytes], actual: IO[bytes]) -> None:
    rows = 0
    for block in expected:
        read = actual.read(len(block))
        if read != block:
            at = next((i for i, (a, b) in enumerate(zip(read, block, strict=False)) if a != b), len(read))
            line = rows + block[:at].count(b"\n") + 1
            raise RunError(f"{path}: line {line} does not follow from its source")
        rows += block.count(b"\n")
    if actual.read(1):
        raise RunError(f"{path}: there is more after line {rows}, the last that should be there")


def trace(output: Path, row: str) -> None:
    """Print where one output row comes from. Raises DataError when there is no such row."""
    paths = Paths.of(str(output))
    report = _Report.of(paths.report)
    if not paths.provenance.is_file():
        raise DataError(f"{paths.provenance}: there is no such file")
    with paths.provenance.open("rb") as file:
        line = next((line for line in iter(_Lines(file).next, None) if line.id == row), None)
        if line is None and re.fullmatch("[1-9][0-9]{0,14}", row):
            file.seek(0)
            line = next(islice(iter(_Lines(file).next, None), int(row) - 1, None), None)
    if line is None:
        raise DataError(f"{paths.provenance}: no row {row!r}; give an id such as r17#chain.1, or a number from 1")
    _tell(report, line)


def _tell(report: _Report, line: _Line) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"row     {line.id}", markup=False)
    source, record = _source_record(report, line)
    console.print(f"source  {line.source}  ({source.path}, row {record.number})", markup=False)
    texts = list(record.texts)
    for text in texts:
        console.print("text    ", shown(console, [("", text)]), sep="")
    if not line.steps:
        console.print("this row is the original, unchanged")
    for name, edits, *column in line.steps:
        place = column[0] if column else 0
        console.print(f"{name:<7} ", shown(console, pieces(texts[place], edits)), sep="")
        texts[place] = Text(texts[place]).edited(edits).value
    for name, score in line.checks.items():
        console.print(f"check   {name} {score}", markup=False)
    if line.steps:
        for text in texts:
            console.print("result  ", shown(console, [("", text)]), sep="")


def _source_record(report: _Report, line: _Line) -> tuple[Source, Record]:
    config = Config.from_report(report.config, report.files())
    with tempfile.TemporaryDirectory(prefix="augcli-") as folder:
        sources = open_sources(config, Path(folder))
        for source, entry in zip(sources, report.inputs, strict=False):
            source.name = entry.name
        for chunk in survey(config, sources, limit=report.run.limit).chunks:
            for record in read_chunk(config, sources[chunk.source], chunk):
                if record.id == line.source:
                    return sources[chunk.source], record
    raise DataError(f"the source row {line.source!r} is not in the input any more")
