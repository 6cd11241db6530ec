"""`augcli verify`: every row of an output made again from its source and provenance."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import IO

from augcli.chains.variants import Variant
from augcli.checks.check import Check, ScoreCheck
from augcli.checks.rules import LabelAgreement
from augcli.commands.past_run import PastReport, report_of, survey_again
from augcli.config.config import Config
from augcli.errors import AugError, ResourceError, RunError
from augcli.io.files.atomic import STDOUT
from augcli.io.files.compression import DAMAGED
from augcli.io.files.storage import Place, open_binary, place
from augcli.io.formats.parquet import Parquet, arrow, conform, read_batches, readable
from augcli.io.formats.rows import ConcatenatedFormat, OutputRow, part_of
from augcli.io.outputs import Paths, shards_of, stem_of
from augcli.io.provenance import ProvenanceLine, ProvenanceReader
from augcli.io.records import read_chunk
from augcli.io.writer import AddedCells, CellUpdates, writer_for
from augcli.plugin import find
from augcli.run.judge import TeacherJudge
from augcli.text.edits import move_spans
from augcli.text.protect import PATTERNS, Protector
from augcli.text.record import Record
from augcli.text.text import Text


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found right."""

    output: str
    rows: int
    notes: Sequence[str]

    def text(self) -> str:
        """For people."""
        right = f"{self.output}: all {self.rows} rows follow from their sources; all hashes are right"
        return "\n".join([right, *(f"note: {note}" for note in self.notes)])


def verify(output: Place, moved: Sequence[str] = ()) -> str:
    """What `replay` finds right, in words."""
    return replay(output, moved).text()


def replay(
    output: Place, moved: Sequence[str] = (), report_file: str | None = None, provenance_file: str | None = None
) -> Verified:
    """Check every hash, replay every row from its source, and compare with the output byte by byte.

    Raises RunError with all that differs, DataError when the report cannot be read.
    """
    report = PastReport.of(report_of(output, report_file))
    paths = report.paths(output, report_file, provenance_file)
    wrong = [AugError.at(file, why) for file, why in _wrong_hashes(paths, report, moved)]
    rows, unscored = 0, list[str]()
    try:
        again = _Replay(paths, report, moved)
        rows = again.compare()
        unscored = [f"scores of {name} were not told again: {why}" for name, why in again.unscored.items()]
    except AugError as error:
        wrong.append(error)
    except FileNotFoundError as error:
        wrong.append(RunError(f"the rows cannot be replayed without {error.filename}"))
    except DAMAGED as error:
        wrong.append(RunError(f"the rows cannot be replayed: {type(error).__name__}: {error}"))
    if wrong:
        joined = RunError.joined(wrong)
        raise RunError(f"{output} does not verify:\n{joined}", joined.faults)
    return Verified(str(output), rows, unscored)


def _wrong_hashes(paths: Paths, report: PastReport, moved: Sequence[str]) -> list[tuple[str, str]]:
    """The files that are not as they were, and what is said of each."""
    wrong = []
    told = {Path(entry.path).name: entry.sha256 for entry in report.outputs}
    if STDOUT in told:  # the file that it went into may have any name
        told[paths.whole.name] = told.pop(STDOUT)
    named = {path.name for path in paths.all()}
    for path in [*paths.all(), *(paths.whole.with_name(name) for name in told if name not in named)]:
        if path != paths.report and told.get(path.name) != _sha256(path):
            wrong.append((str(path), "changed since it was written, or missing"))
    for given, entry in zip(report.files(moved), report.inputs, strict=False):
        if _sha256(place(given)) != entry.sha256:
            wrong.append((given, "not the input of this run (changed or missing); --input tells where it is now"))
    return wrong


def _sha256(path: Place) -> str | None:
    if not path.is_file():
        return None
    with open_binary(path, 1 << 20) as file:
        return file_digest(file, "sha256").hexdigest()


_BATCH = 1 << 16
"""Rows of a table that are compared at once."""
_CLOSE = 0.01
"""Probabilities that differ less are the same: another machine adds in another order."""


class _Replay:
    """The output of a run made again from its source and provenance, without any step."""

    def __init__(self, paths: Paths, report: PastReport, moved: Sequence[str]) -> None:
        self._paths = paths
        self._report = report
        inputs = report.files(moved)
        if "-" in inputs:
            raise RunError("the input was stdin; give it again with --input FILE")
        if missing := next((path for path in inputs if not place(path).is_file()), None):
            raise RunError(f"the rows cannot be replayed without {missing}")
        self._config = report.config_at(moved)
        self._cells = CellUpdates(self._config)
        learnt = paths.whole.with_name(f"{stem_of(paths.whole)}.teacher.safetensors")
        self._judge = None
        if entry := next((entry for entry in report.outputs if Path(entry.path).name == learnt.name), None):
            if _sha256(learnt) != entry.sha256:
                raise RunError(f"the rows cannot be replayed without {learnt} as it was written")
            self._judge = TeacherJudge.load(learnt, self._config.input.language, "auto")
        values, labelled = (self._judge.values, self._judge.rows) if self._judge else ({}, 0)
        self._added = AddedCells(self._config, values, labelled)
        protect = self._config.protect
        self._first_rules = report.run.rules == 1
        patterns = [name for name in protect.patterns if not (self._first_rules and name in PATTERNS)]
        self._protector = Protector(
            patterns, protect.words, keeps_spans=protect.spans == "keep", always=not self._first_rules
        )

        self._checks = _score_checks(self._config)
        self.unscored: dict[str, str] = {}
        """Checks whose scores could not be told again, and why."""

    def compare(self) -> int:
        """Number of rows that were compared. Raises RunError at the first that differs."""
        with tempfile.TemporaryDirectory(prefix="augcli-") as folder:
            found = survey_again(self._config, self._report, Path(folder))
            writer = writer_for(self._config, found.sources, found.columns)
            lines = ProvenanceReader(self._paths.provenance)
            chunks = iter(found.chunks)
            for path, shard in zip(self._paths.data, shards_of(len(found.chunks), len(self._paths.data)), strict=True):
                records = (read_chunk(self._config, chunk) for chunk in islice(chunks, len(shard)))
                parts = (part_of(writer, self._outs(some, lines)) for some in records)
                if isinstance(writer, Parquet):
                    _compare_tables(path, parts)
                elif isinstance(writer, ConcatenatedFormat):
                    with writer.opened(path) as actual:
                        _compare_bytes(path, writer.blocks(parts), actual)
            if lines.peek() is not None:
                raise RunError(f"{lines.place} belongs to no row of the input")
        if lines.number != self._report.rows.written:
            raise RunError(f"{lines.number} provenance lines, but the report tells of {self._report.rows.written} rows")
        return lines.number

    def _outs(self, records: Iterator[Record], lines: ProvenanceReader) -> Iterator[OutputRow]:
        judged: list[tuple[Record, Variant, str]] = []
        for record in records:
            if self._first_rules:
                record.key = record.id
            if record.is_written(keep_original=self._config.output.keep_original):
                line = lines.next()
                if line is None or line.source != record.id or line.steps or line.id != str(record.id):
                    raise RunError(f"{lines.place} is not the original {record.id!r}")
                yield OutputRow(record, {}, record.chain, self._added.of(record, None, 0))
            variants = []
            while (line := lines.peek()) is not None and line.source == record.id:
                lines.next()
                variants.append((self._replay(record, line, lines.place), lines.place))
            for variant, where in variants:
                changes = self._cells.of(record, variant.texts, variant.spans, variant.steps)
                changes |= self._added.changes(record, variant)
                name = record.chain_of(f"{variant.chain}.{variant.number}")
                yield OutputRow(record, changes, name, self._added.of(record, variant, len(variants)))
                if variant.judgement is not None or variant.scores:
                    judged.append((record, variant, where))
        self._compare_judgements(judged)

    def _compare_judgements(self, judged: Sequence[tuple[Record, Variant, str]]) -> None:
        """Ask the teacher again. Raises RunError where it says something else."""
        self._compare_scores(judged)
        if not judged or self._judge is None:
            return
        again = self._judge.judge([record for record, _, _ in judged], [variant.texts for _, variant, _ in judged])
        for (record, variant, where), found in zip(judged, again, strict=True):
            told = variant.judgement or {}
            if any(abs(told.get(label, 0) - found.get(label, 0)) > _CLOSE for label in {*told, *found} if told):
                raise RunError(f"{where}: the teacher says something else: {found}")
            score = variant.scores.get(LabelAgreement.name)
            if score is not None and abs(score - found.get(record.labels[0], 0)) > _CLOSE:
                raise RunError(
                    f"{where}: the teacher gives the label {found.get(record.labels[0], 0):g}, not {score:g}"
                )

    def _compare_scores(self, judged: Sequence[tuple[Record, Variant, str]]) -> None:
        """Let checks score again. Raises RunError where a score is another; what is missing here is remembered."""
        for chain, checks in self._checks.items():
            for check in checks:
                some = [one for one in judged if one[1].chain == chain and check.name in one[1].scores]
                if not some or check.name in self.unscored:
                    continue
                try:
                    check.setup(self._config.input.language)
                    found = check.check_batch(
                        [record.texts for record, _, _ in some], [one.texts for _, one, _ in some]
                    )
                except ResourceError as error:
                    self.unscored[check.name] = str(error)
                    continue
                for (_, variant, where), score in zip(some, found, strict=True):
                    told = variant.scores[check.name]
                    if abs(told - score) > check.tolerance * max(1.0, abs(told)):
                        raise RunError(f"{where}: {check.name} is {score:g}, not {told:g}")

    def _replay(self, record: Record, line: ProvenanceLine, place: str) -> Variant:
        texts = [
            Text(
                text,
                protected=self._protector.intervals(text),
                spans=record.spans[column] if record.spans else (),
                keeps_spans=self._protector.keeps_spans,
            )
            for column, text in enumerate(record.texts)
        ]
        spans = [*record.spans]
        for step in line.steps:
            name, edits, column, _ = step
            if not 0 <= column < len(texts):
                raise RunError(f"{place}: {name}: there is no text {column}")
            given = texts[column].freeing(step.freed) if step.freed else texts[column]
            if problem := given.why_invalid(edits):
                raise RunError(f"{place}: {name}: {problem}")
            before, texts[column] = texts[column].value, texts[column].edited(edits)
            if spans:
                known = ("", "") if self._first_rules else (before, texts[column].value)
                spans[column] = move_spans(spans[column], edits, *known)
        chain, _, number = line.id[len(str(record.id)) + 1 :].rpartition(".")
        after = tuple([text.value for text in texts])
        if not number.isdecimal():
            raise RunError(f"{place}: {line.id!r} names no variant of {record.id!r}")
        return Variant(chain, int(number), after, spans, [*line.steps], line.labels, line.checks)


def _score_checks(config: Config) -> dict[str, list[ScoreCheck]]:
    """The checks that score, by chain."""
    found: dict[str, list[ScoreCheck]] = {}
    for name, chain in config.chains.items():
        entries = ((entry, None) if isinstance(entry, str) else next(iter(entry.items())) for entry in chain.checks)
        checks = [find(Check, check).model_validate(body or {}) for check, body in entries if body is not False]
        found[name] = [check for check in checks if isinstance(check, ScoreCheck)]
    return found


def _compare_bytes(path: Place | None, expected: Iterator[bytes], actual: IO[bytes]) -> None:
    rows = 0
    for block in expected:
        read = actual.read(len(block))
        if read != block:
            at = next((i for i, (a, b) in enumerate(zip(read, block, strict=False)) if a != b), len(read))
            line = rows + block[:at].count(b"\n") + 1
            raise RunError.at(path, f"line {line} does not follow from its source")
        rows += block.count(b"\n")
    if actual.read(1):
        raise RunError.at(path, f"there is more after line {rows}, the last that should be there")


def _compare_tables(path: Place, parts: Iterator[bytes]) -> None:
    pyarrow = arrow()
    with open_binary(path, 1 << 20) as file, readable(path):
        schema, batches = read_batches(file, _BATCH)
        actual = (row for batch in batches for row in batch.to_pylist())
        number = 0
        for part in filter(None, parts):
            table = conform(pyarrow.ipc.open_stream(part).read_all(), schema)
            for expected in table.to_pylist():
                number += 1
                found = next(actual, None)
                if found != expected and repr(found) != repr(expected):  # NaN is not even itself
                    raise RunError.at(path, f"row {number} does not follow from its source")
        if next(actual, None) is not None:
            raise RunError.at(path, f"more rows than follow from the source ({number})")
