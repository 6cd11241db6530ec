"""What became of the variants that were requested of a chain, and the work of its steps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

LEDGER_ENTRIES = {"changed": "unchanged", "unique": "duplicate"}
"""Under which name the ledger counts what a check refuses; under the name of the check if not here."""
EXAMPLES = 10
"""How many reasons of failure a ledger keeps."""


@dataclass(slots=True)
class Ledger:
    """What became of every variant that was requested of a chain; `asked` is the sum of the other counts."""

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
    spans_lost: int = 0
    """Entity spans of the source that are not in a written variant; not part of the sum."""
    scored: dict[str, Work] = field(default_factory=dict)
    """The work of checks that score: texts, those of them that were rejected, seconds; not part of the sum."""

    def book(self, entry: str, reason: str = "") -> None:
        """Count a rejected variant: `entry` is unchanged, duplicate, failed or what a check or step refused."""
        match entry:
            case "unchanged":
                self.unchanged += 1
            case "duplicate":
                self.duplicate += 1
            case "failed":
                self.failed += 1
                self.failures = [*self.failures, reason][:EXAMPLES]
            case _:
                self.refused[entry] += 1

    @property
    def booked(self) -> int:
        """The variants that are accounted for."""
        return self.written + self.unchanged + self.duplicate + self.failed + self.refused.total()

    def merge(self, other: Ledger) -> None:
        """Add the counts of other rows, which come after these."""
        self.asked += other.asked
        self.written += other.written
        self.unchanged += other.unchanged
        self.duplicate += other.duplicate
        self.failed += other.failed
        self.refused.update(other.refused)
        self.redrawn += other.redrawn
        self.failures = (self.failures + other.failures)[:EXAMPLES]
        self.spans_lost += other.spans_lost
        for check, work in other.scored.items():
            self.scored.setdefault(check, Work()).merge(work)


@dataclass(slots=True)
class Work:
    """How often a step changed a text, with how many edits, in how many seconds."""

    texts: int = 0
    changed: int = 0
    edits: int = 0
    seconds: float = 0.0

    def merge(self, other: Work) -> None:
        """Add what was done to other rows."""
        self.texts += other.texts
        self.changed += other.changed
        self.edits += other.edits
        self.seconds += other.seconds
