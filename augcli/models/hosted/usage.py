"""What is sent to a service in a run."""

from __future__ import annotations

from typing import NamedTuple


class Usage(NamedTuple):
    """What was sent for a run, and how many characters the cache saved it."""

    requests: int = 0
    characters: int = 0
    saved: int = 0
