"""`augcli trace`: where one row of an output comes from."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from rich.console import Console

from augcli.commands.past_run import PastReport, report_of, survey_again
from augcli.errors import DataError
from augcli.io.files.storage import Place
from augcli.io.provenance import ProvenanceLine, ProvenanceReader
from augcli.io.records import read_chunk
from augcli.io.sources import Source
from augcli.report.diff import console_text, diff_parts
from augcli.run.judge import likeliest
from augcli.text.edits import apply
from augcli.text.record import Record


def trace(output: Place, row: str, report_file: str | None = None, provenance_file: str | None = None) -> None:
    """Print where one output row comes from. Raises DataError when there is no such row."""
    report = PastReport.of(report_of(output, report_file))
    files = report.paths(output, report_file, provenance_file).provenance
    for file in files:
        if not file.is_file():
            raise DataError.at(file, "there is no such file")
    line = _line(files, row)
    if line is None and re.fullmatch("[1-9][0-9]{0,14}", row):
        line = next(islice(iter(ProvenanceReader(files).next, None), int(row) - 1, None), None)
    if line is None and (named := _named(report, row)):
        line = _line(files, named)
    if line is None:
        raise DataError(f"{files[0]}: no row {row!r}; give an id such as r17#chain.1, or a number from 1")
    _tell(report, line)


def _line(files: Sequence[Place], row: str) -> ProvenanceLine | None:
    return next((line for line in iter(ProvenanceReader(files).next, None) if line.id == row), None)


def _named(report: PastReport, row: str) -> str | None:
    """The id of an output row in the provenance, where `row` is made of its aug_source and aug_chain."""
    key, mark, variant = row.partition("#")
    config = report.config_at()
    with tempfile.TemporaryDirectory(prefix="augcli-") as folder:
        for chunk in survey_again(config, report, Path(folder)).chunks:
            for record in read_chunk(config, chunk):
                if record.key == key:
                    return f"{record.id}{mark}{variant}"
    return None


def _tell(report: PastReport, line: ProvenanceLine) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"row     {line.id}", markup=False)
    source, record = _source_record(report, line)
    console.print(f"source  {line.source}  ({source.path}, row {record.number})", markup=False)
    if record.chain:
        console.print(f"earlier {record.chain} of {record.origin}", markup=False)
    texts = list(record.texts)
    for text in texts:
        console.print("text    ", console_text(console, [("", text)]), sep="")
    if not line.steps:
        what = "had no label; its text is as it was" if line.labels else "is the original, unchanged"
        console.print(f"this row {what}")
    for name, edits, column, note in line.steps:
        console.print(f"{name:<7} ", console_text(console, diff_parts(texts[column], edits)), sep="")
        for what, value in (note or {}).items():
            console.print(f"        {what}: {value}", markup=False)
        texts[column] = apply(texts[column], edits)
    if line.labels:
        console.print(f"teacher {likeliest(line.labels)}", markup=False)
    for name, score in line.checks.items():
        console.print(f"check   {name} {score}", markup=False)
    if line.steps:
        for text in texts:
            console.print("result  ", console_text(console, [("", text)]), sep="")


def _source_record(report: PastReport, line: ProvenanceLine) -> tuple[Source, Record]:
    config = report.config_at()
    with tempfile.TemporaryDirectory(prefix="augcli-") as folder:
        for chunk in survey_again(config, report, Path(folder)).chunks:
            for segment in chunk.segments:
                for record in read_chunk(config, replace(chunk, segments=(segment,), repeats=())):
                    if record.id == line.source:
                        return segment.source, record
    raise DataError(f"the source row {line.source!r} is not in the input any more")
