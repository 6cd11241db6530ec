"""What a reader of a report should know before trusting the variants, told by the report alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MANY = 10
"""Variants of a row from which on they say little new."""
UNEVEN = 10
"""So many times more rows of the largest label than of the smallest are worth a word."""
BEHIND = 3
"""So many times fewer variants of a row than on average are worth a word."""
LOST = {
    "unchanged": (0.2, "its steps found nothing to change; raise `rate`, or add a step that reaches more texts"),
    "duplicate": (0.2, "they repeat others; ask for fewer variants, or let the steps change more"),
    "failed": (0.0, "the reasons are below"),
}
"""The share of the variants requested from which on a loss is worth a word, and what to do about it."""
REJECTED = 0.3
"""The same for what a check rejects."""


def cautions(report: Mapping[str, Any]) -> list[str]:
    """Sentences for the box of warnings, the gravest first: what the run said, then what the numbers say."""
    told = [f"{remark[:1].upper()}{remark[1:]}" for remark in report["remarks"]]
    return [
        *(f"{text.rstrip('.')}." for text in told),
        *_lost_rows(report),
        *_losses(report["chains"]),
        *_behind(report),
        *_crowded(report),
        *_uneven(report["labels"]),
    ]


def counted(number: int, noun: str) -> str:
    """A number and what is counted: 1 row, 1,200 rows."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def variants_of(report: Mapping[str, Any], counts: Mapping[str, int]) -> int:
    """The variants of a label."""
    originals = counts["before"] if report["config"]["output"].get("keep_original", True) else 0
    return counts["after"] - originals


def _lost_rows(report: Mapping[str, Any]) -> Iterator[str]:
    dropped, lost = report["rows"]["dropped"], report["spans_lost"]
    if dropped:
        verb = "was" if dropped == 1 else "were"
        yield f"{counted(dropped, 'more row')} could not be read and {verb} left out."
    if lost:
        yield f"{counted(lost, 'entity span')} {'was' if lost == 1 else 'were'} edited away."


def _losses(chains: Mapping[str, Any]) -> Iterator[str]:
    """Chains of which a large share is lost in one way."""
    for name, chain in chains.items():
        ledger = chain["ledger"]
        asked = ledger["asked"]
        for entry, (share, advice) in LOST.items():
            if ledger[entry] > share * asked:
                yield f"Chain {name}: {_share(ledger[entry], asked)} {entry}: {advice}."
        for check, number in ledger["refused"].items():
            if number > REJECTED * asked:
                yield f"Chain {name}: {_share(number, asked)} rejected by {check}: see the examples below."


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} % of the variants requested ({part:,} of {whole:,})"


def _each(report: Mapping[str, Any]) -> dict[str, float]:
    """Variants for each row of the labels that have rows."""
    return {
        label: variants_of(report, counts) / counts["before"]
        for label, counts in report["labels"].items()
        if counts["before"]
    }


def _behind(report: Mapping[str, Any]) -> Iterator[str]:
    """Labels that get far fewer variants for a row than all do; not where a chain evens them out."""
    each, read = _each(report), report["rows"]["read"]
    mean = report["rows"]["variants"] / read if read else 0.0
    chains = report["config"]["chains"].values()
    if any(isinstance(chain.get("variants"), Mapping) for chain in chains):
        return
    if few := sorted((label for label, number in each.items() if number < mean / BEHIND), key=each.__getitem__):
        named = ", ".join(f"{label or '(empty)'} ({each[label]:.1f})" for label in few[:5])
        named += f" and {len(few) - 5} more" * (len(few) > 5)
        yield f"Few variants for each row of {named}, where all have {mean:.1f}: the steps find little in these texts."


def _crowded(report: Mapping[str, Any]) -> Iterator[str]:
    """Labels, or else all rows, that have very many variants each."""
    each = _each(report)
    advice = "so many say little new, and a model may learn them by heart"
    crowded = sorted((label for label, number in each.items() if number > MANY), key=lambda label: -each[label])
    read, variants = report["rows"]["read"], report["rows"]["variants"]
    if crowded:
        named = ", ".join(f"{label or '(empty)'} ({each[label]:.0f})" for label in crowded[:5])
        named += f" and {len(crowded) - 5} more" * (len(crowded) > 5)
        yield f"More than {MANY} variants for each row of {named}: {advice}."
    elif not each and variants > MANY * read > 0:
        yield f"{variants / read:.0f} variants for each row: {advice}."


def _uneven(labels: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Labels that remain far behind the largest."""
    after = {label: counts["after"] for label, counts in labels.items() if counts["after"]}
    if len(after) < 2:
        return
    least, most = min(after, key=lambda label: after[label]), max(after, key=lambda label: after[label])
    if after[most] >= UNEVEN * after[least]:
        yield (
            f"Labels remain uneven: {counted(after[most], 'row')} of {most or '(empty)'}, {after[least]:,} of "
            f"{least or '(empty)'}; `variants: {{balance: max}}` evens them out."
        )
