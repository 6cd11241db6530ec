"""The JSON Schema of a config accepts what augcli accepts, and refuses what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from augcli.config.adapt import AdaptConfig
from augcli.config.keys import sections
from augcli.config.load import load_text, load_training
from augcli.config.schema import config_schema
from augcli.config.yaml_document import Document
from augcli.errors import ConfigError
from augcli.plugin import config_keys
from tests.support.helpers import ROOT

CONFIGS = [*sorted((ROOT / "configs").glob("*.yaml")), *sorted((ROOT / "augcli/config/presets").glob("*.yaml"))]
START = "input: {path: a.jsonl, text: text, label: label}\noutput: {path: out/a.jsonl}\n"


@cache
def validator() -> Draft7Validator:
    schema = config_schema()
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def _errors(text: str) -> list[str]:
    return [error.message for error in validator().iter_errors(Document(text, "config").value)]


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_configs_that_come_along_fit(file: Path) -> None:
    assert _errors(file.read_text(encoding="utf-8")) == []


RIGHT = [
    "chains: {a: {steps: [contraction, {synonym: {rate: 0.1}}, {typo: null}, {one_of: [ocr, {sequence: [case]}]}]}}",
    "chains: {a: {variants: {balance: 500}, steps: [{some_of: {n: [1, 2], steps: [typo, ocr]}}]}}",
    "chains: {a: {steps: [{maybe: {p: 1, steps: [ocr]}}]}}",
    "chains: {a: {steps: [{typo: {only: [city]}}], checks: [changed, {unique: false}, {length_ratio: {max: 2}}]}}",
    "chains: {}\nprotect: {patterns: [url, 'SKU-[0-9]+'], words: [card]}\nengine: {workers: 2, ray: {}}",
    "chains: {}\ninput: {path: [a, b], text: 1, spans: [s, t], spans_in: text, tag_names: names.json}",
    "chains: {}\nevaluate: {models: [linear, {cnn: {epochs: 3}}], test: {holdout: 0.2}}\nteacher: {student: cnn}",
    "chains: {}\nservices: {deepl: {max_characters: 1000}, google: null}",
]
WRONG = {
    "chains: {a: {steps: [tpyo]}}": "there is no step called 'tpyo'",
    "chains: {a: {steps: [{typo: {rate: 1.5}}]}}": "out of range",
    "chains: {a: {steps: [{typo: {raet: 0.5}}]}}": "unknown key",
    "chains: {a: {steps: [{typo: {rate: 0.1}, ocr: {rate: 0.1}}]}}": "one step per list item",
    "chains: {a: {steps: [replace]}}": "missing",
    "chains: {a: {steps: [{maybe: {steps: [typo]}}]}}": "missing",
    "chains: {a: {steps: [{one_of: [typo, {maybe: {p: 0.5, steps: [tpyo]}}]}]}}": "no step called",
    "chains: {a: {steps: [typo], checks: [{length_ratio: {most: 2}}]}}": "unknown key",
    "chains: {a: {steps: [{reverse: {only: text}}]}}": "cannot be held to parts",
    "chains: {1a: {steps: [typo]}}": "1a",
    "chains: {a: {steps: [typo], variants: {balance: most}}}": "most",
    "chains: {a: {steps: [typo]}}\nengine: {device: tpu}": "tpu",
    "chains: {a: {steps: [typo]}}\nservices: {depl: {}}": "depl",
    "chains: {a: {steps: [typo]}}\noutputs: {}": "unknown key",
    "chains: {a: {steps: [typo]}}\nevaluate: {models: [{cnn: {epoch: 3}}]}": "unknown key",
}


def _merged(text: str) -> str:
    """A config with what every one needs, unless `text` has it."""
    return json.dumps({**Document(START, "").value, **Document(text, "").value})


@pytest.mark.parametrize("text", RIGHT)
def test_short_forms_fit(text: str) -> None:
    assert _errors(_merged(text)) == []


@pytest.mark.parametrize("text", WRONG)
def test_mistakes_do_not_fit(text: str) -> None:
    assert _errors(_merged(text))
    with pytest.raises(ConfigError, match=WRONG[text]):
        load_text(_merged(text), Path("config.yaml"))


def test_a_config_of_adapt_has_keys_of_its_own(tmp_path: Path) -> None:
    right = "input: {path: a.jsonl, text: text}\nadapt: {output: out/model, epochs: 2}\n"
    assert _errors(right) == []
    (tmp_path / "adapt.yaml").write_text(right, encoding="utf-8")
    assert load_training(AdaptConfig, tmp_path / "adapt.yaml").adapt.epochs == 2
    assert _errors(right.replace("epochs: 2", "epochs: 0"))
    assert _errors(right + "output: {path: out/a.jsonl}\n")


def test_every_key_tells_an_editor_what_it_is() -> None:
    lacking = [path for path, key in _keys(validator().schema["$defs"]) if not key.get("description")]
    assert lacking == []


def _keys(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """All keys of all sections and plug-ins."""
    for name, described in schema.items():
        for key, value in described.get("properties", {}).items():
            yield f"{path}{name}.{key}", value


def test_every_example_of_a_key_fits_the_schema() -> None:
    schema = validator().schema
    wrong = []
    for section, model in sections().items():
        described = schema["$defs"][model.__name__]["properties"]
        for key in config_keys(model):
            fitting = Draft7Validator({**described[key], "$defs": schema["$defs"]})
            wrong += [
                f"{section}.{key}: {value}"
                for value in described[key].get("examples", ())
                if not fitting.is_valid(value)
            ]
    assert wrong == []
