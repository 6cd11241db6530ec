"""A report as a file that shows any change."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import orjson


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
