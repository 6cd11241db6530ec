"""What a run hands to the report and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from augcli.config.config import Options
from augcli.config.pipeline import Pipeline
from augcli.io.dataset import DatasetSummary
from augcli.io.files.atomic import AtomicFile
from augcli.io.outputs import Paths
from augcli.language.label_words import LabelWord
from augcli.models.hosted.usage import Usage
from augcli.report.counts import Counts


@dataclass(slots=True)
class Outcome:
    """What came of a run."""

    pipeline: Pipeline
    options: Options
    paths: Paths
    dataset: DatasetSummary
    counts: Counts
    fingerprint: str
    engine: str
    workers: int
    started: float
    resources: Sequence[dict[str, str]]
    """The lexicons that the steps and checks read, described."""
    warnings: Sequence[str]
    """What the user should know: word vectors that do not fit the texts, ..."""
    label_words: Sequence[LabelWord] | None = None
    """The words that stayed as they carry a label, the strongest first; None where steps need not know."""
    teacher: Mapping[str, Any] | None = None
    """How well a teacher judges, and what it took, where a chain asks for one."""
    spent: dict[str, Usage] = field(default_factory=dict)
    """What was sent to each hosted platform."""
    resumed: int = 0
    """Chunks that an earlier run had finished."""
    resumed_rows: int = 0
    resumed_variants: int = 0
    seconds: float = 0.0
    outputs: list[AtomicFile] = field(default_factory=list)
