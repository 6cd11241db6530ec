"""What models answer, and answers on disk, so that no run pays for one twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, TypeAlias

import orjson

from augcli.errors import ResourceError
from augcli.models.store import Store

Results: TypeAlias = tuple[str, ...]
"""Answers to a request, the best first; none when it is too long, or when the model found no end."""


class Refusal(tuple[str, ...]):
    """No results, and why: a hosted service refuses the text."""

    why: str

    def __new__(cls, why: str) -> Refusal:
        refusal = super().__new__(cls)
        refusal.why = why
        return refusal


class Request(NamedTuple):
    """A text for a model, as a sentence to translate. `key`, below 2**64, is what sampling is keyed by; 0 where nothing
    is sampled.
    """

    text: str
    key: int = 0


_TABLE = "CREATE TABLE IF NOT EXISTS translation (key BLOB PRIMARY KEY, results BLOB NOT NULL) WITHOUT ROWID;"


class ResultCache(Store):
    """The results in a file."""

    def __init__(self, file: Path) -> None:
        """Raises ResourceError when `file` cannot be used."""
        super().__init__(file)
        self.create(_TABLE)

    def unusable(self, error: Exception) -> ResourceError:
        return ResourceError(
            f"the cache of results {self.file} cannot be used ({error}); remove it, name another file, or, for "
            "local models, set cache: false"
        )

    def known(self, stem: bytes, requests: Sequence[Request]) -> dict[Request, Results]:
        """What it has of `requests` to the model that `stem` stands for."""
        found: dict[Request, Results] = {}
        with self.reading() as cursor:
            for request in requests:
                row = cursor.execute("SELECT results FROM translation WHERE key = ?", [_key(stem, request)]).fetchone()
                if row:
                    found[request] = _from_json(row[0])
        return found

    def keep(self, stem: bytes, batch: Mapping[Request, Results]) -> None:
        """Add `batch`; it is on disk when this returns."""
        rows = [(_key(stem, request), _to_json(results)) for request, results in batch.items()]
        with self.writing() as cursor:
            cursor.executemany("INSERT OR REPLACE INTO translation VALUES (?, ?)", rows)


def stem_of(model: str, settings: str) -> bytes:
    """What stands for a model with its settings in the keys of a cache."""
    return blake2b(orjson.dumps([model, settings]), digest_size=16).digest()


def _key(stem: bytes, request: Request) -> bytes:
    return blake2b(stem + orjson.dumps([request.text, request.key]), digest_size=16).digest()


def _to_json(results: Results) -> bytes:
    return orjson.dumps({"refused": results.why} if isinstance(results, Refusal) else results)


def _from_json(stored: bytes) -> Results:
    value = orjson.loads(stored)
    return Refusal(value["refused"]) if isinstance(value, dict) else tuple(value)
