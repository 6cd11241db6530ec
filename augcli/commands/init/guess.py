"""What is guessed of a file, each with what speaks for it."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias


class Guess(NamedTuple):
    """The value of a key of `input`."""

    value: Any
    reason: str = ""
    """What it was told by, as a comment."""
    doubt: str = ""
    """What else it could be, as a sentence; empty where it is plain."""


Guesses: TypeAlias = dict[str, Guess]
"""Guesses by the keys of `input`."""
