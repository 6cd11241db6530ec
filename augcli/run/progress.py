"""What a run shows on stderr while it works: what it does, rows, rows per second, time left, variants.

On a terminal it is a line that moves; elsewhere, as in a log, a line every half minute.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from os import get_terminal_size
from threading import Event, RLock, Thread
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tqdm import tqdm

if TYPE_CHECKING:
    from augcli.models.hosted.account import Account
    from augcli.report.counts import Counts
    from augcli.run.rows_done import RowsDone

EVERY = 0.5
"""Seconds after which the line moves, as a chunk may take minutes, and so may a teacher."""
LOGGED = 30.0
"""Seconds between lines where stderr is no terminal."""
_LINE = "{n_fmt} of {total_fmt} rows ({percentage:.0f} %), {rate_noinv_fmt}, {remaining} left{postfix}"


class Bar(tqdm):  # type: ignore[type-arg]
    """A bar of tqdm without the thread that watches over bars that skip updates; this one skips none."""

    monitor_interval = 0
    _lock = RLock()  # tqdm's own is a semaphore of the system, which a worker that is ended leaves behind

    def __init__(self, **options: Any) -> None:
        size = get_terminal_size(sys.stderr.fileno()) if sys.stderr.isatty() else None
        told = {"dynamic_ncols": True} if size is None or all(size) else {"ncols": 80, "nrows": 24}
        super().__init__(miniters=0, file=sys.stderr, **told, **options)

    def advance(self) -> None:
        """Show that one more is done."""
        self.update()


class Progress:
    """What a run shows; nothing when it is quiet."""

    def __init__(self, *, quiet: bool, verbose: bool = False, logs: bool = True) -> None:
        """`verbose`: the shares of the steps too; `logs`: lines where stderr is no terminal."""
        self._on_terminal = sys.stderr.isatty()
        self._shown = not quiet and (logs or self._on_terminal)
        self._verbose = verbose
        self._accounts: Sequence[Account] = ()
        self._bar: Bar | None = None
        """On a terminal."""
        self._doing, self._began, self._logged = "", monotonic(), monotonic()
        self._rows_done: RowsDone | None = None
        """While rows are counted."""
        self._total = self._finished = self._rows = self._merged = self._variants = 0
        self._seconds: Counter[str] = Counter()
        self._over = Event()
        self._lock = RLock()
        self._watching = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        if self._shown:
            self._watching.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._shown:
            self._watching.join()
        if self._bar is not None:
            self._bar.close()

    def stage(self, doing: str) -> None:
        """Say what is done now, which nobody can count."""
        with self._lock:
            self._rows_done = None
            self._begin(doing, bar_format="{desc} {elapsed}", leave=False)

    def begin_rows(
        self, total: int, finished: int, done: RowsDone, accounts: Sequence[Account], *, doing: str = ""
    ) -> None:
        """Count rows from now on, of which an earlier run `finished` some; `doing` what until the first is done."""
        with self._lock:
            self._rows_done, self._accounts = done, accounts
            self._total, self._finished, self._rows = total, finished, finished
            self._merged = self._variants = 0
            self._seconds.clear()
            self._begin(doing, total=total, initial=finished, unit="row", unit_scale=total >= 100_000)

    def show(self, counts: Counts, *, resumed: bool = False) -> None:
        """Count a chunk; one that an earlier run finished is among the finished rows already."""
        with self._lock:
            self._variants += counts.variants
            if not resumed:
                self._seconds += counts.seconds()
                self._merged += counts.tally.rows
            self._move(self._merged)

    def _begin(self, doing: str, **options: Any) -> None:
        if self._bar is not None:
            self._bar.close()
        self._doing, self._began = doing, monotonic()
        if self._shown and self._on_terminal:
            self._bar = Bar(desc=doing or None, **options)

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            with self._lock:
                if self._rows_done:
                    self._move(max(self._merged, self._rows_done.rows()))
                if self._bar is not None:
                    self._bar.refresh()
                elif not self._on_terminal and monotonic() - self._logged >= LOGGED:
                    self._logged = monotonic()
                    sys.stderr.write(f"augcli: {self._line()}\n")
                    sys.stderr.flush()

    def _move(self, done: int) -> None:
        """Show that so many rows are done in this run."""
        if not self._shown:
            return
        before = self._rows
        self._rows = max(before, min(self._finished + done, self._total))
        if self._bar is not None:
            self._bar.set_postfix_str(self._status(), refresh=False)
            if self._rows > before:
                self._bar.set_description_str(refresh=False)
                self._bar.update(self._rows - before)

    def _line(self) -> str:
        """The bar in words."""
        seconds = monotonic() - self._began
        if not self._rows_done or self._rows == self._finished:
            return f"{self._doing}, {tqdm.format_interval(seconds)}"
        line = tqdm.format_meter(
            self._rows, self._total, seconds, unit=" rows", bar_format=_LINE, initial=self._finished,
            postfix=self._status(),
        )  # fmt: skip
        return " ".join(line.split())

    def _status(self) -> str:
        told = [f"{self._variants} variants"] if self._variants else []
        told += [f"{account.service.name} {account.usage().characters} characters" for account in self._accounts]
        if not self._verbose:
            return ", ".join(told)
        from augcli.report.summary import shares

        return f"{', '.join(told)} ({shares(self._seconds)})"
