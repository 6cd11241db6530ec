"""What a conditional random field is told of each token: the token, and those around it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from augcli.models.masked_lm import tokenizable

BEGIN, END = "<begin>", "<end>"
"""In place of tokens before and after the sentence."""
_REPEATED = re.compile(r"(.)\1+")


def word_features(tokens: Sequence[str]) -> list[list[str]]:
    """The features of tokens that are words: their form, and the words and shapes of two neighbours on each side."""
    words = [_word(token) for token in tokens]
    lower = [BEGIN, BEGIN, *(word.lower for word in words), END, END]
    shapes = ["", "", *(word.shape for word in words), "", ""]
    return [
        [
            *word.features,
            *(f"{place}:{lower[at + place]}" for place in (-2, -1, 1, 2)),
            *(f"{place}:shape={shapes[at + place]}" for place in (-2, -1, 1, 2)),
            *(f"{place}:{lower[at + place]} {lower[at + place + 1]}" for place in (-1, 0)),
        ]
        for at, word in enumerate(words, 2)
    ]


def character_features(tokens: Sequence[str]) -> list[list[str]]:
    """The features of tokens that are characters: those up to two away, pairs of them, and their kinds."""
    kinds = ["", "", *map(_kind, tokens), "", ""]
    chars = [BEGIN, BEGIN, *(tokenizable(token).lower() for token in tokens), END, END]
    pairs = [f"{first} {second}" for first, second in pairwise(chars)]
    return [
        [
            "bias",
            *(f"{place}:{chars[at + place]}" for place in range(-2, 3)),
            *(f"{place}:{pairs[at + place]}" for place in range(-2, 2)),
            *(f"{place}:kind={kinds[at + place]}" for place in (-1, 0, 1)),
            f"kinds={kinds[at - 1]} {kinds[at]} {kinds[at + 1]}",
        ]
        for at in range(2, len(tokens) + 2)
    ]


class _Word(NamedTuple):
    lower: str
    shape: str
    features: tuple[str, ...]


@lru_cache(1 << 16)
def _word(token: str) -> _Word:
    token = tokenizable(token)
    lower = token.lower()
    long_shape = "".join(_sign(char) for char in token)
    shape = _REPEATED.sub(r"\1", long_shape)
    features = [
        "bias", f"word={lower}", f"shape={shape}", f"long={long_shape[:12]}",
        *(f"begins={lower[:length]}" for length in (1, 2, 3)),
        *(f"ends={lower[-length:]}" for length in (1, 2, 3)),
    ]  # fmt: skip
    tests = (("title", str.istitle), ("upper", str.isupper), ("digit", str.isdigit), ("alphanumeric", str.isalnum))
    return _Word(lower, shape, (*features, *(name for name, test in tests if test(token))))


def _sign(char: str) -> str:
    """X, x and d stand for letters and digits; other characters for themselves."""
    return "d" if char.isdigit() else "X" if char.isupper() else "x" if char.isalpha() else char


def _kind(token: str) -> str:
    """What the first character is: a digit, a Latin letter, another script's by the name of its block, or a mark."""
    char = token[:1]
    if char.isdigit() or not char.isalpha():
        return "digit" if char.isdigit() else "mark"
    return unicodedata.name(char, "unknown").partition(" ")[0]
