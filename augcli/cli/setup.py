"""The commands that help to start: configs, steps, resources, what is installed."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated

import typer

from augcli.cli.completion import complete_names, complete_presets
from augcli.cli.options import Form


def init(
    preset: Annotated[
        str | None,
        typer.Argument(
            metavar="[PRESET]", help="name of a preset; starter if not given", autocompletion=complete_presets
        ),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="name the presets")] = False,
    data: Annotated[
        str | None, typer.Option("--from", metavar="DATA", help="file to look at: the config is made to read it")
    ] = None,
    rows: Annotated[
        int | None, typer.Option("--rows", min=1, help="with eda: rate and variants for so many rows")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", help="file to write; stdout if not given")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace the file that stands there")] = False,
) -> None:
    """Print a commented config to start from: for a file, or a preset.

    Without a name or a file, the preset is `starter`; --list names all.
    """
    from augcli.commands.init.preset import for_editors, preset_here
    from augcli.config import presets
    from augcli.errors import ConfigError

    if listed:
        if preset or data or output:
            raise ConfigError("--list goes alone: it names the presets")
        typer.echo(presets.listing(get_terminal_size().columns if sys.stdout.isatty() else 0))
        return
    if output and output.exists() and not overwrite:
        raise ConfigError(f"{output}: already there; choose another name, or --overwrite replaces it")
    draft = None
    if data is not None:
        from augcli.commands.init.config import config_for

        draft = config_for(data, preset, rows)
    text = draft.text if draft else preset_here(preset or "starter", rows)
    text = for_editors(text, output.parent if output else Path())
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8", newline="\n")
    if draft:
        from augcli.commands.check import check
        from augcli.config.load import load_text

        for reason in draft.left_out:
            typer.echo(f"left out: {reason}", err=True)
        for doubt in draft.doubts:
            typer.echo(f"not sure of {doubt}", err=True)
        typer.echo("the config is written; what `augcli check` says of it:", err=True)
        typer.echo(check(load_text(text, output or Path("config.yaml"))), err=True)
    if output:
        typer.echo(f"wrote {output}; look at it, then: augcli run {output}", err=True)


def steps(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="a step or check", autocompletion=complete_names)
    ] = None,
) -> None:
    """List all steps and checks, or the parameters of one."""
    from augcli.commands import reference

    reference.show(name)


def doctor(
    config: Annotated[
        Path | None, typer.Argument(metavar="[CONFIG]", help="a config with settings of translation platforms")
    ] = None,
    network: Annotated[
        bool, typer.Option("--network", help="let each translation platform that has its keys translate one word")
    ] = False,
) -> None:
    """Show versions, extras, resources, devices and platforms."""
    from augcli.commands.doctor import doctor as examine
    from augcli.config.load import load

    examine(load(config) if config else None, network=network)


resources_app = typer.Typer(name="resources", rich_markup_mode=None)


ListForm = Annotated[Form, typer.Option("--format", help="of the list, on stdout")]
ResourceName = Annotated[str, typer.Argument(metavar="NAME", help="as in the list", show_default=False)]


@resources_app.callback(invoke_without_command=True)
def resources(context: typer.Context, form: ListForm = Form.text) -> None:
    """List the lexicons and word vectors, get or check them.

    Tells where each is from, its licence and size, and whether it is there.
    """
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
