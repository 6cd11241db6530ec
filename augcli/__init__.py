"""augcli: text data augmentation from a YAML config, on the command line and in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from augcli.api import Answer, AugError, Augmenter, augment, evaluate, inspect, preview, read_provenance

__version__ = "0.1.0"
__all__ = ["Answer", "AugError", "Augmenter", "augment", "evaluate", "inspect", "preview", "read_provenance"]


def __getattr__(name: str) -> Any:
    """What Python users call is imported when it is first asked for, so that the command line starts without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("augcli.api"), name)
