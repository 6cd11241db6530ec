"""A text with its words and what of it may be edited."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from itertools import zip_longest
from operator import itemgetter
from typing import Any, Literal, TypeAlias

from augcli.text.bio import Origin, tokens_after
from augcli.text.edits import Edit, Interval, Span, apply, merge, move_spans, shift, touches, why_invalid
from augcli.text.words import Segment, segmenter, spaced_words, words_after

Parts: TypeAlias = Literal["entities", "text"] | list[str]
"""Parts of a text: its entities, all that is none, or its entities of some types."""


class Text:
    """A text with its words, which may be edited, and its protected intervals, which may not.

    Words are found once, and all variants of a row share them. Where the input gives tokens, these are the words.
    """

    __slots__ = (
        "_before", "_closed", "_editable_words", "_patterns", "_views", "_words", "alignment", "keeps_spans", "label",
        "language", "parts", "protected", "segment", "spans", "tags", "tokens", "value",
    )  # fmt: skip

    def __init__(
        self,
        value: str,
        language: str = "en",
        protected: Sequence[Interval] = (),
        before: tuple[Text, Sequence[Edit]] | None = None,
        label: str = "",
        tokens: Sequence[Interval] = (),
        spans: Sequence[Span] = (),
        *,
        keeps_spans: bool = False,
        segment: Segment | None = None,
    ) -> None:
        """`before` is the text that it was, with the edits made; `label` that of its row, empty where it has none.

        `tokens` are those that the input gives, none where it gives only the text. `spans` are its entities, which are
        protected as well where it `keeps_spans`. `segment` finds its words, else what does so for the language.
        """
        self.value = value
        self.language = language
        self.protected = merge([*protected, *_places(spans)]) if keeps_spans and spans else protected
        self.label = label
        self.tokens = tokens
        self.spans = spans
        self.keeps_spans = keeps_spans
        self.segment = segment
        self.tags: Any = None
        """The parts of speech of the words, once `augcli.language.tagger.tags_of` has told them."""
        self.alignment: str | None = None
        """Of its words with those of the other text of a pair, until it is edited, where the input gives it."""
        self.parts: Sequence[Interval] = ()
        """Of the texts of a row as one: where each is."""
        self._patterns = protected
        """What is protected whether it keeps spans or not."""
        self._closed: Collection[int] = ()
        """Where nothing may be inserted."""
        self._words: list[Interval] | None = None
        self._editable_words: list[Interval] | None = None
        self._views: dict[Any, Text] | None = None
        self._before = before

    @property
    def words(self) -> list[Interval]:
        """All words, protected or not, as (start, end)."""
        if self._words is None and self.tokens:
            value = self.value
            self._words = [(start, end) for start, end in self.tokens if any(map(str.isalnum, value[start:end]))]
        if self._words is None:
            find = self.segment or segmenter(self.language)
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
        if start == end and start in self._closed:
            return False
        return not self.protected or not touches(self.protected, start, end)

    def why_invalid(self, edits: Sequence[Edit]) -> str | None:
        """What is wrong with `edits` (order, bounds, protected text), or None."""
        problem = why_invalid(self.value, edits, self.protected)
        if problem or not self._closed:
            return problem
        refused = (edit for edit in edits if not self.is_editable(edit[0], edit[1]))
        return next((f"edit {edit} inserts text outside of the entities" for edit in refused), None)

    def edited(self, edits: Sequence[Edit], origins: Sequence[Origin] = ()) -> Text:
        """The text after `edits`, which must be valid for it (see `why_invalid`), or for a view of it.

        Where it has tokens, those of new text may be known: `origins` tell where it came from, edit by edit.
        """
        value = apply(self.value, edits)
        protected = shift(self._patterns, edits) if self._patterns else self._patterns
        tokens = tokens_after(self.tokens, edits, value, origins) if self.tokens else self.tokens
        spans = move_spans(self.spans, edits, self.value, value) if self.spans else self.spans
        before = (self, edits)
        return Text(
            value, self.language, protected, before, self.label, tokens, spans, keeps_spans=self.keeps_spans,
            segment=self.segment,
        )  # fmt: skip

    def entities(self, types: Collection[str] | None = None) -> list[Span]:
        """Its spans in order, or those of `types`, without those that overlap others."""
        ordered = sorted(self.spans)
        found = []
        reach = 0
        for span, after in zip_longest(ordered, ordered[1:]):
            alone = reach <= span[0] and (after is None or span[1] <= after[0])
            if alone and (types is None or span[2] in types):
                found.append(span)
            reach = max(reach, span[1])
        return found

    def guarding(self, intervals: Iterable[Interval]) -> Text:
        """The same text with `intervals` protected too."""
        patterns = merge([*self._patterns, *intervals])
        return self if patterns == list(self._patterns) else self._view(patterns, keeps_spans=self.keeps_spans)

    def only(self, parts: Parts) -> Text:
        """The same text with all but `parts` protected; entities that overlap others are never part of them."""
        if parts == "text":
            return self.guarding(_places(self.spans))
        inside = self.entities(None if parts == "entities" else parts)
        borders = [0, *(at for place in _places(inside) for at in place), len(self.value)]
        outside = zip(borders[::2], borders[1::2], strict=True)
        return self._view(merge([*self._patterns, *outside]), closed=frozenset(borders))

    def freeing(self, types: Collection[str] | None) -> Text:
        """The same text with entities of `types`, or all, not protected as such, but for those that overlap others."""
        if not (self.keeps_spans and self.spans):
            return self
        free = set(self.entities(types))
        return self._view(merge([*self._patterns, *_places(span for span in self.spans if span not in free)]))

    def kept_types(self, edits: Sequence[Edit]) -> list[str]:
        """The types of its protected entities in which `edits` lie, sorted."""
        if not self.keeps_spans:
            return []
        return sorted({kind for start, end, kind in self.spans for edit in edits if edit[0] < end and start < edit[1]})

    def _view(
        self, patterns: list[Interval], *, keeps_spans: bool = False, closed: frozenset[int] = frozenset()
    ) -> Text:
        """The same text with other protected intervals, which all who ask for them share."""
        self._views = self._views or {}
        key = (*patterns,), keeps_spans, closed
        if key not in self._views:
            view = self._views[key] = Text(
                self.value, self.language, patterns, None, self.label, self.tokens, self.spans, keeps_spans=keeps_spans,
                segment=self.segment,
            )  # fmt: skip
            view._words, view._closed, view.alignment = self.words, closed, self.alignment
        return self._views[key]


_BETWEEN = "\n\n"


def joined(texts: Sequence[Text]) -> Text:
    """Texts of a row as one, an empty line between them; a single one is itself."""
    if len(texts) == 1:
        return texts[0]
    protected: list[Interval] = []
    spans: list[Span] = []
    parts: list[Interval] = []
    at = 0
    for text in texts:
        parts.append((at, at + len(text.value)))
        protected += [(at + start, at + end) for start, end in text.protected]
        spans += [(at + start, at + end, kind) for start, end, kind in text.spans]
        at += len(text.value) + len(_BETWEEN)
    value = _BETWEEN.join([text.value for text in texts])
    one = texts[0]
    whole = Text(value, one.language, protected, label=one.label, spans=spans, segment=one.segment)
    whole.parts = parts
    whole.alignment = one.alignment if all(text.alignment is not None for text in texts) else None
    return whole


def parted(edits: Sequence[Edit], texts: Sequence[Text]) -> list[list[Edit]]:
    """Edits of joined texts, text by text."""
    parts = []
    at = 0
    for text in texts:
        end = at + len(text.value)
        parts.append([(start - at, last - at, new) for start, last, new in edits if at <= start and last <= end])
        at = end + len(_BETWEEN)
    return parts


def _places(spans: Iterable[Span]) -> list[Interval]:
    return [(start, end) for start, end, _ in spans]


def _outside(words: list[Interval], protected: Sequence[Interval]) -> list[Interval]:
    """Those of `words` that no protected interval touches."""
    outside: list[Interval] = []
    done = 0
    for start, end in protected:
        outside += words[done : bisect_right(words, start, done, key=itemgetter(1))]
        done = bisect_left(words, end, done, key=itemgetter(0))
    return outside + words[done:]
