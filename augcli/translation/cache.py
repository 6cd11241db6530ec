"""Translations on disk, so that no run pays for one twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import orjson

from augcli.errors import ResourceError
from augcli.models.hosted.session import Session
from augcli.models.store import Store
from augcli.translation.translator import Refusal, Request, Results, Translator

_TABLE = "CREATE TABLE IF NOT EXISTS translation (key BLOB PRIMARY KEY, results BLOB NOT NULL) WITHOUT ROWID;"


class TranslationCache(Store):
    """The translations in a file."""

    def __init__(self, file: Path) -> None:
        """Raises ResourceError when `file` cannot be used."""
        super().__init__(file)
        self.create(_TABLE)

    def unusable(self, error: Exception) -> ResourceError:
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
                    found[request] = _from_json(row[0])
        return found

    def keep(self, stem: bytes, batch: Mapping[Request, Results]) -> None:
        """Add `batch`; it is on disk when this returns."""
        rows = [(_key(stem, request), _to_json(results)) for request, results in batch.items()]
        with self.writing() as cursor:
            cursor.executemany("INSERT OR REPLACE INTO translation VALUES (?, ?)", rows)


def opened_cache(session: Session, file: Path) -> TranslationCache:
    """The cache in `file`, opened once in a session. Raises ResourceError when it cannot be used."""
    return session.opened((TranslationCache, file), lambda: TranslationCache(file))


def stem_of(translator: Translator) -> bytes:
    """What stands for a translator in the keys of a cache."""
    return blake2b(orjson.dumps([translator.model, translator.settings]), digest_size=16).digest()


def _key(stem: bytes, request: Request) -> bytes:
    return blake2b(stem + orjson.dumps([request.text, request.key]), digest_size=16).digest()


def _to_json(results: Results) -> bytes:
    return orjson.dumps({"refused": results.why} if isinstance(results, Refusal) else results)


def _from_json(stored: bytes) -> Results:
    value = orjson.loads(stored)
    return Refusal(value["refused"]) if isinstance(value, dict) else tuple(value)


class CachedTranslator:
    """A translator that remembers. Each batch is on disk as soon as it is done."""

    def __init__(self, translator: Translator, cache: TranslationCache) -> None:
        self._translator = translator
        self._cache = cache
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
