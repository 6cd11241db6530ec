"""`augcli vocabulary`: how many words cover how much of an input, and the words or word pieces as a file."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from augcli.chains.compose import iter_steps
from augcli.config.pipeline import Pipeline
from augcli.config.sections import Input
from augcli.io.files.atomic import write_whole
from augcli.io.open import open_sources
from augcli.io.records import read_chunk
from augcli.language.word_statistics import Statistics, lowered
from augcli.models.vocabulary import Vocabulary, frequent_words, learn_word_pieces
from augcli.run.engine.local import local
from augcli.run.survey.survey import survey
from augcli.steps.vocabulary.oov import Oov
from augcli.text.record import Record
from augcli.text.text import Text

SHARES = (50, 80, 90, 95, 98, 99, 100)
"""Percent of the words of the texts that a vocabulary may cover."""
_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the words of an input are, and how many of them a vocabulary needs."""

    texts: int
    words: int
    distinct: int
    """Different words, in lower case."""
    once: int
    """Of these, found once."""
    needed: dict[int, int]
    """How many of the most frequent words cover so many percent."""
    by_min_count: dict[int, tuple[int, float]]
    """Of words found so often at least: how many they are, and the percent of words that are others."""
    unknown: dict[str, dict[str, float]]
    """By step `oov` and label: percent of words that its vocabulary does not know."""

    def print(self, console: Console) -> None:
        """For people."""
        console.print(
            f"{self.words:,} words in {self.texts:,} texts; {self.distinct:,} different, {self.once:,} of them "
            "found once\n"
        )
        table = Table("covers", "most frequent words", box=None, pad_edge=False)
        for share, number in self.needed.items():
            table.add_row(f"{share} %", f"{number:,}")
        console.print(table)
        console.print()
        table = Table("found at least", "words", "unknown", box=None, pad_edge=False)
        for least, (number, others) in self.by_min_count.items():
            table.add_row(str(least), f"{number:,}", f"{others:.1f} %")
        console.print(table)
        for step, labels in self.unknown.items():
            console.print(f"\nunknown to {step}")
            for label, percent in labels.items():
                console.print(f"  {percent:5.1f} %  {label}", highlight=False, markup=False)

    def json(self) -> str:
        """For programs."""
        return orjson.dumps(asdict(self), option=orjson.OPT_NON_STR_KEYS).decode()


def vocabulary(
    pipeline: Pipeline, output: Path | None, min_count: int, size: int | None, word_pieces: int | None
) -> Coverage:
    """Count the words of the input; write the most frequent ones, or a tokenizer of so many word pieces."""
    config = pipeline.config
    with tempfile.TemporaryDirectory(prefix="augcli-") as folder, local(1) as engine:
        sources = open_sources(config, Path(folder), _ROWS)
        found = survey(config, sources, Path(folder), engine, _ROWS)

        def records() -> Iterator[Record]:
            return (one for chunk in found.chunks for one in read_chunk(config, chunk) if one.fits and not one.pooled)

        counted = Statistics()
        for record in records():
            for text in _texts(record, config.input):
                counted.add(lowered(text))
        statistics = Path(folder) / "statistics.tsv"
        write_whole(statistics, counted.dump())
        unknown = {
            f"chains.{name}, mode {step.mode}": _unknown_shares(records(), step.known(statistics), config.input)
            for name, step in _steps(pipeline)
        }
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
    if output and word_pieces:
        write_whole(output, learn_word_pieces(counted, word_pieces).to_str(pretty=True).encode())
    elif output:
        write_whole(output, "".join(f"{word}\n" for word in frequent_words(counted, min_count, size)).encode())
    return _coverage(counted, unknown)


def _texts(record: Record, data: Input) -> list[Text]:
    return [Text(text, data.language, tokens=record.tokens, segment=data.segment) for text in record.texts]


def _steps(pipeline: Pipeline) -> Iterator[tuple[str, Oov]]:
    for name, chain in pipeline.chains.items():
        for node in iter_steps(chain.nodes):
            if isinstance(node.step, Oov):
                yield name, node.step


def _unknown_shares(records: Iterator[Record], known: Vocabulary, data: Input) -> dict[str, float]:
    """The percent of words that are unknown, of all rows and by label, the highest first."""
    all_words, strange = Counter[str](), Counter[str]()
    for record in records:
        words = [text.value[start:end] for text in _texts(record, data) for start, end in text.words]
        count = sum(not known.knows(word) for word in words)
        for label in ("all rows", *(record.labels if record.label is not None else ())):
            all_words[label] += len(words)
            strange[label] += count
    shares = {label: round(100 * strange[label] / count, 2) for label, count in all_words.items() if count}
    return dict(sorted(shares.items(), key=lambda item: (item[0] != "all rows", -item[1], item[0])))


def _coverage(counted: Statistics, unknown: dict[str, dict[str, float]]) -> Coverage:
    counts = sorted(counted.tokens.values(), reverse=True)
    total, needed, done = sum(counts), dict[int, int](), 0
    shares = [*SHARES]
    for number, count in enumerate(counts, 1):
        done += count
        while shares and 100 * done >= shares[0] * total:
            needed[shares.pop(0)] = number
    return Coverage(
        counted.texts, total, len(counts), sum(count == 1 for count in counts), needed, _cuts(counts, total), unknown
    )


def _cuts(counts: Sequence[int], total: int) -> dict[int, tuple[int, float]]:
    found = {}
    for least in (1, 2, 3, 5, 10):
        kept = [count for count in counts if count >= least]
        found[least] = len(kept), round(100 * (1 - sum(kept) / max(1, total)), 2)
    return found
