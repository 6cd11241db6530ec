"""What all classifiers share: rows, measurements, and the test whether they can learn at all."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError
from typing import Any, Self

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from augcli.errors import DataError, ResourceError
from augcli.models import device
from augcli.models.classifiers.base import (
    UNKNOWN,
    Classifier,
    Examples,
    Measurement,
    Trained,
    TrainingRecord,
    label_numbers,
    measure,
    overfits,
    weaknesses,
)
from augcli.models.classifiers.cnn import Cnn
from augcli.models.classifiers.encoder import Encoder
from augcli.models.classifiers.transformer import Transformer
from augcli.models.logistic import softmax
from augcli.plugin import find, names

KINDS: tuple[type[Classifier], ...] = (Cnn, Encoder, Transformer)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ((["a", "b"], ["x"]), "there are 2 texts, but 1 labels"),
        ((["a"], ["x"], [1, 2]), "there are 1 texts, but 2 weights"),
        ((["a", "b"], ["x", "y"], [1, -1]), "row 2: expected a weight of 0 or more, got -1"),
        ((["a"], ["x"], [float("nan")]), "row 1: expected a weight of 0 or more, got nan"),
        ((["a"], ["x"], [0]), "all weights are 0"),
    ],
)
def test_rows_that_do_not_fit_are_refused(wrong: tuple[Any, ...], said: str) -> None:
    with pytest.raises(DataError, match=said):
        Examples(*wrong)


def test_weights_are_1_on_average_and_even_over_labels_when_asked_for() -> None:
    rows = Examples(["a", "b", "c"], ["x", "x", "y"], [1, 3, 2])
    assert rows.relative_weights(by_label=False).tolist() == [0.5, 1.5, 1]
    assert np.allclose(rows.relative_weights(by_label=True), [0.375, 1.125, 1.5])


@given(st.lists(st.lists(st.floats(-50, 50), min_size=3, max_size=3), min_size=1, max_size=9), st.data())
def test_the_loss_is_that_of_the_probabilities(logits: list[list[float]], data: st.DataObject) -> None:
    wanted = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(logits), max_size=len(logits))))
    probabilities = softmax(np.array(logits))
    assert np.allclose(probabilities.sum(axis=1), 1)
    found = measure(np.array(logits), wanted)
    expected = -np.log(probabilities[range(len(logits)), wanted]).mean()
    assert found.loss == pytest.approx(expected)
    assert found.accuracy == (np.array(logits).argmax(axis=1) == wanted).mean()


def test_a_label_that_no_training_row_has_is_wrong_and_left_out_of_the_loss() -> None:
    wanted = label_numbers(["x", "z"], ["x", "y"])
    assert wanted.tolist() == [0, UNKNOWN]
    found = measure(np.array([[5.0, -5.0], [5.0, -5.0]]), wanted)
    assert found.accuracy == 0.5
    assert found.loss < 0.001


def test_predictions_that_are_no_better_than_the_label_shares_are_found() -> None:
    shares, validation = Examples("abcd", "yyxy", [0.5, 0.5, 2, 1]).label_shares("xy"), np.array([0, 1, UNKNOWN])
    assert shares.tolist() == [0.5, 0.5]
    assert list(weaknesses(Measurement(0.5, 0.9, 2), shares, validation, "change it")) == []
    one, nothing = weaknesses(Measurement(0.7, 0.5, 1), shares, validation, "change it")
    assert one.startswith("it predicts one label for all validation rows, which have 3; change it")
    assert "their loss is 0.700, and 0.693 by the shares of the labels alone" in nothing


class Memory(Classifier):
    """Knows some of the rows that it was trained with, and of all others says x."""

    name = "memory"
    knows: int

    def train(
        self, training: Examples, validation: Examples, classes: list[str], seed: int, updates: int | None
    ) -> Trained:
        return Remembered(dict(zip(training.texts[: self.knows], training.labels, strict=False)), classes)

    def unrestrained(self) -> Self:
        return self


class Remembered(Trained):
    def __init__(self, known: dict[str, str], classes: list[str]) -> None:
        self.known, self.classes = known, classes
        self.record = TrainingRecord(findings=["it forgets"])

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([[float(self.known.get(text, "x") == label) for label in self.classes] for text in texts])


ROWS = Examples([f"text {number}" for number in range(90)], [("x", "y", "z")[number % 3] for number in range(90)])


def test_what_cannot_learn_32_rows_by_heart_says_why() -> None:
    assert overfits(Memory(knows=32), ROWS) is None
    assert overfits(Memory(knows=12), ROWS) == "memory cannot learn even 32 rows by heart, only 19 of them: it forgets"


def test_equal_texts_with_different_labels_do_not_count_against_a_model() -> None:
    twice = Examples([*ROWS.texts, *ROWS.texts], [*ROWS.labels, *["x"] * 90])
    assert overfits(Memory(knows=32), twice) is None


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_one_label_need_no_training(kind: type[Classifier]) -> None:
    trained = kind().fit(Examples(["a", "b"], ["x", "x"]), Examples(["c"], ["y"]), seed=0)
    assert trained.classes == ["x"]
    assert trained.probabilities(["a", "d", ""]).tolist() == [[1.0]] * 3
    assert trained.record is not None
    assert trained.record.findings == ["all training rows have the label 'x': there is nothing to learn"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_and_rows_to_measure_with_that_have_other_labels_are_refused(kind: type[Classifier]) -> None:
    with pytest.raises(DataError, match="no rows to train with"):
        kind().fit(Examples([], []), Examples(["a"], ["x"]), seed=0)
    with pytest.raises(DataError, match="no validation row has a label of the training rows"):
        kind().fit(Examples(["a", "b"], ["x", "y"]), Examples(["c"], ["z"]), seed=0)


@pytest.mark.parametrize("kind", KINDS)
def test_settings_are_found_by_name_described_and_travel_to_other_processes(kind: type[Classifier]) -> None:
    assert find(Classifier, kind.name) is kind
    assert all(field.description for field in kind.model_fields.values())
    assert pickle.loads(pickle.dumps(kind(device="cpu"))) == kind(device="cpu")


def test_all_kinds_are_installed() -> None:
    assert names(Classifier) == sorted(kind.name for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_without_torch_the_extra_to_install_is_named(kind: type[Classifier], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(device, "version", missing)
    device.need.cache_clear()
    with pytest.raises(ResourceError, match=r"pip install 'augcli\[models\]'"):
        kind().fit(Examples(["a", "b"], ["x", "y"]), Examples(["c"], ["x"]), seed=0)
