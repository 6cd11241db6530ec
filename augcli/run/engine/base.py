"""Engines map work over items, such as chunks, and give the results in order."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")

DEATHS = 3
"""How often workers may die over the same item before the run fails."""
AHEAD = 2
"""Items in flight per worker."""


class Engine(Protocol):
    """A function that maps work over items."""

    name: str
    workers: int

    def __call__(self, make_work: Callable[[], Callable[[T], R]], items: Iterable[T]) -> Iterator[R]:
        """The results for `items`, in their order. `make_work` is called once in each process; it must pickle.

        Items are taken as they are needed, so there may be any number of them. Raises what the work raises, and
        RunError when workers keep dying over an item.
        """


def deadly(item: object) -> str:
    """What to say of an item over which workers die."""
    return (
        f"workers died {DEATHS} times over {item}, or what comes next (killed, or out of memory?). What is finished is "
        "kept: run the same command to resume, with fewer workers or a smaller engine.chunk_rows if memory is short"
    )


def do(pickled: bytes, item: Any) -> Any:
    """In a worker: do one item with the work that `pickled` makes; the last work made is kept."""
    return _work(pickled)(item)


@lru_cache(maxsize=1)
def _work(pickled: bytes) -> Callable[[Any], Any]:
    work: Callable[[Any], Any] = pickle.loads(pickled)()
    return work
