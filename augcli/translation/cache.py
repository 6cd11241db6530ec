"""Translations that were paid for once, on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path

import orjson

from augcli.errors import ResourceError
from augcli.translation import Request, Results, Translator

_SCHEMA = "CREATE TABLE IF NOT EXISTS translation (key BLOB PRIMARY KEY, results BLOB NOT NULL) WITHOUT ROWID"
_FIND = "SELECT results FROM translation WHERE key = ?"
_WAIT = 60.0
"""Seconds that a process waits for another to finish writing."""


class Cached:
    """A translator that remembers. Each batch is on disk as soon as it is done; processes may share the file."""

    def __init__(self, translator: Translator, file: Path) -> None:
        """Raises ResourceError when `file` cannot be used."""
        self._translator = translator
        self._file = file
        self._stem = blake2b(orjson.dumps([translator.model, translator.settings]), digest_size=16)
        _opened(file)

    @property
    def model(self) -> str:
        return self._translator.model

    @property
    def settings(self) -> str:
        return self._translator.settings

    def fits(self, text: str) -> bool:
        return self._translator.fits(text)

    def translate(self, requests: Sequence[Request]) -> Iterator[dict[Request, Results]]:
        known = self._known(requests)
        yield known
        for batch in self._translator.translate([request for request in requests if request not in known]):
            self._keep(batch)
            yield batch

    def _key(self, request: Request) -> bytes:
        hashed = self._stem.copy()
        hashed.update(orjson.dumps([request.text, request.key]))
        return hashed.digest()

    def _known(self, requests: Sequence[Request]) -> dict[Request, Results]:
        found: dict[Request, Results] = {}
        try:
            cursor = _opened(self._file).cursor()
            for request in requests:
                row = cursor.execute(_FIND, [self._key(request)]).fetchone()
                if row:
                    found[request] = tuple(orjson.loads(row[0]))
        except sqlite3.Error as error:
            raise unusable(self._file, error) from error
        return found

    def _keep(self, batch: dict[Request, Results]) -> None:
        rows = [(self._key(request), orjson.dumps(results)) for request, results in batch.items()]
        try:
            with _opened(self._file) as connection:
                connection.executemany("INSERT OR REPLACE INTO translation VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            raise unusable(self._file, error) from error


@cache
def _opened(file: Path) -> sqlite3.Connection:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file, timeout=_WAIT)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(_SCHEMA)
    except (OSError, sqlite3.Error) as error:
        raise unusable(file, error) from error
    return connection


def unusable(file: Path, error: Exception) -> ResourceError:
    """What to say when the cache fails."""
    return ResourceError(
        f"the cache of translations {file} cannot be used ({error}); remove it, name another file, or set cache: off"
    )
