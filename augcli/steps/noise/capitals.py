"""The capital that begins a sentence, when words are swapped."""

from __future__ import annotations

from bisect import bisect_right

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
_ENDS = ".!?…\n\r"


def recapitalised(text: Text, edits: list[Edit]) -> list[Edit]:
    """`edits` that put words in the places of others, with a capital where a sentence begins.

    The word that began it loses its capital when it is an English one that surely has it from there.
    """
    value = text.value
    if text.language in ("tr", "az") or not any(value[start].isupper() for start, _, _ in edits):
        return edits
    begins = _beginnings(text, [start for start, end, _ in edits if _has_capital(value[start:end])])
    if not begins:
        return edits
    swapped = {value[start:end] for start, end, _ in edits if start in begins} - {"I"}
    lower = {word for word in swapped if text.language == "en" and word.lower() in _ENGLISH}
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


def _beginnings(text: Text, starts: list[int]) -> set[int]:
    """Those of the beginnings of words `starts` where a sentence begins."""
    value = text.value
    begins, likely = set(), []
    for start in starts:
        before = start - 1
        while before >= 0 and not value[before].isalnum() and value[before] not in _ENDS:
            before -= 1
        if before < 0:
            begins.add(start)
        elif value[before] in _ENDS:
            likely.append((before, start))
    if likely:
        found = [start for start, _ in sentences(value)]
        begins |= {start for before, start in likely if bisect_right(found, before) < bisect_right(found, start)}
    return begins
