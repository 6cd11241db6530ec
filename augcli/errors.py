"""Every error that augcli raises on purpose. The class carries the exit code of the command line."""

from __future__ import annotations


class AugError(Exception):
    """Base of all; its message is written for the person who reads the terminal."""

    exit_code = 1


class RunError(AugError):
    """The run itself failed: a step misbehaved, a file could not be written, an output does not verify."""


class StopError(RunError):
    """No row can be worked on any further: a quota or a key is used up, a service is down. What is finished is kept."""


class ConfigError(AugError):
    """The config or the command line is wrong."""

    exit_code = 2


class DataError(AugError):
    """The input data cannot be read as it stands."""

    exit_code = 3


class ResourceError(AugError):
    """A lexicon, model, extra package or credential is missing."""

    exit_code = 4


class YieldError(AugError):
    """Fewer variants were written than `--min-yield` asks for. The outputs stand."""

    exit_code = 5
