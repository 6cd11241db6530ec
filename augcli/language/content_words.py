"""Which words carry meaning, and which may fit in for which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import TypeAlias

from augcli.language.english import POS, forms, inflect
from augcli.language.negation import negates
from augcli.language.resources import ENGLISH_COMPOUNDS, JIEBA
from augcli.language.synonyms import antonyms
from augcli.language.tagger import tags_of
from augcli.text.text import Text
from augcli.text.words import APOSTROPHE

_OPEN_TAGS = "NN NNS VB VBP VBD VBG VBN VBZ JJ JJR JJS RB RBR RBS"
OPEN = frozenset(_OPEN_TAGS.split())
_CHINESE_OPEN = ("n", "v", "vn", "a", "an", "ad")
_NEGATING = ("un", "in", "im", "ir", "il", "dis", "non")


def content_word(small: str) -> bool:
    """Whether an English word in lower case says something by itself: no stop word, no negation, of an open class."""
    return small not in STOP and small in forms().lemmas and not negates(small, "en")


def plain(small: str) -> bool:
    """Whether an English word is of the open classes only, no stop word, and fits in for others."""
    return (
        content_word(small)
        and small not in AWKWARD
        and OPEN.issuperset(forms().kinds[small].replace("|NNPS", "").replace("|NNP", "").split("|"))
    )


def usual_tags(small: str) -> list[str]:
    """The tags with which a plain English word may fit in for another: those of its usual part of speech."""
    if not plain(small):
        return []
    usual = forms().usual.get(small)
    lemmas = forms().lemmas[small].items()
    return [tag for tag, lemma in lemmas if usual in (None, POS[tag[0]]) and inflect(lemma, tag) == small]


def share_lemma(word: str, other: str) -> bool:
    """Whether two English words in lower case may be forms of one."""
    return not lemmas_of(word).isdisjoint(lemmas_of(other))


def are_antonyms(word: str, other: str) -> bool:
    """Whether two English words are antonyms, or one is the other with un-, dis-, non- ... in front."""
    mine, theirs = lemmas_of(word), lemmas_of(other)
    return _has_opposite(mine, theirs) or _has_opposite(theirs, mine)


@lru_cache(1 << 16)
def lemmas_of(word: str, language: str = "en") -> frozenset[str]:
    """A word in lower case, and in English all lemmas of which it may be a form."""
    return frozenset((word, *(forms().lemmas.get(word, {}).values() if language == "en" else ())))


def _has_opposite(words: frozenset[str], others: frozenset[str]) -> bool:
    """Whether one of `others` is an antonym of one of `words`, or negates it by a prefix."""
    if any(not antonyms(word, pos).isdisjoint(others) for word in words for pos in "nvar"):
        return True
    return any(prefix + word in others for word in words for prefix in _NEGATING)


@cache
def stop_words(language: str) -> frozenset[str]:
    """The stop words of a language; none where nobody listed them."""
    import stopwordsiso

    return frozenset(stopwordsiso.stopwords(language)) if stopwordsiso.has_lang(language) else frozenset()


_STOPPED = (
    "be am is are was were been being have has had having do does did done doing go goes went gone going get gets got "
    "gotten getting come comes came coming make makes made making take takes took taken taking give gives gave given "
    "giving put puts putting let lets letting keep keeps kept keeping set sets setting say says said saying tell "
    "tells told telling become becomes became becoming seem seems seemed mean means meant use used uses using like "
    "likes see sees saw seen seeing hear hears heard hearing know knows knew known knowing think thinks thought "
    "thinking please thank thanks let's ok okay one ones thing things something anything everything someone anyone "
    "everyone way ways lot lots kind kinds sort sorts bit other others another such same own much many more most few "
    "fewer less least several various certain first second third last next former latter only very too so also just "
    "now then here there again once yet still even ever almost always often well rather quite enough else away back "
    "up down out off on in over about as today tomorrow yesterday tonight day days week weeks month months year years "
    "hour hours minute minutes time times ago long far near early late soon later earlier sooner mr mrs ms dr sir "
    "madam "
)
STOP = frozenset(_STOPPED.split())
"""Words that say little by themselves, or mean something else in each phrase, or stand for a place in time."""
_AWKWARDS = (
    "asleep afraid alive awake alone aware akin aloof ajar afloat ablaze adrift inquire enquire opt search refer "
    "listen look wait depend rely consist belong insist comply adhere refrain abstain object respond reply"
)
AWKWARD = frozenset(_AWKWARDS.split())
"""Adjectives that stand before no noun, and verbs that ask for a preposition: they hardly ever fit in for another."""


@cache
def chinese_words(commonest: int) -> dict[str, tuple[str, int]]:
    """Part of speech and frequency of the commonest words of two characters or more in jieba's dictionary."""
    with JIEBA.path().open(encoding="utf-8") as lines:
        entries = [(word, int(count), tag) for word, count, tag in map(str.split, lines)]
    entries.sort(key=lambda entry: (-entry[1], entry[0]))
    kinds = ((word, tag, count) for word, count, tag in entries[:commonest] if len(word) > 1)
    return {word: (tag[0], count) for word, tag, count in kinds if tag in _CHINESE_OPEN}


Content: TypeAlias = tuple[int, int, int, str]
"""Place among the words, start, end, and key: in English `word/TAG` in lower case, else the word as it stands."""

_TITLES = ("Mr.", "Mrs.", "Ms.", "Dr.", "Prof.", "St.", "Sr.", "Jr.", "Rev.", "Gen.", "Capt.", "Gov.", "Sen.", "vs.")
_APOSTROPHE = re.compile(APOSTROPHE)
_LOOK_BACK = 40
"""So many characters before a word tell whether a sentence begins with it."""
_PREPOSITIONS = frozenset(("IN", "TO", "RP"))
_OBJECTS = frozenset(["DT", "PRP$", "CD", "NN", "NNS", "NNP", "NNPS", "JJ", "WP", "PDT"])


def content(text: Text, known: Mapping[str, bool]) -> Iterator[Content]:
    """The words of `text` that carry its meaning, are safe to replace, and are `known`: something may come in for them.

    No names, negations, numbers, stop words.
    """
    match text.language:
        case "en":
            return _english(text, known)
        case "zh":
            return _chinese(text, known)
    return _other(text, known)


def _english(text: Text, known: Mapping[str, bool]) -> Iterator[Content]:
    tags, value, words = tags_of(text), text.value, text.words
    for place, (small, _, _, capital, possessive) in enumerate(tags.words):
        if not known[small]:
            continue
        start, end = words[place]
        if capital and not tags.shouted and not (value[start:end].istitle() and _begins_sentence(value, start)):
            continue
        tag, sure = tags[place]
        if not sure or tag not in OPEN:
            continue
        if possessive:
            end = start + len(small)
        if tag == "NNS" and _APOSTROPHE.match(value, end):  # children's, kids': the plurals differ in what follows
            continue
        if value[start:end].lower() == small:
            yield place, start, end, f"{small}/{tag}"


def _begins_sentence(value: str, start: int) -> bool:
    """Whether a sentence begins at `start`."""
    before = value[max(0, start - _LOOK_BACK) : start].rstrip(" \t\"'“‘([{*-–—•")
    if not before:
        return start <= _LOOK_BACK
    return before[-1] in ".!?:;。\n\r…" and not before.endswith(_TITLES)


@cache
def _fixed_pairs() -> frozenset[str]:
    """Two words that only stand together: those of WordNet, and those that were listed for augcli."""
    listed = ENGLISH_COMPOUNDS.path().read_text("utf-8").splitlines()
    return frozenset(forms().phrases).union(pair for pair in listed if not pair.startswith("#"))


def alone(text: Text, place: int) -> bool:
    """Whether a word is used by itself: not in credit card, give up, ask for, tell me a joke, interested in.

    Of English words only; those of other languages are taken to be.
    """
    if text.language != "en":
        return True
    words, value, tags = text.words, text.value, tags_of(text)
    small, phrases = tags.words[place].small, _fixed_pairs()
    if (
        place
        and value[words[place - 1][1] : words[place][0]] == " "
        and f"{tags.words[place - 1].small} {small}" in phrases
    ):
        return False
    if place + 1 == len(words) or value[words[place][1] : words[place + 1][0]] != " ":
        return True
    after = tags.words[place + 1]
    if f"{small} {after.small}" in phrases:
        return False
    kind = tags[place].tag[0]
    if kind not in "VJ" or after.kind[0] != "=":
        return True
    follows = tags[place + 1].tag
    if follows == "PRP" and kind == "V" and place + 2 < len(words):
        return tags[place + 2].tag not in _OBJECTS or value[words[place + 1][1] : words[place + 2][0]] != " "
    return follows not in _PREPOSITIONS


def _chinese(text: Text, known: Mapping[str, bool]) -> Iterator[Content]:
    value = text.value
    for place, (start, end) in enumerate(text.words):
        word = value[start:end]
        if end - start > 1 and known[word] and not negates(word, "zh"):
            yield place, start, end, word


def _other(text: Text, known: Mapping[str, bool]) -> Iterator[Content]:
    value = text.value
    stop = stop_words(text.language)
    for place, (start, end) in enumerate(text.words):
        word = value[start:end]
        if word.lower() not in stop and known[word] and not negates(word, text.language):
            yield place, start, end, word
