"""What steps and checks have in common."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, ClassVar, TypeAlias, TypeVar

from pydantic import Field

from augcli.language.resources import Lexicon
from augcli.models.device import DEVICE
from augcli.plugin import Plugin

Rate = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Texts: TypeAlias = tuple[str, ...]
"""One text per text column."""


class Operation(Plugin):
    """What steps and checks have in common: a name, parameters and help."""

    must_say: ClassVar[tuple[str, ...]] = ("name", "family")
    family: ClassVar[str]
    languages: ClassVar[frozenset[str] | None] = None
    """ISO 639-1 codes it works for; None means any."""
    paper: ClassVar[str] = ""
    """Where the method comes from."""
    example: ClassVar[str] = ""
    """A line of YAML."""

    def setup(self, language: str) -> None:
        """Load what is needed for texts in `language`; called once per process before the first text.

        Raises ResourceError when a lexicon, model or package is missing.
        """

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        """The lexicons that it reads for texts in `language`, for the report."""
        return ()

    def needs_label(self) -> bool:
        """Whether it reads the labels of the rows, so that the config must name their column."""
        return False

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        """Why these parameters make no sense for this `language` and these protected `patterns`, or None."""
        return None


class ModelOperation(Operation):
    """A step or check that runs a model: it is handed all texts of a chunk at once."""

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


OperationType = TypeVar("OperationType", bound=Operation)
