"""The documents keep their word: commands run, generated parts are fresh, the plug-in of CONTRIBUTING works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from augcli.reference import END, START, markdown
from tests.helpers import ROOT
from tests.running import called

_BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _follow(document: str, folder: Path, env: dict[str, str], change: dict[str, str]) -> int:
    """Write the files and run the commands of a document in order; the number of blocks that ran."""
    for name in ("configs", "sample_data"):
        shutil.copytree(ROOT / name, folder / name)
    env = {**os.environ, **env, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    ran = 0
    for kind, file, body in _BLOCK.findall((ROOT / document).read_text(encoding="utf-8")):
        if file:
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(body, encoding="utf-8")
        elif kind == "sh":
            for old, new in change.items():
                body = body.replace(old, new)
            shell = ["bash", "-euo", "pipefail", "-c", f"mkdir -p out\n{body}"]
            done = subprocess.run(shell, cwd=folder, env=env, capture_output=True, check=False)
            assert done.returncode == 0, f"{body}\n{done.stdout.decode()}\n{done.stderr.decode()}"
            ran += 1
    return ran


@pytest.mark.parametrize("limit", ["--limit 100 --workers 1", pytest.param("", marks=pytest.mark.slow)])
def test_every_command_of_the_readme_runs(tmp_path: Path, limit: str) -> None:
    change = {
        "augcli adapt": f"augcli adapt {limit}",
        "augcli run configs/back_translation.yaml": ": test_cli runs it where apertium is installed",
    }
    assert _follow("README.md", tmp_path, {}, change) == 4
    assert (tmp_path / "out/piped.jsonl").stat().st_size > 10_000


def test_the_example_of_the_readme_is_real(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    example = next(body for kind, _, body in _BLOCK.findall(text) if kind == "text")
    shown = re.findall(r"^(?:before|after) +(.*)$", example, re.MULTILINE)
    assert len(shown) == 6
    more = ["--limit", "80", "--set", "chains.context.variants=8"]  # on another processor, others may come first
    for name, options in {"quickstart": [], "words": [], "masked_lm": more}.items():
        assert called("run", ROOT / f"configs/{name}.yaml", *options, cwd=tmp_path).returncode == 0
    outputs = ("snips", "banking77", "masked_lm")
    written = "".join((tmp_path / f"out/{name}.jsonl").read_text(encoding="utf-8") for name in outputs)
    assert [line for line in shown if line not in written] == []


def test_the_recipe_of_the_readme_is_right(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    body = next(body for kind, _, body in _BLOCK.findall(text) if kind == "yaml" and body.startswith("seed:"))
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    (tmp_path / "recipe.yaml").write_text(body, encoding="utf-8")
    assert called("check", "recipe.yaml", cwd=tmp_path).returncode == 0


def test_the_reference_in_the_readme_is_that_of_the_code() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.split(START)[1].split(END)[0] == f"\n{markdown()}", "run `make reference`"


def test_a_step_added_in_four_moves(tmp_path: Path) -> None:
    site = tmp_path / "site"
    options = "--quiet --disable-pip-version-check --no-deps --no-build-isolation"  # nothing from the network
    install = f"{sys.executable} -m pip install --target {site} {options}"
    ran = _follow("CONTRIBUTING.md", tmp_path, {"PYTHONPATH": str(site)}, {"pip install": install})
    assert ran == 2
    assert "BOOK" in (tmp_path / "out/shouted.jsonl").read_text(encoding="utf-8")
