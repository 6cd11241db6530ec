"""What several test files share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from augcli.io.outputs import stem_of
from augcli.language.word_statistics import Statistics, lowered
from augcli.text.text import Text

ROOT = Path(__file__).parents[2]
SNIPS = ROOT / "sample_data" / "snips.jsonl"
CROSSWOZ = ROOT / "sample_data" / "crosswoz_zh.jsonl"


def augcli(
    *arguments: str | Path, cwd: Path, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """The program as its own process."""
    command = [sys.executable, "-m", "augcli", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, input=stdin, env={**os.environ, **(env or {})}, capture_output=True, check=False, timeout=600
    )


def on_a_terminal(*arguments: str | Path, cwd: Path) -> tuple[subprocess.CompletedProcess[bytes], str]:
    """The program as its own process with a terminal for stderr, and what it wrote there."""
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 200))
    command = [sys.executable, "-m", "augcli", *map(str, arguments)]
    process = subprocess.Popen(command, cwd=cwd, stderr=theirs, stdout=subprocess.PIPE)
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # of a terminal that nobody writes to any more
        while block := os.read(ours, 1 << 16):
            shown += block
    os.close(ours)
    written, _ = process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, written), shown.decode()


def until(condition: Callable[[], Any]) -> None:
    """Wait for it; pytest ends a test that waits in vain."""
    while not condition():
        time.sleep(0.005)


def stopping(chunks: str, *arguments: str | Path) -> list[str]:
    """The command of the program that stops after so many chunks; see stopping.py."""
    return [sys.executable, str(ROOT / "tests/support/stopping.py"), chunks, *map(str, arguments)]


def until_stopped(process: subprocess.Popen[bytes]) -> None:
    """Wait until a process stops; it must not end before."""
    until(lambda: process.poll() is not None or psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)
    assert process.returncode is None, "it ended"


def rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def write_config(folder: Path, chains: str = "{a: {steps: [random_swap]}}", **keys: str) -> Path:
    """A config in `folder` that reads the English sample; `keys` replace whole sections."""
    sections = {
        "input": f"{{path: {json.dumps(str(SNIPS))}, text: text, label: label, id: id, spans: spans}}",
        "output": "{path: out/train.jsonl}",
        "chains": chains,
        **keys,
    }
    file = folder / "config.yaml"
    file.write_text("".join(f"{key}: {value}\n" for key, value in sections.items()), encoding="utf-8")
    return file


def fit(texts: Iterable[Text]) -> Statistics:
    """The word statistics of `texts`."""
    found = Statistics()
    for text in texts:
        found.add(lowered(text))
    return found


def sources(target: Path) -> list[Any]:
    """What the provenance calls the source of each row of an output."""
    return [line["source"] for line in rows(target.with_name(f"{stem_of(target)}.provenance.jsonl"))]
