"""The race between configs, and what choosing by it gains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from statistics import fmean

from augcli.commands.evaluate.arms import Arm, OfConfig, Repeat
from augcli.commands.evaluate.data import Data, Split, splits
from augcli.commands.evaluate.fits import Fit, Item
from augcli.commands.evaluate.fitter import Fitter
from augcli.commands.evaluate.outcome import Choice, model_called
from augcli.commands.evaluate.scores import gains
from augcli.commands.evaluate.statistics import standard_error
from augcli.config.sections import Evaluate

RUNGS = (range(1), range(1, 3))
"""The repeats that are added at each rung."""
_KEPT = 3 / 8
FINALISTS = 3
"""That the last rung leaves."""


@dataclass
class Race:
    """Configs that are tested on the same splits; at each rung the better ones go on (successive halving)."""

    model: str
    runners: list[OfConfig]
    splits: Sequence[Split]
    """Of folds of the rows that it may see."""
    fits: dict[str, list[Fit]] = field(default_factory=lambda: defaultdict(list))
    rungs: list[dict[str, float]] = field(default_factory=list)

    def items(self, repeats: range) -> list[Item]:
        """What a rung wants fitted."""
        some = [split for split in self.splits if split.repeat in repeats]
        return [Item(split, arm, (self.model,)) for split in some for arm in self.runners]

    def end_rung(self) -> None:
        """Leave out the worse runners by their mean log-loss, the least noisy measure, but keep FINALISTS."""
        losses = {runner.name: fmean(self._losses(runner.name)) for runner in self.runners}
        best = sorted(self.runners, key=lambda runner: losses[runner.name])
        self.rungs.append({runner.name: losses[runner.name] for runner in best})
        self.runners = best[: max(FINALISTS, ceil(_KEPT * len(best)))] if len(self.rungs) == 1 else best[:FINALISTS]

    def winner(self) -> OfConfig:
        """The runner that adds the fewest rows, of those within a standard error of the best (Breiman et al. 1984)."""
        best = self._losses(self.runners[0].name)
        share = len(self.splits[0].tested) / len(self.splits[0].training)

        def near(runner: OfConfig) -> bool:
            behind = [other - loss for other, loss in zip(self._losses(runner.name), best, strict=True)]
            return len(behind) < 2 or fmean(behind) <= standard_error(behind, share)

        some = [runner for runner in self.runners if near(runner)]
        return min(some, key=lambda runner: fmean([fit.rows for fit in self.fits[runner.name]]))

    def _losses(self, name: str) -> list[float]:
        import numpy as np

        fits = sorted(self.fits[name], key=lambda fit: fit.order)
        return [-float(np.log(fit.likely).mean()) for fit in fits]


def race(races: Sequence[Race], fitter: Fitter) -> None:
    """Let all races run, side by side."""
    for repeats in RUNGS:
        items = [(number, item) for number, one in enumerate(races) for item in one.items(repeats)]
        owners = {(item.split, item.arm.name): number for number, item in items}
        for fit in fitter([item for _, item in items]):
            races[owners[fit.split, fit.arm]].fits[fit.arm].append(fit)
        for one in races:
            if one.items(repeats):
                one.end_rung()


def choose(
    data: Data, arms: Sequence[Arm], model: str, settings: Evaluate, seed: int, fitter: Fitter
) -> tuple[Choice, list[str], list[Fit]]:
    """What the race between configs chooses for a model, which of them are to be measured further, and the fits that
    tested on rows of the splits that are measured.

    Where no test file measures what was chosen, the race is run again in the training part of each split: the rows
    that the split is tested on have had no part in it, so that they tell what choosing gains (Cawley & Talbot 2010).
    """
    configs = [arm for arm in arms if isinstance(arm, OfConfig)]
    repeat = next(arm for arm in arms if isinstance(arm, Repeat))
    untested = replace(data, tests=None)
    inside = settings.model_copy(update={"test": None, "repeats": max(map(max, RUNGS)) + 1})
    full = Race(model, [*configs], splits(untested, inside, seed))
    outer: list[Split] = []
    if data.tests is None:
        drawn = settings if settings.test else settings.model_copy(update={"repeats": 1})
        outer = splits(data, drawn, seed)
    nested = [Race(model, [*configs], _within(untested, split, inside, seed)) for split in outer]
    race([full, *nested], fitter)
    chosen, picks = full.winner(), [one.winner() for one in nested]
    gain, fits = None, [] if settings.test else [fit for some in full.fits.values() for fit in some]
    if picks:
        pairs: list[tuple[Split, Arm]] = [*zip(outer, picks, strict=True), *((split, repeat) for split in outer)]
        items = [Item(split, arm, (model,)) for split, arm in pairs]
        fits += fitter(items)
        found = {(fit.split, fit.arm): fit for fit in fits}
        ours = [found[split, arm.name] for split, arm in zip(outer, picks, strict=True)]
        gain, _ = gains(data, ours, [found[split, repeat.name] for split in outer], seed)
    size = full.splits[0].size
    choice = Choice(model, size, chosen.name, full.rungs, [arm.name for arm in picks], gain, "")
    choice.sentence = _sentence(choice, len(configs))
    further = [chosen.name] if data.tests is not None else [arm.name for arm in full.runners]
    return choice, further, fits


def _within(data: Data, split: Split, settings: Evaluate, seed: int) -> list[Split]:
    """Splits of the training part of a split."""
    inner = replace(data, rows=[data.rows[place] for place in split.training])
    sized = settings.model_copy(update={"sizes": ["all"]})
    places = split.training
    return [
        one._replace(
            training=tuple(places[place] for place in one.training), tested=tuple(places[place] for place in one.tested)
        )
        for one in splits(inner, sized, seed)
    ]


def _sentence(choice: Choice, configs: int) -> str:
    where = f"{model_called(choice.model)} at {choice.size:,} rows"
    if choice.gain is None:
        return f"Of {configs} configs the race chooses {choice.chosen} for {where}; the test file took no part in it."
    gain = choice.gain
    between = f"{gain.low:+.1f} to {gain.high:+.1f}"
    if gain.low > 0:
        return (
            f"Choosing among {configs} configs helps {where} by {gain.mean:.1f} points ({between}) over repetition; "
            f"{choice.chosen} is chosen."
        )
    return (
        f"Choosing among {configs} configs is no gain that this data can show for {where} ({gain.mean:+.1f}, "
        f"{between}; below {gain.visible:.1f} nothing can be seen). Of those as good as the best, {choice.chosen} adds "
        "the fewest rows; no augmentation is recommended."
    )
