"""`augcli preview`: the first rows with what would change."""

from __future__ import annotations

from itertools import islice

from rich.console import Console
from rich.text import Text as RichText

from augcli.chains.runner import Runner
from augcli.chains.variants import Draft
from augcli.config.config import Config
from augcli.io.records import read_chunk
from augcli.models.hosted.session import Session
from augcli.report.diff import shown, word_pieces
from augcli.report.summary import ledger_line
from augcli.run.prepare import chains_of, runner_of, surveyed
from augcli.run.survey.balance import shares
from augcli.text.record import Record


def preview(config: Config, rows: int) -> None:
    """Print the first rows and their variants as word-level diffs, with the reason for every refused draw."""
    with surveyed(config) as (ready, found, _), Session("preview", sends=True) as session:
        ready = ready.in_session(session)
        runner = runner_of(ready, chains_of(ready, shares(ready, found)))
        runner.setup()
        records = (record for chunk in found.chunks for record in read_chunk(ready, chunk))
        console = Console(highlight=False, soft_wrap=True)
        for record in islice(records, rows):
            _preview_row(console, runner, record)
        for name, ledger in runner.ledgers.items():
            console.print(f"{name}: {ledger_line(ledger)}", markup=False)
        for account in ready.accounts():
            account.forget()


def _preview_row(console: Console, runner: Runner, record: Record) -> None:
    refused: list[tuple[str, Draft, tuple[str, ...], str]] = []

    def note(draft: Draft, reason: str) -> None:
        refused.append((draft.chain, draft, tuple(text.value for text in draft.texts), reason))

    source = runner.run([record], note)[0]
    console.print(
        RichText(f"{record.id}", style="bold"), RichText(f"  {record.label}" if record.label is not None else "")
    )
    for before in record.texts:
        console.print("  ", shown(console, [("", before)]), sep="")
    for variant in source.accepted:
        for before, after in zip(record.texts, variant.texts, strict=True):
            console.print(f"  {variant.chain}.{variant.number}  ", shown(console, word_pieces(before, after)), sep="")
    for chain, draft, texts, reason in refused:
        for before, after in zip(record.texts, texts, strict=True):
            line = shown(console, word_pieces(before, after))
            console.print(RichText(f"  {chain}.{draft.number}  refused ({reason}): ", style="dim"), line, sep="")
