"""A step that was applied to a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from augcli.text.bio import Origin
from augcli.text.edits import Edit


class Applied(NamedTuple):
    """What a step did to one text of a row."""

    step: str
    edits: Sequence[Edit]
    column: int = 0
    """Number of the text column."""
    note: Mapping[str, Any] | None = None
    """What the step noted on its edits."""

    @property
    def origins(self) -> Sequence[Origin]:
        """Where the new text of each edit came from; nothing where that is not noted."""
        noted: Sequence[Origin] = (self.note or {}).get("from", ())
        return noted

    @property
    def freed(self) -> Sequence[str]:
        """The types of the entities that it edited although they are protected."""
        noted: Sequence[str] = (self.note or {}).get("spans", ())
        return noted
