"""`augcli preview`: the first rows with what would change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from rich.console import Console
from rich.text import Text as RichText

from augcli.chains.applied import Applied
from augcli.chains.runner import Runner
from augcli.chains.variants import Draft
from augcli.config.pipeline import Pipeline
from augcli.io.records import read_chunk
from augcli.language import label_words
from augcli.models.hosted.session import Session
from augcli.report.counts import Counts
from augcli.report.diff import console_text, word_diff
from augcli.report.summary import ledger_line
from augcli.run.judge import likeliest
from augcli.run.prepare import Preparation, prepared_for_look, runner_of
from augcli.text.record import Record


def preview(pipeline: Pipeline, rows: int, console: Console | None = None) -> None:
    """Print the first rows and their variants as word-level diffs, with the reason for every rejected draw."""
    console = console or Console(highlight=False, soft_wrap=True)
    with prepared_for_look(pipeline) as (prepared, _), Session("preview", sends=True) as session:
        ready = prepared.pipeline.in_session(session)
        runner = runner_of(ready, prepared.shares, lesson=prepared.lesson)
        counts = Counts.of(ready.chains)
        for record in _first(prepared, rows):
            _preview_row(console, runner, record, counts)
        for name, ledger in counts.ledgers.items():
            console.print(f"{name}: {ledger_line(ledger)}", markup=False)
        for told in prepared.lesson.notes if prepared.lesson else ():
            console.print(f"note: {told}", markup=False)
        if prepared.label_words is not None:
            console.print(label_words.summary(prepared.label_words), markup=False)
        for account in ready.accounts():
            account.forget()


def _first(prepared: Preparation, rows: int) -> Iterator[Record]:
    """The first rows of the input, and as many of those without a label that are taken."""
    taken = prepared.lesson.pool if prepared.lesson else frozenset[str]()
    for pooled in (False, True):
        chunks = (one for one in prepared.dataset.chunks if any(some.source.pooled == pooled for some in one.segments))
        records = (record for chunk in chunks for record in read_chunk(prepared.pipeline.config, chunk))
        wanted = (one for one in records if one.fits and one.pooled == pooled and (not pooled or str(one.key) in taken))
        yield from islice(wanted, rows)


def _preview_row(console: Console, runner: Runner, record: Record, counts: Counts) -> None:
    refused: list[tuple[Draft, list[Applied], str]] = []

    def note(draft: Draft, _: str, reason: str) -> None:
        refused.append((draft, [*draft.steps], reason))

    sources, ledgers, work, _ = runner.run([record], note)
    counts.merge_chains(ledgers, work)
    console.print(
        RichText(f"{record.id}", style="bold"), RichText(f"  {record.label}" if record.label is not None else "")
    )
    for before in record.texts:
        console.print("  ", console_text(console, [("", before)]), sep="")
    for variant in sources[0].accepted:
        for line in _diffs(console, record, variant.steps):
            console.print(f"  {variant.chain}.{variant.number}  ", line, sep="")
        if variant.judgement:
            console.print(f"      teacher {likeliest(variant.judgement)}", markup=False)
    for draft, steps, reason in refused:
        told = RichText(f"  {draft.chain}.{draft.number}  rejected ({reason})", style="dim")
        for line in _diffs(console, record, steps, changed=len(record.texts) > 1) or [RichText("no change")]:
            console.print(told, ": ", line, sep="")


def _diffs(console: Console, record: Record, steps: Sequence[Applied], *, changed: bool = False) -> list[RichText]:
    """What the steps changed in each text, or only in those that `changed`."""
    edits = [[step.edits for step in steps if step.column == column] for column in range(len(record.texts))]
    shown = [place for place, made in enumerate(edits) if made or not changed]
    return [console_text(console, word_diff(record.texts[place], edits[place])) for place in shown]
