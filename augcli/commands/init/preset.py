"""`augcli init`: a preset as it suits the folder that it is for."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from augcli.config import presets
from augcli.config.config import Config
from augcli.config.yaml_document import Document
from augcli.errors import AugError
from augcli.io.formats.rows import RowError
from augcli.io.open import open_sources
from augcli.io.sources import scan

_ROWS = 1000
"""Rows whose ids are looked at; a run looks at all."""
_SCHEMA = "augcli.schema.json"


def for_editors(config: str, folder: Path) -> str:
    """A config for `folder` that names the schema for editors, where it lies there, or else tells how to get it."""
    if (folder / _SCHEMA).is_file():
        return f"# yaml-language-server: $schema={_SCHEMA}\n{config}"
    return f"{config}\n# Your editor can check and complete this file: augcli help schema\n"


def preset_here(name: str, rows: int | None) -> str:
    """A preset that names the ids of its data, where these are in the current folder and have some.

    Raises ConfigError for an unknown name.
    """
    text = presets.text(name, rows)
    config = Config.model_validate(Document(text, name).value)
    return presets.with_id(text) if Path(str(config.input.path)).is_file() and _has_ids(config) else text


def _has_ids(config: Config) -> bool:
    """Whether each of the first rows has an id of its own; rows that cannot be read are for `check` to tell."""
    ids: set[Any] = set()
    with TemporaryDirectory(prefix="augcli-") as folder:
        try:
            (source,) = open_sources(config.model_copy(update={"unlabeled": None}), Path(folder), _ROWS)
            for row, _, _ in islice(scan(source, source.start, source.end), _ROWS):
                value = None if isinstance(row, RowError) else row.items().get("id")
                if not isinstance(value, str | int) or value == "" or value in ids:
                    return False
                ids.add(value)
        except AugError:
            return False
    return bool(ids)
