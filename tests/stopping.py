"""The program, but after some chunks it stops as Ctrl-Z stops it: python tests/stopping.py 3,20 run recipe.yaml"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count

from augcli.cli import entry
from augcli.manifest import Manifest
from augcli.progress import Progress


def _stop_after(chunks: set[int]) -> None:
    shown = count(1)
    show = Progress.show

    def stopping(self: Progress, manifest: Manifest) -> None:
        show(self, manifest)
        if next(shown) in chunks:
            os.kill(os.getpid(), signal.SIGSTOP)

    Progress.show = stopping  # type: ignore[method-assign]


if __name__ == "__main__":
    _stop_after({int(number) for number in sys.argv.pop(1).split(",") if number})
    entry()
