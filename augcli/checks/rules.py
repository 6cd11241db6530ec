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


class LabelAgreement(Check):
    """Reject a variant to which the teacher gives the label of its row too small a probability."""

    name: ClassVar = "label_agreement"
    family: ClassVar = "checks"
    example: ClassVar = "label_agreement: {min: 0.5, keep_balance: true}"

    min: float = Field(0.5, ge=0, le=1, description="smallest probability of the row's label")
    keep_balance: bool = Field(
        True,
        description="another smallest probability for each label, so that as large a share of each one's rows reaches "
        "it as of all rows reaches min; otherwise labels that are hard to tell lose most",
    )

    def needs_label(self) -> bool:
        return True

    def reject_reason(self, before: Texts, after: Texts, taken: Collection[Texts]) -> str | None:
        return None  # a chain asks `reject_score`, when the teacher has judged

    @staticmethod
    def reject_score(score: float, least: float) -> str | None:
        """Why a probability of the row's label will not do, or None."""
        return f"the teacher gives the label of the row {score:.2f}, less than {least:.2f}" if score < least else None


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


class Novelty(Check):
    """Reject a variant that is nearly the same as another row of the output, its own source among them.

    Two texts are nearly the same where their words, and pairs of neighbouring words, share as much as `max` (the
    Jaccard index) of what they have together; in Chinese pairs and triples of characters. MinHash finds them, more or
    less, for `max` from 0.3 to 0.9.
    """

    name: ClassVar = "novelty"
    family: ClassVar = "checks"
    paper: ClassVar = "Broder 1997, On the Resemblance and Containment of Documents"
    example: ClassVar = "novelty: {max: 0.8}"

    max: float = Field(0.8, ge=0.3, le=0.9, description="from which share on another row is too near")

    def reject_reason(self, before: Texts, after: Texts, taken: Collection[Texts]) -> str | None:
        return None  # a run asks for it, when all chains are done
