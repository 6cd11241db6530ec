"""The config: YAML to validated settings. Every error is found at once and knows its line."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from augcli.chain import Do, Maybe, Node, OneOf, Sequential, SomeOf, leaves
from augcli.errors import AugError, ConfigError
from augcli.protect import PATTERNS
from augcli.step import Check, Part, Step, find
from augcli.yaml_marks import Document, Place, Problem
from augcli.yaml_marks import Path as KeyPath

Format = Literal["csv", "tsv", "jsonl", "json", "parquet"]
Column = Annotated[str, Field(min_length=1)]
FilePath = Annotated[str, Field(min_length=1)]


def _of_text(encoding: str) -> str:
    """Python also knows encodings that no file is written in: of host names, of escapes, of bytes."""
    try:
        known = codecs.lookup(encoding).name
        "x".encode(encoding).decode(encoding)
    except (LookupError, ValueError):
        known = ""
    if known in ("", "idna", "punycode", "unicode-escape", "raw-unicode-escape"):
        raise ValueError(f"there is no encoding called {encoding!r}; utf-8, gbk, latin-1, ...")
    return encoding


def _regular(pattern: str) -> str:
    try:
        re.compile(PATTERNS.get(pattern, pattern))
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


class Section(BaseModel):
    """A part of the config."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class Input(Section):
    """What to read."""

    path: FilePath | Annotated[list[FilePath], Field(min_length=1)] = Field(
        description="file, list of files, glob or folder; `-` is stdin"
    )
    text: Column | list[Column] | None = Field(None, description="text column, or a list of them (sentence pairs)")
    label: Column | None = Field(None, description="column with the label; copied to every variant")
    id: Column | None = Field(None, description="column with a unique id; without it a row is called file:row")
    spans: Column | None = Field(None, description="column with entity spans: [[start, end, type], ...] in code points")
    tokens: Column | None = Field(None, description="column with tokens, instead of text; goes with tags")
    tags: Column | None = Field(None, description="column with one BIO tag per token")
    language: str = Field("en", pattern="^[a-z]{2,3}$", description="ISO 639-1 code")
    encoding: Annotated[str, AfterValidator(_of_text)] = Field(
        "utf-8", description="utf-8 (with or without BOM), gbk, gb18030, latin-1, utf-16, ..."
    )
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="of csv files; a comma if not given")
    format: Format | None = Field(None, description="needed for stdin and unusual file names")

    @property
    def texts(self) -> list[str]:
        """Names of the text columns; empty when tokens are given."""
        return [self.text] if isinstance(self.text, str) else list(self.text or [])


class Output(Section):
    """What to write."""

    path: FilePath = Field(description="file; its suffix names the format; `-` is stdout")
    keep_original: bool = Field(True, description="write each source row before its variants")
    format: Format | None = Field(None, description="needed for stdout and unusual file names")


class Protect(Section):
    """What no step may edit."""

    spans: Literal["keep", "free"] = Field("keep", description="keep: entity spans are never edited")
    patterns: list[Annotated[str, AfterValidator(_regular)]] = Field(
        list(PATTERNS), description=f"any of {', '.join(PATTERNS)}, or regular expressions"
    )
    words: list[str] = Field([], description="never edited, in any case")


class Balance(Section):
    """Variants to even out the labels."""

    balance: Literal["max", "median"] | Annotated[int, Field(ge=1)] = Field(
        description="rows each label should end with: as many as the largest label, as the median one, or a number"
    )


class ChainConfig(Section):
    """One chain of steps."""

    variants: Annotated[int, Field(ge=0)] | Balance = Field(1, description="variants per row, or {balance: ...}")
    steps: list[Any] = Field([], description="steps, one after another")
    checks: list[Any] = Field([], description="checks that a variant must pass; changed and unique are always on")
    attempts: int = Field(3, ge=1, le=100, description="draws for a variant that checks refuse, before it is given up")


class Engine(Section):
    """How the work is spread; changes nothing in the outputs."""

    workers: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(1, description="processes; auto: one per core")
    chunk_rows: int = Field(2000, ge=1, description="rows that a worker takes at a time")


class Config(Section):
    """The whole file."""

    seed: int = Field(42, description="of all random draws")
    input: Input
    output: Output
    protect: Protect = Protect()
    chains: dict[Annotated[str, Field(pattern=r"^[A-Za-z][\w-]*$")], ChainConfig] = Field(description="by name")
    on_error: Literal["fail", "drop"] = Field("fail", description="drop: leave out rows that cannot be read, and count")
    engine: Engine = Engine()

    _document: Document = PrivateAttr()
    _nodes: dict[str, list[Node]] = PrivateAttr(default_factory=dict)
    _checks: dict[str, list[Check]] = PrivateAttr(default_factory=dict)

    def nodes(self, chain: str) -> list[Node]:
        """The steps of a chain, built and validated."""
        return self._nodes[chain]

    def checks(self, chain: str) -> list[Check]:
        """The checks of a chain, `changed` and `unique` first."""
        return self._checks[chain]

    @classmethod
    def from_report(cls, values: dict[str, Any], inputs: list[str]) -> Config:
        """The config that a report holds, with its inputs at `inputs`; without steps, so it can replay but not run."""
        try:
            config = cls.model_validate({**values, "input": {**values["input"], "path": inputs}})
        except (ValidationError, KeyError, TypeError) as error:
            raise ConfigError(f"the config in the report is not one of this version of augcli: {error}") from error
        config._document = Document("", "report")
        return config

    def error(self, message: str, *path: str | int) -> ConfigError:
        """A ConfigError that points at a key of the file."""
        return ConfigError(str(Problem(self._document.place(path), path, message)))

    def find_inputs(self, pattern: str) -> tuple[Path, list[Path]]:
        """The folder that `pattern` was looked up in, and the files, glob matches or folder entries, sorted."""
        for folder in (Path(self._document.file).parent, Path()):
            place = folder / pattern
            if place.is_dir():
                return place, sorted(entry for entry in place.iterdir() if entry.is_file() and entry.name[0] != ".")
            if place.is_file() or not re.search(r"[*?\[]", pattern):
                if place.exists():
                    return place, [place]
            elif found := sorted(entry for entry in _glob(folder, pattern) if entry.is_file()):
                return place, found
        return Path(self._document.file).parent / pattern, []


def _glob(folder: Path, pattern: str) -> list[Path]:
    absolute = Path(pattern)
    if absolute.is_absolute():
        return list(Path(absolute.anchor).glob(str(absolute.relative_to(absolute.anchor))))
    return list(folder.glob(pattern))


def load(file: Path, overrides: Sequence[tuple[str, str, str]] = ()) -> Config:
    """The config in `file` with `overrides` (option as typed, key path, YAML value) made.

    Raises ConfigError with every problem, in the order of the file.
    """
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
    return _Builder(document).config()


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


class _Builder:
    """Validates one document, gathering problems."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems = document.problems
        self.patterns: list[str] = list(PATTERNS)
        self.language: str | None = "en"

    def config(self) -> Config:
        value = self.document.value
        config: Config | None = None
        try:
            config = Config.model_validate(value)
        except ValidationError as error:
            self._report(error, (), Config)
        if config:
            self.patterns, self.language = config.protect.patterns, config.input.language
            self._cross_check(config)
        else:
            raw = value.get("input")
            raw_language = raw.get("language", "en") if isinstance(raw, dict) else None
            self.language = raw_language if isinstance(raw_language, str) else None
        chains = value.get("chains")
        built = {
            name: (self._steps(name, chain), self._checks(name, chain))
            for name, chain in (chains.items() if isinstance(chains, dict) else ())
            if isinstance(chain, dict)
        }
        if self.problems or config is None:
            raise ConfigError(_listed(self.problems))
        config._document = self.document
        config._nodes = {name: nodes for name, (nodes, _) in built.items()}
        config._checks = {name: checks for name, (_, checks) in built.items()}
        return config

    def problem(self, path: KeyPath, message: str) -> None:
        self.problems.append(Problem(self.document.place(path), path, message))

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

    def _cross_check(self, config: Config) -> None:
        data = config.input
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
        for name, chain in config.chains.items():
            if isinstance(chain.variants, Balance) and not data.label:
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

    def _part(self, base: Any, name: str, body: Any, path: KeyPath) -> Any:
        try:
            found = find(base, name)
        except AugError as error:
            self.problem(path, str(error))
            return None
        if body is not None and not isinstance(body, dict):
            self.problem(path, f"expected parameters such as {{{', '.join(found.model_fields)}}}, not {_kind(body)}")
            return None
        try:
            part: Part = found.model_validate(body or {}, context={"folder": Path(self.document.file).parent})
        except ValidationError as error:
            self._report(error, path, found)
            return None
        if self.language and found.languages is not None and self.language not in found.languages:
            allowed = ", ".join(sorted(found.languages))
            self.problem(
                path, f"{name} does not work for language {self.language!r} (input.language); it does for {allowed}"
            )
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
        return f"unknown key; allowed: {', '.join(allowed) or 'none'}{_near(str(item['loc'][-1]), allowed)}"
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
    if model is not Config or not loc:
        return model
    if loc[0] == "chains":
        return Balance if "Balance" in loc else ChainConfig
    return sections.get(str(loc[0]), model)


def _near(word: str, options: Sequence[str]) -> str:
    near = get_close_matches(word, options, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def steps_of(config: Config) -> list[Step]:
    """All steps of all chains, in order."""
    return [node.step for name in config.chains for node in leaves(config.nodes(name))]
