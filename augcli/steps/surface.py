"""Another surface for the same content: script, case, and how numbers are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import ClassVar, Literal

from pydantic import Field

from augcli.errors import ResourceError
from augcli.rng import Rng
from augcli.step import Rate, Sized, Step
from augcli.text import Edit, Interval, Text

_CONFIGS = {  # OpenCC config, and the one that converts the same characters but no words
    "traditional": ("s2t", "s2t"),
    "taiwan": ("s2tw", "s2tw"),
    "taiwan_words": ("s2twp", "s2tw"),
    "hongkong": ("s2hk", "s2hk"),
    "simplified": ("t2s", "t2s"),
    "simplified_from_taiwan": ("tw2s", "tw2s"),
    "simplified_from_taiwan_words": ("tw2sp", "tw2s"),
    "simplified_from_hongkong": ("hk2s", "hk2s"),
}
Script = Literal[
    "traditional",
    "taiwan",
    "taiwan_words",
    "hongkong",
    "simplified",
    "simplified_from_taiwan",
    "simplified_from_taiwan_words",
    "simplified_from_hongkong",
]
_CLAUSE = re.compile(r"[^\0\ud800-\udfff\s，。！？；：,.!?;:]{1,500}")  # OpenCC stops at NUL and refuses lone surrogates


class Traditional(Step):
    """Write Chinese text in another script with OpenCC, phrase by phrase (头发 頭髮, 发展 發展).

    Nothing is drawn: every variant of a row is the same.
    """

    name: ClassVar = "traditional"
    family: ClassVar = "surface"
    languages: ClassVar = frozenset({"zh"})
    paper: ClassVar = "OpenCC (https://github.com/BYVoid/OpenCC)"
    example: ClassVar = "traditional: {to: taiwan}"

    to: Script = Field(
        "traditional",
        description="traditional (OpenCC s2t), taiwan (s2tw), taiwan_words (s2twp: Taiwan's words too, 软件 軟體), "
        "hongkong (s2hk); back from them: simplified (t2s), simplified_from_taiwan (tw2s), "
        "simplified_from_taiwan_words (tw2sp), simplified_from_hongkong (hk2s)",
    )

    def setup(self, language: str) -> None:
        for config in _CONFIGS[self.to]:
            _converter(config)

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        full, plain = (_converter(config) for config in _CONFIGS[self.to])
        edits = []
        for start, end in _unprotected(text):
            for clause in _CLAUSE.finditer(text.value, start, end):
                new = full(clause[0])
                if new != clause[0]:
                    edits += _difference(clause[0], plain(clause[0]) if plain is not full else new, new, clause.start())
        return edits


@cache
def _converter(config: str) -> Callable[[str], str]:
    try:
        from opencc import OpenCC

        convert: Callable[[str], str] = OpenCC(config).convert
    except (ImportError, OSError, RuntimeError) as error:
        raise ResourceError(f"OpenCC config {config} cannot be loaded: {error}; `pip install opencc`") from error
    return convert


def _unprotected(text: Text) -> Iterator[Interval]:
    done = 0
    for start, end in text.protected:
        yield done, start
        done = end
    yield done, len(text.value)


def _difference(old: str, plain: str, new: str, offset: int) -> list[Edit]:
    """Edits from `old` to `new`; `plain` has the characters of `new` in the places of `old`."""
    if len(plain) != len(old):
        return [(offset, offset + len(old), new)]
    edits: list[Edit] = []
    old_done = new_done = 0
    for start, end, new_start, new_end in _changed_words(plain, new):
        edits += _by_character(old[old_done:start], new[new_done:new_start], offset + old_done)
        edits += _by_character(old[start:end], new[new_start:new_end], offset + start)
        old_done, new_done = end, new_end
    return edits + _by_character(old[old_done:], new[new_done:], offset + old_done)


def _by_character(old: str, new: str, offset: int) -> list[Edit]:
    if len(old) != len(new):
        return [(offset, offset + len(old), new)]
    return [(at, at + 1, there) for at, (here, there) in enumerate(zip(old, new, strict=True), offset) if here != there]


def _changed_words(plain: str, new: str) -> list[tuple[int, int, int, int]]:
    """Where the two differ; differences one character apart are one word (因特网 網際網路), and none is empty."""
    changed: list[tuple[int, int, int, int]] = []
    if plain == new:
        return changed
    for tag, start, end, new_start, new_end in SequenceMatcher(None, plain, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if changed and start - changed[-1][1] <= 1:
            start, _, new_start, _ = changed.pop()
        elif start == end and start:
            start, new_start = start - 1, new_start - 1
        changed.append((start, end, new_start, new_end))
    return changed


class Case(Sized):
    """Change the case of words: of those that it would change, the share `rate`.

    Turkish and Azerbaijani words keep their dotted and dotless i apart.
    """

    name: ClassVar = "case"
    family: ClassVar = "surface"
    example: ClassVar = "case: {mode: upper, rate: 0.2}"

    rate: Rate = Field(1.0, description="share of the words that would change, rounded down")
    mode: Literal["lower", "upper", "title", "swap"] = Field(
        "lower", description="lower, upper, title (first letter large, the others small) or swap (each letter the other)"
    )

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        value = text.value
        change = (_TURKIC if text.language in ("tr", "az") else _CASES)[self.mode]
        eligible = []
        for start, end in text.spots:
            new = change(value[start:end])
            if new != value[start:end]:
                eligible.append((start, end, new))
        return _some(eligible, self.count(len(eligible)), rng)


def _some(edits: list[Edit], count: int, rng: Rng) -> list[Edit]:
    if count == len(edits):
        return edits
    return [edits[place] for place in sorted(rng.sample(len(edits), count))]


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


class NumberWords(Sized):
    """Write whole numbers below 10**12 in words, or number words in digits.

    Digits become words in the language of the text (21 twenty-one, 3rd third, 1234 一千二百三十四, 2020年 二〇二〇年).
    Left alone: decimals, dates, times, codes (B2B, 007), percentages, amounts with a currency sign, ranges, and
    more than six digits without commas, such as phone numbers. English and Chinese number words become digits, except
    `one`, single Chinese numerals and those inside another word (三十而立).
    """

    name: ClassVar = "number_words"
    family: ClassVar = "surface"
    example: ClassVar = "number_words: {mode: both, rate: 0.5}"

    rate: Rate = Field(1.0, description="share of the numbers that could change, rounded down")
    mode: Literal["words", "digits", "both"] = Field(
        "words", description="what numbers become: words (3 three), digits (three 3) or both (each the other)"
    )

    def setup(self, language: str) -> None:
        if language != "zh":
            numbers.speaks(language)

    def objection(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.mode != "digits" and not numbers.speaks(language):
            return f"num2words has no number words for language {language!r}; leave number_words out"
        if self.mode == "digits" and language not in numbers.READ:
            return f"number_words reads number words of {' and '.join(sorted(numbers.READ))} only; use mode: words"
        if "number" in patterns and (self.mode != "digits" or language == "zh"):
            return (
                "the protected pattern `number` holds what number_words would change; take it out of the patterns, "
                "or leave number_words out"
            )
        return None

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        found: list[Edit] = []
        if self.mode != "digits":
            found += numbers.to_words(text)
        if self.mode != "words":
            found += numbers.to_digits(text)
        eligible = sorted(edit for edit in found if text.free(edit[0], edit[1]))
        return _some(eligible, self.count(len(eligible)), rng)
