"""What is found more than once among very many things, by their digests in files; memory stays small.

Each worker leaves the digests of its things in a file, sorted and indexed by their first byte. All digests that begin
with some bytes then fit in memory together, whatever their number. Plain Python is quick enough at that, and numpy
takes longer to load than most inputs to read.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from itertools import chain

from augcli.io.files.storage import Place, open_binary
from augcli.run.engine.base import Engine

AT_A_TIME = 1 << 18
"""Digests that a worker looks at together, more or less."""
_DIGEST, _PLACE = 16, 8
_RECORD = _DIGEST + _PLACE
"""Bytes of a digest and its place."""
_HEAD = 257 * 4


@dataclass(slots=True)
class Repeated:
    """The things that repeat others, side by side in all three."""

    digests: list[bytes] = field(default_factory=list)
    """Of the first few alone."""
    places: array[int] = field(default_factory=lambda: array("Q"))
    numbers: array[int] = field(default_factory=lambda: array("Q"))
    """Among the things with the same digest, in the order of their places; the second has the number 2."""


def digest(text: str) -> bytes:
    """16 bytes that stand for `text`."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def write_digests(path: Place, digests: Sequence[bytes], places: Sequence[int]) -> None:
    """Write a file with `digests`, each with its place: a number below 2**64."""
    records = sorted([digest + place.to_bytes(_PLACE) for digest, place in zip(digests, places, strict=True)])
    starts = [bisect_left(records, bytes([first])) for first in range(256)]
    index = b"".join(start.to_bytes(4) for start in [*starts, len(records)])
    path.write_bytes(index + b"".join(records))


def repeats(
    folder: Place, pattern: str, count: int, engine: Engine, *, least: int = 0, shown: int = 0
) -> Iterator[Repeated]:
    """What is in a file of `folder`, not the first of its digest, and at place `least` or behind, in several parts.

    `count` is how many digests there are in all, more or less; `shown` of each part are told.
    """
    groups = max(1, min(256, -(-count // AT_A_TIME)))
    spans = [(256 * group // groups, 256 * (group + 1) // groups) for group in range(groups)]
    return engine(partial(_RepeatsWork, folder, pattern, least, shown), spans)


class _RepeatsWork:
    """Finds the repeats among the digests whose first byte lies in a range."""

    def __init__(self, folder: Place, pattern: str, least: int, shown: int) -> None:
        self._least = least
        self._shown = shown
        self._files: list[Place] = sorted(folder.glob(pattern), key=str)

    def __call__(self, span: tuple[int, int]) -> Repeated:
        found = Repeated()
        last, number = b"", 1
        for record in sorted(chain.from_iterable(_records(file, *span) for file in self._files)):
            digest = record[:_DIGEST]
            if digest != last:
                last, number = digest, 1
                continue
            number += 1
            place = int.from_bytes(record[_DIGEST:])
            if place >= self._least:
                found.places.append(place)
                found.numbers.append(number)
                if len(found.digests) < self._shown:
                    found.digests.append(digest)
        return found


def _records(path: Place, first: int, last: int) -> list[bytes]:
    """The records in a file whose digests begin with the bytes from `first` to before `last`."""
    with open_binary(path) as file:
        index = file.read(_HEAD)
        start, end = (int.from_bytes(index[4 * byte : 4 * byte + 4]) for byte in (first, last))
        file.seek(_HEAD + _RECORD * start)
        data = file.read(_RECORD * (end - start))
    return [data[at : at + _RECORD] for at in range(0, len(data), _RECORD)]
