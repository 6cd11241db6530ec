"""The order of an evaluation: rows, splits, arms, race, fits, outcome, files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import fmean
from typing import Any

import orjson
import typer

from augcli.commands.evaluate.arms import Arm, Nothing, OfConfig, Placebo, Repeat, yardstick
from augcli.commands.evaluate.data import Data, measures_entities, read_data, sizes, splits, write_pool
from augcli.commands.evaluate.files import write
from augcli.commands.evaluate.fits import TEACHER, Fit, FitWork, Item
from augcli.commands.evaluate.fitter import Fitter
from augcli.commands.evaluate.outcome import Choice, Evaluation, Finding, TestUse, findings, headline, model_called
from augcli.commands.evaluate.race import choose
from augcli.config.pipeline import Pipeline
from augcli.config.sections import Evaluate
from augcli.errors import ConfigError, RunError
from augcli.io.files.atomic import write_whole
from augcli.models.classifiers import base
from augcli.models.classifiers.base import Classifier, Examples, Learner
from augcli.models.linear import LINEAR
from augcli.models.taggers import base as taggers
from augcli.models.taggers.base import Sentences, Tagger
from augcli.process import cache_folder
from augcli.run.engine.open import open_engine
from augcli.run.lesson import needs_teacher

PLACEBOS = 3
_FITS = "fits"


@dataclass(frozen=True)
class Command:
    """What the command line asks for."""

    names: Sequence[str]
    """Of the configs."""
    pipelines: Sequence[Pipeline]
    settings: Evaluate
    learners: Mapping[str, Learner | None]
    """What is trained, by name; None is the linear model."""
    quiet: bool = False


def names_of(files: Sequence[Path]) -> list[str]:
    """What the configs in files are called: no two alike, and none as an arm that is always there."""
    stems = [file.stem for file in files]
    others = {"none", "repeat", "eda", *(f"placebo {number}" for number in range(1, PLACEBOS + 1))}
    return [
        file.as_posix() if stem in others or stems.count(stem) > 1 else stem
        for file, stem in zip(files, stems, strict=True)
    ]


def evaluate_configs(command: Command) -> Evaluation:
    """Train and test all models on all arms, and write what was found. Raises AugError.

    Fits that an evaluation has finished are found again by the next one with the same rows and configs.
    """
    settings, config, models = command.settings, command.pipelines[0].config, tuple(command.learners)
    _refuse_different(command)
    data = read_data(config, settings, command.pipelines, tagged=measures_entities(command.learners))
    found = splits(data, settings, config.seed)
    folder = Path(settings.output)
    try:
        (folder / _FITS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"evaluate.output: no folder can be made at {folder}: {error.strerror}") from error
    augmentations = [
        _arm(name, pipeline, write_pool(pipeline.config, data, folder / f"unlabeled-{number}.jsonl"))
        for number, (name, pipeline) in enumerate(zip(command.names, command.pipelines, strict=True))
    ]
    arms = {size: _arms(command, data, size, augmentations) for size in sizes(data, settings)}
    largest = arms[max(arms)]
    _refuse_choice(command, len(arms))
    _refuse_unable(command.learners, data)
    by_source = settings.weights == "sources"
    work = FitWork(data, command.learners, config.seed, folder / _FITS, _times(command, max(arms)), by_source)
    items = [
        Item(split, arm, (*models, TEACHER) if arm.has_teacher else models)
        for split in found
        for arm in arms[split.size]
    ]
    choice, raced = None, list[Fit]()
    with open_engine(config.engine, len(items)) as engine:
        fitter = Fitter(engine, work, settings.limit_minutes, quiet=command.quiet)
        if not command.quiet and any(command.learners.values()):
            minutes = max(1, round(fitter.forecast(items) / 60))
            typer.echo(f"{len(items) * len(models)} fits, about {minutes:,} minute{'s' * (minutes != 1)}", err=True)
        if settings.choose:
            choice, finalists, raced = choose(data, largest, models[0], settings, config.seed, fitter)
            items = [item for item in map(partial(_confirmed, choice, finalists), items) if item.models]
        fits = fitter.by_repeat(items)
    taught = [fit for fit in fits if fit.model == TEACHER]
    fits = [fit for fit in fits if fit.model != TEACHER]
    scores = findings(data, largest, fits, config.seed)
    if choice and choice.gain:
        scores[0].remarks.insert(
            0, "These configs were chosen on the same folds: their gains look better than they are."
        )
    repeats = len({fit.split.repeat for fit in fits})
    test = _use_of_test(command, data)
    outcome = Evaluation(
        choice.sentence if choice and choice.gain else headline(scores),
        len(data.rows), test, len(data.left_out), repeats, len({fit.split for fit in fits}), config.seed, scores,
        [
            *_teacher_notes(taught, data), *_student_notes(command), *_notes(data, settings, repeats, test, scores),
        ],
        choice,
    )  # fmt: skip
    configs = {name: one.config for name, one in zip(command.names, command.pipelines, strict=True)}
    measured = {(fit.model, fit.arm, fit.split): fit for fit in [*fits, *raced]}
    write(folder, outcome, data, [*measured.values()], configs, settings, command.learners)
    return outcome


def _confirmed(choice: Choice, finalists: Sequence[str], item: Item) -> Item:
    """What is fitted of an item after a race: the finalists by the model that raced, what was chosen by the others."""
    first, *others = item.models
    if item.arm.kind == "config":
        others = others if item.arm.name == choice.chosen else []
        return item._replace(models=(*([first] if item.arm.name in finalists else []), *others))
    return item if item.arm.kind in ("none", "repeat") else item._replace(models=(first,))


def _refuse_different(command: Command) -> None:
    """Configs are compared on the same rows."""
    first = command.pipelines[0].config.input
    for name, pipeline in zip(command.names, command.pipelines, strict=True):
        if pipeline.config.input != first:
            raise ConfigError(f"{name} reads another input than {command.names[0]}; compare configs on the same rows")
    twice = [name for name in command.names if list(command.names).count(name) > 1]
    if twice:
        raise ConfigError(f"{twice[0]} is named twice")


def _arm(name: str, pipeline: Pipeline, pool: Path | None) -> OfConfig:
    digest = _digest(pipeline)
    if pool:
        digest = sha256(digest.encode() + pool.read_bytes()).hexdigest()
    return OfConfig(name, pipeline, digest, pool)


def _arms(command: Command, data: Data, size: int, configs: Sequence[OfConfig]) -> list[Arm]:
    """The arms for so many labelled rows."""
    training = size if data.tests is not None else round(size * (1 - 1 / command.settings.folds))
    eda = yardstick(command.pipelines[0], training)
    times = _times(command, size)
    placebos = [Placebo(times, number) for number in range(1, PLACEBOS + 1)]
    return [Nothing(), Repeat(times), eda, *configs, *placebos]


def _times(command: Command, size: int) -> float:
    """How often an arm repeats a row: as often as the config with the most variants makes one of it."""
    return float(max(map(_variants, (yardstick(command.pipelines[0], size).pipeline, *command.pipelines))))


def _refuse_choice(command: Command, sizes: int) -> None:
    """A race is between configs, at one size."""
    if command.settings.choose and len(command.pipelines) < 2:
        raise ConfigError("evaluate.choose: there is one config; name two or more to choose between")
    if command.settings.choose and sizes > 1:
        raise ConfigError("evaluate.choose: configs race at one size; name one in evaluate.sizes")


def _refuse_unable(learners: Mapping[str, Learner | None], data: Data) -> None:
    """A network that cannot even learn a few rows by heart says nothing about any data."""
    rows = data.rows
    for learner in learners.values():
        why = None
        if isinstance(learner, Classifier):
            why = base.overfits(learner, Examples([row.text for row in rows], [row.label for row in rows]))
        elif isinstance(learner, Tagger):
            why = taggers.overfits(learner, Sentences([row.tokens for row in rows], [row.tags for row in rows]))
        if why:
            raise RunError(why)


def _variants(pipeline: Pipeline) -> int:
    """Variants that a pipeline makes of a row; of chains that balance nobody knows before a run, so one."""
    chains = pipeline.config.chains.values()
    return max(1, sum(chain.variants if isinstance(chain.variants, int) else 1 for chain in chains))


def _digest(pipeline: Pipeline) -> str:
    """Of what the variants of a config depend on."""
    depends: Any = dict.fromkeys(("seed", "protect", "chains", "input", "on_error", "teacher"), True)
    depends |= {
        "unlabeled": {"limit", "min_confidence", "keep_balance", "general"},
        "output": {"columns", "original_weight"},
    }
    said: Any = pipeline.config.model_dump(mode="json", include=depends)
    return sha256(orjson.dumps(said)).hexdigest()


def _teacher_notes(fits: Sequence[Fit], data: Data) -> Iterator[str]:
    """How good the teachers are, which is what their variants can hand on at most."""
    for name in dict.fromkeys(fit.arm for fit in fits):
        of_arm = [fit for fit in fits if fit.arm == name]
        judging = [fit for fit in of_arm if fit.predicted]
        if len(judging) < len(of_arm):
            idle = len(of_arm) - len(judging)
            yield f"the teacher of {name} led too little to judge in {idle} of {len(of_arm)} trainings"
        if judging:
            right = [
                sum(label == row.label for label, row in zip(fit.predicted, rows, strict=True)) / len(rows)
                for fit in judging
                if (rows := data.tested_rows(fit.split))
            ]
            yield f"the teacher of {name} itself reaches {100 * fmean(right):.1f} % of the tested rows"


def _student_notes(command: Command) -> Iterator[str]:
    """Which teachers are compared with another model than those that are evaluated."""
    for name, pipeline in zip(command.names, command.pipelines, strict=True):
        student = pipeline.student.name if pipeline.student else LINEAR
        if needs_teacher(pipeline) and student not in command.learners:
            yield f"the teacher of {name} has to lead {model_called(student)}, which is not evaluated (teacher.student)"


def _use_of_test(command: Command, data: Data) -> TestUse | None:
    """The test file, and how many evaluations have used it; it tells less each time that somebody chooses by it."""
    if data.tests is None:
        return None
    said = repr([(row.text, row.said) for row in data.tests])
    digest = sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
    settings = command.settings.model_dump(exclude={"output", "limit_minutes"})
    asked = repr((data.digest, [*map(_digest, command.pipelines)], settings, [*command.learners]))
    file = cache_folder() / "tests" / digest
    seen = file.read_text("utf-8").split() if file.exists() else []
    seen = [*dict.fromkeys([*seen, sha256(asked.encode()).hexdigest()])]
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, "\n".join(seen).encode())
    return TestUse(len(data.tests), digest, len(seen))


def _notes(data: Data, settings: Evaluate, repeats: int, test: TestUse | None, found: Sequence[Finding]) -> list[str]:
    notes = []
    largest = [finding for finding in found if finding.size == max(finding.size for finding in found)]
    if len(largest) > 1:
        reached = ", ".join(f"{model_called(finding.model)} {finding.repeated:.1f} %" for finding in largest)
        notes.append(f"with repetition alone, {reached} {largest[0].measure}: which model is taken may matter more")
    if repeats < settings.repeats:
        notes.append(f"{repeats} of {settings.repeats} repeats were made in {settings.limit_minutes:g} minutes")
    if test and test.used > 1:
        notes.append(
            f"{test.used} evaluations have used this test file: what was chosen by it looks better on it than it is"
        )
    if data.left_out:
        shown = ", ".join(data.left_out[:5]) + ", ..." * (len(data.left_out) > 5)
        notes.append(
            f"{len(data.left_out)} rows of the input stand in the test file, or nearly so, and were left out: {shown}"
        )
    if data.unlabelled:
        shown = ", ".join(data.unlabelled[:5]) + ", ..." * (len(data.unlabelled) > 5)
        one = len(data.unlabelled) == 1
        what = "1 row without a label was" if one else f"{len(data.unlabelled)} rows without a label were"
        notes.append(f"{what} left out: {shown}")
    notes += dict.fromkeys(data.warnings)
    if data.unseen:
        shown = ", ".join(map(repr, data.unseen[:5])) + ", ..." * (len(data.unseen) > 5)
        notes.append(f"no row of the input has these labels of the test file, so that no model can know them: {shown}")
    if data.tests is not None and max(sizes(data, settings)) == len(data.rows):
        notes.append(
            "with all rows the training rows are the same each time: the interval tells of the test rows alone"
        )
    return notes
