"""A text with its words and what of it may be edited."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from augcli.text.bio import tokens_after
from augcli.text.edits import Edit, Interval, Span, apply, merge, shift, touches
from augcli.text.words import segmenter, spaced_words, words_after


class Text:
    """A text with its words, which may be edited, and its protected intervals, which may not.

    Words are found once, and all variants of a row share them. Where the input gives tokens, these are the words.
    """

    __slots__ = ("_before", "_editable_words", "_words", "label", "language", "protected", "tags", "tokens", "value")

    def __init__(
        self,
        value: str,
        language: str = "en",
        protected: Sequence[Interval] = (),
        before: tuple[Text, Sequence[Edit]] | None = None,
        label: str = "",
        tokens: Sequence[Interval] = (),
    ) -> None:
        """`before` is the text that it was, with the edits made; `label` that of its row, empty where it has none.

        `tokens` are those that the input gives, none where it gives only the text.
        """
        self.value = value
        self.language = language
        self.protected = protected
        self.label = label
        self.tokens = tokens
        self._words: list[Interval] | None = None
        self._editable_words: list[Interval] | None = None
        self.tags: Any = None
        """The parts of speech of the words, once `augcli.language.tagger.tags_of` has told them."""
        self._before = before

    @property
    def words(self) -> list[Interval]:
        """All words, protected or not, as (start, end)."""
        if self._words is None and self.tokens:
            value = self.value
            self._words = [(start, end) for start, end in self.tokens if any(map(str.isalnum, value[start:end]))]
        if self._words is None:
            find = segmenter(self.language)
            before = self._before
            if before is None or before[0]._words is None or find is spaced_words:
                self._words = find(self.value)
            else:  # a dictionary search costs more than moving the words that no edit touches
                self._words = words_after(before[0]._words, self.value, before[1], find)
            self._before = None
        return self._words

    @property
    def editable_words(self) -> list[Interval]:
        """The words that may be edited, as (start, end)."""
        if self._editable_words is None:
            self._editable_words = _outside(self.words, self.protected) if self.protected else self.words
        return self._editable_words

    def is_editable(self, start: int, end: int) -> bool:
        """Whether [start, end) may be edited."""
        return not self.protected or not touches(self.protected, start, end)

    def edited(self, edits: Sequence[Edit], origins: Sequence[Interval] = ()) -> Text:
        """The text after `edits`, which must be valid for it (see `why_invalid`).

        Where it has tokens, those of new text may be known: `origins` are the places that it came from, edit by edit.
        """
        value = apply(self.value, edits)
        protected = shift(self.protected, edits) if self.protected else self.protected
        tokens = tokens_after(self.tokens, edits, value, origins) if self.tokens else self.tokens
        return Text(value, self.language, protected, (self, edits), self.label, tokens)

    def guarding(self, spans: Sequence[Span]) -> Text:
        """The same text with `spans` protected too."""
        protected = merge([*self.protected, *((start, end) for start, end, _ in spans)])
        if protected == list(self.protected):
            return self
        guarded = Text(self.value, self.language, protected, None, self.label, self.tokens)
        guarded._words = self.words
        return guarded


def _outside(words: list[Interval], protected: Sequence[Interval]) -> list[Interval]:
    """Those of `words` that no protected interval touches."""
    outside: list[Interval] = []
    done = 0
    for start, end in protected:
        outside += words[done : bisect_right(words, start, done, key=itemgetter(1))]
        done = bisect_left(words, end, done, key=itemgetter(0))
    return outside + words[done:]
