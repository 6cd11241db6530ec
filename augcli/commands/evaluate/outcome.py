"""What an evaluation found: scores of all arms, their differences to repetition, and one sentence that says it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from math import isfinite
from typing import Any

from augcli.commands.evaluate.arms import Arm, Augmentation, Kind
from augcli.commands.evaluate.data import Data
from augcli.commands.evaluate.fits import Fit
from augcli.commands.evaluate.statistics import LEVEL, Difference, holm, over_draws, over_folds

REPEAT = "repeat"


@dataclass
class Score:
    """How well a model did after training on the rows of an arm."""

    model: str
    arm: str
    kind: Kind
    size: int
    """Labelled rows that were drawn, of which those that were tested on in folds are no part of the training."""
    trained: float
    """Rows trained on, on average."""
    accuracy: float
    """Percent of the tested rows, as all that follows but log_loss."""
    macro_f1: float
    log_loss: float
    recalls: dict[str, float]
    """By label."""
    gain: Difference | None = None
    """In accuracy, over `repeat` on the same splits; None for `repeat` itself."""
    log_loss_gain: Difference | None = None
    """How much lower the log-loss is than that of `repeat`."""
    adjusted_p: float | None = None
    """Of the gain, adjusted for the number of configs, models and sizes (Holm)."""
    settings: list[dict[str, Any]] = field(default_factory=list)
    """What was chosen on each split."""
    course: dict[str, Any] | None = None
    """How the training on the first split went, where a model learns in updates."""
    findings: dict[str, int] = field(default_factory=dict)
    """What went wrong in trainings, with what to try, and in how many."""
    empty: int = 0
    """Splits on which a config made no variant."""


@dataclass
class Finding:
    """All scores of a model at a size, and what they say."""

    model: str
    size: int
    scores: list[Score]
    luck: float
    """The largest gain of a placebo."""
    sentence: str
    helps: str | None = None
    """The config that surely helps most."""
    remarks: list[str] = field(default_factory=list)
    """What else there is to say: what the gain is worth, and what went wrong in trainings."""


@dataclass
class Evaluation:
    """The whole outcome."""

    rows: int
    tests: int | None
    left_out: int
    repeats: int
    splits: int
    seed: int
    findings: list[Finding]
    notes: list[str]

    def below(self, least: float) -> str | None:
        """Why no config surely helps by `least` points; None where one does."""
        helping = [
            (score.gain.low, f"that of {score.arm} for the {finding.model} model at {finding.size:,} rows begins at")
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
    if isinstance(value, Difference):
        return {key: _finite(one) for key, one in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def findings(data: Data, arms: Sequence[Arm], fits: Sequence[Fit], seed: int) -> list[Finding]:
    """What the fits say, by model and size."""
    by_place: dict[tuple[str, int], dict[str, list[Fit]]] = defaultdict(lambda: defaultdict(list))
    for fit in fits:
        by_place[fit.model, fit.split.size][fit.arm].append(fit)
    scored = {place: _scores(data, arms, some, seed) for place, some in by_place.items()}
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
            yield f"{score.arm} hurts the {model} model: {gain.mean:+.1f} points ({gain.low:+.1f} to {gain.high:+.1f})."
        if score.empty:
            yield f"{score.arm} made no variant in {score.empty} of {splits} splits: all were rejected or unchanged."
        for said, number in score.findings.items():
            yield f"{score.arm}, {number} of {splits} trainings: {said}"


def _worth(finding: Finding, curve: Sequence[Finding]) -> Iterator[str]:
    """How many more rows would bring `repeat` as far as a config that helps, between two sizes of its curve."""
    reached = next((score.accuracy for score in finding.scores if score.arm == finding.helps), None)
    points = sorted((other.size, score.accuracy) for other in curve for score in other.scores if score.arm == REPEAT)
    for (size, accuracy), (larger, higher) in pairwise(points):
        if reached is not None and size >= finding.size and accuracy <= reached <= higher and higher > accuracy:
            share = (reached - accuracy) / (higher - accuracy)
            rows = round(size * (larger / size) ** share) - finding.size
            yield f"On the learning curve of repetition, {finding.helps} is worth about {rows:,} more labelled rows."
            return


def _scores(data: Data, arms: Sequence[Arm], fits: Mapping[str, Sequence[Fit]], seed: int) -> list[Score]:
    """The scores of all arms for a model at a size, with their gains."""
    scores = [_score(data, arm, fits[arm.name]) for arm in arms]
    for score in scores:
        if score.arm != REPEAT:
            score.gain = _gain(data, fits[score.arm], fits[REPEAT], _right, 100.0, seed)
            score.log_loss_gain = _gain(data, fits[score.arm], fits[REPEAT], _log_likelihoods, 1.0, seed)
    return scores


def _finding(model: str, size: int, scores: list[Score]) -> Finding:
    configs = [score for score in scores if score.kind == "config"]
    luck = max((score.gain.mean for score in scores if score.kind == "placebo" and score.gain), default=0.0)
    best = max(configs, key=lambda score: score.gain.mean if score.gain else 0.0)
    assert best.gain
    bare = next((score.accuracy for score in scores if score.kind == "none"), 0.0)
    sure = best.gain.low > 0 and (best.adjusted_p or 0.0) < 1 - LEVEL
    helps = sure and best.gain.mean > luck and best.accuracy > bare
    sentence = _sentence(model, size, best, best.gain, len(configs), luck, helps=helps)
    return Finding(model, size, scores, luck, sentence, best.arm if helps else None, [*_remarks(model, scores)])


def _score(data: Data, arm: Arm, fits: Sequence[Fit]) -> Score:
    import numpy as np
    from sklearn.metrics import f1_score, recall_score

    truths = [[row.label for row in data.tested_rows(fit.split)] for fit in fits]
    names = sorted({label for truth in truths for label in truth})
    by_label = [
        recall_score(truth, fit.predicted, labels=names, average=None, zero_division=np.nan)
        for fit, truth in zip(fits, truths, strict=True)
    ]
    f1 = [
        f1_score(truth, fit.predicted, labels=sorted({*truth}), average="macro", zero_division=0)
        for fit, truth in zip(fits, truths, strict=True)
    ]
    return Score(
        fits[0].model,
        arm.name,
        arm.kind,
        fits[0].split.size,
        float(np.mean([fit.rows for fit in fits])),
        100 * float(np.mean([_right(fit, truth).mean() for fit, truth in zip(fits, truths, strict=True)])),
        100 * float(np.mean(f1)),
        -float(np.mean([_log_likelihoods(fit, truth).mean() for fit, truth in zip(fits, truths, strict=True)])),
        dict(zip(names, (100 * np.nanmean(by_label, axis=0)).tolist(), strict=True)),
        settings=[fit.settings for fit in fits],
        course=fits[0].course if fits[0].course and fits[0].course["epochs"] else None,
        findings=dict(Counter(said for fit, truth in zip(fits, truths, strict=True) for said in _faults(fit, truth))),
        empty=sum(not fit.variants for fit in fits) if isinstance(arm, Augmentation) else 0,
    )


def _faults(fit: Fit, truth: Sequence[str]) -> Iterator[str]:
    """What went wrong in a training."""
    found = (fit.course or {}).get("findings", ())
    yield from found
    if not found and len({*fit.predicted}) == 1 < len({*truth}):
        yield "it predicts one label for all tested rows; look whether the labels fit their texts"


def _right(fit: Fit, truth: Sequence[str]) -> Any:
    import numpy as np

    return np.array([said == label for said, label in zip(fit.predicted, truth, strict=True)], float)


def _log_likelihoods(fit: Fit, truth: Sequence[str]) -> Any:
    import numpy as np

    return np.log(fit.likely)


def _gain(data: Data, fits: Sequence[Fit], others: Sequence[Fit], measure: Any, unit: float, seed: int) -> Difference:
    """The difference of two arms on the same splits."""
    import numpy as np

    differences = []
    for fit, other in zip(fits, others, strict=True):
        assert fit.order == other.order
        truth = [row.label for row in data.tested_rows(fit.split)]
        differences.append(unit * (measure(fit, truth) - measure(other, truth)))
    if data.tests is not None:
        return over_draws(np.stack(differences), seed)
    split, rows = fits[0].split, np.concatenate(differences)
    least = float(np.sqrt(max((rows**2).mean(), unit**2 / len(rows)) / len(split.tested))) if measure is _right else 0.0
    if not rows.any():
        least = 0.0
    return over_folds([float(one.mean()) for one in differences], len(split.tested) / len(split.training), least)


def _sentence(model: str, size: int, best: Score, gain: Difference, configs: int, luck: float, *, helps: bool) -> str:
    """What a model at a size gains, said in words."""
    between = f"{gain.low:+.1f} to {gain.high:+.1f}"
    if helps:
        of = f", best of {configs}," if configs > 1 else ""
        by = f"{gain.mean:.1f} points ({between})"
        return f"{best.arm}{of} helps the {model} model by {by} over repetition at {size:,} rows."
    if gain.high < 0:
        return f"{best.arm} hurts the {model} model by {-gain.mean:.1f} points ({between}) at {size:,} rows."
    of = f"Best of {configs}: {best.arm}" if configs > 1 else best.arm
    return (
        f"The {model} model at {size:,} rows: no gain that this data can show. {of} {gain.mean:+.1f} points "
        f"({between}); the best placebo reached {luck:+.1f}; below {gain.visible:.1f} nothing can be seen."
    )


def table(finding: Finding) -> Iterator[list[str]]:
    """The scores of a finding as rows of text."""
    for score in finding.scores:
        gain = score.gain
        interval = f"{gain.low:+.1f} to {gain.high:+.1f}" if gain and isfinite(gain.low) else ""
        yield [
            score.arm, f"{score.trained:,.0f}", f"{score.accuracy:.1f}", f"{score.macro_f1:.1f}",
            f"{score.log_loss:.3f}", f"{gain.mean:+.1f}" if gain else "", interval,
        ]  # fmt: skip
