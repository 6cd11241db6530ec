"""Logistic regression: the minimum that scikit-learn finds, also for probabilities of labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from augcli.models.logistic import UNKNOWN, Head, fit_path, fit_probabilities, known_labels, softmax, target_shares

CLOSE = 2e-3
EXACT = 1e-6
"""Tolerance of the gradient that leaves hardly any difference."""


def example(labels: int, rows: int = 60, width: int = 8, seed: int = 0) -> tuple[Any, list[str]]:
    """Features, a third of them zero, and labels that follow from them with noise."""
    draw = np.random.default_rng(seed)
    features = draw.normal(size=(rows, width)) * (draw.random((rows, width)) > 0.3)
    scores = features @ draw.normal(size=(width, labels)) + draw.normal(size=(rows, labels))
    found = [f"label {number}" for number in scores.argmax(axis=1)]
    found[:labels] = [f"label {number}" for number in range(labels)]
    return features.astype(np.float32), found


def probabilities(weights: Any, features: Any) -> Any:
    return softmax((features @ weights[:-1]).astype(float) + weights[-1])


def sklearn(features: Any, labels: list[str], counts: Any, c: float) -> Any:
    model = LogisticRegression(C=c, tol=1e-8, max_iter=10_000)
    return model.fit(features, labels, sample_weight=counts).predict_proba(features)


def fitted(features: Any, labels: list[str], counts: Any, c: float) -> Any:
    targets = target_shares(labels, None, sorted({*labels}))
    return probabilities(fit_probabilities(features, targets, counts, c, EXACT), features)


@pytest.mark.parametrize("c", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("labels", [2, 3, 6])
@pytest.mark.parametrize("kind", [np.asarray, csr_matrix])
@pytest.mark.parametrize("weighted", [False, True])
def test_probabilities_are_those_of_scikit_learn(labels: int, c: float, kind: Any, weighted: bool) -> None:
    features, told = example(labels, seed=labels)
    counts = np.random.default_rng(1).uniform(0.1, 3, len(told)) if weighted else np.ones(len(told))
    found = fitted(kind(features), told, counts, c)
    assert np.allclose(found, sklearn(features, told, counts, c), atol=CLOSE)
    if weighted:
        assert not np.allclose(found, fitted(features, told, np.ones(len(told)), c), atol=CLOSE)


def test_the_minimum_is_reached_where_labels_are_many_and_all_rows_are_sure() -> None:
    draw, rows = np.random.default_rng(0), 400
    centres = draw.normal(size=(77, 60))
    labels = draw.integers(0, 77, rows)
    hidden = (centres[labels] + 0.5 * draw.normal(size=(rows, 60))) * np.geomspace(1, 0.05, 60)
    shown = hidden @ draw.normal(size=(60, 384)) + 0.05 * draw.normal(size=(rows, 384))
    features = StandardScaler().fit_transform(shown).astype(np.float32)
    told = [f"label {label:02}" for label in labels]
    targets = target_shares(told, None, sorted({*told}))
    weights = fit_probabilities(features, targets, np.ones(rows), 0.75, 1e-4)
    gradient = features.T @ (probabilities(weights, features) - targets) + weights[:-1] / 0.75
    assert np.abs(gradient).max() <= 1.1e-4 * rows


def test_features_of_one_row_are_joined_and_the_model_stays() -> None:
    features, told = example(3)
    apart = np.zeros((len(told), 100), np.float32)  # of which the last 40 stand in no row
    apart[np.arange(60), np.arange(60)] = np.linspace(0.5, 2, 60)
    apart[7, :7] = 0
    apart[8, :7] = features[8, 0] + 1  # rows 0 to 6 share theirs with row 8
    wide = np.hstack([features, apart])
    targets, counts = target_shares(told, None, sorted({*told})), np.ones(len(told))
    dense, sparse = (list(fit_path(kind(wide), targets, counts, [0.3, 3], EXACT)) for kind in (np.asarray, csr_matrix))
    for expected, found in zip(dense, sparse, strict=True):
        assert np.allclose(expected, found, atol=CLOSE)
    assert not sparse[1][-41:-1].any()
    assert sparse[1][-42].any()


@settings(max_examples=25)
@given(st.integers(2, 4), st.sampled_from([0.3, 3.0]), st.integers(0, 1000))
def test_probabilities_of_labels_count_as_that_share_of_a_row_each(labels: int, c: float, seed: int) -> None:
    features, told = example(labels, 30, seed=seed)
    draw = np.random.default_rng(seed)
    classes = [f"label {number}" for number in range(labels)]
    soft = [dict(zip(classes, shares.tolist(), strict=True)) for shares in draw.dirichlet([1.0] * labels, len(told))]
    counts = draw.uniform(0.5, 2, len(told))
    targets = target_shares(told, soft, classes)
    found = probabilities(fit_probabilities(features, targets, counts, c, EXACT), features)
    rows, each = np.repeat(np.arange(len(told)), labels), (counts[:, None] * targets).ravel()
    for fit in (fitted, sklearn):
        expanded = fit(features[rows], classes * len(told), each, c)
        assert np.allclose(found, expanded[::labels], atol=CLOSE)


def test_soft_labels_are_shares() -> None:
    soft = [{"b": 2.0, "c": 6.0}, None, {"a": 0.5}]
    classes = known_labels(["b", "a", "a"], soft)
    assert classes == ["a", "b", "c"]
    assert target_shares(["b", "a", "a"], soft, classes).tolist() == [[0, 0.25, 0.75], [1, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize("scaled", [True, False])
def test_a_path_ends_where_single_trainings_do(scaled: bool) -> None:
    features, told = example(4)
    targets, counts = target_shares(told, None, sorted({*told})), np.ones(len(told))
    cs = [0.1, 1.0, 10.0]
    path = [*Head.path(features, targets, counts, cs, EXACT, scaled=scaled)]
    for c, head in zip(cs, path, strict=True):
        (alone,) = Head.path(features, targets, counts, [c], EXACT, scaled=scaled)
        assert np.allclose(softmax(head.logits(features)), softmax(alone.logits(features)), atol=CLOSE)
    first, last = (softmax(head.logits(features)) for head in (path[0], path[-1]))
    assert not np.allclose(first, last, atol=0.05)


def test_a_head_scales_its_features() -> None:
    features, told = example(3)
    features = features * np.array([1e-3, 1, 1e3, 1, 1, 1, 1, 0], np.float32) + 5
    counts = np.ones(len(told))
    (head,) = Head.path(features, target_shares(told, None, sorted({*told})), counts, [1.0], EXACT, scaled=True)
    expected = sklearn(StandardScaler().fit_transform(features.astype(float)), told, counts, 1.0)
    assert np.allclose(softmax(head.logits(features)), expected, atol=CLOSE)
    shifted = features * 7 - 3
    (again,) = Head.path(shifted, target_shares(told, None, sorted({*told})), counts, [1.0], EXACT, scaled=True)
    assert np.allclose(again.logits(shifted), head.logits(features), atol=0.05)


@pytest.mark.parametrize("kind", [np.asarray, csr_matrix])
def test_a_label_that_no_row_has_has_no_chance(kind: Any) -> None:
    features, told = example(3)
    classes = ["a label before", *sorted({*told}), "label behind"]
    targets, counts = target_shares(told, None, classes), np.ones(len(told))
    (head,) = Head.path(kind(features), targets, counts, [1.0], EXACT, scaled=False)
    found = softmax(head.logits(kind(features)))
    assert (head.weights[-1, [0, 4]] == UNKNOWN).all()
    assert (found[:, [0, 4]] == 0).all()
    assert np.allclose(found[:, 1:4], sklearn(features, told, counts, 1.0), atol=CLOSE)


def test_one_label_is_certain() -> None:
    features, _ = example(2)
    targets = np.zeros((len(features), 3))
    targets[:, 1] = 1
    (head,) = Head.path(features, targets, np.ones(len(features)), [1.0], EXACT, scaled=True)
    assert softmax(head.logits(features)).tolist() == [[0, 1, 0]] * len(features)


@pytest.mark.parametrize("kind", [np.asarray, csr_matrix])
def test_a_row_does_not_depend_on_its_neighbours(kind: Any) -> None:
    features, told = example(6, 300, 384)
    targets, counts = target_shares(told, None, sorted({*told})), np.ones(len(told))
    (head,) = Head.path(kind(features), targets, counts, [0.1], 1e-3, scaled=kind is np.asarray)
    together = softmax(head.logits(kind(features)))
    for size in (1, 2, 7, 100):
        parts = [softmax(head.logits(kind(features[at : at + size]))) for at in range(0, len(features), size)]
        assert np.abs(np.concatenate(parts) - together).max() < 1e-12
