"""Words for men and women give way to those for the other sex, all of a text together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import ClassVar

from augcli.language.english import with_articles
from augcli.language.resources import ENGLISH_FORMS, ENGLISH_TAGGER, GENDER, Lexicon
from augcli.language.tagger import Tags, tags_of
from augcli.language.word_maps import read
from augcli.steps.replacement.word_list import in_name
from augcli.steps.step import PerTextStep, SubstitutionStep
from augcli.text.edits import Edit
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import APOSTROPHE, match_case

_APOSTROPHE = re.compile(APOSTROPHE)
_OBJECT = {"his": "hers", "her": "him"}
_POSSESSIVE = {"his": "her", "her": "his"}
_TITLES = frozenset(("mr", "mrs", "ms", "mister"))
"""Words that stand before names without being part of them."""
_BEFORE_NOUN = ("NN", "JJ", "VBG", "VBN", "CD")
_FIXED = {
    *(
        "mother tongue",
        "mother nature",
        "king size",
        "king sized",
        "queen size",
        "queen sized",
        "boy band",
        "girl band",
    ),
    *("boy scout", "boy scouts", "girl scout", "girl scouts", "male connector", "female connector"),
}
"""Pairs of words in which the first says nothing about anybody."""


class Gender(SubstitutionStep, PerTextStep[list[Edit]]):
    """Swap words for men and women, and with them the pronouns: he and she, his and her, father and mother, 他 and 她.

    All words of a text change together, so that its pronouns agree; where one of them may not be edited, none does.
    Names stay as they are, also those of works (King Kong). There is one such variant of a text.
    """

    name: ClassVar = "gender"
    family: ClassVar = "dictionary"
    languages: ClassVar = frozenset(GENDER)
    paper: ClassVar = "Lu et al. 2018, Gender Bias in Neural Natural Language Processing (arXiv:1807.11714)"
    example: ClassVar = "gender"

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (GENDER[language], ENGLISH_FORMS, ENGLISH_TAGGER) if language == "en" else (GENDER[language],)

    def setup(self, language: str) -> None:
        _others(language)

    def prepare(self, texts: Sequence[Text]) -> list[list[Edit]]:
        return [self._edits(text) for text in texts]

    def propose(self, text: Text, prepared: list[Edit], rng: Rng) -> list[Edit]:
        return prepared

    def _edits(self, text: Text) -> list[Edit]:
        value, english, others = text.value, text.language == "en", _others(text.language)
        edits: list[Edit] = []
        for place, (start, end) in enumerate(text.words):
            word = value[start:end].lower()
            if english and word not in others and not word.isalpha():
                word = _APOSTROPHE.split(word, 1)[0]
                end = start + len(word)
            other = others.get(word)
            if other is None or (english and _says_nothing(text, start, end, word)):
                continue
            if not text.is_editable(start, end) or self.carries_label(value[start:end], text.language):
                return []
            if word in _POSSESSIVE and english:
                other = (_POSSESSIVE if _is_possessive(tags_of(text), place, text) else _OBJECT)[word]
            edits.append((start, end, match_case(other, value[start:end])))
        return with_articles(text, edits) if english else edits


@cache
def _others(language: str) -> dict[str, str]:
    """By word, that for the other sex."""
    table = dict(_POSSESSIVE) if language == "en" else {}
    for _, word, others in read(GENDER[language].path(), "words"):
        table[word] = others[-1]
        if others[0] != ">":
            table[others[-1]] = word
    return table


def _says_nothing(text: Text, start: int, end: int, word: str) -> bool:
    """Whether a word is part of a name, or of a phrase that is about nobody."""
    value = text.value
    if word in _TITLES:
        return value[start:end].isupper() and not value.isupper()  # MS, a state
    if in_name(value, start, end):
        return True
    following = value[end : end + 12].split(maxsplit=1)[:1]
    return bool(following) and f"{word} {following[0].strip('.,;:!?').lower()}" in _FIXED


def _is_possessive(tags: Tags, place: int, text: Text) -> bool:
    """Whether his or her belongs to a noun that follows: her very old car, not: ask her about it."""
    if tags[place].tag != "PRP$":
        return False
    words = text.words
    for next_place in range(place + 1, len(words)):
        tag = tags[next_place].tag
        if text.value[words[next_place - 1][1] : words[next_place][0]].strip() or not tag.startswith(
            (*_BEFORE_NOUN, "RB")
        ):
            return False
        if not tag.startswith("RB"):
            return True
    return False
