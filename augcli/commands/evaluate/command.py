"""The order of an evaluation: rows, splits, arms, fits, outcome, files."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from augcli.commands.evaluate.arms import Arm, Nothing, OfConfig, Placebo, Repeat, yardstick
from augcli.commands.evaluate.data import Data, read_data, sizes, splits
from augcli.commands.evaluate.fits import Fit, FitWork, Item, classifier
from augcli.commands.evaluate.outcome import Evaluation, findings, table
from augcli.commands.evaluate.page import page
from augcli.config.pipeline import Pipeline
from augcli.config.sections import Evaluate
from augcli.errors import ConfigError, RunError
from augcli.io.files.atomic import write_whole
from augcli.models.classifiers.base import Examples, overfits
from augcli.process import cache_folder
from augcli.run.engine.open import open_engine
from augcli.run.progress import Bar

PLACEBOS = 3
_FITS = "fits"
_COLUMNS = ("arm", "rows", "accuracy", "macro F1", "log-loss", "gain", "90 % interval")


@dataclass(frozen=True)
class Command:
    """What the command line asks for."""

    names: Sequence[str]
    """Of the configs."""
    pipelines: Sequence[Pipeline]
    settings: Evaluate
    quiet: bool = False


def evaluate_configs(command: Command) -> Evaluation:
    """Train and test all models on all arms, and write what was found. Raises AugError.

    Fits that an evaluation has finished are found again by the next one with the same rows and configs.
    """
    first = command.pipelines[0]
    _refuse_different(command)
    data = read_data(first.config, command.settings)
    seed = first.config.seed
    found = splits(data, command.settings, seed)
    arms = {size: _arms(command, data, size) for size in sizes(data, command.settings)}
    _refuse_unable(command.settings, data)
    folder = Path(command.settings.output)
    fits_folder = folder / _FITS
    try:
        fits_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"evaluate.output: no folder can be made at {folder}: {error.strerror}") from error
    items = [Item(split, arm) for split in found for arm in arms[split.size]]
    most = max(len(split.training) for split in found) * (1 + round(_times(command, max(arms))))
    work = partial(FitWork, data, command.settings.models, seed, fits_folder, most)
    with open_engine(first.config.engine, len(items)) as engine:
        fits = [fit for some in _shown(engine(work, items), len(items), command.quiet) for fit in some]
    largest = arms[max(arms)]
    used = _times_used(data)
    outcome = Evaluation(
        len(data.rows), None if data.tests is None else len(data.tests), len(data.left_out),
        command.settings.repeats, len(found), seed, findings(data, largest, fits, seed),
        _notes(data, command.settings, used),
    )  # fmt: skip
    _write(folder, command, data, outcome, fits)
    return outcome


def _refuse_different(command: Command) -> None:
    """Configs are compared on the same rows."""
    first = command.pipelines[0].config.input
    for name, pipeline in zip(command.names, command.pipelines, strict=True):
        if pipeline.config.input != first:
            raise ConfigError(f"{name} reads another input than {command.names[0]}; compare configs on the same rows")
    twice = [name for name in command.names if list(command.names).count(name) > 1]
    if twice:
        raise ConfigError(f"{twice[0]} is named twice")


def _arms(command: Command, data: Data, size: int) -> list[Arm]:
    """The arms for so many labelled rows."""
    training = size if data.tests is not None else round(size * (1 - 1 / command.settings.folds))
    configs = [
        OfConfig(name, pipeline, _digest(pipeline))
        for name, pipeline in zip(command.names, command.pipelines, strict=True)
    ]
    eda = yardstick(command.pipelines[0], training)
    times = _times(command, size)
    placebos = [Placebo(times, number) for number in range(1, PLACEBOS + 1)]
    return [Nothing(), Repeat(times), eda, *configs, *placebos]


def _times(command: Command, size: int) -> float:
    """How often an arm repeats a row: as often as the config with the most variants makes one of it."""
    return float(max(map(_variants, (yardstick(command.pipelines[0], size).pipeline, *command.pipelines))))


def _refuse_unable(settings: Evaluate, data: Data) -> None:
    """A network that cannot even learn a few rows by heart says nothing about any data."""
    rows = data.rows
    for model in settings.models:
        if model != "linear":
            examples = Examples([row.text for row in rows], [row.label for row in rows])
            if why := overfits(classifier(model, data.language), examples):
                raise RunError(why)


def _variants(pipeline: Pipeline) -> int:
    """Variants that a pipeline makes of a row; of chains that balance nobody knows before a run, so one."""
    chains = pipeline.config.chains.values()
    return max(1, sum(chain.variants if isinstance(chain.variants, int) else 1 for chain in chains))


def _digest(pipeline: Pipeline) -> str:
    """Of what the variants of a config depend on."""
    said: Any = pipeline.config.model_dump(mode="json", include={"seed", "protect", "chains", "input", "on_error"})
    return sha256(orjson.dumps(said)).hexdigest()


def _shown(results: Iterator[list[Fit]], total: int, quiet: bool) -> Iterator[list[Fit]]:
    """The results, with a progress bar that says how long it will take."""
    with Bar(total=total, unit="fit", disable=quiet or not sys.stderr.isatty(), leave=False) as bar:
        for result in results:
            yield result
            bar.update()


def _times_used(data: Data) -> int:
    """How often a test file was used, this time among them; it tells less each time that somebody chooses by it."""
    if data.tests is None:
        return 0
    said = repr([(row.text, row.label) for row in data.tests])
    file = cache_folder() / "tests" / sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
    used = 1 + (int(file.read_text()) if file.exists() else 0)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, str(used).encode())
    return used


def _notes(data: Data, settings: Evaluate, used: int) -> list[str]:
    notes = []
    if used > 1:
        notes.append(f"this test file was used {used} times: what was chosen by it looks better on it than it is")
    if data.left_out:
        shown = ", ".join(data.left_out[:5]) + ", ..." * (len(data.left_out) > 5)
        notes.append(
            f"{len(data.left_out)} rows of the input stand in the test file, or nearly so, and were left out: {shown}"
        )
    if data.unseen:
        shown = ", ".join(map(repr, data.unseen[:5])) + ", ..." * (len(data.unseen) > 5)
        notes.append(f"no row of the input has these labels of the test file, so that no model can know them: {shown}")
    if data.tests is not None and max(sizes(data, settings)) == len(data.rows):
        notes.append(
            "with all rows the training rows are the same each time: the interval tells of the test rows alone"
        )
    return notes


def _write(folder: Path, command: Command, data: Data, outcome: Evaluation, fits: Sequence[Fit]) -> None:
    document = outcome.document() | {
        "configs": {
            name: pipeline.config.model_dump(mode="json")
            for name, pipeline in zip(command.names, command.pipelines, strict=True)
        },
        "evaluate": command.settings.model_dump(mode="json"),
        "models": {
            model: classifier(model, data.language).model_dump(mode="json")
            for model in command.settings.models
            if model != "linear"
        },
    }
    write_whole(folder / "evaluation.json", orjson.dumps(document, option=orjson.OPT_INDENT_2))
    write_whole(folder / "predictions.parquet", _predictions(data, fits))
    write_whole(folder / "evaluation.html", page(outcome, command.names).encode())


def _predictions(data: Data, fits: Sequence[Fit]) -> bytes:
    """A row for each tested row of each fit, as Parquet."""
    from io import BytesIO

    import pyarrow as pa
    from pyarrow import parquet

    names = ("model", "arm", "size", "repeat", "fold", "id", "label", "predicted", "probability")
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for fit in fits:
        rows = data.tested_rows(fit.split)
        same = (fit.model, fit.arm, *fit.split[:3])
        for name, value in zip(names, same, strict=False):
            columns[name] += [value] * len(rows)
        columns["id"] += [row.id for row in rows]
        columns["label"] += [row.label for row in rows]
        columns["predicted"] += fit.predicted
        columns["probability"] += fit.likely
    packed = BytesIO()
    parquet.write_table(pa.table(columns), packed, compression="zstd")
    return packed.getvalue()


def summary(outcome: Evaluation, folder: str) -> str:
    """The outcome for a terminal: the sentences first."""
    from io import StringIO

    from rich import box
    from rich.console import Console
    from rich.table import Table

    stream = StringIO()
    console = Console(file=stream, width=100)
    for finding in outcome.findings:
        console.print(finding.sentence, highlight=False, markup=False, soft_wrap=True)
    for finding in outcome.findings:
        drawn = Table(*_COLUMNS, title=f"{finding.model}, {finding.size:,} rows", box=box.SIMPLE, title_justify="left")
        for column in drawn.columns[1:]:
            column.justify = "right"
        for row in table(finding):
            drawn.add_row(*row)
        console.print(drawn)
        for remark in finding.remarks:
            console.print(remark, highlight=False, markup=False, soft_wrap=True)
    for note in outcome.notes:
        console.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)
    console.print(
        f"written: {folder}/evaluation.html, evaluation.json, predictions.parquet", highlight=False, markup=False
    )
    return stream.getvalue().rstrip()
