"""Noise on words: how much of it, where, and what it never touches."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.steps.noise.words import Blank, Punctuation, RandomDelete, RandomSwap, Reverse
from augcli.steps.step import Step
from augcli.text.edits import Interval, apply, why_invalid
from augcli.text.rng import Rng
from augcli.text.text import Text

WORDS = [f"w{number}" for number in range(1000)]
LONG = " ".join(WORDS)
SENTENCE = "\t“One  two,\nthree” — four; five\u00a0six (seven)! "
CHINESE = "我们今天在北京，他们明天去上海。"
fast = settings(max_examples=150, derandomize=True, database=None)


def edited(step: Step, value: str, key: str = "key", language: str = "en", protected: tuple[Interval, ...] = ()) -> str:
    text = Text(value, language, protected)
    edits = step.edit(text, Rng(key))
    assert why_invalid(value, edits, protected) is None
    return apply(value, edits)


def words(value: str, language: str = "en") -> list[str]:
    return [value[start:end] for start, end in Text(value, language).words]


def moved(after: str) -> int:
    return sum(one != other for one, other in zip(WORDS, after.split(), strict=True))


def changed(step: Step, value: str, key: str = "key") -> int:
    return len(step.edit(Text(value), Rng(key)))


class Listening(Rng):
    """A stream that remembers the samples drawn from it."""

    __slots__ = ("samples",)

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.samples: list[list[int]] = []

    def sample(self, n: int, k: int) -> list[int]:
        drawn = super().sample(n, k)
        self.samples.append(drawn)
        return drawn


# How much


@pytest.mark.parametrize(("rate", "count"), [(0.0, 0), (0.001, 2), (0.1, 100), (0.29, 290), (0.999, 998), (1.0, 1000)])
def test_rate_is_the_share_of_words_that_are_swapped(rate: float, count: int) -> None:
    after = edited(RandomSwap(rate=rate), LONG)
    assert sorted(after.split()) == sorted(WORDS)
    assert moved(after) == count


@pytest.mark.parametrize(("rate", "count"), [(0.0, 0), (0.0001, 1), (0.1, 100), (0.29, 290), (0.999, 999), (1.0, 999)])
def test_rate_is_the_share_of_words_that_are_deleted(rate: float, count: int) -> None:
    after = edited(RandomDelete(rate=rate), LONG)
    left = after.split()
    assert len(left) == 1000 - count
    assert left == [word for word in WORDS if word in set(left)]
    assert after.strip() == " ".join(left)


@pytest.mark.parametrize(("rate", "count"), [(0.0, 0), (0.0001, 1), (0.1, 100), (0.29, 290), (1.0, 1000)])
def test_rate_is_the_share_of_words_that_are_blanked(rate: float, count: int) -> None:
    after = edited(Blank(rate=rate, token="[UNK]"), LONG).split()
    assert after.count("[UNK]") == count
    assert all(new in (old, "[UNK]") for old, new in zip(WORDS, after, strict=True))


@pytest.mark.parametrize(
    ("parameters", "swapped", "others"),
    [
        ({"min": 5}, 4, 5),
        ({"min": 6}, 6, 6),
        ({"min": 0}, 0, 0),
        ({"rate": 0.5, "max": 4}, 4, 4),
        ({"rate": 0.5, "max": 0}, 0, 0),
        ({"rate": 0.5, "min": 9, "max": 8}, 8, 8),
        ({"rate": 0.0, "min": 5}, 0, 0),
        ({"min": 2000}, 1000, 1000),
    ],
)
def test_min_and_max(parameters: dict[str, Any], swapped: int, others: int) -> None:
    parameters = {"rate": 0.0005, **parameters}
    assert changed(RandomSwap(**parameters), LONG) == swapped
    assert changed(Blank(**parameters), LONG) == others
    assert changed(RandomDelete(**parameters), LONG) == min(others, 999)


@pytest.mark.parametrize(
    ("value", "language", "after"),
    [
        ("Please tell me, please.", "en", {"tell me, please.", "Please tell me,."}),
        ("please", "en", {"please"}),
        ("not now, so", "en", {"not now,"}),
        ("请问一下，请问酒店在哪里", "zh", {"一下，请问酒店在哪里", "请问一下，酒店在哪里"}),
    ],
)
def test_only_listed_words_are_deleted(value: str, language: str, after: set[str]) -> None:
    step = RandomDelete(words=["Please", "请问", "not", "so"])
    assert {edited(step, value, str(key), language) for key in range(20)} == after


@pytest.mark.parametrize("step", [RandomSwap(rate=0.2), RandomDelete(rate=0.2), Blank(rate=0.2)], ids=lambda s: s.name)
def test_every_word_is_drawn_alike(step: Step) -> None:
    value = "a b c d e f g h i j"
    text = Text(value)
    hit = Counter(
        place
        for key in range(1000)
        for start, end, _ in step.edit(text, Rng(str(key)))
        for place in {value[start:end].strip()}
    )
    assert set(hit) == set(value.split())
    assert all(140 < count < 260 for count in hit.values())  # 200 +- 4.7 standard deviations


# What a swap does


def test_swaps_are_in_pairs() -> None:
    after = edited(RandomSwap(rate=0.3), LONG).split()
    place = {word: at for at, word in enumerate(WORDS)}
    order = [place[word] for word in after]
    assert order != list(range(1000))
    assert [order[at] for at in order] == list(range(1000))


@fast
@given(st.sampled_from(["independent", "distinct"]), st.floats(0, 1), st.integers())
def test_a_swap_keeps_all_that_is_no_word(draw: Any, rate: float, key: int) -> None:
    after = edited(RandomSwap(rate=rate, draw=draw), SENTENCE, str(key))
    assert re.split(r"\w+", after) == re.split(r"\w+", SENTENCE)
    assert sorted(words(after.lower())) == sorted(words(SENTENCE.lower()))
    assert after[0].isupper() == SENTENCE[0].isupper()


@pytest.mark.parametrize(("alpha", "swaps"), [(0.05, 1), (0.1, 2), (0.25, 5), (1.0, 20)])
def test_independent_swaps_are_those_of_eda(alpha: float, swaps: int) -> None:
    """EDA: n = max(1, int(alpha * words)) times, two different words change places."""
    expected = WORDS[:20]
    rng = Listening("eda")
    text = Text(" ".join(expected))
    edits = RandomSwap(rate=alpha, draw="independent").edit(text, rng)
    for first, second in rng.samples:
        expected[first], expected[second] = expected[second], expected[first]
    assert [len(set(pair)) for pair in rng.samples] == [2] * swaps
    assert apply(text.value, edits) == " ".join(expected)


def test_independent_swaps_may_move_a_word_twice() -> None:
    counts = {changed(RandomSwap(rate=0.5, draw="independent"), " ".join(WORDS[:10]), str(key)) for key in range(50)}
    assert len(counts) > 2
    assert max(counts) <= 10


@pytest.mark.parametrize("step", [RandomSwap(rate=1.0), RandomSwap(draw="independent"), Reverse()])
@pytest.mark.parametrize("value", ["", " ", "?!", "one", " one. "])
def test_one_word_has_none_to_change_places_with(step: Step, value: str) -> None:
    assert edited(step, value) == value


@pytest.mark.parametrize("step", [RandomSwap(rate=1.0), RandomSwap(rate=1.0, draw="independent"), Reverse()])
def test_equal_words_are_not_swapped(step: Step) -> None:
    assert step.edit(Text("the the the the"), Rng("key")) == []


# What a deletion does


@fast
@given(
    st.lists(st.sampled_from(["one", "don't", "x", "é", "3.5", " ", "  ", ",", ". ", "-", "--", "\n", "(", "'"])),
    st.floats(0, 1),
    st.sampled_from(["independent", "distinct"]),
)
def test_deletion_never_joins_words(pieces: list[str], rate: float, draw: Any) -> None:
    value = "".join(pieces)
    text = Text(value)
    edits = RandomDelete(rate=rate, draw=draw).edit(text, Rng(value))
    gone = [any(start <= word[0] and word[1] <= end for start, end, _ in edits) for word in text.words]
    left = [value[start:end] for (start, end), deleted in zip(text.words, gone, strict=True) if not deleted]
    assert sum(gone) == len(edits)
    assert words(apply(value, edits)) == left
    assert bool(left) is bool(text.words)


@pytest.mark.parametrize("value", ["用abc和def的xyz和3再5", "abc今天 北京def，ghi不去jkl", "é的и 的n"])
def test_deletion_never_joins_latin_words_in_chinese_text(value: str) -> None:
    latin = r"[a-zéи0-9]+"
    text = Text(value, "zh", [match.span() for match in re.finditer(latin, value)])
    for rate in (0.5, 1.0):
        after = apply(value, RandomDelete(rate=rate, keep=[]).edit(text, Rng(value)))
        assert after != value
        assert re.findall(latin, after) == re.findall(latin, value)
        free = apply(value, RandomDelete(rate=rate).edit(Text(value, "zh"), Rng(value)))
        assert set(re.findall(latin, free)) <= set(re.findall(latin, value))


@pytest.mark.parametrize(
    ("value", "protected", "after"),
    [
        ("one two", [(0, 3)], "one"),
        ("one two", [(4, 7)], "two"),
        ("one, two. three", [(0, 3), (10, 15)], "one,. three"),
        ("one  two  three", [(0, 3), (10, 15)], "one  three"),
        ("one two three", [(0, 4), (7, 13)], "one  three"),
        ("(one two)", [(5, 8)], "(two)"),
        ("(one two)", [(1, 4)], "(one)"),
        ("one\ntwo", [(0, 3)], "one"),
    ],
)
def test_the_blanks_on_one_side_go_with_the_word(value: str, protected: list[Interval], after: str) -> None:
    assert edited(RandomDelete(rate=1.0), value, protected=tuple(protected)) == after


NEGATED = {
    "en": ("It is not I; never can't, don’t or wouldn't go", "not never can't don’t wouldn't"),
    "zh": ("我不去，没有人去北京，别走", "不 没有 别"),
    "de": ("Ich habe nicht und nie kein Geld", "nicht nie kein"),
}


@pytest.mark.parametrize("language", NEGATED)
@pytest.mark.parametrize("draw", ["distinct", "independent"])
def test_negations_stay(language: str, draw: Any) -> None:
    value, negations = NEGATED[language]
    after = edited(RandomDelete(rate=1.0, draw=draw), value, language=language)
    assert words(after, language) == negations.split()


def test_negations_may_go_when_nothing_is_kept() -> None:
    value, _ = NEGATED["en"]
    assert len(words(edited(RandomDelete(rate=1.0, keep=[]), value))) == 1
    left = [words(edited(RandomDelete(keep=[]), value, str(key))) for key in range(60)]
    assert any("not" not in one for one in left)
    assert any("never" not in one for one in left)


def test_words_to_keep() -> None:
    value = "A Very good film, very VERY good but not fine"
    step = RandomDelete(rate=1.0, keep=["very", "FILM"])
    assert words(edited(step, value)) == ["Very", "film", "very", "VERY"]
    step = RandomDelete(rate=1.0, keep=["very", "negations"])
    assert words(edited(step, value)) == ["Very", "very", "VERY", "not"]
    assert edited(RandomDelete(rate=1.0, keep=["北京"]), "我去北京", language="zh") == "北京"


def test_kept_words_are_not_eligible() -> None:
    """The rate is of the words that may go; 10 of 20 are kept here."""
    value = " ".join(["not"] * 10 + WORDS[:10])
    assert changed(RandomDelete(rate=0.5), value) == 5


@pytest.mark.parametrize("draw", ["distinct", "independent"])
@pytest.mark.parametrize("value", ["", " ", "?!", "one", " one. "])
def test_the_last_word_stays(value: str, draw: Any) -> None:
    step = RandomDelete(rate=1.0, draw=draw)
    assert edited(step, value) == value
    kept = {edited(step, "one two three", str(key)).strip() for key in range(40)}
    assert kept == {"one", "two", "three"}


def test_independent_deletion_takes_each_word_with_a_probability() -> None:
    step = RandomDelete(rate=0.3, draw="independent")
    counts = [changed(step, LONG, str(key)) for key in range(10)]
    assert len(set(counts)) > 1
    assert 2800 < sum(counts) < 3200  # 3000 +- 4.4 standard deviations
    assert changed(RandomDelete(rate=0.0, draw="independent"), LONG) == 0


# Blanks, marks, reverse


def test_a_blank_is_not_blanked_again() -> None:
    step = Blank(rate=1.0, token="_")
    assert edited(step, SENTENCE) == "\t“_  _,\n_” — _; _\u00a0_ (_)! "
    assert step.edit(Text("_ _ _"), Rng("key")) == []
    assert edited(Blank(rate=1.0, token="[MASK]"), CHINESE, language="zh").count("[MASK]") == len(words(CHINESE, "zh"))


@fast
@given(st.integers(1, 60), st.floats(0.01, 1), st.integers())
def test_marks_are_those_of_aeda(count: int, rate: float, key: int) -> None:
    """AEDA: 1 to int(rate * words) + 1 marks, each before another word, none after the last."""
    value = " ".join(WORDS[:count])
    text = Text(value)
    edits = Punctuation(rate=rate).edit(text, Rng(str(key)))
    starts = [start for start, _ in text.words]
    assert 1 <= len(edits) <= int(rate * count + 1e-9) + 1
    assert len({start for start, _, _ in edits}) == len(edits)
    assert all(start == end and start in starts and re.fullmatch("[.,!?;:] ", new) for start, end, new in edits)
    after = apply(value, edits).split()
    assert [word for word in after if word not in ".,!?;:"] == WORDS[:count]
    assert after[-1] == WORDS[count - 1]


def test_the_number_of_marks_is_drawn() -> None:
    value = " ".join(WORDS[:10])
    counts = Counter(changed(Punctuation(), value, str(key)) for key in range(400))
    assert set(counts) == {1, 2, 3, 4}
    assert all(60 < count < 140 for count in counts.values())  # 100 +- 4.6 standard deviations
    marks = Counter(edited(Punctuation(), "word", str(key)) for key in range(100))
    assert set(marks) == {f"{mark} word" for mark in ".,!?;:"}


def test_chinese_marks_stand_without_blanks() -> None:
    seen = set()
    for key in range(60):
        after = edited(Punctuation(), CHINESE, str(key), "zh")
        seen |= set(after) - set(CHINESE)
        assert re.sub("[，。！？；：]", "", after) == re.sub("[，。]", "", CHINESE)
        assert after.endswith("上海。")
    assert seen == set("！？；：")


def test_no_marks_without_words_or_rate() -> None:
    assert edited(Punctuation(), " ?! ") == " ?! "
    assert edited(Punctuation(rate=0.0), LONG) == LONG


def test_reverse() -> None:
    assert edited(Reverse(), "One two, three four!") == "Four three, two one!"
    assert edited(Reverse(), SENTENCE) == "\t“Seven  six,\nfive” — four; three\u00a0two (one)! "
    assert words(edited(Reverse(), LONG)) == WORDS[::-1]
    assert edited(Reverse(), edited(Reverse(), SENTENCE.lower())) == SENTENCE.lower()
    rng = Rng("key")
    Reverse().edit(Text(SENTENCE), rng)
    assert not rng.used


STEPS: list[Step] = [
    RandomSwap(rate=1.0),
    RandomSwap(rate=1.0, draw="independent"),
    RandomDelete(rate=1.0),
    RandomDelete(rate=0.9, draw="independent"),
    Blank(rate=1.0),
    Punctuation(rate=1.0),
    Reverse(),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.name}-{getattr(step, 'draw', '')}")
@pytest.mark.parametrize(("value", "language"), [("Fly from New York to Los Angeles now", "en"), (CHINESE, "zh")])
def test_protected_text_stays(step: Step, value: str, language: str) -> None:
    inside = "New York" if language == "en" else "天在北"  # the Chinese one begins and ends inside words
    start = value.index(inside)
    results = {edited(step, value, str(key), language, ((start, start + len(inside)),)) for key in range(30)}
    assert all(inside in after for after in results)
    assert results != {value}
