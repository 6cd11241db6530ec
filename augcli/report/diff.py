"""Edits made visible: in colour on a terminal, as [-old-]{+new+} otherwise, as pieces for a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, TypeAlias

from augcli.text.edits import Edit

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
            line.append(f"[-{safe}-]" if kind == "-" else f"{{+{safe}+}}")
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


def _in_word(change: Sequence[str], at: int) -> bool:
    """Whether one side of a change begins (0) or ends (-1) with a letter of a word; a Chinese character is a word."""
    return any(_is_letter(side[at]) for side in change if side)


def _letters(text: Iterable[str]) -> int:
    """How many letters `text` begins with."""
    return sum(1 for _ in takewhile(_is_letter, text))


def _is_letter(char: str) -> bool:
    return (char.isalnum() or char == "_") and not "\u3400" <= char <= "\u9fff"


WHOLE = 400
"""Texts up to this length are shown whole; of longer ones, `CONTEXT` characters on both sides of an edit."""
CONTEXT = 60
EDITS = 40
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


def shorten(diff_parts: list[DiffPart]) -> list[DiffPart]:
    """`pieces` with long texts shortened, so that the edits and what is around them stay."""
    if sum(len(text) for _, text in diff_parts) <= WHOLE:
        return diff_parts
    last, console_text = len(diff_parts) - 1, []
    for index, (kind, text) in enumerate(diff_parts[: 2 * EDITS]):
        head = CONTEXT if kind or index or not last else 0
        tail = CONTEXT if kind or index < last else 0
        short = text if len(text) <= head + tail + 10 else f"{text[:head]} … {text[len(text) - tail :]}"
        console_text.append((kind, short))
    return [*console_text, ("", " … more edits follow")] if last >= 2 * EDITS else console_text
