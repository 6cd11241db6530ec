"""In a process that is not its own, augcli leaves all as it was. Run as a module, this tells of what it changed."""

from __future__ import annotations

import codecs
import importlib
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import augcli
from augcli.commands.adapt.command import adapt
from augcli.config.adapt import AdaptConfig
from augcli.config.config import Options
from augcli.config.load import load, load_training
from augcli.models.classifiers.base import Classifier
from augcli.models.taggers.base import Tagger
from augcli.plugin import find, names
from augcli.process import OWN
from augcli.run.run import run
from tests.support.examples import snips
from tests.support.helpers import CROSSWOZ, ROOT, SNIPS, rows
from tests.support.running import run_in
from tests.support.sentences import flights

LIBRARIES = (
    "gensim", "jieba", "pyarrow", "rich.style", "sentencepiece", "sklearn.linear_model", "torch",
    "transformers.models.marian", "transformers.trainer",
)  # fmt: skip
"""What changes a process when it is imported, whoever imports it."""
ENGINE = {"workers": 1, "device": "cpu"}
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.sendto")
"""What Python tells of before anything is sent."""


@pytest.mark.slow
def test_importing_and_running_change_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    command = [sys.executable, "-m", "tests.properties.test_side_effects", str(tmp_path)]
    env = {name: value for name, value in os.environ.items() if name not in OWN}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert list(told) == ["imports", *(name for name, _ in works(tmp_path)), "network"]
    assert not any(told.values()), done.stdout.decode()


def works(folder: Path) -> list[tuple[str, Callable[[], object]]]:
    """What a user of Python may call, by name."""
    return [
        ("csv in gbk", partial(_chinese_csv, folder)),
        ("quickstart", partial(_run, ROOT / "configs" / "quickstart.yaml", folder / "quickstart")),
        ("masked_lm", partial(_run, ROOT / "configs" / "masked_lm.yaml", folder / "masked_lm")),
        ("back_translation", partial(_translate, folder)),
        ("Python", _use_python),
        ("adapt", partial(_adapt, folder)),
        *((kind, partial(_classify, kind)) for kind in names(Classifier)),
        *((kind, partial(_tag, kind)) for kind in names(Tagger)),
    ]


def import_all() -> None:
    """Import each module of augcli; its `__main__` is the program."""
    for module in pkgutil.walk_packages(augcli.__path__, "augcli."):
        if module.name != "augcli.__main__":
            importlib.import_module(module.name)
    with pytest.raises(LookupError):
        codecs.lookup_error("augcli.mark")  # a run may add it, for it cannot be taken back


def _run(config: Path, folder: Path) -> None:
    output = ("--output", "output.path", str(folder / "out.jsonl"))
    run(load(config, [output], workers=1), Options(limit=20, quiet=True))


def _use_python() -> None:
    augcli.augment(["The movie was dull."], "masked_lm")
    augcli.Augmenter("typo")("The movie was dull.")
    augcli.preview(["The movie was dull."], "synonym")
    augcli.inspect([{"text": "The movie was dull.", "label": "bad"}])


def _chinese_csv(folder: Path) -> None:
    file = folder / "chinese.csv"
    texts = [row["text"].replace('"', "") for row in rows(CROSSWOZ)[:20]]
    file.write_text("".join(f'"{text}"\n' for text in ["text", *texts]), encoding="gbk")
    chains = {"a": {"steps": ["random_swap", "homophone"]}}
    keys = {"path": str(file), "encoding": "gbk", "language": "zh"}
    run_in(folder, keys, "chinese.csv", chains=chains, engine=ENGINE)


def _translate(folder: Path) -> None:
    step = {"backend": "marian", "model": str(folder / "{from}-{to}"), "pivots": ["fr"], "cache": False}
    chains = {"a": {"steps": [{"back_translation": step}]}}
    run_in(folder, {"path": str(SNIPS)}, "translated.jsonl", chains=chains, limit=10, engine=ENGINE)


def _adapt(folder: Path) -> None:
    shape = {"vocabulary": 300, "layers": 1, "hidden": 32, "heads": 2}
    training = {"output": str(folder / "model"), "scratch": shape, "epochs": 1, "validation": 0.2}
    file = folder / "adapt.yaml"
    file.write_text(json.dumps({"input": {"path": str(SNIPS), "text": "text"}, "adapt": training}), encoding="utf-8")
    adapt(load_training(AdaptConfig, file), Options(limit=100, quiet=True), 2, "cpu")


def _classify(kind: str) -> None:
    found = find(Classifier, kind)
    fewest = {"epochs": 1} if "epochs" in found.model_fields else {}
    model = found.model_validate({"device": "cpu", **fewest})
    model.fit(snips(16), snips(8, 16), seed=0).probabilities(["rain"])


def _tag(kind: str) -> None:
    found = find(Tagger, kind)
    fewest = {"epochs": 1} if "epochs" in found.model_fields else {}
    model = found.model_validate({"device": "cpu", **fewest})
    model.fit(flights(10), flights(10), seed=0).predict([["hello"]])


def main(folder: Path) -> None:
    """Print the names of what imports and calls changed, and what they sent, as JSON."""
    sent: list[str] = []
    sys.addaudithook(lambda event, values: sent.append(repr(values)) if event in NETWORK else None)
    for name in LIBRARIES:
        importlib.import_module(name)
    from tests.support import tiny_translators
    from tests.support.process_state import changed, set_otherwise, state

    for seed, name in enumerate(("en-fr", "fr-en")):
        tiny_translators.marian(folder / name, seed)
    told: dict[str, list[str]] = {}
    for number, (name, work) in enumerate([("imports", import_all), *works(folder)]):
        set_otherwise(collecting=number % 2 == 0)
        before = state()
        work()
        told[name] = changed(before, state())
    told["network"] = sent
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
