"""Imports between files of augcli run downwards and in no circle, and docs/architecture.md shows them."""

from __future__ import annotations

import ast
import re

from tests.support.helpers import ROOT
from tools.architecture import END, START, STOREY, circular, imports, modules, page, place


def test_every_folder_has_a_storey() -> None:
    assert {place(file) for file in modules().values()} == STOREY.keys(), "see STOREYS in tools/architecture.py"


def test_there_are_at_most_14_folders() -> None:
    folders = [path for path in (ROOT / "augcli").glob("[!_]*/") if {*path.iterdir()} - {path / "__pycache__"}]
    assert len(folders) <= 14, sorted(path.name for path in folders)


def test_imports_run_downwards() -> None:
    upward = [str(each) for each in imports() if not each.downward]
    assert not upward, "\n".join(["these imports do not run downwards:", *upward])


def test_imports_run_in_no_circle() -> None:
    circle = [str(each) for each in circular()]
    assert not circle, "\n".join(["these imports run in a circle:", *circle])


def test_augcli_itself_lends_names_of_the_api_alone() -> None:
    tree = ast.parse((ROOT / "augcli/__init__.py").read_text(encoding="utf-8"))
    lent = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert lent == {"__future__", "typing", "importlib", "augcli.api"}
    assert {type(node) for node in tree.body[4:]} == {ast.Assign, ast.FunctionDef}


def test_the_picture_is_that_of_the_code() -> None:
    _, _, rest = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").partition(START)
    shown, end, _ = rest.partition(END)
    assert end, f"docs/architecture.md lacks the lines {START} and {END}"
    assert shown == f"\n{page()}", "run `make architecture`"


def test_the_page_names_only_what_is_there() -> None:
    named = re.findall(r"`((?:augcli|tests|tools)/[^`]+)`", (ROOT / "docs/architecture.md").read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []
