"""Arms: what a model is trained on, made from the training part of a split alone."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, Literal, NamedTuple

import orjson

from augcli.commands.evaluate.data import Row, tagged_tokens
from augcli.config import presets
from augcli.config.builder import build_pipeline
from augcli.config.config import Options
from augcli.config.pipeline import Pipeline
from augcli.config.sections import Engine, Labels, Unlabeled
from augcli.config.yaml_document import Document
from augcli.io.formats.json import JsonRow
from augcli.io.records import Reader
from augcli.run.judge import SEPARATOR, TeacherJudge
from augcli.run.lesson import needs_teacher
from augcli.run.run import run
from augcli.text.record import label_name

Kind = Literal["none", "repeat", "placebo", "yardstick", "config"]
_ID = "augcli_row"
_QUIET = Options(quiet=True)


class Example(NamedTuple):
    """A row to train on."""

    text: str
    label: str
    source: int
    """The place of the original that it is, or comes from, among the rows of the training part.

    Rows that had no label, and their variants, have a number below 0.
    """
    weight: float = 1.0
    tokens: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    soft: tuple[tuple[str, float], ...] = ()
    """How likely each label is, where a teacher says it."""
    labels: Labels = "source"
    """Who says its label."""


def as_example(row: Row, at: int, weight: float = 1.0) -> Example:
    """The row at place `at` of the training part as an example."""
    return Example(row.text, row.label, at, weight, row.tokens, row.tags)


class Said(NamedTuple):
    """What a teacher says of the rows that are tested."""

    labels: list[str]
    probabilities: list[float]
    """Of the true label of each."""
    accuracy: float
    """In folds of the rows that it has learnt from, in percent."""


@dataclass(frozen=True)
class Taught:
    """The teacher of an arm, after it has judged the variants."""

    judge: TeacherJudge
    said: Said

    @property
    def folds(self) -> list[frozenset[int]]:
        """The places of the originals that each of its models has not seen; none where it came ready."""
        found: defaultdict[int, set[int]] = defaultdict(set)
        for key, fold in self.judge.fold_of.items():
            found[fold].add(int(key))
        return [frozenset(found[fold]) for fold in sorted(found)]

    def relabelled(self, examples: Sequence[Example], fold: int) -> list[Example]:
        """Examples as the model labels them that has not seen a fold."""
        places = [place for place, one in enumerate(examples) if one.labels != "source"]
        said = self.judge.of_texts([examples[place].text for place in places], fold)
        found = [*examples]
        for place, likely in zip(places, said, strict=True):
            found[place] = _labelled(examples[place], likely)
        return found


class Made(NamedTuple):
    """What an arm adds to the originals."""

    examples: list[Example]
    teacher: Taught | None = None
    """Where one judged the variants."""


class Arm(ABC):
    """A way to make rows to train on. It travels to workers."""

    kind: ClassVar[Kind]
    name: str
    original_weight: float = 1.0
    has_teacher: bool = False

    @abstractmethod
    def make(self, rows: Sequence[Row], seed: int, tested: Sequence[Row]) -> Made:
        """What is added to the originals `rows`, and what its teacher, if it has one, says of the tested rows."""


@dataclass(frozen=True)
class Nothing(Arm):
    """The originals alone."""

    kind: ClassVar[Kind] = "none"
    name: str = "none"

    def make(self, rows: Sequence[Row], seed: int, tested: Sequence[Row]) -> Made:
        return Made([])


@dataclass(frozen=True)
class Repeat(Arm):
    """Each original again, as often as the arm with the most variants has some: what augmentation must beat."""

    kind: ClassVar[Kind] = "repeat"
    times: float
    name: str = "repeat"

    def make(self, rows: Sequence[Row], seed: int, tested: Sequence[Row]) -> Made:
        return Made([as_example(row, at, self.times) for at, row in enumerate(rows)])


@dataclass(frozen=True)
class Placebo(Arm):
    """As many rows as `repeat` adds, but drawn with replacement: what luck alone does."""

    kind: ClassVar[Kind] = "placebo"
    times: float
    number: int

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"placebo {self.number}"

    def make(self, rows: Sequence[Row], seed: int, tested: Sequence[Row]) -> Made:
        draw = random.Random(f"placebo {self.number} {seed}")
        places = draw.choices(range(len(rows)), k=round(self.times * len(rows)))
        return Made([as_example(rows[at], at) for at in sorted(places)])


@dataclass(frozen=True)
class Augmentation(Arm):
    """The variants that a run of a config makes of the training part."""

    kind: ClassVar[Kind]
    name: str
    pipeline: Pipeline
    digest: str
    """Of the config."""
    pool: Path | None = None
    """A file with the rows without a label, where the config takes some."""

    @property
    def original_weight(self) -> float:  # type: ignore[override]
        output = self.pipeline.config.output
        return output.original_weight if "aug_weight" in output.columns else 1.0

    @property
    def has_teacher(self) -> bool:  # type: ignore[override]
        return needs_teacher(self.pipeline)

    def make(self, rows: Sequence[Row], seed: int, tested: Sequence[Row]) -> Made:
        with TemporaryDirectory(prefix="augcli-") as folder:
            source, target = Path(folder) / "train.jsonl", Path(folder) / "out.jsonl"
            originals = (orjson.dumps({**row.values, _ID: at}, default=str) for at, row in enumerate(rows))
            source.write_bytes(b"".join(line + b"\n" for line in originals))
            pipeline = self._reading(source, target, seed)
            outcome = run(pipeline, _QUIET)
            lines = target.read_bytes().splitlines()
            facts, file, taught = outcome.teacher, outcome.paths.teacher, None
            if facts and facts["judges"] and file:
                config = pipeline.config
                judge = TeacherJudge.load(file, config.input.language, config.engine.device)
                taught = Taught(judge, _said(judge, tested, facts["accuracy"]))
        found = [row for line in lines if (row := JsonRow(line, orjson.loads(line))).data["aug_chain"]]
        reader = Reader(pipeline.config)
        numbers = {str(row.data["aug_source"]): -1 - number for number, row in enumerate(found)}
        examples = [self._variant(reader, row, rows, numbers) for row in found]
        return Made(examples, taught)

    def _variant(self, reader: Reader, row: JsonRow, rows: Sequence[Row], numbers: Mapping[str, int]) -> Example:
        data, config = row.data, self.pipeline.config
        weight = data.get("aug_weight", 1.0)
        at = data["aug_source"]
        if isinstance(at, str):  # it had no label
            at, likely = numbers[at], None
        elif rows[at].tags:
            record = reader.record(row, 0, "")
            assert record
            tokens, tags = tagged_tokens(record, reader.data.language)
            return Example(record.texts[record.framed], "", at, weight, tokens, tags)
        else:
            likely = {rows[at].label: 1.0}
        labels = config.chains[data["aug_chain"].rpartition(".")[0]].labels
        if labels == "teacher_hard" and config.teacher:
            likely = {label_name(data[config.teacher.label_column]): 1.0}
        elif labels == "teacher_soft":
            likely = data["aug_probs"]
        assert likely
        text = SEPARATOR.join(data.get(column) or "" for column in config.input.texts)
        return _labelled(Example(text, "", at, weight, labels=labels), likely)

    def _reading(self, source: Path, target: Path, seed: int) -> Pipeline:
        config = self.pipeline.config
        data = config.input.model_copy(
            update={"path": str(source), "format": "jsonl", "encoding": "utf-8", "delimiter": None, "id": _ID,
                    "where": None, "originals_only": None}
        )  # fmt: skip
        output = config.output.model_copy(
            update={"path": str(target), "format": "jsonl", "shards": None, "keep_original": True}
        )
        pool = config.unlabeled or Unlabeled()
        like_input = {"path": str(self.pool), "text": None, "format": "jsonl", "encoding": "utf-8", "delimiter": None}
        unlabeled = pool.model_copy(update=like_input) if self.pool else None
        engine = Engine(workers=1, device=config.engine.device, chunk_rows=config.engine.chunk_rows)
        changed = config.model_copy(
            update={"input": data, "output": output, "engine": engine, "seed": seed, "unlabeled": unlabeled,
                    "evaluate": None}
        )  # fmt: skip
        return replace(self.pipeline, config=changed)


def _labelled(example: Example, likely: Mapping[str, float]) -> Example:
    """An example with the likeliest of some labels, and with all of them where its labels are soft."""
    soft = tuple(likely.items()) if len(likely) > 1 and example.labels == "teacher_soft" else ()
    return example._replace(label=max(likely, key=likely.__getitem__), soft=soft)


def _said(judge: TeacherJudge, tested: Sequence[Row], accuracy: float) -> Said:
    """What a teacher says of rows that it has not seen."""
    found = judge.of_texts([row.text for row in tested])
    labels = [next(iter(likely)) for likely in found]
    return Said(labels, [likely.get(row.label, 0.0) for likely, row in zip(found, tested, strict=True)], accuracy)


@dataclass(frozen=True)
class Yardstick(Augmentation):
    """EDA, the preset: what the field compares with."""

    kind: ClassVar[Kind] = "yardstick"


@dataclass(frozen=True)
class OfConfig(Augmentation):
    """A config of the user's."""

    kind: ClassVar[Kind] = "config"


def yardstick(like: Pipeline, rows: int) -> Yardstick:
    """EDA as its paper recommends for so many rows, over the input of another config."""
    document = Document(presets.text("eda", rows), "eda")
    pipeline = build_pipeline(document)
    config = pipeline.config.model_copy(update={"input": like.config.input, "seed": like.config.seed})
    return Yardstick("eda", replace(pipeline, config=config), f"eda {rows}")
