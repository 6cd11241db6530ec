"""Inputs and outputs by URL, on a real object store server."""

from __future__ import annotations

import gzip
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
import pytest
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem
from upath import UPath

from augcli.config.config import Options
from augcli.config.load import load
from augcli.errors import ResourceError
from augcli.io.files.storage import place
from augcli.run import workspace as workplace
from augcli.run.run import run
from tests.support.helpers import SNIPS, augcli, rows, write_config
from tests.support.running import called

CHAINS = "{a: {variants: 2, steps: [random_swap, typo]}}"


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    """An S3 server on this machine; the environment that leads to it."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    S3FileSystem.clear_instance_cache()  # of those that know another server
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret-of-the-store",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    server.stop()


@pytest.fixture
def bucket(server: dict[str, str], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> UPath:
    """A folder in a new bucket that this process and its children can reach."""
    for key, value in server.items():
        monkeypatch.setenv(key, value)
    folder = UPath(f"s3://bucket-{abs(hash(request.node.name))}/data", use_listings_cache=False)
    folder.parent.mkdir()
    return folder


def in_bucket(bucket: UPath, folder: Path, data: bytes, name: str, output: str, **keys: str) -> Path:
    (bucket / "in" / name).write_bytes(data)
    keys = {"chains": CHAINS, "output": f"{{path: {bucket}/{output}}}", **keys}
    return write_config(folder, input=f"{{path: {bucket}/in/{name}, text: text, label: label, id: id}}", **keys)


def files(bucket: UPath) -> list[str]:
    return sorted(str(entry).removeprefix(f"{bucket}/") for entry in bucket.rglob("*") if entry.is_file())


def table() -> pyarrow.Table:
    kept = [{key: row[key] for key in ("id", "text", "label")} for row in rows(SNIPS)]
    return pyarrow.Table.from_pylist(kept)


def inputs() -> dict[str, bytes]:
    csv, parquet = pyarrow.BufferOutputStream(), pyarrow.BufferOutputStream()
    pyarrow.csv.write_csv(table(), csv)
    pyarrow.parquet.write_table(table(), parquet)
    lines = "".join(json.dumps(row) + "\n" for row in table().to_pylist()).encode()
    return {
        "snips.jsonl": lines,
        "snips.csv.gz": gzip.compress(csv.getvalue().to_pybytes()),
        "snips.parquet": parquet.getvalue().to_pybytes(),
    }


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("snips.csv.gz", "train.parquet"),
        pytest.param("snips.jsonl", "train.jsonl.gz", marks=pytest.mark.slow),
        pytest.param("snips.parquet", "train.parquet", marks=pytest.mark.slow),
    ],
)
def test_the_same_bytes_as_with_files(bucket: UPath, tmp_path: Path, name: str, output: str) -> None:
    data = inputs()[name]
    file = in_bucket(bucket, tmp_path, data, name, f"out/{output}", engine="{chunk_rows: 50}")
    done = called("run", file, "--workers", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / name).write_bytes(data)
    local = ("--input", str(tmp_path / name), "--output", str(tmp_path / output))
    assert called("run", file, *local, cwd=tmp_path).returncode == 0
    for made in (output, "train.provenance.jsonl"):
        assert (bucket / "out" / made).read_bytes() == (tmp_path / made).read_bytes()
    reports = [f"out/train.{kind}" for kind in ("provenance.jsonl", "report.html", "report.json")]
    assert files(bucket) == sorted([f"in/{name}", f"out/{output}", *reports])
    for command in (["verify", f"{bucket}/out/{output}"], ["trace", f"{bucket}/out/{output}", "2"], ["plan", file]):
        done = called(*command, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    (bucket / "in" / name).write_bytes(data[:-9])
    assert called("verify", f"{bucket}/out/{output}", cwd=tmp_path).returncode == 1


def test_patterns_folders_and_shards(bucket: UPath, tmp_path: Path) -> None:
    lines = inputs()["snips.jsonl"].splitlines(keepends=True)[:90]
    for part in range(3):
        (bucket / f"in/{part}.jsonl").write_bytes(b"".join(lines[part::3]))
    (bucket / "in/notes.txt").write_bytes(b"no rows")
    made = []
    for pattern in ("in/*.jsonl", "in/[0-2].jsonl", "in", "in/"):
        file = write_config(
            tmp_path, CHAINS, input=f"{{path: '{bucket}/{pattern}', text: text, id: id}}",
            output=f"{{path: '{bucket}/out/', shards: 4, format: jsonl}}", engine="{chunk_rows: 20}",
        )  # fmt: skip
        done = called("run", file, "--overwrite", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        made.append([(bucket / f"out/part-{shard:05}-of-00004.jsonl").read_bytes() for shard in range(4)])
    assert made[0] == made[1] == made[2] == made[3]
    assert len(b"".join(made[0]).splitlines()) > 2 * len(lines)
    assert called("verify", f"{bucket}/out", cwd=tmp_path).returncode == 0


@pytest.mark.slow
def test_an_interrupted_run_goes_on(bucket: UPath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = in_bucket(
        bucket, tmp_path, inputs()["snips.jsonl"], "snips.jsonl", "out/train.jsonl", engine="{chunk_rows: 20}"
    )
    script = (
        "import os, sys; from pathlib import Path; from augcli.config.load import load\n"
        "from augcli.config.config import Options\n"
        "from augcli.run import run as module; module.join_parts = lambda *_: os._exit(9)\n"
        "module.run(load(Path(sys.argv[1])), Options(quiet=True))"
    )
    assert subprocess.run([sys.executable, "-c", script, str(file)], cwd=tmp_path, check=False).returncode == 9
    left = files(bucket)
    assert "out/.train.jsonl.owner" in left
    assert not any(name.startswith("out/train") for name in left)
    lived = (bucket / "out/.train.jsonl.owner").stat().st_mtime
    monkeypatch.setattr(workplace, "time", lambda: lived + 44)
    refused = called("run", file, cwd=tmp_path)
    assert refused.returncode == 1
    assert b"another run is writing this output (process " in refused.stderr
    monkeypatch.setattr(workplace, "time", lambda: lived + 46)  # without a sign of life, a lease runs out
    assert run(load(file), Options(quiet=True)).resumed == 15
    assert called("verify", f"{bucket}/out/train.jsonl", cwd=tmp_path).returncode == 0
    assert not any("/." in name for name in files(bucket))


@pytest.mark.slow
def test_what_cannot_be_reached(bucket: UPath, tmp_path: Path) -> None:
    file = in_bucket(bucket, tmp_path, inputs()["snips.jsonl"], "snips.jsonl", "train.jsonl")
    for options, env, code, says in [
        (["--input", f"{bucket}/none.jsonl"], {}, 2, f"nothing to read at {bucket}/none.jsonl"),
        (["--input", "s3://no-such-bucket/a.jsonl"], {}, 2, "nothing to read at s3://no-such-bucket"),
        (["--output", "s3://no-such-bucket/a.jsonl"], {}, 1, "s3://no-such-bucket/a.jsonl: nothing can be written"),
        (["--input", "nos3://bucket/a.jsonl"], {}, 4, "nos3://bucket/a.jsonl"),
        ([], {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}, 1, "does not answer"),
    ]:
        done = augcli("run", file, *options, cwd=tmp_path, env=env)
        said = done.stderr.decode()
        assert done.returncode == code, said
        assert says in said
        assert "Traceback" not in said
        assert "secret-of-the-store" not in said


def test_without_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "upath", None)
    with pytest.raises(ResourceError, match=r"s3://a/b cannot be reached: .*pip install 'augcli\[s3\]'"):
        place("s3://a/b")
