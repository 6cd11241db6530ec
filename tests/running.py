"""Runs within the test's own process, which is much faster than the program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from augcli.config_file import load
from augcli.errors import AugError
from augcli.explore import check
from augcli.manifest import Options, Outcome
from augcli.run import run

EDITS = {"a": {"variants": 2, "steps": [{"random_char": {"rate": 0.2}}, "random_swap"]}}
"""A chain that edits nearly every text."""


def run_in(
    folder: Path,
    input_keys: Mapping[str, Any],
    output: str,
    *,
    chains: Mapping[str, Any] | None = None,
    limit: int | None = None,
    **sections: Any,
) -> tuple[Path, Outcome]:
    """Run a recipe in `folder`; an empty chain unless `chains` are given. The output, and what the run counted."""
    target = folder / "out" / output
    recipe = {
        "input": {"text": "text", **input_keys},
        "output": {"path": str(target)},
        "chains": chains or {},
        **sections,
    }
    file = folder / "recipe.yaml"
    file.write_text(json.dumps(recipe, ensure_ascii=False), encoding="utf-8")
    return target, run(load(file), Options(limit, overwrite=True, quiet=True))


def complaint(recipe: Path) -> tuple[int, str]:
    """The exit code of `augcli check` for `recipe`, and what it says is wrong."""
    try:
        check(load(recipe))
    except AugError as error:
        return error.exit_code, str(error)
    return 0, ""


def written(folder: Path) -> list[str]:
    """Names of the finished files in the output folder."""
    out = folder / "out"
    return sorted(entry.name for entry in out.iterdir() if entry.name[0] != ".") if out.exists() else []
