"""The Ray engine: actors that are handed small specs of work, and read and write the files themselves.

A dead actor is replaced here, not by Ray, whose own restarts keep the actor's items back while its node is gone.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from math import ceil, inf
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from augcli import __version__
from augcli.config.sections import Ray
from augcli.errors import ResourceError, RunError
from augcli.process import OWN, environment, log_level
from augcli.run.engine.base import AHEAD, DEATHS, Engine, deadly

T = TypeVar("T")
R = TypeVar("R")

PATIENCE = 120
"""Seconds to wait for the first actor to start."""
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"}
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Without this, a cluster on one machine listens on every interface of it. Ray reads it once, when it is imported."""
_START = "start one with `ray start --head`, and `ray start --address HOST:PORT` on each other node"


@contextmanager
def on_ray(settings: Ray) -> Iterator[Engine]:
    """An engine of actors on a started cluster, or on one that begins and ends with the block.

    Raises ResourceError when Ray is not installed, RunError when there is no such cluster or no room on it.
    """
    with ExitStack() as stack:
        ray = _connect(settings, stack)
        room = _room(settings, [node["Resources"] for node in ray.nodes() if node["Alive"]])
        yield _Actors(ray, settings, room if settings.workers == "auto" else settings.workers)


def _connect(settings: Ray, stack: ExitStack) -> Any:
    own = settings.address is None
    variables = {**_QUIET, **os.environ}
    if own:
        variables = {"RAY_AUTH_TOKEN": _token(), **variables, **_LOOPBACK}
    stack.enter_context(environment(variables))
    try:
        import ray
    except ImportError as error:
        raise ResourceError("the Ray engine needs Ray: pip install 'augcli[ray]'") from error
    if ray.is_initialized():
        raise RunError("this process is connected to a Ray cluster already; call ray.shutdown() before")
    options: dict[str, Any] = {"address": settings.address or "local", "log_to_driver": False, "logging_level": "ERROR"}
    if own:
        folder = stack.enter_context(TemporaryDirectory(prefix="aug", ignore_cleanup_errors=True))
        options |= {"num_cpus": None if settings.workers == "auto" else ceil(settings.workers * settings.cpus)}
        options |= {"include_dashboard": False, "object_store_memory": 100_000_000}
        options |= {"_temp_dir": folder}
    elif settings.address != "auto":
        _knock(str(settings.address))
    stack.enter_context(log_level(logging.getLogger("ray"), logging.ERROR))
    with suppress(ValueError):  # not the main thread; Ray replaces the handler
        stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, signal.SIG_DFL))
    stack.callback(ray.shutdown)
    try:
        ray.init(**options)
    except Exception as error:
        what = "a Ray cluster of its own does not start" if own else f"no Ray cluster at {settings.address!r}; {_START}"
        raise RunError(f"{what}: {error}") from error
    if own and (listens := ray.util.get_node_ip_address()) != "127.0.0.1":  # type: ignore[no-untyped-call]
        name = next(iter(_LOOPBACK))
        raise RunError(
            f"the Ray cluster of this run would listen on {listens}, since this process imported Ray before; "
            f"set {name}=0 in its environment, or start a cluster and name it in engine.ray.address"
        )
    return ray


@cache
def _token() -> str:
    """The key to clusters of this process: Ray would leave one in the home folder, and remembers the first it sees."""
    return token_hex(32)


def _knock(address: str) -> None:
    """Raise RunError when nobody listens; Ray itself would go on trying for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    except (OSError, ValueError, OverflowError) as error:
        raise RunError(f"no Ray cluster at {address!r}; {_START}: {error}") from error


def _room(settings: Ray, nodes: list[dict[str, float]]) -> int:
    """How many actors fit on the nodes, whatever else runs there."""
    room = sum(
        int(min(_fit(node.get("CPU", 0), settings.cpus), _fit(node.get("GPU", 0), settings.gpus))) for node in nodes
    )
    if room:
        return room
    have = "; ".join(f"{node.get('CPU', 0):g} cores and {node.get('GPU', 0):g} GPUs" for node in nodes)
    raise RunError(f"a worker needs {settings.cpus:g} cores and {settings.gpus:g} GPUs; no node has them: {have}")


def _fit(have: float, need: float) -> float:
    """How often `need` fits; a share of a GPU cannot be put together from two of them."""
    return inf if not need else have * int(1 / need + 1e-9) if need <= 1 else have // need


@dataclass(slots=True)
class _Task:
    item: Any
    deaths: int = 0
    answer: tuple[str, Any, Exception | None] | None = None
    """Name of the node, and result or error."""


@dataclass(slots=True)
class _Actor:
    handle: Any
    starting: Any
    """A reference that is ready when the actor has started, then None."""
    node: str = ""
    tasks: deque[tuple[Any, _Task]] = field(default_factory=deque)
    """With the references to their results."""

    @property
    def next(self) -> Any:
        """What is ready first."""
        return self.tasks[0][0] if self.tasks else self.starting


class _Actors:
    name = "ray"

    def __init__(self, ray: Any, settings: Ray, workers: int) -> None:
        self.workers = workers
        self._ray = ray
        self._kind = ray.remote(max_restarts=0, num_cpus=settings.cpus, num_gpus=settings.gpus)(_worker())
        self._actors: list[_Actor] = []
        self._failed_starts = 0
        self._waiting: deque[_Task] = deque()

    def __call__(self, make_work: Callable[[], Callable[[T], R]], items: Iterable[T]) -> Iterator[R]:
        rest = iter(items)
        work = self._ray.put(pickle.dumps(make_work))
        tasks: deque[_Task] = deque()
        try:
            while True:
                new = [_Task(item) for item in islice(rest, AHEAD * self.workers - len(tasks))]
                tasks += new
                self._waiting += new
                if not tasks:
                    return
                self._step(work)
                while tasks and (answer := tasks[0].answer):
                    tasks.popleft()
                    yield _unwrap(*answer)
        finally:
            self._abandon()

    def _step(self, work: Any) -> None:
        """Hand out what waits, as far as there are actors for it, and take in the next thing that is ready."""
        while len(self._actors) < self.workers:
            handle = self._kind.remote()
            self._actors.append(_Actor(handle, handle.started.remote(str(Path.cwd()), OWN)))
        while self._waiting:
            standing = [actor for actor in self._actors if not actor.starting]
            actor = min(standing, key=lambda one: len(one.tasks), default=None)
            if not actor or len(actor.tasks) >= AHEAD:
                break
            task = self._waiting.popleft()
            actor.tasks.append((actor.handle.do.remote(work, task.item), task))
        actors = {actor.next: actor for actor in self._actors if actor.next}
        nobody = all(actor.starting for actor in self._actors)
        ready, _ = self._ray.wait(list(actors), num_returns=1, timeout=PATIENCE if nobody else None)
        if not ready:
            free = self._ray.available_resources()
            raise RunError(f"no worker started in {PATIENCE} s: the cluster is busy; free now: {free}")
        self._take(actors[ready[0]], ready[0])

    def _take(self, actor: _Actor, reference: Any) -> None:
        from ray.exceptions import RayError, RayTaskError

        try:
            answer = self._ray.get(reference)
        except RayTaskError as error:
            raise RunError(f"a worker failed: {error}") from error
        except RayError as error:
            self._bury(actor, error)
        else:
            if actor.starting:
                self._welcome(actor, *answer)
            else:
                actor.tasks.popleft()[1].answer = (actor.node, *answer)

    def _welcome(self, actor: _Actor, node: str, found: str) -> None:
        if found != (wanted := f"augcli {__version__}"):
            raise RunError(f"node {node} of the cluster has {found}, not {wanted}; install the same on every node")
        actor.node, actor.starting, self._failed_starts = node, None, 0

    def _bury(self, actor: _Actor, error: Exception) -> None:
        """Forget a dead actor. Only the first of its tasks can have killed it; all are done again."""
        self._actors.remove(actor)
        self._waiting.extendleft(task for _, task in reversed(actor.tasks))
        if not actor.tasks:
            self._failed_starts += 1
            if self._failed_starts == DEATHS:
                raise RunError(f"workers do not start on the Ray cluster: {error}") from error
            return
        first = actor.tasks[0][1]
        first.deaths += 1
        if first.deaths == DEATHS:
            raise RunError(deadly(first.item)) from error

    def _abandon(self) -> None:
        """Leave nothing behind of a call that ends too early."""
        self._waiting.clear()
        for actor in [actor for actor in self._actors if actor.tasks]:
            self._actors.remove(actor)
            if self._ray.is_initialized():
                self._ray.kill(actor.handle)


def _unwrap(node: str, result: Any, error: Exception | None) -> Any:
    if isinstance(error, FileNotFoundError):
        raise RunError(
            f"node {node} of the cluster does not see {error.filename or error}; put input and output where all nodes "
            "see them: a shared folder, or a URL such as s3://bucket/folder"
        ) from error
    if error:
        raise error
    return result


def _worker() -> type:
    """What runs in an actor. A local class travels by value, so it can say that augcli is missing where it is."""

    class Worker:
        def started(self, folder: str, variables: dict[str, str]) -> tuple[str, str]:
            """Set environment variables, and go to the folder that paths are relative to.

            Name of the node, and the version of augcli there.
            """
            import os
            import platform
            from contextlib import suppress

            os.environ |= variables | os.environ
            with suppress(OSError):  # it need not be there when all paths are URLs
                os.chdir(folder)
            try:
                from augcli import __version__
            except ImportError:
                return platform.node(), "no augcli"
            return platform.node(), f"augcli {__version__}"

        def do(self, make_work: bytes, item: Any) -> tuple[Any, Exception | None]:
            """The result for an item, or the error."""
            from augcli.run.engine.base import do

            try:
                return do(make_work, item), None
            except Exception as error:  # noqa: BLE001 - raised again where the engine was called
                return None, error

    return Worker
