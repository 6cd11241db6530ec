"""An inspection as it is printed: at most so wide as the terminal, the gravest first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from augcli.commands.inspect.command import Inspection
from augcli.commands.inspect.findings import EXAMPLES, Finding, Level, counted, shortened

STYLES = {Level.fault: "bold red", Level.warning: "yellow", Level.note: "cyan"}
_TEXT, _NOTE = 60, 100


def show(found: Inspection, console: Console | None = None) -> None:
    """Print it on stdout, or on a console."""
    console = console or Console(highlight=False)
    for part in _parts(found):
        console.print(part)


def _parts(found: Inspection) -> Iterator[RenderableType]:
    yield Text(", ".join(source.shown for source in islice(found.data.sources, 5)), "bold")
    yield Text(_columns(found))
    yield Text(found.headline + (f" ({found.looked_at:,} were looked at closely)" * (found.looked_at < found.rows)))
    if found.findings:
        yield Text()
    for finding in found.findings:
        yield _finding(finding)
    yield Text()
    yield _lengths(found)
    if found.labels:
        most = ", ".join(f"{shortened(label, 40)} {number:,}" for label, number in islice(found.labels.items(), 6))
        yield Text(f"{counted(len(found.labels), 'label')}: {most}{', …' * (len(found.labels) > 6)}")
    if found.splits:
        shown = ", ".join(f"{shortened(split, 40)} {number:,}" for split, number in islice(found.splits.items(), 10))
        yield Text(f"splits: {shown}{', …' * (len(found.splits) > 10)}")
    if words := found.vocabulary:
        unknown = ", ".join(word for word, _ in words.commonest[:6])
        share = 100 * words.unknown / max(words.words, 1)
        yield Text(f"{share:.1f} % of {words.words:,} words are not in {words.source}{f': {unknown}' * bool(unknown)}")
    if found.protected:
        held = ", ".join(f"{kind.pattern} {kind.rows:,}" for kind in found.protected)
        yield Text(f"rows with something that protect holds: {held}")


def _columns(found: Inspection) -> str:
    used = found.document()["used"]
    named = [
        f"{key}: {value if isinstance(value, str) else ', '.join(value)}{'*' * (key in found.data.guessed)}"
        for key, value in used.items()
        if value
    ]
    told = " (* as names and values tell; --text, --label, --id, --spans, --split, --language say otherwise)"
    return ", ".join(named) + told * bool(found.data.guessed)


def _finding(finding: Finding) -> RenderableType:
    examples = Table.grid(padding=(0, 2))
    examples.add_column(style="dim", overflow="fold")
    examples.add_column(overflow="fold")
    for example in finding.examples[:EXAMPLES]:
        note = shortened(example.note, _NOTE)
        text = shortened(example.text, _TEXT)
        examples.add_row(example.place, Text.assemble(text, "  " * bool(text and note), (note, "italic")))
    fix = Table.grid(padding=(0, 1))
    fix.add_row(Text("→", "green"), Text(finding.fix, "green"))
    message = Text(f"{counted(finding.rows, 'row')}: {finding.message}")
    table = Table.grid(padding=(0, 1))
    table.add_column(width=7)
    table.add_column()
    told: list[RenderableType] = [message, examples, fix] if finding.examples else [message, fix]
    table.add_row(Text(finding.level, STYLES[finding.level]), Group(*told))
    return table


def _lengths(found: Inspection) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("length in")
    columns = ["mean", "min", "50%", "90%", "95%", "99%", "max"]
    for name in columns:
        table.add_column(name, justify="right")
    for unit, told in found.lengths.items():
        table.add_row(unit, *(f"{told[name]:,.{1 if name == 'mean' else 0}f}" for name in columns))
    return table
