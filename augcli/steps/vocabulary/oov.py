"""Words that a vocabulary does not know: cut up, marked, replaced, or a reason to leave the row out."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from augcli.errors import ResourceError
from augcli.language.english import with_articles
from augcli.language.negation import negates
from augcli.language.resources import ENGLISH_GRAMMAR, DataPath, Lexicon
from augcli.language.vector_files import files_of
from augcli.language.vectors import load as load_vectors
from augcli.language.word_statistics import load as load_statistics
from augcli.models.vocabulary import (
    LOW_LINE,
    TokenVocabulary,
    Vocabulary,
    WordVocabulary,
    frequent_words,
    learn_word_pieces,
    load_vocabulary,
    vocabulary_file,
)
from augcli.process import cache_folder
from augcli.steps.step import CorpusStep, PerTextStep, StepResult, SubstitutionStep
from augcli.steps.vocabulary.alignment import PairMode, links, marked
from augcli.steps.vocabulary.nearest import nearest_words
from augcli.text.edits import Edit, Interval
from augcli.text.memo import WordCache
from augcli.text.quantities import keeping_quantities
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import WITHOUT_BLANKS, characters, inside_grapheme, match_case

Mode: TypeAlias = Literal["char", "wordpiece", "unk", "copyable", "pos_all", "pos_unk", "drop", "nearest"]
PAIR_MODES: tuple[PairMode, ...] = ("copyable", "pos_all", "pos_unk")
_TOKEN = re.compile(r"\S+")
_IS_I = re.compile(r"I(?:\W|$)")
_AROUND = re.compile(r"^\W+|\W+$")
_NUMBER, _NAME = "<num>", "<name>"


class Oov(CorpusStep, SubstitutionStep, PerTextStep[list[Edit]]):
    """Treat words that a vocabulary does not know, as models with a fixed vocabulary need it.

    char writes them as characters with marks, wordpiece writes all words as sub-words; unk puts a token in their place;
    copyable, pos_all and pos_unk do so for both texts of a pair of sentences, along an alignment (input.alignment);
    nearest puts the nearest known word in their place; drop rejects rows with too many. It draws nothing, and protected
    text stays. unk and nearest leave negations and words that carry a label (`protect.label_words`); in English,
    nearest brings in no antonym. `augcli restore` brings the words back.
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
    marks: list[str] = Field(
        ["<B>", "<M>", "<E>"],
        min_length=3,
        max_length=3,
        description="of char: before the first character, those between, and the last",
    )
    mark: Literal["##", "▁"] | None = Field(
        None,
        description="of wordpiece: ## before all pieces but the first of a word, or ▁ before what stood behind blanks, "
        "and blanks around all pieces and words. When not given, ##, and ▁ in languages without blanks",
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
        if self.mode == "wordpiece" and self.mark == "##" and language in WITHOUT_BLANKS:
            return f"with ##, words of language {language!r} would run together; leave `mark` out, or write ▁"
        if any(not mark or mark.split() != [mark] for mark in self.marks) or len({*self.marks}) < 3:
            return "`marks` are three different ones without blanks"
        return None

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        words = [Lexicon("vocabulary", str(vocabulary_file(self.vocabulary)), "yours")] if self.vocabulary else []
        vectors = (
            [Lexicon("word vectors", str(file), "yours") for file in files_of(Path(self.vectors))]
            if self.vectors
            else []
        )
        grammar = ENGLISH_GRAMMAR if language == "en" and self.mode == "nearest" else ()
        return [*super().lexicons(language), *words, *vectors, *grammar]

    def substitutes(self) -> bool:
        return self.mode in ("unk", "nearest")

    def needs_negations(self) -> bool:
        return self.substitutes()

    def setup(self, language: str) -> None:
        _ = self._vocabulary
        if self.mode == "nearest" and self.by == "vectors":
            load_vectors(Path(str(self.vectors)), None, cache_folder())

    def known(self, statistics: Path) -> Vocabulary:
        """Its vocabulary; where the config names none, that of an input with these word statistics."""
        given = self.statistics or str(statistics)
        return _vocabulary(self.vocabulary, given, self.min_count, self.size, self.mode == "wordpiece")

    @cached_property
    def _vocabulary(self) -> WordVocabulary | TokenVocabulary:
        if self.needs_statistics():
            raise ResourceError("oov has no vocabulary: set `vocabulary`, or let a run look at its input")
        return _vocabulary(self.vocabulary, self.statistics, self.min_count, self.size, self.mode == "wordpiece")

    def prepare(self, texts: Sequence[Text]) -> list[list[Edit]]:
        return [self._edits(text) for text in texts]

    def propose(self, text: Text, prepared: list[Edit], rng: Rng) -> list[Edit]:
        return prepared

    def _edits(self, text: Text) -> list[Edit]:
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
        strange = [(start, end) for start, end in _words(text) if not self._knows(text.value[start:end])]
        if self.substitutes():
            strange = [word for word in strange if self._may_go(text.value[slice(*word)], text.language)]
        match self.mode:
            case "char":
                return self._characters(text, strange)
            case "unk":
                return self._tokens(text, strange)
        return self._nearest_words(text, strange)

    def _may_go(self, word: str, language: str) -> bool:
        return not (negates(word, language) or self.carries_label(word, language))

    def _result(self, text: Text, edits: list[Edit], marks: Sequence[str], **more: Any) -> StepResult:
        """Edits with a note of what `augcli restore` needs."""
        old = [text.value[start:end] for start, end, _ in edits]
        return StepResult(edits, note={"mode": self.mode, "marks": [*marks], "old": old, **more} if edits else None)

    def _knows(self, word: str) -> bool:
        return self._vocabulary.knows(word)

    def _characters(self, text: Text, words: Sequence[Interval]) -> list[Edit]:
        begin, middle, last = self.marks
        if held := next((mark for mark in self.marks if mark in text.value), None):
            return StepResult(refused=f"the text has {held} in it")
        edits = []
        for start, end in words:
            first, *others = characters(text.value[start:end])
            parts = [begin + first, *(middle + one for one in others[:-1]), *(last + one for one in others[-1:])]
            edits.append((start, end, " ".join(parts)))
        return self._result(text, edits, self.marks)

    def _sub_words(self, text: Text) -> list[Edit]:
        mark = self.mark or _default_mark(text.language)
        if mark in text.value:
            return StepResult(refused=f"the text has {mark} in it")
        vocabulary = self._vocabulary
        if not isinstance(vocabulary, TokenVocabulary):
            raise ResourceError("oov: wordpiece needs a tokenizer as `vocabulary`, or none")
        if mark == LOW_LINE:
            return self._low_lined(text, vocabulary)
        edits = [
            (start, end, f" {mark}".join(pieces))
            for start, end in _words(text)
            if len(pieces := vocabulary.pieces(text.value[start:end])) > 1
        ]
        return self._result(text, edits, [mark])

    def _low_lined(self, text: Text, vocabulary: TokenVocabulary) -> list[Edit]:
        """Blanks around all words and between their pieces, and the mark behind each blank that was there before."""
        value, words = text.value, _words(text)
        begun = {start for start, _ in words}
        edits = []
        for start, end in words:
            first = not start or value[start - 1].isspace()
            edits += [] if first else [(start, start, " ")]  # by itself, so that spans begin behind it
            edits.append((start, end, LOW_LINE * first + " ".join(vocabulary.pieces(value[start:end]))))
            if end < len(value) and end not in begun and not value[end].isspace():
                edits.append((end, end, " "))
        edits = [edit for edit in edits if edit[2] != value[edit[0] : edit[1]]]
        others = [run.start() for run in _TOKEN.finditer(value) if run.start() not in begun]
        edits += [(at, at, LOW_LINE) for at in others if text.is_editable(at, at) and not inside_grapheme(value, at)]
        whole = [value[start:end] for start, end in text.protected]
        whole += [value[at - 1 : at + 1] for at in others if at and inside_grapheme(value, at)]
        kept = [part for part in dict.fromkeys(whole) if " " in part]
        return self._result(text, sorted(edits), [LOW_LINE], kept=kept)

    def _tokens(self, text: Text, words: Sequence[Interval]) -> list[Edit]:
        tokens = [self.token, *((_NUMBER, _NAME) if self.kinds else ())]
        if held := next((token for token in tokens if token in text.value), None):
            return StepResult(refused=f"the text has {held} in it")
        return self._result(text, [(start, end, self._token(text, start, end)) for start, end in words], tokens)

    def _token(self, text: Text, start: int, end: int) -> str:
        word = text.value[start:end]
        if self.kinds and any(map(str.isdecimal, word)):
            return _NUMBER
        if self.kinds and word[:1].isupper() and not _IS_I.match(word) and _is_within_sentence(text.value, start):
            return _NAME
        return self.token

    def _pair(self, mode: PairMode, text: Text) -> list[Edit]:
        if len(text.parts) != 2:
            return StepResult(refused="a pair of texts is needed")
        if text.alignment is None:
            return StepResult(refused="there is no alignment, or other steps have edited the texts before")
        cut = [[found.span() for found in _TOKEN.finditer(text.value, *part)] for part in text.parts]
        source, target = ([text.value[start:end] for start, end in words] for words in cut)
        unknown = self.token.strip("<>")
        if re.search(rf"(?<!\S)(?:{re.escape(unknown)}(?:_\d+|pos_\S+)?|p_(?:-?\d+|n))(?!\S)", text.value):
            return StepResult(refused="a text has marks in it")
        try:
            aligned = links(text.alignment)
        except ValueError as error:
            return StepResult(refused=str(error), failed=True)
        if any(at >= len(target) or numbers[-1] >= len(source) for at, numbers in aligned.items()):
            return StepResult(refused="the alignment names words that are not there", failed=True)
        in_source, in_target = (
            {
                at: None
                for at, (start, end) in enumerate(words)
                if self._rare[text.value[start:end]] and text.is_editable(start, end)
            }
            for words in cut
        )
        pair = marked(mode, source, target, aligned, (in_source, in_target), unknown)
        edits = []
        for words, told in zip(cut, pair, strict=True):
            for number, new in sorted(told.items()):
                start, end = words[number]
                old = f"{text.value[start:end]} "
                edit = (end, end, new[len(old) - 1 :]) if new.startswith(old) else (start, end, new)
                if not text.is_editable(*edit[:2]):
                    return StepResult(refused="protected text holds a blank, where no place can stand")
                edits.append(edit)
        rare = [*dict.fromkeys(source[at] for at in in_source)]
        return self._result(text, edits, [unknown], source=source, words=rare)

    @cached_property
    def _rare(self) -> Mapping[str, bool]:
        """Whether what stands between blanks is an unknown word, with or without the punctuation around it."""

        def is_rare(token: str) -> bool:
            word = _AROUND.sub("", token)
            return bool(word) and not (self._knows(token) or self._knows(word))

        return WordCache(is_rare)

    def _nearest_words(self, text: Text, words: Sequence[Interval]) -> list[Edit]:
        vocabulary = self._vocabulary
        if not isinstance(vocabulary, WordVocabulary):
            raise ResourceError("oov: nearest needs words as `vocabulary`, not a tokenizer")
        settings = (self.vocabulary, self.statistics, self.min_count, self.size, self.min_similarity)
        near = _near(settings, self.vectors if self.by == "vectors" else None, text.language)
        edits = []
        for start, end in words:
            word = text.value[start:end]
            if new := near[word.lower()]:
                edits.append((start, end, match_case(new, word)))
        return self._result(text, with_articles(text, keeping_quantities(text, edits)), [])


def _words(text: Text) -> list[Interval]:
    """The words that may be edited, without those that an entity begins or ends in, as it would be lost."""
    borders = sorted({at for start, end, _ in text.spans for at in (start, end)})
    if not borders:
        return text.editable_words
    return [
        (start, end) for start, end in text.editable_words if bisect_right(borders, start) == bisect_left(borders, end)
    ]


def _default_mark(language: str) -> str:
    return LOW_LINE if language in WITHOUT_BLANKS else "##"


def _is_within_sentence(value: str, start: int) -> bool:
    while start and value[start - 1].isspace():
        start -= 1
    return start > 0 and value[start - 1] not in ".?!:"


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
def _near(settings: tuple[Any, ...], vectors: str | None, language: str) -> Mapping[str, str]:
    """The nearest known word of each unknown one in lower case; empty where none is near enough."""
    *which, least = settings
    vocabulary = _vocabulary(*which, False)
    assert isinstance(vocabulary, WordVocabulary)
    return nearest_words(vocabulary.words, vectors, least, language)
