"""The command `vectors`."""

from __future__ import annotations

from typing import Annotated

import typer

from augcli.cli.options import (
    ConfigFile,
    InputFormat,
    InputPath,
    Limit,
    Overwrite,
    Quiet,
    Seed,
    Sets,
    overrides_of,
    training_keys,
)


def vectors(
    config: ConfigFile,
    sets: Sets = None,
    input_path: InputPath = None,
    input_format: InputFormat = None,
    output: Annotated[str | None, typer.Option("--output", help="write this file instead of vectors.output")] = None,
    seed: Seed = None,
    limit: Limit = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Train word vectors on the input.

    For `embedding`, `oov`, the model cnn and the teacher; with or without vectors to begin with.
    """
    from augcli.commands.vectors.command import vectors as train_vectors
    from augcli.config.config import Options
    from augcli.config.load import load_training
    from augcli.config.vectors import VectorsConfig
    from augcli.errors import InterruptionError

    named = {"--input": input_path, "--input-format": input_format, "--output": output, "--seed": seed}
    loaded = load_training(VectorsConfig, config, overrides_of(sets, named, training_keys("vectors")))
    try:
        trained = train_vectors(loaded, Options(limit, overwrite=overwrite, quiet=quiet))
    except KeyboardInterrupt:
        raise InterruptionError("interrupted; nothing is written") from None
    if not quiet:
        typer.echo(trained.summary(), err=True)
