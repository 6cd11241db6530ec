"""The best of the variants of a row, by their scores and by how much they differ (EPiDA, Zhao et al. 2022)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from augcli.chains.variants import Variant
from augcli.steps.operation import Texts


class Selection(NamedTuple):
    """How many variants of a row to keep, and which."""

    best: int
    by: str | None
    """The check whose score says how good they are."""
    higher_is_better: bool
    diverse: bool
    """Whether they are to differ from their row and from each other."""

    def best_of(self, before: Texts, variants: Sequence[Variant]) -> list[Variant]:
        """The variants of a row that are kept, in the order in which they came.

        One after another comes in that has the most of both: its score, from 0 for the worst of the row to 1 for the
        best, and its edit distance from the row and from all that are in already, as a share of the longer text. Of
        equals it is the first.
        """
        left = dict(enumerate(variants))
        quality = self._quality(left)
        nearest = dict.fromkeys(left, 0.0)
        if self.diverse:
            nearest = {number: _distance(before, variant.texts) for number, variant in left.items()}
        chosen: list[int] = []
        while left and len(chosen) < self.best:
            best = max(left, key=lambda number: (quality[number] + nearest[number], -number))
            texts = left.pop(best).texts
            chosen.append(best)
            if self.diverse:
                nearest |= {
                    number: min(nearest[number], _distance(texts, variant.texts)) for number, variant in left.items()
                }
        return [variants[number] for number in sorted(chosen)]

    def _quality(self, variants: Mapping[int, Variant]) -> dict[int, float]:
        if self.by is None:
            return dict.fromkeys(variants, 0.0)
        sign = 1 if self.higher_is_better else -1
        scores = {number: sign * variant.scores[self.by] for number, variant in variants.items()}
        worst, best = min(scores.values(), default=0), max(scores.values(), default=0)
        return {number: (score - worst) / (best - worst) if best > worst else 0.0 for number, score in scores.items()}


def _distance(first: Texts, second: Texts) -> float:
    from rapidfuzz.distance import Levenshtein

    return max(Levenshtein.normalized_distance(*pair) for pair in zip(first, second, strict=True))
