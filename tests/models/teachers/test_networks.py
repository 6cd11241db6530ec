"""Teachers that are whole networks."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pytest

from augcli.errors import ConfigError, DataError, ResourceError
from augcli.models.classifiers.base import Examples
from augcli.models.classifiers.transformer import Transformer
from augcli.models.teachers import networks
from augcli.models.teachers.teacher import Teacher
from tests.support.examples import snips
from tests.support.tiny_models import masked_lm_folder

LABELS = ["BookRestaurant", "GetWeather"]
ROWS, UNSEEN = snips(100), snips(30, 100)
FOLDS = [number % 2 for number in range(100)]


def fast(model: str | None, language: str, device: str) -> Transformer:
    """Settings for networks so small that they need a high rate."""
    small: dict[str, Any] = {"learning_rate": 3e-3, "epochs": 8, "batch_size": 8, "batch_tokens": 512}
    return Transformer(model=model, language=language, device=device, **small)


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "_settings", fast)


def tuned(rows: Examples, model: Path | None = None, folds: list[int] = FOLDS) -> Teacher:
    folder = str(model or masked_lm_folder("bert"))
    return Teacher.fine_tune(folder, "en", "cpu", rows.texts, rows.labels, folds, [*range(len(rows))], 3)


@cache
def classifier(*labels: str, **config: Any) -> Path:
    """A small classifier that has learnt two intents, whose layer on top has these labels."""
    import transformers

    folder = Path(mkdtemp(prefix="augcli-classifier-"))
    base = str(masked_lm_folder("bert"))
    settings = Transformer(model=base, learning_rate=3e-3, epochs=8, batch_size=16, device="cpu")
    rows, held = ROWS, UNSEEN
    trained = settings.train(rows, held, sorted({*labels, *LABELS}), 0, None)
    network = trained._tuned.network
    network.config.update(config)
    network.save_pretrained(folder)
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(base)
    tokenizer.save_pretrained(folder)
    return folder


def told(teacher: Teacher, rows: Examples) -> float:
    found = teacher.probabilities(rows.texts, [None] * len(rows)).argmax(axis=1)
    return float(np.mean([teacher.classes[column] == label for column, label in zip(found, rows.labels, strict=True)]))


def test_a_fine_tuned_teacher_is_measured_on_what_each_network_has_not_seen() -> None:
    rows = ROWS
    teacher = tuned(rows)
    assert teacher.chosen.endswith(", fine-tuned")
    assert told(teacher, UNSEEN) > 0.7
    found = teacher.probabilities(rows.texts, FOLDS)
    assert teacher.accuracy == np.mean([teacher.classes[at] for at in found.argmax(axis=1)] == np.array(rows.labels))
    assert np.allclose(found.sum(axis=1), 1)
    seen = teacher.probabilities(rows.texts, [1 - fold for fold in FOLDS])
    truth = [teacher.classes.index(label) for label in rows.labels]
    of_truth = [likely[range(len(rows)), truth].mean() for likely in (seen, found)]
    assert of_truth[0] > of_truth[1]


def test_labels_that_are_wrong_in_one_fold_mislead_only_its_own_network() -> None:
    rows = ROWS
    wrong = [label if fold else LABELS[1 - LABELS.index(label)] for label, fold in zip(rows.labels, FOLDS, strict=True)]
    teacher = tuned(Examples(rows.texts, wrong))
    truth = [LABELS.index(label) for label in rows.labels]
    taught_wrong, taught_right = (
        np.mean(teacher.probabilities(rows.texts, [fold] * len(rows)).argmax(axis=1) == truth) for fold in (1, 0)
    )
    assert taught_right > 0.7 > 0.3 > taught_wrong


@pytest.mark.slow
def test_it_is_the_same_again_and_after_it_was_saved() -> None:
    rows = ROWS
    teacher, again = tuned(rows), tuned(rows)
    teacher.fold_of = again.fold_of = {"a": 1}
    assert teacher.dump() == again.dump()
    loaded = Teacher.load(teacher.dump(), "en", "cpu")
    for folds in (FOLDS, [None] * len(rows)):
        assert loaded.probabilities(rows.texts, folds).tobytes() == teacher.probabilities(rows.texts, folds).tobytes()
    assert (loaded.accuracy, loaded.own, loaded.fold_of) == (teacher.accuracy, teacher.own, {"a": 1})


def test_a_judgement_does_not_depend_on_other_texts() -> None:
    teacher = tuned(snips(20), folds=FOLDS[:20])
    texts = [*snips(20, 60).texts, "word " * 500, ""]
    together = teacher.probabilities(texts, [0] * len(texts))
    alone = np.concatenate([teacher.probabilities([text], [0]) for text in texts])
    assert together.tobytes() == alone.tobytes()


def test_a_label_that_a_fold_does_not_know_is_the_least_likely_for_any_text() -> None:
    rows = snips(20)
    teacher = tuned(Examples(rows.texts, [*rows.labels[:-1], "Lone"]), folds=FOLDS[:20])
    assert teacher.known[FOLDS[-1]] == {*LABELS}
    assert teacher.known[1 - FOLDS[-1]] == {*LABELS, "Lone"}
    found = teacher.probabilities(rows.texts, [FOLDS[-1]] * 20)
    assert (found[:, teacher.classes.index("Lone")] == found.min(axis=1)).all()


def test_a_model_that_changed_is_refused(tmp_path: Path) -> None:
    folder = copytree(masked_lm_folder("bert"), tmp_path / "model")
    saved = tuned(snips(20), folder, FOLDS[:20]).dump()
    (folder / "special_tokens_map.json").write_text("{}", encoding="utf-8")
    forget_digests()
    with pytest.raises(ResourceError, match="model is not the version that the teacher learnt with"):
        Teacher.load(saved, "en", "cpu")


def forget_digests() -> None:
    from augcli.models.files import revision_of

    revision_of.cache_clear()


@pytest.mark.parametrize(
    ("count", "folds", "why"),
    [(2, [0, 1], "needs two rows of some label at least"), (3, [0, 0, 1], "needs two rows of some label at least")],
)
def test_too_few_rows_are_refused(count: int, folds: list[int], why: str) -> None:
    with pytest.raises(DataError, match=why):
        tuned(snips(count), folds=folds)


def test_a_classifier_is_taken_as_it_is() -> None:
    folder, rows = classifier("AddToPlaylist", "Zzz"), UNSEEN
    teacher = Teacher.ready(str(folder), "cpu", rows.texts, rows.labels)
    assert teacher.classes == LABELS
    assert teacher.accuracy == told(teacher, rows) > 0.7
    assert teacher.known[0] == {*LABELS}
    all_labels = Transformer(model=str(folder), device="cpu").load()
    assert all_labels.classes == ["AddToPlaylist", *LABELS, "Zzz"]
    likely = all_labels.probabilities(rows.texts)[:, 1:3]
    expected = likely / likely.sum(axis=1, keepdims=True)
    assert np.allclose(teacher.probabilities(rows.texts, [None] * len(rows)), expected, atol=1e-3)  # none is below 1e-4
    saved = teacher.dump()
    assert len(saved) < 5_000
    loaded = Teacher.load(saved, "en", "cpu")
    found = [each.probabilities(rows.texts, [None] * len(rows)).tobytes() for each in (teacher, loaded)]
    assert found[0] == found[1]


def test_a_classifier_that_cannot_judge_is_refused(tmp_path: Path) -> None:
    rows = UNSEEN
    with pytest.raises(ConfigError, match=r"does not know 2 of 2 labels of the input, as 'no', 'yes'; it knows 'Book"):
        Teacher.ready(str(classifier()), "cpu", ["a", "b"], ["yes", "no"])
    with pytest.raises(ConfigError, match="does not know 1 of 3 labels of the input, as 'GetNews'; it knows 'BookRest"):
        Teacher.ready(str(classifier()), "cpu", [*rows.texts, "news"], [*rows.labels, "GetNews"])
    several = str(classifier(problem_type="multi_label_classification"))
    with pytest.raises(ConfigError, match="gives a text several labels; a teacher needs a classifier that gives one"):
        Teacher.ready(several, "cpu", rows.texts, rows.labels)
    with pytest.raises(ResourceError, match=r"is not whole, or is no .*: it lacks the weights .*classifier\.weight"):
        Teacher.ready(str(masked_lm_folder("bert")), "cpu", rows.texts, rows.labels)
    with pytest.raises(ResourceError, match="there is no folder"):
        Teacher.ready(str(tmp_path / "gone"), "cpu", rows.texts, rows.labels)
    config = copytree(classifier(), tmp_path / "other") / "config.json"
    said = json.loads(config.read_text(encoding="utf-8"))
    saved = Teacher.ready(str(tmp_path / "other"), "cpu", rows.texts, rows.labels).dump()
    config.write_text(json.dumps({**said, "hidden_dropout_prob": 0.5}), encoding="utf-8")
    forget_digests()
    with pytest.raises(ResourceError, match="other is not the version that the teacher learnt with"):
        Teacher.load(saved, "en", "cpu")
