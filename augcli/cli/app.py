"""The program, before it has any commands."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    name="augcli",
    help="Text data augmentation from a YAML config: lossless, reproducible, replayable.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    """Text data augmentation from a YAML config: lossless, reproducible, replayable."""
