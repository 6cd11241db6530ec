"""The whole config of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationError

from augcli.chains.compose import Node, leaves, with_steps
from augcli.checks.check import Check
from augcli.config.sections import ChainConfig, Engine, Input, Output, Protect, Section
from augcli.config.yaml_document import Document, Problem
from augcli.errors import ConfigError
from augcli.models.hosted.session import Session
from augcli.steps.model_step import HostedStep, Modelled
from augcli.steps.step import Step
from augcli.translation.platform import Platform

if TYPE_CHECKING:
    from augcli.models.hosted.account import Account


CHUNK = 2000
"""Rows of a chunk without models, which take a hundred times longer over one."""


class Config(Section):
    """The whole file."""

    seed: int = Field(42, description="of all random draws")
    input: Input
    output: Output
    protect: Protect = Protect()
    chains: dict[Annotated[str, Field(pattern=r"^[A-Za-z][\w-]*$")], ChainConfig] = Field(description="by name")
    services: dict[str, Any] = Field({}, description="settings of hosted translation platforms, by name")
    on_error: Literal["fail", "drop"] = Field("fail", description="drop: leave out rows that cannot be read, and count")
    engine: Engine = Engine()

    _document: Document = PrivateAttr()
    _nodes: dict[str, list[Node]] = PrivateAttr(default_factory=dict)
    _checks: dict[str, list[Check]] = PrivateAttr(default_factory=dict)
    _platforms: dict[str, Platform] = PrivateAttr(default_factory=dict)

    def nodes(self, chain: str) -> list[Node]:
        """The steps of a chain, built and validated, on the device that they are to run on."""
        return [with_steps(node, self._placed) for node in self._nodes[chain]]

    def _placed(self, step: Step) -> Step:
        if isinstance(step, Modelled) and step.device is None:
            return step.model_copy(update={"device": self.engine.device})
        return step

    def models(self) -> list[Modelled]:
        """All steps that run a model."""
        steps = (node.step for chain in self._nodes for node in leaves(self.nodes(chain)))
        return [step for step in steps if isinstance(step, Modelled)]

    def hosted(self) -> list[HostedStep]:
        """All steps that send texts to a hosted service."""
        return [step for step in self.models() if isinstance(step, HostedStep) and step.service()]

    def platforms(self) -> dict[str, Platform]:
        """Hosted platforms with their settings, by name."""
        return self._platforms

    def accounts(self) -> list[Account]:
        """With the hosted platforms that its steps send texts to. Raises ResourceError when keys are missing."""
        found = (step.account() for step in self.hosted())
        return list(dict.fromkeys(account for account in found if account))

    def in_session(self, session: Session) -> Config:
        """A copy whose steps work in a session; those of a config as it was loaded send nothing anywhere."""
        return self.with_steps(lambda step: step.in_session(session) if isinstance(step, HostedStep) else step)

    @property
    def chunk_rows(self) -> int:
        """Rows of a chunk."""
        wanted = self.engine.chunk_rows
        return wanted if wanted != "auto" else min((step.chunk_rows() for step in self.models()), default=CHUNK)

    def checks(self, chain: str) -> list[Check]:
        """The checks of a chain, `changed` and `unique` first."""
        return self._checks[chain]

    def with_steps(self, change: Callable[[Step], Step]) -> Config:
        """A copy with every step changed."""
        copied = self.model_copy()
        copied._nodes = {name: [with_steps(node, change) for node in nodes] for name, nodes in self._nodes.items()}
        return copied

    @classmethod
    def from_report(cls, values: dict[str, Any], inputs: list[str]) -> Config:
        """The config that a report holds, with its inputs at `inputs`; without steps, so it can replay but not run."""
        try:
            config = cls.model_validate({**values, "input": {**values["input"], "path": inputs}})
        except (ValidationError, KeyError, TypeError) as error:
            raise ConfigError(f"the config in the report is not one of this version of augcli: {error}") from error
        config._document = Document("", "report")
        return config

    @property
    def folder(self) -> Path:
        """Where the file lies; relative paths of inputs are looked up there first."""
        return Path(self._document.file).parent

    def error(self, message: str, *path: str | int) -> ConfigError:
        """A ConfigError that points at a key of the file."""
        return ConfigError(str(Problem(self._document.place(path), path, message)))


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line adds to the config."""

    limit: int | None = None
    fresh: bool = False
    overwrite: bool = False
    quiet: bool = False
    verbose: bool = False
