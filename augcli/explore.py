"""Commands that look before a run: check, plan, preview, doctor. They write nothing."""

from __future__ import annotations

import platform
import re
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from time import perf_counter

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text as RichText

from augcli import __version__
from augcli.balance import needed, shares
from augcli.blocks import useful_workers
from augcli.chain import Draft, Runner
from augcli.config import Config
from augcli.data import read_chunk
from augcli.diff import shown, word_pieces
from augcli.engine import local, workers_of
from augcli.errors import ResourceError
from augcli.inventory import rows as resource_rows
from augcli.manifest import Paths
from augcli.models import gpus
from augcli.record import Record
from augcli.sources import format_of, open_sources
from augcli.step import Check, Step, names
from augcli.storage import Place
from augcli.summary import ledger_line
from augcli.survey import Survey, survey
from augcli.translation import apertium
from augcli.work import ChunkWork, Job, chains_of, fits, fitted, remarks, runner_of
from augcli.write import output_file, writer_for

PROBE_ROWS, MODEL_PROBE_ROWS = 500, 50
"""Rows that `plan` tries the chains on, without and with models."""


@contextmanager
def _surveyed(config: Config) -> Iterator[tuple[Config, Survey, Place]]:
    """The config as it can run, what is in its input, and a folder to work in."""
    with tempfile.TemporaryDirectory(prefix="augcli-") as folder:
        sources = open_sources(config, Path(folder))
        with local(workers_of(config.engine.workers, useful_workers(config, sources))) as engine:
            found = survey(config, sources, Path(folder) / "survey", engine, count_words=fits(config))
        yield fitted(config, found, Path(folder)), found, Path(folder)


def check(config: Config) -> str:
    """Read the whole input and load what the steps need; say what was found.

    Raises the AugError that a run would raise.
    """
    paths = _paths(config)
    with _surveyed(config) as (ready, found, _):
        runner_of(ready, chains_of(ready, shares(ready, found))).setup()
        lines = [f"the recipe is right: {len(config.chains)} chains, all their lexicons are there"]
        lines += [f"{source.path}: {source.rows} rows" for source in found.sources]
        lines += [f"note: {remark}" for remark in remarks(ready, found)]
        if found.dropped:
            lines += [f"{found.dropped} bad rows would be dropped:", *found.dropped_rows[:10]]
        if found.labels:
            listed = ", ".join(f"{label} {count}" for label, count in found.labels.most_common(10))
            lines.append(f"{len(found.labels)} labels: {listed}{', ...' * (len(found.labels) > 10)}")
        standing = [path for path in paths.all() if path.exists()]
        if standing:
            lines.append(f"already there, so a run needs --overwrite: {', '.join(map(str, standing))}")
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do. Times and sizes are estimates from a probe of the first rows."""

    rows: int
    chunks: int
    variants: dict[str, int]
    seconds: float
    memory_mb: int
    disk_mb: float
    disk_free_mb: int | None
    """None where nobody can tell: behind a URL."""
    probe_rows: int
    paid_characters: int = 0

    def text(self) -> str:
        """For people."""
        asked = ", ".join(f"{name} {count}" for name, count in self.variants.items()) or "none"
        return "\n".join(
            [
                f"rows                 {self.rows} in {self.chunks} chunks",
                f"variants asked for   {sum(self.variants.values())} ({asked})",
                f"time, one worker     about {self.seconds:.1f} s (estimated from the first {self.probe_rows} rows)",
                f"memory, per worker   about {self.memory_mb} MB",
                f"disk                 about {self.disk_mb:.1f} MB of output"
                + (f"; {self.disk_free_mb} MB are free" if self.disk_free_mb is not None else ""),
                f"paid services        {self.paid_characters} characters would be sent",
            ]
        )

    def json(self) -> str:
        """For programs."""
        return orjson.dumps(asdict(self)).decode()


def plan(config: Config) -> Plan:
    """Survey the input and probe the chains on the first rows."""
    began = perf_counter()
    with _surveyed(config) as (ready, found, folder):
        surveyed = perf_counter() - began
        shared = shares(config, found)
        chains = chains_of(config, shared)
        asked = {chain.name: _asked(config, found, chain.name) for chain in chains}
        seconds = share = size = 0.0
        probed = 0
        if found.chunks:
            writer = writer_for(config, found.sources, found.columns)
            work = ChunkWork(Job(ready, writer, format_of(config.output.path)[1], shared, folder))
            first = next(iter(found.chunks))
            probed = min(first.rows, MODEL_PROBE_ROWS if config.models() else PROBE_ROWS)
            began = perf_counter()
            manifest = work(replace(first, rows=probed))
            seconds = perf_counter() - began
            variants = sum(ledger["written"] for ledger in manifest["ledgers"].values())
            share = max(sum(asked.values()), 1) / max(variants, 1)
            size = sum(file.stat().st_size for file in folder.glob("000000.pa*")) * share
            size += sum(file.stat().st_size for file in folder.glob("000000.pr*")) * share
        paths = _paths(config)
        place = paths.whole if paths.data else Path(tempfile.gettempdir())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "linux" else 1 << 20)
    free = _free_mb(place) if isinstance(place, Path) else None
    seconds = surveyed + seconds * share
    return Plan(found.rows, len(found.chunks), asked, seconds, memory, size / (1 << 20), free, probed)


def _free_mb(place: Path) -> int:
    while not place.exists():
        place = place.absolute().parent
    return shutil.disk_usage(place).free >> 20


def _paths(config: Config) -> Paths:
    return Paths.of(output_file(config), config.output.shards, statistics=fits(config))


def _asked(config: Config, found: Survey, chain: str) -> int:
    variants = config.chains[chain].variants
    return variants * found.rows if isinstance(variants, int) else sum(needed(config, chain, found).values())


def preview(config: Config, rows: int) -> None:
    """Print the first rows and their variants as word-level diffs, with the reason for every refused draw."""
    with _surveyed(config) as (ready, found, _):
        runner = runner_of(ready, chains_of(ready, shares(ready, found)))
        runner.setup()
        records = (record for chunk in found.chunks for record in read_chunk(ready, chunk))
        console = Console(highlight=False, soft_wrap=True)
        for record in islice(records, rows):
            _preview_row(console, runner, record)
        for name, ledger in runner.ledgers.items():
            console.print(f"{name}: {ledger_line(ledger)}", markup=False)


def _preview_row(console: Console, runner: Runner, record: Record) -> None:
    refused: list[tuple[str, Draft, tuple[str, ...], str]] = []

    def note(draft: Draft, reason: str) -> None:
        refused.append((draft.chain, draft, tuple(text.value for text in draft.texts), reason))

    source = runner.run([record], note)[0]
    console.print(
        RichText(f"{record.id}", style="bold"), RichText(f"  {record.label}" if record.label is not None else "")
    )
    for before in record.texts:
        console.print("  ", shown(console, [("", before)]), sep="")
    for variant in source.accepted:
        for before, after in zip(record.texts, variant.texts, strict=True):
            console.print(f"  {variant.chain}.{variant.number}  ", shown(console, word_pieces(before, after)), sep="")
    for chain, draft, texts, reason in refused:
        for before, after in zip(record.texts, texts, strict=True):
            line = shown(console, word_pieces(before, after))
            console.print(RichText(f"  {chain}.{draft.number}  refused ({reason}): ", style="dim"), line, sep="")


EXTRAS = {"models": "torch", "ctranslate2": "ctranslate2", "ray": "ray", "s3": "s3fs", "zstd": "zstandard"}
"""Optional packages by the extra that installs them."""


def doctor() -> None:
    """Print versions, extras, resources and steps with whether each can be used."""
    console = Console(highlight=False)
    table = Table("what", "state", box=None, header_style="bold")
    table.add_row("augcli", __version__)
    table.add_row("python", f"{platform.python_version()} on {platform.platform()}")
    for row in resource_rows():
        state = f"missing: {row.command}" if row.command else f"{row.source}, {row.licence}"
        table.add_row(f"resource {row.name}", state)
    for extra, package in EXTRAS.items():
        table.add_row(
            f"extra {extra} ({package})", _package(package) or escape(f"not installed: pip install 'augcli[{extra}]'")
        )
    table.add_row("program apertium", _apertium())
    found = gpus()
    for number, name in enumerate(found):
        table.add_row(f"device cuda:{number}", name)
    table.add_row(
        "device cpu", f"{platform.machine()}, {workers_of('auto', sys.maxsize)} cores" + "; no GPU" * (not found)
    )
    table.add_row("steps", ", ".join(names(Step)))
    table.add_row("checks", ", ".join(names(Check)))
    console.print(table)


def _apertium() -> str:
    try:
        pairs = sorted(mode for mode in apertium.modes() if re.fullmatch(r"[a-z]{2,3}-[a-z]{2,3}", mode))
        return f"{apertium.version()}; {', '.join(pairs)}"
    except ResourceError as error:
        return str(error)


def _package(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
