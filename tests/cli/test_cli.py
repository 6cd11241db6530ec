"""The program as its user meets it: processes, streams, exit codes."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from augcli import __version__
from augcli.commands import doctor
from augcli.config import presets
from tests.support.helpers import ROOT, SNIPS, augcli, on_a_terminal, rows, stopping, until_stopped, write_config
from tests.support.running import called

HEAVY = (
    "torch",
    "transformers",
    "gensim",
    "pandas",
    "sklearn",
    "scipy",
    "matplotlib",
    "ftfy",
    "nltk",
    "ray",
    "numpy",
    "pyarrow",
    "jieba",
    "pydantic",
    "rich.console",
)


def test_version_and_help(tmp_path: Path) -> None:
    done = augcli("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout.decode()) == (0, f"augcli {__version__}\n")
    told = augcli("--help", cwd=tmp_path, env={"COLUMNS": "80"}).stdout.decode()
    for command in (
        "run",
        "check",
        "inspect",
        "plan",
        "preview",
        "init",
        "steps",
        "trace",
        "verify",
        "resources",
        "doctor",
    ):
        assert f"\n  {command} " in told
    assert "..." not in told.partition("Commands:")[2], "a summary of a command is cut"


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = "import sys; sys.argv = ['augcli', '--help']\nfrom augcli.cli.main import app\n"
    code += "try: app()\nexcept SystemExit: pass\n"
    code += f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True)
    assert done.stderr.decode().strip() == "[]"


def test_shell_completion_is_offered(tmp_path: Path) -> None:
    env = {"_AUGCLI_COMPLETE": "complete_bash", "COMP_WORDS": "augcli pre", "COMP_CWORD": "1"}
    program = Path(sys.executable).with_name("augcli")
    done = subprocess.run([program], cwd=tmp_path, env={**os.environ, **env}, capture_output=True, check=False)
    assert done.stdout.decode().split() == ["preview"]


def test_run_writes_four_files_and_says_where(tmp_path: Path) -> None:
    done = augcli("run", write_config(tmp_path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b""
    assert "out/train.report.html" in done.stderr.decode()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "train.jsonl",
        "train.provenance.jsonl",
        "train.report.html",
        "train.report.json",
    ]
    report = json.loads((tmp_path / "out/train.report.json").read_bytes())
    written = rows(tmp_path / "out/train.jsonl")
    assert report["rows"]["written"] == len(written) == len(rows(tmp_path / "out/train.provenance.jsonl"))
    assert report["signature"].startswith("seed:42|a(random_swap[.1])x1|rows:300|data:")


def test_only_data_goes_to_stdout(tmp_path: Path) -> None:
    arguments = (
        "run",
        write_config(tmp_path),
        "--input",
        "-",
        "--input-format",
        "jsonl",
        "--output",
        "-",
        "--output-format",
        "csv",
    )
    done = augcli(*arguments, cwd=tmp_path, stdin=SNIPS.read_bytes())
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"id,text,label,spans,aug_source,aug_chain\n")
    assert b"no provenance and no report" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    program = [
        sys.executable,
        "-m",
        "augcli",
        "run",
        str(write_config(tmp_path)),
        "--output",
        "-",
        "--output-format",
        "jsonl",
    ]
    with subprocess.Popen(program, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["run", "nowhere.yaml"], 2, "nowhere.yaml: there is no such file"),
        (["run"], 2, "Missing argument"),
        (
            ["run", "config.yaml", "--set", "chains.a.variants=-1"],
            2,
            "--set chains.a.variants=-1: chains.a.variants: -1",
        ),
        (["run", "config.yaml", "--set", "novalue"], 2, "expected KEY=VALUE"),
        (["run", "config.yaml", "--workers", "0"], 2, "--workers"),
        (["run", "config.yaml", "--device", "tpu"], 2, "--device"),
        (["run", "config.yaml", "--engine", "slurm"], 2, "--engine"),
        (["run", "config.yaml", "--input", "none.jsonl"], 2, "none.jsonl"),
        (["run", "config.yaml", "--input", "bad.jsonl"], 3, "bad.jsonl: row 2 (line 2)"),
        (["run", "config.yaml", "--output", "bad.jsonl", "--input", "bad.jsonl"], 2, "overwrite the input"),
        (["run", "config.yaml", "--output", "out.xyz"], 2, "output.format"),
        (
            ["run", "config.yaml", "--set", "input.text=txet"],
            2,
            "has no column 'txet'; it has 'id', 'text', 'label', 'spans'",
        ),
        (["verify", "none.jsonl"], 3, "none.report.json"),
        (["trace", "none.jsonl", "1"], 3, "none.report.json"),
        (["init", "edda"], 2, "edda"),
        (["steps", "tpyo"], 2, "did you mean typo"),
    ],
)
def test_errors_are_messages_with_an_exit_code(tmp_path: Path, arguments: list[str], code: int, says: str) -> None:
    write_config(tmp_path)
    (tmp_path / "bad.jsonl").write_text('{"id":"a","text":"x y","label":"","spans":[]}\n{"id":"b"\n')
    done = called(*arguments, cwd=tmp_path)
    said = done.stderr.decode()
    assert done.returncode == code, said
    assert says in said
    assert done.stdout == b""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "config.yaml"]


def test_min_yield(tmp_path: Path) -> None:
    file = write_config(tmp_path, "{a: {variants: 50, attempts: 1, steps: [random_swap]}}")
    done = called("run", file, "--limit", "5", "--min-yield", "0.99", cwd=tmp_path)
    assert done.returncode == 5
    assert (tmp_path / "out/train.jsonl").exists()


def test_existing_outputs_are_kept_without_overwrite(tmp_path: Path) -> None:
    file = write_config(tmp_path)
    assert called("run", file, cwd=tmp_path).returncode == 0
    before = (tmp_path / "out/train.jsonl").read_bytes()
    done = called("run", file, "--seed", "9", cwd=tmp_path)
    assert done.returncode == 2
    assert "--overwrite" in done.stderr.decode()
    assert (tmp_path / "out/train.jsonl").read_bytes() == before
    assert called("run", file, "--seed", "9", "--overwrite", cwd=tmp_path).returncode == 0
    assert (tmp_path / "out/train.jsonl").read_bytes() != before


CHAINS = """
  noise:
    variants: 2
    steps:
      - one_of: [random_swap, random_delete, punctuation]
      - some_of: {n: [1, 2], steps: [typo, ocr, misspelling]}
  even: {variants: {balance: max}, steps: [blank, random_char]}
"""


def test_same_bytes_whatever_the_hash_seed_the_chunks_and_the_workers(tmp_path: Path) -> None:
    file = write_config(tmp_path, CHAINS)
    digests = set()
    for hash_seed, chunk_rows, workers in (("0", 2000, 1), ("1", 7, 2), ("2", 1, 1)):
        arguments = [
            "--set",
            f"engine.chunk_rows={chunk_rows}",
            "--workers",
            str(workers),
            "--limit",
            "150",
            "--overwrite",
        ]
        done = augcli("run", file, *arguments, cwd=tmp_path, env={"PYTHONHASHSEED": hash_seed})
        assert done.returncode == 0, done.stderr
        outputs = ("out/train.jsonl", "out/train.provenance.jsonl")
        digests.add(tuple(sha256((tmp_path / name).read_bytes()).hexdigest() for name in outputs))
    assert len(digests) == 1


def test_shuffled_rows_give_the_same_variants_by_id(tmp_path: Path) -> None:
    lines = SNIPS.read_bytes().splitlines(keepends=True)
    random.Random(3).shuffle(lines)
    (tmp_path / "shuffled.jsonl").write_bytes(b"".join(lines))
    file = write_config(tmp_path, CHAINS)
    for name in (str(SNIPS), "shuffled.jsonl"):
        assert called("run", file, "--input", name, "--output", f"out/{Path(name).name}", cwd=tmp_path).returncode == 0
    straight, shuffled = ((tmp_path / "out" / name).read_bytes() for name in ("snips.jsonl", "shuffled.jsonl"))
    assert straight != shuffled
    assert sorted(straight.splitlines()) == sorted(shuffled.splitlines())


@pytest.mark.unix
def test_interrupted_run_goes_on_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    big = tmp_path / "big.jsonl"
    with big.open("w") as out:
        for copy in range(60):
            for row in rows(SNIPS):
                out.write(json.dumps({**row, "id": f"{copy}-{row['id']}"}) + "\n")
    file = write_config(tmp_path, "{a: {variants: 3, steps: [random_swap, typo]}}")
    arguments = ("run", file, "--input", "big.jsonl", "--set", "engine.chunk_rows=200")
    with subprocess.Popen(stopping("3", *arguments), cwd=tmp_path, stderr=subprocess.PIPE) as process:
        until_stopped(process)
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGINT)
        assert process.stderr
        said = process.stderr.read().decode()
    assert process.returncode == 130, said
    assert "run the same command to resume" in said
    assert "Traceback" not in said
    assert not (tmp_path / "out/train.jsonl").exists()
    resumed = augcli(*arguments, cwd=tmp_path)
    assert "chunks were already done" in resumed.stderr.decode()
    assert not list((tmp_path / "out").glob(".*"))
    first = (tmp_path / "out/train.jsonl").read_bytes()
    assert augcli(*arguments, "--overwrite", "--fresh", cwd=tmp_path).returncode == 0
    assert (tmp_path / "out/train.jsonl").read_bytes() == first


def test_failed_run_leaves_no_output(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/train.provenance.jsonl").mkdir()
    done = augcli("run", write_config(tmp_path), "--overwrite", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr.decode()


def test_preview_without_colour_marks_the_edits(tmp_path: Path) -> None:
    done = augcli("preview", write_config(tmp_path, "{a: {steps: [blank]}}"), "-n", "1", cwd=tmp_path)
    assert "{+_+}" in done.stdout.decode()
    assert "\x1b" not in done.stdout.decode()


def test_preview_tells_why_variants_were_refused(tmp_path: Path) -> None:
    file = write_config(tmp_path, "{a: {variants: 3, steps: [reverse]}}")
    assert "rejected (duplicate)" in called("preview", file, "-n", "1", cwd=tmp_path).stdout.decode()


def test_colour_and_no_colour(tmp_path: Path) -> None:
    from rich.console import Console

    from augcli.report.diff import console_text, word_diff

    parts = word_diff("a cat", [[(2, 3, "d")], [(3, 5, "og")]])
    assert console_text(Console(force_terminal=True, no_color=True), parts).plain == "a [-cat-]{+dog+}"
    assert console_text(Console(force_terminal=True, no_color=False), parts).plain == "a catdog"
    assert "\x1b" not in console_text(Console(force_terminal=True), [("", "x\x1b[2J")]).plain


def test_plan_tells_the_work_and_writes_nothing(tmp_path: Path) -> None:
    file = write_config(tmp_path, "{a: {variants: 3, steps: [typo]}, b: {variants: {balance: max}, steps: [typo]}}")
    planned = json.loads(called("plan", file, "--format", "json", cwd=tmp_path).stdout)
    assert (planned["rows"], planned["variants"]) == (300, {"a": 900, "b": 120})
    assert planned["paid_characters"] == 0
    assert "900" in called("plan", file, cwd=tmp_path).stdout.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_check_finds_the_bad_row_and_writes_nothing(tmp_path: Path) -> None:
    file = write_config(tmp_path)
    assert called("check", file, cwd=tmp_path).returncode == 0
    with (tmp_path / "long.jsonl").open("wb") as out:
        out.write(SNIPS.read_bytes() + b'{"id": "x", "text": 5, "label": "l", "spans": []}\n')
    done = called("check", file, "--input", "long.jsonl", cwd=tmp_path)
    assert done.returncode == 3
    assert "row 301 (line 301): column 'text': expected text, not a number (5)" in done.stderr.decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "long.jsonl"]


def test_init_lists_every_preset_and_prints_one(tmp_path: Path) -> None:
    listed = called("init", "--list", cwd=tmp_path).stdout.decode().splitlines()
    assert [line.split()[0] for line in listed] == presets.names()
    assert called("init", "ner", cwd=tmp_path).stdout.decode().startswith(presets.text("ner"))


def test_init_names_the_ids_of_labelled_rows_beside_others_without_a_label(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text('{"id": 1, "text": "a", "label": "x"}\n')
    (tmp_path / "more.jsonl").write_text('{"text": "b"}\n')
    done = called("init", "unlabeled", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"\n  id: id" in done.stdout


@pytest.mark.parametrize("name", ["starter", "eda", "aeda", "chinese", "balance"])
@pytest.mark.parametrize(
    ("ids", "named"), [(["a", "b"], True), ([1, 2], True), (["a", "a"], False), (["a", None], False), (None, False)]
)
def test_init_names_the_ids_of_data_that_are_there(
    tmp_path: Path, name: str, ids: list[object] | None, named: bool
) -> None:
    printed = called("init", name, cwd=tmp_path).stdout
    lines = [{"text": "one good day in town", "label": "x"}, {"text": "a bad night at home now", "label": "y"}]
    if name == "balance":
        shown = [{"id": key, **row} for key, row in zip(ids, lines, strict=True)] if ids else lines
        with (tmp_path / "train.csv").open("w", newline="") as file:
            written = csv.DictWriter(file, shown[0])
            written.writeheader()
            written.writerows(shown)
    else:
        shown = [{**row, "id": key} for key, row in zip(ids, lines, strict=True)] if ids else lines
        (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in shown))
    (tmp_path / "c.yaml").write_bytes(called("init", name, cwd=tmp_path).stdout)
    told = (tmp_path / "c.yaml").read_bytes()
    assert (b"\n  id: id" in told) == named
    assert named or told == printed
    assert b"\n  id: id" not in printed
    assert called("check", "c.yaml", cwd=tmp_path).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir() if "train" not in path.name) == ["c.yaml"]


apertium = pytest.mark.programs("apertium-eo-en")
RUNS = [
    pytest.param(file, id=file.stem, marks=[apertium] if file.stem == "back_translation" else [])
    for file in sorted((ROOT / "configs").glob("*.yaml"))
    if not file.stem.startswith("adapt")
    and file.stem not in ("back_translation_hosted", "gain", "llm", "vectors")  # test_platforms, test_documents, ...
]


@pytest.mark.parametrize("file", RUNS)
def test_every_ready_config_runs_and_verifies(file: Path, tmp_path: Path) -> None:
    limits = {"masked_lm": "200", "checks": "50"}
    limit = ["--limit", limits[file.stem]] if file.stem in limits else []
    done = called("run", file, *limit, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    output = next(
        path for path in (tmp_path / "out").iterdir() if path.suffix in (".jsonl", ".csv") and path.stem.isidentifier()
    )
    assert called("verify", output, cwd=tmp_path).returncode == 0


def test_steps_lists_all_in_a_line_each_and_explains_one(tmp_path: Path) -> None:
    listed = called("steps", cwd=tmp_path, env={"COLUMNS": "40"}).stdout.decode().splitlines()
    for name in ("random_swap", "typo", "homophone", "one_of", "length_ratio"):
        assert len([line for line in listed if line.startswith(f"  {name} ")]) == 1
    assert listed.count("noise, words") == 1
    marked = {line.partition("  ! ")[0].split()[-1] for line in listed if "  ! " in line}
    assert marked >= {"antonym", "negate", "number_change", "mix"}
    assert not marked & {"synonym", "insert", "crop"}
    assert "label      may change" in called("steps", "negate", cwd=tmp_path).stdout.decode()
    told = called("steps", "random_swap", cwd=tmp_path, env={"COLUMNS": "200"}).stdout.decode()
    assert "from 0 to 1" in told
    assert "arXiv:1901.11196" in told


def test_doctor_names_the_extras_that_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(doctor, "EXTRAS", {"none": "no-such-package"})
    doctor.doctor(None, network=False)
    told = capsys.readouterr().out
    assert "none: pip install 'augcli[none]' gets them all" in told
    assert __version__ in told
    assert "resources" in told
    assert len(told.splitlines()) < 25


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_missing_lexicon_is_exit_code_4(tmp_path: Path, workers: str) -> None:
    file = write_config(tmp_path, "{a: {steps: [{misspelling: {map: none.tsv}}]}}", engine="{chunk_rows: 50}")
    for options in (["check"], ["run", "--workers", workers]):
        done = called(*options, file, cwd=tmp_path)
        assert done.returncode == 4, done.stderr
        assert "none.tsv" in done.stderr.decode()


def test_a_step_that_fails_stops_the_run_or_is_counted(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(
        "from typing import ClassVar\nfrom augcli.steps.step import Step\n"
        "class Broken(Step):\n    name: ClassVar = 'broken'\n    family: ClassVar = 'noise, words'\n"
        "    def edit(self, text, rng):\n        if 'playlist' in text.value: raise ValueError('no playlists')\n"
        "        return [(0, 0, 'x')]\n"
    )
    (tmp_path / "broken-1.dist-info").mkdir()
    (tmp_path / "broken-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (tmp_path / "broken-1.dist-info/entry_points.txt").write_text("[augcli.steps]\nbroken = broken:Broken\n")
    env = {"PYTHONPATH": str(tmp_path)}
    file = write_config(tmp_path, "{a: {steps: [broken]}}")
    failed = augcli("run", file, cwd=tmp_path, env=env)
    assert failed.returncode == 1
    assert "step 'broken' failed on row 'snips-train-" in failed.stderr.decode()
    assert "no playlists" in failed.stderr.decode()
    counted = augcli("run", file, "--set", "on_error=drop", "--format", "json", cwd=tmp_path, env=env)
    assert counted.returncode == 0, counted.stderr
    ledger = json.loads(counted.stderr)["chains"]["a"]["ledger"]
    playlists = sum("playlist" in row["text"] for row in rows(SNIPS))
    assert (ledger["failed"], ledger["written"]) == (playlists, 300 - playlists)


def test_preview_tells_the_reason_of_a_check(tmp_path: Path) -> None:
    file = write_config(
        tmp_path, "{a: {steps: [reverse, {punctuation: {rate: 1.0}}], checks: [{length_ratio: {max: 1.0}}]}}"
    )
    told = called("preview", file, "-n", "1", cwd=tmp_path).stdout.decode()
    assert "is not within 0.5 to 1 times 29" in told
    assert "1 rejected by length_ratio" in told


@pytest.mark.unix
@pytest.mark.parametrize("options", [[], ["--verbose"], ["--quiet"]])
def test_the_bar_on_a_terminal(tmp_path: Path, options: list[str]) -> None:
    write_config(tmp_path, "{a: {steps: [random_swap, typo]}}", engine="{chunk_rows: 100}")
    done, said = on_a_terminal("run", "config.yaml", *options, cwd=tmp_path)
    assert done.stdout == b""
    assert done.returncode == 0
    stages = ["reading the config", "reading the input", "row/s", "writing the output", "\x1b[1m300 rows in"]
    places = [said.find(words) for words in stages]
    assert places == (sorted(places) if options != ["--quiet"] else [-1] * 5)
    assert (-1 in places) == (options == ["--quiet"])
    assert bool(re.search(r"300/300 .* \d+ variants", said)) == (options != ["--quiet"])
    assert ("typo" in said) == ("random_swap" in said) == (options == ["--verbose"])
    assert bool(re.search(r"time of the steps: \w+ \d+ %, \w+ \d+ %", said)) == (options == ["--verbose"])


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("out/train", "the name does not tell the format"),
        ("out/train.parquet.gz", "Parquet files are compressed inside"),
    ],
)
def test_outputs_without_a_format_are_found_by_check_and_run(tmp_path: Path, output: str, says: str) -> None:
    file = write_config(tmp_path, output=f"{{path: {output}}}")
    for command in ("check", "run"):
        done = called(command, file, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert says in done.stderr.decode()
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_an_output_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "out/.train.jsonl.lock").mkdir(parents=True)
    done = called("run", write_config(tmp_path), cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "out/train.jsonl: nothing can be written there" in done.stderr.decode()
