"""augcli in Python: data sets augmented, texts augmented one by one, and what the commands of that name tell."""

from __future__ import annotations

import io
import json
import logging
import operator
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar, overload

import yaml

from augcli.chains.runner import Runner
from augcli.config import presets
from augcli.config.config import Options
from augcli.config.load import Override, as_json, load, load_values
from augcli.config.paths import steps_of
from augcli.config.pipeline import Pipeline
from augcli.config.sections import Files
from augcli.errors import AugError, ConfigError
from augcli.io.frames import TEXT, Frame, FrameRow, frame_of
from augcli.io.outputs import added_columns
from augcli.io.sources import filter_columns, used_columns
from augcli.plugin import names
from augcli.run.prepare import needs_statistics, runner_of
from augcli.steps.step import EntityStep, PartnerStep, Step
from augcli.text.record import Record

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["Answer", "AugError", "Augmenter", "augment", "evaluate", "inspect", "preview", "read_provenance"]

Data = TypeVar("Data")
CHAIN = "augment"
"""What the chain is called that steps without one make."""
_LOGGER = logging.getLogger("augcli")


def augment(
    data: Data,
    config: str | Path | Sequence[Any] | Mapping[str, Any],
    *,
    text: str | list[str] | None = None,
    label: str | list[str] | None = None,
    spans: str | list[str] | None = None,
    language: str | None = None,
    variants: int | None = None,
    seed: int | None = None,
) -> Data:
    """The rows of `data` with their variants, as the same kind of data: what `augcli run` writes for these rows.

    `data` is a list of texts, a list of dicts, a pandas DataFrame or a Hugging Face Dataset. Columns, types and the
    index stay; the columns `aug_source` and `aug_chain` come in (but for plain texts). `config` is the path of a
    YAML file, the name of a preset, the name of a step, a list of steps, a mapping of chains, or a whole config as a
    mapping. `text`, `label` and `spans` name columns; `variants` says how many of each row where steps alone are given.
    What a run would warn of goes to the logger `augcli`.

    Raises ConfigError, DataError, ResourceError or RunError (all of them AugError), and TypeError for other kinds of
    data or config.
    """
    from augcli.run.run import run

    frame = frame_of(data)
    given = {"text": text, "label": label, "spans": spans, "language": language, "seed": seed}
    with _folder() as folder:
        pipeline = _pipeline(config, frame, folder, given, variants)
        lines, number = _write(frame, pipeline, folder)
        outcome = run(pipeline, Options(quiet=True))
        for warning in outcome.warnings:
            _LOGGER.warning(warning)
        augmented: Data = frame.result(*_read(frame, pipeline, folder, lines, number))
        return augmented


class Augmenter:
    """Makes variants of single texts, for a training loop: other ones in each epoch, the same ones in each run.

    In epoch 0 it makes what `augcli run` writes as the first variant of a row with the same id, in epoch 1 the second,
    and so on; with several chains, these take turns. It may be pickled, forked and called from several threads.
    """

    def __init__(
        self,
        config: str | Path | Sequence[Any] | Mapping[str, Any],
        *,
        language: str | None = None,
        seed: int | None = None,
    ) -> None:
        """`config` is one of `augment`. Raises ConfigError for what needs a whole data set, as `tfidf` and teachers do.

        Steps that a model runs load it at the first call.
        """
        given = {"text": None, "label": None, "spans": None, "language": language, "seed": seed}
        self._pipeline = _pipeline(config, frame_of([""]), Path(), given, None)
        if not self._pipeline.chains:
            raise ConfigError("there are no chains, so there is nothing to make of a text")
        config_ = self._pipeline.config
        of_rows = [step.name for step in self._pipeline.steps if isinstance(step, PartnerStep | EntityStep)]
        if needs_statistics(self._pipeline) or config_.teacher or self._pipeline.hosted or of_rows:
            needed = of_rows[0] if of_rows else "word statistics, a teacher or a hosted platform"
            raise ConfigError(f"single texts cannot be augmented with {needed}; use augcli.augment over all rows")
        self._forget()

    @overload
    def __call__(self, text: str, *, key: str | int | None = None, epoch: int = 0) -> str: ...
    @overload
    def __call__(self, text: list[str], *, key: Sequence[str | int] | None = None, epoch: int = 0) -> list[str]: ...
    def __call__(self, text: Any, *, key: Any = None, epoch: int = 0) -> Any:
        """A variant of a text, or of each of several texts; the text itself where no variant can be made.

        `key` names the row, as an id does; without one it is told by what it says. Several texts at once are quicker
        where a model runs. Raises TypeError for what is no text, and ValueError for a wrong epoch or number of keys.
        """
        if (epoch := operator.index(epoch)) < 0:
            raise ValueError(f"epoch {epoch}: epochs count from 0")
        single = isinstance(text, str | bytes) or not isinstance(text, Iterable)
        texts = [text] if single else list(text)
        if wrong := [one for one in texts if not isinstance(one, str)]:
            raise TypeError(f"expected a text or a list of texts, not {type(wrong[0]).__name__}")
        if key is None or single:
            keys = [key] * len(texts)
        elif isinstance(key, Iterable) and not isinstance(key, str):
            keys = list(key)
        else:
            raise TypeError(f"expected a key for each of the texts, not {type(key).__name__} alone")
        if len(keys) != len(texts):
            raise ValueError(f"{len(keys)} keys for {len(texts)} texts")
        keys = [one if one is None or isinstance(one, str) else operator.index(one) for one in keys]
        with self._lock_here():
            made = self._variants(texts, keys, epoch)
        return made[0] if single else made

    def __repr__(self) -> str:
        steps = ", ".join(step.name for step in self._pipeline.steps)
        return f"Augmenter(steps: {steps}; seed: {self._pipeline.config.seed})"

    def __getstate__(self) -> dict[str, Any]:
        return {"_pipeline": self._pipeline}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._pipeline = state["_pipeline"]
        self._forget()

    def _forget(self) -> None:
        self._runner: Runner | None = None
        self._lock, self._process = threading.Lock(), os.getpid()

    def _lock_here(self) -> threading.Lock:
        """A lock of this process: one that another thread held when this process was forked would never open."""
        if self._process != os.getpid():
            self._lock, self._process = threading.Lock(), os.getpid()
        return self._lock

    def _variants(self, texts: Sequence[str], keys: Sequence[str | int | None], epoch: int) -> list[str]:
        from augcli.io.records import content_key

        if self._runner is None:
            self._runner = runner_of(self._pipeline, {})
        records = []
        for text, key in zip(texts, keys, strict=True):
            record = Record("" if key is None else key, (text,))
            record.key = content_key(record) if key is None else key
            records.append(record)
        chains = self._runner.chains
        made = self._runner.variants(chains[epoch % len(chains)], records, epoch // len(chains) + 1)
        return [variant.texts[0] if variant else text for text, variant in zip(texts, made, strict=True)]


@dataclass(frozen=True)
class Answer:
    """What a command tells: as it prints it, as HTML for notebooks, and for programs."""

    text: str
    html: str
    document: Mapping[str, Any]
    """What the command writes as JSON; empty for a preview."""

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        """The same in a notebook: a page of its own stands in a frame, where its style reaches nothing else."""
        if not self.html.startswith("<!DOCTYPE"):
            return self.html
        return f'<iframe srcdoc="{escape(self.html)}" style="width:100%;height:600px;border:0"></iframe>'


def preview(
    data: Any,
    config: str | Path | Sequence[Any] | Mapping[str, Any],
    rows: int = 5,
    *,
    text: str | list[str] | None = None,
    label: str | list[str] | None = None,
    spans: str | list[str] | None = None,
    language: str | None = None,
    variants: int | None = None,
    seed: int | None = None,
) -> Answer:
    """The first rows and their variants, changes marked, with the reason for every rejected draw. See `augment`.

    Raises ValueError for less than one row.
    """
    from rich.console import Console

    from augcli.commands.preview import preview as preview_pipeline

    if (rows := operator.index(rows)) < 1:
        raise ValueError(f"rows={rows}: expected at least one")
    frame = frame_of(data)
    given = {"text": text, "label": label, "spans": spans, "language": language, "seed": seed}
    with _folder() as folder:
        pipeline = _pipeline(config, frame, folder, given, variants)
        _write(frame, pipeline, folder)
        console = Console(
            record=True, file=io.StringIO(), highlight=False, soft_wrap=True, force_terminal=False, force_jupyter=False
        )
        preview_pipeline(pipeline, rows, console)
    html = console.export_html(
        inline_styles=True, clear=False, code_format="<pre style='white-space:pre-wrap;line-height:1.4'>{code}</pre>"
    )
    return Answer(console.export_text().rstrip(), html, {})


def inspect(
    data: Any,
    *,
    text: str | list[str] | None = None,
    label: str | list[str] | None = None,
    spans: str | list[str] | None = None,
    split: str | None = None,
    language: str | None = None,
) -> Answer:
    """What `augcli inspect` finds in data as in `augment`, in a file, or in the input of a config.

    Columns and language are guessed where they are not given. Raises AugError.
    """
    from rich.console import Console

    from augcli.commands.inspect.command import inspect as inspect_data
    from augcli.commands.inspect.page import page
    from augcli.commands.inspect.terminal import show

    keys = {"text": text, "label": label, "spans": spans, "language": language}
    overrides = [_override(key, f"input.{key}", value) for key, value in keys.items() if value is not None]
    with _folder() as folder:
        path = str(data)
        if not isinstance(data, str | Path):
            frame, path = frame_of(data), str(folder / "data.jsonl")
            Path(path).write_bytes(b"\n".join(frame.lines(frame.columns)))
        found = inspect_data(path, overrides, split=split)
    console = Console(
        record=True, file=io.StringIO(), highlight=False, width=100, force_terminal=False, force_jupyter=False
    )
    show(found, console)
    return Answer(
        console.export_text().rstrip().replace(str(folder / "data.jsonl"), "data"), page(found), found.document()
    )


def evaluate(
    config: str | Path | Sequence[Any] | Mapping[str, Any],
    data: Any = None,
    *,
    text: str | list[str] | None = None,
    label: str | list[str] | None = None,
    spans: str | list[str] | None = None,
    language: str | None = None,
    variants: int | None = None,
    seed: int | None = None,
    test: str | Path | None = None,
    sizes: Sequence[int | str] | None = None,
    repeats: int | None = None,
    models: Sequence[Any] | None = None,
) -> Answer:
    """Whether the rows that a config makes help a model, by `augcli evaluate`; over `data`, or the input of the config.

    `test`, `sizes`, `repeats` and `models` are keys of the section `evaluate`. With `data`, nothing is left on disk.
    Raises AugError.
    """
    from augcli.commands.evaluate.command import Command, evaluate_configs
    from augcli.commands.evaluate.terminal import summary
    from augcli.config.builder import learners_of
    from augcli.config.sections import Evaluate

    keys = {"test": test, "sizes": sizes, "repeats": repeats, "models": models}
    more = [_override(key, f"evaluate.{key}", value) for key, value in keys.items() if value is not None]
    given = {"text": text, "label": label, "spans": spans, "language": language, "seed": seed}
    with _folder() as folder:
        if data is None:
            pipeline = _loaded(config, [*_named(given), *more], variants)
        else:
            frame = frame_of(data)
            more.append(_override("output", "evaluate.output", str(folder / "evaluation")))
            pipeline = _pipeline(config, frame, folder, given, variants, more)
            _write(frame, pipeline, folder)
        settings = pipeline.config.evaluate or Evaluate()
        name = Path(config).stem if isinstance(config, str | Path) else CHAIN
        outcome = evaluate_configs(Command([name], [pipeline], settings, learners_of(pipeline), quiet=True))
        page = (Path(settings.output) / "evaluation.html").read_text(encoding="utf-8")
        text = summary(outcome, settings.output).rstrip()
        return Answer(text if data is None else text.rpartition("\nwritten: ")[0], page, outcome.document())


def read_provenance(path: str | Path) -> pd.DataFrame:
    """The provenance of an output, or of a folder of its shards, a row for each row of the output, in order.

    Columns: `id` of the row, `source` it comes from, `chain` with the number of the variant (empty for an original),
    `steps` with their edits, and a column for the score of each check. Raises DataError where there is none, RunError
    where it is damaged.
    """
    import pandas as pd

    from augcli.errors import DataError
    from augcli.io.outputs import stem_of
    from augcli.io.provenance import ProvenanceReader

    path, suffix = Path(path), ".provenance.jsonl"
    if path.is_dir():
        files = sorted(path.glob(f"*{suffix}"))
    else:
        beside = path if path.name.endswith(suffix) else path.with_name(f"{stem_of(path)}{suffix}")
        files = [beside] if beside.exists() else []
    if not files:
        raise DataError(f"{path}: there is no provenance; name an output of `augcli run`, or the folder of its shards")
    reader, rows = ProvenanceReader(files), []
    while line := reader.next():
        steps = [[step.step, step.edits, step.column] for step in line.steps]
        chain = line.id.removeprefix(f"{line.source}#") if line.id != str(line.source) else ""
        rows.append({"id": line.id, "source": line.source, "chain": chain, "steps": steps, **line.checks})
    return pd.DataFrame(rows, columns=None if rows else ["id", "source", "chain", "steps"])


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for a while; errors do not speak of it, but of the data."""
    with TemporaryDirectory(prefix="augcli-") as temporary:
        try:
            yield Path(temporary)
        except AugError as error:
            error.args = (str(error).replace(f"{Path(temporary) / 'data.jsonl'}", "data"),)
            raise


def _pipeline(
    config: str | Path | Sequence[Any] | Mapping[str, Any],
    frame: Frame,
    folder: Path,
    given: Mapping[str, Any],
    variants: int | None,
    more: Sequence[Override] = (),
) -> Pipeline:
    """A config over `frame`, which `_write` puts into `folder`."""
    reset = {f"input.{key}": field.get_default() for key, field in Files.model_fields.items()}
    reset |= {"input.path": str(folder / "data.jsonl"), "input.format": "jsonl"}
    reset |= {"output.path": str(folder / "output.jsonl"), "output.format": None, "output.shards": None}
    overrides = [_override(key, key, value) for key, value in reset.items()]
    has_text = frame.columns == (TEXT,)
    for key in ("label", "spans", "id", "tokens", "tags", "where"):
        if has_text or (given.get(key) is None and _is_preset(config) and key not in frame.columns):
            overrides.append(_override(key, f"input.{key}", None))
    if has_text:
        overrides.append(_override("text", "input.text", TEXT))
    return _loaded(config, [*overrides, *_named(given), *more], variants)


def _named(given: Mapping[str, Any]) -> list[Override]:
    return [
        _override(key, key if key == "seed" else f"input.{key}", value)
        for key, value in given.items()
        if value is not None
    ]


def _override(option: str, key: str, value: Any) -> Override:
    return option, key, as_json(value, f"{option}=")


def _is_preset(config: Any) -> bool:
    return isinstance(config, str) and config in presets.names()


def _loaded(
    config: str | Path | Sequence[Any] | Mapping[str, Any], overrides: Sequence[Override], variants: int | None
) -> Pipeline:
    """A config in any form that `augment` takes, which keeps to this process unless it names a number of workers.

    Raises ConfigError with every problem.
    """
    pipeline = _read_config(config, overrides, variants)
    engine = pipeline.config.engine
    if engine.workers == "auto":
        engine = engine.model_copy(update={"workers": 1})
    return replace(pipeline, config=pipeline.config.model_copy(update={"engine": engine}))


def _read_config(
    config: str | Path | Sequence[Any] | Mapping[str, Any], overrides: Sequence[Override], variants: int | None
) -> Pipeline:
    if steps := _steps(config):
        chains: Any = {CHAIN: {"variants": 1 if variants is None else variants, "steps": steps}}
    elif variants is not None:
        raise ConfigError("variants= goes with steps alone; chains say themselves how many they make")
    elif isinstance(config, Mapping):
        chains = config
    elif _is_preset(config):
        chains = yaml.safe_load(presets.text(str(config)))
    elif str(config).endswith((".yaml", ".yml")):
        return load(Path(str(config)), overrides)
    else:
        known = ", ".join(presets.names())
        raise ConfigError(f"{config!r} is no step, no preset ({known}), and no file whose name ends in .yaml")
    values = chains if "chains" in chains else {"chains": chains}
    data = values.get("input", {})
    if isinstance(data, Mapping) and not {"text", "tokens"} & data.keys():
        data = {"text": TEXT, **data}
    return load_values({"output": {}, **values, "input": data}, overrides, "config")


def _steps(config: str | Path | Sequence[Any] | Mapping[str, Any]) -> list[Any]:
    """The steps of a config that is nothing else."""
    known = {*names(Step)}
    if isinstance(config, bytes) or not isinstance(config, str | Path | Sequence | Mapping | None):
        raise TypeError(f"expected a step, steps, chains, a preset or a config, not {type(config).__name__}")
    if not config:
        raise ConfigError("there is nothing to do: give a step, a list of steps, chains, a preset or a config")
    if isinstance(config, Mapping):
        single = config.keys() <= known and not any("steps" in (value or ()) for value in config.values())
        return [config] if single else []
    if isinstance(config, str | Path):
        return [config] if config in known else []
    return list(config)


def _unused(frame: Frame, name: str) -> str:
    while name in frame.columns:
        name += "_"
    return name


def _write(frame: Frame, pipeline: Pipeline, folder: Path) -> tuple[list[bytes], str]:
    """Write what a config reads of the rows; the lines, and the column that holds their numbers.

    Raises ConfigError for a column that is not there.
    """
    config = pipeline.config
    for column in used_columns(config.input):
        if not {column, steps_of(column)[0]} & {*frame.columns} and frame.size:
            near = get_close_matches(column, frame.columns, n=1)
            hint = "; name the text column, as text='...'" if column in config.input.texts else ""
            hint = f"; did you mean {near[0]!r}?" if near else hint
            raise ConfigError(f"the data has no column {column!r}; it has {', '.join(map(repr, frame.columns))}{hint}")
    used = [*used_columns(config.input), *filter_columns(config.input), config.input.alignment or ""]
    named = {str(name) for column in used for name in (column, steps_of(column)[0])}
    lines = frame.lines({*named, *added_columns(config), *config.output.drop}, number := _unused(frame, "row"))
    (folder / "data.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    return lines, number


def _read(
    frame: Frame, pipeline: Pipeline, folder: Path, lines: Sequence[bytes], number: str
) -> tuple[list[FrameRow], list[str]]:
    """The rows of the output, and their columns."""
    rows, new = [], dict[str, None]()
    dropped = {number, *pipeline.config.output.drop}
    with (folder / "output.jsonl").open("rb") as file:
        for line in file:
            row = json.loads(line)
            place = row.get(number)
            given = {} if place is None else json.loads(lines[place])
            changes = {
                column: value
                for column, value in row.items()
                if column not in dropped and (column not in given or given[column] != value)
            }
            new.update(dict.fromkeys(column for column in changes if column not in frame.columns))
            rows.append(FrameRow(place, changes))
    added = [column for column in added_columns(pipeline.config) if column not in new]
    return rows, [column for column in [*frame.columns, *new, *added] if column not in dropped]
