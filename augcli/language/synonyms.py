"""Synonyms that come with augcli: those of common English and Chinese words, read one by one, and WordNet's.

The files of read ones hold a line for each word that was looked at: the word (in English `lemma/n`, v, a or r), and
after tabs those that fit in nearly every sentence, those that are a shade different, and those that fit one meaning of
the word. What tools/lexicons/make_english.py makes from WordNet 3.0 serves for the English words that are not among
them.
"""

from __future__ import annotations

import gzip
from functools import cache
from typing import NamedTuple

import orjson

from augcli.language.resources import CHINESE_SYNONYMS, ENGLISH_SYNONYMS, ENGLISH_THESAURUS, PHRASES, Lexicon

SAME, NEAR, ONE_SENSE = 0.95, 0.7, 0.2
"""Confidence in synonyms that were read: they fit nearly everywhere, are a shade different, or fit one meaning."""
_SEPARATOR = ", "


class Synonym(NamedTuple):
    """A word for another one."""

    sense: int
    """Which sense of that word is meant, the most frequent being 1; also 1 where senses are not told apart."""
    confidence: float
    """How sure it is that both words mean the same. For WordNet: the product of the shares that this sense has in the
    uses of each (SemCor), times the squared cosine of their word vectors (GloVe)."""
    word: str


def has_english(lemma: str, pos: str) -> bool:
    """Whether an English lemma has synonyms as a noun, verb, adjective or adverb (n, v, a, r)."""
    key = f"{lemma}/{pos}"
    read = _read(ENGLISH_THESAURUS).get(key)
    return key in _wordnet()["synonyms"] if read is None else bool(read)


def english(lemma: str, pos: str) -> list[Synonym]:
    """Synonyms of an English lemma as a noun, verb, adjective or adverb (n, v, a, r), the surest first."""
    key = f"{lemma}/{pos}"
    read = _read(ENGLISH_THESAURUS).get(key)
    if read is not None:
        return _graded(read)
    listed = _wordnet()["synonyms"].get(key)
    items = [item.split(":") for item in listed.split(",")] if listed else []
    return [Synonym(int(sense), float(confidence), word) for sense, confidence, word in items]


@cache
def read_english(lemma: str, pos: str) -> dict[str, float] | None:
    """The synonyms that an English lemma has as those found who read them, with confidences; none if nobody did."""
    read = _read(ENGLISH_THESAURUS).get(f"{lemma}/{pos}")
    return None if read is None else {one.word: one.confidence for one in _graded(read)}


def phrases(language: str) -> dict[str, list[Synonym]]:
    """Phrases of a language (en, zh), and what may stand for each as it is."""
    return {phrase: _graded(columns) for phrase, columns in _read(PHRASES[language]).items()}


def chinese(word: str) -> list[Synonym] | None:
    """Synonyms of a Chinese word, the surest first; none where it was not read."""
    read = next((found for lexicon in CHINESE_SYNONYMS if (found := _read(lexicon).get(word)) is not None), None)
    return None if read is None else _graded(read)


@cache
def antonyms(lemma: str, pos: str) -> frozenset[str]:
    """Antonyms of an English lemma in any sense; of adjectives also what is similar to them."""
    listed = _wordnet()["antonyms"].get(f"{lemma}/{pos}")
    return frozenset(listed.split(",")) if listed else frozenset()


@cache
def _wordnet() -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = orjson.loads(gzip.decompress(ENGLISH_SYNONYMS.path().read_bytes()))
    return tables


@cache
def _read(lexicon: Lexicon) -> dict[str, str]:
    """The lines of a file of synonyms that were read, by their words."""
    lines = [line for line in lexicon.path().read_text("utf-8").splitlines() if not line.startswith("#")]
    return {word: columns for word, _, columns in (line.partition("\t") for line in lines)}


def _graded(columns: str) -> list[Synonym]:
    return [
        Synonym(1, confidence, word)
        for confidence, words in zip((SAME, NEAR, ONE_SENSE), columns.split("\t"), strict=False)
        for word in words.split(_SEPARATOR)
        if word
    ]
