"""The input cut into blocks and chunks: every row is in one of them, whatever quotes and line ends it holds."""

from __future__ import annotations

import csv
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from augcli.commands.verify import verify
from augcli.config.config import Options
from augcli.config.load import load
from augcli.errors import DataError
from augcli.io.open import open_sources
from augcli.io.sources import borders
from augcli.run.engine.local import local
from augcli.run.run import run
from augcli.run.survey import blocks as blocks_module
from augcli.run.survey.balance import shares
from augcli.run.survey.survey import survey
from tests.support.helpers import SNIPS, rows, sources
from tests.support.running import EDITS, called, run_in

ONE = {"workers": 1, "chunk_rows": 3}
cells = st.text(st.sampled_from(['"', "a", "é", "\n", "\r", ",", " ", "'"]), max_size=8)


def small_blocks(patched: pytest.MonkeyPatch, size: int) -> None:
    patched.setattr(blocks_module, "BLOCK", size)


def csv_of(table: list[list[str]], **options: Any) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL, **options).writerows([["text", "n"], *table])
    return file.getvalue()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(st.tuples(cells, cells).map(list), min_size=1, max_size=12), size=st.integers(1, 60))
def test_blocks_of_csv(tmp_path: Path, table: list[list[str]], size: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        small_blocks(patched, size)
        (tmp_path / "a.csv").write_text(csv_of(table), newline="")
        target, outcome = run_in(tmp_path, {"path": "a.csv"}, "o.jsonl", engine=ONE)
        assert [[row["text"], row["n"]] for row in rows(target)] == table
        assert sources(target) == [f"a.csv:{n}" for n in range(1, len(table) + 1)]
        assert outcome.dataset.rows == len(table)
        verify(target)


STRAY = [f'{n},"quoted\nline {n}"' if n % 3 else f'5" nail {n},{n}' for n in range(40)]


@pytest.mark.parametrize("size", [1, 30, 100, 300, 10_000])
def test_stray_quotes_mislead_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    lines = [line for line in STRAY if '"quoted' in line or line.startswith('5"')]
    (tmp_path / "b.csv").write_text("text,n\n" + "\n".join(lines) + "\n")
    (tmp_path / "c.csv").write_text("text,n\nlast,1\n")
    small_blocks(monkeypatch, size)
    target, _ = run_in(tmp_path, {"path": ["b.csv", "c.csv"]}, "o.jsonl", engine=ONE)
    with (tmp_path / "b.csv").open(newline="") as file:
        expected = [*csv.reader(file)][1:]
    assert [[row["text"], row["n"]] for row in rows(target)] == [*expected, ["last", "1"]]
    assert sources(target) == [f"b.csv:{n}" for n in range(1, 41)] + ["c.csv:1"]
    for limit in (1, 17, 39, 40, 41):
        target, _ = run_in(tmp_path, {"path": ["b.csv", "c.csv"]}, "o.jsonl", engine=ONE, limit=limit)
        assert [[row["text"], row["n"]] for row in rows(target)] == [*expected, ["last", "1"]][:limit]


def test_ids_of_misread_blocks_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = [f'{n},5" nail,"a\n{n},5"" nail"' for n in range(60)]
    (tmp_path / "a.csv").write_text("id,text,note\n" + "\n".join(table) + "\n")
    small_blocks(monkeypatch, 50)
    target, _ = run_in(tmp_path, {"path": "a.csv", "id": "id"}, "o.jsonl", engine=ONE)
    assert [row["id"] for row in rows(target)] == [str(n) for n in range(60)]


@pytest.mark.parametrize("size", [1, 200, 5000])
def test_bad_rows_are_named_by_row_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    small_blocks(monkeypatch, size)
    lines = [f'"a\r\nb{n}",{n}' if n % 2 else f"a b{n},{n}" for n in range(100)]
    lines[7] = lines[71] = "too,many,fields"
    (tmp_path / "a.csv").write_text("text,n\n" + "\n".join(lines) + "\n", newline="")
    with pytest.raises(DataError) as caught:
        run_in(tmp_path, {"path": "a.csv"}, "o.jsonl", engine=ONE)
    assert "a.csv: row 8 (line 12): 3 fields" in str(caught.value)
    assert "a.csv: row 72 (line 107): 3 fields" in str(caught.value)
    _, outcome = run_in(tmp_path, {"path": "a.csv"}, "o.jsonl", engine=ONE, on_error="drop")
    assert outcome.dataset.dropped == 2
    assert [place.split(":")[1] for place in outcome.dataset.dropped_rows] == [" row 8 (line 12)", " row 72 (line 107)"]


@pytest.mark.parametrize("size", [1, 700, 10_000])
def test_chunks_do_not_depend_on_who_surveys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    small_blocks(monkeypatch, size)
    made = set()
    for workers in (1, 2):
        engine = {"workers": workers, "chunk_rows": 20}
        keys = {"path": str(SNIPS), "id": "id", "label": "label"}
        target, outcome = run_in(tmp_path, keys, "o.jsonl", chains=EDITS, engine=engine)
        made.add((target.read_bytes(), tuple((chunk.index, chunk.rows) for chunk in outcome.dataset.chunks)))
        assert len(outcome.dataset.chunks) == len([*outcome.dataset.chunks])
    assert len(made) == 1


def test_many_small_files_share_chunks(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(250):
        (folder / f"{n:03}.jsonl").write_text(json.dumps({"text": f"the text of file {n}"}) + "\n")
    target, outcome = run_in(tmp_path, {"path": "in"}, "o.jsonl", chains=EDITS, engine={"chunk_rows": 100})
    assert [chunk.rows for chunk in outcome.dataset.chunks] == [100, 100, 50]
    assert list(dict.fromkeys(sources(target))) == [f"{n:03}.jsonl:1" for n in range(250)]
    verify(target)


def test_parquet_files_of_other_types_are_not_mixed(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a b", "c d"], "n": pa.array([1, 2], pa.int32())}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": ["e f"], "n": pa.array([3.5])}), tmp_path / "b.parquet")
    target, outcome = run_in(tmp_path, {"path": ["a.parquet", "b.parquet"]}, "o.jsonl", engine={"workers": 1})
    assert [row["n"] for row in rows(target)] == [1, 2, 3.5]
    assert [chunk.rows for chunk in outcome.dataset.chunks] == [2, 1]


def test_limit_stops_within_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_blocks(monkeypatch, 100)
    lines = [json.dumps({"text": f"row {n}"}) for n in range(50)]
    (tmp_path / "a.jsonl").write_text("\n".join([*lines[:30], "not json", *lines[30:]]) + "\n")
    for limit in (0, 1, 7, 29, 30):
        target, _ = run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl", engine=ONE, limit=limit)
        assert [row["text"] for row in rows(target)] == [f"row {n}" for n in range(limit)]
    with pytest.raises(DataError, match="row 31 "):
        run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl", engine=ONE, limit=31)


@pytest.mark.parametrize("size", [1, 999, 4 << 20])
def test_borders_cover_a_file(tmp_path: Path, size: int) -> None:
    (tmp_path / "a.csv").write_text(csv_of([[f'say "{n}"\n', "x" * n] for n in range(60)]), newline="")
    (tmp_path / "r.yaml").write_text("{input: {path: a.csv, text: text}, output: {path: o.csv}, chains: {}}")
    (source,) = open_sources(load(tmp_path / "r.yaml").config, tmp_path, 2000)
    parts = list(borders(source, size))
    assert (parts[0][0], parts[-1][1]) == (source.start, source.end)
    assert all(part[1] == after[0] for part, after in pairwise(parts))
    assert sum(part[2] for part in parts) == source.end - source.start


@pytest.mark.parametrize("size", [100, 4 << 20])
def test_balance_draws_the_rows_with_the_lowest_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    small_blocks(monkeypatch, size)
    chains = {"even": {"variants": {"balance": 100}, "steps": ["random_swap"]}}
    sections = {
        "input": {"path": str(SNIPS), "text": "text", "label": "label", "id": "id", "spans": None},
        "chains": chains,
    }
    (tmp_path / "r.yaml").write_text(json.dumps({**sections, "output": {"path": "o.jsonl"}}))
    config = load(tmp_path / "r.yaml").config
    with local(1) as engine:
        found = survey(config, open_sources(config, tmp_path, 2000), tmp_path / "survey", engine, 2000)
    for (label,), (each, below, _) in shares(config, found.groups, found.folder)["even"].items():
        assert each * found.labels[label] + (100 - found.labels[label]) % found.labels[label] == (
            100 - found.labels[label]
        )
        assert bool(below) == bool((100 - found.labels[label]) % found.labels[label])


# --- unique in the whole output ---------------------------------------------------------------------------------------

TWICE = {"a": {"variants": 2, "steps": ["reverse"], "checks": [{"unique": {"scope": "output"}}]}}


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("chunk_rows", [1, 2, 100])
def test_unique_in_the_output(tmp_path: Path, keep: bool, chunk_rows: int) -> None:
    texts = ["one two", "three four", "one two", "two one", "five six", "four three", "seven"]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    output = {"path": str(tmp_path / "o.jsonl"), "keep_original": keep}
    sections = {"input": {"path": "a.jsonl", "text": "text"}, "output": output, "chains": TWICE}
    (tmp_path / "r.yaml").write_text(json.dumps({**sections, "engine": {"chunk_rows": chunk_rows, "workers": 1}}))
    outcome = run(load(tmp_path / "r.yaml"), Options(quiet=True, overwrite=True))
    made = [(row["text"], row["aug_chain"]) for row in rows(tmp_path / "o.jsonl")]
    variants = [text for text, chain in made if chain]
    # an original stays where it is, and so every variant goes that repeats one before or behind it
    assert variants == (["six five"] if keep else ["two one", "four three", "one two", "six five", "three four"])
    assert [text for text, chain in made if not chain] == (texts if keep else [])
    ledger = outcome.counts.ledgers["a"]
    assert (ledger.asked, ledger.written) == (14, len(variants))
    assert ledger.duplicate + ledger.unchanged + ledger.written == 14
    assert outcome.counts.tally.written == len(made)
    verify(tmp_path / "o.jsonl")


def test_only_chains_that_ask_for_it_are_unique_in_the_output(tmp_path: Path) -> None:
    chains = {"a": {"steps": ["reverse"]}, **{"b": TWICE["a"]}}
    lines = [{"text": "one two three"}, {"text": "one two three"}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    target, outcome = run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl", chains=chains)
    assert [row["aug_chain"] for row in rows(target)] == ["", "a.1", "", "a.1"]
    assert outcome.counts.ledgers["b"].duplicate == 4


def test_unique_in_the_output_for_any_workers(tmp_path: Path) -> None:
    sample = rows(SNIPS)
    lines = [{**sample[n % 40], "id": f"r{n}"} for n in range(400)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    chains = {"a": {"variants": 3, "steps": ["typo"], "checks": [{"unique": {"scope": "output"}}]}}
    made = set()
    for workers, chunk_rows in ((1, 1000), (1, 7), (2, 50)):
        engine = {"workers": workers, "chunk_rows": chunk_rows}
        target, outcome = run_in(tmp_path, {"path": "a.jsonl", "id": "id"}, "o.jsonl", chains=chains, engine=engine)
        made.add((target.read_bytes(), outcome.counts.tally.written, str(outcome.counts.tally.lengths_after)))
        variants = [row["text"] for row in rows(target) if row["aug_chain"]]
        assert len(variants) == len(set(variants)) == outcome.counts.ledgers["a"].written
        assert outcome.counts.ledgers["a"].duplicate > 0
    assert len(made) == 1


# --- shards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["out/", "out/train.csv", "out/train.jsonl.gz", "out/train.parquet"])
def test_shards(tmp_path: Path, output: str) -> None:
    sections = {
        "input": {"path": str(SNIPS), "text": "text", "id": "id", "spans": "spans"},
        "output": {"path": output, "shards": 3},
        "chains": EDITS,
        "engine": {"chunk_rows": 40},
    }
    (tmp_path / "r.yaml").write_text(json.dumps(sections))
    done = called("run", "r.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    name = output.removeprefix("out/") or "part.jsonl"
    stem, _, suffix = name.partition(".")
    numbered = [f"{stem}-{shard:05}-of-00003" for shard in range(3)]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted(
        [f"{one}.{suffix}" for one in numbered]
        + [f"{one}.provenance.jsonl" for one in numbered]
        + [f"{stem}.report.html", f"{stem}.report.json"]
    )
    for verified in ("out", output, f"out/{numbered[1]}.{suffix}"):
        done = called("verify", verified, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert called("trace", "out", "300", cwd=tmp_path).returncode == 0
    assert called("run", "r.yaml", cwd=tmp_path).returncode == 2
    whole = called("run", "r.yaml", "--set", "output.shards=null", "--output", f"whole.{suffix}", cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    if suffix == "jsonl":
        shards = b"".join((tmp_path / f"out/{one}.jsonl").read_bytes() for one in numbered)
        assert shards == (tmp_path / "whole.jsonl").read_bytes()
    (tmp_path / f"out/{numbered[1]}.{suffix}").write_bytes(b"x")
    assert called("verify", "out", cwd=tmp_path).returncode == 1


def test_shards_of_another_number_do_not_stay(tmp_path: Path) -> None:
    sections = {
        "input": {"path": str(SNIPS), "text": "text", "spans": None},
        "output": {"path": "out/", "shards": 4},
        "chains": EDITS,
    }
    (tmp_path / "r.yaml").write_text(json.dumps({**sections, "engine": {"chunk_rows": 40}}))
    (tmp_path / "out").mkdir()
    theirs = ["other-00000-of-00009.jsonl", "part-00000-of-00009.jsonl"]  # without provenance: not of augcli
    for name in theirs:
        (tmp_path / "out" / name).touch()
    assert called("run", "r.yaml", cwd=tmp_path).returncode == 0
    (tmp_path / "out/part.report.json").unlink()
    (tmp_path / "out/part.report.html").unlink()
    refused = called("run", "r.yaml", "--set", "output.shards=2", cwd=tmp_path)
    assert (refused.returncode, b"-of-00004.jsonl" in refused.stderr) == (2, True), refused.stderr
    assert called("run", "r.yaml", "--set", "output.shards=2", "--overwrite", cwd=tmp_path).returncode == 0
    left = sorted(file.name for file in (tmp_path / "out").glob("*-of-*"))
    ours = [f"part-{shard:05}-of-00002.{kind}" for shard in range(2) for kind in ("jsonl", "provenance.jsonl")]
    assert left == sorted([*theirs, *ours])
    whole = ("--set", "output.shards=null", "--output", "out/part.jsonl", "--overwrite")
    assert called("run", "r.yaml", *whole, cwd=tmp_path).returncode == 0
    assert sorted(file.name for file in (tmp_path / "out").glob("*-of-*")) == left
    assert called("run", "r.yaml", "--set", "output.shards=2", "--overwrite", cwd=tmp_path).returncode == 0
    assert called("verify", "out", cwd=tmp_path).returncode == 0


def test_parquet_shards_have_one_schema(tmp_path: Path) -> None:
    lines = [{"text": "one two three", "n": n if n > 100 else None} for n in range(130)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    sections = {"input": {"path": "a.jsonl", "text": "text"}, "output": {"path": "o.parquet", "shards": 30}}
    (tmp_path / "r.yaml").write_text(json.dumps({**sections, "chains": EDITS, "engine": {"chunk_rows": 10}}))
    assert called("run", "r.yaml", cwd=tmp_path).returncode == 0
    schemas = {pq.read_schema(file) for file in tmp_path.glob("o-*.parquet")}
    assert [schema.field("n").type for schema in schemas] == [pa.int64()]
    assert pq.read_table([*sorted(tmp_path.glob("o-*.parquet"))]).num_rows >= 260
    assert called("verify", "o.parquet", cwd=tmp_path).returncode == 0


def test_more_shards_than_chunks_are_told_of(tmp_path: Path) -> None:
    sections = {
        "input": {"path": str(SNIPS), "text": "text", "spans": None},
        "output": {"path": "out/", "shards": 4},
        "chains": EDITS,
    }
    (tmp_path / "r.yaml").write_text(json.dumps({**sections, "engine": {"chunk_rows": 200}}))
    done = called("run", "r.yaml", cwd=tmp_path)
    assert b"note: 4 shards, but 2 chunks: some are empty; lower engine.chunk_rows" in done.stderr
    assert called("verify", "out", cwd=tmp_path).returncode == 0
    fine = called("run", "r.yaml", "--overwrite", "--set", "output.shards=2", cwd=tmp_path)
    assert b"note:" not in fine.stderr


def test_folders_and_shards_go_together(tmp_path: Path) -> None:
    sections = {
        "input": {"path": str(SNIPS), "text": "text", "spans": None},
        "output": {"path": "out/"},
        "chains": EDITS,
    }
    (tmp_path / "r.yaml").write_text(json.dumps(sections))
    done = called("run", "r.yaml", cwd=tmp_path)
    assert (done.returncode, b"set output.shards" in done.stderr) == (2, True)
    (tmp_path / "out").mkdir()
    done = called("run", "r.yaml", "--output", "out", "--output-format", "jsonl", cwd=tmp_path)
    assert (done.returncode, b"is a folder" in done.stderr) == (2, True)
