"""Every error that augcli raises on purpose. The class carries the exit code of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

_QUOTED = re.compile(r"""(?<!\w)'[^'\n]*'(?!\w)|"[^"\n]*"|`[^`\n]*`|\([^()\n]*\)|\[[^][\n]*\]""")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where, as far as that is known."""

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    row: int | str | None = None
    """Number of the row from 1, or its id."""
    key: str | None = None
    """Of the config."""

    @property
    def hint(self) -> str | None:
        """What to do about it, if the message says so: behind the first semicolon outside quotes and brackets."""
        unquoted = _QUOTED.sub(lambda found: "_" * len(found[0]), self.message)
        _, mark, hint = unquoted.partition("; ")
        return self.message[-len(hint) :] if mark and hint else None


class AugError(Exception):
    """Base of all; its message is written for the person who reads the terminal."""

    exit_code = 1
    kind = "run"
    """Name of the kind of error for programs."""

    def __init__(self, message: str, faults: Sequence[Fault] = (), hint: str | None = None) -> None:
        """The `hint` says what to do about all that is wrong; each of the `faults` may have one of its own."""
        super().__init__(message)
        self._faults = faults
        self.hint = hint

    @classmethod
    def joined(cls, errors: Iterable[AugError]) -> Self:
        """One error that tells of several."""
        several = list(errors)
        return cls("\n".join(map(str, several)), [fault for error in several for fault in error.faults])

    @classmethod
    def at(cls, file: object, what: object) -> Self:
        """An error in a file."""
        return cls(f"{file}: {what}", [Fault(str(what), str(file))])

    @property
    def faults(self) -> Sequence[Fault]:
        """What is wrong, one by one."""
        return self._faults or [Fault(str(self))]

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "code": self.exit_code,
            "kind": self.kind,
            "message": str(self),
            "hint": self.hint or next((fault.hint for fault in self.faults if fault.hint), None),
            "problems": [{**asdict(fault), "hint": fault.hint} for fault in self.faults],
        }


class RunError(AugError):
    """The run itself failed: a step misbehaved, a file could not be written, an output does not verify."""


class StopError(RunError):
    """No row can be worked on any further: a quota or a key is used up, a service is down. What is finished is kept."""


class ConfigError(AugError):
    """The config or the command line is wrong."""

    exit_code = 2
    kind = "config"


class DataError(AugError):
    """The input data cannot be read as it stands."""

    exit_code = 3
    kind = "data"


class ResourceError(AugError):
    """A lexicon, model, extra package or credential is missing."""

    exit_code = 4
    kind = "resource"


class YieldError(AugError):
    """Fewer variants were written than `--min-yield` asks for. The outputs stand."""

    exit_code = 5
    kind = "yield"


class InterruptionError(AugError):
    """Somebody pressed Ctrl-C. What is finished is kept."""

    exit_code = 130
    kind = "interrupted"
