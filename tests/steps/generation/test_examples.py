"""New texts of a label by a language model, against a local server."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from augcli.commands.check import check
from augcli.config.config import Options
from augcli.config.load import load
from augcli.errors import ConfigError
from augcli.report.outcome import Outcome
from augcli.run.run import run
from tests.support.fake_llm import FakeLlm
from tests.support.helpers import augcli, rows

ROWS = [
    *({"id": f"a{number}", "text": f"where is card number {word}", "label": "card"}
      for number, word in enumerate(["one", "two", "three", "four", "five", "six"])),
    {"id": "b0", "text": "when do I get paid", "label": "pay"},
    {"id": "b1", "text": "why was my money late", "label": "pay"},
    {"id": "c0", "text": "hello there", "label": "alone"},
]  # fmt: skip


def made(folder: Path, url: str, *, variants: Any = 1, **step: Any) -> tuple[Outcome, list[dict[str, Any]]]:
    """What a run writes, beside the originals."""
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    given = {"model": "m", "cache": str(folder / "r.db"), **step}
    config = {
        "input": {"path": str(folder / "in.jsonl"), "text": "text", "label": "label", "id": "id"},
        "output": {"path": str(folder / "out.jsonl")},
        "services": {"llm": {"base_url": url}},
        "chains": {"a": {"variants": variants, "steps": [{"llm_examples": given}]}},
    }
    (folder / "c.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    outcome = run(load(folder / "c.yaml"), Options(overwrite=True, quiet=True))
    return outcome, [row for row in rows(folder / "out.jsonl") if row["aug_chain"]]


def test_new_rows_of_small_labels_after_rows_that_have_them(tmp_path: Path) -> None:
    with FakeLlm() as fake:
        outcome, variants = made(tmp_path, fake.url, variants={"balance": "max"}, shots=3)
        assert not fake.problems
        assert Counter(row["label"] for row in variants) == {"pay": 4}
        assert outcome.counts.ledgers["a"].refused == {"llm_examples: fewer than two rows of the label to show": 5}
        own = {row["text"] for row in ROWS if row["label"] == "pay"}
        assert all(call.label == "pay" and {*call.texts} == own for call in fake.calls)
        assert not {row["text"] for row in variants} & {row["text"] for row in ROWS}
        lines = [json.loads(line) for line in (tmp_path / "out.provenance.jsonl").read_text("utf-8").splitlines()]
        assert any("b0" in json.dumps(line) and "examples@" in json.dumps(line) for line in lines)
        sent = len(fake.calls)
        assert made(tmp_path, fake.url, variants={"balance": "max"}, shots=3)[1] == variants
        assert len(fake.calls) == sent
        assert "a run sends the texts (text) and the labels (label) to llm" in check(load(tmp_path / "c.yaml"))
    assert augcli("verify", "out.jsonl", cwd=tmp_path).returncode == 0


def test_several_new_rows_by_one_call(tmp_path: Path) -> None:
    with FakeLlm() as fake:
        _, variants = made(tmp_path, fake.url, variants=4, answers=2, shots=2)
        assert len(fake.calls) == 2 * 8, "two calls for each row that has others of its label"
        assert len({row["text"] for row in variants}) == len(variants) == 4 * 8
        assert len({tuple(call.texts) for call in fake.calls}) > 6, "not always the same rows are shown"


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (ROWS[0]["text"].upper(), "fewer different texts than answers"),
        ("Here is a new text for you: where is it", "talk about the text"),
        ("我的卡在哪里，请告诉我", "another language"),
        ("card?", "length ratio"),
    ],
)
def test_replies_that_are_no_new_row(tmp_path: Path, text: str, refused: str) -> None:
    with FakeLlm(reply=lambda _: json.dumps({"texts": [text]})) as fake:
        outcome, variants = made(tmp_path, fake.url)
    assert not variants
    assert outcome.counts.ledgers["a"].refused[f"llm_examples: {refused}"] >= 6


def test_a_label_is_needed(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(
        "input: {path: in.jsonl, text: text}\noutput: {path: out.jsonl}\n"
        "services: {llm: {base_url: http://localhost/v1}}\n"
        "chains: {a: {steps: [{llm_examples: {model: m}}]}}\n", encoding="utf-8",
    )  # fmt: skip
    with pytest.raises(ConfigError, match=r"llm_examples .*input\.label"):
        load(tmp_path / "c.yaml")
