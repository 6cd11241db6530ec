"""The command `adapt`."""

from __future__ import annotations

from typing import Annotated

import typer

from augcli.cli.failure import resumable
from augcli.cli.options import (
    ConfigFile,
    Fresh,
    InputFormat,
    InputPath,
    Limit,
    Overwrite,
    Quiet,
    Seed,
    Sets,
    device_of,
    overrides_of,
    training_keys,
    workers_of,
)


def adapt(
    config: ConfigFile,
    sets: Sets = None,
    input_path: InputPath = None,
    input_format: InputFormat = None,
    output: Annotated[str | None, typer.Option("--output", help="write this folder instead of adapt.output")] = None,
    seed: Seed = None,
    limit: Limit = None,
    workers: Annotated[str | None, typer.Option("--workers", metavar="N|auto", help="threads")] = None,
    device: Annotated[str | None, typer.Option("--device", metavar="auto|cpu|cuda|cuda:N", help="to train on")] = None,
    fresh: Fresh = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Train a masked language model on the input.

    Goes on with one, or makes a small one from scratch.
    """
    from augcli.commands.adapt.command import adapt as adapt_config
    from augcli.config.adapt import AdaptConfig
    from augcli.config.config import Options
    from augcli.config.load import load_training

    named = {"--input": input_path, "--input-format": input_format, "--output": output, "--seed": seed}
    loaded = load_training(AdaptConfig, config, overrides_of(sets, named, training_keys("adapt")))
    options = Options(limit, fresh, overwrite, quiet)
    with resumable("what the last checkpoint holds is kept"):
        adapted = adapt_config(loaded, options, workers_of(workers) or "auto", device_of(device) or "auto")
    if not quiet:
        typer.echo(adapted.summary(), err=True)
