"""One bar on stderr while a run works: rows, rows per second, time left, variants; on request what each step takes."""

from __future__ import annotations

import sys
from collections import Counter
from types import TracebackType
from typing import Self

from tqdm import tqdm

from augcli.manifest import Manifest, Options


class Progress:
    """The bar of a run over `rows` rows; silent when stderr is no terminal, and with --quiet."""

    def __init__(self, rows: int, options: Options) -> None:
        self._verbose = options.verbose
        self._variants = 0
        self._seconds: Counter[str] = Counter()
        quiet = options.quiet or not sys.stderr.isatty()
        self._bar = tqdm(total=rows, unit="row", unit_scale=True, disable=quiet, file=sys.stderr, dynamic_ncols=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def show(self, manifest: Manifest) -> None:
        """Move on by a finished chunk."""
        self._variants += sum(ledger["written"] for ledger in manifest["ledgers"].values())
        for steps in manifest["work"].values():
            self._seconds.update({step: work["seconds"] for step, work in steps.items()})
        told = f"{self._variants} variants"
        if self._verbose:
            told += f" ({shares(self._seconds)})"
        self._bar.set_postfix_str(told, refresh=False)
        self._bar.update(manifest["tally"]["rows"])


def shares(seconds: Counter[str]) -> str:
    """The time of the steps as shares of that of all: synonym 61 %, random_swap 39 %."""
    whole = sum(seconds.values()) or 1.0
    return ", ".join(f"{step} {100 * spent / whole:.0f} %" for step, spent in seconds.most_common())
