"""The program `augcli` with its commands. Data goes to stdout; progress, messages and errors go to stderr."""

from __future__ import annotations

import signal
import sys
from io import TextIOWrapper

from augcli.cli.app import app
from augcli.cli.commands import add_commands
from augcli.cli.failure import end, wants_json
from augcli.process import set_variables

add_commands(app)


def entry() -> None:
    """The program `augcli`: every error that is meant for the user becomes a message and an exit code."""
    set_variables()
    _write_utf8()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as after Ctrl-C: workers too, what is done is kept
    arguments = sys.argv[1:]
    try:
        # by itself, typer explains a command line that it does not understand in more words than JSON has room for
        sys.exit(app(standalone_mode=not wants_json(arguments)))
    except Exception as error:  # noqa: BLE001 - raised again if nobody has foreseen it
        sys.exit(end(error, arguments))


def _write_utf8() -> None:
    """Write UTF-8 to files and pipes, as they are read again; Windows would take the code page of the country."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding="utf-8")
