"""Columns that hold entity spans, or one item for each word, though the config does not say so.

They are copied to every variant as they are, and would say something else there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from augcli.config.config import Config
from augcli.config.paths import steps_of, values_at
from augcli.config.sections import Input
from augcli.io.sources import used_columns
from augcli.io.spans import holds_spans
from augcli.run.look.rows import Finding, Row
from augcli.run.look.shapes import Frame, Reading, frame_words, lie_in, listed, readings
from augcli.text.bio import TAG

_STRAY = 0.05
"""Up to this share of the rows may not fit."""
_FEW = 3
"""So many texts of several lengths, each with as many items, are no chance."""


def undeclared_spans(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """Columns whose values lie in the texts as spans do."""
    data = config.input
    if "spans" in data.model_fields_set and data.spans is None:
        return  # somebody has said so
    inside = _lists_inside(data, rows)
    ways = dict.fromkeys(way for row in inside for way in row.columns)
    found = [*_columns_of_spans(_unknown_columns(data, rows), rows), *_columns_of_spans([*ways], inside)]
    for columns, places in found:
        named = " and ".join(map(repr, columns))
        what = f"column {named} holds" if len(columns) == 1 else f"columns {named} hold"
        if data.spans:
            wrong = "which are wrong in variants: input.spans names another column"
            yield Finding(f"{what} entity spans in {{rows}}, {wrong}", places=places)
        elif columns[0] in data.labels:
            fix = _how_to_declare(data, columns, rows, " in place of input.label")
            yield Finding(f"{what} entity spans, not labels, in {{rows}}", fix, places, ("input", "label"))
        else:
            fix = _how_to_declare(data, columns, rows)
            wrong = "which would be wrong in variants"
            yield Finding(f"{what} entity spans in {{rows}}, {wrong}", fix, places, ("input", "spans"))


def lost_paths(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """Paths at which no row has a value."""
    data = config.input
    named = [*(("text", column) for column in data.texts), *(("spans", column) for column in data.span_columns)]
    for key, column in named:
        if len(steps_of(column)) == 1 or any(any(values_at(row.columns, column)) for row in rows):
            continue
        known = {way for row in rows for way, _ in _inside(row.columns, "")}
        near = get_close_matches(_opened(column), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see docs/shapes.md on paths"
        yield Finding(f"no row has a value at {column!r}", hint, key=("input", key))


def _inside(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The paths of all that is in a value, with what is there; of the elements of arrays, `[*]`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            way = f"{path}.{key}".removeprefix(".")
            yield way, inner
            yield from _inside(inner, way)
    elif isinstance(value, list):
        for element in value:
            yield from _inside(element, f"{path}[*]")


def _opened(path: str) -> str:
    """A path with `[*]` for each choice of elements."""
    return re.sub(r"\[[^\]]*\]", "[*]", path)


def _lists_inside(data: Input, rows: Sequence[Row]) -> list[Row]:
    """The rows with the lists inside of their columns in place of these, by paths, but for those of spans."""
    declared = {*map(_opened, data.span_columns)}
    made = []
    for row in rows:
        lists: dict[str, list[Any]] = {}
        for way, value in _inside(row.columns, ""):
            own = way in row.columns or any(
                way == name or way.startswith((f"{name}.", f"{name}[")) for name in declared
            )
            if isinstance(value, list) and not own:
                lists.setdefault(way, []).extend(value)
        made.append(replace(row, columns=lists))
    return made


def _how_to_declare(data: Input, columns: Sequence[str], rows: Sequence[Row], instead: str = "") -> str:
    known = "set input.spans: null to copy them as they are"
    if data.tokens:
        return f"spans go with input.text, not with input.tokens; {known}"
    otherwise = f"or {known.removeprefix('set ')}"
    if len(columns) > 1:
        return f"write [[start, end, type], ...] into one column and name it in input.spans, {otherwise}"
    (column,) = columns
    plain = all(holds_spans(row.columns.get(column)) for row in rows)
    shape = "" if plain else " and write them as [[start, end, type], ...]"
    within = " and, to the text column that they lie in, input.spans_in" if data.has_several_texts else ""
    return f"set input.spans: {column}{instead}{shape}{within}, {otherwise}"


def _columns_of_spans(names: Sequence[str], rows: Sequence[Row]) -> Iterator[tuple[tuple[str, ...], Sequence[str]]]:
    """Columns that hold spans, with the places of the rows that have some."""
    found: set[str] = set()
    for columns, read in readings(names):
        if found.isdisjoint(columns) and (places := _places_of_spans(read, rows)):
            found.update(columns)
            yield columns, places


def _unknown_columns(data: Input, rows: Sequence[Row]) -> list[str]:
    """All columns but those for texts, spans, tags and ids."""
    known = {steps_of(column)[0] for column in used_columns(data)} - {*data.labels}
    return [column for column in dict.fromkeys(name for row in rows for name in row.columns) if column not in known]


def _places_of_spans(read: Reading, rows: Sequence[Row]) -> Sequence[str]:
    """The places of rows with spans; none when what `read` finds does not frame words of one of the texts."""
    most = _STRAY * len(rows)
    having: list[tuple[Row, Sequence[Frame]]] = []
    strays = 0
    for row in rows:
        frames = read(row.columns)
        fits = frames is not None and any(lie_in(frames, text) for text in row.record.texts)
        strays += not fits
        if strays > most:
            return ()
        if frames and fits:
            having.append((row, frames))
    if strays > _STRAY * len(having):
        return ()
    for texts in zip(*(row.record.texts for row, _ in having), strict=False):  # rows may have more of them
        told = [(text, frames) for text, (_, frames) in zip(texts, having, strict=True) if lie_in(frames, text)]
        if 2 * len(told) > len(having) and frame_words(told):
            return [row.place for row, _ in having]
    return ()


def texts_of_tokens(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """Columns with the text that the tokens are of, which stays that of the source row."""
    if not config.input.tokens:
        return
    for column in _unknown_columns(config.input, rows):
        told = [(row, row.columns.get(column)) for row in rows]
        same = [row.place for row, value in told if isinstance(value, str) and _bare(value) == _bare(*row.record.texts)]
        if same:
            what = f"column {column!r} has the text of the tokens in {{rows}}, and in variants still that of their row"
            yield Finding(what, f"output.drop: [{column}] leaves it out", same)


def _bare(text: str) -> str:
    return "".join(text.split())


def left_out(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """Paths to spans that name one of several places where some are."""
    for column in config.input.span_columns:
        every = _opened(column)
        places = [
            row.place
            for row in rows
            if every != column
            and len([value for _, value in values_at(row.columns, every) if value])
            > len([value for _, value in values_at(row.columns, column) if value])
        ]
        if places:
            what = f"in {{rows}}, there are entity spans at {every!r} that {column!r} leaves out, wrong in variants"
            yield Finding(what, f"set input.spans: {every!r}", places)


def items_for_words(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """Columns with one item for each word of a text; BIO tags are spans, so that these must be named or given up."""
    data = config.input
    if data.tokens:
        return
    said = "spans" in data.model_fields_set and data.spans is None
    for column in _unknown_columns(data, rows):
        if not (places := _places_of_items([(row, row.columns.get(column)) for row in rows])):
            continue
        tags = all(_are_tags(row.columns.get(column)) for row in rows)
        fix = f"input.tags: {column}" if tags else f"input.tags, and input.token_columns: [{column}]"
        item = "BIO tag" if tags else "item"
        what = f"column {column!r} has one {item} for each word of the text in {{rows}}, and is out of step in variants"
        fix = f"set input.tokens: {data.texts[0]} and {fix}, in place of input.text, to keep them together"
        if tags and not said:
            yield Finding(what, f"{fix}, or input.spans: null to copy it as it is", places, ("input", "text"))
        else:
            yield Finding(what, fix, places)


def _places_of_items(found: Sequence[tuple[Row, Any]]) -> Sequence[str]:
    """The places of rows of more than two words; none when a value has more items, or fewer, or is another text."""
    places = []
    lengths: set[int] = set()
    prose = False
    for row, value in found:
        words = row.record.texts[0].split()
        items = _items(value)
        if items is None or len(items) != len(words) or {*map(type, items)} not in (set(), {str}, {int}):
            return ()
        if _is_prose(value) and not _are_tags(value):
            prose = True
            same = sum(item.lower() == word.lower() for item, word in zip(items, words, strict=True))
            if 2 * same > len(words):  # the text itself, written in another way
                return ()
        if len(words) > 2:
            places.append(row.place)
            lengths.add(len(words))
    return places if not prose or (len(places) >= _FEW and len(lengths) > 1) else ()


def _items(value: Any) -> Sequence[Any] | None:
    """A list, as such or as text, or text with blanks between the items."""
    items = listed(value)
    return value.split() if items is None and _is_prose(value) else items


def _is_prose(value: Any) -> bool:
    return isinstance(value, str) and value[:1] not in ("[", "{", "(")


def _are_tags(value: Any) -> bool:
    """Whether this is one BIO tag, or one of its relatives, after another."""
    tags = _items(value) or ()
    return all(isinstance(tag, str) and TAG.fullmatch(tag) for tag in tags)
