"""Evaluations of configs whose variants a teacher labels, and of rows without a label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from augcli.commands.evaluate.arms import Example, Made, OfConfig, as_example
from augcli.commands.evaluate.command import Command, evaluate_configs
from augcli.commands.evaluate.data import Data, Row, read_data, splits, write_pool
from augcli.commands.evaluate.fits import TEACHER, FitWork, Item, held_out, linear
from augcli.commands.evaluate.outcome import Evaluation
from augcli.commands.evaluate.race import Race
from augcli.config.load import load
from augcli.config.sections import Evaluate
from augcli.run import lesson
from tests.support.helpers import rows
from tests.support.teaching import HARD, POOL, SOFT, cards, config_of, unlabelled, write_rows

SWAP = {"swap": {"labels": "teacher_soft", "variants": 2, "steps": [{"random_delete": {"rate": 0.3}}]}}
LABELS = sorted({row["label"] for row in cards()})


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", cards())
    write_rows(tmp_path / "more.jsonl", unlabelled())


@pytest.fixture
def leading(monkeypatch: pytest.MonkeyPatch) -> None:
    """A teacher that leads in every split; with so few rows, that is chance."""
    monkeypatch.setattr(lesson, "_told_by_linear", lambda _, some, __: [False] * len(some))


def made(folder: Path, *, pool: Path | None = None, **keys: Any) -> tuple[Made, list[Row], Sequence[Row]]:
    """What a config adds to the training part of the first split, that part, and the tested rows."""
    pipeline = load(config_of(folder, **keys))
    data = read_data(pipeline.config, Evaluate(), tagged=False)
    split = splits(data, Evaluate(repeats=1, folds=3), 0)[0]
    training, tested = [data.rows[place] for place in split.training], data.tested_rows(split)
    return OfConfig("c", pipeline, "", pool).make(training, 1, tested), training, tested


def evaluated(folder: Path, output: str = "evaluation", **keys: Any) -> Evaluation:
    settings = Evaluate(repeats=1, folds=3, output=str(folder / output), **keys.pop("settings", {}))
    pipeline = load(config_of(folder, **keys))
    return evaluate_configs(Command(["c"], [pipeline], settings, {"linear": None}, quiet=True))


@pytest.mark.usefixtures("leading")
def test_soft_labels_and_weights(tmp_path: Path) -> None:
    found, training, tested = made(tmp_path, chains=SWAP, keys={"original_weight": 2.0})
    by_source = defaultdict(list)
    for example in found.examples:
        by_source[example.source].append(example)
        shares = dict(example.soft) or {example.label: 1.0}
        assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
        assert example.label == max(shares, key=shares.__getitem__)
        assert set(example.text.split()) & set(training[example.source].text.split())
    assert len(by_source) > 30
    assert all(sum(one.weight for one in some) == pytest.approx(1) for some in by_source.values())
    assert sum(len(example.soft) > 1 for example in found.examples) > 20
    assert any(example.label != training[example.source].label for example in found.examples)
    assert found.teacher
    said = found.teacher.said
    assert len(said.labels) == len(said.probabilities) == len(tested)
    right = [told == row.label for told, row in zip(said.labels, tested, strict=True)]
    assert sum(right) / len(right) > 0.5
    arm = OfConfig("c", load(config_of(tmp_path, chains=SWAP, keys={"original_weight": 2.0})), "")
    assert arm.original_weight == 2
    assert OfConfig("c", load(config_of(tmp_path, keys={"columns": ["aug_probs"], "original_weight": 2.0})), "") \
        .original_weight == 1  # fmt: skip


@pytest.mark.parametrize("column", ["aug_label", "label"])
@pytest.mark.usefixtures("leading")
def test_hard_labels(column: str, tmp_path: Path) -> None:
    found, training, _ = made(tmp_path, chains=HARD, teacher={"label_column": column}, keys={"columns": []})
    assert len(found.examples) > 60
    assert all(not example.soft and example.weight == 1 for example in found.examples)
    assert any(example.label != training[example.source].label for example in found.examples)
    assert {example.label for example in found.examples} == set(LABELS)


@pytest.mark.usefixtures("leading")
def test_a_check_leaves_labels_as_they_are(tmp_path: Path) -> None:
    chains = {"plain": {"variants": 2, "steps": ["random_swap"], "checks": ["label_agreement"]}}
    found, training, _ = made(tmp_path, chains=chains)
    assert 20 < len(found.examples) < 2 * len(training)
    assert all(one.label == training[one.source].label and not one.soft for one in found.examples)
    assert found.teacher


@pytest.mark.usefixtures("leading")
def test_rows_without_a_label_have_sources_of_their_own(tmp_path: Path) -> None:
    chains = {"p": {**POOL["p"], "variants": 2, "steps": [{"random_delete": {"rate": 0.3}}]}, **SOFT}
    keys: dict[str, Any] = {"chains": chains, "unlabeled": {"path": "more.jsonl", "limit": 20}}
    found, training, _ = made(tmp_path, pool=tmp_path / "more.jsonl", **keys)
    pooled = [example for example in found.examples if example.source < 0]
    assert len(pooled) == 40
    assert len({example.source for example in pooled}) == 20
    assert all(example.weight == 0.5 for example in pooled)
    assert {example.source for example in found.examples if example.source >= 0} == set(range(len(training)))


def test_no_row_is_tested_that_nearly_stands_among_those_without_a_label(tmp_path: Path) -> None:
    labelled, more = cards(), unlabelled(5)
    near = [{"text": labelled[at]["text"].upper() + "!"} for at in (0, 20, 40)]
    write_rows(tmp_path / "test.jsonl", [{"id": "t", "text": "Who ate my plastic money?", "label": LABELS[0]}])
    write_rows(tmp_path / "more.jsonl", [*near, *more, {"text": "who ate my plastic money"}])
    write_rows(tmp_path / "in.jsonl", [*labelled, {"id": "u", "text": "My cards, my cards.", "label": None}])
    pipeline = load(config_of(tmp_path, chains=POOL, unlabeled={"path": "more.jsonl"}))
    for settings, tested in ((Evaluate(), 1), (Evaluate(test=str(tmp_path / "test.jsonl")), 0)):
        data = read_data(pipeline.config, settings, tagged=False)
        file = write_pool(pipeline.config, data, tmp_path / "pool.jsonl")
        assert file
        texts = [row["text"] for row in rows(file)]
        assert sorted(texts) == sorted(
            [row["text"] for row in more] + ["My cards, my cards."] + ["who ate my plastic money"] * tested
        )
    plain = load(config_of(tmp_path))
    assert write_pool(plain.config, data, tmp_path / "none.jsonl") is None


@pytest.mark.usefixtures("leading")
def test_the_teacher_is_told_of(tmp_path: Path) -> None:
    outcome = evaluated(tmp_path, chains=SWAP)
    pipeline = load(tmp_path / "config.yaml")
    data = read_data(pipeline.config, Evaluate(), tagged=False)
    shares = []
    for split in splits(data, Evaluate(repeats=1, folds=3), pipeline.config.seed):
        tested = data.tested_rows(split)
        training = [data.rows[place] for place in split.training]
        teacher = OfConfig("c", pipeline, "").make(training, pipeline.config.seed, tested).teacher
        assert teacher
        said = teacher.said
        assert 50 < said.accuracy < 100
        shares.append(fmean(label == row.label for label, row in zip(said.labels, tested, strict=True)))
    assert f"the teacher of c itself reaches {100 * fmean(shares):.1f} % of the tested rows" in outcome.notes
    assert not any("led too little" in note for note in outcome.notes)
    assert "eacher of c itself reaches " in (tmp_path / "evaluation/evaluation.html").read_text()


def test_a_student_that_is_not_evaluated(tmp_path: Path) -> None:
    outcome = evaluated(tmp_path, chains=SWAP, teacher={"student": {"cnn": {"epochs": 1}}, "min_lead": 99})
    assert "the teacher of c has to lead the cnn, which is not evaluated (teacher.student)" in outcome.notes


def test_a_teacher_that_leads_too_little(tmp_path: Path) -> None:
    outcome = evaluated(tmp_path, chains=SWAP, teacher={"min_lead": 99})
    assert "the teacher of c led too little to judge in 3 of 3 trainings" in outcome.notes
    assert not any("itself reaches" in note for note in outcome.notes)
    assert any("c made no variant in 3 of 3 splits" in remark for remark in outcome.findings[0].remarks)


@pytest.mark.slow
@pytest.mark.usefixtures("leading")
def test_fits_are_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys: dict[str, Any] = {"chains": {**SWAP, **POOL}, "unlabeled": {"path": "more.jsonl"}}
    first = evaluated(tmp_path, **keys)
    make, makings = OfConfig.make, list[str]()

    def counted(self: OfConfig, *arguments: Any) -> Made:
        makings.append(self.name)
        return make(self, *arguments)

    monkeypatch.setattr(OfConfig, "make", counted)
    assert evaluated(tmp_path, **keys).document() == first.document()
    assert makings == []
    for changed in (
        {"teacher": {"folds": 4}},
        {"unlabeled": {"path": "more.jsonl", "limit": 5}},
        {"chains": {**SWAP, "p": {**POOL["p"], "labels": "teacher_hard"}}},
    ):
        evaluated(tmp_path, **{**keys, **changed})
        assert makings == ["c"] * 3, changed
        makings.clear()
    write_rows(tmp_path / "more.jsonl", unlabelled(12))
    evaluated(tmp_path, **keys)
    assert makings == ["c"] * 3


def test_a_soft_label_counts_as_rows_that_share_a_weight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("augcli.commands.evaluate.fits.CS", (10.0, 30.0))
    config = load(config_of(tmp_path)).config
    data: Data = read_data(config, Evaluate(), tagged=False)
    split = splits(data, Evaluate(repeats=1, folds=3), 0)[0]
    arm = OfConfig("c", load(config_of(tmp_path)), "")
    originals = [as_example(data.rows[place], at) for at, place in enumerate(split.training)]
    shares = ((LABELS[0], 0.7), (LABELS[2], 0.3))
    texts = ["where is it", "it was stolen from me", "broken again"]
    soft = [Example(text, LABELS[0], at, 2.0, soft=shares) for at, text in enumerate(texts)]
    expanded = [Example(one.text, label, one.source, 2 * share) for one in soft for label, share in shares]
    hard = [one._replace(soft=()) for one in soft]
    item = Item(split, arm, ("linear",))
    first, second, third = (
        linear(data, item, [*originals, *some], held_out(data, item, 3, 0)) for some in (soft, expanded, hard)
    )
    assert first.settings == second.settings
    assert first.likely == pytest.approx(second.likely, abs=0.02)  # other numbers of rows, other TF-IDF
    assert first.likely != pytest.approx(third.likely, abs=0.02)


@pytest.mark.usefixtures("leading")
def test_weights_of_originals_reach_the_training(tmp_path: Path) -> None:
    pipeline = load(config_of(tmp_path, chains=SWAP, keys={"original_weight": 4.0}))
    data = read_data(pipeline.config, Evaluate(), tagged=False)
    split = splits(data, Evaluate(repeats=1, folds=3), 0)[0]
    work = FitWork(data, {"linear": None}, 0, tmp_path)
    training, said = work.training(Item(split, OfConfig("c", pipeline, ""), ("linear",)))
    count = len(split.training)
    assert [one.weight for one in training[:count]] == [4.0] * count
    assert sum(one.weight for one in training[count:]) == pytest.approx(len({one.source for one in training[count:]}))
    assert said


@pytest.mark.usefixtures("leading")
@pytest.mark.parametrize("labels", ["teacher_soft", "teacher_hard"])
def test_settings_are_chosen_by_rows_whose_labels_no_label_in_their_training_comes_from(
    tmp_path: Path, labels: str
) -> None:
    chains = {name: {**chain, "labels": labels} for name, chain in {**SWAP, **POOL}.items()}
    pipeline = load(
        config_of(tmp_path, chains=chains, unlabeled={"path": "more.jsonl"}, teacher={"label_column": "hard"})
    )
    data = read_data(pipeline.config, Evaluate(), tagged=False)
    split = splits(data, Evaluate(repeats=1, folds=3), 0)[0]
    pool = write_pool(pipeline.config, data, tmp_path / "pool.jsonl")
    item = Item(split, OfConfig("c", pipeline, "", pool), ("linear",))
    training, teacher = FitWork(data, {"linear": None}, 0, tmp_path).training(item)
    assert teacher
    parts = held_out(data, item, 3, 0, teacher)
    assert sorted(place for part in parts for place in part.held) == list(range(len(split.training)))
    changed = 0
    for fold, part in enumerate(parts):
        before = [one for one in training if one.source not in part.held]
        after = part.others(training)
        assert [one.text for one in after] == [one.text for one in before]
        for old, new in zip(before, after, strict=True):
            assert (new.source, new.weight, new.labels) == (old.source, old.weight, old.labels)
            if old.labels == "source":
                assert new == old
                continue
            (said,) = teacher.judge.of_texts([old.text], fold)
            assert new.label == next(iter(said))
            assert dict(new.soft) == (said if labels == "teacher_soft" and len(said) > 1 else {})
            changed += new != old
    assert changed


@pytest.mark.usefixtures("leading")
def test_a_teacher_is_heard_only_where_it_is_asked_so_that_races_compare_models_alone(tmp_path: Path) -> None:
    pipeline = load(config_of(tmp_path, chains=SWAP))
    data = read_data(pipeline.config, Evaluate(), tagged=False)
    split = splits(data, Evaluate(repeats=1, folds=3), 0)[0]
    work, arm = FitWork(data, {"linear": None}, 0, tmp_path), OfConfig("c", pipeline, "")
    assert [fit.model for fit in work(Item(split, arm, ("linear",)))] == ["linear"]
    assert [fit.model for fit in work(Item(split, arm, ("linear", TEACHER)))] == ["linear", TEACHER]
    assert Race("linear", [arm], [split]).items(range(1)) == [Item(split, arm, ("linear",))]
