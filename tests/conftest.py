"""What holds for all tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from functools import cache

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run on all cores already

settings.register_profile("quick", deadline=None, max_examples=50)
settings.load_profile("quick")

# a shell starts background jobs deaf to it, and so their children
signal.signal(signal.SIGINT, signal.default_int_handler)


UNIX = ("properties/test_documents.py", "properties/test_interruption.py", "run/engine/test_ray.py")
"""Files full of shells, signals and process groups."""
collect_ignore = UNIX if sys.platform == "win32" else ()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs programs that are missing, unless just such tests are asked for: then somebody counts on them."""
    if sys.platform == "win32" and item.get_closest_marker("unix"):
        pytest.skip("needs signals, pipes or scripts as Unix has them")
    wanted = [package for mark in item.iter_markers("programs") for package in mark.args]
    if missing := [package for package in wanted if not _installed(package)]:
        why = f"needs {', '.join(missing)}: sudo apt install {' '.join(missing)}"
        (pytest.fail if item.config.option.markexpr == "programs" else pytest.skip)(why)


def _installed(package: str) -> bool:
    """Whether the program of a Debian package is there, or the pair of languages of an apertium package."""
    return package.removeprefix("apertium-") in _pairs() if "-" in package else bool(shutil.which(package))


@cache
def _pairs() -> list[str]:
    if not shutil.which("apertium"):
        return []
    return subprocess.run(["apertium", "-l"], capture_output=True, text=True, check=True).stdout.split()
