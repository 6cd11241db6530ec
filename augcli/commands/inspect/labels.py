"""What is odd about the labels: missing ones, doubles, rare ones, imbalance, rows in the order of their labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from augcli.commands.inspect.census import MOST_LABELS, Census
from augcli.commands.inspect.findings import EXAMPLES, Example, Finding, Level, counted, examples_of
from augcli.run.look.labels import joined_labels, labels_alike, quoted
from augcli.run.look.rows import Row
from augcli.text.record import label_name, missing_labels

Fetch = Callable[[Iterable[int], Sequence[str]], list[Example]]
"""Makes examples of the rows at some places, with what is to be said of them."""

_TYPES = {str: "texts", int: "numbers", float: "numbers", bool: "true or false"}
_FEW = 5
"""A label of fewer rows can hardly be learned, nor measured."""
_UNEVEN = 10
_IN_ORDER = 0.1
"""Rows are in label order where labels change so much less often from row to row than by chance."""


def label_findings(census: Census, fetch: Fetch) -> Iterator[Finding]:
    """What is odd about the labels of all rows."""
    counts = census.label_counts()
    missing = missing_labels(counts)
    if missing:
        yield _finding(
            "missing_labels", Level.fault, f"no label ({quoted(missing, counts)}), which counts as a label of its own",
            missing, census, fetch, "fill them in, or leave these rows out of the file",
        )  # fmt: skip
    if empty := census.group_counts().get((), 0):
        yield Finding(
            "empty_label_lists", Level.note, "an empty list of labels", empty,
            "see that none of the labels fits them", fetch(census.first_with(None, EXAMPLES), ()),
        )  # fmt: skip
    if _no_classes(census, counts):
        more = f"more than {MOST_LABELS:,}, behind which they are not told apart" * census.too_many_labels
        yield Finding(
            "labels_differ", Level.fault,
            f"{more or counted(len(counts), 'different label')}; nearly each row has one of its own",
            census.labelled, "name another column: input.label, or --label",
            fetch(range(min(EXAMPLES, census.labelled)), ()),
        )  # fmt: skip
        return
    present = Counter({label: number for label, number in counts.items() if label not in missing})
    if len(present) == 1 and not empty:
        yield Finding(
            "one_label", Level.fault, f"one label alone, {quoted([*present])}", present.total(),
            "there is nothing to learn: add rows with other labels, or name another column with input.label or --label",
        )  # fmt: skip
    for alike in labels_alike(present):
        yield _finding(
            "labels_alike", Level.fault,
            f"labels that differ only in case, blanks or underscores: {quoted(alike, present)}",
            alike[1:], census, fetch, f"write {quoted(alike[:1])} in all of them",
        )  # fmt: skip
    joined = joined_labels(present)
    if joined and sum(present[label] for label in joined) > 0.1 * census.labelled:
        yield _finding(
            "labels_joined", Level.warning, f"lists of labels in one text, as {quoted(joined[:1])}",
            joined, census, fetch, "write them as lists (JSON, Parquet), or give each label a column",
        )  # fmt: skip
    yield from _rare(present, census, fetch)
    order = [*present]
    if order and present[order[0]] > _UNEVEN * present[order[-1]]:
        most, least = present[order[0]], present[order[-1]]
        yield Finding(
            "imbalance", Level.warning,
            f"uneven labels: {quoted(order[:1])} has {counted(most, 'row')}, {quoted(order[-1:])} has {least:,}",
            present.total(), "even them out with variants: {balance: max}, as `augcli init balance` shows",
        )  # fmt: skip
    yield from _in_order(census, present)
    if len(census.split_numbers):
        yield from _new_labels(census, present, fetch)


def type_findings(rows: Sequence[Row]) -> Iterator[Finding]:
    """Labels of several types, such as 1 and "1", of the rows that were looked at."""
    having: dict[str, list[Row]] = {}
    for row in rows:
        if not isinstance(row.record.label, list | None):
            having.setdefault(_TYPES.get(type(row.record.label), "objects"), []).append(row)
    commonest, *others = sorted(having, key=lambda kind: -len(having[kind])) or [""]
    if others:
        odd = [row for kind in others for row in having[kind]]
        yield Finding(
            "label_types", Level.warning, f"labels that are {', '.join(others)} where most are {commonest}", len(odd),
            'write all alike: 1 and "1" are one label, but 1 and 1.0 are two',
            examples_of(odd, [label_name(row.record.label) for row in odd[:EXAMPLES]]),
        )  # fmt: skip


def _no_classes(census: Census, counts: Mapping[str, int]) -> bool:
    return census.too_many_labels or (census.labelled >= 20 and 2 * len(counts) > census.labelled)


def _finding(
    name: str, level: Level, message: str, labels: Sequence[str], census: Census, fetch: Fetch, fix: str,
) -> Finding:  # fmt: skip
    number = sum(rows for group, rows in census.group_counts().items() if not {*labels}.isdisjoint(group))
    first: dict[int, list[str]] = {}
    for label in labels[:EXAMPLES]:
        for place in census.first_with(label, EXAMPLES):
            first.setdefault(place, []).append(label)
    places = sorted(first)[:EXAMPLES]
    return Finding(name, level, message, number, fix, fetch(places, [quoted(first[place]) for place in places]))


def _rare(counts: Mapping[str, int], census: Census, fetch: Fetch) -> Iterator[Finding]:
    single = [label for label, number in counts.items() if number == 1]
    rare = [label for label, number in counts.items() if 1 < number < _FEW]
    for name, labels, what in (("single_labels", single, "one row"), ("rare_labels", rare, f"2 to {_FEW - 1} rows")):
        if labels and len(counts) > 1:
            yield _finding(
                name, Level.warning,
                f"{counted(len(labels), 'label')} with {what}{' each' * (len(labels) > 1)}: {quoted(labels)}",
                labels, census, fetch, "collect more of them, put them together, or leave them out",
            )  # fmt: skip


def _in_order(census: Census, counts: Mapping[str, int]) -> Iterator[Finding]:
    import numpy as np

    labels = census.labels
    shares = np.bincount(labels) / max(len(labels), 1)
    by_chance = len(labels) * (1 - (shares**2).sum())
    changes = int((labels[1:] != labels[:-1]).sum())
    if len(labels) >= 4 * len(counts) > 4 and by_chance > 20 and changes < _IN_ORDER * by_chance:
        yield Finding(
            "label_order", Level.warning,
            f"in the order of their labels, which change {counted(changes, 'time')}; by chance, "
            f"{by_chance:,.0f} times",
            len(labels), "shuffle them before you train, or take a part of them: shuf FILE (JSON lines)",
        )  # fmt: skip


def _new_labels(census: Census, counts: Mapping[str, int], fetch: Fetch) -> Iterator[Finding]:
    """Labels that the largest split does not have: what learns from it cannot know them."""
    import numpy as np

    splits, labels = census.split_numbers, census.labels
    largest = int(np.bincount(splits).argmax())
    known = np.unique(labels[splits == largest])
    new = np.flatnonzero(~np.isin(labels, known))
    if len(new):
        names = [", ".join(group) for group in census.groups]
        told = [names[label] for label in labels[new].tolist()]
        yield Finding(
            "labels_of_one_split", Level.fault,
            f"labels that {[*census.splits][largest]!r}, the largest split, does not have: "
            f"{quoted([*dict.fromkeys(told)])}",
            len(new), "split the rows anew, each label into both parts",
            fetch(new[:EXAMPLES].tolist(), told),
        )  # fmt: skip
