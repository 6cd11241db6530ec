"""Steps that run a model."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Self

from pydantic import Field, PrivateAttr

from augcli.models.device import DEVICE
from augcli.models.hosted.session import Session
from augcli.steps.step import Step

if TYPE_CHECKING:
    from augcli.models.hosted.account import Account


class ModelStep(Step):
    """A step that runs a model: it is handed all texts of a chunk at once."""

    device: str | None = Field(
        None,
        pattern=DEVICE,
        description="what the model runs on: cpu, cuda or cuda:N; when not given, what engine.device or --device says",
    )

    def has_model(self) -> bool:
        """Whether it runs one with these parameters."""
        return True

    def chunk_rows(self) -> int:
        """Rows of a chunk that it works well on."""
        return 500

    def on_gpu(self) -> bool:
        """Whether it runs on a GPU. Raises ResourceError when it is to, but there is none."""
        from augcli.models.device import device_kind

        return device_kind(self.device or "auto") == "cuda"

    def versions(self) -> Sequence[str]:
        """What its results depend on beside the parameters and the files: kind of device, versions of packages.

        Raises ResourceError when one is missing.
        """
        from augcli.models.device import need

        need("torch", "transformers")
        packages = [f"{name} {version(name)}" for name in ("torch", "transformers")]
        return ["GPU" if self.on_gpu() else "CPU", *packages]


class HostedStep(ModelStep):
    """A step whose model may be a hosted service; it sends nothing to one unless its session does."""

    _session: Session = PrivateAttr(default_factory=Session)

    def in_session(self, session: Session) -> Self:
        """A copy that keeps what it opens in a session."""
        step = self.model_copy()
        step._session = session
        return step

    def service(self) -> str | None:
        """The name of the service that it sends texts to, if there is one."""
        return None

    def account(self) -> Account | None:
        """The account of its session with that service. Raises ResourceError when keys are missing."""
        return None
