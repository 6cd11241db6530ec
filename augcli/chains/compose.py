"""How the steps of a chain are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from augcli.steps.step import Step
from augcli.text.rng import Rng


@dataclass(frozen=True, slots=True)
class StepNode:
    """One step. `stream` is its name, numbered from its second use in a chain on, and keys its randomness."""

    step: Step
    stream: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of `nodes`, drawn for each variant."""

    nodes: Sequence[Node]
    stream: str


@dataclass(frozen=True, slots=True)
class SomeOf:
    """`least` to `most` of `nodes`, drawn for each variant and done in the order given."""

    nodes: Sequence[Node]
    least: int
    most: int
    stream: str


@dataclass(frozen=True, slots=True)
class Maybe:
    """All of `nodes` with probability `p`, or none."""

    nodes: Sequence[Node]
    p: float
    stream: str


@dataclass(frozen=True, slots=True)
class Sequential:
    """All of `nodes`, one after another."""

    nodes: Sequence[Node]


Node: TypeAlias = StepNode | OneOf | SomeOf | Maybe | Sequential


def draw(node: OneOf | SomeOf | Maybe, rng: Rng) -> Sequence[int]:
    """The places of the parts of `node` that a variant goes through; 0 for all of a Maybe."""
    match node:
        case OneOf():
            return (rng.randbelow(len(node.nodes)),)
        case SomeOf():
            return rng.sample(len(node.nodes), node.least + rng.randbelow(node.most - node.least + 1))
        case Maybe():
            return (0,) if rng.random() < node.p else ()


def map_steps(node: Node, change: Callable[[Step], Step]) -> Node:
    """`node` with every step in it changed."""
    if isinstance(node, StepNode):
        return replace(node, step=change(node.step))
    return replace(node, nodes=[map_steps(inner, change) for inner in node.nodes])


def iter_steps(nodes: Sequence[Node]) -> Iterator[StepNode]:
    """All steps in `nodes`, in order."""
    for node in nodes:
        if isinstance(node, StepNode):
            yield node
        else:
            yield from iter_steps(node.nodes)
