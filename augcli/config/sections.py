"""The sections of a config, with their keys, defaults and ranges."""

from __future__ import annotations

import codecs
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from augcli.config.paths import is_open
from augcli.config.tag_names import TagNames
from augcli.config.where import Where, parse
from augcli.language.resources import DataPath
from augcli.models.device import DEVICE, PRECISIONS, Precision
from augcli.text.offsets import Unit
from augcli.text.protect import PATTERNS

Format = Literal["csv", "tsv", "jsonl", "json", "parquet", "arrow", "xlsx", "txt", "fasttext", "conll"]
Quote = Literal["double", "backslash", "none"]
Column = Annotated[str, BeforeValidator(lambda name: str(name) if type(name) is int else name), Field(min_length=1)]
"""The name of a column; where a file has no names, its number."""


def _of_text(encoding: str) -> str:
    """Python also knows encodings that no file is written in: of host names, of escapes, of bytes."""
    try:
        known = codecs.lookup(encoding).name
        "x".encode(encoding).decode(encoding)
    except (LookupError, ValueError):
        known = ""
    if known in ("", "idna", "punycode", "unicode-escape", "raw-unicode-escape"):
        raise ValueError(f"there is no encoding called {encoding!r}; utf-8, gbk, cp1252, ...")
    return encoding


def _regular(pattern: str) -> str:
    try:
        if pattern not in PATTERNS:
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


def _path(path: str) -> str:
    if "\0" in path:
        raise ValueError("no path holds a NUL character")
    return path


FilePath = Annotated[str, Field(min_length=1), AfterValidator(_path)]


def _language_code(code: str) -> str:
    if not re.fullmatch("[a-z]{2,3}", code):
        small = re.match("[a-z]*", code.lower())
        hint = f"; did you mean {small[0]}?" if small and len(small[0]) in (2, 3) else ""
        raise ValueError(f"{code!r} is no language code of two or three small letters: en, zh, de, ...{hint}")
    return code


def _expression(expression: str) -> str:
    parse(expression)
    return expression


class Section(BaseModel):
    """A part of the config."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True, serialize_by_alias=True)


class Files(Section):
    """How files are read."""

    encoding: Annotated[str, AfterValidator(_of_text)] = Field(
        "utf-8", description="utf-8 (with or without BOM), gbk, gb18030, cp1252, utf-16, ..."
    )
    format: Format | None = Field(None, description="needed for stdin and unusual file names")
    records: Column | None = Field(
        None, description="path of the array with the rows, where a JSON file is one object: data, or result.items"
    )
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="of csv files; a comma if not given")
    header: bool = Field(True, description="of csv, tsv and xlsx; false: they have no line with names of columns")
    columns: Annotated[list[Column], Field(min_length=1)] | None = Field(
        None, description="names of the columns where there is no header; when not given, their numbers: 1, 2, ..."
    )
    quote: Quote = Field(
        "double",
        description="how a quote stands within quotes in csv and tsv files: doubled, or behind a backslash; none: "
        "quotes are text like all else",
    )
    skip_lines: int = Field(0, ge=0, description="lines of csv and tsv files, or rows of xlsx, before the header")
    skip_blanks: bool = Field(False, description="blanks behind a delimiter are no part of the field")
    comment: str | None = Field(None, min_length=1, description="lines of csv and tsv files that begin so are no rows")
    sheet: Column | None = Field(None, description="name of the sheet of xlsx files; the first if not given")


class Input(Files):
    """What to read."""

    path: FilePath | Annotated[list[FilePath], Field(min_length=1)] = Field(
        description="file, list of files, glob or folder; `-` is stdin"
    )
    text: Column | list[Column] | None = Field(None, description="text column, or a list of them (sentence pairs)")
    label: Column | Annotated[list[Column], Field(min_length=1)] | None = Field(
        None, description="column with the label, or a list of them; copied to every variant"
    )
    id: Column | None = Field(None, description="column with a unique id; without it rows are told by what they say")
    spans: Column | Annotated[list[Column], Field(min_length=1)] | None = Field(
        None, description="column with entity spans, or a list of them: [[start, end, type], ...], or objects"
    )
    alignment: Column | None = Field(
        None, description="column with the alignment of the words of two texts, as 0-0 1-2, for `oov`"
    )
    spans_in: Column | Annotated[list[Column], Field(min_length=1)] | None = Field(
        None, description="of several text columns, the one that spans lie in, or a list: that of each column of spans"
    )
    offsets: Unit = Field(
        "codepoints", description="what spans count; utf16: units as JavaScript has them; utf8: bytes"
    )
    tokens: Column | None = Field(None, description="column with tokens, instead of text; goes with tags")
    tags: Column | None = Field(None, description="column with one tag per token: BIO, BIOES, BMES, BILOU or IOB1")
    scheme: Literal["auto", "iob1"] = Field(
        "auto",
        description="of the tags; auto: BIO, BIOES, BMES or BILOU, as their marks tell; iob1: I begins an entity, "
        "unless it stands right behind another of its type",
    )
    tag_names: TagNames | None = Field(
        None, description="where tags are numbers: their names from 0 on, or a JSON file with them"
    )
    token_columns: list[Column] | None = Field(
        None, description="columns with one item per token, which move along; [] copies such columns as they are"
    )
    where: Annotated[str, AfterValidator(_expression)] | None = Field(
        None, description="rows that are augmented, as split == 'train'; all if not given"
    )
    rest: Literal["keep", "drop"] = Field(
        "keep", description="of rows that do not fit where: written as they are, or left out"
    )
    originals_only: bool | None = Field(
        None, description="of an output of augcli: true leaves its variants out, false makes variants of them too"
    )
    language: Annotated[str, AfterValidator(_language_code)] = Field("en", description="ISO 639-1 code")

    @property
    def texts(self) -> list[str]:
        """Names of the text columns; empty when tokens are given."""
        return [self.text] if isinstance(self.text, str) else list(self.text or [])

    @property
    def has_several_texts(self) -> bool:
        """Whether a row may have more than one text."""
        return len(self.texts) > 1 or any(map(is_open, self.texts))

    @property
    def span_columns(self) -> list[str]:
        """Names of the columns with spans."""
        return [self.spans] if isinstance(self.spans, str) else list(self.spans or [])

    @property
    def framed_texts(self) -> list[str]:
        """For each column of spans, the text column that they lie in."""
        if isinstance(self.spans_in, list):
            return list(self.spans_in)
        return [self.spans_in or column for column in self.texts[:1]] * len(self.span_columns)

    @property
    def labels(self) -> list[str]:
        """Names of the label columns."""
        return [self.label] if isinstance(self.label, str) else list(self.label or [])

    @property
    def has_ids(self) -> bool:
        """Whether rows are told by ids, not by what they say; variants of an earlier run have some."""
        return self.id is not None or self.originals_only is False

    @property
    def filter(self) -> Where | None:
        """Which rows are augmented; None for all."""
        return parse(self.where) if self.where else None


class Unlabeled(Files):
    """More texts of the same kind, without labels, and which of them are taken."""

    path: FilePath | Annotated[list[FilePath], Field(min_length=1)] | None = Field(
        None, description="file, list of files, glob or folder; when not given, the rows of the input without a label"
    )
    text: Column | list[Column] | None = Field(
        None, description="text column, or a list of them; when not given, as in input"
    )
    general: int = Field(
        0, ge=0, le=21_000,
        description="so many general texts that come along are taken too: definitions, sentences and words in English, "
        "words in Chinese",
    )  # fmt: skip
    limit: int | None = Field(None, ge=1, description="take at most so many rows, drawn; general texts do not count")
    min_confidence: float = Field(
        0.0, ge=0, le=1, description="take rows whose likeliest label has this probability at least"
    )
    keep_balance: bool = Field(
        False, description="take as many rows of each label as its share among the labelled rows; needs limit"
    )


class Teacher(Section):
    """A model that learns from the labelled rows, and judges what chains make."""

    model: DataPath | Annotated[list[DataPath], Field(min_length=1)] | None = Field(
        None,
        description="encoder: folder or hub name, or with `train: head` a list of them; when not given, the small one "
        "that comes along",
    )
    train: Literal["head", "full", "none"] = Field(
        "head",
        description="head: logistic regression on frozen features; full: the whole model is fine-tuned; none: it is a "
        "classifier that knows the labels already",
    )
    precision: Precision = Field("auto", description=f"of frozen encoders; {PRECISIONS}")
    folds: int = Field(5, ge=2, le=20, description="parts of the rows; variants of a row are judged without its part")
    student: str | dict[str, Any] = Field(
        "linear", description="the model that the rows are for, as in evaluate.models; it has to lead this one"
    )
    min_lead: float = Field(
        2.0, ge=0, le=100, description="points of accuracy that it must lead the student in the same folds"
    )
    label_column: Column = Field(
        "aug_label", description="column of hard labels; the label column itself is filled in where it is named here"
    )


class Output(Section):
    """What to write."""

    path: FilePath = Field(
        description="file; its suffix names the format; `-` is stdout; with shards also a folder, which ends with /"
    )
    shards: Annotated[int, Field(ge=1)] | None = Field(
        None, description="write so many files, name-00000-of-00008.jsonl and so on, each with its provenance"
    )
    keep_original: bool = Field(True, description="write each source row before its variants")
    id: Column | None = Field(None, description="further column: an id for each row, as the provenance has it")
    columns: list[Literal["aug_probs", "aug_weight"]] = Field(
        [],
        description="further columns: aug_probs, the probability of each label; aug_weight, for sample_weight: the "
        "variants of each row weigh 1 together",
    )
    original_weight: float = Field(1.0, gt=0, description="aug_weight of a source row")
    format: Format | None = Field(None, description="needed for stdout and unusual file names")
    drop: list[Column] = Field([], description="columns of the input that the output is to lack")
    encoding: Annotated[str, AfterValidator(_of_text)] | None = Field(
        None,
        description="of csv, tsv, txt, fasttext and conll; when not given, that of the input, with a byte order mark "
        "where the input has one",
    )


class Protect(Section):
    """What no step may edit."""

    spans: Literal["keep", "free"] = Field("keep", description="keep: entity spans are never edited")
    patterns: list[Annotated[str, AfterValidator(_regular)]] = Field(
        list(PATTERNS), description=f"any of {', '.join(PATTERNS)}, or regular expressions"
    )
    words: list[str] = Field([], description="never edited, in any case")
    label_words: bool = Field(
        True, description="true: with input.label, steps that replace words leave those that carry a label"
    )


class Balance(Section):
    """Variants to even out the labels."""

    balance: Literal["max", "median"] | Annotated[int, Field(ge=1)] = Field(
        description="rows each label should end with: as many as the largest label, as the median one, or a number"
    )


Labels = Literal["source", "teacher_soft", "teacher_hard"]
"""Who says the label of a variant, and how."""


class Keep(Section):
    """Which variants of a row to keep: the best by a score, or those that differ most, or both together."""

    best: int = Field(ge=1, description="how many variants of a row to keep at most")
    by: str | None = Field(None, description="the check of the chain whose score tells how good a variant is")
    diverse: bool = Field(False, description="whether they are to differ much from the row and from each other")


class ChainConfig(Section):
    """One chain of steps."""

    variants: Annotated[int, Field(ge=0)] | Balance = Field(1, description="variants per row, or {balance: ...}")
    rows: Literal["input", "unlabeled"] = Field(
        "input", alias="from", description="rows to start from: those of the input, or those without a label"
    )
    labels: Labels = Field(
        "source", description="of variants: those of their row, the teacher's probabilities, or its likeliest label"
    )
    min_lead: float | None = Field(
        None,
        ge=0,
        le=100,
        description="points that the teacher must lead for this chain; when not given, its `min_lead`",
    )
    steps: list[Any] = Field([], description="steps, one after another")
    checks: list[Any] = Field([], description="checks that a variant must pass; changed and unique are always on")
    attempts: int = Field(3, ge=1, le=100, description="draws for a variant, before it counts as rejected")
    keep: Keep | None = Field(None, description="of the variants of a row, keep the best alone")


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


class Holdout(Section):
    """Rows of the input that are tested on."""

    holdout: float = Field(ge=0.05, le=0.5, description="share of the rows that is drawn to test on, anew each time")


class Evaluate(Section):
    """How `augcli evaluate` measures; a run does not read it."""

    test: FilePath | list[FilePath] | Holdout | None = Field(
        None, description="file of labelled rows to test on, or {holdout: 0.2}; when not given, folds of the input"
    )
    folds: int = Field(5, ge=2, le=20, description="parts of the input, each of which is tested on once")
    group: Column | None = Field(
        None, description="column whose equal values keep rows on one side: an author, a document, a conversation"
    )
    sizes: list[Annotated[int, Field(ge=10)] | Literal["all"]] = Field(
        ["all"], min_length=1, description="labelled rows to draw from the input, for a learning curve"
    )
    repeats: int = Field(5, ge=1, le=100, description="times that each size is drawn and split")
    models: Annotated[list[Any], Field(min_length=1)] | None = Field(
        None,
        description="of labels linear, cnn, encoder, transformer, of entities crf, token_classifier; a name, or "
        "`name: {settings}`; when not given, linear, or crf where the input has entities and no label",
    )
    weights: Literal["rows", "sources"] = Field(
        "rows", description="rows: each row counts the same; sources: the rows of each source count together the same"
    )
    choose: bool = Field(False, description="let the configs race on folds, and measure what choosing gains")
    limit_minutes: float | None = Field(
        None, gt=0, description="what it may take at most; repeats are left out where it would take longer"
    )
    output: FilePath = Field("out/evaluation", description="folder of what is written")


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
