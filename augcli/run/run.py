"""A run: survey, chunks through an engine, parts joined, report. What is finished is not done again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import perf_counter, time

import orjson

from augcli import __version__
from augcli.config.config import Config, Options
from augcli.io.dataset import Chunk, Survey
from augcli.io.files.storage import Place, entries
from augcli.io.inputs import find_inputs, format_of
from augcli.io.outputs import Paths, output_file, output_format
from augcli.io.sources import open_sources
from augcli.io.writer import writer_for
from augcli.models.hosted.session import Session
from augcli.report.build import write_report
from augcli.report.counts import Manifest, Totals
from augcli.report.outcome import Outcome
from augcli.run.chunks import ChunkWork
from augcli.run.deduplicate import MAY_GO
from augcli.run.engine.base import Engine
from augcli.run.engine.open import engine_for
from augcli.run.job import Job
from augcli.run.join import join_parts, write_stdout
from augcli.run.prepare import fits, fitted, lexicons, remarks, unique_in_output, useful_workers
from augcli.run.progress import Progress
from augcli.run.survey.balance import shares
from augcli.run.survey.duplicates import repeats
from augcli.run.survey.survey import survey
from augcli.run.workspace import SCRATCH, cleared, finished, finishing, folder_of, mark_finishing, workplace

CHANGED = "the recipe, the input or augcli changed since a run that was interrupted: what that had finished was removed"


def run(config: Config, options: Options) -> Outcome:
    """Run the config. Raises AugError; what is finished by then is found again by the next run."""
    began, started = perf_counter(), time()
    paths = Paths.of(output_file(config), config.output.shards, statistics=fits(config))
    _refuse_bad_output(config, paths, options)
    with workplace(paths) as work, ExitStack() as stack:
        scratch = work / SCRATCH
        sources = open_sources(config, scratch)
        with engine_for(config.engine, useful_workers(config, sources)) as engine:
            found = survey(config, sources, scratch, engine, limit=options.limit, count_words=fits(config))
            ready = fitted(config, found, scratch)
            read = [lexicon.described() for lexicon in lexicons(config)]
            fingerprint = _fingerprint(config, found, options, read)
            ready = ready.in_session(stack.enter_context(Session(fingerprint[:16], sends=True)))
            if options.fresh:
                _close_accounts(ready)
            folder = work / fingerprint[:16]
            notes = _claimed(config, paths, options, folder) + _empty_shards(paths, found) + remarks(ready, found)
            packing = format_of(config.output.path)[1]
            job = Job(ready, writer_for(config, sources, found.columns), packing, shares(config, found), folder)
            outcome = Outcome(
                config, options, paths, found, Totals(list(config.chains)), fingerprint, engine.name, engine.workers,
                started, read, notes,
            )  # fmt: skip
            _do_chunks(outcome, job, engine)
            outcome.spent = {account.service.name: account.usage() for account in ready.accounts()}
            if not paths.data:
                write_stdout(job, len(found.chunks))
                _close_accounts(ready)
                outcome.seconds = perf_counter() - began
                return outcome
            join_parts(outcome, job, engine)
        outcome.seconds = perf_counter() - began
        write_report(outcome, folder)
        mark_finishing(folder)
        for sealed in outcome.outputs:
            sealed.rename()
        for old in paths.of_other_shards():
            old.unlink()
        _close_accounts(ready)
    return outcome


def _close_accounts(config: Config) -> None:
    for account in config.accounts():
        account.forget()


def _refuse_bad_output(config: Config, paths: Paths, options: Options) -> None:
    inputs = [config.input.path] if isinstance(config.input.path, str) else config.input.path
    for pattern in inputs:
        _, matches = find_inputs(config, pattern) if pattern != "-" else (None, [])
        if taken := {path.resolve() for path in paths.data} & {match.resolve() for match in matches}:
            raise config.error(f"the output would overwrite the input {taken.pop()}", "output", "path")
    if isinstance(paths.whole, Path) and paths.whole.is_dir():
        raise config.error(f"{paths.whole} is a folder; end it with / and set output.shards", "output", "path")
    if config.output.path.endswith("/") and not config.output.shards:
        raise config.error("a folder holds shards; set output.shards to their number", "output", "path")
    if not any(map(finishing, entries(folder_of(paths)))):
        _refuse_existing(config, paths, options)


def _refuse_existing(config: Config, paths: Paths, options: Options) -> None:
    there = [*(path for path in paths.all() if path.exists()), *paths.of_other_shards()]
    existing = [] if options.overwrite else [str(path) for path in there]
    if existing:
        listed = ", ".join(existing[:5]) + ", ..." * (len(existing) > 5)
        raise config.error(f"already there: {listed}; use --overwrite, or another output", "output", "path")


def _claimed(config: Config, paths: Paths, options: Options, folder: Place) -> list[str]:
    """Make the folder of these chunks the only one; what there is to say about others."""
    stale = cleared(folder, fresh=options.fresh)
    if not finishing(folder):  # outputs that another run was about to finish are not ours to replace
        _refuse_existing(config, paths, options)
    return [CHANGED] if stale and not options.fresh else []


def _empty_shards(paths: Paths, found: Survey) -> list[str]:
    """What to say when there are more shards than chunks."""
    chunks, shards = len(found.chunks), len(paths.data)
    if shards <= max(chunks, 1):
        return []
    return [f"{shards} shards, but {chunks} chunk{'s' * (chunks != 1)}: some are empty; lower engine.chunk_rows"]


def _fingerprint(config: Config, found: Survey, options: Options, read: Sequence[dict[str, str]]) -> str:
    """Of all that the outputs depend on."""
    said = config.model_dump(mode="json", exclude={"engine": True, "services": True, "output": {"path", "shards"}})
    said["output"]["format"] = [output_format(config), format_of(config.output.path)[1]]
    said |= {"augcli": __version__, "limit": options.limit, "inputs": [file.sha256 for file in found.sources]}
    said |= {
        "chunk_rows": config.chunk_rows,
        "models": sorted({known for step in config.models() for known in step.depends()}),
    }
    said["resources"] = [lexicon["sha256"] for lexicon in read]
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _do_chunks(outcome: Outcome, job: Job, engine: Engine) -> None:
    """Do what is not done, and count."""
    chunks = outcome.survey.chunks
    ready = finished(job.folder, len(chunks))
    outcome.resumed = sum(ready)
    work = partial(ChunkWork, job)

    def todo(chunk: Chunk) -> Chunk | None:
        return None if ready[chunk.index] else chunk

    with Progress(outcome.survey.rows, outcome.options, job.config.accounts()) as progress:
        for manifest in manifests(engine, work, chunks, job.folder, todo):
            outcome.totals.add(manifest)
            progress.show(manifest)
    if unique_in_output(job.config):
        outcome.totals = Totals(list(outcome.config.chains))
        for manifest in without_repeats(outcome, job, engine):
            outcome.totals.add(manifest)
    outcome.totals.check()


def manifests(
    engine: Engine, work: Callable[[], ChunkWork], chunks: Iterable[Chunk], folder: Place,
    todo: Callable[[Chunk], Chunk | None],
) -> Iterator[Manifest]:  # fmt: skip
    """The manifests of all chunks, in order: done now, or read from the file of an earlier time."""
    done = engine(work, filter(None, map(todo, chunks)))
    for chunk in chunks:
        yield next(done) if todo(chunk) else orjson.loads((folder / f"{chunk.index:06}.json").read_bytes())


def without_repeats(outcome: Outcome, job: Job, engine: Engine) -> Iterator[Manifest]:
    """Do the chunks again that hold variants which repeat another row of the output, without these."""
    import numpy as np

    found = repeats(job.folder, "*.digests", outcome.totals.tally.written, engine, least=MAY_GO)
    places = np.sort(np.concatenate([some["place"].copy() for some in found]) - np.uint64(MAY_GO))

    def todo(chunk: Chunk) -> Chunk | None:
        first, last = np.searchsorted(places, np.array([chunk.index << 32, (chunk.index + 1) << 32], "u8"))
        without = tuple((places[first:last] & np.uint64(0xFFFFFFFF)).tolist())
        return replace(chunk, without=without) if without else None

    return manifests(engine, partial(ChunkWork, job), outcome.survey.chunks, job.folder, todo)
