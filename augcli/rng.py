"""Keyed random streams: the same key gives the same draws on every machine and library version."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from math import perm
from typing import TypeVar

T = TypeVar("T")

_BLOCK_BITS = 512
_SPARE_BITS = 64  # kept in hand at every draw, so that the bias of a draw stays under 2**-64
_TOGETHER = 8  # numbers of a sample that come out of one draw


class Rng:
    """A stream of draws from blake2b in counter mode.

    The digest is one 512-bit number from which draws are split off by division; it is computed at the first draw,
    so a step that draws nothing costs nothing and `used` stays False.
    """

    __slots__ = ("_bits", "_blocks", "_key", "_row", "_state", "used", "variant")

    def __init__(self, key: str, variant: int = 1, row: str = "") -> None:
        """`variant` counts the variants of a row from 1; `row` is the key of the stream that they share."""
        self.variant = variant
        self.used = False
        """Whether anything was drawn."""
        self._key = key
        self._row = row
        self._blocks = 0
        self._bits = 0

    def restarted(self) -> Rng:
        """The same stream from its start."""
        return Rng(self._key, self.variant, self._row)

    def shared(self) -> Rng:
        """The stream that all variants of the row share."""
        return Rng(self._row)

    def below(self, n: int) -> int:
        """A whole number in [0, n), for 1 <= n <= 2**384."""
        size = n.bit_length()
        bits = self._bits - size
        if bits < _SPARE_BITS:
            self.used = True
            digest = blake2b(f"{self._blocks}\x1f{self._key}".encode("utf-8", "surrogatepass")).digest()
            self._state = int.from_bytes(digest, "little")
            self._blocks += 1
            bits = _BLOCK_BITS - size
        self._bits = bits
        self._state, drawn = divmod(self._state, n)
        return drawn

    def random(self) -> float:
        """A float in [0, 1)."""
        return self.below(1 << 53) * 2.0**-53

    def choice(self, items: Sequence[T]) -> T:
        """One of `items`, which must not be empty."""
        return items[self.below(len(items))]

    def sample(self, n: int, k: int) -> list[int]:
        """`k` different numbers of range(n), in the order drawn; all of them when k >= n."""
        k = min(k, n)
        if k == 1:
            return [self.below(n)]
        moved: dict[int, int] = {}
        drawn = []
        get = moved.get
        while k > 0:
            together = min(k, _TOGETHER)
            number = self.below(perm(n, together))
            for size in range(n, n - together, -1):
                at = number % size
                number //= size
                drawn.append(get(at, at))
                moved[at] = get(size - 1, size - 1)
            n -= together
            k -= together
        return drawn
