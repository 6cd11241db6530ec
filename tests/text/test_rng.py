"""The stream must never change: the numbers here were drawn by augcli 0.1.0."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.text.rng import Rng, Stem

ROW = "42\x1fa\x1ftypo\x1f0\x1f1\x1f1\x1fr17"
BELOW = (1, 2, 10, 100, 2**31, 2**64, 3, 7, 10**30, 52)
KNOWN = {
    "": [0, 0, 2, 56, 1859985640, 12126673718015510213, 2, 4, 185046049153131746105351721090],
    ROW: [0, 1, 2, 76, 2070701030, 785881169983839128, 2, 3, 428560627095690360387869229390],
    "好🏽": [0, 1, 1, 76, 1885602132, 14471732557116883264, 0, 6, 790199282681651374755082918737],
    "\ud800": [0, 0, 1, 77, 889284083, 8576253668947239759, 1, 5, 176492225303440092973979420900],
}
SAMPLES = {
    "": ([4, 9, 8, 5], "eaedebdcdfbe"),
    ROW: ([5, 1, 7, 2], "febaddddfaee"),
    "好🏽": ([3, 0, 8, 1], "adcbfcaacbaa"),
}


@pytest.mark.parametrize("key", KNOWN, ids=ascii)
def test_known_numbers(key: str) -> None:
    rng = Rng(key)
    assert [rng.randbelow(n) for n in BELOW[:9]] == KNOWN[key]


@pytest.mark.parametrize("key", SAMPLES)
def test_known_samples(key: str) -> None:
    rng = Rng(key)
    sample = rng.sample(10, 4)
    chosen = "".join(rng.choice("abcdef") for _ in range(12))
    assert (sample, chosen) == SAMPLES[key]


def test_known_floats() -> None:
    rng = Rng(ROW)
    assert [rng.random() for _ in range(3)] == [0.8688374735391685, 0.3931667027251917, 0.05862958147256725]


def test_known_stream_over_many_blocks() -> None:
    rng = Rng("long")
    drawn = repr([rng.randbelow(1000) for _ in range(1000)])
    assert sha256(drawn.encode()).hexdigest() == "10b2d964ebbcd55c640a3e4bd0ca7527a88c8617d3be18c0d6da919e591e1cd7"


def test_a_stem_is_the_beginning_of_the_key() -> None:
    whole, split = Rng(ROW), Rng(ROW[9:], 1, ROW[12:], Stem(ROW[:9]))
    numbers = [whole.randbelow(1000) for _ in range(100)]
    assert [split.randbelow(1000) for _ in range(100)] == numbers
    assert [split.restarted().randbelow(1000)] == numbers[:1]
    assert split.shared().randbelow(10**9) == Rng(ROW[:9] + ROW[12:]).randbelow(10**9)


def test_used_says_whether_anything_was_drawn() -> None:
    rng = Rng("key")
    assert not rng.used
    assert rng.sample(5, 0) == []
    assert not rng.used
    rng.randbelow(1)
    assert rng.used
    assert not rng.restarted().used


@settings(derandomize=True, database=None)
@given(st.text(), st.lists(st.one_of(st.integers(1, 100), st.integers(1, 2**384)), min_size=1, max_size=40))
def test_below_stays_in_range_and_restarts(key: str, sizes: list[int]) -> None:
    rng = Rng(key)
    drawn = [rng.randbelow(n) for n in sizes]
    assert all(0 <= number < n for number, n in zip(drawn, sizes, strict=True))
    again = rng.restarted()
    assert [again.randbelow(n) for n in sizes] == drawn


@settings(derandomize=True, database=None)
@given(st.text(), st.integers(0, 60), st.integers(0, 70))
def test_sample_has_no_doubles(key: str, n: int, k: int) -> None:
    drawn = Rng(key).sample(n, k)
    assert len(drawn) == len(set(drawn)) == min(n, k)
    assert all(0 <= number < n for number in drawn)


def chi_square(counts: Counter[int], expected: list[float]) -> float:
    return sum((counts[value] - wanted) ** 2 / wanted for value, wanted in enumerate(expected) if wanted)


@pytest.mark.parametrize("n", [2, 3, 10, 97])
def test_uniform(n: int) -> None:
    rng = Rng(f"uniform {n}")
    total = 200 * n
    counts = Counter(rng.randbelow(n) for _ in range(total))
    assert chi_square(counts, [total / n] * n) < n + 5 * (2 * n) ** 0.5


def test_floats_are_uniform() -> None:
    rng = Rng("floats")
    counts = Counter(int(20 * rng.random()) for _ in range(4000))
    assert chi_square(counts, [200.0] * 20) < 20 + 5 * 40**0.5


def test_neighbouring_keys_are_independent() -> None:
    counts = Counter(3 * Rng(f"row{row}").randbelow(3) + Rng(f"row{row + 1}").randbelow(3) for row in range(4500))
    assert chi_square(counts, [500.0] * 9) < 9 + 5 * 18**0.5


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_every_order_is_sampled_alike(k: int) -> None:
    orders = [list(order) for order in permutations(range(4), k)]
    count = len(orders)
    counts = Counter(orders.index(Rng(f"order {number}").sample(4, k)) for number in range(200 * count))
    assert chi_square(counts, [200.0] * count) < count + 5 * (2 * count) ** 0.5


def test_a_long_sample_takes_each_number_alike_at_each_place() -> None:
    samples = [Rng(f"long {number}").sample(20, 19) for number in range(2000)]
    for place in (0, 7, 8, 15, 18):
        assert chi_square(Counter(sample[place] for sample in samples), [100.0] * 20) < 20 + 5 * 40**0.5


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 1.0])
def test_each_number_is_taken_with_its_probability(p: float) -> None:
    samples = [Rng(f"each {number}").each(20, p) for number in range(500)]
    assert all(sample == sorted(set(sample)) for sample in samples)
    counts = Counter(number for sample in samples for number in sample)
    assert all(abs(counts[number] - 500 * p) <= 5 * (500 * p * (1 - p)) ** 0.5 for number in range(20))


def test_nothing_to_draw_from_is_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        Rng("key").randbelow(0)
    with pytest.raises(ZeroDivisionError):
        Rng("key").choice([])


def test_a_weighted_sample_is_drawn_in_proportion() -> None:
    drawn = Counter(Rng(f"weighted {at}").weighted_sample([90, 9, 1], 1)[0] for at in range(4000))
    assert drawn[0] > 3400
    assert 200 < drawn[1] < 600
    assert 10 < drawn[2] < 100


@given(weights=st.lists(st.integers(1, 10**6), max_size=9), count=st.integers(0, 12), key=st.text(max_size=5))
def test_a_weighted_sample_has_no_place_twice(weights: list[int], count: int, key: str) -> None:
    drawn = Rng(key).weighted_sample(weights, count)
    assert len(set(drawn)) == len(drawn) == min(count, len(weights))
    assert set(drawn) <= set(range(len(weights)))
