"""The teacher: what it learns in folds, and what it keeps in its file."""

from __future__ import annotations

import random
from functools import cache
from itertools import pairwise
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.errors import ConfigError, ResourceError
from augcli.models.encoder import shared_encoder
from augcli.models.files import revision_of
from augcli.models.folds import grouped_folds
from augcli.models.logistic import Head, softmax, target_shares
from augcli.models.teachers import teacher as module
from augcli.models.teachers.features import Features, States, Words, WordVectors
from augcli.models.teachers.teacher import Heads, Teacher
from tests.support.teaching import cards
from tests.support.tiny_models import masked_lm_folder

TEXTS = [row["text"] for row in cards()]
LABELS = [row["label"] for row in cards()]


def folds_of(labels: list[str], count: int = 3) -> list[int]:
    folds = [0] * len(labels)
    for fold, (_, places) in enumerate(grouped_folds(labels, range(len(labels)), count, 1)):
        for place in places:
            folds[place] = fold
    return folds


FOLDS = folds_of(LABELS)


@cache
def taught() -> Teacher:
    return Teacher.fit([None], "en", "cpu", TEXTS, LABELS, FOLDS)


def heads_on(features: Features, folds: list[int] = FOLDS, labels: list[str] = LABELS) -> Heads:
    """A head for each fold that has learnt from the rows of the others."""
    shown, targets, fold = features.of(TEXTS), target_shares(labels, None, sorted({*labels})), np.array(folds)
    return Heads(
        features,
        [
            next(Head.path(shown[fold != one], targets[fold != one], np.ones((fold != one).sum()), [1.0], 1e-4,
                           scaled=features.scaled))
            for one in range(max(folds) + 1)
        ],
    )  # fmt: skip


def words() -> Words:
    features = Words("en")
    features.fit(TEXTS)
    return features


def of_all_kinds(model: str) -> Teacher:
    kinds = [States(model, "en", "cpu", 1), States(None, "en", "cpu", 5), words(), WordVectors("en")]
    teacher = Teacher(sorted({*LABELS}), [heads_on(kind) for kind in kinds], 1.3, np.array([[True] * 4] * 3))
    teacher.accuracy, teacher.chosen, teacher.own = 0.5, "all", {"card_arrival": [0.1, 0.9]}
    teacher.fold_of, teacher.values = {"r1": 2, "r2": 0}, {"card_arrival": 7}
    return teacher


def test_it_tells_labels_of_rows_that_it_has_not_seen() -> None:
    teacher = taught()
    found = teacher.probabilities(TEXTS, FOLDS)
    assert np.allclose(found.sum(axis=1), 1)
    right = [teacher.classes[column] == label for column, label in zip(found.argmax(axis=1), LABELS, strict=True)]
    assert teacher.accuracy == sum(right) / len(right) > 0.7
    own = {label: sorted(found[row, teacher.classes.index(label)] for row in range(52) if LABELS[row] == label)
           for label in teacher.classes}  # fmt: skip
    assert teacher.own.keys() == own.keys()
    assert all(np.allclose(teacher.own[label], own[label], atol=1e-5) for label in own)


def test_a_text_of_no_fold_gets_the_mean_of_all_folds() -> None:
    teacher = taught()
    each = [teacher.probabilities(TEXTS[:5], [fold] * 5) for fold in range(3)]
    assert not np.allclose(each[0], each[1], atol=1e-3)
    assert np.allclose(teacher.probabilities(TEXTS[:5], [None] * 5), np.mean(each, axis=0))
    mixed = teacher.probabilities(TEXTS[:5], [0, None, 1, None, 2])
    assert np.allclose(mixed[[0, 2, 4]], [each[0][0], each[1][2], each[2][4]])


def test_rows_are_judged_by_heads_that_have_not_seen_them() -> None:
    draw = random.Random(1)
    labels = [draw.choice("ab") for _ in TEXTS]  # which nobody can guess, but learn by heart
    folds = folds_of(labels)
    teacher = Teacher.fit([None], "en", "cpu", TEXTS, labels, folds)

    def told(numbers: list[int]) -> float:
        found = teacher.probabilities(TEXTS, list(numbers))
        return float(np.mean([teacher.classes[column] == label
                              for column, label in zip(found.argmax(axis=1), labels, strict=True)]))  # fmt: skip

    assert told(folds) == teacher.accuracy < 0.75
    assert told([(fold + 1) % 3 for fold in folds]) > teacher.accuracy + 0.15


@pytest.mark.parametrize("kind", ["words", "states"])
def test_the_labels_of_a_fold_do_not_reach_its_heads(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is chosen over all folds may: layer, C, parts and temperature, which are given here."""
    monkeypatch.setattr(module, "CS", (30.0,))
    monkeypatch.setattr(module, "WORD_CS", (10.0,))
    monkeypatch.setattr(module, "_TEMPERATURES", [1.0])
    wanted = 0 if kind == "states" else 1
    monkeypatch.setattr(module, "_best_mixture", lambda tried, targets: ([tried[wanted]], np.log(tried[wanted].unseen)))
    monkeypatch.setattr(States, "of", lambda self, texts: shared_encoder(None, "en", "cpu", "auto").of(texts, 5))
    other = [LABELS[0] if fold == 1 and label != LABELS[0] else label
             for label, fold in zip(LABELS, FOLDS, strict=True)]  # fmt: skip
    first, second = (Teacher.fit([None], "en", "cpu", TEXTS, labels, FOLDS) for labels in (LABELS, other))
    told = {
        fold: [teacher.probabilities(TEXTS, [fold] * 52) for teacher in (first, second)] for fold in (0, 1)
    }  # fmt: skip
    assert np.array_equal(told[1][0], told[1][1])
    assert not np.allclose(told[0][0], told[0][1], atol=0.01)


def test_the_temperature_is_that_of_the_least_loss() -> None:
    teacher, places = taught(), [taught().classes.index(label) for label in LABELS]
    chosen = teacher._temperature
    losses = {}
    try:
        for heat in module._TEMPERATURES:
            teacher._temperature = heat
            losses[heat] = -np.log(teacher.probabilities(TEXTS, FOLDS)[range(52), places]).mean()
    finally:
        teacher._temperature = chosen
    assert losses[chosen] == min(losses.values()) < max(losses.values()) - 0.1


def test_a_temperature_flattens_what_the_parts_say() -> None:
    part = heads_on(words())
    plain, hot = (Teacher(sorted({*LABELS}), [part], heat, np.ones((3, 4), bool)) for heat in (1.0, 2.0))
    logits = part.logits(part.prepare(TEXTS), range(len(TEXTS)), 0)
    assert np.allclose(plain.probabilities(TEXTS, [0] * 52), softmax(logits), atol=1e-3)
    assert np.allclose(hot.probabilities(TEXTS, [0] * 52), softmax(logits / 2), atol=1e-3)


def test_several_parts_are_a_geometric_mean() -> None:
    parts = [heads_on(words()), heads_on(WordVectors("en"))]
    each = [Teacher(sorted({*LABELS}), [part], 1.0, np.ones((3, 4), bool)) for part in parts]
    both = Teacher(sorted({*LABELS}), parts, 1.0, np.ones((3, 4), bool)).probabilities(TEXTS, [1] * 52)
    product = np.sqrt(np.prod([one.probabilities(TEXTS, [1] * 52) for one in each], axis=0))
    assert np.allclose(both, product / product.sum(axis=1, keepdims=True), atol=1e-3)


def test_no_other_mixture_of_two_has_a_smaller_loss() -> None:
    targets = target_shares(LABELS, None, sorted({*LABELS}))
    tried: list[Any] = []
    for features in (words(), WordVectors("en"), States(None, "en", "cpu", 5)):
        tried.append(module._cross_fit(features, TEXTS, targets, np.array(FOLDS), module.CS))
    used, mixed = module._best_mixture(tried, targets)
    reached = module._log_loss(softmax(mixed), targets)
    assert all(reached <= one.loss + 1e-9 for one in tried)
    assert len({id(one) for one in used}) == len(used) > 0


def test_what_is_saved_says_the_same_when_it_is_loaded(tmp_path: Path) -> None:
    teacher = of_all_kinds(str(masked_lm_folder("bert")))
    (tmp_path / "t.safetensors").write_bytes(teacher.dump())
    loaded = Teacher.load((tmp_path / "t.safetensors").read_bytes(), "en", "cpu")
    folds: list[int | None] = [None if row % 4 == 0 else fold for row, fold in enumerate(FOLDS)]
    assert loaded.probabilities(TEXTS, folds).tobytes() == teacher.probabilities(TEXTS, folds).tobytes()
    told = ("classes", "accuracy", "chosen", "own", "fold_of", "values")
    assert {name: getattr(loaded, name) for name in told} == {name: getattr(teacher, name) for name in told}
    assert loaded.known[0] == frozenset(LABELS)
    (tmp_path / "again.safetensors").write_bytes(loaded.dump())
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "t.safetensors").read_bytes()


def test_like_teachers_are_like_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(
            Teacher.fit([None, str(masked_lm_folder("bert"))], "en", "cpu", TEXTS, LABELS, FOLDS).dump()
        )
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    (tmp_path / "three").write_bytes(Teacher.fit([None], "en", "cpu", TEXTS[1:], LABELS[1:], FOLDS[1:]).dump())
    assert (tmp_path / "one").read_bytes() != (tmp_path / "three").read_bytes()


def test_a_fold_knows_the_labels_of_the_other_folds() -> None:
    labels = ["lone" if row == 7 else label for row, label in enumerate(LABELS)]
    teacher = Teacher.fit([None], "en", "cpu", TEXTS, labels, FOLDS)
    for fold in range(3):
        assert ("lone" in teacher.known[fold]) == (fold != FOLDS[7])
    found = teacher.probabilities(TEXTS, [FOLDS[7]] * 52)
    assert found[:, teacher.classes.index("lone")].max() < 1e-3


def forget() -> None:
    """What a process remembers of models; another one begins without."""
    shared_encoder.cache_clear()
    revision_of.cache_clear()


def test_another_version_of_the_encoder_is_refused(tmp_path: Path) -> None:
    folder = copytree(masked_lm_folder("bert"), tmp_path / "model")
    teacher = Teacher(sorted({*LABELS}), [heads_on(States(str(folder), "en", "cpu", 1))], 1.0, np.ones((3, 4), bool))
    (tmp_path / "t.safetensors").write_bytes(teacher.dump())
    forget()
    Teacher.load((tmp_path / "t.safetensors").read_bytes(), "en", "cpu")
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    forget()
    with pytest.raises(ResourceError, match="model is not the version that the teacher learnt with"):
        Teacher.load((tmp_path / "t.safetensors").read_bytes(), "en", "cpu")


def test_no_encoder_comes_along_for_other_languages() -> None:
    with pytest.raises(ConfigError, match="know English and Chinese only; for language de name another as model"):
        Teacher.fit([None], "de", "cpu", TEXTS, LABELS, FOLDS)


@given(
    st.dictionaries(
        st.sampled_from("abcd"), st.lists(st.integers(0, 999), min_size=1, max_size=20, unique=True), min_size=1
    ),
    st.floats(0, 1),
)
def test_as_large_a_share_of_each_label_reaches_its_least_probability(own: dict[str, list[int]], least: float) -> None:
    teacher = Teacher(sorted(own), [], 1.0, np.ones((2, len(own)), bool))
    teacher.own = {label: sorted(number / 1000 for number in some) for label, some in own.items()}
    every = [one for some in teacher.own.values() for one in some]
    share = sum(one >= least for one in every) / len(every)
    for label, some in teacher.own.items():
        reached = sum(one >= teacher.least(label, least) for one in some)
        assert abs(reached - share * len(some)) <= 0.5


def test_a_smallest_probability_grows_with_what_is_asked_for() -> None:
    teacher = taught()
    for label in teacher.classes:
        asked = [teacher.least(label, least) for least in (0.0, 0.2, 0.5, 0.8, 0.99)]
        assert all(first <= second for first, second in pairwise(asked))
        assert asked[0] == teacher.own[label][0]
    assert len({teacher.least(label, 0.5) for label in teacher.classes}) == 4


def test_word_vectors_of_your_own(tmp_path: Path) -> None:
    file = tmp_path / "v.txt"
    animals = ["Katze", "Hund", "Pferd", "Kuh", "Esel", "Maus"]
    fruits = ["Apfel", "Birne", "Kirsche", "Pflaume", "Traube", "Beere"]
    lines = [*(f"{word.lower()} 1 0\n" for word in animals), *(f"{word.lower()} 0 1\n" for word in fruits)]
    file.write_text("".join(lines), encoding="utf-8")
    texts, labels = [*animals, *fruits], ["animal"] * 6 + ["fruit"] * 6  # no word comes twice: only vectors can tell
    teacher = Teacher.fit([], "de", "cpu", texts, labels, [0, 1, 2] * 4, vectors=str(file))
    assert (teacher.accuracy, teacher.chosen) == (1.0, f"word vectors {file}")
    again = Teacher.load(teacher.dump(), "de", "cpu")
    assert (again.probabilities(texts, [None] * 12) == teacher.probabilities(texts, [None] * 12)).all()
    file.write_text("katze 0 1\n", encoding="utf-8")
    with pytest.raises(ResourceError, match=r"v\.txt are not those that the teacher learnt with"):
        Teacher.load(teacher.dump(), "de", "cpu")
