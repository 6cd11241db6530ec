"""Validates a document: every error is found at once and knows its line."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from augcli.chains.compose import Do, Maybe, Node, OneOf, Sequential, SomeOf
from augcli.checks.check import Check
from augcli.config.adapt import Adapt, AdaptConfig
from augcli.config.chain_builder import Perhaps, Some
from augcli.config.config import Config
from augcli.config.problems import explain, kind_of, listed
from augcli.config.sections import Input, Protect, Section
from augcli.config.yaml_document import Document, Problem
from augcli.config.yaml_document import Path as KeyPath
from augcli.errors import AugError, ConfigError
from augcli.plugin import PluginType, find
from augcli.steps.part import PartType
from augcli.steps.step import Step
from augcli.translation.platform import Platform

SectionType = TypeVar("SectionType", bound=Section)


class ConfigBuilder:
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
            raise ConfigError(listed(self.problems))
        config._document = self.document
        config._nodes = {name: nodes for name, (nodes, _) in built.items()}
        config._checks = {name: checks for name, (_, checks) in built.items()}
        config._platforms = self.services
        if config.engine.ray and config.engine.ray.address and config.hosted():
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
            raise ConfigError(listed(self.problems))
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
            message = explain(dict(item), model)
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
        model = Some if name == "some_of" else Perhaps
        try:
            group = model.model_validate(body if body is not None else {})
        except ValidationError as error:
            self._report(error, path, model)
            if isinstance(body, dict) and "steps" in body:
                self._nodes(body["steps"], (*path, "steps"), seen)
            return None
        nodes = self._nodes(group.steps, (*path, "steps"), seen)
        if isinstance(group, Perhaps):
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
            self.problem(path, f"expected parameters such as {{{', '.join(found.model_fields)}}}, not {kind_of(body)}")
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
