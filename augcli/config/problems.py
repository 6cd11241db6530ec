"""What is wrong with a config, in plain words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

from augcli.config.adapt import Adapt, AdaptConfig, Scratch
from augcli.config.config import Config
from augcli.config.sections import Balance, ChainConfig, Engine, Input, Output, Protect, Ray
from augcli.config.yaml_document import Problem
from augcli.translation.platform import Platform


def listed(problems: list[Problem]) -> str:
    """Problems in the order of the file, one below the other."""

    def order(problem: Problem) -> tuple[bool, int, int]:
        place = problem.place
        return place.line == 0, place.line, place.column

    return "\n".join(map(str, sorted(problems, key=order)))


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


def explain(item: dict[str, Any], model: type[BaseModel]) -> str:
    """A pydantic error in plain words: what is wrong; what is allowed; did you mean."""
    kind, value, context = item["type"], item["input"], item.get("ctx", {})
    if kind == "extra_forbidden":
        allowed = list(_model_at(model, item["loc"][:-1]).model_fields)
        hint = _near(str(item["loc"][-1]), allowed)
        if issubclass(model, Platform):
            hint += "; keys belong in environment variables, or in the file that `credentials` names"
        return f"unknown key; allowed: {', '.join(allowed) or 'none'}{hint}"
    if kind == "missing":
        return "missing; it must be given"
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", context["expected"])
        return f"{value!r} is not allowed; allowed: {', '.join(options)}{_near(str(value), options)}"
    if kind in _EXPECTED:
        trap = ""
        if kind == "bool_type" and str(value).lower() in ("no", "off", "n", "yes", "on", "y"):
            trap = f"; did you mean {'false' if str(value).lower() in ('no', 'off', 'n') else 'true'}?"
        elif kind == "string_type" and isinstance(value, int | float | bool):
            trap = f'; put quotes around it: "{str(value).lower() if isinstance(value, bool) else value}"'
        return f"expected {_EXPECTED[kind]}, not {kind_of(value)}{trap}"
    limits = {"greater_than_equal": ("ge", "at least"), "greater_than": ("gt", "more than")}
    limits |= {"less_than_equal": ("le", "at most"), "less_than": ("lt", "less than")}
    if kind in limits:
        key, words = limits[kind]
        return f"{value} is out of range; it must be {words} {context[key]:g}"
    if kind == "value_error":
        return str(context["error"])
    if kind in ("string_too_short", "too_short"):
        return f"this is empty; at least {context['min_length']} must be given"
    if kind == "string_pattern_mismatch":
        return f"{value!r} is not allowed here; it must match {context['pattern']}"
    return f"{item['msg']} (got {value!r})"


def _model_at(model: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel]:
    """The section of the config that `loc` leads to."""
    sections: dict[str, type[BaseModel]] = {"input": Input, "output": Output, "protect": Protect, "engine": Engine}
    sections |= {"ray": Ray, "adapt": Adapt, "scratch": Scratch}
    if model not in (Config, AdaptConfig) or not loc:
        return model
    if loc[0] == "chains":
        return Balance if "Balance" in loc else ChainConfig
    return sections.get(str(loc[-1]), model)


def _near(word: str, options: Sequence[str]) -> str:
    near = get_close_matches(word, options, n=1)
    return f"; did you mean {near[0]}?" if near else ""
