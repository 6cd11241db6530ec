"""Parts joined into output files."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from augcli.io.files.atomic import AtomicFile, Stdout
from augcli.io.files.storage import Place, make_folder
from augcli.io.outputs import shards_of
from augcli.language.label_words import dump
from augcli.report.outcome import Outcome
from augcli.run.engine.base import Engine
from augcli.run.job import Job, Join
from augcli.run.prepare import STATISTICS
from augcli.run.workspace import SCRATCH


def join_parts(outcome: Outcome, job: Job, engine: Engine) -> None:
    """Join the parts into the output files, under temporary names; the data into stdout if no file is named."""
    paths, chunks = outcome.paths, len(outcome.dataset.chunks)
    shards = shards_of(chunks, max(len(paths.data), 1))
    joins = [Join(path, ".part", shard, job.folder) for path, shard in zip(paths.data, shards, strict=False)]
    joins += [
        Join(path, ".provenance", shard, temporary_folder(path, outcome, job.folder))
        for path, shard in zip(paths.provenance, shards, strict=False)
    ]
    writer = job.writer.knowing(job.folder / f"{index:06}.part" for index in range(chunks))
    joined = list(engine(partial(JoinWork, replace(job, writer=writer)), joins))
    outcome.outputs += joined
    for data, provenance in zip(joined[: len(paths.data)], joined[len(paths.data) :], strict=False):
        data.rows = provenance.rows
    if not paths.data:
        stdout = Stdout()
        with stdout.open() as stream:
            writer.join((job.folder / f"{index:06}.part" for index in range(chunks)), stream, job.packing)
        stdout.rows = outcome.counts.tally.written
        outcome.outputs.insert(0, stdout)
    if paths.statistics:
        _add(outcome, paths.statistics, (job.folder.parent / SCRATCH / STATISTICS).read_bytes(), job.folder)
    if paths.teacher and job.lesson and job.lesson.file:
        _add(outcome, paths.teacher, job.lesson.file.read_bytes(), job.folder)
    if paths.label_words and outcome.label_words is not None:
        _add(outcome, paths.label_words, dump(outcome.label_words), job.folder)


def temporary_folder(path: Place, outcome: Outcome, work: Place) -> Place:
    """Where a file is written before it gets its name: where it is to stand, if that may be another disk."""
    if outcome.paths.data and path.parent == outcome.paths.whole.parent:
        return work
    make_folder(path.parent)
    return path.parent


def _add(outcome: Outcome, path: Place, content: bytes, folder: Place) -> None:
    """Write a small file under a temporary name."""
    sealed = AtomicFile(path, folder)
    with sealed.open() as file:
        file.write(content)
    outcome.outputs.append(sealed)


class JoinWork:
    """Joins parts into one output file after another, under temporary names."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __call__(self, join: Join) -> AtomicFile:
        sealed = AtomicFile(join.path, join.folder)
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
