"""What a run hands to the report and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from augcli.config.config import Config, Options
from augcli.io.dataset import Survey
from augcli.io.files.atomic import Sealed
from augcli.io.outputs import Paths
from augcli.models.hosted.usage import Usage
from augcli.report.counts import Totals


@dataclass(slots=True)
class Outcome:
    """What a run hands to the report and the command line."""

    config: Config
    options: Options
    paths: Paths
    survey: Survey
    totals: Totals
    fingerprint: str
    engine: str
    workers: int
    started: float
    resources: Sequence[dict[str, str]]
    """The lexicons that the steps and checks read, described."""
    remarks: Sequence[str]
    """What the user should know: word vectors that do not fit the texts, ..."""
    spent: dict[str, Usage] = field(default_factory=dict)
    """What was sent to each hosted platform."""
    resumed: int = 0
    """Chunks that an earlier run had finished."""
    seconds: float = 0.0
    outputs: list[Sealed] = field(default_factory=list)
