"""The known words that are nearest to unknown ones, by spelling or by vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from augcli.language.content_words import are_antonyms
from augcli.language.negation import negates
from augcli.language.vector_files import sub_word_vectors
from augcli.language.vectors import load as load_vectors
from augcli.process import cache_folder
from augcli.text.memo import WordCache

_ROUNDING = 1e-4
"""Of shares: 4 of 5 characters reach 0.8."""


def nearest_words(known: Iterable[str], vectors: str | None, least: float, language: str) -> Mapping[str, str]:
    """The nearest of `known` words to any word in lower case; empty where none is near enough.

    It is found by spelling, or by the file `vectors`. None that negates is found, and in English no antonym.
    """
    words = [word for word in known if any(map(str.isalpha, word)) and not negates(word, language)]
    find = _by_vectors(words, vectors, least) if vectors else _by_spelling(words, least)

    def nearest(word: str) -> str:
        found = find(word)
        return "" if found and language == "en" and are_antonyms(word, found) else found

    return WordCache(nearest)


def _by_spelling(words: Sequence[str], least: float) -> Callable[[str], str]:
    """The known word with the fewest edits of characters, as a share of the longer word; of equals the first."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    def nearest(word: str) -> str:
        found = process.extractOne(word, words, scorer=OSA.normalized_similarity, score_cutoff=least - _ROUNDING)
        return found[0] if found and any(map(str.isalpha, word)) else ""

    return nearest


def _by_vectors(words: Sequence[str], vectors: str, least: float) -> Callable[[str], str]:
    """The known word with the highest cosine; fastText makes a vector of any word."""
    import numpy as np

    if model := sub_word_vectors(Path(vectors)):
        matrix = np.stack([model.get_vector(word, norm=True) for word in words])

        def nearest_by_sub_words(word: str) -> str:
            cosines = (matrix @ model.get_vector(word, norm=True)).round(5)
            best = int(cosines.argmax())
            return words[best] if cosines[best] >= least else ""

        return nearest_by_sub_words
    known = load_vectors(Path(vectors), None, cache_folder())
    among = np.array(sorted({place for word in words if (place := known.place(word)) is not None}), np.intp)

    def nearest(word: str) -> str:
        place = known.place(word)
        found = known.nearest([place], 1, among)[0] if place is not None else []
        return known.words[found[0][0]] if found and found[0][1] >= least else ""

    return nearest
