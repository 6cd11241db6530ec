"""What programs are told: one JSON document, however a command ends, and files that are named for them."""

from __future__ import annotations

import errno
import json
import subprocess
from pathlib import Path
from typing import Any, NoReturn

import pytest

from augcli.cli.failure import show
from augcli.errors import AugError, ConfigError, DataError, Fault
from augcli.run import run as run_module
from augcli.steps.noise.words import RandomSwap
from tests.support.helpers import SNIPS, rows, write_config
from tests.support.running import called

INTERRUPTED = "interrupted; what is finished is kept: run the same command to resume"


def document(done: subprocess.CompletedProcess[bytes]) -> Any:
    """The one JSON document that was printed, on stderr or stdout."""
    said = done.stderr or done.stdout
    assert not (done.stderr and done.stdout)
    return json.loads(said)


@pytest.mark.parametrize(
    ("arguments", "code", "kind", "problem"),
    [
        (["none.yaml"], 2, "config", {"file": "none.yaml"}),
        (["config.yaml", "--workers", "0"], 2, "config", {"file": None}),
        (["config.yaml", "--sed", "1"], 2, "config", {"file": None}),
        (["typo.yaml"], 2, "config", {"file": "typo.yaml", "line": 3, "column": 22, "key": "chains.a.steps[0]"}),
        (["config.yaml", "--input", "bad.jsonl"], 3, "data", {"file": "bad.jsonl", "line": 2, "row": 2}),
        (["config.yaml", "--input", "empty.csv"], 3, "data", {"file": "empty.csv"}),
        (["lexicon.yaml"], 4, "resource", {}),
        (["config.yaml"], 1, "run", {"file": None, "row": "snips-train-1845"}),
        (["config.yaml", "--output", "folder/x.jsonl"], 1, "run", {"file": "folder/x.jsonl"}),
    ],
)
def test_a_run_that_fails_says_so_in_one_document(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    kind: str,
    problem: dict[str, Any],
) -> None:
    monkeypatch.setattr(RandomSwap, "edit", lambda *_: 1 / 0)
    (tmp_path / "bad.jsonl").write_text('{"id":"a","text":"x y","label":"","spans":[]}\n{"id":"b"\n')
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder").touch()
    chains = {
        "typo": "{a: {steps: [rndom_swap]}}",
        "lexicon": "{a: {steps: [{misspelling: {map: none.tsv}}]}}",
        "config": "{a: {steps: [random_swap]}}",
    }
    for name, text in chains.items():
        write_config(tmp_path, text).rename(tmp_path / f"{name}.yaml")
    done = called("run", *arguments, "--format", "json", "--summary", "summary.json", cwd=tmp_path)
    told = document(done)
    assert done.stdout == b""
    assert (done.returncode, told["error"]["code"], told["error"]["kind"]) == (code, code, kind), told
    first = told["error"]["problems"][0]
    assert {key: first[key] for key in problem} == problem
    assert first["message"] in told["error"]["message"]
    written = tmp_path / "summary.json"
    understood = "--sed" not in arguments
    assert (json.loads(written.read_bytes()) if understood else told) == told


@pytest.mark.parametrize(
    ("error", "code", "kind", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "out/x.part"), 1, "run", "make room"),
        (KeyboardInterrupt(), 130, "interrupted", INTERRUPTED),
        (ZeroDivisionError("by zero"), 1, "run", "this is a bug in augcli"),
    ],
)
def test_what_nobody_can_foresee_is_one_document_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, kind: str, says: str
) -> None:
    def fail(*_: Any) -> NoReturn:
        raise error

    monkeypatch.setattr(run_module, "refuse_bad_output", fail)
    done = called("run", write_config(tmp_path), "--format=json", cwd=tmp_path)
    told = document(done)["error"]
    assert (done.returncode, told["code"], told["kind"]) == (code, code, kind)
    assert says in told["message"]
    assert told["problems"][0]["file"] == ("out/x.part" if isinstance(error, OSError) else None)


def test_other_commands_tell_of_failures_where_they_print(tmp_path: Path) -> None:
    for command in ("check", "plan", "verify", "evaluate", "inspect"):
        done = called(command, "none.yaml", "--format", "json", cwd=tmp_path)
        assert done.stderr == b""
        assert document(done)["error"]["code"] == done.returncode > 1


def test_a_low_yield_comes_with_the_summary(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("text,label\none two three,x\na,y\nb\n")
    chains = "{a: {variants: 3, attempts: 1, steps: [random_swap]}}"
    file = write_config(
        tmp_path, chains, input="{path: in.csv, text: text, label: label}", on_error="drop", max_dropped="1"
    )
    done = called("run", file, "--format", "json", "--min-yield", "0.9", "--summary", "a.summary.txt", cwd=tmp_path)
    told = document(done)
    assert done.returncode == told["error"]["code"] == 5
    assert told["error"]["kind"] == "yield"
    assert told["rows"]["read"] == 2
    (dropped,) = told["dropped_rows"]
    assert "in.csv: row 3 (line 4): 1 field, but" in dropped
    assert (tmp_path / "out/train.jsonl").exists()
    text = (tmp_path / "a.summary.txt").read_text()
    assert text.startswith("2 rows in, ")
    assert f"error: {told['error']['message']}" in text
    assert [note for note in told["warnings"] if f"note: {note}" not in text] == []


def test_a_pipe_has_provenance_and_a_report_that_verify(tmp_path: Path) -> None:
    file = write_config(tmp_path)
    named = ["--provenance", "aside/lines.jsonl", "--report", "aside/told.html"]
    done = called("run", file, "--limit", "20", "--output", "-", *named, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / "piped.jsonl").write_bytes(done.stdout)
    assert sorted(path.name for path in (tmp_path / "aside").iterdir()) == ["lines.jsonl", "told.html", "told.json"]
    named[3] = "aside/told.json"
    assert f"verify FILE --report {named[3]} --provenance {named[1]}" in done.stderr.decode()
    verified = called("verify", "piped.jsonl", *named, "--format", "json", cwd=tmp_path)
    assert document(verified) == {"output": "piped.jsonl", "rows": len(rows(tmp_path / "piped.jsonl")), "notes": []}
    assert b"result  " in called("trace", "piped.jsonl", "2", *named, cwd=tmp_path).stdout
    with (tmp_path / "piped.jsonl").open("ab") as piped:
        piped.write(b"\n")
    assert b"piped.jsonl: changed" in called("verify", "piped.jsonl", *named, cwd=tmp_path).stderr
    again = called("run", file, "--output", "-", *named, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (2, b"")
    assert b"already there: aside/lines.jsonl, aside/told.json" in again.stderr


def test_files_named_beside_an_output_file(tmp_path: Path) -> None:
    file = write_config(tmp_path)
    (tmp_path / "config.yaml").rename(tmp_path / "c.yaml")
    file = tmp_path / "c.yaml"
    (tmp_path / "folder.summary.txt").mkdir()
    named = ["--report", "told", "--provenance", "lines.jsonl"]
    for options, says in (
        (["--provenance", "out/train.jsonl"], "are to be different files"),
        (["--provenance", "-"], "stdout is for the data"),
        (["--provenance", "p.jsonl", "--set", "output.shards=2"], "leave out --provenance"),
        (["--summary", "told.json"], "a name that ends in summary.json"),
        (["--summary", str(Path("..", tmp_path.name, "folder.summary.txt"))], "is a folder; name a file"),
    ):
        done = called("run", file, *options, cwd=tmp_path)
        assert done.returncode == 2
        assert says in done.stderr.decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.yaml", "folder.summary.txt"]
    summary = ["--summary", "new/summary.txt"]
    assert called("run", file, "--limit", "20", *named, *summary, cwd=tmp_path).returncode == 0
    assert (tmp_path / "new/summary.txt").read_text().startswith("20 rows in, ")
    (tmp_path / "told.html").unlink()
    assert called("report", "out/train.jsonl", "--report", "told", cwd=tmp_path).returncode == 0
    assert (tmp_path / "told.html").exists()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["train.jsonl"]
    assert called("verify", "out/train.jsonl", *named, cwd=tmp_path).returncode == 0


def test_check_tells_programs_of_one_config_and_people_of_many(tmp_path: Path) -> None:
    good = write_config(tmp_path).rename(tmp_path / "good.yaml")
    bad = write_config(tmp_path, "{a: {steps: [rndom_swap]}}")
    told = document(called("check", good, "--format", "json", cwd=tmp_path))
    assert (told["chains"], told["rows"], told["warnings"]) == (1, {str(SNIPS): 300}, [])
    both = called("check", good, bad, good, cwd=tmp_path)
    assert both.returncode == 2
    assert both.stderr.count(b"the config is right") == 2
    assert b"did you mean random_swap" in both.stderr
    assert called("check", good, bad, "--format", "json", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("nothing here; look there", "look there"),
        ("no column 'a; b'; it has 'c'; did you mean c?", "it has 'c'; did you mean c?"),
        ("`x; y` (or; so) [1; 2] is odd", None),
        ("it doesn't fit; it isn't right", "it isn't right"),
        ("a;b", None),
    ],
)
def test_a_hint_is_what_stands_behind_the_semicolon(message: str, hint: str | None) -> None:
    assert Fault(message).hint == hint


def test_errors_are_in_colour_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = Fault("unknown key; did you mean text?", "c.yaml", 3, 5)
    error: AugError = ConfigError("c.yaml:3:5: unknown key; did you mean text?", [fault])
    show(error)
    assert capsys.readouterr().err == "error: c.yaml:3:5: unknown key; did you mean text?\n"
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    show(error)
    told = capsys.readouterr().err
    assert "\x1b[1;31merror: \x1b[0m\x1b[1mc.yaml:3:5\x1b[0m" in told
    assert "\x1b[36mdid you mean text?\x1b[0m" in told
    monkeypatch.setenv("NO_COLOR", "1")
    show(DataError("x", hint="fix it"))
    assert "\x1b[3" not in capsys.readouterr().err
