"""`augcli steps`: the reference of all plug-ins, generated from their classes; also as docs/steps.md.

The tables of docs/configuration.md come from here too.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from augcli.checks.check import Check
from augcli.config import presets
from augcli.config.chain_builder import COMPOSITIONS
from augcli.config.keys import sections
from augcli.models.classifiers.base import Classifier, Learner
from augcli.models.taggers.base import Tagger
from augcli.plugin import Plugin, config_keys, find, installed, names
from augcli.steps.operation import Operation
from augcli.steps.step import Step
from augcli.translation.platform import Platform


class Parameter(NamedTuple):
    """One key of a step or check."""

    name: str
    type: str
    default: str
    range: str
    help: str


def operations() -> Iterator[type[Operation]]:
    """All installed steps, then all checks, by family and name."""
    yield from sorted(installed(Step)[0], key=lambda step: (step.family, step.name))
    yield from installed(Check)[0]


def platforms() -> list[type[Platform]]:
    """All installed translation platforms."""
    return installed(Platform)[0]


def learners() -> list[type[Learner]]:
    """All installed models of `augcli evaluate` that have settings."""
    return [*installed(Classifier)[0], *installed(Tagger)[0]]


def parameters(model: type[BaseModel]) -> list[Parameter]:
    """The keys of a step, check, platform or section of the config with type, default and range."""
    schema = model.model_json_schema().get("properties", {})
    return [_parameter(name, field, schema[name]) for name, field in config_keys(model).items()]


def _parameter(name: str, field: FieldInfo, schema: dict[str, Any]) -> Parameter:
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    told = "required" if field.is_required() else _plain(default)
    types = [type_ for type_ in _types(schema) if not (default is None and type_ == _NULL)]  # null is said already
    return Parameter(name, _either(types), told, _range(schema), field.description or "")


def _plain(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_plain, value)) + "]"
    if isinstance(value, BaseModel):  # a section with the defaults of its keys
        return "{}"
    return str(value).lower() if isinstance(value, bool) else str(value)


_COLUMN, _NULL, _ANYTHING = "column", "none", "anything"
_TYPES = {
    "string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": _NULL,
    "object": "mapping",
}  # fmt: skip


def _types(schema: dict[str, Any]) -> Iterator[str]:
    """What a value may be."""
    if schema.get("title") == _COLUMN:
        yield _COLUMN
    elif "enum" in schema:
        yield from map(str, schema["enum"])
    elif "const" in schema:
        yield str(schema["const"])
    elif "anyOf" in schema:
        for option in schema["anyOf"]:
            yield from _types(option)
    elif "$ref" in schema:
        yield "section"
    elif "patternProperties" in schema:
        yield "sections by name"
    elif schema.get("type") == "array":
        items = _either(_types(schema.get("items", {})))
        yield "list" if items == _ANYTHING else f"list of {items}{'s' * (items == _COLUMN)}"
    elif schema.get("maxLength") == 1:
        yield "one character"
    else:
        yield _TYPES.get(schema.get("type", ""), _ANYTHING)


def _either(options: Iterable[str]) -> str:
    """a, b or c"""
    *others, last = dict.fromkeys(options)
    return f"{', '.join(others)} or {last}" if others else last


def _range(schema: dict[str, Any]) -> str:
    words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
    options = schema.get("anyOf", [schema])
    return " ".join(f"{word} {option[key]:g}" for key, word in words.items() for option in options if key in option)


def summary(plugin: type[Plugin]) -> str:
    """The first sentence of its help, up to a semicolon or colon that stands in no brackets."""
    sentence = " ".join((plugin.__doc__ or "").split()).partition(". ")[0]
    return re.split(r"[;:] (?![^()]*\))", sentence)[0].rstrip(".")


def _languages(operation: type[Operation]) -> str:
    return "any" if operation.languages is None else ", ".join(sorted(operation.languages))


def families() -> dict[str, list[tuple[str, str, str]]]:
    """All steps and checks by family: name, a mark if the label may change, and what it does."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for operation in operations():
        found.setdefault(operation.family, []).append((operation.name, _mark(operation), _short(operation)))
    found["composition"] = [(name, "", what) for name, (what, _) in COMPOSITIONS.items()]
    return found


def _mark(operation: type[Operation]) -> str:
    return "!" if issubclass(operation, Step) and operation.may_change_label else ""


def _short(operation: type[Operation]) -> str:
    """Its summary, with its languages if these are not all."""
    known = operation.languages or ()
    languages = f"{len(known)} languages" if len(known) > 3 else _languages(operation)
    return f"{summary(operation)} ({languages})" if known else summary(operation)


def _told_by(plugin: type[Plugin]) -> str:
    """The docstring of a plug-in, a line for each paragraph, which the terminal wraps."""
    return "\n\n".join(" ".join(part.split()) for part in (inspect.getdoc(plugin) or "").split("\n\n"))


def show(name: str | None) -> None:
    """Print a line for each step and check, or one of them in full. Raises ConfigError for an unknown name."""
    console = Console(highlight=False)
    if name is None:
        _show_families(console)
        for error in (error for base in (Step, Check, Platform) for error in installed(base)[1]):
            console.print(f"left out: {error}", markup=False)
        return
    if name in COMPOSITIONS:
        what, example = COMPOSITIONS[name]
        console.print(f"{name}: {what}\n\nexample  - {example}", markup=False)
        return
    if name in names(Platform):
        _show_platform(console, find(Platform, name))
    elif learner := next((learner for learner in learners() if learner.name == name), None):
        console.print(f"{name} ({learner.kind} of evaluate)\n\n{_told_by(learner)}\n", markup=False)
        _show_parameters(console, learner)
        console.print(f"\nexample    models: [{{{name}: {{device: cpu}}}}]", markup=False)
    else:
        _show_operation(console, find(Check if name in names(Check) else Step, name))


def _show_families(console: Console) -> None:
    """A line for each step and check; on a terminal they wrap within their column."""
    groups = families()
    width = max(len(name) for members in groups.values() for name, _, _ in members)
    for family, members in groups.items():
        console.print(family, style="bold", markup=False)
        if not console.is_terminal:
            for name, mark, what in members:
                console.print(f"  {name:{width}}  {mark:1} {what}", markup=False, soft_wrap=True)
            continue
        table = Table.grid(Column(width=width + 2, no_wrap=True), Column(width=1), "", padding=(0, 1))
        for name, mark, what in members:
            table.add_row(f"  {name}", mark, Text(what))
        console.print(table)
    console.print("\n! may change what the label of a row should be; augcli steps NAME tells all of one", markup=False)


def _show_parameters(console: Console, plugin: type[Plugin]) -> None:
    table = Table("parameter", "type", "default", "range", "what it is", box=None, header_style="bold")
    for parameter in parameters(plugin):
        table.add_row(*map(Text, parameter))
    console.print(table)


def _show_platform(console: Console, platform: type[Platform]) -> None:
    console.print(f"{platform.name} (translation platform)\n\n{_told_by(platform)}\n", markup=False)
    _show_parameters(console, platform)
    keys = ", ".join([*platform().names(), *(f"{name} (if you have one)" for name in platform.optional)])
    console.print(f"\nlanguages  {_spoken(platform)}\nkeys       {keys}; from {platform.site}", markup=False)
    console.print(f"example    services: {{{platform.name}: {{max_characters: 100000}}}}", markup=False)


def _spoken(platform: type[Platform]) -> str:
    return ", ".join(sorted(platform.codes)) + ", and others by their ISO codes" * platform.open


def _show_operation(console: Console, operation: type[Operation]) -> None:
    console.print(f"{operation.name} ({operation.family})\n\n{_told_by(operation)}\n", markup=False)
    if operation.config_keys():
        _show_parameters(console, operation)
    console.print(f"\nlanguages  {_languages(operation)}\nexample    - {operation.example}", markup=False)
    if _mark(operation):
        console.print("label      may change", markup=False)
    if operation.paper:
        console.print(f"paper      {operation.paper}", markup=False)


def markdown() -> str:
    """The page docs/steps.md."""
    groups = [(heading, list(members)) for heading, members in groupby(operations(), _heading)]
    lines = ["# Steps, checks, platforms and models", ""]
    lines += ["Generated from the code by `make reference`; `augcli steps NAME` shows the same in the terminal.", ""]
    rows = [
        (heading, ", ".join(f"[`{operation.name}`](#{operation.name})" for operation in members))
        for heading, members in groups
    ]
    rows += [("[Composition](#composition)", ", ".join(f"`{name}`" for name in COMPOSITIONS))]
    rows += [("[Translation platforms](#translation-platforms)", ", ".join(f"`{name}`" for name in names(Platform)))]
    rows += [("[Models of evaluate](#models-of-evaluate)", ", ".join(f"`{learner.name}`" for learner in learners()))]
    lines += _table(["section", "names"], rows)
    for heading, members in groups:
        lines += [f"## {heading}", ""]
        for operation in members:
            lines += _operation_lines(operation)
    lines += ["## Composition", ""]
    lines += [f"* `{name}`: {what}. `- {example}`" for name, (what, example) in COMPOSITIONS.items()]
    lines += ["", "## Translation platforms", ""]
    lines += ["Settings in the section `services`, by the name of the platform; all have these:", ""]
    lines += _table(["parameter", "type", "default", "range", "what it is"], parameters(Platform))
    lines += _table(
        ["platform", "keys, as environment variables", "more settings", "languages"], map(_platform_row, platforms())
    )
    lines += ["## Models of evaluate", ""]
    lines += [
        "Listed in `evaluate.models`, by name or as `name: {parameters}`. `linear` has no parameters. `language` is "
        "that of the input and `device` that of `engine`, if nothing else is said.",
        "",
    ]
    for learner in learners():
        lines += [f"### `{learner.name}`", "", " ".join((inspect.getdoc(learner) or "").split()), ""]
        lines += _table(["parameter", "type", "default", "range", "what it is"], parameters(learner))
    return "\n".join(lines).rstrip() + "\n"


def _heading(operation: type[Operation]) -> str:
    return "Checks" if issubclass(operation, Check) else f"Steps: {operation.family}"


def _operation_lines(operation: type[Operation]) -> list[str]:
    lines = [f"### `{operation.name}`", "", " ".join((inspect.getdoc(operation) or "").split()), ""]
    lines += [f"Languages: {_languages(operation)}." + (f" From: {operation.paper}." if operation.paper else ""), ""]
    lines += ["Its variants may need another label than their row.", ""] if _mark(operation) else []
    lines += ["```yaml", f"- {operation.example}", "```", ""]
    if operation.config_keys():
        lines += _table(["parameter", "type", "default", "range", "what it is"], parameters(operation))
    return lines


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return [line(heads), "|---" * len(heads) + "|", *map(line, rows), ""]


def _platform_row(platform: type[Platform]) -> tuple[str, ...]:
    own = [parameter for parameter in parameters(platform) if parameter.name not in Platform.model_fields]
    settings = "; ".join(f"`{own.name}` ({own.type}, default {own.default}): {own.help}" for own in own)
    keys = ", ".join(f"`{name}`" for name in (*platform().names(), *platform.optional))
    return f"`{platform.name}`: [{platform.title}]({platform.site})", keys, settings, _spoken(platform)


_TABLE = re.compile(r"(?s)(<!-- (keys of \S+|presets) -->\n).*?(?=<!-- end -->)")


def with_tables(page: str) -> str:
    """The page docs/configuration.md with its tables made again, which stand between comments that name them."""
    known = sections()

    def table(found: re.Match[str]) -> str:
        if found[2] == "presets":
            lines = _table(
                ["preset", "what it is for"], [(f"`{name}`", presets.purpose(name)) for name in presets.names()]
            )
        else:
            keys = parameters(known[found[2].removeprefix("keys of ").removeprefix("config")])
            rows = [(f"`{key.name}`", *key[1:]) for key in keys]
            lines = _table(["key", "type", "default", "range", "what it is"], rows)
        return "\n".join([found[1], *lines, ""])

    return _TABLE.sub(table, page)


def main() -> None:
    """Write pages: python -m augcli.commands.reference docs/steps.md docs/configuration.md"""
    for page in map(Path, sys.argv[1:]):
        text = markdown() if page.name == "steps.md" else with_tables(page.read_text(encoding="utf-8"))
        page.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
