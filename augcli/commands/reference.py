"""`augcli steps`: the reference of all plug-ins, generated from their classes; also as docs/steps.md."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table

from augcli.checks.check import Check
from augcli.models.classifiers.base import Classifier, Learner
from augcli.models.taggers.base import Tagger
from augcli.plugin import Plugin, config_keys, find, installed, names
from augcli.steps.operation import Operation
from augcli.steps.step import Step
from augcli.translation.platform import Platform

COMPOSITIONS = {
    "one_of": ("draw one of the steps for each variant", "one_of: [random_swap, random_delete]"),
    "some_of": ("draw n, or between two numbers, of the steps", "some_of: {n: [1, 2], steps: [typo, ocr, case]}"),
    "maybe": ("do the steps with probability p", "maybe: {p: 0.5, steps: [typo]}"),
    "sequence": ("do the steps one after another, as one", "sequence: [contraction, typo]"),
}


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


def parameters(plugin: type[Plugin]) -> list[Parameter]:
    """The keys of a step, check or platform with type, default and range."""
    schema = plugin.model_json_schema()["properties"] if plugin.model_fields else {}
    return [_parameter(name, field, schema[name]) for name, field in config_keys(plugin).items()]


def _parameter(name: str, field: FieldInfo, schema: dict[str, Any]) -> Parameter:
    default = "required" if field.is_required() else _plain(field.get_default(call_default_factory=True))
    return Parameter(name, _type(schema), default, _range(schema), field.description or "")


def _plain(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    words = {
        "string": "text",
        "integer": "whole number",
        "number": "number",
        "boolean": "true or false",
        "null": "none",
    }
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    kind = str(schema.get("type", "anything"))
    return words.get(kind, kind)


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


def listing() -> list[str]:
    """All steps and checks by family, a line each: family, name, what it does, and whether the label may change."""
    rows = [(operation.family, operation.name, _mark(operation), _short(operation)) for operation in operations()]
    rows += [("composition", name, "", what) for name, (what, _) in COMPOSITIONS.items()]
    family, width = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [f"{row[0]:{family}}  {row[1]:{width}}  {row[2]:1}  {row[3]}" for row in rows]
    return [*lines, "", "! may change what the label of a row should be; augcli steps NAME tells all of one"]


def _mark(operation: type[Operation]) -> str:
    return "!" if issubclass(operation, Step) and operation.may_change_label else ""


def _short(operation: type[Operation]) -> str:
    """Its summary, with its languages if these are not all."""
    known = operation.languages or ()
    languages = f"{len(known)} languages" if len(known) > 3 else _languages(operation)
    return f"{summary(operation)} ({languages})" if known else summary(operation)


def show(name: str | None) -> None:
    """Print a line for each step and check, or one of them in full. Raises ConfigError for an unknown name."""
    console = Console(highlight=False)
    if name is None:
        for line in listing():
            fits = {"no_wrap": True, "overflow": "ellipsis"} if console.is_terminal else {"soft_wrap": True}
            console.print(line, markup=False, **fits)
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
        console.print(f"{name} ({learner.kind} of evaluate)\n\n{inspect.getdoc(learner)}\n", markup=False)
        _show_parameters(console, learner)
        console.print(f"\nexample    models: [{{{name}: {{device: cpu}}}}]", markup=False)
    else:
        _show_operation(console, find(Check if name in names(Check) else Step, name))


def _show_parameters(console: Console, plugin: type[Plugin]) -> None:
    table = Table("parameter", "type", "default", "range", "what it is", box=None, header_style="bold")
    for parameter in parameters(plugin):
        table.add_row(*parameter)
    console.print(table)


def _show_platform(console: Console, platform: type[Platform]) -> None:
    console.print(f"{platform.name} (translation platform)\n\n{inspect.getdoc(platform)}\n", markup=False)
    _show_parameters(console, platform)
    keys = ", ".join([*platform().names(), *(f"{name} (if you have one)" for name in platform.optional)])
    console.print(f"\nlanguages  {_spoken(platform)}\nkeys       {keys}; from {platform.site}", markup=False)
    console.print(f"example    services: {{{platform.name}: {{max_characters: 100000}}}}", markup=False)


def _spoken(platform: type[Platform]) -> str:
    return ", ".join(sorted(platform.codes)) + ", and others by their ISO codes" * platform.open


def _show_operation(console: Console, operation: type[Operation]) -> None:
    console.print(f"{operation.name} ({operation.family})\n\n{inspect.getdoc(operation)}\n", markup=False)
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


def main() -> None:
    """Write the page: python -m augcli.commands.reference docs/steps.md"""
    Path(sys.argv[1]).write_text(markdown(), encoding="utf-8")


if __name__ == "__main__":
    main()
