"""The report as one HTML page that needs no network: no scripts, no fonts, plots as inline SVG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import yaml

from augcli.errors import DataError
from augcli.io.provenance import from_json
from augcli.report import plots
from augcli.report.cautions import cautions, counted, variants_of
from augcli.report.counts import length_bin
from augcli.report.diff import shorten, with_spans, word_diff
from augcli.report.highlights import LABEL
from augcli.report.templates import environment, without_folders

LABELS = 40
"""Labels shown one by one; the rest are added up."""
LISTED = 20
"""Dropped rows and failures shown."""
SHOWN_EXAMPLES = 12
"""Examples of one chain that are shown at once; the others unfold."""
BINS = 24
"""Most columns of a length plot, the open one at the end aside."""
SCORES = 30
"""Most columns of a plot of scores."""
PLOTTED = 200
"""Variants from which on there are plots: of fewer the numbers tell more."""
_LATER: Mapping[str, Any] = {"replacements": None, "diversity": None, "rejected": {}, "scores": {}, "label_words": None,
                             "spans_lost": 0, "services": {}}  # fmt: skip
"""What reports of earlier versions lack."""
_NEEDED = (
    "augcli", "signature", "run", "config", "inputs", "outputs", "rows", "dropped_rows", "remarks", "chains", "labels",
    "lengths", "edit_rates", "resources", "examples",
)  # fmt: skip
"""What no page can do without."""


def page(report: Mapping[str, Any], name: str = "report", plotted: int | None = None) -> str:
    """The report as HTML. Texts in it are data that nobody vouches for: all are escaped.

    Below `plotted` variants there are no plots. Raises DataError when the report, of this `name`, lacks what a page
    needs.
    """
    if lacking := [key for key in _NEEDED if key not in report]:
        raise DataError(
            f"{name}: it lacks {', '.join(lacking)}, so another version of augcli wrote it; run the config again"
        )
    return _page({**_LATER, **report}, PLOTTED if plotted is None else plotted)


def _page(report: dict[str, Any], plotted: int) -> str:
    report = report | {
        key: without_folders(report[key]) for key in ("config", "outputs", "resources", "remarks", "dropped_rows")
    }
    chains, drawn = report["chains"], report["rows"]["variants"] >= plotted
    warned = cautions(report)
    return environment().get_template("report/report.html.j2").render(
        report=report,
        title=Path(report["config"]["output"]["path"]).name,
        headline=_headline(report["rows"]),
        given_up=_given_up(chains),
        cautions=warned,
        label_words=_label_note(report["label_words"]) if report["label_words"] else "",
        ledger=_ledger(chains),
        replacements=_replacements(report["replacements"]),
        labels=_labels(report),
        edit_rates=_edit_rates(report["edit_rates"]["variants"], drawn=drawn),
        lengths=_lengths(report["lengths"]["before"], report["lengths"]["after"], drawn=drawn),
        yields=_yields(report["lengths"]),
        scores=[
            (f"{check}, chain {chain}", f"scores-{chain}-{check}", _scores(counts, drawn=drawn))
            for chain, scores in report["scores"].items()
            for check, counts in scores.items()
        ],
        examples={name: [_example(report, item) for item in items] for name, items in report["examples"].items()},
        rejected={name: [_example(report, item) for item in items] for name, items in report["rejected"].items()},
        failures=without_folders([reason for chain in chains.values() for reason in chain["failures"]]),
        config=yaml.safe_dump(report["config"], sort_keys=False, allow_unicode=True),
        resource_keys=list(dict.fromkeys(key for resource in report["resources"] for key in resource)),
        listed=LISTED,
        shown=SHOWN_EXAMPLES,
    )  # fmt: skip


def _headline(rows: dict[str, int]) -> str:
    parts = f"{counted(rows['originals'], 'original')} and {counted(rows['variants'], 'variant')}"
    return f"{counted(rows['read'], 'row')} in, {rows['written']:,} out: {parts}."


def _given_up(chains: dict[str, Any]) -> str:
    total = _total([_outcomes(chain["ledger"]) for chain in chains.values()])
    asked = total.total()
    lost = asked - total.pop("written", 0)
    if not asked:
        return "No variants were requested."
    if not lost:
        return (
            f"All {asked:,} requested variants were written." if asked > 1 else "The 1 requested variant was written."
        )
    words = {"duplicate": "duplicates"}
    told = [f"{number:,} {words.get(name, name) if number > 1 else name}" for name, number in total.items() if number]
    verb = "was" if lost == 1 else "were"
    return f"{lost:,} of {counted(asked, 'requested variant')} {verb} rejected: {', '.join(told)}."


def _label_note(words: dict[str, Any]) -> str:
    named = ", ".join(f"{found['word']} ({found['label']})" for found in words["strongest"])
    stayed = f"{counted(words['number'], 'word')} that carr{'ies' if words['number'] == 1 else 'y'} a label"
    return f"{stayed} stayed where steps replace words{': ' * bool(named)}{named}."


def _outcomes(ledger: dict[str, Any]) -> Counter[str]:
    """What became of the requested variants; the values add up to `asked`."""
    refused = {f"rejected by {check}": number for check, number in ledger["refused"].items()}
    return Counter(
        {name: ledger[name] for name in ("written", "unchanged", "duplicate")} | refused | {"failed": ledger["failed"]}
    )


def _total(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)  # unlike +, this keeps zeros
    failed = total.pop("failed", 0)
    return Counter({**total, "failed": failed})


def _ledger(chains: dict[str, Any]) -> dict[str, Any]:
    outcomes = {name: _outcomes(chain["ledger"]) for name, chain in chains.items()}
    total = _total(outcomes.values())
    kinds = {name: "refused" if name.startswith("rejected by ") else name for name in total}
    return {"outcomes": outcomes, "total": total, "kinds": kinds}


def _replacements(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """The replacements of each chain, step by step, and of each label; None where nothing was replaced."""
    if not found or not found["steps"]:
        return None
    chains: dict[str, list[dict[str, Any]]] = {}
    for entry in found["steps"]:
        chains.setdefault(entry["chain"], []).append(entry)
    return {"rows": found["rows"], "chains": chains, "labels": found["labels"]}


def _labels(report: dict[str, Any]) -> dict[str, Any]:
    column = report["config"]["input"]["label"]
    rows = [
        {"name": label[:LABEL], **counts, "variants": variants_of(report, counts), "requested": counts.get("requested")}
        for label, counts in report["labels"].items()
    ]
    rest = rows[LABELS:]
    return {
        "column": ", ".join(column) if isinstance(column, list) else column,
        "number": len(rows),
        "rows": rows[:LABELS],
        "yields": any(row["requested"] for row in rows),
        "top": max((number for row in rows for number in (row["before"], row["after"])), default=0) or 1,
        "rest": (len(rest), sum(row["before"] for row in rest), sum(row["after"] for row in rest)),
        "before": _extremes([row["before"] for row in rows]),
        "after": _extremes([row["after"] for row in rows]),
    }


def _extremes(counts: Sequence[int]) -> str:
    if not counts:
        return ""
    most, least = max(counts), min(counts)
    ratio = f" ({most / least:.1f} to 1)" if least else ""
    return f"largest {most:,}, smallest {least:,}{ratio}"


def _edit_rates(variants: dict[str, int], *, drawn: bool) -> dict[str, Any]:
    counts = {int(key): number for key, number in variants.items()}
    starts = range(0, max(counts, default=0) + 5, 5)
    names = [f"{start} to {start + 5} %" if start < 100 else "100 % or more" for start in starts]
    series = [("variants", "after", [counts.get(start, 0) for start in starts])]
    return _histogram(names, starts, series, "% of the characters", drawn=drawn)


def _lengths(before: dict[str, int], after: dict[str, int], *, drawn: bool) -> dict[str, Any]:
    series = [
        (name, kind, Counter({int(key): number for key, number in counts.items()}))
        for name, kind, counts in (("source rows", "before", before), ("variants", "after", after))
    ]
    both = series[0][2] + series[1][2]
    edges = _edges(both)
    bins: list[tuple[int, int | None]] = list(pairwise(edges))
    if max(both, default=0) >= edges[-1]:
        bins.append((edges[-1], None))
    return _histogram(
        [f"{start:,} to {end - 1:,}" if end else f"{start:,} or more" for start, end in bins],
        [start for start, _ in bins],
        [(name, kind, [_count_between(counts, *ends) for ends in bins]) for name, kind, counts in series],
        "characters",
        drawn=drawn,
    )


def _scores(counts: dict[str, int], *, drawn: bool) -> dict[str, Any]:
    """A column for each bin that has variants, and for those between; the last holds all above, if there are many."""
    found = Counter({float(key): number for key, number in counts.items()})
    keys = sorted(found)
    width = min((later - key for key, later in pairwise(keys)), default=1.0)
    first, columns = keys[0], min(SCORES, round((keys[-1] - keys[0]) / width) + 1)
    starts = [round(first + width * number, 4) for number in range(columns)]
    last = [f"{starts[-1]:g} or more"] if keys[-1] > starts[-1] else [f"from {starts[-1]:g}"]
    numbers = [0] * columns
    for key, number in found.items():
        numbers[min(columns - 1, round((key - first) / width))] += number
    names = [f"{start:g} to {end:g}" for start, end in pairwise(starts)] + last
    return _histogram(names, starts, [("variants", "after", numbers)], "score", drawn=drawn)


def _yields(lengths: dict[str, dict[str, int]]) -> list[tuple[str, float]]:
    """The variants for each row: of about a quarter of the rows, the shortest, of the half between, of the longest."""
    rows, variants = (
        Counter({int(key): number for key, number in lengths[name].items()})
        for name in ("before", "variants_by_source")
    )
    keys, edges, done = sorted(rows), [0], 0
    for key, following in pairwise(keys):
        done += rows[key]
        if len(edges) < 3 and 4 * done >= (2 * len(edges) - 1) * rows.total():
            edges.append(following)
    found = []
    for start, end in pairwise([*edges, None]):
        count = _count_between(rows, start or 0, end)
        name = f"from {start:,} characters on" if end is None else f"below {end:,}"
        if count and len(edges) > 1:
            found.append((name, _count_between(variants, start or 0, end) / count))
    return found


def _count_between(counts: Counter[int], start: int, end: int | None) -> int:
    return sum(number for key, number in counts.items() if start <= key and (end is None or key < end))


def _edges(counts: Counter[int]) -> list[int]:
    """Edges of at most `BINS` equal bins that hold all but the longest 1 %; each is an edge of the bins counted in."""
    left, last = 0.01 * counts.total(), max(counts, default=0)
    for key in sorted(counts, reverse=True):
        last = key
        left -= counts[key]
        if left < 0:
            break
    least = min(counts, default=0)
    widths = (step * 10**power for power in count(1) for step in (1, 2, 5))
    tried = (range(least // width * width, last // width * width + width + 1, width) for width in widths)
    fits = (edges for edges in tried if len(edges) <= BINS + 1 and all(length_bin(edge) == edge for edge in edges))
    return list(next(fits))


def _histogram(
    names: list[str], starts: Sequence[float], series: list[tuple[str, str, list[int]]], unit: str, *, drawn: bool
) -> dict[str, Any]:
    """Columns that begin at `starts`: their names and numbers, and if it is to be drawn, a plot of the shares."""
    some = [(name, kind, counts, sum(counts)) for name, kind, counts in series if any(counts)]
    shares = [(name, [100 * number / total for number in counts]) for name, _, counts, total in some]
    return {
        "names": names,
        "series": [
            {"name": name, "kind": kind, "counts": counts, "total": total, "median": _median(names, counts)}
            for name, kind, counts, total in some
        ],
        "figure": plots.histogram(starts, shares, unit) if drawn and shares else None,
    }


def _median(names: list[str], counts: list[int]) -> str:
    done = 0
    for name, number in zip(names, counts, strict=True):
        done += number
        if number and 2 * done >= sum(counts):
            return name
    return "–"


def _example(report: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    told = report["config"]["input"]["text"]
    names = told if isinstance(told, list) else [""]
    if len(names) != len(example["before"]):  # paths of which a row may have several texts
        names = [f"text {number + 1}" for number in range(len(example["before"]))]
    steps = from_json(example["steps"])
    nothing: list[list[Any]] = [[] for _ in names]
    before, after = (spans or nothing for spans in example.get("spans", (nothing, nothing)))
    columns = []
    for column, text in enumerate(example["before"]):
        parts = word_diff(text, [step.edits for step in steps if step.column == column])
        columns.append({"name": names[column], "pieces": shorten(with_spans(parts, before[column], after[column]))})
    edits: Counter[str] = Counter()
    for step in steps:
        edits[step.step] += len(step.edits)
    return {"label": "", "scores": {}, **example, "columns": columns, "edits": edits}
