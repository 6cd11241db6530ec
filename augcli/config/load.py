"""A YAML file read, with what the command line changes in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from augcli.config.adapt import AdaptConfig
from augcli.config.builder import build_adapt, build_pipeline
from augcli.config.config import Config
from augcli.config.pipeline import Pipeline
from augcli.config.problems import Problems
from augcli.config.yaml_document import Document, Place, Problem
from augcli.errors import ConfigError

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
    if _trains(document):
        raise ConfigError(f"{file} has a section adapt and no chains: it is for `augcli adapt {file}`")
    settings = document.value.get("engine")
    on_ray = isinstance(settings, dict) and settings.get("ray") is not None
    if engine and (engine == "ray") != on_ray:
        on_ray = engine == "ray"
        _override(document, f"--engine {engine}", "engine.ray", "{}" if on_ray else "null")
    if workers is not None:
        for key in ["engine.workers", *(["engine.ray.workers"] if on_ray else [])]:
            _override(document, f"--workers {workers}", key, str(workers))
    return build_pipeline(document)


def load_text(text: str, file: Path) -> Pipeline:
    """The config that `text` holds, which stands in `file`, or will. Raises ConfigError with every problem."""
    return build_pipeline(Document(text, str(file)))


def trains(file: Path) -> bool:
    """Whether `file` is a config of `augcli adapt`. Raises ConfigError when it cannot be read."""
    return _trains(_read(file, ()))


def _trains(document: Document) -> bool:
    return "adapt" in document.value and "chains" not in document.value


def load_adapt(file: Path, overrides: Sequence[Override] = ()) -> AdaptConfig:
    """The same for a config of `augcli adapt`."""
    return build_adapt(_read(file, overrides))


def load_input(values: Mapping[str, Any], overrides: Sequence[Override] = ()) -> Config:
    """A config without chains that reads as the section `input` says, with `overrides` made."""
    body = {"input": dict(values), "output": {"path": "-", "format": "jsonl"}, "chains": {}}
    document = Document(json.dumps(body), "command line")
    document.places.clear()  # nobody has written it: errors need not show it
    for override in overrides:
        _override(document, *override)
    return build_pipeline(document).config


def _read(file: Path, overrides: Sequence[Override]) -> Document:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"{file}: there is no such file; `augcli init > {file.name}` writes one to start from"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
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
