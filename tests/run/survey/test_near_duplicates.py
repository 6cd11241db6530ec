"""Near duplicates: found by exact comparison or by signatures, they are the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.run.survey.near_duplicates import NearDuplicates, groups, words_of
from tests.support.helpers import CROSSWOZ, SNIPS, rows
from tests.support.nasty import DATA

some_words = st.lists(st.sampled_from(["a", "red", "car", "is", "here", "now", "É", "7"]), max_size=12).map(" ".join)
texts = st.lists(some_words | st.text(max_size=12), max_size=12)


def parts(found: Sequence[int], names: Sequence[object]) -> set[frozenset[object]]:
    """The groups as sets of names."""
    members: dict[int, set[object]] = {}
    for group, name in zip(found, names, strict=True):
        members.setdefault(group, set()).add(name)
    return {frozenset(some) for some in members.values()}


def jaccard(first: str, second: str) -> float:
    sets = []
    for text in (first, second):
        words = words_of(text)
        sets.append({*words, *pairwise(words)})
    both = sets[0] | sets[1]
    return len(sets[0] & sets[1]) / len(both) if both else 1.0


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("I lost my card.", "i  lost MY card"),
        ("Ｉ lost my card", "I lost my card!"),
        ("straße", "STRASSE"),
        ("👍", " 👍 "),
        ("", "  "),
    ],
)
def test_case_width_blanks_and_punctuation_do_not_count(text: str, other: str) -> None:
    assert groups([text, "something else", other], "en") == [0, 1, 0]


@pytest.mark.parametrize(("text", "other"), [("👍", "👎"), ("", "a"), ("कि", "का"), ("card lost my", "lost my card")])
def test_other_texts_are_others(text: str, other: str) -> None:
    assert groups([text, other], "en") == [0, 1]


def test_a_word_changed_in_fourteen_is_found_and_one_in_ten_at_a_lower_threshold() -> None:
    fourteen = "please tell me how long a transfer from my bank in france would take"
    assert groups([fourteen, fourteen.replace("from", "to")], "en") == [0, 0]
    ten = "please tell me how long a transfer to france takes"
    assert groups([ten, ten.replace("transfer", "payment")], "en") == [0, 1]
    assert groups([ten, ten.replace("transfer", "payment")], "en", 0.7) == [0, 0]


def test_chinese_is_compared_by_characters() -> None:
    text = "你好，请问这家酒店附近有没有评分比较高的景点可以推荐一下？"
    assert groups([text, text.replace("高", "好"), "你好，请帮我订一家酒店。"], "zh") == [0, 0, 1]


def test_near_duplicates_lead_from_one_to_the_other() -> None:
    first = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    second, third = first.replace("fifteen", "15"), first.replace("fifteen", "15").replace("one", "1")
    assert jaccard(first, third) < 0.8
    assert groups([first, third], "en") == [0, 1]
    assert groups([first, third, second], "en") == [0, 0, 0]


def test_no_texts_have_no_groups() -> None:
    assert groups([], "en") == []


@given(texts, st.randoms(use_true_random=False))
def test_groups_do_not_hang_on_the_order(some: list[str], chance: random.Random) -> None:
    order = [*range(len(some))]
    chance.shuffle(order)
    shuffled = groups([some[place] for place in order], "en")
    assert parts(groups(some, "en"), range(len(some))) == parts(shuffled, order)


@given(texts, texts)
def test_identical_texts_are_in_one_group(some: list[str], others: list[str]) -> None:
    found = groups([*some, *others, *some], "en")
    assert found[: len(some)] == found[len(some) + len(others) :]


@given(texts)
def test_groups_are_numbered_as_they_come(some: list[str]) -> None:
    found = groups(some, "en")
    assert list(dict.fromkeys(found)) == list(range(len({*found})))


@given(texts)
def test_no_pair_is_false_or_missing_in_short_lists(some: list[str]) -> None:
    """Of texts in which each pair is either far apart or the same, the groups are the same as by comparing all."""
    near = NearDuplicates[int]()
    for place, text in enumerate(some):
        near.add(place, text)
    for place, text in enumerate(some):
        found = near.similar(text)
        assert place in found
        for other in found:
            same = words_of(text) == words_of(some[other])
            assert same or jaccard(text, some[other]) >= 0.8


def test_real_rows_are_grouped_as_by_comparing_all_pairs() -> None:
    sample = [row["text"] for row in rows(SNIPS)]
    chance = random.Random(1)
    for text in sample[:100]:
        words = text.split()
        words[chance.randrange(len(words))] = "thing"
        sample.append(" ".join(words))
    near = NearDuplicates[int]()
    for place, text in enumerate(sample):
        near.add(place, text)
    found = {(first, second) for first, text in enumerate(sample) for second in near.similar(text) if first < second}
    true = {
        (first, second)
        for (first, text), (second, other) in combinations(enumerate(sample), 2)
        if jaccard(text, other) >= 0.8
    }
    assert true
    assert found == true
    group = groups(sample, "en")
    assert all(group[first] == group[second] for first, second in true)
    assert len({*group}) == len(parts(group, range(len(sample))))


def test_repeats_in_real_chinese_rows() -> None:
    sample = [row["text"] for row in rows(CROSSWOZ)]
    found = groups(sample * 2, "zh")
    assert found[: len(sample)] == found[len(sample) :]


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the shared data")
def test_words_changed_in_long_rows_of_banking77_are_found() -> None:
    read = rows(DATA / "banking77/normalised/train.jsonl")
    sample = [row["text"] for row in read if len(words_of(row["text"])) > 14]
    changed = []
    for text in sample:
        words = text.split()
        changed.append(" ".join([*words[:7], "whatever", *words[8:]]))
    wanted = [place for place, pair in enumerate(zip(sample, changed, strict=True)) if jaccard(*pair) >= 0.8]
    group = groups([*sample, *changed], "en")
    found = sum(group[place] == group[len(sample) + place] for place in wanted)
    assert len(wanted) > 1000
    assert found >= 0.995 * len(wanted)
