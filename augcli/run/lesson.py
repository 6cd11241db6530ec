"""What a teacher learns from the labelled rows of an input before a run, and which rows without a label it takes."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Any, NamedTuple

from augcli.checks.check import Check
from augcli.checks.rules import LabelAgreement
from augcli.config.config import Config
from augcli.config.pipeline import Pipeline
from augcli.config.sections import ChainConfig, Unlabeled
from augcli.config.sections import Teacher as Settings
from augcli.errors import DataError
from augcli.io.dataset import DatasetSummary
from augcli.io.files.atomic import write_whole
from augcli.io.files.storage import Place
from augcli.io.inputs import find_inputs
from augcli.io.open import open_sources
from augcli.io.records import read_chunk
from augcli.models.classifiers.base import Classifier, Examples
from augcli.models.folds import grouped_folds
from augcli.models.linear import LINEAR, LinearModel
from augcli.run.engine.local import local
from augcli.run.judge import SEPARATOR, TeacherJudge
from augcli.run.pool import Unlabelled, take
from augcli.run.survey.balance import balance_key
from augcli.run.survey.near_duplicates import groups
from augcli.run.survey.survey import survey
from augcli.text.record import is_missing, label_name

if TYPE_CHECKING:
    from augcli.models.teachers.teacher import Teacher

MOST_ROWS = 20_000
"""Labelled rows that a teacher learns from; of more, these are drawn."""
TEACHER = "teacher.safetensors"
"""Name of what it learnt in the work folder."""


class _Row(NamedTuple):
    """What a teacher needs of a row."""

    key: str
    text: str
    label: str
    value: Any
    """The label as the input has it."""
    general: bool
    """Whether it is a text that comes along."""


@dataclass(frozen=True)
class Lesson:
    """What a teacher learnt. It travels to workers."""

    file: Place | None
    """None where the teacher leads too little to judge."""
    sha256: str
    language: str
    device: str
    pool: frozenset[str]
    """The keys of the rows without a label that are taken."""
    facts: Mapping[str, Any]
    """For the report."""
    notes: Sequence[str]
    silent: frozenset[str]
    """Chains that ask for more than it leads, and make nothing."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Labels as the input has them, by name."""

    def judge(self) -> TeacherJudge | None:
        """The judge of variants; None where the teacher leads too little."""
        return TeacherJudge.load(self.file, self.language, self.device) if self.file else None

    @property
    def digest(self) -> str:
        """Of all that labels depend on."""
        return sha256("\n".join([self.sha256, *sorted(self.pool), *sorted(self.silent)]).encode()).hexdigest()


def needs_teacher(pipeline: Pipeline) -> bool:
    """Whether a chain asks a teacher."""
    return any(asks_teacher(chain, pipeline.chains[name].checks) for name, chain in pipeline.config.chains.items())


def asks_teacher(chain: ChainConfig, checks: Sequence[Check]) -> bool:
    """Whether a chain asks a teacher, for labels or for a check."""
    return chain.labels != "source" or any(isinstance(check, LabelAgreement) for check in checks)


def learn(pipeline: Pipeline, dataset: DatasetSummary, folder: Place) -> Lesson | None:
    """Let the teacher learn from the labelled rows, and choose rows without a label; None where no chain asks it.

    Raises DataError when the rows allow no teacher, ResourceError when a model or package is missing.
    """
    config = pipeline.config
    if config.teacher is None or not needs_teacher(pipeline):
        return None
    rows, unlabelled = _rows(config, dataset)
    tested = _tested_texts(config, folder / "tested")
    _refuse_few(rows)
    numbers = groups([*(row.text for row in rows), *tested, *(row.text for row in unlabelled)], config.input.language)
    labels, folds = [row.label for row in rows], [0] * len(rows)
    for fold, (_, places) in enumerate(grouped_folds(labels, numbers[: len(rows)], config.teacher.folds, config.seed)):
        for place in places:
            folds[place] = fold
    if len({*folds}) < 2:
        raise DataError("a teacher is tested on rows that it has not seen, but all labelled rows are nearly the same")
    language, device = config.input.language, config.engine.device
    teacher = _taught(config, config.teacher, rows, folds, numbers[: len(rows)])
    teacher.values, teacher.rows = {row.label: row.value for row in rows}, len(rows)
    student = pipeline.student
    if student:
        known = _told_by_network(student, rows, folds, numbers[: len(rows)], config.seed)
    else:
        known = _told_by_linear(language, rows, folds)
    leads = [taught - told for taught, told in zip(teacher.right, known, strict=True)]
    lead = fmean(leads)
    facts = {
        "rows": len(rows),
        "accuracy": round(100 * teacher.accuracy, 1),
        "student": student.name if student else LINEAR,
        "student_accuracy": round(100 * fmean(known), 1),
        "chosen": teacher.chosen,
    }
    notes = _notes(rows, dataset, teacher)
    told = (
        f"in {len({*folds})} folds, the teacher ({teacher.chosen}) tells {facts['accuracy']:.1f} % of the labels, "
        f"the {student.name if student else 'linear model'} {facts['student_accuracy']:.1f} %, give or take "
        f"{100 * pstdev(leads) / len(rows) ** 0.5:.1f} in the difference"
    )
    if config.teacher.train == "none":
        told += "; the teacher may have seen these rows before"
    least = config.teacher.min_lead
    wanted = {
        name: least if chain.min_lead is None else chain.min_lead
        for name, chain in config.chains.items()
        if asks_teacher(chain, pipeline.chains[name].checks)
    }
    silent = frozenset(name for name, points in wanted.items() if 100 * lead < points)
    if silent == wanted.keys():
        least = min(wanted.values())
        key = "teacher.min_lead" if least == config.teacher.min_lead else "min_lead of its chains"
        why = f"{told}: it must lead by {least:g} points ({key}), so it judges nothing"
        return Lesson(None, "", language, device, frozenset(), {**facts, "judges": False}, [why, *notes], silent)
    if silent:
        more = ", ".join(f"{name} ({wanted[name]:g})" for name in sorted(silent))
        told += f"; nothing is made by chains for which it must lead by more: {more}"
    file = folder / TEACHER
    write_whole(file, teacher.dump())
    first = len(rows) + len(tested)
    behind = zip(unlabelled, numbers[first:], strict=True)
    pooled = any(chain.rows == "unlabeled" for name, chain in config.chains.items() if name not in silent)
    others = [Unlabelled(row.key, row.text, group, row.general) for row, group in behind if pooled]
    pool = take(config.unlabeled or Unlabeled(), teacher, Counter(labels), others, {*numbers[:first]})
    if others:
        facts["unlabelled"] = pool.counts()
        notes.append(pool.note())
    elif pooled:
        none = "there are no rows without a label, neither in the input nor in unlabeled.path"
        notes.append(f"{none}; unlabeled.general: 20000 takes texts that come along")
    digest, facts = sha256(file.read_bytes()).hexdigest(), {**facts, "judges": True}
    return Lesson(file, digest, language, device, pool.keys, facts, [told, *notes], silent, teacher.values)


def _taught(
    config: Config, settings: Settings, rows: Sequence[_Row], folds: Sequence[int], groups: Sequence[int]
) -> Teacher:
    from augcli.models.teachers.teacher import Teacher

    texts, labels = [row.text for row in rows], [row.label for row in rows]
    language, device, model = config.input.language, config.engine.device, settings.model
    match settings.train:
        case "none":
            assert isinstance(model, str)
            return Teacher.ready(model, device, texts, labels)
        case "full":
            assert not isinstance(model, list)
            teacher = Teacher.fine_tune(model, language, device, texts, labels, folds, groups, config.seed)
        case "head":
            models = model if isinstance(model, list) else [model]
            teacher = Teacher.fit(models, language, device, texts, labels, folds, settings.precision, settings.vectors)
    teacher.fold_of = {row.key: fold for row, fold in zip(rows, folds, strict=True)}
    return teacher


def _rows(config: Config, dataset: DatasetSummary) -> tuple[list[_Row], list[_Row]]:
    """The labelled rows, or those drawn of very many, and the others where a chain takes some; in the order drawn."""
    wanted = any(chain.rows == "unlabeled" for chain in config.chains.values())
    labelled: list[tuple[int, str, _Row]] = []
    unlabelled: list[tuple[int, str, _Row]] = []
    for record in (record for chunk in dataset.chunks for record in read_chunk(config, chunk)):
        if not record.fits:
            continue
        if record.labelled and len(record.labels) != 1:
            raise DataError(
                f"{record.id}: a teacher learns from rows with one label each; this one has {len(record.labels)}; "
                "leave such rows out, or the teacher"
            )
        label = record.labels[0] if record.labelled else ""
        row = _Row(str(record.key), SEPARATOR.join(record.texts), label, record.label, record.general)
        entry = (-balance_key(config.seed, record), row.key, row)
        if not record.labelled:
            if wanted:
                unlabelled.append(entry)
        elif len(labelled) < MOST_ROWS:
            heapq.heappush(labelled, entry)
        else:
            heapq.heappushpop(labelled, entry)
    first, second = (
        [row for _, _, row in sorted(some, key=lambda entry: (-entry[0], entry[1]))] for some in (labelled, unlabelled)
    )
    return first, second


def _refuse_few(rows: Sequence[_Row]) -> None:
    counts = Counter(row.label for row in rows)
    if len(counts) < 2:
        raise DataError(f"a teacher needs rows of two labels at least; there {'is one' if counts else 'are none'}")
    if max(counts.values()) < 2:
        raise DataError("a teacher needs two rows of some label at least; each has one")


def _tested_texts(config: Config, folder: Place) -> list[str]:
    """The texts of the test file of `evaluate`, if it names one."""
    test = config.evaluate.test if config.evaluate else None
    if not isinstance(test, str | list):
        return []
    for pattern in [test] if isinstance(test, str) else test:
        if not find_inputs(config, pattern)[1]:
            raise config.error(f"nothing to read at {pattern}", "evaluate", "test")
    data = config.input.model_copy(update={"path": test, "where": None, "originals_only": None})
    reading = config.model_copy(update={"input": data, "unlabeled": None, "teacher": None})
    folder.mkdir(parents=True, exist_ok=True)
    sources = open_sources(reading, folder, MOST_ROWS)
    with local(1) as engine:
        dataset = survey(reading, sources, folder / "survey", engine, MOST_ROWS)
    return [SEPARATOR.join(record.texts) for chunk in dataset.chunks for record in read_chunk(reading, chunk)]


_CS = (1.0, 10.0, 100.0, 1000.0)
_UNKNOWN = 1e-4
"""Probability of a label that no row has."""


def _told_by_linear(language: str, rows: Sequence[_Row], folds: Sequence[int]) -> list[bool]:
    """Whose labels a linear model tells in the same folds, with the C that has the least log-loss."""
    import numpy as np

    right, losses = np.zeros((len(_CS), len(rows)), bool), np.zeros(len(_CS))
    for fold in {*folds}:
        training = [row for row, number in zip(rows, folds, strict=True) if number != fold]
        tested = {at: rows[at] for at, number in enumerate(folds) if number == fold}
        model = LinearModel(language)
        features = model.vectorize([row.text for row in training])
        held = model.features([row.text for row in tested.values()])
        for place, _ in enumerate(model.path(features, [row.label for row in training], None, _CS)):
            for (at, row), likely in zip(tested.items(), model.predict(held), strict=True):
                known = row.label in model.classes
                losses[place] -= np.log(max(_UNKNOWN, likely[model.classes.index(row.label)] if known else 0.0))
                right[place, at] = model.classes[likely.argmax()] == row.label
    told: list[bool] = right[losses.argmin()].tolist()
    return told


def _told_by_network(
    student: Classifier, rows: Sequence[_Row], folds: Sequence[int], groups: Sequence[int], seed: int
) -> list[bool]:
    """Whose labels a network tells in the same folds."""
    told = [False] * len(rows)
    for fold in {*folds}:
        others = [at for at, number in enumerate(folds) if number != fold]
        texts, labels = [rows[at].text for at in others], [rows[at].label for at in others]
        trained = student.fit(*Examples.split(texts, labels, [groups[at] for at in others], seed), seed)
        tested = [at for at, number in enumerate(folds) if number == fold]
        likeliest = trained.probabilities([rows[at].text for at in tested]).argmax(axis=1)
        for at, column in zip(tested, likeliest, strict=True):
            told[at] = trained.classes[column] == rows[at].label
    return told


def _notes(rows: Sequence[_Row], dataset: DatasetSummary, teacher: Teacher) -> list[str]:
    notes = []
    if lacking := sum(count for group, count in dataset.groups.items() if is_missing(group)):
        groups = (group for group in dataset.groups if is_missing(group))
        values = sorted({label for group in groups for label in group} - {"", label_name(None)})
        shown = f" (but {', '.join(map(repr, values[:5]))})" if values else ""
        what = "row of the input has" if lacking == 1 else "rows of the input have"
        notes.append(f"{lacking:,} {what} no label{shown}: the teacher does not learn from any")
    if lone := sorted(label for label, count in Counter(row.label for row in rows).items() if count == 1):
        shown = ", ".join(map(repr, lone[:5])) + ", ..." * (len(lone) > 5)
        notes.append(f"nothing can judge variants of rows whose label no other row has: {shown}")
    return notes
