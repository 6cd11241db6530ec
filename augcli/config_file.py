"""From a YAML file to a Config: every error is found at once and knows its line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from augcli.chains.compose import Do, Maybe, Node, OneOf, Sequential, SomeOf
from augcli.checks.check import Check
from augcli.config import (
    Adapt,
    AdaptConfig,
    Balance,
    ChainConfig,
    Config,
    Engine,
    Input,
    Output,
    Protect,
    Ray,
    Scratch,
    Section,
)
from augcli.errors import AugError, ConfigError
from augcli.plugin import PluginType, find
from augcli.steps.part import PartType
from augcli.steps.step import Step
from augcli.translation.platform import Platform
from augcli.yaml_marks import Document, Place, Problem
from augcli.yaml_marks import Path as KeyPath


def load(file: Path, overrides: Sequence[tuple[str, str, str]] = ()) -> Config:
    """The config in `file` with `overrides` (option as typed, key path, YAML value) made.

    Raises ConfigError with every problem, in the order of the file.
    """
    document = _read(file, overrides)
    if _trains(document):
        raise ConfigError(f"{file} has a section adapt and no chains: it is for `augcli adapt {file}`")
    return _Builder(document).config()


def trains(file: Path) -> bool:
    """Whether `file` is a config of `augcli adapt`. Raises ConfigError when it cannot be read."""
    return _trains(_read(file, ()))


def _trains(document: Document) -> bool:
    return "adapt" in document.value and "chains" not in document.value


def load_adapt(file: Path, overrides: Sequence[tuple[str, str, str]] = ()) -> AdaptConfig:
    """The same for a config of `augcli adapt`."""
    return _Builder(_read(file, overrides)).adapt()


def _read(file: Path, overrides: Sequence[tuple[str, str, str]]) -> Document:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"{file}: there is no such file; `augcli init > {file.name}` writes one to start from"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
    document = Document(text, str(file))
    if not isinstance(document.value, dict):
        problems = document.problems or [Problem(document.place(()), (), "this is not a mapping of keys to values")]
        raise ConfigError(_listed(problems))
    for option, key, value in overrides:
        _override(document, option, key, value)
    return document


def _override(document: Document, option: str, key: str, value: str) -> None:
    other = Document(value, option)
    if not re.fullmatch(r"[^.\[\]]+(?:\.[^.\[\]]+|\[[0-9]+\])*", key):
        document.problems.append(Problem(Place(option), (), f"{key!r} is no key; write it as chains.a.steps[0]"))
        return
    parts = re.findall(r"[^.\[\]]+", key)
    path = tuple(int(part) if re.fullmatch("[0-9]{1,9}", part) else part for part in parts)
    if other.problems:
        document.problems += [Problem(problem.place, path, problem.message) for problem in other.problems]
        return
    try:
        document.graft(path, other)
    except KeyError as error:
        document.problems.append(Problem(Place(option), path, f"there is no {error.args[0]} to set"))


def _listed(problems: list[Problem]) -> str:
    def order(problem: Problem) -> tuple[bool, int, int]:
        place = problem.place
        return place.line == 0, place.line, place.column

    return "\n".join(map(str, sorted(problems, key=order)))


SectionType = TypeVar("SectionType", bound=Section)


class _Builder:
    """Validates one document, gathering problems."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems = document.problems
        self.patterns: list[str] = []
        self.language: str | None = None
        self.labelled = True
        self.services: dict[str, Platform] = {}

    def config(self) -> Config:
        value = self.document.value
        config: Config | None = None
        try:
            config = Config.model_validate(value)
        except ValidationError as error:
            self._report(error, (), Config)
        chains = value.get("chains")
        chains = chains if isinstance(chains, dict) else {}
        chains = {name: chain for name, chain in chains.items() if isinstance(chain, dict)}
        # one wrong section must not hide what is wrong with the others
        if protect := self._alone(Protect, "protect"):
            self.patterns = protect.patterns
        if data := self._alone(Input, "input"):
            self.language, self.labelled = data.language, data.label is not None
            self._cross_check(data, chains)
        else:
            raw = value.get("input")
            raw_language = raw.get("language", "en") if isinstance(raw, dict) else None
            self.language = raw_language if isinstance(raw_language, str) else None
        self.services = self._services()
        built = {name: (self._steps(name, chain), self._checks(name, chain)) for name, chain in chains.items()}
        if self.problems or config is None:
            raise ConfigError(_listed(self.problems))
        config._document = self.document
        config._nodes = {name: nodes for name, (nodes, _) in built.items()}
        config._checks = {name: checks for name, (_, checks) in built.items()}
        config._platforms = self.services
        if config.engine.ray and config.engine.ray.address and any(step.platform() for step in config.models()):
            raise config.error(
                "a hosted platform's limits and payments are kept in a file of one machine; leave the address out",
                "engine", "ray", "address",
            )  # fmt: skip
        return config

    def _services(self) -> dict[str, Platform]:
        given = self.document.value.get("services")
        given = given if isinstance(given, dict) else {}
        built = {name: self._plugin(Platform, name, body, ("services", name)) for name, body in given.items()}
        return {name: platform for name, platform in built.items() if platform}

    def adapt(self) -> AdaptConfig:
        config: AdaptConfig | None = None
        try:
            config = AdaptConfig.model_validate(self.document.value, context=self._context)
        except ValidationError as error:
            self._report(error, (), AdaptConfig)
        if data := self._alone(Input, "input"):
            self._cross_check(data, {})
        if config:
            self._cross_check_adapt(config.adapt, config.input)
        if self.problems or config is None:
            raise ConfigError(_listed(self.problems))
        config._document = self.document
        return config

    def _cross_check_adapt(self, adapt: Adapt, data: Input) -> None:
        if adapt.label and not data.label:
            self.problem(("adapt", "label"), "this needs input.label, the column with the labels")
        if adapt.model and adapt.scratch:
            self.problem(("adapt", "scratch"), "give either model, to go on with it, or scratch, to make one anew")
        if adapt.scratch and adapt.scratch.hidden % adapt.scratch.heads:
            self.problem(("adapt", "scratch", "hidden"), f"{adapt.scratch.hidden} is no multiple of the heads")
        for key in ("revision", "vocabulary", "new_head"):
            if getattr(adapt, key) and not adapt.model:
                self.problem(("adapt", key), "this goes with adapt.model, a model to go on with")

    @property
    def _context(self) -> dict[str, Any]:
        return {"folder": Path(self.document.file).parent, "services": self.services}

    def _alone(self, section: type[SectionType], name: str) -> SectionType | None:
        try:
            return section.model_validate(self.document.value.get(name, {}))
        except ValidationError:  # told when the whole was validated
            return None

    def problem(self, path: KeyPath, message: str) -> None:
        place = self.document.place(path)
        if path[:1] == ("services",):  # somebody may have written a key there
            place = replace(place, snippet=None)
        self.problems.append(Problem(place, path, message))

    def _report(self, error: ValidationError, path: KeyPath, model: type[BaseModel]) -> None:
        messages: dict[KeyPath, list[str]] = {}
        for item in error.errors(include_url=False):
            message = _explain(dict(item), model)
            told = messages.setdefault(self._known(path, item["loc"], item["type"] == "missing"), [])
            if message not in told:
                told.append(message)
        for place, told in messages.items():
            # a value that fits no member of a union gets a message from each; one from deeper inside says it best
            if not any(len(other) > len(place) and other[: len(place)] == place for other in messages):
                self.problem(place, "; or ".join(told))

    def _known(self, path: KeyPath, loc: tuple[str | int, ...], missing: bool) -> KeyPath:
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

    def _cross_check(self, data: Input, chains: dict[str, dict[str, Any]]) -> None:
        if data.tokens or data.tags:
            if not (data.tokens and data.tags):
                self.problem(("input",), "tokens and tags go together; one of them is missing")
            if data.text or data.spans:
                self.problem(("input",), "give either text (and spans) or tokens and tags; not both")
        elif not data.texts:
            self.problem(("input",), "text is missing: name the text column, or tokens and tags")
        if len(set(data.texts)) < len(data.texts):
            self.problem(("input", "text"), "a text column is named twice")
        if data.spans and len(data.texts) > 1:
            self.problem(("input", "spans"), "spans need one text column; there are several")
        for name, chain in chains.items():
            if isinstance(chain.get("variants"), dict) and not data.label:
                self.problem(("chains", name, "variants"), "balance needs input.label, the column with the labels")

    def _steps(self, name: str, chain: dict[str, Any]) -> list[Node]:
        steps = chain.get("steps")
        seen: Counter[str] = Counter()
        if not isinstance(steps, list):
            return []
        return self._nodes(steps, ("chains", name, "steps"), seen)

    def _nodes(self, entries: Any, path: KeyPath, seen: Counter[str]) -> list[Node]:
        if not isinstance(entries, list) or not entries:
            self.problem(path, "expected a list of steps")
            return []
        built = (self._node(entry, (*path, index), seen) for index, entry in enumerate(entries))
        return [node for node in built if node]

    def _node(self, entry: Any, path: KeyPath, seen: Counter[str]) -> Node | None:
        named = self._named(entry, path, "step")
        if named is None:
            return None
        name, body = named
        path = (*path, name) if isinstance(entry, dict) else path
        seen[name] += 1
        stream = name if seen[name] == 1 else f"{name}#{seen[name]}"
        match name:
            case "one_of":
                return OneOf(self._nodes(body, path, seen), stream)
            case "sequence":
                return Sequential(self._nodes(body, path, seen))
            case "some_of" | "maybe":
                return self._group(name, body, path, stream, seen)
        step = self._part(Step, name, body, path)
        return Do(step, stream) if step else None

    def _group(self, name: str, body: Any, path: KeyPath, stream: str, seen: Counter[str]) -> Node | None:
        model = _Some if name == "some_of" else _Perhaps
        try:
            group = model.model_validate(body if body is not None else {})
        except ValidationError as error:
            self._report(error, path, model)
            if isinstance(body, dict) and "steps" in body:
                self._nodes(body["steps"], (*path, "steps"), seen)
            return None
        nodes = self._nodes(group.steps, (*path, "steps"), seen)
        if isinstance(group, _Perhaps):
            return Maybe(nodes, group.p, stream)
        least, most = [group.n] * 2 if isinstance(group.n, int) else group.n if len(group.n) == 2 else (1, 0)
        if not 0 <= least <= most <= len(group.steps):
            self.problem(
                (*path, "n"), f"expected a number, or [least, most], from 0 to {len(group.steps)} (the steps here)"
            )
            return None
        return SomeOf(nodes, least, most, stream)

    def _checks(self, name: str, chain: dict[str, Any]) -> list[Check]:
        path: KeyPath = ("chains", name, "checks")
        entries = chain.get("checks") or []
        if not isinstance(entries, list):
            return []
        bodies: dict[str, tuple[KeyPath, Any]] = {"changed": (path, None), "unique": (path, None)}
        for index, entry in enumerate(entries):
            if named := self._named(entry, (*path, index), "check"):
                place = (*path, index, named[0]) if isinstance(entry, dict) else (*path, index)
                bodies[named[0]] = (place, named[1])
        built = (
            self._part(Check, check, body, place)
            for check, (place, body) in bodies.items()
            if not (body is False and check in ("changed", "unique"))
        )
        return [check for check in built if check]

    def _named(self, entry: Any, path: KeyPath, kind: str) -> tuple[str, Any] | None:
        """A step or check is written as `name` or as `name: {parameters}`."""
        if isinstance(entry, str):
            return entry, None
        if isinstance(entry, dict) and len(entry) == 1:
            return next(iter(entry.items()))
        if isinstance(entry, dict) and entry:
            self.problem(path, f"one {kind} per list item: put a dash before each of {', '.join(entry)}")
        else:
            self.problem(path, f"expected a {kind}: its name, or `name: {{parameters}}`")
        return None

    def _plugin(self, base: type[PluginType], name: str, body: Any, path: KeyPath) -> PluginType | None:
        try:
            found = find(base, name)
        except AugError as error:
            self.problem(path, str(error))
            return None
        if body is not None and not isinstance(body, dict):
            self.problem(path, f"expected parameters such as {{{', '.join(found.model_fields)}}}, not {_kind(body)}")
            return None
        try:
            return found.model_validate(body or {}, context=self._context)
        except ValidationError as error:
            self._report(error, path, found)
            return None

    def _part(self, base: type[PartType], name: str, body: Any, path: KeyPath) -> PartType | None:
        part = self._plugin(base, name, body, path)
        if part is None:
            return None
        if self.language and part.languages is not None and self.language not in part.languages:
            allowed = ", ".join(sorted(part.languages))
            self.problem(
                path, f"{name} does not work for language {self.language!r} (input.language); it does for {allowed}"
            )
        elif part.needs_label() and not self.labelled:
            self.problem(path, f"{name} is to see the label of each row; name the column in input.label")
        elif self.language and (objection := part.objection(self.language, self.patterns)):
            self.problem(path, objection)
        return part


class _Some(Section):
    n: Annotated[int, Field(ge=0)] | list[Annotated[int, Field(ge=0)]]
    steps: list[Any]


class _Perhaps(Section):
    p: float = Field(ge=0, le=1)
    steps: list[Any]


def _kind(value: Any) -> str:
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


def _explain(item: dict[str, Any], model: type[BaseModel]) -> str:
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
        return f"expected {_EXPECTED[kind]}, not {_kind(value)}{trap}"
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
