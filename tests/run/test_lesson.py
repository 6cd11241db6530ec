"""Runs with a teacher: what it labels, which rows without a label are taken, and that nothing else matters."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter, defaultdict
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.commands.plan import plan
from augcli.commands.verify import verify
from augcli.config.load import load
from augcli.language.resources import GENERAL
from augcli.models.encoder import shared_encoder
from augcli.models.teachers import teacher as teachers
from augcli.run import lesson, pool
from augcli.run.judge import TeacherJudge
from tests.support.helpers import rows
from tests.support.running import called, failing_after, written
from tests.support.teaching import (
    HARD,
    LABELS,
    POOL,
    SOFT,
    cards,
    config_of,
    read_rows,
    taught,
    unlabelled,
    write_rows,
)

FORMATS = ["o.jsonl", "o.json", "o.csv", "o.tsv", "o.parquet", "o.csv.gz"]


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    """Labelled rows, and others."""
    write_rows(tmp_path / "in.jsonl", cards())
    write_rows(tmp_path / "more.jsonl", unlabelled())


def provenance(target: Path) -> list[dict[str, Any]]:
    return rows(target.with_name("o.provenance.jsonl"))


def outputs(target: Path) -> dict[str, bytes]:
    """What a run wrote, but for its report."""
    return {file.name: file.read_bytes() for file in target.parent.iterdir() if ".report." not in file.name}


def likeliest(row: dict[str, Any]) -> Any:
    return max(row["aug_probs"], key=row["aug_probs"].__getitem__)


def test_soft_labels(tmp_path: Path) -> None:
    target, outcome = taught(tmp_path, chains={**SOFT, "plain": {"steps": ["random_swap"]}})
    found, lines = rows(target), provenance(target)
    assert outcome.counts.ledgers["a"].written > 95
    assert written(tmp_path) == [
        "o.jsonl", "o.provenance.jsonl", "o.report.html", "o.report.json", "o.teacher.safetensors",
    ]  # fmt: skip
    assert list(found[0]) == ["id", "text", "label", "aug_source", "aug_chain", "aug_probs", "aug_weight"]
    source = {row["id"]: row for row in cards()}
    by_source = defaultdict(list)
    judged = 0
    for row, line in zip(found, lines, strict=True):
        chain = row["aug_chain"].partition(".")[0]
        assert row["label"] == source[row["aug_source"]]["label"]
        if chain == "a":
            judged += 1
            assert row["aug_probs"] == line["labels"]
            assert sum(row["aug_probs"].values()) == pytest.approx(1, abs=1e-3)
            shares = list(row["aug_probs"].values())
            assert all(first >= second for first, second in pairwise(shares))
            assert set(row["aug_probs"]) <= set(LABELS)
        else:
            assert row["aug_probs"] == {row["label"]: 1.0}
            assert "labels" not in line
        if chain:
            by_source[row["aug_source"]].append(row["aug_weight"])
        else:
            assert row["aug_weight"] == 1
    assert judged == outcome.counts.ledgers["a"].written
    assert len(by_source) == 52
    assert all(sum(weights) == pytest.approx(1) for weights in by_source.values())
    assert len({row["aug_probs"].get("card_arrival", 0) for row in found}) > 50
    assert any(likeliest(row) != row["label"] for row in found)
    verify(target)


def test_variants_are_judged_by_what_has_not_seen_their_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesson, "_told_by_linear", lambda _, some, __: [False] * len(some))
    draw = random.Random(4)
    labelled = [{**row, "label": draw.choice("ab")} for row in cards()]  # nobody can guess it, but learn it by heart
    twins = [{**row, "id": f"{row['id']}-twin", "text": f"{row['text']} "} for row in labelled]
    write_rows(tmp_path / "in.jsonl", [*labelled, *twins])
    target, outcome = taught(
        tmp_path, chains={"a": {"labels": "teacher_soft", "steps": [{"random_swap": {"rate": 0.1}}]}}
    )
    assert outcome.teacher
    assert outcome.teacher["accuracy"] < 75  # rows that are nearly the same are in one fold
    judged = [row for row in rows(target) if row["aug_chain"]]
    assert len(judged) > 90
    assert sum(likeliest(row) == row["label"] for row in judged) / len(judged) < 0.75


@pytest.mark.parametrize("output", FORMATS)
def test_every_format(output: str, tmp_path: Path) -> None:
    target, _ = taught(tmp_path, output, chains={**SOFT, **POOL}, unlabeled={"path": "more.jsonl", "limit": 10})
    verify(target)
    if target.suffix == ".gz":
        return
    found, lines = read_rows(target), provenance(target)
    assert len(found) == len(lines)
    judged = [(row, line) for row, line in zip(found, lines, strict=True) if row["aug_chain"]]
    assert all(row["aug_probs"] == line["labels"] for row, line in judged)
    pooled = [row for row in found if row["aug_source"].startswith("more.jsonl:")]
    assert len(pooled) == 10
    assert {row["text"] for row in pooled} <= {row["text"] for row in unlabelled()}
    assert {row["label"] or None for row in pooled} == {None}
    assert all(row["aug_weight"] == 1 for row in pooled)
    assert all(row["aug_probs"] == {row["label"]: 1} for row in found if not row["aug_chain"])


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize("output", ["o.jsonl", "o.csv", "o.parquet"])
def test_hard_labels_into_the_label_column_are_as_the_input_has_them(suffix: str, output: str, tmp_path: Path) -> None:
    numbers = {label: number for number, label in enumerate(LABELS)}
    write_rows(tmp_path / f"in.{suffix}", [{**row, "label": numbers[row["label"]]} for row in cards()])
    target, _ = taught(
        tmp_path, output, source=f"in.{suffix}", chains={**HARD, "p": {**POOL["p"], "labels": "teacher_hard"}},
        teacher={"label_column": "label"}, unlabeled={"path": "more.jsonl"}, keys={"columns": []},
    )  # fmt: skip
    verify(target)
    found = read_rows(target)
    assert list(found[0]) == ["id", "text", "label", "aug_source", "aug_chain"]
    kind = str if "csv" in (suffix, output.partition(".")[2]) else int
    assert {type(row["label"]) for row in found} == {kind}
    told = {line["id"]: line["labels"] for line in provenance(target) if "labels" in line}
    assert len(told) > 100
    for row in found:
        if row["aug_chain"]:
            name = row["aug_source"] + "#" + row["aug_chain"]
            assert str(row["label"]) == max(told[name], key=told[name].__getitem__)
    truth = {row["id"]: numbers[row["label"]] for row in cards()}
    assert any(int(row["label"]) != truth[row["aug_source"]] for row in found if row["aug_source"] in truth)
    assert all(int(row["label"]) == truth[row["aug_source"]] for row in found if not row["aug_chain"])


@pytest.mark.parametrize("output", ["o.jsonl", "o.csv", "o.parquet"])
def test_hard_labels_in_a_column_of_their_own(output: str, tmp_path: Path) -> None:
    chains = {**HARD, "plain": {"steps": ["random_swap"]}, "p": {"from": "unlabeled", "labels": "teacher_hard"}}
    target, _ = taught(tmp_path, output, chains=chains, unlabeled={"path": "more.jsonl"})
    verify(target)
    found, lines = read_rows(target), provenance(target)
    assert list(found[0])[-3:] == ["aug_probs", "aug_weight", "aug_label"]
    truth = {row["id"]: row["label"] for row in cards()}
    for row, line in zip(found, lines, strict=True):
        assert (row["label"] or None) == truth.get(row["aug_source"])
        assert row["aug_label"] == (next(iter(line["labels"])) if "labels" in line else row["label"])
    assert any(row["aug_label"] != row["label"] for row in found if row["label"])


@pytest.mark.parametrize("output", FORMATS)
@pytest.mark.parametrize("names", ["sh", "hs"])
def test_soft_and_hard_labels_of_one_row(names: str, output: str, tmp_path: Path) -> None:
    step = {"steps": [{"random_delete": {"rate": 0.5}}]}
    chains = {name: {**step, "labels": "teacher_hard" if name == "h" else "teacher_soft"} for name in names}
    target, _ = taught(tmp_path, output, chains=chains, teacher={"label_column": "label"})
    verify(target)
    labels = {row["id"]: row["label"] for row in cards()}
    found = [] if output.endswith(".gz") else read_rows(target)
    for row in found:
        assert row["label"] == (likeliest(row) if row["aug_chain"] == "h.1" else labels[row["aug_source"]])
    assert any(row["label"] != labels[row["aug_source"]] for row in found) == bool(found)


@pytest.mark.parametrize("output", FORMATS)
@pytest.mark.parametrize("labels", ["teacher_soft", "teacher_hard"])
def test_rows_may_lack_the_column_of_labels(labels: str, output: str, tmp_path: Path) -> None:
    lacking = {"id": "u", "text": "where is the card"}
    write_rows(tmp_path / "in.jsonl", [*cards(20), lacking, *cards()[20:]])
    chains = {"p": {**POOL["p"], "labels": labels}, **SOFT}
    target, outcome = taught(tmp_path, output, chains=chains, teacher={"label_column": "label"})
    assert "1 row of the input has no label: the teacher does not learn from any" in outcome.warnings
    verify(target)
    if output == "o.jsonl":
        original, pooled = (row for row in rows(target) if row["aug_source"] == "u")
        own = {"id", "text", "label"}
        assert {key: value for key, value in original.items() if key in own} == lacking
        judged = {"label": likeliest(pooled)} if labels == "teacher_hard" else {}
        assert {key: value for key, value in pooled.items() if key in own} == {**lacking, **judged}


@pytest.mark.parametrize("keep_balance", [True, False])
def test_label_agreement(keep_balance: bool, tmp_path: Path) -> None:
    checks = [{"label_agreement": {"min": 0.6, "keep_balance": keep_balance}}]
    chains = {"a": {**SOFT["a"], "checks": checks, "labels": "source", "steps": [{"random_delete": {"rate": 0.5}}]}}
    target, outcome = taught(tmp_path, chains=chains)
    verify(target)
    ledger = outcome.counts.ledgers["a"]
    assert ledger.refused["label_agreement"] > 3
    assert outcome.teacher
    least = TeacherJudge.load(target.with_name("o.teacher.safetensors"), "en", "cpu").least
    smallest = {label: least(label, 0.6) if keep_balance else 0.6 for label in LABELS}
    found, lines = rows(target), provenance(target)
    variants = [(row, line) for row, line in zip(found, lines, strict=True) if row["aug_chain"]]
    assert len(variants) == ledger.written > 20
    for row, line in variants:
        assert line["checks"]["label_agreement"] >= smallest[row["label"]]
        assert "labels" not in line
        assert row["aug_probs"] == {row["label"]: 1.0}
    scores = [line["checks"]["label_agreement"] for _, line in variants]
    assert (min(scores) < 0.6) == keep_balance


def test_agreement_with_labels_of_the_teacher(tmp_path: Path) -> None:
    target, _ = taught(tmp_path, chains={"a": {**SOFT["a"], "checks": [{"label_agreement": {"keep_balance": False}}]}})
    for row, line in zip(rows(target), provenance(target), strict=True):
        if row["aug_chain"]:
            assert line["checks"]["label_agreement"] == row["aug_probs"][row["label"]] >= 0.5
    verify(target)


@pytest.mark.parametrize(
    ("source", "pool", "output"),
    [
        ("in.csv", "pool.jsonl", "o.jsonl"),
        ("in.jsonl", "pool.csv", "o.csv"),
        ("in.jsonl", "pool.parquet", "o.jsonl"),
        ("in.parquet", "pool.csv", "o.parquet"),
        ("in.csv", "pool.parquet", "o.csv"),
        ("in.parquet", "pool.parquet", "o.parquet"),
        ("in.csv", "pool.csv", "o.parquet"),
        ("in.parquet", "pool.jsonl", "o.csv"),
        ("in.csv", "pool.tsv", "o.tsv"),
    ],
)
def test_files_of_other_formats_and_columns(source: str, pool: str, output: str, tmp_path: Path) -> None:
    write_rows(tmp_path / source, cards())
    write_rows(tmp_path / pool, [{"n": n, "says": row["text"]} for n, row in enumerate(unlabelled(12))])
    target, outcome = taught(
        tmp_path, output, source=source, chains={**SOFT, **POOL}, unlabeled={"path": pool, "text": "says"}
    )
    verify(target)
    found = read_rows(target)
    pooled = [row for row in found if row["aug_source"].startswith(pool)]
    assert outcome.teacher
    assert len(pooled) == outcome.teacher["unlabelled"]["taken"] == 12
    texts = [row["text"] for row in unlabelled(12)]
    assert [row["text"] for row in pooled] == texts
    assert [int(row["n"]) for row in pooled] == [*range(12)]
    assert not any("says" in row for row in found)
    if not output.endswith(".jsonl"):
        assert list(found[0]) == ["id", "text", "label", "n", "aug_source", "aug_chain", "aug_probs", "aug_weight"]


def test_rows_of_the_input_without_a_label_are_rows_without_a_label(tmp_path: Path) -> None:
    missing = [{"id": f"u{n}", "text": row["text"], "label": label}
               for n, (row, label) in enumerate(zip(unlabelled(4), (None, "", "N/A", "-"), strict=True))]  # fmt: skip
    write_rows(tmp_path / "in.jsonl", [*missing[:2], *cards(), *missing[2:]])
    target, outcome = taught(tmp_path, chains={**SOFT, **POOL})
    verify(target)
    said = "4 rows of the input have no label (but '-', 'N/A'): the teacher does not learn from any"
    assert said in outcome.warnings
    assert outcome.teacher
    assert outcome.teacher["rows"] == 52
    found = [row for row in rows(target) if row["aug_source"].startswith("u")]
    assert [(row["aug_source"], row["aug_chain"]) for row in found] == [
        (f"u{n}", chain) for n in range(4) for chain in ("", "p.1")
    ]
    for row in found:
        assert row["label"] == missing[int(row["aug_source"][1:])]["label"]
        assert row["aug_weight"] == (1 if row["aug_chain"] else 0)
        assert (row["aug_probs"] is None) == (not row["aug_chain"])


def test_a_limit_confidence_and_balance_choose_rows(tmp_path: Path) -> None:
    write_rows(tmp_path / "more.jsonl", unlabelled(90))

    def taken(**keys: Any) -> tuple[list[dict[str, Any]], dict[str, int]]:
        target, outcome = taught(tmp_path, chains=POOL, unlabeled={"path": "more.jsonl", **keys})
        verify(target)
        assert outcome.teacher
        counts = outcome.teacher["unlabelled"]
        found = [row for row in rows(target) if row["aug_chain"]]
        assert counts["taken"] == len(found) == outcome.counts.ledgers["p"].written
        assert sum(counts[key] for key in ("near_duplicates", "unsure", "over", "taken")) == counts["read"] == 90
        return found, counts

    everything, counts = taken()
    assert counts["unsure"] == counts["over"] == 0
    some, counts = taken(limit=20)
    assert counts["taken"] == 20
    names = [row["aug_source"] for row in some]
    assert {*names} < {row["aug_source"] for row in everything}
    assert names != [f"more.jsonl:{n}" for n in range(1, 21)]
    sure, counts = taken(min_confidence=0.9)
    assert {row["aug_source"] for row in sure} == {
        row["aug_source"] for row in everything if max(row["aug_probs"].values()) >= 0.9
    }
    assert counts["unsure"] == len(everything) - len(sure) > 5
    even, counts = taken(limit=20, keep_balance=True)
    labels = Counter(map(likeliest, even))
    assert max(labels.values()) <= 5 < max(Counter(map(likeliest, some)).values())


def test_rows_that_nearly_stand_elsewhere_are_left_out(tmp_path: Path) -> None:
    labelled, tested, more = cards(52), cards(52)[40:], unlabelled(6)
    write_rows(tmp_path / "in.jsonl", labelled[:40])
    write_rows(tmp_path / "test.jsonl", tested)
    pool = [
        {"text": labelled[3]["text"]},
        {"text": labelled[4]["text"].upper() + " "},
        {"text": tested[1]["text"].replace("?", " ?")},
        *more,
        {"text": more[0]["text"] + "!"},
    ]
    write_rows(tmp_path / "more.jsonl", pool)
    keys: dict[str, Any] = {"chains": POOL, "unlabeled": {"path": "more.jsonl"}}
    target, outcome = taught(tmp_path, evaluate={"test": "test.jsonl"}, **keys)
    assert outcome.teacher
    assert outcome.teacher["unlabelled"] == {
        "read": 10, "empty": 0, "near_duplicates": 4, "unsure": 0, "over": 0, "general": 0, "taken": 6
    }  # fmt: skip
    said = "6 of 10 rows without a label are taken (4 nearly the same as labelled, tested or earlier rows)"
    assert said in outcome.warnings
    texts = {row["text"].strip("!") for row in rows(target) if row["aug_chain"]}
    assert texts == {row["text"].strip("!") for row in more}
    _, outcome = taught(tmp_path, **keys)
    assert outcome.teacher
    assert outcome.teacher["unlabelled"]["taken"] == 7


def test_all_rows_without_a_label_may_be_the_test_file(tmp_path: Path) -> None:
    write_rows(tmp_path / "test.jsonl", cards(8))
    write_rows(tmp_path / "in.jsonl", cards()[8:])
    keys: dict[str, Any] = {"unlabeled": {"path": "test.jsonl"}, "evaluate": {"test": "test.jsonl"}}
    target, outcome = taught(tmp_path, chains=POOL, **keys)
    assert outcome.counts.ledgers["p"].written == 0
    assert any(note.startswith("0 of 8 rows without a label are taken (8 nearly the same") for note in outcome.warnings)
    verify(target)


def test_variants_of_rows_without_a_label(tmp_path: Path) -> None:
    chains = {"p": {**POOL["p"], "variants": 3, "steps": ["random_swap"]}}
    target, outcome = taught(tmp_path, chains=chains, unlabeled={"path": "more.jsonl", "limit": 5})
    verify(target)
    found = [row for row in rows(target) if row["aug_chain"]]
    assert outcome.counts.ledgers["p"].asked == len(found) == 15
    assert all(row["aug_weight"] == pytest.approx(1 / 3) for row in found)
    assert not {row["text"] for row in found} & {row["text"] for row in unlabelled()}


def test_columns_without_a_teacher(tmp_path: Path) -> None:
    chains = {"a": {"variants": 3, "steps": ["random_swap"]}}
    lacking = {**cards(6)[-1], "label": None}
    write_rows(tmp_path / "in.jsonl", [*({**row, "label": [row["label"], "x"]} for row in cards(5)), lacking])
    config_of(tmp_path, chains=chains, keys={"original_weight": 2.5})
    config = json.loads((tmp_path / "config.yaml").read_text())
    del config["teacher"]
    (tmp_path / "config.yaml").write_text(json.dumps(config))
    done = called("run", "config.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    *found, _, _, _, _ = every = rows(tmp_path / "out/o.jsonl")
    assert [(row["label"], row["aug_probs"]) for row in every[-4:]] == [(None, None)] * 4
    assert every[-4]["aug_weight"] == 0
    assert all(row["aug_probs"] == dict.fromkeys(row["label"], 1.0) for row in found)
    assert {row["aug_weight"] for row in found if not row["aug_chain"]} == {2.5}
    assert sum(row["aug_weight"] for row in found if row["aug_chain"]) == pytest.approx(5)
    verify(tmp_path / "out/o.jsonl")


@pytest.mark.parametrize("output", ["o.jsonl", "o.csv", "o.parquet"])
def test_a_teacher_without_columns(output: str, tmp_path: Path) -> None:
    target, _ = taught(tmp_path, output, chains=HARD, keys={"columns": []})
    assert list(read_rows(target)[0]) == ["id", "text", "label", "aug_source", "aug_chain", "aug_label"]
    verify(target)


def test_without_originals(tmp_path: Path) -> None:
    target, outcome = taught(
        tmp_path, chains={**SOFT, **POOL}, unlabeled={"path": "more.jsonl"}, keys={"keep_original": False}
    )
    verify(target)
    assert all(row["aug_chain"] for row in rows(target))
    assert len(rows(target)) == sum(ledger.written for ledger in outcome.counts.ledgers.values()) > 100


def test_the_student_is_what_it_has_to_lead(tmp_path: Path) -> None:
    network = {"cnn": {"epochs": 1, "filters": 2, "learning_rate": 1e-6}}
    _, outcome = taught(tmp_path, chains=SOFT, teacher={"student": network})
    facts = outcome.teacher
    assert facts
    assert facts["student"] == "cnn"
    assert facts["student_accuracy"] < 50 < facts["accuracy"]
    assert any(f"the cnn {facts['student_accuracy']:.1f} %, give or take " in note for note in outcome.warnings)


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_shards(suffix: str, tmp_path: Path) -> None:
    keys: dict[str, Any] = {"chains": {**SOFT, **POOL}, "unlabeled": {"path": "more.jsonl"}}
    whole, _ = taught(tmp_path, f"o.{suffix}", **keys)
    expected = read_rows(whole)
    config_of(tmp_path, f"s/o.{suffix}", keys={"shards": 3}, **{**keys, "engine": {"chunk_rows": 20}})
    done = called("run", "config.yaml", "--workers", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    shards = [tmp_path / f"out/s/o-0000{n}-of-00003.{suffix}" for n in range(3)]
    assert [row for shard in shards for row in read_rows(shard)] == expected
    verify(tmp_path / f"out/s/o.{suffix}")


def test_a_teacher_that_leads_too_little_makes_nothing(tmp_path: Path) -> None:
    chains = {
        **SOFT, **POOL, "h": {**HARD["a"]}, "plain": {"steps": ["random_swap"]},
        "agreeing": {"steps": ["random_swap"], "checks": ["label_agreement"]},
    }  # fmt: skip
    target, outcome = taught(tmp_path, chains=chains, teacher={"min_lead": 99}, unlabeled={"path": "more.jsonl"})
    verify(target)
    assert {name: ledger.written for name, ledger in outcome.counts.ledgers.items()} == {
        "a": 0, "p": 0, "h": 0, "plain": 52, "agreeing": 0,
    }  # fmt: skip
    (said,) = [note for note in outcome.warnings if "teacher" in note]
    assert said.endswith("it must lead by 99 points (teacher.min_lead), so it judges nothing")
    assert "o.teacher.safetensors" not in written(tmp_path)
    found = rows(target)
    assert len(found) == 104
    assert all(row["aug_probs"] == {row["label"]: 1.0} and row["aug_label"] == row["label"] for row in found)


def test_a_chain_may_ask_for_more_than_the_teacher_leads(tmp_path: Path) -> None:
    chains = {**SOFT, "free": {**SOFT["a"], "min_lead": 99}, "p": {**POOL["p"], "min_lead": 98}}
    target, outcome = taught(tmp_path, chains=chains, unlabeled={"path": "more.jsonl"})
    verify(target)
    ledgers = outcome.counts.ledgers
    assert (ledgers["free"].asked, ledgers["p"].asked) == (0, 0)
    assert ledgers["a"].written > 0
    (said,) = [note for note in outcome.warnings if "teacher" in note]
    assert said.endswith("nothing is made by chains for which it must lead by more: free (99), p (98)")
    config = load(config_of(tmp_path, chains=chains, unlabeled={"path": "more.jsonl"}))
    assert plan(config).variants == {"a": ledgers["a"].asked, "free": 0, "p": 0}


def test_chunks_do_not_matter(tmp_path: Path) -> None:
    chains = {**SOFT, "swap": {"labels": "teacher_soft", "variants": 3, "steps": ["random_swap"]}, **POOL}
    made = [
        outputs(taught(tmp_path, chains=chains, unlabeled={"path": "more.jsonl"}, engine={"chunk_rows": size})[0])
        for size in (1, 7, 2000)
    ]
    assert made[0] == made[1] == made[2]


@pytest.mark.slow
def test_workers_and_caches_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("augcli.run.prepare.MODEL_BLOCK", 200)
    monkeypatch.setattr(lesson, "_told_by_linear", lambda _, some, __: [False] * len(some))
    monkeypatch.setattr(
        teachers, "_best_mixture", lambda tried, _: (tried[:1], np.log(np.maximum(tried[0].unseen, 1e-4)))
    )
    config_of(
        tmp_path, chains={**SOFT, **POOL}, unlabeled={"path": "more.jsonl"}, engine={"chunk_rows": 20, "device": "cpu"}
    )
    made = []
    for workers, cache in ((1, "one"), (2, "one"), (1, "two")):
        shared_encoder.cache_clear()
        env = {"AUGCLI_CACHE": str(tmp_path / cache)}
        done = called("run", "config.yaml", "--workers", str(workers), "--overwrite", cwd=tmp_path, env=env)
        assert done.returncode == 0, done.stderr
        assert b", layer " in done.stderr
        assert json.loads((tmp_path / "out/o.report.json").read_bytes())["run"]["workers"] == workers
        assert [*(tmp_path / cache).rglob("*.sqlite3")]
        made.append(outputs(tmp_path / "out/o.jsonl"))
    assert made[0] == made[1] == made[2]


def test_a_failed_run_goes_on(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"chains": {**SOFT, **POOL}, "unlabeled": {"path": "more.jsonl"},
                            "engine": {"chunk_rows": 10, "workers": 1}}  # fmt: skip
    (tmp_path / "whole").mkdir()
    for name in ("in.jsonl", "more.jsonl"):
        (tmp_path / "whole" / name).write_bytes((tmp_path / name).read_bytes())
    expected = outputs(taught(tmp_path / "whole", **keys)[0])
    with failing_after(3):
        taught(tmp_path, **keys)
    target, outcome = taught(tmp_path, **keys)
    assert outcome.resumed >= 3
    assert outputs(target) == expected
    verify(target)


def test_a_change_of_what_labels_depend_on_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fingerprint(**keys: Any) -> str:
        return taught(tmp_path, **{"chains": {**SOFT, **POOL}, "unlabeled": {"path": "more.jsonl"}, **keys})[
            1
        ].fingerprint

    first = fingerprint()
    assert fingerprint() == first
    assert fingerprint(teacher={"folds": 4}) != first
    assert fingerprint(unlabeled={"path": "more.jsonl", "limit": 3}) != first
    write_rows(tmp_path / "more.jsonl", unlabelled()[1:])
    assert fingerprint() != first
    write_rows(tmp_path / "more.jsonl", unlabelled())
    write_rows(tmp_path / "test.jsonl", [{**unlabelled()[0], "label": "card_arrival", "id": "t"}])
    assert fingerprint(evaluate={"test": "test.jsonl"}) != first  # a row of the pool is tested


def test_of_many_rows_some_are_drawn_to_learn_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesson, "MOST_ROWS", 30)
    labelled = cards()
    for row in labelled[::10]:
        row["label"] = 100 + labelled.index(row)  # numbers, some of which are not drawn
    write_rows(tmp_path / "in.jsonl", labelled)
    chains = {
        "a": {**SOFT["a"], "checks": ["label_agreement"]},
        "h": {"steps": ["random_swap"], "labels": "teacher_hard"},
    }
    target, outcome = taught(tmp_path, chains=chains, teacher={"label_column": "label"})
    assert outcome.teacher
    assert outcome.teacher["rows"] == 30
    verify(target)
    for row in rows(target):
        if row["aug_source"] in {row["id"] for row in labelled[::10]}:
            assert isinstance(row["label"], int)  # nothing knows this label, so it stays


def test_no_variants_are_labelled_whose_row_is_the_only_one_of_its_label(tmp_path: Path) -> None:
    labelled = cards()
    labelled[5]["label"] = "lone"
    write_rows(tmp_path / "in.jsonl", labelled)
    chains = {**SOFT, "s": {"steps": ["random_swap"], "checks": ["label_agreement"]}}
    target, outcome = taught(tmp_path, chains=chains)
    assert "nothing can judge variants of rows whose label no other row has: 'lone'" in outcome.warnings
    found = [row for row in rows(target) if row["aug_source"] == labelled[5]["id"]]
    assert [(row["aug_chain"], row["aug_probs"]) for row in found] == [("", {"lone": 1.0}), ("s.1", {"lone": 1.0})]
    assert outcome.counts.ledgers["a"].asked == 2 * (len(labelled) - 1)
    verify(target)


def test_rows_without_a_text_and_no_rows_at_all(tmp_path: Path) -> None:
    write_rows(tmp_path / "more.jsonl", [{"text": "  "}, *unlabelled(5), {"text": ""}])
    target, outcome = taught(tmp_path, chains=POOL, unlabeled={"path": "more.jsonl"})
    assert outcome.teacher
    assert outcome.teacher["unlabelled"] == {
        "read": 7, "empty": 2, "near_duplicates": 0, "unsure": 0, "over": 0, "general": 0, "taken": 5
    }  # fmt: skip
    assert all(row["text"].strip() for row in rows(target))
    (tmp_path / "more.jsonl").write_text("")
    _, outcome = taught(tmp_path, "p.jsonl", chains=POOL, unlabeled={"path": "more.jsonl"})
    none = "there are no rows without a label, neither in the input nor in unlabeled.path"
    assert f"{none}; unlabeled.general: 20000 takes texts that come along" in outcome.warnings


@pytest.mark.parametrize("output", ["o.jsonl", "o.csv"])
def test_general_texts(tmp_path: Path, output: str) -> None:
    target, outcome = taught(tmp_path, output, chains=POOL, unlabeled={"general": 40})
    verify(target)
    with gzip.open(GENERAL["en"].path(), "rt", encoding="utf-8") as file:
        texts = [line.rstrip("\n") for line in islice(file, 40)]
    found = [row for row in read_rows(target) if row["aug_chain"]]
    assert [row["text"] for row in found] == texts
    assert all(sum(row["aug_probs"].values()) == pytest.approx(1, abs=1e-3) for row in found)
    assert {row["label"] for row in found} <= {None, ""}
    assert "40 general texts are taken" in outcome.warnings
    assert {row["aug_weight"] for row in found} == {1.0}
    if output == "o.jsonl":
        both = {"path": "more.jsonl", "limit": 5, "general": 40}
        many, _ = taught(tmp_path, "m.jsonl", chains=POOL, unlabeled={"general": 300})
        verify(many)
        assert {row["aug_weight"] for row in read_rows(many) if row["aug_chain"]} == {4 * 52 / 300}
        first, outcome = taught(tmp_path, "b.jsonl", chains=POOL, unlabeled=both)
        verify(first)
        assert any(note.endswith("and 40 general texts") for note in outcome.warnings)
        assert outcome.counts.ledgers["p"].written == 45
        again, _ = taught(tmp_path, "c.jsonl", chains=POOL, unlabeled=both, engine={"workers": 2, "chunk_rows": 7})
        assert again.read_bytes() == first.read_bytes()
        inputs = json.loads(first.with_name("b.report.json").read_bytes())["inputs"]
        assert [entry.get("section") for entry in inputs] == [None, "unlabeled", "general"]


@given(count=st.integers(0, 500), labels=st.dictionaries(st.text(max_size=3), st.integers(1, 100), min_size=1))
def test_shares_of_labels_make_up_the_whole(count: int, labels: dict[str, int]) -> None:
    shares, total = pool._shares(count, labels), sum(labels.values())
    assert shares.total() == count
    for label, number in labels.items():
        assert count * number // total <= shares[label] <= -(-count * number // total)


def test_pairs(tmp_path: Path) -> None:
    labelled = cards()
    pairs = [{"a": one["text"], "b": two["text"], "label": one["label"]} for one, two in pairwise(labelled)]
    write_rows(tmp_path / "in.jsonl", pairs)
    more = unlabelled(8)
    write_rows(tmp_path / "more.csv", [{"x": one["text"], "y": two["text"]} for one, two in pairwise(more)])
    target, outcome = taught(
        tmp_path, data={"text": ["a", "b"], "id": None}, unlabeled={"path": "more.csv", "text": ["x", "y"]},
        chains={"a": {"labels": "teacher_soft", "steps": ["random_swap"]}, **POOL},
    )  # fmt: skip
    verify(target)
    assert outcome.counts.ledgers["p"].written == 7
    found = [row for row in rows(target) if row["aug_chain"] == "p.1"]
    assert [(row["a"], row["b"]) for row in found] == [(one["text"], two["text"]) for one, two in pairwise(more)]
    assert all(row["label"] is None for row in found)


def test_balanced_chains_may_be_judged(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", cards()[:48])
    chains = {"a": {"variants": {"balance": 20}, "steps": [{"random_delete": {"rate": 0.3}}], "labels": "teacher_soft",
                    "checks": [{"label_agreement": {"min": 0.3}}]}}  # fmt: skip
    target, _ = taught(tmp_path, chains=chains)
    verify(target)
    assert set(Counter(row["label"] for row in rows(target)).values()) == {20}
