"""How likely words are in their sentence, told by a masked language model that reads the text as it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from augcli.models.fill_mask import Kind, MaskFiller, MaskSlot, Query
from augcli.text.text import Text
from augcli.text.words import match_case

if TYPE_CHECKING:
    from augcli.steps.replacement.slots import Target


class Context:
    """A masked language model that is asked about given words."""

    def __init__(self, folder: Path, device: str) -> None:
        self._filler = MaskFiller(folder, lambda kind, tokens: tokens, place=device)

    def probabilities(self, texts: Sequence[Text], targets: Sequence[Sequence[Target]]) -> list[list[dict[str, float]]]:
        """For each target of each text its options with their probabilities, less those that are no tokens.

        A probability is that among all tokens but the one that stands there, as in BERT-ATTACK (Li et al. 2020,
        2020.emnlp-main.500): the model sees the word, so that what it expects is close to it.
        """
        queries = [
            Query(text.value, "", tuple(MaskSlot(start, end, Kind("", False), False) for start, end, *_ in some))
            for text, some in zip(texts, targets, strict=True)
        ]
        written = [
            [
                [self._written(word, text.value[target.start : target.end]) for word in target.options.words]
                for target in some
            ]
            for text, some in zip(texts, targets, strict=True)
        ]
        found = self._filler.probabilities(queries, written)
        return [
            [
                {word: likely[token] for word, token in zip(one.options.words, tokens, strict=True) if token in likely}
                for one, tokens, likely in zip(*row, strict=True)
            ]
            for row in zip(targets, written, found, strict=True)
        ]

    def _written(self, word: str, standing: str) -> str:
        return match_case(word, standing) if self._filler.cased else word.lower()


@lru_cache(4)
def context(folder: Path, device: str) -> Context:
    """The model in `folder`, loaded once per process."""
    return Context(folder, device)
