"""The report as a page."""

from typing import Any


def page(report: dict[str, Any]) -> str:
    """A page."""
    return "<html></html>"
