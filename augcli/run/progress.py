"""One bar on stderr while a run works: rows, rows per second, time left, variants, characters sent to platforms."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from threading import Event, RLock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tqdm import tqdm

from augcli.config.config import Options
from augcli.report.counts import Counts
from augcli.report.summary import shares

if TYPE_CHECKING:
    from augcli.models.hosted.account import Account


EVERY = 1.0
"""Seconds after which the bar tells again what was sent to platforms: a chunk may take minutes there."""


class Bar(tqdm):  # type: ignore[type-arg]
    """A bar of tqdm without the thread that watches over bars that skip updates; this one skips none."""

    monitor_interval = 0
    _lock = RLock()  # tqdm's own is a semaphore of the system, which a worker that is ended leaves behind

    def __init__(self, **options: Any) -> None:
        super().__init__(miniters=0, file=sys.stderr, dynamic_ncols=True, **options)


class Progress:
    """The bar of a run over `rows` rows; silent when stderr is no terminal, and with --quiet."""

    def __init__(self, rows: int, options: Options, accounts: Sequence[Account]) -> None:
        self._verbose = options.verbose
        self._accounts = accounts
        self._variants = 0
        self._seconds: Counter[str] = Counter()
        quiet = options.quiet or not sys.stderr.isatty()
        self._bar = Bar(total=rows, unit="row", unit_scale=True, disable=quiet)
        self._over = Event()
        self._watching = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        if self._accounts and not self._bar.disable:
            self._watching.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._watching.ident:
            self._watching.join()
        self._bar.close()

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            self._bar.set_postfix_str(self._status())

    def show(self, counts: Counts) -> None:
        """Move on by a finished chunk."""
        self._variants += counts.variants
        self._seconds += counts.seconds()
        self._bar.set_postfix_str(self._status(), refresh=False)
        self._bar.update(counts.tally.rows)

    def _status(self) -> str:
        told = [f"{self._variants} variants"]
        told += [f"{account.service.name} {account.usage().characters} characters" for account in self._accounts]
        return ", ".join(told) + (f" ({shares(self._seconds)})" if self._verbose else "")
