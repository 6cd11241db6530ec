"""Nothing hangs on the system: no module of Unix alone, the same bytes whatever it writes paths and line ends with."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, TextIOWrapper
from pathlib import Path, PureWindowsPath
from typing import Any, cast

import pytest
import yaml
from filelock import FileLock

from augcli.cli.main import _write_utf8
from augcli.config.config import Config, Options
from augcli.config.load import load
from augcli.errors import RunError
from augcli.io.files.storage import Place, is_url, written_path
from augcli.io.outputs import Paths
from augcli.language import vectors
from augcli.language.resources import Lexicon
from augcli.run.engine import open as engines
from augcli.run.run import run
from augcli.run.workspace import workspace
from augcli.steps.replacement.synonym import Synonym
from tests.support.helpers import ROOT, SNIPS, rows
from tests.support.running import run_in

HIDDEN = """
import os, signal, sys
import filelock, psutil, subprocess
for name in ("resource", "fcntl", "termios", "tty", "pty", "pwd", "grp", "syslog", "readline", "crypt"):
    sys.modules[name] = None
for owner, name in (
    (os, "fork"), (os, "getpgid"), (os, "killpg"), (os, "sched_getaffinity"), (os, "mkfifo"), (os, "wait4"),
    (signal, "pthread_sigmask"), (signal, "SIGSTOP"), (signal, "SIGHUP"), (signal, "SIGALRM"),
):
    delattr(owner, name)
"""
"""Run before anything else in each process, workers too: what Windows lacks is gone, but for what is made for each
system apart."""
COMMANDS = """
import sys
from augcli.cli.main import entry
for command in (
    ["plan", "config.yaml"],
    ["run", "config.yaml", "--quiet", "--workers", "2"],
    ["verify", "out/train.jsonl"],
):
    sys.argv = ["augcli", *command]
    try:
        entry()
    except SystemExit as ended:
        assert not ended.code, ended.code
"""


def test_a_run_needs_no_module_of_unix(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("play 1 0\nhear 1 0.1\nsong 0 1\ntrack 0.1 1\n", encoding="utf-8")
    config = {
        "input": {"path": str(SNIPS), "text": "text", "spans": "spans", "id": "id"},
        "output": {"path": "out/train.jsonl"},
        "engine": {"chunk_rows": 200},
        "chains": {"a": {"steps": [{"embedding": {"vectors": "v.txt", "rate": 0.5}}, "random_swap"]}},
    }
    (tmp_path / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text(HIDDEN, encoding="utf-8")
    env = {
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "hidden"), *sys.path]),
        "AUGCLI_CACHE": str(tmp_path / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS], cwd=tmp_path, env={**os.environ, **env}, capture_output=True, check=False
    )
    said = done.stderr.decode()
    assert done.returncode == 0, said
    assert "memory, per worker" in done.stdout.decode()
    assert "all hashes are right" in said
    assert len(rows(tmp_path / "out" / "train.jsonl")) > 500
    assert (tmp_path / "cache" / "vectors.lock").exists()


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("s3://bucket/x.csv", True),
        ("hf://datasets/a/b", True),
        ("simplecache::s3://bucket/x.csv", True),
        ("file:///C:/data/x.csv", True),
        (r"C:\data\x.csv", False),
        ("C:/data/x.csv", False),
        ("C://data/x.csv", False),
        (r"\\server\share\x.csv", False),
        ("notes on http://a.example", False),
    ],
)
def test_a_drive_is_no_scheme(path: str, url: bool) -> None:
    assert is_url(path) == url


def test_paths_are_written_with_slashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert written_path(cast(Place, PureWindowsPath(r"C:\data\x.csv"))) == "C:/data/x.csv"
    monkeypatch.setattr(os, "sep", "\\")
    said: dict[str, Any] = {
        "input": {"path": ["C:\\data\\*.csv", r"more\x.csv"], "text": "text"},
        "output": {"path": "out\\", "format": "csv"},
        "chains": {},
    }
    config = Config.model_validate(said)
    assert config.input.path == ["C:/data/*.csv", "more/x.csv"]
    assert config.output.path == "out/"  # a folder, for shards
    (tmp_path / r"lists\th.tsv").touch()
    assert Lexicon("thesaurus", str(tmp_path / r"lists\th.tsv"), "yours").described()["file"].endswith("/lists/th.tsv")
    assert Synonym(thesaurus=r"lists\th.tsv").thesaurus == "lists/th.tsv"
    assert Synonym(thesaurus="wordnet:fra").thesaurus == "wordnet:fra"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_of_a_config_and_its_lists_change_nothing(tmp_path: Path, end: str) -> None:
    config = f"""
        input: {{path: {json.dumps(str(SNIPS))}, text: text, id: id, spans: null}}
        output: {{path: {json.dumps(str(tmp_path / "out" / "a.jsonl"))}}}
        chains:
          a: {{steps: [{{synonym: {{thesaurus: th.tsv, rate: 0.5}}}}, {{misspelling: {{map: wrong.tsv, rate: 0.5}}}}]}}
        """
    lists = {"th.tsv": "play\thear\tsound\nsong\ttrack\n", "wrong.tsv": "the\tteh\n", "config.yaml": "\ufeff" + config}
    for name, text in lists.items():
        (tmp_path / name).write_text(text, encoding="utf-8", newline=end)
    run(load(tmp_path / "config.yaml"), Options(limit=60, quiet=True))
    made = [json.loads(line)["text"] for line in (tmp_path / "out" / "a.jsonl").read_bytes().splitlines()]
    assert not any("\r" in text for text in made)
    assert {word for text in made for word in ("teh", "track") if word in text.split()} == {"teh", "track"}


def test_a_drive_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("augcli.run.refusals._is_there", lambda path: False)
    with pytest.raises(RunError, match=r"out\.jsonl: nothing can be written there: there is no drive "):
        run_in(tmp_path, {"path": str(SNIPS)}, "out.jsonl", limit=3)


def test_pipes_get_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(pipe, "cp1252", write_through=True))
    _write_utf8()
    sys.stdout.write("退款")
    assert pipe.getvalue() == "退款".encode()


def test_workers_of_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "MOST", 61)
    assert engines.workers_of(61, 1000) == 61
    with pytest.raises(RunError, match="at most 61 workers run on one machine with Windows; use --workers 61"):
        engines.workers_of(62, 1000)


def test_one_at_a_time(tmp_path: Path) -> None:
    file, cache = tmp_path / "v.txt", tmp_path / "cache"
    file.write_text("a 1 0\nb 0 1\n", encoding="utf-8")
    cache.mkdir()
    with ThreadPoolExecutor(1) as pool:
        with FileLock(cache / "vectors.lock"):
            loaded = pool.submit(vectors.load, file, None, cache)
            with pytest.raises(TimeoutError):  # somebody else converts
                loaded.result(0.2)
        assert loaded.result().words == ["a", "b"]
    paths = Paths.of(str(tmp_path / "out" / "a.jsonl"))
    with workspace(paths), pytest.raises(RunError, match="another run is writing this output"), workspace(paths):
        pass


def test_files_that_are_open_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: neither a lock that is held nor a conversion that others have mapped can be removed."""
    unlink = Path.unlink

    def refuse(self: Path, missing_ok: bool = False) -> None:
        if self.suffix in (".lock", ".vectors"):
            raise PermissionError(13, "in use", str(self))
        unlink(self, missing_ok)

    file = tmp_path / "v.txt"
    file.write_text("a 1 0\nb 0 1\n", encoding="utf-8")
    vectors.load(file, None, tmp_path / "cache")
    file.write_text("a 1 0\nc 0 1\n", encoding="utf-8")
    os.utime(file, (1, 1))
    monkeypatch.setattr(Path, "unlink", refuse)
    assert vectors.load(file, None, tmp_path / "cache").words == ["a", "c"]
    target, _ = run_in(tmp_path, {"path": str(SNIPS)}, "out.jsonl", limit=3)
    assert len(rows(target)) == 3


def test_every_text_file_is_opened_with_its_encoding() -> None:
    """The encoding of the system, and its line ends in what is written, would make other bytes elsewhere."""
    wrong = []
    for file in sorted((ROOT / "augcli").rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        if "_text(" not in source:
            continue
        for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
            written = ast.unparse(call)
            if isinstance(call.func, ast.Attribute) and (
                (call.func.attr == "read_text" and "utf-8" not in written)
                or (call.func.attr == "write_text" and not re.search("encoding='utf-8', newline=", written))
            ):
                wrong.append(f"{file}:{call.lineno}: {written}")
    assert wrong == []


def test_ci_runs_what_the_makefile_runs() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    jobs = workflow["jobs"]
    assert jobs["test"]["strategy"]["matrix"]["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    given = re.sub(r"\\\n\s*", "", makefile).replace("$(BIN)/", "")
    oldest = f'requires-python = ">={jobs["test"]["strategy"]["matrix"]["python"][0]}"'
    assert oldest in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert len(commands) == 4
    for command in commands:
        match command.split():
            case ["make", target, *_]:
                assert f"\n{target}:" in makefile
            case ["pip", *options, "--editable", what]:
                assert " ".join(["pip", *options, "$(1)"]) in given
                assert f"--editable '{what.strip(chr(34))}'" in given
            case [script]:
                assert os.access(ROOT / script, os.X_OK)
            case _:
                assert f"PYTEST := {command}\n" in given
