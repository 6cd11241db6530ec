"""What a check is: it gives a reason to reject a variant."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from augcli.steps.operation import Operation, Texts


class Check(Operation):
    """Gives a reason to reject a variant."""

    group: ClassVar = "augcli.checks"
    kind: ClassVar = "check"

    def reject_reason(self, before: Texts, after: Texts, taken: Collection[Texts]) -> str | None:
        """A short reason to reject `after` as a variant of `before`, or None to accept it.

        `taken` holds the variants that were already accepted for the same row.
        """
        raise TypeError(f"{type(self).__name__} has no reject_reason")
