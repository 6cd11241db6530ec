"""The local engine: this process, or several."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from augcli.errors import RunError
from augcli.process import set_variables
from augcli.run.engine.base import AHEAD, DEATHS, Engine, R, T, deadly, do

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor


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
                    again = [(item, self._resubmit(pickled, item, future)) for item, future in waiting]
                    waiting = deque(again)
                    continue
                deaths = 0
                waiting.popleft()
                yield result
        finally:
            self._finish([future for _, future in waiting])

    def _resubmit(self, pickled: bytes, item: Any, future: Future[Any]) -> Future[Any]:
        """The future of an item after the pool broke: the old one if it has a result, else a new one."""
        done = future.done() and not future.cancelled() and not future.exception()
        return future if done else self._submit(pickled, item)

    def _submit(self, pickled: bytes, item: Any) -> Future[Any]:
        from concurrent.futures import Future, ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool
        from multiprocessing import get_context

        if self._executor is None:
            self._executor = ProcessPoolExecutor(self.workers, get_context("spawn"), _start)
        try:
            with _no_ctrl_c():  # a call may start workers
                return self._executor.submit(do, pickled, item)
        except BrokenProcessPool as error:  # a worker died since the last look
            broken: Future[Any] = Future()
            broken.set_exception(error)
            return broken

    @staticmethod
    def _finish(futures: Sequence[Future[Any]]) -> None:
        """Drop what waits, and let workers come to the end of what they have begun, since that is kept."""
        from concurrent.futures import wait

        wait([future for future in futures if not future.cancel()])

    def shutdown(self) -> None:
        """End the workers, which have nothing to do any more.

        They are not asked to end: when Ctrl-C comes while they start, the executor's message may never reach them.
        """
        if self._executor:
            processes = list((self._executor._processes or {}).values())
            self._executor.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.kill()
            for process in processes:
                process.join()
            self._executor = None


@contextmanager
def _no_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C wait for a moment; processes that start meanwhile never hear it, from their first instruction on.

    It reaches the whole group, and the parent decides what it means. Windows has no such mask: there a worker is deaf
    only once `_start` has run.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start() -> None:
    set_variables()
    for sent_to_all in (signal.SIGTERM, signal.SIGINT):  # the main process decides what they mean
        signal.signal(sent_to_all, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for its next item for ever."""
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    assert parent
    wait([parent.sentinel])
    os._exit(1)
