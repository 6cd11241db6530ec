"""Engines map work over items, such as chunks, and give the results in order. Local: this process, or several."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from augcli.config import sections
from augcli.errors import RunError

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

T = TypeVar("T")
R = TypeVar("R")

DEATHS = 3
"""How often workers may die over the same item before a run is given up."""
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


def workers_of(wanted: int | str, most: int) -> int:
    """Number of processes for `--workers`: auto is one per core, but not more than `most`."""
    if wanted != "auto":
        return int(wanted)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, most))


def engine_for(settings: sections.Engine, most: int) -> AbstractContextManager[Engine]:
    """The engine that the config names; `auto` is not more than `most` processes of this machine."""
    if settings.ray:
        from augcli.engine_ray import on_ray

        return on_ray(settings.ray)
    return local(workers_of(settings.workers, most))


@contextmanager
def local(workers: int) -> Iterator[Engine]:
    """An engine of `workers` processes on this machine; with one, everything happens in this process."""
    pool = _Pool(workers)
    try:
        yield pool
    finally:
        pool.shutdown()


class _Pool:
    """Processes that stay for one call after another, and are replaced when they die."""

    name = "local"

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._executor: ProcessPoolExecutor | None = None

    def __call__(self, make_work: Callable[[], Callable[[T], R]], items: Iterable[T]) -> Iterator[R]:
        rest = iter(items)
        first = list(islice(rest, 2))
        if self.workers == 1 or len(first) < 2:
            if first:
                yield from map(make_work(), chain(first, rest))
            return
        yield from self._spread(pickle.dumps(make_work), chain(first, rest))

    def _spread(self, pickled: bytes, items: Iterator[Any]) -> Iterator[Any]:
        from concurrent.futures.process import BrokenProcessPool

        waiting: deque[tuple[Any, Future[Any]]] = deque()
        deaths = 0
        try:
            while True:
                for item in islice(items, AHEAD * self.workers - len(waiting)):
                    waiting.append((item, self._submit(pickled, item)))
                if not waiting:
                    return
                try:
                    result = waiting[0][1].result()
                except BrokenProcessPool as error:
                    deaths += 1
                    if deaths == DEATHS:
                        raise RunError(deadly(waiting[0][0])) from error
                    self.shutdown()
                    again = [(item, self._again(pickled, item, future)) for item, future in waiting]
                    waiting = deque(again)
                    continue
                deaths = 0
                waiting.popleft()
                yield result
        finally:
            for _, future in waiting:
                future.cancel()

    def _again(self, pickled: bytes, item: Any, future: Future[Any]) -> Future[Any]:
        done = future.done() and not future.cancelled() and not future.exception()
        return future if done else self._submit(pickled, item)

    def _submit(self, pickled: bytes, item: Any) -> Future[Any]:
        from concurrent.futures import Future, ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool
        from multiprocessing import get_context

        if self._executor is None:
            self._executor = ProcessPoolExecutor(self.workers, get_context("spawn"), _start)
        try:
            return self._executor.submit(do, pickled, item)
        except BrokenProcessPool as error:  # a worker died since the last look
            broken: Future[Any] = Future()
            broken.set_exception(error)
            return broken

    def shutdown(self) -> None:
        if self._executor:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None


def deadly(item: object) -> str:
    """What to say of an item over which workers die."""
    return (
        f"workers died {DEATHS} times over {item}, or what comes next (killed, or out of memory?). What is finished is "
        "kept: run the same command to go on, with fewer workers or a smaller engine.chunk_rows if memory is short"
    )


def do(pickled: bytes, item: Any) -> Any:
    """In a worker: do one item with the work that `pickled` makes; the last work made is kept."""
    return _work(pickled)(item)


@lru_cache(maxsize=1)
def _work(pickled: bytes) -> Callable[[Any], Any]:
    work: Callable[[Any], Any] = pickle.loads(pickled)()
    return work


def _start() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for its next item for ever."""
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    assert parent
    wait([parent.sentinel])
    os._exit(1)
