"""A run: survey, chunks through an engine, parts joined, report. What is finished is not done again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from time import perf_counter, time

from augcli.config.config import Config, Options
from augcli.config.pipeline import Pipeline
from augcli.errors import DataError
from augcli.io.dataset import Chunk, DatasetSummary
from augcli.io.files.storage import Place, entries
from augcli.io.inputs import format_of
from augcli.io.open import open_sources
from augcli.io.outputs import Paths
from augcli.io.writer import writer_for
from augcli.models.hosted.session import Session
from augcli.report import shortfall
from augcli.report.build import write_report
from augcli.report.counts import Counts
from augcli.report.highlights import RowSample
from augcli.report.outcome import Outcome
from augcli.run.chunks import ChunkWork
from augcli.run.deduplicate import Repeats
from augcli.run.engine.base import Engine
from augcli.run.engine.open import open_engine
from augcli.run.job import Job
from augcli.run.join import join_parts, temporary_folder
from augcli.run.lesson import needs_teacher
from augcli.run.prepare import novel_in_output, paths_of, prepare, survey_for, unique_in_output, useful_workers
from augcli.run.progress import Progress
from augcli.run.refusals import existing_outputs, refuse_bad_output
from augcli.run.rows_done import RowsDone
from augcli.run.survey.balance import Share, further_shares
from augcli.run.workspace import (
    SCRATCH,
    clear_stale,
    finished_chunks,
    folder_of,
    is_finishing,
    mark_finishing,
    workspace,
)
from augcli.text.record import Labels

CHANGED = "the config, the input or augcli changed since a run that was interrupted: what that had finished was removed"


def run(pipeline: Pipeline, options: Options, progress: Progress | None = None) -> Outcome:
    """Run a pipeline over its input, and show how far it is.

    Raises AugError; what is finished by then is found again by the next run.
    """
    began, started = perf_counter(), time()
    config, paths = pipeline.config, paths_of(pipeline, options)
    refuse_bad_output(config, paths)
    if not any(map(is_finishing, entries(folder_of(paths)))):
        _refuse_existing(config, paths, options)
    with ExitStack() as stack:
        progress = progress or stack.enter_context(Progress(quiet=options.quiet, verbose=options.verbose))
        progress.stage("reading the input")
        work = stack.enter_context(workspace(paths))
        scratch = work / SCRATCH
        sources = open_sources(config, scratch, pipeline.chunk_rows)
        engine = stack.enter_context(open_engine(config.engine, useful_workers(sources, pipeline.models)))
        try:
            dataset = survey_for(pipeline, sources, scratch, engine, options.limit)
        except DataError as error:
            raise DataError(f"{error}\nNothing was written.", error.faults, error.hint) from error
        progress.stage("the teacher learns" if needs_teacher(pipeline) else "preparing the steps")
        prepared = prepare(pipeline, dataset, scratch, options.limit)
        session = stack.enter_context(Session(prepared.fingerprint[:16], sends=True))
        ready = prepared.pipeline.in_session(session)
        if options.fresh:
            _forget_usage(ready)
        folder = work / prepared.fingerprint[:16]
        notes = _claim(config, paths, options, folder) + _empty_shard_notes(paths, dataset) + prepared.warnings()
        packing = format_of(config.output.path)[1]
        writer, lesson = writer_for(config, sources, dataset.columns), prepared.lesson
        sample = RowSample.of(dataset, config)
        job = Job(ready, writer, packing, prepared.shares, folder, sample, lesson=lesson)
        outcome = Outcome(
            pipeline, options, paths, dataset, Counts.of(config.chains), prepared.fingerprint, engine.name,
            engine.workers, started, prepared.resources, notes, prepared.label_words,
            lesson.facts if lesson else None,
        )  # fmt: skip
        stack.callback(_discard, outcome, folder)
        job = _do_chunks(outcome, job, engine, progress)
        progress.stage("writing the output")
        outcome.warnings = [*outcome.warnings, *shortfall.notes(outcome.counts)]
        outcome.spent = {account.service.name: account.usage() for account in ready.accounts()}
        join_parts(outcome, job, engine)
        outcome.seconds = perf_counter() - began
        if paths.reported:
            write_report(outcome, temporary_folder(paths.report, outcome, folder))
        mark_finishing(folder)
        for sealed in outcome.outputs:
            sealed.rename()
        for old in paths.of_other_shards():
            old.unlink()
        _forget_usage(ready)
    return outcome


def _discard(outcome: Outcome, folder: Place) -> None:
    """Leave nothing half-written beside files that are named for themselves; the work folder has its own rules."""
    for sealed in outcome.outputs:
        if sealed.temporary.parent != folder:
            sealed.discard()


def _forget_usage(pipeline: Pipeline) -> None:
    for account in pipeline.accounts():
        account.forget()


def _refuse_existing(config: Config, paths: Paths, options: Options) -> None:
    existing = [] if options.overwrite else list(map(str, existing_outputs(paths)))
    if existing:
        listed = ", ".join(existing[:5]) + ", ..." * (len(existing) > 5)
        raise config.error(f"already there: {listed}; use --overwrite, or another output", "output", "path")


def _claim(config: Config, paths: Paths, options: Options, folder: Place) -> list[str]:
    """Make the folder of these chunks the only one; what there is to say about others."""
    stale = clear_stale(folder, fresh=options.fresh)
    if not is_finishing(folder):  # outputs that another run was about to finish are not ours to replace
        _refuse_existing(config, paths, options)
    return [CHANGED] if stale and not options.fresh else []


def _empty_shard_notes(paths: Paths, dataset: DatasetSummary) -> list[str]:
    """What to say when there are more shards than chunks."""
    chunks, shards = len(dataset.chunks), len(paths.data)
    if shards <= max(chunks, 1):
        return []
    return [f"{shards} shards, but {chunks} chunk{'s' * (chunks != 1)}: some are empty; lower engine.chunk_rows"]


def _do_chunks(outcome: Outcome, job: Job, engine: Engine, progress: Progress) -> Job:
    """Do what is not done, and count; the job as it was done in the end.

    When all is done, it is known how many variants the labels lack that a chain evens out, and which rows repeat
    others in the whole output. Then chunks are done again: with more variants of other rows, and without the repeats.
    """
    chunks, names = outcome.dataset.chunks, job.pipeline.chains
    done = finished_chunks(job.folder, len(chunks))
    outcome.resumed = sum(done)
    outcome.resumed_rows = sum(chunk.rows for chunk in chunks if done[chunk.index])
    doing = "loading models" if job.pipeline.models or job.lesson else "starting"
    rows_done, accounts = RowsDone(job.folder), job.pipeline.accounts()
    rows_done.forget()
    progress.begin_rows(outcome.dataset.rows, outcome.resumed_rows, rows_done, accounts, doing=doing)
    some = _counts(engine, job, chunks, lambda chunk: None if done[chunk.index] else chunk)
    for chunk, counts in zip(chunks, some, strict=True):
        outcome.counts.merge(counts)
        outcome.resumed_variants += counts.variants * done[chunk.index]
        progress.show(counts, resumed=bool(done[chunk.index]))
    while more := _further_shares(outcome, job):
        job = replace(job, more=(*job.more, more))
        outcome.counts = Counts.of(names)
        outcome.resumed_rows = outcome.resumed_variants = 0  # all is done again
        rows_done.forget()
        progress.begin_rows(outcome.dataset.rows, 0, rows_done, accounts, doing="making up for rejected variants")
        for counts in _counts(engine, job, chunks, lambda chunk: chunk):
            outcome.counts.merge(counts)
            progress.show(counts)
    if unique_in_output(job.pipeline) or novel_in_output(job.pipeline):
        progress.stage("looking for variants that repeat others")
        repeats = Repeats(job.folder, outcome.counts.tally.written, engine)

        def without_repeats(chunk: Chunk) -> Chunk | None:
            rows = repeats.of_chunk(chunk.index)
            return replace(chunk, without=rows) if rows else None

        outcome.counts = Counts.of(names)
        for counts in _counts(engine, job, chunks, without_repeats):
            outcome.counts.merge(counts)
    outcome.counts.check()
    return job


def _further_shares(outcome: Outcome, job: Job) -> dict[str, dict[Labels, Share]]:
    """What makes up for rejected variants in one more round; empty when nothing can."""
    dataset, made = outcome.dataset, outcome.counts.tally.made
    return further_shares(job.pipeline.config, dataset.groups, dataset.folder, made, job.folder, len(job.more) + 1)


def _counts(
    engine: Engine, job: Job, chunks: Iterable[Chunk], todo: Callable[[Chunk], Chunk | None]
) -> Iterator[Counts]:
    """The counts of all chunks, in order: of those that are `todo` done now, of others read from their manifests."""
    done = engine(partial(ChunkWork, job), filter(None, map(todo, chunks)))
    for chunk in chunks:
        yield next(done) if todo(chunk) else Counts.load((job.folder / f"{chunk.index:06}.json").read_bytes())
