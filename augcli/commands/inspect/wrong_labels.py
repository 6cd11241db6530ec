"""Labels that are likely wrong, by confident learning (Northcutt et al. 2021) with the linear model.

Each row is judged by a model that has seen neither it nor its near duplicates. A label counts as likely for a row when
its probability is at least what the model gives it, on average, on rows that have it. Rows whose most probable likely
label is another than their own make up the off-diagonal of the confident joint; the wider the margin, the surer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from augcli.commands.inspect.findings import Example, Finding, Level, label_of, text_of
from augcli.models.linear import out_of_fold
from augcli.run.look.rows import Row
from augcli.text.record import is_missing
from augcli.text.rng import Rng

MOST_ROWS = 20_000
_ROWS_BY_LABELS = 1_500_000
_WEIGHTS = 1_000_000
"""Rows by labels, and features by labels, are no more than this, so that it takes a minute or two."""
LEAST_ROWS = 50
FOLDS = 5
_MOST_LABELS = 300
LISTED = 1000
"""How many of them are examples."""
_AGREEMENT = 0.85
"""Where the model takes fewer of the rows that it is sure of for what they are labelled, nothing is told by it."""
_MANY = 0.01
"""From this share of the rows on, there is more to do than to look at single ones."""


class Suspect(NamedTuple):
    """A row, by its number, whose label is likely wrong: what the model takes it for, and by how much more."""

    row: int
    label: str
    likely: str
    margin: float


class Judgement(NamedTuple):
    """What a model says of the labels of rows."""

    suspects: Sequence[Suspect]
    """The surest first."""
    agreement: float
    """Of the rows that it is sure of, the share that it takes for what they are labelled."""


def judged(texts: Sequence[str], labels: Sequence[str], groups: Sequence[int], language: str) -> Judgement:
    """The rows whose labels are likely wrong."""
    import numpy as np

    classes = sorted({*labels})
    given = np.searchsorted(classes, labels)
    tolerance = 2e-3 * np.bincount(given).max() / len(given)
    most_features = _WEIGHTS // len(classes)
    probabilities = out_of_fold(
        texts, labels, groups, FOLDS, language=language, tolerance=tolerance, most_features=most_features
    )
    rows = np.arange(len(labels))
    own = probabilities[rows, given]
    thresholds = np.bincount(given, own) / np.bincount(given)
    likely = np.where(probabilities >= thresholds, probabilities, 0)
    best = likely.argmax(axis=1)
    sure = likely[rows, best] > 0
    margins = probabilities[rows, best] - own
    found = np.flatnonzero(sure & (best != given) & (margins > 0) & (own > 0))  # 0: its label was never seen
    order = found[np.argsort(-margins[found], kind="stable")]
    agreement = 1 - len(found) / max(int(sure.sum()), 1)
    return Judgement(
        [Suspect(int(row), labels[row], classes[best[row]], float(margins[row])) for row in order], agreement
    )


def wrong_label_findings(rows: Sequence[Row], groups: Sequence[int], language: str) -> Iterator[Finding]:
    """Rows whose labels are likely wrong, of at most MOST_ROWS that have one label each."""
    single = [
        place for place, row in enumerate(rows) if len(row.record.labels) == 1 and not is_missing(row.record.labels)
    ]
    counts = Counter(rows[place].record.labels for place in single)
    single = [place for place in single if counts[rows[place].record.labels] >= FOLDS]
    single = [place for place in single if any(map(str.isalnum, "".join(rows[place].record.texts)))]
    most = min(MOST_ROWS, _ROWS_BY_LABELS // max(len(counts), 1))
    if len(single) > most:
        draw = Rng("inspect\x1fwrong labels")
        single = sorted(sorted(single, key=lambda place: draw.randbelow(1 << 62))[:most])
    some = [rows[place] for place in single]
    labels = [row.record.labels[0] for row in some]
    apart = [groups[place] for place in single]
    if len(some) < LEAST_ROWS or len({*apart}) < FOLDS or not 1 < len({*labels}) <= _MOST_LABELS:
        return
    texts = ["\n".join(row.record.texts) for row in some]
    found, agreement = judged(texts, labels, apart, language)
    more = f" ({len(some):,} rows were judged)" * (len(some) < len(rows))
    if agreement < _AGREEMENT:
        yield Finding(
            "labels_not_judged", Level.note,
            f"wrong labels were not looked for: where a linear model is sure, it agrees with {100 * agreement:.0f} % "
            "of the labels; it is too weak for these texts, or many labels are wrong",
            len(some), "more rows may help; --no-label-model leaves this out",
        )  # fmt: skip
    elif found:
        yield Finding(
            "likely_wrong_labels", Level.warning if len(found) > _MANY * len(some) else Level.note,
            f"label likely wrong, by a linear model that has not seen them{more}", len(found),
            "read them, the surest first, and correct those that are wrong; --format json lists them",
            [_example(some[suspect.row], suspect) for suspect in found[:LISTED]],
        )  # fmt: skip


def _example(row: Row, suspect: Suspect) -> Example:
    return Example(row.place, text_of(row), f"{label_of(row)}, likely {suspect.likely} (margin {suspect.margin:.2f})")
