"""Rows that do not fit `input.where`: they pass through or are left out, and nothing is learnt from them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.commands.evaluate.data import read_data
from augcli.commands.preview import preview
from augcli.commands.trace import trace
from augcli.commands.verify import verify
from augcli.config.load import load
from augcli.config.sections import Evaluate
from augcli.errors import ConfigError, DataError
from tests.support.helpers import rows, stopping, until_stopped
from tests.support.running import EDITS, called, run_in
from tests.support.teaching import POOL, cards, read_rows, taught, unlabelled, write_rows

TRAIN = "split == 'train'"
WORDS = ("apple", "banana", "cherry", "damson", "elder", "fig", "grape", "hazel")


def table(count: int) -> list[dict[str, Any]]:
    """Rows of three splits and two labels, one of which is rare."""
    return [
        {
            "id": f"r{number}",
            "text": " ".join(WORDS[(number * step) % 8] for step in range(1, 9)) + f" {number % 7}",
            "label": "rare" if number % 5 == 0 else "common",
            "split": ("train", "test", "train", "dev")[number % 4],
        }
        for number in range(count)
    ]


LEARNING = {
    "even": {"variants": {"balance": "max"}, "steps": [{"random_swap": {"rate": 0.4}}]},
    "common": {"steps": [{"tfidf": {"rate": 0.4}}]},
    "mixed": {"steps": ["mix"]},
    "once": {"steps": [{"random_delete": {"rate": 0.2}}], "checks": [{"unique": {"scope": "output"}}]},
}
"""Chains that learn from all rows before they begin."""


@settings(max_examples=8)
@given(st.integers(1, 60), st.integers(1, 30), st.sampled_from(["id", None]))
def test_rows_that_fit_are_augmented_as_if_they_stood_alone(count: int, chunk_rows: int, id_column: str | None) -> None:
    given = table(count)
    with TemporaryDirectory() as name:
        folder = Path(name)
        written = []
        for path, listed, where in (
            ("all.jsonl", given, {"where": TRAIN}),
            ("all.jsonl", given, {"where": TRAIN, "rest": "drop"}),
            ("train.jsonl", [row for row in given if row["split"] == "train"], {}),
        ):
            write_rows(folder / path, listed)
            keys = {"path": path, "label": "label", "id": id_column, **where}
            target, _ = run_in(folder, keys, "o.jsonl", chains=LEARNING, engine={"chunk_rows": chunk_rows})
            verify(target)
            written.append(rows(target))
        kept, dropped, alone = written
    rest = [row for row in kept if row["split"] != "train"]
    assert [{name: row[name] for name in given[0]} for row in rest] == [row for row in given if row["split"] != "train"]
    assert {row["aug_chain"] for row in rest} <= {""}
    assert [row for row in kept if row["split"] == "train"] == dropped == alone


def test_workers_and_chunks_change_nothing(tmp_path: Path) -> None:
    write_rows(tmp_path / "d.csv", table(80))
    keys = {"path": "d.csv", "label": "label", "where": TRAIN}
    outputs = {
        run_in(tmp_path, keys, "o.csv", chains=LEARNING, engine=engine)[0].read_bytes()
        for engine in ({"workers": 1}, {"workers": 2, "chunk_rows": 7}, {"workers": 2, "chunk_rows": 1})
    }
    assert len(outputs) == 1


def test_rows_that_do_not_fit_are_written_also_where_originals_are_not(tmp_path: Path) -> None:
    write_rows(tmp_path / "d.csv", table(12))
    keys = {"path": "d.csv", "label": "label", "where": TRAIN}
    target, _ = run_in(tmp_path, keys, "o.csv", chains=LEARNING)
    called("run", "config.yaml", "--overwrite", "--set", "output.keep_original=false", cwd=tmp_path)
    verify(target)
    found = read_rows(target)
    assert [row["split"] for row in found if not row["aug_chain"]] == ["test", "dev"] * 3
    assert {row["split"] for row in found if row["aug_chain"]} == {"train"}


@pytest.mark.unix
def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    write_rows(tmp_path / "d.csv", table(40))
    keys = {"path": "d.csv", "label": "label", "where": TRAIN}
    target, _ = run_in(tmp_path, keys, "o.csv", chains=LEARNING, engine={"chunk_rows": 4, "workers": 1})
    whole = target.read_bytes()
    stopped = subprocess.Popen(stopping("3", "run", "config.yaml", "--overwrite"), cwd=tmp_path)
    until_stopped(stopped)
    stopped.kill()
    stopped.wait()
    done = called("run", "config.yaml", "--overwrite", cwd=tmp_path)
    assert b"3 of 10 chunks were already done" in done.stderr
    assert target.read_bytes() == whole
    verify(target)


def test_what_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(tmp_path / "d.csv", table(40))
    keys = {"path": "d.csv", "label": "label", "id": "id", "where": TRAIN}
    target, _ = run_in(tmp_path, keys, "o.csv", chains=EDITS)
    report = json.loads(target.with_name("o.report.json").read_bytes())
    assert report["rows"]["read"] == 40
    assert report["rows"]["rest"] == 20
    assert report["rows"]["originals"] == 40
    assert {label: counts["before"] for label, counts in report["labels"].items()} == {"common": 16, "rare": 4}
    assert all(counts["after"] == 3 * counts["before"] for counts in report["labels"].values())
    note = "rows that do not fit input.where, 20 of 40, are written as they are"
    assert note in report["remarks"]
    for command in ("plan", "check"):
        done = called(command, "config.yaml", cwd=tmp_path)
        assert note in (done.stdout + done.stderr).decode()
    plan = json.loads(called("plan", "config.yaml", "--format", "json", cwd=tmp_path).stdout)
    assert (plan["variants"], plan["probe_rows"]) == ({"a": 40}, 20)
    trace(target, "r1")
    assert "is the original, unchanged" in capsys.readouterr().out
    preview(load(tmp_path / "config.yaml"), 3)
    shown = capsys.readouterr().out
    assert [name for name in ("r0", "r1", "r2", "r3", "r4") if f"{name}  " in shown] == ["r0", "r2", "r4"]


def test_no_row_that_fits_is_told(tmp_path: Path) -> None:
    write_rows(tmp_path / "d.csv", table(4))
    target, outcome = run_in(tmp_path, {"path": "d.csv", "where": "split == 'Train'"}, "o.csv", chains=EDITS)
    assert "no row is left that fits input.where, so nothing is augmented" in outcome.warnings
    verify(target)


@pytest.mark.parametrize("name", ["d.csv", "d.jsonl", "d.parquet"])
def test_an_unknown_column_is_refused(tmp_path: Path, name: str) -> None:
    write_rows(tmp_path / name, table(4))
    with pytest.raises(ConfigError, match=r"input.where: .* has no column 'splt'; .*did you mean split\?"):
        run_in(tmp_path, {"path": name, "where": "splt == 'train'"}, "o.jsonl", chains=EDITS)


def test_a_mistake_in_the_expression_has_its_place(tmp_path: Path) -> None:
    write_rows(tmp_path / "d.jsonl", table(4))
    with pytest.raises(ConfigError, match=r"input\.where: at character 7: expected =="):
        run_in(tmp_path, {"path": "d.jsonl", "where": "split = 'train'"}, "o.jsonl")
    with pytest.raises(ConfigError, match=r"input\.rest: this goes with input.where"):
        run_in(tmp_path, {"path": "d.jsonl", "rest": "drop"}, "o.jsonl")


def test_rows_that_do_not_fit_may_hold_anything(tmp_path: Path) -> None:
    given: list[dict[str, Any]] = [
        {"text": "one two three four", "label": "a", "spans": [[0, 3, "N"]]},
        {"text": None, "label": ["b", 7], "spans": "?"},
        {"spans": [[5, 3, "N"]], "text": 8},
        {"label": None},
    ]
    write_rows(tmp_path / "d.jsonl", given)
    keys = {"path": "d.jsonl", "label": "label", "spans": "spans", "where": "label == 'a'"}
    target, _ = run_in(tmp_path, keys, "o.jsonl", chains=EDITS)
    verify(target)
    found = [{**row} for row in rows(target) if not row["aug_chain"]]
    assert [{key: row[key] for key in row if key[:4] != "aug_"} for row in found] == given
    assert len({row["aug_source"] for row in found}) == 4
    assert [row["text"] for row in rows(target) if row["aug_chain"] and row["label"] != "a"] == []


def test_the_one_text_may_not_be_null_unless_its_row_passes_through(tmp_path: Path) -> None:
    write_rows(tmp_path / "d.jsonl", [{"text": "one two three four"}, {"text": None}, {}])
    with pytest.raises(DataError, match=r'not null; input\.where: "text is not null" leaves'):
        run_in(tmp_path, {"path": "d.jsonl"}, "o.jsonl", chains=EDITS)
    target, outcome = run_in(tmp_path, {"path": "d.jsonl", "where": "text is not null"}, "o.jsonl", chains=EDITS)
    verify(target)
    assert (outcome.dataset.fitting, outcome.dataset.rest) == (1, 2)
    assert [row.get("text", "") for row in rows(target) if not row["aug_chain"]] == ["one two three four", None, ""]


def test_tokens_of_rows_that_do_not_fit_stay(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("tokens,tags,split\na b c d e,O O O O O,train\nx y,O,test\n,,test\n")
    keys = {"path": "d.csv", "text": None, "tokens": "tokens", "tags": "tags", "where": TRAIN}
    target, _ = run_in(tmp_path, keys, "o.csv", chains=EDITS)
    verify(target)
    assert [line.split(",")[:3] for line in target.read_text().splitlines() if "test" in line] == [
        ["x y", "O", "test"],
        ["", "", "test"],
    ]


@pytest.mark.parametrize("lacking", ["test", "train"])
def test_a_teacher_learns_nothing_from_rows_that_do_not_fit(tmp_path: Path, lacking: str) -> None:
    train = [{**row, "split": "train"} for row in cards()]
    pool = [{**row, "id": f"u{at}", "label": "", "split": lacking} for at, row in enumerate(unlabelled())]
    tests = [{**row, "id": f"t{row['id']}", "label": "other", "split": "test"} for row in cards()]
    told = []
    for listed, where in (
        ([*tests, *train, *pool], TRAIN),
        ([row for row in [*train, *pool] if row["split"] == "train"], None),
    ):
        write_rows(tmp_path / "in.jsonl", listed)
        target, outcome = taught(tmp_path, chains=POOL, data={"where": where}, unlabeled={})
        verify(target)
        told.append((outcome.teacher, [row for row in rows(target) if row["split"] == "train"]))
    assert told[0] == told[1]


@pytest.mark.slow
def test_rows_that_do_not_fit_are_not_evaluated(tmp_path: Path) -> None:
    given = table(80)
    write_rows(tmp_path / "d.csv", given)
    run_in(tmp_path, {"path": "d.csv", "label": "label", "id": "id", "where": TRAIN}, "o.csv", chains=EDITS)
    config = load(tmp_path / "config.yaml").config
    data = read_data(config, Evaluate(), tagged=False)
    assert [row.id for row in data.rows] == [row["id"] for row in given if row["split"] == "train"]
    done = called(
        "evaluate", "config.yaml", "--repeats", "1", "--set", "evaluate.folds=2", "--set", "evaluate.output=out/e",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"40" in done.stdout
