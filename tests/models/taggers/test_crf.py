"""Conditional random fields."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest

from augcli.models.taggers.base import Sentences, overfits
from augcli.models.taggers.crf import Crf, TrainedCrf
from augcli.models.taggers.entities import entities, entity_f1, entity_scores
from tests.support.corpus import TEXTS
from tests.support.nasty import DATA
from tests.support.sentences import chinese_flights, flights, joined, share_right, thrice, without_people


def test_it_learns_the_same_again_without_a_word(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first, second = (Crf().fit(flights(), flights(20, 40), seed=0) for _ in range(2))
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
    assert first.tags == ["B-city", "B-person", "I-city", "I-person", "O"]
    tokens = flights(20, 40).tokens
    for one, other in zip(first.probabilities(tokens), second.probabilities(tokens), strict=True):
        assert one.tobytes() == other.tobytes()
        assert np.allclose(one.sum(axis=1), 1)
    assert share_right(first, flights(20, 40)) == 1
    assert first.record
    assert first.record.findings == []


def test_it_knows_a_city_by_its_place() -> None:
    trained = Crf().fit(flights(), flights(20, 40), seed=0)
    assert trained.predict([["fly", "to", "Timbuktu", "today"]]) == [["O", "O", "B-city", "O"]]


def test_it_learns_chinese_characters() -> None:
    trained = Crf(language="zh").fit(chinese_flights(), chinese_flights(20, 40), seed=0)
    assert share_right(trained, chinese_flights(20, 40)) == 1
    assert trained.predict([list("西安在哪里")]) == [["B-city", "I-city", "O", "O", "O"]]


def test_it_learns_rows_by_heart() -> None:
    assert overfits(Crf(), flights()) is None
    assert overfits(Crf(language="zh"), chinese_flights()) is None


def test_c2_is_that_which_finds_most_validation_entities_be_it_too_sure_of_them() -> None:
    unseen = flights(20, 40)
    unforeseen = [tags if {*tags} != {"O"} else ["B-city"] * len(tags) for tags in unseen.tags]
    validation = Sentences(unseen.tokens, unforeseen)
    scores, losses = {}, {}
    for c2 in (0.01, 1.0):
        trained = Crf(c2s=(c2,)).fit(flights(10), validation, seed=0)
        assert trained.record
        assert trained.record.validation
        losses[c2] = trained.record.validation.loss
        scores[c2] = entity_f1(validation.tags, trained.predict(validation.tokens))
    assert scores[0.01] > scores[1.0]
    assert losses[0.01] > losses[1.0]
    for c2s in ((0.01, 1.0), (1.0, 0.01)):
        record = Crf(c2s=c2s).fit(flights(10), validation, seed=0).record
        assert record
        assert record.chosen == {"c2": 0.01}


def test_weights_are_honoured() -> None:
    rows, unseen = flights(), flights(20, 40)
    other = without_people(rows)
    trained = Crf().fit(joined(thrice(other), rows, (0, 1)), unseen, 0)
    assert share_right(trained, rows) == 1
    trained = Crf().fit(joined(other, thrice(rows), (1, 0)), without_people(unseen), 0)
    assert share_right(trained, other) == 1


def test_all_sentences_more_often_are_the_same_model() -> None:
    rows, unseen = flights(20), flights(20, 40)
    once = Crf(c2s=(0.1,)).fit(rows, unseen, 0)
    often = Crf(c2s=(0.1,)).fit(Sentences(rows.tokens, rows.tags, [17.0] * len(rows)), unseen, 0)
    for one, other in zip(once.probabilities(rows.tokens), often.probabilities(rows.tokens), strict=True):
        assert np.allclose(one, other, atol=0.02)


def test_a_sentence_counts_as_often_as_its_weight_says_and_at_least_once() -> None:
    rows, unseen = flights(10), flights(20, 40)
    weights = [0.2, 1, 2.6, 0, 1, 1, 1, 1, 1, 1]
    weighted = Crf(c2s=(0.1,)).fit(Sentences(rows.tokens, rows.tags, weights), unseen, 0)
    drawn = rows.part([0, 1, 2, 2, 2, 4, 5, 6, 7, 8, 9])
    mean = len(drawn) / len(rows)
    repeated = Crf(c1=mean * 0.05, c2s=(mean * 0.1,)).fit(drawn, unseen, 0)
    for one, other in zip(weighted.probabilities(rows.tokens), repeated.probabilities(rows.tokens), strict=True):
        assert one.tobytes() == other.tobytes()


def test_tags_that_are_no_valid_bio_are_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = Crf().fit(flights(), flights(20, 40), seed=0)
    assert isinstance(trained, TrainedCrf)

    class Wrong:
        def tag(self, features: object) -> list[str]:
            return ["I-city", "I-city", "I-person", "O"]

    monkeypatch.setattr(trained, "_tagger", Wrong())
    assert trained.predict([["a", "b", "c", "d"]]) == [["B-city", "I-city", "B-person", "O"]]


def test_a_model_that_finds_nothing_says_so() -> None:
    record = Crf(c2s=(1e6,)).fit(flights(), flights(20, 40), seed=0).record
    assert record
    assert record.findings == [
        "it finds no entity of the validation rows as it is; add rows, or name lower values in c2s"
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_any_tokens_get_tags(language: str) -> None:
    trained = Crf(language=language).fit(flights(), flights(20, 40), seed=0)
    sentences = [[], [""], ["\ud800", "\0", " "], *(text.split(" ") for text in TEXTS.values())]
    for sentence, tags, found in zip(
        sentences, trained.predict(sentences), trained.probabilities(sentences), strict=True
    ):
        entities(tags)  # they are valid
        assert len(tags) == len(sentence)
        assert found.shape == (len(sentence), len(trained.tags))
    assert trained.probabilities([]) == trained.predict([]) == []


def conll(name: str) -> Sentences:
    """Rows of WNUT 2017, entities in posts of the web."""
    sentences: list[tuple[list[str], list[str]]] = [([], [])]
    for line in (DATA / "wnut17" / name).read_text(encoding="utf-8").split("\n"):
        token, _, tag = line.strip("\r").partition("\t")
        if token:
            sentences[-1][0].append(token)
            sentences[-1][1].append(tag.strip())
        elif sentences[-1][0]:
            sentences.append(([], []))
    return Sentences([tokens for tokens, _ in sentences], [tags for _, tags in sentences])


@pytest.mark.skipif(not (DATA / "wnut17").exists(), reason="needs shared/data")
def test_it_learns_from_posts_of_the_web() -> None:
    training = conll("wnut17train.conll")
    unseen = training.part(range(1000, 2000))
    trained = Crf().fit(training.part(range(500)), training.part(range(500, 700)), seed=0)
    scores = entity_scores(unseen.tags, trained.predict(unseen.tokens))
    print(scores)  # noqa: T201
    assert scores.f1 > 0.3
    assert scores.recalls["location"] > scores.recalls["product"]
