"""Plug-ins of others may be wrong in any way: the message says which, and what of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from augcli import plugin
from augcli.commands.reference import show
from augcli.errors import ResourceError
from augcli.plugin import find
from augcli.steps.step import Step

STEP = """
from typing import ClassVar
from augcli.plugins import Step
class Mine(Step):
    \"\"\"Do nothing.\"\"\"
"""
NAMED = f"{STEP}    name: ClassVar = 'mine'\n"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of a package that is installed with a step called `mine`."""
    plugin._entry_points.cache_clear()
    info = tmp_path / "mine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[augcli.steps]\nmine = mine_of_somebody:Mine\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mine_of_somebody", raising=False)
    yield tmp_path / "mine_of_somebody.py"
    plugin._entry_points.cache_clear()


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("1 / 0", "cannot be loaded: ZeroDivisionError: division by zero"),
        ("def", "cannot be loaded: SyntaxError: invalid syntax"),
        ("import nothing_like_it", "cannot be loaded: ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("Other = 1", "cannot be loaded: AttributeError: "),
        ("class Mine: pass", "it is not a subclass of augcli.plugins.Step"),
        (STEP, "its class does not say its name and its family"),
        (NAMED, "its class does not say its family"),
        (NAMED.replace("'mine'", "'other'") + "    family: ClassVar = 'noise'", "its name is 'other'"),
    ],
)
def test_what_is_wrong_is_told(install: Path, capsys: pytest.CaptureFixture[str], code: str, problem: str) -> None:
    install.write_text(code, "utf-8")
    with pytest.raises(ResourceError, match=r"step 'mine' \(mine_of_somebody:Mine\) cannot be") as raised:
        find(Step, "mine")
    assert problem in str(raised.value)
    show(None)
    listed = " ".join(capsys.readouterr().out.split())
    assert "random_swap" in listed
    assert "left out: step 'mine'" in listed


def test_one_that_is_right_is_listed(install: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install.write_text(f"{NAMED}    family: ClassVar = 'noise'\n", "utf-8")
    assert find(Step, "mine").name == "mine"
    show("mine")
    assert "mine (noise)" in capsys.readouterr().out
