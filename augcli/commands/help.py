"""`augcli help KEY`: what a key of the config means, or a step, a check, a platform."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table
from rich.text import Text

from augcli.checks.check import Check
from augcli.commands import reference
from augcli.commands.reference import Parameter, parameters
from augcli.config.chain_builder import COMPOSITIONS
from augcli.config.keys import NAME, sections
from augcli.errors import ConfigError
from augcli.plugin import Plugin, config_keys, find, names
from augcli.steps.step import Step
from augcli.translation.platform import Platform


class Key(NamedTuple):
    """A key by its dotted name, with what there is to say of it."""

    path: str
    told: Parameter
    field: FieldInfo

    def example(self) -> str:
        """The key in YAML with another value than its default, where one is known; else empty."""
        default = self.field.default
        others = [
            option for option in (*(self.field.examples or ()), *_options(self.field.annotation)) if option != default
        ]
        value: Any = others[0] if others else default if isinstance(default, int | float) else None
        if value is None:
            return ""
        for part in reversed(self.path.split(".")):
            value = {part: value}
        return yaml.safe_dump(value, default_flow_style=None, sort_keys=False, width=100).rstrip()


def explain(name: str) -> None:
    """Print what a key, a section, a step, a check or a platform is; for a last name, what all keys of this name are.

    Raises ConfigError when there is none.
    """
    console, known = Console(highlight=False), _known_keys()
    path = re.sub(r"^chains\.[^.]+", f"chains.{NAME}", re.sub(r"\[[^\]]*\]", "", name).strip("."))
    *outer, last = path.split(".")
    same = [key for key in known.values() if key.told.name == path]
    if path in known or path in sections():
        _show_key(console, path, known)
    elif last in COMPOSITIONS or _plugin(last):
        reference.show(last)
        if same:  # `language` is a check, and a key of `input`
            console.print()
            _show_list(console, same)
    elif outer and (plugin := _plugin(outer[-1])):
        _show_facts(console, _parameter(plugin, last))
    elif len(same) == 1:
        _show_key(console, same[0].path, known)
    elif same:
        _show_list(console, same)
    else:
        raise ConfigError(f"there is no key, step or check called {name!r}; {_hint(path.lower(), known)}")


def list_sections() -> None:
    """Print the keys at the top of a config."""
    _show_list(Console(highlight=False), [key for key in _known_keys().values() if "." not in key.path])


def _keys_of(model: type[BaseModel], path: str) -> Iterator[Key]:
    for told, field in zip(parameters(model), config_keys(model).values(), strict=True):
        yield Key(f"{path}.{told.name}".lstrip("."), told, field)


def _known_keys() -> Mapping[str, Key]:
    """All keys of a config by their dotted names, `chains.NAME.variants` among them."""
    return {key.path: key for path, model in sections().items() for key in _keys_of(model, path)}


def _plugin(name: str) -> type[Plugin] | None:
    """A step, check, platform or model of `evaluate`."""
    bases: tuple[type[Plugin], ...] = (Step, Check, Platform)
    learner = next((learner for learner in reference.learners() if learner.name == name), None)
    return next((find(base, name) for base in bases if name in names(base)), learner)


def _parameter(plugin: type[Plugin], name: str) -> Key:
    keys = {key.told.name: key for key in _keys_of(plugin, plugin.name)}
    if name not in keys:
        raise ConfigError(f"{plugin.name} has no parameter {name!r}; {_near(name, [*keys], f'{plugin.name} has')}")
    return keys[name]


def _options(annotation: Any) -> Iterator[Any]:
    """The values that a type lists, with false and true for a boolean."""
    if annotation is bool:
        yield from (False, True)
    elif get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif get_origin(annotation) not in (list, dict, tuple):
        for inner in get_args(annotation):
            yield from _options(inner)


def _show_key(console: Console, path: str, known: Mapping[str, Key]) -> None:
    """A key, then those of its section, if it has any."""
    if path in known:
        _show_facts(console, known[path])
    inner = path if path in sections() else f"{path}.{NAME}"
    if model := sections().get(inner):
        console.print()
        _show_list(console, list(_keys_of(model, inner)))


def _show_facts(console: Console, key: Key) -> None:
    console.print(Text(key.path, style="bold"))
    console.print(Text(f"\n{key.told.help}\n"))
    facts = {"type": key.told.type, "range": key.told.range, "default": key.told.default, "example": key.example()}
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for what, value in facts.items():
        if value:
            table.add_row(what, Text(value))
    console.print(table)


def _show_list(console: Console, keys: Sequence[Key]) -> None:
    """A line for each of several keys."""
    table = Table("key", "default", "what it is", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for key in keys:
        table.add_row(*map(Text, (key.path, key.told.default, key.told.help)))
    console.print(table)
    console.print(f"\naugcli help {keys[0].path} tells all of one", markup=False)


def _hint(path: str, known: Mapping[str, Key]) -> str:
    """What may have been meant."""
    outer, _, last = path.rpartition(".")
    if model := outer and sections().get(outer):
        return _near(last, [key.path for key in _keys_of(model, outer)], f"{outer} has")
    others = (*names(Step), *names(Check), *names(Platform), *COMPOSITIONS)
    return _near(path, [*known, *others], "at the top there are", [key for key in known if "." not in key])


def _near(name: str, options: Sequence[str], there: str, all_: Sequence[str] = ()) -> str:
    """The nearest of some dotted names by their whole or their last part, or else what there is."""
    by_last = {option.rpartition(".")[2]: option for option in options}
    near = get_close_matches(name, {**by_last, **dict.fromkeys(options)}, n=3)
    if near:
        return f"did you mean {' or '.join(dict.fromkeys(by_last.get(option, option) for option in near))}?"
    return f"{there} {', '.join(all_ or by_last)}"
