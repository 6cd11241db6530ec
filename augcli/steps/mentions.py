"""Mentions of entities in the input, which others give way to: of each type a sample that no order of rows changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

import orjson

from augcli.steps.partners import PartnerFile
from augcli.text.record import Record
from augcli.text.rng import Rng, Stem

MOST = 10_000
"""Different mentions of a type, which so take the same memory whatever the size of the input."""


class Mention(NamedTuple):
    """How an entity is written, and how often it is so."""

    text: str
    tokens: tuple[str, ...] = ()
    """That the input gives for it; none where it gives only the text."""
    times: int = 1


@dataclass(slots=True)
class _Kind:
    """The mentions of a type, by their text."""

    mentions: dict[str, Mention] = field(default_factory=dict)
    largest_first: list[tuple[int, str]] = field(default_factory=list)
    """A heap of their hashes, negative."""


class MentionSample:
    """Of each type, the mentions with the smallest hashes among those that were added."""

    def __init__(self, seed: int) -> None:
        self._stem = Stem(f"{seed}\x1fmention\x1f")
        self._kinds: dict[str, _Kind] = {}

    @property
    def types(self) -> list[str]:
        """All types of entities, sorted."""
        return sorted(self._kinds)

    def add(self, record: Record) -> None:
        """Take note of the entities of a row; of those on several lines, only of the type."""
        for text, (start, end, kind) in record.entities:
            said = text[start:end]
            known = self._kinds.setdefault(kind, _Kind())
            if said.isprintable() and said == said.strip() and any(map(str.isalnum, said)):
                tokens = tuple(text[first:last] for first, last in record.tokens if start <= first and last <= end)
                self._add(kind, known, Mention(said, tokens))

    def merge(self, later: MentionSample) -> None:
        """Take in the sample of the rows behind."""
        for kind, other in later._kinds.items():
            known = self._kinds.setdefault(kind, _Kind())
            for mention in other.mentions.values():
                self._add(kind, known, mention)

    def _add(self, kind: str, known: _Kind, mention: Mention) -> None:
        text, tokens, times = mention
        if same := known.mentions.get(text):
            known.mentions[text] = Mention(text, min(tokens, same.tokens), times + same.times)
            return
        hashed = Rng(f"{kind}\x1f{text}", stem=self._stem).randbelow(1 << 64)
        if len(known.mentions) == MOST:
            if hashed >= -known.largest_first[0][0]:
                return
            del known.mentions[heappop(known.largest_first)[1]]
        known.mentions[text] = mention
        heappush(known.largest_first, (-hashed, text))

    def dump(self) -> bytes:
        """A file with the mentions, sorted, those of a type in each line."""
        lines = ([kind, [*map(list, sorted(self._kinds[kind].mentions.values()))]] for kind in self.types)
        return b"".join(orjson.dumps(line) + b"\n" for line in lines)


def load(file: PartnerFile) -> Mapping[str, list[Mention]]:
    """The mentions in a file with what `dump` gave, by type."""
    kinds = map(orjson.loads, file.read_bytes().splitlines())
    return {kind: [Mention(text, tuple(tokens), times) for text, tokens, times in mentions] for kind, mentions in kinds}
