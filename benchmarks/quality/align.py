"""Which words of a source became which words of an output, by difflib; needs nothing but Python."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from typing import NamedTuple, TypeAlias

HAN = r"[\u3400-\u9fff]"
WORD = re.compile(rf"{HAN}|(?:(?!{HAN})[^\W_])+")
"""A Chinese character is a word of its own."""
Opcode: TypeAlias = tuple[str, int, int, int, int]


def wording(text: str) -> tuple[str, ...]:
    """The words of a text, their case and what stands around them aside."""
    return tuple(word.casefold() for word in WORD.findall(text))


def phrase(words: Sequence[str]) -> str:
    """The words as a reader sees them, Chinese characters without blanks."""
    return re.sub(rf"(?<={HAN}) (?={HAN})", "", " ".join(words))


class Pair(NamedTuple):
    """Words that gave way to others; their places are those of the first word."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    place_before: int
    place_after: int


class Text:
    """A text, its words and what stands around them."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.editable_words = [found.span() for found in WORD.finditer(value)]
        self.words = [value[start:end] for start, end in self.editable_words]
        self.gaps = WORD.split(value)


class Alignment:
    """A source and its output."""

    def __init__(self, source: str, output: str) -> None:
        self.source, self.output = Text(source), Text(output)

    @cached_property
    def _codes(self) -> Sequence[Opcode]:
        before, after = ([word.casefold() for word in text.words] for text in (self.source, self.output))
        return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()

    @cached_property
    def pairs(self) -> list[Pair]:
        """Words replaced: one by one where as many came as went, else all together."""
        pairs = []
        for tag, i1, i2, j1, j2 in self._codes:
            step = 1 if i2 - i1 == j2 - j1 else max(i2 - i1, 1)
            for i, j in zip(range(i1, i2, step), range(j1, j2), strict=False):
                if tag == "replace":
                    upto = j + 1 if i2 - i1 == j2 - j1 else j2
                    pairs.append(Pair(tuple(self.source.words[i : i + step]), tuple(self.output.words[j:upto]), i, j))
        return pairs

    @property
    def phrases(self) -> list[Pair]:
        """What was replaced, as a reader sees it. Edits side by side are one (an old: a new), and so are two with a
        word between them where not as many words came as went (will it: is it going to).
        """
        spans: list[tuple[int, int, int, int]] = []
        for tag, i1, i2, j1, j2 in self._codes:
            if tag == "equal":
                continue
            gap, uneven = 0, i2 - i1 != j2 - j1
            if spans:
                k1, k2, l1, l2 = spans[-1]
                gap = i1 - k2 - (uneven or k2 - k1 != l2 - l1)
            if spans and gap <= 0:
                spans[-1] = (spans[-1][0], i2, spans[-1][2], j2)
            else:
                spans.append((i1, i2, j1, j2))
        return [
            Pair(tuple(self.source.words[i1:i2]), tuple(self.output.words[j1:j2]), i1, j1)
            for i1, i2, j1, j2 in spans
            if i1 < i2 and j1 < j2
        ]

    @property
    def changed(self) -> int:
        """Words replaced, removed or put in."""
        return sum(max(i2 - i1, 1) for tag, i1, i2, _, _ in self._codes if tag != "equal")

    @property
    def case_damaged(self) -> bool:
        """Whether a word that stays has another case, or one that came in is not written like what it replaces."""
        if any(self.source.words[i] != self.output.words[j] for i, j in self._kept()):
            return True
        capitals = self.source.value.isupper()
        return any(_recased(pair, capitals) for pair in self.pairs)

    @property
    def rest_damaged(self) -> bool:
        """Whether what stands between the words changed, other than inside a phrase that came in."""
        before, after = self.source.gaps, self.output.gaps
        strict: set[tuple[int, int]] = set()
        loose: list[Opcode] = []
        for code in self._codes:
            _, i1, i2, j1, j2 = code
            strict |= {(i1, j1), (i2, j2)}
            if i2 - i1 == j2 - j1:
                strict |= {(i1 + at, j1 + at) for at in range(1, i2 - i1)}
            elif i1 == i2 or j1 == j2:
                loose.append(code)
        for _, i1, i2, j1, j2 in loose:
            strict -= {(i1, j1), (i2, j2)}
            if not {before[i1], before[i2]} & {after[j1], after[j2]}:
                return True
        return any(before[i] != after[j] for i, j in strict)

    def _kept(self) -> Iterator[tuple[int, int]]:
        for tag, i1, i2, j1, _ in self._codes:
            if tag == "equal":
                yield from ((i, j1 + i - i1) for i in range(i1, i2))


def _recased(pair: Pair, capitals: bool) -> bool:
    """Whether a word came in that is not written like what it replaces; abbreviations and `I` are their own."""
    before, after = pair.before[0], pair.after[0]
    if capitals:
        return not after.isupper()
    abbreviations = any(word.isupper() and len(word) > 1 for word in (before, after))
    pronoun = before == "I" and pair.place_before > 0
    return not abbreviations and not pronoun and before[0].isupper() != after[0].isupper()
