"""Engines map a function over chunks and give the results in order. Local: this process, or some of its own."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from augcli.data import Chunk
from augcli.errors import RunError
from augcli.manifest import Manifest

if TYPE_CHECKING:
    from concurrent.futures import Future

Work = Callable[[Chunk], Manifest]

_make_work: Callable[[], Work] | None = None  # of a worker process


def workers_of(wanted: int | str) -> int:
    """Number of processes for `--workers`."""
    if wanted != "auto":
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def local(make_work: Callable[[], Work], chunks: Sequence[Chunk], workers: int) -> Iterator[Manifest]:
    """The manifests of `chunks`, in order. With one worker everything happens in this process.

    Raises RunError when a worker process dies.
    """
    if workers == 1 or len(chunks) < 2:
        work = make_work()
        for chunk in chunks:
            yield work(chunk)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, get_context("spawn"), _start, (make_work,)) as pool:
        waiting: deque[Future[Manifest]] = deque()
        try:
            for chunk in chunks:
                waiting.append(pool.submit(_do, chunk))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise RunError(
                "a worker process died (killed, or out of memory?); run the same command to go on"
            ) from error
        finally:
            for future in waiting:
                future.cancel()


def _start(make_work: Callable[[], Work]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    global _make_work  # noqa: PLW0603 - a process pool hands its workers nothing else that lasts
    _make_work = make_work


@cache
def _work() -> Work:
    assert _make_work
    return _make_work()


def _do(chunk: Chunk) -> Manifest:
    return _work()(chunk)
