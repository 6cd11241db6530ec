"""Findings: what is odd in a data set, how grave it is, where it stands, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from augcli.report.templates import visible
from augcli.run.look.rows import Row

EXAMPLES = 5
SHOWN = 200
"""Characters of a text that an example shows at most."""


class Level(StrEnum):
    """How grave a finding is."""

    fault = "fault"
    """Something is wrong: what is made of these rows, or measured with them, is wrong too."""
    warning = "warning"
    """Something is likely wrong, or does harm in most cases."""
    note = "note"
    """Worth knowing."""


@dataclass(frozen=True, slots=True)
class Example:
    """A row with the finding: its place, file:row, its text, and what is to be said of it."""

    place: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd, in so many rows."""

    name: str
    """The same in every version: programs may look for it."""
    level: Level
    message: str
    rows: int
    fix: str
    examples: Sequence[Example] = ()


def text_of(row: Row) -> str:
    """The text of a row, or its texts, shortened."""
    return shortened(" | ".join(row.record.texts))


def shortened(text: str, most: int = SHOWN) -> str:
    """A text in one line of at most so many characters, with pictures for the control characters in it."""
    line = visible(" ".join(text[: 2 * most].split()))
    return line if len(line) <= most and len(text) <= 2 * most else f"{line[: most - 1]}…"


def label_of(row: Row) -> str:
    """The labels of a row; nothing where the input has none."""
    return "" if row.record.label is None else shortened(", ".join(row.record.labels), 60)


def examples_of(rows: Iterable[Row], notes: Iterable[str] = ()) -> list[Example]:
    """Examples of the first of some rows, with what is to be said of them."""
    told = iter(notes)
    return [Example(row.place, text_of(row), next(told, "")) for row in islice(rows, EXAMPLES)]


def counted(number: int, noun: str) -> str:
    """A number and what is counted: 1 row, 1,200 rows."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
