"""Parts of speech of English words in their sentence, with the tags of the Penn Treebank."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple, TypeAlias

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
"""What a choice is made from: kinds of the two things before a word, the word, its kind, its capital, the next kind."""


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

    Told from left to right, from the two words before and the next one; `choose` decides between the possible ones:
    the weights of an averaged perceptron (Collins 2002) that was trained on the output of a larger tagger.
    """
    known = _words()
    infos = [known[value[start:end]] for start, end in words]
    marks = _marks(value, words)
    follows = [mark or info.kind for mark, info in zip(marks[1:], infos[1:], strict=False)]
    follows.append(marks[-1] or ".")
    shouted = value.isupper()
    choose = _choices() if choose is None else choose
    before = last = "."
    found = []
    for info, mark, follow in zip(infos, marks, follows, strict=False):
        small, kind, tagged, own, capital, possessive = info
        if mark:
            before, last = last, mark
        if tagged is None:
            tagged = choose[before, last, small, kind, capital and not shouted, "POS" if possessive else follow]
        found.append(tagged)
        before, last = last, kind if own else tagged.tag
        if possessive:
            before, last = last, "POS"
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


def features(key: Key) -> tuple[str, ...]:
    """What the weights of a choice are summed over."""
    before, last, small, kind, capital, follow = key
    return (
        f"w{small}", f"k{kind}", f"1{last}|{kind}", f"2{before}|{last}", f"3{last}|{small}", f"4{follow}",
        f"5{follow}|{kind}", f"6{follow}|{small}", f"8{last}|{follow}", f"7{capital}|{last == '.'}|{kind}",
        f"9{capital}|{last}",
    )  # fmt: skip


@cache
def _words() -> Memo[Word]:
    return Memo(word)


class _Choices(dict[Key, Tagged]):
    """Choices by the tagger's weights, remembered."""

    def __init__(self, weights: dict[str, dict[str, float]]) -> None:
        super().__init__()
        self._weights = weights

    def __missing__(self, key: Key) -> Tagged:
        if len(self) >= _REMEMBERED:
            self.clear()
        scores = dict.fromkeys(possible(key[2]), 0.0)
        for feature in features(key):
            for name, weight in self._weights.get(feature, {}).items():
                if name in scores:
                    scores[name] += weight
        best, second = sorted(scores, key=lambda name: (-scores[name], name))[:2]
        found = self[key] = Tagged(best, scores[best] - scores[second] >= SURE or {best, second} == {"VB", "VBP"})
        return found


@cache
def _choices() -> _Choices:
    return _Choices(json.loads(gzip.decompress(ENGLISH_TAGGER.path().read_bytes())))
