"""Commands that look at runs with a teacher: verify, trace, preview, check, plan, and the report."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from augcli.commands.plan import plan
from augcli.commands.preview import preview
from augcli.commands.trace import trace
from augcli.commands.verify import verify
from augcli.config.load import load
from augcli.errors import AugError, RunError
from augcli.report.document import sign
from tests.support.helpers import augcli, rows
from tests.support.running import called, written
from tests.support.teaching import POOL, SOFT, cards, config_of, taught, unlabelled, write_rows

AGREEING = {"variants": 1, "steps": ["random_swap"], "checks": [{"label_agreement": {"min": 0.3}}]}
CHAINS: dict[str, Any] = {**SOFT, "b": AGREEING, **POOL}
KEYS: dict[str, Any] = {"chains": CHAINS, "unlabeled": {"path": "more.jsonl"}}


def write_files(folder: Path) -> None:
    write_rows(folder / "in.jsonl", cards())
    write_rows(folder / "more.jsonl", unlabelled())


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    write_files(folder)
    return taught(folder, **KEYS)[0]


@pytest.fixture
def copy(good: Path, tmp_path: Path) -> Path:
    """A run whose outputs the test may change."""
    return Path(shutil.copytree(good.parent, tmp_path / "out")) / good.name


def resigned(target: Path, changed: Path) -> None:
    """Put the hash of a changed file into the report, as somebody who covers it up would."""
    from hashlib import sha256

    report_file = target.with_name("o.report.json")
    report = json.loads(report_file.read_bytes())
    for entry in report["outputs"]:
        if Path(entry["path"]).name == changed.name:
            entry["sha256"] = sha256(changed.read_bytes()).hexdigest()
    report_file.write_bytes(sign(report))


def changed_line(file: Path, wanted: Callable[[dict[str, Any]], bool], change: Callable[[dict[str, Any]], Any]) -> str:
    """Change the first line that is `wanted`; its number."""
    lines = file.read_text().splitlines()
    at, row = next((at, row) for at, row in enumerate(map(json.loads, lines)) if wanted(row))
    change(row)
    lines[at] = json.dumps(row, separators=(",", ":"), ensure_ascii=False)
    file.write_text("\n".join(lines) + "\n")
    return f"line {at + 1}"


def swapped(labels: dict[str, float]) -> None:
    """Give the likeliest label the probability of the least likely one, and the other way round."""
    first, *_, last = labels
    labels[first], labels[last] = labels[last], labels[first]


def is_unsure(row: dict[str, Any]) -> bool:
    return len(row.get("labels") or row.get("aug_probs") or ()) > 2


def test_a_good_run_verifies_wherever_it_is(copy: Path) -> None:
    assert "rows follow from their sources" in verify(copy)


def test_a_probability_in_the_output_is_compared_with_the_provenance(copy: Path) -> None:
    where = changed_line(copy, lambda row: row["aug_chain"] and is_unsure(row), lambda row: swapped(row["aug_probs"]))
    with pytest.raises(RunError, match=f"(?s)changed since it was written.*{where} does not follow from its source"):
        verify(copy)


def test_a_weight_is_compared(copy: Path) -> None:
    changed_line(copy, lambda row: row["aug_weight"] < 1, lambda row: row.update(aug_weight=0.9))
    resigned(copy, copy)
    with pytest.raises(RunError, match="does not follow from its source"):
        verify(copy)


def test_probabilities_are_asked_of_the_teacher_again(copy: Path) -> None:
    provenance = copy.with_name("o.provenance.jsonl")
    where = changed_line(provenance, is_unsure, lambda row: swapped(row["labels"]))
    changed_line(copy, lambda row: row["aug_chain"] and is_unsure(row), lambda row: swapped(row["aug_probs"]))
    resigned(copy, provenance)
    resigned(copy, copy)
    with pytest.raises(RunError, match=rf"provenance\.jsonl: {where}: the teacher says something else"):
        verify(copy)


def test_scores_are_asked_of_the_teacher_again(copy: Path) -> None:
    provenance = copy.with_name("o.provenance.jsonl")
    where = changed_line(
        provenance,
        lambda row: "label_agreement" in row["checks"],
        lambda row: row.update(checks={"label_agreement": 0.3}),
    )
    resigned(copy, provenance)
    with pytest.raises(RunError, match=rf"provenance\.jsonl: {where}: the teacher gives the label .*, not 0\.3"):
        verify(copy)


def test_a_changed_teacher_is_noticed(copy: Path) -> None:
    teacher = copy.with_name("o.teacher.safetensors")
    whole = teacher.read_bytes()
    for place in (0, 9, len(whole) // 2, len(whole) - 1):
        teacher.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(RunError, match=r"o\.teacher\.safetensors: changed since it was written"):
            verify(copy)
    teacher.unlink()
    with pytest.raises(RunError, match=r"o\.teacher\.safetensors: changed since it was written, or missing"):
        verify(copy)


def test_another_file_without_labels_is_noticed(tmp_path: Path) -> None:
    write_files(tmp_path)
    target, _ = taught(tmp_path, **KEYS)
    (tmp_path / "more.jsonl").rename(tmp_path / "moved.jsonl")
    with pytest.raises(AugError, match=r"more\.jsonl"):
        verify(target)
    verify(target, [str(tmp_path / "in.jsonl"), str(tmp_path / "moved.jsonl")])
    write_rows(tmp_path / "more.jsonl", unlabelled()[::-1])
    with pytest.raises(RunError, match=r"more\.jsonl: not the input of this run"):
        verify(target)


def test_trace(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = next(line for line in rows(good.with_name("o.provenance.jsonl")) if is_unsure(line) and line["steps"])
    trace(good, line["id"])
    said = capsys.readouterr().out
    label, share = next(iter(line["labels"].items()))
    assert f"teacher {label} {100 * share:.0f} %, " in said
    assert "        with: banking77-train-" in said
    line = next(line for line in rows(good.with_name("o.provenance.jsonl")) if line["checks"])
    trace(good, line["id"])
    assert f"check   label_agreement {line['checks']['label_agreement']}" in capsys.readouterr().out
    line = rows(good.with_name("o.provenance.jsonl"))[-1]
    trace(good, line["id"])
    said = capsys.readouterr().out
    assert re.search(r"source  more\.jsonl:30  \(.*more\.jsonl, row 30\)", said)
    assert "teacher " in said
    assert "this row had no label; its text is as it was" in said


def test_preview(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_files(tmp_path)
    preview(load(config_of(tmp_path, **{**KEYS, "chains": {**CHAINS, "b": {**AGREEING, "checks": [{
        "label_agreement": {"min": 0.99}}]}}})), 60)  # fmt: skip
    said = capsys.readouterr().out
    assert "rejected (the teacher gives the label of the row 0." in said
    assert "a: 104 requested = " in said
    assert "p: 30 requested = 30 written" in said
    assert "      teacher " in said
    assert "note: in 3 folds, the teacher (" in said
    assert not written(tmp_path)


def test_check(tmp_path: Path) -> None:
    write_files(tmp_path)
    done = called("check", config_of(tmp_path, **KEYS), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"in 3 folds, the teacher (" in done.stderr + done.stdout
    assert b"30 of 30 rows without a label are taken" in done.stderr + done.stdout


def test_a_plan_counts_the_rows_of_each_chain(tmp_path: Path) -> None:
    write_files(tmp_path)
    missing = [{"id": f"m{number}", "text": f"text {number} of a card", "label": None} for number in range(4)]
    write_rows(tmp_path / "in.jsonl", [*cards(), *missing])
    keys: dict[str, Any] = {**KEYS, "unlabeled": {"path": "more.jsonl", "limit": 11}}
    assert plan(load(config_of(tmp_path, **keys))).variants == {"a": 104, "b": 52, "p": 11}
    _, outcome = taught(tmp_path, **keys)
    assert {name: ledger.asked for name, ledger in outcome.counts.ledgers.items()} == {"a": 104, "b": 52, "p": 11}
    closed = plan(load(config_of(tmp_path, teacher={"min_lead": 99}, **keys)))
    assert closed.variants == {"a": 0, "b": 0, "p": 0}


def test_the_report(good: Path) -> None:
    report = json.loads(good.with_name("o.report.json").read_bytes())
    assert report["rows"]["read"] == 52
    assert report["rows"]["unlabelled"] == 30
    assert report["rows"]["written"] == len(rows(good))
    assert [(entry["name"], entry.get("section")) for entry in report["inputs"]] == [
        ("in.jsonl", None), ("more.jsonl", "unlabeled"),
    ]  # fmt: skip
    assert "o.teacher.safetensors" in {Path(entry["path"]).name for entry in report["outputs"]}
    assert any(remark.startswith("in 3 folds, the teacher (") for remark in report["remarks"])
    teacher = report["teacher"]
    assert teacher["judges"]
    assert teacher["rows"] == 52
    assert teacher["unlabelled"]["taken"] == 30
    assert sum(counts["before"] for counts in report["labels"].values()) == 52
    page = good.with_name("o.report.html").read_text()
    assert "In 3 folds, the teacher (" in page
    assert "30 of 30 rows without a label are taken" in page


@pytest.mark.slow
def test_from_the_command_line(tmp_path: Path) -> None:
    write_files(tmp_path)
    file = config_of(tmp_path, **KEYS)
    done = augcli("run", file, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"52 rows and 30 without a label in, " in done.stderr
    assert b"in 3 folds, the teacher (" in done.stderr
    assert augcli("verify", tmp_path / "out/o.jsonl", cwd=tmp_path).returncode == 0
