"""What a worker does with a chunk: rows in, chains, part and provenance out, manifest last."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice

from augcli.chains.applied import Applied
from augcli.chains.runner import Round
from augcli.chains.variants import Source
from augcli.io.dataset import Chunk
from augcli.io.files.atomic import write_whole
from augcli.io.files.compression import pack
from augcli.io.formats.rows import OutputRow
from augcli.io.outputs import AUG_COLUMNS, added_columns
from augcli.io.provenance import provenance_line
from augcli.io.records import read_chunk
from augcli.io.writer import AddedCells, CellUpdates
from augcli.report.counts import Counts, Tally, length_bin
from augcli.report.highlights import Highlighter
from augcli.run.deduplicate import ChunkDigests, leave_out
from augcli.run.job import Job
from augcli.run.prepare import novel_in_output, runner_of, unique_in_output
from augcli.run.rows_done import RowsDone, Worker
from augcli.run.survey.balance import balance_key, group_key, lacking, write_keys
from augcli.text.record import Labels

BLOCK = 64
"""Rows that go through the chains together: few enough for their objects to stay in the cache of a processor.

Where a step runs a model, it is the whole chunk, for large batches."""


class ChunkWork:
    """Does one chunk after another: read, chains, part and provenance into the work folder, then the manifest."""

    def __init__(self, job: Job) -> None:
        config = job.pipeline.config
        self._job = job
        self._unique, self._novel = unique_in_output(job.pipeline), novel_in_output(job.pipeline)
        self._bins = {check.name: check.bin_width for chain in job.pipeline.chains.values() for check in chain.checks}
        self._keep_original = config.output.keep_original
        self._labelled = config.input.label is not None
        self._cells = CellUpdates(config)
        self._block = None if job.pipeline.models or job.lesson else BLOCK
        self._runner = runner_of(job.pipeline, job.shares, job.more, lesson=job.lesson)
        added = added_columns(config) != list(AUG_COLUMNS) or config.teacher
        values, labelled = (job.lesson.values, job.lesson.facts["rows"]) if job.lesson else ({}, 0)
        self._rows_done = Worker(RowsDone(job.folder))
        self._added = AddedCells(config, values, labelled) if added else None
        self._balancing = [chain for chain in self._runner.chains if chain.name in job.shares]

    def __call__(self, chunk: Chunk) -> Counts:
        """What was counted in a chunk. Its manifest is written last, so a chunk that has one is finished."""
        was_enabled = gc.isenabled()
        gc.disable()  # a chunk makes many objects and no cycles: looking for some takes a fifth of the time
        try:
            return self._do_chunk(chunk)
        finally:
            if was_enabled:
                gc.enable()

    def _do_chunk(self, chunk: Chunk) -> Counts:
        job = self._job
        counts = Counts.of(job.pipeline.chains)
        part, provenance = job.writer.part(), bytearray()
        keys: dict[str, dict[Labels, list[int]]] = {}
        language = job.pipeline.config.input.language
        keep_original = self._keep_original
        digests = ChunkDigests(chunk.index, self._unique, self._novel, language, keep_original=keep_original)
        without, row = frozenset(chunk.without), 0
        records = read_chunk(job.pipeline.config, chunk)
        highlighter = Highlighter(job.sample)
        while block := list(islice(records, self._block)):
            tell = partial(self._tell_rows, len(block))
            sources, ledgers, work, rounds = self._runner.run(block, highlighter.look_at_refused, tell)
            self._count_rounds(sources, rounds, counts.tally, keys)
            if without:
                row = leave_out(sources, without, row, ledgers, self._novel, keep_original=keep_original)
            elif self._unique or self._novel:
                digests.add(sources)
            counts.merge_chains(ledgers, work)
            self._count(sources, counts.tally)
            self._count_balance(sources, counts.tally)
            highlighter.look(sources, work)
            part.add(self._rows(sources))
            for source in sources:
                self._tell(source, provenance)
            self._rows_done.tell(counts.tally.rows)
        counts.tally.highlights = highlighter.found
        data = part.finish()
        path = job.folder / f"{chunk.index:06}"
        digests.write(path.with_suffix(".digests"))
        for suffix, lacking_rows in keys.items():
            write_keys(path.with_suffix(f".{suffix}"), lacking_rows)
        write_whole(path.with_suffix(".part"), pack(data, job.packing) if data else b"")
        write_whole(path.with_suffix(".provenance"), provenance)
        write_whole(path.with_suffix(".json"), counts.dump())
        self._rows_done.tell(counts.tally.rows, finished=True)
        return counts

    def _tell_rows(self, rows: int, share: float) -> None:
        """Tell of a share of the rows that go through the chains together; where models work, these are the chunk."""
        self._rows_done.tell(share * rows)

    def _rows(self, sources: Sequence[Source]) -> list[OutputRow]:
        """The rows of the output, the original before its variants."""
        cells, added, rows = self._cells.of, self._added, []
        for source in sources:
            record = source.record
            if record.is_written(keep_original=self._keep_original):
                rows.append(OutputRow(record, {}, record.chain, added.of(record, None, 0) if added else ()))
            for variant in source.accepted:
                changes = cells(record, variant.texts, variant.spans, variant.steps)
                name = record.chain_of(f"{variant.chain}.{variant.number}")
                if added:
                    changes |= added.changes(record, variant)
                    rows.append(OutputRow(record, changes, name, added.of(record, variant, len(source.accepted))))
                else:
                    rows.append(OutputRow(record, changes, name))
        return rows

    def _tell(self, source: Source, provenance: bytearray) -> None:
        """Add the lines of the same rows."""
        record = source.record
        if record.is_written(keep_original=self._keep_original):
            provenance += provenance_line(str(record.id), record, None)
        for variant in source.accepted:
            provenance += provenance_line(record.id_of(f"{variant.chain}.{variant.number}"), record, variant)

    def _count(self, sources: Sequence[Source], tally: Tally) -> None:
        before, after, of_lengths, rates = [], [], [], []
        labels: dict[str, int] = {}  # a Counter adds one at a time slowly, but a list or a dict at once fast
        for source in sources:
            record, accepted = source.record, source.accepted
            if not record.fits:
                tally.written += 1
                continue
            length, spans = sum(map(len, record.texts)), sum(map(len, record.spans))
            before.append(length_bin(length))
            of_lengths += before[-1:] * len(accepted)
            for variant in accepted:
                after.append(length_bin(sum(map(len, variant.texts))))
                rates.append(min(20, 20 * _edit_size(variant.steps) // (length or 1)))
                for check, score in variant.scores.items():
                    tally.add_score(variant.chain, check, score, self._bins[check])
                tally.spans_lost += spans - sum(map(len, variant.spans))
            written = len(accepted) + record.is_written(keep_original=self._keep_original)
            tally.written += written
            if self._labelled and not record.pooled:
                for label in record.labels:
                    labels[label] = labels.get(label, 0) + written
        tally.rows += len(sources)
        tally.labels.update(labels)
        tally.lengths_before.update(before)
        tally.lengths_after.update(after)
        tally.variants_of_lengths.update(of_lengths)
        tally.edit_rates.update(rates)

    def _count_balance(self, sources: Sequence[Source], tally: Tally) -> None:
        """Count the variants requested and written of each label, in the chains that balance."""
        for chain in self._balancing:
            groups: dict[Labels, list[int]] = {}
            for source in sources:
                if not source.record.fits:
                    continue
                counts = groups.setdefault(source.record.labels, [0, 0])
                counts[0] += chain.asked(source.record)
                for variant in source.accepted:
                    if variant.chain == chain.name:
                        counts[1] += 1
            for group, (asked, written) in groups.items():
                for label in group:
                    tally.add_balance(chain.name, label, asked, written)

    def _count_rounds(
        self,
        sources: Sequence[Source],
        rounds: Mapping[str, Sequence[Round]],
        tally: Tally,
        keys: dict[str, dict[Labels, list[int]]],
    ) -> None:
        """Count what each round made, and add the keys of the rows that lack variants since then."""
        config = self._job.pipeline.config
        for place, chain in enumerate(config.chains):
            if chain not in rounds:
                continue
            before = Round.none(sources)
            for number, after in enumerate(rounds[chain]):
                for source, wanted, had, requested, has in zip(sources, *before, *after, strict=True):
                    group = source.record.labels
                    lacks = has < requested and had == wanted
                    tally.add_made(chain, group_key(group), number, has - had, lacks)
                    if lacks:
                        rows = keys.setdefault(lacking(place, number), {}).setdefault(group, [])
                        rows.append(balance_key(config.seed, source.record))
                before = after


def _edit_size(steps: Sequence[Applied]) -> int:
    """How many characters went, or came where fewer went."""
    edited = 0
    for step in steps:
        for start, end, new in step.edits:
            edited += max(end - start, len(new))
    return edited
