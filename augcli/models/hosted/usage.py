"""What is sent to a service in a run."""

from __future__ import annotations

from typing import NamedTuple


class Usage(NamedTuple):
    """What was sent for a run, and how many characters the cache saved it."""

    requests: int = 0
    characters: int = 0
    saved: int = 0
    input_tokens: int = 0
    """Read by a language model, as its server counts them."""
    output_tokens: int = 0
    """Written by it."""

    @property
    def tokens(self) -> int:
        """Read and written."""
        return self.input_tokens + self.output_tokens

    def plus(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(*(one + more for one, more in zip(self, other, strict=True)))

    def minus(self, other: Usage) -> Usage:
        """What is left of it without another."""
        return Usage(*(one - less for one, less in zip(self, other, strict=True)))
