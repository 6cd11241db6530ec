"""A file on disk that processes and threads share."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from time import monotonic, sleep

from augcli.errors import ResourceError

_WAIT = 60.0
"""Seconds that a process waits for another to finish writing."""


class Store:
    """An SQLite file. Its users bring the tables."""

    def __init__(self, file: Path | None) -> None:
        """None is a temporary file of this process, which is gone when it is closed.

        Raises ResourceError when the file cannot be used.
        """
        self.file = file or "a temporary file"
        self._lock = RLock()
        try:
            if file:
                file.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(file or "", timeout=_WAIT, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise self.unusable(error) from error
        try:
            self._share()
        except ResourceError:
            self.close()
            raise

    def _share(self) -> None:
        """Let others read while one writes. SQLite itself does not wait where two processes ask for that at once."""
        latest = monotonic() + _WAIT
        with self.reading() as cursor:
            while True:
                try:
                    cursor.execute("PRAGMA journal_mode = WAL")
                    break
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > latest:
                        raise
                    sleep(0.01)
            cursor.execute("PRAGMA synchronous = NORMAL")

    def create(self, tables: str) -> None:
        """Run SQL that makes tables where they are missing."""
        with self.reading() as cursor:
            cursor.executescript(tables)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Cursor]:
        """A transaction; no other process or thread writes at the same time."""
        with self.reading() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Cursor]:
        """A cursor to read with."""
        with self._lock:
            try:
                yield self._connection.cursor()
            except sqlite3.Error as error:
                raise self.unusable(error) from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def unusable(self, error: Exception) -> ResourceError:
        """What to tell the user when the file cannot be used."""
        return ResourceError(f"{self.file} cannot be used ({error})")
