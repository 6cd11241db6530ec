"""Outputs that must stay the same to the byte from version to version.

After a change that is meant: `python -m tests.properties.test_golden` writes tests/properties/golden/ anew; look at the
difference, and tell of it in CHANGELOG.md.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from augcli.config.config import Options
from augcli.config.load import load
from augcli.io.outputs import Paths
from augcli.run.run import run
from tests.support.helpers import CROSSWOZ, SNIPS

GOLDEN = Path(__file__).parent / "golden"
CHAINS: dict[str, Any] = {
    "words": {
        "variants": 2,
        "steps": [
            {"one_of": ["random_swap", {"random_delete": {"rate": 0.2}}, "punctuation"]},
            {"maybe": {"p": 0.5, "steps": [{"blank": {"rate": 0.2, "token": "[UNK]"}}]}},
        ],
        "checks": [{"length_ratio": {"min": 0.7, "max": 1.5}}],
    },
    "published": {
        "steps": [
            {
                "some_of": {
                    "n": [1, 2],
                    "steps": [
                        {"random_swap": {"draw": "independent", "rate": 0.3}},
                        {"random_delete": {"draw": "independent", "rate": 0.3, "keep": []}},
                    ],
                }
            },
        ],
    },
    "turned": {"steps": ["reverse"]},
}
DICTIONARY: dict[str, Any] = {
    "synonym": {"variants": 2, "steps": [{"synonym": {"rate": 0.2}}]},
    "random_insert": {"steps": [{"random_insert": {"rate": 0.2}}]},
    "tfidf": {"steps": [{"tfidf": {"rate": 0.3}}]},
    "oov": {"steps": [{"oov": {"mode": "char"}}]},
}
ENGLISH: dict[str, Any] = {
    **DICTIONARY,
    "nth": {"variants": 2, "steps": [{"synonym": {"pick": "nth", "phrases": True}}]},
    "embedding": {"variants": 2, "steps": [{"embedding": {"rate": 0.2}}]},
    "replace": {"steps": [{"replace": {"map": ["british", "abbreviations", "slang"], "direction": "both"}}]},
}
MAPS: dict[str, Any] = {
    "characters": {"variants": 2, "steps": [{"replace_char": {"map": "look_alikes"}}]},
    "leet": {"steps": [{"replace_char": {"map": "leet", "rate": 0.2}}]},
    "wide": {"steps": [{"replace_char": {"map": "full_width"}}]},
    "emoji": {"steps": [{"replace": {"map": "emoji"}}]},
    "gender": {"steps": ["gender"]},
}
ENGLISH_MAPS: dict[str, Any] = {
    **MAPS,
    "azerty": {"steps": [{"typo": {"keyboard": "azerty"}}]},
    "listed": {"steps": [{"random_delete": {"words": ["the", "please", "me"]}}]},
}
CHINESE_MAPS: dict[str, Any] = {
    **MAPS,
    "numerals": {"steps": [{"replace_char": {"map": "numerals"}}]},
    "words": {"variants": 2, "steps": [{"homophone": {"unit": "word"}}]},
    "pinyin": {"steps": ["pinyin"]},
}
ENTITIES: dict[str, Any] = {
    "entity": {"variants": 2, "steps": [{"entity": {"rate": 0.7}}]},
    "token_replacement": {"steps": [{"token_replacement": {"rate": 0.5}}]},
    "shuffle_segments": {"steps": [{"shuffle_segments": {"rate": 0.5}}]},
    "held": {"steps": [{"random_char": {"rate": 0.3, "only": "entities"}}, {"punctuation": {"only": "text"}}]},
}
EDITS: dict[str, Any] = {
    "boundaries": {"steps": [{"split_word": {"rate": 0.2}}, {"merge_words": {"rate": 0.2}}]},
    "crop": {"variants": 2, "steps": [{"crop": {"at": "anywhere"}}]},
    "insert": {
        "variants": 2,
        "steps": [{"insert": {"at": "start"}}, "insert", {"insert": {"texts": "hashtags", "at": "end"}}],
    },
    "meaning": {
        "variants": 2,
        "steps": [{"antonym": {"changes_label": "allowed"}}, {"negate": {"changes_label": "allowed"}}, "number_change"],
    },
}
CONFIGS: dict[str, tuple[Path, str, dict[str, Any]]] = {
    "english": (SNIPS, "en", CHAINS),
    "chinese": (CROSSWOZ, "zh", CHAINS),
    "english_words": (SNIPS, "en", ENGLISH),
    "chinese_words": (CROSSWOZ, "zh", DICTIONARY),
    "english_maps": (SNIPS, "en", ENGLISH_MAPS),
    "chinese_maps": (CROSSWOZ, "zh", CHINESE_MAPS),
    "english_entities": (SNIPS, "en", ENTITIES),
    "chinese_entities": (CROSSWOZ, "zh", ENTITIES),
    "english_edits": (SNIPS, "en", EDITS),
    "chinese_edits": (CROSSWOZ, "zh", EDITS),
}
PATTERNS = {"english_edits": ["url"], "chinese_edits": ["url"]}
"""What is protected where it is not what is so without a word: number_change works on numbers."""
ROWS = 20


def outputs(name: str, folder: Path) -> dict[str, bytes]:
    """Data and provenance of a config, by the name of their golden file."""
    source, language, chains = CONFIGS[name]
    columns = {"text": "text", "label": "label", "id": "id", "spans": "spans", "language": language}
    config = {
        "seed": 11,
        "input": {"path": str(source), **columns},
        "output": {"path": str(folder / f"{name}.jsonl")},
        "chains": chains,
        "engine": {"chunk_rows": 7},
    }
    if name in PATTERNS:
        config["protect"] = {"patterns": PATTERNS[name]}
    (folder / "c.yaml").write_text(json.dumps(config))
    run(load(folder / "c.yaml"), Options(limit=ROWS, overwrite=True, quiet=True))
    paths = Paths.of(str(folder / f"{name}.jsonl"))
    return {path.name: path.read_bytes() for path in paths.all()[:2]}


@pytest.mark.parametrize("name", CONFIGS)
def test_outputs_are_those_of_earlier_versions(name: str, tmp_path: Path) -> None:
    made = outputs(name, tmp_path)
    assert len(made) == 2
    for file, data in made.items():
        assert data.decode().splitlines() == (GOLDEN / file).read_text(encoding="utf-8").splitlines()
        assert data == (GOLDEN / file).read_bytes()


def test_every_golden_file_is_compared() -> None:
    made = {f"{name}.{kind}" for name in CONFIGS for kind in ("jsonl", "provenance.jsonl")}
    assert {path.name for path in GOLDEN.iterdir()} == made


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        for config_name in CONFIGS:
            for file_name, content in outputs(config_name, Path(temporary)).items():
                (GOLDEN / file_name).write_bytes(content)
