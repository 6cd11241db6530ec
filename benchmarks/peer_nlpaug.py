"""Rows per second of nlpaug in memory: `python peer_nlpaug.py CORPUS STEP...`, in an interpreter that has nlpaug.

A tenth of the words, at least one, as the steps of the same names do by default. Prints null for what nlpaug lacks.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

BATCH = 64
SECONDS = 2.0


def augmenters() -> dict[str, Callable[[], Any]]:
    """What nlpaug calls our steps."""
    nac, nas, naw = (import_module(f"nlpaug.augmenter.{kind}") for kind in ("char", "sentence", "word"))
    words: dict[str, Any] = {"aug_p": 0.1, "aug_min": 1, "aug_max": None}
    chars: dict[str, Any] = {"aug_word_p": 0.1, "aug_word_max": None, "aug_char_p": 0.1, "aug_char_max": 1}
    return {
        "random_swap": lambda: naw.RandomWordAug(action="swap", **words),
        "random_delete": lambda: naw.RandomWordAug(action="delete", **words),
        "misspelling": lambda: naw.SpellingAug(**words),
        "typo": lambda: nac.KeyboardAug(**chars),
        "random_char": lambda: nac.RandomCharAug(action="substitute", **chars),
        "ocr": lambda: nac.OcrAug(**chars),
        "shuffle_sentences": lambda: nas.RandomSentAug(
            tokenizer=re.compile(r"(?<=[.!?])\s+").split
        ),  # its own is NLTK's
    }


def main() -> None:
    """Print the rate as JSON."""
    corpus, *steps = sys.argv[1:]
    known = augmenters()
    if not steps or not set(steps) <= set(known):
        print("null")
        return
    made = [known[step]() for step in steps]
    with Path(corpus).open(encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    rows, began = 0, time.perf_counter()
    while (seconds := time.perf_counter() - began) < SECONDS:
        at = rows % len(texts)
        batch = texts[at : at + BATCH]
        rows += len(batch)
        for augmenter in made:
            batch = augmenter.augment(batch)
    print(json.dumps(rows / seconds))


if __name__ == "__main__":
    main()
