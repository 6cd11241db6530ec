"""What is found by name through entry points: steps, checks, services."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from augcli.errors import ConfigError, ResourceError


class Plugin(BaseModel):
    """What is found by name through entry points: its fields are its YAML keys, its schema and its help page."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    group: ClassVar[str]
    """Of entry points."""
    kind: ClassVar[str]
    """What it is called in messages."""
    name: ClassVar[str]
    must_say: ClassVar[tuple[str, ...]] = ("name",)
    """The class variables without which it cannot be listed."""
    unknown_key_hint: ClassVar[str] = ""
    """What to add when the config gives it a key that it does not have."""

    @classmethod
    def config_keys(cls) -> dict[str, FieldInfo]:
        """The keys that a config may give it, see the function of this name."""
        return {field.alias or name: field for name, field in cls.model_fields.items()}

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


def config_keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys that a config may give a plug-in or a section, with what they are."""
    if issubclass(model, Plugin):
        return model.config_keys()
    own = {name for name in model.__annotations__ if name in model.model_fields}  # before those that it shares
    fields = sorted(model.model_fields.items(), key=lambda item: item[0] not in own)
    return {field.alias or name: field for name, field in fields}


@cache
def _entry_points(group: str) -> Mapping[str, EntryPoint]:
    return {point.name: point for point in sorted(entry_points(group=group))}


def names(base: type[PluginType]) -> list[str]:
    """Names of all installed steps, checks or platforms."""
    return sorted(_entry_points(base.group))


def installed(base: type[PluginType]) -> tuple[list[type[PluginType]], list[str]]:
    """All steps, checks or platforms by name, and what is wrong with those that cannot be loaded."""
    found, errors = [], []
    for name in names(base):
        try:
            found.append(find(base, name))
        except ResourceError as error:
            errors.append(str(error))
    return found, errors


def find(base: type[PluginType], name: str) -> type[PluginType]:
    """The step, check or platform class called `name`.

    Raises ConfigError for an unknown name, ResourceError for one that cannot be loaded or lacks what it must say.
    """
    point = _entry_points(base.group).get(name)
    if point is None:
        near = get_close_matches(name, names(base), n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names(base))}"
        raise ConfigError(f"there is no {base.kind} called {name!r}; {hint}")
    try:
        found = point.load()
    except Exception as error:  # whatever a module of somebody else may raise
        what = f"{type(error).__name__}: {error}"
        raise ResourceError(f"{base.kind} {name!r} ({point.value}) cannot be loaded: {what}") from error
    if problem := _class_error(base, name, found):
        raise ResourceError(f"{base.kind} {name!r} ({point.value}) cannot be used: {problem}")
    return cast("type[PluginType]", found)


def _class_error(base: type[Plugin], name: str, found: object) -> str | None:
    if not (isinstance(found, type) and issubclass(found, base)):
        return f"it is not a subclass of augcli.plugins.{base.__name__}"
    if missing := [variable for variable in base.must_say if not hasattr(found, variable)]:
        return f"its class does not say its {' and its '.join(missing)}"
    if found.name != name:
        return f"its class says that its name is {found.name!r}; the entry point must say the same"
    return None
