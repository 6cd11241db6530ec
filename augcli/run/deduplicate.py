"""Variants that repeat another row of the output are left out.

Each row of the output has a place: one number that says in which chunk it is and where. Chunks leave digests of their
rows with these places; of equal digests all but the one at the lowest place are repeats.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from augcli.chains.ledger import Ledger
from augcli.chains.variants import Source
from augcli.io.files.storage import Place
from augcli.run.engine.base import Engine
from augcli.run.survey.duplicates import digest, repeats, write_digests

_ROW_BITS = 32
_MAY_GO = 1 << 63
"""Added to the place of a variant that is left out if another row has its texts; so those that stay come first."""


class ChunkDigests:
    """Digests of the rows of one chunk."""

    def __init__(self, chunk: int, unique: Collection[str], *, keep_original: bool) -> None:
        """`unique` are the chains none of whose variants may repeat another row."""
        self._first = chunk << _ROW_BITS
        self._unique = unique
        self._keep_original = keep_original
        self._digests: list[bytes] = []
        self._places: list[int] = []

    def add(self, sources: Sequence[Source]) -> None:
        """Add the rows of `sources`, in the order in which they are written."""
        for source in sources:
            rows = [(variant.chain, variant.texts) for variant in source.accepted]
            if source.record.is_written(keep_original=self._keep_original):
                rows.insert(0, ("", source.record.texts))
            for chain, texts in rows:
                self._places.append(_MAY_GO * (chain in self._unique) + self._first + len(self._places))
                self._digests.append(digest(repr(texts)))

    def write(self, path: Place) -> None:
        """Write them, if there are any."""
        if self._digests:
            write_digests(path, self._digests, self._places)


class Repeats:
    """The variants of a run that repeat another row."""

    def __init__(self, folder: Place, rows: int, engine: Engine) -> None:
        """Found by the digests in `folder`, of so many `rows` in all."""
        import numpy as np

        found = repeats(folder, "*.digests", rows, engine, least=_MAY_GO)
        self._places = np.sort(
            np.concatenate([np.frombuffer(some.places, "u8") for some in found]) - np.uint64(_MAY_GO)
        )

    def of_chunk(self, chunk: int) -> tuple[int, ...]:
        """Where in a chunk they are, by number of the row."""
        import numpy as np

        borders = np.array([chunk << _ROW_BITS, (chunk + 1) << _ROW_BITS], "u8")
        first, last = np.searchsorted(self._places, borders)
        return tuple((self._places[first:last] & np.uint64((1 << _ROW_BITS) - 1)).tolist())


def leave_out(
    sources: Sequence[Source], rows: Collection[int], first: int, ledgers: Mapping[str, Ledger], *, keep_original: bool
) -> int:
    """Take the variants with the numbers `rows` out of `sources`, as duplicates.

    The first row of `sources` has the number `first`; the number of the row behind the last is returned.
    """
    row = first
    for source in sources:
        row += source.record.is_written(keep_original=keep_original)
        stay = []
        for variant in source.accepted:
            if row in rows:
                ledgers[variant.chain].written -= 1
                ledgers[variant.chain].book("duplicate")
            else:
                stay.append(variant)
            row += 1
        source.accepted = stay
    return row
