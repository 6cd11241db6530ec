"""What a training of word vectors came to: measured on texts that are kept aside, and told."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from augcli import __version__
from augcli.commands.vectors.corpus import WordFile
from augcli.config.vectors import VectorsConfig
from augcli.io.dataset import DatasetSummary
from augcli.io.files.atomic import AtomicFile
from augcli.io.files.storage import written_path
from augcli.language.content_words import stop_words
from augcli.report.document import inputs, started_at, version_of

if TYPE_CHECKING:
    from augcli.language.vectors import Vectors

PAIRS = 20_000
"""Pairs of words that are compared, at most, and about so many times one of them with a word drawn at random."""
FEW = 100_000
"""Words of a corpus below which random vectors hardly become different ones."""
SHOWN, NEIGHBOURS = 12, 5
"""Words whose neighbours are shown, and how many of these."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How well vectors fit texts that they were not trained on."""

    texts: int
    words: int
    unknown: float
    """Share of the words without a vector."""
    pairs: int
    """Pairs of words with vectors that stand within a window, stop words left out."""
    nearer: float | None
    """Share of these that are nearer than the first word and those drawn from the same texts: 0.5 says nothing."""


@dataclass(frozen=True, slots=True)
class VectorsResult:
    """What a training of word vectors came to."""

    config: VectorsConfig
    output: AtomicFile
    dataset: DatasetSummary
    texts: int
    words: int
    """Of the texts to train with."""
    trained: int
    """Different words that have learnt."""
    kept: int
    """Words that only the vectors to begin with have."""
    dimensions: int
    held_out: HeldOut | None
    neighbours: Mapping[str, Sequence[tuple[str, float]]]
    start: Mapping[str, Any] | None
    limit: int | None
    started: float
    seconds: float

    @property
    def notes(self) -> list[str]:
        """What the user should know."""
        few = f"{self.words:,} words are few to learn vectors from anew; begin with others: vectors.start"
        return [few] if self.words < FEW and not self.start else []

    def summary(self) -> str:
        """The closing summary."""
        kept = f" and {self.kept:,} of {self.config.vectors.start}" * bool(self.kept)
        lines = [
            f"{self.output.path}: {self.trained:,} words{kept} in {self.dimensions} dimensions, from {self.texts:,} "
            f"texts of {self.words:,} words in {self.seconds:.1f} s"
        ]
        if held := self.held_out:
            lines.append(
                f"texts kept aside: {held.texts:,}; {held.unknown:.1%} of their {held.words:,} words are unknown"
            )
            if held.nearer is not None:
                lines.append(
                    f"words that stand near each other there: {held.nearer:.0%} are nearer than words drawn at random "
                    "(50 %: nothing was learnt)"
                )
        for word, near in self.neighbours.items():
            lines.append(f"  {word}: {', '.join(f'{other} {cosine:.2f}' for other, cosine in near)}")
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def document(self) -> dict[str, Any]:
        """The report as plain values."""
        found = self.dataset
        return {
            "augcli": __version__,
            "run": {
                "started": started_at(self.started),
                "seconds": round(self.seconds, 3),
                "seed": self.config.seed,
                "limit": self.limit,
                "python": platform.python_version(),
                "packages": {name: version_of(name) for name in ("gensim", "numpy", "scipy")},
            },
            "config": self.config.model_dump(mode="json"),
            "inputs": inputs(found.sources),
            "rows": {"read": found.rows, "dropped": found.dropped},
            "dropped_rows": found.dropped_rows,
            "remarks": self.notes,
            "start": self.start,
            "corpus": {"texts": self.texts, "words": self.words},
            "vectors": {"words": self.trained, "kept_from_start": self.kept, "dimensions": self.dimensions},
            "held_out": asdict(self.held_out) if self.held_out else None,
            "neighbours": self.neighbours,
            "outputs": [
                {"path": written_path(self.output.path), "sha256": self.output.sha256, "bytes": self.output.size}
            ],
        }


def measure(vectors: Vectors, aside: WordFile, window: int, language: str, seed: int) -> HeldOut | None:
    """How well vectors fit the texts that are kept aside; None when there are no words in them."""
    import numpy as np

    words = aside.counts.total()
    if not words:
        return None
    texts, known, stop = 0, 0, stop_words(language)
    pairs: list[tuple[int, int]] = []
    places: list[int] = []
    for text in aside:
        texts += 1
        found = [(word, place) for word in text if (place := vectors.place(word)) is not None]
        known += len(found)
        rows = [place for word, place in found if word not in stop]
        places += rows[: PAIRS - len(places)]
        near = ((one, other) for at, one in enumerate(rows) for other in rows[at + 1 : at + 1 + window] if one != other)
        pairs += islice(near, PAIRS - len(pairs))
    nearer = None
    if pairs:
        first, second = np.array(pairs).T
        draws = max(1, PAIRS // len(pairs))
        drawn = np.random.default_rng(seed).choice(places, (len(pairs), draws))
        matrix = vectors.matrix
        there = np.einsum("ij,ij->i", matrix[first], matrix[second])[:, None]
        elsewhere = np.einsum("ij,ikj->ik", matrix[first], matrix[drawn])
        nearer = round(float(np.mean((there > elsewhere) + 0.5 * (there == elsewhere))), 4)
    return HeldOut(texts, words, round(1 - known / words, 4), len(pairs), nearer)


def neighbours_of_frequent_words(
    vectors: Vectors, corpus: WordFile, language: str
) -> dict[str, list[tuple[str, float]]]:
    """The nearest neighbours of the most frequent words of a corpus that are no stop words."""
    stop = stop_words(language)
    frequent = [
        word
        for word, _ in corpus.counts.most_common(SHOWN + 10 * len(stop))
        if word.isalpha() and word not in stop and vectors.place(word) is not None
    ][:SHOWN]
    rows = [row for word in frequent if (row := vectors.place(word)) is not None]
    found = vectors.nearest(rows, NEIGHBOURS)
    return {
        word: [(vectors.words[row], round(cosine, 3)) for row, cosine in near]
        for word, near in zip(frequent, found, strict=True)
    }
