"""Commands and outputs that the documents show."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.helpers import ROOT
from tests.support.running import called

BLOCK = re.compile(r"^```(\w+)(?: file=(\S+)| (output))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text_of(document: str) -> str:
    """A document by its path in the repository."""
    return (ROOT / document).read_text(encoding="utf-8")


def follow(
    document: str, folder: Path, env: Mapping[str, str] | None = None, change: Mapping[str, str] | None = None
) -> int:
    """Write the files and run the commands of a document in order; the number of blocks that ran.

    A block `text output` shows lines of what the block before it printed. `change` replaces parts of the commands. A
    command of augcli that needs no shell runs within the test's own process, unless `env` sets variables.
    """
    for name in ("configs", "sample_data"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "out").mkdir()
    ran = 0
    printed = ""
    for kind, file, shown, body in BLOCK.findall(text_of(document)):
        if file:
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(body, encoding="utf-8")
        elif kind == "sh":
            for old, new in (change or {}).items():
                body = body.replace(old, new)
            printed = "".join(_output_of(line, folder, env or {}) for line in body.replace("\\\n", " ").splitlines())
            ran += 1
        elif shown:
            assert [line for line in body.splitlines() if line not in printed] == [], printed
    return ran


def _output_of(line: str, folder: Path, env: Mapping[str, str]) -> str:
    """What a command prints. It must not fail."""
    words = shlex.split(line, comments=True)
    if words[:1] == ["augcli"] and not env and not {*"|>$"} & {*"".join(words)}:
        done = called(*words[1:], cwd=folder)
    else:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        shell = ["bash", "-euo", "pipefail", "-c", line]
        done = subprocess.run(
            shell, cwd=folder, env={**os.environ, **env, "PATH": path}, capture_output=True, check=False
        )
    printed = done.stdout.decode() + done.stderr.decode()
    assert done.returncode == 0, f"{line}\n{printed}"
    return printed
