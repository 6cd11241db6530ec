"""The chains tried on the first rows of the input, for commands that say what a run would do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from io import BytesIO
from time import perf_counter

from augcli.config.config import Config
from augcli.config.pipeline import Pipeline
from augcli.config.sections import Balance
from augcli.io.dataset import DatasetSummary
from augcli.io.files.storage import Place
from augcli.io.inputs import format_of
from augcli.io.records import read_chunk
from augcli.io.writer import writer_for
from augcli.report.counts import Counts
from augcli.report.highlights import RowSample
from augcli.report.shortfall import empty_chains, idle_steps, short_forecast
from augcli.run.chunks import ChunkWork
from augcli.run.job import Job
from augcli.run.prepare import Preparation
from augcli.run.survey.balance import variants_needed

ROWS, MODEL_ROWS = 500, 50
"""Rows that the chains are tried on, without and with models."""


@dataclass(slots=True)
class Probe:
    """What the first rows came to."""

    counts: Counts
    rows: int = 0
    seconds: float = 0.0
    size: int = 0
    """Bytes of output."""
    notes: list[str] = field(default_factory=list)
    """What a run would not reach."""


def probe(ready: Pipeline, prepared: Preparation, folder: Place) -> Probe:
    """Try the chains on the first rows, and write these as the output would be, in `folder`.

    Raises the AugError of rows that the format of the output cannot hold.
    """
    config, found = ready.config, prepared.dataset
    writer = writer_for(config, found.sources, found.columns)
    if not found.chunks:
        return Probe(Counts.of(ready.chains))
    # rows that only pass through tell nothing of the chains
    fitting = config.of_fitting_rows()
    first = next((chunk for chunk in found.chunks if any(True for _ in read_chunk(fitting, chunk))), None)
    if first is None:
        return Probe(Counts.of(ready.chains))
    ready = replace(ready, config=fitting)
    packing, sample = format_of(config.output.path)[1], RowSample.of(found, config)
    job = Job(ready, writer, packing, prepared.shares, folder, sample, lesson=prepared.lesson)
    work = ChunkWork(job)
    began = perf_counter()
    counts = work(replace(first, rows=min(first.rows, MODEL_ROWS if ready.models else ROWS)))
    seconds = perf_counter() - began
    rows = counts.tally.rows
    parts = [folder / "000000.part"]
    writer.knowing(parts).join(parts, BytesIO(), job.packing)
    size = sum(file.stat().st_size for file in folder.glob("000000.p*"))
    return Probe(counts, rows, seconds, size, _notes(ready, found, counts, rows))


def labels_needed(config: Config, found: DatasetSummary, chain: str) -> dict[str, int]:
    """How many variants of each label a chain that balances is asked for."""
    needed: dict[str, int] = {}
    for group, wanted in variants_needed(config, chain, found.groups).items():
        for label in group:
            needed[label] = needed.get(label, 0) + wanted
    return needed


def _notes(ready: Pipeline, found: DatasetSummary, counts: Counts, rows: int) -> list[str]:
    hosted = {step.name for step in ready.hosted}
    idle = idle_steps(counts, hosted)
    if hosted:  # nothing was sent, so nobody knows what they would write
        return [f"in the first {rows} rows, {line}" for line in idle]
    needed = {
        name: labels_needed(ready.config, found, name)
        for name, chain in ready.config.chains.items()
        if isinstance(chain.variants, Balance)
    }
    told = [f"in the first {rows} rows, {line}" for line in [*empty_chains(counts), *idle]]
    attempts = {name: chain.attempts for name, chain in ready.config.chains.items()}
    return told + short_forecast(counts, needed, attempts)
