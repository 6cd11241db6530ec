"""Runs within the test's own process, which is much faster than the program."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from augcli.cli.main import entry
from augcli.config.config import Options
from augcli.config.load import load
from augcli.errors import RunError
from augcli.process import environment
from augcli.report.outcome import Outcome
from augcli.run.progress import Progress
from augcli.run.run import run

EDITS = {"a": {"variants": 2, "steps": [{"random_char": {"rate": 0.2}}, "random_swap"]}}
"""A chain that edits nearly every text."""


def run_in(
    folder: Path,
    input_keys: Mapping[str, Any],
    output: str,
    *,
    chains: Mapping[str, Any] | None = None,
    limit: int | None = None,
    keys: Mapping[str, Any] | None = None,
    **sections: Any,
) -> tuple[Path, Outcome]:
    """Run a config in `folder`; an empty chain unless `chains` are given. The output, and what the run counted.

    `keys` are more of output.
    """
    target = folder / "out" / output
    config = {
        "input": {"text": "text", "spans": None, **input_keys},
        "output": {"path": str(target), **(keys or {})},
        "chains": chains or {},
        **sections,
    }
    file = folder / "config.yaml"
    file.write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    return target, run(load(file), Options(limit, overwrite=True, quiet=True))


def called(
    *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """The program as `helpers.augcli` has it, but without a process of its own."""
    command = ["augcli", *map(str, arguments)]
    out, err = (TextIOWrapper(BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patched, environment(env or {}):
        patched.chdir(cwd)
        patched.setattr(sys, "argv", command)
        patched.setattr(sys, "stdout", out)
        patched.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as ended:
            entry()
    return subprocess.CompletedProcess(
        command, int(ended.value.code or 0), out.buffer.getvalue(), err.buffer.getvalue()
    )


def written(folder: Path) -> list[str]:
    """Names of the finished files in the output folder."""
    out = folder / "out"
    return sorted(entry.name for entry in out.iterdir() if entry.name[0] != ".") if out.exists() else []


@contextmanager
def failing_after(chunks: int) -> Iterator[None]:
    """Expect a run in this process to fail when it has shown that so many chunks are done."""
    shown: list[Any] = []

    def fail(self: Progress, counts: Any, *, resumed: bool = False) -> None:
        shown.append(counts)
        if len(shown) == chunks:
            raise RunError("enough")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Progress, "show", fail)
        with pytest.raises(RunError, match="enough"):
            yield
