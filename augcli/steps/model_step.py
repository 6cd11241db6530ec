"""Steps that run a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import PrivateAttr

from augcli.models.hosted.session import Session
from augcli.steps.operation import ModelOperation
from augcli.steps.step import Step

if TYPE_CHECKING:
    from augcli.models.hosted.account import Account


class ModelStep(ModelOperation, Step):
    """A step that runs a model."""


class HostedStep(ModelStep):
    """A step whose model may be a hosted service; it sends nothing to one unless its session does."""

    _session: Session = PrivateAttr(default_factory=Session)

    def in_session(self, session: Session) -> Self:
        """A copy that keeps what it opens in a session."""
        step = self.model_copy()
        step._session = session
        return step

    @property
    def first_prompt(self) -> str | None:
        """What its session asked a language model first, where it asks one."""
        return None

    def service(self) -> str | None:
        """The name of the service that it sends texts to, if there is one."""
        return None

    @property
    def address(self) -> str | None:
        """Where that is, as the config says it."""
        return None

    def account(self) -> Account | None:
        """The account of its session with that service. Raises ResourceError when keys are missing."""
        return None
