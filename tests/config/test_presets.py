"""The presets that `augcli init` prints: each runs as it stands on data of its kind."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from augcli.config import presets
from augcli.config.config import Options
from augcli.config.load import load
from augcli.errors import ConfigError
from augcli.run.run import run
from tests.support.helpers import CROSSWOZ, ROOT, SNIPS

REVIEWS = ROOT / "sample_data/reviews.csv"
BANKING = ROOT / "sample_data/banking77.jsonl"
POOL = ROOT / "sample_data/unlabeled/banking77.jsonl"
DATA = {"ner": SNIPS, "chinese": CROSSWOZ, "gain": BANKING, "unlabeled": BANKING}
"""What each preset reads here; the others read English reviews."""
KEYS = {
    "chinese": {"input.spans": "spans"},
    "gain": {
        "unlabeled.general": "10",
        "teacher.min_lead": "0",
        **{f"chains.{chain}.min_lead": "0" for chain in ("splices", "neighbours", "masked")},
    },
    "unlabeled": {"unlabeled": f"{{path: {POOL}, limit: 10}}", "teacher.min_lead": "0"},
}
TAUGHT = ("gain", "unlabeled")
"""They learn from more rows than the others need."""
MARKS = {
    **dict.fromkeys(("paraphrase", "ner", *TAUGHT), pytest.mark.slow),  # they load models
    "back-translation": pytest.mark.programs("apertium", "apertium-eo-en"),
}
NAMES = [pytest.param(name, marks=MARKS.get(name, ())) for name in presets.names()]


def _pairs(file: Path) -> Path:
    """Reviews, two by two."""
    with REVIEWS.open(encoding="utf-8", newline="") as opened:
        texts = [row["text"] for row in csv.DictReader(opened)]
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(["sentence1", "sentence2", "label"])
        table.writerows((*pair, "neutral") for pair in zip(texts[::2], texts[1::2], strict=True))
    return file


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_runs_as_it_stands(name: str, tmp_path: Path) -> None:
    data = _pairs(tmp_path / "pairs.csv") if name == "pairs" else DATA.get(name, REVIEWS)
    file, output = tmp_path / "config.yaml", tmp_path / f"out{data.suffix}"
    file.write_text(presets.text(name), encoding="utf-8")
    keys = {"input.path": str(data), "output.path": str(output), **KEYS.get(name, {})}
    options = Options(60 if name in TAUGHT else 12, quiet=True)
    outcome = run(load(file, [(f"--set {key}", key, value) for key, value in keys.items()], workers=1), options)
    silent = [chain for chain, ledger in outcome.counts.ledgers.items() if not ledger.written]
    assert silent == []


def test_an_unknown_preset_gets_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean paraphrase"):
        presets.text("paraphrases")
    with pytest.raises(ConfigError, match="there are aeda, back-translation, balance"):
        presets.text("zzz")


@pytest.mark.parametrize("name", presets.names())
def test_a_preset_says_at_once_what_it_is_for(name: str) -> None:
    first = presets.text(name).splitlines()[0]
    assert re.fullmatch(r"# [A-Z].{20,}", first)
    assert len(first) <= 120
