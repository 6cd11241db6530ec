"""The capital that begins a sentence, when words are swapped."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cache

from augcli.language.content_words import OPEN
from augcli.language.english import forms
from augcli.language.tagger import tags_of
from augcli.text.edits import Edit, Interval
from augcli.text.memo import WordCache
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
_SELF = frozenset(("i", "im", "ive"))
"""I, and what people write for I'm and I've."""
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
    if text.language in ("tr", "az") or not any(value[start].isupper() for start, _, _ in edits):
        return edits
    begins = _beginnings(text, [start for start, end, _ in edits if _has_capital(value[start:end])])
    if not begins:
        return edits
    lower = {value[start:end] for start, end, _ in edits if start in begins and _lends_capital(text, (start, end))}
    made = []
    for start, end, new in edits:
        if start in begins:
            new = new[:1].upper() + new[1:] if new.islower() else new
        elif new in lower:
            new = new.lower()
        if new != value[start:end]:
            made.append((start, end, new))
    return made


def _lends_capital(text: Text, place: Interval) -> bool:
    """Whether the word at `place`, which begins a sentence, has its capital from there alone."""
    written = text.value[slice(*place)]
    if text.language == "de":
        return written.lower() in _GERMAN
    if text.language != "en":
        return False
    known = _known_english()[written]
    return _no_name_here(text, place) if known is None else known


@cache
def _known_english() -> WordCache[bool | None]:
    return WordCache(_no_english_name)


def _no_english_name(written: str) -> bool | None:
    """Whether an English word is in the dictionary and no name; None where it is a name in some places."""
    small = plain_apostrophes(written.lower())
    if small.partition("'")[0] in _SELF:
        return False
    if small in _ENGLISH:
        return True
    small = small.removesuffix("'s") if small not in forms().kinds else small
    kinds = forms().kinds.get(small)
    if kinds is None or (small not in forms().lemmas and OPEN.issuperset(kinds.split("|"))):
        return False
    return (None if len(small) > 1 else False) if "NNP" in kinds else True


def _no_name_here(text: Text, place: Interval) -> bool:
    """Whether a word that is a name in some places is none at `place`, beyond doubt."""
    tag, sure = tags_of(text)[bisect_left(text.words, place)]
    after = text.value[place[1] : place[1] + 2].strip()
    return sure and not tag.startswith("NNP") and not after[:1].isupper()  # Black Friday


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
