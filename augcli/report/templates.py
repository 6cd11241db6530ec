"""The templates of reports: HTML pages and cards."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

_VISIBLE = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {0x7F: 0x2421}


def environment() -> Environment:
    """Of the templates of all reports."""
    environment = Environment(
        loader=PackageLoader("augcli", ""),
        autoescape=lambda name: ".html" in (name or ""),
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": _number, "percent": _percent}
    return environment


def _visible(value: Any) -> Any:
    """Control characters, which HTML does not allow, as their pictures."""
    return value.translate(_VISIBLE) if isinstance(value, str) else value


def _number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"
