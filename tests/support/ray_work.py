"""Work for the actors of test_ray.py, in a module that imports next to nothing: each actor must import it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from augcli.errors import DataError


class Work:
    """Says in which process it works; with a folder, leaves a mark in it when it is made."""

    def __init__(self, folder: Path | None = None) -> None:
        if folder:
            (folder / f"made-{os.getpid()}").touch()
        self.folder = folder

    def __call__(self, item: Any) -> Any:
        match item:
            case "deadly":
                os.kill(os.getpid(), signal.SIGKILL)
            case "unlucky" if self.folder and not (self.folder / "died").exists():
                (self.folder / "died").touch()
                os.kill(os.getpid(), signal.SIGKILL)
            case "together" if self.folder:
                end = time.monotonic() + 600
                while len(list(self.folder.glob("made-*"))) < 2 and time.monotonic() < end:
                    time.sleep(0.01)
            case "bad row":
                raise DataError("row 7 is broken")
            case "variables":
                return dict(os.environ), os.getpid()
            case "no file":
                (Path("/nowhere") / "in.jsonl").read_bytes()
        return item, os.getpid()
