"""How long `augcli --help` takes, beside a bare `import typer`, and which modules cost the most."""

from __future__ import annotations

import argparse
import re
import subprocess
from pathlib import Path
from statistics import median

from benchmarks.common.measure import ENVIRONMENT, PYTHON, print_table, run

COMMANDS = {
    "python -c pass": [PYTHON, "-c", "pass"],
    "import typer": [PYTHON, "-c", "import typer"],
    "augcli --help": [str(Path(PYTHON).with_name("augcli")), "--help"],
    "augcli --version": [str(Path(PYTHON).with_name("augcli")), "--version"],
}
MILLISECONDS = 2.0


def imports() -> list[tuple[float, str]]:
    """Milliseconds that each module took by itself, and its name; the slowest first."""
    command = [PYTHON, "-X", "importtime", "-m", "augcli", "--help"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT).stderr
    found = re.findall(r"import time:\s+(\d+) \|\s+\d+ \| *(\S+)", printed)
    return sorted(((int(micros) / 1000, name) for micros, name in found), reverse=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="of each command, in turn (%(default)s)")
    options = parser.parse_args()
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for attempt in range(options.runs + 1):
        for name, command in COMMANDS.items():
            took = run(command).seconds
            if attempt:  # the first one compiles what is not compiled yet
                seconds[name].append(took)
    typer = seconds["import typer"]
    print_table(
        ["command", "milliseconds", "times import typer"],
        [
            [name, f"{1000 * median(times):.0f}", f"{median(a / b for a, b in zip(times, typer, strict=True)):.2f}"]
            for name, times in seconds.items()
        ],
    )
    slow = [f"{name} {took:.1f}" for took, name in imports() if took > MILLISECONDS]
    print(f"modules of `augcli --help` that take over {MILLISECONDS:g} ms themselves: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    main()
