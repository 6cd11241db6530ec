"""The commands that look back at a run."""

from __future__ import annotations

from typing import Annotated

import typer

from augcli.cli.options import OutputFile


def trace(
    output: OutputFile,
    row: Annotated[
        str,
        typer.Argument(metavar="ROW", help="aug_source#aug_chain of a row (r17#noise.1), or its number from 1"),
    ],
) -> None:
    """Tell where an output row comes from: source, steps, edits."""
    from augcli.commands.trace import trace as trace_row
    from augcli.io.files.storage import place

    trace_row(place(output), row)


def verify(
    output: OutputFile,
    moved: Annotated[
        list[str] | None, typer.Option("--input", help="where the input is now, if not where it was; once per file")
    ] = None,
) -> None:
    """Replay every row from its source; check all hashes. Exit code 1 when anything differs."""
    from augcli.commands.verify import verify as verify_output
    from augcli.io.files.storage import place

    typer.echo(verify_output(place(output), moved or ()), err=True)
