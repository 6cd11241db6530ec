"""The language of a text in Latin letters, told by its commonest words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from augcli.language.content_words import stop_words

NAMES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch",
    "pt": "Portuguese", "sv": "Swedish", "pl": "Polish",
}  # fmt: skip
"""The languages that are told."""
_WORD = re.compile("[a-zß-öø-ž]+")
_READ = 1000
"""Characters of a text that are looked at."""
_WORDS = 4
"""A text of fewer words may be of any language."""


def words_of(text: str) -> list[str]:
    """The words of a text that tell its language; none where they are too few."""
    words = _WORD.findall(text[:_READ].lower())
    return words if len(words) >= _WORDS else []


def language_by_words(words: Sequence[str], expected: str) -> str | None:
    """The language, other than `expected`, whose stop words are plainly more among `words`; None where there is none.

    Words that are stop words of both do not count. Where those of `expected` are not listed, nothing can be told.
    """
    if not stop_words(expected):
        return None
    spoken = [_speaking(word, expected) for word in words]
    counts = Counter(language for languages in spoken for language in languages)
    likely = max(counts, key=lambda language: (counts[language], language == expected), default=expected)
    mine = sum(likely in languages and expected not in languages for languages in spoken)
    theirs = sum(expected in languages and likely not in languages for languages in spoken)
    return likely if mine > 1 and mine > 2 * theirs else None


@lru_cache(1 << 16)
def _speaking(word: str, expected: str) -> Sequence[str]:
    """The languages of which `word` is a stop word."""
    if len(word) == 1:
        return ()
    return [language for language in dict.fromkeys((*NAMES, expected)) if word in stop_words(language)]
