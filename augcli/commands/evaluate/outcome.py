"""What an evaluation found: scores of all arms, their differences to repetition, and one sentence that says it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from augcli.commands.evaluate.arms import Arm, Augmentation, Kind
from augcli.commands.evaluate.data import Data, Row
from augcli.commands.evaluate.fits import Fit
from augcli.commands.evaluate.statistics import LEVEL, Difference, holm, over_draws, over_folds
from augcli.models.linear import LINEAR
from augcli.models.taggers.entities import count_entities, entity_scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float64]

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
    accuracy: float | None
    """Of labels, percent of the tested rows, as all that follows but log_loss; None for entities."""
    f1: float | None
    """Of entities, strictly, by begin, end and type; None for labels."""
    macro_f1: float
    log_loss: float
    """Of labels, or of the tags of tokens."""
    recalls: dict[str, float]
    """By label, or type of entity."""
    gain: Difference | None = None
    """In accuracy or F1, over `repeat` on the same splits; None for `repeat` itself."""
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

    @property
    def value(self) -> float:
        """What gains are differences of."""
        return self.accuracy if self.accuracy is not None else self.f1 or 0.0


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


def _scores(data: Data, arms: Sequence[Arm], fits: Mapping[str, Sequence[Fit]], seed: int) -> list[Score]:
    """The scores of the arms that a model was trained on at a size, with their gains."""
    scores = [_score(data, arm, fits[arm.name]) for arm in arms if arm.name in fits]
    for score in scores:
        if score.arm != REPEAT:
            score.gain, score.log_loss_gain = gains(data, fits[score.arm], fits[REPEAT], seed)
    return scores


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


def _score(data: Data, arm: Arm, fits: Sequence[Fit]) -> Score:
    import numpy as np

    tested = [data.tested_rows(fit.split) for fit in fits]
    rates = [float(hits.sum() / max(most.sum(), 1)) for hits, most in map(_hits, fits, tested)]
    by_class = [_by_class(fit, rows, tagged=data.tagged) for fit, rows in zip(fits, tested, strict=True)]
    names = sorted({name for _, recalls in by_class for name in recalls})
    known = {name: [recalls[name] for _, recalls in by_class if name in recalls] for name in names}
    value = 100 * float(np.mean(rates))
    return Score(
        fits[0].model,
        arm.name,
        arm.kind,
        fits[0].split.size,
        float(np.mean([fit.rows for fit in fits])),
        None if data.tagged else value,
        value if data.tagged else None,
        100 * float(np.mean([f1 for f1, _ in by_class])),
        -float(np.mean([np.log(fit.likely).mean() for fit in fits])),
        {name: 100 * float(np.mean(recalls)) for name, recalls in known.items()},
        settings=[fit.settings for fit in fits],
        course=fits[0].course if fits[0].course and fits[0].course["epochs"] else None,
        findings=dict(Counter(said for fit, rows in zip(fits, tested, strict=True) for said in _faults(fit, rows))),
        empty=sum(not fit.variants for fit in fits) if isinstance(arm, Augmentation) else 0,
    )


def _by_class(fit: Fit, rows: Sequence[Row], *, tagged: bool) -> tuple[float, dict[str, float]]:
    """Macro F1, and recall by label or type of entity, of those that the tested rows have."""
    from sklearn.metrics import f1_score, recall_score

    if tagged:
        scores = entity_scores([row.tags for row in rows], [list(tags) for tags in fit.predicted])
        return scores.macro_f1, scores.recalls
    truth = [row.label for row in rows]
    names = sorted({*truth})
    recalls = recall_score(truth, fit.predicted, labels=names, average=None, zero_division=0)
    f1 = float(f1_score(truth, fit.predicted, labels=names, average="macro", zero_division=0))
    return f1, dict(zip(names, recalls.tolist(), strict=True))


def _faults(fit: Fit, rows: Sequence[Row]) -> Iterator[str]:
    """What went wrong in a training."""
    found = (fit.course or {}).get("findings", ())
    yield from found
    said = {*map(str, fit.predicted)}
    if not found and len(said) == 1 < len({row.said for row in rows}):
        yield "it predicts one label for all tested rows; look whether the labels fit their texts"


def _hits(fit: Fit, rows: Sequence[Row]) -> tuple[Numbers, Numbers]:
    """Of each row what was right and what could have been; all together they give accuracy, or the F1 of entities."""
    import numpy as np

    if not rows[0].tags:
        hits = [said == row.label for said, row in zip(fit.predicted, rows, strict=True)]
        return np.array(hits, float), np.ones(len(rows))
    counts = [count_entities(row.tags, said) for said, row in zip(fit.predicted, rows, strict=True)]
    return (
        np.array([2.0 * count.right for count in counts]),
        np.array([float(count.predicted + count.true) for count in counts]),
    )


def _influence(hits: Numbers, most: Numbers) -> Numbers:
    """What each row adds to the rate of hits: the mean is the rate, the variance that of the rate (delta method)."""
    if (most == 1).all():
        return hits
    rate = hits.sum() / max(most.sum(), 1)
    influence: Numbers = (hits - rate * most) / max(most.mean(), 1e-12) + rate
    return influence


def gains(data: Data, fits: Sequence[Fit], others: Sequence[Fit], seed: int) -> tuple[Difference, Difference]:
    """The differences of two arms on the same splits, in points of accuracy or F1 and in log-loss."""
    import numpy as np

    scores, losses, fewer_errors = [], [], []
    for fit, other in zip(fits, others, strict=True):
        assert fit.order == other.order
        rows = data.tested_rows(fit.split)
        ours, theirs = _hits(fit, rows), _hits(other, rows)
        scores.append(100 * (_influence(*ours) - _influence(*theirs)))
        losses.append(np.log(fit.likely) - np.log(other.likely))
        fewer_errors.append((theirs[1] - theirs[0]) - (ours[1] - ours[0]))
    if data.tests is not None:
        return (
            over_draws(np.stack(scores), np.stack(fewer_errors), seed, 100.0),
            over_draws(np.stack(losses), np.stack(losses), seed),
        )
    split, together = fits[0].split, np.concatenate(scores)
    least = float(np.sqrt(max((together**2).mean(), 1e4 / len(together)) / len(split.tested)))
    by_split = [[float(one.mean()) for one in some] for some in (scores, losses)]
    tested = len(split.tested) / len(split.training)
    return over_folds(by_split[0], tested, least), over_folds(by_split[1], tested)


def columns(finding: Finding) -> list[str]:
    """What `table` has columns of."""
    return ["arm", "rows", finding.measure, "macro F1", "log-loss", "gain", "90 % interval", "adjusted p"]


def table(finding: Finding) -> Iterator[list[str]]:
    """The scores of a finding as rows of text."""
    for score in finding.scores:
        gain = score.gain
        interval = f"{gain.low:+.1f} to {gain.high:+.1f}" if gain and isfinite(gain.low) else ""
        yield [
            score.arm, f"{score.trained:,.0f}", f"{score.value:.1f}", f"{score.macro_f1:.1f}",
            f"{score.log_loss:.3f}", f"{gain.mean:+.1f}" if gain else "", interval,
            "" if score.adjusted_p is None else f"{score.adjusted_p:.2f}",
        ]  # fmt: skip
