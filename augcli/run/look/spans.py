"""Spans that do not frame words: offsets counted in another way, or from another text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from augcli.config.config import Config
from augcli.language.scripts import runs_on
from augcli.run.look.rows import Finding, Row
from augcli.text.edits import Span
from augcli.text.offsets import from_utf16, has_pairs


def misfits(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """Spans that begin or end inside a word, or with a blank."""
    if not config.input.spans:
        return
    tangled = [row.place for row in rows if not _in_order(row.record.spans)]
    if tangled:
        yield Finding("spans overlap, or are not in the order of the text, in {rows}", places=tangled)
    places, shown = [], []
    total = count = fitting = 0
    for row in rows:
        text, spans = row.record.texts[0], row.record.spans
        wrong = [text[start:end] for start, end, _ in spans if not fits(text, start, end)]
        total += len(spans)
        count += len(wrong)
        if wrong:
            places.append(row.place)
            shown.append(repr(wrong[0]))
            fitting += has_pairs(text) and _fit_in_utf16(text, spans)
    if not places:
        return
    if fitting and config.input.offsets == "codepoints":
        fix = f"those of {fitting} row{'s' * (fitting != 1)} fit when counted in UTF-16 units: set input.offsets: utf16"
    else:
        fix = "fix them, or see that input.spans and input.offsets are right"
    examples = ", ".join(shown[:3])
    yield Finding(
        f"{count} of {total} spans begin or end inside a word or with a blank ({examples}), in {{rows}}", fix, places
    )


def _in_order(spans: Sequence[Span]) -> bool:
    return all(before[1] <= span[0] for before, span in pairwise(spans))


def fits(text: str, start: int, end: int) -> bool:
    """Whether the place [start, end) of `text` begins and ends with a word, and not with a blank."""
    return not (text[start].isspace() or text[end - 1].isspace() or cuts(text, start) or cuts(text, end))


def cuts(text: str, at: int) -> bool:
    """Whether a word goes on from before `at` to behind it."""
    if not 0 < at < len(text):
        return False
    before, behind = text[at - 1], text[at]
    if unicodedata.category(behind)[0] == "M":
        return True
    letters = (before.isalpha() or unicodedata.category(before)[0] == "M") and behind.isalpha()
    if not letters:
        return before.isdigit() and behind.isdigit()
    return not (runs_on(before) or runs_on(behind))


def _fit_in_utf16(text: str, spans: Sequence[Span]) -> bool:
    places = [from_utf16(text, start, end) for start, end, _ in spans]
    return all(place and fits(text, *place) for place in places)
