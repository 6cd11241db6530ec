"""How a run grows: by rows on one process, by workers, on Ray; and what a billion rows would ask for.

The costs per row are slopes between a smaller and a larger run, so that start-up does not count. The last part runs
what the driver does per chunk over ever more chunks, with the manifest of a real one, and multiplies.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psutil

from augcli.io.dataset import Chunks, Segment
from augcli.io.sources import Source, borders
from augcli.report.counts import Counts
from augcli.run.engine.local import local
from augcli.run.survey.blocks import BLOCK
from augcli.run.workspace import finished_chunks
from benchmarks.common.measure import (
    SAMPLE,
    augment,
    print_table,
    report_of,
    rows_of,
    texts_of,
    write_config,
    write_jsonl,
)

STEPS: list[Any] = [{"random_swap": {"rate": 0.1}}]
VARIANTS = 4
CHUNK_ROWS = 2000
BILLION = 1_000_000_000
ENGINES = {
    "1 worker": ["--workers", "1"],
    "2 workers": ["--workers", "2"],
    "Ray, 2 actors": ["--engine", "ray", "--workers", "2"],
}
SIMULATED = [1_000, 10_000, 100_000]


class Measurement(NamedTuple):
    """A run: seconds by its report, seconds from start to exit, peak megabytes of the driver."""

    seconds: float
    whole: float
    megabytes: float


class Bench:
    """Runs over inputs of different sizes in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.target = folder / "out.jsonl"
        self._texts = texts_of(SAMPLE)

    def input(self, rows: int) -> Path:
        """A JSONL file of so many rows."""
        path = self.folder / f"rows-{rows}.jsonl"
        if not path.exists():
            write_jsonl(path, rows_of(self._texts, rows))
        return path

    def run(self, rows: int, options: list[str]) -> Measurement:
        """One run."""
        config = self.folder / "config.yaml"
        write_config(config, self.input(rows), self.target, STEPS, VARIANTS)
        ran = augment(config, *options)
        return Measurement(report_of(self.target)["run"]["seconds"], ran.seconds, ran.megabytes)


def by_rows(bench: Bench, sizes: list[int]) -> None:
    """Cost per row on one process."""
    table = []
    for rows in sizes:
        ran = bench.run(rows, ENGINES["1 worker"])
        table.append([
            f"{rows:,}", f"{ran.whole:.2f}", f"{1e6 * ran.seconds / rows:.1f}",
            f"{VARIANTS * rows / ran.seconds:,.0f}", f"{ran.megabytes:.0f}",
        ])  # fmt: skip
    print(f"\nBy rows, one process, {VARIANTS} variants per row\n")
    print_table(["rows", "seconds, whole process", "us per row, without start-up", "variants/s", "peak MB"], table)


def by_workers(bench: Bench, small: int, large: int, rounds: int) -> float:
    """Cost per row by engine. Returns that of one worker, in seconds."""
    slopes: dict[str, list[float]] = {name: [] for name in ENGINES}
    whole: dict[str, list[float]] = {name: [] for name in ENGINES}
    for _ in range(rounds):
        for name, options in ENGINES.items():
            less, more = bench.run(small, options), bench.run(large, options)
            slopes[name].append((more.seconds - less.seconds) / (large - small))
            whole[name].append(more.whole)
    one, two = slopes["1 worker"], slopes["2 workers"]
    table = [
        [
            name, f"{median(whole[name]):.1f}", f"{1e6 * median(slopes[name]):.1f}",
            f"{VARIANTS / median(slopes[name]):,.0f}",
            f"{median(a / b for a, b in zip(one, slopes[name], strict=True)):.2f}",
            f"{median(b / a for a, b in zip(two, slopes[name], strict=True)):.2f}",
        ]
        for name in ENGINES
    ]  # fmt: skip
    print(f"\nBy workers: {large:,} rows, slope from {small:,}; median of {rounds} rounds\n")
    print_table(
        ["", f"seconds for {large:,}, whole process", "us per row", "variants/s", "times 1 worker",
         "time of 2 local workers"],
        table,
    )  # fmt: skip
    return median(one)


def timed(what: Callable[[], Any]) -> float:
    """Seconds."""
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def driver(bench: Bench, rows: int, per_row: float) -> None:
    """What a billion rows would ask of the driver and of everybody, from what is measured here."""
    path = bench.input(rows)
    source = Source(path.name, path, "jsonl", path, end=path.stat().st_size)
    bench.run(CHUNK_ROWS, ENGINES["1 worker"])
    small = bench.target.stat().st_size, bench.target.with_name("out.provenance.jsonl").stat().st_size
    manifest = _manifest(bench)
    table, costs = [], []
    for chunks in SIMULATED:
        before = psutil.Process().memory_info().rss
        seconds, totals = _drive(source, chunks, manifest)
        grown = (psutil.Process().memory_info().rss - before) / (1 << 20)
        costs.append(seconds / chunks)
        table.append([
            f"{chunks:,}", f"{chunks * CHUNK_ROWS:,}", f"{seconds:.2f}", f"{1e6 * seconds / chunks:.0f}",
            f"{grown:+.1f}", f"{totals.variants:,}",
        ])  # fmt: skip
    print("\nThe driver alone, with chunks that cost nothing\n")
    print_table(["chunks", "rows", "seconds", "us per chunk", "peak MB more", "variants counted"], table)
    data = path.read_bytes()
    size = len(data) / rows
    chunks = BILLION // CHUNK_ROWS
    listing = _listing(bench.folder)
    packed = gzip.compress(data, 6)
    joined = small[0] + small[1]
    told = len(manifest)

    def passes(what: str, seconds: float) -> list[str]:
        """A line for a pass of the driver over the input."""
        return [f"driver: {what}", f"{1e9 * seconds / rows:.0f} ns", f"{seconds / rows * BILLION / 60:.1f} minutes"]

    print(f"\nA billion rows of {size:.0f} bytes, {VARIANTS} variants each, extrapolated\n")
    print_table(["", "per row", "for 1,000,000,000 rows"], [
        ["input", f"{size:.0f} bytes", f"{size:.0f} GB"],
        ["output", f"{small[0] / CHUNK_ROWS:.0f} bytes", f"{small[0] / CHUNK_ROWS:.0f} GB"],
        ["provenance", f"{small[1] / CHUNK_ROWS:.0f} bytes", f"{small[1] / CHUNK_ROWS:.0f} GB"],
        ["read, hashed, written to join parts", f"{joined / CHUNK_ROWS:.0f} bytes", f"{joined / CHUNK_ROWS:.0f} GB"],
        ["chunk manifests", f"{told / CHUNK_ROWS:.2f} bytes", f"{told * chunks / 1e9:.1f} GB in {chunks:,} files"],
        ["work of all workers", f"{1e6 * per_row:.0f} us", f"{per_row * BILLION / 3600:,.0f} core hours"],
        passes("sha256 of the input", timed(lambda: sha256(data).digest())),
        passes("unpacking, where the input is .gz", timed(lambda: gzip.decompress(packed))),
        passes("borders of blocks, JSON lines", timed(lambda: list(borders(source, BLOCK)))),
        passes("borders of blocks, CSV", timed(lambda: list(borders(replace(source, format="csv"), BLOCK)))),
        passes("chunks in order, manifests added up", costs[-1] / CHUNK_ROWS * rows),
        passes("list of finished chunks, on resume", 3 * listing / CHUNK_ROWS * rows),
    ])  # fmt: skip


def _manifest(bench: Bench) -> bytes:
    """The manifest of a real chunk, kept from a run."""
    from augcli.config.config import Options
    from augcli.config.load import load
    from augcli.run import run as module

    kept: list[Counts] = []
    merge = Counts.merge

    def keep(counts: Counts, other: Counts) -> None:
        kept.append(other)
        merge(counts, other)

    Counts.merge = keep  # type: ignore[method-assign, assignment]
    try:
        module.run(load(bench.folder / "config.yaml"), Options(overwrite=True, quiet=True))
    finally:
        Counts.merge = merge  # type: ignore[method-assign]
    return kept[0].dump()


def _drive(source: Source, chunks: int, manifest: bytes) -> tuple[float, Counts]:
    """Put together the survey of `chunks` chunks, hand them out, take in their manifests."""
    totals = Counts.of(Counts.load(manifest).ledgers)
    began = time.perf_counter()
    listed = Chunks([source])
    for number in range(chunks):
        listed.append([Segment(source, number, number + 1, number * CHUNK_ROWS + 1)], CHUNK_ROWS)
    with local(1) as engine:
        for result in engine(lambda: lambda _: Counts.load(manifest), listed):
            totals.merge(result)
    return time.perf_counter() - began, totals


def _listing(folder: Path) -> float:
    """Seconds per file to see which chunks are finished."""
    work = folder / "listing"
    work.mkdir()
    for number in range(5000):
        for suffix in (".json", ".part", ".provenance"):
            (work / f"{number:06}{suffix}").touch()
    return timed(lambda: finished_chunks(work, 5000)) / 15_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=[1_000, 10_000, 100_000, 1_000_000], metavar="ROWS")
    parser.add_argument("--small", type=int, default=100_000, help="rows of the smaller run (%(default)s)")
    parser.add_argument("--large", type=int, default=600_000, help="rows of the larger run (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is printed (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(Path(temporary))
        by_rows(bench, options.sizes)
        per_row = by_workers(bench, options.small, options.large, options.rounds)
        driver(bench, options.small, per_row)


if __name__ == "__main__":
    main()
