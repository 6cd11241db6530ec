"""Write corpora and configs, run processes and measure their time and memory, print tables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import psutil

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_data" / "snips.jsonl"
PYTHON = sys.executable
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
"""Of the processes measured: with compiled modules, as pip installs them."""


class Ran(NamedTuple):
    """A finished process: seconds from start to exit and of the CPU, peak memory of it and of a child, its output."""

    seconds: float
    cpu_seconds: float
    megabytes: float
    child_megabytes: float
    stdout: str


def run(command: Sequence[str]) -> Ran:
    """Run `command`. Raises RuntimeError with its own words when it fails."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stdout
        watched = Watch(process.pid)
        printed = process.stdout.read()
        process.wait()
        seconds = time.perf_counter() - began
        watched.end()
    if process.returncode:
        lines = printed.strip().splitlines() or [f"exit code {process.returncode}"]
        raise RuntimeError(lines[0] if lines[0].startswith("error:") else lines[-1])
    return Ran(seconds, sum(watched.cpu.values()), watched.peak, watched.child_peak, printed)


def augment(config: Path, *options: str, python: str = PYTHON) -> Ran:
    """Run a config with the augcli that is installed for `python`; `-I` keeps out a clone in the current folder."""
    return run([python, "-I", "-m", "augcli", "run", str(config), "--overwrite", "--quiet", *options])


class Watch:
    """Looks all the time at the memory and the CPU time of a process and of its children, on any system.

    What a process does between the last look and its end is missed. Only what measures needs psutil, not the peers.
    """

    def __init__(self, pid: int) -> None:
        self.peak = 0.0
        """Megabytes of the process itself."""
        self.child_peak = 0.0
        """Megabytes of the largest of its children; 0 when there were none."""
        self.cpu: dict[int, float] = {}
        """Seconds of each process."""
        import psutil

        self._process = psutil.Process(pid)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        import psutil

        while True:
            with suppress(psutil.Error):  # it has just ended
                self.peak = max(self.peak, self._look(self._process))
                for child in self._process.children(recursive=True):
                    self.child_peak = max(self.child_peak, self._look(child))
            if self._done.wait(_LOOK):
                return

    def _look(self, process: psutil.Process) -> float:
        """Megabytes of a process at the moment; its CPU time is kept."""
        with process.oneshot():
            spent = process.cpu_times()
            self.cpu[process.pid] = spent.user + spent.system
            return process.memory_info().rss / (1 << 20)

    def end(self) -> None:
        """Look no more."""
        self._done.set()
        self._thread.join()


_LOOK = 0.1
"""Seconds between two looks."""


def texts_of(corpus: Path) -> list[str]:
    """The texts of a JSONL file."""
    with corpus.open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def distinct(texts: Sequence[str], count: int) -> list[str]:
    """`count` different texts: those of `texts`, then those with a number behind them."""
    return [texts[at % len(texts)] + f" {at}" * (at >= len(texts)) for at in range(count)]


def rows_of(texts: Sequence[str], count: int) -> Iterator[dict[str, Any]]:
    """`count` rows, the texts repeated under new ids."""
    for number in range(count):
        yield {"id": f"r{number}", "text": texts[number % len(texts)], "label": f"l{number % 7}"}


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows as JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_config(
    path: Path, source: Path, target: Path, steps: Sequence[Any], variants: int, language: str = "en",
    checks: Sequence[Any] = (),
) -> None:  # fmt: skip
    """Write a config with one chain (JSON is YAML); without steps, its variants are the rows as they are."""
    checks = list(checks) if steps else [{"changed": False}, {"unique": False}]
    config = {
        "seed": 1,
        "input": {
            "path": str(source),
            "text": "text",
            "id": "id",
            "spans": None,
            "language": language,
        },
        "output": {"path": str(target)},
        "chains": {"c": {"variants": variants, "steps": list(steps) or [{"blank": {"rate": 0}}], "checks": checks}},
    }
    path.write_text(json.dumps(config), encoding="utf-8")


def report_of(target: Path) -> dict[str, Any]:
    """The report beside the output `target`."""
    name = target.name.partition(".")[0]
    report: dict[str, Any] = json.loads(target.with_name(f"{name}.report.json").read_bytes())
    return report


def percent(part: int, whole: int) -> str:
    """A share."""
    return f"{100 * part / whole:.1f} %" if whole else ""


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A Markdown table, its first column to the left and the others to the right."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    lines.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    for first, *others in lines:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        print("| " + " | ".join(cells) + " |", flush=True)
