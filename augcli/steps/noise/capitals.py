"""The capital that begins a sentence, when words are swapped."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache

from augcli.language.content_words import stop_words
from augcli.language.english import forms
from augcli.text.edits import Edit
from augcli.text.sentences import STARTERS, sentences, word_set
from augcli.text.text import Text
from augcli.text.words import plain_apostrophes

_ENGLISH = STARTERS | word_set(
    "a an as by for from of to with into about after before while because since until although though is are was "
    "were do does did has have had can could would should must not no yes all any some each every both few many most "
    "much more another such where which whose please thanks give tell show find make get go let here now just only "
    "also even never always sometimes maybe perhaps him us them me"
)
"""English words that have a capital only where a sentence begins, whatever stands beside them."""
_NAMES = word_set(
    "i i'm i'd i'll i've im id ill ive may mark will bill sue art us uk eu de la le van von jan sun oct dec sat sept "
    "june august"
)
"""Of stop words, I, and those that are names too."""
_VERBS_AND_NAMES = word_set("grant chase pat rob frank jack harry peter grace hope faith chip skip bob drew ray")
_GERMAN = word_set(
    "der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner ich du er es wir mein "
    "meine meinen meinem meiner dein deine unser unsere dieser diese dieses diesen diesem jeder jede jedes und oder "
    "aber denn wenn weil dass ob als wie wo was wer wen wem warum wann wohin woher welche welcher welches in im an am "
    "auf aus bei beim mit nach von vom zu zum zur für über unter vor durch ohne um bis seit während trotz nicht auch "
    "noch nur schon sehr so dann da hier dort heute gestern jetzt immer nie ist sind war waren hat haben hatte hatten "
    "wird werden wurde wurden kann können muss müssen soll sollen will wollen darf dürfen man nichts etwas alle viele"
)
"""The same in German, where all nouns have one."""
_ENDS = ".!?…\n\r"


def recapitalised(text: Text, edits: list[Edit]) -> list[Edit]:
    """`edits` that put words in the places of others, with a capital where a sentence begins.

    The word that began it loses its capital when it is an English or German one that surely has it from there.
    """
    value = text.value
    capitals = [(start, end) for start, end, _ in edits if value[start].isupper()]
    if not capitals or text.language in ("tr", "az"):
        return edits
    begins = _beginnings(text, [start for start, end in capitals if _has_capital(value[start:end])])
    if not begins:
        return edits
    lower = {
        value[start:end]
        for start, end, _ in edits
        if start in begins and _lends_capital(value[start:end], text.language)
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


def _lends_capital(word: str, language: str) -> bool:
    """Whether a word that begins a sentence has its capital from there alone."""
    if language == "de":
        return word.lower() in _GERMAN
    return language == "en" and plain_apostrophes(word.lower()).removesuffix("'s") in _english()


def lowers_capital(word: str) -> bool:
    """Whether an English word that begins a sentence is written small elsewhere, since it is hardly ever a name."""
    small = plain_apostrophes(word.lower()).removesuffix("'s")
    if not _has_capital(word) or small in _NAMES | _VERBS_AND_NAMES:
        return False
    kinds = forms().kinds.get(small, "NNP")
    return small in _english() or "NNP" not in kinds or "VBP" in kinds.split("|")


@cache
def _english() -> frozenset[str]:
    return (_ENGLISH | stop_words("en")) - _NAMES


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
        found = [start for start, _ in sentences(value, text.language)]
        begins |= {start for before, start in likely if bisect_right(found, before) < bisect_right(found, start)}
    return begins
