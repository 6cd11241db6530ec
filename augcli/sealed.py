"""Files that get their final name only when they are whole, and packing by suffix."""

from __future__ import annotations

import bz2
import gzip
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, cast

from augcli.sources import format_of, zstandard


class Sealed:
    """A file that gets its final name only when it is whole; `sha256` and `size` are of what was written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        self.sha256 = ""
        self.size = 0
        self.rows: int | None = None

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Write to the temporary file; it is removed when writing fails."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self.temporary.open("wb") as file:
                hashing = _Hashing(file)
                yield cast("IO[bytes]", hashing)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            self.temporary.unlink(missing_ok=True)
            raise
        self.sha256, self.size = hashing.digest.hexdigest(), hashing.size

    def rename(self) -> None:
        """Give the file its final name."""
        self.temporary.replace(self.path)


class _Hashing(io.RawIOBase):
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self._file.write(data)


@contextmanager
def packing(file: IO[bytes], path: str) -> Iterator[IO[bytes]]:
    """`file` with compression by the suffix of `path`; the same bytes every time."""
    match format_of(path)[1]:
        case "gz":
            with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                yield cast("IO[bytes]", packed)
        case "bz2":
            with bz2.BZ2File(file, "wb") as packed_bz2:
                yield cast("IO[bytes]", packed_bz2)
        case "zst":
            with zstandard().ZstdCompressor(write_checksum=True).stream_writer(file, closefd=False) as packed_zst:
                yield packed_zst
        case _:
            yield file
