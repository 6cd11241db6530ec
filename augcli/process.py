"""What holds for a whole process: set for good in augcli's own ones, and for a while in those of others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger

OWN = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",  # workers scale instead
    "OMP_WAIT_POLICY": "PASSIVE",  # threads of a training that wait leave the core to others
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",  # else Ray tells of dead workers on stdout; they are replaced
}
"""Environment variables of the program and its workers; libraries read most of them once, when they are imported."""


def set_variables() -> None:
    """In a process that is augcli's own: set these, but for those that the user has set."""
    os.environ |= OWN | os.environ


def cache_folder() -> Path:
    """Where word vectors and translations are kept from run to run: AUGCLI_CACHE, or the cache folder of the user."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("AUGCLI_CACHE") or user_cache_path("augcli"))


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for a while; then all are as before, those that a library has set too."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


@contextmanager
def log_level(logger: Logger, level: int) -> Iterator[None]:
    """Give a logger this level for a while."""
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)
