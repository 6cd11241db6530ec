"""Parts joined into output files."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial

from augcli.io.files.atomic import AtomicFile
from augcli.io.outputs import shards_of
from augcli.language.label_words import dump
from augcli.report.outcome import Outcome
from augcli.run.engine.base import Engine
from augcli.run.job import Job, Join
from augcli.run.prepare import STATISTICS
from augcli.run.workspace import SCRATCH


def join_parts(outcome: Outcome, job: Job, engine: Engine) -> None:
    """Join the parts into the output files, under temporary names."""
    paths = outcome.paths
    shards = shards_of(len(outcome.dataset.chunks), len(paths.data))
    joins = [Join(path, ".part", shard) for path, shard in zip(paths.data, shards, strict=True)]
    joins += [Join(path, ".provenance", shard) for path, shard in zip(paths.provenance, shards, strict=True)]
    writer = job.writer.knowing(job.folder / f"{index:06}.part" for index in range(len(outcome.dataset.chunks)))
    joined = list(engine(partial(JoinWork, replace(job, writer=writer)), joins))
    for data, provenance in zip(joined, joined[len(shards) :], strict=False):
        data.rows = provenance.rows
    outcome.outputs += joined
    if paths.statistics:
        statistics = AtomicFile(paths.statistics, job.folder)
        with statistics.open() as file:
            file.write((job.folder.parent / SCRATCH / STATISTICS).read_bytes())
        outcome.outputs.append(statistics)
    if paths.teacher and job.lesson and job.lesson.file:
        teacher = AtomicFile(paths.teacher, job.folder)
        with teacher.open() as file:
            file.write(job.lesson.file.read_bytes())
        outcome.outputs.append(teacher)
    if paths.label_words and outcome.label_words is not None:
        words = AtomicFile(paths.label_words, job.folder)
        with words.open() as file:
            file.write(dump(outcome.label_words))
        outcome.outputs.append(words)


def write_stdout(job: Job, chunks: int) -> None:
    """Write all parts to stdout, in order."""
    parts = [job.folder / f"{index:06}.part" for index in range(chunks)]
    job.writer.knowing(parts).join(parts, sys.stdout.buffer, job.packing)
    sys.stdout.buffer.flush()


class JoinWork:
    """Joins parts into one output file after another, under temporary names."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __call__(self, join: Join) -> AtomicFile:
        sealed = AtomicFile(join.path, self._job.folder)
        parts = (self._job.folder / f"{index:06}{join.suffix}" for index in join.chunks)
        with sealed.open() as file:
            if join.suffix == ".part":
                self._job.writer.join(parts, file, self._job.packing)
            else:
                sealed.rows = 0
                for part in parts:
                    lines = part.read_bytes()
                    sealed.rows += lines.count(b"\n")
                    file.write(lines)
        return sealed
