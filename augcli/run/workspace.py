"""The folder beside the output in which a run works: what is finished stays there until the outputs are done."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import strftime, time

from filelock import FileLock, Timeout

from augcli.errors import RunError
from augcli.io.files.storage import Place, entries, make_folder, remove
from augcli.io.outputs import Paths

SCRATCH = "scratch"
"""Name of the folder in it for what is made anew each time: copies of packed inputs, and what the survey leaves."""
_FINISHING = "finishing"
_BEAT = 15.0
"""Seconds after which a run says again that it lives, where a lock cannot tell."""


def folder_of(paths: Paths) -> Place:
    """Where a run with these outputs works."""
    return paths.whole.with_name(f".{paths.whole.name}.work")


def owner_of(output: Place) -> Place:
    """The file that says which run is writing an output."""
    return output.with_name(f".{output.name}.owner")


@contextmanager
def workspace(paths: Paths) -> Iterator[Place]:
    """The folder, for this run alone. It is left in place only when the run fails after some chunks were finished.

    Raises RunError when another run is writing the same output, or when nothing can be written there.
    """
    if not paths.data:
        with tempfile.TemporaryDirectory(prefix="augcli-") as temporary:
            make_folder(Path(temporary) / SCRATCH)
            yield Path(temporary)
        return
    parent = paths.whole.parent
    made = isinstance(parent, Path) and not parent.exists()
    try:
        make_folder(parent)
    except OSError as error:
        raise RunError.at(paths.whole, f"nothing can be written there: {error}") from error
    try:
        with _hold(paths.whole), _keep_if_worth(folder_of(paths)) as work:
            yield work
    finally:
        if made:
            with suppress(OSError):  # outputs or finished chunks are in it
                parent.rmdir()


@contextmanager
def _keep_if_worth(work: Place) -> Iterator[Place]:
    remove(work / SCRATCH)
    make_folder(work / SCRATCH)
    try:
        yield work
    except BaseException:
        for folder in entries(work):
            if not any(file.suffix == ".json" for file in entries(folder)):
                remove(folder)
        if not entries(work):
            remove(work)
        raise
    remove(work)


@contextmanager
def _hold(output: Place) -> Iterator[None]:
    """Keep other runs off an output, and say in a file beside it who writes it."""
    owner = owner_of(output)
    told = f"process {os.getpid()} on {socket.gethostname()} since {strftime('%Y-%m-%d %H:%M:%S')}"
    with _lock(output, owner) if isinstance(output, Path) else _lease(output, owner, told):
        try:
            owner.write_bytes(told.encode())
        except OSError as error:
            raise RunError.at(output, f"nothing can be written there: {error}") from error
        try:
            yield
        finally:
            owner.unlink(missing_ok=True)


@contextmanager
def _lock(output: Path, owner: Place) -> Iterator[None]:
    """A lock that the system takes away from a process that dies."""
    file = output.with_name(f".{output.name}.lock")
    lock = FileLock(file)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise _taken_error(output, owner) from None
    except OSError as error:
        raise RunError.at(output, f"nothing can be written there: {error}") from error
    try:
        yield
    finally:
        with suppress(PermissionError):  # Windows keeps what is open, and filelock removes it there
            file.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _lease(output: Place, owner: Place, told: str) -> Iterator[None]:
    """On storage without locks: a file that its owner writes again and again, and that counts for nothing when old."""
    if owner.exists() and time() - owner.stat().st_mtime < 3 * _BEAT:
        raise _taken_error(output, owner)
    done = threading.Event()

    def beat() -> None:
        while not done.wait(_BEAT):
            owner.write_bytes(told.encode())

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _taken_error(output: Place, owner: Place) -> RunError:
    who = owner.read_bytes().decode() if owner.exists() else "unknown"
    return RunError.at(output, f"another run is writing this output ({who}); wait for it, or stop it")


def clear_stale(folder: Place, *, fresh: bool) -> bool:
    """Make the folder for the chunks of a run; whether there was anything of a run with other chunks."""
    stale = [entry for entry in entries(folder.parent) if entry.name != SCRATCH and (fresh or entry != folder)]
    for entry in stale:
        remove(entry)
    make_folder(folder)
    for file in entries(folder):
        if file.suffix == ".tmp":
            file.unlink()
    return bool(stale)


def mark_finishing(folder: Place) -> None:
    """Say that the outputs of the run are about to get their names, so that those that have one are its own."""
    (folder / _FINISHING).write_bytes(b"")


def is_finishing(folder: Place) -> bool:
    """Whether a run with these chunks was about to give its outputs their names."""
    return (folder / _FINISHING).exists()


def finished_chunks(folder: Place, chunks: int) -> bytearray:
    """For each chunk, 1 if it is finished: manifest, part and provenance are there."""
    files = bytearray(chunks)
    for entry in entries(folder):
        if entry.suffix in (".json", ".part", ".provenance"):
            files[int(entry.stem)] += 1
    return bytearray(count == 3 for count in files)
