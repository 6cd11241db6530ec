"""Texts that say something only in another encoding than that of the config."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence

from augcli.config.config import Config
from augcli.io.files.detect import has_single_letters, likely_encodings
from augcli.io.files.encoding import is_utf8
from augcli.run.look.rows import Finding, Row

_CONTROLS = re.compile("[\x80-\x9f]")
_CONTROLS_OF_UTF8 = re.compile("[\x80-\x84\x86-\x9f]")
"""U+0085 is a line end that some programs write."""
_WINDOWS = {"iso8859-1": "cp1252", "iso8859-15": "cp1252", "iso8859-2": "cp1250", "iso8859-9": "cp1254"}
"""Encodings of Windows that are like one of ISO, but have characters where that has control characters."""
_OF_LATIN_LETTERS = {*_WINDOWS, *_WINDOWS.values()}
_GARBLED = re.compile("[\x80-\xffŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]{2,}")
"""Characters of cp1252 that are not ASCII, as there are for each character of UTF-8 that was read as that."""
_WITH_CONTROLS = "{rows} hold control characters (U+0080 to U+009F), which no text has"
_ENOUGH = 40
"""Bytes that are not ASCII by which an encoding is judged."""


def other_encodings(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """Texts that say something only in another encoding than that of the config, or than that of the file."""
    telling = [row for row in rows if not all(map(str.isascii, row.record.texts))]
    if is_utf8(config.input.encoding):
        yield from _garbled_before(telling)
    else:
        yield from _in_another(config, telling)


def _garbled_before(telling: Sequence[Row]) -> Iterator[Finding]:
    """What a program that wrote the UTF-8 file had already read in a wrong way."""
    wrong = [(row.place, found) for row in telling for found in filter(None, map(_garbled, row.record.texts))]
    if wrong:
        places, (seen, meant) = [*dict.fromkeys(place for place, _ in wrong)], wrong[0][1]
        yield Finding(
            f"{{rows}} hold UTF-8 that was read as latin-1 or cp1252 before it was written ({seen!r} for {meant!r})",
            "fix the file",
            places,
        )
    said = {place for place, _ in wrong}
    controls = [row.place for row in telling if any(map(_CONTROLS_OF_UTF8.search, row.record.texts))]
    if places := [place for place in controls if place not in said]:
        yield Finding(_WITH_CONTROLS, "the file holds cp1252 that was read as latin-1", places)


def _garbled(text: str) -> tuple[str, str] | None:
    """Characters of `text` that are the bytes of others in UTF-8, and those others."""
    for match in _GARBLED.finditer(text):
        seen = match.group()
        try:
            meant = b"".join(map(_byte, seen)).decode()
        except UnicodeError:
            continue
        if seen.startswith(("Â", "Ã", "â€", "â\x80")) or len(meant) > 1:  # not Spaß“, nor été with no-break space and »
            return seen, meant
    return None


def _byte(char: str) -> bytes:
    return char.encode("latin-1" if char < "\u0100" else "cp1252")


def _in_another(config: Config, telling: Sequence[Row]) -> Iterator[Finding]:
    encoding = config.input.encoding
    as_utf8 = [row.place for row in telling if all(_was_utf8(text, encoding) for text in row.record.texts)]
    if 2 * len(as_utf8) > len(telling):
        yield Finding(f"{{rows}} are UTF-8, read as {encoding}", "leave input.encoding out", as_utf8)
        return
    name = codecs.lookup(encoding).name
    if name in _OF_LATIN_LETTERS and (likely := _script(telling, name, config.input.language)):
        places = [row.place for row in telling]
        yield Finding(f"{{rows}} are not in {encoding}", f"set input.encoding: {' or '.join(likely)}", places)
        return
    controls = [row.place for row in telling if any(map(_CONTROLS.search, row.record.texts))]
    if controls:
        windows = _WINDOWS.get(name)
        fix = f"set input.encoding: {windows}" if windows else "fix the file, or set another input.encoding"
        yield Finding(_WITH_CONTROLS, fix, controls)


def _script(telling: Sequence[Row], encoding: str, language: str) -> list[str]:
    """The encodings of other letters than Latin ones that the rows may be in; none where letters are Latin."""
    data = "\n".join(text for row in telling for text in row.record.texts).encode(encoding, "ignore")
    few = sum(byte > 0x7F for byte in data) < _ENOUGH
    if few or has_single_letters(data):
        return []
    return [name for name in likely_encodings(data, language) if name not in _OF_LATIN_LETTERS]


def _was_utf8(text: str, encoding: str) -> bool:
    """Whether the bytes of `text` in its `encoding` are UTF-8."""
    try:
        text.encode(encoding).decode()
    except UnicodeError:
        return False
    return True
