"""Speed of the cheap steps and of chains, JSONL to JSONL with provenance and report, in one process.

Beside each run, at the same time on the same file: a loop that only reads and writes the rows with orjson (the floor),
and those peers that are asked for: nlpaug, TextAttack, and textaugment for EDA, as its class is a copy of EDA's own
script, which no registry has. Peers work in memory, without files and without provenance.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import orjson
import yaml

from benchmarks.common.environments import LEXICONS, interpreter, make_lexicons
from benchmarks.common.measure import (
    ROOT,
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

STEPS = [
    "random_swap", "random_delete", "typo", "random_char", "ocr", "misspelling", "contraction", "punctuation", "blank",
    "case", "synonym", "embedding", "tfidf", "shuffle_sentences",
]  # fmt: skip
CHAIN = ["random_swap", "random_delete", "typo"]
EDA = "EDA preset"
NOISE = "noise chain"


def steps_of(config: Path, chain: str) -> list[Any]:
    """The steps of a chain in a config that comes with augcli."""
    steps: list[Any] = yaml.safe_load(config.read_text(encoding="utf-8"))["chains"][chain]["steps"]
    return steps


CHAINS: dict[str, list[Any]] = {
    "no change": [],
    **{step: [step] for step in STEPS},
    "embedding": [{"embedding": {"vectors": str(LEXICONS / "glove400k.50d.txt")}}],
    " + ".join(CHAIN): CHAIN,
    NOISE: [
        "contraction",
        {"one_of": [{"random_swap": {"rate": 0.1}}, {"random_delete": {"rate": 0.1}}]},
        {"maybe": {"p": 0.5, "steps": [{"typo": {"rate": 0.1}}]}},
    ],
    EDA: steps_of(ROOT / "augcli/config/presets/eda.yaml", "eda"),
}
PEERS = ("nlpaug", "textaugment", "textattack")
EDA_STEPS = {"synonym": "eda_synonym", "random_swap": "eda_swap", "random_delete": "eda_delete"}
COMPARED = 500
"""Variants whose words are compared with those of their source."""


class Case(NamedTuple):
    """A chain to measure, with so many variants per row."""

    name: str
    variants: int

    def steps(self, peer: str) -> list[str]:
        """The names of its steps in the script of a peer."""
        if peer == "textaugment":
            return [f"eda{self.variants}"] if self.name == EDA else [EDA_STEPS.get(self.name, self.name)]
        return self.name.split(" + ")


class Round(NamedTuple):
    """One measurement of a case, per second: variants by two clocks, rows of the floor, variants of the peers."""

    whole: float
    steady: float
    floor: float
    peers: dict[str, float]


def cases(only: Sequence[str]) -> list[Case]:
    """What is measured."""
    return [Case(name, n) for name in CHAINS if not only or name in only for n in ((1, 9) if name == EDA else (1, 4))]


def floor(source: Path, target: Path) -> float:
    """Rows per second that orjson reads and writes again."""
    rows, began = 0, time.perf_counter()
    while (seconds := time.perf_counter() - began) < 0.2:
        with source.open("rb") as file, target.open("wb") as out:
            for line in file:
                out.write(orjson.dumps(orjson.loads(line)) + b"\n")
                rows += 1
    return rows / seconds


def words_changed(target: Path) -> float:
    """Words that differ from the source, per variant, over the first few variants."""
    changed = count = 0
    before: list[str] = []
    with target.open("rb") as file:
        for row in map(orjson.loads, file):
            words = re.findall(r"\w+", row["text"].lower())
            if not row["aug_chain"]:
                before = words
                continue
            codes = SequenceMatcher(None, before, words, autojunk=False).get_opcodes()
            changed += sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in codes if tag != "equal")
            count += 1
            if count == COMPARED:
                break
    return changed / max(1, count)


def measure(case: Case, source: Path, folder: Path, interpreters: dict[str, str]) -> Round:
    """One round of a case."""
    config, target = folder / "config.yaml", folder / "out.jsonl"
    write_config(config, source, target, CHAINS[case.name], case.variants)
    reading = floor(source, folder / "floor.jsonl")
    seconds = augment(config, "--workers", "1").seconds
    reading = (reading + floor(source, folder / "floor.jsonl")) / 2
    report = report_of(target)
    asked = report["chains"]["c"]["ledger"]["asked"]
    peers = {}
    for name, python in interpreters.items() if case.variants == 1 or case.name == EDA else ():
        printed = run([python, "-m", f"benchmarks.peers.{name}", str(source), *case.steps(name)]).stdout
        if rows := json.loads(printed.splitlines()[-1]):
            peers[name] = rows * case.variants
    return Round(asked / seconds, asked / report["run"]["seconds"], reading, peers)


def line(case: Case, rounds: Sequence[Round], written: float, changed: float, peers: Sequence[str]) -> list[str]:
    """The row of the table."""
    cells = [
        case.name,
        str(case.variants),
        f"{median(r.whole for r in rounds):,.0f}",
        f"{median(r.steady for r in rounds):,.0f}",
        f"{median(r.steady / r.floor for r in rounds):.2%}",
        f"{written:.0%}",
        f"{changed:.2f}",
    ]
    for peer in peers:
        rates = [r.peers[peer] for r in rounds if peer in r.peers]
        times = [r.steady / r.peers[peer] for r in rounds if peer in r.peers]
        cells.append(f"{median(rates):,.0f}: {median(times):.1f} x" if rates else "")
    return cells


def found_interpreters(options: argparse.Namespace) -> dict[str, str]:
    """Those of the peers that are asked for."""
    found = {name: interpreter(name) if getattr(options, f"with_{name}") else getattr(options, name) for name in PEERS}
    if any(found.values()):
        make_lexicons()
    return {name: python for name, python in found.items() if python}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=SAMPLE, help="JSONL file with texts under `text`")
    parser.add_argument(
        "--rows", type=int, default=10_000, help="the corpus is cut or repeated to so many (%(default)s)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is printed (%(default)s)")
    parser.add_argument("--only", nargs="+", default=[], metavar="STEP", help="steps to measure; default: all")
    for peer in PEERS:
        parser.add_argument(f"--{peer}", metavar="PYTHON", help=f"interpreter that has {peer}")
        parser.add_argument(f"--with-{peer}", action="store_true", help="install it under benchmarks/.cache first")
    options = parser.parse_args()
    interpreters = found_interpreters(options)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        plain, paragraphs = folder / "rows.jsonl", folder / "paragraphs.jsonl"
        texts = texts_of(options.corpus)
        joined = [" ".join(text.rstrip(" .") + "." for text in texts[at : at + 5]) for at in range(0, len(texts), 5)]
        write_jsonl(plain, rows_of(texts, options.rows))
        write_jsonl(paragraphs, rows_of(joined, options.rows))
        wanted = cases(options.only)
        rounds: dict[Case, list[Round]] = {case: [] for case in wanted}
        facts: dict[Case, tuple[float, float]] = {}
        failures: dict[Case, str] = {}
        for _ in range(options.rounds):
            for case in wanted:
                if case in failures:
                    continue
                source = paragraphs if case.name == "shuffle_sentences" else plain
                try:
                    rounds[case].append(measure(case, source, folder, interpreters))
                except RuntimeError as error:
                    failures[case] = str(error)
                    continue
                ledger = report_of(folder / "out.jsonl")["chains"]["c"]["ledger"]
                facts[case] = ledger["written"] / ledger["asked"], words_changed(folder / "out.jsonl")
    characters = sum(map(len, texts)) / len(texts)
    print(f"{options.rows:,} rows of {characters:.0f} characters; median of {options.rounds} rounds")
    everything = [r.floor for measured in rounds.values() for r in measured]
    print(f"floor: orjson reads and writes {median(everything or [0]):,.0f} rows/s\n")
    print_table(
        ["step", "variants", "variants/s, whole process", "without start-up", "of the floor", "written",
         "words changed", *interpreters],
        [line(case, rounds[case], *facts[case], [*interpreters]) for case in wanted if case not in failures],
    )  # fmt: skip
    for case, failure in failures.items():
        print(f"{case.name} x{case.variants}: {failure}")


if __name__ == "__main__":
    main()
