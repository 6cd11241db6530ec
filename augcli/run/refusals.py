"""Why a run would not begin: outputs that cannot or must not be written. `augcli check` and `augcli run` ask here."""

from __future__ import annotations

import os
from pathlib import Path

from augcli.config.config import Config
from augcli.errors import RunError
from augcli.io.files.compression import zstandard
from augcli.io.files.storage import Place
from augcli.io.formats.parquet import arrow
from augcli.io.inputs import find_inputs, format_of
from augcli.io.outputs import Paths, output_format
from augcli.run.workspace import folder_of


def refuse_bad_output(config: Config, paths: Paths) -> None:
    """Raise the AugError of an output that no run of this config can write. Writes nothing itself."""
    written = [*paths.all(), *paths.of_other_shards()]
    inputs = [config.input.path] if isinstance(config.input.path, str) else config.input.path
    for pattern in inputs:
        _, matches = find_inputs(config, pattern) if pattern != "-" else (None, [])
        if taken := {path.resolve() for path in written} & {match.resolve() for match in matches}:
            raise config.error(f"the output would overwrite the input {min(map(str, taken))}", "output", "path")
    if isinstance(paths.whole, Path) and paths.whole.is_dir():
        raise config.error(f"{paths.whole} is a folder; end it with / and set output.shards", "output", "path")
    if config.output.path.endswith("/") and not config.output.shards:
        raise config.error("a folder holds shards; set output.shards to their number", "output", "path")
    _refuse_missing_extras(config)
    for path in [*paths.all(), folder_of(paths)] if paths.data else []:
        if why := _why_unwritable(path):
            raise RunError(f"{path}: nothing can be written there: {why}")


def existing_outputs(paths: Paths) -> list[Place]:
    """The files that a run would replace, or remove as they are shards in another number."""
    return [*(path for path in paths.all() if path.exists()), *paths.of_other_shards()]


def _refuse_missing_extras(config: Config) -> None:
    if output_format(config) == "parquet":
        arrow()
    if format_of(config.output.path)[1] == "zst":
        zstandard()


def _why_unwritable(path: Place) -> str:
    """What keeps a file from being written, if that shows without writing one."""
    if not isinstance(path, Path):
        return ""
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    try:
        (folder / path.name).lstat()
    except FileNotFoundError:
        pass
    except OSError as error:  # a file where a folder should be, a name that is too long
        return error.strerror or str(error)
    if path.is_dir() and not path.name.endswith(".work"):
        return "it is a folder"
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return f"{folder} can only be read"
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"you may not write in {folder}"
