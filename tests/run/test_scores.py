"""Runs with checks that score: what stands in the provenance and the report, and what is verified again."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest

from augcli.commands.plan import plan
from augcli.commands.verify import verify
from augcli.config.config import Options
from augcli.config.load import load
from augcli.errors import ConfigError, RunError
from augcli.run.run import run
from augcli.run.survey.near_duplicates import NearDuplicates
from tests.support.helpers import rows, write_config

CHECKS = "[{edit_distance: {max: 0.3}}, {grammar: {max: 1}}]"
KEEP = "{best: 2, by: edit_distance}"
CHAINS = f"{{a: {{variants: 6, steps: [{{random_swap: {{rate: 0.3}}}}], checks: {CHECKS}, keep: {KEEP}}}}}"
NOVEL = (
    "{a: {variants: 3, steps: [{random_swap: {rate: 0.1}}, {synonym: {rate: 0.3}}], checks: [{novelty: {max: 0.7}}]}}"
)


def made(folder: Path, chains: str = CHAINS, **keys: str) -> Path:
    output = folder / "out.jsonl"
    folder.mkdir(exist_ok=True)
    config = write_config(folder, chains, output=f"{{path: {output}}}", **keys)
    run(load(config), Options(quiet=True, limit=60))
    return output


def test_scores_are_told_and_verified(tmp_path: Path) -> None:
    output = made(tmp_path)
    lines = rows(output.with_suffix(".provenance.jsonl"))
    scores = [line["checks"] for line in lines if line["steps"]]
    assert scores
    assert all(score.keys() == {"edit_distance", "grammar"} and score["edit_distance"] <= 0.3 for score in scores)
    report = orjson.loads(output.with_suffix(".report.json").read_bytes())
    chain = report["chains"]["a"]
    ledger = chain["ledger"]
    assert ledger["written"] == len(scores) <= 2 * 60
    assert ledger["refused"]["keep"] > 0
    assert ledger["asked"] == ledger["written"] + ledger["unchanged"] + ledger["duplicate"] + sum(
        ledger["refused"].values()
    )
    assert sum(report["scores"]["a"]["edit_distance"].values()) == len(scores)
    assert chain["checks"]["edit_distance"]["rejected"] >= ledger["refused"]["edit_distance"] > 0
    assert "Scores of edit_distance, chain a" in output.with_suffix(".report.html").read_text()
    assert verify(output).endswith("all hashes are right")


def test_a_score_that_is_another_does_not_verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = made(tmp_path)
    monkeypatch.setattr("augcli.checks.scores.EditDistance.scores", lambda self, before, after: [0.9] * len(before))
    with pytest.raises(RunError, match=r"edit_distance is 0\.9, not 0\.\d+"):
        verify(output)


def test_what_cannot_be_told_again_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = made(tmp_path)

    def missing(self: object, language: str) -> None:
        from augcli.errors import ResourceError

        raise ResourceError("gone")

    monkeypatch.setattr("augcli.checks.scores.Grammar.setup", missing)
    assert verify(output).endswith("note: scores of grammar were not told again: gone")


def test_of_near_duplicates_in_the_output_one_stays_for_any_workers(tmp_path: Path) -> None:
    engines = {workers: f"{{workers: {workers}, chunk_rows: 7}}" for workers in (1, 2)}
    outputs = [made(tmp_path / str(workers), NOVEL, engine=engine) for workers, engine in engines.items()]
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    report = orjson.loads(outputs[0].with_suffix(".report.json").read_bytes())
    ledger = report["chains"]["a"]["ledger"]
    assert ledger["refused"]["novelty"] > 0
    seen: NearDuplicates[int] = NearDuplicates(0.93)
    for number, row in enumerate(rows(outputs[0])):
        assert not (row["aug_chain"] and seen.similar(row["text"])), row
        seen.add(number, row["text"])


def test_a_plan_tells_what_checks_cost(tmp_path: Path) -> None:
    planned = plan(load(write_config(tmp_path, CHAINS)))
    cost = planned.checks["a, edit_distance"]
    assert cost.variants > 0
    assert re.search(r"a, edit_distance +about \d+\.\d ms for each of \d+ variants, rejects \d+ %", planned.text())


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        ("{best: 2}", "by what"),
        ("{best: 2, by: similarity}", "'similarity' is no check with a score under `checks`; those of this chain are"),
        ("{best: 6, diverse: true}", "of 6 variants a row, fewer than all must be kept"),
        ("{best: 0, diverse: true}", "it must be at least 1"),
    ],
)  # fmt: skip
def test_keep_must_make_sense(tmp_path: Path, keep: str, message: str) -> None:
    chains = f"{{a: {{variants: 6, steps: [random_swap], checks: {CHECKS}, keep: {keep}}}}}"
    with pytest.raises(ConfigError, match=re.escape(message)):
        load(write_config(tmp_path, chains))


def test_a_chain_that_balances_keeps_all(tmp_path: Path) -> None:
    chains = "{a: {variants: {balance: max}, steps: [random_swap], keep: {best: 1, diverse: true}}}"
    with pytest.raises(ConfigError, match="leave `keep` out"):
        load(write_config(tmp_path, chains))
