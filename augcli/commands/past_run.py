"""A run of the past, as its report tells of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from augcli.config.config import Config
from augcli.config.pipeline import CHUNK_ROWS
from augcli.errors import DataError, RunError
from augcli.io.dataset import DatasetSummary
from augcli.io.files.storage import Place, place
from augcli.io.open import open_sources
from augcli.io.outputs import Paths, output_file, report_file, stem_of
from augcli.io.provenance import first_error
from augcli.report.document import sign
from augcli.run.engine.local import local
from augcli.run.survey.survey import survey


def report_of(output: Place, named: str | None = None) -> Place:
    """Where the report of an output is, unless it is `named`.

    Beside the file, in the folder of shards, or beside one of the shards.
    """
    if named:
        return report_file(named)
    if output.is_dir():
        reports: list[Place] = sorted(output.glob("*.report.json"), key=str)
        if len(reports) != 1:
            raise DataError.at(output, f"{len(reports) or 'no'} reports are in this folder; name the output file")
        return reports[0]
    beside = output.with_name(f"{stem_of(output)}.report.json")
    whole = re.fullmatch(r"(.+)-\d{5,}-of-\d{5,}", stem_of(output))
    return output.with_name(f"{whole[1]}.report.json") if whole and not beside.exists() else beside


def read_report(path: Place) -> dict[str, Any]:
    """The report in `path`. Raises DataError when there is none, RunError when it is not as it was written."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise DataError.at(
            path, "there is no such report; `augcli run` writes it beside the output, or as --report named it"
        ) from None
    except OSError as error:
        raise DataError.at(path, f"cannot be read: {error}") from error
    try:
        values = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise RunError.at(path, f"changed since it was written: {error}") from error
    if not isinstance(values, dict) or raw != sign(values):
        raise RunError.at(path, "changed since it was written, or not a report of augcli")
    return values


class _File(BaseModel):
    name: str = ""
    path: str
    sha256: str
    section: str = "input"
    """Of the config that names it."""


class _Run(BaseModel):
    limit: int | None
    chunk_rows: int = CHUNK_ROWS
    rules: int = 1
    """See `augcli.report.document.RULES`."""


class _Rows(BaseModel):
    written: int


class PastReport(BaseModel):
    """What replay needs of a report."""

    config: dict[str, Any]
    inputs: list[_File]
    outputs: list[_File]
    run: _Run
    rows: _Rows

    @classmethod
    def of(cls, path: Place) -> PastReport:
        """The report in `path`. Raises DataError when there is none, RunError when it is not as it was written."""
        values = read_report(path)
        try:
            return cls.model_validate(values, strict=True)
        except ValidationError as error:
            raise RunError.at(path, f"not a report of this version of augcli: {first_error(error)}") from error

    def paths(self, output: Place, report: str | None = None, provenance: str | None = None) -> Paths:
        """The files of the run, beside `output` but for those that are named."""
        config = self.config_at()
        folder = output if output.is_dir() else output.parent
        shards = config.output.shards
        whole = str(folder / place(output_file(config)).name) if shards else str(output)
        return Paths.of(whole, shards, report=report, provenance=provenance)

    def files(self, moved: Sequence[str] = ()) -> list[str]:
        """Where the inputs are, those without labels last: at `moved`, in the order of the run, if that is given."""
        return list(moved) or [entry.path for entry in self.inputs if entry.section != "general"]

    def config_at(self, moved: Sequence[str] = ()) -> Config:
        """The config of the run, with its inputs where they are now."""
        labelled = sum(entry.section == "input" for entry in self.inputs)
        files = self.files(moved)
        return Config.from_report(self.config, files[:labelled], files[labelled:])


def survey_again(config: Config, report: PastReport, folder: Place) -> DatasetSummary:
    """The input of a run as it was seen then."""
    rows = report.run.chunk_rows if config.engine.chunk_rows == "auto" else config.engine.chunk_rows
    sources = open_sources(config, folder, rows)
    for source, entry in zip(sources, report.inputs, strict=False):
        source.name = entry.name
    with local(1) as engine:
        return survey(config, sources, folder, engine, rows, limit=report.run.limit)
