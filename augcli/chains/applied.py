"""A step that was applied to a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from augcli.steps.step import Proposal
from augcli.text.edits import Edit

Applied: TypeAlias = tuple[Any, ...]
"""Step name, its edits, the number of the column where there are several, and its note on them if there is one."""


def applied(name: str, edits: list[Edit], column: int | None) -> Applied:
    """What provenance tells of a step."""
    note = edits.note if isinstance(edits, Proposal) else None
    return (name, edits, *(() if column is None else (column,)), *((note,) if note else ()))


def column_of(applied: Sequence[Any]) -> int:
    """The number of the text column that a step was applied to."""
    return next((part for part in applied[2:] if isinstance(part, int)), 0)


def note_of(applied: Sequence[Any]) -> Mapping[str, Any]:
    """What a step noted on its edits."""
    return next((part for part in applied[2:] if isinstance(part, dict)), {})
