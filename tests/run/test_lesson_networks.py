"""Runs whose teacher is a whole network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from augcli.commands.verify import verify
from augcli.config.config import Options
from augcli.config.load import load
from augcli.errors import ConfigError, RunError
from augcli.models.files import revision_of
from augcli.models.teachers import networks
from augcli.report.outcome import Outcome
from augcli.run import lesson
from augcli.run.run import run
from tests.models.teachers.test_networks import LABELS, ROWS, classifier, fast
from tests.support.tiny_models import masked_lm_folder

CHAINS: dict[str, Any] = {
    "typos": {"labels": "teacher_soft", "steps": [{"typo": {"rate": 0.1}}]},
    "pool": {"from": "unlabeled", "labels": "teacher_hard"},
}


def taught_in(folder: Path, teacher: dict[str, Any], labels: list[str | None]) -> tuple[Path, Outcome]:
    """Run a config with a teacher over rows with these labels, some of which may be None."""
    source, target, config = folder / "in.jsonl", folder / "out.jsonl", folder / "config.yaml"
    pairs = zip(ROWS.texts, labels, strict=False)
    source.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in pairs), "utf-8")
    said = {
        "input": {"path": str(source), "text": "text", "label": "label"}, "chains": CHAINS,
        "teacher": {"min_lead": 0, **teacher}, "output": {"path": str(target), "columns": ["aug_probs"]},
        "engine": {"device": "cpu", "workers": 1},
    }  # fmt: skip
    config.write_text(json.dumps(said), "utf-8")
    return target, run(load(config), Options(quiet=True))


def variants(file: Path, chain: str) -> list[dict[str, Any]]:
    rows = map(json.loads, file.read_text("utf-8").splitlines())
    return [row for row in rows if row["aug_chain"].startswith(chain)]


def test_a_classifier_of_the_user_labels_variants_and_further_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lesson, "_told_by_linear", lambda _, some, __: [False] * len(some))
    model = classifier("AddToPlaylist")
    output, outcome = taught_in(tmp_path, {"train": "none", "model": str(model)}, [*ROWS.labels[:80], *[None] * 20])
    assert any("the teacher may have seen these rows before" in note for note in outcome.warnings)
    assert {label for row in variants(output, "typos") for label in row["aug_probs"]} == {*LABELS}
    pooled = variants(output, "pool")
    assert len(pooled) > 10
    assert sum(row["aug_label"] == ROWS.labels[ROWS.texts.index(row["text"])] for row in pooled) > 0.8 * len(pooled)
    assert "all hashes are right" in verify(output)


def test_a_fine_tuned_model_judges_and_verifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "_settings", fast)
    # no network as small as this leads
    monkeypatch.setattr(lesson, "_told_by_linear", lambda _, some, __: [False] * len(some))
    teacher = {"train": "full", "model": str(masked_lm_folder("bert")), "folds": 2}
    output, outcome = taught_in(tmp_path, teacher, [*ROWS.labels[:80], *[None] * 20])
    assert outcome.teacher
    assert outcome.teacher["chosen"] == f"{masked_lm_folder('bert')}, fine-tuned"
    assert outcome.teacher["judges"], outcome.warnings
    assert "all hashes are right" in verify(output)


def test_a_classifier_that_does_not_know_the_labels_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"does not know 2 of 2 labels of the input, as 'no', 'yes'; it knows 'Book"):
        taught_in(tmp_path, {"train": "none", "model": str(classifier())}, ["yes", "no"] * 20)


def test_an_output_is_not_verified_with_another_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesson, "_told_by_linear", lambda _, some, __: [False] * len(some))
    model = classifier("Changed")
    output, outcome = taught_in(tmp_path, {"train": "none", "model": str(model)}, [*ROWS.labels[:80]])
    assert outcome.teacher
    assert outcome.teacher["judges"], outcome.warnings
    (model / "special_tokens_map.json").write_text("{}", "utf-8")
    revision_of.cache_clear()
    with pytest.raises(RunError, match="is not the version that the teacher learnt with"):
        verify(output)


@pytest.mark.parametrize(
    ("teacher", "why"),
    [
        ({"train": "full", "model": ["a", "b"]}, "teacher.model: full fine-tunes one model; name one"),
        ({"train": "none"}, "teacher.train: none takes a classifier as it is: name it in teacher.model"),
        ({"train": "none", "model": ["a"]}, "teacher.train: none takes a classifier as it is"),
        ({"train": "full", "precision": "bfloat16"}, "teacher.precision: this is for train: head"),
        ({"precision": "half"}, "teacher.precision: 'half' is not allowed; allowed: auto, float32"),
    ],
)
def test_keys_that_do_not_go_together_are_refused(tmp_path: Path, teacher: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigError) as raised:
        taught_in(tmp_path, teacher, ["a", "b"])
    assert why in str(raised.value)
