"""Labels that `balance` does not see as they are meant, and chains that balance nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from reprlib import Repr

from augcli.config.config import Config
from augcli.config.sections import Balance
from augcli.io.dataset import DatasetSummary
from augcli.run.look.rows import Finding, Row
from augcli.run.look.shapes import listed
from augcli.run.survey.balance import variants_needed
from augcli.text.record import missing_labels

_SEPARATORS = ("|", ";", ",")
_TOLD = 3
_NAMED = 5
_FEW = 0.1
"""Share of the rows above which joined labels are no exception."""


def balance_at_odds(config: Config, dataset: DatasetSummary) -> Iterator[Finding]:
    """What keeps the chains that balance from evening out the labels."""
    goals = {
        name: chain.variants.balance for name, chain in config.chains.items() if isinstance(chain.variants, Balance)
    }
    if not goals or not dataset.groups:
        return
    joined = joined_labels(dataset.labels)
    if sum(dataset.labels[label] for label in joined) > _FEW * dataset.labels.total():
        yield Finding(
            f"{len(joined)} of {len(dataset.labels)} labels are lists in one text, as {joined[0]!r}, and are balanced "
            "as labels of their own",
            "write them as lists (JSON, Parquet), or give each label a column and name these in input.label",
        )
    for name, goal in goals.items():
        if not any(variants_needed(config, name, dataset.groups).values()):
            yield Finding(f"chain {name} requests no variants: no label has fewer rows than balance: {goal} asks for")


def odd_labels(config: Config, dataset: DatasetSummary, rows: Sequence[Row]) -> Iterator[Finding]:
    """Labels that stand for none, a single label, labels that are likely one, and texts that stand under two."""
    if not config.input.label:
        return
    if (missing := missing_labels(dataset.labels)) and not config.teacher:
        number = sum(dataset.labels[label] for label in missing)
        yield Finding(
            f"{number} of {dataset.fitting} rows have no label ({quoted(missing)}), which counts as a label of its own",
            "fill them in, or leave these rows out of the file",
        )
    for label, number in dataset.labels.items():
        if number == dataset.fitting > 1:
            yield Finding(
                f"all {number} rows have the label {quoted([label])}", "see that input.label names the right column"
            )
    for alike in labels_alike(dataset.labels)[:_TOLD]:
        yield Finding(
            f"labels differ only in case, blanks or underscores: {quoted(alike, dataset.labels)}",
            f"write {quoted(alike[:1])} in all rows",
        )
    labels: dict[tuple[str, ...], Row] = {}
    places = [
        row.place
        for row in rows
        if row.record.label is not None and labels.setdefault(row.record.texts, row).record.labels != row.record.labels
    ]
    if places:
        yield Finding("{rows} have the text of another row, and a different label", "augcli inspect shows them", places)


def quoted(labels: Sequence[str], counts: Mapping[str, int] | None = None) -> str:
    """The first of some labels, long ones shortened, with their rows where `counts` has them: 'a' (3), 'b' (1), ..."""
    short = Repr()
    short.maxstring = 60
    told = [short.repr(label) + (f" ({counts[label]:,})" if counts else "") for label in labels[:_NAMED]]
    return ", ".join(told) + ", ..." * (len(labels) > _NAMED)


def joined_labels(labels: Mapping[str, int]) -> list[str]:
    """The labels whose parts all occur in other labels too, those on most rows first."""
    parts = {label: _parts(label) for label in labels}
    spread = Counter(part for some in parts.values() for part in some)
    joined = [label for label, some in parts.items() if len(some) > 1 and all(spread[part] > 1 for part in some)]
    return sorted(joined, key=lambda label: (labels[label], label), reverse=True)


def labels_alike(labels: Mapping[str, int]) -> list[list[str]]:
    """Labels that differ only in case, blanks or underscores, those on most rows first."""
    forms: dict[str, list[str]] = {}
    for label in sorted(labels, key=lambda label: (-labels[label], label)):
        forms.setdefault(" ".join(re.split(r"[\s_]+", label.casefold().strip())), []).append(label)
    return [alike for alike in forms.values() if len(alike) > 1]


def _parts(label: str) -> set[str]:
    """The labels that a label may be a list of; itself where it is none."""
    items = listed(label)
    if items is None:
        separator = next((mark for mark in _SEPARATORS if mark in label), "\n")
        items = label.split(separator)
    return {str(item).strip() for item in items} - {""}
