"""English synonyms and antonyms from WordNet 3.0, in a table that is made by tools/lexicons/make_english.py."""

from __future__ import annotations

import gzip
from functools import cache
from typing import NamedTuple

import orjson

from augcli.language.resources import ENGLISH_SYNONYMS


class Synonym(NamedTuple):
    """A word for another one."""

    sense: int
    """Which sense of that word is meant, the most frequent being 1."""
    confidence: float
    """How sure it is that both words mean the same: the product of the shares that this sense has in the uses of each
    (SemCor), times the squared cosine of their word vectors (GloVe)."""
    word: str


@cache
def _tables() -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = orjson.loads(gzip.decompress(ENGLISH_SYNONYMS.path().read_bytes()))
    return tables


def has_synonyms(lemma: str, pos: str) -> bool:
    """Whether `lemma` has synonyms."""
    return f"{lemma}/{pos}" in _tables()["synonyms"]


def synonyms(lemma: str, pos: str) -> list[Synonym]:
    """Synonyms of `lemma` as a noun, verb, adjective or adverb (n, v, a, r), the surest first."""
    listed = _tables()["synonyms"].get(f"{lemma}/{pos}")
    items = [item.split(":") for item in listed.split(",")] if listed else []
    return [Synonym(int(sense), float(confidence), word) for sense, confidence, word in items]


@cache
def antonyms(lemma: str, pos: str) -> frozenset[str]:
    """Antonyms of `lemma` in any sense; of adjectives also what is similar to them."""
    listed = _tables()["antonyms"].get(f"{lemma}/{pos}")
    return frozenset(listed.split(",")) if listed else frozenset()
