"""A run: survey, chunks through an engine, parts joined, report. What is finished is not done again."""

from __future__ import annotations

import gc
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter, time
from typing import Any

import orjson
from tqdm import tqdm

from augcli import __version__
from augcli.chain import Applied, Chain, Ledger, Runner, Source, Variant
from augcli.config import Balance, Config
from augcli.data import Chunk, Survey, balance_key, label_name, read_chunk, survey
from augcli.engine import local, workers_of
from augcli.errors import RunError
from augcli.manifest import EXAMPLES, Manifest, Options, Outcome, Paths, Tally, Totals, length_bin
from augcli.protect import Protector
from augcli.record import Record
from augcli.report import write_report
from augcli.sources import Source as InputFile
from augcli.sources import format_of, open_sources
from augcli.write import Cells, Out, Sealed, output_format, packing, writer_for


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker needs to know; it travels to other processes."""

    config: Config
    files: Sequence[InputFile]
    columns: Sequence[str]
    shares: dict[str, dict[str, tuple[int, int]]]
    """Per chain with balance and label: variants per row, and the key below which a row gets one more."""
    folder: Path


def shares(config: Config, found: Survey) -> dict[str, dict[str, tuple[int, int]]]:
    """How many variants each row of each label is asked for, in the chains that balance."""
    result = {}
    for name, chain in config.chains.items():
        if not isinstance(chain.variants, Balance):
            continue
        counts = [count for count in found.labels.values() if count]
        goal = chain.variants.balance
        target = (
            goal if isinstance(goal, int) else int(max(counts, default=0) if goal == "max" else median(counts or [0]))
        )
        result[name] = {
            label: _share(found.label_keys[label], target - count * config.output.keep_original)
            for label, count in found.labels.items()
        }
    return result


def _share(keys: Sequence[int], needed: int) -> tuple[int, int]:
    each, more = divmod(max(0, needed), len(keys))
    return each, sorted(keys)[more]


def chains_of(config: Config, shared: dict[str, dict[str, tuple[int, int]]]) -> list[Chain]:
    """The chains of a config, ready to run."""
    chains = []
    for name, chain in config.chains.items():
        if isinstance(chain.variants, int):
            asked: Callable[[Record], int] = partial(_constant, chain.variants)
        else:
            asked = partial(_balanced, shared[name], config.seed)
        chains.append(Chain(name, config.nodes(name), config.checks(name), chain.attempts, asked))
    return chains


def _constant(variants: int, record: Record) -> int:
    return variants


def _balanced(shared: dict[str, tuple[int, int]], seed: int, record: Record) -> int:
    each, below = shared[label_name(record.label)]
    return each + (balance_key(seed, record) < below)


def runner_of(config: Config, chains: Sequence[Chain]) -> Runner:
    """A runner for the chains, not yet set up."""
    protect = config.protect
    return Runner(
        chains,
        seed=config.seed,
        language=config.input.language,
        protector=Protector(protect.patterns, protect.words, protect.spans == "keep"),
        drop_failures=config.on_error == "drop",
    )


class ChunkWork:
    """Does one chunk after another: read, chains, part and provenance into the work folder, then the manifest."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._chains = chains_of(job.config, job.shares)
        self._cells = Cells(job.config)
        self._writer = writer_for(job.config, job.files, job.columns)
        self._runner = runner_of(job.config, self._chains)
        self._runner.setup()

    def __call__(self, chunk: Chunk) -> Manifest:
        """The manifest of a chunk; its file is written last, so a chunk that has one is finished."""
        gc.disable()  # a chunk makes many objects and no cycles: looking for some takes a fifth of the time
        try:
            return self._done(chunk)
        finally:
            gc.enable()

    def _done(self, chunk: Chunk) -> Manifest:
        runner = self._runner
        runner.ledgers = {chain.name: Ledger() for chain in self._chains}
        runner.work = {chain.name: {} for chain in self._chains}
        records = list(read_chunk(self._job.config, self._job.files[chunk.source], chunk))
        sources = runner.run(records)
        tally = Tally()
        outs: list[Out] = []
        lines: list[bytes] = []
        for source in sources:
            self._write(source, tally, outs, lines)
        part = self._job.folder / f"{chunk.index:06}"
        part.with_suffix(".part").write_bytes(self._writer.part(outs))
        part.with_suffix(".provenance").write_bytes(b"".join(lines))
        manifest = orjson.dumps(
            {"chunk": chunk.index, "ledgers": runner.ledgers, "work": runner.work, "tally": tally},
            option=orjson.OPT_NON_STR_KEYS,
        )
        temporary = part.with_suffix(".tmp")
        temporary.write_bytes(manifest)
        temporary.replace(part.with_suffix(".json"))
        loaded: Manifest = orjson.loads(manifest)
        return loaded

    def _write(self, source: Source, tally: Tally, outs: list[Out], lines: list[bytes]) -> None:
        record = source.record
        length = sum(map(len, record.texts))
        label = label_name(record.label) if self._job.config.input.label else None
        kept = self._job.config.output.keep_original
        name = str(record.id)
        cells, spans = self._cells.of, len(record.spans)
        lengths, rates = tally.lengths_after, tally.edit_rates
        tally.rows += 1
        tally.lengths_before[length_bin(length)] += 1
        if kept:
            outs.append(Out(record, {}, ""))
            lines.append(_line(name, record, []))
        for variant in source.accepted:
            chain = f"{variant.chain}.{variant.number}"
            steps, texts = variant.steps, variant.texts
            changes = cells(record, texts, variant.spans, [step[1] for step in steps])
            outs.append(Out(record, changes, chain))
            lines.append(_line(f"{name}#{chain}", record, steps))
            lengths[length_bin(sum(map(len, texts)))] += 1
            edited = 0
            for step in steps:
                for start, end, new in step[1]:
                    edited += max(end - start, len(new))
            rates[min(20, 20 * edited // (length or 1))] += 1
            tally.spans_lost += spans - len(variant.spans)
            examples = tally.examples.setdefault(variant.chain, [])
            if len(examples) < EXAMPLES:
                examples.append(_example(record, variant))
        written = len(source.accepted) + kept
        tally.written += written
        if label is not None:
            tally.labels[label] += written


def _line(name: str, record: Record, steps: Sequence[Applied]) -> bytes:
    line: dict[str, Any] = {"id": name, "source": record.id, "steps": steps, "checks": {}}
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _example(record: Record, variant: Variant) -> dict[str, Any]:
    return {"source": record.id, "number": variant.number, "before": record.texts, "steps": variant.steps}


def run(config: Config, options: Options) -> Outcome:
    """Run the config. Raises AugError; what is finished by then is found again by the next run."""
    began, started = perf_counter(), time()
    paths = Paths.of(config.output.path)
    _refuse_bad_output(config, paths, options)
    with _work_folder(paths) as work:
        files = open_sources(config, work)
        found = survey(config, files, limit=options.limit)
        fingerprint = _fingerprint(config, found, options)
        folder = work / fingerprint[:16]
        _clear(work, folder, fresh=options.fresh)
        outcome = Outcome(
            config, options, paths, found, Totals(list(config.chains)), fingerprint,
            workers_of(options.workers or config.engine.workers), 0, started,
        )  # fmt: skip
        job = Job(config, files, found.columns, shares(config, found), folder)
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
        for copied in work.glob("input-*"):
            copied.unlink()
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


def _fingerprint(config: Config, found: Survey, options: Options) -> str:
    """Of all that the outputs depend on."""
    said = config.model_dump(mode="json", exclude={"engine": {"workers"}, "output": {"path"}})
    said["output"]["format"] = [*output_format_and_packing(config)]
    said |= {"augcli": __version__, "limit": options.limit, "inputs": [file.sha256 for file in found.sources]}
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
