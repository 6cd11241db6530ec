"""Chains, and variants in the making."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from augcli.chains.applied import Applied
from augcli.chains.compose import Node
from augcli.checks.check import Check, ScoreCheck
from augcli.checks.rules import LabelAgreement
from augcli.steps.operation import Texts
from augcli.text.edits import Span
from augcli.text.record import Record
from augcli.text.text import Text

Judgement: TypeAlias = Mapping[str, float]
"""Labels with their probabilities, the likeliest first; those that hardly count are left out."""


class Judge(Protocol):
    """Says what variants are, by a model that has not seen the rows that they come from."""

    def judge(self, records: Sequence[Record], variants: Sequence[Texts]) -> Sequence[Judgement]:
        """What each variant is; beside it stands the record that it was made of."""

    def least(self, label: str, least: float) -> float:
        """The probability of `label` that as large a share of its rows reaches as of all rows reaches `least`."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A named list of nodes with the checks that its variants must pass in at most `attempts` draws each."""

    name: str
    nodes: Sequence[Node]
    checks: Sequence[Check]
    attempts: int
    asked: Callable[[Record], int]
    """How many variants to make of a record."""
    more: Sequence[Callable[[Record], int]] | None = None
    """Of a chain that balances: how many further ones, round by round, of a record that has all that were requested.

    They make up for those of other records that were rejected.
    """
    judged: bool = False
    """Whether the labels of its variants are those of the judge."""
    best_of: Callable[[Texts, Sequence[Variant]], Sequence[Variant]] | None = None
    """Which variants to keep, of a record with these texts."""

    @property
    def agreement(self) -> LabelAgreement | None:
        """The check that needs the judge, if it is there."""
        return next((check for check in self.checks if isinstance(check, LabelAgreement)), None)

    @property
    def score_checks(self) -> Sequence[ScoreCheck]:
        """The checks that score many variants at once."""
        return [check for check in self.checks if isinstance(check, ScoreCheck)]


@dataclass(slots=True)
class Draft:
    """A variant in the making."""

    chain: str
    number: int
    source: Source
    key: str
    """What keys its draws, beside the stream that they come from."""
    texts: list[Text]
    steps: list[Applied]
    drew: bool = False
    refusal: tuple[str, str] | None = None
    """Why a step gave it up: the entry in the ledger, and more in words."""
    judgement: Judgement | None = None
    scores: dict[str, float] = field(default_factory=dict)
    """Of the checks that score, by name."""

    @property
    def after(self) -> Texts:
        """Its texts as they are now."""
        return tuple([text.value for text in self.texts])

    @property
    def spans(self) -> Sequence[Sequence[Span]]:
        """The entities in each of its texts; none where its source has none."""
        return [text.spans for text in self.texts] if self.source.record.spans else ()

    def has_text(self, column: int) -> bool:
        """Whether its source has this text."""
        return column < len(self.texts) and column not in self.source.record.absent


@dataclass(slots=True)
class Source:
    """A record with what all its variants share: parsed texts, and the variants accepted so far."""

    record: Record
    key: str
    texts: list[Text]
    taken: set[Texts]
    accepted: list[Variant] = field(default_factory=list)


@dataclass(slots=True)
class Variant:
    """An accepted variant of a record."""

    chain: str
    number: int
    texts: Texts
    spans: Sequence[Sequence[Span]]
    steps: list[Applied]
    judgement: Judgement | None = None
    """What it is by the judge, where the chain takes its labels from there."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Of the checks that score, by name."""


def begin_draft(chain: Chain, source: Source, number: int, attempt: int) -> Draft:
    """A draft of variant `number` of a source, as it is before the first step."""
    key = f"{number}\x1f{attempt}\x1f{source.key}"
    return Draft(chain.name, number, source, key, source.texts.copy(), [])
