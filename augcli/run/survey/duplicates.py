"""What is found more than once among very many things, by their digests in files; memory stays small.

Each worker leaves the digests of its things in a file, sorted and indexed by their first byte. All digests that begin
with some bytes then fit in memory together, whatever their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

from augcli.io.files.storage import Place, open_binary
from augcli.run.engine.base import Engine

AT_A_TIME = 1 << 20
"""Digests that a worker looks at together, more or less."""
_RECORD = [("high", "<u8"), ("low", "<u8"), ("place", "<u8")]
"""A digest as two numbers, and its place."""
_HEAD = 257 * 4


def digest(text: str) -> bytes:
    """16 bytes that stand for `text`."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def halves(digest: bytes) -> tuple[int, int]:
    """A digest as two numbers."""
    return int.from_bytes(digest[:8]), int.from_bytes(digest[8:])


def write_digests(path: Place, digests: Sequence[bytes], places: Sequence[int]) -> None:
    """Write a file with `digests`, each with its place: a number below 2**64."""
    import numpy as np

    records = np.empty(len(digests), _RECORD)
    records["high"], records["low"] = np.frombuffer(b"".join(digests), ">u8").reshape(-1, 2).T
    records["place"] = places
    records = _in_order(records)
    starts = np.searchsorted(records["high"] >> np.uint64(56), np.arange(257, dtype="u8")).astype("<u4")
    path.write_bytes(starts.tobytes() + records.tobytes())


def repeats(folder: Place, pattern: str, count: int, engine: Engine, *, least: int = 0) -> Iterator[Any]:
    """Arrays of what is in a file of `folder`, not the first of its digest, and at place `least` or behind.

    `count` is how many digests there are in all, more or less.
    """
    groups = max(1, min(256, -(-count // AT_A_TIME)))
    spans = [(256 * group // groups, 256 * (group + 1) // groups) for group in range(groups)]
    return engine(partial(_RepeatsWork, folder, pattern, least), spans)


class _RepeatsWork:
    """Finds the repeats among the digests whose first byte lies in a range."""

    def __init__(self, folder: Place, pattern: str, least: int) -> None:
        self._least = least
        self._files: list[Place] = sorted(folder.glob(pattern), key=str)

    def __call__(self, span: tuple[int, int]) -> Any:
        import numpy as np

        blocks = [np.frombuffer(_part(file, *span), dtype=_RECORD) for file in self._files]
        records = np.concatenate([np.empty(0, _RECORD), *blocks])
        records = _in_order(records)
        same = (records["high"][1:] == records["high"][:-1]) & (records["low"][1:] == records["low"][:-1])
        again = records[1:][same]
        return again[again["place"] >= self._least]


def _in_order(records: Any) -> Any:
    import numpy as np

    return records[np.lexsort((records["place"], records["low"], records["high"]))]


def _part(path: Place, first: int, last: int) -> bytes:
    """The records in a file whose digests begin with the bytes from `first` to before `last`."""
    import numpy as np

    with open_binary(path) as file:
        starts = np.frombuffer(file.read(_HEAD), "<u4")
        size = np.dtype(_RECORD).itemsize
        file.seek(_HEAD + size * int(starts[first]))
        return file.read(size * int(starts[last] - starts[first]))
