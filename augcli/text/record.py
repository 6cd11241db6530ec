"""One source row as the chains see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson

from augcli.text.edits import Interval, Span

Labels: TypeAlias = tuple[str, ...]
"""The labels that a row has together; none where it has an empty list of them."""


@dataclass(slots=True)
class Record:
    """A source row: what the steps work on, and `row`, which passes through untouched."""

    id: str | int
    """What it is called: the id that the input gives it, or file and row."""
    texts: tuple[str, ...]
    spans: Sequence[Sequence[Span]] = ()
    """The entities in each of its texts; none where no text has any."""
    label: Any = None
    row: Any = None
    key: str | int | None = None
    """What its draws hang on, and what links its variants to it: a digest where the input gives no id; else `id`."""
    repeat: int = 1
    """Its number among the rows of the input that say the same, where these have no ids."""
    number: int = 0
    """Of the row in its file, from 1."""
    tokens: Sequence[Interval] = ()
    """Places of the tokens, when the input has tokens and tags."""
    labelled: bool = True
    """Whether it says what it is; a teacher learns from such rows alone."""
    pooled: bool = False
    """Whether it is of a file without labels, so that only its variants are written."""
    general: bool = False
    """Whether it is a text that comes along."""
    fits: bool = True
    """Whether it fits `input.where`; a row that does not passes through, and nothing is learnt from it."""

    chain: str = ""
    """Of a variant that an earlier run made: its chain and number there."""
    origin: str | int | None = None
    """Of a row of an earlier run's output: the source of that run that it comes from."""
    framed: int = 0
    """The number of the first text that spans may lie in."""
    columns: Sequence[str] = ()
    """Where its texts stand, if that differs from row to row."""
    alignment: str | None = None
    """Of the words of its two texts, as 0-0 1-2: source, then target."""
    absent: Sequence[int] = ()
    """The numbers of the texts that are not there, and stand as empty ones."""

    labels: Labels = field(init=False)
    """Its single labels: the items of a list, sorted, or the one label."""

    def __post_init__(self) -> None:
        if self.key is None:
            self.key = self.id
        label = self.label
        if isinstance(label, list):
            self.labels = tuple(sorted(set(map(label_name, label))))
        else:
            self.labels = (label if isinstance(label, str) else label_name(label),)

    @property
    def entities(self) -> list[tuple[str, Span]]:
        """All entities, each with the text that it lies in."""
        return [(text, span) for text, spans in zip(self.texts, self.spans, strict=False) for span in spans]

    @property
    def source(self) -> str | int | None:
        """What the output calls the source of the row and of its variants."""
        return self.key if self.origin is None else self.origin

    def chain_of(self, variant: str) -> str:
        """All chains that made a variant, which has this name in its own."""
        return f"{self.chain}+{variant}" if self.chain else variant

    def id_of(self, variant: str) -> str:
        """The id of a variant."""
        return f"{self.id}{'+' if self.chain else '#'}{variant}"

    def is_written(self, *, keep_original: bool) -> bool:
        """Whether the row itself stands in the output."""
        return not self.pooled and (keep_original or not self.fits)

    @property
    def label_text(self) -> str:
        """Its labels in one text; empty where it has none."""
        return "" if self.label is None else ", ".join(self.labels)


MISSING = frozenset(
    {"", "-", "?", "N/A", "n/a", "#N/A", "NA", "<NA>", "NULL", "Null", "null", "None", "NaN", "nan"}
)  # fmt: skip
"""Whole labels that stand for none, as JSON, pandas, R, Excel and people write it; blanks around them do not matter.

`none` and `NONE` are classes in many data sets.
"""


def missing_labels(labels: Iterable[str]) -> list[str]:
    """The labels that stand for none."""
    return [label for label in labels if label.strip() in MISSING]


def is_missing(labels: Labels) -> bool:
    """Whether a row has no label, or one that stands for none."""
    return len(missing_labels(labels)) == len(labels)


def label_name(label: Any) -> str:
    """A label as text: 1 and "1" are one label, null is a label too."""
    return label if isinstance(label, str) else orjson.dumps(label, default=str).decode()
