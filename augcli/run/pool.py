"""Which rows without a label are taken, by what the teacher says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from augcli.config.sections import Unlabeled

if TYPE_CHECKING:
    from augcli.models.teachers.teacher import Teacher

_BLOCK = 1000
"""Texts that the teacher judges together, until there are enough rows."""


class Unlabelled(NamedTuple):
    """A row without a label."""

    key: str
    text: str
    group: int
    """The same for rows that are nearly the same."""
    general: bool = False
    """Whether it is a text that comes along."""


class Pool(NamedTuple):
    """The rows without a label that are taken, and what became of the others."""

    keys: frozenset[str]
    read: int
    near_duplicates: int
    unsure: int
    over: int
    """Beyond the limit, or the share of their label."""
    empty: int
    balanced: bool
    """Whether each label has a share."""
    general: int
    """How many of them are texts that come along."""

    def counts(self) -> dict[str, int]:
        """For the report."""
        numbers = ("read", "empty", "near_duplicates", "unsure", "over")
        return {**{name: getattr(self, name) for name in numbers}, "general": self.general, "taken": len(self.keys)}

    def note(self) -> str:
        """In a sentence."""
        others = [
            (self.empty, "without a text"),
            (self.near_duplicates, "nearly the same as labelled, tested or earlier rows"),
            (self.unsure, "below unlabeled.min_confidence"),
            (self.over, "beyond the share of their label" if self.balanced else "beyond the limit"),
        ]
        left = ", ".join(f"{count:,} {what}" for count, what in others if count)
        own = len(self.keys) - self.general
        told = f"{own:,} of {self.read:,} rows without a label are taken" + f" ({left})" * bool(left)
        general = f"{self.general:,} general texts"
        if not self.read:
            return f"{general} are taken"
        return f"{told}, and {general}" if self.general else told


def take(
    wanted: Unlabeled, teacher: Teacher, labels: Mapping[str, int], rows: Sequence[Unlabelled], known: Collection[int]
) -> Pool:
    """The first of `rows` that are as `wanted`, and all general texts.

    `labels` are the numbers of labelled rows, `known` the groups of rows that are labelled or tested.
    """
    general = frozenset(row.key for row in rows if row.general and row.group not in known)
    rows = [row for row in rows if not row.general]
    full = [row for row in rows if row.text.strip()]
    first = {row.group: row for row in reversed(full) if row.group not in known}
    candidates = [row for row in full if first.get(row.group) is row]
    limit = wanted.limit or len(candidates)
    room = _shares(limit, labels)
    keys: list[str] = []
    unsure = 0
    for start in range(0, len(candidates), _BLOCK):
        block = candidates[start : start + _BLOCK]
        found = teacher.probabilities([row.text for row in block], [None] * len(block))
        for row, probabilities in zip(block, found, strict=True):
            if len(keys) >= limit:
                break
            label = teacher.classes[int(probabilities.argmax())]
            if probabilities.max() < wanted.min_confidence:
                unsure += 1
            elif not wanted.keep_balance or room[label] > 0:
                room[label] -= 1
                keys.append(row.key)
        if len(keys) >= limit:
            break
    over = len(candidates) - unsure - len(keys)
    near, empty = len(full) - len(candidates), len(rows) - len(full)
    return Pool(general.union(keys), len(rows), near, unsure, over, empty, wanted.keep_balance, len(general))


def _shares(count: int, labels: Mapping[str, int]) -> Counter[str]:
    """How many of `count` rows each label may have, as among `labels`; what is left goes to the largest remainders."""
    total = sum(labels.values())
    shares = Counter({label: count * number // total for label, number in labels.items()})
    by_remainder = sorted(labels, key=lambda label: (-(count * labels[label] % total), label))
    shares.update(by_remainder[: count - shares.total()])
    return shares
