"""Edits made visible: in colour on a terminal, as [-old-]{+new+} otherwise, as pieces for a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise, takewhile
from typing import TYPE_CHECKING, TypeAlias

from augcli.language.scripts import runs_on
from augcli.text.edits import Edit, Span, apply

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

DiffPart: TypeAlias = tuple[str, str]
"""What happened ("", "-" or "+") and the text that it happened to."""


def diff_parts(text: str, edits: Sequence[Edit]) -> Iterator[DiffPart]:
    """`text` with its edits, cut into kept, deleted and inserted pieces."""
    done = 0
    for start, end, new in edits:
        yield "", text[done:start]
        yield "-", text[start:end]
        yield "+", new
        done = end
    yield "", text[done:]


def console_text(console: Console, parts: Iterable[DiffPart]) -> Text:
    """Pieces for a console. Control characters are shown as escapes, so that data cannot steer the terminal."""
    from rich.text import Text

    colour = console.is_terminal and not console.no_color
    styles = {"": "", "-": "red strike", "+": "green bold"}
    line = Text()
    for kind, text in parts:
        safe = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
        if colour or not kind or not safe:
            line.append(safe, styles[kind])
        else:
            marked = f"[-{safe}-]" if kind == "-" else f"{{+{safe}+}}"
            line.append(marked, "" if console.is_terminal else styles[kind])  # which a page of the console shows
    return line


def word_diff(text: str, steps: Iterable[Sequence[Edit]]) -> list[DiffPart]:
    """`net_diff` with whole words deleted and inserted, where letters changed."""
    places: list[list[str]] = [["", ""]]  # what is kept, by itself; old and new text in turn
    for kind, piece in net_diff(text, steps):
        if not kind:
            places += [[piece], ["", ""]]
        else:
            places[-1][kind == "+"] += piece
    for at in range(1, len(places), 2):
        kept = places[at][0]
        tail = _letters(reversed(kept)) if _in_word(places[at + 1], 0) else 0
        head = _letters(kept) if _in_word(places[at - 1], -1) else 0
        if head == len(kept) or tail == len(kept) or head + tail > len(kept):
            head, tail = len(kept), 0
        before, after = kept[:head], kept[len(kept) - tail :]
        places[at - 1] = [side + before for side in places[at - 1]]
        places[at + 1] = [after + side for side in places[at + 1]]
        places[at] = [kept[head : len(kept) - tail]]
    kinds = [piece for place in places for piece in zip(("",) if len(place) == 1 else "-+", place, strict=True)]
    return _merge_changes(kinds)


def replaced_words(text: str, edits: Sequence[Edit]) -> list[tuple[str, str]]:
    """The words that edits change and what comes of them, bare and in small letters where these still tell them apart.

    An edit within a word is told as that of the whole word.
    """
    places: list[tuple[int, int, list[Edit]]] = []
    for edit in edits:
        start, end = _words_around(text, edit)
        if places and start < places[-1][1]:
            first, last, others = places[-1]
            places[-1] = first, max(end, last), [*others, edit]
        else:
            places.append((start, end, [edit]))
    pairs = []
    for start, end, own in places:
        old = text[start:end]
        new = apply(old, [(first - start, last - start, put) for first, last, put in own])
        small = old.strip().lower(), new.strip().lower()
        pairs.append(small if small[0] != small[1] else (old, new))
    return pairs


def _words_around(text: str, edit: Edit) -> tuple[int, int]:
    """Where an edit begins and ends with the rest of the words that it cuts or joins."""
    start, end, new = edit
    first, last = start, end
    behind, ahead = text[max(0, start - 1) : start], text[end : end + 1]
    if _is_letter(behind) and (_is_letter(text[start : start + 1]) or _is_letter((new or ahead)[:1])):
        while first and _is_letter(text[first - 1]):
            first -= 1
    if _is_letter(ahead) and (_is_letter(text[max(0, end - 1) : end]) or _is_letter((new or behind)[-1:])):
        while last < len(text) and _is_letter(text[last]):
            last += 1
    return first, last


def _in_word(change: Sequence[str], at: int) -> bool:
    """Whether one side of a change begins (0) or ends (-1) with a letter of a word."""
    return any(_is_letter(side[at]) for side in change if side)


def _letters(text: Iterable[str]) -> int:
    """How many letters `text` begins with."""
    return sum(1 for _ in takewhile(_is_letter, text))


def _is_letter(char: str) -> bool:
    """Whether words are made of it; where a script has no blanks, each letter stands for itself."""
    return (char.isalnum() or char == "_") and not (char and runs_on(char))


def with_spans(parts: Iterable[DiffPart], before: Sequence[Span], after: Sequence[Span]) -> list[tuple[str, str, str]]:
    """Pieces cut at the borders of entities, each with the type of the entity that it is in, or "".

    What is inserted is in those of the text `after`, all else in those of the text `before`.
    """
    cut = []
    places = {"-": 0, "+": 0}
    for kind, text in parts:
        side = "+" if kind == "+" else "-"
        spans, start = (after if kind == "+" else before), places[side]
        end = start + len(text)
        borders = sorted({start, end, *(at for span in spans for at in span[:2] if start < at < end)})
        for one, other in pairwise(borders):
            within = next((name for first, last, name in spans if first <= one and other <= last), "")
            cut.append((kind, text[one - start : other - start], within))
        for moved in places if not kind else side:
            places[moved] += len(text)
    return cut


WHOLE = 400
"""Texts up to this length are shown whole; of longer ones, `CONTEXT` characters on both sides of an edit."""
CONTEXT = 60
EDITS = 12
"""Changed places shown of a long text."""


def net_diff(text: str, steps: Iterable[Sequence[Edit]]) -> list[DiffPart]:
    """`text` in pieces after all steps: what is left of it, what was deleted, and what of the insertions stayed."""
    diff_parts: list[DiffPart] = [("", text[at : at + 1000]) for at in range(0, len(text), 1000)]
    for edits in steps:
        rest, place = diff_parts[::-1], 0
        diff_parts = []
        for start, end, new in edits:
            diff_parts += _take(rest, start - place)
            diff_parts += [("-", old) for kind, old in _take(rest, end - start) if kind != "+"]
            diff_parts.append(("+", new))
            place = end
        diff_parts += rest[::-1]
    return _merge_changes(diff_parts)


def _take(rest: list[DiffPart], size: int) -> list[DiffPart]:
    """The next `size` characters of the text as it stands, off the end of `rest`; earlier deletions come along."""
    taken = []
    while size:
        kind, text = rest.pop()
        if kind != "-":
            if len(text) > size:
                rest.append((kind, text[size:]))
                text = text[:size]
            size -= len(text)
        taken.append((kind, text))
    return taken


def _merge_changes(diff_parts: list[DiffPart]) -> list[DiffPart]:
    """One deletion and one insertion per changed place; a place that ends as it began counts as kept."""
    places: list[DiffPart] = []
    for changed, group in groupby((piece for piece in diff_parts if piece[1]), key=lambda piece: piece[0] != ""):
        run = list(group)
        if not changed:
            places.append(("", "".join(text for _, text in run)))
            continue
        old, new = ("".join(text for kind, text in run if kind == wanted) for wanted in "-+")
        places += [("", old)] if old == new else [piece for piece in (("-", old), ("+", new)) if piece[1]]
    kept = groupby(places, key=lambda piece: piece[0])
    return [(kind, "".join(text for _, text in group)) for kind, group in kept]


def shorten(parts: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Pieces of `with_spans` with long texts shortened, so that the edits and what is around them stay."""
    if sum(len(text) for _, text, _ in parts) <= WHOLE:
        return parts
    last, short = len(parts) - 1, []
    for index, (kind, text, span) in enumerate(parts[: 2 * EDITS]):
        head = CONTEXT if kind or index or not last else 0
        tail = CONTEXT if kind or index < last else 0
        whole = len(text) <= head + tail + 10
        short.append((kind, text if whole else f"{text[:head]} … {text[len(text) - tail :]}", span))
    return [*short, ("", " … more edits follow", "")] if last >= 2 * EDITS else short
