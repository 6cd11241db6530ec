"""Words that carry a label: far more frequent in the texts that have it than in the others."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from io import StringIO
from math import log, sqrt
from typing import NamedTuple

from augcli.language.english import POS, forms
from augcli.language.word_statistics import WORDS
from augcli.text.record import Labels
from augcli.text.words import plain_apostrophes

PAIRS = 1 << 20
"""Counts never hold more pairs of a word and a label; of more, those found in the fewest rows go, as with WORDS."""
NO_LABEL = ""
"""Stands for the label of rows that have none. They tell how frequent a word is, but speak for and against no label."""
_PRIOR = 0.01
"""Share of the corpus that stands in for each side where a word is compared, so that rare words prove little."""
_ROWS = 5
"""Rows of a label in which a word must be found."""
_Z = 2.0
"""Standard deviations by which the log-odds must differ from 0: the evidence."""
_LOG_ODDS = 0.7
"""That a word must have, so that its odds are twice those in other texts: the effect."""
_SHARE = 0.25
"""Of the words that are counted, at most so many stay; the weakest are let go, so that steps find enough to edit."""
_NAMED = 5


class LabelWord(NamedTuple):
    """A word in its base form, and the label that it carries most."""

    word: str
    label: str
    log_odds: float
    z: float


@lru_cache(1 << 16)
def base_form(word: str, language: str) -> str:
    """What counts as the same word: in English the lemma of its usual part of speech, else the word in lower case.

    Empty for English words such as articles, pronouns and prepositions, which carry no label.
    """
    small = word.lower()
    if language != "en":
        return small
    small = plain_apostrophes(small).removesuffix("'s")
    usual, lemmas = forms().usual.get(small), forms().lemmas.get(small, {})
    if not lemmas and small in forms().kinds:
        return ""
    fitting = (lemma for tag, lemma in lemmas.items() if usual in (None, POS[tag[0]]))
    return min(fitting, key=lambda lemma: (len(lemma), lemma), default=small)


@dataclass(slots=True)
class LabelCounts:
    """In how many rows each word is found, in all and with each label.

    It is a sum over rows: parts of a corpus may be counted apart and merged in any order, as long as nothing goes.
    """

    words: Counter[str] = field(default_factory=Counter)
    unlabelled: Counter[str] = field(default_factory=Counter)
    """Of the rows without a label."""
    by_label: dict[str, Counter[str]] = field(default_factory=dict)
    sizes: Counter[str] = field(default_factory=Counter)
    """The sum over the words by label, with those that went."""
    size: int = 0
    """The same of all rows."""
    pairs: int = 0

    def add(self, words: set[str], labels: Labels) -> None:
        """Count in the words of one row."""
        self.words.update(words)
        self.size += len(words)
        for label in tuple(filter(None, labels)) or (NO_LABEL,):
            self._count(label, words, len(words))
        self._forget()

    def merge(self, other: LabelCounts) -> None:
        """Count in another part of the corpus."""
        self.words.update(other.words)
        self.size += other.size
        for label, size in other.sizes.items():
            found = other.unlabelled if label == NO_LABEL else other.by_label.get(label, Counter())
            self._count(label, found, size)
        self._forget()

    def _count(self, label: str, words: set[str] | Counter[str], size: int) -> None:
        self.sizes[label] += size
        if label == NO_LABEL:
            self.unlabelled.update(words)
            return
        known = self.by_label.setdefault(label, Counter())
        self.pairs -= len(known)
        known.update(words)
        self.pairs += len(known)

    def _forget(self) -> None:
        if len(self.words) > WORDS:
            rarest = sorted(self.words.values(), reverse=True)[WORDS // 2]
            self.words = Counter({word: count for word, count in self.words.items() if count > rarest})
            self.unlabelled = Counter({word: count for word, count in self.unlabelled.items() if word in self.words})
            self._keep_pairs(0)
        if self.pairs > PAIRS:
            counts = [count for words in self.by_label.values() for count in words.values()]
            self._keep_pairs(sorted(counts, reverse=True)[PAIRS // 2])

    def _keep_pairs(self, above: int) -> None:
        """Keep the pairs of words that are known, in more than `above` rows."""
        kept = {
            label: Counter({word: count for word, count in words.items() if count > above and word in self.words})
            for label, words in self.by_label.items()
        }
        self.by_label = {label: words for label, words in kept.items() if words}
        self.pairs = sum(map(len, self.by_label.values()))


def label_words(found: LabelCounts) -> list[LabelWord]:
    """The words that carry a label, those that do so most surely first.

    Monroe, Colaresi & Quinn 2008, Fightin' Words (doi 10.1093/pan/mpn018): the log-odds of a word in the rows with a
    label against those in the rows with others, with an informative Dirichlet prior: its frequency in all rows.
    """
    strongest: dict[str, LabelWord] = {}
    for scored in _scored(found):
        known = strongest.get(scored.word)
        if known is None or (scored.z, scored.label) > (known.z, known.label):
            strongest[scored.word] = scored
    kept, room = [], _SHARE * found.size
    for scored in sorted(strongest.values(), key=lambda scored: (-scored.z, scored.word)):
        room -= found.words[scored.word]
        if room < 0:
            break
        kept.append(scored)
    return kept


def _scored(found: LabelCounts) -> Iterator[LabelWord]:
    """Each word with each label that it carries."""
    size, prior = found.size - found.sizes[NO_LABEL], _PRIOR * found.size
    for label, words in found.by_label.items():
        here = found.sizes[label]
        for word, count in words.items():
            if count < _ROWS or found.words[word] == found.size:  # with no other word there are no odds
                continue
            expected = _PRIOR * found.words[word]
            others = found.words[word] - found.unlabelled[word] - count
            elsewhere = min(others, size - here)  # of the pairs that went it may count too many
            log_odds = _log_odds(count + expected, here + prior) - _log_odds(elsewhere + expected, size - here + prior)
            z = log_odds / sqrt(1 / (count + expected) + 1 / (elsewhere + expected))
            if log_odds >= _LOG_ODDS and z >= _Z:
                yield LabelWord(word, label, log_odds, z)


def _log_odds(count: float, size: float) -> float:
    return log(count / (size - count))


def dump(words: Sequence[LabelWord]) -> bytes:
    """A UTF-8 file: a head, then a word a line, tabs between, the strongest first."""
    lines = StringIO()
    writer = csv.writer(lines, delimiter="\t", lineterminator="\n")
    writer.writerow(["word", "label", "log-odds", "z"])
    writer.writerows((word, label, f"{log_odds:.3f}", f"{z:.3f}") for word, label, log_odds, z in words)
    return lines.getvalue().encode()


def summary(words: Sequence[LabelWord]) -> str:
    """How many words carry a label, and the strongest of them."""
    named = [f"{word} ({label})" for word, label, *_ in words[:_NAMED]] + ["..."] * (len(words) > _NAMED)
    carry = "word carries a label and stays" if len(words) == 1 else "words carry a label and stay"
    return f"{len(words)} {carry}" + f": {', '.join(named)}" * bool(named)
