"""The program, before it has any commands."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup


class Program(TyperGroup):
    """The program, whose help lists the commands by what they are for."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a section for each group of commands; what a command does is never cut."""
        width = max(map(len, self.commands))
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            group = str(getattr(command, "rich_help_panel", None) or "Commands")
            groups.setdefault(group, []).append((name.ljust(width), command.get_short_help_str(1000)))
        for group, rows in groups.items():
            with formatter.section(group):
                formatter.write_dl(rows)


app = typer.Typer(
    name="augcli",
    cls=Program,
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
