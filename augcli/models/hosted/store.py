"""A file on disk that processes and threads share."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from augcli.errors import ResourceError

_WAIT = 60.0
"""Seconds that a process waits for another to finish writing."""


class Store:
    """An SQLite file. Its users bring the tables."""

    def __init__(self, file: Path) -> None:
        """Raises ResourceError when `file` cannot be used."""
        self.file = file
        self._lock = RLock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(file, timeout=_WAIT, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise self.unusable(error) from error
        try:
            self.create("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
        except ResourceError:
            self.close()
            raise

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
