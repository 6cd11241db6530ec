"""Where synonyms come from: the lists that come with augcli, WordNet, and thesauri of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from augcli.language import omw, synonyms
from augcli.language.content_words import AWKWARD, chinese_words, content_word
from augcli.language.english import POS, forms, inflect
from augcli.language.negation import negates
from augcli.language.tagger import tags_of
from augcli.language.thesaurus import Thesaurus, load
from augcli.steps.replacement.slots import NO_CANDIDATES, UNIT, Candidates, CandidateTable
from augcli.steps.replacement.word_list import WordList
from augcli.text.text import Text

_RARER = 10
"""A Chinese synonym is at most so many times rarer than the word."""


class Source(NamedTuple):
    """Where synonyms come from, and which of them are taken."""

    thesaurus: str | None
    senses: int
    confidence: float
    commonest: int
    phrases: bool


@cache
def own_list(path: str | None, language: str) -> WordList | None:
    """The user's list in `path`, where it is to be taken as it stands."""
    thesaurus = _loaded(path) if path else None
    if not (thesaurus and thesaurus.as_given):
        return None
    return WordList(
        {
            word: dict.fromkeys((other for sense in senses for other in sense.words), 1)
            for word, senses in thesaurus.items()
        },
        language,
    )


@cache
def listed_phrases(confidence: float, language: str) -> WordList:
    """The phrases that come with augcli, with what is sure enough to stand for them."""
    listed = {
        phrase: {one.word: _weight(one.confidence) for one in others if one.confidence >= confidence}
        for phrase, others in synonyms.phrases(language).items()
    }
    return WordList({phrase: others for phrase, others in listed.items() if others}, language, keep_names=True)


def _weight(confidence: float) -> int:
    """How likely a word is drawn: one that fits nearly everywhere 20 times as often as one that fits one meaning."""
    return max(1, round(UNIT * confidence**2))


def _weighed(sure: Mapping[str, float]) -> Candidates:
    """Words with how sure it is that each fits."""
    return Candidates.of({word: _weight(confidence) for word, confidence in sure.items()}, sure.values())


@cache
def _loaded(path: str) -> Thesaurus:
    return omw.load(path) if path.startswith(omw.PREFIX) else load(Path(path))


@cache
def candidate_table(source: Source, language: str) -> CandidateTable:
    """The synonyms of a source, worked out once per process."""
    own = _loaded(source.thesaurus) if source.thesaurus else None
    if language == "en":
        return _English(source, own)
    if language == "zh" and own is None:
        return _Chinese(source)
    if language == "zh" and own and not own.as_given:
        return _ChineseThesaurus(source, own)
    return _Exact(source, Thesaurus() if own is None or own.as_given else own, language)


class _English(CandidateTable):
    """Synonyms from WordNet or a thesaurus, in the form of the word that they come in for."""

    def __init__(self, source: Source, thesaurus: Thesaurus | None) -> None:
        super().__init__()
        self._source = source
        self._thesaurus = thesaurus
        self._as_given = thesaurus is not None and thesaurus.as_given

    def knows(self, word: str) -> bool:
        lemmas = forms().lemmas.get(word, {}).items()
        listed = self._thesaurus
        return content_word(word) and any(
            synonyms.has_english(lemma, POS[tag[0]]) if listed is None else lemma in listed for tag, lemma in lemmas
        )

    def options(self, key: str) -> Candidates:
        small, _, tag = key.rpartition("/")
        tag = "VB" if tag == "VBP" else tag
        lemmas = forms().lemmas
        lemma = lemmas.get(small, {}).get(tag)
        if lemma is None:
            return NO_CANDIDATES
        pos = POS[tag[0]]
        others = synonyms.antonyms(lemma, pos)
        sure: dict[str, float] = {}
        for other, confidence in self._synonyms(lemma, pos):
            new = inflect(other, tag)
            if not new or (not self._as_given and (other in others or other in AWKWARD or self._is_phrase(other))):
                continue
            same = {lemma, small} & {*lemmas.get(other, {}).values(), other, new}
            if not same and not negates(other, "en") and (self._as_given or not self._is_rare(new)):
                sure.setdefault(new, confidence)
        return _weighed(sure)

    def fitting(self, text: Text, place: int, key: str) -> Candidates:
        options = self[key]
        if key.rpartition("/")[2][0] != "V" or not any(" " in word for word in options.words):
            return options
        tags = tags_of(text)
        if place + 1 == len(tags.words) or tags[place + 1].tag != "PRP":
            return options
        single = {  # not: activate it, turn on it
            word: confidence
            for word, confidence in zip(options.words, options.confidences, strict=True)
            if " " not in word
        }
        return _weighed(single)

    def _is_phrase(self, synonym: str) -> bool:
        return " " in synonym and not self._source.phrases

    def _is_rare(self, word: str) -> bool:
        most = self._source.commonest
        return any(forms().ranks.get(part, most + 1) > most for part in word.split(" "))

    def _synonyms(self, lemma: str, pos: str) -> Iterator[tuple[str, float]]:
        """Synonyms of a lemma, with how sure it is that they fit, the best first."""
        source = self._source
        if self._thesaurus is None:
            for synonym in synonyms.english(lemma, pos):
                if synonym.sense <= source.senses and synonym.confidence >= source.confidence:
                    yield synonym.word, synonym.confidence
            return
        senses = [sense for sense in self._thesaurus.get(lemma, ()) if sense.pos in ("", pos)]
        for sense in senses if self._as_given else senses[: source.senses]:
            for word in sense.words:
                yield word, synonyms.SAME


class _Exact(CandidateTable):
    """Synonyms in a language of which no inflection is known: as the thesaurus has them.

    Where it does not say which senses are frequent, words of more senses than are considered stay.
    """

    def __init__(self, source: Source, thesaurus: Thesaurus, language: str) -> None:
        super().__init__()
        self._source = source
        self._thesaurus = thesaurus
        self._language = language

    def knows(self, word: str) -> bool:
        return bool(self[word].words)

    def options(self, key: str) -> Candidates:
        senses = self._thesaurus.get(key) or self._thesaurus.get(key.lower()) or []
        if not self._thesaurus.ranked and len(senses) > self._source.senses:
            return NO_CANDIDATES
        words = [other for sense in senses[: self._source.senses] for other in sense.words]
        return _weighed({other: synonyms.SAME for other in words if self._fits(other)})

    def _fits(self, other: str) -> bool:
        return (self._source.phrases or " " not in other) and not negates(other, self._language)


class _Chinese(CandidateTable):
    """Synonyms of Chinese words that were read."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._confidence = source.confidence

    def knows(self, word: str) -> bool:
        return bool(self[word].words)

    def options(self, key: str) -> Candidates:
        found = synonyms.chinese(key) or ()
        return _weighed({one.word: one.confidence for one in found if one.confidence >= self._confidence})


class _ChineseThesaurus(CandidateTable):
    """Synonyms from a Chinese thesaurus, which lists related words among them.

    Of a word that was read for augcli, only the synonyms that were kept come in. Any other must be one of two words
    that share a group and have no other, a character, their length and part of speech, and about their frequency.
    """

    def __init__(self, source: Source, thesaurus: Thesaurus) -> None:
        super().__init__()
        self._source = source
        self._thesaurus = thesaurus
        self._words = chinese_words(source.commonest)

    def knows(self, word: str) -> bool:
        return bool(self[word].words)

    def options(self, key: str) -> Candidates:
        senses = self._thesaurus.get(key, [])
        if key not in self._words or len(senses) > self._source.senses or negates(key, "zh"):
            return NO_CANDIDATES
        fitting = [other for sense in senses for other in sense.words if self._fits(key, other)]
        return _weighed(dict.fromkeys(fitting, synonyms.SAME))

    def _fits(self, word: str, other: str) -> bool:
        if other not in self._words or negates(other, "zh"):
            return False
        read = synonyms.chinese(word)
        if read is not None:
            return any(one.word == other and one.confidence >= self._source.confidence for one in read)
        (mine, often), (theirs, as_often) = self._words[word], self._words[other]
        alike = len(word) == len(other) and not set(word).isdisjoint(other) and mine == theirs
        return (
            alike
            and as_often * _RARER >= often
            and self._others(word) == [other]
            and self._others(other) in ([], [word])
        )

    def _others(self, word: str) -> list[str]:
        return [other for sense in self._thesaurus.get(word, ()) for other in sense.words]
