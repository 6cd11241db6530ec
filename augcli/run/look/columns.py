"""Columns that hold entity spans, or one item for each word, though the config does not say so.

They are copied to every variant as they are, and would say something else there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from augcli.config.config import Config
from augcli.config.sections import Input
from augcli.io.sources import used_columns
from augcli.run.look.rows import Finding, Row, counted
from augcli.text.offsets import utf16_length

_TAG = re.compile(r"O|[BIESLU]-\S+")


def undeclared_spans(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """Columns whose values lie in the texts as spans do."""
    data = config.input
    if "spans" in data.model_fields_set and data.spans is None:
        return  # somebody has said so
    for column, places in _columns_like(data, rows, _is_spans).items():
        found = f"column {column!r} holds entity spans in {counted(places, rows)}"
        if data.spans:
            yield Finding(f"{found}, which are wrong in variants: input.spans names another column")
            continue
        fix = _how_to_declare(data, column, rows)
        if column in data.labels:
            yield Finding(f"{found}, no labels; {fix}", ("input", "label"))
        else:
            yield Finding(f"{found}, which would be wrong in variants; {fix}", ("input", "spans"))


def _how_to_declare(data: Input, column: str, rows: Sequence[Row]) -> str:
    known = "set input.spans: null if you know that"
    if data.tokens:
        return f"spans go with input.text, not with input.tokens; {known}"
    if len(data.texts) > 1:
        return f"spans go with one text column; {known}"
    items = (item for row in rows for item in _listed(row.columns.get(column)) or ())
    plain = all(isinstance(item, list) and [type(part) for part in item] == [int, int, str] for item in items)
    shape = "" if plain else " and write them as [[start, end, type], ...]"
    return f"set input.spans: {column}{shape}, or {known.removeprefix('set ')}"


def items_for_words(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """Columns with one item for each word of a text."""
    data = config.input
    if data.tokens:
        return
    for column, places in _columns_like(data, rows, _are_items).items():
        tags = all(_are_tags(row.columns.get(column)) for row in rows)
        key = f"input.tags: {column}" if tags else f"input.tags and input.token_columns: [{column}]"
        yield Finding(
            f"column {column!r} has one item for each word of the text in {counted(places, rows)}, and is out of step "
            f"in variants; set input.tokens: {data.texts[0]} and {key} in place of input.text to keep them together"
        )


def _columns_like(
    data: Input, rows: Sequence[Row], fits: Callable[[Any, Row], bool | None]
) -> Mapping[str, Sequence[str]]:
    """The columns, but those for texts, spans, tags and ids, whose values fit, with the places of these values.

    A value for which `fits` is None says nothing.
    """
    known = {*used_columns(data)} - {*data.labels}
    places: dict[str, list[str]] = {}
    for row in rows:
        for column, value in row.columns.items():
            if column in known or (fit := fits(value, row)) is None:
                continue
            if fit:
                places.setdefault(column, []).append(row.place)
            else:
                known.add(column)
    return {column: found for column, found in places.items() if column not in known}


def _listed(value: Any) -> list[Any] | None:
    """A list, or one that is written as JSON text; None for anything else."""
    if isinstance(value, dict) and len(value) == 1:  # spaCy's {"entities": [...]}
        (value,) = value.values()
    if isinstance(value, str) and value.startswith("["):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return None
    return value if isinstance(value, list) else None


def _is_spans(value: Any, row: Row) -> bool | None:
    if value in (None, "", [], "[]"):
        return None
    listed = _listed(value)
    length = max(map(utf16_length, row.record.texts))
    return bool(listed) and all(_is_span(item, length) for item in listed or ())


def _is_span(item: Any, length: int) -> bool:
    start, end = _offsets(item)
    return type(start) is type(end) is int and 0 <= start <= end <= length


def _offsets(item: Any) -> tuple[Any, Any]:
    """What may be the offsets of a span, as one program or another writes spans."""
    match item:
        case [start, end, str()] | [start, end, str(), str()] | [str(), start, end]:
            return start, end
        case {"start": start, "end": end} | {"start_offset": start, "end_offset": end} | {"begin": start, "end": end}:
            return start, end
    return None, None


def _are_items(value: Any, row: Row) -> bool | None:
    items = value.split() if isinstance(value, str) and _are_tags(value) else _listed(value)
    words = len(row.record.texts[0].split())
    if items is None or len(items) != words or {*map(type, items)} not in (set(), {str}, {int}):
        return False
    return True if words > 2 else None


def _are_tags(value: Any) -> bool:
    """Whether this is one BIO tag, or one of its relatives, after another."""
    tags = value.split() if isinstance(value, str) else _listed(value) or []
    return all(isinstance(tag, str) and _TAG.fullmatch(tag) for tag in tags)
