"""What a run sends to a platform: whose turn it is, what was paid. Processes on this machine share it by the cache."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from sqlite3 import Cursor
from threading import Lock
from time import time

import httpx
from filelock import FileLock

from augcli import __version__
from augcli.errors import ResourceError, StopError
from augcli.models.hosted.usage import Run, Spent
from augcli.translation.cache import cache_at
from augcli.translation.platform import Platform

HEADROOM = 0.95
"""Of the rates that a platform allows: what is sent evenly may arrive less so."""
LATE = 0.05
"""Seconds that a call may be late without those after it being late too."""
LESS_OFTEN, LEAST = 0.1, 0.05
"""The pause added when calls come too often: of the time between them, or in seconds where no rate is known."""
MORE, LESS = 2.0, 0.9
"""How that pause grows when they still come too often, and shrinks with each that goes well."""


class Account:
    """The account of a run with a platform."""

    def __init__(self, platform: Platform, run: Run, file: Path) -> None:
        """Raises ResourceError when keys are missing or the cache cannot be used."""
        self.platform = platform
        self.run = run
        self.cache = cache_at(file)
        self.secrets = platform.secrets()
        self.client = _client(platform)
        atexit.register(self.client.close)
        self.planned = Spent()
        """What would be sent, where nothing may be."""
        self._key = f"{platform.name} {platform.address(self.secrets)}"
        self.held = 0
        """How often the platform said that calls come too often; those on their way count as one."""
        self._row = (run.name, platform.name)
        self._pause = 0.0
        self._lock, self._turn = Lock(), Lock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other process send to this platform: it would pay for the same sentences."""
        with FileLock(f"{self.cache.file}.{self.platform.name}.lock"):
            yield

    def turn(self, characters: int, sleep: Callable[[float], None]) -> int:
        """Wait until a call with so many characters may be sent, so that the rates are kept; `held` as it is then."""
        with self._turn:  # nobody takes a turn ahead: what slower() says holds for all who wait
            while (seconds := self._until_free(characters)) > 0:
                sleep(seconds)
            return self.held

    def _until_free(self, characters: int) -> float:
        """Seconds until the next call may be sent. When there are none, that call is sent."""
        now, pause = time(), self.platform.seconds(characters) / HEADROOM + self._pause
        with self.cache.writing() as cursor:
            row = cursor.execute("SELECT free FROM turn WHERE account = ?", [self._key]).fetchone()
            free = float(row[0]) if row else now
            if free <= now:
                start = free if now - free < LATE else now
                cursor.execute("INSERT OR REPLACE INTO turn VALUES (?, ?)", [self._key, start + pause])
        return free - now

    def slower(self, seconds: float, held: int) -> None:
        """Send nothing for some seconds; and less often then, unless it was so since a call sent at `held`."""
        with self._lock:
            if held == self.held:
                self.held += 1
                self._pause = max(self._pause * MORE, self.platform.seconds(0) * LESS_OFTEN or LEAST)
        until = time() + seconds
        with self.cache.writing() as cursor:
            cursor.execute("INSERT OR IGNORE INTO turn VALUES (?, ?)", [self._key, until])
            cursor.execute("UPDATE turn SET free = max(free, ?) WHERE account = ?", [until, self._key])

    def faster(self) -> None:
        """After a call that went well."""
        if self._pause:
            with self._lock:
                shorter = self._pause * LESS
                self._pause = shorter if shorter > LEAST / 10 else 0.0

    def charge(self, characters: int) -> None:
        """Count a call before it is sent. Raises StopError when a run may not send so much."""
        most = self.platform.max_characters
        with self.cache.writing() as cursor:
            sent = _spent(cursor, self._row)
            if most is not None and sent.characters + characters > most:
                name = self.platform.name
                raise StopError(
                    f"services.{name}.max_characters is reached: {sent.characters} of {most} characters were sent to "
                    f"{name}, and the next call has {characters}. What is finished is kept: raise it and run the same "
                    "command to go on"
                )
            _add(cursor, self._row, Spent(1, characters))

    def refund(self, characters: int) -> None:
        """Take back the characters of a call that the platform did not do."""
        with self.cache.writing() as cursor:
            _add(cursor, self._row, Spent(0, -characters))

    def save(self, characters: int) -> None:
        """Count characters that the cache had."""
        with self.cache.writing() as cursor:
            _add(cursor, self._row, Spent(saved=characters))

    def plan(self, requests: int, characters: int) -> None:
        """Count what would be sent."""
        self.planned = Spent(self.planned.requests + requests, self.planned.characters + characters)

    def spent(self) -> Spent:
        """What the run sent so far, in all processes, before and after interruptions."""
        with self.cache.reading() as cursor:
            return _spent(cursor, self._row)

    def close(self) -> None:
        """Forget what the run sent: it is over."""
        with self.cache.writing() as cursor:
            cursor.execute("DELETE FROM spent WHERE run = ? AND platform = ?", self._row)


account_of = cache(Account)
"""The account of a run with a platform, one per process."""


def _spent(cursor: Cursor, row: tuple[str, str]) -> Spent:
    found = cursor.execute("SELECT requests, characters, saved FROM spent WHERE run = ? AND platform = ?", row)
    return Spent(*(found.fetchone() or ()))


def _add(cursor: Cursor, row: tuple[str, str], more: Spent) -> None:
    after = [one + other for one, other in zip(_spent(cursor, row), more, strict=True)]
    cursor.execute("INSERT OR REPLACE INTO spent VALUES (?, ?, ?, ?, ?)", [*row, *after])


def _client(platform: Platform) -> httpx.Client:
    most = httpx.Limits(max_connections=platform.concurrency, max_keepalive_connections=platform.concurrency)
    agent = {"User-Agent": f"augcli/{__version__}"}
    try:
        return httpx.Client(timeout=platform.timeout, limits=most, proxy=platform.proxy, headers=agent)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise ResourceError(f"the proxy in services.{platform.name}.proxy or HTTPS_PROXY cannot be used") from error
