"""Words give way to what a masked language model puts in their place, or get a word put beside them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cache, cached_property, lru_cache, partial
from itertools import accumulate, pairwise
from math import isqrt, prod
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from pydantic import Field

from augcli.language.closeness import closeness, vectors
from augcli.language.content_words import (
    alone,
    are_antonyms,
    chinese_words,
    content,
    content_word,
    lemmas_of,
    plain,
    share_lemma,
    stop_words,
    usual_tags,
)
from augcli.language.english import with_articles
from augcli.language.negation import has_negating_sign, negates
from augcli.language.resources import (
    CHINESE_SYNONYMS,
    ENGLISH_GRAMMAR,
    ENGLISH_THESAURUS,
    JIEBA,
    MASKED_LMS,
    VECTORS,
    DataPath,
    Lexicon,
)
from augcli.models.device import PRECISIONS, Precision
from augcli.models.files import folder_of, lexicon_of
from augcli.models.fill_mask import Candidate, Filled, Kind, MaskFiller, MaskSlot, Query, Token
from augcli.steps.model_step import ModelStep
from augcli.steps.operation import Rate
from augcli.steps.replacement.slots import UNIT, odds, repeats, sureness, words_there
from augcli.steps.step import RateStep, SubstitutionStep
from augcli.text.edits import Edit
from augcli.text.memo import WordCache
from augcli.text.quantities import extends_quantity
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import match_case

_SPARE = 8
"""So many times `top_k` candidates are looked at, since some are refused."""
_BEAM = 40
"""Beginnings of Chinese words that are kept while one is put together from characters."""
_COMMONEST = 50_000
"""Chinese words that come in are among so many commonest ones."""
_ANY = "any"
_Options: TypeAlias = dict[str, float]
"""Words that may come in at a place, with their scores."""
_INSERTED = ("JJ", "RB", "NN", "NNS")


class MaskedLm(ModelStep, SubstitutionStep, RateStep):
    """Replace words by what a masked language model expects in their place: BERT, RoBERTa, ALBERT, any such model.

    Whole words give way to whole words, in the case of the word, and only those words are touched. In English, a
    replacement has the part of speech and the inflection of the word; antonyms, opposites by prefix (able, unable) and
    other forms of the same word are refused. Names, negations, stop words and words that carry a label
    (`protect.label_words`) stay, and no word comes in that the text has already. Texts longer than the model reads at
    once are read in windows.
    """

    name: ClassVar = "masked_lm"
    family: ClassVar = "language model"
    paper: ClassVar = (
        "Kobayashi 2018, Contextual Augmentation (N18-2072); Wu et al. 2019, Conditional BERT (arXiv 1812.06705); "
        "Kumar et al. 2020 (2020.lifelongnlp-1.3); masking none: Li et al. 2020, BERT-ATTACK (2020.emnlp-main.500)"
    )
    example: ClassVar = "masked_lm: {rate: 0.15, model: bert-base-uncased, top_k: 10}"

    rate: Rate = Field(
        0.1,
        description="share of all words that may be edited, rounded down; where other words fit in for fewer, some "
        "of these are drawn, and at 1 all",
    )
    model: DataPath | None = Field(
        None,
        description="folder of a masked language model, or its name on the Hugging Face hub if it was fetched before "
        "(hf download NAME); when not given, the small one that comes with augcli for the language (en, zh)",
    )
    revision: str | None = Field(None, description="of a model from the hub: branch, tag or commit")
    action: Literal["substitute", "insert"] = Field(
        "substitute", description="substitute: replace words; insert: put new words between others"
    )
    masking: Literal["none", "joint"] = Field(
        "none",
        description="none: the model sees the text as it is, once for all variants of a row; words that come in are "
        "close to those that go; joint: the words that a variant replaces are hidden from the model, all at once, "
        "and whatever it expects there comes in, which is slower, and may need another label; words to insert are "
        "always hidden",
    )
    top_k: int = Field(10, ge=1, description="draw from so many of the most probable words that fit")
    min_probability: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="that a word must have, among all but the one that stands there, times the odds that "
        "both mean the same, where `min_similarity` holds; when not given, 0.02, and 0 with masking joint",
    )
    temperature: float = Field(1.0, gt=0, description="below 1 probable words are drawn more often, above 1 less often")
    label: bool = Field(
        False, description="true: the model sees the label of the row before the text (a model adapted so does best)"
    )
    same_pos: bool = Field(True, description="in English, only words of the same part of speech and form come in")
    antonyms: bool = Field(False, description="true: in English, antonyms come in too")
    min_similarity: float | None = Field(
        None,
        ge=-1,
        le=1,
        description="in English and Chinese, of a replacement to the word: cosine of the vectors that come with "
        "augcli, in which synonyms are near; pairs that were read count as in `embedding`; -1 lets all in that the "
        "model expects; when not given, 0.58, and -1 with masking joint",
    )
    precision: Precision = Field("auto", description=f"of the weights; {PRECISIONS}")
    batch_tokens: int = Field(2048, ge=1, description="tokens that the model reads at once, padding included")

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.model is None and language not in MASKED_LMS:
            known = " and ".join(MASKED_LMS)
            return f"augcli comes with masked language models of {known}; for {language!r}, set `model`"
        return None

    def needs_label(self) -> bool:
        return self.label

    def substitutes(self) -> bool:
        return self.action == "substitute"

    def needs_negations(self) -> bool:
        return True

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        model = lexicon_of("masked language model", self.model, self.revision) if self.model else MASKED_LMS[language]
        read = {"en": (*ENGLISH_GRAMMAR, ENGLISH_THESAURUS), "zh": (JIEBA, *CHINESE_SYNONYMS)}.get(language, ())
        return [model, *read, *([VECTORS[language]] if language in VECTORS else [])]

    def setup(self, language: str) -> None:
        self._words(language)
        if language in VECTORS:
            vectors(language)

    def _words(self, language: str) -> _Words:
        settings = _Settings(
            folder_of(self.model, self.revision) if self.model else MASKED_LMS[language].path().parent,
            self.device or "auto", self.precision, self.batch_tokens, self.same_pos, self.antonyms,
            self._or_default(self.min_similarity, none=0.58, joint=-1.0),
        )  # fmt: skip
        return _words(settings, language)

    def _or_default(self, given: float | None, *, none: float, joint: float) -> float:
        """A bound as it was given, or else that of the way of masking."""
        if given is not None:
            return given
        return joint if self.masking == "joint" else none

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        return self.edit_batch([text], [rng])[0]

    def edit_batch(self, texts: Sequence[Text], rngs: Sequence[Rng]) -> list[list[Edit]]:
        if not texts:
            return []
        words = self._words(texts[0].language)
        if self.masking == "none" and self.action == "substitute":
            known = self._shared_options(words, texts)
            filled = [
                self.some_of_few(known[text], _weights(known[text]), len(text.editable_words), rng)
                for text, rng in zip(texts, rngs, strict=True)
            ]
        else:
            find = words.gaps if self.action == "insert" else partial(self._holes, words)
            holes = {text: find(text, True) for text in dict.fromkeys(texts)}
            picked = [
                self.some_of_few(holes[text], [1] * len(holes[text]), len(text.editable_words), rng)
                for text, rng in zip(texts, rngs, strict=True)
            ]
            filled = self._options(words, texts, picked)
        return [self._edits(words, text, options, rng) for text, options, rng in zip(texts, filled, rngs, strict=True)]

    def _holes(self, words: _Words, text: Text, masked: bool) -> list[MaskSlot]:
        return [
            hole
            for hole in words.holes(text, masked)
            if not self.carries_label(text.value[hole.start : hole.end], text.language)
        ]

    @cached_property
    def _last_batch(self) -> dict[Text, list[tuple[MaskSlot, _Options]]]:
        """Of the last batch: a variant that is refused comes again in the next."""
        return {}

    def _shared_options(self, words: _Words, texts: Sequence[Text]) -> dict[Text, list[tuple[MaskSlot, _Options]]]:
        """The words of each text as it is that others fit in for, asked once for all variants of a row."""
        known, distinct = self._last_batch, dict.fromkeys(texts)
        fresh = [text for text in distinct if text not in known]
        found = self._options(words, fresh, [self._holes(words, text, False) for text in fresh])
        known |= {
            text: [(hole, options) for hole, options in some if options]
            for text, some in zip(fresh, found, strict=True)
        }
        for text in known.keys() - distinct.keys():
            del known[text]
        return known

    def _options(
        self, words: _Words, texts: Sequence[Text], holes: Sequence[Sequence[MaskSlot]]
    ) -> list[list[tuple[MaskSlot, _Options]]]:
        """What may come in at each hole of each text."""
        asked = [
            Query(text.value, text.label if self.label else "", tuple(some))
            for text, some in zip(texts, holes, strict=True)
        ]
        filled = words.filler.fill(asked, _SPARE * self.top_k)
        made = []
        for text, some, found in zip(texts, holes, filled, strict=True):
            there = words_there(text)
            pairs = zip(some, found, strict=True)
            made.append([(hole, self._best(words, text, hole, answers, there)) for hole, answers in pairs])
        return made

    def _best(self, words: _Words, text: Text, hole: MaskSlot, answers: Filled, there: Set[str]) -> _Options:
        """The `top_k` best of the words that fit in a hole, less those that are `there` already."""
        kept: _Options = {}
        least = self._or_default(self.min_probability, none=0.02, joint=0.0)
        for word, score in words.fitting(text.value[hole.start : hole.end], hole.kind, answers):
            if score < least or len(kept) == self.top_k:
                break
            if not repeats(word.lower(), there, text.language) and not (
                text.protected and extends_quantity(text, (hole.start, hole.end, word))
            ):
                kept.setdefault(word, score)
        return kept

    def _edits(self, words: _Words, text: Text, filled: Iterable[tuple[MaskSlot, _Options]], rng: Rng) -> list[Edit]:
        edits = []
        drawn: set[str] = set()
        for hole, options in filled:
            if self.masking == "joint":  # the model knows none of the words that come in with this one
                options = {
                    word: share for word, share in options.items() if not repeats(word.lower(), drawn, text.language)
                }
            if options:
                new, standing = self._draw(options, rng), text.value[hole.start : hole.end]
                drawn |= lemmas_of(new.lower(), text.language)
                edits.append((hole.start, hole.end, match_case(new, standing) if standing else new + words.blank))
        return with_articles(text, edits)

    def _draw(self, options: _Options, rng: Rng) -> str:
        """A word, by a draw that small differences in probability hardly change."""
        words = sorted(options)
        upto = list(accumulate(options[word] ** (1 / self.temperature) for word in words))
        return words[min(bisect_right(upto, rng.random() * upto[-1]), len(words) - 1)]


def _weights(places: Iterable[tuple[MaskSlot, _Options]]) -> list[int]:
    """How much each place is drawn: where words fit surely more, where many fit more."""
    return [max(1, isqrt(round(UNIT * sum(options.values())))) for _, options in places]


class _Settings(NamedTuple):
    folder: Path
    device: str
    precision: Precision
    batch_tokens: int
    same_pos: bool
    antonyms: bool
    min_similarity: float


@lru_cache(4)
def _words(settings: _Settings, language: str) -> _Words:
    return {"en": _English, "zh": _Chinese}.get(language, _Words)(settings, language)


class _Words:
    """Which words of a text may be filled in anew, and with which."""

    blank = " "
    """What is put behind an inserted word."""

    def __init__(self, settings: _Settings, language: str) -> None:
        self._language = language
        self._settings = settings
        self._known = WordCache(self.replaceable)
        self.filler = MaskFiller(
            settings.folder, self.fits, place=settings.device, precision=settings.precision,
            batch_tokens=settings.batch_tokens, chars=language == "zh",
        )  # fmt: skip

    def replaceable(self, word: str) -> bool:
        """Whether a word may be replaced, as far as the word alone tells."""
        return word.isalpha()

    def holes(self, text: Text, masked: bool) -> list[MaskSlot]:
        """The words of a text that may be replaced; one that goes with its neighbours only where it is `masked`.

        Then it is these that tell the model what to expect.
        """
        value = text.value
        return [
            MaskSlot(start, end, self.kind(key, value[start].isupper()), masked)
            for place, start, end, key in content(text, self._known)
            if text.is_editable(start, end) and (masked or alone(text, place))
        ]

    def gaps(self, text: Text, masked: bool) -> list[MaskSlot]:
        """The places between two words of a text."""
        value, words, kind = text.value, text.words, self.kind("", False)
        return [
            MaskSlot(start, start, kind, masked)
            for (_, before), (start, _) in pairwise(words)
            if value[before:start] == self.blank and text.is_editable(start, start)
        ]

    def kind(self, key: str, capital: bool) -> Kind:
        """What fills a hole with the key of a content word; the key is empty where a word is to be inserted."""
        return Kind("", capital and self.filler.cased)

    def fits(self, kind: Kind, tokens: Iterable[Token]) -> Iterator[Token]:
        """The tokens that may fill a hole of a kind."""
        stop = stop_words(self._language)
        for token in tokens:
            small = token.word.lower()
            if self._fits_case(token.word, kind.capital) and small not in stop and not negates(small, self._language):
                yield token

    def _fits_case(self, word: str, capital: bool) -> bool:
        return word.istitle() and len(word) > 1 if capital else not self.filler.cased or word.islower()

    def fitting(self, standing: str, kind: Kind, filled: Filled) -> Iterable[Candidate]:
        """Those words among the candidates that may come in for the one that stands there, the most probable first."""
        small = standing.lower()
        return (one for one in filled[0] if one.word.lower() != small) if filled else ()

    def close(self, standing: str, tag: str, found: Sequence[Candidate]) -> Sequence[Candidate]:
        """Those candidates that mean about the same as the word that stands there, weighed by how sure that is."""
        least = self._settings.min_similarity
        if least <= -1:
            return found
        nearness = [closeness(standing, one.word.lower(), tag, self._language) for one in found]
        weighed = [
            Candidate(one.word, one.probability * odds(sureness(near)))
            for one, near in zip(found, nearness, strict=True)
            if near >= least
        ]
        return sorted(weighed, key=lambda one: (-one.probability, one.word))


class _English(_Words):
    def replaceable(self, word: str) -> bool:
        return content_word(word)

    def kind(self, key: str, capital: bool) -> Kind:
        tag = key.rpartition("/")[2]
        same = "VB" if tag == "VBP" else tag
        return Kind(same if self._settings.same_pos or not key else _ANY, capital and self.filler.cased)

    def fits(self, kind: Kind, tokens: Iterable[Token]) -> Iterator[Token]:
        for token in tokens:
            small = token.word.lower()
            if self._fits_case(token.word, kind.capital) and self._has_tag(small, kind.tag):
                yield token

    def _has_tag(self, small: str, tag: str) -> bool:
        if tag == _ANY:
            return plain(small)
        tags = usual_tags(small)
        return tag in tags if tag else not set(_INSERTED).isdisjoint(tags)

    def fitting(self, standing: str, kind: Kind, filled: Filled) -> Iterable[Candidate]:
        small, tag = standing.lower(), "" if kind.tag == _ANY else kind.tag
        found = filled[0] if filled else []
        if not small:
            return found
        antonyms = self._settings.antonyms
        return self.close(small, tag, [one for one in found if _fits(one.word.lower(), small, antonyms)])


@lru_cache(1 << 18)
def _fits(word: str, standing: str, antonyms: bool) -> bool:
    return not share_lemma(word, standing) and (antonyms or not are_antonyms(word, standing))


class _Chinese(_Words):
    blank = ""

    def replaceable(self, word: str) -> bool:
        return word in chinese_words(_COMMONEST) and not negates(word, "zh")

    def kind(self, key: str, capital: bool) -> Kind:
        return Kind("", False)

    def fits(self, kind: Kind, tokens: Iterable[Token]) -> Iterator[Token]:
        beginnings, characters = _beginnings(), frozenset("".join(chinese_words(_COMMONEST)))
        return (token for token in tokens if token.word in characters or token.word in beginnings)

    def fitting(self, standing: str, kind: Kind, filled: Filled) -> Iterable[Candidate]:
        words = chinese_words(_COMMONEST)
        made = (one for one in _put_together(filled, standing) if one.word in words and not has_negating_sign(one.word))
        if not standing:
            return made
        same = words[standing][0]
        return self.close(standing, "", [one for one in made if one.word != standing and words[one.word][0] == same])


def _put_together(filled: Filled, standing: str) -> list[Candidate]:
    """Words from candidates for their characters, with the geometric mean of the probabilities of these.

    A character may stay where it stands, and then it does not count.
    """
    beginnings = _beginnings()
    beam: dict[str, list[float]] = {"": []}
    for place, candidates in enumerate(filled):
        longer = {
            begun + one.word: [*shares, one.probability]
            for begun, shares in beam.items()
            for one in candidates
            if begun + one.word in beginnings
        }
        if len(filled) == len(standing):
            kept = ((begun + standing[place], shares) for begun, shares in beam.items())
            longer |= {begun: shares for begun, shares in kept if begun in beginnings}
        beam = dict(sorted(longer.items(), key=lambda one: (-_mean(one[1]), one[0]))[:_BEAM])
    return [Candidate(word, _mean(shares)) for word, shares in beam.items() if shares]


def _mean(shares: Sequence[float]) -> float:
    """The geometric mean; 1 of none."""
    return prod(shares) ** (1 / max(1, len(shares)))


@cache
def _beginnings() -> frozenset[str]:
    """All beginnings of the Chinese words that come in, the words themselves among them."""
    return frozenset(word[:end] for word in chinese_words(_COMMONEST) for end in range(1, len(word) + 1))
