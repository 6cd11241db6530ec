"""The names of tags that are numbers, as a config lists them or as a file has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import BeforeValidator, Field, ValidationInfo

from augcli.language.resources import beside_config


def _read(value: Any, info: ValidationInfo) -> Any:
    """The list of names in a JSON file, such as the features of a data set; what is no path stays as it is."""
    if not isinstance(value, str):
        return value
    file = Path(beside_config(value, info))
    try:
        content = orjson.loads(file.read_bytes())
    except FileNotFoundError:
        raise ValueError(f"there is no file {file.absolute()}") from None
    except (orjson.JSONDecodeError, OSError) as error:
        raise ValueError(f"{file} cannot be read as JSON: {error}") from error
    found = [names for names in _lists(content) if "O" in names]
    if len(found) != 1:
        raise ValueError(f"{file}: expected one list of names with O among them, found {len(found)}")
    return found[0]


def _lists(value: Any) -> Iterator[list[str]]:
    """All lists of text in a JSON value."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _lists(item)


TagNames = Annotated[list[str], Field(min_length=1), BeforeValidator(_read, json_schema_input_type=str | list[str])]
"""Names of tags from number 0 on."""
