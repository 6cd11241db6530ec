"""Fine-tuned models that tag tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from augcli.errors import ConfigError, ResourceError
from augcli.models.taggers.base import Sentences, overfits
from augcli.models.taggers.entities import entities
from augcli.models.taggers.token_classifier import TokenClassifier, TrainedTokenClassifier
from tests.support.corpus import TEXTS
from tests.support.sentences import chinese_flights, flights, joined, share_right, thrice, without_people
from tests.support.tiny_models import WINDOW, masked_lm_folder


def token_classifier(kind: str = "bert", **settings: Any) -> TokenClassifier:
    small = {"learning_rate": 1e-2, "epochs": 8, "batch_size": 8, "warmup": 5, "device": "cpu"}
    return TokenClassifier(**{"model": str(masked_lm_folder(kind)), **small, **settings})


def untrained(kind: str) -> TrainedTokenClassifier:
    trained = token_classifier(kind).fit(flights(5), flights(5), 0, updates=1)
    assert isinstance(trained, TrainedTokenClassifier)
    return trained


def test_it_learns_the_same_again_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    masked_lm_folder("bert")
    capfd.readouterr()
    first, second, other = (token_classifier().fit(flights(), flights(20, 40), seed) for seed in (1, 1, 2))
    assert capfd.readouterr() == ("", "")
    tokens = flights(20, 40).tokens
    same, again, different = (np.concatenate(trained.probabilities(tokens)) for trained in (first, second, other))
    assert same.tobytes() == again.tobytes() != different.tobytes()
    assert np.allclose(same.sum(axis=1), 1)
    assert first.tags == ["B-city", "B-person", "I-city", "I-person", "O"]
    assert share_right(first, flights(20, 40)) > 0.9


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "electra", "modernbert", "xlm-roberta"])
def test_it_takes_models_of_other_kinds(kind: str) -> None:
    assert share_right(token_classifier(kind).fit(flights(), flights(20, 40), 0), flights(20, 40)) > 0.9


def test_it_learns_chinese_rows_by_heart() -> None:
    assert overfits(token_classifier("chinese-bert", language="zh"), chinese_flights()) is None


@pytest.mark.slow
def test_the_model_that_comes_along_learns_from_few_rows() -> None:
    model = TokenClassifier(device="cpu", batch_size=8)
    assert share_right(model.fit(flights(), flights(20, 40), 0), flights(20, 40)) > 0.9
    assert overfits(model, flights()) is None


def test_updates_replace_passes_over_the_rows() -> None:
    record = token_classifier(patience=9).fit(flights(), flights(20, 40), 0, updates=5).record
    assert record
    assert record.updates == 5
    assert len(record.epochs) == 5


def test_weights_are_honoured() -> None:
    rows, unseen = flights(), flights(20, 40)
    other = without_people(rows)
    trained = token_classifier().fit(joined(thrice(other), rows, (0, 1)), unseen, 0)
    assert share_right(trained, rows) > 0.9
    trained = token_classifier().fit(joined(other, thrice(rows), (1, 0)), without_people(unseen), 0)
    assert share_right(trained, other) > 0.9


@pytest.mark.parametrize("kind", ["bert", "roberta", "modernbert", "xlm-roberta", "chinese-bert"])
def test_a_token_is_told_by_its_first_piece(kind: str) -> None:
    trained = untrained(kind)
    tokenizer = trained._tuned.tokenizer
    sentence = ["fly", "to", "Reykjavik", "don't", "\x00", "", "now"]
    pieces = trained.split([sentence])[0]
    assert len(pieces.firsts) == len(sentence)
    ends = [*pieces.firsts[1:], len(pieces.numbers) - 1]
    said = [
        tokenizer.decode(pieces.numbers[start:end]).replace(" ", "").lower()
        for start, end in zip(pieces.firsts, ends, strict=True)
    ]
    if kind == "chinese-bert":  # which knows no Latin letters
        said[:4] = sentence[:4]
    assert said[2:4] in (["reykjavik", "don't"], ["Reykjavik", "don't"])
    assert said[:2] == ["fly", "to"]
    assert said[-1] == "now" or kind == "chinese-bert"
    assert pieces.numbers[pieces.firsts[5]] == tokenizer.unk_token_id
    assert tokenizer.decode(pieces.numbers[: pieces.firsts[0]]) == tokenizer.cls_token
    assert tokenizer.decode(pieces.numbers[-1:]) == tokenizer.sep_token


def test_tokens_beyond_the_window_are_in_no_entity() -> None:
    long = Sentences([["London"] * 200], [["B-city"] * 200])
    rows = flights()
    both = Sentences([*rows.tokens, *long.tokens], [*rows.tags, *long.tags])
    trained = token_classifier().fit(both, flights(20, 40), 0)
    assert isinstance(trained, TrainedTokenClassifier)
    read = len(trained.split(long.tokens)[0].firsts)
    assert 0 < read < WINDOW
    tags = trained.predict(long.tokens)[0]
    assert tags[read:] == ["O"] * (200 - read)
    assert "O" not in tags[: read - 5]


def test_any_tokens_get_the_same_whatever_stands_beside_them() -> None:
    trained = untrained("bert")
    sentences = [[], [""], ["\ud800", "\0", " "], *(text.split(" ") for text in TEXTS.values())]
    for sentence, tags, found in zip(
        sentences, trained.predict(sentences), trained.probabilities(sentences), strict=True
    ):
        entities(tags)  # they are valid
        assert len(tags) == len(sentence)
        assert np.allclose(found, trained.probabilities([sentence])[0], atol=1e-5)
    assert trained.probabilities([]) == trained.predict([]) == []


def test_what_is_no_model_for_it_is_refused(tmp_path: Any) -> None:
    with pytest.raises(ConfigError, match="the models that come along know English and Chinese only"):
        TokenClassifier(language="de").fit(chinese_flights(), chinese_flights(), 0)
    with pytest.raises(ResourceError, match="is no model"):
        token_classifier(model=str(tmp_path)).fit(flights(), flights(), 0)
