"""What a run did not reach: steps that changed nothing, chains without variants, labels left short."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from augcli.report.counts import Counts
from augcli.report.outcome import Outcome

_ENOUGH = 10
"""Texts after which it is no chance that a step changed none."""
_LISTED = 5


def idle_steps(counts: Counts, skipped: Collection[str] = ()) -> list[str]:
    """What to say of the steps that changed no text, but for those with the names `skipped`."""
    return [
        f"step `{stream}` of chain {chain} changed none of the {work.texts} texts that it was given"
        for chain, steps in counts.work.items()
        for stream, work in steps.items()
        if not work.changed and work.texts >= min(_ENOUGH, counts.tally.rows) and stream.split("#")[0] not in skipped
    ]


def empty_chains(counts: Counts) -> list[str]:
    """What to say of the chains that wrote nothing although variants were requested."""
    return [
        f"chain {name} wrote none of the {ledger.asked} variants requested"
        for name, ledger in counts.ledgers.items()
        if ledger.asked and not ledger.written
    ]


def short_labels(counts: Counts) -> list[str]:
    """What to say of the labels that a chain which balances leaves short."""
    lines = []
    for chain, labels in counts.tally.balance.items():
        short = sorted((asked - written, label) for label, (asked, written) in labels.items() if written < asked)
        if short:
            told = [f"{label} {labels[label][1]} of {labels[label][0]}" for _, label in reversed(short)]
            lines.append(f"chain {chain} leaves labels short: {_some(told)} variants")
    return lines


def short_forecast(counts: Counts, needed: dict[str, dict[str, int]], attempts: dict[str, int]) -> list[str]:
    """Which labels a run would leave short: `needed` variants, by chain and label, at the yield of a probe.

    A chain makes up for rejected variants in as many rounds as it has `attempts`.
    """
    lines = []
    for chain, labels in needed.items():
        probed, ledger = counts.tally.balance.get(chain, {}), counts.ledgers[chain]
        told = []
        for label, wanted in labels.items():
            asked, written = probed.get(label, (0, 0))
            if not asked:
                asked, written = ledger.asked, ledger.written
            rejected = (1 - written / asked) ** attempts[chain] if asked else 0
            if missing := round(wanted * rejected):
                told.append(f"{label} about {wanted - missing} of {wanted}")
        if told:
            lines.append(f"chain {chain} would leave labels short: {_some(told)} variants")
    return lines


def notes(counts: Counts) -> list[str]:
    """All that a finished run has to say of what it did not reach."""
    return [*empty_chains(counts), *idle_steps(counts), *short_labels(counts)]


def low_yield(outcome: Outcome, least: float) -> str:
    """Why a run wrote too few variants, if it wrote less than a share `least` of them; of each label where it balances.

    Rows that were dropped count with the variants that would have been requested of them.
    """
    counts, config = outcome.counts, outcome.pipeline.config
    each = sum(chain.variants for chain in config.chains.values() if isinstance(chain.variants, int))
    asked = counts.asked + each * outcome.dataset.dropped
    if counts.variants < least * asked:
        lost = f", counting those of {outcome.dataset.dropped} dropped rows" * bool(outcome.dataset.dropped and each)
        return f"{counts.variants} of {asked} variants were written{lost}"
    low = [
        f"{label} {written} of {wanted} in chain {chain}"
        for chain, labels in counts.tally.balance.items()
        for label, (wanted, written) in sorted(labels.items())
        if written < least * wanted
    ]
    return f"too few variants of labels were written ({_some(low)})" if low else ""


def _some(told: Sequence[str]) -> str:
    return ", ".join(told[:_LISTED]) + f", and {len(told) - _LISTED} more" * (len(told) > _LISTED)
