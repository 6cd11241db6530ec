"""Text of any encoding as UTF-8, and what to say of bytes that are no text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import IO

_MARK = re.compile(rb"\xed[\xb0-\xb3][\x80-\xbf]")


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
    return f"byte 0x{data[error.start]:02x} {place} is not UTF-8; set input.encoding (gbk, latin-1, ...)"
