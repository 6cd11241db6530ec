"""Runs with a teacher over a few rows that it can tell."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from augcli.config.config import Options
from augcli.config.load import load
from augcli.report.outcome import Outcome
from augcli.run.run import run
from tests.support.helpers import ROOT, rows
from tests.support.tiny_models import masked_lm_folder

BANKING = ROOT / "sample_data" / "banking77.jsonl"
UNLABELLED = ROOT / "sample_data" / "unlabeled/banking77.jsonl"
LABELS = ("card_arrival", "card_delivery_estimate", "lost_or_stolen_card", "card_not_working")
SOFT: dict[str, Any] = {"a": {"variants": 2, "labels": "teacher_soft", "steps": [{"mix": {"partner": "any"}}]}}
"""A chain that takes its labels from the teacher."""
HARD: dict[str, Any] = {"a": {**SOFT["a"], "labels": "teacher_hard"}}
"""The same, but with the likeliest label."""
POOL: dict[str, Any] = {"p": {"from": "unlabeled", "labels": "teacher_soft"}}
"""A chain that takes rows without a label as they are."""
BOTH = ["aug_probs", "aug_weight"]


def cards(count: int = 52) -> list[dict[str, Any]]:
    """Some rows of four labels that are not easily told: id, text and label."""
    return [row for row in rows(BANKING) if row["label"] in LABELS][:count]


def unlabelled(count: int = 30) -> list[dict[str, str]]:
    """Some texts of the same kind."""
    return [row for row in rows(UNLABELLED) if "card" in row["text"]][:count]


def write_rows(file: Path, some: Sequence[Mapping[str, Any]]) -> Path:
    """Write rows in the format that the name of a file tells."""
    match file.suffix:
        case ".parquet":
            import pyarrow
            from pyarrow import parquet

            parquet.write_table(pyarrow.Table.from_pylist([*some]), file)
        case ".csv" | ".tsv":
            import csv

            with file.open("w", newline="", encoding="utf-8") as out:
                writer = csv.DictWriter(out, [*some[0]], delimiter="," if file.suffix == ".csv" else "\t")
                writer.writeheader()
                writer.writerows(some)
        case _:
            file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in some), encoding="utf-8")
    return file


def read_rows(file: Path) -> list[dict[str, Any]]:
    """The rows of an output, with what was written as JSON text read."""
    match file.suffix:
        case ".parquet":
            from pyarrow import parquet

            found: list[dict[str, Any]] = parquet.read_table(file).to_pylist()
        case ".csv" | ".tsv":
            import csv

            with file.open(newline="", encoding="utf-8") as read:
                found = [*csv.DictReader(read, delimiter="," if file.suffix == ".csv" else "\t")]
        case ".json":
            return json.loads(file.read_bytes())  # type: ignore[no-any-return]
        case _:
            return rows(file)
    for row in found:
        if "aug_probs" in row:
            row["aug_probs"] = json.loads(row["aug_probs"]) if row["aug_probs"] else None
        if "aug_weight" in row:
            row["aug_weight"] = float(row["aug_weight"])
    return found


def config_of(
    folder: Path,
    output: str = "o.jsonl",
    *,
    source: str = "in.jsonl",
    chains: Mapping[str, Any] = SOFT,
    data: Mapping[str, Any] | None = None,
    teacher: Mapping[str, Any] | None = None,
    keys: Mapping[str, Any] | None = None,
    **sections: Any,
) -> Path:
    """Write a config that reads `source` and whose teacher judges; `data` and `keys` are more of input and output."""
    config = {
        "seed": 3,
        "input": {"path": source, "text": "text", "label": "label", "id": "id", **(data or {})},
        "teacher": {"model": str(masked_lm_folder("bert")), "min_lead": 0, "folds": 3, **(teacher or {})},
        "output": {"path": str(folder / "out" / output), "columns": BOTH, **(keys or {})},
        "chains": chains,
        "engine": {"workers": 1, "device": "cpu"},
        **sections,
    }
    file = folder / "config.yaml"
    file.write_text(json.dumps({key: value for key, value in config.items() if value is not None}), encoding="utf-8")
    return file


def taught(folder: Path, output: str = "o.jsonl", *, limit: int | None = None, **keys: Any) -> tuple[Path, Outcome]:
    """Run such a config. The output, and what the run counted."""
    file = config_of(folder, output, **keys)
    return folder / "out" / output, run(load(file), Options(limit, overwrite=True, quiet=True))
