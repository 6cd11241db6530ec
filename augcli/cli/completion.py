"""What the shell offers behind a half-written word. It has to be there at once, so nothing heavy is imported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

_GROUPS = ("augcli.steps", "augcli.checks")
_COMPOSITIONS = ("one_of", "some_of", "maybe", "sequence")


def complete_presets(incomplete: str) -> list[str]:
    """Names of presets."""
    from augcli.config import presets

    return [name for name in presets.names() if name.startswith(incomplete)]


def complete_steps(incomplete: str) -> list[str]:
    """Names of steps."""
    return [name for name in _names("augcli.steps") if name.startswith(incomplete)]


def complete_names(incomplete: str) -> list[str]:
    """Names of steps, checks and compositions."""
    names = [*(name for group in _GROUPS for name in _names(group)), *_COMPOSITIONS]
    return sorted(name for name in names if name.startswith(incomplete))


def complete_explained(incomplete: str) -> list[str]:
    """What `augcli help` explains; keys of the config only where nothing shorter fits, as they take longer to list."""
    found = complete_names(incomplete)
    if found or not incomplete:
        return found
    from augcli.config.keys import sections

    keys = (f"{path}.{key}".lstrip(".") for path, model in sections().items() for key in model.model_fields)
    return sorted(key for key in {*keys, *sections()} if key.startswith(incomplete))


def complete_keys(context: typer.Context, incomplete: str) -> list[str]:
    """Keys of the config that is named on the line, each with the = that its value comes behind."""
    words = [context.params.get("config"), *context.args]  # a line that ends with --set stays unparsed
    file = next((Path(word) for word in map(str, words) if word.endswith((".yaml", ".yml"))), None)
    if file is None or not file.is_file():
        return []
    import yaml

    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, OSError, UnicodeError):  # `augcli check` tells what is wrong with it
        return []
    return [f"{key}=" for key in _keys(values) if key.startswith(incomplete)]


def _names(group: str) -> list[str]:
    from importlib.metadata import entry_points

    return sorted(point.name for point in entry_points(group=group))


def _keys(value: Any, path: str = "") -> Iterator[str]:
    """The dotted names of all keys that have a value without keys."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _keys(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for place, inner in enumerate(value):
            yield from _keys(inner, f"{path}[{place}]")
    elif path:
        yield path
