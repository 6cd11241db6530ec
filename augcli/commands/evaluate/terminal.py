"""The outcome of an evaluation for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from math import isfinite

from rich import box
from rich.console import Console
from rich.table import Table

from augcli.commands.evaluate.outcome import Evaluation, Finding


def summary(outcome: Evaluation, folder: str) -> str:
    """The outcome for a terminal: one sentence first."""
    stream = StringIO()
    console = Console(file=stream, width=100, force_terminal=False, force_jupyter=False)

    def say(line: str) -> None:
        console.print(line, highlight=False, markup=False, soft_wrap=True)

    say(outcome.headline)
    if outcome.choice:
        for number, rung in enumerate(outcome.choice.rungs, 1):
            say(f"rung {number}, log-loss: " + ", ".join(f"{name} {loss:.3f}" for name, loss in rung.items()))
    for finding in outcome.findings:
        heads = ("arm", "rows", finding.measure, "macro F1", "log-loss", "gain", "90 % interval", "adjusted p")
        drawn = Table(*heads, box=box.SIMPLE)
        for column in drawn.columns[1:]:
            column.justify = "right"
        for row in _table(finding):
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


def _table(finding: Finding) -> Iterator[list[str]]:
    """The scores of a finding as rows of text."""
    for score in finding.scores:
        gain = score.gain
        interval = f"{gain.low:+.1f} to {gain.high:+.1f}" if gain and isfinite(gain.low) else ""
        yield [
            score.arm, f"{score.trained:,.0f}", f"{score.value:.1f}", f"{score.macro_f1:.1f}",
            f"{score.log_loss:.3f}", f"{gain.mean:+.1f}" if gain else "", interval,
            "" if score.adjusted_p is None else f"{score.adjusted_p:.2f}",
        ]  # fmt: skip
