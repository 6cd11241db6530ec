"""Scores that need no neural network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, Literal

from pydantic import Field, PrivateAttr

from augcli.checks.check import ScoreCheck
from augcli.language.grammar import LanguageTool, error_counter
from augcli.text.words import segmenter


class EditDistance(ScoreCheck):
    """Score the edits that lead from the source to a variant, as a share of the longer one: 0 is the same text.

    Edits are characters or words put in, taken out or replaced.
    """

    name: ClassVar = "edit_distance"
    family: ClassVar = "checks"
    paper: ClassVar = "Levenshtein 1966, Binary Codes Capable of Correcting Deletions, Insertions, and Reversals"
    example: ClassVar = "edit_distance: {min: 0.1, max: 0.6}"
    higher_is_better: ClassVar = False
    tolerance: ClassVar = 1e-4

    min: float | None = Field(None, ge=0, le=1, description="smallest share allowed; when not given, any")
    max: float | None = Field(None, ge=0, le=1, description="largest share allowed; when not given, any")
    unit: Literal["characters", "words"] = Field("characters", description="what is put in, taken out or replaced")
    _language: str = PrivateAttr("en")

    def setup(self, language: str) -> None:
        self._language = language

    def scores(self, before: Sequence[str], after: Sequence[str]) -> list[float]:
        from rapidfuzz.distance import Levenshtein

        if self.unit == "characters":
            return [Levenshtein.normalized_distance(old, new) for old, new in zip(before, after, strict=True)]
        words = {text: _words(text, self._language) for text in {*before, *after}}
        return [Levenshtein.normalized_distance(words[old], words[new]) for old, new in zip(before, after, strict=True)]


def _words(text: str, language: str) -> list[str]:
    return [text[start:end].casefold() for start, end in segmenter(language)(text)]


class Language(ScoreCheck):
    """Score how likely a variant is in the language of the input, divided by how likely its source is, at most 1.

    So texts too short to tell, or with names in other languages, are not rejected for what their source is.
    """

    name: ClassVar = "language"
    family: ClassVar = "checks"
    paper: ClassVar = "Lui & Baldwin 2012, langid.py: An Off-the-shelf Language Identification Tool (P12-3005)"
    example: ClassVar = "language: {min: 0.5}"

    min: float | None = Field(0.5, ge=0, le=1, description="smallest share allowed")
    _language: str = PrivateAttr("en")

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        known = _identifier().labels
        return None if language in known else f"{language!r} is not among the languages that it tells: {known}"

    def setup(self, language: str) -> None:
        self._language = language
        _identifier()

    def scores(self, before: Sequence[str], after: Sequence[str]) -> list[float]:
        likely = {text: _likely(text, self._language) for text in {*before, *after}}
        return [min(1.0, likely[new] / likely[old]) for old, new in zip(before, after, strict=True)]


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _likely(text: str, language: str) -> float:
    """The probability that a text is in a language."""
    found: float = dict(_identifier().rank(text.replace("\n", " ")))[language]
    return max(1e-6, found)


class Grammar(ScoreCheck):
    """Score the mistakes that a variant has more than its source.

    Rules that come along count them: in English `a` before a vowel, `he are`, `would has`, a word twice, `i` for I;
    in Chinese a particle twice, blanks between characters; in all, marks twice, blanks before marks, brackets and
    quotes without their other half. They miss most mistakes, and are seldom wrong. A LanguageTool server, where one is
    named, knows many more.
    """

    name: ClassVar = "grammar"
    family: ClassVar = "checks"
    example: ClassVar = "grammar: {max: 0}"
    higher_is_better: ClassVar = False
    tolerance: ClassVar = 0.0
    bin_width: ClassVar = 1.0

    max: float | None = Field(0, ge=0, description="most mistakes allowed")
    server: str | None = Field(
        None,
        pattern="^https?://",
        description="address of a LanguageTool server, such as http://localhost:8081, which is sent the texts",
    )
    _language: str = PrivateAttr("en")

    def setup(self, language: str) -> None:
        self._language = language
        if self.server:
            _server(self.server).check(language)

    def scores(self, before: Sequence[str], after: Sequence[str]) -> list[float]:
        count = _server(self.server).counter(self._language) if self.server else error_counter(self._language)
        errors = {text: count(text) for text in dict.fromkeys([*before, *after])}
        return [float(max(0, errors[new] - errors[old])) for old, new in zip(before, after, strict=True)]


_server = cache(LanguageTool)
