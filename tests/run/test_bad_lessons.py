"""Inputs that a teacher cannot learn from, and files without labels that cannot be read or taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from augcli.commands.verify import verify
from augcli.errors import AugError, ConfigError, DataError, ResourceError
from tests.support.running import written
from tests.support.teaching import HARD, POOL, SOFT, cards, taught, unlabelled, write_rows
from tests.support.tiny_models import masked_lm_folder


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", cards())
    write_rows(tmp_path / "more.jsonl", unlabelled())


def labelled(label: Any) -> list[dict[str, Any]]:
    return [{**row, "label": label} for row in cards(6)]


ROWS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "one label": (labelled("a"), "a teacher needs rows of two labels at least; there is one"),
    "no label": (labelled(None), "a teacher needs rows of two labels at least; there are none"),
    "a row each": (
        [{**row, "label": f"{number}"} for number, row in enumerate(cards(6))],
        "a teacher needs two rows of some label at least; each has one",
    ),
    "lists of labels": (
        [*labelled(["a"])[:3], {**cards(6)[4], "label": ["a", "b"]}, *labelled("b")[5:]],
        "banking77-train-.*: a teacher learns from rows with one label each; this one has 2",
    ),
    "no words": (
        [{"id": f"{n}", "text": "!?.;,-"[n] * 3, "label": "ab"[n % 2]} for n in range(6)],
        "there is no word in any of 6 texts",
    ),
    "all the same": (
        [{"id": f"{n}", "text": "where is my card" + "." * n, "label": "ab"[n % 2]} for n in range(6)],
        "all labelled rows are nearly the same",
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_that_teach_nothing_are_refused(name: str, tmp_path: Path) -> None:
    found, said = ROWS[name]
    write_rows(tmp_path / "in.jsonl", found)
    with pytest.raises((ConfigError, DataError), match=said):
        taught(tmp_path)
    assert not written(tmp_path)


def test_a_row_with_an_empty_list_of_labels_has_no_label(tmp_path: Path) -> None:
    found = [{**row, "label": [row["label"]] if number % 5 else []} for number, row in enumerate(cards())]
    write_rows(tmp_path / "in.jsonl", found)
    target, outcome = taught(tmp_path, chains={**SOFT, **POOL})
    assert outcome.teacher
    assert outcome.teacher["rows"] == 41
    assert outcome.counts.ledgers["p"].written == 11
    verify(target)


POOLS: dict[str, tuple[dict[str, Any], str]] = {
    "the input": ({"path": "in.jsonl"}, "in.jsonl is the input too; rows of it without a label count already"),
    "no file": ({"path": "mor.jsonl"}, r"unlabeled\.path: nothing to read at .*mor.jsonl.*; did you mean more.jsonl\?"),
    "no such column": (
        {"path": "more.jsonl", "text": "txt"}, r"more.jsonl has no column 'txt'; it has 'text'; did you mean text\?",
    ),
    "no text": ({"path": "number.jsonl"}, r"number.jsonl: row 2 \(line 2\): column 'text': expected text, not a "),
    "a column of augcli": (
        {"path": "clash.jsonl"}, "unlabeled.path: .*clash.jsonl already has a column 'aug_probs', which augcli writes",
    ),
    "another delimiter": (
        {"path": "semicolons.csv"}, r'semicolons.csv has no column .*: set unlabeled\.delimiter: ";"',
    ),
    "utf-16": ({"path": "wide.jsonl"}, "wide.jsonl: the file starts like UTF-16; set unlabeled.encoding: utf-16"),
    "empty csv": ({"path": "empty.csv"}, "empty.csv: the file is empty; expected a header line with the column names"),
    "no format": ({"path": "more.md"}, r"more.md: the name does not tell the format .*; set unlabeled.format"),
    "another encoding": ({"path": "latin.csv"}, r"latin.csv: row 1 .*; set unlabeled\.encoding: cp1252, which fits"),
}  # fmt: skip


@pytest.mark.parametrize("name", POOLS)
def test_files_without_labels_that_cannot_be_read_are_refused(name: str, tmp_path: Path) -> None:
    write_rows(tmp_path / "number.jsonl", [{"text": "a"}, {"text": 7}])
    write_rows(tmp_path / "clash.jsonl", [{"text": "a", "aug_probs": 1}])
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "semicolons.csv").write_text("text;number\nWhere is it?;1\n")
    (tmp_path / "wide.jsonl").write_text('{"text": "Where is it?"}\n', encoding="utf-16")
    (tmp_path / "more.md").write_text("text")
    (tmp_path / "latin.csv").write_bytes("text\nThe café is très bon, à côté.\n".encode("latin-1"))
    keys, said = POOLS[name]
    with pytest.raises((ConfigError, DataError), match=said):
        taught(tmp_path, chains=POOL, unlabeled=keys)
    assert not written(tmp_path)


def test_an_input_with_a_column_of_augcli_is_refused(tmp_path: Path) -> None:
    for column in ("aug_probs", "aug_weight", "aug_label"):
        write_rows(tmp_path / "in.jsonl", [{**row, column: 1} for row in cards(4)])
        with pytest.raises(ConfigError, match=f"in.jsonl already has a column '{column}', which augcli writes"):
            taught(tmp_path, chains=HARD)


def test_an_empty_file_without_labels_adds_nothing(tmp_path: Path) -> None:
    for name, content in (("empty.jsonl", ""), ("empty.json", "[]"), ("empty.csv", "text\n")):
        (tmp_path / name).write_text(content)
        target, outcome = taught(tmp_path, chains={**SOFT, **POOL}, unlabeled={"path": name})
        assert outcome.counts.ledgers["p"].written == 0
        assert outcome.counts.ledgers["a"].written > 90
        verify(target)


def test_rows_without_a_label_may_be_dropped_when_they_are_none(tmp_path: Path) -> None:
    write_rows(tmp_path / "more.jsonl", [{"text": 7}, *unlabelled(3), {"no": "text"}])
    target, outcome = taught(tmp_path, chains=POOL, unlabeled={"path": "more.jsonl"}, on_error="drop")
    assert outcome.dataset.dropped == 2
    assert outcome.counts.ledgers["p"].written == 3
    verify(target)


def test_what_is_no_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match=r"there is no folder .*gone"):
        taught(tmp_path, teacher={"model": "./gone"})
    (tmp_path / "empty").mkdir()
    with pytest.raises(ResourceError, match=r"empty is no model: it has no config\.json"):
        taught(tmp_path, teacher={"model": [str(masked_lm_folder("bert")), str(tmp_path / "empty")]})
    assert not written(tmp_path)


def test_another_language_needs_another_encoder(tmp_path: Path) -> None:
    with pytest.raises(AugError, match="know English and Chinese only; for language de name another as model"):
        taught(tmp_path, data={"language": "de"}, teacher={"model": None}, chains={"a": {**SOFT["a"]}})
    target, _ = taught(tmp_path, data={"language": "zh"}, teacher={"model": str(masked_lm_folder("chinese-bert"))})
    verify(target)


def test_a_test_file_that_is_not_there_is_missed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"evaluate\.test: nothing to read at gone\.jsonl"):
        taught(tmp_path, evaluate={"test": "gone.jsonl"})
