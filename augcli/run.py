"""A run: survey, chunks through an engine, parts joined, report. What is finished is not done again."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import perf_counter, time

import orjson
from tqdm import tqdm

from augcli import __version__
from augcli.config import Config
from augcli.data import Chunk, Survey, survey
from augcli.engine import local, workers_of
from augcli.errors import RunError
from augcli.manifest import Manifest, Options, Outcome, Paths, Totals
from augcli.report import lexicons, write_report
from augcli.sealed import Sealed, packing
from augcli.sources import format_of, open_sources
from augcli.work import STATISTICS, ChunkWork, Job, fits, fitted, remarks, shares
from augcli.write import output_format, writer_for


def run(config: Config, options: Options) -> Outcome:
    """Run the config. Raises AugError; what is finished by then is found again by the next run."""
    began, started = perf_counter(), time()
    paths = Paths.of(config.output.path, statistics=fits(config))
    _refuse_bad_output(config, paths, options)
    with _work_folder(paths) as work:
        files = open_sources(config, work)
        found = survey(config, files, limit=options.limit)
        ready = fitted(config, files, found, work)
        read = [lexicon.described() for lexicon in lexicons(config)]
        fingerprint = _fingerprint(config, found, options, read)
        folder = work / fingerprint[:16]
        _clear(work, folder, fresh=options.fresh)
        outcome = Outcome(
            config, options, paths, found, Totals(list(config.chains)), fingerprint,
            workers_of(options.workers or config.engine.workers), 0, started, read, remarks(ready, files, found),
        )  # fmt: skip
        job = Job(ready, files, found.columns, shares(config, found), folder)
        _do_chunks(outcome, job)
        try:
            _write_outputs(outcome, job)
            outcome.seconds = perf_counter() - began
            if paths.data:
                write_report(outcome)
            for sealed in outcome.outputs.values():
                sealed.rename()
        finally:
            for sealed in outcome.outputs.values():
                sealed.temporary.unlink(missing_ok=True)
    return outcome


@contextmanager
def _work_folder(paths: Paths) -> Iterator[Path]:
    """A folder for finished chunks beside the output; it stays when the run fails after some were finished."""
    if not paths.data:
        with tempfile.TemporaryDirectory(prefix="augcli-") as temporary:
            yield Path(temporary)
        return
    parent = paths.data.parent
    made = not parent.exists()
    work = paths.data.with_name(f".{paths.data.name}.work")
    work.mkdir(parents=True, exist_ok=True)
    try:
        yield work
    except BaseException:
        for file in work.iterdir():
            if file.is_file():
                file.unlink()
        with suppress(OSError):  # finished chunks are in it
            work.rmdir()
            if made:
                parent.rmdir()
        raise
    shutil.rmtree(work)


def _refuse_bad_output(config: Config, paths: Paths, options: Options) -> None:
    output_format(config)
    inputs = [config.input.path] if isinstance(config.input.path, str) else config.input.path
    for pattern in inputs:
        _, matches = config.find_inputs(pattern) if pattern != "-" else (None, [])
        if paths.data and any(paths.data.resolve() == match.resolve() for match in matches):
            raise config.error(f"the output would overwrite the input {paths.data}", "output", "path")
    existing = [] if options.overwrite else [path for path in paths.all() if path.exists()]
    if existing:
        listed = ", ".join(map(str, existing))
        raise config.error(f"already there: {listed}; use --overwrite, or another output", "output", "path")


def _fingerprint(config: Config, found: Survey, options: Options, read: Sequence[dict[str, str]]) -> str:
    """Of all that the outputs depend on."""
    said = config.model_dump(mode="json", exclude={"engine": {"workers"}, "output": {"path"}})
    said["output"]["format"] = [*output_format_and_packing(config)]
    said |= {"augcli": __version__, "limit": options.limit, "inputs": [file.sha256 for file in found.sources]}
    said["resources"] = [lexicon["sha256"] for lexicon in read]
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def output_format_and_packing(config: Config) -> tuple[str, str]:
    """Format and compression of the output."""
    return output_format(config), format_of(config.output.path)[1]


def _clear(work: Path, folder: Path, *, fresh: bool) -> None:
    """Remove what earlier runs with another config or input left behind."""
    for old in work.iterdir():
        if old.is_dir() and (fresh or old != folder):
            shutil.rmtree(old)
    folder.mkdir(exist_ok=True)
    for stale in folder.glob("*.tmp"):
        stale.unlink()


def _do_chunks(outcome: Outcome, job: Job) -> None:
    totals, chunks = outcome.totals, outcome.survey.chunks
    finished: dict[int, Manifest] = {}
    for chunk in chunks:
        with suppress(FileNotFoundError):
            finished[chunk.index] = orjson.loads((job.folder / f"{chunk.index:06}.json").read_bytes())
    outcome.resumed = len(finished)
    todo = [chunk for chunk in chunks if chunk.index not in finished]
    manifests = local(partial(ChunkWork, job), todo, outcome.workers)
    quiet = outcome.options.quiet or not sys.stderr.isatty()
    with tqdm(total=outcome.survey.rows, unit="row", disable=quiet, file=sys.stderr) as bar:
        for manifest in _in_order(chunks, finished, manifests):
            totals.add(manifest)
            bar.update(manifest["tally"]["rows"])
    for name, ledger in totals.ledgers.items():
        booked = ledger.written + ledger.unchanged + ledger.duplicate + ledger.failed + sum(ledger.refused.values())
        if booked != ledger.asked:
            raise RunError(f"chain {name!r}: {ledger.asked} variants asked for, {booked} accounted for; this is a bug")


def _in_order(chunks: Sequence[Chunk], finished: dict[int, Manifest], rest: Iterator[Manifest]) -> Iterator[Manifest]:
    for chunk in chunks:
        yield finished.get(chunk.index) or next(rest)


def _write_outputs(outcome: Outcome, job: Job) -> None:
    writer = writer_for(job.config, job.files, job.columns)
    parts = [job.folder / f"{chunk.index:06}.part" for chunk in outcome.survey.chunks]
    if not outcome.paths.data:
        with packing(sys.stdout.buffer, "-") as file:
            writer.join(parts, file)
        sys.stdout.buffer.flush()
        return
    data = outcome.outputs["data"] = Sealed(outcome.paths.data)
    data.rows = outcome.totals.tally.written
    with data.open() as sealed, packing(sealed, outcome.paths.data.name) as file:
        writer.join(parts, file)
    provenance = outcome.outputs["provenance"] = Sealed(outcome.paths.provenance)
    provenance.rows = data.rows
    with provenance.open() as file:
        for part in parts:
            file.write(part.with_suffix(".provenance").read_bytes())
    if outcome.paths.statistics:
        statistics = outcome.outputs["statistics"] = Sealed(outcome.paths.statistics)
        with statistics.open() as file:
            file.write((job.folder.parent / STATISTICS).read_bytes())
