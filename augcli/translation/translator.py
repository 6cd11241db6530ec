"""Translation of sentences: one small interface, and behind it one file per family of back ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from augcli.models.results import Refusal, Request, ResultCache, Results, stem_of


class Translator(Protocol):
    """Translates sentences from one language to another. The same request always has the same results."""

    @property
    def model(self) -> str:
        """What translates, as name@revision."""

    @property
    def settings(self) -> str:
        """What else the results depend on: parameters, languages, versions."""

    def fits(self, text: str) -> bool:
        """Whether `text` is short enough to be translated at once, without anything cut off."""

    def translate(self, requests: Sequence[Request]) -> Iterator[dict[Request, Results]]:
        """Results of all `requests`, which are distinct and fit; batch by batch, as each is done."""


_CLAUSE_END = re.compile(r"[,;:，；：、]+[”’\"')\]」』）】》]*\s*|\s+[-–—]+\s+|[–—]+")


def translated(translator: Translator, requests: Iterable[Request]) -> dict[Request, Results]:
    """Results of `requests`, equal ones translated once; a sentence that is too long is translated by clauses."""
    clauses = {request: _clauses(request.text, translator.fits) for request in dict.fromkeys(requests)}
    wanted = {Request(text, request.key): None for request, parts in clauses.items() for text, _ in parts}
    done: dict[Request, Results] = {}
    for batch in translator.translate(list(wanted)):
        done |= batch
    return {
        request: _join_parts([(done[Request(text, request.key)], blank) for text, blank in parts])
        for request, parts in clauses.items()
    }


def _join_parts(parts: Sequence[tuple[Results, str]]) -> Results:
    """The best of all parts in a row, then the second best, while each part has one."""
    refusal = next((results for results, _ in parts if isinstance(results, Refusal)), None)
    if refusal is not None or len(parts) == 1:
        return parts[0][0] if refusal is None else refusal
    rows = zip(*(results for results, _ in parts), strict=False)
    return tuple("".join(text + blank for text, (_, blank) in zip(row, parts, strict=True)) for row in rows)


def _clauses(text: str, fits: Callable[[str], bool]) -> list[tuple[str, str]]:
    """`text` in as few parts as fit, cut at clause marks, each with the blanks after it; none if one does not fit."""
    if fits(text):
        return [(text, "")]
    parts: list[tuple[str, str]] = []
    start = end = 0
    for border in [*(match.end() for match in _CLAUSE_END.finditer(text)), len(text)]:
        if end > start and not fits(text[start:border].rstrip()):
            parts.append(_split_blanks(text[start:end]))
            start = end
        end = border
    parts.append(_split_blanks(text[start:]))
    return parts if all(fits(part) for part, _ in parts) else []


def _split_blanks(part: str) -> tuple[str, str]:
    bare = part.rstrip()
    return bare, part[len(bare) :]


class CachedTranslator:
    """A translator that remembers. Each batch is on disk as soon as it is done."""

    def __init__(self, translator: Translator, cache: ResultCache) -> None:
        self._translator = translator
        self._cache = cache
        self._stem = stem_of(translator.model, translator.settings)

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
