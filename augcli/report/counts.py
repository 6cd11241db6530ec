"""What a run counts: one manifest per chunk, added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from augcli.chains.ledger import EXAMPLES as FAILURES
from augcli.chains.ledger import Ledger, Work
from augcli.errors import RunError

Manifest: TypeAlias = dict[str, Any]
"""A chunk's ledgers, work and tally, as JSON."""
EXAMPLES = 3
"""Example variants that a report shows per chain."""


@dataclass(slots=True)
class Tally:
    """What a chunk adds to the report, beside ledgers and work."""

    rows: int = 0
    written: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    lengths_before: Counter[int] = field(default_factory=Counter)
    lengths_after: Counter[int] = field(default_factory=Counter)
    edit_rates: Counter[int] = field(default_factory=Counter)
    """Variants by share of characters edited, in steps of 5 %."""
    spans_lost: int = 0
    examples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def length_bin(length: int) -> int:
    """The lower end of the bin of a length: bins are 10 wide below 1,000, 50 below 10,000, then 1,000."""
    width = 10 if length < 1000 else 50 if length < 10_000 else 1000
    return length // width * width


class Totals:
    """The manifests of all chunks, added up."""

    def __init__(self, chains: Sequence[str]) -> None:
        self.ledgers = {name: Ledger() for name in chains}
        self.work: dict[str, dict[str, Work]] = {name: {} for name in chains}
        self.tally = Tally()

    def add(self, manifest: Manifest) -> None:
        """Add one chunk."""
        for name, ledger in manifest["ledgers"].items():
            _add(self.ledgers[name], ledger)
        for name, steps in manifest["work"].items():
            for step, work in steps.items():
                _add(self.work[name].setdefault(step, Work()), work)
        _add(self.tally, manifest["tally"])

    def check(self) -> None:
        """Raise RunError when the ledgers do not add up."""
        for name, ledger in self.ledgers.items():
            booked = ledger.written + ledger.unchanged + ledger.duplicate + ledger.failed + sum(ledger.refused.values())
            if booked != ledger.asked:
                raise RunError(f"chain {name!r}: {ledger.asked} variants asked for, {booked} accounted for: a bug")

    @property
    def asked(self) -> int:
        """Variants asked for, over all chains."""
        return sum(ledger.asked for ledger in self.ledgers.values())

    @property
    def variants(self) -> int:
        """Variants written, over all chains."""
        return sum(ledger.written for ledger in self.ledgers.values())


def _add(total: Any, part: dict[str, Any]) -> None:
    for name, value in part.items():
        have = getattr(total, name)
        if isinstance(have, Counter):
            integer = name in ("lengths_before", "lengths_after", "edit_rates")
            have.update({int(key) if integer else key: count for key, count in value.items()})
        elif isinstance(have, dict):
            for key, items in value.items():
                have[key] = (have.get(key, []) + items)[:EXAMPLES]
        elif isinstance(have, list):
            setattr(total, name, (have + value)[:FAILURES])
        else:
            setattr(total, name, have + value)
