"""Files that get their final name only when they are whole."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, cast

from augcli.io.files.storage import Place, naming, rename

STDOUT = "-"
"""What standard output is called where files are named."""


class AtomicFile:
    """A file that gets its final name only when it is whole; `sha256` and `size` are of what was written."""

    def __init__(self, path: Place, folder: Place) -> None:
        self.path = path
        self.temporary = folder / f"{path.name}.tmp"
        self.sha256 = ""
        self.size = 0
        self.rows: int | None = None

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Write to a temporary file in `folder`; it is removed when writing fails."""
        try:
            with naming(self.path), self.temporary.open("wb") as file:
                hashing = _Hashing(file)
                yield cast("IO[bytes]", hashing)
                file.flush()
                if isinstance(self.path, Path):
                    os.fsync(file.fileno())
        except BaseException:
            self.temporary.unlink(missing_ok=True)
            raise
        self.sha256, self.size = hashing.digest.hexdigest(), hashing.size

    def discard(self) -> None:
        """Remove what has not got its final name."""
        self.temporary.unlink(missing_ok=True)

    def rename(self) -> None:
        """Give the file its final name."""
        rename(self.temporary, self.path)


class Stdout(AtomicFile):
    """Standard output, told of like a file: what was written, and its `sha256` and `size`."""

    def __init__(self) -> None:
        super().__init__(Path(STDOUT), Path())

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Write to standard output."""
        hashing = _Hashing(sys.stdout.buffer)
        yield cast("IO[bytes]", hashing)
        sys.stdout.buffer.flush()
        self.sha256, self.size = hashing.digest.hexdigest(), hashing.size

    def discard(self) -> None:
        """What was written is gone."""

    def rename(self) -> None:
        """It has its name."""


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


def write_whole(file: Place, data: bytes | bytearray) -> None:
    """Write a file that is there whole or not at all."""
    if not isinstance(file, Path):
        file.write_bytes(bytes(data))
        return
    temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    with naming(file):
        temporary.write_bytes(data)
    temporary.replace(file)
