"""Rows out: the writer of the output's format, and the cells that a variant changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from augcli.chains.applied import Applied
from augcli.config.config import Config
from augcli.io.files.storage import open_binary
from augcli.io.formats.csv import Csv
from augcli.io.formats.json import JsonLines
from augcli.io.formats.parquet import Parquet, arrow
from augcli.io.formats.rows import Writer
from augcli.io.outputs import output_format
from augcli.io.records import token_items
from augcli.io.sources import Source
from augcli.text.bio import retokenise, token_origins
from augcli.text.edits import Span
from augcli.text.offsets import in_utf16
from augcli.text.record import Record


class CellUpdates:
    """Which cells of a row a variant changes."""

    def __init__(self, config: Config) -> None:
        self._texts, self._spans = config.input.texts, config.input.spans
        self._in_utf16 = config.input.offsets == "utf16"
        self._tokens, self._tags = config.input.tokens, config.input.tags
        self._token_columns = config.input.token_columns or ()

    def of(
        self, record: Record, texts: Sequence[str], spans: Sequence[Span], steps: Sequence[Applied]
    ) -> dict[str, Any]:
        """Column to new value: text(s), and spans or tokens and tags; written as text where the source row does so."""
        if self._tokens and self._tags:
            get = record.row.get
            edits, origins = [step.edits for step in steps], [step.origins for step in steps]
            tokens, tags = retokenise(record.tokens, edits, texts[0], spans, origins)
            columns: dict[str, list[Any]] = {self._tokens: tokens, self._tags: tags}
            if self._token_columns:
                numbers = token_origins(record.tokens, edits, texts[0], spans, origins)
                columns |= {column: _moved_items(get(column), numbers) for column in self._token_columns}
            return {
                column: " ".join(items) if isinstance(get(column), str) else items for column, items in columns.items()
            }
        changes: dict[str, Any] = dict(zip(self._texts, texts, strict=True))
        if self._spans and record.spans:
            spelled = isinstance(record.row.get(self._spans), str)
            spans = in_utf16(texts[0], spans) if self._in_utf16 else spans
            changes[self._spans] = orjson.dumps(spans).decode() if spelled else spans
        return changes


def _moved_items(value: Any, origins: Sequence[int | None]) -> list[Any]:
    """The items of the tokens that stayed; other words have `_`, or null where items are no text."""
    items = token_items(value) or []
    unknown = "_" if all(isinstance(item, str) for item in items) else None
    return [unknown if origin is None else items[origin] for origin in origins]


def writer_for(config: Config, sources: Sequence[Source], columns: Sequence[str]) -> Writer:
    """The writer of the output's format."""
    fmt = output_format(config)
    if fmt in ("jsonl", "json"):
        _refuse_repeated(config, sources)
        return JsonLines(array=fmt == "json")
    if fmt == "parquet":
        _refuse_repeated(config, sources)
        return Parquet(columns, config.input.spans, _arrow_schema(sources))
    model = next((source for source in sources if source.format == fmt), None)
    header = next((source.header.names for source in sources if source.format in ("csv", "tsv") and source.header), [])
    names = [*header, *(column for column in columns if column not in header)]
    delimiter = "\t" if fmt == "tsv" else model.delimiter if model else ","
    words = [column for column in (config.input.tokens, config.input.tags) if column]
    return Csv(names, words, delimiter=delimiter, newline=model.newline if model else "\n")


def _arrow_schema(sources: Sequence[Source]) -> Any:
    for source in sources:
        if source.format == "parquet":
            with open_binary(source.data) as file:
                return arrow().ipc.open_file(file).schema
    return None


def _refuse_repeated(config: Config, sources: Sequence[Source]) -> None:
    for source in sources:
        if source.header and (repeated := source.header.repeated()):
            message = f"{source.shown} has several columns called {repeated[0]!r}; only csv and tsv can hold that"
            raise config.error(message, "output", "path")
