"""Tokens with BIO tags, and the spans they stand for."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence, Set
from itertools import pairwise, zip_longest
from operator import itemgetter
from typing import Literal, NamedTuple, TypeAlias

from augcli.text.edits import Edit, Interval, Span, move

Origin: TypeAlias = Interval | Sequence[str]
"""Where the new text of an edit comes from: a place in the text before it, or else the tokens that it consists of."""
Scheme = Literal["bio", "iob1", "bioes", "bmes", "bilou"]

TAG = re.compile(r"O|[BIESLUM]-\S+")
"""What a tag looks like in any of the schemes."""
_MARKS: dict[Scheme, dict[str, str]] = {
    "bioes": {"E": "I", "S": "B"},
    "bmes": {"M": "I", "E": "I", "S": "B"},
    "bilou": {"L": "I", "U": "B"},
}
"""The marks of a scheme that BIO lacks, with what stands for them there."""
_LAST = frozenset("ESLU")
"""Those behind which an entity does not go on."""


def scheme_of(tags: Iterable[str], *, iob1: bool) -> Scheme:
    """The scheme that only some tags are of: BIOES, BMES and BILOU have marks of their own; else BIO, or IOB1."""
    marks = {tag[:1] for tag in tags}
    if marks & {"U", "L"}:
        return "bilou"
    if marks & {"S", "E", "M"}:
        return "bmes" if "M" in marks else "bioes"
    return "iob1" if iob1 else "bio"


def to_bio(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """Tags of a scheme as BIO. Raises ValueError for a tag that is none, or out of place."""
    others = _MARKS.get(scheme, {})
    bio: list[str] = []
    known, before = f"O, {', '.join(f'{mark}-type' for mark in ('B', 'I', *others))}", "O"
    for number, tag in enumerate(tags, 1):
        mark, _, kind = tag.partition("-")
        plain = others.get(mark, mark)
        if tag != "O" and (plain not in ("B", "I") or not kind):
            raise ValueError(f"tag {number} is {tag!r}; expected one of {known}")
        if plain == "I" and before not in (f"B-{kind}", f"I-{kind}"):
            if scheme != "iob1":
                last = tags[number - 2] if number > 1 else "O"
                hint = "; where I begins one too, set input.scheme: iob1" if scheme == "bio" else ""
                raise ValueError(f"tag {number} is {tag!r} after {last!r}; an entity begins with B-{kind}{hint}")
            plain = "B"
        bio.append("O" if tag == "O" else f"{plain}-{kind}")
        before = "O" if mark in _LAST else bio[-1]
    return bio


def from_bio(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """BIO tags in another scheme."""
    if scheme == "bio":
        return [*tags]
    found = []
    inner = "M" if scheme == "bmes" else "I"
    last, lone = ("L", "U") if scheme == "bilou" else ("E", "S")
    for before, tag, after in zip(["O", *tags], tags, [*tags[1:], "O"], strict=False):
        mark, _, kind = tag.partition("-")
        goes_on = after == f"I-{kind}"
        if mark == "O":
            found.append(tag)
        elif scheme == "iob1":
            found.append(f"{'B' if mark == 'B' and before.endswith(f'-{kind}') else 'I'}-{kind}")
        elif mark == "B":
            found.append(tag if goes_on else f"{lone}-{kind}")
        else:
            found.append(f"{inner if goes_on else last}-{kind}")
    return found


def spans_from_tags(tokens: Sequence[Interval], tags: Sequence[str]) -> list[Span]:
    """Entity spans of tokens at the places `tokens`; the tags are BIO."""
    spans: list[Span] = []
    for (start, end), tag in zip(tokens, tags, strict=True):
        mark, _, kind = tag.partition("-")
        if mark == "B":
            spans.append((start, end, kind))
        elif mark == "I":
            spans[-1] = (spans[-1][0], end, kind)
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
