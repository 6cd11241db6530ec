"""How many rows are done, told by workers in small files while a chunk takes its time, for whoever shows progress."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from time import monotonic

from augcli.io.files.storage import Place, entries, make_folder

EVERY = 0.5
"""Seconds between two words of a worker."""


class RowsDone:
    """What the workers of a run tell, in a folder of their own in the work folder; nothing behind a URL."""

    def __init__(self, work: Place) -> None:
        self.folder = work / "rows"

    def forget(self) -> None:
        """Begin anew."""
        for file in entries(self.folder) if isinstance(self.folder, Path) else ():
            file.unlink()

    def rows(self) -> int:
        """Rows that workers have done since then. Those of a worker that died count twice when they are done again."""
        rows = 0
        for file in entries(self.folder) if isinstance(self.folder, Path) else ():
            with suppress(ValueError, OSError):  # somebody is writing it
                rows += int(file.read_bytes())
        return rows


class Worker:
    """One of the workers."""

    def __init__(self, done: RowsDone) -> None:
        self._file = done.folder / token_hex(8) if isinstance(done.folder, Path) else None
        self._before = 0
        self._told = monotonic()

    def tell(self, rows: float, *, finished: bool = False) -> None:
        """So many rows of a chunk are done, or the chunk is `finished`."""
        if finished:
            self._before += int(rows)
        if self._file and monotonic() - self._told >= EVERY:
            self._told = monotonic()
            with suppress(OSError):  # a full disk stops the run where the chunk is written, and says so there
                make_folder(self._file.parent)
                self._file.write_bytes(b"%d" % (self._before + int(rows) * (not finished)))
