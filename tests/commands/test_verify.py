"""A good run verifies, in every format; after a change of one byte, anywhere, it does not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from augcli.commands.trace import trace
from augcli.commands.verify import verify
from augcli.config.config import Options
from augcli.config.load import load
from augcli.errors import AugError, DataError, RunError
from augcli.io.outputs import Paths
from augcli.report.document import sign
from augcli.run.run import run
from tests.support.helpers import CROSSWOZ, SNIPS, augcli, write_config
from tests.support.running import called

CHAINS: dict[str, Any] = {
    "words": {
        "variants": 2,
        "steps": [
            "random_swap",
            {"one_of": [{"random_delete": {"rate": 0.2}}, "punctuation", {"blank": {"rate": 0.2}}]},
        ],
        "checks": [{"length_ratio": {"min": 0.5}}],
    },
    "turned": {"steps": ["reverse"]},
}


@dataclass
class Ran:
    """A run over the first rows of a sample."""

    config: Path
    source: Path
    output: Path

    @property
    def paths(self) -> Paths:
        return Paths.of(str(self.output))

    def verified(self, source: str | None = None) -> str:
        return verify(self.output, [source] if source else [])


def ran(
    folder: Path,
    output: str = "train.jsonl",
    *,
    sample: Path = SNIPS,
    limit: int = 12,
    keep_original: bool = True,
    **sections: Any,
) -> Ran:
    """Run over a copy of a sample, so that the test may damage it."""
    source = folder / sample.name
    source.write_bytes(sample.read_bytes())
    language = "zh" if sample == CROSSWOZ else "en"
    config = {
        "seed": 3,
        "input": {
            "path": str(source),
            "text": "text",
            "label": "label",
            "id": "id",
            "spans": "spans",
            "language": language,
        },
        "output": {"path": str(folder / "out" / output), "keep_original": keep_original},
        "chains": CHAINS,
        **sections,
    }
    (folder / "c.yaml").write_text(json.dumps(config))
    run(load(folder / "c.yaml"), Options(limit=limit, overwrite=True, quiet=True))
    return Ran(folder / "c.yaml", source, folder / "out" / output)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(tmp_path_factory.mktemp("good"))


@pytest.fixture
def copy(good: Ran, tmp_path: Path) -> Ran:
    """A run that the test may damage; the source is told where it is now."""
    shutil.copytree(good.output.parent, tmp_path / "out")
    shutil.copy(good.source, tmp_path / good.source.name)
    copied = Ran(good.config, tmp_path / good.source.name, tmp_path / "out" / good.output.name)
    report = json.loads(copied.paths.report.read_bytes())
    report["inputs"][0]["path"] = str(copied.source)
    copied.paths.report.write_bytes(sign(report))
    assert copied.verified()
    return copied


OUTPUTS = ["o.jsonl", "o.json", "o.csv", "o.tsv", "o.parquet", "o.jsonl.gz", "o.csv.bz2", "o.json.zst", "o.tsv.gz"]


@pytest.mark.parametrize("output", OUTPUTS)
def test_every_format_verifies(output: str, tmp_path: Path) -> None:
    made = ran(tmp_path, output)
    rows = json.loads(made.paths.report.read_bytes())["rows"]
    assert rows["read"] == 12
    assert (
        made.verified() == f"{made.output}: all {rows['written']} rows follow from their sources; all hashes are right"
    )
    whole = made.output.read_bytes()
    last = len(whole) - 1
    for place in (0, 9, last // 3, last // 2, last - 9, last):
        made.output.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(RunError, match="changed since it was written"):
            made.verified()


CONFIGS: dict[str, dict[str, Any]] = {
    "chinese": {"sample": CROSSWOZ},
    "without originals": {"keep_original": False},
    "free spans": {"protect": {"spans": "free", "patterns": []}},
    "small chunks": {"engine": {"chunk_rows": 5}},
    "balanced": {"chains": {"a": {"variants": {"balance": 4}, "steps": ["random_swap"]}}},
    "originals only": {"chains": {}},
    "nothing at all": {"limit": 0},
    "one of three": {"chains": {"a": {"steps": [{"some_of": {"n": 1, "steps": ["typo", "ocr", "case"]}}]}}},
    "some or none": {"chains": {"a": {"steps": [{"maybe": {"p": 0.5, "steps": ["blank"]}}]}}},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_configs_verify(name: str, tmp_path: Path) -> None:
    assert ran(tmp_path, **CONFIGS[name]).verified()


def test_pairs_verify(tmp_path: Path) -> None:
    rows = [{"a": f"one two three {n}", "b": f"four five six {n}"} for n in range(5)]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = ran(tmp_path, input={"path": str(tmp_path / "pairs.jsonl"), "text": ["a", "b"]})
    assert made.verified()
    lines = made.paths.provenance[0].read_text().splitlines()
    assert any(step[2] == 1 for line in lines for step in json.loads(line)["steps"])


def test_tokens_verify(tmp_path: Path) -> None:
    rows = [
        {"w": ["Mary", "lives", "in", "New", "York", f"x{n}"], "t": ["B-P", "O", "O", "B-L", "I-L", "O"]}
        for n in range(5)
    ]
    (tmp_path / "ner.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert ran(tmp_path, input={"path": str(tmp_path / "ner.jsonl"), "tokens": "w", "tags": "t"}).verified()


WHICH: dict[str, Callable[[Ran], Any]] = {
    "source": lambda made: made.source,
    "data": lambda made: made.output,
    "provenance": lambda made: made.paths.provenance[0],
    "report": lambda made: made.paths.report,
    "html": lambda made: made.paths.html,
}


@pytest.mark.parametrize("which", WHICH)
def test_one_changed_byte_is_noticed(which: str, copy: Ran) -> None:
    """First, last and any others; also bytes that make a file unreadable. Only AugError may come of it."""
    path = WHICH[which](copy)
    whole = path.read_bytes()
    random = Random(which)
    for place in [0, len(whole) - 1, *(random.randrange(len(whole)) for _ in range(60))]:
        changed = bytearray(whole)
        changed[place] = random.choice([changed[place] ^ 1, 0xFF, ord(" "), ord('"'), ord("0")])
        if changed == whole:
            changed[place] ^= 2
        path.write_bytes(changed)
        with pytest.raises(AugError):
            copy.verified()
    path.write_bytes(whole)
    assert copy.verified()


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "longer", "a folder"])
def test_damaged_files_are_noticed(which: str, damage: str, copy: Ran) -> None:
    path = WHICH[which](copy)
    whole = path.read_bytes()
    if damage in ("gone", "a folder"):
        path.unlink()
        if damage == "a folder":
            path.mkdir()
    else:
        path.write_bytes({"empty": b"", "cut": whole[:-1], "longer": whole + b"\n"}[damage])
    with pytest.raises(AugError) as raised:
        copy.verified()
    assert path.name in str(raised.value)


def resigned(copy: Ran, change: Callable[[dict[str, Any]], object]) -> None:
    """The report changed by someone who knows how it is signed."""
    report = json.loads(copy.paths.report.read_bytes())
    change(report)
    copy.paths.report.write_bytes(sign(report))


def rewritten(copy: Ran, which: str, change: Callable[[list[Any]], object]) -> None:
    """Lines of JSON changed, and their hash in the report too: only a replay can notice."""
    path = WHICH[which](copy)
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    change(lines)
    path.write_text("".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines))

    def rehash(report: dict[str, Any]) -> None:
        from augcli.commands.verify import _sha256

        for entry in [*report["outputs"], *report["inputs"]]:
            if Path(entry["path"]).name == path.name:
                entry["sha256"] = _sha256(path)

    resigned(copy, rehash)


def first_edited(lines: list[Any]) -> Any:
    return next(line for line in lines if line["steps"])


def set_steps(steps: Any) -> Callable[[list[Any]], object]:
    return lambda lines: first_edited(lines).update(steps=steps)


FORGERIES: dict[str, tuple[str, Callable[[list[Any]], object]]] = {
    "another text": ("data", lambda lines: lines[1].update(text="something else")),
    "another label": ("data", lambda lines: lines[1].update(label="something else")),
    "another span": ("data", lambda lines: lines[1]["spans"].append([0, 1, "x"])),
    "a row gone": ("data", lambda lines: lines.pop(1)),
    "a row twice": ("data", lambda lines: lines.insert(1, lines[1])),
    "rows changed places": ("data", lambda lines: lines.insert(0, lines.pop(1))),
    "another source row": ("source", lambda lines: lines[0].update(text=lines[0]["text"] + "!")),
    "a source row gone": ("source", lambda lines: lines.pop(0)),
    "no edits": ("provenance", set_steps([])),
    "another edit": ("provenance", set_steps([["reverse", [[0, 0, "x"]]]])),
    "an edit outside": ("provenance", set_steps([["reverse", [[0, 10**6, "x"]]]])),
    "a negative edit": ("provenance", set_steps([["reverse", [[-3, 0, "x"]]]])),
    "edits out of order": ("provenance", set_steps([["reverse", [[3, 4, "x"], [0, 1, "y"]]]])),
    "an edit of protected text": ("provenance", set_steps([["reverse", [[0, 29, "x"]]]])),
    "an edit that is none": ("provenance", set_steps([["reverse", [[0, "x"]]]])),
    "an edit of numbers": ("provenance", set_steps([["reverse", [[0, 1, 2]]]])),
    "edits of another column": ("provenance", set_steps([["reverse", [[0, 0, "x"]], 7]])),
    "steps that are none": ("provenance", set_steps(["reverse"])),
    "steps that are text": ("provenance", set_steps("reverse")),
    "no steps": ("provenance", lambda lines: first_edited(lines).pop("steps")),
    "another id": ("provenance", lambda lines: first_edited(lines).update(id="r#x.1")),
    "a number for an id": ("provenance", lambda lines: first_edited(lines).update(id=5)),
    "another source": ("provenance", lambda lines: first_edited(lines).update(source="r")),
    "a list for a source": ("provenance", lambda lines: first_edited(lines).update(source=[])),
    "a line gone": ("provenance", lambda lines: lines.pop()),
    "a line twice": ("provenance", lambda lines: lines.append(lines[-1])),
    "a line of another row": ("provenance", lambda lines: lines.append({**lines[-1], "id": "q", "source": "q"})),
    "a line that is no object": ("provenance", lambda lines: lines.append([])),
    "a line that is a number": ("provenance", lambda lines: lines.insert(0, 7)),
    "all lines gone": ("provenance", lambda lines: lines.clear()),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_lines_are_noticed(name: str, copy: Ran) -> None:
    """With the hashes put right, so that it is the replay that notices."""
    which, change = FORGERIES[name]
    rewritten(copy, which, change)
    with pytest.raises(AugError) as raised:
        copy.verified()
    assert "changed since" not in str(raised.value)
    assert "not the input" not in str(raised.value)


def test_edits_of_protected_text_are_named(copy: Ran) -> None:
    rewritten(copy, "provenance", FORGERIES["an edit of protected text"][1])
    with pytest.raises(RunError, match=r"line 2: reverse: edit \(0, 29, 'x'\) changes protected text"):
        copy.verified()


REPORTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no config": lambda report: report.pop("config"),
    "a config that is none": lambda report: report.update(config=[]),
    "a bad config": lambda report: report["config"].update(seed="x"),
    "no input in the config": lambda report: report["config"].pop("input"),
    "a bad pattern": lambda report: report["config"]["protect"].update(patterns=["("]),
    "other protection": lambda report: report["config"]["protect"].update(words=["to", "the", "a", "in"]),
    "an unknown encoding": lambda report: report["config"]["input"].update(encoding="utf-9"),
    "another column": lambda report: report["config"]["input"].update(text="label", spans=None),
    "no inputs": lambda report: report.update(inputs=[]),
    "inputs that are none": lambda report: report.update(inputs={"a": 1}),
    "outputs that are none": lambda report: report.update(outputs=[1]),
    "no outputs": lambda report: report.update(outputs=[]),
    "another limit": lambda report: report["run"].update(limit=3),
    "a bad limit": lambda report: report["run"].update(limit="x"),
    "no limit": lambda report: report["run"].pop("limit"),
    "other rows": lambda report: report["rows"].update(written=1),
    "no rows": lambda report: report["rows"].pop("written"),
}


@pytest.mark.parametrize("name", REPORTS)
def test_forged_reports_are_noticed(name: str, copy: Ran) -> None:
    resigned(copy, REPORTS[name])
    with pytest.raises(AugError):
        copy.verified()


def test_input_elsewhere(copy: Ran, tmp_path: Path) -> None:
    moved = tmp_path / "moved.jsonl"
    copy.source.rename(moved)
    with pytest.raises(AugError, match="--input"):
        copy.verified()
    assert copy.verified(str(moved))
    moved.write_bytes(moved.read_bytes() + b"\n")
    with pytest.raises(AugError, match=r"moved\.jsonl"):
        copy.verified(str(moved))


def test_a_missing_file_is_named_and_nothing_is_replayed(copy: Ran) -> None:
    file = copy.output.with_name("train.provenance.jsonl")
    file.unlink()
    with pytest.raises(RunError) as caught:
        verify(copy.output)
    assert f"{file}: changed since it was written, or missing" in str(caught.value)
    assert f"the rows cannot be replayed without {file}" in str(caught.value)


def test_moved_outputs_verify(copy: Ran, tmp_path: Path) -> None:
    copy.output.parent.rename(tmp_path / "elsewhere")
    assert verify(tmp_path / "elsewhere" / copy.output.name)


def test_no_report(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such report"):
        verify(tmp_path / "none.jsonl")
    with pytest.raises(DataError, match="there is no such report"):
        trace(tmp_path / "none.jsonl", "1")


def test_input_from_stdin(tmp_path: Path) -> None:
    file = write_config(tmp_path)
    done = augcli(
        "run", file, "--input", "-", "--input-format", "jsonl", "--limit", "5", cwd=tmp_path, stdin=SNIPS.read_bytes()
    )
    assert done.returncode == 0, done.stderr
    output = tmp_path / "out" / "train.jsonl"
    with pytest.raises(AugError, match="the input was stdin; give it again with --input"):
        verify(output)
    assert verify(output, [str(SNIPS)])


def told(capsys: pytest.CaptureFixture[str], made: Ran, row: str) -> str:
    trace(made.output, row)
    return capsys.readouterr().out


def test_trace_by_id_and_by_number(good: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [json.loads(line) for line in good.paths.provenance[0].read_bytes().splitlines()]
    rows = [json.loads(line) for line in good.output.read_bytes().splitlines()]
    for number, (line, row) in enumerate(zip(lines, rows, strict=True), 1):
        by_id = told(capsys, good, line["id"])
        assert by_id == told(capsys, good, str(number))
        assert f"row     {line['id']}\n" in by_id
        assert f"source  {line['source']}  ({good.source}, row " in by_id
        if line["steps"]:
            assert f"result  {row['text']}\n" in by_id
            assert [step[0] for step in line["steps"]] == [
                name
                for name in by_id.split("\n")
                for name in [name.split(" ")[0]]
                if name in ("random_swap", "reverse", "blank", "random_delete", "punctuation")
            ]
        else:
            assert "this row is the original, unchanged" in by_id


@pytest.mark.parametrize("row", ["0", "-1", "99999", "nope", "", "#words.1", "１", "²", "9" * 5000])
def test_trace_of_an_unknown_row(row: str, good: Ran) -> None:
    with pytest.raises(DataError, match="no row"):
        trace(good.output, row)


def test_trace_without_files(copy: Ran) -> None:
    copy.source.unlink()
    with pytest.raises(AugError):
        trace(copy.output, "2")
    copy.paths.provenance[0].unlink()
    with pytest.raises(DataError, match=r"provenance\.jsonl: there is no such file"):
        trace(copy.output, "2")


@pytest.mark.parametrize(
    "damage", ["{", "[]", "7", '{"id": 1}', '{"id":"x","source":"y","steps":[["a",[[0,9999,""]]]],"checks":{}}', "\xff"]
)
def test_trace_of_damaged_lines(damage: str, copy: Ran) -> None:
    copy.paths.provenance[0].write_bytes(damage.encode("latin-1") + b"\n")
    with pytest.raises(AugError):
        trace(copy.output, "1")


def test_several_moved_inputs_verify(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl").write_text(f'{{"text": "the {name} and only"}}\n')
    file = write_config(tmp_path, input="{path: [one.jsonl, two.jsonl], text: text}")
    assert called("run", file, cwd=tmp_path).returncode == 0
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl").rename(tmp_path / f"moved-{name}.jsonl")
    assert called("verify", "out/train.jsonl", cwd=tmp_path).returncode == 1
    moved = ["--input", "moved-one.jsonl", "--input", "moved-two.jsonl"]
    done = called("verify", "out/train.jsonl", *moved, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
