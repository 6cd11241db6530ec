"""An evaluation as one HTML page that needs no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from math import floor, isfinite, log10
from typing import Any, NamedTuple

from markupsafe import Markup

from augcli.commands.evaluate.outcome import Choice, Evaluation, Finding, model_called
from augcli.commands.evaluate.scores import REPEAT, Score
from augcli.report.plots import AFTER, BEFORE, DUPLICATE, LETTER, LINE, MARK, MUTED, REFUSED, cut, plot, width
from augcli.report.templates import environment

_LABELS = 40
_ORDER = ("config", "yardstick", "none", "placebo")
_COLOURS = (AFTER, MARK, REFUSED, DUPLICATE)
"""Of the curves of the first configs; those of more are grey."""
_NAME = 18
"""Letters of a name beside a curve."""


def page(outcome: Evaluation, names: Sequence[str], networks: Mapping[str, Mapping[str, Any]]) -> str:
    """The page of an evaluation of configs with these `names`; `networks` are the settings of models that have some."""
    findings = outcome.findings
    return environment().get_template("commands/evaluate/page.html.j2").render(
        outcome=outcome,
        names=names,
        headline=_headline(findings),
        notes=[f"{note[:1].upper()}{note[1:]}." for note in outcome.notes],
        best=[_best(finding) for finding in findings],
        verdicts=[_verdict(finding) for finding in findings],
        intervals=[_intervals(finding) for finding in findings],
        curves={model: _curve(model, findings) for model in dict.fromkeys(finding.model for finding in findings)},
        race=_race(outcome.choice),
        recalls=[_recalls(finding) for finding in findings],
        courses=[_courses(finding) for finding in findings],
        choices=[_choices(finding) for finding in findings],
        networks=networks,
        p_value=_p_value,
        signed=partial(_points, "+.1f"),
        unsigned=partial(_points, ".1f"),
        cut=cut,
    )  # fmt: skip


def _headline(findings: Sequence[Finding]) -> str:
    """The outcome in a few words."""
    helping = [finding for finding in findings if finding.helps]
    if not helping:
        return "No gain that this data can show" + f", in {len(findings)} comparisons" * (len(findings) > 1)
    if len(findings) == 1:
        return f"{helping[0].helps} helps {model_called(helping[0].model)}"
    names = [*dict.fromkeys(finding.helps for finding in helping if finding.helps)]
    named = " and ".join(names) if len(names) < 3 else f"{len(names)} configs"
    return f"{named} help{'s' * (len(names) == 1)} in {len(helping)} of {len(findings)} comparisons"


def _best(finding: Finding) -> Score:
    return next(score for score in finding.scores if score.arm == finding.best)


def _verdict(finding: Finding) -> str:
    if finding.helps:
        return "helps"
    gain = _best(finding).gain
    return "hurts" if gain and gain.high < 0 else "no gain shown"


def _points(form: str, value: float | None) -> str:
    """A number of points; a dash for none, and for one without end, as a single split has."""
    return f"{round(value, 1) + 0.0:{form}}" if value is not None and isfinite(value) else "–"


def _p_value(value: float | None) -> str:
    if value is None:
        return ""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


class _Interval(NamedTuple):
    """A gain as it is drawn: places in percent of the axis."""

    score: Score
    mean: float
    low: float | None
    high: float | None


class _Axis(NamedTuple):
    """All gains of a finding on one axis, and the axis."""

    intervals: Sequence[_Interval]
    zero: float
    ticks: Sequence[tuple[float, str]]


def _intervals(finding: Finding) -> _Axis:
    """The gain of each arm over repetition with its interval, configs first."""
    scores = sorted((score for score in finding.scores if score.gain), key=lambda score: _ORDER.index(score.kind))
    ends = [end for score in scores if score.gain for end in score.gain[:3] if isfinite(end)]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    room = 0.06 * (high - low) or 1.0
    low, high = low - room, high + room

    def place(value: float) -> float:
        return round(100 * (value - low) / (high - low), 2)

    intervals = []
    for score in scores:
        assert score.gain
        known = isfinite(score.gain.low)
        ends_of = (place(score.gain.low), place(score.gain.high)) if known else (None, None)
        intervals.append(_Interval(score, place(score.gain.mean), *ends_of))
    return _Axis(intervals, place(0), [(place(tick), f"{tick:+g}" if tick else "0") for tick in _ticks(low, high)])


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between two, three to six of them, 0 among them."""
    rough = (high - low) / 5
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [round(at * step, 6) for at in range(-int(-low // step), int(high // step) + 1)]


def _courses(finding: Finding) -> list[tuple[str, Markup]]:
    """Losses and gradients over the first training of repetition and of each config, where there are any."""
    found = []
    for score in finding.scores:
        if score.course and score.kind in ("repeat", "config"):
            epochs = score.course["epochs"]
            losses = {
                "training": [one["training_loss"] for one in epochs],
                "validation": [one["validation"]["loss"] for one in epochs],
            }
            norms = {"largest gradient norm": [one["gradient_norm"] for one in epochs]}
            found += [(f"{score.arm}: loss", _lines(losses)), (f"{score.arm}: gradients", _lines(norms))]
    return found


def _lines(courses: Mapping[str, Sequence[float]]) -> Markup:
    def draw(axes: Any) -> None:
        for (name, values), colour in zip(courses.items(), (AFTER, MARK), strict=False):
            axes.plot(range(1, len(values) + 1), values, color=colour, label=name, marker="o", markersize=3)
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        axes.legend(frameon=False, labelcolor=MUTED)

    return plot(draw, 2.2, left=0.12)


def _curve(model: str, findings: Sequence[Finding]) -> Markup | None:
    """Accuracy or F1 by the number of labelled rows; None for a single number."""
    some = [finding for finding in findings if finding.model == model]
    if len(some) < 2:
        return None
    sizes = [finding.size for finding in some]
    curves = {
        score.arm: [other.value for finding in some for other in finding.scores if other.arm == score.arm]
        for score in some[0].scores
        if score.kind in ("repeat", "config")
    }
    names = [cut(arm, _NAME) for arm in curves]
    colours = [*_COLOURS, *[MUTED] * len(curves)]
    height = 2.2 + 0.19 * max(0, len(curves) - 9)

    def draw(axes: Any) -> None:
        drawn = []
        for arm, accuracies in curves.items():
            colour = BEFORE if arm == REPEAT else colours.pop(0)
            style = "--" if arm == REPEAT else "-"
            axes.plot(sizes, accuracies, marker="o", markersize=4, color=colour, linestyle=style, clip_on=False)
            drawn.append(colour)
        low, high = axes.get_ylim()
        ends = [(accuracies[-1] - low) / (high - low) for accuracies in curves.values()]
        for name, end, place, colour in zip(names, ends, _apart(ends, 0.19 / (height - 0.58)), drawn, strict=True):
            axes.annotate(
                name, (1, end), (1.04, place), "axes fraction", "axes fraction", va="center", color=colour,
                annotation_clip=False, arrowprops={"arrowstyle": "-", "color": LINE, "shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip
        axes.margins(x=0)
        axes.set_xlim(sizes[0], sizes[-1])
        axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.set_xlabel("labelled rows")
        axes.set_ylabel(f"{some[0].measure}, %")
        axes.grid(axis="y")

    return plot(draw, height, left=0.14, right=0.94 - LETTER * max(map(width, names)))


def _apart(places: Sequence[float], least: float) -> list[float]:
    """The places moved so little that each is at least so far from the next, in their order, none above 1."""
    order = sorted(range(len(places)), key=lambda at: places[at])
    moved = [*places]
    lowest = -1.0
    for at in order:
        lowest = moved[at] = max(places[at], lowest + least)
    highest = 1 + least
    for at in reversed(order):
        highest = moved[at] = min(moved[at], highest - least)
    return moved


def _recalls(finding: Finding) -> list[tuple[str, float, list[float]]]:
    """Each label with its recall after repetition, and by how much each config changes it; the largest change first."""
    repeat = next(score for score in finding.scores if score.arm == REPEAT)
    configs = _configs(finding)
    rows = [
        (label, recall, [score.recalls[label] - recall for score in configs])
        for label, recall in repeat.recalls.items()
    ]
    return sorted(rows, key=lambda row: -max(map(abs, row[2]), default=0))[:_LABELS]


def _race(choice: Choice | None) -> list[tuple[str, list[float | None]]]:
    """Each config of a race with its log-loss at each rung; None where it took no part any more."""
    if choice is None:
        return []
    names = [*dict.fromkeys(name for rung in reversed(choice.rungs) for name in rung)]
    return [(name, [rung.get(name) for rung in choice.rungs]) for name in names]


def _choices(finding: Finding) -> dict[str, dict[str, str]]:
    """By setting and arm, what was chosen on the splits, and on how many."""
    keys = dict.fromkeys(key for score in finding.scores for settings in score.settings for key in settings)
    return {
        key: {score.arm: _counted(some[key] for some in score.settings if key in some) for score in finding.scores}
        for key in keys
    }


def _counted(values: Iterable[Any]) -> str:
    """Values with how often each is there, the commonest first: 300 (7), 1000 (3)."""
    told = Counter(f"{value:g}" if isinstance(value, float) else str(value) for value in values)
    return ", ".join(f"{value} ({number})" for value, number in told.most_common())


def _configs(finding: Finding) -> list[Score]:
    return [score for score in finding.scores if score.kind == "config"]
