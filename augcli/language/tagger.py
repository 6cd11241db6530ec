"""Parts of speech of English words in their sentence, with the tags of the Penn Treebank."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

import orjson

from augcli.language.english import forms
from augcli.language.resources import ENGLISH_TAGGER
from augcli.text.edits import Interval
from augcli.text.memo import WordCache
from augcli.text.text import Text
from augcli.text.words import plain_apostrophes

_TELLING = "be am is are was were been being have has had having do does did not no one to get got gets let please "
_OWN = frozenset(_TELLING.split())
"""Words that tell more about their neighbours than their part of speech does, as those of the closed classes do."""
_GUESSES = {"ing": "JJ|NN|NNP|VBG", "ed": "JJ|NNP|VBD|VBN", "ly": "JJ|NNP|RB", "s": "NN|NNP|NNS|VBZ"}
"""Of unknown words, by their end."""
_STOPS = re.compile("[.?!;:]")
_NAME = re.compile(r"\|NNPS?\b")
"""What a word without a capital is not, if there is anything else that it can be."""
_REMEMBERED = 1 << 18
SURE = 4.0
"""By how much the weights of a tag must exceed those of the next one, so that it counts as beyond doubt."""


class TagChoice(NamedTuple):
    """A part of speech, and whether it is beyond doubt."""

    tag: str
    sure: bool


class Word(NamedTuple):
    """What a word brings along, whatever stands beside it."""

    small: str
    """In lower case, without 's."""
    kind: str
    """Its possible parts of speech; itself for words that tell much about their neighbours."""
    only: TagChoice | None
    """Its part of speech when there is no choice."""
    capital: bool
    possessive: bool


Key: TypeAlias = tuple[str, str, str, bool, str]
"""What a choice is made from: the kind of what stands before, the word, its kind, its capital, the kind after it."""


def word(written: str) -> Word:
    """What is known of a word as it is written."""
    small = plain_apostrophes(written.lower())
    known = forms()
    possessive = small[-2:] == "'s" and small not in known.kinds
    if possessive:
        small = small[:-2]
    kind = known.kinds.get(small) or _guess(small)
    capital = written[:1].isupper()
    plain = kind if capital else _NAME.sub("", kind).replace("VB|VBP", "VB")  # which look the same
    only = None if "|" in plain else TagChoice(plain, True)
    closed = small in known.kinds and small not in known.lemmas and kind.partition("|")[0] not in ("NNP", "NNPS", "CD")
    return Word(small, f"={small}" if closed or small in _OWN else kind, only, capital, possessive)


def _guess(small: str) -> str:
    if not small.isalpha():
        return "HY" if "-" in small else "CD"
    guesses = (kind for end, kind in _GUESSES.items() if small.endswith(end) and len(small) > len(end) + 2)
    return next(guesses, "JJ|NN|NNP")


@cache
def possible(kind: str) -> tuple[str, ...]:
    """The parts of speech of words of a kind."""
    return tuple((forms().kinds[kind[1:]] if kind[0] == "=" else kind).split("|"))


class Tags:
    """The parts of speech of the words of a text, each worked out when it is asked for.

    Between the possible ones decide a word, what stands before it and what follows, with the weights of an averaged
    perceptron (Collins 2002) that was trained on the output of a larger tagger.
    """

    __slots__ = ("_value", "_words", "shouted", "words")

    def __init__(self, value: str, words: Sequence[Interval]) -> None:
        known = _words()
        self.words: list[Word] = [known[value[start:end]] for start, end in words]
        self._value = value
        self._words = words
        self.shouted = value.isupper()

    def __getitem__(self, place: int) -> TagChoice:
        return self.words[place].only or _choices()[self.key(place)]

    def key(self, place: int) -> Key:
        """What the choice for the word at `place` is made from."""
        small, kind, _, capital, possessive = self.words[place]
        before = self._mark(place)
        if not before:
            last = self.words[place - 1] if place else None
            before = "." if last is None else "POS" if last.possessive else last.kind
        after = "POS" if possessive else self._mark(place + 1)
        if not after:
            after = self.words[place + 1].kind if place + 1 < len(self.words) else "."
        return before, small, kind, capital and not self.shouted, after

    def _mark(self, place: int) -> str:
        """The punctuation before the word at `place`: "." for a stop, "," for another mark, "" for none."""
        words = self._words
        end = words[place - 1][1] if place else 0
        start = words[place][0] if place < len(words) else len(self._value)
        gap = self._value[end:start]
        if gap == " " or not (gap := gap.strip()):
            return ""
        return "." if _STOPS.search(gap) else ","


def tags_of(text: Text) -> Tags:
    """The parts of speech of the words of an English text, kept with the text."""
    if text.tags is None:
        text.tags = Tags(text.value, text.words)
    tags: Tags = text.tags
    return tags


_PARTS: tuple[tuple[itemgetter[Any], Callable[..., tuple[str, ...]]], ...] = (
    (itemgetter(1, 2), lambda small, kind: (f"w{small}", f"k{kind}")),
    (itemgetter(0, 1, 2), lambda before, small, kind: (f"1{before}|{kind}", f"3{before}|{small}")),
    (itemgetter(4, 1, 2), lambda after, small, kind: (f"4{after}", f"5{after}|{kind}", f"6{after}|{small}")),
    (itemgetter(3, 0, 2), lambda capital, before, kind: (f"7{capital}|{before == '.'}|{kind}", f"9{capital}|{before}")),
)
"""Parts of a key, and the features that each makes. A part comes back more often than a whole key."""


def features(key: Key) -> list[str]:
    """What the weights of a choice are summed over."""
    return [feature for pick, made in _PARTS for feature in made(*pick(key))]


@cache
def _words() -> WordCache[Word]:
    return WordCache(word)


class _Part(dict[tuple[Any, ...], tuple[float, ...]]):
    """Sums of the weights of one part of a key, for each possible part of speech; remembered."""

    def __init__(self, weights: Mapping[str, Mapping[str, float]], made: Callable[..., tuple[str, ...]]) -> None:
        super().__init__()
        self._weights = weights
        self._made = made

    def __missing__(self, part: tuple[Any, ...]) -> tuple[float, ...]:
        if len(self) >= _REMEMBERED:
            self.clear()
        weighed = [self._weights[feature] for feature in self._made(*part) if feature in self._weights]
        sums = tuple([sum([weights.get(name, 0.0) for weights in weighed]) for name in possible(part[-1])])
        self[part] = sums
        return sums


class _Choices(dict[Key, TagChoice]):
    """Choices by the tagger's weights, remembered."""

    def __init__(self, weights: Mapping[str, Mapping[str, float]]) -> None:
        super().__init__()
        self._parts = [(pick, _Part(weights, made)) for pick, made in _PARTS]

    def __missing__(self, key: Key) -> TagChoice:
        if len(self) >= _REMEMBERED:
            self.clear()
        sums = map(sum, zip(*[part[pick(key)] for pick, part in self._parts], strict=True))
        (second, other), (best, name) = sorted(zip(sums, possible(key[2]), strict=True))[-2:]
        found = self[key] = TagChoice(name, best - second >= SURE or {name, other} == {"VB", "VBP"})
        return found


@cache
def _choices() -> _Choices:
    return _Choices(orjson.loads(gzip.decompress(ENGLISH_TAGGER.path().read_bytes())))
