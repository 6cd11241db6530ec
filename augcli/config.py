"""The sections of a config, with their keys, defaults and ranges."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from augcli.chains.compose import Node, leaves, with_steps
from augcli.checks.check import Check
from augcli.errors import ConfigError
from augcli.language.resources import DataPath
from augcli.models.device import DEVICE
from augcli.models.hosted.usage import Run
from augcli.steps.model_step import Modelled
from augcli.steps.part import Rate
from augcli.steps.step import Step
from augcli.storage import Place, entries, is_url, place
from augcli.text.protect import PATTERNS
from augcli.translation.platform import Platform
from augcli.yaml_marks import Document, Problem

if TYPE_CHECKING:
    from augcli.models.hosted.account import Account

CHUNK = 2000
"""Rows of a chunk without models, which take a hundred times longer over one."""
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

    path: FilePath = Field(
        description="file; its suffix names the format; `-` is stdout; with shards also a folder, which ends with /"
    )
    shards: Annotated[int, Field(ge=1)] | None = Field(
        None, description="write so many files, name-00000-of-00008.jsonl and so on, each with its provenance"
    )
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


class Ray(Section):
    """Where and with what the Ray engine works."""

    address: str | None = Field(
        None, description="of a started cluster: host:port, or auto; without it a cluster is started here"
    )
    workers: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto", description="actors; auto: as many as the cluster has room for"
    )
    cpus: float = Field(1, gt=0, description="cores that each actor asks for")
    gpus: float = Field(0, ge=0, description="GPUs that each actor asks for; 0.25 puts four on one GPU")


class Engine(Section):
    """How the work is spread; changes nothing in the outputs."""

    workers: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto", description="processes; auto: one per core, as far as the input is large enough"
    )
    device: str = Field(
        "auto", pattern=DEVICE, description="what models run on: auto (a GPU if there is one), cpu, cuda, cuda:N"
    )
    chunk_rows: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto", description="rows that a worker takes at a time; auto: 2000, or 500 with a model, 5000 with a platform"
    )
    ray: Ray | None = Field(None, description="work on Ray instead; `ray: {}` starts a cluster on this machine")


class Config(Section):
    """The whole file."""

    seed: int = Field(42, description="of all random draws")
    input: Input
    output: Output
    protect: Protect = Protect()
    chains: dict[Annotated[str, Field(pattern=r"^[A-Za-z][\w-]*$")], ChainConfig] = Field(description="by name")
    services: dict[str, Any] = Field({}, description="settings of hosted translation platforms, by name")
    on_error: Literal["fail", "drop"] = Field("fail", description="drop: leave out rows that cannot be read, and count")
    engine: Engine = Engine()

    _document: Document = PrivateAttr()
    _nodes: dict[str, list[Node]] = PrivateAttr(default_factory=dict)
    _checks: dict[str, list[Check]] = PrivateAttr(default_factory=dict)
    _platforms: dict[str, Platform] = PrivateAttr(default_factory=dict)

    def nodes(self, chain: str) -> list[Node]:
        """The steps of a chain, built and validated, on the device that they are to run on."""
        return [with_steps(node, self._placed) for node in self._nodes[chain]]

    def _placed(self, step: Step) -> Step:
        if isinstance(step, Modelled) and step.device is None:
            return step.model_copy(update={"device": self.engine.device})
        return step

    def models(self) -> list[Modelled]:
        """All steps that run a model."""
        steps = (node.step for chain in self._nodes for node in leaves(self.nodes(chain)))
        return [step for step in steps if isinstance(step, Modelled)]

    def platforms(self) -> dict[str, Platform]:
        """Hosted platforms with their settings, by name."""
        return self._platforms

    def accounts(self) -> list[Account]:
        """With the hosted platforms that its steps send texts to. Raises ResourceError when keys are missing."""
        found = (step.account() for step in self.models())
        return list(dict.fromkeys(account for account in found if account))

    def for_run(self, run: Run) -> Config:
        """A copy whose steps work for a run; those of a config as it was loaded send nothing anywhere."""
        return self.with_steps(lambda step: step.for_run(run) if isinstance(step, Modelled) else step)

    @property
    def chunk_rows(self) -> int:
        """Rows of a chunk."""
        wanted = self.engine.chunk_rows
        return wanted if wanted != "auto" else min((step.chunk_rows() for step in self.models()), default=CHUNK)

    def checks(self, chain: str) -> list[Check]:
        """The checks of a chain, `changed` and `unique` first."""
        return self._checks[chain]

    def with_steps(self, change: Callable[[Step], Step]) -> Config:
        """A copy with every step changed."""
        copied = self.model_copy()
        copied._nodes = {name: [with_steps(node, change) for node in nodes] for name, nodes in self._nodes.items()}
        return copied

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

    def find_inputs(self, pattern: str) -> tuple[Place, list[Place]]:
        """The folder that `pattern` was looked up in, and the files, glob matches or folder entries, sorted."""
        if is_url(pattern):
            return _find_url(pattern)
        for folder in (Path(self._document.file).parent, Path()):
            found = folder / pattern
            if found.is_dir():
                return found, sorted(entry for entry in found.iterdir() if entry.is_file() and entry.name[0] != ".")
            if found.is_file() or not re.search(r"[*?\[]", pattern):
                if found.exists():
                    return found, [found]
            elif matches := sorted(entry for entry in _glob(folder, pattern) if entry.is_file()):
                return found, [*matches]
        return Path(self._document.file).parent / pattern, []


class Scratch(Section):
    """Shape of a BERT that is trained from scratch (Devlin et al. 2019), with a WordPiece vocabulary of its own."""

    vocabulary: int = Field(8000, ge=100, description="most word pieces")
    layers: int = Field(4, ge=1, description="layers")
    hidden: int = Field(256, ge=8, description="width of a layer; a multiple of heads")
    heads: int = Field(4, ge=1, description="attention heads of a layer")
    lowercase: bool = Field(True, description="everything in lower case, without accents")


class Adapt(Section):
    """Training of a masked language model on the input."""

    output: FilePath = Field(description="folder for the model, its card and the report")
    model: DataPath | None = Field(
        None, description="model to go on with: folder or name on the Hugging Face hub; without it one is made anew"
    )
    revision: str | None = Field(None, description="of a model on the hub")
    scratch: Scratch | None = Field(None, description="shape of a model made anew")
    vocabulary: Annotated[int, Field(ge=100)] | None = Field(
        None, description="keep only so many word pieces of the model: those that the input uses most"
    )
    new_head: bool = Field(False, description="the model cannot fill in masks, as a sentence encoder: give it a head")
    label: bool = Field(False, description="put the label before each text (Wu et al. 2019, Kumar et al. 2020)")
    mask_rate: float = Field(0.15, gt=0, lt=1, description="share of words that are to be guessed")
    epochs: int = Field(3, ge=1, description="times that each text is seen, at most")
    max_minutes: float | None = Field(None, gt=0, description="training ends after this time, at the latest")
    batch_tokens: int = Field(4096, ge=1, description="word pieces of a batch, padding included")
    learning_rate: Annotated[float, Field(gt=0)] | Literal["auto"] = Field(
        "auto", description="highest; auto: 5e-5, or 5e-4 from scratch or with a new head"
    )
    warmup: Rate = Field(0.06, description="share of the training in which the learning rate rises; then it falls to 0")
    weight_decay: float = Field(0.01, ge=0, description="of AdamW; not for biases and layer norms")
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    dropout: Rate | None = Field(None, description="while training; as the model has it if not given")
    validation: float = Field(0.05, gt=0, lt=1, description="share of the texts that are kept aside to measure with")
    evaluations: int = Field(20, ge=1, description="times that the model is measured, evenly over the training")
    patience: int = Field(3, ge=1, description="evaluations in a row without gain after which training ends")
    precision: Literal["float32", "bfloat16"] = Field("float32", description="of the arithmetic while training")
    weights: Literal["float32", "float16", "int8"] = Field(
        "float32", description="of the saved model; int8 takes a quarter of the room, and only augcli reads it"
    )


class AdaptConfig(Section):
    """The whole file of `augcli adapt`."""

    seed: int = Field(42, ge=0, description="of all random draws")
    input: Input
    adapt: Adapt
    on_error: Literal["fail", "drop"] = Field("fail", description="drop: leave out rows that cannot be read, and count")

    _document: Document = PrivateAttr()

    def reading(self) -> Config:
        """The config of a run that reads the same input."""
        output = Output(path=self.adapt.output)
        config = Config(seed=self.seed, input=self.input, output=output, chains={}, on_error=self.on_error)
        config._document = self._document
        return config

    def error(self, message: str, *path: str | int) -> ConfigError:
        """A ConfigError that points at a key of the file."""
        return ConfigError(str(Problem(self._document.place(path), path, message)))


def _glob(folder: Path, pattern: str) -> list[Path]:
    absolute = Path(pattern)
    if absolute.is_absolute():
        return list(Path(absolute.anchor).glob(str(absolute.relative_to(absolute.anchor))))
    return list(folder.glob(pattern))


def _find_url(pattern: str) -> tuple[Place, list[Place]]:
    start, magic, rest = re.fullmatch(r"(?s)([^*?\[]*)([*?\[]?)(.*)", pattern).groups()  # type: ignore[union-attr]
    root, _, name = start.rpartition("/")
    if magic:
        found = [entry for entry in place(root).glob(name + magic + rest) if entry.is_file()]
    else:
        whole = place(pattern)
        found = [whole] if whole.is_file() else [entry for entry in entries(whole) if entry.is_file()]
    return place(pattern), sorted(found, key=str)
