"""Peak memory of each process of a run with two workers, by the size of its input: it should not grow with it."""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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

SIZES = [10_000, 100_000, 1_000_000]
STEPS: list[Any] = [
    "contraction",
    {"one_of": [{"random_swap": {"rate": 0.1}}, {"random_delete": {"rate": 0.1}}]},
    {"maybe": {"p": 0.5, "steps": [{"typo": {"rate": 0.1}}]}},
]
VARIANTS = 2
FILES = {
    "jsonl": ("rows.jsonl", "out.jsonl"),
    "csv.gz": ("rows.csv.gz", "out.jsonl.gz"),
    "parquet": ("rows.csv.gz", "out.parquet"),
    "unique": ("rows.jsonl", "unique.jsonl"),
}
"""Input and output; that called unique holds no text twice."""
LIMIT = 400


def paragraphs(count: int) -> Iterator[dict[str, Any]]:
    """Rows of one to five sentences, about 140 characters."""
    texts = texts_of(SAMPLE)
    joined = [
        " ".join(text.rstrip(" .") + "." for text in (texts[at:] + texts)[: 1 + at % 5]) for at in range(len(texts))
    ]
    return rows_of(joined, count)


def write_input(path: Path, count: int) -> None:
    """`count` rows as JSON lines, or as CSV packed with gzip."""
    if path.suffix == ".jsonl":
        write_jsonl(path, paragraphs(count))
        return
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8", newline="") as packed:
        writer = csv.DictWriter(packed, ["id", "text", "label"])
        writer.writeheader()
        writer.writerows(paragraphs(count))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--formats", nargs="+", choices=FILES, default=list(FILES), help="default: all")
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, metavar="ROWS", help="default: %(default)s")
    options = parser.parse_args()
    table, verdicts = [], []
    for source_name, target_name in (FILES[name] for name in options.formats):
        peaks = []
        for size in sorted(options.sizes):
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary)
                source, target, config = folder / source_name, folder / target_name, folder / "config.yaml"
                write_input(source, size)
                checks = [{"unique": {"scope": "output"}}] if target_name == "unique.jsonl" else []
                write_config(config, source, target, STEPS, VARIANTS, checks=checks)
                ran = augment(config, "--workers", "2")
                report = report_of(target)
                peaks.append(max(ran.megabytes, ran.child_megabytes))
                table.append([
                    f"{source_name} to {target_name}", f"{size:,}", f"{source.stat().st_size / 1e6:,.0f}",
                    f"{ran.megabytes:.0f}", f"{ran.child_megabytes:.0f}", f"{report['run']['rows_per_second']:,.0f}",
                    f"{report['run']['variants_per_second']:,.0f}",
                ])  # fmt: skip
        grown = f"{peaks[-1] - peaks[0]:+.0f} MB from the smallest to the largest file"
        verdict = f"{grown}; {'under' if peaks[-1] < LIMIT else 'OVER'} {LIMIT} MB"
        verdicts.append(f"{source_name} to {target_name}: {verdict}")
    print_table(["", "rows", "input MB", "peak MB", "of a worker", "rows/s", "variants/s"], table)
    print(json.dumps({"steps": STEPS, "variants": VARIANTS}))
    print("\n".join(verdicts))


if __name__ == "__main__":
    main()
