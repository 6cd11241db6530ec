"""A YAML file read, with what the command line changes in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from augcli.config.adapt import AdaptConfig
from augcli.config.builder import TrainingConfigType, build_pipeline, build_training
from augcli.config.config import Config
from augcli.config.pipeline import Pipeline
from augcli.config.problems import Problems
from augcli.config.vectors import VectorsConfig
from augcli.config.yaml_document import Document, Place, Problem
from augcli.errors import ConfigError

_DATA = (".jsonl", ".csv", ".tsv", ".parquet", ".xlsx", ".conll")
Override: TypeAlias = tuple[str, str, str]
"""An option as typed, the key path that it sets, and its YAML value."""


def load(
    file: Path,
    overrides: Sequence[Override] = (),
    *,
    engine: Literal["local", "ray"] | None = None,
    workers: int | str | None = None,
) -> Pipeline:
    """The config in `file` with `overrides` made, on the `engine` and the number of `workers` that are wanted.

    Raises ConfigError with every problem, in the order of the file.
    """
    document = _read(file, overrides)
    if training := _training(document):
        command = training.command
        raise ConfigError(f"{file} has a section {command} and no chains: it is for `augcli {command} {file}`")
    settings = document.value.get("engine")
    on_ray = isinstance(settings, dict) and settings.get("ray") is not None
    if engine and (engine == "ray") != on_ray:
        on_ray = engine == "ray"
        _override(document, f"--engine {engine}", "engine.ray", "{}" if on_ray else "null")
    if workers is not None:
        for key in ["engine.workers", *(["engine.ray.workers"] if on_ray else [])]:
            _override(document, f"--workers {workers}", key, str(workers))
    return build_pipeline(document)


def load_text(text: str, file: Path, overrides: Sequence[Override] = ()) -> Pipeline:
    """The config that `text` holds, which stands in `file`, or will, with `overrides` made.

    Raises ConfigError with every problem.
    """
    return build_pipeline(_document(text, file, overrides))


def training_in(file: Path) -> type[AdaptConfig] | type[VectorsConfig] | None:
    """The kind of training whose config `file` is; None for a config of a run. Raises ConfigError for an unread one."""
    return _training(_read(file, ()))


def _training(document: Document) -> type[AdaptConfig] | type[VectorsConfig] | None:
    if "chains" in document.value:
        return None
    if AdaptConfig.command in document.value:
        return AdaptConfig
    return VectorsConfig if VectorsConfig.command in document.value else None


def load_training(kind: type[TrainingConfigType], file: Path, overrides: Sequence[Override] = ()) -> TrainingConfigType:
    """The same for a config of a training."""
    return build_training(kind, _read(file, overrides))


def load_values(values: Mapping[str, Any], overrides: Sequence[Override] = (), name: str = "command line") -> Pipeline:
    """The config that `values` are, which stand in no file, with `overrides` made; errors call it `name`.

    Raises ConfigError with every problem.
    """
    document = Document(as_json(values, name), name)
    document.places.clear()  # nobody has written it: errors need not show it
    for override in overrides:
        _override(document, *override)
    return build_pipeline(document)


def as_json(value: Any, name: str) -> str:
    """A value of Python as a config has it: paths are text, and what NumPy holds is what Python calls the same.

    Raises ConfigError, which calls the value `name`, for anything else that a config has no form for.
    """

    def plain(part: Any) -> Any:
        if isinstance(part, Path):
            return str(part)
        if hasattr(part, "tolist"):
            return part.tolist()
        raise ConfigError(f"{name}: expected text, numbers, lists and mappings, not {type(part).__name__}")

    return json.dumps(value, default=plain)


def load_input(values: Mapping[str, Any], overrides: Sequence[Override] = ()) -> Config:
    """A config without chains that reads as the section `input` says, with `overrides` made."""
    body = {"input": dict(values), "output": {"path": "-", "format": "jsonl"}, "chains": {}}
    return load_values(body, overrides).config


def text_of(file: Path) -> str:
    """The text of a config. Raises ConfigError when there is none, or it is not UTF-8."""
    if file.suffix in _DATA:
        why = f"this is data, not a config; `augcli init --from {file} > config.yaml` writes a config for it"
        raise Problem(Place(str(file)), (), why).error()
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        why = f"there is no such file; `augcli init > {file.name}` writes one to start from"
        raise Problem(Place(str(file)), (), why).error() from None
    except UnicodeDecodeError as error:
        raise Problem(Place(str(file)), (), f"not UTF-8 (byte {error.start}); save it as UTF-8").error() from error
    except IsADirectoryError as error:
        raise Problem(Place(str(file)), (), "this is a folder; name a config in it").error() from error
    except OSError as error:
        raise Problem(Place(str(file)), (), f"cannot be read: {error}").error() from error


def _read(file: Path, overrides: Sequence[Override]) -> Document:
    return _document(text_of(file), file, overrides)


def _document(text: str, file: Path, overrides: Sequence[Override]) -> Document:
    document = Document(text, str(file))
    if not isinstance(document.value, dict):
        if not document.problems:
            document.problems.append(Problem(document.place(()), (), "this is not a mapping of keys to values"))
        Problems(document).raise_any()
    for override in overrides:
        _override(document, *override)
    return document


def _override(document: Document, option: str, key: str, value: str) -> None:
    other = Document(value, option)
    if not re.fullmatch(r"[^.\[\]]+(?:\.[^.\[\]]+|\[[0-9]+\])*", key):
        document.problems.append(Problem(Place(option), (), f"{key!r} is no key; write it as chains.a.steps[0]"))
        return
    parts = re.findall(r"[^.\[\]]+", key)
    path = tuple(int(part) if re.fullmatch("[0-9]{1,9}", part) else part for part in parts)
    if other.problems:
        document.problems += [Problem(problem.place, path, problem.message) for problem in other.problems]
        return
    try:
        document.graft(path, other)
    except KeyError as error:
        document.problems.append(Problem(Place(option), path, f"there is no {error.args[0]} to set"))
