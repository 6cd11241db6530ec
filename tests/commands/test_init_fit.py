"""Presets on data that they were not written for: what does not fit is left out, or the preset is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from augcli.commands.init.config import config_for
from augcli.config import presets
from augcli.config.load import load_text
from augcli.errors import ConfigError
from tests.support.running import called

ENGLISH = ["Where can I find a cheap hotel near the station?", "I would not order this soup again, it was cold."]
TEXTS = {
    "en": ENGLISH,
    "zh": ["请问附近有什么便宜的酒店吗？", "这家餐馆的汤是凉的，我不会再来了。"],
    "de": ["Wo finde ich hier ein günstiges Hotel?", "Die Suppe war leider kalt und nicht gut."],
    "pairs": ENGLISH,
    "no label": ENGLISH,
    "en spans": ENGLISH,
    "zh spans": ["请问附近有什么便宜的酒店吗？", "这家餐馆的汤是凉的，我不会再来了。"],
}
REFUSED = {
    "en": {"chinese", "ner"},
    "zh": {"back-translation", "ner"},
    "de": {"back-translation", "chinese", "ner", "pairs", "paraphrase", "unlabeled"},
    "pairs": {"chinese", "ner", "unlabeled"},
    "no label": {"balance", "chinese", "gain", "ner", "unlabeled"},
    "en spans": {"chinese"},
    "zh spans": {"back-translation"},
}


def written(kind: str, folder: Path) -> str:
    rows = []
    for number in range(24):
        text = TEXTS[kind][number % 2]
        row: dict[str, object] = {"id": f"r{number}", "text": text, "label": ("ask", "complain")[number % 2]}
        if kind == "pairs":
            row = {"sentence1": text, "sentence2": ENGLISH[1 - number % 2], "label": row["label"]}
        elif kind == "no label":
            row = {"text": text}
        elif kind.endswith("spans"):
            row["spans"] = [[12, 13, "thing"]] if kind == "zh spans" and number % 2 == 0 else []
            if kind == "en spans":
                row["spans"] = [[text.index(" ") + 1, text.index(" ", 9), "thing"]]
        rows.append(json.dumps(row, ensure_ascii=False))
    file = folder / "data.jsonl"
    file.write_text("\n".join([*rows, ""]), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("kind", TEXTS)
def test_what_is_written_can_be_loaded(kind: str, tmp_path: Path) -> None:
    file, refused = written(kind, tmp_path), dict[str, str]()
    for name in presets.names():
        try:
            draft = config_for(file, name, None)
        except ConfigError as error:
            refused[name] = str(error)
            continue
        assert load_text(draft.text, tmp_path / "config.yaml").chains
        assert all(f"# left out: {reason}" in draft.text for reason in draft.left_out)
        assert yaml.safe_load(presets.text(name))["chains"].keys() >= yaml.safe_load(draft.text)["chains"].keys()
    assert refused.keys() == REFUSED[kind]
    assert all(told.startswith(f"the preset {name} ") for name, told in refused.items())


def test_only_what_does_not_fit_goes(tmp_path: Path) -> None:
    draft = config_for(written("zh", tmp_path), "balance", None)
    (some_of,) = yaml.safe_load(draft.text)["chains"]["balance"]["steps"]
    assert some_of["some_of"]["steps"] == [
        {"random_swap": {"rate": 0.1}},
        {"random_delete": {"rate": 0.1}},
        "punctuation",
    ]
    assert draft.left_out == ["contraction does not work for language 'zh' (input.language); it does for en"]
    draft = config_for(written("pairs", tmp_path), "gain", None)
    assert "splices" not in yaml.safe_load(draft.text)["chains"]
    assert any(reason.startswith("unlabeled.general: ") for reason in draft.left_out)


def test_further_texts_that_are_not_there_are_left_to_name(tmp_path: Path) -> None:
    draft = config_for(written("en", tmp_path), "unlabeled", None)
    assert yaml.safe_load(draft.text)["unlabeled"] == {"limit": 2000, "general": 20000}
    assert any(doubt.startswith("unlabeled.path: ") for doubt in draft.doubts)
    assert any("pairs of texts" in doubt for doubt in config_for(written("en", tmp_path), "pairs", None).doubts)


def test_the_command_makes_the_folder_and_says_what_it_left_out(tmp_path: Path) -> None:
    file = written("zh", tmp_path)
    done = called("init", "starter", "--from", file, "--output", "new/deep/c.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert b"left out: contraction" in done.stderr
    assert (tmp_path / "new/deep/c.yaml").is_file()
    done = called("init", "--list", "--from", file, cwd=tmp_path)
    assert (done.returncode, b"--list goes alone" in done.stderr) == (2, True)
