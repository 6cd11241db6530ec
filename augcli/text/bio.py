"""Tokens with BIO tags, and the spans they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from itertools import pairwise

from augcli.text.edits import Edit, Interval, Span, move


def spans_from_tags(tokens: Sequence[Interval], tags: Sequence[str]) -> list[Span]:
    """Entity spans of tokens at the places `tokens`. Raises ValueError for a tag that is not BIO or out of place."""
    spans: list[Span] = []
    for number, ((start, end), tag) in enumerate(zip(tokens, tags, strict=True), 1):
        mark, _, kind = tag.partition("-")
        if mark == "B" and kind:
            spans.append((start, end, kind))
        elif mark == "I" and kind:
            before = tags[number - 2] if number > 1 else "O"
            if before not in (f"B-{kind}", f"I-{kind}"):
                raise ValueError(f"tag {number} is {tag!r} after {before!r}; an entity begins with B-{kind}")
            spans[-1] = (spans[-1][0], end, kind)
        elif tag != "O":
            raise ValueError(f"tag {number} is {tag!r}; expected O, B-type or I-type")
    return spans


def retokenise(
    tokens: Sequence[Interval], steps: Iterable[Sequence[Edit]], text: str, spans: Sequence[Span]
) -> tuple[list[str], list[str]]:
    """Tokens and BIO tags of `text`, which came from `tokens` through the edits of `steps`; `spans` are its spans.

    A token that no edit crossed stays a token; new text becomes tokens at its blanks and where a span begins or ends.
    The first token in a span is B, the others I.
    """
    borders = {border for start, end, _ in spans for border in (start, end)}
    places = tokens_after(tokens, steps, text, borders)
    return [text[start:end] for start, end in places], _tags(places, spans)


def tokens_after(
    tokens: Sequence[Interval], steps: Iterable[Sequence[Edit]], text: str, borders: Set[int] = frozenset()
) -> list[Interval]:
    """Where the tokens of `text` are, which came from `tokens` through the edits of `steps`.

    New text becomes tokens at its blanks and at `borders`.
    """
    kept = [(start, end, False) for start, end in tokens]
    for edits in steps:
        kept = [moved for start, end, edited in kept if (moved := _move_token(start, end, edited, edits))]
    places: list[Interval] = []
    done = 0
    for start, end, edited in kept:
        places += _pieces(text, done, start, borders)
        places += _pieces(text, start, end, borders) if edited else [(start, end)]
        done = end
    return places + _pieces(text, done, len(text), borders)


def _move_token(start: int, end: int, edited: bool, edits: Sequence[Edit]) -> tuple[int, int, bool] | None:
    """Where a token is after the edits, and whether any edit so far lay in it; None for a token that is gone."""
    place = move(start, end, edits)
    inside = edited or any(start < edit_end and edit_start < end for edit_start, edit_end, _ in edits)
    return (*place, inside) if place else None


def _pieces(text: str, start: int, end: int, borders: Set[int]) -> list[Interval]:
    pieces = []
    for first, last in pairwise([start, *sorted(border for border in borders if start < border < end), end]):
        at = first
        for word in text[first:last].split():
            at = text.index(word, at)
            pieces.append((at, at + len(word)))
            at += len(word)
    return pieces


def _tags(places: Sequence[Interval], spans: Sequence[Span]) -> list[str]:
    tags = []
    begun: set[Span] = set()
    for start, end in places:
        span = next((span for span in spans if span[0] <= start and end <= span[1]), None)
        tags.append("O" if span is None else f"{'I' if span in begun else 'B'}-{span[2]}")
        begun |= {span} if span else set()
    return tags
