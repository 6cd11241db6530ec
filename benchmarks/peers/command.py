"""The command line of the peers: `python -m benchmarks.peers.NAME CORPUS STEP... [--write FILE] [--seconds S]`.

Prints rows per second in memory, or null for what the peer lacks. `--write` keeps the outputs of the first pass.
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
    parser.add_argument("--seconds", type=float, default=SECONDS, help="that the first pass may take (%(default)s)")
    options = parser.parse_args()
    if not options.steps or not set(options.steps) <= set(known):
        print("null")
        return
    with options.corpus.open(encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    random.seed(1)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        augments = [known[step](texts) for step in options.steps]
        rate, outputs = measure(augments, texts, batch, options.seconds)
    if options.write:
        with options.write.open("w", encoding="utf-8") as file:
            for source, output in zip(texts, outputs, strict=False):
                file.write(json.dumps({"source": source, "output": output}, ensure_ascii=False) + "\n")
    print(json.dumps(rate))


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
