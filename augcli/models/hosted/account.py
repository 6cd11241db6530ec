"""What a run sends to a service: whose turn it is, what was paid. Processes on this machine share it by a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from sqlite3 import Cursor
from threading import Lock
from time import time

import httpx
from filelock import FileLock

from augcli import __version__
from augcli.errors import ResourceError, StopError
from augcli.models.hosted.service import Service
from augcli.models.hosted.session import Session
from augcli.models.hosted.usage import Usage
from augcli.models.store import Store

_TABLES = """
CREATE TABLE IF NOT EXISTS used (
    run TEXT, service TEXT, requests INTEGER, characters INTEGER, saved INTEGER, input_tokens INTEGER,
    output_tokens INTEGER, PRIMARY KEY (run, service)
);
CREATE TABLE IF NOT EXISTS turn (account TEXT PRIMARY KEY, free REAL NOT NULL);
"""
HEADROOM = 0.95
"""Of the rates that a service allows: what is sent evenly may arrive less so."""
LATE = 0.05
"""Seconds that a call may be late without those after it being late too."""
LESS_OFTEN, LEAST = 0.1, 0.05
"""The pause added when calls come too often: of the time between them, or in seconds where no rate is known."""
MORE, LESS = 2.0, 0.9
"""How that pause grows when they still come too often, and shrinks with each that goes well."""


class Account:
    """The account of a run with a service."""

    def __init__(self, service: Service, session: Session, store: Store) -> None:
        """Raises ResourceError when keys are missing or the store cannot be used."""
        self.service = service
        self.sends = session.sends
        self.secrets = service.secrets()
        store.create(_TABLES)
        self.http = _http(service)
        self.planned = Usage()
        """What would be sent, where nothing may be."""
        self._store = store
        self._key = f"{service.name} {service.address(self.secrets)}"
        self._row = (session.name, service.name)
        self._held = 0
        """How often the service said that calls come too often; those on their way count as one."""
        self._pause = 0.0
        self._lock, self._turn = Lock(), Lock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other process send to this service: it would pay for the same texts."""
        with FileLock(f"{self._store.file}.{self.service.name}.lock"):
            yield

    def acquire(self, characters: int, sleep: Callable[[float], None]) -> int:
        """Wait until a call with so many characters may be sent, so that the rates are kept.

        Returns how often the service has held calls back by then, which `back_off` wants to know.
        """
        with self._turn:  # nobody takes a turn ahead: what back_off() says holds for all who wait
            while (seconds := self._until_free(characters)) > 0:
                sleep(seconds)
            return self._held

    def _until_free(self, characters: int) -> float:
        """Seconds until the next call may be sent. When there are none, that call is sent."""
        now, pause = time(), self.service.seconds(characters) / HEADROOM + self._pause
        with self._store.writing() as cursor:
            row = cursor.execute("SELECT free FROM turn WHERE account = ?", [self._key]).fetchone()
            free = float(row[0]) if row else now
            if free <= now:
                start = free if now - free < LATE else now
                cursor.execute("INSERT OR REPLACE INTO turn VALUES (?, ?)", [self._key, start + pause])
        return free - now

    def back_off(self, seconds: float, held: int) -> None:
        """Send nothing for some seconds; and less often then, unless that is so since the call that acquired `held`."""
        with self._lock:
            if held == self._held:
                self._held += 1
                self._pause = max(self._pause * MORE, self.service.seconds(0) * LESS_OFTEN or LEAST)
        until = time() + seconds
        with self._store.writing() as cursor:
            cursor.execute("INSERT OR IGNORE INTO turn VALUES (?, ?)", [self._key, until])
            cursor.execute("UPDATE turn SET free = max(free, ?) WHERE account = ?", [until, self._key])

    def recover(self) -> None:
        """Send more often again, after a call that went well."""
        if self._pause:
            with self._lock:
                shorter = self._pause * LESS
                self._pause = shorter if shorter > LEAST / 10 else 0.0

    def charge(self, call: Usage) -> None:
        """Count a call, with the most that it may come to, before it is sent.

        Raises StopError when a run may not send so much.
        """
        with self._store.writing() as cursor:
            sent = self._usage(cursor)
            for budget in self.service.budgets():
                if budget.of(sent.plus(call)) > budget.most:
                    raise StopError(
                        f"services.{self.service.name}.{budget.key} is reached: {budget.of(sent):g} of {budget.most:g} "
                        f"{budget.unit} are used, and the next call may take {budget.of(call):g}. What is finished is "
                        "kept: raise it and run the same command to resume"
                    )
            self._add(cursor, call)

    def correct(self, charged: Usage, came_to: Usage) -> None:
        """Count what a call came to in place of what it was charged with."""
        with self._store.writing() as cursor:
            self._add(cursor, came_to.minus(charged))

    def save(self, characters: int) -> None:
        """Count characters that the cache had."""
        with self._store.writing() as cursor:
            self._add(cursor, Usage(saved=characters))

    def plan(self, calls: Usage) -> None:
        """Count what would be sent."""
        self.planned = self.planned.plus(calls)

    def usage(self) -> Usage:
        """What the run sent so far, in all processes, before and after interruptions."""
        with self._store.reading() as cursor:
            return self._usage(cursor)

    def forget(self) -> None:
        """Forget what the run sent: it is over."""
        with self._store.writing() as cursor:
            cursor.execute("DELETE FROM used WHERE run = ? AND service = ?", self._row)

    def close(self) -> None:
        """Close the connections to the service."""
        self.http.close()

    def _usage(self, cursor: Cursor) -> Usage:
        found = cursor.execute(f"SELECT {', '.join(Usage._fields)} FROM used WHERE run = ? AND service = ?", self._row)
        return Usage(*(found.fetchone() or ()))

    def _add(self, cursor: Cursor, more: Usage) -> None:
        after = self._usage(cursor).plus(more)
        cursor.execute("INSERT OR REPLACE INTO used VALUES (?, ?, ?, ?, ?, ?, ?)", [*self._row, *after])


def _http(service: Service) -> httpx.Client:
    most = httpx.Limits(max_connections=service.concurrency, max_keepalive_connections=service.concurrency)
    agent = {"User-Agent": f"augcli/{__version__}"}
    try:
        return httpx.Client(timeout=service.timeout, limits=most, proxy=service.proxy, headers=agent)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise ResourceError(f"the proxy in services.{service.name}.proxy or HTTPS_PROXY cannot be used") from error
