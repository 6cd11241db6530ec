"""The commands that look back at a run."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from augcli.cli.options import Form, OutputFile

ReportFile = Annotated[
    str | None, typer.Option("--report", metavar="FILE", help="as named when it ran, if not beside the output")
]
ProvenanceFile = Annotated[
    str | None, typer.Option("--provenance", metavar="FILE", help="as named when it ran, if not beside the output")
]


def trace(
    output: OutputFile,
    row: Annotated[
        str,
        typer.Argument(metavar="ROW", help="aug_source#aug_chain of a row (r17#noise.1), or its number from 1"),
    ],
    report: ReportFile = None,
    provenance: ProvenanceFile = None,
) -> None:
    """Tell where an output row comes from: source, steps, edits."""
    from augcli.commands.trace import trace as trace_row
    from augcli.io.files.storage import place

    trace_row(place(output), row, report, provenance)


def verify(
    output: OutputFile,
    moved: Annotated[
        list[str] | None, typer.Option("--input", help="where the input is now, if not where it was; once per file")
    ] = None,
    report: ReportFile = None,
    provenance: ProvenanceFile = None,
    form: Annotated[Form, typer.Option("--format", help="json: of what is found, on stdout")] = Form.text,
) -> None:
    """Replay every row from its source; check all hashes. Exit code 1 when anything differs."""
    from augcli.commands.verify import replay
    from augcli.io.files.storage import place

    verified = replay(place(output), moved or (), report, provenance)
    if form is Form.json:
        typer.echo(json.dumps(asdict(verified)))
    else:
        typer.echo(verified.text(), err=True)


def report(
    output: OutputFile,
    target: Annotated[
        str | None, typer.Option("--output", help="write the page to this .html file, not beside the output")
    ] = None,
    named: ReportFile = None,
) -> None:
    """Make the HTML page of a run anew, from its report.

    Runs nothing. Adds self-BLEU where the run left it out.
    """
    from augcli.commands.report import report as write_page
    from augcli.io.files.storage import place

    typer.echo(write_page(place(output), place(target) if target else None, named), err=True)
