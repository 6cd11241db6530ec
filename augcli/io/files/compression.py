"""Packed files: gz, bz2, xz and zst; and zip archives of one file."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from augcli.errors import ResourceError
from augcli.io.files.storage import Place, open_binary

DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
"""What reading a damaged file may raise."""
_MAGIC = {
    b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zst", b"PK\x03\x04": "zip",
}  # fmt: skip
_ARCHIVES = ((0, b"7z\xbc\xaf\x27\x1c", "7z"), (0, b"Rar!", "rar"), (257, b"ustar", "tar"))
"""Where their mark stands, the mark, and what they are called."""
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
        start = file.peek(6)[:6]
        packed = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), "")
        if packed == "gz":
            yield io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=file))), packed
        elif packed == "bz2":
            yield io.BufferedReader(cast("io.RawIOBase", bz2.BZ2File(file))), packed
        elif packed == "xz":
            with lzma.LZMAFile(file) as plain:
                yield io.BufferedReader(cast("io.RawIOBase", plain)), packed
        elif packed == "zst":
            yield stream(_unzst(file)), packed
        elif packed == "zip":
            with zipfile.ZipFile(file) as archive, archive.open(_only_member(archive)) as member:
                yield io.BufferedReader(cast("io.RawIOBase", member)), packed
        else:
            yield file, packed


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one file in an archive. Raises BadZipFile when there are others, or a password."""
    members = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
    if any(one.filename.startswith("xl/") for one in members):
        raise zipfile.BadZipFile("this is an Excel workbook; call it .xlsx, or set its format to xlsx")
    if len(members) != 1:
        names = ", ".join(one.filename for one in members[:5]) + ", ..." * (len(members) > 5)
        raise zipfile.BadZipFile(
            f"expected a zip archive of one file, this one holds {len(members)}: {names}; unpack it"
        )
    if members[0].flag_bits & 1:
        raise zipfile.BadZipFile("the zip archive has a password; unpack it")
    return members[0]


def archive_kind(start: bytes) -> str:
    """What kind of archive begins with `start`, of those that are not read; empty for others."""
    return next((kind for at, mark, kind in _ARCHIVES if start[at:].startswith(mark)), "")


def zstandard() -> Any:
    """The zstandard package. Raises ResourceError when it is not installed."""
    try:
        import zstandard as package
    except ImportError as error:
        raise ResourceError("zst files need zstandard: pip install 'augcli[zstd]'") from error
    return package


def pack(data: bytes, kind: str) -> bytes:
    """`data` compressed; `kind` is "", gz, bz2, xz or zst. Packed pieces one after another unpack as one file."""
    match kind:
        case "gz":
            return gzip.compress(data, 6, mtime=0)
        case "bz2":
            return bz2.compress(data)
        case "xz":
            return lzma.compress(data)
        case "zst":
            packed: bytes = zstandard().ZstdCompressor(write_checksum=True).compress(data)
            return packed
        case _:
            return data
