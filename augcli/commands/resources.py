"""`augcli resources`: list, get and check lexicons and models; `doctor` shows the same rows."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib import invalidate_caches
from typing import Any, NamedTuple

import orjson
from rich.console import Console
from rich.table import Column, Table

from augcli.errors import ResourceError, RunError
from augcli.language.resources import RESOURCES, Lexicon, digest, find


class Row(NamedTuple):
    """What is known of one resource; `command` gets it and is empty when it is present."""

    name: str
    serves: str
    source: str
    licence: str
    size: str
    command: str


def rows() -> Iterator[Row]:
    """All resources."""
    for lexicon in RESOURCES:
        size, command = "", lexicon.command
        if lexicon.present():
            count = sum(path.stat().st_size for path in lexicon.files())
            size, command = f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB", ""
        yield Row(lexicon.key, lexicon.serves, lexicon.source, lexicon.licence, size, command)


def listing() -> None:
    """Print a table of all resources, and below it the commands that get the missing ones, each on one line."""
    console = Console(highlight=False)
    columns = Column("name", no_wrap=True), "for", Column("from", overflow="fold"), "licence", "size", "state"
    table = Table(*columns, box=None, header_style="bold")
    known = list(rows())
    for row in known:
        table.add_row(*row[:-1], "missing" if row.command else "present")
    console.print(table)
    for row in known:
        if row.command:
            console.print(f"to get {row.name}: {row.command}", markup=False, soft_wrap=True)


def listing_json() -> str:
    """All resources for programs: path, size in bytes and sha256 of each file; no files where it is missing."""
    return orjson.dumps([_lexicon_entry(lexicon) for lexicon in RESOURCES], option=orjson.OPT_INDENT_2).decode()


def _lexicon_entry(lexicon: Lexicon) -> dict[str, Any]:
    present = lexicon.present()
    files = lexicon.files() if present else []
    return {
        "name": lexicon.key,
        "what": lexicon.name,
        "for": lexicon.serves,
        "package": lexicon.package,
        "version": lexicon.version or None,
        "licence": lexicon.licence,
        "optional": lexicon.optional,
        "present": present,
        "files": [{"path": str(path), "bytes": path.stat().st_size, "sha256": digest(path).hex()} for path in files],
        "command": None if present else lexicon.command,
    }


def get(key: str) -> str:
    """Install the resource called `key` with pip if it is missing, and say where it is.

    Raises ConfigError for an unknown one, RunError when pip fails, ResourceError when augcli lacks a part of its own.
    """
    lexicon = find(key)
    own = lexicon.package == "augcli"
    if lexicon.present():
        return f"{key} is {'part of augcli' if own else 'already there'}: {lexicon.path()}"
    if own:
        raise ResourceError(f"{key} is part of augcli and missing; get it with: {lexicon.command}")
    _install(lexicon)
    return f"{key} is there now: {lexicon.path()}"


def _install(lexicon: Lexicon) -> None:
    command = [sys.executable, "-m", *lexicon.command.split()]
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"running {shlex.join(command)}", markup=False)
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
        raise RunError(f"pip could not install {lexicon.package}; its message is above")
    invalidate_caches()
    if not lexicon.present():
        raise RunError(f"{lexicon.source} is installed, but has no {lexicon.file}")


def check(keys: Sequence[str]) -> None:
    """Print whether the resources called `keys`, or all, are there and as they were installed.

    Raises ConfigError for an unknown one, ResourceError when one is missing that is named or comes with augcli,
    RunError when a file was changed.
    """
    console = Console(highlight=False, soft_wrap=True)
    width = max(len(lexicon.key) for lexicon in RESOURCES)
    missing, changed = [], []
    for lexicon in [find(key) for key in keys] or RESOURCES:
        state, detail = _lexicon_state(lexicon)
        console.print(f"{state:7}  {lexicon.key:{width}}  {detail}", markup=False)
        if state == "missing" and (keys or not lexicon.optional):
            missing.append(f"{lexicon.key} is missing: {lexicon.command}")
        elif state == "changed":
            changed.append(f"{lexicon.key} was changed since it was installed: {lexicon.command}")
    if missing:
        raise ResourceError("; ".join(missing))
    if changed:
        raise RunError("; ".join(changed))


def _lexicon_state(lexicon: Lexicon) -> tuple[str, str]:
    if not lexicon.present():
        return "missing", f"{'optional: ' * lexicon.optional}{lexicon.command}"
    if changed := lexicon.changed():
        return "changed", ", ".join(map(str, changed))
    return "ok", lexicon.source + ("" if lexicon.recorded() else ", which has no record to compare with")
