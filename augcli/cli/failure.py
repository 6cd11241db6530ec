"""How a command ends that does not succeed: a message on stderr for people, or one JSON document for programs."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from traceback import format_exc

from typer import BadParameter, TyperException, echo

from augcli.errors import AugError, ConfigError, Fault, InterruptionError, RunError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether a command line asks for JSON, be it right or wrong otherwise."""
    return "--format=json" in arguments or ("--format", "json") in pairwise(arguments)


def error_of(error: Exception) -> AugError | None:
    """The error as it is meant for the user; None for one that nobody has foreseen."""
    from augcli.io.files.storage import unreachable

    match error:
        case AugError():
            return error
        case TyperException():
            return ConfigError(error.format_message())
        case OSError():  # disk full, no permission, ...: the message names the file
            kept = "; what is finished is kept: make room and run the same command again" * (error.errno in _FULL)
            file = None if error.filename is None else str(error.filename)
            return RunError(f"{error}{kept}", [Fault(f"{error.strerror or error}{kept}", file)])
    return unreachable(error)


def end(error: Exception, arguments: Sequence[str]) -> int:
    """Tell of an error that ends a command with these arguments; its exit code."""
    foreseen = error_of(error)
    if not wants_json(arguments):
        if not foreseen:
            raise error
        show(foreseen)
        return foreseen.exit_code
    # where the summary of a run goes, or the outcome of another command
    stream = sys.stderr if arguments[0] == "run" else sys.stdout
    stream.write(document(foreseen or _bug(error)).decode() + "\n")
    return foreseen.exit_code if foreseen else AugError.exit_code


def document(error: AugError) -> bytes:
    """What programs are told of an error."""
    import orjson

    return orjson.dumps({"error": error.document()})


def refuse_odd_name(summary: Path | None) -> None:
    """Refuse a file for the summary that may hold something else: it is replaced without a question."""
    if summary is None:
        return
    if not re.search(r"summary\.(json|txt|md)$", summary.name):
        why = f"expected a name that ends in summary.json, summary.txt or summary.md, not {summary.name!r}"
        raise BadParameter(f"{why}; what has that name is replaced", param_hint="--summary")
    if summary.is_dir():
        raise BadParameter(f"{summary} is a folder; name a file", param_hint="--summary")
    summary.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(summary.parent, os.W_OK):
        raise BadParameter(f"{summary.parent} is not writable; name another folder", param_hint="--summary")


@contextmanager
def failures_told_in(summary: Path | None) -> Iterator[None]:
    """Write what fails into the file of the summary, as JSON where its name ends so."""
    try:
        yield
    except Exception as error:
        if summary:
            from augcli.io.files.atomic import write_whole

            foreseen = error_of(error) or _bug(error)
            write_whole(summary, document(foreseen) if summary.suffix == ".json" else f"error: {foreseen}\n".encode())
        raise


@contextmanager
def resumable(kept: str = "what is finished is kept") -> Iterator[None]:
    """Raise InterruptionError for Ctrl-C in a command that goes on where it was when it is run again."""
    try:
        yield
    except KeyboardInterrupt:
        raise InterruptionError(f"interrupted; {kept}: run the same command to resume") from None


def _bug(error: Exception) -> AugError:
    what = f"{type(error).__name__}: {error}"
    return RunError(f"{what}; this is a bug in augcli\n{format_exc()}", [Fault(what)])


def show(error: AugError) -> None:
    """Print an error on stderr; on a terminal, its places and hints are in colour."""
    from rich.console import Console
    from rich.text import Text

    head = "" if isinstance(error, InterruptionError) else "error: "
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if not console.is_terminal:
        echo(f"{head}{error}", err=True)
        return
    styles = {error.hint or "": "cyan"}
    for fault in error.faults:
        place = f"{fault.file}:{fault.line}:{fault.column}" if fault.column else fault.file
        styles |= {place or "": "bold", fault.hint or "": "cyan"}
    text = Text(str(error))
    for words in filter(None, styles):
        text.highlight_regex(re.escape(words), styles[words])
    text.highlight_regex(r"(?m)^ +\| +\^$", "bold red")
    console.print(Text(head, "bold red"), text, sep="")
