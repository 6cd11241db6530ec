"""Commented recipes to start from; `augcli init` prints them."""

from __future__ import annotations

from importlib.resources import files

from augcli.errors import ConfigError


def names() -> list[str]:
    """Names of all presets."""
    return sorted(
        entry.name.removesuffix(".yaml") for entry in files(__name__).iterdir() if entry.name.endswith(".yaml")
    )


def text(name: str) -> str:
    """A preset as it stands. Raises ConfigError for an unknown name."""
    if name not in names():
        raise ConfigError(f"there is no preset called {name!r}; there are {', '.join(names())}")
    return (files(__name__) / f"{name}.yaml").read_text(encoding="utf-8")


def listing() -> str:
    """All presets with the first line of each, one per line."""
    return "\n".join(f"{name:<10} {text(name).splitlines()[0].lstrip('# ')}" for name in names())
