"""Words that give way to their opposites."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import ClassVar

from pydantic import Field

from augcli.errors import ResourceError
from augcli.language.content_words import alone, content
from augcli.language.english import POS, forms, inflect, with_articles
from augcli.language.negation import negates
from augcli.language.resources import ANTONYMS, ENGLISH_GRAMMAR, JIEBA, DataPath, Lexicon, clipped, read_text
from augcli.language.tagger import tags_of
from augcli.steps.operation import Rate
from augcli.steps.step import MeaningStep, PerTextStep, RateStep
from augcli.text.edits import Edit
from augcli.text.memo import WordCache
from augcli.text.quantities import keeping_quantities
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import match_case


class Antonym(MeaningStep, RateStep, PerTextStep[list[tuple[int, int, Sequence[str]]]]):
    """Put opposites in the place of words: good, bad; loved, hated; 喜欢, 讨厌.

    English words keep number, tense, degree and case, and the article before them follows. Only words whose part of
    speech is beyond doubt change. Nothing changes beside a negation, and what negates (never) does not come in.
    """

    name: ClassVar = "antonym"
    family: ClassVar = "meaning"
    languages: ClassVar = frozenset({"en", "zh"})
    paper: ClassVar = "Miller 1995, WordNet: A Lexical Database for English (CACM 38), the relation of antonymy"
    example: ClassVar = "antonym: {rate: 0.2, changes_label: allowed}"

    rate: Rate = Field(0.1, description="share of the words that may be edited, rounded down, so far as they have one")
    lexicon: DataPath | None = Field(
        None,
        description="your own list instead of that which comes with augcli: TSV, in English part of speech (a, n, r, "
        "v), word, opposite; in Chinese word, opposite; each line holds both ways",
    )

    def setup(self, language: str) -> None:
        _pairs(self.lexicon, language)

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        own = Lexicon("antonyms", self.lexicon, "yours") if self.lexicon else ANTONYMS[language]
        return (*(ENGLISH_GRAMMAR if language == "en" else (JIEBA,)), own)

    def needs_negations(self) -> bool:
        return True

    def prepare(self, texts: Sequence[Text]) -> list[list[tuple[int, int, Sequence[str]]]]:
        return [self._targets(text) for text in texts]

    def _targets(self, text: Text) -> list[tuple[int, int, Sequence[str]]]:
        known = _opposites(self.lexicon, text.language)
        value, words = text.value, text.words
        says_no = [negates(value[start:end], text.language) for start, end in words]
        return [
            (start, end, known[key])
            for place, start, end, key in content(text, _known(self.lexicon, text.language))
            if known[key]
            and not any(says_no[max(0, place - 3) : place + 2])
            and text.is_editable(start, end)
            and alone(text, place)
            and not (text.language == "en" and _of_pair(text, place))
        ]

    def propose(self, text: Text, prepared: list[tuple[int, int, Sequence[str]]], rng: Rng) -> list[Edit]:
        count = min(self.count(len(text.editable_words)), len(prepared))
        value = text.value
        edits = []
        for place in sorted(rng.sample(len(prepared), count)):
            start, end, options = prepared[place]
            edits.append((start, end, match_case(rng.choice(options), value[start:end])))
        return with_articles(text, keeping_quantities(text, edits))


def _of_pair(text: Text, place: int) -> bool:
    """Whether a word measures or compares: two years old, as long as, so far as."""
    words = tags_of(text).words
    before = words[place - 1].small if place else ""
    after = words[place + 1].small if place + 1 < len(words) else ""
    return before in ("years", "year", "as", "so") or after in ("as", "ago")


@cache
def _pairs(lexicon: str | None, language: str) -> dict[str, list[str]]:
    """The opposites of each word, in English of each lemma/part of speech. Raises ResourceError for a bad line."""
    source = Lexicon("antonyms", lexicon, "yours") if lexicon else ANTONYMS[language]
    found: dict[str, list[str]] = {}
    for line in read_text(source.path(), "antonyms").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        columns = [part.strip() for part in line.split("\t")]
        if len(columns) != 2 + (language == "en") or not all(columns):
            wanted = "part of speech, word, opposite" if language == "en" else "word, opposite"
            raise ResourceError(f"{source.path()}: {clipped(line)!r} is no line of {wanted} with tabs between")
        *pos, word, other = columns
        end = "".join(f"/{part}" for part in pos)
        found.setdefault(word + end, []).append(other)
        found.setdefault(other + end, []).append(word)
    return found


@cache
def _known(lexicon: str | None, language: str) -> WordCache[bool]:
    """Whether a word may have an opposite."""
    pairs = _pairs(lexicon, language)
    if language != "en":
        return WordCache(lambda word: word in pairs)
    return WordCache(lambda word: any(f"{lemma}/{pos}" in pairs for lemma, pos in _lemmas(word)))


def _lemmas(word: str) -> list[tuple[str, str]]:
    return [(lemma, POS[tag[0]]) for tag, lemma in forms().lemmas.get(word, {}).items() if tag[0] in POS]


@cache
def _opposites(lexicon: str | None, language: str) -> WordCache[Sequence[str]]:
    """By the key of a content word: its opposites in the same form that say no by no negation."""
    pairs = _pairs(lexicon, language)

    def opposites(key: str) -> Sequence[str]:
        if language != "en":
            found = pairs.get(key, [])
        else:
            word, tag = key.split("/")
            lemma = forms().lemmas.get(word, {}).get(tag, word)
            found = [form for other in pairs.get(f"{lemma}/{POS[tag[0]]}", []) if (form := inflect(other, tag))]
        return [word for word in found if not negates(word, language)]

    return WordCache(opposites)
