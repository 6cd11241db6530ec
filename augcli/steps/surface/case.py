"""Capitals and small letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

from pydantic import Field

from augcli.steps.operation import Rate
from augcli.steps.step import RateStep
from augcli.text.edits import Edit
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import without_codes


class Case(RateStep):
    """Change the case of words: of those that it would change, the share `rate`.

    Turkish and Azerbaijani words keep their dotted and dotless i apart.
    """

    name: ClassVar = "case"
    family: ClassVar = "surface"
    keeps_words: ClassVar = True
    keeps_spans: ClassVar = True
    example: ClassVar = "case: {mode: upper, rate: 0.2}"

    rate: Rate = Field(1.0, description="share of the words that would change, rounded down")
    mode: Literal["lower", "upper", "title", "swap"] = Field(
        "lower",
        description="lower, upper, title (first letter large, the others small) or swap (each the other way)",
    )

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        value = text.value
        change = (_TURKIC if text.language in ("tr", "az") else _CASES)[self.mode]
        eligible = []
        for start, end in text.editable_words:
            new = without_codes(change, value[start:end])
            if new != value[start:end]:
                eligible.append((start, end, new))
        return self.some(eligible, rng)


def _turkic_lower(word: str) -> str:
    return word.replace("I\u0307", "i").replace("İ", "i").replace("I", "ı").lower()


def _turkic_upper(word: str) -> str:
    return word.replace("i", "İ").upper()


_CASES: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "title": str.capitalize,
    "swap": str.swapcase,
}
_TURKIC: dict[str, Callable[[str], str]] = {
    "lower": _turkic_lower,
    "upper": _turkic_upper,
    "title": lambda word: _turkic_upper(word[:1]) + _turkic_lower(word[1:]),
    "swap": lambda word: "".join(_turkic_upper(char) if char.islower() else _turkic_lower(char) for char in word),
}
