"""Arguments and options that several commands have, and the config that they lead to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from augcli.cli.completion import complete_keys


class Form(StrEnum):
    """How a summary is printed."""

    text = "text"
    json = "json"


ConfigFile = Annotated[Path, typer.Argument(metavar="CONFIG", help="YAML config", show_default=False)]
OutputFile = Annotated[
    str, typer.Argument(metavar="OUTPUT", help="output of a run: file, folder of shards or URL", show_default=False)
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="change a key, e.g. chains.a.variants=4", autocompletion=complete_keys
    ),
]
InputPath = Annotated[str | None, typer.Option("--input", help="read this instead of input.path; - is stdin")]
_FORMATS = "csv, tsv, jsonl, json, parquet, arrow, txt, fasttext, conll or xlsx"
InputFormat = Annotated[str | None, typer.Option("--input-format", help=_FORMATS)]
OutputPath = Annotated[str | None, typer.Option("--output", help="write this instead of output.path; - is stdout")]
OutputFormat = Annotated[str | None, typer.Option("--output-format", help=_FORMATS)]
MinYield = Annotated[
    float,
    typer.Option(
        "--min-yield",
        min=0,
        max=1,
        help="exit with 5 when a smaller share of variants is written, in all or of a balanced label",
    ),
]
Seed = Annotated[int | None, typer.Option("--seed", help="instead of the seed in the config")]
Limit = Annotated[int | None, typer.Option("--limit", min=0, help="read only the first N rows")]
Fresh = Annotated[bool, typer.Option("--fresh", help="start anew; do not resume what was interrupted")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="replace existing outputs")]
Quiet = Annotated[bool, typer.Option("--quiet", help="no progress, no summary")]


KEYS = {
    "--input": "input.path",
    "--input-format": "input.format",
    "--output": "output.path",
    "--output-format": "output.format",
    "--device": "engine.device",
    "--seed": "seed",
}
"""What options set in a config."""


def training_keys(command: str) -> dict[str, str]:
    """What they set in a config of `adapt` or `vectors`."""
    return {**KEYS, "--output": f"{command}.output"}


def overrides_of(
    sets: list[str] | None, options: Mapping[str, Any], keys: Mapping[str, str] = KEYS
) -> list[tuple[str, str, str]]:
    """What the command line changes in a config: option as typed, key, value as YAML."""
    import json

    from augcli.errors import ConfigError

    overrides = []
    for pair in sets or []:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise ConfigError(f"--set {pair}: expected KEY=VALUE, for example --set chains.noise.variants=4")
        overrides.append((f"--set {pair}", key, value))
    given = {option: value for option, value in options.items() if value is not None}
    return overrides + [(f"{option} {value}", keys[option], json.dumps(value)) for option, value in given.items()]


def workers_of(wanted: str | None) -> int | str | None:
    """The value of `--workers`."""
    if wanted is None or wanted == "auto":
        return wanted
    if not wanted.isdigit() or int(wanted) < 1:
        raise typer.BadParameter(f"{wanted!r} is neither a number from 1 on nor auto", param_hint="--workers")
    return int(wanted)


def device_of(wanted: str | None) -> str | None:
    """The value of `--device`."""
    from augcli.models.device import DEVICE

    if wanted is None or re.match(DEVICE, wanted):
        return wanted
    raise typer.BadParameter(f"{wanted!r} is none of auto, cpu, cuda, cuda:N", param_hint="--device")
