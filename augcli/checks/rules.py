"""Reasons to reject a variant. A variant is one text per text column, as a tuple."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Literal

from pydantic import Field

from augcli.checks.check import Check
from augcli.steps.operation import Texts


class Changed(Check):
    """Reject a variant that equals its source; on unless `changed: false`."""

    name: ClassVar = "changed"
    family: ClassVar = "checks"
    example: ClassVar = "changed"

    def reject_reason(self, before: Texts, after: Texts, taken: Collection[Texts]) -> str | None:
        return "unchanged" if before == after else None


class Unique(Check):
    """Reject a variant that equals another one of its row, of this or an earlier chain; on unless `unique: false`."""

    name: ClassVar = "unique"
    family: ClassVar = "checks"
    example: ClassVar = "unique"

    scope: Literal["row", "output"] = Field(
        "row", description="row: among the variants of one source row; output: in the whole output, after all chains"
    )

    def reject_reason(self, before: Texts, after: Texts, taken: Collection[Texts]) -> str | None:
        return "duplicate" if after in taken else None


class LengthRatio(Check):
    """Reject a variant whose length in characters, divided by that of its source, leaves a range."""

    name: ClassVar = "length_ratio"
    family: ClassVar = "checks"
    example: ClassVar = "length_ratio: {min: 0.5, max: 2.0}"

    min: float = Field(0.5, ge=0, description="shortest allowed, as a share of the source")
    max: float = Field(2.0, gt=0, description="longest allowed, as a multiple of the source")

    def reject_reason(self, before: Texts, after: Texts, taken: Collection[Texts]) -> str | None:
        for old, new in zip(before, after, strict=True):
            if not self.min * len(old) <= len(new) <= self.max * len(old):
                return f"length {len(new)} is not within {self.min:g} to {self.max:g} times {len(old)}"
        return None
