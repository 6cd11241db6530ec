"""The closing words of a run."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

import orjson

from augcli.chains.ledger import Ledger
from augcli.errors import AugError
from augcli.io.files.storage import Place
from augcli.language import label_words
from augcli.report.build import build
from augcli.report.outcome import Outcome

_CHAINS, _NOTES, _LABELS = 5, 4, 4
"""Most lines for chains and notes, and most labels that are all named; the report has the others."""


def print_summary(outcome: Outcome) -> None:
    """Print the run in a few lines on stderr, with some colour on a terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    styles = {"note": "yellow", "next": "bold green", "invalid": "yellow", "": "bold"}
    for name, line in _lines(outcome):
        text = Text(_row(name, line))
        text.stylize(styles.get(name, "dim"), 0, len(text) if not name else len(name))
        console.print(text)


def summary_text(outcome: Outcome) -> str:
    """The run in a few lines of text."""
    return "\n".join(_row(name, line) for name, line in _lines(outcome))


def _row(name: str, line: str) -> str:
    if name == "note":
        return f"note: {line}"
    return f"{name:<11} {line}" if name else line


def _lines(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """What each line is about, and what it says."""
    found, totals = outcome.dataset, outcome.counts
    written = totals.tally.written
    pooled = f" and {found.pooled:,} without a label" * bool(found.pooled)
    rows = f"{found.rows - found.pooled:,} rows{pooled} in, {written:,} out"
    yield "", f"{rows}: {written - totals.variants:,} originals, {totals.variants:,} variants"
    chains = [(f"  {name}", ledger_line(ledger) + _lost(ledger)) for name, ledger in totals.ledgers.items()]
    yield from chains if len(chains) <= _CHAINS else chains[: _CHAINS - 1]
    if len(chains) > _CHAINS:
        yield "  ...", f"and {len(chains) - _CHAINS + 1} more chains"
    if found.labels:
        yield "labels", _labels(found.labels, totals.tally.labels)
    for name, usage in outcome.spent.items():
        tokens = f", {usage.input_tokens:,} tokens read and {usage.output_tokens:,} written" * bool(usage.tokens)
        sent = f"{usage.characters} characters sent in {usage.requests} calls{tokens}; the cache saved {usage.saved}"
        yield "services", f"{name}: {sent}"
    if found.dropped:
        yield "invalid", f"{found.dropped} invalid rows dropped, the first: {found.dropped_rows[0]}"
    notes = [*outcome.warnings]
    notes += build(outcome)["cautions"][len(notes) :]
    for note in notes if len(notes) <= _NOTES else notes[: _NOTES - 1]:
        yield "note", note
    if len(notes) > _NOTES:
        yield "note", f"and {len(notes) - _NOTES + 1} more" + ", which the report has" * outcome.paths.reported
    if outcome.label_words:
        yield "kept", label_words.summary(outcome.label_words)
    yield "time", _time(outcome)
    if outcome.options.verbose:
        yield "steps", f"time of the steps: {shares(outcome.counts.seconds())}"
    yield from _files(outcome)


def _files(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Where everything is, and what to do next."""
    paths = outcome.paths
    if paths.data:
        yield "dataset", _file_range(paths.data)
    if paths.provenance:
        yield "provenance", _file_range(paths.provenance)
    if paths.reported:
        yield "report", str(paths.html)
    if paths.statistics:
        yield "statistics", str(paths.statistics)
    if paths.label_words:
        yield "label words", str(paths.label_words)
    if paths.data or (paths.provenance and paths.reported):
        options = outcome.options
        file = shlex.quote(str(paths.data[0])) if paths.data else "FILE"
        moved = ["--input FILE"] if outcome.pipeline.config.input.path == "-" else []
        named = [f"--report {shlex.quote(str(paths.report))}"] if options.report else []
        named += [f"--provenance {shlex.quote(str(paths.provenance[0]))}"] if options.provenance else []
        yield "next", " ".join(["augcli verify", file, *moved, *named])
    else:
        missing = [what for what, there in (("provenance", paths.provenance), ("report", paths.reported)) if not there]
        options_for = " and ".join(f"--{what} FILE" for what in missing)
        yield "note", f"no {' and no '.join(missing)}, as the output is stdout; {options_for} to get them"


def _time(outcome: Outcome) -> str:
    found, seconds = outcome.dataset, max(outcome.seconds, 1e-9)
    done = found.rows - outcome.resumed_rows
    resumed = f"; {outcome.resumed} of {len(found.chunks)} chunks were already done" * bool(outcome.resumed)
    return f"{seconds:,.1f} s, {done / seconds:,.0f} rows/s{resumed}"


def _labels(before: Counter[str], after: Counter[str]) -> str:
    """Each label with its rows before and after; of many, the smallest and largest."""
    ordered = sorted(before, key=lambda label: (-before[label], label))
    told = [f"{label} {before[label]:,} -> {after[label]:,}" for label in ordered]
    if len(told) <= _LABELS:
        return ", ".join(told)
    least, most = (pick(before, key=lambda label: (after[label], label)) for pick in (min, max))
    return (
        f"{len(told)} labels, {min(before.values()):,} to {max(before.values()):,} rows -> "
        f"{after[least]:,} ({least}) to {after[most]:,} ({most})"
    )


def _lost(ledger: Ledger) -> str:
    return f"; {ledger.spans_lost} spans lost" if ledger.spans_lost else ""


def _file_range(files: Sequence[Place]) -> str:
    """The first file, and where there are several, the name of the last."""
    return f"{files[0]}" + f" to {files[-1].name}" * (len(files) > 1)


def ledger_line(ledger: Ledger) -> str:
    """600 requested = 590 written + 8 unchanged + 2 duplicate"""
    parts = [("written", ledger.written), ("unchanged", ledger.unchanged), ("duplicate", ledger.duplicate)]
    parts += [(f"rejected by {name}", count) for name, count in sorted(ledger.refused.items())]
    parts.append(("failed", ledger.failed))
    said = " + ".join(f"{count} {what}" for what, count in parts if count or what == "written")
    return f"{ledger.asked} requested = {said}"


def summary_json(outcome: Outcome, error: AugError | None = None) -> bytes:
    """The run as one line of JSON: the report without its lists, and the error that it ends with, if there is one."""
    report = build(outcome)
    kept = (
        "signature", "run", "rows", "services", "dropped_rows", "chains", "labels", "balance", "teacher", "outputs",
        "cautions",
    )  # fmt: skip
    paths = outcome.paths
    files = {"dataset": paths.data, "provenance": paths.provenance}
    files["report"] = [paths.html, paths.report] if paths.reported else []
    said = {key: report[key] for key in kept} | {
        "warnings": report["remarks"],
        "files": {name: [*map(str, some)] for name, some in files.items()},
    }
    return orjson.dumps(said | ({"error": error.document()} if error else {}))


def shares(seconds: Counter[str]) -> str:
    """The time of the steps as shares of that of all: synonym 61 %, random_swap 39 %."""
    whole = sum(seconds.values()) or 1.0
    return ", ".join(f"{step} {100 * spent / whole:.0f} %" for step, spent in seconds.most_common())
