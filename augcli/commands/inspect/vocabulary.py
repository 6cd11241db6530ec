"""Words of the texts that are not in a vocabulary: those of another language, of a trade, or misspelt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

from augcli.commands.inspect.findings import EXAMPLES, Finding, Level, examples_of, shortened
from augcli.commands.inspect.lengths import words_in
from augcli.language.english import forms
from augcli.run.look.rows import Row
from augcli.text.words import plain_apostrophes

SHOWN = 20
_MANY, _LEAST = 0.1, 10
"""From this share of the words on, and from so many on, it is worth a warning."""
_NUMBER = re.compile(r"[\W\d_]+")
_ENDING = re.compile(r"(?:n't|'(?:s|m|d|re|ve|ll|t))$")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How many of the words are not in a vocabulary, and the commonest of these."""

    source: str
    words: int
    unknown: int
    distinct: int
    """Unknown words that differ."""
    commonest: Sequence[tuple[str, int]]


def english_words() -> Container[str]:
    """The English word list that comes along."""
    return forms().kinds.keys()


def compared(
    rows: Sequence[Row], language: str, counts: Counter[str], known: Container[str], source: str
) -> tuple[Vocabulary, Finding | None]:
    """How many words of the rows are known, and what there is to say of the others; `counts` are of all their words."""
    unknown = Counter({word: number for word, number in counts.items() if not _is_known(word, known)})
    commonest = [(shortened(word, 40), number) for word, number in unknown.most_common(SHOWN)]
    found = Vocabulary(source, counts.total(), unknown.total(), len(unknown), commonest)
    if unknown.total() < max(_LEAST, _MANY * counts.total()):
        return found, None
    having = [
        (row, new) for row in rows if (new := [word for word in words_in(row, language) if word.lower() in unknown])
    ]
    finding = Finding(
        "unknown_words", Level.warning,
        f"{unknown.total():,} of {counts.total():,} words are not in {source}", len(having),
        "see that input.language is right; name the words of your trade in protect.words",
        examples_of(
            [row for row, _ in having],
            [", ".join(shortened(word, 40) for word in new[:5]) for _, new in having[:EXAMPLES]],
        ),
    )  # fmt: skip
    return found, finding


def _is_known(word: str, known: Container[str]) -> bool:
    """Whether a word in lower case, or all of its parts, are known; numbers are."""
    if word in known or _NUMBER.fullmatch(word):
        return True
    bare = _ENDING.sub("", plain_apostrophes(word))
    parts = re.split(r"[-.']", bare)
    return bare in known or (bool(bare) and all(part in known or part.isdigit() or len(part) < 2 for part in parts))
