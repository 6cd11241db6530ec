"""Labelled rows for classifiers: few, from the sample data, that small models can learn."""

from __future__ import annotations

from augcli.models.classifiers.base import Examples, Trained
from augcli.models.encoder import TextEncoder
from tests.support.helpers import CROSSWOZ, SNIPS, rows


def snips(count: int = 60, start: int = 0) -> Examples:
    """Rows of the two intents of SNIPS that differ most."""
    found = [row for row in rows(SNIPS) if row["label"] in ("GetWeather", "BookRestaurant")]
    return _examples(found[start : start + count])


def crosswoz(count: int = 60, start: int = 0) -> Examples:
    """Chinese rows on two subjects."""
    found = [row for row in rows(CROSSWOZ) if row["label"] in ("酒店", "餐馆")]
    return _examples(found[start : start + count])


def _examples(found: list[dict[str, str]]) -> Examples:
    return Examples([row["text"] for row in found], [row["label"] for row in found])


def swapped(examples: Examples) -> Examples:
    """The same texts, each with the other of two labels."""
    first, second = sorted({*examples.labels})
    return Examples(examples.texts, [second if label == first else first for label in examples.labels])


def joined(examples: Examples, more: Examples, weights: tuple[float, float]) -> Examples:
    """All rows of both, those of each with one weight."""
    each = [weight for weight, part in zip(weights, (examples, more), strict=True) for _ in part.texts]
    return Examples([*examples.texts, *more.texts], [*examples.labels, *more.labels], each)


def accuracy(trained: Trained, examples: Examples) -> float:
    """The share of rows whose label is the likeliest."""
    found = [trained.classes[column] for column in trained.probabilities(examples.texts).argmax(axis=1)]
    return sum(map(str.__eq__, found, examples.labels)) / len(examples)


def probed(encoder: TextEncoder, layer: int, seen: Examples, unseen: Examples) -> float:
    """The share of unseen rows whose label a linear model finds by what an encoder says of them."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(encoder.of(seen.texts, layer), list(seen.labels))
    return float(model.score(encoder.of(unseen.texts, layer), list(unseen.labels)))
