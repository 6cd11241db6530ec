"""The labelled rows that models learn from and are tested on, and how they are drawn and split."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import orjson

from augcli.config.config import Config
from augcli.config.paths import is_open
from augcli.config.pipeline import Pipeline
from augcli.config.sections import Evaluate, Input
from augcli.errors import ConfigError, DataError
from augcli.io.inputs import find_inputs
from augcli.io.open import open_sources
from augcli.io.records import read_chunk, value_or_null
from augcli.io.sources import used_columns
from augcli.models.classifiers.base import Learner
from augcli.models.folds import grouped_folds
from augcli.models.taggers.base import OUTSIDE, Tagger
from augcli.run.engine.local import local
from augcli.run.judge import SEPARATOR
from augcli.run.look.look import look_at
from augcli.run.survey.near_duplicates import groups
from augcli.run.survey.survey import missing_column, survey
from augcli.text.bio import tags_from_spans
from augcli.text.record import Record, label_name, missing_labels
from augcli.text.words import WITHOUT_BLANKS

FEWEST = 5
"""Rows that a label must have where folds are made."""


class Row(NamedTuple):
    """A labelled row."""

    id: str
    text: str
    label: str
    """Empty where entities are measured."""
    values: dict[str, Any]
    """The columns that the config names."""
    group: str | None = None
    """What the column `evaluate.group` says."""
    tokens: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """BIO tags of the tokens, where entities are measured."""

    @property
    def said(self) -> str | tuple[str, ...]:
        """What a model is to say of it."""
        return self.tags or self.label

    @property
    def stratum(self) -> str:
        """What is spread evenly over folds: labels, or the types of first entities."""
        return next((tag[2:] for tag in self.tags if tag != OUTSIDE), self.label)


class Split(NamedTuple):
    """One training part and one test part, by the places of their rows."""

    size: int
    """How many labelled rows were drawn."""
    repeat: int
    fold: int
    training: tuple[int, ...]
    tested: tuple[int, ...]


@dataclass(frozen=True)
class Data:
    """What all arms and models share."""

    rows: Sequence[Row]
    tests: Sequence[Row] | None
    """Rows of a test file of its own; None where rows are tested in folds."""
    language: str
    unseen: Sequence[str] = ()
    """Labels of the test file that no row of the input has."""
    left_out: Sequence[str] = ()
    """The ids of rows that stand, or nearly stand, in the test file, and that no model is trained on."""
    unlabelled: Sequence[str] = ()
    """The ids of rows whose label stands for none, and that are left out too."""
    warnings: Sequence[str] = ()
    """Of rows that do not fit the configs."""
    tagged: bool = False
    """Whether entities are measured, not labels."""

    @cached_property
    def groups(self) -> list[int]:
        """A number for each row, the same for near duplicates and for rows that the user's column puts together."""
        near = groups([row.text for row in self.rows], self.language)
        return _united(near, [row.group for row in self.rows])

    @cached_property
    def digest(self) -> str:
        """Of all rows."""
        said = [[(row.text, row.said, row.tokens, row.group) for row in some or ()] for some in (self.rows, self.tests)]
        return sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def labels(self) -> int:
        """How many different labels, or tags, the rows have."""
        return len({tag for row in self.rows for tag in row.tags} if self.tagged else {row.label for row in self.rows})

    def tested_rows(self, split: Split) -> list[Row]:
        """The rows that a split is tested on."""
        rows = self.rows if self.tests is None else self.tests
        return [rows[place] for place in split.tested]


def _united(near: Sequence[int], named: Sequence[str | None]) -> list[int]:
    """Numbers of groups that hold together what either of two groupings does."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not any(name is not None for name in named):
        return [*near]
    keys = [at if name is None else name for at, name in enumerate(named)]
    places = {key: max(near) + 1 + number for number, key in enumerate(dict.fromkeys(keys))}
    ends = [places[key] for key in keys]
    graph = coo_array((np.ones(len(near)), (near, ends)), shape=(max(ends) + 1, max(ends) + 1))
    _, parts = connected_components(graph, directed=False)
    return [int(parts[number]) for number in near]


def measures_entities(learners: Mapping[str, Learner | None]) -> bool:
    """Whether models give tokens tags, not texts labels."""
    return any(isinstance(learner, Tagger) for learner in learners.values())


def read_data(config: Config, settings: Evaluate, pipelines: Sequence[Pipeline] = (), *, tagged: bool) -> Data:
    """The labelled rows of the input, and those of the test file; with `tagged`, what they say of entities.

    Raises ConfigError when the config names no label, or when the rows do not fit one of `pipelines`, DataError when
    they allow no measurement.
    """
    if not tagged and not config.input.label:
        raise config.error("evaluate needs input.label, the column with the labels", "input")
    if config.input.originals_only is False:
        raise config.error("no model is to be tested on variants; set this to true", "input", "originals_only")
    labelled = config.of_fitting_rows().model_copy(update={"unlabeled": None})
    rows, unlabelled, warnings = _rows_of(labelled, pipelines, group=settings.group, tagged=tagged)
    if settings.test is None or not isinstance(settings.test, str | list):
        _refuse_one_label(rows, tagged=tagged)
        _refuse_few(rows, settings.folds, tagged=tagged)
        return Data(rows, None, config.input.language, unlabelled=unlabelled, warnings=warnings, tagged=tagged)
    tests, unlabelled_tests, _ = _rows_of(_reading(config, settings.test), (), group=None, tagged=tagged)
    if not tests:
        raise DataError(f"evaluate.test: {settings.test} has no row")
    numbers = groups([*(row.text for row in tests), *(row.text for row in rows)], config.input.language)
    tested = set(numbers[: len(tests)])
    standing = [number in tested for number in numbers[len(tests) :]]
    left_out = [row.id for row, stands in zip(rows, standing, strict=True) if stands]
    if 2 * len(left_out) > len(rows):
        raise DataError(
            f"{len(left_out)} of {len(rows)} rows of the input stand in evaluate.test, or nearly so; "
            "name a test file of other rows"
        )
    rows = [row for row, stands in zip(rows, standing, strict=True) if not stands]
    _refuse_one_label(rows, tagged=tagged)
    known, wanted = ({what for row in some for what in row.tags or [row.label]} for some in (rows, tests))
    if not (known & wanted) - {OUTSIDE}:
        what = "entity" if tagged else "label"
        raise DataError(f"no {what} of evaluate.test is one of the input; is the {what} column the same?")
    return Data(
        rows, tests, config.input.language, sorted(wanted - known), left_out, [*unlabelled, *unlabelled_tests],
        warnings, tagged,
    )  # fmt: skip


def write_pool(config: Config, data: Data, file: Path) -> Path | None:
    """Write the rows without a label that a config takes, but those that stand, or nearly so, among rows with one.

    So no model is trained on a row that another split tests on. None where no chain takes any.
    """
    if all(chain.rows != "unlabeled" for chain in config.chains.values()):
        return None
    config = config.of_fitting_rows()
    with TemporaryDirectory(prefix="augcli-") as folder:
        scratch = Path(folder)
        sources = open_sources(config, scratch, _CHUNK)
        with local(1) as engine:
            dataset = survey(config, sources, scratch / "survey", engine, _CHUNK)
        records = [record for chunk in dataset.chunks for record in read_chunk(config, chunk)]
        records = [record for record in records if not record.labelled and not record.general]
    known = [row.text for row in [*data.rows, *(data.tests or ())]]
    numbers = groups([*known, *(SEPARATOR.join(record.texts) for record in records)], config.input.language)
    labelled = set(numbers[: len(known)])
    lines = [
        orjson.dumps(dict(zip(config.input.texts, record.texts, strict=True)), option=orjson.OPT_APPEND_NEWLINE)
        for record, number in zip(records, numbers[len(known) :], strict=True)
        if number not in labelled
    ]
    file.write_bytes(b"".join(lines))
    return file


def _reading(config: Config, path: str | list[str]) -> Config:
    for pattern in [path] if isinstance(path, str) else path:
        if not find_inputs(config, pattern)[1]:
            raise config.error(f"nothing to read at {pattern}", "evaluate", "test")
    data = config.input.model_copy(update={"path": path, "where": None, "originals_only": None})
    return config.model_copy(update={"input": data, "unlabeled": None})


class _Found(NamedTuple):
    """What an input holds."""

    rows: list[Row]
    unlabelled: list[str]
    """The ids of rows whose label stands for none."""
    warnings: list[str]
    """Of rows that do not fit the configs."""


def _rows_of(config: Config, pipelines: Sequence[Pipeline], *, group: str | None, tagged: bool) -> _Found:
    if tagged and len({*config.input.framed_texts}) + any(map(is_open, config.input.texts)) > 1:
        message = "evaluate measures entities in one text a row; name its column, and those of its spans"
        raise config.error(message, "input", "text")
    found = _Found([], [], [])
    with TemporaryDirectory(prefix="augcli-") as folder:
        scratch = Path(folder)
        sources = open_sources(config, scratch, _CHUNK)
        with local(1) as engine:
            dataset = survey(config, sources, scratch / "survey", engine, _CHUNK)
        if group is not None and group not in dataset.columns:
            raise config.error(missing_column(sources[0], group, dataset.columns), "evaluate", "group")
        for pipeline in pipelines:
            found.warnings.extend(look_at(pipeline, dataset))
        for record in (record for chunk in dataset.chunks for record in read_chunk(config, chunk)):
            if not tagged and (len(record.labels) != 1 or isinstance(record.label, list)):
                raise config.error(
                    f"{record.id}: evaluate measures rows with one label each; this one has {len(record.labels)}",
                    "input", "label",
                )  # fmt: skip
            if not tagged and missing_labels(record.labels):
                found.unlabelled.append(str(record.id))
            elif not tagged or record.texts[record.framed].strip():
                found.rows.append(_row(record, config.input, group, tagged=tagged))
    return found


def _row(record: Record, data: Input, group: str | None, *, tagged: bool) -> Row:
    values = {column: value_or_null(record.row, column) for column in used_columns(data)}
    value = None if group is None else record.row.get(group)
    together = None if value is None else label_name(value)
    if not tagged:
        return Row(str(record.id), SEPARATOR.join(record.texts), record.labels[0], values, together)
    return Row(str(record.id), record.texts[record.framed], "", values, together, *tagged_tokens(record, data.language))


_CHUNK = 2000
_TOKEN = re.compile(r"\w+|[^\w\s]")
_CHARACTER = re.compile(r"[A-Za-z]+|\d+|\S")


def tagged_tokens(record: Record, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tokens of a record and their BIO tags: those of the input, or words and marks, or characters."""
    text = record.texts[record.framed]
    pattern = _CHARACTER if language in WITHOUT_BLANKS else _TOKEN
    spans = record.spans[record.framed] if record.spans else ()
    places = record.tokens or [match.span() for match in pattern.finditer(text)]
    return tuple(text[start:end] for start, end in places), tuple(tags_from_spans(places, spans).tags)


def _refuse_one_label(rows: Sequence[Row], *, tagged: bool) -> None:
    if tagged and all(tag == OUTSIDE for row in rows for tag in row.tags):
        raise DataError(f"there is no entity in any of the {len(rows)} rows of the input")
    labels = {row.label for row in rows}
    if not tagged and len(labels) < 2:
        raise DataError(
            f"the input has {len(rows)} row{'s' * (len(rows) != 1)} and {len(labels)} label{'s' * (len(labels) != 1)}; "
            "a classifier needs rows of two labels at least"
        )


def _refuse_few(rows: Sequence[Row], folds: int, *, tagged: bool) -> None:
    """Rows for folds: some of each label, or with an entity some for each fold."""
    if tagged:
        some = sum(row.stratum != "" for row in rows)
        if some < 2 * folds:
            raise DataError(
                f"only {some} of {len(rows)} rows have an entity; {folds} folds need {2 * folds}. "
                "Add rows, or name a test file in evaluate.test"
            )
        return
    few = [label for label, count in Counter(row.label for row in rows).items() if count < FEWEST]
    if few:
        listed = ", ".join(repr(label) for label in few[:5]) + ", ..." * (len(few) > 5)
        raise DataError(
            f"evaluate needs {FEWEST} rows of each label at least; fewer have {listed}. "
            "Add rows, leave these labels out, or name a test file in evaluate.test"
        )


def splits(data: Data, settings: Evaluate, seed: int) -> list[Split]:
    """The splits of all sizes and repeats; each size is drawn by seed + repeat, the same for all arms and models."""
    found = []
    for size in sizes(data, settings):
        for repeat in range(settings.repeats):
            drawn = sorted(random.Random(seed + repeat).sample(range(len(data.rows)), size))
            if data.tests is not None:
                found.append(Split(size, repeat, 0, tuple(drawn), tuple(range(len(data.tests)))))
            else:
                found += _folds(data, settings, drawn, size, repeat, seed)
    if not found:
        raise DataError("no label has two rows in a draw, so that no folds can be made; draw more rows")
    return found


def sizes(data: Data, settings: Evaluate) -> list[int]:
    """How many labelled rows are drawn, ascending. Raises ConfigError when there are not so many."""
    wanted = sorted({len(data.rows) if size == "all" else size for size in settings.sizes})
    if wanted[-1] > len(data.rows):
        raise ConfigError(
            f"evaluate.sizes: there are {len(data.rows)} labelled rows, fewer than {wanted[-1]}; "
            "name fewer, or take all (--sizes all)"
        )
    return wanted


def _folds(data: Data, settings: Evaluate, drawn: Sequence[int], size: int, repeat: int, seed: int) -> Iterator[Split]:
    holdout = settings.test
    count = settings.folds if holdout is None or isinstance(holdout, str | list) else round(1 / holdout.holdout)
    labels = [data.rows[place].stratum for place in drawn]
    numbers = [data.groups[place] for place in drawn]
    for fold, (training, tested) in enumerate(grouped_folds(labels, numbers, count, seed + repeat)):
        if fold and settings.test is not None:
            return
        yield Split(
            size, repeat, fold, tuple(drawn[place] for place in training), tuple(drawn[place] for place in tested)
        )
