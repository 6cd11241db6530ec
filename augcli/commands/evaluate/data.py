"""The labelled rows that models learn from and are tested on, and how they are drawn and split."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from augcli.config.config import Config
from augcli.config.sections import Evaluate
from augcli.errors import ConfigError, DataError
from augcli.io.records import read_chunk
from augcli.io.sources import open_sources, used_columns
from augcli.run.engine.local import local
from augcli.run.survey.near_duplicates import groups
from augcli.run.survey.survey import survey
from augcli.text.record import Record

FEWEST = 5
"""Rows that a label must have where folds are made."""
_SEPARATOR = "\n"
"""Between the texts of a pair, for models that read one text."""


class Row(NamedTuple):
    """A labelled row."""

    id: str
    text: str
    label: str
    values: dict[str, Any]
    """The columns that the config names."""


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

    @cached_property
    def groups(self) -> list[int]:
        """A number for each row, the same for near duplicates."""
        return groups([row.text for row in self.rows], self.language)

    @cached_property
    def digest(self) -> str:
        """Of all rows."""
        said = [[(row.text, row.label) for row in some or ()] for some in (self.rows, self.tests)]
        return sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()

    def tested_rows(self, split: Split) -> list[Row]:
        """The rows that a split is tested on."""
        rows = self.rows if self.tests is None else self.tests
        return [rows[place] for place in split.tested]


def read_data(config: Config, settings: Evaluate) -> Data:
    """The labelled rows of the input, and those of the test file.

    Raises ConfigError when the config names no label, DataError when the rows allow no measurement.
    """
    if not config.input.label:
        raise config.error("evaluate needs input.label, the column with the labels", "input")
    if config.input.tokens:
        raise config.error("evaluate measures the labels of whole texts, not the tags of tokens", "input", "tokens")
    rows = list(_rows_of(config))
    if settings.test is None or not isinstance(settings.test, str | list):
        _refuse_few(rows, settings)
        return Data(rows, None, config.input.language)
    tests = list(_rows_of(_reading(config, settings.test)))
    if not tests:
        raise DataError(f"evaluate.test: {settings.test} has no row")
    known = [*(row.text for row in tests), *(row.text for row in rows)]
    numbers = groups(known, config.input.language)
    tested = set(numbers[: len(tests)])
    standing = [number in tested for number in numbers[len(tests) :]]
    left_out = [row.id for row, stands in zip(rows, standing, strict=True) if stands]
    if 2 * len(left_out) > len(rows):
        raise DataError(
            f"{len(left_out)} of {len(rows)} rows of the input stand in evaluate.test, or nearly so; "
            "name a test file of other rows"
        )
    rows = [row for row, stands in zip(rows, standing, strict=True) if not stands]
    _refuse_one_label(rows)
    unseen = Counter(row.label for row in tests if row.label not in {row.label for row in rows})
    if unseen.total() == len(tests):
        raise DataError("no label of evaluate.test is a label of the input; is the label column the same?")
    return Data(rows, tests, config.input.language, sorted(unseen), left_out)


def _reading(config: Config, path: str | list[str]) -> Config:
    return config.model_copy(update={"input": config.input.model_copy(update={"path": path})})


def _rows_of(config: Config) -> Iterator[Row]:
    with TemporaryDirectory(prefix="augcli-") as folder:
        scratch = Path(folder)
        sources = open_sources(config, scratch, _CHUNK)
        with local(1) as engine:
            dataset = survey(config, sources, scratch / "survey", engine, _CHUNK)
        for chunk in dataset.chunks:
            for record in read_chunk(config, chunk):
                yield _row(record, config)


_CHUNK = 2000


def _row(record: Record, config: Config) -> Row:
    if len(record.labels) != 1 or isinstance(record.label, list):
        raise config.error(
            f"{record.id}: evaluate measures rows with one label each; this one has {len(record.labels)}",
            "input", "label",
        )  # fmt: skip
    values = {column: record.row.get(column) for column in used_columns(config.input)}
    return Row(str(record.id), _SEPARATOR.join(record.texts), record.labels[0], values)


def _refuse_one_label(rows: Sequence[Row]) -> None:
    labels = {row.label for row in rows}
    if len(labels) < 2:
        raise DataError(
            f"the input has {len(rows)} row{'s' * (len(rows) != 1)} and {len(labels)} label{'s' * (len(labels) != 1)}; "
            "a classifier needs rows of two labels at least"
        )


def _refuse_few(rows: Sequence[Row], settings: Evaluate) -> None:
    _refuse_one_label(rows)
    few = [label for label, count in Counter(row.label for row in rows).items() if count < FEWEST]
    if few:
        listed = ", ".join(repr(label) for label in few[:5]) + ", ..." * (len(few) > 5)
        raise DataError(
            f"folds need {FEWEST} rows of each label at least; fewer have {listed}. "
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
        raise ConfigError(f"evaluate.sizes: there are {len(data.rows)} labelled rows, fewer than {wanted[-1]}")
    return wanted


def _folds(data: Data, settings: Evaluate, drawn: Sequence[int], size: int, repeat: int, seed: int) -> Iterator[Split]:
    holdout = settings.test
    count = settings.folds if holdout is None or isinstance(holdout, str | list) else round(1 / holdout.holdout)
    labels = [data.rows[place].label for place in drawn]
    numbers = [data.groups[place] for place in drawn]
    for fold, (training, tested) in enumerate(grouped_folds(labels, numbers, count, seed + repeat)):
        if fold and settings.test is not None:
            return
        yield Split(
            size, repeat, fold, tuple(drawn[place] for place in training), tuple(drawn[place] for place in tested)
        )


def grouped_folds(
    labels: Sequence[str], numbers: Sequence[int], count: int, seed: int
) -> Iterator[tuple[list[int], list[int]]]:
    """Places to train on and to test on: labels evenly spread, no group on both sides.

    There are `count` folds, or as many as the largest label has rows; none where that is one.
    """
    import warnings

    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold

    count = min(count, max(Counter(labels).values()))
    if count < 2:
        return
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed % (1 << 32))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class")  # such a label is missing in some folds
        for training, tested in splitter.split(np.zeros(len(labels)), labels, numbers):
            if len(training) and len(tested):
                yield training.tolist(), tested.tolist()
