"""An inspection as one HTML page that needs no network: findings, and plots of labels and lengths as inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from markupsafe import Markup

from augcli.commands.inspect.command import Inspection
from augcli.commands.inspect.findings import EXAMPLES, Level, counted
from augcli.io.files.atomic import write_whole
from augcli.report import plots
from augcli.report.templates import environment

LABELS = 40
"""Labels that are plotted; the others are told as a number."""
_LISTED = 25
"""Examples of one finding that are shown."""
_COVER = ("90%", "95%", "99%")


def write_page(found: Inspection, path: Path) -> None:
    """Write the page, whole or not at all."""
    write_whole(path, page(found).encode("utf-8", "replace"))


def page(found: Inspection) -> str:
    """The page. Texts in it are data that nobody vouches for: all are escaped."""
    return environment().get_template("commands/inspect/page.html.j2").render(
        found=found,
        title=Path(found.data.sources[0].name).name,
        verdict=_verdict(found),
        levels={level: found.count(level) for level in Level},
        document=found.document(),
        labels=_labels(found.labels) if found.labels else None,
        lengths={unit: _lengths(unit, values, found.lengths[unit]) for unit, values in found.series.items()},
        listed=_LISTED,
        shown=EXAMPLES,
    )  # fmt: skip


def _verdict(found: Inspection) -> str:
    """What the findings come to."""
    faults, warnings = found.count(Level.fault), found.count(Level.warning)
    if faults:
        return f"Not fit for use yet: {counted(faults, 'fault')} to fix first."
    return f"No fault, but {counted(warnings, 'warning')} to look at." if warnings else "Nothing is wrong."


def _labels(labels: Mapping[str, int]) -> Markup:
    """Rows by label, the commonest above."""
    names = [plots.cut(label, 24) or "(empty)" for label in islice(labels, LABELS)]
    counts = list(islice(labels.values(), LABELS))

    def draw(axes: Any) -> None:
        axes.barh(range(len(names)), counts, color=plots.AFTER, height=0.7)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlabel("rows")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(axis="x")
        axes.tick_params(length=0)

    return plots.plot(draw, 0.6 + 0.21 * len(names), left=0.05 + plots.LETTER * max(map(plots.width, names)))


def _lengths(unit: str, values: Sequence[int], told: Mapping[str, float]) -> Markup:
    """How many rows are how long; the longest hundredth stands in the last bar."""
    last = max(told["99%"], 1)

    def draw(axes: Any) -> None:
        bins = int(min(30, last))
        axes.hist([min(value, last) for value in values], bins=bins, range=(0, last), color=plots.AFTER, rwidth=0.92)
        for name in _COVER:
            axes.axvline(told[name], color=plots.MARK, linewidth=1, linestyle=(0, (3, 2)))
        axes.set_xlabel(unit)
        axes.set_ylabel("rows")
        axes.grid(axis="y")

    return plots.plot(draw, 2.3, left=0.14)
