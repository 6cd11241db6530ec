"""Text of any encoding as UTF-8, and what to say of bytes that are no text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import IO

from augcli.errors import RunError
from augcli.io.files.detect import begins_in, is_in, likely_encodings, wide_encoding

_JUDGED = 1 << 16
"""Bytes by which an encoding is judged."""
_SEEN = 1 << 26
"""Bytes after which no more are looked for."""
_COMPARED = 64
"""Bytes at the start of a file that two encodings are compared by."""
_MARK = re.compile(rb"\xed[\xb0-\xb3][\x80-\xbf]")


def is_utf8(encoding: str) -> bool:
    """Whether `encoding` is a name of UTF-8, with or without byte order mark."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")


class TextEncoding:
    """The encoding that a file is written in, part by part."""

    def __init__(self, given: str | None, read: str) -> None:
        """It is the one that is given, or else that in which the input is read, which may have a byte order mark."""
        self._given = given is not None
        self._name = given or ("utf-8" if is_utf8(read) else read)
        self._mark = "".encode(self._name)

    def head(self, text: str) -> bytes:
        """The first part, whose byte order mark is that of the input."""
        return self._mark + self.encode(text.removeprefix("\ufeff") if self._given else text)

    def encode(self, text: str) -> bytes:
        """A part behind the first. Raises RunError for characters that the encoding does not know."""
        try:
            return text.encode(self._name).removeprefix(self._mark)
        except UnicodeEncodeError as error:
            line = text[text.rfind("\n", 0, error.start) + 1 :].split("\n", 1)[0]
            what = f"{text[error.start]!r} in {line[:80]!r} cannot be written in {self._name}"
            raise RunError(f"{what}; set output.encoding: utf-8") from error


def wrong_encoding(start: bytes, encoding: str, section: str = "input") -> str:
    """What to say of a file that begins with `start`, where that shows that it is in no way in `encoding`.

    `section` is that of the config that names the file.
    """
    if start.startswith(codecs.BOM_UTF8) and not is_utf8(encoding):
        return f"the file starts with the mark of UTF-8, and is not {encoding}; leave {section}.encoding out"
    wide = wide_encoding(start)
    if wide and not _read_alike(start[:_COMPARED], wide, encoding):
        return f"the file starts like {wide[:6].upper()}; set {section}.encoding: {wide}"
    wanted = codecs.lookup(encoding).name[:6]
    if wanted in ("utf-16", "utf-32") and start and b"\0" not in start and begins_in(start, "utf-8"):
        return f"the file is UTF-8, not {wanted.upper()}; leave {section}.encoding out"
    return ""


def _read_alike(start: bytes, one: str, other: str) -> bool:
    """Whether two encodings differ in nothing but the byte order mark, for bytes that begin a file."""
    first, second = (start.decode(name, "replace").removeprefix("\ufeff") for name in (one, other))
    return first == second


def recoded(file: IO[bytes], encoding: str) -> Iterator[bytes]:
    """The file as UTF-8; the reader of the rows refuses what the encoding does not know, with the line."""
    codecs.register_error("augcli.mark", _mark)  # the name is ours, for none can be taken back
    decode = codecs.getincrementaldecoder(encoding)(errors="augcli.mark").decode
    while block := file.read(1 << 16):
        yield decode(block).encode("utf-8", "surrogatepass")
    yield decode(b"", final=True).encode("utf-8", "surrogatepass")


def _mark(error: UnicodeError) -> tuple[str, int]:
    """For codecs: a byte that its encoding does not know becomes a lone surrogate, which `not_text` tells of."""
    assert isinstance(error, UnicodeDecodeError)
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


def not_text(data: bytes, error: UnicodeDecodeError) -> str:
    """What to say of bytes that are not UTF-8, or that `recoded` marked."""
    place = f"at character {len(data[: error.start].decode()) + 1}"
    if mark := _MARK.match(data, error.start):
        return f"byte 0x{ord(mark.group().decode(errors='surrogatepass')) & 0xFF:02x} {place} is not in input.encoding"
    return f"byte 0x{data[error.start]:02x} {place} is not UTF-8"


def encoding_hint(file: IO[bytes], language: str, section: str = "input") -> str:
    """What to do about a file of texts in `language` that has bytes which are not in its encoding.

    `section` is that of the config that names the file.
    """
    lines = _lines_to_judge(file)
    right = sum(is_in(line, "utf-8") for line in lines)
    if right == len(lines):
        return f"; the file is UTF-8: leave {section}.encoding out"
    if right >= len(lines) / 2:
        return "; most of the file is UTF-8: fix this row"
    likely = likely_encodings(b"\n".join(lines), language)
    if not likely:
        return f"; set {section}.encoding (gb18030, cp1252, ...)"
    return f"; set {section}.encoding: {' or '.join(likely)}, which fit{'s' * (len(likely) == 1)}"


def _lines_to_judge(file: IO[bytes]) -> list[bytes]:
    """The first lines that are more than ASCII."""
    lines: list[bytes] = []
    judged = seen = 0
    while judged < _JUDGED and seen < _SEEN and (line := file.readline(_JUDGED)):
        seen += len(line)
        if line.isascii():
            continue
        judged += len(line)
        if len(line) == _JUDGED:  # not through the middle of a character
            line = line[: 1 + max(map(line.rfind, (b" ", b'"', b",")))]
        lines.append(line)
    return lines
