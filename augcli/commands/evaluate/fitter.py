"""Makes fits side by side, says how long they will take, and ends in time."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from time import perf_counter

from augcli.commands.evaluate.fits import Fit, FitWork, Item
from augcli.run.engine.base import Engine
from augcli.run.progress import Bar

_SHARE = 10
_LEAST = 2
"""Rows of each label in the trial, so that some can be held out."""


class Fitter:
    """Makes the fits of items on an engine."""

    def __init__(self, engine: Engine, work: FitWork, minutes: float | None, *, quiet: bool) -> None:
        self._engine = engine
        self._work = work
        self._minutes = minutes
        self._quiet = quiet
        self._began = perf_counter()

    def __call__(self, items: Sequence[Item]) -> list[Fit]:
        """The fits of items, in their order, with a bar that tells the time left."""
        fits: list[Fit] = []
        hidden = self._quiet or not sys.stderr.isatty()
        with Bar(total=len(items), unit="fit", disable=hidden, leave=False) as bar:
            for some in self._engine(partial(replace, self._work), items):
                fits += some
                bar.update()
        return fits

    def by_repeat(self, items: Sequence[Item]) -> list[Fit]:
        """The fits of as many repeats as there is time for, but of one at least."""
        if self._minutes is None:
            return self(items)
        fits: list[Fit] = []
        for done, repeat in enumerate(sorted({item.split.repeat for item in items}), 1):
            fits += self([item for item in items if item.split.repeat == repeat])
            if (perf_counter() - self._began) * (done + 1) / done > 60 * self._minutes:
                break
        return fits

    def forecast(self, items: Sequence[Item]) -> float:
        """How many seconds the fits of items take, by a tenth of the rows of one item of each arm."""
        first = {item.arm.name: item for item in sorted(items, key=lambda item: item.split.size)}
        trials = [(self._tenth(item, 0), self._tenth(item, 1)) for item in first.values()]
        timed = self._engine(partial(Trial, self._work), trials)
        by_row = {
            name: seconds / len(second.split.training)
            for name, (_, second), seconds in zip(first, trials, timed, strict=True)
        }
        return sum(by_row[item.arm.name] * len(item.split.training) for item in items) / self._engine.workers

    def _tenth(self, item: Item, number: int) -> Item:
        """A tenth of the rows of each label, but a few of each."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place in item.split.training:
            places[self._work.data.rows[place].stratum].append(place)
        some: list[int] = []
        for of_label in places.values():
            count = max(_LEAST, ceil(len(of_label) / _SHARE))
            some += of_label[number * count : (number + 1) * count] or of_label[:count]
        return item._replace(split=item.split._replace(training=tuple(sorted(some))))


@dataclass(frozen=True)
class Trial:
    """Times the fits of the second of two items, since the first one loads what both need."""

    work: FitWork

    def __call__(self, items: tuple[Item, Item]) -> float:
        began = perf_counter()
        for item in items:
            began = perf_counter()
            for _ in self.work.fits(item):
                pass
        return perf_counter() - began
