"""Parts of speech of English words in their sentence, with the tags of the Penn Treebank."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import inf
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from augcli.english import forms
from augcli.resources import ENGLISH_TAGGER
from augcli.step import Memo
from augcli.text import Interval

_TELLING = "be am is are was were been being have has had having do does did not no one to get got gets let please"
_OWN = frozenset(_TELLING.split())
"""Words that tell more about their neighbours than their part of speech does, as those of the closed classes do."""
_GUESSES = {
    "ing": ("JJ", "NN", "NNP", "VBG"),
    "ed": ("JJ", "NNP", "VBD", "VBN"),
    "ly": ("JJ", "NNP", "RB"),
    "s": ("NN", "NNP", "NNS", "VBZ"),
}
"""Of unknown words, by their end."""
_AUXILIARIES = {"be": "be am is are was were been being", "have": "have has had having"}
_AUXILIARY = {form: verb for verb, all_forms in _AUXILIARIES.items() for form in all_forms.split()}
_THROUGH = ("RB", "PRP", "DT", "NN", "NNS", "NNP", "JJ")
"""What may stand between an auxiliary verb and its participle: has never been, have you seen."""
_STOPS = re.compile("[.?!;:]")
_REMEMBERED = 1 << 18
SURE = 4.0
"""By how much the weights of a tag must exceed those of the next one, so that it counts as beyond doubt."""


class Tagged(NamedTuple):
    """A part of speech, and whether it is beyond doubt."""

    tag: str
    sure: bool


class Word(NamedTuple):
    """What a word brings along, whatever stands beside it."""

    small: str
    """In lower case, without 's."""
    kind: str
    """Its possible parts of speech; itself for words that tell much about their neighbours."""
    only: Tagged | None
    """Its part of speech when there is no choice."""
    own: bool
    capital: bool
    possessive: bool


Key: TypeAlias = tuple[str, str, str, str, bool, str]
"""What a choice is made from: the auxiliary verb before a word, the kind of what stands before it, the word, its kind,
whether it has a capital, the kind of what follows."""


def word(written: str) -> Word:
    """What is known of a word as it is written."""
    small = written.lower().replace("’", "'")
    known = forms()
    possessive = small.endswith("'s") and small not in known.tags
    if possessive:
        small = small[:-2]
    tags = possible(small)
    closed = small in known.tags and small not in known.lemmas and tags[0] not in ("NNP", "NNPS", "CD")
    own = closed or small in _OWN
    kind = f"={small}" if own else "|".join(tags)
    return Word(small, kind, Tagged(tags[0], True) if len(tags) == 1 else None, own, written[:1].isupper(), possessive)


def possible(small: str) -> tuple[str, ...]:
    """The parts of speech that a word in lower case can be, known or guessed from its end."""
    if known := forms().tags.get(small):
        return known
    if not small.isalpha():
        return ("HY",) if "-" in small else ("CD",)
    guesses = (tags for end, tags in _GUESSES.items() if small.endswith(end) and len(small) > len(end) + 2)
    return next(guesses, ("JJ", "NN", "NNP"))


def tag(value: str, words: Sequence[Interval], choose: Mapping[Key, Tagged] | None = None) -> list[Tagged]:
    """The part of speech of each of `words` of the text `value`.

    Told from left to right, from the words on both sides and an auxiliary verb before. Between the possible ones
    `choose` decides: the weights of an averaged perceptron (Collins 2002), trained on the output of a larger tagger.
    """
    known = _words()
    infos = [known[value[start:end]] for start, end in words]
    marks = _marks(value, words)
    follows = [mark or info.kind for mark, info in zip(marks[1:], infos[1:], strict=False)]
    follows.append(marks[-1] or ".")
    shouted = value.isupper()
    choose = _choices() if choose is None else choose
    auxiliary = ""
    last = "."
    found = []
    for info, mark, follow in zip(infos, marks, follows, strict=False):
        small, kind, tagged, own, capital, possessive = info
        if mark:
            auxiliary, last = "", mark
        if tagged is None:
            tagged = choose[auxiliary, last, small, kind, capital and not shouted, "POS" if possessive else follow]
        found.append(tagged)
        auxiliary = _AUXILIARY.get(small, auxiliary if tagged.tag in _THROUGH else "")
        last = kind if own else tagged.tag
        if possessive:
            auxiliary, last = "", "POS"
    return found


def _marks(value: str, words: Sequence[Interval]) -> list[str]:
    """The punctuation before each word and after the last: "." for a stop, "," for another mark, "" for none."""
    marks = []
    done = 0
    for start, end in words:
        gap = value[done:start]
        done = end
        marks.append("" if gap in (" ", "") or not (gap := gap.strip()) else "." if _STOPS.search(gap) else ",")
    rest = value[done:].strip()
    return [*marks, rest and ("." if _STOPS.search(rest) else ",")]


_PARTS: tuple[tuple[itemgetter[Any], Callable[..., tuple[str, ...]]], ...] = (
    (itemgetter(2, 3), lambda small, kind: (f"w{small}", f"k{kind}")),
    (itemgetter(1, 2, 3), lambda last, small, kind: (f"1{last}|{kind}", f"3{last}|{small}")),
    (itemgetter(5, 2, 3), lambda follow, small, kind: (f"4{follow}", f"5{follow}|{kind}", f"6{follow}|{small}")),
    (itemgetter(0, 3), lambda auxiliary, kind: (f"2{auxiliary}|{kind}",)),
    (itemgetter(4, 1, 3), lambda capital, last, kind: (f"7{capital}|{last == '.'}|{kind}", f"9{capital}|{last}")),
)
"""Parts of a key, and the features that each makes. A part comes back more often than a whole key."""


def features(key: Key) -> list[str]:
    """What the weights of a choice are summed over."""
    return [feature for pick, made in _PARTS for feature in made(*pick(key))]


@cache
def _words() -> Memo[Word]:
    return Memo(word)


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
        sums = tuple([sum([weights.get(name, 0.0) for weights in weighed]) for name in _tags(part[-1])])
        self[part] = sums
        return sums


class _Choices(dict[Key, Tagged]):
    """Choices by the tagger's weights, remembered."""

    def __init__(self, weights: Mapping[str, Mapping[str, float]]) -> None:
        super().__init__()
        self._parts = [(pick, _Part(weights, made)) for pick, made in _PARTS]

    def __missing__(self, key: Key) -> Tagged:
        if len(self) >= _REMEMBERED:
            self.clear()
        scores: list[float] = list(map(sum, zip(*[part[pick(key)] for pick, part in self._parts], strict=True)))
        names = _tags(key[3])
        best = max(scores)
        place = scores.index(best)
        scores[place] = -inf
        second = max(scores)
        same = {names[place], names[scores.index(second)]} == {"VB", "VBP"}
        found = self[key] = Tagged(names[place], same or best - second >= SURE)
        return found


@cache
def _tags(kind: str) -> tuple[str, ...]:
    return possible(kind[1:]) if kind[0] == "=" else tuple(kind.split("|"))


@cache
def _choices() -> _Choices:
    return _Choices(json.loads(gzip.decompress(ENGLISH_TAGGER.path().read_bytes())))
