"""All rows of the input in some twenty bytes each: what their text is, their label, their split and their id."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias

from augcli.io.formats.rows import RowError
from augcli.io.sources import Source
from augcli.text.record import Labels, Record, label_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.unsignedinteger[Any]]

MOST_ROWS = 5_000_000
"""Rows that are compared with each other; of those behind them, only labels and blank texts are counted."""
MOST_LABELS = 100_000
"""Different labels that are counted; where there are more, the rest counts as one."""
_OTHERS = MOST_LABELS
_SPLITS, _BLANK = 100, 10


class Census:
    """Takes note of each row; see `augcli.run.survey.blocks.Observer`."""

    def __init__(self, ids: bool, split_column: str | None, files: Mapping[str, str], apart: str | None = None) -> None:
        """`ids` says whether the input gives ids; `files` are the splits of files, none where files are no splits.

        Labels of rows in the split `apart` are not counted.
        """
        self._ids_given = ids
        self._split = split_column
        self._files = files
        self._apart = apart
        self.rows = 0
        self.groups: dict[Labels, int] = {}
        """The labels that rows have together, with a number for each."""
        self.counts: list[int] = []
        """Rows of each of them, once blocks were put together."""
        self.splits: dict[str, int] = {}
        self.blank: list[int] = []
        """The first rows without text, by their places among all good rows."""
        self.blank_rows = 0
        self._texts, self._labels, self._splits, self._ids = array("Q"), array("I"), array("B"), array("Q")

    def see(self, record: Record, source: Source) -> None:
        """Take note of a row."""
        texts = record.texts
        text = texts[0] if len(texts) == 1 else "\x1f".join(texts)
        if not text or text.isspace():
            self._note_blank(self.rows)
            self._texts.append(0)
        else:
            self._texts.append(_digest(text))
        groups = self.groups
        self._labels.append(groups.setdefault(record.labels, len(groups)))
        if self._files:
            self._splits.append(self._number(self._files[source.name]))
        elif self._split:
            self._splits.append(self._number(_cell(record, self._split)))
        if self._ids_given:
            self._ids.append(_digest(str(record.id)))
        self.rows += 1

    def _note_blank(self, place: int) -> None:
        self.blank_rows += 1
        if len(self.blank) < _BLANK:
            self.blank.append(place)

    def _number(self, split: str) -> int:
        if len(self.splits) == _SPLITS and split not in self.splits:
            return _SPLITS
        return self.splits.setdefault(split, len(self.splits))

    def merge(self, later: Census) -> None:
        """Take in what was noted of the rows behind."""
        import numpy as np

        numbers = np.array([self._group(group) for group in later.groups], np.uint32)
        self.counts += [0] * (len(self.groups) - len(self.counts))
        labels, split = later.labels, later.splits.get(self._apart or "")
        if self._apart is not None and split is not None:
            labels = labels[later.split_numbers != split]
        for number, count in zip(numbers, np.bincount(labels, minlength=len(numbers)).tolist(), strict=True):
            self.counts[number] += count
        splits = [self._number(split) for split in later.splits]
        splits += [_SPLITS] * (_SPLITS + 1 - len(splits))
        for place in later.blank:
            if len(self.blank) < _BLANK:
                self.blank.append(self.rows + place)
        self.blank_rows += later.blank_rows
        self.rows += later.rows
        room = MOST_ROWS - len(self._texts)
        if room > 0:
            self._texts.extend(later._texts[:room])
            self._labels.frombytes(numbers[later.labels[:room]].tobytes())
            self._splits.frombytes(np.array(splits, np.uint8)[later.split_numbers[:room]].tobytes())
            self._ids.extend(later._ids[:room])

    def _group(self, group: Labels) -> int:
        if len(self.groups) >= MOST_LABELS and group not in self.groups:
            return self.groups.setdefault(("...",), _OTHERS)
        return self.groups.setdefault(group, len(self.groups))

    @property
    def compared(self) -> int:
        """How many rows are compared with each other."""
        return len(self._texts)

    @property
    def too_many_labels(self) -> bool:
        """Whether not all labels were counted."""
        return len(self.groups) > MOST_LABELS

    @property
    def texts(self) -> Numbers:
        """A number for the text of each row that is compared; 0 for one without text."""
        return _array(self._texts)

    @property
    def labels(self) -> Numbers:
        """The number of the labels of each row that is compared."""
        return _array(self._labels)

    @property
    def split_numbers(self) -> Numbers:
        """The number of the split of each row that is compared; none where the input has no splits."""
        return _array(self._splits)

    @property
    def ids(self) -> Numbers:
        """A number for the id of each row that is compared; none where the input has no ids."""
        return _array(self._ids)

    @property
    def labelled(self) -> int:
        """Rows whose labels were counted."""
        return sum(self.counts)

    def group_counts(self) -> dict[Labels, int]:
        """Rows by the labels that they have together."""
        counts = zip(self.groups, self.counts, strict=True)
        return {group: number for group, number in counts if number}

    def label_counts(self) -> dict[str, int]:
        """Rows by single label, the commonest first."""
        counts: dict[str, int] = {}
        for group, number in self.group_counts().items():
            for label in group:
                counts[label] = counts.get(label, 0) + number
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def split_counts(self) -> dict[str, int]:
        """Rows by split, of those that are compared."""
        import numpy as np

        counts = np.bincount(self.split_numbers, minlength=len(self.splits)).tolist() if self.splits else []
        return dict(zip(self.splits, counts, strict=False))

    def first_with(self, label: str | None, most: int) -> Sequence[int]:
        """The places of the first rows with a label; with None, of those that have none."""
        import numpy as np

        having = [number for group, number in self.groups.items() if label in group or (label is None and not group)]
        found: Sequence[int] = np.flatnonzero(np.isin(self.labels, having))[:most].tolist()
        return found


def _cell(record: Record, column: str) -> str:
    try:
        return label_name(record.row.get(column))
    except RowError:  # of a row of JSON, which may lack what others have
        return ""


def _array(numbers: array[int]) -> Numbers:
    import numpy as np

    found: Numbers = np.frombuffer(numbers, numbers.typecode)
    return found


def _digest(text: str) -> int:
    """A number from 1 on that stands for a text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) or 1
