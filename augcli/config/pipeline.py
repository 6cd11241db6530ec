"""A config with what it names: its chains built, its platforms with their settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from augcli.chains.compose import Node, iter_steps, map_steps
from augcli.chains.selection import Selection
from augcli.checks.check import Check
from augcli.config.config import Config
from augcli.models.classifiers.base import Classifier, Learner
from augcli.models.hosted.service import Service
from augcli.models.hosted.session import Session
from augcli.steps.model_step import HostedStep
from augcli.steps.operation import ModelOperation
from augcli.steps.step import Step

if TYPE_CHECKING:
    from augcli.models.hosted.account import Account

CHUNK_ROWS = 2000
"""Rows of a chunk without models, which take a hundred times longer over one."""


class BuiltChain(NamedTuple):
    """The steps of a chain, and its checks: `changed` and `unique` first."""

    nodes: Sequence[Node]
    checks: Sequence[Check]
    selection: Selection | None = None
    """Which of the variants of a row to keep."""


@dataclass(frozen=True)
class Pipeline:
    """What `load` makes of a file. It travels to workers."""

    config: Config
    chains: Mapping[str, BuiltChain]
    services: Mapping[str, Service]
    """Hosted services with their settings, by name."""
    learners: Mapping[str, Learner | None] = field(default_factory=dict)
    """What `evaluate` is told to train, by name; the linear model has no settings."""
    student: Classifier | None = None
    """What a teacher has to lead; None is the linear model."""

    @cached_property
    def steps(self) -> Sequence[Step]:
        """All steps, in the order of the file."""
        return [node.step for chain in self.chains.values() for node in iter_steps(chain.nodes)]

    @cached_property
    def models(self) -> Sequence[ModelOperation]:
        """All steps and checks that run a model."""
        checks = (check for chain in self.chains.values() for check in chain.checks)
        return [one for one in (*self.steps, *checks) if isinstance(one, ModelOperation) and one.has_model()]

    @property
    def chunk_rows(self) -> int:
        """Rows of a chunk."""
        wanted = self.config.engine.chunk_rows
        return wanted if wanted != "auto" else min((step.chunk_rows() for step in self.models), default=CHUNK_ROWS)

    def map_steps(self, change: Callable[[Step], Step]) -> Pipeline:
        """A copy with every step changed."""
        chains = {
            name: chain._replace(nodes=[map_steps(node, change) for node in chain.nodes])
            for name, chain in self.chains.items()
        }
        return replace(self, chains=chains)

    @property
    def hosted(self) -> Sequence[HostedStep]:
        """All steps that send texts to a hosted service."""
        return [step for step in self.models if isinstance(step, HostedStep) and step.service()]

    def accounts(self) -> list[Account]:
        """With the services that its steps send texts to. Raises ResourceError when keys are missing."""
        found = (step.account() for step in self.hosted)
        return list(dict.fromkeys(account for account in found if account))

    def in_session(self, session: Session) -> Pipeline:
        """A copy whose steps work in a session; those of a pipeline as it was loaded send nothing anywhere."""
        return self.map_steps(lambda step: step.in_session(session) if isinstance(step, HostedStep) else step)
