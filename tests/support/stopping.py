"""The program, but it stops after some chunks as Ctrl-Z stops it: python tests/support/stopping.py 3,20 run x.yaml"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count

from augcli.cli.main import entry
from augcli.report.counts import Counts
from augcli.run.progress import Progress


def _stop_after(chunks: set[int]) -> None:
    shown = count(1)
    show = Progress.show

    def stopping(self: Progress, counts: Counts, *, resumed: bool = False) -> None:
        show(self, counts, resumed=resumed)
        if next(shown) in chunks:
            os.kill(os.getpid(), signal.SIGSTOP)

    Progress.show = stopping  # type: ignore[method-assign]


if __name__ == "__main__":
    _stop_after({int(number) for number in sys.argv.pop(1).split(",") if number})
    entry()
