"""What a worker does with a chunk: rows in, chains, part and provenance out, manifest last."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from augcli.chain import Applied, Chain, Ledger, Runner, Source, Variant, leaves
from augcli.config import Balance, Config
from augcli.data import Chunk, Survey, balance_key, label_name, read_chunk
from augcli.manifest import EXAMPLES, Manifest, Tally, length_bin
from augcli.protect import Protector
from augcli.record import Record
from augcli.sources import Source as InputFile
from augcli.statistics import fit
from augcli.step import Fitted, Step
from augcli.text import Text
from augcli.write import Cells, Out, writer_for

LOOKED_AT = 500
"""Rows that steps see before a run."""
BLOCK = 64
"""Rows that go through the chains together: few enough for their objects to stay in the cache of a processor."""
_EDITS = itemgetter(1)
STATISTICS = "statistics.tsv"
"""Name of the word statistics of the input in the work folder."""


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


def fits(config: Config) -> bool:
    """Whether a step needs word statistics of the input."""
    return any(_unfitted(node.step) for name in config.chains for node in leaves(config.nodes(name)))


def _unfitted(step: Step) -> bool:
    return isinstance(step, Fitted) and step.statistics is None


def fitted(config: Config, files: Sequence[InputFile], found: Survey, folder: Path) -> Config:
    """`config` with word statistics of its input for the steps that need them; they are saved in `folder`.

    Reads the input once, where there is such a step.
    """
    if not fits(config):
        return config
    path = folder / STATISTICS
    records = (record for chunk in found.chunks for record in read_chunk(config, files[chunk.source], chunk))
    fit(Text(text, config.input.language) for record in records for text in record.texts).save(path)
    given = {"statistics": str(path)}
    return config.with_steps(lambda step: step.model_copy(update=given) if _unfitted(step) else step)


def remarks(config: Config, files: Sequence[InputFile], found: Survey) -> list[str]:
    """What the steps have to say before a run, after a look at the first rows."""
    speaking = {
        repr(step): step
        for name in config.chains
        for node in leaves(config.nodes(name))
        if type(step := node.step).remarks is not Step.remarks
    }
    if not speaking:
        return []
    records = (record for chunk in found.chunks for record in read_chunk(config, files[chunk.source], chunk))
    texts = [Text(text, config.input.language) for record in islice(records, LOOKED_AT) for text in record.texts]
    told = []
    for step in speaking.values():
        step.setup(config.input.language)
        told += [f"{step.name}: {remark}" for remark in step.remarks(texts)]
    return told


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
        self._kept = job.config.output.keep_original
        self._labelled = job.config.input.label is not None
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
        records = read_chunk(self._job.config, self._job.files[chunk.source], chunk)
        tally, provenance = Tally(), bytearray()
        part = self._job.folder / f"{chunk.index:06}"
        outs = (out for row in self._outs(records, tally, provenance) for out in row)
        part.with_suffix(".part").write_bytes(self._writer.part(outs))
        part.with_suffix(".provenance").write_bytes(provenance)
        manifest = orjson.dumps(
            {"chunk": chunk.index, "ledgers": runner.ledgers, "work": runner.work, "tally": tally},
            option=orjson.OPT_NON_STR_KEYS,
        )
        temporary = part.with_suffix(".tmp")
        temporary.write_bytes(manifest)
        temporary.replace(part.with_suffix(".json"))
        loaded: Manifest = orjson.loads(manifest)
        return loaded

    def _outs(self, records: Iterator[Record], tally: Tally, provenance: bytearray) -> Iterator[list[Out]]:
        """The rows of the part, by source; counts them, and adds their lines to `provenance`."""
        while block := list(islice(records, BLOCK)):
            sources = self._runner.run(block)
            self._count(sources, tally)
            self._show(sources, tally)
            for source in sources:
                yield self._written(source, provenance)

    def _written(self, source: Source, provenance: bytearray) -> list[Out]:
        record, cells = source.record, self._cells.of
        outs = []
        if self._kept:
            provenance += _line(source.key, record, [])
            outs.append(Out(record, {}, ""))
        for variant in source.accepted:
            chain, steps = f"{variant.chain}.{variant.number}", variant.steps
            provenance += _line(f"{source.key}#{chain}", record, steps)
            outs.append(Out(record, cells(record, variant.texts, variant.spans, map(_EDITS, steps)), chain))
        return outs

    def _count(self, sources: Sequence[Source], tally: Tally) -> None:
        before, after, rates = [], [], []
        labels: dict[str, int] = {}  # a Counter adds one at a time slowly, but a list or a dict at once fast
        for source in sources:
            record, accepted = source.record, source.accepted
            length, spans = sum(map(len, record.texts)), len(record.spans)
            before.append(length_bin(length))
            for variant in accepted:
                after.append(length_bin(sum(map(len, variant.texts))))
                rates.append(min(20, 20 * _edited(variant.steps) // (length or 1)))
                tally.spans_lost += spans - len(variant.spans)
            written = len(accepted) + self._kept
            tally.written += written
            if self._labelled:
                label = label_name(record.label)
                labels[label] = labels.get(label, 0) + written
        tally.rows += len(sources)
        tally.labels.update(labels)
        tally.lengths_before.update(before)
        tally.lengths_after.update(after)
        tally.edit_rates.update(rates)

    def _show(self, sources: Sequence[Source], tally: Tally) -> None:
        """Keep the first variants of each chain as examples."""
        for name in [chain.name for chain in self._chains if len(tally.examples.get(chain.name, ())) < EXAMPLES]:
            made = ((source.record, variant) for source in sources for variant in source.accepted)
            wanted = (_example(*one) for one in made if one[1].chain == name)
            shown = [*tally.examples.get(name, ()), *wanted][:EXAMPLES]
            if shown:
                tally.examples[name] = shown


def _edited(steps: Sequence[Applied]) -> int:
    """How many characters went, or came where fewer went."""
    edited = 0
    for step in steps:
        for start, end, new in step[1]:
            edited += max(end - start, len(new))
    return edited


def _line(name: str, record: Record, steps: Sequence[Applied]) -> bytes:
    line: dict[str, Any] = {"id": name, "source": record.id, "steps": steps, "checks": {}}
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _example(record: Record, variant: Variant) -> dict[str, Any]:
    return {"source": record.id, "number": variant.number, "before": record.texts, "steps": variant.steps}
