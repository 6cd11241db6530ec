"""YAML 1.2 values with the place of every key and value, so that errors can point at them.

PyYAML reads YAML 1.1, where `no` is false, `1e-3` is text and 010 is 8; here `no` is text, 1e-3 a number, 010 is 10.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from augcli.errors import ConfigError, Fault

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: file (or command-line option), line and column from 1 (0: no line), the line shown."""

    file: str
    line: int = 0
    column: int = 0
    snippet: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a config."""

    place: Place
    path: Path
    message: str

    def __str__(self) -> str:
        key = dotted(self.path)
        where = f"{self.place}: {key}: " if key not in ("", str(self.place)) else f"{self.place}: "
        if self.place.snippet is None:
            return where + self.message
        number = f"{self.place.line:5} | "
        caret = " " * (len(number) - 2) + "| " + " " * (self.place.column - 1) + "^"
        return f"{where}{self.message}\n{number}{self.place.snippet}\n{caret}"

    def error(self) -> ConfigError:
        """The error that tells of it."""
        place = self.place
        key = dotted(self.path) or None
        return ConfigError(
            str(self), [Fault(self.message, place.file, place.line or None, place.column or None, key=key)]
        )


def dotted(path: Path) -> str:
    """chains.noise.steps[0].typo"""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the name is PyYAML's


_CORE = [
    ("bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"),
    ("null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    ("int", re.compile(r"^[-+]?[0-9]+$"), "-+0123456789"),
    ("float", re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"), "-+.0123456789"),
    ("float", re.compile(r"^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"), "-+."),
]
_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("bool", "null", "int", "float", "str", "seq", "map"))
for _tag, _regex, _first in _CORE:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _regex, _first)


class Document:
    """The values of one YAML text; `places` and `problems` come with them."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.lines = text.splitlines()
        self.problems: list[Problem] = []
        self.places: dict[Path, Place] = {}
        self.value: Any = None
        try:
            node = yaml.compose(text, Loader=_Loader)
            self.value = self._plain(node, (), frozenset()) if node else None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = " ".join(part for part in (error.context, error.problem) if part)
            self._complain(self._place(mark), (), f"this is not valid YAML: {what}")
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position)
            column = error.position - text.rfind("\n", 0, error.position)
            place = Place(file, line + 1, column, text.split("\n")[line])
            self._complain(place, (), f"this is not valid YAML: a character U+{error.character:04X} in it")
        except RecursionError:
            self._complain(Place(file), (), "this is nested too deeply")

    def place(self, path: Path) -> Place:
        """Where `path` stands, or the nearest key above it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(self.file))

    def graft(self, path: Path, other: Document) -> None:
        """Put the value of `other` at `path`, which must lead through mappings and list places that exist."""
        target = self.value
        for depth, part in enumerate(path[:-1]):
            if isinstance(target, dict) and not isinstance(part, int):
                if part not in target:
                    if not all(isinstance(later, str) for later in path[depth + 1 :]):
                        raise KeyError(dotted(path[: depth + 1]))
                    target[part] = {}
                    self.places[path[: depth + 1]] = Place(other.file)
                target = target[part]
            elif isinstance(target, list) and isinstance(part, int) and part < len(target):
                target = target[part]
            else:
                raise KeyError(dotted(path[: depth + 1]))
        last = path[-1]
        fits = isinstance(target, list) and last < len(target) if isinstance(last, int) else isinstance(target, dict)
        if not fits:
            raise KeyError(dotted(path))
        target[last] = other.value
        for old in [old for old in self.places if old[: len(path)] == path]:
            del self.places[old]
        self.places[path] = Place(other.file)

    def _complain(self, place: Place, path: Path, message: str) -> None:
        self.problems.append(Problem(place, path, message))

    def _place(self, mark: Any) -> Place:
        if mark is None:
            return Place(self.file)
        snippet = self.lines[mark.line] if mark.line < len(self.lines) else ""
        return Place(self.file, mark.line + 1, mark.column + 1, snippet)

    def _plain(self, node: yaml.Node, path: Path, above: frozenset[int]) -> Any:
        if id(node) in above:
            self._complain(self._place(node.start_mark), path, "this alias stands inside the value that it names")
            return None
        above |= {id(node)}
        self.places.setdefault(path, self._place(node.start_mark))
        if node.tag not in _TAGS:
            self._complain(self._place(node.start_mark), path, f"the tag {node.tag} is not used here; leave it out")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, above)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*path, index), above) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path, above: frozenset[int]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = self._place(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain(place, path, "a key must be plain text")
                continue
            key = str(key_node.value)
            if key in values:
                first = self.places[(*path, key)]
                self._complain(place, (*path, key), f"duplicate key: it already stands in line {first.line}")
                continue
            self.places[(*path, key)] = place
            values[key] = self._plain(value_node, (*path, key), above)
            if not isinstance(value_node, yaml.CollectionNode):
                self.places[(*path, key)] = self._place(value_node.start_mark) if value_node.value else place
        return values

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        text = str(node.value)
        match node.tag.rsplit(":", 1)[-1]:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" | "float" as kind:
                try:
                    return int(text) if kind == "int" else float(re.sub(r"\.(?=[in])", "", text, flags=re.IGNORECASE))
                except ValueError:
                    self._complain(self._place(node.start_mark), path, "this is not a number, or has too many digits")
                    return None
        return text
