"""Words that say little in their text give way to other such words, by TF-IDF."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property
from itertools import accumulate
from math import log
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import regex
from pydantic import Field

from augcli.errors import ResourceError
from augcli.language.english import with_articles
from augcli.language.keyboards import LAYOUTS, letters, script
from augcli.language.negation import negates
from augcli.language.resources import ENGLISH_FORMS, Lexicon
from augcli.language.word_statistics import Statistics, load, lowered
from augcli.steps.operation import Rate
from augcli.steps.step import CorpusStep, PerTextStep, SubstitutionStep
from augcli.text.edits import Edit, Interval
from augcli.text.memo import WordCache
from augcli.text.quantities import keeping_quantities, quantities
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import match_case

Sampling = Literal["paper", "code"]


class Chances(NamedTuple):
    """The words of a text that may be replaced, and how likely."""

    words: list[tuple[Interval, str]]
    """Place, and the word in lower case."""
    hazards: list[float]
    """-ln(1 - probability) of each word, summed up."""


class TfIdf(CorpusStep, SubstitutionStep, PerTextStep[Chances]):
    """Replace words that say little in their text, those of low TF-IDF, by others that say little in the corpus.

    As in UDA, each word x of a text is replaced with probability min(rate * (C - TFIDF(x)) / Z, 1), where C is the
    highest TFIDF of the text, Z the mean of C - TFIDF(x) over its words, TF the share of x in the text, and IDF the
    logarithm of N documents / documents with x. So the word with the highest score stays; where all scores are equal,
    all words do. A word that is not in the statistics counts as one found in one document. Negations and words that
    carry a label (`protect.label_words`) stay.

    What comes in is drawn by the weight max S - S(w), never the word itself, among words of letters of the language (in
    Chinese, characters) that do not negate, and takes the case of the word that goes; the English articles a and an
    follow. Each text column of each row is a document. A run saves the statistics of its input beside the output. They
    hold 262,144 words at most: of more, those found in the fewest documents are left out.
    """

    name: ClassVar = "tfidf"
    family: ClassVar = "TF-IDF"
    paper: ClassVar = "Xie et al. 2019, Unsupervised Data Augmentation for Consistency Training (arXiv:1904.12848)"
    example: ClassVar = "tfidf: {rate: 0.1, sampling: code}"

    rate: Rate = Field(
        0.1, description="p of the paper: the probability that a word is replaced, on average over a text"
    )
    sampling: Sampling = Field(
        "paper",
        description="what S is. paper: how often w is in the corpus, times its IDF; code, as in the released code: the "
        "sum of its TFIDF over all documents",
    )

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (*super().lexicons(language), *((ENGLISH_FORMS,) if language == "en" else ()))

    def setup(self, language: str) -> None:
        self._table(language)

    def needs_negations(self) -> bool:
        return True

    @cached_property
    def _table(self) -> Callable[[str], _Table]:
        return cache(lambda language: _Table.of(self._statistics(), self.sampling, language))

    def _statistics(self) -> Statistics:
        if self.statistics is None:
            raise ResourceError("tfidf has no word statistics: set `statistics`, or let a run fit them")
        return load(Path(self.statistics))

    def prepare(self, texts: Sequence[Text]) -> list[Chances]:
        return [self._chances(text) for text in texts]

    def _chances(self, text: Text) -> Chances:
        table = self._table(text.language)
        words = lowered(text)
        counts = Counter(words)
        idf, unseen = table.idf.get, table.unseen
        gaps, _ = _gaps({word: count * idf(word, unseen) for word, count in counts.items()})
        total = sum([count * gaps[word] for word, count in counts.items()])
        if not (total and self.rate):
            return Chances([], [])
        places = list(zip(text.words, words, strict=True))
        if text.protected:
            free = set(text.editable_words)
            places = [(place, word) for place, word in places if place in free]
        eligible = [
            (place, word)
            for place, word in places
            if gaps[word] and not table.stays[word] and not self.carries_label(word, text.language)
        ]
        scale = self.rate * len(words) / total
        return Chances(eligible, list(accumulate([_hazard(scale * gaps[word]) for _, word in eligible])))

    def propose(self, text: Text, prepared: Chances, rng: Rng) -> list[Edit]:
        edits = []
        for at in _pick_places(prepared.hazards, rng):
            (start, end), word = prepared.words[at]
            old = text.value[start:end]
            new = self._table(text.language).other(word, rng)
            if old != "I" or not start:  # which is no capital of its sentence
                new = match_case(new, old)
            if new != old:
                edits.append((start, end, new))
        return with_articles(text, keeping_quantities(text, edits))


def _hazard(probability: float) -> float:
    """What adds up where probabilities multiply: the chance that nothing is replaced so far is exp of minus the sum."""
    return -log(1 - probability) if probability < 1 else _CERTAIN


_CERTAIN = 37.0
"""More than any draw passes: -ln(2 ** -53)."""


def _pick_places(hazards: Sequence[float], rng: Rng) -> Iterator[int]:
    """Places that are replaced. The way to the next is drawn, which comes to the same as a draw for each place."""
    at, passed = 0, 0.0
    while at < len(hazards):
        at = bisect_left(hazards, passed - log(1 - rng.random()), at)
        if at < len(hazards):
            yield at
            passed = hazards[at]
            at += 1


def _gaps(scores: dict[str, float]) -> tuple[dict[str, float], float]:
    """What each score lacks to the highest, and that one; 0 where only rounding parts the two, as 2 ln 2 and ln 4."""
    top = max(scores.values(), default=0.0)
    most = top * (1 - 1e-12)
    return {word: top - score if score < most else 0.0 for word, score in scores.items()}, top


_UNIT = 1 << 40
"""What a weight is counted in: the largest S, so that whole numbers make the draws exact."""


class _Table(NamedTuple):
    """Statistics, ready to draw from."""

    idf: dict[str, float]
    unseen: float
    words: list[str]
    """That come in as replacements."""
    places: dict[str, int]
    upto: list[int]
    """The weights of the words before each word, summed up; at the end, of all."""
    stays: WordCache[bool]
    """Whether a word is never replaced: it negates, or there is no other that may come in."""

    @classmethod
    def of(cls, found: Statistics, sampling: Sampling, language: str) -> _Table:
        idf = {word: log(found.texts / documents) for word, documents in found.documents.items()}
        uses = found.tokens if sampling == "paper" else found.shares
        gaps, top = _gaps({word: uses[word] * idf[word] for word in idf})
        fits = _letters(language).fullmatch
        words = [
            word
            for word, gap in gaps.items()
            if gap and fits(word) and not (negates(word, language) or quantities(word))
        ]
        places = {word: place for place, word in enumerate(words)}
        upto = list(accumulate([int(gaps[word] / top * _UNIT) for word in words], initial=0))
        stays = WordCache(lambda word: len(words) <= (word in places) or negates(word, language))
        return cls(idf, log(max(found.texts, 1)), words, places, upto, stays)

    def other(self, word: str, rng: Rng) -> str:
        """A word drawn by weight, never `word` itself."""
        upto, place = self.upto, self.places.get(word)
        if place is None:
            return self.words[bisect_right(upto, rng.randbelow(upto[-1])) - 1]
        own = upto[place + 1] - upto[place]
        drawn = rng.randbelow(upto[-1] - own)
        return self.words[bisect_right(upto, drawn if drawn < upto[place] else drawn + own) - 1]


@cache
def _letters(language: str) -> regex.Pattern[str]:
    """Words of letters: Han in Chinese; of the script of the language, where its keyboard is known."""
    kind = "Han" if language == "zh" else script(letters(language)).title() if language in LAYOUTS else "L"
    return regex.compile(rf"(?:\p{{{kind}}}\p{{M}}*+)++")
