"""Translations on disk, so that no run pays for one twice; and what was paid."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from pathlib import Path
from threading import RLock

import orjson

from augcli.errors import ResourceError
from augcli.translation.translator import Refusal, Request, Results, Translator

_SCHEMA = """
CREATE TABLE IF NOT EXISTS translation (key BLOB PRIMARY KEY, results BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spent (
    run TEXT, platform TEXT, requests INTEGER, characters INTEGER, saved INTEGER, PRIMARY KEY (run, platform)
);
CREATE TABLE IF NOT EXISTS turn (account TEXT PRIMARY KEY, free REAL NOT NULL);
"""
_WAIT = 60.0
"""Seconds that a process waits for another to finish writing."""


class Cache:
    """The file. Processes and threads may share it."""

    def __init__(self, file: Path) -> None:
        """Raises ResourceError when `file` cannot be used."""
        self.file = file
        self._lock = RLock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(file, timeout=_WAIT, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error

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
                raise self._unusable(error) from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _unusable(self, error: Exception) -> ResourceError:
        return ResourceError(
            f"the cache of translations {self.file} cannot be used ({error}); remove it, name another file, or, for "
            "local models, set cache: false"
        )

    def known(self, stem: bytes, requests: Sequence[Request]) -> dict[Request, Results]:
        """What it has of `requests` to the translator that `stem` stands for."""
        found: dict[Request, Results] = {}
        with self.reading() as cursor:
            for request in requests:
                row = cursor.execute("SELECT results FROM translation WHERE key = ?", [_key(stem, request)]).fetchone()
                if row:
                    found[request] = _read(row[0])
        return found

    def keep(self, stem: bytes, batch: Mapping[Request, Results]) -> None:
        """Add `batch`; it is on disk when this returns."""
        rows = [(_key(stem, request), _written(results)) for request, results in batch.items()]
        with self.writing() as cursor:
            cursor.executemany("INSERT OR REPLACE INTO translation VALUES (?, ?)", rows)


cache_at = cache(Cache)
"""The cache in a file, opened once per process."""


def stem_of(translator: Translator) -> bytes:
    """What stands for a translator in the keys of a cache."""
    return blake2b(orjson.dumps([translator.model, translator.settings]), digest_size=16).digest()


def _key(stem: bytes, request: Request) -> bytes:
    return blake2b(stem + orjson.dumps([request.text, request.key]), digest_size=16).digest()


def _written(results: Results) -> bytes:
    return orjson.dumps({"refused": results.why} if isinstance(results, Refusal) else results)


def _read(stored: bytes) -> Results:
    value = orjson.loads(stored)
    return Refusal(value["refused"]) if isinstance(value, dict) else tuple(value)


class Cached:
    """A translator that remembers. Each batch is on disk as soon as it is done."""

    def __init__(self, translator: Translator, file: Path) -> None:
        """Raises ResourceError when `file` cannot be used."""
        self._translator = translator
        self._cache = cache_at(file)
        self._stem = stem_of(translator)

    @property
    def model(self) -> str:
        return self._translator.model

    @property
    def settings(self) -> str:
        return self._translator.settings

    def fits(self, text: str) -> bool:
        return self._translator.fits(text)

    def translate(self, requests: Sequence[Request]) -> Iterator[dict[Request, Results]]:
        known = self._cache.known(self._stem, requests)
        yield known
        for batch in self._translator.translate([request for request in requests if request not in known]):
            self._cache.keep(self._stem, batch)
            yield batch
