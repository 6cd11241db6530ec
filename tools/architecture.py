"""Which file of augcli imports which, and the picture of it: python tools/architecture.py docs/architecture.md"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import resolve_name
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
START, END = "<!-- architecture -->", "<!-- end of architecture -->"
STOREYS = (
    "__main__",
    "cli api",
    "plugins",
    "commands commands/adapt commands/inspect commands/vectors",
    "commands/evaluate commands/init",
    "run",
    "run/look",
    "run/survey",
    "run/engine",
    "report",
    "io",
    "io/formats",
    "io/files",
    "config",
    "config/presets",
    "chains",
    "checks",
    "steps/generation steps/meaning",
    "steps/entities steps/noise steps/replacement steps/surface steps/translation steps/vocabulary",
    "steps",
    "translation/platforms",
    "translation",
    "models/teachers",
    "models/taggers",
    "models/classifiers",
    "models/hosted",
    "models",
    "language",
    "text",
    "plugin process",
    "errors",
    "__init__",
)
"""The folders of augcli, and the files that lie in none of them, top first: imports run downwards only."""
STOREY = {place: number for number, places in enumerate(STOREYS) for place in places.split()}


class Import(NamedTuple):
    """An import of one file of augcli, `target`, in another."""

    file: str
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} -> {self.target}"

    @property
    def downward(self) -> bool:
        """Whether it stays in its folder or runs to a lower storey."""
        here, there = place(self.file), place(self.target)
        return here == there or STOREY.get(here, -1) < STOREY.get(there, -1)


@cache
def modules() -> Mapping[str, str]:
    """The files of augcli, relative to the root of the repository, by the names of their modules."""
    files = sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "augcli").rglob("*.py"))
    return {file.removesuffix(".py").removesuffix("/__init__").replace("/", "."): file for file in files}


def place(file: str) -> str:
    """The folder of a file within augcli, or the name of the file where it lies in none."""
    folder, _, name = file.removeprefix("augcli/").removesuffix(".py").rpartition("/")
    return folder or name


@cache
def imports() -> list[Import]:
    """All imports between files of augcli, wherever they stand; but for the names that augcli itself lends."""
    known = modules()
    files = [file for file in known.values() if file != "augcli/__init__.py"]
    return sorted(
        {Import(file, line, known[name]) for file in files for line, name in _imported(file) if name in known}
    )


def _imported(file: str) -> Iterator[tuple[int, str]]:
    """The line of each import in a file, and the module that it imports; a string that names one counts as well."""
    package = file.rpartition("/")[0].replace("/", ".")
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package)
            for alias in node.names:
                inner = f"{module}.{alias.name}"
                yield node.lineno, inner if inner in modules() else module
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):  # import_module("augcli.io")
            yield node.lineno, node.value


def _tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"), file)


def circular() -> list[Import]:
    """The imports whose target leads back to their file."""
    targets = _targets((each.file, each.target) for each in imports())
    return [each for each in imports() if each.file in _reached(targets, each.target)]


def _targets(arrows: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    targets: dict[str, set[str]] = {}
    for start, target in arrows:
        targets.setdefault(start, set()).add(target)
    return targets


def _reached(targets: Mapping[str, set[str]], start: str) -> set[str]:
    """What can be reached from `start`, itself included."""
    reached, ahead = {start}, [start]
    while ahead:
        fresh = targets.get(ahead.pop(), set()) - reached
        reached |= fresh
        ahead += fresh
    return reached


def page() -> str:
    """The generated part of the page: the picture, and the table below it."""
    shown = [name for name in STOREY if not name.startswith("__")]
    targets = _targets((place(each.file), place(each.target)) for each in imports() if each.downward)
    lines = ["```mermaid", "flowchart TD"]
    lines += [f'    {_box(name)}["<b>{_label(name)}</b><br>{_story(name).replace("`", "")}"]' for name in shown]
    for name in shown:
        lines += [f"    {_box(name)} --> {_box(target)}" for target in shown if target in _direct(targets, name)]
    lines += ["```", "", "| folder | story | files |", "|---|---|---|"]
    for name in shown:
        files = [Path(file).name for file in modules().values() if place(file) == name and file != _main_file(name)]
        lines.append(f"| [{_label(name)}](../augcli/{_label(name)}) | {_story(name)} | {', '.join(files)} |")
    return "\n".join(lines) + "\n"


def _main_file(name: str) -> str:
    return modules()[f"augcli.{name.replace('/', '.')}"]


def _label(name: str) -> str:
    return _main_file(name).removeprefix("augcli/").removesuffix("/__init__.py")


def _box(name: str) -> str:
    return name.replace("/", "_")


def _story(name: str) -> str:
    """The first sentence of the docstring."""
    docstring = " ".join((ast.get_docstring(_tree(_main_file(name))) or "").split())
    return re.split(r"\.(?: |$)", docstring)[0]


def _direct(targets: Mapping[str, set[str]], name: str) -> set[str]:
    """The targets of a folder, but for those that it also reaches through another of them."""
    near = targets.get(name, set()) - {name}
    return {target for target in near if not any(target in _reached(targets, other) for other in near - {target})}


def main() -> None:
    """Write the picture and the table between the marks of a Markdown file."""
    file = Path(sys.argv[1])
    before, start, rest = file.read_text(encoding="utf-8").partition(START)
    _, end, after = rest.partition(END)
    if not end:
        sys.exit(f"{file} lacks the lines {START} and {END}, between which the picture belongs")
    file.write_text(f"{before}{start}\n{page()}{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
