"""The pictures of README.md: python tools/pictures.py docs/pictures

A preview on the terminal as SVG, and the top of a report page as PNG, which needs chromium (apt install chromium).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
_FONT_FACES = re.compile(r"\s*@font-face {.*?}", re.DOTALL)
"""Fonts that a picture by rich would fetch from the network."""


def _augcli(*arguments: str | Path, env: dict[str, str] | None = None, cwd: str | Path = ROOT) -> str:
    command = [sys.executable, "-m", "augcli", *map(str, arguments)]
    return subprocess.run(
        command, env={**os.environ, **(env or {})}, cwd=cwd, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def terminal(command: str, output: str) -> str:
    """A command and its coloured output, as SVG."""
    console = Console(record=True, width=110, file=StringIO(), force_terminal=True)
    console.print(Text(f"$ {command}", style="bold"))
    console.print(Text.from_ansi(output))
    return _FONT_FACES.sub("", console.export_svg(title="augcli", unique_id="augcli"))


def preview(target: Path) -> None:
    """Draw what `augcli preview` shows of a row."""
    command = ["preview", "configs/words.yaml", "-n", "1"]
    shown = _augcli(*command, env={"FORCE_COLOR": "1"})
    target.write_text(terminal(f"augcli {' '.join(command)}", shown), encoding="utf-8")


def report(target: Path) -> None:
    """Draw the top of the report page of a run."""
    with TemporaryDirectory() as folder:
        _augcli("run", ROOT / "configs/quickstart.yaml", "--quiet", cwd=folder)
        page = Path(folder) / "out/snips.report.html"
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1000,1100"]
        subprocess.run(["chromium", *flags, f"--screenshot={target}", page.as_uri()], check=True, capture_output=True)
    with Image.open(target) as picture:
        picture.quantize(64).save(target, optimize=True)


if __name__ == "__main__":
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(exist_ok=True)
    preview(folder / "preview.svg")
    report(folder / "report.png")
