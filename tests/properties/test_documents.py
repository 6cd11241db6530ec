"""The documents keep their word: commands run, outputs are real, generated pages are fresh, links lead somewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from pydantic import BaseModel

from augcli import plugins
from augcli.commands.reference import markdown, parameters
from augcli.config import adapt, sections
from augcli.config.config import Config
from tests.support.helpers import ROOT
from tests.support.running import called

_BLOCK = re.compile(r"^```(\w+)(?: file=(\S+)| (output))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md")))]
_SECTIONS = {
    "Top level": Config,
    "input": sections.Input,
    "unlabeled": sections.Unlabeled,
    "teacher": sections.Teacher,
    "output": sections.Output,
    "protect": sections.Protect,
    "chains": sections.ChainConfig,
    "chains.keep": sections.Keep,
    "engine": sections.Engine,
    "engine.ray": sections.Ray,
    "evaluate": sections.Evaluate,
    "adapt": adapt.Adapt,
    "adapt.scratch": adapt.Scratch,
}


def _text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def _follow(document: str, folder: Path, env: dict[str, str], change: dict[str, str]) -> int:
    """Write the files and run the commands of a document in order; the number of blocks that ran.

    A block `text output` shows lines of what the block before it printed.
    """
    for name in ("configs", "sample_data"):
        shutil.copytree(ROOT / name, folder / name)
    env = {**os.environ, **env, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    ran = 0
    printed = ""
    for kind, file, shown, body in _BLOCK.findall(_text(document)):
        if file:
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(body, encoding="utf-8")
        elif kind == "sh":
            for old, new in change.items():
                body = body.replace(old, new)
            shell = ["bash", "-euo", "pipefail", "-c", f"mkdir -p out\n{body}"]
            done = subprocess.run(shell, cwd=folder, env=env, capture_output=True, check=False)
            printed = done.stdout.decode() + done.stderr.decode()
            assert done.returncode == 0, f"{body}\n{printed}"
            ran += 1
        elif shown:
            assert [line for line in body.splitlines() if line not in printed] == [], printed
    return ran


@pytest.mark.parametrize("limit", ["--limit 100 --workers 1", pytest.param("", marks=pytest.mark.slow)])
def test_every_command_of_the_readme_runs(tmp_path: Path, limit: str) -> None:
    change = {
        "augcli adapt": f"augcli adapt {limit}",
        "augcli run configs/back_translation.yaml": ": test_cli runs it where apertium is installed",
    }
    assert _follow("README.md", tmp_path, {}, change) == 6
    assert (tmp_path / "out/piped.jsonl").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("page", "blocks"),
    [
        ("tutorial", 13),
        ("installation", 2),
        ("formats", 5),
        ("shapes", 1),
        ("provenance", 3),
        ("configuration", 1),
        ("inspect", 4),
        ("gain", 1),
        ("checks", 1),
        ("vocabulary", 1),
    ],
)
def test_every_command_of_a_page_runs(tmp_path: Path, page: str, blocks: int) -> None:
    assert _follow(f"docs/{page}.md", tmp_path, {}, {}) == blocks


def test_the_example_of_the_readme_is_real(tmp_path: Path) -> None:
    example = next(body for kind, _, _, body in _BLOCK.findall(_text("README.md")) if kind == "text")
    shown = re.findall(r"^(?:before|after) +(.*)$", example, re.MULTILINE)
    assert len(shown) == 6
    more = ["--limit", "80", "--set", "chains.context.variants=8"]  # on another processor, others may come first
    for name, options in {"quickstart": [], "words": [], "masked_lm": more}.items():
        assert called("run", ROOT / f"configs/{name}.yaml", *options, cwd=tmp_path).returncode == 0
    outputs = ("snips.jsonl", "reviews.csv", "masked_lm.jsonl")
    written = "".join((tmp_path / "out" / name).read_text(encoding="utf-8") for name in outputs)
    assert [line for line in shown if line not in written] == []


@pytest.mark.parametrize("document", ["README.md", "docs/configuration.md"])
def test_the_config_that_is_shown_is_right(tmp_path: Path, document: str) -> None:
    blocks = _BLOCK.findall(_text(document))
    body = next(body for kind, _, _, body in blocks if kind == "yaml" and body.startswith("seed:"))
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    (tmp_path / "config.yaml").write_text(body, encoding="utf-8")
    assert called("check", "config.yaml", cwd=tmp_path).returncode == 0


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a run with a teacher writes."""
    folder = tmp_path_factory.mktemp("taught")
    text = f"""
        input: {{path: {ROOT / "sample_data/snips.jsonl"}, text: text, label: label, spans: null}}
        teacher: {{min_lead: 0}}
        output: {{path: out/train.jsonl, columns: [aug_probs, aug_weight]}}
        chains:
          splices: {{labels: teacher_soft, steps: [{{mix: {{partner: any}}}}]}}
    """
    (folder / "config.yaml").write_text(dedent(text), encoding="utf-8")
    done = called("run", "config.yaml", "--limit", "120", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of keras over torch
@pytest.mark.parametrize("library", ["sklearn", "torch", "transformers", "keras", "fasttext"])
def test_the_columns_train_models_as_the_page_says(library: str, taught: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(taught)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    blocks = [body for kind, _, _, body in _BLOCK.findall(_text("docs/gain.md")) if kind == "python"]
    names: dict[str, Any] = {}
    if library == "fasttext":
        exec(blocks[4], names)
        lines = Path("out/train.txt").read_text(encoding="utf-8").splitlines()
        assert len(lines) > 2000
        assert all(line.startswith("__label__") for line in lines)
        return
    pytest.importorskip(library)
    exec(blocks[["sklearn", "torch", "torch", "keras"].index(library) if library != "transformers" else 1], names)
    if library == "sklearn":
        found = names["model"].predict(names["vectorizer"].transform(names["rows"]["text"]))
        right = [likely and max(likely, key=likely.get) for likely in names["rows"]["aug_probs"]]
        assert (found == right).mean() > 0.9
    elif library == "keras":
        assert names["model"].predict(names["features"][:3], verbose=0).shape == (3, len(names["classes"]))
    else:
        import torch

        logits = torch.zeros(len(names["rows"]), len(names["classes"]), requires_grad=True)
        names["loss"](logits, torch.arange(len(logits))).backward()
        assert next(iter(names["batches"])).shape == (32,)
        assert logits.grad is not None
        assert (logits.grad.argmin(dim=1) == names["targets"].argmax(dim=1)).float().mean() > 0.9
        if library == "transformers":
            exec(blocks[2], names)
            inputs = {"targets": names["targets"][:2], "weights": names["weights"][:2]}
            outputs = SimpleNamespace(logits=names["targets"][:2] * 5)
            found = names["SoftTrainer"].compute_loss(None, lambda: outputs, inputs)
            assert 0 < float(found) < 2
            trained = SimpleNamespace(train_dataset=pd.DataFrame({"weights": [0.0, 2.0, 0.0]}))
            assert [*names["SoftTrainer"]._get_train_sampler(trained)] == [1, 1, 1]


def test_the_page_of_steps_is_that_of_the_code() -> None:
    assert _text("docs/steps.md") == markdown(), "run `make reference`"


@pytest.mark.parametrize(("section", "model"), _SECTIONS.items())
def test_the_page_of_the_config_has_every_key(section: str, model: type[BaseModel]) -> None:
    _, _, rest = _text("docs/configuration.md").partition(f"\n## {section}\n")
    lines = [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    rows = [line.split(" | ") for line in lines if line.count(" | ") >= 4]  # other tables explain values
    shown = {cells[0].strip("| `"): (cells[2].strip("`"), cells[3].strip()) for cells in rows}
    known = {key.name: (key.default, key.range) for key in parameters(model)}  # type: ignore[arg-type]
    inner = [name for name, field in model.model_fields.items() if isinstance(field.default, sections.Section)]
    for name in inner:
        known[name] = ("", "")
    assert shown == known


@pytest.mark.parametrize("name", plugins.__all__)
def test_the_page_of_plug_ins_has_every_name(name: str) -> None:
    _, _, rest = _text("docs/plug-ins.md").partition("\n## The names of `augcli.plugins`\n")
    table = [line.split(" | ") for line in rest.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    assert [cells for cells in table if f"`{name}`" in cells[1]], f"the table lacks {name}"


@pytest.mark.parametrize("document", _PAGES)
def test_links_lead_somewhere(document: str) -> None:
    for target in re.findall(r"\]\(([^)#\s]*)(#[^)\s]*)?\)", _text(document)):
        path, anchor = target
        if "://" in path:
            continue
        file = (ROOT / document).parent / path if path else ROOT / document
        assert file.exists(), path
        if anchor:
            heads = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            known = {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}
            assert anchor[1:] in known, f"{path}{anchor}"


def test_every_page_can_be_found_from_the_readme() -> None:
    linked = re.findall(r"\]\((docs/[\w-]+\.md)", _text("README.md"))
    assert [page for page in _PAGES if page.startswith("docs/") and page not in linked] == []


def test_a_step_and_a_check_added_in_four_moves(tmp_path: Path) -> None:
    site = tmp_path / "site"
    options = "--quiet --disable-pip-version-check --no-deps --no-build-isolation"  # nothing from the network
    install = f"{sys.executable} -m pip install --target {site} {options}"
    ran = _follow("docs/plug-ins.md", tmp_path, {"PYTHONPATH": str(site)}, {"pip install": install})
    assert ran == 3
    assert "BOOK" in (tmp_path / "out/shouted.jsonl").read_text(encoding="utf-8")
    assert b'"few_capitals":' in (tmp_path / "out/shouted.report.json").read_bytes()
