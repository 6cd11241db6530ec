"""Runs over labelled rows: words carry a label and stay stay where steps replace words, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.helpers import CROSSWOZ, rows
from tests.support.running import called, run_in, written

NOUNS = (
    "people house city river garden morning evening window kitchen bridge road market station village teacher doctor "
    "student farmer worker family mother father brother sister friend company office school church hospital letter "
    "paper table chair bottle bread water coffee summer winter music picture story answer question problem"
)
COMMON = NOUNS.split()
"""Words that have synonyms and neighbours, and that say nothing about the label."""
CARRYING = {"good": "large", "bad": "quick"}
STEPS: dict[str, Any] = {
    "synonym": {"rate": 1.0, "confidence": 0},
    "embedding": {"rate": 1.0, "min_similarity": 0.4},
    "tfidf": {"rate": 0.9},
    "masked_lm": {"rate": 1.0, "min_probability": 0, "min_similarity": -1, "device": "cpu"},
    "joint": {"rate": 1.0, "min_probability": 0, "min_similarity": -1, "device": "cpu", "masking": "joint"},
}
OTHERS: dict[str, Any] = {
    "random_insert": {"rate": 0.5}, "random_swap": {"rate": 0.5}, "typo": {"rate": 0.5}, "case": {},
    "masked_lm": {"action": "insert", "device": "cpu"},
}  # fmt: skip
KEYS: dict[str, Any] = {"path": "in.jsonl", "label": "label"}


def sentences(number: int) -> list[dict[str, Any]]:
    """Rows with a word of their label; the other words are those of as many rows with the other label."""
    draws = Random(7)
    made = []
    for _ in range(number // 2):
        some = draws.sample(COMMON, 7)
        for label, word in CARRYING.items():
            value = f"The {some[0]} made a {word} {some[1]} with the {some[2]} and the {some[3]}."
            made.append({"text": value + f" A {some[4]} and a {some[5]} saw the {some[6]}.", "label": label})
    return made


def write(folder: Path, data: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The keys of an input with these rows."""
    file = folder / "in.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in data), encoding="utf-8")
    return {**KEYS, "path": str(file)}


def chain(step: str, body: Any) -> dict[str, Any]:
    return {"a": {"steps": [{"masked_lm" if step == "joint" else step: body}]}}


def carried(target: Path) -> dict[str, str]:
    """The words in the file beside an output, each with its label."""
    lines = target.with_name("o.label_words.tsv").read_text("utf-8").splitlines()
    assert lines[0] == "word\tlabel\tlog-odds\tz"
    return dict(line.split("\t")[:2] for line in lines[1:])


def variants(target: Path) -> list[dict[str, Any]]:
    return [row for row in rows(target) if row["aug_chain"]]


@pytest.mark.parametrize("step", STEPS)
def test_words_of_a_label_stay_unless_they_are_let_go(tmp_path: Path, step: str) -> None:
    keys = write(tmp_path, sentences(40 if step in ("masked_lm", "joint") else 200))
    chains = chain(step, STEPS[step])
    target, outcome = run_in(tmp_path, keys, "o.jsonl", chains=chains)
    assert carried(target) == {word: label for label, word in CARRYING.items()}
    made = variants(target)
    assert len(made) > len(rows(target)) / 3
    assert all(CARRYING[row["label"]] in row["text"].split() for row in made)
    report = json.loads(target.with_name("o.report.json").read_bytes())
    assert report["label_words"]["number"] == 2
    assert {word["word"] for word in report["label_words"]["strongest"]} == {"large", "quick"}
    assert "2 words that carry a label stayed" in target.with_name("o.report.html").read_text("utf-8")
    assert called("verify", target, cwd=tmp_path).returncode == 0
    target, outcome = run_in(tmp_path, keys, "free.jsonl", chains=chains, protect={"label_words": False})
    assert not all(CARRYING[row["label"]] in row["text"].split() for row in variants(target))
    assert not any("free.label_words" in name for name in written(tmp_path))
    assert outcome.label_words is None


@pytest.mark.parametrize("step", OTHERS)
def test_other_steps_need_no_words(tmp_path: Path, step: str) -> None:
    _, outcome = run_in(tmp_path, write(tmp_path, sentences(10)), "o.jsonl", chains=chain(step, OTHERS[step]))
    assert (outcome.label_words, outcome.dataset.label_counts) == (None, None)
    assert "o.label_words.tsv" not in written(tmp_path)


def test_without_labels_nothing_is_counted(tmp_path: Path) -> None:
    keys = {**write(tmp_path, sentences(10)), "label": None}
    _, outcome = run_in(tmp_path, keys, "o.jsonl", chains=chain("synonym", {}))
    assert (outcome.label_words, outcome.dataset.label_counts) == (None, None)


def test_a_list_of_the_users_own_is_taken_as_given(tmp_path: Path) -> None:
    (tmp_path / "own.tsv").write_text("large\tlarger\nquick\tfast\n")
    chains = chain("synonym", {"rate": 1.0, "thesaurus": str(tmp_path / "own.tsv")})
    target, _ = run_in(tmp_path, write(tmp_path, sentences(100)), "o.jsonl", chains=chains)
    assert set(carried(target)) == {"large", "quick"}
    assert len(variants(target)) == 100
    assert not any("large" in row["text"].split() for row in variants(target))


@pytest.mark.slow
@pytest.mark.parametrize("keys", [{}, {"path": str(CROSSWOZ), "id": "id", "language": "zh"}], ids=["en", "zh"])
def test_runs_are_the_same_however_they_are_cut(tmp_path: Path, keys: dict[str, Any]) -> None:
    given = {**write(tmp_path, sentences(200)), **keys}
    made = set()
    for workers, chunk_rows in [(1, 1000), (1, 7), (2, 40)]:
        engine = {"workers": workers, "chunk_rows": chunk_rows}
        target, _ = run_in(tmp_path, given, "o.jsonl", chains=chain("synonym", {"rate": 0.3}), engine=engine)
        assert carried(target)
        names = ("o.jsonl", "o.provenance.jsonl", "o.label_words.tsv")
        made.add(tuple(target.with_name(name).read_bytes() for name in names))
    assert len(made) == 1


def test_small_blocks_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, made = write(tmp_path, sentences(100)), set()
    for size in (4 << 20, 500):
        monkeypatch.setattr("augcli.run.survey.blocks.BLOCK", size)
        target, _ = run_in(tmp_path, keys, "o.jsonl", chains=chain("synonym", {}))
        made.add(target.with_name("o.label_words.tsv").read_bytes())
    assert len(made) == 1


def test_a_limit_counts_only_its_rows(tmp_path: Path) -> None:
    keys = write(tmp_path, sentences(300))
    target, outcome = run_in(tmp_path, keys, "o.jsonl", chains=chain("synonym", {}), limit=4)
    assert (carried(target), outcome.label_words) == ({}, [])


def test_thousands_of_labels_say_nothing_wrong(tmp_path: Path) -> None:
    data = [{**row, "label": number % 5000} for number, row in enumerate(sentences(6000))]
    target, _ = run_in(tmp_path, write(tmp_path, data), "o.jsonl", chains=chain("synonym", {}))
    assert carried(target) == {}


def test_rows_without_a_label_are_of_none(tmp_path: Path) -> None:
    data = sentences(400)
    for number, row in enumerate(data):
        row["label"] = [row["label"], None, "", []][number // 2 % 4]
    target, _ = run_in(tmp_path, write(tmp_path, data), "o.jsonl", chains=chain("synonym", {}))
    assert carried(target) == {word: label for label, word in CARRYING.items()}


def test_several_label_columns(tmp_path: Path) -> None:
    data = [{"text": row["text"], **{label: row["label"] == label for label in CARRYING}} for row in sentences(200)]
    keys = {**write(tmp_path, data), "label": ["good", "bad"]}
    target, _ = run_in(tmp_path, keys, "o.jsonl", chains=chain("synonym", {}))
    assert carried(target) == {word: label for label, word in CARRYING.items()}


def test_both_texts_of_a_pair_count(tmp_path: Path) -> None:
    words = Random(2)
    data = [{"a": " ".join(words.sample(COMMON, 6)), "b": row["text"], "label": row["label"]} for row in sentences(200)]
    keys = {**write(tmp_path, data), "text": ["a", "b"]}
    target, _ = run_in(tmp_path, keys, "o.jsonl", chains=chain("synonym", STEPS["synonym"]))
    assert carried(target) == {word: label for label, word in CARRYING.items()}
    assert all(CARRYING[row["label"]] in row["b"].split() for row in variants(target))


def test_tokens_are_words(tmp_path: Path) -> None:
    data = [
        {"tokens": row["text"].split(), "tags": ["O"] * len(row["text"].split()), "label": row["label"]}
        for row in sentences(200)
    ]
    keys = {**write(tmp_path, data), "text": None, "tokens": "tokens", "tags": "tags", "token_columns": []}
    target, _ = run_in(tmp_path, keys, "o.jsonl", chains=chain("synonym", STEPS["synonym"]))
    assert carried(target) == {word: label for label, word in CARRYING.items()}
    assert all(CARRYING[row["label"]] in row["tokens"] for row in variants(target))


def test_commands_tell_what_stays(tmp_path: Path) -> None:
    keys = {**write(tmp_path, sentences(100)), "text": "text"}
    config = {"input": keys, "output": {"path": "o.jsonl"}, "chains": chain("synonym", {"rate": 1.0})}
    (tmp_path / "c.yaml").write_text(json.dumps(config))
    told = "2 words carry a label and stay: "
    for command in ("check", "preview"):
        done = called(command, "c.yaml", cwd=tmp_path)
        assert told in done.stdout.decode() + done.stderr.decode()
        assert done.returncode == 0
    done = called("run", "c.yaml", cwd=tmp_path)
    assert told in done.stderr.decode()
    assert "label words o.label_words.tsv" in done.stderr.decode()
    standing = called("run", "c.yaml", cwd=tmp_path)
    assert (standing.returncode, "o.label_words.tsv" in standing.stderr.decode()) == (2, True)
    lines = (tmp_path / "o.jsonl").read_bytes()
    done = called("run", "c.yaml", "--output", "-", "--output-format", "jsonl", cwd=tmp_path)
    assert (done.stdout, told in done.stderr.decode()) == (lines, True)
