"""Where values stand in JSON text, and rows with other values there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

import orjson

from augcli.config.paths import steps_of
from augcli.io.formats.rows import RowError
from augcli.text.cells import read_value

BLANK = b" \t\n\r"
_BLANKS = re.compile(r"[ \t\n\r]*")
_decode = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode


def nested(changes: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of whole columns of `data` in place of those at paths in them; a column that is text stays text."""
    whole: dict[str, Any] = {}
    inside: dict[str, dict[Sequence[Any], Any]] = {}
    for column, value in changes.items():
        if column in data or len(steps := steps_of(column)) == 1:
            whole[column] = value
        else:
            inside.setdefault(str(steps[0]), {})[steps[1:]] = value
    for column, values in inside.items():
        held = data[column]
        whole[column] = _rewritten(held, values) if isinstance(held, str) else _changed(deepcopy(held), values)
    return whole


def _rewritten(text: str, values: Mapping[Sequence[Any], Any]) -> str:
    """JSON, or a value as Python writes it, with other values where names and places lead; all else as it is."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return repr(_changed(read_value(text), values))
    for (start, end), value in sorted([(place_at(text, way), value) for way, value in values.items()], reverse=True):
        text = f"{text[:start]}{orjson.dumps(value).decode()}{text[end:]}"
    return text


def _changed(holder: Any, values: Mapping[Sequence[Any], Any]) -> Any:
    for (*inner, last), value in values.items():
        inmost = holder
        for step in inner:
            inmost = inmost[step]
        inmost[last] = value
    return holder


def place_at(text: str, way: Sequence[str | int]) -> tuple[int, int]:
    """Where the value stands in a JSON text to which names and places lead."""
    start, end = skip_blanks(text, 0), len(text)
    for step in way:
        found: Iterable[tuple[str | int, int, int]] = members(text, start)
        if isinstance(step, int):
            found = elements(text, start)
        start, end = [(first, last) for name, first, last in found if name == step][-1]
    return start, end


def elements(text: str, start: int) -> Iterator[tuple[int, int, int]]:
    """Number and place of each element of the JSON array that begins at `start`."""
    at, number = skip_blanks(text, start + 1), 0
    while text[at] != "]":
        end = value_end(text, at)
        yield number, at, end
        at, number = skip_blanks(text, end), number + 1
        if text[at] == ",":
            at = skip_blanks(text, at + 1)


def members(text: str, start: int = 0) -> Iterator[tuple[str, int, int]]:
    """Key and place of the value of each member of the JSON object that begins at `start`, which must be valid."""
    at = skip_blanks(text, start + 1)
    while text[at] == '"':
        key, at = scanstring(text, at + 1)
        start = skip_blanks(text, skip_blanks(text, at) + 1)
        end = value_end(text, start)
        yield key, start, end
        at = skip_blanks(text, end)
        if text[at] == ",":
            at = skip_blanks(text, at + 1)


def skip_blanks(text: str, at: int) -> int:
    """The next place that is no blank."""
    match = _BLANKS.match(text, at)
    assert match
    return match.end()


def value_end(text: str, start: int) -> int:
    """Where the JSON value ends that begins at `start`."""
    try:
        return _decode(text, start)[1]
    except RecursionError:
        raise RowError("values are nested too deep") from None
