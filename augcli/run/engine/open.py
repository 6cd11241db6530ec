"""The engine that the config names."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

from augcli.config import sections
from augcli.run.engine.base import Engine
from augcli.run.engine.local import local


def workers_of(wanted: int | str, most: int) -> int:
    """Number of processes for `--workers`: auto is one per core, but not more than `most`."""
    if wanted != "auto":
        return int(wanted)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, most))


def open_engine(settings: sections.Engine, most: int) -> AbstractContextManager[Engine]:
    """The engine that the config names; `auto` is not more than `most` processes of this machine."""
    if settings.ray:
        from augcli.run.engine.ray import on_ray

        return on_ray(settings.ray)
    return local(workers_of(settings.workers, most))
