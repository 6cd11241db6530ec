"""What an evaluation found, and the sentences that say it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from math import isfinite
from typing import Any, NamedTuple

from augcli.commands.evaluate.arms import Arm
from augcli.commands.evaluate.data import Data
from augcli.commands.evaluate.fits import Fit
from augcli.commands.evaluate.scores import REPEAT, Score, scores_of
from augcli.commands.evaluate.statistics import LEVEL, Difference, holm
from augcli.models.linear import LINEAR


@dataclass
class Finding:
    """All scores of a model at a size, and what they say."""

    model: str
    size: int
    measure: str
    """What gains are points of: accuracy or F1."""
    scores: list[Score]
    luck: float | None
    """The largest gain of a placebo; None where there was none."""
    sentence: str
    best: str
    """The config with the largest gain."""
    helps: str | None = None
    """The config that surely helps most."""
    remarks: list[str] = field(default_factory=list)
    """What else there is to say: what the gain is worth, and what went wrong in trainings."""

    @property
    def repeated(self) -> float:
        """What repetition reaches."""
        return next(score.value for score in self.scores if score.arm == REPEAT)


class TestUse(NamedTuple):
    """A test file, and its use."""

    rows: int
    sha256: str
    """Of its texts and labels."""
    used: int
    """How many evaluations have used it, this one among them."""


@dataclass
class Choice:
    """How configs raced, and what the choice between them gains."""

    model: str
    size: int
    chosen: str
    rungs: list[dict[str, float]]
    """The mean log-loss of each config that took part in a rung, the best first."""
    picked: list[str]
    """What the same race chose on the training part of each split, which the gain is measured on."""
    gain: Difference | None
    """Of choosing, over `repeat`, on rows that had no part in it; None where a test file measures what was chosen."""
    sentence: str


@dataclass
class Evaluation:
    """The whole outcome."""

    headline: str
    """One sentence that says it, for the largest number of rows."""
    rows: int
    test: TestUse | None
    """Where rows of a file of their own were tested on."""
    left_out: int
    repeats: int
    splits: int
    seed: int
    findings: list[Finding]
    notes: list[str]
    choice: Choice | None = None

    def below(self, least: float) -> str | None:
        """Why no config surely helps by `least` points; None where one does."""
        if self.choice and self.choice.gain:
            low = self.choice.gain.low
            return None if low >= least else f"choosing surely gains {low:+.1f} points, not {least:g}"
        helping = [
            (
                score.gain.low,
                f"that of {score.arm} for {model_called(finding.model)} at {finding.size:,} rows begins at",
            )
            for finding in self.findings
            for score in finding.scores
            if score.arm == finding.helps and score.gain
        ]
        if not helping:
            return f"no config helps, so that no gain is surely at least {least:g} points"
        low, which = max(helping)
        return None if low >= least else f"no gain is surely at least {least:g} points: {which} {low:+.1f}"

    def document(self) -> dict[str, Any]:
        """The outcome as JSON has it: an interval without an end is null."""
        document: dict[str, Any] = _finite(asdict(self) | {"schema": 1})
        return document


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, Difference | TestUse):
        return {key: _finite(one) for key, one in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def findings(data: Data, arms: Sequence[Arm], fits: Sequence[Fit], seed: int) -> list[Finding]:
    """What the fits say, by model and size."""
    by_place: dict[tuple[str, int], dict[str, list[Fit]]] = defaultdict(lambda: defaultdict(list))
    for fit in fits:
        by_place[fit.model, fit.split.size][fit.arm].append(fit)
    scored = {place: scores_of(data, arms, some, seed) for place, some in by_place.items()}
    configs = [score for scores in scored.values() for score in scores if score.kind == "config"]
    for score, p in zip(configs, holm([score.gain.p for score in configs if score.gain]), strict=True):
        score.adjusted_p = p
    found = [_finding(model, size, scores) for (model, size), scores in scored.items()]
    for finding in found:
        finding.remarks += _worth(finding, [other for other in found if other.model == finding.model])
    return found


def _remarks(model: str, scores: Sequence[Score]) -> Iterator[str]:
    """Harm done by a config, arms that were empty, and what went wrong in trainings."""
    for score in scores:
        gain, splits = score.gain, len(score.settings)
        if score.kind == "config" and gain and gain.high < 0:
            between = f"{gain.low:+.1f} to {gain.high:+.1f}"
            yield f"{score.arm} hurts {model_called(model)}: {gain.mean:+.1f} points ({between})."
        if score.empty:
            yield f"{score.arm} made no variant in {score.empty} of {splits} splits: all were rejected or unchanged."
        for said, number in score.findings.items():
            yield f"{score.arm}, {number} of {splits} trainings: {said}"


def _worth(finding: Finding, curve: Sequence[Finding]) -> Iterator[str]:
    """How many more rows would bring `repeat` as far as a config that helps, between two sizes of its curve."""
    reached = next((score.value for score in finding.scores if score.arm == finding.helps), None)
    points = sorted((other.size, score.value) for other in curve for score in other.scores if score.arm == REPEAT)
    for (size, accuracy), (larger, higher) in pairwise(points):
        if reached is not None and size >= finding.size and accuracy <= reached <= higher and higher > accuracy:
            share = (reached - accuracy) / (higher - accuracy)
            rows = round(size * (larger / size) ** share) - finding.size
            yield f"On the learning curve of repetition, {finding.helps} is worth about {rows:,} more labelled rows."
            return


def _finding(model: str, size: int, scores: list[Score]) -> Finding:
    configs = [score for score in scores if score.kind == "config"]
    luck = max((score.gain.mean for score in scores if score.kind == "placebo" and score.gain), default=None)
    best = max(configs, key=lambda score: score.gain.mean if score.gain else 0.0)
    assert best.gain
    bare = next((score.value for score in scores if score.kind == "none"), 0.0)
    sure = best.gain.low > 0 and (best.adjusted_p or 0.0) < 1 - LEVEL
    helps = sure and best.gain.mean > (luck or 0.0) and best.value > bare
    finding = Finding(
        model, size, "accuracy" if best.f1 is None else "F1", scores, luck, "", best.arm,
        best.arm if helps else None, [*_remarks(model, scores)],
    )  # fmt: skip
    finding.sentence = _capital(_clause(finding, f" at {size:,} rows")) + "."
    return finding


def headline(found: Sequence[Finding]) -> str:
    """What all models say at the largest size, those that are helped first."""
    largest = max(finding.size for finding in found)
    some = sorted((finding for finding in found if finding.size == largest), key=lambda finding: finding.helps is None)
    where = [f" at {largest:,} rows", *[""] * (len(some) - 1)]
    return _capital("; ".join(map(_clause, some, where))) + "."


def _clause(finding: Finding, where: str) -> str:
    """What a model gains, said in words."""
    configs = sum(score.kind == "config" for score in finding.scores)
    gain = next(score.gain for score in finding.scores if score.arm == finding.best)
    assert gain
    called, between = model_called(finding.model), f"{gain.low:+.1f} to {gain.high:+.1f}"
    if all(score.empty == len(score.settings) for score in finding.scores if score.kind == "config"):
        return f"{called}{where}: nothing to measure, since no variant was made"
    of = f", best of {configs}," if configs > 1 else ""
    if finding.helps or gain.high < 0:
        what = "helps" if finding.helps else "hurts"
        points = f"{abs(gain.mean):.1f} points ({between})"
        return f"{finding.best}{of} {what} {called} by {points} over repetition{where}"
    name = f"best of {configs}: {finding.best}" if configs > 1 else finding.best
    luck = "" if finding.luck is None else f"; luck reached {finding.luck:+.1f}"
    return (
        f"{called}{where}: no gain that this data can show ({name} {gain.mean:+.1f}, {between}{luck}; "
        f"below {gain.visible:.1f} nothing can be seen)"
    )


def model_called(model: str) -> str:
    """What sentences call a model."""
    return "the linear model" if model == LINEAR else f"the {model}"


def _capital(sentence: str) -> str:
    return "T" + sentence[1:] if sentence.startswith("the ") else sentence
