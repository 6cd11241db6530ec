"""A report as a file that shows any change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import orjson

from augcli.io.files.storage import written_path
from augcli.io.sources import Source

RULES = 2
"""By which rules outputs were made, for replay.

With 1, which reports do not say, rows without an id were keyed by file and row, built-in patterns protected less, and
line breaks and HTML entities were not protected by themselves.
"""


def sign(report: dict[str, Any]) -> bytes:
    """The report as bytes, with its own sha256 (of these bytes without that entry), so that any change shows."""
    body = {key: value for key, value in report.items() if key != "sha256"}
    digest = sha256(orjson.dumps(body)).hexdigest()
    return orjson.dumps({**body, "sha256": digest}, option=orjson.OPT_INDENT_2) + b"\n"


@cache
def version_of(package: str) -> str | None:
    """The version of a package, if it is installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def started_at(seconds: float) -> str:
    """A time in seconds since 1970, as reports tell it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def inputs(sources: Sequence[Source]) -> list[dict[str, Any]]:
    """The files that were read."""
    return [
        {
            "name": file.name,
            "path": written_path(file.path.resolve()) if str(file.path) != "-" else "-",
            "sha256": file.sha256,
            "rows": file.rows,
            "bytes": file.size,
            **({"section": "general" if file.general else "unlabeled"} if file.pooled else {}),
        }
        for file in sources
    ]
