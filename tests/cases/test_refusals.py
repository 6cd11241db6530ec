"""What a run would refuse or not reach is told before it begins, and what it did not reach afterwards."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from augcli.config.config import Config
from augcli.run.survey.balance import variants_needed
from tests.support.helpers import SNIPS, augcli, rows
from tests.support.running import called

SWAP = {"a": {"steps": ["random_swap"]}}
HERE = [{"text": "a good day in town", "label": "x"}, {"text": "one bad night at home", "label": "y"}]


def config(
    folder: Path, data: Sequence[Mapping[str, Any]] = HERE, *, output: Any = "out/o.jsonl", chains: Any = SWAP,
    label: Any = "label", **sections: Any,
) -> Path:  # fmt: skip
    """A config in `folder` that reads `data`."""
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in data))
    written = {"path": output} if isinstance(output, str) else output
    whole = {"input": {"path": "in.jsonl", "text": "text", "label": label}, "output": written, "chains": chains}
    file = folder / "c.yaml"
    file.write_text(json.dumps({**whole, **sections}))
    return file


def said(done: CompletedProcess[bytes]) -> str:
    return done.stderr.decode()


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


# --- outputs that cannot be written ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "code", "says"),
    [
        ("in.jsonl", 2, "the output would overwrite the input"),
        ("out/o.zip", 2, "the name does not tell the format (.csv, .tsv, .jsonl, "),
        ("there", 2, "there is a folder; end it with / and set output.shards"),
        ("there.jsonl", 2, "there.jsonl is a folder; end it with /"),
        ("there/", 2, "a folder holds shards; set output.shards"),
        ("in.jsonl/o.jsonl", 1, "in.jsonl/o.jsonl: nothing can be written there: Not a directory"),
        (f"out/{'n' * 250}.jsonl", 1, "nothing can be written there: File name too long"),
        ({"path": "o.jsonl", "shards": 2}, 1, "o.report.html: nothing can be written there: it is a folder"),
    ],
)
def test_check_refuses_the_outputs_that_run_refuses(tmp_path: Path, output: Any, code: int, says: str) -> None:
    for folder in ("there", "there.jsonl", "o.report.html"):
        (tmp_path / folder).mkdir()
    file = config(tmp_path, output=output)
    before = names(tmp_path)
    for command in (["check"], ["plan"], ["run", "--overwrite"]):
        done = called(*command, file, cwd=tmp_path)
        assert done.returncode == code, said(done)
        assert says in said(done)
        assert names(tmp_path) == before


@pytest.mark.parametrize("side", ["o.provenance.jsonl", "o.report.json", "o-00000-of-00003.jsonl"])
def test_an_input_that_the_run_would_replace_is_refused(tmp_path: Path, side: str) -> None:
    file = config(tmp_path, output={"path": "o.jsonl", "shards": 2} if "-of-" in side else "o.jsonl")
    data = (tmp_path / "in.jsonl").read_bytes()
    (tmp_path / side).write_bytes(data)
    if "-of-" in side:
        (tmp_path / "o-00000-of-00003.provenance.jsonl").write_bytes(b"")
    for command in (["check"], ["run", "--overwrite"]):
        done = called(*command, file, "--input", side, "--input-format", "jsonl", cwd=tmp_path)
        assert done.returncode == 2, said(done)
        assert "the output would overwrite the input" in said(done)
        assert (tmp_path / side).read_bytes() == data


@pytest.mark.skipif(not os.geteuid(), reason="root may write anywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0o500)
    file = config(tmp_path, output="shut/deep/o.jsonl")
    for command in ("check", "run"):
        done = called(command, file, cwd=tmp_path)
        assert done.returncode == 1
        assert f"you may not write in {tmp_path / 'shut'}" in said(done)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here")
def test_a_folder_that_the_system_does_not_make_is_named(tmp_path: Path) -> None:
    for command in ("check", "run"):
        done = called(command, config(tmp_path, output="/proc/none/o.jsonl"), cwd=tmp_path)
        assert done.returncode == 1
        assert "/proc/none/o.jsonl: nothing can be written there: /proc takes no files: " in said(done)


@pytest.mark.unix
def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    (tmp_path / "link.jsonl").symlink_to(pipe)
    for output in ("pipe.jsonl", "link.jsonl"):
        for command in (["check"], ["run"], ["run", "--overwrite"]):
            done = called(*command, config(tmp_path, output=output), cwd=tmp_path)
            assert done.returncode == 1
            assert f"{output}: nothing can be written there: it is a device or a pipe, and no file" in said(done)
    assert pipe.is_fifo()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_device_is_no_output(tmp_path: Path) -> None:
    done = called("check", config(tmp_path, output={"path": "/dev/full", "format": "jsonl"}), cwd=tmp_path)
    assert done.returncode == 1
    assert "/dev/full: nothing can be written there: it is a device or a pipe" in said(done)


@pytest.mark.parametrize("output", ["in.jsonl/deep/o.jsonl", f"{'n' * 256}/o.jsonl", f"{'n' * 256}/deep/o.jsonl"])
def test_folders_that_cannot_be_are_told_with_the_path(tmp_path: Path, output: str) -> None:
    before = names(tmp_path) | {"in.jsonl", "c.yaml"}
    for command in ("check", "run"):
        done = called(command, config(tmp_path, output=output), cwd=tmp_path)
        assert done.returncode == 1
        assert f"error: {output}: nothing can be written there: " in said(done)
        assert names(tmp_path) == before


@pytest.mark.parametrize("length", [226, 230, 231, 234, 237, 238, 242, 249])
def test_check_and_run_agree_on_long_names(tmp_path: Path, length: int) -> None:
    file = config(tmp_path, output=f"{'n' * (length - 6)}.jsonl")
    checked, done = (called(command, file, cwd=tmp_path) for command in ("check", "run"))
    assert checked.returncode == done.returncode
    if done.returncode:
        assert said(checked) == said(done)
        assert "File name too long" in said(done)


@pytest.mark.parametrize(("output", "package"), [("out/o.parquet", "pyarrow.parquet"), ("out/o.csv.zst", "zstandard")])
def test_missing_extras_of_the_output_are_told(
    tmp_path: Path, output: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    for command in ("check", "run"):
        done = called(command, config(tmp_path, output=output), cwd=tmp_path)
        assert done.returncode == 4, said(done)
        assert "pip install" in said(done)
        assert not (tmp_path / "out").exists()


def test_check_says_that_outputs_are_there(tmp_path: Path) -> None:
    file = config(tmp_path)
    assert "--overwrite" not in said(called("check", file, cwd=tmp_path))
    called("run", file, cwd=tmp_path)
    assert "so a run needs --overwrite: out/o.jsonl, " in said(called("check", file, cwd=tmp_path))


def test_spans_that_parquet_cannot_hold_are_told_by_check(tmp_path: Path) -> None:
    spans = [{**row, "spans": [[0, row["text"].index(" "), "thing"]]} for row in HERE]
    file = config(tmp_path, spans, output="out/o.parquet")
    for command in ("check", "run"):
        done = called(command, file, cwd=tmp_path)
        assert done.returncode == 2, said(done)
        assert "column 'spans'" in said(done)
        assert "input.spans" in said(done)
    for command in ("check", "run"):
        assert called(command, file, "--set", "input.spans=spans", cwd=tmp_path).returncode == 0


def test_columns_that_the_format_cannot_hold_are_told_by_check(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("text,label,n,n\na good day,x,1,2\n")
    for command in ("check", "run"):
        done = called(command, config(tmp_path), "--input", "in.csv", cwd=tmp_path)
        assert done.returncode == 2, said(done)
        assert "several columns called 'n'" in said(done)


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_chain_with_nothing_to_do(tmp_path: Path) -> None:
    done = called("run", config(tmp_path, chains={"a": {"variants": -1, "steps": []}}), cwd=tmp_path)
    assert "chains.a.variants: -1 is out of range; it must be at least 0\n" in said(done)
    assert "chains.a.steps: at least one step must be listed" in said(done)


def test_all_missing_columns_are_told_at_once(tmp_path: Path) -> None:
    done = called("check", config(tmp_path, label="lable"), "--set", "input.text=txt", cwd=tmp_path)
    assert done.returncode == 2
    assert "input.text: " in said(done)
    assert "has no column 'txt'; it has 'text', 'label'" in said(done)
    assert "input.label: " in said(done)
    assert "has no column 'lable'" in said(done)


def test_stdin_is_called_stdin(tmp_path: Path) -> None:
    file = config(tmp_path)
    for line, says in (('{"text": 1, "label": 2}', "stdin: row 1 (line 1)"), ('{"label": 2}', "stdin has no column")):
        command = ("run", file, "--input", "-", "--input-format", "jsonl")
        done = augcli(*command, cwd=tmp_path, stdin=line.encode() + b"\n")
        assert says in said(done)


# --- rows that are dropped -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bad", "most", "code"), [(2, None, 0), (3, None, 3), (3, 0.6, 0), (1, 0, 3), (0, 0, 0)])
def test_too_many_invalid_rows(tmp_path: Path, bad: int, most: float | None, code: int) -> None:
    keys = {} if most is None else {"max_dropped": most}
    file = config(tmp_path, [*HERE, *[{"text": 1, "label": "x"}] * bad], on_error="drop", **keys)
    for command in ("check", "run"):
        done = called(command, file, cwd=tmp_path)
        assert done.returncode == code, said(done)
        if code:
            assert (
                f"{bad} of {bad + 2} rows are invalid, more than max_dropped: {most or 0.5 if bad > 1 else 0}"
                in said(done)
            )
            assert "in.jsonl: row 3 (line 3): column 'text': expected text" in said(done)


def test_min_yield_counts_dropped_rows(tmp_path: Path) -> None:
    file = config(tmp_path, [*HERE, {"text": 1, "label": "x"}], on_error="drop")
    assert called("run", file, "--min-yield", "0.6", cwd=tmp_path).returncode == 0
    done = called("run", file, "--min-yield", "0.7", "--overwrite", cwd=tmp_path)
    assert done.returncode == 5
    assert "2 of 3 variants were written, counting those of 1 dropped rows" in said(done)


# --- what a run does not reach ---------------------------------------------------------------------------------------

NOTHING = {"misspelling": {"rate": 0.0}}
IDLE = {"a": {"steps": [NOTHING, "random_swap"]}, "b": {"steps": [NOTHING]}}


def test_steps_that_do_nothing_are_told(tmp_path: Path) -> None:
    file = config(tmp_path, HERE * 10, chains=IDLE)
    for command in ("check", "plan", "run"):
        done = called(command, file, cwd=tmp_path)
        told = said(done) + done.stdout.decode()
        assert done.returncode == 0, told
        assert "step `misspelling` of chain a changed none of the 20 texts" in told
        assert "chain b wrote none of the 20 variants requested" in told
        assert "random_swap`" not in told
    report = json.loads((tmp_path / "out/o.report.json").read_bytes())
    assert any("chain b wrote none" in remark for remark in report["remarks"])


LONG = [{"text": f"many words stand in row {n} here", "label": "x"} for n in range(6)]
SHORT = [*LONG, {"text": "short", "label": "y"}]
EVEN = {"even": {"variants": {"balance": "max"}, "steps": ["random_swap"]}}


def test_labels_that_stay_short_are_told(tmp_path: Path) -> None:
    file = config(tmp_path, SHORT, chains=EVEN)
    for command in ("check", "plan"):
        done = called(command, file, cwd=tmp_path)
        assert "chain even would leave labels short: y about 0 of 5 variants" in said(done) + done.stdout.decode()
    done = called("run", file, "--min-yield", "0.5", cwd=tmp_path)
    assert done.returncode == 5
    assert "chain even leaves labels short: y 0 of 5 variants" in said(done)
    report = json.loads((tmp_path / "out/o.report.json").read_bytes())
    assert report["balance"]["even"] == {"x": {"requested": 0, "written": 0}, "y": {"requested": 5, "written": 0}}


def test_min_yield_holds_for_each_label(tmp_path: Path) -> None:
    data = [*SHORT, *[{"text": "four words are here", "label": "z"}] * 2]
    file = config(tmp_path, data, chains={"even": {"variants": {"balance": 20}, "steps": ["random_swap"]}})
    done = called("run", file, "--min-yield", "0.4", cwd=tmp_path)
    assert done.returncode == 5, said(done)
    assert "y 0 of 19 in chain even" in said(done)


def test_the_summary_as_json_tells_what_is_short(tmp_path: Path) -> None:
    done = called("run", config(tmp_path, SHORT, chains=EVEN), "--format", "json", cwd=tmp_path)
    told = json.loads(said(done))
    assert "chain even leaves labels short: y 0 of 5 variants" in told["warnings"]
    assert told["balance"]["even"]["y"] == {"requested": 5, "written": 0}


# --- labels ----------------------------------------------------------------------------------------------------------

MULTI = [
    {"text": "The food was cold and the waiter was rude.", "label": ["food", "service"]},
    {"text": "Great view but far too loud for a quiet evening.", "label": ["view", "noise"]},
    {"text": "Parking is easy and the staff are friendly.", "label": ["service", "parking"]},
    {"text": "We waited an hour for the bill.", "label": ["service"]},
    {"text": "The soup was lovely and warm.", "label": ["food"]},
    {"text": "Nothing to say about it at all.", "label": []},
]


def test_lists_balance_by_single_labels(tmp_path: Path) -> None:
    file = config(tmp_path, MULTI, chains=EVEN)
    assert "5 labels: service 3, food 2, " in said(called("check", file, cwd=tmp_path))
    done = called("run", file, cwd=tmp_path)
    assert done.returncode == 0, said(done)
    out = rows(tmp_path / "out/o.jsonl")
    after = Counter(label for row in out for label in row["label"])
    assert after == {"food": 3, "service": 5, "view": 3, "noise": 3, "parking": 3}
    assert [row["label"] for row in out if not row["aug_chain"]] == [row["label"] for row in MULTI]
    report = json.loads((tmp_path / "out/o.report.json").read_bytes())
    assert report["labels"]["food"] == {"before": 2, "after": 3, "requested": 1}


def test_the_order_in_a_list_does_not_matter(tmp_path: Path) -> None:
    counts = []
    for data in (MULTI, [{**row, "label": row["label"][::-1]} for row in MULTI]):
        called("run", config(tmp_path, data, chains=EVEN), "--overwrite", cwd=tmp_path)
        counts.append(Counter(row["aug_source"] for row in rows(tmp_path / "out/o.jsonl")))
    assert counts[0] == counts[1]


def test_several_label_columns(tmp_path: Path) -> None:
    data = [
        {"text": row["text"], "food": int("food" in row["label"]), "service": "service" in row["label"], "n": kind}
        for row, kind in zip(MULTI, ["p", "p", "p", "q", None, "p"], strict=True)
    ]
    file = config(tmp_path, data, label=["food", "service", "n"], chains=EVEN)
    assert "4 labels: n=p 4, service 3, food 2, n=q 1" in said(called("check", file, cwd=tmp_path))
    done = called("run", file, cwd=tmp_path)
    assert done.returncode == 0, said(done)
    out = rows(tmp_path / "out/o.jsonl")
    assert all(set(row) == {"text", "food", "service", "n", "aug_source", "aug_chain"} for row in out)
    assert sum(row["food"] for row in out) >= 4
    assert sum(row["n"] == "q" for row in out) >= 4
    assert "twice" in said(called("check", file, "--set", "input.label=[food, food]", cwd=tmp_path))


@pytest.mark.parametrize("goal", ["max", "median", 7, 1000])
def test_each_label_reaches_its_goal(tmp_path: Path, goal: Any) -> None:
    """A law: with any groups of labels each label has as many rows as asked, and no variant more is made than helps."""
    groups = {(): 5, ("a",): 9, ("a", "b"): 2, ("b", "c"): 1, ("c",): 3, ("a", "b", "c", "d"): 1, ("e",): 4}
    chains = {"even": {"variants": {"balance": goal}, "steps": ["random_swap"]}}
    whole = Config.model_validate({"input": {"path": "x"}, "output": {"path": "y"}, "chains": chains})
    given = variants_needed(whole, "even", groups)
    before = {label: sum(count for group, count in groups.items() if label in group) for label in "abcde"}
    after = {label: sum(groups[group] + given[group] for group in groups if label in group) for label in "abcde"}
    target = {"max": max(before.values()), "median": sorted(before.values())[2]}.get(goal, goal)
    assert all(after[label] >= target for label in "abcde")
    assert given[()] == 0
    assert after["e"] == max(target, before["e"])


def test_single_labels_are_balanced_as_ever(tmp_path: Path) -> None:
    file = config(tmp_path, chains=EVEN)
    done = called("run", file, "--input", SNIPS, "--set", "input.spans=spans", "--limit", "100", cwd=tmp_path)
    assert done.returncode == 0, said(done)
    before = Counter(row["label"] for row in rows(tmp_path / "out/o.jsonl") if not row["aug_chain"])
    balance = json.loads((tmp_path / "out/o.report.json").read_bytes())["balance"]["even"]
    assert {count + balance.get(label, {"requested": 0})["requested"] for label, count in before.items()} == {25}
