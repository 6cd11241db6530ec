"""Words that carry a label: counts that may be merged in any order, and what they say of small and large corpora."""

from __future__ import annotations

from itertools import product
from math import log, sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.language import label_words as module
from augcli.language.label_words import LabelCounts, LabelWord, base_form, dump, label_words, summary
from augcli.text.record import Labels

LABELS = st.sets(st.sampled_from("xyz")).map(lambda labels: tuple(sorted(labels)))
ROW = st.tuples(st.frozensets(st.sampled_from("abcdef")), LABELS)
FILLERS = [f"filler{number}" for number in range(60)]


def counted(rows: list[tuple[frozenset[str], Labels]]) -> LabelCounts:
    found = LabelCounts()
    for words, labels in rows:
        found.add(set(words), labels)
    return found


def corpus(rows: int, labels: int, seed: int = 1, **marked: str) -> LabelCounts:
    """Rows of random words; in most of those with the label of `marked` stands its word."""
    draws, found = Random(seed), LabelCounts()
    for _ in range(rows):
        label, words = f"l{draws.randrange(labels)}", set(draws.sample(FILLERS, 8))
        if label in marked and draws.random() < 0.8:
            words.add(marked[label])
        found.add(words, (label,))
    return found


@given(st.lists(st.lists(ROW, max_size=12), max_size=6), st.randoms(use_true_random=False))
def test_parts_may_be_merged_in_any_order(parts: list[list[tuple[frozenset[str], Labels]]], draws: Random) -> None:
    whole = counted([row for part in parts for row in part])
    shuffled = [draws.sample(part, len(part)) for part in draws.sample(parts, len(parts))]
    merged = LabelCounts()
    for part in shuffled:
        merged.merge(counted(part))
    assert merged == whole
    assert label_words(merged) == label_words(whole)


@given(st.lists(ROW, max_size=40), st.integers(0, 3), st.integers(1, 6))
def test_nothing_that_is_counted_breaks_the_sums(
    rows: list[tuple[frozenset[str], Labels]], pairs: int, words: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in {"PAIRS": pairs, "WORDS": words, "_ROWS": 1, "_LOG_ODDS": -99.0, "_Z": -99.0}.items():
            patched.setattr(module, name, value)
        found = counted(rows)
        assert len(found.words) <= words
        assert found.pairs == sum(map(len, found.by_label.values())) <= pairs
        label_words(found)


def test_the_log_odds_are_those_of_the_paper() -> None:
    found = LabelCounts()
    for number in range(60):
        found.add({"good" if number < 40 else "dear", *FILLERS[number % 20 :][:9]}, ("pos",))
        found.add({"bad" if number < 50 else "good", *FILLERS[number % 20 :][:9]}, ("neg",))
    for _ in range(50):
        found.add({"good", "else"}, ())
    prior, expected = 0.01 * 1300, 0.01 * 100
    here, elsewhere = 40 + expected, 10 + expected
    log_odds = log(here / (600 + prior - here)) - log(elsewhere / (600 + prior - elsewhere))
    good = next(scored for scored in module._scored(found) if scored.word == "good")
    assert good[:2] == ("good", "pos")
    assert good[2:] == pytest.approx((log_odds, log_odds / sqrt(1 / here + 1 / elsewhere)))


def test_words_of_a_label_are_found_and_others_are_not() -> None:
    found = label_words(corpus(2000, 4, l1="refund", l3="weather"))
    assert {word[:2] for word in found} == {("refund", "l1"), ("weather", "l3")}
    assert all(word.log_odds > 3 and word.z > 2 for word in found)


@pytest.mark.parametrize("labels", [1, 500, 5000, 100_000])
def test_labels_that_say_nothing_have_no_words(labels: int) -> None:
    assert label_words(corpus(20_000, labels)) == []


def test_a_word_of_one_of_many_labels_is_found() -> None:
    assert [word.word for word in label_words(corpus(50_000, 5000, l7="refund"))] == ["refund"]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAIRS", 1000)
    monkeypatch.setattr(module, "WORDS", 70)
    found = LabelCounts()
    for number in range(3000):
        found.add({f"w{number}", "often", *FILLERS[number % 50 :][:5]}, (f"l{number}" if number % 3 else "many",))
        assert len(found.words) <= 70
        assert found.pairs <= 1000
    assert found.by_label["many"]["often"] == 1000
    assert found.sizes["many"] > 6000


def test_rows_without_a_label_count_for_no_label() -> None:
    found = corpus(1000, 2, l1="refund")
    before = label_words(found)
    for number in range(3000):
        found.add({"unseen", *FILLERS[number % 50 :][:8]}, () if number % 2 else ("",))
    after = label_words(found)
    assert [word[:2] for word in before] == [word[:2] for word in after] == [("refund", "l1")]


def test_each_label_of_a_row_counts() -> None:
    draws, found = Random(3), LabelCounts()
    for number in range(900):
        labels = [("food",), ("staff",), ("food", "staff")][number % 3]
        words = {f"{label}word" for label in labels} | set(draws.sample(FILLERS, 12))
        found.add(words, labels)
    assert {word[:2] for word in label_words(found)} == {("foodword", "food"), ("staffword", "staff")}


def test_enough_words_stay_free() -> None:
    found = LabelCounts()
    for number, label in product(range(100), range(5)):
        found.add({f"w{label}{place}" for place in range(10)} | {FILLERS[number % 60]}, (f"l{label}",))
    kept = label_words(found)
    assert 0 < sum(found.words[word.word] for word in kept) <= 0.25 * found.size


@pytest.mark.parametrize("rows", [0, 1, 500])
def test_a_corpus_of_one_word_has_no_odds(rows: int) -> None:
    found = LabelCounts()
    for _ in range(rows):
        found.add({"yes"}, ("a",))
    assert label_words(found) == []


@pytest.mark.parametrize(
    ("word", "language", "base"),
    [
        ("Movies", "en", "movie"), ("movie's", "en", "movie"), ("rained", "en", "rain"), ("boring", "en", "boring"),
        ("DULL", "en", "dull"), ("zzgrx", "en", "zzgrx"), ("Filme", "de", "filme"), ("酒店", "zh", "酒店"),
    ],
)  # fmt: skip
def test_forms_of_a_word_are_one(word: str, language: str, base: str) -> None:
    assert base_form(word, language) == base


def test_the_file_keeps_tabs_apart() -> None:
    words = [LabelWord("rain", "a\tb", 2.0, 3.25), LabelWord("wind", "c", 1.0, 2.0)]
    assert dump(words) == b'word\tlabel\tlog-odds\tz\nrain\t"a\tb"\t2.000\t3.250\nwind\tc\t1.000\t2.000\n'
    assert summary(words) == "2 words carry a label and stay: rain (a\tb), wind (c)"
    assert summary([]) == "0 words carry a label and stay"
    assert summary(words * 4).endswith(", ...")
