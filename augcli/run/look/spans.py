"""Spans that do not frame words: offsets counted in another way, or from another text."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from augcli.config.config import Config
from augcli.io.spans import Spans
from augcli.language.scripts import runs_on
from augcli.run.look.rows import Finding, Row
from augcli.text.edits import Span
from augcli.text.offsets import Unit, differs, from_units


def misfits(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """Spans that begin or end inside a word, or with a blank."""
    if not config.input.spans:
        return
    shape = Spans(config.input)
    tangled = [row.place for row in rows if not _in_order(row, shape)]
    if tangled:
        yield Finding("spans overlap, or are not in the order of the text, in {rows}", places=tangled)
    places, shown = [], []
    total = count = 0
    units: list[Unit] = ["utf16", "utf8"]
    fitting: Counter[Unit] = Counter()
    for row in rows:
        entities = row.record.entities
        wrong = [text[start:end] for text, (start, end, _) in entities if not fits(text, start, end)]
        total += len(entities)
        count += len(wrong)
        if wrong:
            places.append(row.place)
            shown.append(repr(wrong[0]))
            framed = [*zip(row.record.texts, row.record.spans, strict=False)]
            fitting.update(
                unit
                for unit in units
                if any(differs(text, unit) for text, _ in framed) and all(_fit_in(*one, unit) for one in framed)
            )
    if not places:
        return
    if fitting and config.input.offsets == "codepoints":
        ((unit, most),) = fitting.most_common(1)
        counted = "UTF-16 units" if unit == "utf16" else "bytes"
        fix = f"those of {most} row{'s' * (most != 1)} fit when counted in {counted}: set input.offsets: {unit}"
    else:
        fix = "fix them, or see that input.spans and input.offsets are right"
    examples = ", ".join(shown[:3])
    yield Finding(
        f"{count} of {total} spans begin or end inside a word or with a blank ({examples}), in {{rows}}", fix, places
    )


def _in_order(row: Row, shape: Spans) -> bool:
    """Whether the spans of each column are in order; objects list them by type, and answers may overlap."""
    for spans in row.record.spans:
        for column, own in shape.by_column([span for span in spans if span[2]]).items():
            listed = sorted(own) if isinstance(row.columns.get(column), dict) else own
            if any(before[1] > span[0] for before, span in pairwise(listed)):
                return False
    return True


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


def _fit_in(text: str, spans: Sequence[Span], unit: Unit) -> bool:
    places = [from_units(text, start, end, unit) for start, end, _ in spans]
    return all(place and fits(text, *place) for place in places)
