"""Arguments and options that several commands have, and the config that they lead to."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from augcli.config.config import Config


INTERRUPTED = 130


class Form(StrEnum):
    """How a summary is printed."""

    text = "text"
    json = "json"


class EngineName(StrEnum):
    """What runs the chunks."""

    local = "local"
    ray = "ray"


ConfigFile = Annotated[Path, typer.Argument(metavar="CONFIG", help="YAML recipe", show_default=False)]
OutputFile = Annotated[
    str, typer.Argument(metavar="OUTPUT", help="output of a run: file, folder of shards or URL", show_default=False)
]
Sets = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="change a key, e.g. chains.a.variants=4")
]
InputPath = Annotated[str | None, typer.Option("--input", help="read this instead of input.path; - is stdin")]
InputFormat = Annotated[str | None, typer.Option("--input-format", help="csv, tsv, jsonl, json or parquet")]
Seed = Annotated[int | None, typer.Option("--seed", help="instead of the seed in the config")]


def load_config(
    file: Path, sets: list[str] | None, input_path: str | None = None, input_format: str | None = None,
    seed: int | None = None, output: str | None = None, output_format: str | None = None,
) -> Config:  # fmt: skip
    """The config in `file` with what the command line changes in it."""
    from augcli.config.load import load

    named = [("--input", "input.path", input_path), ("--input-format", "input.format", input_format)]
    named += [("--output", "output.path", output), ("--output-format", "output.format", output_format)]
    return load(file, overrides_of(sets, named, seed))


def overrides_of(
    sets: list[str] | None, named: list[tuple[str, str, str | None]], seed: int | None
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
    overrides += [(f"{option} {value}", key, json.dumps(value)) for option, key, value in named if value is not None]
    if seed is not None:
        overrides.append((f"--seed {seed}", "seed", str(seed)))
    return overrides


def on_engine(config: Config, name: EngineName | None, workers: int | str | None, device: str | None) -> Config:
    """The config with the engine that the command line asks for."""
    from augcli.config.sections import Ray

    engine = config.engine
    ray = engine.ray if name is None else (engine.ray or Ray()) if name is EngineName.ray else None
    if device is not None:
        engine = engine.model_copy(update={"device": device})
    if workers is not None:
        engine = engine.model_copy(update={"workers": workers})
        ray = ray and ray.model_copy(update={"workers": workers})
    return config.model_copy(update={"engine": engine.model_copy(update={"ray": ray})})


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
