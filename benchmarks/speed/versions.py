"""Two versions of augcli in turn, old, new, old, new: the ratio of their times, and whether they write the same.

A ratio is of the two runs of a round, so that it holds on a noisy machine too. `import typer` is the same code for
both: how far its ratio is from 1 says how much noise is left.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

from benchmarks.common.measure import (
    PYTHON,
    SAMPLE,
    augment,
    print_table,
    report_of,
    rows_of,
    run,
    texts_of,
    write_config,
    write_jsonl,
)
from benchmarks.outputs import digests
from benchmarks.speed.steps import CHAIN

CHAINS = {"random_swap": ["random_swap"], " + ".join(CHAIN): CHAIN, "masked_lm": ["masked_lm"]}
VARIANTS = 4
SLOWER = {"masked_lm": 20}
"""How many times fewer rows a chain gets."""
STARTS = 5
"""How often a command that only starts is run for one measurement."""


class Measurement(NamedTuple):
    """What one version took: seconds of the CPU from start to exit, other seconds, and checksums of what it wrote."""

    cpu_seconds: float
    seconds: float
    outputs: dict[str, str]


def started(arguments: Sequence[str], python: str) -> Measurement:
    """Measure how long an interpreter takes to start something and to exit, by the CPU and by the clock."""
    runs = [run([python, "-I", *arguments]) for _ in range(STARTS)]
    return Measurement(fmean(ran.cpu_seconds for ran in runs), fmean(ran.seconds for ran in runs), {})


def prepare(steps: Sequence[str], rows: int, folder: Path) -> None:
    """Write a corpus, and a config that augments it."""
    folder.mkdir()
    source = folder / "rows.jsonl"
    write_jsonl(source, rows_of(texts_of(SAMPLE), rows))
    write_config(folder / "config.yaml", source, folder / "out" / "out.jsonl", steps, VARIANTS)


def augmented(folder: Path, python: str) -> Measurement:
    """Measure the run that was prepared in a folder, by the CPU and by its report, which leaves start-up out."""
    ran = augment(folder / "config.yaml", "--workers", "1", python=python)
    target = folder / "out" / "out.jsonl"
    return Measurement(ran.cpu_seconds, report_of(target)["run"]["seconds"], digests(target.parent))


def cases(rows: int, folder: Path) -> dict[str, Callable[[str], Measurement]]:
    """What is measured, by name, as functions of an interpreter."""
    made: dict[str, Callable[[str], Measurement]] = {
        "import typer": partial(started, ["-c", "import typer"]),
        "augcli --help": partial(started, ["-m", "augcli", "--help"]),
    }
    for name, steps in CHAINS.items():
        count = max(1, rows // SLOWER.get(name, 1))
        prepare(steps, count, folder / name)
        made[f"{name}, {count:,} rows"] = partial(augmented, folder / name)
    return made


def compared(pairs: Sequence[tuple[float, float]]) -> list[str]:
    """The cells for seconds of the old and the new version: medians of both, then median and range of the ratio."""
    ratios = [new / old for old, new in pairs]
    medians = [f"{median(old for old, _ in pairs):.3f}", f"{median(new for _, new in pairs):.3f}"]
    return [*medians, f"{median(ratios):.3f} ({min(ratios):.3f}-{max(ratios):.3f})"]


def line(name: str, rounds: Sequence[tuple[Measurement, Measurement]]) -> list[str]:
    """The row of the table for a case."""
    cpu = compared([(old.cpu_seconds, new.cpu_seconds) for old, new in rounds])
    seconds = compared([(old.seconds, new.seconds) for old, new in rounds])
    same = "same" if all(old.outputs == new.outputs for old, new in rounds) else "different"
    return [name, *cpu, *seconds, same if rounds[0][0].outputs else ""]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", required=True, metavar="PYTHON", help="interpreter that has the old version")
    parser.add_argument("--new", default=PYTHON, metavar="PYTHON", help="interpreter with the new one (%(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="of which the median is printed (%(default)s)")
    parser.add_argument("--rows", type=int, default=10_000, help="of masked_lm a twentieth (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wanted = cases(options.rows, Path(folder))
        rounds: dict[str, list[tuple[Measurement, Measurement]]] = {name: [] for name in wanted}
        for number in range(options.rounds + 1):
            for name, measure in wanted.items():
                both = measure(options.old), measure(options.new)
                if number:  # the first round compiles what is not compiled yet
                    rounds[name].append(both)
    print_table(
        ["", "CPU seconds, old", "new", "new / old", "seconds, old", "new", "new / old", "outputs"],
        [line(name, measured) for name, measured in rounds.items()],
    )


if __name__ == "__main__":
    main()
