"""The linear model: what it learns, and how well it does on public data."""

from __future__ import annotations

import random
from statistics import fmean

import numpy as np
import pytest

from augcli.errors import DataError
from augcli.models.linear import LinearModel, out_of_fold
from tests.support.helpers import SNIPS, rows
from tests.support.nasty import DATA

TEXTS = ["play a song", "play some music", "is it raining", "will it rain today", "put on a song", "rain or sun"]
LABELS = ["music", "music", "weather", "weather", "music", "weather"]


def test_it_tells_labels_by_words() -> None:
    model = LinearModel().fit(TEXTS, LABELS)
    assert model.classes == ["music", "weather"]
    found = model.probabilities(["a song please", "rain"])
    assert found.shape == (2, 2)
    assert np.allclose(found.sum(axis=1), 1)
    assert found.argmax(axis=1).tolist() == [0, 1]


def test_it_tells_chinese_labels_by_characters() -> None:
    model = LinearModel("zh").fit(
        ["播放音乐", "放一首歌曲", "今天下雨吗", "明天有雨"], ["music", "music", "weather", "weather"]
    )
    assert model.probabilities(["音乐", "有雨吗"]).argmax(axis=1).tolist() == [0, 1]


def test_the_same_rows_give_the_same_model() -> None:
    first, second = (LinearModel().fit(TEXTS, LABELS).probabilities(TEXTS) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_a_row_of_weight_two_counts_as_two_rows() -> None:
    model = LinearModel()
    features = model.vectorize(TEXTS)
    weighted = model.train(features, LABELS, [2, 1, 1, 1, 1, 1]).predict(features)
    plain = model.train(features, LABELS).predict(features)
    twice = model.train(features[[0, 0, 1, 2, 3, 4, 5]], [LABELS[0], *LABELS]).predict(features)
    assert np.allclose(weighted, twice, atol=1e-3)
    assert not np.allclose(weighted, plain, atol=1e-3)


def test_features_are_made_once_for_several_parts() -> None:
    model = LinearModel()
    features = model.vectorize(TEXTS)
    assert model.train(features[:4], LABELS[:4]).predict(features[4:]).argmax(axis=1).tolist() == [0, 1]
    assert model.train(features[[0, 5]], ["x", "y"]).predict(features[[3, 4]]).argmax(axis=1).tolist() == [1, 0]
    assert model.classes == ["x", "y"]


def test_a_large_c_ends_where_the_path_to_it_does() -> None:
    read = rows(SNIPS)[:200]
    texts, labels = [row["text"] for row in read], [row["label"] for row in read]
    model = LinearModel(c=10_000)
    at_once = model.fit(texts, labels).probabilities(texts)
    path = model.path(model.features(texts), labels, None, [1.0, 10.0, 100.0, 1000.0, 10_000.0])
    assert [*path][-1] == 10_000
    assert np.allclose(model.probabilities(texts), at_once, atol=0.02)
    assert (at_once.argmax(axis=1) == [model.classes.index(label) for label in labels]).mean() > 0.95


def test_one_label_is_certain() -> None:
    assert LinearModel().fit(TEXTS, ["a"] * 6).probabilities(["b", "c"]).tolist() == [[1.0], [1.0]]


def test_texts_without_words_are_refused() -> None:
    with pytest.raises(DataError, match="no word in any of 2 texts"):
        LinearModel().fit(["", "!!"], ["a", "b"])


def test_rows_are_judged_by_models_that_have_not_seen_their_group() -> None:
    texts = ["alpha", "beta", "alpha", "beta"] * 5
    labels = ["a", "b"] * 10
    known = out_of_fold(texts, labels, seed=1)
    assert (known.argmax(axis=1) == [0, 1] * 10).all()
    unknown = out_of_fold(texts, labels, groups=texts, folds=2, seed=1)
    assert (unknown.argmax(axis=1) != [0, 1] * 10).all()  # of "alpha", the models have seen nothing


def test_a_label_of_one_row_has_no_chance_in_its_fold() -> None:
    found = out_of_fold([*TEXTS, "lone text"], [*LABELS, "single"], folds=3)
    assert found[6].tolist()[1] == 0
    assert np.allclose(found.sum(axis=1), 1)


def test_folds_do_not_hang_on_the_process() -> None:
    read = rows(SNIPS)[:60]
    texts, labels = [row["text"] for row in read], [row["label"] for row in read]
    first, second = (out_of_fold(texts, labels, [text[:5] for text in texts], seed=3) for _ in range(2))
    assert first.tobytes() == second.tobytes()


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the shared data")
@pytest.mark.parametrize(
    ("name", "size", "accuracy"),
    [
        ("banking77", 500, 50.15),
        ("clinc150", 500, 50.34),
        pytest.param("banking77", 2000, 77.97, marks=pytest.mark.slow),
        pytest.param("clinc150", 2000, 78.64, marks=pytest.mark.slow),
        pytest.param("banking77", None, 89.42, marks=pytest.mark.slow),
        pytest.param("clinc150", None, 91.0, marks=pytest.mark.slow),
    ],
)
def test_accuracy_is_as_measured(name: str, size: int | None, accuracy: float) -> None:
    train, test = (rows(DATA / name / "normalised" / f"{part}.jsonl") for part in ("train", "test"))
    truth = [row["label"] for row in test]
    found = []
    for seed in range(3 if size else 1):
        some = random.Random(seed).sample(train, size) if size else train
        model = LinearModel().fit([row["text"] for row in some], [row["label"] for row in some])
        guesses = model.probabilities([row["text"] for row in test]).argmax(axis=1)
        found.append(100 * fmean(model.classes[guess] == label for guess, label in zip(guesses, truth, strict=True)))
    assert fmean(found) == pytest.approx(accuracy, abs=0.3)
