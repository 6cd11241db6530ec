"""Rows with the text of another row, or nearly so: within the input, under two labels, and across splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from augcli.commands.inspect.census import Census
from augcli.commands.inspect.findings import EXAMPLES, Example, Finding, Level, label_of, text_of
from augcli.commands.inspect.labels import Fetch
from augcli.run.look.rows import Row
from augcli.run.survey.near_duplicates import THRESHOLD

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.integer[Any]]
    Places: TypeAlias = NDArray[np.intp]

_ONCE = "leave one of each: what is there twice counts twice when a model learns, and when it is measured"
_LEAK = "leave them out of one split: a model that has seen the text is measured too well on it"
_OTHER_LABEL = "one label is wrong, or the text does not tell: keep the right row"
_MANY = 0.05
"""From this share of the rows on, near duplicates are more than a note."""


def repeat_findings(census: Census, fetch: Fetch) -> Iterator[Finding]:
    """What the texts of all rows that were compared say: those that are the same to the letter, and ids likewise."""
    import numpy as np

    ids = census.ids
    if len(ids) and len(again := _again(ids)):
        yield Finding(
            "repeated_ids", Level.fault, "the id of a row before them", len(again),
            "give each row an id of its own, or leave input.id out", fetch(again[:EXAMPLES].tolist(), ()),
        )  # fmt: skip
    texts, labels = census.texts, census.labels
    repeated = np.flatnonzero(_not_alone(texts) & (texts > 0))
    if not len(repeated):
        return
    _, text = np.unique(texts[repeated], return_inverse=True)
    differing = _of_several(text, labels[repeated])
    named = [", ".join(group) for group in census.groups]
    if differing.any():
        order = repeated[differing][np.argsort(text[differing], kind="stable")]
        notes = [named[label] for label in labels[order[:EXAMPLES]].tolist()]
        yield Finding(
            "labels_differ_for_text", Level.fault, "the text of another row, and a different label",
            int(differing.sum()), _OTHER_LABEL, fetch(order[:EXAMPLES].tolist(), notes),
        )  # fmt: skip
    splits = census.split_numbers
    if len(splits):
        yield from _across(census, repeated, text, fetch)
    pair = text.astype(np.int64) << 40 | labels[repeated].astype(np.int64) << 8
    if len(splits):
        pair |= splits[repeated]
    if len(again := repeated[_again(pair)]):
        more = f" (the first {census.compared:,} rows were compared)" * (census.rows > census.compared)
        yield Finding(
            "repeated_rows", Level.warning, f"text and label of a row before them{more}", len(again), _ONCE,
            fetch(again[:EXAMPLES].tolist(), ()),
        )  # fmt: skip


def _not_alone(numbers: Numbers) -> NDArray[np.bool_]:
    """Whether each number stands at another place too."""
    import numpy as np

    order = np.argsort(numbers, kind="stable")
    same = numbers[order][1:] == numbers[order][:-1]
    found = np.zeros(len(numbers), bool)
    found[order[1:]] |= same
    found[order[:-1]] |= same
    return found


def _again(numbers: Numbers) -> Places:
    """The places at which a number stands again."""
    import numpy as np

    order = np.argsort(numbers, kind="stable")
    return np.sort(order[1:][numbers[order][1:] == numbers[order][:-1]])


def _of_several(group: Places, kind: Numbers) -> NDArray[np.bool_]:
    """Whether the group of each thing has things of several kinds."""
    import numpy as np

    least, most = np.full(group.max() + 1, np.iinfo(kind.dtype).max, kind.dtype), np.zeros(group.max() + 1, kind.dtype)
    np.minimum.at(least, group, kind)
    np.maximum.at(most, group, kind)
    several: NDArray[np.bool_] = (least != most)[group]
    return several


def _across(census: Census, rows: Places, text: Places, fetch: Fetch) -> Iterator[Finding]:
    """Rows whose text stands in another split too, but for those of the largest split; `text` groups the `rows`."""
    import numpy as np

    names, splits = [*census.splits, "others"], census.split_numbers
    split = splits[rows]
    leaking = rows[_of_several(text, split) & (split != np.bincount(splits).argmax())]
    if len(leaking):
        told = Counter(names[number] for number in splits[leaking].tolist()).most_common()
        yield Finding(
            "text_in_two_splits", Level.fault,
            f"the text of a row in another split: {', '.join(f'{number:,} of {name!r}' for name, number in told)}",
            len(leaking), _LEAK,
            fetch(leaking[:EXAMPLES].tolist(), [names[number] for number in splits[leaking[:EXAMPLES]].tolist()]),
        )  # fmt: skip


def near_findings(rows: Sequence[Row], group: Sequence[int], split_of: Callable[[Row], str]) -> Iterator[Finding]:
    """What near duplicates among the rows that were looked at say; `group` tells which go together.

    What is the same to the letter is told by `repeat_findings`.
    """
    members: dict[int, dict[tuple[str, ...], Row]] = {}
    for number, row in zip(group, rows, strict=True):
        if any(text.strip() for text in row.record.texts):
            members.setdefault(number, {}).setdefault(row.record.texts, row)
    near = [list(some.values()) for some in members.values() if len(some) > 1]
    if not near:
        return
    told = f"case, blanks and punctuation apart, {100 * THRESHOLD:.0f} % of words and pairs of words are the same"
    yield from _near("near_duplicates_across_splits", near, split_of, "in another split", _LEAK, Level.warning)
    yield from _near(
        "labels_differ_for_near_duplicates", near, label_of, "with another label", _OTHER_LABEL, Level.warning
    )
    number = sum(len(some) - 1 for some in near)
    yield Finding(
        "near_duplicates", Level.warning if number > _MANY * len(rows) else Level.note,
        f"nearly the text of another row: {told}", number,
        "leave one of each, or keep those together when you split the rows",
        [_pair(first, second) for first, second, *_ in islice(near, EXAMPLES)],
    )  # fmt: skip


def _near(
    name: str, near: Sequence[Sequence[Row]], kind: Callable[[Row], str], what: str, fix: str, level: Level
) -> Iterator[Finding]:
    """Near duplicates that are not of one kind."""
    found = []
    for some in near:
        first, *others = some
        if other := next((row for row in others if kind(row) != kind(first)), None):
            found.append((first, other, Counter(map(kind, some))))
    if found:
        number = sum(kinds.total() - max(kinds.values()) for _, _, kinds in found)
        yield Finding(
            name, level, f"nearly the text of a row {what}", number, fix,
            [_pair(first, other, kind) for first, other, _ in found[:EXAMPLES]],
        )  # fmt: skip


def _pair(first: Row, second: Row, kind: Callable[[Row], str] = lambda row: "") -> Example:
    kinds = f"{kind(first)} / {kind(second)}; " if kind(first) else ""
    return Example(first.place, text_of(first), f"{kinds}nearly {second.place}: {text_of(second)}")
