"""Runs of steps that swap entities, or that are held to entities or to what is none."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from augcli.commands.verify import verify
from augcli.config.load import load
from augcli.errors import ConfigError
from augcli.io.outputs import Paths
from augcli.steps import mentions
from tests.support.helpers import CROSSWOZ, ROOT, SNIPS, rows
from tests.support.running import called, failing_after, run_in

WNUT = ROOT.parent / "shared/data/wnut17/wnut17train.conll"
INPUT = {"path": str(SNIPS), "label": "label", "id": "id", "spans": "spans"}
CHAINS: dict[str, Any] = {
    "swap": {"variants": 2, "steps": ["entity"]},
    "inside": {"steps": [{"random_char": {"rate": 0.5, "only": "entities"}}, {"typo": {"only": ["artist", "city"]}}]},
    "outside": {"steps": [{"random_char": {"rate": 0.5, "only": "text"}}]},
}


def outputs(target: Path) -> list[bytes]:
    return [path.read_bytes() for path in Paths.of(str(target)).all()[:2]]


def test_chunks_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mentions, "MOST", 20)
    made = [
        outputs(run_in(tmp_path, INPUT, f"o{rows}.jsonl", chains=CHAINS, engine={"chunk_rows": rows, "workers": 1})[0])
        for rows in (7, 2000)
    ]
    assert made[0] == made[1]
    verify(tmp_path / "out/o7.jsonl")


def test_workers_do_not_matter(tmp_path: Path) -> None:
    config = {"input": {"text": "text", **INPUT}, "output": {"path": "o.jsonl"}, "chains": CHAINS}
    (tmp_path / "c.yaml").write_text(json.dumps({**config, "engine": {"chunk_rows": 50}}))
    made = []
    for workers in ("1", "2"):
        done = called("run", "c.yaml", "--workers", workers, "--overwrite", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        made.append(outputs(tmp_path / "o.jsonl"))
    assert made[0] == made[1]


def test_the_order_of_rows_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mentions, "MOST", 20)
    lines = SNIPS.read_text().splitlines()
    (tmp_path / "in.jsonl").write_text("\n".join(Random(5).sample(lines, len(lines))))
    made = [
        sorted(run_in(tmp_path, {**INPUT, "path": path}, "o.jsonl", chains=CHAINS)[0].read_bytes().splitlines())
        for path in (str(SNIPS), "in.jsonl")
    ]
    assert made[0] == made[1]


def test_a_failed_run_goes_on(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"chains": CHAINS, "engine": {"chunk_rows": 50, "workers": 1}}
    expected = outputs(run_in(tmp_path, INPUT, "whole.jsonl", **keys)[0])
    with failing_after(2):
        run_in(tmp_path, INPUT, "o.jsonl", **keys)
    target, outcome = run_in(tmp_path, INPUT, "o.jsonl", **keys)
    assert outcome.resumed >= 2
    assert outputs(target) == expected


@pytest.mark.parametrize(("source", "language"), [(SNIPS, "en"), (CROSSWOZ, "zh")])
@pytest.mark.parametrize("spans", ["keep", "free"])
def test_spans_frame_what_stands_there(source: Path, language: str, spans: str, tmp_path: Path) -> None:
    keys = {**INPUT, "path": str(source), "language": language}
    chains = {**CHAINS, "inside": {"steps": [{"random_char": {"rate": 0.5, "only": "entities"}}]}}
    target, outcome = run_in(tmp_path, keys, "o.jsonl", chains=chains, protect={"spans": spans})
    verify(target)
    known = {(row["text"][s:e].casefold(), kind) for row in rows(source) for s, e, kind in row["spans"]}
    found = rows(target)
    originals = {row["aug_source"]: row for row in found if not row["aug_chain"]}
    assert all(outcome.counts.ledgers[chain].written > 30 for chain in chains)
    for row in found:
        before = originals[row["aug_source"]]
        old = [(before["text"][s:e], kind) for s, e, kind in before["spans"]]
        new = [(row["text"][s:e], kind) for s, e, kind in row["spans"]]
        match row["aug_chain"].partition(".")[0]:
            case "swap":
                assert {(said.casefold(), kind) for said, kind in new} <= known
                assert [kind for _, kind in new] == [kind for _, kind in old]
                assert new != old
            case "inside":
                assert outside(row) == outside(before)
                assert new != old
            case "outside":
                assert new == old
                assert outside(row) != outside(before)


def outside(row: dict[str, Any]) -> list[str]:
    """What of a text is in no span."""
    borders = [0, *(at for start, end, _ in sorted(row["spans"]) for at in (start, end)), len(row["text"])]
    return [row["text"][start:end] for start, end in zip(borders[::2], borders[1::2], strict=True)]


def tokens_in(folder: Path, lines: list[tuple[list[str], list[str]]]) -> dict[str, str]:
    given = [json.dumps({"tokens": tokens, "tags": tags}) for tokens, tags in lines]
    (folder / "in.jsonl").write_text("\n".join(given))
    return {"path": "in.jsonl", "text": None, "tokens": "tokens", "tags": "tags"}  # type: ignore[dict-item]


def test_new_entities_have_the_tokens_of_the_input(tmp_path: Path) -> None:
    keys = tokens_in(
        tmp_path,
        [
            (["在", "北京", "南站", "等"], ["O", "B-LOC", "I-LOC", "O"]),
            (["去", "呼和", "浩特", "机场"], ["O", "B-LOC", "I-LOC", "I-LOC"]),
        ],
    )
    target, _ = run_in(tmp_path, {**keys, "language": "zh"}, "o.jsonl", chains={"a": {"steps": ["entity"]}})
    variants = [(row["tokens"], row["tags"]) for row in rows(target) if row["aug_chain"]]
    assert variants == [
        (["在", "呼和", "浩特", "机场", "等"], ["O", "B-LOC", "I-LOC", "I-LOC", "O"]),
        (["去", "北京", "南站"], ["O", "B-LOC", "I-LOC"]),
    ]
    verify(target)


def test_listed_entities_are_characters_where_the_input_has_characters(tmp_path: Path) -> None:
    (tmp_path / "cities.txt").write_text("呼和浩特")
    keys = tokens_in(tmp_path, [(list("在北京等"), ["O", "B-LOC", "I-LOC", "O"])])
    steps = [{"entity": {"lists": {"LOC": "cities.txt"}}}]
    target, _ = run_in(tmp_path, {**keys, "language": "zh"}, "o.jsonl", chains={"a": {"steps": steps}})
    assert rows(target)[1]["tokens"] == list("在呼和浩特等")
    assert rows(target)[1]["tags"] == ["O", "B-LOC", "I-LOC", "I-LOC", "I-LOC", "O"]
    verify(target)


def test_an_article_is_a_token_and_keeps_its_items(tmp_path: Path) -> None:
    keys = tokens_in(
        tmp_path,
        [
            (["an", "Apple", "Store", "here"], ["O", "B-ORG", "I-ORG", "O"]),
            (["the", "Boeing", "one"], ["O", "B-ORG", "O"]),
        ],
    )
    lines = [{**row, "pos": [token[0] for token in row["tokens"]]} for row in rows(tmp_path / "in.jsonl")]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    target, _ = run_in(
        tmp_path, {**keys, "token_columns": ["pos"]}, "o.jsonl", chains={"a": {"steps": ["entity", "typo"]}}
    )
    row = rows(target)[1]
    assert row["tokens"][:2] == ["a", "Boeing"]
    assert row["tags"] == ["O", "B-ORG", "O"]
    assert row["pos"] == ["a", "_", "h"]
    verify(target)


@pytest.mark.skipif(not WNUT.exists(), reason="needs WNUT 17")
def test_tokens_and_tags_of_tweets(tmp_path: Path) -> None:
    sentences = [
        [line.split("\t") for line in block.splitlines()] for block in WNUT.read_text().strip().split("\n\t\n")
    ]
    lines = [([token for token, _ in tagged], [tag for _, tag in tagged]) for tagged in sentences[:600]]
    keys = tokens_in(tmp_path, lines)
    target, outcome = run_in(tmp_path, keys, "o.jsonl", chains={**CHAINS, "inside": {"steps": ["entity"]}})
    verify(target)
    assert outcome.counts.ledgers["swap"].written > 100
    for row in rows(target):
        assert len(row["tokens"]) == len(row["tags"])
        assert all(token and not token.isspace() for token in row["tokens"])


def test_what_comes_in_is_protected_from_later_steps(tmp_path: Path) -> None:
    lines = [{"text": f"see help{number}@mail.org", "spans": [[4, 18, "mail"]]} for number in range(10, 40)]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    steps = ["entity", {"random_char": {"rate": 1.0, "only": "entities"}}]
    target, outcome = run_in(
        tmp_path, {"path": "in.jsonl", "spans": "spans"}, "o.jsonl", chains={"a": {"steps": steps}},
        protect={"patterns": [r"help\d\d@mail\.or(?=g\b)x?"]},
    )  # fmt: skip
    assert outcome.counts.ledgers["a"].unchanged == 30
    assert len(rows(target)) == 30


def problems(folder: Path, steps: list[Any], **keys: Any) -> str:
    config = {"input": {"path": str(SNIPS), "text": "text", **keys}, "output": {"path": "o.jsonl"}}
    (folder / "c.yaml").write_text(json.dumps({**config, "chains": {"a": {"steps": steps}}}))
    with pytest.raises(ConfigError) as caught:
        load(folder / "c.yaml")
    return str(caught.value)


@pytest.mark.parametrize("step", ["entity", {"typo": {"only": ["artist"]}}, {"typo": {"only": "text"}}])
def test_without_spans_or_tags_it_is_refused(step: Any, tmp_path: Path) -> None:
    told = problems(tmp_path, [step], spans=None)
    assert "name their column in input.spans, or those of input.tokens and input.tags" in told


@pytest.mark.parametrize("step", ["random_swap", "reverse", "shuffle_sentences", "entity"])
def test_steps_that_take_a_text_as_a_whole_are_not_held_to_parts(step: str, tmp_path: Path) -> None:
    told = problems(tmp_path, [{step: {"only": "text"}}], spans="spans")
    assert f"{step} cannot be held to parts of a text; leave `only` out" in told


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ("artist", "expected entities, text, or a list of types of entities: [artist]"),
        ([], "this is empty; at least 1 must be given"),
        (True, "expected entities, text, or a list of types of entities: [True]"),
    ],
)
def test_parts_that_make_no_sense_are_refused(parts: Any, why: str, tmp_path: Path) -> None:
    assert f"typo.only: {why}" in problems(tmp_path, [{"typo": {"only": parts}}], spans="spans")


def test_keys_that_are_named_are_those_that_fit(tmp_path: Path) -> None:
    told = problems(tmp_path, [{"entity": {"typs": ["a"]}}, {"typo": {"rats": 1}}], spans="spans")
    assert "unknown key; allowed: types, rate, min, max, lists; did you mean types?" in told
    assert "unknown key; allowed: rate, min, max, min_length, keyboard, only; did you mean rate?" in told


def test_unknown_types_are_told(tmp_path: Path) -> None:
    steps = [{"typo": {"only": ["artits"]}}, {"entity": {"types": ["artist", "moon"]}}]
    _, outcome = run_in(tmp_path, INPUT, "o.jsonl", chains={"a": {"steps": steps}})
    told = "\n".join(outcome.warnings)
    assert "typo: no row has an entity of type 'artits'; did you mean 'artist'?" in told
    assert "entity: no row has an entity of type 'moon'; the types are album, artist, best_rating, " in told
