"""What the configs of all trainings on an input have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import Field

from augcli.config.config import Config, FileConfig, MaxDropped, OnError
from augcli.config.sections import Input, Output


class TrainingConfig(FileConfig, ABC):
    """The whole file of a training: the input, and a section that is called as its command."""

    command: ClassVar[str]
    seed: int = Field(42, ge=0, description="of all random draws: the same seed gives the same model", examples=[7])
    input: Input = Field(description="what to read")
    on_error: OnError = "fail"
    max_dropped: MaxDropped = 0.5

    @property
    @abstractmethod
    def output(self) -> str:
        """What is written."""

    def reading(self) -> Config:
        """The config of a run that reads the same input."""
        same = {"seed": self.seed, "input": self.input, "on_error": self.on_error, "max_dropped": self.max_dropped}
        said = {**same, "output": Output(path=self.output), "chains": {}}
        return Config.model_validate(said, context={"document": self._document}).of_fitting_rows()
