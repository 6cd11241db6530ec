"""Plots of reports as inline SVG, which take the colours of the page that they stand on."""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from augcli.report.templates import visible

FOREGROUND, MUTED, LINE, BEFORE, AFTER, MARK = "#010101", "#020202", "#030303", "#040404", "#050505", "#060606"
REFUSED, DUPLICATE = "#070707", "#080808"
"""Colours that stand for those of the page, which are others where it is dark."""
_VARIABLES = {
    FOREGROUND: "--fg", MUTED: "--muted", LINE: "--line", BEFORE: "--before", AFTER: "--after", MARK: "--failed",
    REFUSED: "--refused", DUPLICATE: "--duplicate",
}  # fmt: skip
_STYLE: Any = {
    "svg.fonttype": "none", "svg.hashsalt": "augcli", "font.family": "sans-serif", "font.size": 10,
    "text.color": FOREGROUND, "axes.labelcolor": MUTED, "axes.edgecolor": MUTED, "xtick.color": MUTED,
    "ytick.color": FOREGROUND, "grid.color": LINE, "axes.spines.top": False, "axes.spines.right": False,
    "axes.axisbelow": True, "text.parse_math": False,
}  # fmt: skip


LETTER = 0.0175
"""Width of a letter, as a share of that of a plot."""


def width(name: str) -> int:
    """How wide a name is drawn, in letters; those of Chinese, Japanese and Korean are two wide."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in name)


def cut(name: str, most: int) -> str:
    """A name in one line that is at most so many letters wide."""
    line: str = visible(" ".join(name.split()))
    if width(line) <= most:
        return line
    kept = 0
    while width(line[: kept + 1]) < most:
        kept += 1
    return f"{line[:kept]}…"


def histogram(starts: Sequence[float], series: Sequence[tuple[str, Sequence[float]]], unit: str) -> Markup:
    """Columns of shares in percent that begin at `starts`; of two series, the first is filled and the other a line."""
    width = starts[1] - starts[0] if len(starts) > 1 else 1.0
    edges = [*starts, starts[-1] + width]

    def draw(axes: Any) -> None:
        *behind, front = series
        for name, shares in behind:
            axes.stairs(shares, edges, fill=True, color=BEFORE, alpha=0.7, label=name)
        axes.stairs(front[1], edges, fill=not behind, color=AFTER, linewidth=1.6, label=front[0])
        axes.set_xlim(edges[0], edges[-1])
        axes.set_ylim(bottom=0)
        axes.set_xlabel(unit)
        axes.set_ylabel("%")
        axes.grid(axis="y")
        if behind:
            axes.legend(frameon=False, labelcolor=MUTED)

    return plot(draw, 2.1, left=0.12)


def plot(draw: Callable[[Any], None], height: float, *, left: float, right: float = 0.97) -> Markup:
    """What `draw` makes of matplotlib's axes, as wide as its place on the page and `height` inches high for 4.8 wide.

    From `left` to `right`, shares of the width, reach the axes; names stand beside them.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # the browser has them
        figure = Figure(figsize=(4.8, height), layout=None)
        FigureCanvasSVG(figure)
        axes = figure.subplots()
        axes.set_facecolor("none")
        draw(axes)
        figure.subplots_adjust(left=left, right=right, top=1 - 0.08 / height, bottom=0.5 / height)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    unused = r'<(metadata|style|clipPath)\b.*?</\1>| clip-path="[^"]*"| id="(?!m[0-9a-f]{10}")[^"]*"'
    svg = re.sub(unused, "", svg, flags=re.DOTALL)
    svg = re.sub(r'<svg [^>]*?(viewBox="[^"]*")[^>]*>', r'<svg class="figure" \1>', svg, count=1)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return Markup(svg)
