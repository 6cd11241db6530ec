"""A text encoder without a network: what it makes of a text follows from its characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from augcli.models.encoder import TextEncoder

BATCH = 50


def numbers(text: str) -> list[list[int]]:
    """Two layers of three numbers, the second without those of the first."""
    vowels = [text.count(letter) for letter in "aeo"]
    return [vowels, [len(text) % 100, *vowels[:2]]]


class FakeEncoder(TextEncoder):
    """Remembers what it was asked to encode; `bad` is a text that it fails at."""

    def __init__(self, cache: Path | None = None, digest: str = "fake", repeats: int = 1) -> None:
        """Each number is repeated, for states of more dimensions."""
        super().__init__(digest, "cpu", 2, 3 * repeats, cache)
        self.encoded: list[str] = []
        self.bad: str | None = None
        self._repeats = repeats

    def _encode(self, texts: list[str]) -> Iterator[tuple[Sequence[int], NDArray[np.float16]]]:
        for start in range(0, len(texts), BATCH):
            rows = range(len(texts))[start : start + BATCH][::-1]  # in an order of its own
            if self.bad in (some := [texts[row] for row in rows]):
                raise KeyboardInterrupt
            self.encoded += some
            yield rows, np.repeat(np.array([numbers(text) for text in some], np.float16), self._repeats, axis=2)


def learn_in(cache: Path, texts: Sequence[str]) -> int:
    """What a process does: learn texts together with others, and check what comes out; how many it encoded."""
    encoder = FakeEncoder(cache)
    for start in range(0, len(texts), BATCH):
        encoder.learn(texts[start : start + BATCH])
    assert encoder.of(texts, 1).tolist() == [numbers(text)[1] for text in texts]
    return len(encoder.encoded)
