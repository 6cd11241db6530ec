"""What is watched while a network is trained, and what is said of it."""

from __future__ import annotations

import math
from itertools import islice

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from augcli.models.classifiers.base import Examples, label_numbers
from augcli.models.classifiers.cnn import Cnn
from augcli.models.classifiers.training import Watch, batches_by_weight, clip_gradients, cross_entropy, optimizer_for

TRAINING, VALIDATION = Examples(["a", "b"] * 8, ["x", "y"] * 8), Examples(["c", "d"] * 2, ["x", "y"] * 2)
NORMS = np.array([0.5, 0.5])


def watch(updates: int | None = None, **settings: object) -> tuple[Watch, torch.nn.Linear]:
    network = torch.nn.Linear(2, 2)
    model = Cnn.model_validate({"batch_size": 4, "epochs": 8, **settings})
    shares, wanted = TRAINING.label_shares(["x", "y"]), label_numbers(VALIDATION.labels, ["x", "y"])
    return Watch(network, model, len(TRAINING), shares, wanted, updates), network


def logits(sure: float) -> NDArray[np.float64]:
    """Right answers when above 0; the surer, the lower the loss."""
    return np.array([[sure, -sure], [-sure, sure]] * 2)


def follow(watched: Watch, sure: list[float], norms: NDArray[np.float64] = NORMS) -> int:
    """Epochs with these validation logits; how many there were before the end."""
    for number, value in enumerate(sure):
        while not watched.updated(1.0, norms):
            pass
        watched.measured(logits(value))
        if watched.stopped:
            return number + 1
    return len(sure)


def test_an_epoch_is_a_pass_over_the_rows_or_an_equal_part_of_the_updates() -> None:
    ends: list[list[int]] = [[], []]
    for found, updates in zip(ends, (None, 20), strict=True):
        watched, _ = watch(updates)
        for update in range(1, watched.updates + 1):
            if watched.updated(1.0, NORMS):
                found.append(update)
                watched.measured(logits(update / 100))
        assert watched.stopped
    assert ends == [[4, 8, 12, 16, 20, 24, 28, 32], [2, 5, 8, 10, 12, 15, 18, 20]]


def test_fewer_updates_than_epochs_are_measured_each() -> None:
    watched, _ = watch(3)
    for number in (1, 2, 3):
        assert not watched.stopped
        assert watched.updated(1.0, NORMS)
        watched.measured(logits(number / 10))
    assert watched.stopped


def test_it_ends_after_epochs_without_gain_with_the_best_weights() -> None:
    watched, network = watch(patience=2)
    assert follow(watched, [0.1]) == 1
    with torch.no_grad():
        network.weight.fill_(7.0)
    assert follow(watched, [0.3]) == 1
    with torch.no_grad():
        network.weight.fill_(9.0)
    assert follow(watched, [0.2, 0.2, 0.2]) == 2
    record = watched.finish()
    assert (record.best, len(record.epochs)) == (1, 4)
    assert (network.weight == 7.0).all()


def test_the_rate_rises_and_is_halved_when_the_loss_stalls() -> None:
    watched, _ = watch(learning_rate=1.0, warmup=3, halve_after=2, patience=9)
    rates = []
    for _ in range(4):
        rates.append(watched.rate())
        watched.updated(1.0, NORMS)
    assert rates == [0.25, 0.5, 0.75, 1.0]
    watched.measured(logits(0.3))
    follow(watched, [0.2, 0.2, 0.2, 0.2])
    assert [epoch.rate for epoch in watched.record.epochs] == [1, 1, 1, 0.5, 0.5]
    assert watched.rate() == 0.25


def test_it_ends_when_nothing_is_left_to_learn() -> None:
    watched, _ = watch()
    assert follow(watched, [1, 9, 9]) == 2
    assert watched.finish().findings == []


@pytest.mark.parametrize(
    ("sure", "norms", "said"),
    [
        ([0.5, 0.2, 0.1], NORMS, "the validation loss rose from the first epoch on (0.313 to 0.598); lower"),
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], NORMS, "falling at the end (0.220 to 0.184); raise epochs (8)"),
        ([-1, 1], NORMS * 400, "gradients explode: their norm reached 283; lower learning_rate (0.003) or clip (1)"),
        ([-1, 1], NORMS * math.nan, "gradients explode: their norm reached nan"),
        ([-1, 1], np.array([1, 1e-9]), "gradients vanish: 1 of 2 matrices of weights hardly get any"),
        ([-1, -0.5], NORMS, "it learnt nothing that holds for the validation rows: their loss is 1.313"),
        ([math.nan], NORMS, "the validation loss was nan, so that training ended there; lower learning_rate"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_said(sure: list[float], norms: NDArray[np.float64], said: str) -> None:
    watched, _ = watch()
    follow(watched, sure, norms)
    assert [finding for finding in watched.finish().findings if said in finding], watched.record.findings


def test_one_label_for_all_is_said() -> None:
    watched, _ = watch()
    while not watched.updated(1.0, NORMS):
        pass
    watched.measured(np.array([[0.6, 0.4]] * 4))
    assert watched.finish().findings[0].startswith("it predicts one label for all validation rows, which have 2;")


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_ends_the_training(loss: float) -> None:
    watched, network = watch()
    before = network.weight.clone()
    assert not watched.updated(loss, NORMS)
    assert watched.stopped
    with torch.no_grad():
        network.weight.fill_(math.nan)
    record = watched.finish()
    assert (record.validation, record.best) == (None, None)
    assert record.findings == [
        f"the loss was {loss} at update 1, so that training ended there; lower learning_rate (0.003) or clip (1)"
    ]
    assert (network.weight == before).all()


def test_weights_and_smoothing_enter_the_loss() -> None:
    given = torch.tensor([[2.0, 0.0], [0.0, 0.0]])
    targets = torch.tensor([0, 1])
    single = [float(cross_entropy(given[[row]], targets[[row]], 0.0)) for row in (0, 1)]
    assert float(cross_entropy(given, targets, 0.0, torch.tensor([1.5, 0.5]))) == pytest.approx(
        (1.5 * single[0] + 0.5 * single[1]) / 2
    )
    assert float(cross_entropy(given[[0]], targets[[0]], 0.2)) == pytest.approx(single[0] + 0.2)


def test_rows_are_seen_as_often_as_they_weigh() -> None:
    weights = np.array([2.5, 1.0, 0.25, 0.25, 0.0])
    passes = 400
    drawn = np.concatenate([*islice(batches_by_weight(weights, 4, 7), passes)])
    shares = np.bincount(drawn, minlength=5) / len(drawn)
    assert shares == pytest.approx(weights / weights.sum(), abs=0.03)
    assert shares[4] == 0
    even = [*islice(batches_by_weight(np.ones(6), 4, 7), 4)]
    assert [len(batch) for batch in even] == [4, 2, 4, 2]
    assert sorted([*even[0], *even[1]]) == sorted([*even[2], *even[3]]) == [*range(6)]


def test_gradients_are_clipped_together() -> None:
    network = torch.nn.Linear(2, 2)
    (network.weight.sum() * 30).backward()  # type: ignore[no-untyped-call]
    assert clip_gradients(network, 1.0).tolist() == [60.0]
    assert network.weight.grad is not None
    assert float(network.weight.grad.norm()) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("name", "kind"), [("adam", "Adam"), ("adamw", "AdamW"), ("sgd", "SGD")])
def test_the_optimizer_is_chosen_and_only_matrices_decay(name: str, kind: str) -> None:
    optimizer = optimizer_for(torch.nn.Linear(2, 2), Cnn.model_validate({"optimizer": name, "weight_decay": 0.3}))
    assert type(optimizer).__name__ == kind
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.3, 0.0]


def test_the_epoch_with_the_highest_score_is_the_best_and_of_equals_that_with_the_lowest_loss() -> None:
    watched, network = watch(patience=5)
    weights = []
    for sure, score in ((0.5, 0.0), (1.0, 0.0), (-0.3, 0.5), (-0.2, 0.5), (-0.3, 0.5), (2.0, 0.4), (math.nan, 0.9)):
        while not watched.updated(1.0, NORMS):
            pass
        with torch.no_grad():
            network.weight += 1
        weights.append(network.weight.clone())
        watched.measured(logits(sure), score)
    record = watched.finish()
    assert record.best == 3
    assert record.validation == record.epochs[3].validation
    assert torch.equal(network.weight, weights[3])
    assert not any(finding.startswith("it learnt nothing") for finding in record.findings)
