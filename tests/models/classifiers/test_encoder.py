"""Frozen encoders with logistic regression."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from augcli.errors import ConfigError, ResourceError
from augcli.models.classifiers.base import Examples, overfits
from augcli.models.classifiers.encoder import Encoder
from augcli.models.pretrained import Pretrained
from tests.support.examples import accuracy, crosswoz, joined, snips, swapped
from tests.support.tiny_models import masked_lm_folder


def encoder(kind: str = "bert", **settings: Any) -> Encoder:
    return Encoder(model=str(masked_lm_folder(kind)), device="cpu", **settings)


def test_it_learns_the_same_again() -> None:
    first, second = (encoder().fit(snips(), snips(30, 60), 0) for _ in range(2))
    texts = snips(30, 60).texts
    assert first.probabilities(texts).tobytes() == second.probabilities(texts).tobytes()
    assert np.allclose(first.probabilities(texts).sum(axis=1), 1)
    assert accuracy(first, snips(30, 60)) > 0.7
    assert first.record
    assert first.record.validation
    assert first.record.chosen["layer"] in (0, 1, 2)


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "modernbert", "albert"])
def test_it_takes_encoders_of_other_kinds(kind: str) -> None:
    assert overfits(encoder(kind), snips()) is None


@pytest.mark.slow
def test_the_encoder_that_comes_along_learns_from_few_rows() -> None:
    model = Encoder(device="cpu", layers=(5,))
    assert accuracy(model.fit(snips(20), snips(20, 60), 0), snips(25, 80)) > 0.9
    assert overfits(model, snips(20)) is None


def test_it_learns_chinese() -> None:
    assert overfits(encoder("chinese-bert", language="zh"), crosswoz()) is None


def test_no_encoder_comes_along_for_other_languages() -> None:
    with pytest.raises(ConfigError, match="know English and Chinese only; for language de name another as model"):
        Encoder(language="de").fit(crosswoz(), crosswoz(30, 60), 0)


def test_each_text_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[str] = []
    tokenize = Pretrained.tokenize

    def counted(self: Pretrained, texts: list[str]) -> list[list[int]]:
        encoded.extend(texts)
        return tokenize(self, texts)

    monkeypatch.setattr(Pretrained, "tokenize", counted)
    model = encoder()
    rows = Examples([*snips(20).texts] * 2, [*snips(20).labels] * 2)
    for seed in (0, 1):
        model.fit(rows, snips(10, 20), seed).probabilities(snips(30).texts)
    assert sorted(encoded) == sorted({*snips(30).texts})


def test_texts_are_encoded_once_for_all_runs_with_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = encoder(cache=str(tmp_path)).fit(snips(), snips(30, 60), 0).probabilities(snips(80).texts)
    monkeypatch.setattr(Pretrained, "tokenize", lambda self, texts: [*texts] and pytest.fail("encoded again"))
    again = encoder(cache=str(tmp_path)).fit(snips(), snips(30, 60), 0).probabilities(snips(80).texts)
    assert first.tobytes() == again.tobytes()


def test_each_of_several_models_brings_its_best_layer() -> None:
    names = tuple(str(masked_lm_folder(kind)) for kind in ("bert", "roberta"))
    together = Encoder(model=names, device="cpu").fit(snips(), snips(30, 60), 0)
    assert together.record
    for name in names:
        one = encoder(cs=(300.0,)).model_copy(update={"model": name}).fit(snips(), snips(30, 60), 0).record
        assert one
        assert together.record.chosen[f"layer of {name}"] == one.chosen["layer"]
    assert together.record.chosen.keys() == {*(f"layer of {name}" for name in names), "C"}
    assert accuracy(together, snips(30, 60)) > 0.7
    alone = Encoder(model=names[:1], device="cpu").fit(snips(), snips(30, 60), 0)
    assert not np.array_equal(together.probabilities(snips(9).texts), alone.probabilities(snips(9).texts))
    plain = Encoder(model=names[0], device="cpu").fit(snips(), snips(30, 60), 0)
    assert np.array_equal(plain.probabilities(snips(9).texts), alone.probabilities(snips(9).texts))


def test_layers_of_several_models_cannot_be_named() -> None:
    with pytest.raises(ValidationError, match="layers and revision are of one model, and there are several"):
        Encoder(model=("a", "b"), layers=(1,))
    with pytest.raises(ValidationError, match="at least 1 item"):
        Encoder(model=())
    listed = Encoder.model_validate({"model": ["a", "b"]})
    assert listed.model == ("a", "b")
    assert Encoder.model_validate_json(listed.model_dump_json()) == listed


def test_no_texts_have_no_probabilities() -> None:
    assert encoder().fit(snips(), snips(30, 60), 0).probabilities([]).shape == (0, 2)


def test_weights_are_honoured() -> None:
    model = encoder(cs=(1000.0,))
    rows, unseen = snips(), snips(30, 60)
    trained = model.fit(joined(rows, swapped(rows), (1, 0)), unseen, 0)
    assert accuracy(trained, rows) > 0.8
    trained = model.fit(joined(rows, swapped(rows), (0, 1)), swapped(unseen), 0)
    assert accuracy(trained, rows) < 0.2


def test_twice_the_rows_at_half_the_weight_give_the_same_model() -> None:
    model = encoder(layers=(1,), cs=(30.0,))
    rows = snips()
    once = model.fit(rows, snips(30, 60), 0).probabilities(rows.texts)
    twice = model.fit(Examples([*rows.texts] * 2, [*rows.labels] * 2), snips(30, 60), 0).probabilities(rows.texts)
    assert np.allclose(once, twice, atol=0.01)


def test_layer_and_c_are_those_with_the_lowest_validation_loss() -> None:
    layers, cs = (0, 1, 2), (10.0, 1000.0)
    losses = {}
    for layer in layers:
        record = encoder(layers=(layer,), cs=cs[-1:]).fit(snips(), snips(30, 60), 0).record
        assert record
        assert record.validation
        losses[layer] = record.validation.loss
    chosen = encoder(layers=layers, cs=cs).fit(snips(), snips(30, 60), 0).record
    assert chosen
    assert chosen.validation
    assert chosen.chosen["layer"] == min(losses, key=lambda layer: losses[layer])
    assert chosen.validation.loss <= min(losses.values())


def test_labels_drawn_by_lot_are_found_out() -> None:
    rng = np.random.default_rng(0)
    training, validation = (
        Examples(part.texts, rng.permutation(list(part.labels)).tolist()) for part in (snips(), snips(40, 60))
    )
    record = encoder(cs=(3000.0,)).fit(training, validation, 0).record
    assert record
    assert any(finding.startswith("it learnt nothing that holds") for finding in record.findings)


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match="encoder: the model has the layers 0 to 2, not 7"):
        encoder(layers=(1, 7)).fit(snips(), snips(30, 60), 0)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match=r"is no model: it has no config\.json"):
        Encoder(model=str(tmp_path)).fit(snips(), snips(30, 60), 0)
