"""Words give way to synonyms from a dictionary, or get one put beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from pydantic import Field

from augcli.language import omw
from augcli.language.english import with_articles
from augcli.language.negation import negates
from augcli.language.resources import (
    CHINESE_SYNONYMS,
    ENGLISH_GRAMMAR,
    ENGLISH_THESAURUS,
    JIEBA,
    PHRASES,
    DataPath,
    Lexicon,
)
from augcli.language.word_statistics import lowered
from augcli.steps.papers import EDA
from augcli.steps.replacement.dictionaries import Source, candidate_table, listed_phrases, own_list
from augcli.steps.replacement.slots import CandidateTable, Replacement, Target, TargetStep
from augcli.steps.replacement.word_list import WordList, side_by_side
from augcli.steps.step import PerTextStep
from augcli.text.edits import Edit
from augcli.text.quantities import keeping_quantities
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import inside_grapheme

_SLACK = 0.4
"""Where a model judges in the sentence, so much of the confidence is enough."""


class _Dictionary(TargetStep):
    """Steps that read a dictionary of synonyms."""

    thesaurus: DataPath | None = Field(
        None,
        description="your own instead of those that come with augcli (en, zh): TSV (word or phrase, tab, synonyms with "
        "tabs between; taken as it stands, in English also for inflected words), MyThes (th_*.dat of LibreOffice and "
        "Debian's mythes packages, many languages), Cilin, or WordNet of a language, as wordnet:fra (Open Multilingual "
        "Wordnet, where NLTK has it on this machine; words of more than `senses` meanings stay)",
    )
    senses: int = Field(3, ge=1, description="how many meanings of a word are considered, the most frequent first")
    confidence: float = Field(
        0.5,
        ge=0,
        le=1,
        description="how sure it must be that both words mean the same. Of the synonyms that come with augcli, 0.95 "
        "fit in nearly every sentence, 0.7 are a shade different, 0.2 fit one meaning; those of rare English "
        "words have WordNet's share of that meaning in the uses of both, times the squared cosine of their vectors",
    )
    commonest: int = Field(
        50_000,
        ge=1,
        description="in English, and from a Chinese thesaurus of your own, only so many of the commonest words come in",
    )
    phrases: bool = Field(
        True, description="also synonyms of several words, and synonyms for phrases (a lot of, I want to, 有没有)"
    )

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.thesaurus and self.thesaurus.startswith(omw.PREFIX):
            return omw.config_error(self.thesaurus, language)
        if self.thesaurus or language in ("en", "zh"):
            return None
        return (
            f"no synonyms of language {language!r} come with augcli, only of en and zh; "
            "set `thesaurus` to a file of your own (TSV, MyThes, Cilin), or to WordNet of the language, as wordnet:fra"
        )

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        grammar = {"en": ENGLISH_GRAMMAR, "zh": (JIEBA,)}.get(language, ())
        if self.thesaurus and self.thesaurus.startswith(omw.PREFIX):
            return (*grammar, *omw.lexicons(self.thesaurus))
        if self.thesaurus:
            return (*grammar, Lexicon("thesaurus", self.thesaurus, "yours"))
        read = (ENGLISH_THESAURUS,) if language == "en" else CHINESE_SYNONYMS
        return (*grammar, *read, PHRASES[language])

    def _table(self, language: str) -> CandidateTable:
        least = self._least_confidence()
        return candidate_table(Source(self.thesaurus, self.senses, least, self.commonest, self.phrases), language)

    def _least_confidence(self) -> float:
        return self.confidence

    def slots(self, texts: Sequence[Text]) -> list[list[Target]]:
        found = super().slots(texts)
        if not texts or not (listed := self._list(texts[0].language)):
            return found
        return [side_by_side(listed.targets(text), others) for text, others in zip(texts, found, strict=True)]

    def _list(self, language: str) -> WordList | None:
        """What is taken as it stands."""
        return own_list(self.thesaurus, language)

    def warnings(self, texts: Sequence[Text]) -> Sequence[str]:
        own = self._list(texts[0].language) if texts and self.thesaurus else None
        return (f"{self.thesaurus}: {own.warning}",) if own and own.warning else ()


class Synonym(_Dictionary, Replacement):
    """Replace words by synonyms, from those that come with augcli (English, Chinese) or from a thesaurus of your own.

    The synonyms of 8,000 English words, 7,000 Chinese words, 4,000 English phrases and 2,000 Chinese phrases were read
    one by one; those of other English words come from WordNet. In English the part of speech is told from the
    sentence; the synonym gets the number, tense or degree of the word, its case, and the article it takes (an old, a
    new). Names, negations, stop words, words of fixed phrases (credit card, give up) and words that carry a label
    (`protect.label_words`) stay; antonyms, rare words, insults and other forms of the same word do not come in. Chinese
    words of one character stay outside phrases. From a Chinese thesaurus of your own in the format of Cilin or MyThes,
    which lists related words too, words that were read for augcli get only synonyms that were kept, and others the one
    word of their only group, if it is alike; words of more groups than `senses` stay. Nothing of this holds for your
    own TSV: its words and phrases are found as they are written, and its synonyms come in as they are, unless a
    negation would go or come. Where the input gives tokens, phrases of several stay as they are.
    """

    name: ClassVar = "synonym"
    family: ClassVar = "dictionary"
    paper: ClassVar = (
        "Zhang et al. 2015, Character-level Convolutional Networks for Text Classification (arXiv:1509.01626)"
    )
    example: ClassVar = "synonym: {rate: 0.1}"

    def sure(self) -> float:
        return self.confidence

    def _list(self, language: str) -> WordList | None:
        """Your own list, or else the phrases that come with augcli."""
        if self.thesaurus or not self.phrases:
            return super()._list(language)
        return listed_phrases(self.confidence, language)

    def warnings(self, texts: Sequence[Text]) -> Sequence[str]:
        found = super().warnings(texts)
        if self.context and self.thesaurus and texts and self._list(texts[0].language):
            return (*found, f"{self.thesaurus} is taken as it stands: `context` does not judge its words")
        return found

    def _least_confidence(self) -> float:
        return _SLACK * self.confidence if self.context else self.confidence

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        return super().config_error(language, patterns) or Replacement.config_error(self, language, patterns)

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (*super().lexicons(language), *Replacement.lexicons(self, language))


class Insertions(NamedTuple):
    """Words that have synonyms, and where one may be put."""

    slots: list[Target]
    gaps: list[int]
    there: frozenset[str]
    """The words of the text, in lower case."""


class RandomInsert(_Dictionary, PerTextStep[Insertions]):
    """Put synonyms of words of the text between its words, each at a place of its own; none twice, and none
    that the text has.

    `synonym` says which words have synonyms, and which they are.
    """

    name: ClassVar = "random_insert"
    family: ClassVar = "noise, words"
    paper: ClassVar = EDA
    example: ClassVar = "random_insert: {rate: 0.1}"

    def prepare(self, texts: Sequence[Text]) -> list[Insertions]:
        found = zip(texts, self.slots(texts), strict=True)
        return [
            Insertions(slots, _gaps(text) if slots else [], frozenset(lowered(text) if slots else ()))
            for text, slots in found
        ]

    def propose(self, text: Text, prepared: Insertions, rng: Rng) -> list[Edit]:
        slots, gaps, there = prepared
        used = set(there)
        blank = "" if text.language == "zh" else " "
        edits: list[Edit] = []
        for at in rng.sample(len(gaps), self.count(len(text.editable_words))):
            drawn = (rng.choice(slots).options.draw(rng) for _ in range(_DRAWS))
            new = next((word for word in drawn if word.lower() not in used), None)
            if new is None:
                continue
            used.add(new.lower())
            gap = gaps[at]
            edits.append((gap, gap, blank + new if gap == text.words[-1][1] else new + blank))
        return with_articles(text, keeping_quantities(text, sorted(edits)))


_DRAWS = 5
"""How often a word is drawn that the text does not have, before a place is left as it is."""


def _gaps(text: Text) -> list[int]:
    """The beginnings of words where one may be inserted, and the end of the last."""
    words = text.words
    inside = _between_chinese if text.language == "zh" else _after_blank
    gaps = [
        start
        for place, (start, _) in enumerate(words)
        if inside(text, place) and not inside_grapheme(text.value, start)
    ]
    return [*gaps, words[-1][1]] if words and text.is_editable(words[-1][1], words[-1][1]) else gaps


def _after_blank(text: Text, place: int) -> bool:
    start = text.words[place][0]
    return text.is_editable(start, start) and (not start or text.value[start - 1].isspace())


def _between_chinese(text: Text, place: int) -> bool:
    """Neither between a number and its unit, nor between a negation and its word."""
    start = text.words[place][0]
    before = text.value[slice(*text.words[place - 1])] if place else ""
    return (
        text.is_editable(max(0, start - 1), start) and text.is_editable(start, start + 1) and not negates(before, "zh")
    )
