"""Texts that are not in the language or the encoding that the config names."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence

from augcli.config.config import Config
from augcli.config.pipeline import Pipeline
from augcli.io.files.encoding import is_utf8
from augcli.language.scripts import NAMES, language_by_script
from augcli.run.look.rows import Finding, Row, counted
from augcli.text.words import WITHOUT_BLANKS, finds_words

_CONTROLS = re.compile("[\x80-\x9f]")
_WINDOWS = {"iso8859-1": "cp1252", "iso8859-15": "cp1252", "iso8859-2": "cp1250", "iso8859-9": "cp1254"}
"""Encodings of Windows that are like one of ISO, but have characters where that has control characters."""


def other_languages(pipeline: Pipeline, rows: Sequence[Row]) -> Iterator[Finding]:
    """Texts in a script whose words the language of the config cannot find."""
    data = pipeline.config.input
    if data.tokens:
        return
    places: dict[str, list[str]] = {}
    for row in rows:
        for language in filter(None, {language_by_script(text) for text in row.record.texts}):
            places.setdefault(language, []).append(row.place)
    in_need = sorted({step.name for step in pipeline.steps if step.uses_words})
    for language, found in places.items():
        texts = f"{counted(found, rows)} are {NAMES[language]}"
        most = 2 * len(found) > len(rows)
        key = ("input", "language") if in_need and most and language in WITHOUT_BLANKS else ()
        if finds_words(language):
            if language != data.language and (data.language, language) != ("ja", "zh"):
                yield Finding(f"{texts}; set input.language: {language}, not {data.language}", key)
        elif in_need:
            fix = f"leave out {', '.join(in_need)}, or give input.tokens"
            yield Finding(f"{texts}, whose words augcli cannot find; {fix}", key)


def other_encodings(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """Texts that say something only in another encoding than that of the config."""
    encoding = config.input.encoding
    telling = [row for row in rows if not all(map(str.isascii, row.record.texts))]
    as_utf8 = [row.place for row in telling if all(_was_utf8(text, encoding) for text in row.record.texts)]
    controls = [row.place for row in telling if any(map(_CONTROLS.search, row.record.texts))]
    if not is_utf8(encoding) and 2 * len(as_utf8) > len(telling):
        yield Finding(f"{counted(as_utf8, rows)} are UTF-8, read as {encoding}; leave input.encoding out")
    elif controls:
        windows = _WINDOWS.get(codecs.lookup(encoding).name)
        fix = f"set input.encoding: {windows}" if windows else "the file holds cp1252 that was read as latin-1"
        yield Finding(f"{counted(controls, rows)} hold control characters (U+0080 to U+009F), which no text has; {fix}")


def _was_utf8(text: str, encoding: str) -> bool:
    """Whether the bytes of `text` in its `encoding` are UTF-8."""
    try:
        text.encode(encoding).decode()
    except UnicodeError:
        return False
    return True
