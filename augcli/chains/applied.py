"""A step that was applied to a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from augcli.text.edits import Edit


class Applied(NamedTuple):
    """What a step did to one text of a row."""

    step: str
    edits: Sequence[Edit]
    column: int = 0
    """Number of the text column."""
    note: Mapping[str, Any] | None = None
    """What the step noted on its edits."""
