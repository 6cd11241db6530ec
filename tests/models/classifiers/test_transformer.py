"""Fine-tuned models."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
import transformers

from augcli.errors import ConfigError, ResourceError
from augcli.models.classifiers.base import Examples, overfits
from augcli.models.classifiers.transformer import Transformer
from tests.support.corpus import TEXTS
from tests.support.examples import accuracy, crosswoz, joined, snips, swapped
from tests.support.tiny_models import masked_lm_folder


def transformer(kind: str = "bert", **settings: Any) -> Transformer:
    small = {"learning_rate": 3e-3, "epochs": 8, "batch_size": 16, "device": "cpu"}
    return Transformer(**{"model": str(masked_lm_folder(kind)), **small, **settings})


@pytest.mark.slow
def test_it_learns_the_same_again_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    masked_lm_folder("bert")
    capfd.readouterr()
    first, second, other = (transformer().fit(snips(), snips(30, 60), seed) for seed in (1, 1, 2))
    assert capfd.readouterr() == ("", "")
    texts = snips(30, 60).texts
    assert first.probabilities(texts).tobytes() == second.probabilities(texts).tobytes()
    assert first.probabilities(texts).tobytes() != other.probabilities(texts).tobytes()
    assert first.classes == ["BookRestaurant", "GetWeather"]
    assert np.allclose(first.probabilities(texts).sum(axis=1), 1)
    assert accuracy(first, snips(30, 60)) > 0.7
    assert first.record
    assert first.record.validation
    assert first.record.validation.loss == min(epoch.validation.loss for epoch in first.record.epochs)


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "electra", "modernbert"])
def test_it_takes_models_of_other_kinds(kind: str) -> None:
    assert accuracy(transformer(kind).fit(snips(), snips(30, 60), 0), snips(30, 60)) > 0.7


def test_it_learns_chinese() -> None:
    assert overfits(transformer("chinese-bert", language="zh"), crosswoz()) is None


@pytest.mark.slow
def test_the_model_that_comes_along_learns_from_few_rows() -> None:
    model = Transformer(device="cpu", epochs=8)
    assert accuracy(model.fit(snips(40), snips(20, 60), 0), snips(25, 80)) > 0.9
    assert overfits(model, snips(20)) is None


def test_it_learns_rows_by_heart() -> None:
    assert overfits(transformer(), snips()) is None


@pytest.mark.slow
def test_rows_that_look_alike_cannot_be_learnt() -> None:
    said = overfits(transformer(longest=8), Examples([f"{'word ' * 9}{number}" for number in range(8)], ["x", "y"] * 4))
    assert said
    assert said.startswith("transformer cannot learn even 8 rows by heart, only 4 of them")


def test_updates_replace_passes_over_the_rows() -> None:
    record = transformer(patience=9).fit(snips(), snips(30, 60), 0, updates=5).record
    assert record
    assert record.updates == 5
    assert len(record.epochs) == 5


def test_weights_are_honoured() -> None:
    rows, unseen = snips(), snips(30, 60)
    trained = transformer().fit(joined(rows, swapped(rows), (1, 0)), unseen, 0)
    assert accuracy(trained, rows) > 0.8
    trained = transformer().fit(joined(rows, swapped(rows), (0, 1)), swapped(unseen), 0)
    assert accuracy(trained, rows) < 0.2


def test_any_text_gets_the_same_whatever_stands_beside_it() -> None:
    trained = transformer(epochs=1).fit(snips(), snips(30, 60), 0)
    texts = [*TEXTS.values(), "word " * 500]
    together = trained.probabilities(texts)
    assert np.allclose(np.concatenate([trained.probabilities([text]) for text in texts]), together, atol=1e-5)
    assert trained.probabilities([]).shape == (0, 2)


def test_a_learning_rate_that_is_far_too_high_is_found_out() -> None:
    record = transformer(learning_rate=1e20, optimizer="sgd").fit(snips(), snips(30, 60), 0).record
    assert record
    assert any("so that training ended there; lower learning_rate (1e+20)" in finding for finding in record.findings)


def test_narrow_models_learn_at_a_higher_rate(tmp_path: Path) -> None:
    auto: Any = transformers.AutoModelForSequenceClassification
    config = transformers.AutoConfig.from_pretrained(masked_lm_folder("bert"), hidden_size=512)
    auto.from_config(config).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(masked_lm_folder("bert")).save_pretrained(tmp_path)
    given: list[dict[str, Any]] = [{"learning_rate": None}, {"learning_rate": None, "model": str(tmp_path)}, {}]
    settings = [transformer(warmup=0, epochs=1, **keys) for keys in given]
    records = [each.fit(snips(20), snips(10, 60), 0, updates=1).record for each in settings]
    assert [record.epochs[0].rate for record in records if record] == [3e-4, 5e-5, 3e-3]


def test_dropout_of_the_model_can_be_changed() -> None:
    ends = [transformer(dropout=dropout, epochs=1).fit(snips(), snips(30, 60), 0) for dropout in (None, 0.1, 0.9)]
    same, as_in_the_model, other = (trained.probabilities(snips(5).texts).tobytes() for trained in ends)
    assert same == as_in_the_model != other


def test_a_classifier_of_other_labels_gets_a_new_head(tmp_path: Path) -> None:
    config = transformers.AutoConfig.from_pretrained(masked_lm_folder("bert"), num_labels=5)
    auto: Any = transformers.AutoModelForSequenceClassification
    auto.from_config(config).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(masked_lm_folder("bert")).save_pretrained(tmp_path)
    trained = transformer(model=str(tmp_path)).fit(snips(), snips(30, 60), 0)
    assert trained.probabilities(["rain"]).shape == (1, 2)
    assert accuracy(trained, snips(30, 60)) > 0.7


def test_what_cannot_be_a_classifier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="know English and Chinese only"):
        Transformer(language="de").fit(crosswoz(), crosswoz(30, 60), 0)

    config = copytree(masked_lm_folder("bert"), tmp_path / "other") / "config.json"
    config.write_text(json.dumps({"model_type": "vit", "hidden_size": 32}), encoding="utf-8")
    with pytest.raises(ResourceError, match=r"other is no classifier that can be loaded"):
        transformer(model=str(tmp_path / "other")).fit(snips(), snips(30, 60), 0)

    settings = copytree(masked_lm_folder("bert"), tmp_path / "unpadded") / "tokenizer_config.json"
    said = json.loads(settings.read_text(encoding="utf-8"))
    settings.write_text(json.dumps({**said, "pad_token": None}), encoding="utf-8")
    with pytest.raises(ResourceError, match="unpadded has no token for padding; add a pad_token to it"):
        transformer(model=str(tmp_path / "unpadded")).fit(snips(), snips(30, 60), 0)

    shape = copytree(masked_lm_folder("bert"), tmp_path / "deeper") / "config.json"
    said = json.loads(shape.read_text(encoding="utf-8"))
    shape.write_text(json.dumps({**said, "num_hidden_layers": 3}), encoding="utf-8")
    with pytest.raises(ResourceError, match=r"deeper is not whole, or .* lacks the weights bert\.encoder\.layer\.2"):
        transformer(model=str(tmp_path / "deeper")).fit(snips(), snips(30, 60), 0)

    small = copytree(masked_lm_folder("bert"), tmp_path / "mixed")
    transformers.AutoTokenizer.from_pretrained(masked_lm_folder("bert")).save_pretrained(small)
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(small)
    tokenizer.add_tokens([f"token{number}" for number in range(5)])
    tokenizer.save_pretrained(small)
    with pytest.raises(ResourceError, match="mixed has more tokens than the model: it is of another"):
        transformer(model=str(small)).fit(snips(), snips(30, 60), 0)
