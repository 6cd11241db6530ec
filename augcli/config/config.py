"""The whole config of a run, as the file says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError

from augcli.config.sections import (
    ChainConfig,
    Engine,
    Evaluate,
    Files,
    Input,
    Output,
    Protect,
    Section,
    Teacher,
    Unlabeled,
)
from augcli.config.yaml_document import Document, Problem
from augcli.errors import ConfigError

MaxDropped = Annotated[
    float,
    Field(
        ge=0,
        le=1,
        description="share of invalid rows above which a run with `on_error: drop` ends before it begins",
        examples=[0.1],
    ),
]
OnError = Annotated[
    Literal["fail", "drop"],
    Field(description="drop: leave out invalid rows, and variants on which a step fails, and count them"),
]


class FileConfig(Section):
    """A whole file. It knows where its keys stand: the context of its validation holds the `document`."""

    _document: Document = PrivateAttr()

    def model_post_init(self, context: dict[str, Any] | None) -> None:
        self._document = (context or {}).get("document") or Document("", "config")

    @property
    def folder(self) -> Path:
        """Where the file lies; relative paths of inputs are looked up there first."""
        return Path(self._document.file).parent

    def error(self, message: str, *path: str | int) -> ConfigError:
        """A ConfigError that points at a key of the file."""
        return Problem(self._document.place(path), path, message).error()


class Config(FileConfig):
    """What to read, which chains to run over it, and what to write."""

    seed: int = Field(42, description="of all random draws: the same seed gives the same output", examples=[7])
    input: Input = Field(description="what to read")
    unlabeled: Unlabeled | None = Field(None, description="more texts of the same kind, without labels", examples=[{}])
    teacher: Teacher | None = Field(
        None, description="a model that learns from the labelled rows and judges what chains make", examples=[{}]
    )
    output: Output = Field(description="what to write")
    protect: Protect = Field(Protect(), description="what no step may edit")
    chains: dict[Annotated[str, Field(pattern=r"^[A-Za-z][\w-]*$")], ChainConfig] = Field(
        description="what to make of each row, by the name of the chain: letters, digits, `_` and `-`, a letter first",
        examples=[{"noise": {"steps": ["typo"]}}],
    )
    services: dict[str, Any] = Field(
        {},
        description="settings of hosted translation platforms, by name, and of the server of a language model, llm",
        examples=[{"deepl": {"max_characters": 100000}}],
    )
    on_error: OnError = "fail"
    max_dropped: MaxDropped = 0.5
    engine: Engine = Field(Engine(), description="how the work is spread; changes nothing in the output")
    evaluate: Evaluate | None = Field(
        None, description="how `augcli evaluate` measures; a run does not read it", examples=[{}]
    )

    @property
    def unlabeled_input(self) -> Input | None:
        """How files without labels are read: as the input, without what only labelled rows have."""
        if self.unlabeled is None or (self.unlabeled.path is None and not self.unlabeled.general):
            return None
        nothing = dict.fromkeys(
            ("label", "id", "spans", "tokens", "tags", "token_columns", "spans_in", "where", "originals_only")
        )
        given = {"path", *Files.model_fields} | ({"text"} if self.unlabeled.text else set())
        read = {key: getattr(self.unlabeled, key) for key in given}
        return self.input.model_copy(update={**nothing, **read, "path": self.unlabeled.path or []})

    def of_fitting_rows(self) -> Self:
        """The config over the rows that fit `input.where` alone."""
        return self.model_copy(update={"input": self.input.model_copy(update={"rest": "drop"})})

    @classmethod
    def from_report(cls, values: dict[str, Any], inputs: list[str], unlabeled: list[str] | None = None) -> Self:
        """The config that a report holds, with its inputs at `inputs`, and its files without labels at `unlabeled`."""
        try:
            values = {**values, "input": {**values["input"], "path": inputs}}
            if unlabeled:
                values["unlabeled"] = {**values["unlabeled"], "path": unlabeled}
            return cls.model_validate(values, context={"document": Document("", "report")})
        except (ValidationError, KeyError, TypeError) as error:
            raise ConfigError(f"the config in the report is not one of this version of augcli: {error}") from error


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line adds to the config."""

    limit: int | None = None
    fresh: bool = False
    overwrite: bool = False
    quiet: bool = False
    verbose: bool = False
    report: str | None = None
    """File for the report, if not beside the output."""
    provenance: str | None = None
    """File for the provenance, if not beside the output."""
