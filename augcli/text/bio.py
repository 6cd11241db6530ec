"""Tokens with BIO tags, and the spans they stand for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence, Set
from itertools import pairwise, zip_longest
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from augcli.text.edits import Edit, Interval, Span, move

Origin: TypeAlias = Interval | Sequence[str]
"""Where the new text of an edit comes from: a place in the text before it, or else the tokens that it consists of."""


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


class TokenTags(NamedTuple):
    """Tags of tokens that spans stand for."""

    tags: list[str]
    cut: int
    """Ends of tagged spans that lie inside a token, all of which is in the entity then."""
    left_out: int
    """Spans without tags, for an earlier or longer one has their first token, or because they touch no token."""


def tags_from_spans(tokens: Sequence[Interval], spans: Iterable[Span]) -> TokenTags:
    """BIO tags of the sorted `tokens`; a token is in an entity when it overlaps its span.

    Of spans that share a token, the one that begins first has it; of those that begin together, the longest.
    """
    tags = ["O"] * len(tokens)
    cut = left_out = 0
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        first = bisect_right(tokens, start, key=itemgetter(1))
        last = bisect_left(tokens, end, key=itemgetter(0))
        if first >= last or tags[first] != "O":
            left_out += 1
            continue
        tags[first:last] = [f"B-{kind}", *[f"I-{kind}"] * (last - first - 1)]
        cut += (tokens[first][0] < start) + (tokens[last - 1][1] > end)
    return TokenTags(tags, cut, left_out)


def retokenise(
    tokens: Sequence[Interval],
    steps: Iterable[Sequence[Edit]],
    text: str,
    spans: Sequence[Span],
    origins: Sequence[Sequence[Origin]] = (),
) -> tuple[list[str], list[str]]:
    """Tokens and BIO tags of `text`, which came from `tokens` through the edits of `steps`; `spans` are its spans.

    A token that no edit crossed stays a token; new text becomes tokens at its blanks and where a span begins or ends.
    The first token in a span is B, the others I. `origins` has for each step, where that is known, the origin of each
    edit, which tells the tokens of its new text.
    """
    places = _trace(tokens, steps, text, _borders(spans), origins)
    return [text[place.start : place.end] for place in places], _tags(places, spans)


def tokens_after(
    tokens: Sequence[Interval], edits: Sequence[Edit], text: str, origins: Sequence[Origin] = ()
) -> list[Interval]:
    """Where the tokens of `text` are, which came from `tokens` through `edits`; `origins` as in `retokenise`."""
    return [(place.start, place.end) for place in _trace(tokens, [edits], text, origins=[origins])]


def token_origins(
    tokens: Sequence[Interval],
    steps: Iterable[Sequence[Edit]],
    text: str,
    spans: Sequence[Span],
    origins: Sequence[Sequence[Origin]] = (),
) -> list[int | None]:
    """For each token that `retokenise` tells, the number of that which it was; None where it is another word."""
    return [place.origin for place in _trace(tokens, steps, text, _borders(spans), origins)]


def replaces_token(tokens: Sequence[Interval], edits: Sequence[Edit]) -> bool:
    """Whether other text comes in for all of one of the sorted `tokens`."""
    for start, end, _ in edits:
        at = bisect_left(tokens, (start, start))
        if at < len(tokens) and tokens[at][1] <= end:
            return True
    return False


class _Token(NamedTuple):
    start: int
    end: int
    origin: int | None
    """Number of the token that it was; None for new text."""
    edited: bool = False
    """Whether any edit lay in it."""


def _trace(
    tokens: Sequence[Interval],
    steps: Iterable[Sequence[Edit]],
    text: str,
    borders: Set[int] = frozenset(),
    origins: Sequence[Sequence[Origin]] = (),
) -> list[_Token]:
    kept = [_Token(start, end, number) for number, (start, end) in enumerate(tokens)]
    for edits, sources in zip_longest(steps, origins, fillvalue=()):
        came = _arrivals(kept, edits, sources)
        if sources:
            kept = [one for one in kept if not any(s <= one.start and one.end <= e for s, e, _ in edits)]
        stay = (moved for token in kept if (moved := _move_token(token, edits)))
        kept = sorted([*came, *stay], key=itemgetter(0))
    places: list[_Token] = []
    done = 0
    for token in kept:
        places += _pieces(text, done, token.start, borders)
        pieces = _pieces(text, token.start, token.end, borders) if token.edited else [token]
        places += [pieces[0]._replace(origin=token.origin)] if len(pieces) == 1 else pieces
        done = token.end
    return places + _pieces(text, done, len(text), borders)


def _arrivals(kept: Sequence[_Token], edits: Sequence[Edit], sources: Sequence[Origin]) -> list[_Token]:
    """The tokens of the new text of `edits` that came from `sources`, where they are then."""
    found: list[_Token] = []
    growth = 0
    for (start, end, new), source in zip(edits, sources, strict=False):
        at = start + growth
        growth += len(new) - (end - start)
        match source:
            case int(first), int(last):
                said = new.strip()
                at += new.find(said)
                inside = [one for one in kept if first <= one.start and one.end <= last]
                if len(inside) == 1 and inside[0][:2] == (first, last):
                    found.append(_Token(at, at + len(said), inside[0].origin, edited=True))
                elif len(said) == last - first:
                    found += [one._replace(start=at + one.start - first, end=at + one.end - first) for one in inside]
            case _:
                done = 0
                for token in map(str, source):
                    done = new.index(token, done) + len(token)
                    found.append(_Token(at + done - len(token), at + done, None))
    return found


def _borders(spans: Sequence[Span]) -> set[int]:
    return {border for start, end, _ in spans for border in (start, end)}


def _move_token(token: _Token, edits: Sequence[Edit]) -> _Token | None:
    """The token after the edits; None when it is gone."""
    place = move(token.start, token.end, edits)
    if not place:
        return None
    inside = [edit for edit in edits if token.start < edit[1] and edit[0] < token.end]
    replaced = any(start <= token.start and token.end <= end for start, end, _ in inside)
    return _Token(*place, None if replaced else token.origin, token.edited or bool(inside))


def _pieces(text: str, start: int, end: int, borders: Set[int]) -> list[_Token]:
    pieces = []
    for first, last in pairwise([start, *sorted(border for border in borders if start < border < end), end]):
        at = first
        for word in text[first:last].split():
            at = text.index(word, at)
            pieces.append(_Token(at, at + len(word), None))
            at += len(word)
    return pieces


def _tags(places: Sequence[_Token], spans: Sequence[Span]) -> list[str]:
    tags = []
    begun: set[Span] = set()
    for start, end, *_ in places:
        span = next((span for span in spans if span[0] <= start and end <= span[1]), None)
        tags.append("O" if span is None else f"{'I' if span in begun else 'B'}-{span[2]}")
        begun |= {span} if span else set()
    return tags
