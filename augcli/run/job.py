"""What a worker needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from augcli.config.pipeline import Pipeline
from augcli.io.files.storage import Place
from augcli.io.formats.rows import Writer
from augcli.report.highlights import RowSample
from augcli.run.lesson import Lesson
from augcli.run.survey.balance import Share
from augcli.text.record import Labels


@dataclass(frozen=True, slots=True)
class Job:
    """The work on all chunks of a run; it travels to other processes."""

    pipeline: Pipeline
    writer: Writer
    packing: str
    """How the output file is packed: "", gz, bz2 or zst."""
    shares: Mapping[str, Mapping[Labels, Share]]
    """Of the chains that balance, by the labels of a row."""
    folder: Place
    """For what is finished."""
    sample: RowSample
    """The rows that the report looks at closely."""
    more: Sequence[Mapping[str, Mapping[Labels, Share]]] = ()
    """By round: what makes up for rejected variants of these chains."""
    lesson: Lesson | None = None
    """What a teacher learnt, where one is asked for."""


@dataclass(frozen=True, slots=True)
class Join:
    """An output file to join from the parts of `chunks`."""

    path: Place
    suffix: str
    """Of the parts: .part or .provenance."""
    chunks: range
    folder: Place
    """For the file until it is whole."""

    def __str__(self) -> str:
        return str(self.path)
