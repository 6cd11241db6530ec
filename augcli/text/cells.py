"""Lists that stand in a cell as text, as JSON or as Python writes them."""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import Any, cast

import orjson

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_NUMPY = re.compile(r"\[[\[\]\s]*(?:(?:\0|-?\d+(?:\.\d*)?(?:e[+-]?\d+)?|None|\.\.\.)[\[\]\s]+){2,}")
"""An array with a sign for each quoted text: nothing but blanks between the items."""


def read_value(text: str) -> Any:
    """The value that a cell holds as JSON or as Python writes it; the text itself where it holds something else."""
    if text[:1] not in ("[", "{", "("):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text if is_numpy(text) else _literal(text)


def read_list(text: str) -> list[Any] | None:
    """The list, or tuple, that a cell holds; None where it holds something else."""
    value = read_value(text)
    return [*value] if isinstance(value, list | tuple) else None


def is_numpy(text: str) -> bool:
    """Whether a cell holds an array as numpy prints it, without commas: Python would put its texts together."""
    return text[:1] == "[" and _NUMPY.fullmatch(_QUOTED.sub("\0", text)) is not None


def write_value(value: Any, like: str) -> str:
    """A value in the way in which that in another cell, `like`, is written: as JSON, or as Python has it."""
    try:
        orjson.loads(like)
    except orjson.JSONDecodeError:
        return repr(value)
    return _json(value)


def cell_text(value: Any) -> str:
    """The text that a value is in a cell: null is nothing, and a list or an object its JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    told = _json(value)
    return cast("str", orjson.loads(told)) if told.startswith('"') else told


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:  # whole numbers of more than 64 bits
        return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))


def token_items(value: Any) -> list[Any] | None:
    """The items of a list, as such or as JSON or Python writes it, or of text with blanks between; else None."""
    if isinstance(value, str):
        if is_numpy(value):
            return None
        if (listed := read_list(value)) is not None:
            return listed
        # other blanks, such as that in 10 000, may be part of a word
        return [word for word in re.split(r"[ \t\r\n]", value) if word]
    return value if isinstance(value, list) else None


def describe(value: Any) -> str:
    """A value in words, for a message."""
    kinds = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object", str: "text"}
    if value is None:
        return "null"
    if isinstance(value, str) and (is_numpy(value) or ": array([" in value):
        kinds[str] = "an array as numpy prints it: write jsonl, or lists by .tolist()"
    text = repr(value)
    return f"{kinds.get(type(value), type(value).__name__)} ({text if len(text) < 40 else text[:40] + '...'})"


def _literal(text: str) -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):  # of backslashes that escape nothing
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
