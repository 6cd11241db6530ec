"""What a check is: it gives a reason to reject a variant, or a score to judge it by."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import ClassVar, Self

from pydantic import Field, model_validator

from augcli.steps.operation import Operation, Texts


class Check(Operation):
    """Gives a reason to reject a variant."""

    group: ClassVar = "augcli.checks"
    kind: ClassVar = "check"
    bin_width: ClassVar[float] = 0.05
    """Width of the columns in which a report shows its scores, if it has some."""

    def reject_reason(self, before: Texts, after: Texts, taken: Collection[Texts]) -> str | None:
        """A short reason to reject `after` as a variant of `before`, or None to accept it.

        `taken` holds the variants that were already accepted for the same row.
        """
        raise TypeError(f"{type(self).__name__} has no reject_reason")


class ScoreCheck(Check):
    """Scores variants, many at once, and rejects those whose score leaves a range.

    Scores go into the provenance; a chain may choose among its drafts by them (`keep`). Override `scores`, or
    `check_batch` where the texts of a row are not scored one by one.
    """

    higher_is_better: ClassVar[bool] = True
    """Of the texts of a row, the worst score counts."""
    tolerance: ClassVar[float] = 0.01
    """How far the same score may be off on another machine."""

    min: float | None = Field(None, description="smallest score allowed; when not given, any")
    max: float | None = Field(None, description="largest score allowed; when not given, any")

    @model_validator(mode="after")
    def _min_is_below_max(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min is {self.min:g}, above max, {self.max:g}")
        return self

    def reject_reason(self, before: Texts, after: Texts, taken: Collection[Texts]) -> str | None:
        return None  # a chain asks `reject_score`

    def check_batch(self, before: Sequence[Texts], after: Sequence[Texts]) -> list[float]:
        """The score of each variant; beside it, in `before`, stands its source."""
        pairs = dict.fromkeys(
            pair for old, new in zip(before, after, strict=True) for pair in zip(old, new, strict=True)
        )
        found = dict(zip(pairs, self.scores([old for old, _ in pairs], [new for _, new in pairs]), strict=True))
        worst = min if self.higher_is_better else max
        return [
            round(worst(found[pair] for pair in zip(old, new, strict=True)), 4)
            for old, new in zip(before, after, strict=True)
        ]

    @abstractmethod
    def scores(self, before: Sequence[str], after: Sequence[str]) -> list[float]:
        """The score of each text in `after`, made of the one in `before` beside it."""

    def reject_score(self, score: float) -> str | None:
        """Why a score will not do, or None."""
        if self.min is not None and score < self.min:
            return f"{self.name} {score:g} is below {self.min:g}"
        if self.max is not None and score > self.max:
            return f"{self.name} {score:g} is above {self.max:g}"
        return None
