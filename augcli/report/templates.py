"""The templates of reports: HTML pages and cards."""

from __future__ import annotations

import re
from math import isnan
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

_PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {0x7F: 0x2421}

_FOLDERS = re.compile(r"(?<![\w.:/\\])(?:/|[A-Za-z]:[/\\])(?:[^/\\\s:\"',;]+[/\\])+")
"""The folders of an absolute path."""


def environment() -> Environment:
    """Of the templates of all reports."""
    environment = Environment(
        loader=PackageLoader("augcli", ""),
        autoescape=lambda name: ".html" in (name or ""),
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": _number, "percent": _percent, "code": _code}
    return environment


def visible(value: Any) -> Any:
    """A text with pictures for its control characters, which HTML does not allow and terminals obey."""
    return value.translate(_PICTURES) if isinstance(value, str) else value


def without_folders(value: Any) -> Any:
    """A value with the names alone of the files that it names by their whole path."""
    if isinstance(value, str):
        return _FOLDERS.sub("", value)
    if isinstance(value, dict):
        return {key: without_folders(inner) for key, inner in value.items()}
    return [*map(without_folders, value)] if isinstance(value, list) else value


def _number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None or isnan(value) else f"{value:,.{digits}f}"


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _code(text: str) -> Markup:
    """A text in HTML, with what stands in backticks as code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(visible(text)))))
