"""Keyed random streams: the same key gives the same draws on every machine and library version."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b
from itertools import accumulate
from math import perm
from typing import TypeVar

T = TypeVar("T")

_BLOCK_BITS = 512
_SPARE_BITS = 64  # kept in hand at every draw, so that the bias of a draw stays under 2**-64
_FLOATS = 1 << 53  # as many as there are with equal distances in [0, 1)
_TOGETHER = 8  # numbers of a sample that come out of one draw
_from_bytes = int.from_bytes


class Stem:
    """How the keys of many streams begin; hashed once for all of them."""

    __slots__ = ("hash", "key")

    def __init__(self, key: str) -> None:
        self.key = key
        self.hash = _hash(f"0\x1f{key}")

    def __reduce__(self) -> tuple[type[Stem], tuple[str]]:  # no process can hand a hash to another
        return Stem, (self.key,)


def _hash(text: str) -> blake2b:
    return blake2b(text.encode("utf-8", "surrogatepass"))


_NO_STEM = Stem("")


class Rng:
    """A stream of draws from blake2b in counter mode.

    The digest is one 512-bit number from which draws are split off by division; it is computed at the first draw,
    so a step that draws nothing costs nothing and `used` stays False.
    """

    __slots__ = ("_bits", "_blocks", "_key", "_state", "_stem", "row", "used", "variant")
    _state: int

    def __init__(self, key: str, variant: int = 1, row: str = "", stem: Stem = _NO_STEM) -> None:
        """`variant` counts the variants of a row from 1; `row` is its key, and that of the stream that they share.

        Both keys begin with `stem`.
        """
        self.variant = variant
        self.row = row
        self.used = False
        """Whether anything was drawn."""
        self._key = key
        self._stem = stem
        self._blocks = 0
        self._bits = 0

    def restarted(self) -> Rng:
        """The same stream from its start."""
        return Rng(self._key, self.variant, self.row, self._stem)

    def shared(self) -> Rng:
        """The stream that all variants of the row share."""
        return Rng(self.row, stem=self._stem)

    def randbelow(self, n: int) -> int:
        """A whole number in [0, n), for 1 <= n <= 2**384."""
        size = n.bit_length()
        bits = self._bits - size
        if bits < _SPARE_BITS:
            self._draw_block()
            bits = _BLOCK_BITS - size
        self._bits = bits
        state = self._state
        self._state = state // n
        return state % n

    def _draw_block(self) -> None:
        if self.used:
            block = _hash(f"{self._blocks}\x1f{self._stem.key}{self._key}")
        else:
            block = self._stem.hash.copy()
            block.update(self._key.encode("utf-8", "surrogatepass"))
            self.used = True
        self._blocks += 1
        self._state = _from_bytes(block.digest(), "little")

    def random(self) -> float:
        """A float in [0, 1)."""
        return self.randbelow(_FLOATS) * 2.0**-53

    def each(self, n: int, p: float) -> list[int]:
        """Numbers of range(n), each taken with probability `p`, in order."""
        below, limit = self.randbelow, p * _FLOATS
        return [number for number in range(n) if below(_FLOATS) < limit]

    def choice(self, items: Sequence[T]) -> T:
        """One of `items`, which must not be empty."""
        return items[self.randbelow(len(items))]

    def weighted_sample(self, weights: Sequence[int], k: int) -> list[int]:
        """`k` different places in `weights`, in the order drawn, each time in proportion to the weights, from 1 on."""
        left = list(enumerate(weights))
        drawn = []
        for _ in range(min(k, len(left))):
            upto = list(accumulate(weight for _, weight in left))
            drawn.append(left.pop(bisect_right(upto, self.randbelow(upto[-1])))[0])
        return drawn

    def sample(self, n: int, k: int) -> list[int]:
        """`k` different numbers of range(n), in the order drawn; all of them when k >= n."""
        k = min(k, n)
        if k == 1:
            return [self.randbelow(n)]
        if k == 2:  # by far the most frequent, and quicker by itself
            second, first = divmod(self.randbelow(n * (n - 1)), n)
            return [first, n - 1 if second == first else second]
        moved: dict[int, int] = {}
        drawn = []
        get = moved.get
        while k > 0:
            together = min(k, _TOGETHER)
            number = self.randbelow(perm(n, together))
            for size in range(n, n - together, -1):
                at = number % size
                number //= size
                drawn.append(get(at, at))
                moved[at] = get(size - 1, size - 1)
            n -= together
            k -= together
        return drawn
