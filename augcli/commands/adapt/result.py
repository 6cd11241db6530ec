"""What a training leaves: a folder with the model, its card and a report."""

from __future__ import annotations

import json
import platform
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from augcli import __version__
from augcli.commands.adapt.page import page, usage
from augcli.commands.adapt.training import Measurement, Training
from augcli.config.adapt import Adapt, AdaptConfig
from augcli.io.dataset import DatasetSummary
from augcli.models.files import revision_of
from augcli.models.masked_lm import STORED_AS, pack_weight
from augcli.models.pretrained import named_folder
from augcli.report.document import inputs, sign, started_at, version_of
from augcli.report.templates import environment

if TYPE_CHECKING:
    import torch

GUESSES = 8
"""Texts that are shown with a masked word."""
PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "numpy")


@dataclass(frozen=True, slots=True)
class AdaptResult:
    """What a training came to."""

    config: AdaptConfig
    output: Path
    survey: DatasetSummary
    training: Training
    tokenizer: Any
    after: Measurement
    """The model that is saved."""
    guesses: Sequence[Sequence[int]]
    """What it makes of the examples."""
    unigram: Measurement
    """The share of each piece in the training part, whatever the sentence."""
    resumed: int
    """Steps that an earlier run had done."""
    limit: int | None
    device: str
    threads: int
    started: float
    seconds: float
    fingerprint: str
    notes: Sequence[str]

    @property
    def before(self) -> Measurement:
        """The model before the training."""
        return self.training.state.points[0].measured

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


def save(adapted: AdaptResult, folder: Path) -> None:
    """Write the model, its card and the report into a new folder."""
    folder.mkdir()
    _save_model(adapted, folder)
    report = build(adapted)
    (folder / "report.json").write_bytes(sign(report))
    (folder / "report.html").write_text(page(report), encoding="utf-8", newline="\n")
    (folder / "README.md").write_text(card(report), encoding="utf-8", newline="\n")


def build(adapted: AdaptResult) -> dict[str, Any]:
    """The report as plain values."""
    config, found, training = adapted.config, adapted.survey, adapted.training
    state = training.state
    return {
        "augcli": __version__,
        "run": {
            "started": started_at(adapted.started),
            "seconds": round(adapted.seconds, 3),
            "seed": config.seed,
            "device": adapted.device,
            "threads": adapted.threads,
            "steps_resumed": adapted.resumed,
            "limit": adapted.limit,
            "fingerprint": adapted.fingerprint,
            "python": platform.python_version(),
            "packages": {name: version_of(name) for name in PACKAGES},
        },
        "config": config.model_dump(mode="json"),
        "inputs": inputs(found.sources),
        "rows": {"read": found.rows, "dropped": found.dropped},
        "dropped_rows": found.dropped_rows,
        "remarks": adapted.notes,
        "base": _base(config.adapt),
        "model": {
            "architecture": type(training.model).__name__,
            "parameters": sum(weight.numel() for weight in training.model.parameters()),
            "vocabulary": len(adapted.tokenizer),
            "weights": config.adapt.weights,
        },
        "corpus": {
            name: {"texts": len(part), "pieces": len(part.pieces)}
            for name, part in (("training", training.training), ("validation", training.validation))
        },
        "training": {
            "steps": state.step,
            "epochs": round(state.points[-1].epoch, 3),
            "seconds": round(state.seconds, 1),
            "learning_rate": training.rate,
            "ended": training.ended(),
            "best_step": state.points[state.best].step,
        },
        "measured": {
            name: _measured_values(one)
            for name, one in (("before", adapted.before), ("after", adapted.after), ("unigram", adapted.unigram))
        },
        "guesses": _guesses(adapted),
        "curve": [
            {"step": point.step, "epoch": round(point.epoch, 3), "seconds": round(point.seconds, 1),
             "training_loss": point.training_loss, **_measured_values(point.measured)}
            for point in state.points
        ],
    }  # fmt: skip


def _guesses(adapted: AdaptResult) -> list[dict[str, Any]]:
    """Texts with a masked word: what stands there, and what the model guesses before and after the training."""
    training, backend = adapted.training, adapted.tokenizer.backend_tokenizer
    frame, examples = training.masking.frame, training.examples()
    lead = len(frame.before)

    def spelled(piece: int) -> str:
        return backend.decode([piece]).strip() or backend.id_to_token(piece) or "?"

    told = []
    for pieces, at, wanted, before, after in zip(
        examples.pieces.tolist(), examples.at.argmax(1).tolist(), examples.wanted.tolist(),
        training.state.guesses, adapted.guesses, strict=False,
    ):  # fmt: skip
        label = pieces[lead : pieces.index(frame.between)] if adapted.config.adapt.label else []
        start = lead + len(label) + 1 if label and len(label) < at else lead
        if any(map(str.isalpha, spelled(wanted))):
            told.append({"label": backend.decode(pieces[lead : max(lead, start - 1)]),
                         "around": [backend.decode(pieces[start:at]), backend.decode(pieces[at + 1 :])],
                         "word": spelled(wanted), "before": [*map(spelled, before)],
                         "after": [*map(spelled, after)]})  # fmt: skip
    return told[:GUESSES]


def _measured_values(one: Measurement) -> dict[str, float]:
    return {**asdict(one), "perplexity": one.perplexity}


def _base(settings: Adapt) -> dict[str, str | None] | None:
    """The model that the training went on with; its licence as its card says."""
    if settings.model is None:
        return None
    folder = named_folder(settings.model, settings.revision)
    return {"name": settings.model, "revision": revision_of(folder), "licence": _licence(folder / "README.md")}


def _licence(file: Path) -> str | None:
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    head = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    told = yaml.safe_load(head[1]) if head else None
    return str(told["license"]) if isinstance(told, dict) and "license" in told else None


def card(report: dict[str, Any]) -> str:
    """The model card."""
    use = usage(report["config"]["adapt"])
    config = yaml.safe_dump(report["config"], sort_keys=False, allow_unicode=True)
    return environment().get_template("commands/adapt/card.md.j2").render(report=report, config=config, use=use)


def _save_model(adapted: AdaptResult, folder: Path) -> None:
    from safetensors.torch import save_file

    model, weights = adapted.training.model, adapted.config.adapt.weights
    model.config.save_pretrained(folder)
    adapted.tokenizer.init_kwargs.pop("local_files_only", None)
    adapted.tokenizer.save_pretrained(folder)
    tensors: dict[str, torch.Tensor] = {}
    for name, weight in model.named_parameters():
        tensors |= pack_weight(weight.detach().cpu(), name, weights)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    shutil.copymode(folder / "config.json", folder / "model.safetensors")  # it is made for its owner alone
    file = folder / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    config |= {"architectures": [type(model).__name__], "dtype": "float32" if weights == "float32" else "float16"}
    if weights == "int8":
        config[STORED_AS] = weights
    file.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8", newline="\n")
