"""Words of a text that may give way to another word, and the edits that put it there."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from itertools import accumulate, pairwise
from math import isqrt
from typing import Literal, NamedTuple

from pydantic import Field

from augcli.language.content_words import alone, content, content_word, lemmas_of
from augcli.language.english import with_articles
from augcli.language.resources import MASKED_LMS, DataPath, Lexicon
from augcli.models.files import folder_of, lexicon_of
from augcli.steps.model_step import ModelStep
from augcli.steps.operation import Rate
from augcli.steps.replacement.context import Choice, Context, context
from augcli.steps.step import PerTextStep, RateStep, SubstitutionStep
from augcli.text.edits import Edit
from augcli.text.memo import WordCache
from augcli.text.quantities import keeping_quantities
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import match_case


class Candidates(NamedTuple):
    """What may come in for a word, the best first."""

    words: tuple[str, ...]
    upto: tuple[int, ...]
    """Weights, summed up."""
    confidences: tuple[float, ...] = ()
    """How sure it is that each fits, whatever the sentence, from 0 to 1; empty where nobody asks."""

    @classmethod
    def of(cls, weighed: Mapping[str, int], confidences: Iterable[float] = ()) -> Candidates:
        """Words with their weights, whole numbers from 1 on."""
        return cls(tuple(weighed), tuple(accumulate(weighed.values())), tuple(confidences))

    def without(self, there: Set[str], language: str) -> Candidates:
        """All but those that repeat what is `there`."""
        if there.isdisjoint(_all_lemmas(self.words, language)):
            return self
        kept = [at for at, word in enumerate(self.words) if not repeats(word.lower(), there, language)]
        weights = [after - before for before, after in pairwise((0, *self.upto))]
        confidences = [self.confidences[at] for at in kept] if self.confidences else []
        return Candidates.of({self.words[at]: weights[at] for at in kept}, confidences)

    def draw(self, rng: Rng) -> str:
        """One word, in proportion to its weight."""
        return (
            self.words[bisect_right(self.upto, rng.randbelow(self.upto[-1]))] if len(self.words) > 1 else self.words[0]
        )


def words_there(text: Text) -> set[str]:
    """The words of a text in lower case, in English with all lemmas of which they may be forms."""
    value, language = text.value, text.language
    small = [value[start:end].lower() for start, end in text.words]
    return set().union(*[lemmas_of(word) for word in small]) if language == "en" else set(small)


def repeats(option: str, there: Set[str], language: str) -> bool:
    """Whether a word in lower case, or a content word of a phrase, is `there` already, if only in another form."""
    return not there.isdisjoint(_all_lemmas((option,), language))


@lru_cache(1 << 16)
def _all_lemmas(options: tuple[str, ...], language: str) -> frozenset[str]:
    """Of words, and of the content words of phrases."""
    found: set[str] = set()
    for option in map(str.lower, options):
        for part in filter(content_word, option.split()) if " " in option else [option]:
            found |= lemmas_of(part, language)
    return frozenset(found)


NO_CANDIDATES = Candidates((), ())
_REMEMBERED = 1 << 18
_WITHOUT_BLANKS = frozenset(("ja", "th"))
_DOUBT = 0.05
"""That is always left whether a word fits."""
_UNKNOWN = 0.01
"""The probability of a word that is no token of the model."""
_PRONOUN = re.compile(r"\bI\b")
UNIT = 10_000
"""The weight of a word that fits for sure."""


def sureness(cosine: float) -> float:
    """How sure it is that two words with vectors of this cosine mean the same; some hope is always left."""
    return max(_DOUBT, 2 * cosine - 1)


def odds(confidence: float) -> float:
    """Of a probability; some doubt is always left."""
    return confidence / max(1 - confidence, _DOUBT)


def _as_small(new: str, text: Text) -> str:
    """What comes in, with a small i where the text writes the pronoun so."""
    if text.language == "en" and _PRONOUN.search(new) and "i" in text.value.split() and not _PRONOUN.search(text.value):
        return _PRONOUN.sub("i", new)
    return new


class CandidateTable(dict[str, Candidates], ABC):
    """Options by the key of a content word, worked out when they are first asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.known = WordCache(self.knows)

    @abstractmethod
    def knows(self, word: str) -> bool:
        """Whether there may be options for a word, whatever its part of speech."""

    @abstractmethod
    def options(self, key: str) -> Candidates:
        """The options for a key."""

    def learn(self, keys: Iterable[str]) -> None:
        """Work out the options for many keys, where that is cheaper than one by one."""

    def fitting(self, text: Text, place: int, key: str) -> Candidates:
        """Those options for a key that the words beside it leave."""
        return self[key]

    def __missing__(self, key: str) -> Candidates:
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[key] = self.options(key)
        return found


class Target(NamedTuple):
    """A word or phrase that may be replaced."""

    start: int
    end: int
    options: Candidates
    as_given: bool = False
    """Whether the new words come in as they are, not in the case of the old ones."""
    yours: bool = False
    """Whether the user listed it, so that it is replaced even where it carries a label."""

    @property
    def weight(self) -> int:
        """How much it is drawn before other targets: what fits surely more, many options more than one."""
        return isqrt(self.options.upto[-1])


class TargetStep(RateStep):
    """A step on content words for which it knows other words."""

    rate: Rate = Field(
        0.1,
        description="share of all words that may be edited, rounded down; where other words are known for fewer, some "
        "of these are drawn, and at 1 all",
    )

    @abstractmethod
    def _table(self, language: str) -> CandidateTable:
        """What may come in."""

    def setup(self, language: str) -> None:
        self._table(language)

    def needs_negations(self) -> bool:
        return True

    def slots(self, texts: Sequence[Text]) -> list[list[Target]]:
        """The words of each text for which another may come in."""
        if not texts:
            return []
        table = self._table(texts[0].language)
        found = [list(content(text, table.known)) for text in texts]
        table.learn(key for words in found for *_, key in words)
        return [
            [
                Target(start, end, options)
                for place, start, end, key in words
                if table[key].words
                and text.is_editable(start, end)
                and alone(text, place)
                and (options := table.fitting(text, place, key)).words
            ]
            for text, words in zip(texts, found, strict=True)
        ]


class Replacement(TargetStep, ModelStep, SubstitutionStep, PerTextStep[list[Target]]):
    """Replaces content words by others; a masked language model may say which of them are likely in the sentence."""

    pick: Literal["random", "nth"] = Field(
        "random",
        description="random: drawn, the better it fits the likelier; nth: the same words in all variants of a row, and "
        "in variant n the n-th best replacement, so that with `variants: 3` the three best give three variants",
    )
    context: bool = Field(
        False,
        description="true: a masked language model reads each text, and only words that are likely in it come in, "
        "among them some that are too unsure without it",
    )
    model: DataPath | None = Field(
        None, description="of `context`: folder or name of a masked language model; else the one of augcli (en, zh)"
    )
    min_probability: float = Field(
        0.012,
        gt=0,
        le=1,
        description="of `context`: that a word must have in its place, times the odds that it fits anywhere",
    )

    @abstractmethod
    def sure(self) -> float:
        """How sure it must be that a word fits, where no model is asked."""

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if not self.context:
            return "`model` is that of `context`; set context: true" if self.model else None
        if language in _WITHOUT_BLANKS:
            return f"`context` judges words that are tokens of the model, as those of {language!r} hardly are"
        if self.model is None and language not in MASKED_LMS:
            known = " and ".join(MASKED_LMS)
            return f"augcli comes with masked language models of {known}; for {language!r}, set `model`"
        return None

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        if not self.context:
            return ()
        return (lexicon_of("masked language model", self.model) if self.model else MASKED_LMS[language],)

    def has_model(self) -> bool:
        return self.context

    def setup(self, language: str) -> None:
        super().setup(language)
        if self.context:
            self._judge(language)

    def _judge(self, language: str) -> Context:
        folder = folder_of(self.model) if self.model else MASKED_LMS[language].path().parent
        return context(folder, self.device or "auto", language)

    def prepare(self, texts: Sequence[Text]) -> list[list[Target]]:
        targets = [list(self._free(text, some)) for text, some in zip(texts, self.slots(texts), strict=True)]
        return self._likely(texts, targets) if self.context else targets

    def _free(self, text: Text, targets: Sequence[Target]) -> Iterator[Target]:
        """Those that carry no label, with words that the text does not have yet; and those that are yours."""
        value, language = text.value, text.language
        there = words_there(text) if targets else set()
        labelled = self.has_label_words()
        for target in targets:
            if target.yours:
                yield target
            elif not (labelled and self._carries_label(text, target)):
                own = value[target.start : target.end].lower().split(" ") if target.as_given else ()
                others = there.difference(*(lemmas_of(word, language) for word in own))
                options = target.options.without(others, language)
                if options.words:
                    yield target if options is target.options else target._replace(options=options)

    def _carries_label(self, text: Text, target: Target) -> bool:
        """Whether one of the words of a target does."""
        words = text.words
        inside = words[bisect_left(words, (target.start,)) : bisect_left(words, (target.end,))]
        return any(self.carries_label(text.value[start:end], text.language) for start, end in inside)

    def _likely(self, texts: Sequence[Text], targets: list[list[Target]]) -> list[list[Target]]:
        """The targets with those words that are likely in their places, the likeliest first.

        What is taken as given stays, and so do words that are no tokens of the model, if they are sure enough.
        """
        free = [[target for target in some if not target.as_given] for some in targets]
        asked = [[Choice(target.start, target.end, target.options.words) for target in some] for some in free]
        judged = [
            {
                target.start: target._replace(options=self._weigh(target.options, likely))
                for target, likely in zip(some, found, strict=True)
            }
            for some, found in zip(
                free, self._judge(texts[0].language).probabilities(texts, asked) if texts else [], strict=True
            )
        ]
        return [
            [better for target in some if (better := known.get(target.start, target)).options.words]
            for some, known in zip(targets, judged, strict=True)
        ]

    def _weigh(self, options: Candidates, likely: Mapping[str, float]) -> Candidates:
        weighed: dict[str, float] = {}
        for word, confidence in zip(options.words, options.confidences, strict=True):
            probability = likely.get(word)
            if probability is None and confidence >= self.sure():
                weighed[word] = _UNKNOWN * odds(confidence)
            elif probability is not None and probability * odds(confidence) >= self.min_probability:
                weighed[word] = probability * odds(confidence)
        best = sorted(weighed, key=lambda word: (-weighed[word], word))
        return Candidates.of({word: max(1, round(UNIT * weighed[word])) for word in best})

    def propose(self, text: Text, prepared: list[Target], rng: Rng) -> list[Edit]:
        eligible = len(text.editable_words)
        if self.pick == "random":
            drawn = self.some_of_few(prepared, [slot.weight for slot in prepared], eligible, rng)
            chosen = [(slot, slot.options.draw(rng)) for slot in drawn]
        else:
            count = min(self.count(eligible), len(prepared))
            places = rng.shared().weighted_sample([slot.weight for slot in prepared], count)
            picked = [prepared[at] for at in sorted(places)]
            nth = rng.variant - 1
            chosen = [(slot, slot.options.words[nth]) for slot in picked if nth < len(slot.options.words)]
        value = text.value
        edits = [
            (
                slot.start,
                slot.end,
                _as_small(new, text) if slot.as_given else match_case(new, value[slot.start : slot.end]),
            )
            for slot, new in chosen
        ]
        return with_articles(text, keeping_quantities(text, edits))
