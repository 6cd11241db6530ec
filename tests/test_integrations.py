"""What brings augcli into other programs: the action of GitHub, the hook of pre-commit, the image of Docker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.helpers import ROOT, write_config
from tests.support.running import called


def bash(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A step of the action as GitHub runs it, where programs in `folder` come first."""
    path = f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    env = {**os.environ, "PATH": path, **variables}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def echoing(program: str, folder: Path) -> None:
    """A program in `folder` that prints its arguments, one a line."""
    file = folder / program
    file.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    file.chmod(0o755)


@pytest.fixture(scope="module")
def action() -> Any:
    return yaml.safe_load((ROOT / "action.yml").read_text())


def test_the_action_installs_itself_or_a_version(action: Any, tmp_path: Path) -> None:
    echoing("python", tmp_path)
    script = action["runs"]["steps"][1]["run"]
    for version, extras, wanted in (
        ("", "", "/the action"),
        ("", "models,s3", "/the action[models,s3]"),
        ("1.2", "", "augcli==1.2"),
        ("1.2", "models", "augcli[models]==1.2"),
    ):
        done = bash(script, tmp_path, VERSION=version, EXTRAS=extras, SOURCE="/the action")
        assert done.stdout.splitlines() == ["-m", "pip", "install", wanted]


@pytest.mark.parametrize(("arguments", "code"), [("--limit 10\n--overwrite\n", 0), ("--set seed=x", 2)])
def test_the_action_runs_a_config_and_tells_of_it(action: Any, tmp_path: Path, arguments: str, code: int) -> None:
    write_config(tmp_path)
    page, outputs = tmp_path / "page.md", tmp_path / "outputs"
    page.touch()
    done = bash(
        action["runs"]["steps"][2]["run"], tmp_path, CONFIG="config.yaml", ARGUMENTS=arguments, FOLDER=str(tmp_path),
        GITHUB_STEP_SUMMARY=str(page), GITHUB_OUTPUT=str(outputs),
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    told = page.read_text()
    assert told.startswith("### augcli\n```text\n")
    assert told.endswith("```\n")
    assert ("10 rows in, " in told) == (code == 0)
    known = dict(line.partition("=")[::2] for line in outputs.read_text().splitlines())
    assert Path(known["summary"]).name == "augcli.summary.json"
    if code == 0:
        assert known.keys() == action["outputs"].keys()
        assert all((tmp_path / path).is_file() for path in known.values())
    else:
        assert known.keys() == {"summary"}
        assert "error" in told.lower()


def test_the_action_passes_every_input_on(action: Any) -> None:
    used = re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", (ROOT / "action.yml").read_text())
    assert set(used) == action["inputs"].keys()
    named = {value["value"] for value in action["outputs"].values()}
    assert named == {f"${{{{ steps.run.outputs.{name} }}}}" for name in action["outputs"]}


def test_the_hook_checks_the_configs_that_it_names(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    wanted = re.compile(hook["files"])
    assert all(map(wanted.search, ("augcli.yaml", "augcli-noise.yml", "augcli/a/b.yaml", "train/augcli.yaml")))
    assert not any(
        map(
            wanted.search,
            ("config.yaml", "augcli.yaml.txt", "my-augcli.yaml", "augcliX.yaml", "augcli-old/a.yaml", "augcli.py"),
        )
    )
    program, *arguments = hook["entry"].split()
    assert program == "augcli"
    file = write_config(tmp_path)
    assert called(*arguments, file, file, cwd=tmp_path).returncode == 0
    bad = write_config(tmp_path, "{a: {steps: [rndom_swap]}}")
    assert called(*arguments, bad, bad, cwd=tmp_path).returncode == 2


def test_the_image_installs_the_extras_that_are_named_and_is_not_root(tmp_path: Path) -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    install = next(line for line in lines if line.startswith("RUN pip")).removeprefix("RUN ")
    echoing("pip", tmp_path)
    for extras, wanted in (("", "/src"), ("models,s3", "/src[models,s3]")):
        assert bash(install, tmp_path, EXTRAS=extras).stdout.splitlines()[-1] == wanted
    last = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert 'ENTRYPOINT ["augcli"]' in last
    (user,) = (line.split()[1] for line in last if line.startswith("USER "))
    assert f"useradd --create-home {user}" in "\n".join(last)
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"augcli", "pyproject.toml", "constraints.txt", "README.md", "LICENSE", "NOTICE"} == sent
