"""The program `augcli` with its commands. Data goes to stdout; progress, messages and errors go to stderr."""

from __future__ import annotations

import errno
import signal
import sys

import typer

from augcli.cli.adapt import adapt
from augcli.cli.app import app
from augcli.cli.evaluate import evaluate
from augcli.cli.inspect import inspect
from augcli.cli.provenance import trace, verify
from augcli.cli.run import check, plan, preview, run
from augcli.cli.setup import doctor, init, resources_app, steps
from augcli.cli.vocabulary import restore, vocabulary
from augcli.errors import AugError
from augcli.process import set_variables

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

for command in (
    run, check, inspect, evaluate, adapt, plan, preview, init, steps, trace, verify, vocabulary, restore, doctor,
):  # fmt: skip
    app.command()(command)
app.add_typer(resources_app)


def entry() -> None:
    """The program `augcli`: every error that is meant for the user becomes a message and an exit code."""
    set_variables()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as after Ctrl-C: workers too, what is done is kept
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
