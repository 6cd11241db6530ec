"""What is wrong with a config, all of it at once and in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from augcli.config.yaml_document import Document, Problem
from augcli.config.yaml_document import Path as KeyPath
from augcli.errors import ConfigError
from augcli.plugin import config_keys


class Problems:
    """Gathers what is wrong with a document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._problems = document.problems

    def add(self, path: KeyPath, message: str) -> None:
        """Something is wrong with the value at `path`."""
        place = self.document.place(path)
        if path[:1] == ("services",):  # somebody may have written a key there
            place = replace(place, snippet=None)
        self._problems.append(Problem(place, path, message))

    def add_errors(self, error: ValidationError, path: KeyPath, model: type[BaseModel]) -> None:
        """The value at `path` is no `model`."""
        messages: dict[KeyPath, list[str]] = {}
        wrong_types: set[str] = set()
        for item in error.errors(include_url=False):
            message = _explain(dict(item), model)
            told = messages.setdefault(self._known_path(path, item["loc"], item["type"] == "missing"), [])
            if message not in told:
                told.append(message)
            if item["type"] in _EXPECTED:
                wrong_types.add(message)
        for place, told in messages.items():
            # a value that fits no member of a union gets a message from each; one from deeper inside says it best
            if not any(len(other) > len(place) and other[: len(place)] == place for other in messages):
                # a member of the right type knows better than those of other types
                self.add(place, "; or ".join([message for message in told if message not in wrong_types] or told))

    def _known_path(self, path: KeyPath, loc: tuple[str | int, ...], missing: bool) -> KeyPath:
        """`loc` without the names that pydantic adds for the members of a union."""
        kept: list[str | int] = list(path)
        here = self.document.value
        for part in path:
            here = here[part]
        for part in loc:
            inside = (isinstance(here, dict) and part in here) or (isinstance(here, list) and isinstance(part, int))
            if inside:
                kept.append(part)
                here = here[part]
        return (*kept, loc[-1]) if missing else tuple(kept)

    def raise_any(self) -> None:
        """Raise ConfigError with all problems in the order of the file, if there are any."""

        def order(problem: Problem) -> tuple[bool, int, int]:
            place = problem.place
            return place.line == 0, place.line, place.column

        if self._problems:
            raise ConfigError.joined(problem.error() for problem in sorted(self._problems, key=order))


def kind_of(value: Any) -> str:
    """What a YAML value is, for messages."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}
    shown = f" ({value!r})" if isinstance(value, str | int | float) else ""
    return names.get(type(value), "nothing") + shown


_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


def _explain(item: dict[str, Any], model: type[BaseModel]) -> str:
    """A pydantic error in plain words: what is wrong; what is allowed; did you mean."""
    kind, value, context = item["type"], item["input"], item.get("ctx", {})
    if kind == "extra_forbidden":
        section = _section_at(model, item["loc"][:-1])
        allowed = [*config_keys(section)]
        hint = _near(str(item["loc"][-1]), allowed) + getattr(section, "unknown_key_hint", "")
        return f"unknown key; allowed: {', '.join(allowed) or 'none'}{hint}"
    if kind == "missing":
        return "missing; it must be given"
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", context["expected"])
        return f"{value!r} is not allowed; allowed: {', '.join(options)}{_near(str(value), options)}"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, not {kind_of(value)}{_trap(kind, value)}"
    if kind in _LIMITS:
        key, words = _LIMITS[kind]
        return f"{value} is out of range; it must be {words} {context[key]:g}"
    if kind == "value_error":
        return str(context["error"])
    if kind in ("string_too_short", "too_short"):
        return f"this is empty; at least {context['min_length']} must be given"
    if kind == "string_pattern_mismatch":
        return f"{value!r} is not allowed here; it must match {context['pattern']}"
    return f"{item['msg']} (got {value!r})"


def _trap(kind: str, value: Any) -> str:
    """What YAML may have made of a value that somebody meant otherwise."""
    small = str(value).lower()
    if kind == "bool_type" and small in ("no", "off", "n", "yes", "on", "y"):
        return f"; did you mean {'false' if small in ('no', 'off', 'n') else 'true'}?"
    if kind == "string_type" and isinstance(value, int | float | bool):
        return f'; put quotes around it: "{small if isinstance(value, bool) else value}"'
    return ""


def _section_at(model: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel]:
    """The section that `loc` leads to, from `model` on."""
    parts = iter(loc)
    for part in parts:
        field = model.model_fields.get(str(part))
        if field is None:  # the name of a member of a union
            continue
        if get_origin(field.annotation) is dict:
            next(parts, None)
        model = next(models_in(field.annotation), model)
    return model


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a value of a field may be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


def _near(word: str, options: Sequence[str]) -> str:
    near = get_close_matches(word, options, n=1)
    return f"; did you mean {near[0]}?" if near else ""
