"""Arms: what a model is trained on, made from the training part of a split alone."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, Literal, NamedTuple

import orjson

from augcli.commands.evaluate.data import SEPARATOR, Row, tagged_tokens
from augcli.config import presets
from augcli.config.builder import build_pipeline
from augcli.config.config import Options
from augcli.config.pipeline import Pipeline
from augcli.config.sections import Engine
from augcli.config.yaml_document import Document
from augcli.io.formats.json import JsonRow
from augcli.io.records import Reader
from augcli.run.run import run

Kind = Literal["none", "repeat", "placebo", "yardstick", "config"]
_ID = "augcli_row"
_QUIET = Options(quiet=True)


class Example(NamedTuple):
    """A row to train on."""

    text: str
    label: str
    source: int
    """The place of the original that it is, or comes from, among the rows of the training part."""
    weight: float = 1.0
    tokens: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def as_example(row: Row, at: int, weight: float = 1.0) -> Example:
    """The row at place `at` of the training part as an example."""
    return Example(row.text, row.label, at, weight, row.tokens, row.tags)


class Arm(ABC):
    """A way to make rows to train on. It travels to workers."""

    kind: ClassVar[Kind]
    name: str

    @abstractmethod
    def variants(self, rows: Sequence[Row], seed: int) -> list[Example]:
        """What is added to the originals `rows`."""


@dataclass(frozen=True)
class Nothing(Arm):
    """The originals alone."""

    kind: ClassVar[Kind] = "none"
    name: str = "none"

    def variants(self, rows: Sequence[Row], seed: int) -> list[Example]:
        return []


@dataclass(frozen=True)
class Repeat(Arm):
    """Each original again, as often as the arm with the most variants has some: what augmentation must beat."""

    kind: ClassVar[Kind] = "repeat"
    times: float
    name: str = "repeat"

    def variants(self, rows: Sequence[Row], seed: int) -> list[Example]:
        return [as_example(row, at, self.times) for at, row in enumerate(rows)]


@dataclass(frozen=True)
class Placebo(Arm):
    """As many rows as `repeat` adds, but drawn with replacement: what luck alone does."""

    kind: ClassVar[Kind] = "placebo"
    times: float
    number: int

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"placebo {self.number}"

    def variants(self, rows: Sequence[Row], seed: int) -> list[Example]:
        draw = random.Random(f"placebo {self.number} {seed}")
        places = draw.choices(range(len(rows)), k=round(self.times * len(rows)))
        return [as_example(rows[at], at) for at in sorted(places)]


@dataclass(frozen=True)
class Augmentation(Arm):
    """The variants that a run of a config makes of the training part."""

    kind: ClassVar[Kind]
    name: str
    pipeline: Pipeline
    digest: str
    """Of the config."""

    def variants(self, rows: Sequence[Row], seed: int) -> list[Example]:
        with TemporaryDirectory(prefix="augcli-") as folder:
            source, target = Path(folder) / "train.jsonl", Path(folder) / "out.jsonl"
            originals = (orjson.dumps({**row.values, _ID: at}, default=str) for at, row in enumerate(rows))
            source.write_bytes(b"".join(line + b"\n" for line in originals))
            pipeline = self._reading(source, target, seed)
            run(pipeline, _QUIET)
            lines = target.read_bytes().splitlines()
        found = [JsonRow(line, orjson.loads(line)) for line in lines]
        reader = Reader(pipeline.config)
        return [self._variant(reader, row, rows) for row in found if row.data["aug_chain"]]

    @staticmethod
    def _variant(reader: Reader, row: JsonRow, rows: Sequence[Row]) -> Example:
        record, at = reader.record(row, 0, ""), int(row.data["aug_source"])
        if not rows[at].tags:
            return Example(SEPARATOR.join(record.texts), rows[at].label, at)
        tokens, tags = tagged_tokens(record, reader.data.language)
        return Example(record.texts[0], "", at, tokens=tokens, tags=tags)

    def _reading(self, source: Path, target: Path, seed: int) -> Pipeline:
        config = self.pipeline.config
        data = config.input.model_copy(
            update={"path": str(source), "format": "jsonl", "encoding": "utf-8", "delimiter": None, "id": _ID}
        )
        output = config.output.model_copy(
            update={"path": str(target), "format": "jsonl", "shards": None, "keep_original": True}
        )
        engine = Engine(workers=1, device=config.engine.device, chunk_rows=config.engine.chunk_rows)
        changed = config.model_copy(update={"input": data, "output": output, "engine": engine, "seed": seed})
        return replace(self.pipeline, config=changed)


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
