"""The words of a corpus on disk, so that a training reads them again and again without finding them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from augcli.config.sections import Input
from augcli.language.word_statistics import lowered
from augcli.run.training_input import is_aside
from augcli.text.record import Record
from augcli.text.text import Text

LONGEST = 10_000
"""Words that gensim reads of a text; longer texts are cut there."""


@dataclass(frozen=True, slots=True)
class WordFile:
    """Texts as lists of words in lower case, as steps see them: a JSON array on each line."""

    path: Path
    counts: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[list[str]]:
        with self.path.open("rb") as lines:
            yield from map(orjson.loads, lines)

    @property
    def texts(self) -> int:
        """How many lines there are."""
        return sum(1 for _ in self)


def write_words(records: Iterable[Record], data: Input, validation: float, folder: Path) -> tuple[WordFile, WordFile]:
    """The words of the texts to train with, and of those that are kept aside; equal texts are on one side.

    A token of the input with blanks in it counts as several words, as files of vectors put blanks behind words.
    """
    parts = WordFile(folder / "training.jsonl"), WordFile(folder / "validation.jsonl")
    with parts[0].path.open("wb") as training, parts[1].path.open("wb") as aside:
        for record in records:
            for text in record.texts:
                tokens = lowered(Text(text, data.language, tokens=record.tokens, segment=data.segment))
                words = [word for token in tokens for word in token.split()]
                side = is_aside(text, validation)
                for start in range(0, len(words), LONGEST):
                    (training, aside)[side].write(orjson.dumps(words[start : start + LONGEST]) + b"\n")
                parts[side].counts.update(words)
    return parts
