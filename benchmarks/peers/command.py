"""The command line of the peers: `python -m benchmarks.peers.NAME CORPUS STEP... [--write FILE] [--seconds S]`.

Prints rows per second in memory, or null for what the peer lacks. `--write` keeps the outputs of the first pass, and
says of the first rows how many of so many calls (`--calls`) gave words that neither the row nor another call has.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.common.environments import CACHE, LEXICONS
from benchmarks.quality.align import wording

os.environ["NLTK_DATA"] = str(LEXICONS)
os.environ["TA_CACHE_DIR"] = str(CACHE / "textattack_cache")
os.environ["OMP_NUM_THREADS"] = "1"  # two get in each other's way on a busy machine: seven times slower
SECONDS = 2.0

Augment: TypeAlias = Callable[[list[str]], list[str]]
Known: TypeAlias = dict[str, Callable[[list[str]], Augment]]
"""Our names of steps, and what makes them from the texts of the corpus."""


def each(one: Callable[[str], str]) -> Augment:
    """For a peer that takes one text at a time."""
    return lambda texts: [one(text) for text in texts]


def offline() -> None:
    """Keep the constructors of peers from fetching what NLTK has already."""
    nltk: Any = import_module("nltk")
    nltk.download = lambda *_: True


def serve(known: Known, batch: int = 64) -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("steps", nargs="*")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--calls", nargs="*", type=int, default=[], help="variants per row to try for, in turn")
    parser.add_argument("--call-rows", type=int, default=300, help="so many first rows at most (%(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="that the first pass may take, and the calls (%(default)s)"
    )
    options = parser.parse_args()
    if not options.steps or not set(options.steps) <= set(known):
        print("null")
        return
    with options.corpus.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    texts = [row["text"] for row in rows]
    random.seed(1)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        augments = [known[step](texts) for step in options.steps]
        rate, outputs = measure(augments, texts, batch, options.seconds)
        most = max(options.calls, default=0)
        few = texts[: min(options.call_rows, len(outputs), int(rate * options.seconds / max(most, 1)))]
        called = [augmented(augments, few) for _ in range(most)]
    if options.write:
        made = [
            {count: fresh(text, calls[:count]) for count in options.calls}
            for text, *calls in zip(few, *called, strict=True)
        ]
        with options.write.open("w", encoding="utf-8") as file:
            for at, (row, output) in enumerate(zip(rows, outputs, strict=False)):
                line = {"set": row.get("set", ""), "source": row["text"], "output": output}
                counts = {"variants": made[at]} if at < len(made) else {}
                file.write(json.dumps(line | counts, ensure_ascii=False) + "\n")
    print(json.dumps(rate))


def fresh(text: str, outputs: Sequence[str]) -> int:
    """How many different outputs have other words than the text."""
    return len({wording(output) for output in outputs} - {wording(text)})


def measure(augments: Sequence[Augment], texts: list[str], batch: int, limit: float) -> tuple[float, list[str]]:
    """Rows per second over the rows of a first pass, which warms the peer up and ends after `limit` seconds."""
    outputs: list[str] = []
    began = time.perf_counter()
    while len(outputs) < len(texts) and time.perf_counter() - began < limit:
        outputs += augmented(augments, texts[len(outputs) : len(outputs) + batch])
    texts = texts[: len(outputs)]
    rows, began = 0, time.perf_counter()
    while (seconds := time.perf_counter() - began) < max(SECONDS, limit / 10):
        at = rows % len(texts)
        rows += len(augmented(augments, texts[at : at + batch]))
    return rows / seconds, outputs


def augmented(augments: Sequence[Augment], texts: list[str]) -> list[str]:
    """The texts after one step after another."""
    for augment in augments:
        before, texts = texts, augment(texts)
        if len(texts) != len(before):
            raise RuntimeError(f"{len(before)} texts became {len(texts)}")
    return texts
