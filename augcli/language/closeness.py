"""How close two words are in meaning, in English and Chinese: as readers of synonyms found, or else by vectors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from augcli.language import synonyms
from augcli.language.english import POS, forms, inflect
from augcli.language.resources import VECTORS
from augcli.language.vectors import Vectors, load
from augcli.process import cache_folder

NOT_KEPT = 0.5
"""What a word comes to at most that was no synonym to those who read all of the other one."""


@cache
def vectors(language: str = "en") -> Vectors:
    """The word vectors of a language that come with augcli, in which synonyms are near."""
    return load(VECTORS[language].path(), None, cache_folder())


@lru_cache(1 << 18)
def closeness(word: str, other: str, tag: str = "", language: str = "en") -> float:
    """How close `other` is to `word` from -1 to 1, in English as a word of the Penn tag (of any for "").

    Of a synonym that was read (1 + its confidence) / 2, so that 2 * closeness - 1 tells its confidence again; of
    another word the cosine of both vectors, at most NOT_KEPT where the synonyms of `word` were read, and in Chinese,
    where words that share a character are near whatever they mean; -1 where one has no vector.
    """
    known_vectors = vectors(language)
    first, second = known_vectors.place(word), known_vectors.place(other)
    cosine = -1.0 if first is None or second is None else known_vectors.cosine(first, second)
    theirs = {other}
    if language == "en":
        theirs = {lemma for form, lemma in forms().lemmas.get(other, {}).items() if tag in ("", form)}
    read = list(_read(word, tag, language))
    sure = [known[lemma] for known in read for lemma in theirs & known.keys()]
    if sure:
        return (1 + max(sure)) / 2
    return min(cosine, NOT_KEPT) if read or language == "zh" else cosine


def listed(word: str, tag: str, language: str = "en") -> dict[str, float]:
    """The synonyms of a word that were read, in English in the form of the Penn tag, with their closeness."""
    found: dict[str, float] = {}
    for known in _read(word, tag, language):
        for lemma, confidence in known.items():
            form = inflect(lemma, tag) if tag and language == "en" else lemma
            if form:
                found[form] = max(found.get(form, -1.0), (1 + confidence) / 2)
    return found


def _read(word: str, tag: str, language: str) -> Iterator[dict[str, float]]:
    """The synonyms of each lemma that a word may be a form of, where they were read."""
    if language == "zh" and (chinese := synonyms.chinese(word)) is not None:
        yield {one.word: one.confidence for one in chinese}
    for form, lemma in (forms().lemmas.get(word, {}) if language == "en" else {}).items():
        if form[0] in POS and tag in ("", form):
            known = synonyms.read_english(lemma, POS[form[0]])
            if known is not None:
                yield known
