"""English synonyms and antonyms from WordNet 3.0, in a table that is made by lexicons/make_english.py."""

from __future__ import annotations

import gzip
from functools import cache
from typing import NamedTuple

from augcli.resources import ENGLISH_SYNONYMS


class Synonym(NamedTuple):
    """A word for another one."""

    sense: int
    """Which sense of that word is meant, the most frequent being 1."""
    confidence: float
    """How sure it is that both words are meant in this sense: the product of its shares in their uses (SemCor)."""
    word: str


@cache
def _lines() -> dict[tuple[str, str], tuple[str, str]]:
    table = {}
    with gzip.open(ENGLISH_SYNONYMS.path(), "rt", encoding="utf-8") as lines:
        for line in lines:
            lemma, pos, synonyms, antonyms = line[:-1].split("\t")
            table[lemma, pos] = synonyms, antonyms
    return table


def synonyms(lemma: str, pos: str) -> list[Synonym]:
    """Synonyms of `lemma` as a noun, verb, adjective or adverb (n, v, a, r), the surest first."""
    listed, _ = _lines().get((lemma, pos), ("", ""))
    items = (item.split(":") for item in listed.split(",") if item)
    return [Synonym(int(sense), float(confidence), word) for sense, confidence, word in items]


@cache
def antonyms(lemma: str, pos: str) -> frozenset[str]:
    """Antonyms of `lemma` in any sense; of adjectives also what is similar to them."""
    _, listed = _lines().get((lemma, pos), ("", ""))
    return frozenset(listed.split(",")) if listed else frozenset()
