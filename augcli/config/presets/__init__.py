"""Commented configs to start from, which `augcli init` prints."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files
from textwrap import fill

from augcli.errors import ConfigError


def names() -> list[str]:
    """Names of all presets."""
    return sorted(
        entry.name.removesuffix(".yaml") for entry in files(__name__).iterdir() if entry.name.endswith(".yaml")
    )


EDA_BY_ROWS = ((500, 0.05, 16), (2000, 0.05, 8), (5000, 0.1, 4))
"""Up to so many rows: rate and variants (Wei & Zou 2019, Table 3); the last also for more rows."""


def text(name: str, rows: int | None = None) -> str:
    """A preset as it stands, or as it suits a corpus of so many rows. Raises ConfigError for an unknown name."""
    if name not in names():
        near = get_close_matches(name, names(), n=2)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names())}"
        raise ConfigError(f"there is no preset called {name!r}; {hint}")
    preset = (files(__name__) / f"{name}.yaml").read_text(encoding="utf-8")
    if rows is None:
        return preset
    if name != "eda":
        raise ConfigError(f"only the preset eda depends on the number of rows, {name} does not: leave out --rows")
    _, rate, variants = next((known for known in EDA_BY_ROWS if rows <= known[0]), EDA_BY_ROWS[-1])
    return preset.replace("rate: 0.1", f"rate: {rate:g}").replace("variants: 4", f"variants: {variants}")


def with_id(preset: str) -> str:
    """A preset that names the column `id`."""
    shown = preset.replace("  # id: id  ", "  id: id    ")
    return shown if shown != preset else preset.replace("  label: label\n", "  label: label\n  id: id\n", 1)


def purpose(name: str) -> str:
    """What a preset is for, which its first line says."""
    return text(name).partition("\n")[0].lstrip("# ")


def listing(columns: int = 0) -> str:
    """All presets with the first line of each, one per line, or folded into so many columns."""
    width = max(map(len, names()))
    lines = [f"{name:<{width}}  {purpose(name)}" for name in names()]
    folded = [fill(line, columns, subsequent_indent=" " * (width + 2)) for line in lines] if columns else lines
    return "\n".join(folded)
