"""The report of a training as one HTML page that needs no network."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from markupsafe import Markup

from augcli.report import plots
from augcli.report.templates import environment, without_folders

Course: TypeAlias = Sequence[tuple[float, float]]
"""Step and value."""
_STYLES = ((plots.AFTER, "-"), (plots.BEFORE, "-"), (plots.MARK, "--"))
"""Of the first, second and third curve of a plot."""


def page(report: dict[str, Any]) -> str:
    """The report as HTML."""
    curve, measured = report["curve"], report["measured"]
    training = [(point["step"], math.exp(point["training_loss"])) for point in curve if point["training_loss"]]
    validation = [(point["step"], point["perplexity"]) for point in curve]
    unigram = [(point["step"], measured["unigram"]["perplexity"]) for point in (curve[0], curve[-1])]
    shares = {name: [(point["step"], 100 * point[name]) for point in curve] for name in ("top1", "top5")}
    return environment().get_template("commands/adapt/report.html.j2").render(
        report=report,
        title=Path(report["config"]["adapt"]["output"]).name,
        verdict=_verdict(measured),
        warnings=[f"{remark[:1].upper()}{remark[1:]}." for remark in report["remarks"]],
        perplexity=_plot("perplexity", {"validation": validation, "training": training, "unigram": unigram}, log=True),
        accuracy=_plot("%", {"top-1": shares["top1"], "top-5": shares["top5"]}),
        use=usage(report["config"]["adapt"]),
        config=yaml.safe_dump(without_folders(report["config"]), sort_keys=False, allow_unicode=True),
    )  # fmt: skip


def usage(settings: Mapping[str, Any]) -> str:
    """The section of a config that uses the model as it was trained."""
    step = {"model": settings["output"]} | ({"label": True} if settings["label"] else {})
    chain = {"variants": 2, "steps": [{"masked_lm": step}]}
    return yaml.safe_dump({"chains": {"paraphrase": chain}}, sort_keys=False, allow_unicode=True)


def _verdict(measured: Mapping[str, Mapping[str, float]]) -> str:
    """Whether the training was worth it."""
    before, after, unigram = (measured[name]["perplexity"] for name in ("before", "after", "unigram"))
    told = f"perplexity {before:,.1f} before, {after:,.1f} after"
    if after >= before:
        return f"The training did not help: {told}."
    if after >= unigram:
        return f"Not fit for use yet: {told}, and {unigram:,.1f} without looking at the sentence."
    return f"The model knows your texts better now: {told}."


def _plot(unit: str, courses: Mapping[str, Course], *, log: bool = False) -> Markup:
    """Curves over the steps."""
    from matplotlib.ticker import LogLocator, NullLocator

    def draw(axes: Any) -> None:
        for (name, course), (colour, style) in zip(courses.items(), _STYLES, strict=False):
            if course:
                axes.plot(*zip(*course, strict=True), style, color=colour, label=name, linewidth=1.6)
        if log:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
            axes.yaxis.set_major_formatter("{x:,g}")
            axes.yaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("steps")
        axes.set_ylabel(unit)
        axes.grid(axis="y")
        axes.legend(frameon=False, labelcolor=plots.MUTED)

    return plots.plot(draw, 2.4, left=0.15)
