"""Results of pure functions of a word, remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
REMEMBERED = 1 << 15


class WordCache(dict[str, T]):
    """Results of a pure function of a word: words come back so often that looking up beats working out."""

    def __init__(self, work: Callable[[str], T]) -> None:
        super().__init__()
        self._work = work

    def __missing__(self, word: str) -> T:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[word] = self._work(word)
        return found
