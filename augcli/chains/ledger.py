"""What became of the variants that a chain was asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

LEDGER_ENTRIES = {"changed": "unchanged", "unique": "duplicate"}
"""Under which name the ledger counts what a check refuses; under the name of the check if not here."""
EXAMPLES = 10
"""How many reasons of failure a ledger keeps."""


@dataclass(slots=True)
class Ledger:
    """What became of every variant that a chain was asked for; `asked` is the sum of the other counts."""

    asked: int = 0
    written: int = 0
    unchanged: int = 0
    duplicate: int = 0
    failed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    redrawn: int = 0
    """Draws beyond the first; not part of the sum."""
    failures: list[str] = field(default_factory=list)
    """The first few reasons of `failed`."""

    def book(self, entry: str, reason: str = "") -> None:
        """Count a variant that is given up: `entry` is unchanged, duplicate, failed or what a check or step refused."""
        if entry in ("unchanged", "duplicate", "failed"):
            setattr(self, entry, getattr(self, entry) + 1)
            if entry == "failed" and len(self.failures) < EXAMPLES:
                self.failures.append(reason)
        else:
            self.refused[entry] += 1


@dataclass(slots=True)
class Work:
    """How often a step changed a text, with how many edits, in how many seconds."""

    texts: int = 0
    changed: int = 0
    edits: int = 0
    seconds: float = 0.0
