"""The engine that the config names."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager

from augcli.config import sections
from augcli.errors import RunError
from augcli.run.engine.base import Engine
from augcli.run.engine.local import local

MOST = 61 if sys.platform == "win32" else sys.maxsize
"""Processes that a pool has at most: Windows waits for no more at once."""


def workers_of(wanted: int | str, most: int) -> int:
    """Number of processes for `--workers`: auto is one per core, but not more than `most`."""
    if wanted != "auto":
        if int(wanted) > MOST:
            raise RunError(f"at most {MOST} workers run on one machine with Windows; use --workers {MOST}")
        return int(wanted)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, most, MOST))


def open_engine(settings: sections.Engine, most: int) -> AbstractContextManager[Engine]:
    """The engine that the config names; `auto` is not more than `most` processes of this machine."""
    if settings.ray:
        from augcli.run.engine.ray import on_ray

        return on_ray(settings.ray)
    return local(workers_of(settings.workers, most))
