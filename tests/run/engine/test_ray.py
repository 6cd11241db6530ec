"""The Ray engine: the same bytes as without it, whatever dies; and what it says when something is missing."""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from augcli.config.sections import Ray
from augcli.errors import DataError, ResourceError, RunError
from augcli.process import OWN, environment
from augcli.run.engine.ray import _room, on_ray
from tests.io.files.test_storage import bucket, files, server
from tests.properties.test_interruption import corpus, gone, hashes, is_called, processes, started, undisturbed
from tests.support.helpers import ROOT, augcli, until, until_stopped
from tests.support.process_state import changed, state
from tests.support.ray_work import Work

__all__ = ["bucket", "server"]
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_USAGE_STATS_ENABLED": "0"}


@pytest.fixture(scope="module", autouse=True)
def paths() -> Iterator[None]:
    """Actors find the module of their work; this process imports Ray as a run does that starts a cluster of its own."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", str(ROOT))
        with environment(LOOPBACK):
            importlib.import_module("ray")
        yield


def cluster_of(run: int) -> list[int]:
    """The processes of a run and of its own cluster."""
    parents = {pid: parent for pid, parent, _ in processes()}
    found = []
    for pid in parents:
        above = pid
        while above in parents and above != run:
            above = parents[above]
        if above == run:
            found.append(pid)
    return found


def listening(pids: Iterable[int]) -> set[str]:
    """Addresses on which these processes wait for connections."""
    theirs = set()
    for pid in pids:
        with suppress(psutil.Error):  # it ended
            there = psutil.Process(pid).net_connections("inet")
            theirs |= {one.laddr.ip for one in there if one.status == psutil.CONN_LISTEN}
    return theirs


LOCAL = {"127.0.0.1", "::ffff:127.0.0.1", "::1"}


@pytest.mark.slow
def test_the_same_bytes_though_an_actor_dies(tmp_path: Path) -> None:
    config = corpus(tmp_path, 4000)
    expected = undisturbed(config)
    process = started(config, "--engine", "ray", "--workers", "2", "--format", "json", stop="10")
    until_stopped(process)
    cluster = cluster_of(process.pid)
    opened = listening(cluster)
    assert opened
    assert opened <= LOCAL, "a cluster of its own is closed to the network"
    os.kill(next(pid for pid in cluster if is_called("ray::Worker", pid)), signal.SIGKILL)
    process.send_signal(signal.SIGCONT)
    said = process.communicate()[1]
    assert process.returncode == 0, said
    told = json.loads(said)["run"]  # and nothing but the summary is said
    assert (told["engine"], told["workers"], told["chunks_resumed"]) == ("ray", 2, 0)
    assert hashes(tmp_path) == expected
    until(partial(gone, process.pid))


@pytest.mark.slow
def test_output_on_stdout_is_clean(tmp_path: Path) -> None:
    config = corpus(tmp_path, 100)
    options = ("--engine", "ray", "--workers", "1", "--output", "-", "--output-format", "jsonl")
    done = augcli("run", config, *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert all(json.loads(line)["aug_source"] for line in done.stdout.splitlines())
    assert done.stderr.count(b"\n") <= 4


def test_the_engine(tmp_path: Path) -> None:
    with on_ray(Ray(workers=2)) as engine:
        assert list(engine(Work, [])) == []
        items: list[Any] = ["together", *range(40)]
        results = list(engine(partial(Work, tmp_path), items))
        assert [item for item, _ in results] == items
        assert len({pid for _, pid in results}) == 2
        items = [*range(5), "unlucky", *range(20)]
        assert [item for item, _ in engine(partial(Work, tmp_path), items)] == items
        with pytest.raises(DataError, match="row 7 is broken"):
            list(engine(Work, [1, "bad row", 2]))
        with pytest.raises(RunError, match=r"node .+ of the cluster does not see /nowhere/in\.jsonl; put .* s3://"):
            list(engine(Work, ["no file"]))
        with pytest.raises(RunError, match=r"workers died 3 times over (1|deadly), or what comes next"):
            list(engine(Work, [1, "deadly", *range(9)]))
        endless = engine(Work, iter(int, 1))
        assert next(endless)[0] == 0
        endless.close()  # type: ignore[attr-defined]
        assert [item for item, _ in engine(Work, range(3))] == [0, 1, 2]


@pytest.mark.slow
def test_leaves_the_process_as_it_was() -> None:
    logging.getLogger("ray").setLevel(logging.INFO)
    before = state()
    with on_ray(Ray(workers=1)) as engine:
        (found,) = engine(Work, ["variables"])
    assert found[0].items() >= OWN.items()
    assert not set(changed(before, state())) - {"random numbers", "warnings"}  # Ray draws ports and imports more


@pytest.mark.slow
def test_a_cluster_that_would_listen_to_others_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray.util.get_node_ip_address", lambda: "192.0.2.2")
    with pytest.raises(RunError, match=r"listen on 192\.0\.2\.2.*RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0"), on_ray(Ray()):
        pass
    assert not importlib.import_module("ray").is_initialized()


def test_a_cluster_of_the_user_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray.is_initialized", lambda: True)
    monkeypatch.setattr("ray.shutdown", lambda: pytest.fail("it is not ours"))
    with pytest.raises(RunError, match="connected to a Ray cluster already"), on_ray(Ray()):
        pass


@pytest.mark.parametrize(
    ("cpus", "gpus", "room"),
    [
        (1, 0, 12),
        (2, 0, 6),
        (3, 0, 3),
        (0.5, 0, 24),
        (1, 0.25, 12),
        (0.25, 0.25, 12),
        (1, 0.5, 6),
        (1, 0.4, 6),
        (1, 1, 3),
        (1, 2, 1),
    ],
)
def test_actors_fit_on_nodes_and_gpus(cpus: float, gpus: float, room: int) -> None:
    nodes = [{"CPU": 8.0, "GPU": 2.0}, {"CPU": 4.0, "GPU": 1.0}]
    assert _room(Ray(cpus=cpus, gpus=gpus), nodes) == room


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunError, match=r"a worker needs 1 cores and 99 GPUs; no node has them"), on_ray(Ray(gpus=99)):
        pass
    no_other_cluster = cache(frozenset[str])  # of other tests, on this machine
    monkeypatch.setattr("ray._private.services._cached_find_gcs_addresses", no_other_cluster)
    for address in ("127.0.0.1:9", "nonsense", "auto"):
        with pytest.raises(RunError, match=f"no Ray cluster at '{address}'.*ray start --head"):
            on_ray(Ray(address=address)).__enter__()
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ResourceError, match=r"pip install 'augcli\[ray\]'"), on_ray(Ray()):
        pass


@pytest.fixture
def cluster(server: dict[str, str]) -> Iterator[tuple[str, int]]:
    """The address of a cluster of two nodes that know the way to the store, and the process of the second."""
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.ray_nodes"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, **LOOPBACK, **server, "RAY_TMPDIR": folder},
        )  # fmt: skip
        assert process.stdout
        address, second = process.stdout.readline().split()
        yield address.decode(), int(second)
        process.communicate()


@pytest.mark.slow
def test_a_cluster_that_loses_a_node(tmp_path: Path, cluster: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    address, second = cluster
    config = corpus(tmp_path, 4000)
    expected = undisturbed(config)
    for key, value in LOOPBACK.items():
        monkeypatch.setenv(key, value)
    process = started(config, "--set", f"engine.ray.address={address}", "--format", "json", stop="10")
    until_stopped(process)
    os.kill(second, signal.SIGKILL)
    process.send_signal(signal.SIGCONT)
    said = process.communicate()[1]
    assert process.returncode == 0, said
    assert json.loads(said)["run"]["workers"] == 2
    assert hashes(tmp_path) == expected


@pytest.mark.slow
def test_nodes_need_no_common_disk(
    tmp_path: Path, cluster: tuple[str, int], bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = corpus(tmp_path, 1000)
    expected = undisturbed(config)
    (bucket / "in.jsonl").write_bytes((tmp_path / "in.jsonl").read_bytes())
    for key, value in LOOPBACK.items():
        monkeypatch.setenv(key, value)
    done = augcli(
        "run", config, "--input", f"{bucket}/in.jsonl", "--output", f"{bucket}/out/train.jsonl", "--engine", "ray",
        "--set", f"engine.ray.address={cluster[0]}", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name in ("train.jsonl", "train.provenance.jsonl"):
        (tmp_path / "out" / name).write_bytes((bucket / "out" / name).read_bytes())
    assert hashes(tmp_path) == expected
    assert not any("work" in name for name in files(bucket))


NAMESPACE = ["unshare", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--mount-proc"]
NODES = """
ip link set lo up
cd /
ray start --head --port 6399 --num-cpus $3 --include-dashboard=false --node-ip-address 127.0.0.1 --temp-dir "$1" >&2
$2 ray start --address 127.0.0.1:6399 --num-cpus 1 --node-ip-address 127.0.0.1 >&2
cd "$4"
python -m augcli run config.yaml --set engine.ray.address=127.0.0.1:6399
"""
"""Two nodes in a network of their own, started elsewhere; the second may be started in another way."""


def in_namespace(folder: Path, second: str = "", head_cores: str = "1") -> subprocess.CompletedProcess[bytes]:
    if subprocess.run([*NAMESPACE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("namespaces are not allowed here")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as temporary:
        command = [*NAMESPACE, "bash", "-c", NODES, "bash", temporary, second, head_cores, str(folder)]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        env = {**inherited, "PATH": path, "RAY_USAGE_STATS_ENABLED": "0"}
        return subprocess.run(command, env=env, capture_output=True, check=False, timeout=600)


@pytest.mark.slow
def test_nodes_started_by_hand(tmp_path: Path) -> None:
    config = corpus(tmp_path, 2000)
    expected = undisturbed(config)
    done = in_namespace(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b""
    assert hashes(tmp_path) == expected


@pytest.mark.slow
def test_a_node_that_does_not_see_the_files(tmp_path: Path) -> None:
    corpus(tmp_path, 2000)
    (tmp_path / "hide").write_text(f'mount -t tmpfs none "{tmp_path}" && exec "$@"\n')
    (tmp_path / "hide").rename(tmp_path.parent / "hide")
    done = in_namespace(tmp_path, f"unshare --mount bash {tmp_path.parent / 'hide'}", head_cores="0")
    assert done.returncode == 1, done.stderr
    said = done.stderr.decode()
    assert "of the cluster does not see in.jsonl; put input and output where all" in said, said
    assert not (tmp_path / "out/train.jsonl").exists()
