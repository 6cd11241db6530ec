"""The command line. Data goes to stdout; progress, messages and errors go to stderr."""

from __future__ import annotations

import errno
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from augcli.errors import AugError

if TYPE_CHECKING:
    from augcli.config.config import Config

INTERRUPTED = 130
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

app = typer.Typer(
    name="augcli",
    help="Text data augmentation from a YAML recipe: lossless, reproducible, replayable.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


def _version(wanted: bool) -> None:
    if wanted:
        from augcli import __version__

        typer.echo(f"augcli {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Text data augmentation from a YAML recipe: lossless, reproducible, replayable."""


def _load(
    file: Path, sets: list[str] | None, input_path: str | None = None, input_format: str | None = None,
    seed: int | None = None, output: str | None = None, output_format: str | None = None,
) -> Config:  # fmt: skip
    from augcli.config.load import load

    named = [("--input", "input.path", input_path), ("--input-format", "input.format", input_format)]
    named += [("--output", "output.path", output), ("--output-format", "output.format", output_format)]
    return load(file, _overrides(sets, named, seed))


def _overrides(
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


@app.command()
def run(
    config: ConfigFile,
    sets: Sets = None,
    input_path: InputPath = None,
    input_format: InputFormat = None,
    output: Annotated[
        str | None, typer.Option("--output", help="write this instead of output.path; - is stdout")
    ] = None,
    output_format: Annotated[
        str | None, typer.Option("--output-format", help="csv, tsv, jsonl, json or parquet")
    ] = None,
    seed: Seed = None,
    limit: Annotated[int | None, typer.Option("--limit", min=0, help="read only the first N rows")] = None,
    workers: Annotated[str | None, typer.Option("--workers", metavar="N|auto", help="processes")] = None,
    engine: Annotated[
        EngineName | None, typer.Option("--engine", help="what runs the chunks; ray if the recipe has engine.ray")
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", metavar="auto|cpu|cuda|cuda:N", help="for steps with models")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="ignore the finished chunks of an interrupted run")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace existing outputs")] = False,
    min_yield: Annotated[
        float, typer.Option("--min-yield", min=0, max=1, help="exit with 5 when a smaller share of variants is written")
    ] = 0.0,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress, no summary")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="also say what share of the time each step takes")] = False,
    form: Annotated[Form, typer.Option("--format", help="of the closing summary, on stderr")] = Form.text,
) -> None:
    """Augment the input as the recipe says and write the dataset, its provenance and a report."""
    from augcli.config.config import Options
    from augcli.report.summary import summary, told
    from augcli.run.run import run as run_config

    loaded = _load(config, sets, input_path, input_format, seed, output, output_format)
    loaded = _on_engine(loaded, engine, _workers(workers), _device(device))
    options = Options(limit, fresh, overwrite, quiet, verbose)
    try:
        outcome = run_config(loaded, options)
    except KeyboardInterrupt:
        typer.echo("interrupted; what is finished is kept: run the same command to go on", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if not quiet:
        typer.echo(told(outcome) if form is Form.text else summary(outcome), err=True)
    written, asked = outcome.totals.variants, outcome.totals.asked
    if written < min_yield * asked:
        from augcli.errors import YieldError

        raise YieldError(f"{written} of {asked} variants were written, less than --min-yield {min_yield:g} asks for")


def _on_engine(config: Config, name: EngineName | None, workers: int | str | None, device: str | None) -> Config:
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


def _workers(wanted: str | None) -> int | str | None:
    if wanted is None or wanted == "auto":
        return wanted
    if not wanted.isdigit() or int(wanted) < 1:
        raise typer.BadParameter(f"{wanted!r} is neither a number from 1 on nor auto", param_hint="--workers")
    return int(wanted)


def _device(wanted: str | None) -> str | None:
    from augcli.models.device import DEVICE

    if wanted is None or re.match(DEVICE, wanted):
        return wanted
    raise typer.BadParameter(f"{wanted!r} is none of auto, cpu, cuda, cuda:N", param_hint="--device")


@app.command()
def check(
    config: ConfigFile,
    sets: Sets = None,
    input_path: InputPath = None,
    input_format: InputFormat = None,
    seed: Seed = None,
) -> None:
    """Find everything that is wrong with a recipe and its input before a run. Writes nothing."""
    from augcli.config.load import load_adapt, trains

    if trains(config):
        from augcli.commands.adapt.command import check as check_adapt

        named = [("--input", "input.path", input_path), ("--input-format", "input.format", input_format)]
        typer.echo(check_adapt(load_adapt(config, _overrides(sets, named, seed))), err=True)
        return
    from augcli.commands.check import check as check_config

    typer.echo(check_config(_load(config, sets, input_path, input_format, seed)), err=True)


@app.command()
def adapt(
    config: ConfigFile,
    sets: Sets = None,
    input_path: InputPath = None,
    input_format: InputFormat = None,
    output: Annotated[str | None, typer.Option("--output", help="write this folder instead of adapt.output")] = None,
    seed: Seed = None,
    limit: Annotated[int | None, typer.Option("--limit", min=0, help="read only the first N rows")] = None,
    workers: Annotated[str | None, typer.Option("--workers", metavar="N|auto", help="threads")] = None,
    device: Annotated[str | None, typer.Option("--device", metavar="auto|cpu|cuda|cuda:N", help="to train on")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="ignore the checkpoint of an interrupted training")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace an existing output")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress, no summary")] = False,
) -> None:
    """Train a masked language model on the input: go on with one, or make a small one from scratch."""
    from augcli.commands.adapt.command import adapt as adapt_config
    from augcli.config.config import Options
    from augcli.config.load import load_adapt

    named = [("--input", "input.path", input_path), ("--input-format", "input.format", input_format)]
    loaded = load_adapt(config, _overrides(sets, [*named, ("--output", "adapt.output", output)], seed))
    options = Options(limit, fresh, overwrite, quiet)
    try:
        adapted = adapt_config(loaded, options, _workers(workers) or "auto", _device(device) or "auto")
    except KeyboardInterrupt:
        typer.echo("interrupted; what the last checkpoint holds is kept: run the same command to go on", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if not quiet:
        typer.echo(adapted.summary(), err=True)


@app.command()
def plan(
    config: ConfigFile,
    sets: Sets = None,
    input_path: InputPath = None,
    input_format: InputFormat = None,
    seed: Seed = None,
    form: Annotated[Form, typer.Option("--format", help="of the plan, on stdout")] = Form.text,
) -> None:
    """Say what a run would do: rows, chunks, variants, time, memory, disk. Writes nothing."""
    from augcli.commands.plan import plan as plan_config

    planned = plan_config(_load(config, sets, input_path, input_format, seed))
    typer.echo(planned.text() if form is Form.text else planned.json())


@app.command()
def preview(
    config: ConfigFile,
    rows: Annotated[int, typer.Option("-n", "--rows", min=1, help="rows to show")] = 5,
    sets: Sets = None,
    input_path: InputPath = None,
    input_format: InputFormat = None,
    seed: Seed = None,
) -> None:
    """Show the first rows with what would change, and why variants were refused. Writes nothing."""
    from augcli.commands.preview import preview as preview_config

    preview_config(_load(config, sets, input_path, input_format, seed), rows)


@app.command()
def init(
    preset: Annotated[str, typer.Argument(metavar="[PRESET]", help="name of a preset")] = "starter",
    listed: Annotated[bool, typer.Option("--list", help="name the presets")] = False,
    rows: Annotated[
        int | None, typer.Option("--rows", min=1, help="with eda: rate and variants for so many rows")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", help="file to write; stdout if not given")] = None,
) -> None:
    """Print a commented recipe to start from: augcli init eda > eda.yaml."""
    from augcli.config import presets
    from augcli.errors import ConfigError

    if listed:
        typer.echo(presets.listing())
        return
    text = presets.text(preset, rows)
    if output is None:
        typer.echo(text, nl=False)
    elif output.exists():
        raise ConfigError(f"{output}: already there; choose another name")
    else:
        output.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {output}; look at it, then: augcli run {output}", err=True)


@app.command()
def steps(name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="a step or check")] = None) -> None:
    """List all steps and checks, or the parameters of one."""
    from augcli.commands import reference

    reference.show(name)


@app.command()
def trace(
    output: OutputFile,
    row: Annotated[
        str, typer.Argument(metavar="ROW", help="id in the provenance (r17#noise.1), or a row number from 1")
    ],
) -> None:
    """Tell where one output row comes from: source row, steps, edits."""
    from augcli.commands.trace import trace as trace_row
    from augcli.io.files.storage import place

    trace_row(place(output), row)


@app.command()
def verify(
    output: OutputFile,
    moved: Annotated[
        list[str] | None, typer.Option("--input", help="where the input is now, if not where it was; once per file")
    ] = None,
) -> None:
    """Replay every row from its source and compare; check all hashes. Exit code 1 when anything differs."""
    from augcli.commands.verify import verify as verify_output
    from augcli.io.files.storage import place

    typer.echo(verify_output(place(output), moved or ()), err=True)


@app.command()
def doctor(
    config: Annotated[
        Path | None, typer.Argument(metavar="[CONFIG]", help="a recipe with settings of translation platforms")
    ] = None,
    network: Annotated[
        bool, typer.Option("--network", help="let each translation platform that has its keys translate one word")
    ] = False,
) -> None:
    """Show versions, extras, resources, devices and translation platforms."""
    from augcli.commands.doctor import doctor as examine

    examine(_load(config, []) if config else None, network=network)


resources_app = typer.Typer(
    name="resources", help="Lexicons and word vectors: where from, licence, size, present or not.",
    rich_markup_mode=None,
)  # fmt: skip
app.add_typer(resources_app)
ListForm = Annotated[Form, typer.Option("--format", help="of the list, on stdout")]
ResourceName = Annotated[str, typer.Argument(metavar="NAME", help="as in the list", show_default=False)]


@resources_app.callback(invoke_without_command=True)
def resources(context: typer.Context, form: ListForm = Form.text) -> None:
    """Lexicons and word vectors: where from, licence, size, present or not."""
    if context.invoked_subcommand is None:
        resources_list(form)
    elif form is not Form.text:
        raise typer.BadParameter("it belongs behind `list`", param_hint="--format")


@resources_app.command("list")
def resources_list(form: ListForm = Form.text) -> None:
    """Show all resources; what is missing with the command that gets it."""
    from augcli.commands import resources as inventory

    if form is Form.text:
        inventory.listing()
    else:
        typer.echo(inventory.listing_json())


@resources_app.command("get")
def resources_get(name: ResourceName) -> None:
    """Install one with pip."""
    from augcli.commands import resources as inventory

    typer.echo(inventory.get(name), err=True)


@resources_app.command("check")
def resources_check(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="as in the list; all if none is given")
    ] = None,
) -> None:
    """Compare their files with what was installed. Exit code 4 when one is missing, 1 when one was changed."""
    from augcli.commands import resources as inventory

    inventory.check(names or [])


def entry() -> None:
    """The program `augcli`: every error that is meant for the user becomes a message and an exit code."""
    try:
        app()
    except AugError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:  # disk full, no permission, ...: the message names the file
        kept = "; what is finished is kept: make room and run the same command again" * (error.errno in FULL)
        typer.echo(f"error: {error}{kept}", err=True)
        sys.exit(AugError.exit_code)
    except Exception as error:
        from augcli.io.files.storage import unreachable

        told = unreachable(error)
        if not told:
            raise
        typer.echo(f"error: {told}", err=True)
        sys.exit(told.exit_code)


if __name__ == "__main__":
    entry()
