"""What an evaluation leaves in its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson

from augcli.commands.evaluate.data import Data
from augcli.commands.evaluate.fits import Fit
from augcli.commands.evaluate.outcome import Evaluation
from augcli.commands.evaluate.page import page
from augcli.config.config import Config
from augcli.config.sections import Evaluate
from augcli.io.files.atomic import write_whole
from augcli.models.classifiers.base import Learner


def write(
    folder: Path, outcome: Evaluation, data: Data, fits: Sequence[Fit], configs: Mapping[str, Config],
    settings: Evaluate, learners: Mapping[str, Learner | None],
) -> None:  # fmt: skip
    """Write evaluation.json, predictions.parquet and evaluation.html."""
    document = outcome.document() | {
        "configs": {name: config.model_dump(mode="json") for name, config in configs.items()},
        "evaluate": settings.model_dump(mode="json"),
        "models": {name: learner.model_dump(mode="json") for name, learner in learners.items() if learner},
    }
    write_whole(folder / "evaluation.json", orjson.dumps(document, option=orjson.OPT_INDENT_2))
    write_whole(folder / "predictions.parquet", _predictions(data, fits))
    write_whole(folder / "evaluation.html", page(outcome, [*configs], document["models"]).encode())


def _predictions(data: Data, fits: Sequence[Fit]) -> bytes:
    """A row for each tested row of each fit, as Parquet."""
    import pyarrow as pa
    from pyarrow import parquet

    names = ("model", "arm", "size", "repeat", "fold", "id", "truth", "predicted", "probability")
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for fit in fits:
        rows = data.tested_rows(fit.split)
        same = (fit.model, fit.arm, *fit.split[:3])
        for name, value in zip(names, same, strict=False):
            columns[name] += [value] * len(rows)
        columns["id"] += [row.id for row in rows]
        columns["truth"] += [row.said for row in rows]
        columns["predicted"] += fit.predicted
        columns["probability"] += fit.likely
    packed = BytesIO()
    parquet.write_table(pa.table(columns), packed, compression="zstd")
    return packed.getvalue()
