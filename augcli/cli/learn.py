"""The commands to learn with: steps tried on a text, what a key means, a schema for editors."""

from __future__ import annotations

from typing import Annotated

import typer

from augcli.cli.completion import complete_explained, complete_presets, complete_steps
from augcli.cli.options import Seed, Sets, overrides_of


def try_steps(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="a text; - reads it from stdin", show_default=False)],
    steps: Annotated[
        list[str] | None,
        typer.Option(
            "--step",
            metavar="STEP",
            help='a step, as `typo` or "typo: {rate: 0.2}"; several are done one after another',
            autocompletion=complete_steps,
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(
            "--config", metavar="FILE|PRESET", help="the chains of a config instead", autocompletion=complete_presets
        ),
    ] = None,
    variants: Annotated[int, typer.Option("-n", "--variants", min=1, max=1000, help="of each chain")] = 5,
    language: Annotated[
        str | None, typer.Option("--language", metavar="CODE", help="en, zh, ...; guessed if not given")
    ] = None,
    seed: Seed = None,
    sets: Sets = None,
) -> None:
    """Show what a step makes of a text.

    Entities are marked as in: fly to [New York](city). For --set, the first step is chains.try.steps[0].
    """
    import sys

    from augcli.commands.try_text import Trial, try_text
    from augcli.errors import ConfigError

    if bool(steps) == bool(config):
        raise ConfigError("give --step, once or more often, or --config; `augcli steps` lists the steps")
    if text == "-":
        text = sys.stdin.read().rstrip("\n")
    overrides = overrides_of(sets, {"--seed": seed})
    for line in try_text(Trial(text, steps or (), config, variants, language, overrides)):
        typer.echo(line, err=True)


def schema() -> None:
    """Print the JSON Schema of a config, for editors.

    Save it as augcli.schema.json beside the config, and let this be the first line of the config:

    # yaml-language-server: $schema=augcli.schema.json

    An editor that speaks YAML (VS Code with the extension YAML, Neovim, ...) then checks the config and completes its
    keys. `augcli init` writes that line where the file is there. When plug-ins come in, save it anew.
    """
    import orjson

    from augcli.config.schema import config_schema, left_out

    for error in left_out():
        typer.echo(f"left out: {error}", err=True)
    typer.echo(orjson.dumps(config_schema(), option=orjson.OPT_INDENT_2).decode())


def explain(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[KEY]", help="a key of the config, a step, a check or a command", autocompletion=complete_explained
        ),
    ] = None,
) -> None:
    """Explain a key of the config, a step, a check or a command.

    Of a key: what it is for, type, range, default and an example.
    """
    from augcli.commands.help import explain as explain_key
    from augcli.commands.help import list_sections
    from augcli.config.keys import sections

    program = context.find_root()
    command = getattr(program.command, "commands", {}).get(name)
    if command is not None:
        with typer.Context(command, info_name=name, parent=program) as found:
            typer.echo(command.get_help(found))
    if name is None:
        list_sections()
        typer.echo("\nCommands: augcli --help")
    elif command is None or name in sections():  # evaluate and adapt are both
        explain_key(name)
