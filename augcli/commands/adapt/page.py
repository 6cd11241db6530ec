"""The report of a training as one HTML page that needs no network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from augcli.report.templates import environment

Course: TypeAlias = Sequence[tuple[float, float]]
"""Step and value."""
TICKS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A curve: its points in a square of 100 x 100, whose upper left corner is 0, 0."""

    name: str
    kind: str
    points: Sequence[tuple[float, float]]
    last: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Curves over the steps, with ticks: how far from the top or the left, and what they say."""

    lines: Sequence[Line]
    down: Sequence[tuple[float, str]]
    across: Sequence[tuple[float, str]]


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
        perplexity=_plot(
            {"validation": ("after", validation), "training": ("before", training), "unigram": ("failed", unigram)},
            logarithmic=True,
        ),
        accuracy=_plot({"top-1": ("after", shares["top1"]), "top-5": ("duplicate", shares["top5"])}, unit=" %"),
        config=yaml.safe_dump(report["config"], sort_keys=False, allow_unicode=True),
    )  # fmt: skip


def _plot(courses: dict[str, tuple[str, Course]], *, logarithmic: bool = False, unit: str = "") -> Plot:
    scale = math.log if logarithmic else float
    values = [value for _, course in courses.values() for _, value in course]
    last = max(step for _, course in courses.values() for step, _ in course) or 1
    ticks = _powers(min(values), max(values)) if logarithmic else _even(max(values))
    low, high = scale(min(*ticks, *values)), scale(max(*ticks, *values))

    def down(value: float) -> float:
        return round(100 * (high - scale(value)) / (high - low), 2)

    return Plot(
        [
            Line(name, kind, [(round(100 * step / last, 2), down(value)) for step, value in course],
                 f"{course[-1][1]:,.1f}{unit}")
            for name, (kind, course) in courses.items() if course
        ],
        [(down(tick), f"{tick:,g}{unit}") for tick in ticks],
        [(100 * step / last, f"{step:,}") for step in _even(last) if step <= last],
    )  # fmt: skip


def _powers(low: float, high: float) -> list[float]:
    """Round numbers around `low` to `high`, for a logarithmic scale: the next below, those between, the next above."""
    rounds = [mantissa * 10.0**power for power in range(0, 30) for mantissa in (1, 2, 5)]
    first = max(index for index, number in enumerate(rounds) if number <= max(low, 1))
    last = min((index for index, number in enumerate(rounds) if number >= high), default=len(rounds) - 1)
    between = range(first, max(last, first + 1) + 1)
    apart = -(-len(between) // TICKS)
    return [rounds[index] for index in between[::apart]]


def _even(high: float) -> list[int]:
    """0 and further round numbers up to `high` or just above."""
    widths = (mantissa * 10**power for power in count() for mantissa in (1, 2, 5))
    width = next(width for width in widths if high <= TICKS * width)
    return list(range(0, math.ceil(high / width) * width + 1, width))
