"""What a config says of a teacher and of rows without a label, where it cannot be so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from augcli.config.load import load
from augcli.errors import ConfigError
from tests.support.teaching import HARD, POOL, SOFT, config_of

MIX: dict[str, Any] = {"variants": 2, "steps": [{"mix": {"partner": "any"}}]}
UNLABELED: dict[str, Any] = {"unlabeled": {"path": "more.jsonl"}, "chains": POOL}

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "several labels": (
        {"data": {"label": ["x", "y"]}},
        "teacher: a teacher learns from one label of each row: name their column in input.label",
    ),
    "no label": (
        {"data": {"label": None}},
        "teacher: a teacher learns from one label of each row: name their column in input.label",
    ),
    "a classifier without a name": (
        {"teacher": {"model": None, "train": "none"}},
        "teacher.train: none takes a classifier as it is: name it in teacher.model",
    ),
    "labels without a teacher": ({"drop": "teacher"}, "chains.a.labels: this needs a teacher; add a section"),
    "a check without a teacher": (
        {"drop": "teacher", "chains": {"a": {"steps": ["random_swap"], "checks": ["label_agreement"]}}},
        "chains.a.checks: this needs a teacher; add a section",
    ),
    "rows that no chain takes": (
        {"unlabeled": {"path": "more.jsonl"}},
        "unlabeled: no chain takes these rows; give one `from: unlabeled`",
    ),
    "a step that blurs labels": (
        {"chains": {"a": {**MIX, "labels": "source"}}},
        "chains.a.labels: mix may change the label; set labels: teacher_soft or teacher_hard",
    ),
    "soft labels without a column": (
        {"keys": {"columns": ["aug_weight"]}},
        r"chains.a.labels: soft labels need a column: output.columns: \[aug_probs\]",
    ),
    "labels of rows without any": (
        {**UNLABELED, "chains": {"p": {"from": "unlabeled"}}},
        "chains.p.from: these rows have no label; set labels: teacher_soft or teacher_hard",
    ),
    "agreement of rows without a label": (
        {**UNLABELED, "chains": {"p": {**POOL["p"], "checks": ["label_agreement"]}}},
        "chains.p.checks: these rows have no label to agree with; see unlabeled.min_confidence",
    ),
    "balance of rows without a label": (
        {**UNLABELED, "chains": {"p": {**POOL["p"], "variants": {"balance": "max"}}}},
        "chains.p.variants: these rows have no label to balance; see unlabeled.keep_balance",
    ),
    "columns without a label": (
        {"data": {"label": None}, "drop": "teacher", "chains": {"b": {"steps": ["random_swap"]}}},
        "output.columns: these columns need input.label, the column with the labels",
    ),
    "tokens": (
        {**UNLABELED, "data": {"text": None, "tokens": "t", "tags": "g"}},
        "unlabeled: this needs input.text; tokens and tags have no label to give",
    ),
    "keys without a path": ({**UNLABELED, "unlabeled": {"text": "x"}}, "unlabeled: these keys need unlabeled.path"),
    "a pair for one text": (
        {**UNLABELED, "unlabeled": {"path": "more.jsonl", "text": ["x", "y"]}},
        "unlabeled.text: input.text names 1 columns, this 2",
    ),
    "balance without a limit": (
        {**UNLABELED, "unlabeled": {"path": "more.jsonl", "keep_balance": True}},
        "unlabeled.keep_balance: this needs unlabeled.limit, the number of rows to share out",
    ),
    "a name of no labels": ({"chains": {"a": {**SOFT["a"], "labels": "soft"}}}, "chains.a.labels: "),
    "a lead beyond everything": ({"teacher": {"min_lead": 101}}, "teacher.min_lead: "),
    "a lead for a chain without a teacher": (
        {"chains": {"b": {"steps": ["random_swap"], "min_lead": 3}}},
        "chains.b.min_lead: this is for chains that ask a teacher; leave it out",
    ),
    "a student of no kind": (
        {"teacher": {"student": "svm"}},
        "teacher.student: there is no model called 'svm'; there are linear, cnn, encoder, transformer",
    ),
    "a student that tags": ({"teacher": {"student": "crf"}}, "teacher.student: there is no model called 'crf'"),
    "a setting of a student": (
        {"teacher": {"student": {"cnn": {"filter": 3}}}},
        "teacher.student.cnn.filter: unknown key",
    ),
    "two students": ({"teacher": {"student": {"cnn": {}, "linear": {}}}}, "teacher.student: one model per list item"),
    "one fold": ({"teacher": {"folds": 1}}, "teacher.folds: "),
    "rows from nowhere": ({"chains": {"a": {**SOFT["a"], "from": "pool"}}}, "chains.a.from: "),
    "rows by another name": ({"chains": {"a": {**SOFT["a"], "rows": "unlabeled"}}}, "chains.a.rows: unknown key"),
    "a column of another name": ({"keys": {"columns": ["aug_prob"]}}, "output.columns"),
    "no weight": ({"keys": {"original_weight": 0}}, "output.original_weight: "),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    keys, said = WRONG[name]
    file = config_of(tmp_path, **{key: value for key, value in keys.items() if key != "drop"})
    config = json.loads(file.read_text())
    config.pop(keys.get("drop"), None)
    config["input"] = {key: value for key, value in config["input"].items() if value is not None}
    file.write_text(json.dumps(config))
    with pytest.raises(ConfigError, match=rf"config\.yaml:1:\d+: {said}"):
        load(file)


@pytest.mark.parametrize("chains", [SOFT, HARD, POOL, {"a": {"steps": ["random_swap"], "checks": ["label_agreement"]}}])
def test_what_can_be_is_taken(chains: dict[str, Any], tmp_path: Path) -> None:
    load(config_of(tmp_path, chains=chains))


def test_a_teacher_that_no_chain_asks_may_stand_there(tmp_path: Path) -> None:
    load(config_of(tmp_path, chains={"b": {"steps": ["random_swap"]}}))
