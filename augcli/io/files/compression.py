"""Packed files: gz, bz2 and zst."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from augcli.errors import ResourceError
from augcli.io.files.storage import Place, open_binary

DAMAGED = (OSError, EOFError, zlib.error)
"""What reading a damaged file may raise."""
_MAGIC = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zst"}
_BLOCK = 1 << 20


class _Stream(io.RawIOBase):
    """A file that reads the blocks of an iterator."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def stream(blocks: Iterator[bytes]) -> io.BufferedReader:
    """A file of the blocks of an iterator."""
    return cast("io.BufferedReader", io.BufferedReader(_Stream(blocks)))


def _unzst(file: IO[bytes]) -> Iterator[bytes]:
    """A zst file unpacked. One that is cut off is an error, which the package's own reader does not tell."""
    package = zstandard()
    frame: Any = None
    packed = b""
    while packed := packed or file.read(1 << 13):
        frame = frame or package.ZstdDecompressor().decompressobj()
        try:
            block = frame.decompress(packed)
        except package.ZstdError as error:
            raise OSError(str(error)) from error
        yield block
        packed = frame.unused_data
        if frame.eof:
            frame = None
    if frame:
        raise EOFError("the file ends before its last zst frame does")


@contextmanager
def unpacked(path: Place) -> Iterator[tuple[io.BufferedReader, str]]:
    """The file unpacked by what its first bytes say (a name may lie), and how it was packed."""
    with open_binary(path, _BLOCK) as file:
        start = file.peek(4)[:4]
        packed = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), "")
        if packed == "gz":
            yield io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=file))), packed
        elif packed == "bz2":
            yield io.BufferedReader(cast("io.RawIOBase", bz2.BZ2File(file))), packed
        elif packed == "zst":
            yield stream(_unzst(file)), packed
        else:
            yield file, packed


def zstandard() -> Any:
    """The zstandard package. Raises ResourceError when it is not installed."""
    try:
        import zstandard as package
    except ImportError as error:
        raise ResourceError("zst files need zstandard: pip install 'augcli[zstd]'") from error
    return package


def pack(data: bytes, kind: str) -> bytes:
    """`data` compressed; `kind` is "", gz, bz2 or zst. Packed pieces one after another unpack as one file."""
    match kind:
        case "gz":
            return gzip.compress(data, 6, mtime=0)
        case "bz2":
            return bz2.compress(data)
        case "zst":
            packed: bytes = zstandard().ZstdCompressor(write_checksum=True).compress(data)
            return packed
        case _:
            return data
