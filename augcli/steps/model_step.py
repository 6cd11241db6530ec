"""Steps that run a model."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from pydantic import Field

from augcli.models.device import DEVICE
from augcli.models.hosted.usage import Run
from augcli.steps.step import Step

if TYPE_CHECKING:
    from augcli.models.hosted.account import Account


class Modelled(Step):
    """A step that runs a model: it is handed all texts of a chunk at once."""

    device: str | None = Field(
        None,
        pattern=DEVICE,
        description="what the model runs on: cpu, cuda or cuda:N; when not given, what engine.device or --device says",
    )

    def chunk_rows(self) -> int:
        """Rows of a chunk that it works well on."""
        return 500

    def platform(self) -> str | None:
        """The hosted platform that it sends texts to, if there is one."""
        return None

    def account(self) -> Account | None:
        """The account with it. Raises ResourceError when keys are missing."""
        return None

    def for_run(self, run: Run) -> Modelled:
        """This step, working for a run."""
        return self

    def on_gpu(self) -> bool:
        """Whether it runs on a GPU. Raises ResourceError when it is to, but there is none."""
        from augcli.models.device import device_kind

        return device_kind(self.device or "auto") == "cuda"

    def depends(self) -> Sequence[str]:
        """What its results depend on beside the parameters and the files: kind of device, versions of packages.

        Raises ResourceError when one is missing.
        """
        from augcli.models.device import need

        need("torch", "transformers")
        packages = [f"{name} {version(name)}" for name in ("torch", "transformers")]
        return ["GPU" if self.on_gpu() else "CPU", *packages]
