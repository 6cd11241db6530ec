"""Word statistics of a corpus: in how many texts a word is found, how often, and with which shares of their words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from augcli.errors import ConfigError
from augcli.language.resources import read_text
from augcli.text.text import Text

WORDS = 1 << 18
"""Statistics never hold more words. When there are more, those found in the fewest texts go, all with the same number
together, until half are left; one that comes again starts from nothing. So memory does not grow with the corpus."""


def lowered(text: Text) -> list[str]:
    """The words of `text` in lower case, beside `text.words`."""
    value = text.value
    return [value[start:end].lower() for start, end in text.words]


@dataclass(slots=True)
class Statistics:
    """Word counts of a corpus, by word in lower case."""

    texts: int = 0
    documents: Counter[str] = field(default_factory=Counter)
    """In how many texts a word is found."""
    tokens: Counter[str] = field(default_factory=Counter)
    """How often it is found."""
    shares: dict[str, float] = field(default_factory=dict)
    """Its share of the words of a text, summed over all texts in the order of the corpus."""

    def add(self, words: list[str]) -> None:
        """Count the words of one text in."""
        self.texts += 1
        self.documents.update(set(words))
        self.tokens.update(words)
        shares, share = self.shares, 1 / max(len(words), 1)
        for word in words:
            shares[word] = shares.get(word, 0.0) + share
        if len(shares) > WORDS:
            self._forget()

    def merge(self, other: Statistics) -> None:
        """Count in another part of the corpus."""
        self.texts += other.texts
        self.documents.update(other.documents)
        self.tokens.update(other.tokens)
        for word, share in other.shares.items():
            self.shares[word] = self.shares.get(word, 0.0) + share
        if len(self.shares) > WORDS:
            self._forget()

    def _forget(self) -> None:
        rarest = sorted(self.documents.values(), reverse=True)[WORDS // 2]
        self.documents = Counter({word: count for word, count in self.documents.items() if count > rarest})
        self.tokens = Counter({word: self.tokens[word] for word in self.documents})
        self.shares = {word: self.shares[word] for word in self.documents}

    def dump(self) -> bytes:
        """A UTF-8 file: a head, then a word a line with its numbers, tabs between, the commonest first."""
        order = sorted(self.documents, key=lambda word: (-self.documents[word], word))
        lines = [f"{word}\t{self.documents[word]}\t{self.tokens[word]}\t{self.shares[word]!r}\n" for word in order]
        return "".join([_HEAD.format(self.texts, len(order)), *lines]).encode()


_HEAD = "augcli statistics 1\ntexts\t{}\nwords\t{}\nword\tdocuments\ttokens\tshares\n"
_NUMBER = "([0-9]{1,15})"


def load(path: Path) -> Statistics:
    """The statistics in a file with what `dump` gave.

    Raises ResourceError when it cannot be read, ConfigError with the line when it is not such a file.
    """
    content = read_text(path, "word statistics")
    head = re.match(_HEAD.format(_NUMBER, _NUMBER), content)
    if not head:
        raise ConfigError(f"{path}:1: these are no word statistics, or not of this version of augcli")
    found = Statistics(int(head[1]))
    for number, line in enumerate(content[head.end() :].split("\n")[:-1], head[0].count("\n") + 1):
        try:
            _read(line, found)
        except ValueError as error:
            raise ConfigError(f"{path}:{number}: {error}") from None
    if len(found.documents) != int(head[2]) or not content.endswith("\n"):
        raise ConfigError.at(path, f"{head[2]} words expected, {len(found.documents)} found; the file is cut off")
    return found


def _read(line: str, found: Statistics) -> None:
    """Raises ValueError with what is wrong."""
    match line.split("\t"):
        case [word, documents, tokens, shares] if word:
            pass
        case _:
            raise ValueError(f"expected word, documents, tokens and shares with tabs between, got {line!r}")
    if word in found.documents:
        raise ValueError(f"{word!r} stands here a second time")
    counts = int(documents), int(tokens), float(shares)
    if not (1 <= counts[0] <= min(found.texts, counts[1]) and 0 < counts[2] <= counts[0]):
        raise ValueError(f"impossible numbers for a word in {found.texts} texts: {line!r}")
    found.documents[word], found.tokens[word], found.shares[word] = counts
