"""Edits made visible: in colour on a terminal, otherwise as [-old-]{+new+}."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from rich.console import Console
from rich.text import Text

from augcli.text.edits import Edit

Piece: TypeAlias = tuple[str, str]
"""What happened ("", "-" or "+") and the text that it happened to."""

_WORDS = re.compile(r"\s+|[㐀-鿿]|[^\W㐀-鿿]+|[^\w\s]")  # a Chinese character counts as a word


def pieces(text: str, edits: Sequence[Edit]) -> Iterator[Piece]:
    """`text` with its edits, cut into kept, deleted and inserted pieces."""
    done = 0
    for start, end, new in edits:
        yield "", text[done:start]
        yield "-", text[start:end]
        yield "+", new
        done = end
    yield "", text[done:]


def word_pieces(before: str, after: str) -> Iterator[Piece]:
    """The difference of two texts, word by word."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "", "".join(old[i:j])
        else:
            yield "-", "".join(old[i:j])
            yield "+", "".join(new[k:m])


def shown(console: Console, parts: Iterable[Piece]) -> Text:
    """Pieces for a console. Control characters are shown as escapes, so that data cannot steer the terminal."""
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
