"""Which variants of a row are kept."""

from __future__ import annotations

from augcli.chains.selection import Selection
from augcli.chains.variants import Variant


def variant(number: int, text: str, **scores: float) -> Variant:
    return Variant("a", number, (text,), (), [], None, scores)


def kept(selection: Selection, *variants: Variant) -> list[int]:
    return [one.number for one in selection.best_of(("aaaa",), variants)]


def test_the_best_by_a_score_are_kept_in_their_order() -> None:
    some = [variant(number, f"text {number}", s=score) for number, score in enumerate([0.2, 0.9, 0.5, 0.9])]
    assert kept(Selection(2, "s", True, False), *some) == [1, 3]
    assert kept(Selection(2, "s", False, False), *some) == [0, 2]
    assert kept(Selection(9, "s", True, False), *some) == [0, 1, 2, 3]


def test_those_that_differ_most_are_kept() -> None:
    some = [variant(1, "aaab"), variant(2, "bbbb"), variant(3, "bbbc"), variant(4, "cccc")]
    assert kept(Selection(2, None, True, True), *some) == [2, 4]


def test_a_good_score_and_a_difference_count_together() -> None:
    some = [variant(1, "abbb", s=1.0), variant(2, "abbc", s=0.9), variant(3, "cccc", s=0.8), variant(4, "dddd", s=0.0)]
    assert kept(Selection(2, "s", True, True), *some) == [1, 3]
    assert kept(Selection(1, "s", True, True), variant(1, "abbb", s=0.5)) == [1]
    assert kept(Selection(1, "s", True, True)) == []
