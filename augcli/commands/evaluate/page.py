"""An evaluation as one HTML page that needs no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from markupsafe import Markup

from augcli.commands.evaluate.outcome import Evaluation, Finding, Score
from augcli.report.plots import AFTER, BEFORE, MARK, MUTED, plot
from augcli.report.templates import environment

_LABELS = 40


def page(outcome: Evaluation, names: Sequence[str]) -> str:
    """The page."""
    return environment().get_template("commands/evaluate/page.html.j2").render(
        outcome=outcome,
        names=names,
        gains=[_gains(finding) for finding in outcome.findings],
        curves={model: _curve(model, outcome.findings) for model in dict.fromkeys(f.model for f in outcome.findings)},
        recalls=[_recalls(finding) for finding in outcome.findings],
        courses=[_courses(finding) for finding in outcome.findings],
    )  # fmt: skip


def _gains(finding: Finding) -> Markup:
    """The gain of each arm over repetition, with its interval."""
    scores = [score for score in finding.scores if score.gain]

    def draw(axes: Any) -> None:
        axes.axvline(0, color=MUTED, linewidth=1)
        for at, score in enumerate(scores):
            assert score.gain
            colour = AFTER if score.kind == "config" else BEFORE
            if isfinite(score.gain.low):
                axes.plot([score.gain.low, score.gain.high], [at, at], color=colour, linewidth=2)
            axes.plot([score.gain.mean], [at], "o", color=colour, markersize=6)
        axes.set_yticks(range(len(scores)), [score.arm for score in scores])
        axes.set_ylim(len(scores) - 0.4, -0.6)
        axes.set_xlabel("points of accuracy over repetition, with 90 % intervals")
        axes.grid(axis="x")
        axes.tick_params(length=0)

    return plot(draw, 0.7 + 0.27 * len(scores), left=0.06 + 0.0165 * max(len(score.arm) for score in scores))


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
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        axes.legend(frameon=False, labelcolor=MUTED)

    return plot(draw, 2.2, left=0.12)


def _curve(model: str, findings: Sequence[Finding]) -> Markup | None:
    """Accuracy by the number of labelled rows; None for a single number."""
    some = [finding for finding in findings if finding.model == model]
    if len(some) < 2:
        return None
    arms = [score.arm for score in some[0].scores if score.kind in ("repeat", "config")]

    def draw(axes: Any) -> None:
        for arm in arms:
            points = [
                (finding.size, score.accuracy) for finding in some for score in finding.scores if score.arm == arm
            ]
            style = {"color": BEFORE, "linestyle": "--"} if arm == "repeat" else {"color": AFTER}
            axes.plot(*zip(*points, strict=True), marker="o", markersize=4, label=arm, **style)
            axes.annotate(arm, points[-1], xytext=(-4, -12), textcoords="offset points", ha="right", color=MUTED)
        axes.set_xscale("log")
        axes.set_xticks([finding.size for finding in some], [f"{finding.size:,}" for finding in some])
        axes.minorticks_off()
        axes.set_xlabel("labelled rows")
        axes.set_ylabel("accuracy, %")
        axes.grid(axis="y")

    return plot(draw, 2.6, left=0.14)


def _recalls(finding: Finding) -> list[tuple[str, float, list[float]]]:
    """Each label with its recall after repetition, and by how much each config changes it; the largest change first."""
    repeat = next(score for score in finding.scores if score.arm == "repeat")
    configs = _configs(finding)
    rows = [
        (label, recall, [score.recalls[label] - recall for score in configs])
        for label, recall in repeat.recalls.items()
    ]
    return sorted(rows, key=lambda row: -max(map(abs, row[2]), default=0))[:_LABELS]


def _configs(finding: Finding) -> list[Score]:
    return [score for score in finding.scores if score.kind == "config"]
