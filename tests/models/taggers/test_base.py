"""What all taggers share: tagged rows, valid tags, and the test whether they can learn at all."""

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
from augcli.models.classifiers.base import TrainingRecord
from augcli.models.taggers.base import Sentences, Tagger, TrainedTagger, overfits, repair
from augcli.models.taggers.crf import Crf
from augcli.models.taggers.entities import entities
from augcli.models.taggers.token_classifier import TokenClassifier
from augcli.plugin import find, names
from tests.support.sentences import flights

KINDS: tuple[type[Tagger], ...] = (Crf, TokenClassifier)
TAGS = st.sampled_from(["O", "B-a", "I-a", "B-b-c", "I-b-c", "I-b"])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (([["a"], ["b"]], [["O"]]), "there are 2 sentences, but 1 lists of tags"),
        (([["a"]], [["O"]], [1, 2]), "there are 1 sentences, but 2 weights"),
        (([["a"], ["b", "c"]], [["O"], ["O"]]), "row 2: 2 tokens, but 1 tags; each token needs one"),
        (([["a", "b"]], [["O", "I-x"]]), "row 1: tag 2 is 'I-x' after 'O'; an entity begins with B-x"),
        (([["a"]], [["x"]]), "row 1: tag 1 is 'x'; expected one of O, B-type, I-type"),
        (([["a"]], [["O"]], [-1]), "row 1: expected a weight of 0 or more, got -1"),
    ],
)
def test_rows_that_do_not_fit_are_refused(wrong: tuple[Any, ...], said: str) -> None:
    with pytest.raises(DataError, match=said):
        Sentences(*wrong)


def test_tokens_become_examples_that_weigh_what_their_sentence_does() -> None:
    examples = Sentences([["to", "Oslo"], [], ["hi"]], [["O", "B-city"], [], ["O"]], [1, 5, 2]).examples()
    assert examples.texts == ["to", "Oslo", "hi"]
    assert examples.labels == ["O", "B-city", "O"]
    assert examples.weights == [1, 1, 2]
    assert examples.label_shares(["B-city", "I-city", "O"]).tolist() == [0.25, 0, 0.75]


@given(st.lists(TAGS))
def test_tags_are_repaired_where_an_entity_did_not_begin(tags: list[str]) -> None:
    repaired = repair(tags)
    entities(repaired)  # they are valid
    assert [tag[1:] for tag in repaired] == [tag[1:] for tag in tags]
    assert [tag for tag, before in zip(repaired, tags, strict=True) if tag != before] == [
        tag for tag, before in zip(repaired, tags, strict=True) if before.startswith("I-") and tag.startswith("B-")
    ]
    assert repair(repaired) == repaired


@pytest.mark.parametrize(
    ("tags", "repaired"),
    [
        ("I-a I-a O I-a", "B-a I-a O B-a"),
        ("B-a I-b I-b", "B-a B-b I-b"),
        ("B-a I-a I-a B-a", "B-a I-a I-a B-a"),
    ],
)
def test_some_tags_repaired(tags: str, repaired: str) -> None:
    assert repair(tags.split()) == repaired.split()


class Memory(Tagger):
    """Knows some of the rows that it was trained with, and of all others says that no token is in an entity."""

    name = "memory"
    knows: int

    def train(
        self, training: Sentences, validation: Sentences, tags: list[str], seed: int, updates: int | None
    ) -> TrainedTagger:
        pairs = zip(map(tuple, training.tokens[: self.knows]), training.tags, strict=False)
        return Remembered(dict(pairs), tags)

    def unrestrained(self) -> Self:
        return self


class Remembered(TrainedTagger):
    def __init__(self, known: dict[tuple[str, ...], Sequence[str]], tags: list[str]) -> None:
        self.known, self.tags = known, tags
        self.record = TrainingRecord(findings=["it forgets"])

    def probabilities(self, tokens: Sequence[Sequence[str]]) -> list[NDArray[np.float64]]:
        found = [self.known.get(tuple(sentence), ["O"] * len(sentence)) for sentence in tokens]
        return [np.array([[float(tag == known) for known in self.tags] for tag in tags]) for tags in found]


ROWS = Sentences(
    [["to", f"town{number}", "please"] for number in range(90)],
    [["O", "B-city", "O"] if number % 2 else ["O"] * 3 for number in range(90)],
)


def test_what_cannot_learn_32_sentences_by_heart_says_why() -> None:
    assert overfits(Memory(knows=32), ROWS) is None
    said = "memory cannot learn even the 32 tokens of entities in 32 sentences by heart, only 12 of them: it forgets"
    assert overfits(Memory(knows=12), ROWS) == said


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_one_tag_need_no_training(kind: type[Tagger]) -> None:
    trained = kind().fit(Sentences([["a"], ["b", "c"]], [["O"], ["O", "O"]]), flights(5), seed=0)
    assert trained.tags == ["O"]
    assert trained.predict([["a", "d"], []]) == [["O", "O"], []]
    assert [found.tolist() for found in trained.probabilities([["a", "d"], []])] == [[[1.0], [1.0]], []]
    assert trained.record is not None
    assert trained.record.findings == ["all training tokens have the tag 'O': there is nothing to learn"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_tokens_and_tokens_to_measure_with_that_have_other_tags_are_refused(kind: type[Tagger]) -> None:
    with pytest.raises(DataError, match="no tokens to train with"):
        kind().fit(Sentences([[]], [[]]), flights(5), seed=0)
    with pytest.raises(DataError, match="no validation token has a tag of the training tokens"):
        kind().fit(flights(5), Sentences([["a"], []], [["B-other"], []]), seed=0)


@pytest.mark.parametrize("kind", KINDS)
def test_settings_are_found_by_name_described_and_travel_to_other_processes(kind: type[Tagger]) -> None:
    assert find(Tagger, kind.name) is kind
    assert all(field.description for field in kind.model_fields.values())
    assert pickle.loads(pickle.dumps(kind(device="cpu"))) == kind(device="cpu")


def test_all_kinds_are_installed() -> None:
    assert names(Tagger) == sorted(kind.name for kind in KINDS)


@pytest.mark.parametrize(("kind", "extra"), [(Crf, "tags"), (TokenClassifier, "models")])
def test_without_its_packages_the_extra_to_install_is_named(
    kind: type[Tagger], extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(device, "version", missing)
    device.need.cache_clear()
    with pytest.raises(ResourceError, match=rf"pip install 'augcli\[{extra}\]'"):
        kind().fit(flights(5), flights(5), seed=0)
