"""Runs of steps that put rows of the input together."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from augcli.commands.preview import preview
from augcli.commands.verify import verify
from augcli.config.load import load
from augcli.errors import ConfigError
from augcli.steps import partners
from tests.support.helpers import ROOT, rows
from tests.support.running import called, failing_after, run_in

BANKING = ROOT / "sample_data" / "banking77.jsonl"
INPUT = {"path": str(BANKING), "label": "label", "id": "id"}
CHAINS = {"a": {"variants": 3, "steps": ["mix", {"maybe": {"p": 0.3, "steps": [{"mix": {"method": "join"}}]}}]}}


def outputs(target: Path) -> list[bytes]:
    return [target.read_bytes(), target.with_name(f"{target.stem}.provenance.jsonl").read_bytes()]


@pytest.fixture(autouse=True)
def few_partners(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer than there are rows, so that it matters which."""
    monkeypatch.setattr(partners, "MOST", 300)


def test_chunks_do_not_matter(tmp_path: Path) -> None:
    made = [
        outputs(run_in(tmp_path, INPUT, f"o{rows}.jsonl", chains=CHAINS, engine={"chunk_rows": rows, "workers": 1})[0])
        for rows in (7, 400, 2000)
    ]
    assert made[0] == made[1] == made[2]
    assert sum(b'"with":"banking77-train-' in line for line in made[0][1].splitlines()) > 2500


def test_workers_do_not_matter(tmp_path: Path) -> None:
    config = {"input": {"text": "text", **INPUT}, "output": {"path": "o.jsonl"}, "chains": CHAINS}
    (tmp_path / "c.yaml").write_text(json.dumps({**config, "engine": {"chunk_rows": 100}}))
    made = []
    for workers in ("1", "2"):
        done = called("run", "c.yaml", "--workers", workers, "--overwrite", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        made.append(outputs(tmp_path / "o.jsonl"))
    assert made[0] == made[1]


def test_a_failed_run_goes_on(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"chains": CHAINS, "engine": {"chunk_rows": 100, "workers": 1}}
    expected = outputs(run_in(tmp_path, INPUT, "whole.jsonl", **keys)[0])
    with failing_after(3):
        run_in(tmp_path, INPUT, "o.jsonl", **keys)
    target, outcome = run_in(tmp_path, INPUT, "o.jsonl", **keys)
    assert outcome.resumed >= 3
    assert outputs(target) == expected
    verify(target)


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    lines = BANKING.read_text().splitlines()
    (tmp_path / "in.jsonl").write_text("\n".join(Random(5).sample(lines, len(lines))))
    made = [
        sorted(run_in(tmp_path, {**INPUT, "path": path}, "o.jsonl", chains=CHAINS)[0].read_bytes().splitlines())
        for path in (str(BANKING), "in.jsonl")
    ]
    assert made[0] == made[1]


def test_what_comes_in_is_protected_from_later_steps(tmp_path: Path) -> None:
    texts = [f"please write to help{number}@mail.org" for number in range(30)]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts))
    steps = [{"mix": {"method": "join", "partner": "any"}}, {"random_char": {"rate": 1.0, "action": "swap"}}]
    target, outcome = run_in(tmp_path, {"path": "in.jsonl"}, "o.jsonl", chains={"a": {"steps": steps}})
    assert outcome.counts.ledgers["a"].written == 30
    for row in rows(target):
        if row["aug_chain"]:
            mails = [word for word in row["text"].split() if "@" in word]
            assert len(mails) == 2
            assert all(f"please write to {mail}" in texts for mail in mails)
    verify(target)


def test_a_row_without_a_partner_is_counted(tmp_path: Path) -> None:
    labelled = [("one two three", "a"), ("four five six", "a"), ("seven eight nine", "b"), ("ten", "a")]
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps({"text": text, "label": to}) for text, to in labelled))
    _, outcome = run_in(tmp_path, {"path": "in.jsonl", "label": "label"}, "o.jsonl", chains={"a": {"steps": ["mix"]}})
    assert outcome.counts.ledgers["a"].refused == {"mix: no other row to mix with": 1, "mix: no place to splice": 1}


def test_chinese(tmp_path: Path) -> None:
    data = {"path": str(ROOT / "sample_data" / "crosswoz_zh.jsonl"), "label": "label", "language": "zh"}
    target, outcome = run_in(tmp_path, data, "o.jsonl", chains={"a": {"variants": 2, "steps": ["mix"]}})
    assert outcome.counts.ledgers["a"].written > 350
    verify(target)


def test_commands_that_only_look(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = {"input": {"text": "text", **INPUT}, "output": {"path": "o.jsonl"}, "chains": {"a": {"steps": ["mix"]}}}
    (tmp_path / "c.yaml").write_text(json.dumps(config))
    preview(load(tmp_path / "c.yaml"), 3)
    assert "a: 3 requested = 3 written" in capsys.readouterr().out
    done = called("check", "c.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"the config is right" in done.stderr


def test_nothing_of_it_is_left(tmp_path: Path) -> None:
    target, _ = run_in(tmp_path, INPUT, "o.jsonl", chains=CHAINS, limit=50)
    assert sorted(file.name for file in target.parent.iterdir()) == [
        "o.jsonl", "o.provenance.jsonl", "o.report.html", "o.report.json",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data", [{"spans": "spans"}, {"tokens": "t", "tags": "g", "text": None}, {"text": ["text", "other"]}]
)
def test_rows_that_are_not_one_text_are_refused(tmp_path: Path, data: dict[str, Any]) -> None:
    steps = [{"mix": {"partner": "any"}}]
    with pytest.raises(ConfigError, match="mix puts rows together, which have to be one text each"):
        run_in(tmp_path, {**INPUT, **data}, "o.jsonl", chains={"a": {"steps": steps}})


def test_the_same_label_needs_a_label(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"name the column in input\.label"):
        run_in(tmp_path, {**INPUT, "label": None}, "o.jsonl", chains={"a": {"steps": ["mix"]}})
    run_in(tmp_path, {**INPUT, "label": None}, "o.jsonl", chains={"a": {"steps": [{"mix": {"partner": "any"}}]}})


def test_other_runs_gather_no_rows(tmp_path: Path) -> None:
    _, outcome = run_in(tmp_path, INPUT, "o.jsonl", chains={"a": {"steps": ["random_swap"]}}, limit=20)
    assert outcome.dataset.partners is None
