"""Texts with their entities marked, and what steps make of them."""

from __future__ import annotations

from typing import Any

from augcli.steps.step import Step
from augcli.text.edits import Span
from augcli.text.rng import Rng
from augcli.text.text import Text


def marked(value: str, language: str = "en", **keys: Any) -> Text:
    """A text whose entities stand in square brackets, those of another type than P in round ones."""
    plain = ""
    spans: list[Span] = []
    for char in value:
        if char in "[(":
            spans.append((len(plain), 0, "P" if char == "[" else "Q"))
        elif char in "])":
            spans[-1] = (spans[-1][0], len(plain), spans[-1][2])
        else:
            plain += char
    return Text(plain, language, keys.pop("protected", ()), spans=spans, keeps_spans=True, **keys)


def shown(text: Text) -> str:
    value = text.value
    for start, end, kind in sorted(text.spans, reverse=True):
        opens, closes = "[]" if kind == "P" else "()"
        value = value[:start] + opens + value[start:end] + closes + value[end:]
    return value


def made(step: Step, text: Text | str, draws: int = 40) -> set[str]:
    """The texts that come of some draws, with their entities marked."""
    given = marked(text) if isinstance(text, str) else text
    view = step.view(given)
    results = set()
    for draw in range(draws):
        edits = step.edit(view, Rng(str(draw)))
        assert view.why_invalid(edits) is None
        if edits:
            results.add(shown(given.edited(edits)))
    return results
