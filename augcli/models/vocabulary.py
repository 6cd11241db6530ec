"""Vocabularies: which words a model knows, and how it cuts others up."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from itertools import chain, pairwise, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from augcli.errors import ConfigError, ResourceError
from augcli.language import vector_files
from augcli.language.word_statistics import Statistics
from augcli.models.device import need
from augcli.models.files import folder_of
from augcli.text.memo import WordCache
from augcli.text.words import characters, inside_grapheme

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class Vocabulary(Protocol):
    """Says which words it knows."""

    def knows(self, word: str) -> bool:
        """Whether it knows a word, in any case."""


class WordVocabulary:
    """Words in lower case."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = {word.lower(): None for word in words}

    def knows(self, word: str) -> bool:
        return word.lower() in self.words


class TokenVocabulary:
    """The tokens of a tokenizer: it knows words that are one, and cuts others up."""

    def __init__(self, tokenizer: Tokenizer, unknown: str | None = None) -> None:
        self._tokenizer = tokenizer
        self._pieces = WordCache(self._cut)
        self._known = WordCache(self._is_one_token)
        self._unknown = unknown
        """The token that stands for what the tokenizer does not know."""

    def knows(self, word: str) -> bool:
        return self._known[word]

    def pieces(self, word: str) -> list[str]:
        """The parts of a word, joined they are the word; characters where the tokenizer does not know some of it."""
        return self._pieces[word]

    def _is_one_token(self, word: str) -> bool:
        tokens = self._tokenizer.encode(word, add_special_tokens=False).tokens
        return len(self.pieces(word)) == 1 and self._unknown not in tokens

    def _cut(self, word: str) -> list[str]:
        encoded = self._tokenizer.encode(word, add_special_tokens=False)
        if self._unknown in encoded.tokens:
            return characters(word)
        starts = {start for start, end in encoded.offsets if 0 < start < end and not inside_grapheme(word, start)}
        return [word[start:end] for start, end in pairwise([0, *sorted(starts), len(word)])]


def frequent_words(statistics: Statistics, min_count: int, size: int | None) -> list[str]:
    """The words of a corpus that are found at least so many times, the most frequent first, at most so many."""
    counts = statistics.tokens
    order = sorted((word for word in counts if counts[word] >= min_count), key=lambda word: (-counts[word], word))
    return order[:size]


def learn_word_pieces(statistics: Statistics, size: int) -> Tokenizer:
    """A tokenizer of `size` word pieces, learnt from how often a corpus has its words (Wu et al. 2016).

    Raises ResourceError when the package tokenizers is missing.
    """
    need("tokenizers")
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    def made(vocabulary: dict[str, int] | None = None) -> Tokenizer:
        tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=_UNKNOWN, max_input_chars_per_word=1000))
        tokenizer.normalizer = normalizers.Lowercase()
        tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_WORD), "removed", invert=True)
        return tokenizer

    counts = sorted(statistics.tokens.items())
    # The trainer numbers inner characters in an order that differs from process to process, and of pairs that are
    # equally frequent it joins the one with the lower numbers; as tokens named before, they have their numbers.
    inner = sorted({f"##{char}" for word in statistics.tokens for char in word[1:]})
    trainer: Any = trainers.WordPieceTrainer(vocab_size=size, special_tokens=[_UNKNOWN, *inner], show_progress=False)
    learnt = made()
    learnt.train_from_iterator(chain.from_iterable(repeat(word, count) for word, count in counts), trainer)
    return made(learnt.get_vocab())


_UNKNOWN = "[UNK]"
_WORD = r"[\w\p{M}]+(?:['’.\-][\w\p{M}]+)*|[^\w\p{M}\s]+"
"""As a regular expression of the package tokenizers: a word, or signs beside one."""


def load_vocabulary(given: str) -> WordVocabulary | TokenVocabulary:
    """The vocabulary in a file of words, one a line, or of word vectors, or of a tokenizer by folder, file or hub name.

    Raises ResourceError when it is missing, ConfigError when it is something else.
    """
    file = vocabulary_file(given)
    if file.suffix != ".json":
        return WordVocabulary(words_in_file(file))
    need("tokenizers")
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the package raises no other
        raise ConfigError.at(file, f"not a tokenizer that can be read: {error}") from error
    unknown = getattr(tokenizer.model, "unk_token", None)
    return TokenVocabulary(tokenizer, unknown)


def vocabulary_file(given: str) -> Path:
    """The file of a vocabulary: the one that is named, or the tokenizer in a folder or of a model on the hub.

    Raises ResourceError when there is none.
    """
    path = Path(given)
    if path.suffix and not path.exists():
        raise ResourceError(f"there is no file {given}, neither beside the config nor in the current folder")
    file = path if path.is_file() else (path if path.is_dir() else folder_of(given)) / "tokenizer.json"
    if not file.is_file():
        raise ResourceError(f"there is no {file}: a vocabulary is a list of words, word vectors, or such a tokenizer")
    return file


def words_in_file(path: Path) -> Iterable[str]:
    """The words of a file: one word a line, or word vectors. Raises ResourceError or ConfigError."""
    if not path.is_file():
        raise ResourceError(f"there is no file {path.absolute()}; a vocabulary is a list of words, or word vectors")
    with path.open("rb") as file:
        head = file.readline(1 << 16)
    if re.fullmatch(rb"[^\s\0]+\r?\n?", head):
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise ConfigError.at(path, f"not UTF-8 (byte {error.start}); save it as UTF-8") from error
        return (line.strip() for line in lines)
    return (word for words, _ in vector_files.open_source(path, None).blocks for word in words)


def known_words(path: Path) -> Container[str]:
    """The words of a file in lower case, as `words_in_file` reads it."""
    return {word.lower() for word in words_in_file(path)}


LOW_LINE = "▁"
"""The mark of sentencepiece, which stands for a blank: before a word, and not before the pieces that go on with it."""
