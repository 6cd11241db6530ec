"""A preset without the steps that do not work on some data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from augcli.config.load import load_text
from augcli.errors import ConfigError

_LANGUAGE = re.compile(r"(?m)^  language: (\w+)")
_OPTIONAL = ("unlabeled.general", "unlabeled.path")
"""Keys that a preset can do without."""


class Fitted(NamedTuple):
    """A config that can be loaded, and why something had to be left out of the preset."""

    text: str
    left_out: Sequence[str]


def language_of(preset: str) -> str | None:
    """The language that a preset is for, where it names one."""
    found = _LANGUAGE.search(preset)
    return found[1] if found else None


def fitted(config: str, preset: str) -> Fitted:
    """What a `preset` became for some data, without what does not work there.

    Raises ConfigError when less than a third of its steps do, or the data lacks what it is about.
    """
    steps, reasons = _steps(config), list[str]()
    while True:
        try:
            load_text(config, Path("config.yaml"))
        except ConfigError as error:
            *_, fault = sorted(error.faults, key=lambda one: one.line or 0)
        else:
            return Fitted(config, [*dict.fromkeys(reversed(reasons))])
        reasons.append(f"{fault.key}: {fault.message}" if fault.key in _OPTIONAL else fault.message)
        if fault.key in _OPTIONAL:
            config = _cut(config, (fault.line or 1) - 1)
        elif fault.line and (fault.key or "").startswith("chains."):
            config = _without(config, fault.line - 1, str(fault.key))
        if fault.key not in _OPTIONAL and (3 * _steps(config) < steps or not (fault.key or "").startswith("chains.")):
            told = "\n".join(f"  {reason}" for reason in dict.fromkeys(reasons))
            raise ConfigError(f"the preset {preset} does not fit this data; {_better(config, preset)}\n{told}")


def _better(config: str, preset: str) -> str:
    """What to take in its place."""
    data = yaml.safe_load(config)["input"]
    kinds = {
        "pairs": isinstance(data.get("text"), list),
        "ner": bool(data.get("spans") or data.get("tags")),
        "chinese": data.get("language") == "zh",
        "paraphrase": data.get("language", "en") == "en",
    }
    fits = next((name for name, so in kinds.items() if so and name != preset), None)
    return f"`augcli init {fits}` is for such data" if fits else "`augcli init --list` names others"


def _steps(config: str) -> int:
    """How many steps there are, those of the lists within them too."""

    def count(steps: Any) -> int:
        inner = [value for step in steps if isinstance(step, dict) for value in step.values()]
        lists = [value.get("steps") if isinstance(value, dict) else value for value in inner]
        return len(steps) + sum(count(some) for some in lists if isinstance(some, list))

    return sum(count(chain.get("steps", ())) for chain in (yaml.safe_load(config)["chains"] or {}).values())


def _without(config: str, line: int, key: str) -> str:
    """The config without the step of the `key` that stands in a line, nor what would then be empty around it."""
    _, name, *_ = key.split(".")
    path = re.findall(r"[^.\[\]]+", key)
    chain: Any = yaml.safe_load(config)["chains"][name]
    sizes, here = list[int](), chain  # of the lists on the way
    for part in path[2:]:
        if isinstance(here, list) and part.isdigit():
            sizes.append(len(here))
            here = here[int(part)]
        elif isinstance(here, dict):
            here = here.get(part)
    lines = config.splitlines()
    head = next(at for at in range(line, -1, -1) if re.match(rf"  {re.escape(name)}:", lines[at]))
    items, depth = list[int](), _depth(lines[line]) + 1  # the items around the step, the innermost first
    for at in range(line, head, -1):
        if lines[at].lstrip().startswith("- ") and _depth(lines[at]) < depth:
            items.append(at)
            depth = _depth(lines[at])
    while sizes and sizes[-1] == 1:
        sizes.pop()
    return _cut(config, items[-len(sizes)] if 0 < len(sizes) <= len(items) else head)


def _cut(config: str, at: int) -> str:
    """The config without the line `at` and those below that are indented more."""
    lines = config.splitlines()
    end = at + 1
    while end < len(lines) and lines[end].strip() and _depth(lines[end]) > _depth(lines[at]):
        end += 1
    return "\n".join([*lines[:at], *lines[end:], ""])


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
