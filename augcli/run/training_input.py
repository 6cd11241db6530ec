"""The input of a training: looked through once, then read as often as it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from augcli.config.config import Options
from augcli.config.pipeline import CHUNK_ROWS
from augcli.config.training import TrainingConfig
from augcli.io.dataset import DatasetSummary
from augcli.io.open import open_sources
from augcli.io.records import read_chunk
from augcli.run.engine.local import local
from augcli.run.engine.open import workers_of
from augcli.run.prepare import useful_workers
from augcli.run.survey.survey import survey
from augcli.text.record import Record


def survey_input(config: TrainingConfig, scratch: Path, options: Options, workers: int | str) -> DatasetSummary:
    """Look through the whole input; `scratch` is a folder for copies of it. Raises DataError for what is wrong."""
    reading = config.reading()
    sources = open_sources(reading, scratch, CHUNK_ROWS)
    with local(workers_of(workers, useful_workers(sources))) as engine:
        return survey(reading, sources, scratch, engine, CHUNK_ROWS, limit=options.limit)


def records_of(config: TrainingConfig, found: DatasetSummary) -> Iterator[Record]:
    """The rows of the input, in its order."""
    reading = config.reading()
    for chunk in found.chunks:
        yield from read_chunk(reading, chunk)


def check_text(found: DatasetSummary) -> str:
    """What `augcli check` says of an input in which it found nothing wrong."""
    lines = ["the config is right", *(f"{source.shown}: {source.rows} rows" for source in found.sources)]
    if found.dropped:
        lines += [f"{found.dropped} invalid rows would be dropped:", *found.dropped_rows[:10]]
    return "\n".join(lines)


def is_aside(text: str, share: float) -> bool:
    """Whether a text belongs to the part that is kept aside to measure with: its hash decides, so equal texts agree."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=7).digest()) < share * 2**56
