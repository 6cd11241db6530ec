"""What comes in for an entity, or for a word of one, as it must be written there."""

from __future__ import annotations

import re

from augcli.language.english import with_articles
from augcli.text.edits import Edit
from augcli.text.quantities import extends_quantity
from augcli.text.text import Text
from augcli.text.words import inside_grapheme

_ABBREVIATION = 4
"""The most letters of a name in capitals that is taken for an abbreviation, as NATO is."""
_TURKIC = ("az", "tr")
"""Languages whose capitals are others."""


def fitted(text: Text, outside: Text, start: int, end: int, name: str) -> list[Edit]:
    """The edit that puts `name` at [start, end), last, after that of the article before; none where it does not fit.

    `outside` is the same text, held to what is no entity.
    """
    edit = start, end, _in_case(name, text.value[start:end], text)
    edits = with_articles(outside, [edit])
    if edits[-1:] != [edit] or extends_quantity(text, edit) or _joins_characters(text.value, edit):
        return []
    return edits


def _joins_characters(value: str, edit: Edit) -> bool:
    """Whether what goes, or what comes in, is drawn as one character with what stands beside it."""
    start, end, new = edit
    before = value[max(0, start - 1) : start]
    after = before + new + value[end : end + 1]
    borders = len(before), len(before + new)
    return any(inside_grapheme(value, at) for at in (start, end)) or any(inside_grapheme(after, at) for at in borders)


def _in_case(name: str, model: str, text: Text) -> str:
    """`name` in the case of `model`, which it replaces in `text`, where names may be written so."""
    if text.language in _TURKIC:
        return name
    written = name
    if model.isupper():
        if _letters(model) > _ABBREVIATION or text.value.isupper():
            written = name.upper()
    elif model.islower():
        if all(word[1:] == word[1:].lower() for word in name.split()) or text.value.islower():
            written = name.lower()
    elif model[0].isupper() and (name.islower() or (name.isupper() and _letters(name) > _ABBREVIATION)):
        written = re.sub(r"\S+", lambda word: word[0].capitalize(), name)
    return written if len(written) == len(name) else name


def _letters(name: str) -> int:
    return sum(map(str.isalpha, name))
