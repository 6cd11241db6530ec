"""How likely words are in their sentence, told by a masked language model that reads the text as it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from augcli.models.fill_mask import Kind, MaskFiller, MaskSlot, Query
from augcli.text.text import Text
from augcli.text.words import match_case


class Choice(NamedTuple):
    """A word of a text, [start, end), and others that may come in for it."""

    start: int
    end: int
    words: tuple[str, ...]


class Context:
    """A masked language model that is asked about given words."""

    def __init__(self, folder: Path, device: str, language: str) -> None:
        self._filler = MaskFiller(folder, lambda kind, tokens: tokens, place=device, chars=language == "zh")

    def probabilities(self, texts: Sequence[Text], choices: Sequence[Sequence[Choice]]) -> list[list[dict[str, float]]]:
        """For each choice of each text its words with their probabilities, less those that are no tokens.

        A probability is that among all tokens but the one that stands there, as in BERT-ATTACK (Li et al. 2020,
        2020.emnlp-main.500): the model sees the word, so that what it expects is close to it. Of Chinese words, those
        of as many characters as the word that stands there have one.
        """
        queries = [
            Query(text.value, "", tuple(MaskSlot(start, end, Kind("", False), False) for start, end, _ in some))
            for text, some in zip(texts, choices, strict=True)
        ]
        tokens = [
            [{word: self._token(word, text.value[start:end]) for word in words} for start, end, words in some]
            for text, some in zip(texts, choices, strict=True)
        ]
        found = self._filler.probabilities(queries, [[list(of.values()) for of in some] for some in tokens])
        return [
            [
                {word: likely[token] for word, token in of.items() if token in likely}
                for of, likely in zip(some, answers, strict=True)
            ]
            for some, answers in zip(tokens, found, strict=True)
        ]

    def _token(self, word: str, standing: str) -> str:
        return match_case(word, standing) if self._filler.cased else word.lower()


@lru_cache(4)
def context(folder: Path, device: str, language: str) -> Context:
    """The model in `folder`, loaded once per process."""
    return Context(folder, device, language)
