"""Words give way to synonyms from a dictionary, or get one put beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import ClassVar, NamedTuple

from pydantic import Field

from augcli.english import forms, inflect
from augcli.resources import CILIN, ENGLISH_FORMS, ENGLISH_SYNONYMS, ENGLISH_TAGGER, JIEBA, Lexicon
from augcli.rng import Rng
from augcli.step import DataPath, Memo
from augcli.steps.negation import negates
from augcli.steps.replacement import NONE, Options, Replacement, Slot, Slotted, article_edit
from augcli.steps.words import EDA
from augcli.text import Edit, Text, joins
from augcli.thesaurus import Sense, load
from augcli.wordnet import antonyms, synonyms

_CHINESE_OPEN = frozenset(["n", "v", "vn", "a", "an", "ad"])
POS = {"N": "n", "V": "v", "J": "a", "R": "r"}
"""WordNet's names for parts of speech, by the first letter of a tag."""
_PREDICATIVES = "asleep afraid alive awake alone aware akin aloof ajar afloat ablaze adrift"
_PREDICATIVE = frozenset(_PREDICATIVES.split())


class Source(NamedTuple):
    """Where synonyms come from, and which of them are taken."""

    thesaurus: str | None
    senses: int
    confidence: float
    commonest: int
    phrases: bool


class _Dictionary(Slotted):
    """Steps that read a dictionary of synonyms."""

    thesaurus: DataPath | None = Field(
        None,
        description="your own instead of WordNet (en) and Cilin (zh): TSV (word, tab, synonyms with tabs between), "
        "MyThes (th_*.dat of LibreOffice and Debian's mythes packages, many languages) or Cilin",
    )
    senses: int = Field(3, ge=1, description="how many meanings of a word are considered, the most frequent first")
    confidence: float = Field(
        0.05,
        ge=0,
        le=1,
        description="WordNet only: how sure it must be that both words are meant in the meaning that they share, the "
        "product of its shares in the uses of each",
    )
    commonest: int = Field(
        50_000, ge=1, description="in English and Chinese, only so many of the commonest words come in"
    )
    phrases: bool = Field(False, description="true: also synonyms of several words, with blanks between them")

    def objection(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.thesaurus or language in ("en", "zh"):
            return None
        return (
            f"no synonyms of language {language!r} come with augcli, only of en (WordNet) and zh (Cilin); "
            "set `thesaurus` to a file of your own: TSV, MyThes or Cilin"
        )

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        grammar = {"en": (ENGLISH_FORMS, ENGLISH_TAGGER, ENGLISH_SYNONYMS), "zh": (JIEBA,)}.get(language, ())
        if self.thesaurus:
            return (*grammar, Lexicon("your thesaurus", self.thesaurus, "yours"))
        return (*grammar, CILIN) if language == "zh" else grammar

    def setup(self, language: str) -> None:
        self._options(language)

    def _options(self, language: str) -> Mapping[str, Options]:
        source = Source(self.thesaurus, self.senses, self.confidence, self.commonest, self.phrases)
        return _options(source, language)


class Synonym(_Dictionary, Replacement):
    """Replace words by synonyms from WordNet, from the Chinese thesaurus Cilin, or from a thesaurus of your own.

    In English the part of speech is told from the sentence; the synonym gets the number, tense or degree of the word,
    its case, and the article it takes (an old, a new). Names, negations, stop words and words of fixed phrases (credit
    card, give up) stay; antonyms, rare words, insults and other forms of the same word do not come in. Chinese words of
    one character stay, and a synonym has the part of speech of the word in jieba's dictionary.
    """

    name: ClassVar = "synonym"
    family: ClassVar = "dictionary"
    paper: ClassVar = (
        "Zhang et al. 2015, Character-level Convolutional Networks for Text Classification (arXiv:1509.01626)"
    )
    example: ClassVar = "synonym: {rate: 0.1}"


class RandomInsert(_Dictionary):
    """Put synonyms of words of the text between its words, each at a place of its own.

    `synonym` says which words have synonyms, and which they are.
    """

    name: ClassVar = "random_insert"
    family: ClassVar = "noise, words"
    paper: ClassVar = EDA
    example: ClassVar = "random_insert: {rate: 0.1}"

    def draw(self, text: Text, slots: list[Slot], rng: Rng) -> list[Edit]:
        gaps = _gaps(text) if slots else []
        picked = sorted(rng.sample(len(gaps), self.count(len(text.spots))))
        return [edit for at in picked for edit in _inserted(text, gaps[at], rng.choice(slots).options.draw(rng))]


def _gaps(text: Text) -> list[int]:
    """Places of the words before which one may be inserted, and the number of words for the end of the last."""
    value, words = text.value, text.words
    gaps = [place for place, (start, _) in enumerate(words) if text.free(start, start) and not joins(value, start)]
    return [*gaps, len(words)] if words and text.free(words[-1][1], words[-1][1]) else gaps


def _inserted(text: Text, place: int, new: str) -> list[Edit]:
    blank = "" if text.language == "zh" else " "
    if place == len(text.words):
        end = text.words[-1][1]
        return [(end, end, blank + new)]
    start = text.words[place][0]
    wrong = article_edit(text, place, new)
    if wrong and not text.free(wrong[0], wrong[1]):
        return []
    return [*([wrong] if wrong else []), (start, start, new + blank)]


@cache
def _options(source: Source, language: str) -> Mapping[str, Options]:
    if language == "zh":
        return _Chinese(source).options
    own = _own(source.thesaurus) if source.thesaurus else None
    if language == "en":
        return Memo(lambda key: _english(source, own, *key.rsplit("/", 1)))
    return Memo(lambda word: _exact(source, own or {}, word))


@cache
def _own(path: str) -> dict[str, list[Sense]]:
    return load(Path(path))


def _english(source: Source, own: dict[str, list[Sense]] | None, small: str, tag: str) -> Options:
    """Synonyms of a word in lower case, in the form that `tag` asks for."""
    tag = "VB" if tag == "VBP" else tag
    known = forms()
    lemma = known.lemmas.get(small, {}).get(tag)
    if lemma is None:
        return NONE
    pos = POS[tag[0]]
    others = antonyms(lemma, pos)
    weighed: dict[str, int] = {}
    for other, weight in _listed(source, own, lemma, pos):
        new = inflect(other, tag)
        if not new or other in others or other in _PREDICATIVE or (" " in other and not source.phrases):
            continue
        rare = known.ranks.get(other, source.commonest + 1) > source.commonest and " " not in other
        same = {lemma, small} & {*known.lemmas.get(other, {}).values(), other, new}
        if not rare and not same and not negates(other, "en"):
            weighed.setdefault(new, weight)
    return Options.of(weighed)


def _listed(source: Source, own: dict[str, list[Sense]] | None, lemma: str, pos: str) -> Iterator[tuple[str, int]]:
    """Synonyms of a lemma with their weights, the best first."""
    if own is None:
        for synonym in synonyms(lemma, pos):
            if synonym.sense <= source.senses and synonym.confidence >= source.confidence:
                yield synonym.word, round(100 * synonym.confidence)
        return
    senses = [sense for sense in own.get(lemma, ()) if sense.pos in ("", pos)]
    for sense in senses[: source.senses]:
        for word in sense.words:
            yield word, 1


def _exact(source: Source, own: dict[str, list[Sense]], word: str) -> Options:
    """Synonyms of a word in a language of which no inflection is known: as the thesaurus has them."""
    senses = own.get(word) or own.get(word.lower()) or []
    words = [other for sense in senses[: source.senses] for other in sense.words]
    return Options.of({other: 1 for other in words if source.phrases or " " not in other})


class _Chinese:
    """Synonyms of Chinese words: as common, of the same part of speech, and of about the same length."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._senses = _own(source.thesaurus or str(CILIN.path()))
        self._tags = _chinese_tags(source.commonest)
        self.options = Memo(self._of)

    def _of(self, word: str) -> Options:
        tag = self._tags.get(word)
        senses = self._senses.get(word, [])
        if tag is None or len(senses) > self._source.senses or negates(word, "zh"):
            return NONE
        found = {other: 1 for sense in senses for other in sense.words if self._fits(word, other, tag)}
        return Options.of(found)

    def _fits(self, word: str, other: str, tag: str) -> bool:
        alike = self._tags.get(other) == tag and abs(len(word) - len(other)) <= 1
        return alike and not negates(other, "zh")


@cache
def _chinese_tags(commonest: int) -> dict[str, str]:
    """Part of speech of the commonest Chinese words of two characters or more, from jieba's dictionary."""
    with JIEBA.path().open(encoding="utf-8") as lines:
        entries = [line.split(" ") for line in lines]
    entries.sort(key=lambda entry: (-int(entry[1]), entry[0]))
    kinds = ((word, tag.strip()) for word, _, tag in entries[:commonest] if len(word) > 1)
    return {word: tag[0] for word, tag in kinds if tag in _CHINESE_OPEN}
