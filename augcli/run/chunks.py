"""What a worker does with a chunk: rows in, chains, part and provenance out, manifest last."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

import orjson

from augcli.chains.applied import Applied
from augcli.chains.ledger import Ledger
from augcli.chains.variants import Source, Variant
from augcli.io.dataset import Chunk
from augcli.io.files.atomic import write_whole
from augcli.io.files.compression import pack
from augcli.io.formats.rows import Out
from augcli.io.provenance import provenance_line
from augcli.io.records import label_name, read_chunk
from augcli.io.writer import Cells
from augcli.report.counts import EXAMPLES, Manifest, Tally, length_bin
from augcli.run.deduplicate import MAY_GO
from augcli.run.job import Job
from augcli.run.prepare import chains_of, runner_of, unique_in_output
from augcli.run.survey.duplicates import digest, write_digests
from augcli.text.record import Record

SHOWN = 2000
"""Characters of the longest text that a report shows as an example."""
BLOCK = 64
"""Rows that go through the chains together: few enough for their objects to stay in the cache of a processor.

Where a step runs a model, it is the whole chunk, for large batches."""
_EDITS = itemgetter(1)


class ChunkWork:
    """Does one chunk after another: read, chains, part and provenance into the work folder, then the manifest."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._chains = chains_of(job.config, job.shares)
        self._unique = unique_in_output(job.config)
        self._kept = job.config.output.keep_original
        self._labelled = job.config.input.label is not None
        self._cells = Cells(job.config)
        self._block = None if job.config.models() else BLOCK
        self._runner = runner_of(job.config, self._chains)
        self._runner.setup()

    def __call__(self, chunk: Chunk) -> Manifest:
        """The manifest of a chunk; its file is written last, so a chunk that has one is finished."""
        collecting = gc.isenabled()
        gc.disable()  # a chunk makes many objects and no cycles: looking for some takes a fifth of the time
        try:
            return self._done(chunk)
        finally:
            if collecting:
                gc.enable()

    def _done(self, chunk: Chunk) -> Manifest:
        runner = self._runner
        runner.ledgers = {chain.name: Ledger() for chain in self._chains}
        runner.work = {chain.name: {} for chain in self._chains}
        part = self._job.folder / f"{chunk.index:06}"
        tally, provenance = Tally(), bytearray()
        digests: dict[int, bytes] = {}
        data = self._job.writer.part(self._outs(chunk, tally, provenance, digests))
        if digests:
            write_digests(part.with_suffix(".digests"), list(digests.values()), list(digests))
        write_whole(part.with_suffix(".part"), pack(data, self._job.packing) if data else b"")
        write_whole(part.with_suffix(".provenance"), provenance)
        manifest = orjson.dumps(
            {"chunk": chunk.index, "ledgers": runner.ledgers, "work": runner.work, "tally": tally},
            option=orjson.OPT_NON_STR_KEYS,
        )
        write_whole(part.with_suffix(".json"), manifest)
        loaded: Manifest = orjson.loads(manifest)
        return loaded

    def _outs(self, chunk: Chunk, tally: Tally, provenance: bytearray, digests: dict[int, bytes]) -> Iterator[Out]:
        """The rows of the part; counts them, and adds their lines to `provenance` and their texts to `digests`."""
        records = read_chunk(self._job.config, chunk)
        without, place = frozenset(chunk.without), 0
        while block := list(islice(records, self._block)):
            sources = self._runner.run(block)
            if without:
                place = self._leave_out(sources, without, place)
            elif self._unique:
                self._digest(sources, chunk, digests)
            self._count(sources, tally)
            self._show(sources, tally)
            for source in sources:
                yield from self._written(source, provenance)

    def _leave_out(self, sources: Sequence[Source], without: Collection[int], place: int) -> int:
        """Take out the variants at the places `without`, as duplicates; from `place` on, to what comes next."""
        for source in sources:
            place += self._kept
            stay = []
            for variant in source.accepted:
                if place in without:
                    ledger = self._runner.ledgers[variant.chain]
                    ledger.written -= 1
                    ledger.book("duplicate")
                else:
                    stay.append(variant)
                place += 1
            source.accepted = stay
        return place

    def _digest(self, sources: Sequence[Source], chunk: Chunk, digests: dict[int, bytes]) -> None:
        """Digests of all texts by place. Rows that stay come before those that go when they repeat one."""
        for source in sources:
            rows = [(variant.chain, variant.texts) for variant in source.accepted]
            for chain, texts in [("", source.record.texts), *rows] if self._kept else rows:
                place = MAY_GO * (chain in self._unique) + (chunk.index << 32) + len(digests)
                digests[place] = digest(repr(texts))

    def _written(self, source: Source, provenance: bytearray) -> list[Out]:
        record, cells = source.record, self._cells.of
        outs = []
        if self._kept:
            provenance += provenance_line(source.key, record, [])
            outs.append(Out(record, {}, ""))
        for variant in source.accepted:
            chain, steps = f"{variant.chain}.{variant.number}", variant.steps
            provenance += provenance_line(f"{source.key}#{chain}", record, steps)
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
            wanted = (_example(*one) for one in made if one[1].chain == name and _short(one[0]))
            shown = [*tally.examples.get(name, ()), *wanted][:EXAMPLES]
            if shown:
                tally.examples[name] = shown


def _short(record: Record) -> bool:
    return sum(map(len, record.texts)) <= SHOWN


def _edited(steps: Sequence[Applied]) -> int:
    """How many characters went, or came where fewer went."""
    edited = 0
    for step in steps:
        for start, end, new in step[1]:
            edited += max(end - start, len(new))
    return edited


def _example(record: Record, variant: Variant) -> dict[str, Any]:
    return {"source": record.id, "number": variant.number, "before": record.texts, "steps": variant.steps}
