"""One source row as the chains see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from augcli.text.edits import Interval, Span


@dataclass(slots=True)
class Record:
    """A source row: what the steps work on, and `row`, which passes through untouched."""

    id: str | int
    """What it is called: the id that the input gives it, or file and row."""
    texts: tuple[str, ...]
    spans: Sequence[Span] = ()
    label: Any = None
    row: Any = None
    key: str | int | None = None
    """What its draws hang on, and what links its variants to it: a digest where the input gives no id; else `id`."""
    number: int = 0
    """Of the row in its file, from 1."""
    tokens: Sequence[Interval] = ()
    """Places of the tokens, when the input has tokens and tags."""

    def __post_init__(self) -> None:
        if self.key is None:
            self.key = self.id
