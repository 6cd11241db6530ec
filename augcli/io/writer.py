"""Rows out: the writer of the output's format, and the cells that a variant changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import orjson

from augcli.chains.applied import Applied
from augcli.chains.variants import Variant
from augcli.config.config import Config
from augcli.config.paths import steps_of
from augcli.config.sections import Format
from augcli.io.files.encoding import TextEncoding
from augcli.io.files.storage import open_binary
from augcli.io.formats.conll import Conll
from augcli.io.formats.csv import Csv, Dialect
from augcli.io.formats.excel import Excel
from augcli.io.formats.json import JsonLines, JsonRow
from augcli.io.formats.json_array import Frame, JsonArray
from augcli.io.formats.json_text import nested
from augcli.io.formats.lines import Lines
from augcli.io.formats.parquet import ArrowStream, Parquet, arrow
from augcli.io.formats.rows import Header, Writer
from augcli.io.outputs import AUG_COLUMNS, added_columns, hard_label_columns, output_format, replaced_columns
from augcli.io.sources import Source
from augcli.io.spans import Spans, read_spans
from augcli.io.tags import Tags
from augcli.text.bio import retokenise, token_origins
from augcli.text.cells import read_list, token_items, write_value
from augcli.text.edits import Span
from augcli.text.record import Record, is_missing


class CellUpdates:
    """Which cells of a row a variant changes."""

    def __init__(self, config: Config) -> None:
        self._texts = config.input.texts
        self._shape = Spans(config.input)
        named = [*self._texts, *config.input.span_columns]
        self._paths = any(len(steps_of(column)) > 1 for column in named)
        self._by_path = output_format(config) in ("jsonl", "json")
        self._tokens, self._tags = config.input.tokens, config.input.tags
        self._scheme = Tags(config.input)
        self._token_columns = config.input.token_columns or ()

    def of(
        self, record: Record, texts: Sequence[str], spans: Sequence[Sequence[Span]], steps: Sequence[Applied]
    ) -> dict[str, Any]:
        """Column to new value: text(s), and spans or tokens and tags; written as text where the source row does so."""
        if self._tokens and self._tags:
            get = record.row.get
            edits, origins = [step.edits for step in steps], [step.origins for step in steps]
            tokens, tags = retokenise(record.tokens, edits, texts[0], spans[0], origins)
            told = self._scheme.write(tags, token_items(get(self._tags)) or [])
            columns: dict[str, list[Any]] = {self._tokens: tokens, self._tags: told}
            if self._token_columns:
                numbers = token_origins(record.tokens, edits, texts[0], spans[0], origins)
                columns |= {column: _moved_items(get(column), numbers) for column in self._token_columns}
            return {column: _written(items, get(column)) for column, items in columns.items()}
        standing = record.columns or self._texts
        changes: dict[str, Any] = dict(zip(standing, texts, strict=True))
        for place in record.absent:
            del changes[standing[place]]
        if record.spans and (column := self._shape.column):
            like = record.row.get(column)
            changes[column] = self._shape.write(spans[record.framed], like, texts[record.framed])
        elif record.spans:
            for text, before, after in zip(texts, record.spans, spans, strict=True):
                kept = self._shape.by_column(after)
                for column in self._shape.by_column(before):
                    changes[column] = self._shape.write(kept.get(column, ()), record.row.get(column), text)
        if not self._paths:
            return changes
        row = record.row
        if not (self._by_path and isinstance(row, JsonRow)):
            return nested(changes, row.items())
        by_path = {column: value for column, value in changes.items() if not _is_text(row, column)}
        return by_path | nested({column: changes[column] for column in changes.keys() - by_path.keys()}, row.data)


def _is_text(row: JsonRow, column: str) -> bool:
    """Whether the value that a path begins with is text, which may hold JSON."""
    return isinstance(row.data.get(str(steps_of(column)[0])), str)


_GENERAL = 4
"""General texts weigh as much together as so many times the labelled rows."""


class AddedCells:
    """The cells that a row of the output has behind its source and chain."""

    def __init__(self, config: Config, values: Mapping[str, Any], labelled: int) -> None:
        """`values` are labels as the input has them, by name; `labelled` is how many rows a teacher learnt from."""
        general = config.unlabeled.general if config.unlabeled else 0
        self._general_weight = min(1.0, _GENERAL * labelled / general) if general else 1.0
        self._named = config.output.id is not None
        self._columns = config.output.columns
        self._original_weight = config.output.original_weight
        self._hard = hard_label_columns(config)
        self._as_text = output_format(config) in ("csv", "tsv", "parquet", "arrow", "xlsx")
        self._values = values
        fills = config.teacher is not None and config.teacher.label_column in config.input.labels
        self._filled = config.teacher.label_column if fills and config.teacher else None
        self._hard_chains = {name for name, chain in config.chains.items() if chain.labels == "teacher_hard"}

    def of(self, record: Record, variant: Variant | None, together: int) -> list[Any]:
        """The cells of a variant, one of so many of its record, or of the record itself, column by column."""
        cells: list[Any] = []
        if self._named:
            cells.append(record.id_of(f"{variant.chain}.{variant.number}") if variant else str(record.id))
        for column in self._columns:
            if column == "aug_probs":
                cells.append(self._probabilities(record, variant))
            elif variant:
                cells.append((self._general_weight if record.general else 1.0) / together)
            else:
                cells.append(0.0 if _lacks_label(record) else self._original_weight)
        for _ in self._hard:
            hard = variant is not None and variant.chain in self._hard_chains
            cells.append(self._hard_label(record, variant) if hard else record.label)
        return cells

    def changes(self, record: Record, variant: Variant) -> dict[str, Any]:
        """The label column, where hard labels are to stand there."""
        if self._filled is None or variant.chain not in self._hard_chains or not variant.judgement:
            return {}
        return {self._filled: self._hard_label(record, variant)}

    def _probabilities(self, record: Record, variant: Variant | None) -> Any:
        known: Mapping[str, float] | None = variant.judgement if variant else None
        if known is None and not _lacks_label(record):
            known = dict.fromkeys(record.labels, 1.0)
        return orjson.dumps(known).decode() if self._as_text and known is not None else known

    def _hard_label(self, record: Record, variant: Variant | None) -> Any:
        if variant is None or not variant.judgement:
            return None
        likeliest = next(iter(variant.judgement))
        return record.label if likeliest in record.labels else self._values.get(likeliest, likeliest)


def _lacks_label(record: Record) -> bool:
    return not record.labelled or (bool(record.labels) and is_missing(record.labels))


def _written(items: Sequence[Any], like: Any) -> Any:
    """Items as the source row has them: a list, or one in a text, or words with blanks between."""
    if not isinstance(like, str):
        return items
    if read_list(like) is None:
        return " ".join(items)
    return write_value(tuple(items) if like[0] == "(" else [*items], like)


def _moved_items(value: Any, origins: Sequence[int | None]) -> list[Any]:
    """The items of the tokens that stayed; other words have `_`, or null where items are no text."""
    items = token_items(value) or []
    unknown = "_" if all(isinstance(item, str) for item in items) else None
    return [unknown if origin is None else items[origin] for origin in origins]


def writer_for(config: Config, sources: Sequence[Source], columns: Sequence[str]) -> Writer:
    """The writer of the output's format. Raises ConfigError for columns that it has no room for."""
    fmt, added = output_format(config), added_columns(config)
    there = {*columns, *AUG_COLUMNS}
    if unknown := next((column for column in config.output.drop if columns and column not in there), None):
        raise config.error(f"the input has no column {unknown!r}", "output", "drop")
    if config.output.encoding and fmt in ("jsonl", "json", "parquet", "arrow", "xlsx"):
        raise config.error(f"{fmt} files are always UTF-8; leave this out", "output", "encoding")
    lost = {*replaced_columns(config), *config.output.drop}
    columns = [column for column in columns if column not in lost]
    own = [source for source in sources if not source.pooled]
    model = next((source for source in own if source.format == fmt), None)
    preamble, newline = (model.preamble, model.newline) if model else ("", "\n")
    encoding = TextEncoding(config.output.encoding, config.input.encoding)
    match fmt:
        case "jsonl" | "json":
            _refuse_repeated(config, sources)
            items = [config.input.tokens, config.input.tags, *(config.input.token_columns or ())]
            readers: dict[str, Callable[[str], Any]] = dict.fromkeys(config.input.span_columns, read_spans)
            readers |= {column: token_items for column in items if column}
            if fmt == "jsonl":
                return JsonLines(added, readers, newline)
            if len(own) > 1 and any(source.frame.firsts for source in own):
                message = "this stands for several arrays, which several files have; name one file, or write jsonl"
                raise config.error(message, "input", "records")
            return JsonArray(added, readers, model.frame if model else Frame())
        case "parquet" | "arrow":
            _refuse_repeated(config, sources)
            written = Parquet if fmt == "parquet" else ArrowStream
            return written(columns, added, config.input.span_columns, _arrow_schema(sources, lost))
        case "xlsx":
            _refuse_repeated(config, sources)
            return Excel(columns, added)
        case "txt" | "fasttext":
            labels = config.input.label if fmt == "fasttext" else None
            named = [*config.input.texts, *(config.input.labels if labels else ())]
            held = model.header.names if model and model.header else named
            _refuse_without_room(config, fmt, columns, held, "one text" if fmt == "txt" else "labels and one text")
            return Lines(config.input.texts, labels, encoding, newline, preamble, labelled=fmt == "fasttext")
        case "conll":
            known = [config.input.tokens, *(config.input.token_columns or ()), config.input.tags]
            items = model.header.names if model and model.header else [column for column in known if column]
            _refuse_without_room(config, fmt, columns, items, "the items of tokens")
            return Conll(items, encoding, newline, preamble)
    tables = [source for source in own if source.format in ("csv", "tsv")]
    header, places = tables[0].header.without(frozenset(lost)) if tables and tables[0].header else (Header([]), ())
    names = [*header.names, *(column for column in columns if column not in header.index)]
    words = [column for column in (config.input.tokens, config.input.tags) if column]
    dialect = model.dialect if model else Dialect("\t" if fmt == "tsv" else ",")
    head: str | None = dialect.delimiter.join(map(dialect.spell, names))
    if model:
        more = map(dialect.spell, names[len(header.names) :])
        spelled = dialect.pieces(model.names) if model.names is not None else []
        head = dialect.delimiter.join([*(spelled[place] for place in places), *more]) if spelled else None
    return Csv(names, added, words, dialect, newline, preamble, head, encoding)


def _refuse_without_room(config: Config, fmt: Format, columns: Sequence[str], held: Sequence[str], what: str) -> None:
    """Columns of the input that a format cannot hold must be named in output.drop."""
    if fmt != "conll" and len(config.input.texts) != 1:
        raise config.error(f"{fmt} holds one text a row; name one column in input.text", "output", "path")
    if fmt == "conll" and not config.input.tokens:
        raise config.error("conll holds tokens: name their column and that of the tags in the input", "output", "path")
    if config.output.columns or hard_label_columns(config) or config.output.id:
        key = "id" if config.output.id else "columns"
        raise config.error(f"{fmt} holds {what} alone, no further columns; write jsonl or csv", "output", key)
    if others := [column for column in columns if column not in held]:
        raise config.error(
            f"{fmt} holds {what} alone; to leave out the other columns, set output.drop: [{', '.join(others)}]"
            + " and input.spans: null" * any(column in others for column in config.input.span_columns),
            "output", "path",
        )  # fmt: skip


def _arrow_schema(sources: Sequence[Source], without: Collection[str]) -> Any:
    for source in sources:
        if source.format == "parquet" and not source.pooled:
            with open_binary(source.data) as file:
                schema = arrow().ipc.open_file(file).schema
            return arrow().schema([field for field in schema if field.name not in without], schema.metadata)
    return None


def _refuse_repeated(config: Config, sources: Sequence[Source]) -> None:
    for source in sources:
        if source.header and (repeated := source.header.repeated()):
            message = f"{source.shown} has several columns called {repeated[0]!r}; only csv and tsv can hold that"
            raise config.error(message, "output", "path")
