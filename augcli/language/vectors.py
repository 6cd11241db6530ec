"""Word vectors, and the nearest neighbours among them.

The first use converts a file into one that is mapped into memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import orjson
from filelock import FileLock

from augcli.errors import ConfigError, RunError
from augcli.language.vector_files import Source, file_states, open_source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from augcli.language.vector_files import Matrix


_LAYOUT = 1  # of the converted file
_SCORES = 1 << 24  # cosines held at once: 64 MB
_DIGITS = 6  # of a cosine: what unit rows of float32 are good for


@dataclass(frozen=True, eq=False)
class Vectors:
    """Words and their vectors."""

    words: Sequence[str]
    """All different, in the order of the file (commonest first)."""
    matrix: Matrix
    """float32, shape (words, dimensions), rows of unit length; mapped into memory, read-only."""
    warnings: tuple[str, ...]
    """What the user should know about the file."""

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: row for row, word in enumerate(self.words)}

    def place(self, word: str) -> int | None:
        """The row of a word, None when it is unknown."""
        return self._places.get(word)

    def cosine(self, first: int, second: int) -> float:
        """Of the vectors in two rows, to six digits, the same on every machine."""
        return _cosines(self.matrix[second : second + 1], self.matrix[first]).item()

    def nearest(
        self, rows: Sequence[int], top_k: int, among: NDArray[np.intp] | None = None
    ) -> list[list[tuple[int, float]]]:
        """For each of `rows` its `top_k` nearest other words: row, and cosine in [-1, 1] to six digits.

        Most similar first, of equal ones the first row. Only the rows in `among`, ascending, are chosen from; when
        those are fewer than `top_k`, all come. What is found for a row does not depend on the other rows, nor on the
        machine.
        """
        import numpy as np

        names = np.arange(len(self.matrix)) if among is None else among
        if not len(names):
            return [[] for _ in rows]
        chosen = self.matrix if among is None else self.matrix[among]
        size = max(1, _SCORES // len(chosen))
        scores = np.empty((min(size, len(rows)), len(chosen)), np.float32)
        found = []
        for start in range(0, len(rows), size):
            block = rows[start : start + size]
            queries = self.matrix[block]
            likely = _likely(np.matmul(queries, chosen.T, out=scores[: len(block)]), top_k + 1, queries.shape[1])
            for row, query, places in zip(block, queries, likely, strict=True):
                cosines = _cosines(chosen[places], query)
                order = np.lexsort((places, -cosines))
                near = zip(names[places][order].tolist(), cosines[order].tolist(), strict=True)
                found.append([(name, cosine) for name, cosine in near if name != row][:top_k])
        return found


def _cosines(rows: Matrix, query: Matrix) -> NDArray[np.float64]:
    """Added up one after another, whatever the machine: the products are exact."""
    import numpy as np

    cosines: NDArray[np.float64] = np.cumsum(rows * query.astype(np.float64), axis=1, dtype=np.float64)[:, -1]
    return cosines.round(_DIGITS)


def _likely(scores: Matrix, count: int, dimensions: int) -> list[NDArray[np.intp]]:
    """Places in each row of `scores` that may be among the `count` highest, once worked out exactly.

    The count-th highest of the maxima of disjoint groups is a floor that `count` scores reach. A score of float32, in
    whatever order it was summed up, is less than `dimensions` * 2**-24 away from the exact one.
    """
    import numpy as np

    width = scores.shape[1]
    groups = min(width, 64 * count)
    size = width // groups
    maxima = scores[:, : size * groups].reshape(len(scores), size, groups).max(axis=1)
    kth = max(0, groups - count)
    margin = dimensions * 2.0**-22 + 10.0**-_DIGITS
    floors = np.partition(maxima, kth, axis=1)[:, kth] - margin
    return [np.flatnonzero(row >= floor) for row, floor in zip(scores, floors, strict=True)]


def load(path: Path, limit: int | None, cache: Path) -> Vectors:
    """The first `limit` word vectors of a file (all for None), converted once into the folder `cache`.

    Of a word that comes again the first vector counts, and `warnings` says so.

    Raises ResourceError when the file or a package to read it is missing, ConfigError when it holds no word vectors or
    bad ones, RunError when `cache` cannot be written.
    """
    import numpy as np

    converted = cache / _file_name(path, limit)
    try:
        if not converted.exists():
            with _alone_in(cache):
                if not converted.exists():
                    _convert(path, limit, converted)
                    _remove_earlier(converted)
        with converted.open("rb") as file:
            file.seek(-8, os.SEEK_END)
            tail = int.from_bytes(file.read(), "little")
            file.seek(-8 - tail, os.SEEK_END)
            known = orjson.loads(file.read(tail))
        shape = len(known["words"]), known["dimensions"]
        return Vectors(
            known["words"], np.asarray(np.memmap(converted, "<f4", "r", shape=shape)), tuple(known["warnings"])
        )
    except OSError as error:
        raise RunError(f"the converted word vectors cannot be kept in {cache}: {error.strerror or error}") from error


def _file_name(path: Path, limit: int | None) -> str:
    """What is asked for, and in which state it is."""
    states = file_states(path)
    return f"{_hash((limit, str(path.resolve())))}-{_hash((_LAYOUT, states))}.vectors"


def _hash(value: object) -> str:
    return sha256(repr(value).encode()).hexdigest()[:32]


@contextmanager
def _alone_in(cache: Path) -> Iterator[None]:
    """One process at a time, so that many workers do not all convert; the others wait."""
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "vectors.lock"):
        for left_behind in cache.glob("*.vectors.tmp"):
            left_behind.unlink()
        yield


def _convert(path: Path, limit: int | None, converted: Path) -> None:
    """Write the matrix, then the words as JSON, then the length of the JSON in 8 bytes."""
    temporary = converted.with_name(f"{converted.name}.tmp")
    try:
        with temporary.open("wb") as file:
            known = orjson.dumps(_write(open_source(path, limit), file))
            file.write(known + len(known).to_bytes(8, "little"))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(converted)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _remove_earlier(converted: Path) -> None:
    """Conversions of what the file held before."""
    asked = converted.name.partition("-")[0]
    for other in converted.parent.glob(f"{asked}-*.vectors"):
        if other != converted:
            with suppress(PermissionError):  # on Windows, while another process has it mapped
                other.unlink()


def _write(source: Source, file: IO[bytes]) -> dict[str, Any]:
    """Write the matrix of a source; what else is known of it."""
    seen: dict[str, int] = {}
    again: list[tuple[str, int]] = []
    row = dimensions = 0
    for words, vectors in source.blocks:
        fresh = []
        for offset, word in enumerate(words):
            if not (isinstance(word, str) and word):
                raise ConfigError(f"{source.at(row + offset)}: expected a word, got {word!r}")
            if seen.setdefault(word, row + offset) == row + offset:
                fresh.append(offset)
            else:
                again.append((word, row + offset))
        file.write(_unit(vectors, source, row)[fresh].tobytes())
        row += len(words)
        dimensions = vectors.shape[1]
    warnings = [_repeat_warning(source, seen, again)] if again else []
    return {"dimensions": dimensions, "warnings": warnings, "words": list(seen)}


def _unit(vectors: Matrix, source: Source, row: int) -> Matrix:
    import numpy as np

    exact = vectors.astype(np.float64, order="C")
    lengths = np.sqrt((exact * exact).sum(axis=1))
    bad = np.flatnonzero(~((lengths > 0) & (lengths < np.inf)))
    if len(bad):
        what = (
            "is all zeros, so it has no direction" if lengths[bad[0]] == 0 else "holds nan, inf or too large a number"
        )
        raise ConfigError(f"{source.at(row + int(bad[0]))}: the vector {what}; remove the word")
    unit: Matrix = (exact / lengths[:, None]).astype("<f4")
    return unit


def _repeat_warning(source: Source, seen: dict[str, int], again: list[tuple[str, int]]) -> str:
    shown = "; ".join(f"{word!r} at {source.at(seen[word])} and {source.at(row)}" for word, row in again[:3])
    more = "; ..." if len(again) > 3 else ""
    return f"{source.path}: {len(again)} vectors of words that had one already are left out: {shown}{more}"
