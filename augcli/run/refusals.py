"""Why a run would not begin: outputs that cannot or must not be written. `augcli check` and `augcli run` ask here."""

from __future__ import annotations

import errno
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from augcli.config.config import Config
from augcli.errors import ConfigError, RunError
from augcli.io.files.atomic import STDOUT, AtomicFile
from augcli.io.files.compression import zstandard
from augcli.io.files.storage import Place, is_folder, place
from augcli.io.formats.excel import excel_packages
from augcli.io.formats.parquet import arrow
from augcli.io.inputs import find_inputs, format_of
from augcli.io.outputs import Paths, output_format
from augcli.run.workspace import folder_of, owner_of


def refuse_bad_output(config: Config, paths: Paths) -> None:
    """Raise the AugError of an output that no run of this config can write. Leaves nothing behind."""
    written = [*paths.all(), *paths.of_other_shards()]
    inputs = [config.input.path] if isinstance(config.input.path, str) else config.input.path
    for pattern in inputs:
        _, matches = find_inputs(config, pattern) if pattern != "-" else (None, [])
        if taken := {path.resolve() for path in written} & {match.resolve() for match in matches}:
            raise config.error(f"the output would overwrite the input {min(map(str, taken))}", "output", "path")
    if isinstance(paths.whole, Path) and is_folder(paths.whole):
        raise config.error(f"{paths.whole} is a folder; end it with / and set output.shards", "output", "path")
    if config.output.path.endswith("/") and not config.output.shards:
        raise config.error("a folder holds shards; set output.shards to their number", "output", "path")
    if len(named := [path.resolve() for path in paths.all()]) > len({*named}):
        raise ConfigError("output, report and provenance are to be different files; name another")
    if config.output.shards and len(paths.provenance) != config.output.shards:
        raise ConfigError("each shard has provenance of its own beside it; leave out --provenance")
    if place(STDOUT) in paths.provenance:
        raise ConfigError("--provenance -: expected a file; stdout is for the data")
    if paths.report.name == "-.json":
        raise ConfigError("--report -: expected a file, which becomes FILE.json and FILE.html")
    _refuse_missing_extras(config)
    _refuse_unwritable(paths)


def existing_outputs(paths: Paths) -> list[Place]:
    """The files that a run would replace, or remove as they are shards in another number."""
    return [*(path for path in paths.all() if path.exists()), *paths.of_other_shards()]


def _refuse_missing_extras(config: Config) -> None:
    match output_format(config):
        case "parquet" | "arrow":
            arrow()
        case "xlsx":
            excel_packages()
    if format_of(config.output.path)[1] == "zst":
        zstandard()


def _refuse_unwritable(paths: Paths) -> None:
    """Raise RunError when a file cannot be written, as far as that shows without writing one."""
    temporary = [AtomicFile(path, path.parent).temporary for path in paths.all()]
    folders: dict[Path, Place] = {}
    beside = [folder_of(paths), owner_of(paths.whole)] if paths.data else []
    for path in [*paths.all(), *temporary, *beside]:
        if not isinstance(path, Path):
            continue
        try:
            why = _why_no_file(path)
            folders.setdefault(_nearest_folder(path), path)
        except OSError as error:  # a file where a folder should be, a name that is too long
            why = error.strerror or str(error)
        if why:
            raise RunError.at(path, f"nothing can be written there: {why}")
    for folder, path in folders.items():
        if why := _why_nothing_new(folder):
            raise RunError.at(path, f"nothing can be written there: {why}")


def _nearest_folder(path: Path) -> Path:
    """The folder of a file, or the one above it that there is."""
    nearest = next((parent for parent in path.absolute().parents if _is_there(parent)), None)
    if nearest is None:
        raise FileNotFoundError(errno.ENOENT, f"there is no drive {path.absolute().anchor}")
    return nearest


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _why_no_file(path: Path) -> str:
    with suppress(FileNotFoundError):
        (_nearest_folder(path) / path.name).lstat()
    if path.is_dir():
        return "" if path.name.endswith(".work") else "it is a folder"
    return "it is a device or a pipe, and no file; - is stdout" if path.exists() and not path.is_file() else ""


def _why_nothing_new(folder: Path) -> str:
    """Why nothing can be made in a folder. To make something, and take it away, is the only way to know."""
    try:
        Path(mkdtemp(prefix=".augcli-", dir=folder)).rmdir()
    except OSError as error:
        match error.errno:
            case errno.EACCES:
                return f"you may not write in {folder}"
            case errno.EROFS:
                return f"{folder} can only be read"
        return f"{folder} takes no files: {error.strerror or error}"
    return ""
