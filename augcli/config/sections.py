"""The sections of a config, with their keys, defaults and ranges."""

from __future__ import annotations

import codecs
import os
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
from augcli.text.words import Segment, segmenter

Format = Literal["csv", "tsv", "jsonl", "json", "parquet", "arrow", "xlsx", "txt", "fasttext", "conll"]
Quote = Literal["double", "backslash", "none"]
_Name = Annotated[
    str,
    BeforeValidator(lambda name: str(name) if type(name) is int else name, json_schema_input_type=str | int),
    Field(min_length=1),
]
Column = Annotated[_Name, Field(title="column")]
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
    return path.replace(os.sep, "/")  # reports and fingerprints hold the same on every system


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
        "utf-8",
        description="of text files: utf-8 (with or without BOM), gbk, gb18030, cp1252, utf-16, ...",
        examples=["gbk"],
    )
    format: Format | None = Field(
        None, description="where the name of the file does not tell it, as with stdin or stdout"
    )
    records: _Name | None = Field(
        None,
        description="where a JSON file is one object: the array with the rows, as `data` or `result.items`, or "
        "several, as `data[*].paragraphs`",
        examples=["result.items"],
    )
    delimiter: str | None = Field(
        None, min_length=1, max_length=1, description="between the fields of CSV; a comma if not given", examples=[";"]
    )
    header: bool = Field(
        True, description="of CSV, TSV and Excel: false if the first line is a row, not names of columns"
    )
    columns: Annotated[list[Column], Field(min_length=1)] | None = Field(
        None,
        description="names of the columns of a file without a header, and of CoNLL; when not given, their numbers: "
        "`1`, `2`, ...",
        examples=[["id", "text", "label"]],
    )
    quote: Quote = Field(
        "double",
        description="of CSV and TSV: a quote within quotes is doubled, or stands behind a backslash; none: quotes are "
        "text like all else",
    )
    skip_lines: int = Field(
        0,
        ge=0,
        description="lines before the header of CSV and TSV, which the output keeps, or rows of a sheet",
        examples=[2],
    )
    skip_blanks: bool = Field(False, description="of CSV and TSV: blanks behind a delimiter are no part of the field")
    comment: str | None = Field(
        None, min_length=1, description="lines of CSV, TSV and CoNLL that begin so are no rows", examples=["#"]
    )
    sheet: _Name | None = Field(
        None, description="of Excel workbooks, the name of the sheet; the first if not given", examples=["train"]
    )


class Input(Files):
    """What to read."""

    path: FilePath | Annotated[list[FilePath], Field(min_length=1)] = Field(
        description="file, list of files, glob, folder or URL; `-` is stdin", examples=["train.jsonl"]
    )
    text: Column | list[Column] | None = Field(
        None,
        description="column with the text, or a list of columns (sentence pairs); in JSON also paths such as "
        "`data.text` or `messages[role=user].content`; required unless `tokens` and `tags` are given",
        examples=["text"],
    )
    label: Column | Annotated[list[Column], Field(min_length=1)] | None = Field(
        None,
        description="column with the label, or a list of columns; copied to every variant",
        examples=["label"],
    )
    id: Column | None = Field(
        None,
        description="column with a unique id; without it rows are told by what they say",
        examples=["id"],
    )
    spans: Column | Annotated[list[Column], Field(min_length=1)] | None = Field(
        None,
        description="column with entities, or a list of them: `[[start, end, type], ...]`, or objects as annotation "
        "tools write them; `null`: other columns that look like spans are none",
        examples=["spans"],
    )
    alignment: Column | None = Field(
        None,
        description="column with the alignment of the words of two texts, as `0-0 1-2`, for the step `oov`",
        examples=["alignment"],
    )
    spans_in: Column | Annotated[list[Column], Field(min_length=1)] | None = Field(
        None,
        description="where there are several text columns: the one that the spans lie in, as `context` for questions "
        "and their answers; a list has one for each column of spans",
        examples=["context"],
    )
    offsets: Unit = Field(
        "codepoints",
        description="what spans count; utf16: units, as JavaScript and Java do, of which most emoji have two; utf8: "
        "bytes, as Go and Rust do",
    )
    tokens: Column | None = Field(
        None,
        description="column with tokens, in place of `text`; goes with `tags`",
        examples=["tokens"],
    )
    tags: Column | None = Field(
        None,
        description="column with one tag for each token: BIO, BIOES, BMES, BILOU or IOB1",
        examples=["ner_tags"],
    )
    scheme: Literal["auto", "iob1"] = Field(
        "auto",
        description="of the tags; auto: BIO, BIOES, BMES or BILOU, as their marks tell; iob1: I begins an entity, "
        "unless it stands right behind another of its type",
    )
    tag_names: TagNames | None = Field(
        None,
        description="where tags are numbers: their names from 0 on, or a JSON file with them, as the features of a "
        "data set are kept",
        examples=[["O", "B-city", "I-city"]],
    )
    token_columns: list[Column] | None = Field(
        None,
        description="columns with one item per token, which move along; `[]`: such columns are copied as they are",
        examples=[["pos_tags"]],
    )
    where: Annotated[str, AfterValidator(_expression)] | None = Field(
        None,
        description="which rows are augmented, as `split == 'train'`; all if not given",
        examples=["split == 'train'"],
    )
    rest: Literal["keep", "drop"] = Field(
        "keep",
        description="of rows that do not fit `where`: written as they are, also with `keep_original: false`, or left "
        "out",
    )
    originals_only: bool | None = Field(
        None,
        description="of an output of augcli that is read again: true leaves its variants out, false makes variants of "
        "them too; such an input is refused if not given",
    )
    language: Annotated[str, AfterValidator(_language_code)] = Field(
        "en",
        description="ISO 639 code, of two letters where there is one; decides what a word is and which steps work",
        examples=["zh"],
    )
    words: DataPath | None = Field(
        None,
        description="of Chinese: a file of words of your own that texts are cut into, beside those of jieba: one in "
        "each line, with its frequency if you like, as jieba reads user dictionaries",
        examples=["words.txt"],
    )

    @property
    def segment(self) -> Segment | None:
        """What finds words of yours too, where there are some. Raises ResourceError when they cannot be read."""
        return segmenter(self.language, self.words) if self.words else None

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
        None,
        description="file, list of files, glob or folder; when not given, the rows of the input without a label alone",
        examples=["more.jsonl"],
    )
    text: Column | list[Column] | None = Field(
        None,
        description="column with the text, or a list of columns; when not given, as in `input`",
        examples=["text"],
    )
    general: int = Field(
        0,
        ge=0,
        le=21_000,
        description="so many general texts that come along are taken too: in English definitions, sentences of "
        "speeches and words, in Chinese words; `limit`, `min_confidence` and `keep_balance` are for other rows",
        examples=[20000],
    )
    limit: int | None = Field(
        None,
        ge=1,
        description="take at most so many rows, drawn; general texts do not count",
        examples=[2000],
    )
    min_confidence: float = Field(
        0.0,
        ge=0,
        le=1,
        description="take rows whose likeliest label has this probability at least",
        examples=[0.7],
    )
    keep_balance: bool = Field(
        False, description="take as many rows of each label as its share among the labelled rows; needs `limit`"
    )


class Teacher(Section):
    """A model that learns from the labelled rows, and judges what chains make."""

    model: DataPath | Annotated[list[DataPath], Field(min_length=1)] | None = Field(
        None,
        description="encoder: folder or hub name, or with `train: head` a list of them; when not given, the small "
        "one that comes along for the language (en, zh)",
        examples=["all-MiniLM-L6-v2"],
    )
    train: Literal["head", "full", "none"] = Field(
        "head",
        description="head: logistic regression on frozen features; full: the whole model is fine-tuned; none: it is a "
        "classifier that knows the labels already",
    )
    precision: Precision = Field("auto", description=f"of an encoder that is frozen; {PRECISIONS}")
    vectors: DataPath | None = Field(
        None,
        description="file of word vectors to learn from beside the encoders, as `augcli vectors` writes; when not "
        "given, those that come along for the language (en, zh), if there are any",
        examples=["out/words.vec"],
    )
    folds: int = Field(
        5,
        ge=2,
        le=20,
        description="parts of the rows; variants of a row are judged by a model that has not seen its part",
        examples=[10],
    )
    student: str | dict[str, Any] = Field(
        "linear",
        description="the model that the rows are for, which this one has to lead: linear, cnn, encoder or "
        "transformer, with settings as in `evaluate.models`",
        examples=["cnn"],
    )
    min_lead: float = Field(
        2.0,
        ge=0,
        le=100,
        description="points of accuracy that it must lead the student in the same folds; otherwise chains that ask it "
        "make nothing",
        examples=[6],
    )
    label_column: Column = Field(
        "aug_label",
        description="column of hard labels; the label column itself is filled in where it is named here",
        examples=["label"],
    )


class Output(Section):
    """What to write."""

    path: FilePath = Field(
        description="file, whose suffix is its format; with `shards` also a folder, which ends with /; a URL; `-` is "
        "stdout",
        examples=["out/train.jsonl"],
    )
    shards: Annotated[int, Field(ge=1)] | None = Field(
        None,
        description="write so many files, `name-00000-of-00008.jsonl` and so on, each with its provenance",
        examples=[8],
    )
    keep_original: bool = Field(True, description="write each source row before its variants; false: variants alone")
    id: Column | None = Field(
        None,
        description="a further column of this name with an id for each row, as in the provenance: `r17`, `r17#noise.1`",
        examples=["aug_id"],
    )
    columns: list[Literal["aug_probs", "aug_weight"]] = Field(
        [],
        description="further columns: `aug_probs`, the probability of each label; `aug_weight`, for `sample_weight`: "
        "the variants of each row weigh 1 together",
        examples=[["aug_weight"]],
    )
    original_weight: float = Field(1.0, gt=0, description="`aug_weight` of a source row", examples=[2.0])
    format: Format | None = Field(
        None, description="where the name of the file does not tell it, as with stdin or stdout"
    )
    drop: list[Column] = Field(
        [],
        description="columns of the input that the output is to lack, or `aug_source` and `aug_chain`",
        examples=[["notes"]],
    )
    encoding: Annotated[str, AfterValidator(_of_text)] | None = Field(
        None,
        description="of CSV, TSV, text, fastText and CoNLL; when not given, that of the input, with a byte order mark "
        "where the input has one; utf-8-sig for a CSV whose Chinese Excel is to show",
        examples=["utf-8-sig"],
    )


class Protect(Section):
    """What no step may edit."""

    spans: Literal["keep", "free"] = Field(
        "keep",
        description="keep: entities are edited only by steps that are for them (`entity`, `only`); free: they may be, "
        "and move or shrink, but no words are moved out of them or into them",
    )
    patterns: list[Annotated[str, AfterValidator(_regular)]] = Field(
        list(PATTERNS),
        description="built-in names, or regular expressions of Python; a list of yours replaces the default",
        examples=[["url", "email", "SKU-[0-9]+"]],
    )
    words: list[str] = Field(
        [],
        description="whole words or phrases that stay, in upper or lower case",
        examples=[["Netflix", "credit card"]],
    )
    label_words: bool = Field(
        True, description="steps that replace words leave those that carry a label; needs `input.label`"
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
    by: str | None = Field(
        None,
        description="the check of the chain whose score tells how good a variant is",
        examples=["similarity"],
    )
    diverse: bool = Field(False, description="whether they are to differ much from the row and from each other")


class ChainConfig(Section):
    """One chain of steps."""

    variants: Annotated[int, Field(ge=0)] | Balance = Field(
        1,
        description="how many to make of each row; `{balance: max}`, `{balance: median}` or `{balance: 500}`: as many "
        "as each label lacks to the largest, to the median one or to so many rows",
        examples=[2],
    )
    rows: Literal["input", "unlabeled"] = Field(
        "input",
        alias="from",
        description="rows to start from: those of the input that have a label, where there is a teacher, or those "
        "without one",
    )
    labels: Labels = Field(
        "source", description="of variants: those of their row, the teacher's probabilities, or its likeliest label"
    )
    min_lead: float | None = Field(
        None,
        ge=0,
        le=100,
        description="points that the teacher must lead for this chain; when not given, its `min_lead`",
        examples=[10],
    )
    steps: list[Any] = Field(
        [],
        description="done one after another, each as `name` or as `name: {parameters}`; with `from: unlabeled` there "
        "may be none, and rows come in as they are",
        examples=[["contraction", {"synonym": {"rate": 0.2}}]],
    )
    checks: list[Any] = Field(
        [],
        description="what a variant must pass; `changed` and `unique` are always on, unless `changed: false` or "
        "`unique: false`",
        examples=[[{"length_ratio": {"min": 0.5, "max": 2.0}}]],
    )
    attempts: int = Field(
        3,
        ge=1,
        le=100,
        description="how often a variant is drawn until it passes the checks, before it counts as rejected",
        examples=[5],
    )
    keep: Keep | None = Field(None, description="of the variants of a row, keep the best alone")


class Ray(Section):
    """Where and with what the Ray engine works."""

    address: str | None = Field(
        None,
        description="of a cluster that runs: host:port, or auto; without it a cluster is started here",
        examples=["auto"],
    )
    workers: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto", description="actors; auto: as many as the cluster has room for", examples=[8]
    )
    cpus: float = Field(1, gt=0, description="cores for each actor", examples=[2])
    gpus: float = Field(0, ge=0, description="GPUs for each actor; 0.25 puts four on one GPU", examples=[0.25])


class Holdout(Section):
    """Rows of the input that are tested on."""

    holdout: float = Field(
        ge=0.05,
        le=0.5,
        description="share of the rows that is drawn to test on, anew each time",
        examples=[0.2],
    )


class Evaluate(Section):
    """How `augcli evaluate` measures; a run does not read it."""

    test: FilePath | list[FilePath] | Holdout | None = Field(
        None,
        description="file of labelled rows to test on, or `{holdout: 0.2}`, the share of rows that is drawn to test "
        "on; when not given, folds of the input",
        examples=["test.jsonl"],
    )
    folds: int = Field(5, ge=2, le=20, description="parts of the input, each of which is tested on once", examples=[10])
    group: Column | None = Field(
        None,
        description="column whose equal values keep rows on one side: an author, a document, a conversation",
        examples=["author"],
    )
    sizes: list[Annotated[int, Field(ge=10)] | Literal["all"]] = Field(
        ["all"],
        min_length=1,
        description="labelled rows to draw from the input, each from 10 on, or all; several give a learning curve",
        examples=[[100, 500, "all"]],
    )
    repeats: int = Field(5, ge=1, le=100, description="times that each size is drawn and split", examples=[10])
    models: Annotated[list[Any], Field(min_length=1)] | None = Field(
        None,
        description="of labels linear, cnn, encoder, transformer, of entities crf, token_classifier; a name, or "
        "`name: {settings}`; when not given, linear, or crf where the input has entities and no label",
        examples=[["linear", "cnn"]],
    )
    weights: Literal["rows", "sources"] = Field(
        "rows", description="rows: each row counts the same; sources: the rows of each source count together the same"
    )
    choose: bool = Field(False, description="let the configs race on folds, and measure what choosing gains")
    limit_minutes: float | None = Field(
        None,
        gt=0,
        description="make as many repeats as there is time for",
        examples=[30],
    )
    output: FilePath = Field("out/evaluation", description="folder of what is written", examples=["out/intents"])


class Engine(Section):
    """How the work is spread; changes nothing in the outputs."""

    workers: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto", description="processes; auto: one per core, fewer for a small input", examples=[4]
    )
    device: str = Field(
        "auto",
        pattern=DEVICE,
        description="what models run on: auto (a GPU if there is one), cpu, cuda, cuda:N",
        examples=["cuda:0"],
    )
    chunk_rows: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto",
        description="rows that a worker takes at a time; auto: 2000, or 500 with a model, 5000 with a platform",
        examples=[1000],
    )
    ray: Ray | None = Field(
        None, description="work on Ray instead of processes; `ray: {}` starts a cluster on this machine", examples=[{}]
    )
