from __future__ import annotations

import re
from itertools import product

import pytest

from augcli.steps.noise.words import ShuffleSegments
from augcli.text.protect import Protector
from augcli.text.text import Text
from tests.support.entities import made, marked

MARKS = re.compile(r"[][()]")
TEXT = "a b [c d] e, f (g)"


def shuffle(**parameters: object) -> ShuffleSegments:
    return ShuffleSegments.model_validate({"rate": 1.0, **parameters})


def test_words_stay_in_their_segment() -> None:
    orders = product(("a b", "b a"), ("c d", "d c"), ("e, f", "f, e"))
    assert made(shuffle(), TEXT, 100) == {f"{first} [{name}] {last} (g)" for first, name, last in orders} - {TEXT}


def test_it_is_held_to_parts() -> None:
    assert made(shuffle(only="entities"), TEXT) == {"a b [d c] e, f (g)"}
    assert made(shuffle(only=["Q"]), TEXT) == set()
    assert made(shuffle(only="text"), TEXT) == {"b a [c d] e, f (g)", "a b [c d] f, e (g)", "b a [c d] f, e (g)"}


def test_the_rate_counts_segments_of_several_words() -> None:
    assert made(shuffle(rate=0.4), TEXT) == {"b a [c d] e, f (g)", "a b [d c] e, f (g)", "a b [c d] f, e (g)"}


def test_protected_words_stay() -> None:
    value = "a b c"
    text = Text(value, "en", Protector(words=["b"]).intervals(value))
    assert made(shuffle(), text) == {"c b a"}


@pytest.mark.parametrize("keeps_spans", [True, False])
def test_nothing_moves_over_the_border_of_one_that_overlaps_another(keeps_spans: bool) -> None:
    spans = [(0, 7, "P"), (4, 7, "P")]
    text = Text("a b c d", "en", spans=spans, keeps_spans=keeps_spans)
    texts = {MARKS.sub("", shown) for shown in made(shuffle(), text)}
    assert texts == (set() if keeps_spans else {"b a c d", "b a d c", "a b d c"})


def test_chinese_words_move() -> None:
    assert made(shuffle(only="entities"), marked("我吃[苹果香蕉]吧", "zh")) == {"我吃[香蕉苹果]吧"}
