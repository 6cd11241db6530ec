"""What is odd about the labels: missing ones, doubles, rare ones, imbalance, rows in the order of their labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from augcli.commands.inspect.census import MOST_LABELS, Census
from augcli.commands.inspect.findings import EXAMPLES, Example, Finding, Level, counted, shortened
from augcli.run.look.labels import joined_labels, labels_alike

Fetch = Callable[[Iterable[int], Sequence[str]], list[Example]]
"""Makes examples of the rows at some places, with what is to be said of them."""

_MISSING = {"", "null", "none", "nan", "n/a", "na", "?", "-"}
_FEW = 5
"""A label of fewer rows can hardly be learned, nor measured."""
_UNEVEN = 10
_IN_ORDER = 0.1
"""Rows are in label order where labels change so much less often from row to row than by chance."""


def label_findings(census: Census, fetch: Fetch) -> Iterator[Finding]:
    """What is odd about the labels of all rows."""
    counts = census.label_counts()
    missing = [label for label in counts if label.strip().lower() in _MISSING]
    if missing:
        named = ", ".join(map(repr, missing))
        yield _finding(
            "missing_labels", Level.fault, f"no label ({named})", missing, counts, census, fetch,
            "give them a label, or leave them out",
        )  # fmt: skip
    if _no_classes(census, counts):
        more = f"more than {MOST_LABELS:,}, behind which they are not told apart" * census.too_many_labels
        yield Finding(
            "labels_differ", Level.fault,
            f"{more or counted(len(counts), 'different label')}; nearly each row has one of its own",
            census.rows, "name another column: input.label, or --label",
            fetch(range(min(EXAMPLES, census.rows)), ()),
        )  # fmt: skip
        return
    present = {label: number for label, number in counts.items() if label not in missing}
    if len(present) == 1:
        yield Finding(
            "one_label", Level.fault, f"all have the same label, {next(iter(present))!r}", census.rows,
            "there is nothing to learn: add rows with other labels, or name another column with input.label or --label",
        )  # fmt: skip
    for alike in labels_alike(present):
        named = ", ".join(f"{label!r} ({present[label]:,})" for label in alike)
        yield _finding(
            "labels_alike", Level.fault, f"labels that differ only in case, blanks or underscores: {named}",
            alike[1:], present, census, fetch, f"write {alike[0]!r} in all of them",
        )  # fmt: skip
    joined = joined_labels(present)
    if joined and sum(present[label] for label in joined) > 0.1 * census.rows:
        yield _finding(
            "labels_joined", Level.warning, f"lists of labels in one text, as {joined[0]!r}",
            joined, present, census, fetch, "write them as lists (JSON, Parquet), or give each label a column",
        )  # fmt: skip
    yield from _rare(present, census, fetch)
    most, least = max(present, key=present.__getitem__, default=""), min(present, key=present.__getitem__, default="")
    if present and present[most] > _UNEVEN * present[least]:
        yield Finding(
            "imbalance", Level.warning,
            f"uneven labels: {most!r} has {counted(present[most], 'row')}, {least!r} has {present[least]:,}",
            census.rows, "even them out with variants: {balance: max}, as `augcli init balance` shows",
        )  # fmt: skip
    yield from _in_order(census, present)
    if len(census.split_numbers):
        yield from _new_labels(census, present, fetch)


def _no_classes(census: Census, counts: Mapping[str, int]) -> bool:
    return census.too_many_labels or (census.rows >= 20 and 2 * len(counts) > census.rows)


def _finding(
    name: str, level: Level, message: str, labels: Sequence[str], counts: Mapping[str, int], census: Census,
    fetch: Fetch, fix: str,
) -> Finding:  # fmt: skip
    number = sum(counts[label] for label in labels)
    first = sorted((place, label) for label in labels[:EXAMPLES] for place in census.first_with(label, EXAMPLES))
    some = first[:EXAMPLES]
    examples = fetch([place for place, _ in some], [repr(shortened(label, 60)) for _, label in some])
    return Finding(name, level, message, number, fix, examples)


def _rare(counts: Mapping[str, int], census: Census, fetch: Fetch) -> Iterator[Finding]:
    single = [label for label, number in counts.items() if number == 1]
    rare = [label for label, number in counts.items() if 1 < number < _FEW]
    for name, labels, what in (("single_labels", single, "one row"), ("rare_labels", rare, f"fewer than {_FEW} rows")):
        if labels and len(counts) > 1:
            named = ", ".join(map(repr, labels[:EXAMPLES])) + ", ..." * (len(labels) > EXAMPLES)
            yield _finding(
                name, Level.warning, f"{counted(len(labels), 'label')} on {what} only: {named}",
                labels, counts, census, fetch, "collect more of them, put them together, or leave them out",
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
        named = ", ".join(map(repr, [*dict.fromkeys(told)][:EXAMPLES]))
        yield Finding(
            "labels_of_one_split", Level.fault,
            f"labels that {[*census.splits][largest]!r}, the largest split, does not have: {named}",
            len(new), "split the rows anew, each label into both parts", fetch(new[:EXAMPLES].tolist(), told),
        )  # fmt: skip
