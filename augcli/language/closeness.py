"""How close two English words are in meaning: as those who read the synonyms found, or else by their vectors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from augcli.language import synonyms
from augcli.language.english import POS, forms, inflect
from augcli.language.resources import ENGLISH_VECTORS
from augcli.language.vectors import Vectors, load
from augcli.process import cache_folder

NOT_KEPT = 0.5
"""What a word comes to at most that was no synonym to those who read all of the other one."""


@cache
def vectors() -> Vectors:
    """The English word vectors that come with augcli, in which synonyms are near."""
    return load(ENGLISH_VECTORS.path(), None, cache_folder())


@lru_cache(1 << 18)
def closeness(word: str, other: str, tag: str = "") -> float:
    """How close `other` is to `word` as a word of the Penn tag (of any for ""), from -1 to 1.

    Of a synonym that was read (1 + its confidence) / 2, so that 2 * closeness - 1 tells its confidence again; of
    another word the cosine of both vectors, at most NOT_KEPT where the synonyms of `word` were read; -1 where one has
    no vector.
    """
    place = vectors().place
    first, second = place(word), place(other)
    cosine = -1.0 if first is None or second is None else vectors().cosine(first, second)
    lemmas = forms().lemmas.get(other, {})
    theirs = {lemma for form, lemma in lemmas.items() if tag in ("", form)}
    read = list(_read(word, tag))
    sure = [known[lemma] for known in read for lemma in theirs & known.keys()]
    if sure:
        return (1 + max(sure)) / 2
    return min(cosine, NOT_KEPT) if read else cosine


def listed(word: str, tag: str) -> dict[str, float]:
    """The synonyms of a word that were read, in the form of the Penn tag, with their closeness."""
    found: dict[str, float] = {}
    for known in _read(word, tag):
        for lemma, confidence in known.items():
            form = inflect(lemma, tag) if tag else lemma
            if form:
                found[form] = max(found.get(form, -1.0), (1 + confidence) / 2)
    return found


def _read(word: str, tag: str) -> Iterator[dict[str, float]]:
    """The synonyms of each lemma that a word may be a form of, where they were read."""
    for form, lemma in forms().lemmas.get(word, {}).items():
        if form[0] in POS and tag in ("", form):
            known = synonyms.read_english(lemma, POS[form[0]])
            if known is not None:
                yield known
