"""The capital that begins a sentence, when words are swapped."""

from __future__ import annotations

from bisect import bisect_left

from augcli.text.edits import Edit
from augcli.text.sentences import STARTERS, sentences, word_set
from augcli.text.text import Text

_ENGLISH = STARTERS | word_set(
    "a an as by for from of to with into about after before while because since until although though is are was "
    "were do does did has have had can could would should must not no yes all any some each every both few many most "
    "much more another such where which whose please thanks give tell show find make get go let here now just only "
    "also even never always sometimes maybe perhaps him us them me"
)
"""English words that have a capital only where a sentence begins; in doubt, a word is not here."""


def recapitalised(text: Text, edits: list[Edit]) -> list[Edit]:
    """`edits` that put words in the places of others, with a capital where a sentence begins.

    The word that began it loses its capital when it is an English one that surely has it from there.
    """
    value = text.value
    capitals = [(start, value[start:end]) for start, end, _ in edits if _has_capital(value[start:end])]
    if not capitals or text.language in ("tr", "az"):
        return edits
    begins = set(_beginnings(text, [start for start, _ in capitals]))
    lower = {
        word
        for start, word in capitals
        if start in begins and text.language == "en" and word.lower() in _ENGLISH and word != "I"
    }
    made = []
    for start, end, new in edits:
        if start in begins:
            new = new[:1].upper() + new[1:] if new.islower() else new
        elif new in lower:
            new = new.lower()
        if new != value[start:end]:
            made.append((start, end, new))
    return made


def _has_capital(word: str) -> bool:
    return word[:1].isupper() and (len(word) == 1 or word[1:].islower())


def _beginnings(text: Text, starts: list[int]) -> list[int]:
    """Those of the beginnings of words `starts` where a sentence begins."""
    value, words = text.value, text.words
    places = [bisect_left(words, (start, start)) for start in starts]
    gaps = [value[words[place - 1][1] : words[place][0]] if place else "" for place in places]
    if not any(mark in gap for gap in gaps for mark in ".!?…\n"):
        return [start for start, place in zip(starts, places, strict=True) if not place]
    found = {bisect_left(words, (start, start)) for start, _ in sentences(value)}
    return [start for start, place in zip(starts, places, strict=True) if place in found or not place]
