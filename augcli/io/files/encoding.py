"""Text of any encoding as UTF-8, and what to say of bytes that are no text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import IO

_NOT_ASCII = re.compile(rb"[\x80-\xff]+")
_JUDGED = 1 << 16
"""Bytes by which an encoding is judged."""
_SEEN = 1 << 26
"""Bytes after which no more are looked for."""
_LATIN = {"cp1250": ("cs", "hr", "hu", "pl", "ro", "sk", "sl"), "cp1254": ("tr",), "cp1257": ("et", "lt", "lv")}
"""Encodings of languages in Latin letters that cp1252 has not; it has all of Latin-1, and the curly quotes."""
_OTHERS = {
    "gb18030": ("zh",),
    "big5": ("zh",),
    "shift_jis": ("ja",),
    "euc_jp": ("ja",),
    "cp949": ("ko",),
    "cp1251": ("be", "bg", "mk", "ru", "sr", "uk"),
    "koi8_r": ("ru",),
    "cp1253": ("el",),
    "cp1255": ("he", "yi"),
    "cp1256": ("ar", "fa", "ur"),
}
"""Encodings of other scripts, with the languages in which each is usual."""
_MARK = re.compile(rb"\xed[\xb0-\xb3][\x80-\xbf]")


def is_utf8(encoding: str) -> bool:
    """Whether `encoding` is a name of UTF-8, with or without byte order mark."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")


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


def encoding_hint(file: IO[bytes], language: str) -> str:
    """What to do about a file of texts in `language` that has bytes which are not in its encoding."""
    lines = _lines_to_judge(file)
    right = sum(_is_in(line, "utf-8") for line in lines)
    if right == len(lines):
        return "; the file is UTF-8: leave input.encoding out"
    if right >= len(lines) / 2:
        return "; most of the file is UTF-8: fix this row"
    likely = _likely_encoding(b"\n".join(lines), language)
    return f"; set input.encoding: {likely}, which fits" if likely else "; set input.encoding (gb18030, cp1252, ...)"


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


def _likely_encoding(data: bytes, language: str) -> str | None:
    latin = next((name for name, spoken in _LATIN.items() if language in spoken), None)
    runs = _NOT_ASCII.findall(data)
    if latin or sum(map(len, runs)) < 1.5 * len(runs):  # single letters with accents, curly quotes
        return next((name for name in (latin, "cp1252") if name and _is_in(data, name)), None)
    from charset_normalizer import from_bytes

    fitting = [match.encoding for match in from_bytes(data, cp_isolation=[*_OTHERS])]
    return next((name for name in fitting if language in _OTHERS[name]), fitting[0] if fitting else None)


def _is_in(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
