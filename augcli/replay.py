"""Provenance read back: `verify` replays every row of an output, `trace` tells the story of one."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson
from pydantic import BaseModel, ValidationError
from rich.console import Console

from augcli.chains.applied import column_of, note_of
from augcli.config.config import Config
from augcli.errors import AugError, DataError, RunError
from augcli.io.dataset import Survey
from augcli.io.files.compression import unpacked
from augcli.io.files.storage import Place, open_binary, place
from augcli.io.formats.parquet import Parquet, arrow, fitted
from augcli.io.formats.rows import Concatenated, Out
from augcli.io.outputs import Paths, output_file, shards_of, stem_of
from augcli.io.provenance import ProvenanceLine, ProvenanceReader, first_error
from augcli.io.records import read_chunk
from augcli.io.sources import Source, open_sources
from augcli.io.writer import Cells, writer_for
from augcli.report.diff import pieces, shown
from augcli.report.document import sign
from augcli.run.engine.local import local
from augcli.run.survey.survey import survey
from augcli.text.edits import move_spans, why_invalid
from augcli.text.protect import Protector
from augcli.text.record import Record
from augcli.text.text import Text


def verify(output: Place, moved: Sequence[str] = ()) -> str:
    """Check every hash, replay every row from its source, and compare with the output byte by byte.

    Raises RunError with all that differs, DataError when the report cannot be read.
    """
    report = _Report.of(_report_of(output))
    paths = report.paths(output)
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


def _report_of(output: Place) -> Place:
    """Where the report of an output is: beside the file, in the folder of shards, or beside one of the shards."""
    if output.is_dir():
        reports: list[Place] = sorted(output.glob("*.report.json"), key=str)
        if len(reports) != 1:
            raise DataError(f"{output}: {len(reports) or 'no'} reports are in this folder; name the output file")
        return reports[0]
    beside = output.with_name(f"{stem_of(output)}.report.json")
    whole = re.fullmatch(r"(.+)-\d{5,}-of-\d{5,}", stem_of(output))
    return output.with_name(f"{whole[1]}.report.json") if whole and not beside.exists() else beside


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
    def of(cls, path: Place) -> _Report:
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
            raise RunError(f"{path}: not a report of this version of augcli: {first_error(error)}") from error

    def paths(self, output: Place) -> Paths:
        """The files of the run, beside `output`."""
        config = Config.from_report(self.config, self.files())
        folder = output if output.is_dir() else output.parent
        shards = config.output.shards
        return Paths.of(str(folder / place(output_file(config)).name) if shards else str(output), shards)

    def files(self, moved: Sequence[str] = ()) -> list[str]:
        """Where the inputs are: at `moved`, in the order of the run, if that is given."""
        return list(moved) or [entry.path for entry in self.inputs]


def _wrong_hashes(paths: Paths, report: _Report, moved: Sequence[str]) -> list[str]:
    wrong = []
    told = {Path(entry.path).name: entry.sha256 for entry in report.outputs}
    for path in dict.fromkeys([*paths.all(), *(paths.report.with_name(name) for name in told)]):
        if path != paths.report and told.get(path.name) != _sha256(path):
            wrong.append(f"{path}: changed since it was written, or missing")
    for given, entry in zip(report.files(moved), report.inputs, strict=False):
        if _sha256(place(given)) != entry.sha256:
            wrong.append(f"{given}: not the input of this run (changed or missing); --input tells where it is now")
    return wrong


def _sha256(path: Place) -> str | None:
    if not path.is_file():
        return None
    with open_binary(path, 1 << 20) as file:
        return file_digest(file, "sha256").hexdigest()


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
        with tempfile.TemporaryDirectory(prefix="augcli-") as folder:
            found = _survey(self._config, self._report, Path(folder))
            writer = writer_for(self._config, found.sources, found.columns)
            lines = ProvenanceReader(self._paths.provenance)
            chunks = iter(found.chunks)
            for path, shard in zip(self._paths.data, shards_of(len(found.chunks), len(self._paths.data)), strict=True):
                records = (read_chunk(self._config, chunk) for chunk in islice(chunks, len(shard)))
                parts = (writer.part(self._outs(some, lines)) for some in records)
                if isinstance(writer, Parquet):
                    _compare_tables(path, parts)
                elif isinstance(writer, Concatenated):
                    with unpacked(path) as (actual, _):
                        _compare_bytes(path, writer.blocks(parts), actual)
            if lines.peek() is not None:
                raise RunError(f"{lines.place} belongs to no row of the input")
        if lines.number != self._report.rows.written:
            raise RunError(f"{lines.number} provenance lines, but the report tells of {self._report.rows.written} rows")
        return lines.number

    def _outs(self, records: Iterator[Record], lines: ProvenanceReader) -> Iterator[Out]:
        for record in records:
            if self._config.output.keep_original:
                line = lines.next()
                if line is None or line.source != record.id or line.steps or line.id != str(record.id):
                    raise RunError(f"{lines.place} is not the original {record.id!r}")
                yield Out(record, {}, "")
            while (line := lines.peek()) is not None and line.source == record.id:
                lines.next()
                yield self._replayed(record, line, lines.place)

    def _replayed(self, record: Record, line: ProvenanceLine, place: str) -> Out:
        texts = [
            Text(text, protected=self._protector.intervals(text, record.spans if column == 0 else ()))
            for column, text in enumerate(record.texts)
        ]
        spans = record.spans
        for applied in line.steps:
            name, edits, column = applied[0], applied[1], column_of(applied)
            if not 0 <= column < len(texts):
                raise RunError(f"{place}: {name}: there is no text {column}")
            if problem := why_invalid(texts[column].value, edits, texts[column].protected):
                raise RunError(f"{place}: {name}: {problem}")
            texts[column] = texts[column].edited(edits)
            spans = move_spans(spans, edits) if column == 0 else spans
        changes = self._cells.of(record, [text.value for text in texts], spans, [step[1] for step in line.steps])
        return Out(record, changes, line.id[len(str(record.id)) + 1 :])


def _compare_bytes(path: Place | None, expected: Iterator[bytes], actual: IO[bytes]) -> None:
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


def _compare_tables(path: Place, parts: Iterator[bytes]) -> None:
    pyarrow = arrow()
    with open_binary(path, 1 << 20) as file:
        written = pyarrow.parquet.ParquetFile(file)
        actual = (row for batch in written.iter_batches() for row in batch.to_pylist())
        number = 0
        for part in filter(None, parts):
            table = fitted(pyarrow.ipc.open_stream(part).read_all(), written.schema_arrow)
            for expected in table.to_pylist():
                number += 1
                if next(actual, None) != expected:
                    raise RunError(f"{path}: row {number} does not follow from its source")
        if next(actual, None) is not None:
            raise RunError(f"{path}: more rows than follow from the source ({number})")


def trace(output: Place, row: str) -> None:
    """Print where one output row comes from. Raises DataError when there is no such row."""
    report = _Report.of(_report_of(output))
    files = report.paths(output).provenance
    for file in files:
        if not file.is_file():
            raise DataError(f"{file}: there is no such file")
    line = next((line for line in iter(ProvenanceReader(files).next, None) if line.id == row), None)
    if line is None and re.fullmatch("[1-9][0-9]{0,14}", row):
        line = next(islice(iter(ProvenanceReader(files).next, None), int(row) - 1, None), None)
    if line is None:
        raise DataError(f"{files[0]}: no row {row!r}; give an id such as r17#chain.1, or a number from 1")
    _tell(report, line)


def _tell(report: _Report, line: ProvenanceLine) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"row     {line.id}", markup=False)
    source, record = _source_record(report, line)
    console.print(f"source  {line.source}  ({source.path}, row {record.number})", markup=False)
    texts = list(record.texts)
    for text in texts:
        console.print("text    ", shown(console, [("", text)]), sep="")
    if not line.steps:
        console.print("this row is the original, unchanged")
    for applied in line.steps:
        name, edits, place = applied[0], applied[1], column_of(applied)
        console.print(f"{name:<7} ", shown(console, pieces(texts[place], edits)), sep="")
        for what, value in note_of(applied).items():
            console.print(f"        {what}: {value}", markup=False)
        texts[place] = Text(texts[place]).edited(edits).value
    for name, score in line.checks.items():
        console.print(f"check   {name} {score}", markup=False)
    if line.steps:
        for text in texts:
            console.print("result  ", shown(console, [("", text)]), sep="")


def _source_record(report: _Report, line: ProvenanceLine) -> tuple[Source, Record]:
    config = Config.from_report(report.config, report.files())
    with tempfile.TemporaryDirectory(prefix="augcli-") as folder:
        for chunk in _survey(config, report, Path(folder)).chunks:
            for piece in chunk.pieces:
                for record in read_chunk(config, replace(chunk, pieces=(piece,))):
                    if record.id == line.source:
                        return piece.source, record
    raise DataError(f"the source row {line.source!r} is not in the input any more")


def _survey(config: Config, report: _Report, folder: Place) -> Survey:
    """The input of a run as it was seen then."""
    sources = open_sources(config, folder)
    for source, entry in zip(sources, report.inputs, strict=False):
        source.name = entry.name
    with local(1) as engine:
        return survey(config, sources, folder, engine, limit=report.run.limit)
