"""The commands that run a config, or look before they do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from augcli.cli.failure import failures_told_in, refuse_odd_name, resumable, show
from augcli.cli.options import (
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
    training_keys,
    workers_of,
)

if TYPE_CHECKING:
    from augcli.report.outcome import Outcome


_LOOKING = "reading the input, trying the first rows"


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
    report: Annotated[
        str | None,
        typer.Option("--report", metavar="FILE", help="write the report here: FILE.json and FILE.html, not beside it"),
    ] = None,
    provenance: Annotated[
        str | None, typer.Option("--provenance", metavar="FILE", help="write it here, not beside the output")
    ] = None,
    summary: Annotated[
        Path | None,
        typer.Option("--summary", metavar="FILE", help="write the closing summary, or the error, here too"),
    ] = None,
    quiet: Quiet = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="also say what share of the time each step takes")] = False,
    form: Annotated[Form, typer.Option("--format", help="of the closing summary, on stderr")] = Form.text,
) -> None:
    """Augment the input as the config says.

    Writes the dataset, its provenance and a report.
    """
    from augcli.run.progress import Progress

    refuse_odd_name(summary)
    with (
        failures_told_in(summary),
        Progress(quiet=quiet, verbose=verbose, logs=form is Form.text) as progress,
        resumable(),
    ):
        progress.stage("reading the config")
        from augcli.config.config import Options
        from augcli.config.load import load
        from augcli.run.run import run as run_pipeline

        changes = overrides_of(
            sets,
            {
                "--input": input_path, "--input-format": input_format, "--output": output,
                "--output-format": output_format, "--seed": seed, "--device": device_of(device),
            },
        )  # fmt: skip
        pipeline = load(config, changes, engine=engine, workers=workers_of(workers))
        options = Options(limit, fresh, overwrite, quiet, verbose, report, provenance)
        outcome = run_pipeline(pipeline, options, progress)
    _conclude(outcome, min_yield, summary, form)


def _conclude(outcome: Outcome, min_yield: float, summary: Path | None, form: Form) -> None:
    """Print the closing summary, and write it into the file `summary`. Raises YieldError."""
    from augcli.errors import YieldError
    from augcli.io.files.atomic import write_whole
    from augcli.report.shortfall import empty_chains, low_yield
    from augcli.report.summary import print_summary, summary_json, summary_text

    why = low_yield(outcome, min_yield) if min_yield else ""
    error = YieldError(f"{why}, less than --min-yield {min_yield:g} requires") if why else None
    if summary and summary.suffix == ".json":
        write_whole(summary, summary_json(outcome, error))
    elif summary:
        write_whole(summary, (summary_text(outcome) + f"\nerror: {error}" * bool(error) + "\n").encode())
    if not outcome.options.quiet and form is Form.json:
        typer.echo(summary_json(outcome, error).decode(), err=True)
        raise typer.Exit(error.exit_code if error else 0)
    if not outcome.options.quiet:
        print_summary(outcome)
    elif form is Form.text and (empty := empty_chains(outcome.counts)):
        typer.echo("\n".join(empty), err=True)
    if error:
        raise error


def check(
    configs: Annotated[
        list[Path], typer.Argument(metavar="CONFIG ...", help="YAML configs, each by itself", show_default=False)
    ],
    sets: Sets = None,
    input_path: InputPath = None,
    input_format: InputFormat = None,
    output: OutputPath = None,
    seed: Seed = None,
    form: Annotated[Form, typer.Option("--format", help="json: of what is found, on stdout")] = Form.text,
) -> None:
    """Find what is wrong with a config and its input before a run.

    All of it at once. Writes nothing.
    """
    from augcli.errors import AugError

    if form is Form.json and len(configs) > 1:
        raise typer.BadParameter("json tells of one config; check them one by one", param_hint="--format")
    named = {"--input": input_path, "--input-format": input_format, "--output": output, "--seed": seed}
    errors = []
    for config in configs:
        if len(configs) > 1:
            typer.echo(f"{config}:", err=True)
        try:
            _check(config, sets, named, form)
        except AugError as error:
            if len(configs) == 1:
                raise
            show(error)
            errors.append(error)
    if errors:
        raise typer.Exit(errors[0].exit_code)


def _check(config: Path, sets: list[str] | None, named: Mapping[str, str | int | None], form: Form) -> None:
    from augcli.run.progress import Progress

    with Progress(quiet=False, logs=False) as progress:
        progress.stage(_LOOKING)
        from augcli.config.load import load, load_training, training_in
        from augcli.config.vectors import VectorsConfig

        if kind := training_in(config):
            if form is Form.json:
                told = f"the config of `augcli {kind.command}` is told of as text"
                raise typer.BadParameter(told, param_hint="--format")
            trained = load_training(kind, config, overrides_of(sets, named, training_keys(kind.command)))
            if isinstance(trained, VectorsConfig):
                from augcli.commands.vectors.command import check as check_vectors

                found = check_vectors(trained)
            else:
                from augcli.commands.adapt.command import check as check_adapt

                found = check_adapt(trained)
        else:
            from augcli.commands.check import look

            checked = look(load(config, overrides_of(sets, named)))
            found = checked.json() if form is Form.json else checked.text()
    typer.echo(found, err=form is Form.text)


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
    from augcli.run.progress import Progress

    with Progress(quiet=False, logs=False) as progress:
        progress.stage(_LOOKING)
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
