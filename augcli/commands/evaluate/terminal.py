"""The outcome of an evaluation for a terminal."""

from __future__ import annotations

from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table

from augcli.commands.evaluate.outcome import Evaluation, columns, table


def summary(outcome: Evaluation, folder: str) -> str:
    """The outcome for a terminal: one sentence first."""
    stream = StringIO()
    console = Console(file=stream, width=100)

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    say(outcome.headline)
    if outcome.choice:
        for number, rung in enumerate(outcome.choice.rungs, 1):
            say(f"rung {number}, log-loss: " + ", ".join(f"{name} {loss:.3f}" for name, loss in rung.items()))
    for finding in outcome.findings:
        drawn = Table(*columns(finding), box=box.SIMPLE)
        for column in drawn.columns[1:]:
            column.justify = "right"
        for row in table(finding):
            drawn.add_row(*row)
        say("")
        if len(outcome.findings) > 1 or outcome.choice:
            say(finding.sentence)
        console.print(drawn)
        for remark in finding.remarks:
            say(remark)
    for note in outcome.notes:
        say(f"note: {note}")
    say(f"written: {folder}/evaluation.html, evaluation.json, predictions.parquet")
    return stream.getvalue().rstrip()
