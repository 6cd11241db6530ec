"""Nothing is lost and no byte differs when processes are killed, disks are full or two runs want the same output."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from hashlib import sha256
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from random import Random

import psutil
import pytest

from augcli.config.config import Options
from augcli.config.load import load
from augcli.errors import RunError
from augcli.run.engine.local import local
from augcli.run.run import CHANGED, run
from tests.support.helpers import SNIPS, augcli, rows, stopping, until, until_stopped

FILES = ("train.jsonl", "train.provenance.jsonl")
CHAINS = {"a": {"variants": 3, "steps": ["random_swap", {"maybe": {"p": 0.5, "steps": ["typo"]}}]}}


def corpus(folder: Path, size: int) -> Path:
    """A config in `folder` over `size` rows in chunks of 50."""
    sample = rows(SNIPS)
    lines = [{**sample[n % len(sample)], "id": f"r{n}"} for n in range(size)]
    (folder / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    config = {
        "input": {"path": "in.jsonl", "text": "text", "label": "label", "id": "id", "spans": "spans"},
        "output": {"path": str(folder / "out/train.jsonl")},
        "engine": {"chunk_rows": 50},
        "chains": CHAINS,
    }
    (folder / "config.yaml").write_text(json.dumps(config))
    return folder / "config.yaml"


def hashes(folder: Path) -> list[str]:
    return [sha256((folder / "out" / name).read_bytes()).hexdigest() for name in FILES]


def undisturbed(config: Path) -> list[str]:
    """The hashes of a run that nothing happens to; its outputs are removed."""
    assert augcli("run", config, "--workers", "1", cwd=config.parent).returncode == 0
    made = hashes(config.parent)
    for file in (config.parent / "out").iterdir():
        file.unlink()
    return made


def started(config: Path, *options: str, stop: str = "") -> subprocess.Popen[bytes]:
    """A run in a session of its own; it stops after each of these numbers of chunks."""
    command = stopping(stop, "run", config, *options)
    return subprocess.Popen(command, cwd=config.parent, stderr=subprocess.PIPE, start_new_session=True)


def finished_chunks(config: Path) -> int:
    while True:
        with suppress(FileNotFoundError):  # a folder went while it was looked into
            return len(list((config.parent / "out/.train.jsonl.work").glob("*/[0-9]*.json")))


def processes() -> Iterator[tuple[int, int, int]]:
    """Each living process with its parent and its group."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # it has just ended
            if process.status() != psutil.STATUS_ZOMBIE:
                yield process.pid, process.ppid(), os.getpgid(process.pid)


def is_called(name: str, pid: int) -> bool:
    """Whether the command line of a process, if it still lives, has this in it."""
    with suppress(psutil.Error):
        return name in " ".join(psutil.Process(pid).cmdline())
    return False


def workers_of(run: int) -> list[int]:
    """The worker processes of a run."""
    return [pid for pid, parent, _ in processes() if parent == run and is_called("spawn_main", pid)]


def gone(group: int) -> bool:
    return all(other != group for _, _, other in processes())


@pytest.fixture
def killed() -> Iterator[Callable[[subprocess.Popen[bytes]], str]]:
    """Kills a run, and in the end its whole session; what it said."""
    all_killed = []

    def kill(process: subprocess.Popen[bytes]) -> str:
        all_killed.append(process)
        process.kill()
        return process.communicate()[1].decode()

    yield kill
    for process in all_killed:
        until(partial(gone, process.pid))  # no worker outlives its parent


def test_workers_and_hash_seeds(tmp_path: Path) -> None:
    config = corpus(tmp_path, 500)
    expected = undisturbed(config)
    for workers, seed in (("2", "1"), ("4", "2"), ("auto", "3")):
        done = augcli("run", config, "--workers", workers, "--overwrite", cwd=tmp_path, env={"PYTHONHASHSEED": seed})
        assert done.returncode == 0, done.stderr
        assert hashes(tmp_path) == expected


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    config = corpus(tmp_path, 3000)
    expected = undisturbed(config)
    process = started(config, "--workers", "2", "--format", "json", stop="3,20")
    for _ in range(2):
        until_stopped(process)
        os.kill(workers_of(process.pid)[0], signal.SIGKILL)
        process.send_signal(signal.SIGCONT)
    said = process.communicate()[1]
    assert process.returncode == 0, said
    assert json.loads(said)["run"]["workers"] == 2
    assert hashes(tmp_path) == expected


@pytest.mark.parametrize("workers", [pytest.param("1", marks=pytest.mark.slow), "2"])
def test_a_killed_run_goes_on(tmp_path: Path, workers: str, killed: Callable[[subprocess.Popen[bytes]], str]) -> None:
    config = corpus(tmp_path, 3000)
    expected = undisturbed(config)
    before = 0
    for more in (5, 10):
        process = started(config, "--workers", workers, stop=str(before + more))
        until_stopped(process)
        killed(process)
        assert not (tmp_path / "out/train.jsonl").exists()
        before = finished_chunks(config)
    done = augcli("run", config, "--workers", workers, "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stderr)["run"]["chunks_resumed"] >= before
    assert hashes(tmp_path) == expected
    assert augcli("verify", tmp_path / "out/train.jsonl", cwd=tmp_path).returncode == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "train.jsonl", "train.provenance.jsonl", "train.report.html", "train.report.json",
    ]  # fmt: skip


@pytest.mark.parametrize("send", [os.kill, os.killpg])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_in_peace(
    tmp_path: Path, number: signal.Signals, send: Callable[[int, int], None]
) -> None:
    config = corpus(tmp_path, 3000)
    process = started(config, "--workers", "2", "--quiet", stop="2")
    until_stopped(process)
    send(process.pid, number)
    process.send_signal(signal.SIGCONT)
    said = process.communicate()[1].decode()
    assert (process.returncode, said) == (
        130,
        "interrupted; what is finished is kept: run the same command to resume\n",
    )
    until(partial(gone, process.pid))


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path, killed: Callable[[subprocess.Popen[bytes]], str]) -> None:
    config = corpus(tmp_path, 3000)
    expected = undisturbed(config)
    draw = Random(7)
    for _ in range(15):
        process = started(config, "--workers", draw.choice(["1", "2"]), "--overwrite")
        time.sleep(draw.uniform(0.05, 3.0))
        killed(process)
    assert augcli("run", config, "--overwrite", cwd=tmp_path).returncode == 0
    assert hashes(tmp_path) == expected


def _dying(config: Path, fatal: int, late: bool) -> None:
    """A run that ends as if killed at the `fatal`-th time that a file gets its name: before that, or `late`."""
    calls = count(1)
    replace = Path.replace

    def counted(self: Path, target: Path) -> Path:
        last = next(calls) == fatal
        if last and not late:
            os._exit(9)
        done = replace(self, target)
        if last:
            os._exit(9)
        return done

    Path.replace = counted  # type: ignore[method-assign, assignment]
    run(load(config), Options(quiet=True))


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_killed_at_each_renaming(tmp_path: Path, late: bool) -> None:
    config = corpus(tmp_path, 150)
    expected = undisturbed(config)
    for fatal in count(1):
        process = get_context("fork").Process(target=_dying, args=(config, fatal, late))
        process.start()
        process.join()
        if process.exitcode == 0:
            break
        assert process.exitcode == 9
        outcome = run(load(config), Options(quiet=True))
        assert outcome.resumed == min(3, (fatal - 1 + late) // 3)
        assert hashes(tmp_path) == expected
        for file in (tmp_path / "out").iterdir():
            file.unlink()
    assert fatal == 3 * 3 + 4 + 1


def test_another_config_starts_anew_and_says_so(
    tmp_path: Path, killed: Callable[[subprocess.Popen[bytes]], str]
) -> None:
    config = corpus(tmp_path, 3000)
    process = started(config, stop="5")
    until_stopped(process)
    killed(process)
    done = augcli("run", config, "--seed", "8", "--format", "text", cwd=tmp_path)
    assert CHANGED in done.stderr.decode()
    assert "already done" not in done.stderr.decode()


def test_two_runs_do_not_share_an_output(tmp_path: Path, killed: Callable[[subprocess.Popen[bytes]], str]) -> None:
    config = corpus(tmp_path, 3000)
    process = started(config, stop="3")
    until_stopped(process)
    second = augcli("run", config, "--overwrite", "--fresh", cwd=tmp_path)
    assert second.returncode == 1
    assert f"another run is writing this output (process {process.pid} on " in second.stderr.decode()
    assert finished_chunks(config) >= 3
    killed(process)
    assert augcli("run", config, cwd=tmp_path).returncode == 0


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    config = corpus(tmp_path, 1000)
    expected = undisturbed(config)
    for size in (20_000, 200_000):  # bytes that a file may have: too few for a part, and for the output
        full = subprocess.run(
            [sys.executable, "-m", "augcli", "run", str(config), "--workers", "1"], cwd=tmp_path, capture_output=True,
            check=False, preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size)),
        )  # fmt: skip
        assert full.returncode == 1
        assert b"File too large" in full.stderr
        assert b"Traceback" not in full.stderr
        assert all(entry.name[0] == "." for entry in tmp_path.glob("out/*"))
    done = augcli("run", config, "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stderr)["run"]["chunks_resumed"] == 20
    assert hashes(tmp_path) == expected


@pytest.mark.slow
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    config = corpus(tmp_path, 2000)
    expected = undisturbed(config)
    space = ["unshare", "--map-root-user", "--mount", "bash", "-c"]
    if subprocess.run([*space, "true"], check=False, capture_output=True).returncode:
        pytest.skip("namespaces are not allowed here")
    script = """
        mount -t tmpfs -o size=600k none out
        python -m augcli run config.yaml 2>said; echo $? >code; ls out >left
        mount -o remount,size=100m out
        python -m augcli run config.yaml --format json 2>resumed && cp out/* .
    """
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run([*space, script], cwd=tmp_path, env={**os.environ, "PATH": path}, check=True)
    assert (tmp_path / "code").read_text() == "1\n"
    said = (tmp_path / "said").read_text()
    assert re.search(r"No space left on device: '.*out/.*'; what is finished is kept: make room", said), said
    assert (tmp_path / "left").read_text() == ""
    assert json.loads((tmp_path / "resumed").read_text())["run"]["chunks_resumed"] > 0
    assert [sha256((tmp_path / name).read_bytes()).hexdigest() for name in FILES] == expected


def test_an_output_that_cannot_be_written(tmp_path: Path) -> None:
    config = corpus(tmp_path, 100)
    (tmp_path / "file").write_text("not a folder")
    done = augcli("run", config, "--output", tmp_path / "file/train.jsonl", cwd=tmp_path)
    assert done.returncode == 1
    assert f"{tmp_path}/file/train.jsonl: nothing can be written there: " in done.stderr.decode()
    assert b"Traceback" not in done.stderr


class _Work:
    """Doubles numbers; dies over one, and over another one only once."""

    def __init__(self, marks: Path, deadly: int | None = None, unlucky: int | None = None) -> None:
        self._marks = marks
        self._deadly = deadly
        self._unlucky = unlucky

    def __call__(self, item: int) -> int:
        if item == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        if item == self._unlucky and not (self._marks / "died").exists():
            (self._marks / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if item < 0:
            raise RunError(f"{item} is below zero")
        return 2 * item


def test_results_come_in_order_though_workers_die(tmp_path: Path) -> None:
    with local(2) as engine:
        assert list(engine(partial(_Work, tmp_path, unlucky=7), range(30))) == list(range(0, 60, 2))
        assert (tmp_path / "died").exists()
        assert list(engine(partial(_Work, tmp_path), range(3))) == [0, 2, 4]


def test_an_item_that_kills_every_worker_is_named(tmp_path: Path) -> None:
    done: list[int] = []
    with local(2) as engine, pytest.raises(RunError, match="workers died 3 times over 9, or"):
        done.extend(engine(partial(_Work, tmp_path, deadly=9), range(30)))


def test_errors_of_the_work_arrive(tmp_path: Path) -> None:
    with local(2) as engine, pytest.raises(RunError, match="-1 is below zero"):
        list(engine(partial(_Work, tmp_path), [1, -1, 2, 3]))


@pytest.mark.parametrize("workers", [1, 2])
def test_items_are_taken_as_they_are_needed(tmp_path: Path, workers: int) -> None:
    taken = count()
    with local(workers) as engine:
        results = engine(partial(_Work, tmp_path), (next(taken) for _ in range(1000)))
        assert next(results) == 0
        assert next(taken) < 10
