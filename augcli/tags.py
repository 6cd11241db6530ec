"""Tokens with BIO tags, and the spans they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from augcli.text import Edit, Interval, Span, move


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

    A token that no edit crossed stays a token; new text becomes tokens at its blanks. The first token in a span is B,
    the others I.
    """
    kept = list(tokens)
    for edits in steps:
        kept = [place for place in (move(start, end, edits) for start, end in kept) if place]
    places: list[Interval] = []
    done = 0
    for start, end in kept:
        places += _blank_separated(text, done, start)
        places += [(start, end)] if not _has_blank(text, start, end) else _blank_separated(text, start, end)
        done = end
    places += _blank_separated(text, done, len(text))
    return [text[start:end] for start, end in places], [_tag(place, spans) for place in places]


def _has_blank(text: str, start: int, end: int) -> bool:
    return any(char.isspace() for char in text[start:end])


def _blank_separated(text: str, start: int, end: int) -> list[Interval]:
    places = []
    at = start
    for word in text[start:end].split():
        at = text.index(word, at)
        places.append((at, at + len(word)))
        at += len(word)
    return places


def _tag(place: Interval, spans: Sequence[Span]) -> str:
    for start, end, kind in spans:
        if start <= place[0] and place[1] <= end:
            return f"{'B' if place[0] == start else 'I'}-{kind}"
    return "O"
