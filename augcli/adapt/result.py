"""What a training leaves: a folder with the model, its card and a report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from augcli.adapt.training import Measured, Training
from augcli.config import AdaptConfig
from augcli.models import STORED_AS, stored
from augcli.survey import Survey

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Adapted:
    """What a training came to."""

    config: AdaptConfig
    output: Path
    survey: Survey
    training: Training
    tokenizer: Any
    unigram: Measured
    resumed: int
    """Steps that an earlier run had done."""
    device: str
    threads: int
    started: float
    seconds: float
    fingerprint: str
    notes: Sequence[str]

    @property
    def before(self) -> Measured:
        """The model before the training."""
        return self.training.state.points[0].measured

    @property
    def after(self) -> Measured:
        """The model that was saved."""
        return self.training.state.points[self.training.state.best].measured

    def summary(self) -> str:
        """The closing summary."""
        state = self.training.state
        rows = [("before", self.before), ("after", self.after), ("unigram", self.unigram)]
        lines = [f"{self.output}: trained for {state.step} steps in {state.seconds / 60:.1f} minutes on {self.device}"]
        lines += [
            f"{name:8} perplexity {one.perplexity:10.2f}   top-1 {one.top1:6.1%}   top-5 {one.top5:6.1%}"
            for name, one in rows
        ]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def save(adapted: Adapted, folder: Path) -> None:
    """Write the model, its card and the report into a new folder."""
    folder.mkdir()
    _save_model(adapted, folder)


def _save_model(adapted: Adapted, folder: Path) -> None:
    from safetensors.torch import save_file

    model, weights = adapted.training.model, adapted.config.adapt.weights
    model.config.save_pretrained(folder)
    adapted.tokenizer.save_pretrained(folder)
    tensors: dict[str, torch.Tensor] = {}
    for name, weight in model.named_parameters():
        tensors |= stored(weight.detach().cpu(), name, weights)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    file = folder / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    config |= {"architectures": [type(model).__name__], "dtype": "float32" if weights == "float32" else "float16"}
    if weights == "int8":
        config[STORED_AS] = weights
    file.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
