"""Chains, and variants in the making."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from augcli.chains.applied import Applied
from augcli.chains.compose import Node
from augcli.checks.check import Check
from augcli.steps.operation import Texts
from augcli.text.edits import Span
from augcli.text.record import Record
from augcli.text.text import Text


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


@dataclass(slots=True)
class Draft:
    """A variant in the making."""

    chain: str
    number: int
    source: Source
    key: str
    """What keys its draws, beside the stream that they come from."""
    texts: list[Text]
    spans: Sequence[Span]
    steps: list[Applied]
    drew: bool = False
    refusal: tuple[str, str] | None = None
    """Why a step gave it up: the entry in the ledger, and more in words."""


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
    spans: Sequence[Span]
    steps: list[Applied]


def begin_draft(chain: Chain, source: Source, number: int, attempt: int) -> Draft:
    """A draft of variant `number` of a source, as it is before the first step."""
    key = f"{number}\x1f{attempt}\x1f{source.key}"
    return Draft(chain.name, number, source, key, source.texts.copy(), source.record.spans, [])
