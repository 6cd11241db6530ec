"""The commands that run a config, or look before they do."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from augcli.cli.options import (
    ADAPT_KEYS,
    INTERRUPTED,
    ConfigFile,
    Form,
    Fresh,
    InputFormat,
    InputPath,
    Limit,
    MinYield,
    OutputFormat,
    OutputPath,
    Overwrite,
    Quiet,
    Seed,
    Sets,
    device_of,
    overrides_of,
    workers_of,
)


def run(
    config: ConfigFile,
    sets: Sets = None,
    input_path: InputPath = None,
    input_format: InputFormat = None,
    output: OutputPath = None,
    output_format: OutputFormat = None,
    seed: Seed = None,
    limit: Limit = None,
    workers: Annotated[str | None, typer.Option("--workers", metavar="N|auto", help="processes")] = None,
    engine: Annotated[
        Literal["local", "ray"] | None,
        typer.Option("--engine", help="what runs the chunks; ray if the config has engine.ray"),
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", metavar="auto|cpu|cuda|cuda:N", help="for steps with models")
    ] = None,
    fresh: Fresh = False,
    overwrite: Overwrite = False,
    min_yield: MinYield = 0.0,
    quiet: Quiet = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="also say what share of the time each step takes")] = False,
    form: Annotated[Form, typer.Option("--format", help="of the closing summary, on stderr")] = Form.text,
) -> None:
    """Augment the input as the config says.

    Writes the dataset, its provenance and a report.
    """
    from augcli.config.config import Options
    from augcli.config.load import load
    from augcli.report.shortfall import empty_chains, low_yield
    from augcli.report.summary import summary_json, summary_text
    from augcli.run.run import run as run_pipeline

    changes = overrides_of(
        sets,
        {
            "--input": input_path, "--input-format": input_format, "--output": output, "--output-format": output_format,
            "--seed": seed, "--device": device_of(device),
        },
    )  # fmt: skip
    pipeline = load(config, changes, engine=engine, workers=workers_of(workers))
    options = Options(limit, fresh, overwrite, quiet, verbose)
    try:
        outcome = run_pipeline(pipeline, options)
    except KeyboardInterrupt:
        typer.echo("interrupted; what is finished is kept: run the same command to resume", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if not quiet:
        typer.echo(summary_text(outcome) if form is Form.text else summary_json(outcome), err=True)
    elif empty := empty_chains(outcome.counts):
        typer.echo("\n".join(empty), err=True)
    if min_yield and (why := low_yield(outcome, min_yield)):
        from augcli.errors import YieldError

        raise YieldError(f"{why}, less than --min-yield {min_yield:g} requires")


def check(
    config: ConfigFile,
    sets: Sets = None,
    input_path: InputPath = None,
    input_format: InputFormat = None,
    output: OutputPath = None,
    seed: Seed = None,
) -> None:
    """Find what is wrong with a config and its input before a run.

    All of it at once. Writes nothing.
    """
    from augcli.config.load import load, load_adapt, trains

    named = {"--input": input_path, "--input-format": input_format, "--output": output, "--seed": seed}
    if trains(config):
        from augcli.commands.adapt.command import check as check_adapt

        typer.echo(check_adapt(load_adapt(config, overrides_of(sets, named, ADAPT_KEYS))), err=True)
        return
    from augcli.commands.check import check as check_pipeline

    typer.echo(check_pipeline(load(config, overrides_of(sets, named))), err=True)


def plan(
    config: ConfigFile,
    sets: Sets = None,
    input_path: InputPath = None,
    input_format: InputFormat = None,
    seed: Seed = None,
    form: Annotated[Form, typer.Option("--format", help="of the plan, on stdout")] = Form.text,
) -> None:
    """Say what a run would do: rows, variants, time, memory, disk.

    Writes nothing.
    """
    from augcli.commands.plan import plan as plan_pipeline
    from augcli.config.load import load

    changes = overrides_of(sets, {"--input": input_path, "--input-format": input_format, "--seed": seed})
    planned = plan_pipeline(load(config, changes))
    typer.echo(planned.text() if form is Form.text else planned.json())


def preview(
    config: ConfigFile,
    rows: Annotated[int, typer.Option("-n", "--rows", min=1, help="rows to show")] = 5,
    sets: Sets = None,
    input_path: InputPath = None,
    input_format: InputFormat = None,
    seed: Seed = None,
) -> None:
    """Show the first rows with what would change.

    Also says why variants were rejected. Writes nothing.
    """
    from augcli.commands.preview import preview as preview_pipeline
    from augcli.config.load import load

    changes = overrides_of(sets, {"--input": input_path, "--input-format": input_format, "--seed": seed})
    preview_pipeline(load(config, changes), rows)
