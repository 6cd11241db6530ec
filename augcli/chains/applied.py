"""A step that was applied to a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from augcli.text.edits import Edit, Interval


class Applied(NamedTuple):
    """What a step did to one text of a row."""

    step: str
    edits: Sequence[Edit]
    column: int = 0
    """Number of the text column."""
    note: Mapping[str, Any] | None = None
    """What the step noted on its edits."""

    @property
    def origins(self) -> Sequence[Interval]:
        """The places in the text before from which the new text of each edit came; none where that is not noted."""
        noted: Sequence[Interval] = (self.note or {}).get("from", ())
        return noted
