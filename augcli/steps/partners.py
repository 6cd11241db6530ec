"""Rows of the input that others may be put together with: a sample that does not depend on their order."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import NamedTuple, Protocol

import orjson

from augcli.text.record import Record, is_missing
from augcli.text.rng import Rng, Stem

MOST = 20_000
"""Rows of a sample, which so takes the same memory whatever the size of the input."""


class Partner(NamedTuple):
    """A row that another may be put together with."""

    id: str | int
    key: str
    """What the draws of the row hang on."""
    text: str
    label: str
    """Its labels in one text; empty where it has none."""


class PartnerFile(Protocol):
    """The path or URL of a file with partners."""

    def read_bytes(self) -> bytes:
        """What is in it."""


class PartnerSample:
    """The rows with the smallest hashes among those that were added; of rows that say the same, one."""

    def __init__(self, seed: int, *, labelled: bool) -> None:
        """With `labelled`, rows without a label are left out."""
        self._stem = Stem(f"{seed}\x1fpartner\x1f")
        self._labelled = labelled
        self._rows: dict[int, Partner] = {}
        self._largest_first: list[int] = []
        """A heap of the hashes, negative."""

    def add(self, record: Record) -> None:
        """Take note of a row."""
        hashed = Rng(str(record.key), stem=self._stem).randbelow(1 << 64)
        if not self._has_room(hashed):
            return
        label = "" if is_missing(record.labels) else record.label_text
        text = record.texts[0]
        if any(map(str.isalnum, text)) and (label or not self._labelled):
            self._keep(hashed, Partner(record.id, str(record.key), text, label))

    def merge(self, later: PartnerSample) -> None:
        """Take in the sample of the rows behind."""
        for hashed, partner in later._rows.items():
            if self._has_room(hashed):
                self._keep(hashed, partner)

    def _has_room(self, hashed: int) -> bool:
        return len(self._rows) < MOST or hashed < -self._largest_first[0]

    def _keep(self, hashed: int, partner: Partner) -> None:
        if hashed in self._rows:
            return
        self._rows[hashed] = partner
        heappush(self._largest_first, -hashed)
        if len(self._rows) > MOST:
            del self._rows[-heappop(self._largest_first)]

    def dump(self) -> bytes:
        """A file with the rows, sorted by hash, one as JSON in each line."""
        return b"".join(orjson.dumps([*self._rows[hashed]]) + b"\n" for hashed in sorted(self._rows))


def load(file: PartnerFile) -> list[Partner]:
    """The rows in a file with what `dump` gave."""
    return [Partner(*orjson.loads(line)) for line in file.read_bytes().splitlines()]
