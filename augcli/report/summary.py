"""The closing words of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import orjson

from augcli.chains.ledger import Ledger
from augcli.io.files.storage import Place
from augcli.language import label_words
from augcli.report.build import build
from augcli.report.outcome import Outcome


def summary_text(outcome: Outcome) -> str:
    """The run in a few lines of text."""
    found, totals = outcome.dataset, outcome.counts
    written = totals.tally.written
    pooled = f" and {found.pooled} without a label" * bool(found.pooled)
    lines = [
        f"{found.rows - found.pooled} rows{pooled} in, {written} out: "
        f"{written - totals.variants} originals, {totals.variants} variants"
    ]
    lines += [f"  {name}: {ledger_line(ledger)}{_lost(ledger)}" for name, ledger in totals.ledgers.items()]
    lines += [f"note: {remark}" for remark in outcome.warnings]
    lines += [
        f"{name}: {spent.characters} characters sent in {spent.requests} calls; the cache saved {spent.saved}"
        for name, spent in outcome.spent.items()
    ]
    if found.dropped:
        lines.append(f"{found.dropped} invalid rows dropped, the first: {found.dropped_rows[0]}")
    if totals.tally.spans_lost:
        lines.append(f"{totals.tally.spans_lost} entity spans were edited away (protect.spans: free)")
    if outcome.label_words is not None:
        lines.append(label_words.summary(outcome.label_words))
    if outcome.resumed:
        lines.append(f"{outcome.resumed} of {len(found.chunks)} chunks were already done")
    if outcome.options.verbose:
        lines.append(f"time of the steps: {shares(outcome.counts.seconds())}")
    if outcome.paths.data:
        lines.append(f"dataset     {_file_range(outcome.paths.data)}")
        lines.append(f"provenance  {_file_range(outcome.paths.provenance)}")
        lines.append(f"report      {outcome.paths.html}")
        if outcome.paths.statistics:
            lines.append(f"statistics  {outcome.paths.statistics}")
        if outcome.paths.label_words:
            lines.append(f"label words {outcome.paths.label_words}")
    else:
        lines.append("no provenance and no report, because the output is stdout; give an output file to get them")
    return "\n".join(lines)


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


def summary_json(outcome: Outcome) -> str:
    """The run as one line of JSON: the report without its lists."""
    report = build(outcome)
    kept = ("signature", "run", "rows", "services", "remarks", "chains", "labels", "balance", "teacher", "outputs")
    return orjson.dumps({key: report[key] for key in kept}).decode()


def shares(seconds: Counter[str]) -> str:
    """The time of the steps as shares of that of all: synonym 61 %, random_swap 39 %."""
    whole = sum(seconds.values()) or 1.0
    return ", ".join(f"{step} {100 * spent / whole:.0f} %" for step, spent in seconds.most_common())
