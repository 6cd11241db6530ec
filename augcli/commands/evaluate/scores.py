"""How well models did after training on the rows of arms, and what they gained over repetition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from augcli.commands.evaluate.arms import Arm, Augmentation, Kind
from augcli.commands.evaluate.data import Data, Row
from augcli.commands.evaluate.fits import Fit
from augcli.commands.evaluate.statistics import Difference, over_draws, over_folds
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


def scores_of(data: Data, arms: Sequence[Arm], fits: Mapping[str, Sequence[Fit]], seed: int) -> list[Score]:
    """The scores of the arms that a model was trained on at a size, with their gains."""
    scores = [_score(data, arm, fits[arm.name]) for arm in arms if arm.name in fits]
    for score in scores:
        if score.arm != REPEAT:
            score.gain, score.log_loss_gain = gains(data, fits[score.arm], fits[REPEAT], seed)
    return scores


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
