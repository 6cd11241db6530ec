"""Words that a vocabulary does not know: cut up, marked, replaced, or a reason to leave the row out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

import regex
from pydantic import Field

from augcli.errors import ResourceError
from augcli.language.resources import DataPath, Lexicon
from augcli.language.vector_files import sub_word_vectors
from augcli.language.vectors import load as load_vectors
from augcli.language.word_statistics import load as load_statistics
from augcli.models.vocabulary import (
    TokenVocabulary,
    Vocabulary,
    WordVocabulary,
    frequent_words,
    joined_pieces,
    learn_word_pieces,
    load_vocabulary,
)
from augcli.process import cache_folder
from augcli.steps.step import CorpusStep, StepResult
from augcli.steps.vocabulary.alignment import PairMode, links, marked
from augcli.text.edits import Edit, Interval
from augcli.text.memo import WordCache
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import match_case

Mode: TypeAlias = Literal["char", "wordpiece", "unk", "copyable", "pos_all", "pos_unk", "drop", "nearest"]
PAIR_MODES: tuple[PairMode, ...] = ("copyable", "pos_all", "pos_unk")
_CLUSTER = regex.compile(r"\X")
_TOKEN = re.compile(r"\S+")
_IS_I = re.compile(r"I(?:\W|$)")


class Oov(CorpusStep):
    """Treat words that a vocabulary does not know, as models with a fixed vocabulary need it.

    char writes them as characters with marks, wordpiece writes all words as sub-words; unk puts a token in their place;
    copyable, pos_all and pos_unk do so for both texts of a pair of sentences, along an alignment (input.alignment);
    nearest puts the nearest known word in their place; drop rejects rows with too many. It draws nothing, and protected
    text stays. `augcli restore` brings the words back.
    """

    name: ClassVar = "oov"
    family: ClassVar = "vocabulary"
    paper: ClassVar = (
        "Luong et al. 2015, Addressing the Rare Word Problem (arXiv:1410.8206); Luong & Manning 2016, Hybrid "
        "Word-Character Models (arXiv:1604.00788); Wu et al. 2016, Google's Neural Machine Translation System "
        "(arXiv:1609.08144)"
    )
    example: ClassVar = "oov: {mode: char, min_count: 2}"
    joins_texts: ClassVar = True
    works_on_parts: ClassVar = False

    mode: Mode = Field(description="what becomes of unknown words, see above")
    vocabulary: DataPath | None = Field(
        None,
        description="a list of words, one a line; word vectors; or a tokenizer: its folder, tokenizer.json, or the "
        "name of a model on the hub. When not given, the words of the input (`min_count`, `size`)",
    )
    min_count: int = Field(2, ge=1, description="of words of the input, known are those found so many times at least")
    size: int | None = Field(
        None,
        ge=1,
        description="most words of the input that are known, the most frequent; sub-words of wordpiece (8000)",
    )
    marks: tuple[str, str, str] = Field(
        ("<B>", "<M>", "<E>"), description="of char: before the first character, those between, and the last"
    )
    mark: Literal["##", "▁"] = Field(
        "##", description="of wordpiece: ## before all pieces but the first of a word, ▁ before the first"
    )
    token: str = Field("<unk>", min_length=1, pattern=r"^\S+$", description="of unk: what stands for a word")
    kinds: bool = Field(
        False, description="of unk: <num> for words with digits, <name> for those with a capital within a sentence"
    )
    max_share: float = Field(0.2, ge=0, le=1, description="of drop: share of unknown words that a row may have")
    by: Literal["spelling", "vectors"] = Field(
        "spelling", description="of nearest: by edits of characters, or by word vectors, whose sub-words may help"
    )
    vectors: DataPath | None = Field(
        None, description="of nearest by vectors: word vectors that have the unknown words"
    )
    min_similarity: float = Field(
        0.8,
        ge=0,
        le=1,
        description="of nearest: share of characters that stay, or cosine, that the known word must reach",
    )

    def needs_statistics(self) -> bool:
        return self.statistics is None and self.vocabulary is None

    def needs_alignment(self) -> bool:
        return self.mode in PAIR_MODES

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.mode == "nearest" and self.by == "vectors" and self.vectors is None:
            return "nearest by vectors needs `vectors`, a file that has the unknown words"
        if any(not mark or mark.split() != [mark] for mark in self.marks) or len({*self.marks}) < 3:
            return "`marks` are three different ones without blanks"
        return None

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        files = [("vocabulary", self.vocabulary), ("word vectors", self.vectors)]
        own = [Lexicon(name, file, "yours") for name, file in files if file and Path(file).is_file()]
        return [*super().lexicons(language), *own]

    def setup(self, language: str) -> None:
        self._vocabulary()
        if self.mode == "nearest" and self.by == "vectors":
            load_vectors(Path(str(self.vectors)), None, cache_folder())

    def known(self, statistics: Path) -> Vocabulary:
        """Its vocabulary; where the config names none, that of an input with these word statistics."""
        given = self.statistics or str(statistics)
        return _vocabulary(self.vocabulary, given, self.min_count, self.size, self.mode == "wordpiece")

    def _vocabulary(self) -> WordVocabulary | TokenVocabulary:
        if self.needs_statistics():
            raise ResourceError("oov has no vocabulary: set `vocabulary`, or let a run look at its input")
        return _vocabulary(self.vocabulary, self.statistics, self.min_count, self.size, self.mode == "wordpiece")

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        match self.mode:
            case "copyable" | "pos_all" | "pos_unk":
                return self._pair(self.mode, text)
            case "wordpiece":
                return self._sub_words(text)
            case "drop":
                words = text.words
                share = sum(not self._knows(text.value[slice(*word)]) for word in words) / max(1, len(words))
                why = f"more than {self.max_share:g} of its words are unknown"
                return StepResult(refused=why if share > self.max_share else "")
        strange = [(start, end) for start, end in text.editable_words if not self._knows(text.value[start:end])]
        match self.mode:
            case "char":
                return self._characters(text, strange)
            case "unk":
                if self.token in text.value:
                    return StepResult(refused=f"the text has {self.token} in it")
                edits = [(start, end, self._unknown(text, start, end)) for start, end in strange]
                return self._result(text, edits, [self.token])
        found = ((start, end, self._nearest(text.value[start:end])) for start, end in strange)
        return self._result(text, [(start, end, new) for start, end, new in found if new], [])

    def _result(self, text: Text, edits: list[Edit], marks: Sequence[str], **more: Any) -> StepResult:
        """Edits with a note of what `augcli restore` needs."""
        old = [text.value[start:end] for start, end, _ in edits]
        return StepResult(edits, note={"mode": self.mode, "marks": [*marks], "old": old, **more} if edits else None)

    def _knows(self, word: str) -> bool:
        return self._vocabulary().knows(word)

    def _characters(self, text: Text, words: Sequence[Interval]) -> list[Edit]:
        begin, middle, last = self.marks
        if held := next((mark for mark in self.marks if mark in text.value), None):
            return StepResult(refused=f"the text has {held} in it")
        edits = []
        for start, end in words:
            first, *others = _CLUSTER.findall(text.value[start:end])
            parts = [begin + first, *(middle + one for one in others[:-1]), *(last + one for one in others[-1:])]
            edits.append((start, end, " ".join(parts)))
        return self._result(text, edits, self.marks)

    def _sub_words(self, text: Text) -> list[Edit]:
        if self.mark in text.value:
            return StepResult(refused=f"the text has {self.mark} in it")
        vocabulary = self._vocabulary()
        if not isinstance(vocabulary, TokenVocabulary):
            raise ResourceError("oov: wordpiece needs a tokenizer as `vocabulary`, or none")
        edits = []
        for start, end in text.editable_words:
            word = text.value[start:end]
            new = joined_pieces(vocabulary.pieces(word), self.mark)
            if new != word:
                edits.append((start, end, new))
        return self._result(text, edits, [self.mark])

    def _unknown(self, text: Text, start: int, end: int) -> str:
        word = text.value[start:end]
        if self.kinds and any(map(str.isdecimal, word)):
            return "<num>"
        before = text.value[:start].rstrip()
        if self.kinds and word[:1].isupper() and not _IS_I.match(word) and before and before[-1] not in ".?!:\n":
            return "<name>"
        return self.token

    def _pair(self, mode: PairMode, text: Text) -> list[Edit]:
        if len(text.parts) != 2:
            return StepResult(refused="a pair of texts is needed")
        if text.alignment is None:
            return StepResult(refused="there is no alignment, or other steps have edited the texts before")
        cut = [[found.span() for found in _TOKEN.finditer(text.value, *part)] for part in text.parts]
        source, target = ([text.value[start:end] for start, end in words] for words in cut)
        unknown = self.token.strip("<>")
        if any(re.match(rf"{re.escape(unknown)}(_\d+|pos_.+)?$|p_(-?\d+|n)$", word) for word in (*source, *target)):
            return StepResult(refused="a text has marks in it")
        try:
            aligned = links(text.alignment)
        except ValueError as error:
            return StepResult(refused=str(error), failed=True)
        pair = marked(mode, source, target, aligned, self._knows, unknown)
        edits = [
            (*words[number], new)
            for words, told in zip(cut, pair, strict=True)
            for number, new in told.items()
            if text.is_editable(*words[number])
        ]
        strange = [*dict.fromkeys(word for word in source if not self._knows(word))]
        return self._result(text, edits, [unknown], source=source, words=strange)

    def _nearest(self, word: str) -> str:
        vocabulary = self._vocabulary()
        if not isinstance(vocabulary, WordVocabulary):
            raise ResourceError("oov: nearest needs words as `vocabulary`, not a tokenizer")
        settings = (self.vocabulary, self.statistics, self.min_count, self.size, self.min_similarity)
        near = _near(settings, str(self.vectors) if self.by == "vectors" else None)[word.lower()]
        return match_case(near, word) if near else ""


@cache
def _vocabulary(
    given: str | None, statistics: str | None, min_count: int, size: int | None, pieces: bool
) -> WordVocabulary | TokenVocabulary:
    if given:
        return load_vocabulary(given)
    counts = load_statistics(Path(str(statistics)))
    if pieces:
        return TokenVocabulary(learn_word_pieces(counts, size or 8000), "[UNK]")
    return WordVocabulary(frequent_words(counts, min_count, size))


@cache
def _near(settings: tuple[Any, ...], vectors: str | None) -> Mapping[str, str]:
    """The nearest known word of each unknown one in lower case; empty where none is near enough."""
    *which, least = settings
    vocabulary = _vocabulary(*which, False)
    assert isinstance(vocabulary, WordVocabulary)
    words = [word for word in vocabulary.words if any(map(str.isalpha, word))]
    return WordCache(_by_vectors(words, vectors, least) if vectors else _by_spelling(words, least))


def _by_spelling(words: Sequence[str], least: float) -> Callable[[str], str]:
    """The known word with the fewest edits of characters, as a share of the longer word; of equals the first."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    def nearest(word: str) -> str:
        found = process.extractOne(word, words, scorer=OSA.normalized_similarity, score_cutoff=least)
        return found[0] if found and any(map(str.isalpha, word)) else ""

    return nearest


def _by_vectors(words: Sequence[str], vectors: str, least: float) -> Callable[[str], str]:
    """The known word with the highest cosine; fastText makes a vector of any word."""
    import numpy as np

    if model := sub_word_vectors(Path(vectors)):
        matrix = np.stack([model.get_vector(word, norm=True) for word in words])

        def nearest_by_sub_words(word: str) -> str:
            cosines = (matrix @ model.get_vector(word, norm=True)).round(5)
            best = int(cosines.argmax())
            return words[best] if cosines[best] >= least else ""

        return nearest_by_sub_words
    known = load_vectors(Path(vectors), None, cache_folder())
    among = np.array(sorted({place for word in words if (place := known.place(word)) is not None}), np.intp)

    def nearest(word: str) -> str:
        place = known.place(word)
        found = known.nearest([place], 1, among)[0] if place is not None else []
        return known.words[found[0][0]] if found and found[0][1] >= least else ""

    return nearest
