"""Words give way to others whose vectors are near."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import ClassVar, NamedTuple

from pydantic import Field

from augcli.language.closeness import closeness, listed
from augcli.language.content_words import (
    are_antonyms,
    chinese_words,
    content_word,
    plain,
    share_lemma,
    usual_tags,
)
from augcli.language.negation import negates
from augcli.language.resources import (
    CHINESE_SYNONYMS,
    ENGLISH_GRAMMAR,
    ENGLISH_THESAURUS,
    JIEBA,
    VECTORS,
    DataPath,
    Lexicon,
)
from augcli.language.synonyms import chinese
from augcli.language.vector_files import files_of
from augcli.language.vectors import Vectors, load
from augcli.process import cache_folder
from augcli.steps.replacement.slots import NO_CANDIDATES, UNIT, Candidates, CandidateTable, Replacement, sureness
from augcli.text.text import Text

_SPARE = 2
"""So many times `top_k` neighbours are looked at, since some are refused."""
_ENOUGH = 0.5
"""Share of known words below which the vectors hardly fit the texts."""
_SLACK = 0.1
"""By how much a neighbour may be farther where a model says that it is likely in the sentence."""
_COMMONEST = 50_000
"""Chinese words that give way are among so many commonest ones."""
_ALIKE = 0.8
"""Share of letters in common from which two words of a language without a lexicon count as forms of one."""


class Nearness(NamedTuple):
    """Which vectors, and which neighbours in them come in."""

    vectors: str | None
    limit: int | None
    top_k: int
    min_similarity: float
    commonest: int
    same_pos: bool
    antonyms: bool


class Embedding(Replacement):
    """Replace words by others whose word vectors are near: word2vec, GloVe, fastText or gensim's KeyedVectors.

    In English, a replacement has the part of speech and the inflection of the word, its case, and the article it takes;
    antonyms, opposites by prefix (able, unable) and other forms of the same word are refused. In other languages words
    that look alike are refused, as inflections and misspellings do. Names, negations, stop words and words that carry a
    label (`protect.label_words`) stay.
    """

    name: ClassVar = "embedding"
    family: ClassVar = "embedding"
    paper: ClassVar = "Wang & Yang 2015, That's So Annoying!!! (EMNLP, D15-1306)"
    example: ClassVar = "embedding: {rate: 0.1, top_k: 10, min_similarity: 0.7}"

    vectors: DataPath | None = Field(
        None,
        description="file of vectors; when not given, those of augcli (en, zh), in which synonyms are near",
    )
    limit: int | None = Field(None, ge=1, description="read only the first so many words of the file, its commonest")
    top_k: int = Field(10, ge=1, description="draw from so many nearest neighbours")
    min_similarity: float = Field(
        0.7,
        ge=-1,
        le=1,
        description="cosine that a neighbour must have at least. With the vectors that come with augcli, pairs of "
        "common words were read: what fits nearly everywhere counts as 0.97, a shade different as 0.85, of one meaning "
        "as 0.6, and other neighbours of such words as 0.5 at most",
    )
    commonest: int = Field(50_000, ge=1, description="only words among so many first ones of the file come in")
    same_pos: bool = Field(
        True, description="in English and Chinese, only words of the same part of speech, in English and form, come in"
    )
    antonyms: bool = Field(False, description="true: in English, antonyms come in too")

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.vectors or language in VECTORS:
            return super().config_error(language, patterns)
        return f"augcli comes with word vectors of {' and '.join(VECTORS)}; for {language!r}, set `vectors` to a file"

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        if self.vectors:
            vectors = [Lexicon("word vectors", str(file), "yours") for file in files_of(Path(self.vectors))]
        else:
            read = (ENGLISH_THESAURUS,) if language == "en" else CHINESE_SYNONYMS
            vectors = [VECTORS[language], *read]
        grammar = {"en": ENGLISH_GRAMMAR, "zh": (JIEBA,)}.get(language, ())
        return [*grammar, *vectors, *super().lexicons(language)]

    def sure(self) -> float:
        return sureness(self.min_similarity)

    def _table(self, language: str) -> _Neighbours:
        nearness = Nearness(
            self.vectors, self.limit, self.top_k, self.min_similarity - _SLACK * self.context, self.commonest,
            self.same_pos, self.antonyms,
        )  # fmt: skip
        return _neighbours(nearness, language)

    def warnings(self, texts: Sequence[Text]) -> Sequence[str]:
        vectors = self._table(texts[0].language).vectors if texts else None
        words = [text.value[start:end] for text in texts for start, end in text.words]
        if vectors is None or not words:
            return ()
        share = sum(vectors.place(word) is not None or vectors.place(word.lower()) is not None for word in words)
        covered = share / len(words)
        few = f"the word vectors know only {covered:.0%} of the words of the first rows; are they of this language?"
        return (*vectors.warnings, *([few] if covered < _ENOUGH else []))


@cache
def _neighbours(nearness: Nearness, language: str) -> _Neighbours:
    return _Neighbours(nearness, language)


class _Neighbours(CandidateTable):
    """The nearest words; those of many words are found at once."""

    def __init__(self, nearness: Nearness, language: str) -> None:
        super().__init__()
        self._nearness = nearness
        self._language = language
        path = Path(nearness.vectors) if nearness.vectors else VECTORS[language].path()
        self.vectors = load(path, nearness.limit, cache_folder())
        self._among = _choices(self.vectors, nearness, language)

    def knows(self, word: str) -> bool:
        if self._language == "en" and not content_word(word):
            return False
        if self._language == "zh" and self._nearness.vectors is None:  # which have function words too
            return word in chinese_words(_COMMONEST) or bool(chinese(word))
        return self._row(word) is not None

    def _row(self, word: str) -> int | None:
        row = self.vectors.place(word)
        return self.vectors.place(word.lower()) if row is None else row

    def options(self, key: str) -> Candidates:
        self.learn([key])
        return self[key]

    def learn(self, keys: Iterable[str]) -> None:
        """Find the neighbours of those `keys` that are not known yet."""
        import numpy as np

        wanted: dict[str, dict[str, int]] = defaultdict(dict)
        for key in dict.fromkeys(keys):
            if key in self:
                continue
            word, kind = self._split_key(key)
            row = self._row(word)
            if row is None or kind not in self._among:
                self[key] = NO_CANDIDATES
            else:
                wanted[kind][key] = row
        for kind, rows in wanted.items():
            among = np.array(self._among[kind], dtype=np.intp)
            found = self.vectors.nearest(list(rows.values()), _SPARE * self._nearness.top_k, among)
            for key, near in zip(rows, found, strict=True):
                self[key] = self._candidates(key, near)

    def _candidates(self, key: str, near: list[tuple[int, float]]) -> Candidates:
        """Those neighbours of a key that are near enough and fit, with their weights."""
        word, tag = self._split_key(key)
        found = {self.vectors.words[row]: cosine for row, cosine in near}
        if self._nearness.vectors is None:
            read = listed(word, tag, self._language)
            known = [other for other in read if self.vectors.place(other) is not None]
            found = {other: closeness(word, other, tag, self._language) for other in (*known, *found)}
            found = dict(sorted(found.items(), key=lambda item: -item[1]))
        close = [(other, cosine) for other, cosine in found.items() if cosine >= self._nearness.min_similarity]
        kept = [(other, cosine) for other, cosine in close if self._fits(word, other)]
        chosen = dict(kept[: self._nearness.top_k])
        return Candidates.of(
            {other: _weight(cosine) for other, cosine in chosen.items()}, map(sureness, chosen.values())
        )

    def _split_key(self, key: str) -> tuple[str, str]:
        """The word of a key, and the part of speech that its replacement must have; "" for any."""
        if self._language == "zh" and self._nearness.same_pos:
            return key, chinese_words(self._nearness.commonest).get(key, ("", 0))[0]
        if self._language != "en":
            return key, ""
        word, _, tag = key.rpartition("/")
        return word, "" if not self._nearness.same_pos else "VB" if tag == "VBP" else tag

    def _fits(self, word: str, other: str) -> bool:
        """Whether `other` is neither a form nor an opposite of `word`."""
        if negates(other, self._language):
            return False
        if self._language == "zh":
            return True
        if self._language != "en":
            return SequenceMatcher(None, word.lower(), other.lower(), False).ratio() < _ALIKE
        return not share_lemma(word, other) and (self._nearness.antonyms or not are_antonyms(word, other))


def _weight(cosine: float) -> int:
    """How likely a neighbour is drawn: one with cosine 0.9 about three times as often as one with 0.8."""
    return max(1, round(UNIT * max(cosine, 0.0) ** 9))


def _choices(vectors: Vectors, nearness: Nearness, language: str) -> Mapping[str, list[int]]:
    """Rows of the words that may come in, by part of speech; under "" those of any."""
    rows: dict[str, list[int]] = defaultdict(list)
    tagged = chinese_words(nearness.commonest) if language == "zh" else {}
    for row, word in enumerate(vectors.words[: nearness.commonest]):
        if (language != "en" and word.isalpha()) or (language == "en" and not nearness.same_pos and plain(word)):
            rows[""].append(row)
            if language == "zh" and (known := tagged.get(word)):
                rows[known[0]].append(row)
        elif language == "en":
            for tag in usual_tags(word):
                rows[tag].append(row)
    return rows
