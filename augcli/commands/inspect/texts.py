"""What is odd in the texts: nothing in them, damage, HTML, other languages and scripts, spans that do not fit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from augcli.commands.inspect.findings import EXAMPLES, Example, Finding, Level, examples_of, shortened, text_of
from augcli.config.config import Config
from augcli.config.pipeline import Pipeline
from augcli.io.files.encoding import is_utf8
from augcli.io.spans import SpanType
from augcli.run.look.columns import items_for_words, undeclared_spans
from augcli.run.look.encodings import other_encodings
from augcli.run.look.rows import Finding as LookFinding
from augcli.run.look.rows import Row
from augcli.run.look.spans import misfits
from augcli.run.look.texts import html_mark, other_languages, other_words
from augcli.text.protect import Protector

_WORD = re.compile(r"\w")
_FEW = 0.01
"""Up to this share of the rows may be in another language without a warning."""


def text_findings(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """What is odd in the texts of the rows that were looked at."""
    without = [row for row in rows if any(text.strip() and not _WORD.search(text) for text in row.record.texts)]
    if without:
        yield Finding(
            "no_words", Level.warning, "no letter or digit in the text", len(without),
            "leave them out: no step changes them", examples_of(without),
        )  # fmt: skip
    yield from _damage(config, rows)
    yield from _html(rows)
    yield from _looked(config, rows)


def _damage(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """Characters that stand for others, as encodings were mixed up: Ã© for é, or U+FFFD for any."""
    from ftfy import TextFixerConfig, fix_text
    from ftfy.badness import is_bad

    only_encoding = TextFixerConfig(
        unescape_html=False, remove_terminal_escapes=False, fix_latin_ligatures=False, fix_character_width=False,
        uncurl_quotes=False, fix_line_breaks=False, fix_surrogates=True, remove_control_chars=False, normalization=None,
    )  # fmt: skip
    found: list[tuple[Row, str]] = []
    lost = []
    for row in rows:
        for text in row.record.texts:
            if text.isascii():
                continue
            if "\ufffd" in text:
                lost.append(row)
                break
            if is_bad(text) and (meant := fix_text(text, only_encoding)) != text:
                found.append((row, meant))
                break
    if found:
        yield Finding(
            "encoding_damage", Level.fault, "characters that were read in another encoding than they were written in",
            len(found),
            "fix the file, if it is so: ftfy FILE > FIXED; or set input.encoding, if it is not UTF-8",
            [_damaged(row, meant) for row, meant in found[:EXAMPLES]],
        )  # fmt: skip
    if lost:
        yield Finding(
            "lost_characters", Level.fault, "characters that were lost (\ufffd) when the file was written",
            len(lost), "make the file anew from its source, in UTF-8", examples_of(lost),
        )  # fmt: skip
    if not is_utf8(config.input.encoding):
        yield from _told("other_encoding", Level.fault, other_encodings(config, rows), rows)


def _damaged(row: Row, meant: str) -> Example:
    """An example that begins a little before the damage."""
    text = " | ".join(row.record.texts)
    at = next((place for place, pair in enumerate(zip(text, meant, strict=False)) if pair[0] != pair[1]), 0)
    start = max(0, at - 20)
    before = "…" * (start > 0)
    return Example(row.place, before + shortened(text[start:]), f"meant: {before}{shortened(meant[start:])}")


def _html(rows: Sequence[Row]) -> Iterator[Finding]:
    found = [(row, mark) for row in rows if (mark := next(filter(None, map(html_mark, row.record.texts)), None))]
    if found:
        yield Finding(
            "html", Level.warning, "HTML in the text", len(found),
            "take it out (html.unescape, BeautifulSoup.get_text), or keep it: protect.patterns: [placeholder, ...]",
            examples_of([row for row, _ in found], [shortened(mark, 60) for _, mark in found[:EXAMPLES]]),
        )  # fmt: skip


def _looked(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """What a look before a run finds, in all rows that were looked at."""
    others = chain(other_languages(Pipeline(config, {}, {}), rows), other_words(config, rows, few=True))
    for found in _told("other_language", Level.warning, others, rows):
        message = found.message if found.message.startswith("in ") else f"in {found.message}"
        level = Level.warning if found.rows > _FEW * len(rows) else Level.note
        apart = "leave them out, or put them into a file of their own: a config has one language"
        yield replace(found, message=message, level=level, fix=found.fix if 2 * found.rows > len(rows) else apart)
    yield from _told("spans_misfit", Level.warning, misfits(config, rows), rows)
    some = rows[:: -(-len(rows) // 1000)]
    yield from _told("undeclared_spans", Level.note, undeclared_spans(config, some), some)
    yield from _told("undeclared_items", Level.note, items_for_words(config, some), some)
    yield from _repeated_spans(rows)


def _told(name: str, level: Level, looked: Iterator[LookFinding], rows: Sequence[Row]) -> Iterator[Finding]:
    for found in looked:
        places = {*found.places}
        what = re.sub(r"^\{rows\} (?:are|hold) |,? in \{rows\}", "", found.what)
        having = [row for row in rows if row.place in places]
        yield Finding(name, level, what, len(places), found.fix or "fix them in the file", examples_of(having))


def _repeated_spans(rows: Sequence[Row]) -> Iterator[Finding]:
    found = [
        (row, repr(text[span[0] : span[1]]))
        for row in rows
        for (text, span, _), number in Counter(
            (text, span, span[2].column if isinstance(span[2], SpanType) else "")
            for text, span in row.record.entities
            if span[2]  # answers may be told several times
        ).items()
        if number > 1
    ]
    if found:
        yield Finding(
            "repeated_spans", Level.warning, "the same span twice", len({row.place for row, _ in found}),
            "leave one of each", examples_of([row for row, _ in found], [note for _, note in found]),
        )  # fmt: skip


@dataclass(slots=True)
class Protected:
    """What a pattern or a word of `protect` would hold, in the rows that were looked at."""

    pattern: str
    rows: int = 0
    places: int = 0
    examples: list[Example] = field(default_factory=list)


def protected(config: Config, rows: Sequence[Row]) -> list[Protected]:
    """What `protect` would hold, by pattern, the commonest first; patterns that hold nothing are left out."""
    protect = config.protect
    searches = [(Protected(pattern), Protector([pattern], always=False)) for pattern in protect.patterns]
    searches += [(Protected(word), Protector(words=[word], always=False)) for word in protect.words]
    any_of = Protector(protect.patterns, protect.words, always=False)
    for row in rows:
        for text in filter(any_of.intervals, row.record.texts):  # most texts hold nothing
            for found, protector in searches:
                if places := protector.intervals(text):
                    found.rows += 1
                    found.places += len(places)
                    if len(found.examples) < EXAMPLES:
                        start, end = places[0]
                        found.examples.append(Example(row.place, text_of(row), shortened(text[start:end], 60)))
    return sorted([found for found, _ in searches if found.rows], key=lambda found: -found.rows)
