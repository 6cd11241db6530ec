"""Variants that repeat another row of the output, or nearly so, are left out.

Each row of the output has a place: one number that says in which chunk it is and where. Chunks leave digests of their
rows with these places; of equal digests all but the one at the lowest place are repeats. A row has a digest of its
texts, and several more where texts that are nearly the same are looked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from augcli.chains.ledger import Ledger
from augcli.chains.variants import Source
from augcli.io.files.storage import Place
from augcli.run.engine.base import Engine
from augcli.run.survey.duplicates import digest, repeats, write_digests
from augcli.run.survey.near_duplicates import Bands
from augcli.steps.operation import Texts

_ROW_BITS = 32
_MAY_GO = 1 << 63
"""Added to the place of a variant that is left out if another row has its texts; so those that stay come first."""


class ChunkDigests:
    """Digests of the rows of one chunk."""

    def __init__(
        self, chunk: int, unique: Collection[str], novel: Mapping[str, float], language: str, *, keep_original: bool
    ) -> None:
        """`unique` are the chains none of whose variants may repeat another row, `novel` those none may come near.

        Beside each of these stands from which Jaccard index on two rows are near.
        """
        self._first = chunk << _ROW_BITS
        self._unique = unique
        self._novel = novel
        self._bands = {threshold: Bands(language, threshold) for threshold in sorted({*novel.values()})}
        self._keep_original = keep_original
        self._rows = 0
        self._digests: list[bytes] = []
        self._places: list[int] = []

    def add(self, sources: Sequence[Source]) -> None:
        """Add the rows of `sources`, in the order in which they are written."""
        rows: list[tuple[str, Texts]] = []
        for source in sources:
            if source.record.is_written(keep_original=self._keep_original):
                rows.append(("", source.record.texts))
            rows += [(variant.chain, variant.texts) for variant in source.accepted]
        for number, (chain, texts) in enumerate(rows, self._first + self._rows):
            self._places.append(_MAY_GO * (chain in self._unique) + number)
            self._digests.append(digest(repr(texts)))
        for threshold, bands in self._bands.items():
            keys = bands.of(["\n".join(texts) for _, texts in rows])
            for number, ((chain, _), own) in enumerate(zip(rows, keys, strict=True), self._first + self._rows):
                self._places += [_MAY_GO * (self._novel.get(chain) == threshold) + number] * len(own)
                self._digests += own
        self._rows += len(rows)

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
        self._places = np.unique(
            np.concatenate([np.frombuffer(some.places, "u8") for some in found]) - np.uint64(_MAY_GO)
        )

    def of_chunk(self, chunk: int) -> tuple[int, ...]:
        """Where in a chunk they are, by number of the row."""
        import numpy as np

        borders = np.array([chunk << _ROW_BITS, (chunk + 1) << _ROW_BITS], "u8")
        first, last = np.searchsorted(self._places, borders)
        return tuple((self._places[first:last] & np.uint64((1 << _ROW_BITS) - 1)).tolist())


def leave_out(
    sources: Sequence[Source],
    rows: Collection[int],
    first: int,
    ledgers: Mapping[str, Ledger],
    novel: Collection[str],
    *,
    keep_original: bool,
) -> int:
    """Take the variants with the numbers `rows` out of `sources`, as duplicates or, in chains of `novel`, as too near.

    The first row of `sources` has the number `first`; the number of the row behind the last is returned.
    """
    row = first
    for source in sources:
        row += source.record.is_written(keep_original=keep_original)
        stay = []
        for variant in source.accepted:
            if row in rows:
                ledgers[variant.chain].written -= 1
                ledgers[variant.chain].book("novelty" if variant.chain in novel else "duplicate")
            else:
                stay.append(variant)
            row += 1
        source.accepted = stay
    return row
