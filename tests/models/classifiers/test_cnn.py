"""The convolutional network: what it learns, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from augcli.models.classifiers.base import Examples, overfits
from augcli.models.classifiers.cnn import Cnn
from tests.support.corpus import TEXTS
from tests.support.examples import accuracy, crosswoz, joined, snips, swapped

SMALL = Cnn(filters=8, epochs=12, device="cpu")


def test_it_learns_the_same_again() -> None:
    first, second, other = (SMALL.fit(snips(), snips(30, 60), seed) for seed in (1, 1, 2))
    texts = snips(30, 60).texts
    assert first.probabilities(texts).tobytes() == second.probabilities(texts).tobytes()
    assert first.probabilities(texts).tobytes() != other.probabilities(texts).tobytes()
    assert first.classes == ["BookRestaurant", "GetWeather"]
    assert first.probabilities(texts).dtype == np.float64
    assert np.allclose(first.probabilities(texts).sum(axis=1), 1)
    assert accuracy(first, snips(30, 60)) > 0.9
    assert first.record
    assert first.record.validation
    assert first.record.validation.loss == min(epoch.validation.loss for epoch in first.record.epochs)


def test_it_learns_chinese_by_characters_and_by_words() -> None:
    characters = SMALL.model_copy(update={"language": "zh"})
    assert accuracy(characters.fit(crosswoz(), crosswoz(30, 60), 0), crosswoz(30, 60)) > 0.75
    words = characters.model_copy(update={"units": "words"})
    assert overfits(words, crosswoz()) is None
    texts = ["我要订酒店", "我要订酒楼"]
    one, other = (model.fit(crosswoz(), crosswoz(30, 60), 0).probabilities(texts)[1] for model in (characters, words))
    assert not np.allclose(one, other)


def test_it_learns_rows_by_heart() -> None:
    assert overfits(SMALL, snips()) is None


def test_texts_without_words_cannot_be_learnt() -> None:
    said = overfits(SMALL, Examples(["?" * number for number in range(8)], ["x", "y"] * 4))
    assert said is not None
    assert said.startswith("cnn cannot learn even 8 rows by heart, only 4 of them: ")
    assert "gradients vanish: 5 of 5 matrices of weights hardly get any" in said


def test_vectors_of_the_user_tell_words_that_it_never_saw(tmp_path: Path) -> None:
    file = tmp_path / "vectors.txt"
    rng = np.random.default_rng(0)
    topics = {"play": ("music", "song", "tune"), "rain": ("weather", "storm", "cloud")}
    centres = {topic: rng.normal(size=20) for topic in topics}
    lines = [
        f"{word} {' '.join(f'{number:.4f}' for number in centres[topic] + 0.1 * rng.normal(size=20))}\n"
        for topic, words in topics.items()
        for word in (topic, *words)
    ]
    file.write_text("".join(lines), encoding="utf-8")
    rows = Examples(["the play", "some music", "the song", "the rain", "some weather", "the storm"] * 8,
                    ["a", "a", "a", "b", "b", "b"] * 8)  # fmt: skip
    trained = Cnn(vectors=str(file), filters=8, epochs=20, device="cpu").fit(rows, rows, 0)
    assert trained.probabilities(["tune", "cloud"]).argmax(axis=1).tolist() == [0, 1]
    known, unknown = trained.probabilities(["xyz", "zyx"]).tolist()
    assert known == unknown


def test_a_text_gets_the_same_whatever_stands_beside_it() -> None:
    trained = SMALL.fit(snips(), snips(30, 60), 0)
    texts = [*TEXTS.values(), "word " * 500]
    together = trained.probabilities(texts)
    assert np.allclose(np.concatenate([trained.probabilities([text]) for text in texts]), together, atol=1e-6)
    assert trained.probabilities([]).shape == (0, 2)


def test_weights_are_honoured() -> None:
    rows, unseen = snips(), snips(30, 60)
    trained = SMALL.fit(joined(rows, swapped(rows), (1, 0)), unseen, 0)
    assert accuracy(trained, rows) > 0.8
    trained = SMALL.fit(joined(rows, swapped(rows), (0, 1)), swapped(unseen), 0)
    assert accuracy(trained, rows) < 0.2


def test_updates_replace_passes_over_the_rows() -> None:
    trained = SMALL.fit(snips(), snips(30, 60), 0, updates=7)
    assert trained.record
    assert trained.record.updates == 7
    assert len(trained.record.epochs) == 7


def test_labels_that_training_rows_lack_are_never_right() -> None:
    unseen = Examples([*snips(30, 60).texts, "play a song"], [*snips(30, 60).labels, "PlayMusic"])
    trained = SMALL.fit(snips(), unseen, 0)
    assert trained.classes == ["BookRestaurant", "GetWeather"]
    assert trained.record
    assert trained.record.validation
    assert trained.record.validation.accuracy < 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"optimizer": "sgd", "learning_rate": 1e18, "clip": 1e30},
            "so that training ended there; lower",
        ),
        ({"optimizer": "sgd", "learning_rate": 1e-9}, "it predicts one label for all validation rows, which have 2"),
        ({"optimizer": "sgd", "learning_rate": 30.0, "clip": 0.001}, "gradients explode: their norm reached"),
        ({"epochs": 3}, "the validation loss was still falling at the end"),
    ],
)
def test_bad_settings_are_found_out(settings: dict[str, object], said: str) -> None:
    model = Cnn.model_validate({**SMALL.model_dump(exclude_unset=True), **settings})
    record = model.fit(snips(), snips(30, 60), 0).record
    assert record
    assert [finding for finding in record.findings if said in finding], record


def test_labels_drawn_by_lot_are_found_out() -> None:
    rng = np.random.default_rng(0)
    training, validation = (
        Examples(part.texts, rng.permutation(list(part.labels)).tolist()) for part in (snips(), snips(40, 60))
    )
    record = SMALL.model_copy(update={"learning_rate": 0.01}).fit(training, validation, 0).record
    assert record
    assert any(finding.startswith("the validation loss rose from the first epoch on") for finding in record.findings)
    assert any(finding.startswith("it learnt nothing that holds") for finding in record.findings)
