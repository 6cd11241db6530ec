"""Files by path or by URL: pathlib for paths, universal_pathlib (fsspec) for URLs such as s3://bucket/folder/file."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING, TypeAlias, cast

from augcli.errors import AugError, ResourceError, RunError

if TYPE_CHECKING:
    from upath import UPath


Place: TypeAlias = "Path | UPath"
"""A file or folder."""


def is_url(text: str) -> bool:
    """Whether `text` is a URL of a file, not a path. One letter before a colon is a drive of Windows."""
    return re.match(r"[A-Za-z][\w+.:-]+://", text) is not None


def written_path(file: Place) -> str:
    """A path or URL as reports have it, with the same separators on every system."""
    return file.as_posix() if isinstance(file, PurePath) else str(file)


def place(text: str) -> Place:
    """The path or URL that `text` is. Raises ResourceError when the packages for such a URL are not installed."""
    if not is_url(text):
        return Path(text)
    try:
        from upath import UPath

        # other processes write there too, and a list of files that is kept would not know
        found = UPath(text, use_listings_cache=False)
        assert found.fs
    except (ImportError, ValueError) as error:
        extra = {"s3": "s3", "hf": "hub"}.get(text.partition(":")[0])
        wanted = f"pip install 'augcli[{extra}]'" if extra else "install the package that it names"
        raise ResourceError(f"{text} cannot be reached: {error}; {wanted}") from error
    return found


def unreachable(error: Exception) -> AugError | None:
    """What to tell the user when `error` comes from a package that reaches storage: no credentials, no answer, ..."""
    if type(error).__module__.partition(".")[0] not in ("botocore", "aiobotocore", "aiohttp", "gcsfs", "adlfs"):
        return None
    if "Credentials" in type(error).__name__:
        return ResourceError(f"no credentials for the storage behind a URL: {error}; for s3:// see AWS_ACCESS_KEY_ID")
    return RunError(f"the storage behind a URL does not answer: {error}; for s3:// see AWS_ENDPOINT_URL")


def open_raw(file: Place) -> IO[bytes]:
    """Open to read; what is read is fetched, and no more."""
    if isinstance(file, Path):
        return file.open("rb", buffering=0)
    return cast("IO[bytes]", file.open("rb", cache_type="none"))


def open_binary(file: Place, buffer: int = 1 << 16) -> io.BufferedReader:
    """Open to read."""
    return io.BufferedReader(cast("io.RawIOBase", open_raw(file)), buffer)


def is_folder(path: Path) -> bool:
    """Whether there is such a folder; none has a name that the system refuses."""
    try:
        return path.is_dir()
    except OSError:
        return False


def entries(folder: Place) -> list[Place]:
    """What is in a folder; nothing when there is no such folder."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return list(folder.iterdir())
    return []


def make_folder(folder: Place) -> None:
    """Make a folder with those above it; a URL needs none."""
    if isinstance(folder, Path):
        folder.mkdir(parents=True, exist_ok=True)


def remove(folder: Place) -> None:
    """Remove a folder with all in it, if it is there."""
    if isinstance(folder, Path):
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
    elif folder.exists():
        folder.fs.rm(folder.path, recursive=True)


def rename(file: Place, target: Place) -> None:
    """Give a file another name, on the same storage; what had that name is replaced."""
    if isinstance(file, Path):
        file.replace(str(target))
    else:
        file.fs.mv(str(file), str(target))


@contextmanager
def naming(file: Place) -> Iterator[None]:
    """Give an error that names no file, as that of a full disk, this one."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(file)
        raise
