"""Builds what a config names: steps and checks of a chain, settings of platforms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, ValidationError

from augcli.chains.compose import Maybe, Node, OneOf, Sequential, SomeOf, StepNode
from augcli.chains.selection import Selection
from augcli.checks.check import Check, ScoreCheck
from augcli.checks.rules import Changed, LabelAgreement
from augcli.config.pipeline import BuiltChain
from augcli.config.problems import Problems, kind_of
from augcli.config.sections import Keep, Section
from augcli.config.yaml_document import Path as KeyPath
from augcli.errors import AugError
from augcli.plugin import PluginType, find
from augcli.steps.operation import ModelOperation, OperationType
from augcli.steps.step import PartnerStep, Step

_NAME_ENTITIES = "name their column in input.spans, or those of input.tokens and input.tags"


COMPOSITIONS = {
    "one_of": ("draw one of the steps for each variant", "one_of: [random_swap, random_delete]"),
    "some_of": ("draw n, or between two numbers, of the steps", "some_of: {n: [1, 2], steps: [typo, ocr, case]}"),
    "maybe": ("do the steps with probability p", "maybe: {p: 0.5, steps: [typo]}"),
    "sequence": ("do the steps one after another, as one", "sequence: [contraction, typo]"),
}
"""How steps are put together: what each does, and an example."""


class Some(Section):
    """The body of `some_of`."""

    n: Annotated[int, Field(ge=0)] | list[Annotated[int, Field(ge=0)]] = Field(
        description="how many of the steps, or [least, most]"
    )
    steps: list[Any] = Field(description="steps to draw from; those that are drawn are done in the order given")


class Perhaps(Section):
    """The body of `maybe`."""

    p: float = Field(ge=0, le=1, description="probability that the steps are done")
    steps: list[Any] = Field(description="done one after another")


def build_plugin(
    base: type[PluginType], name: str, body: Any, path: KeyPath, problems: Problems, context: Mapping[str, Any]
) -> PluginType | None:
    """The step, check or platform called `name`, with the parameters in `body`; None when something is wrong."""
    try:
        found = find(base, name)
    except AugError as error:
        problems.add(path, str(error))
        return None
    if body is not None and not isinstance(body, dict):
        problems.add(path, f"expected parameters such as {{{', '.join(found.config_keys())}}}, not {kind_of(body)}")
        return None
    try:
        return found.model_validate(body or {}, context=dict(context))
    except ValidationError as error:
        problems.add_errors(error, path, found)
        return None


@dataclass(slots=True)
class ChainBuilder:
    """Builds chains, and gathers what is wrong with them."""

    problems: Problems
    context: Mapping[str, Any]
    """What the validation of steps and checks is told: the folder of the config, the services."""
    language: str | None
    """None when the config does not tell it."""
    labelled: bool
    """Whether the config names the column with the labels."""
    one_text: bool
    """Whether each row is one text without entities, as far as the config tells."""
    has_entities: bool
    """Whether the config names the column with the entities."""
    aligned: bool
    """Whether the config names the column with the alignment of two texts."""
    patterns: Sequence[str]
    """That are protected."""
    device: str
    """Where models run that do not say so themselves."""
    _uses: Counter[str] = field(default_factory=Counter)
    """How often each step was used in the chain so far."""

    def build(self, name: str, chain: dict[str, Any]) -> BuiltChain:
        """The chain called `name`."""
        self._uses.clear()
        steps = chain.get("steps")
        as_they_are = not steps and chain.get("from") == "unlabeled"
        nodes = self._nodes(steps, ("chains", name, "steps")) if isinstance(steps, list) and not as_they_are else []
        checks = self._checks(chain.get("checks") or [], ("chains", name, "checks"))
        checks = [check for check in checks if not (as_they_are and isinstance(check, Changed))]
        return BuiltChain(nodes, checks, self._selection(chain, checks, ("chains", name, "keep")))

    def _selection(self, chain: dict[str, Any], checks: Sequence[Check], path: KeyPath) -> Selection | None:
        """Which variants of a row to keep, where the config is right about it."""
        try:
            keep = Keep.model_validate(chain.get("keep"))
        except ValidationError:  # told when the whole was validated, where the chain has this key
            return None
        scoring = {check.name: check for check in checks if isinstance(check, ScoreCheck | LabelAgreement)}
        variants = chain.get("variants", 1)
        if keep.by is None and not keep.diverse:
            self.problems.add(path, "by what? give `by`, a check of this chain with a score, or `diverse: true`")
        elif keep.by is not None and keep.by not in scoring:
            known = f"those of this chain are {', '.join(scoring)}" if scoring else "this chain has none"
            self.problems.add((*path, "by"), f"{keep.by!r} is no check with a score under `checks`; {known}")
        elif not isinstance(variants, int):
            self.problems.add(path, "a chain that balances makes as many variants as are lacking; leave `keep` out")
        elif variants <= keep.best:
            self.problems.add((*path, "best"), f"of {variants} variants a row, fewer than all must be kept")
        by = scoring.get(keep.by or "")
        return Selection(keep.best, keep.by, not isinstance(by, ScoreCheck) or by.higher_is_better, keep.diverse)

    def _nodes(self, entries: Any, path: KeyPath) -> list[Node]:
        if not isinstance(entries, list) or not entries:
            self.problems.add(
                path,
                "at least one step must be listed"
                if entries == []
                else f"expected a list of steps, not {kind_of(entries)}",
            )
            return []
        built = (self._node(entry, (*path, index)) for index, entry in enumerate(entries))
        return [node for node in built if node]

    def _node(self, entry: Any, path: KeyPath) -> Node | None:
        named = self.name_and_body(entry, path, "step")
        if named is None:
            return None
        name, body = named
        path = (*path, name) if isinstance(entry, dict) else path
        self._uses[name] += 1
        stream = name if self._uses[name] == 1 else f"{name}#{self._uses[name]}"
        match name:
            case "one_of":
                return OneOf(self._nodes(body, path), stream)
            case "sequence":
                return Sequential(self._nodes(body, path))
            case "some_of" | "maybe":
                return self._group(name, body, path, stream)
        step = self._part(Step, name, body, path)
        return StepNode(step, stream) if step else None

    def _group(self, name: str, body: Any, path: KeyPath, stream: str) -> Node | None:
        model = Some if name == "some_of" else Perhaps
        try:
            group = model.model_validate(body if body is not None else {})
        except ValidationError as error:
            self.problems.add_errors(error, path, model)
            if isinstance(body, dict) and "steps" in body:
                self._nodes(body["steps"], (*path, "steps"))
            return None
        nodes = self._nodes(group.steps, (*path, "steps"))
        if isinstance(group, Perhaps):
            return Maybe(nodes, group.p, stream)
        least, most = [group.n] * 2 if isinstance(group.n, int) else group.n if len(group.n) == 2 else (1, 0)
        if not 0 <= least <= most <= len(group.steps):
            self.problems.add(
                (*path, "n"), f"expected a number, or [least, most], from 0 to {len(group.steps)} (the steps here)"
            )
            return None
        return SomeOf(nodes, least, most, stream)

    def _checks(self, entries: Any, path: KeyPath) -> list[Check]:
        if not isinstance(entries, list):
            return []
        bodies: dict[str, tuple[KeyPath, Any]] = {"changed": (path, None), "unique": (path, None)}
        for index, entry in enumerate(entries):
            if named := self.name_and_body(entry, (*path, index), "check"):
                place = (*path, index, named[0]) if isinstance(entry, dict) else (*path, index)
                bodies[named[0]] = (place, named[1])
        built = (
            self._part(Check, check, body, place)
            for check, (place, body) in bodies.items()
            if not (body is False and check in ("changed", "unique"))
        )
        return [check for check in built if check]

    def name_and_body(self, entry: Any, path: KeyPath, kind: str) -> tuple[str, Any] | None:
        """A step or check is written as `name` or as `name: {parameters}`."""
        if isinstance(entry, str):
            return entry, None
        if isinstance(entry, dict) and len(entry) == 1:
            return next(iter(entry.items()))
        if isinstance(entry, dict) and entry:
            self.problems.add(path, f"one {kind} per list item: put a dash before each of {', '.join(entry)}")
        else:
            self.problems.add(path, f"expected a {kind}: its name, or `name: {{parameters}}`")
        return None

    def _part(self, base: type[OperationType], name: str, body: Any, path: KeyPath) -> OperationType | None:
        operation = build_plugin(base, name, body, path, self.problems, self.context)
        if operation is None:
            return None
        if self.language and operation.languages is not None and self.language not in operation.languages:
            allowed = ", ".join(sorted(operation.languages))
            self.problems.add(
                path, f"{name} does not work for language {self.language!r} (input.language); it does for {allowed}"
            )
        elif operation.needs_label() and not self.labelled:
            self.problems.add(path, f"{name} is to see the label of each row; name the column in input.label")
        elif isinstance(operation, PartnerStep) and not self.one_text:
            self.problems.add(
                path,
                f"{name} puts rows together, which have to be one text each, without entities: it does not go with "
                "input.spans, input.tokens or several text columns",
            )
        elif isinstance(operation, Step) and operation.needs_alignment() and not self.aligned:
            self.problems.add(
                path, f"{name} works on pairs of texts with an alignment; name both texts and input.alignment"
            )
        elif isinstance(operation, Step) and operation.needs_entities and not self.has_entities:
            self.problems.add(path, f"{name} works on entities; {_NAME_ENTITIES}")
        elif isinstance(operation, Step) and operation.only and not operation.works_on_parts:
            self.problems.add((*path, "only"), f"{name} cannot be held to parts of a text; leave `only` out")
        elif isinstance(operation, Step) and operation.only and not self.has_entities:
            self.problems.add((*path, "only"), f"this needs entities; {_NAME_ENTITIES}")
        elif self.language and (config_error := operation.config_error(self.language, self.patterns)):
            self.problems.add(path, config_error)
        if isinstance(operation, ModelOperation) and operation.device is None:
            return operation.model_copy(update={"device": self.device})
        return operation
