"""What is found by name through entry points: steps, checks, services."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from augcli.errors import ConfigError, ResourceError


class Plugin(BaseModel):
    """What is found by name through entry points: its fields are its YAML keys, its schema and its help page."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    group: ClassVar[str]
    """Of entry points."""
    kind: ClassVar[str]
    """What it is called in messages."""
    name: ClassVar[str]
    unknown_key_hint: ClassVar[str] = ""
    """What to add when the config gives it a key that it does not have."""

    def __getstate__(self) -> dict[Any, Any]:
        """What the config says; another process works out the rest by itself."""
        return {**super().__getstate__(), "__dict__": self._fields()}

    def __copy__(self) -> Self:
        """What the config says; a copy, which may get other values, works out the rest by itself."""
        copied = super().__copy__()
        object.__setattr__(copied, "__dict__", self._fields())
        return copied

    def _fields(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name in type(self).model_fields}


PluginType = TypeVar("PluginType", bound=Plugin)


@cache
def _entry_points(group: str) -> Mapping[str, EntryPoint]:
    return {point.name: point for point in sorted(entry_points(group=group))}


def names(base: type[PluginType]) -> list[str]:
    """Names of all installed steps, checks or platforms."""
    return sorted(_entry_points(base.group))


def find(base: type[PluginType], name: str) -> type[PluginType]:
    """The step, check or platform class called `name`.

    Raises ConfigError for an unknown name, ResourceError for one that cannot be loaded.
    """
    point = _entry_points(base.group).get(name)
    if point is None:
        near = get_close_matches(name, names(base), n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names(base))}"
        raise ConfigError(f"there is no {base.kind} called {name!r}; {hint}")
    try:
        found = point.load()
    except ImportError as error:
        raise ResourceError(f"{base.kind} {name!r} ({point.value}) cannot be loaded: {error}") from error
    if not (isinstance(found, type) and issubclass(found, base)):
        raise ResourceError(f"{point.value} is not a subclass of {base.__module__}.{base.__name__}")
    return found
