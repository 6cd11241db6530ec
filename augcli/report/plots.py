"""Plots of reports as inline SVG, which take the colours of the page that they stand on."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

FOREGROUND, MUTED, LINE, BEFORE, AFTER, MARK = "#010101", "#020202", "#030303", "#040404", "#050505", "#060606"
"""Colours that stand for those of the page, which are others where it is dark."""
_VARIABLES = {
    FOREGROUND: "--fg", MUTED: "--muted", LINE: "--line", BEFORE: "--before", AFTER: "--after", MARK: "--failed",
}  # fmt: skip
_STYLE: Any = {
    "svg.fonttype": "none", "svg.hashsalt": "augcli", "font.family": "sans-serif", "font.size": 10,
    "text.color": FOREGROUND, "axes.labelcolor": MUTED, "axes.edgecolor": MUTED, "xtick.color": MUTED,
    "ytick.color": FOREGROUND, "grid.color": LINE, "axes.spines.top": False, "axes.spines.right": False,
    "axes.axisbelow": True, "text.parse_math": False,
}  # fmt: skip


def plot(draw: Callable[[Any], None], height: float, *, left: float) -> Markup:
    """What `draw` makes of matplotlib's axes, as wide as its place on the page and `height` inches high for 4.8 wide.

    `left` is the share of the width that is left to the names of the vertical axis.
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
        figure.subplots_adjust(left=left, right=0.97, top=1 - 0.08 / height, bottom=0.5 / height)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<svg [^>]*?(viewBox="[^"]*")[^>]*>', r'<svg class="figure" \1>', svg, count=1)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return Markup(svg)
