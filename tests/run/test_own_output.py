"""An output of augcli as the input of another run: its originals alone, or its variants too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.commands.evaluate.data import read_data
from augcli.commands.trace import trace
from augcli.commands.verify import verify
from augcli.config.config import Options
from augcli.config.load import load
from augcli.config.sections import Evaluate
from augcli.errors import ConfigError, DataError
from augcli.io.formats.json import JsonRow, parse_json
from augcli.run.run import run
from tests.support.helpers import rows
from tests.support.running import EDITS, run_in
from tests.support.teaching import HARD, cards, read_rows, taught, write_rows

ROWS: list[dict[str, Any]] = [
    {"id": 188, "text": "please ship the order to the north", "label": "a", "n": 1.50},
    {"id": 189, "text": "our office in the old town is closed", "label": "b", "n": None},
    {"id": 190, "text": "no names in this sentence at all", "label": "a", "n": "x"},
]
AGAIN = {"b": {"variants": 2, "steps": [{"random_swap": {"rate": 0.3}}]}}
FORMATS = ["jsonl", "json", "csv", "tsv", "parquet"]


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The output of a first run, with ids."""
    write_rows(tmp_path / "in.jsonl", ROWS)
    return run_in(tmp_path, {"path": "in.jsonl", "id": "id"}, "first.jsonl", chains=EDITS)[0]


def again(folder: Path, source: Path, output: str, only: bool | None, **keys: Any) -> Path:
    given = {"path": str(source), "originals_only": only, **keys}
    return run_in(folder, given, output, chains=AGAIN)[0]


@pytest.mark.parametrize("form", FORMATS)
def test_originals_alone_are_the_first_input_again(tmp_path: Path, form: str) -> None:
    source = f"in.{form}"
    write_rows(tmp_path / source, [{**row, "n": str(row["n"])} for row in ROWS])
    one, _ = run_in(tmp_path, {"path": source}, f"one.{form}", chains=EDITS)
    two = again(tmp_path, one, f"two.{form}", only=True)
    verify(two)
    direct, _ = run_in(tmp_path, {"path": source}, f"direct.{form}", chains=AGAIN)
    assert two.read_bytes() == direct.read_bytes()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("id_column", ["id", None])
def test_variants_of_variants(tmp_path: Path, form: str, id_column: str | None) -> None:
    write_rows(tmp_path / "in.jsonl", [{**row, "n": str(row["n"])} for row in ROWS])
    one, _ = run_in(tmp_path, {"path": "in.jsonl", "id": id_column}, f"one.{form}", chains=EDITS)
    two = again(tmp_path, one, f"two.{form}", only=False, id=id_column)
    verify(two)
    before, after = (found_rows(target) for target in (one, two))
    kept = [row for row in after if "b." not in row["aug_chain"]]
    assert kept == before
    assert len(after) == 3 * len(before)
    chains = {row["aug_chain"] for row in after}
    assert chains >= {"", "a.1", "b.2", "a.2+b.1"}
    assert {row["aug_source"] for row in after} == {row["aug_source"] for row in before}
    assert len({(row["aug_source"], row["aug_chain"]) for row in after}) == len(after)


def found_rows(target: Path) -> list[dict[str, Any]]:
    return json.loads(target.read_bytes()) if target.suffix == ".json" else read_rows(target)


def test_provenance_points_at_the_rows_of_the_input(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two = again(tmp_path, first, "two.jsonl", only=False)
    lines = rows(tmp_path / "out" / "two.provenance.jsonl")
    assert [line["id"] for line in lines][:6] == ["188", "188#b.1", "188#b.2", "188#a.1", "188#a.1+b.1", "188#a.1+b.2"]
    assert [line["source"] for line in lines][3:6] == ["188#a.1"] * 3
    trace(two, "188#a.1+b.2")
    told = capsys.readouterr().out
    assert "earlier a.1 of 188" in told
    assert f"text    {rows(first)[1]['text']}" in told


def test_neither_order_nor_chunks_change_variants_of_variants(first: Path, tmp_path: Path) -> None:
    listed = first.read_bytes().splitlines(keepends=True)
    outputs = set()
    for number, chunk_rows in enumerate((1, 4, 100)):
        (tmp_path / f"{number}.jsonl").write_bytes(b"".join(listed[number:] + listed[:number]))
        keys = {"path": f"{number}.jsonl", "originals_only": False}
        target, _ = run_in(tmp_path, keys, "o.jsonl", chains=AGAIN, engine={"chunk_rows": chunk_rows})
        outputs.add(tuple(sorted(target.read_bytes().splitlines())))
    assert len(outputs) == 1


def config_with_ids(folder: Path, source: str, output: str, column: str) -> Path:
    """A config whose output has a column with ids."""
    file = folder / "config.yaml"
    wanted = {"path": str(folder / "out" / output), "id": column}
    file.write_text(json.dumps({"input": {"path": source, "text": "text"}, "output": wanted, "chains": EDITS}))
    return file


@pytest.mark.parametrize("form", FORMATS)
def test_an_id_for_each_row(tmp_path: Path, form: str) -> None:
    write_rows(tmp_path / "in.jsonl", [{**row, "n": str(row["n"])} for row in ROWS])
    run(load(config_with_ids(tmp_path, "in.jsonl", f"one.{form}", "aug_id")), Options(quiet=True))
    target = tmp_path / "out" / f"one.{form}"
    verify(target)
    lines = rows(tmp_path / "out" / "one.provenance.jsonl")
    assert [row["aug_id"] for row in found_rows(target)] == [line["id"] for line in lines]
    assert list(found_rows(target)[0])[-3:] == ["aug_source", "aug_chain", "aug_id"]


def test_what_is_refused(first: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"set input\.originals_only: true to leave its variants out, or false to"):
        again(tmp_path, first, "two.jsonl", None)
    with pytest.raises(ConfigError, match=r"in\.jsonl has no column 'aug_source'"):
        again(tmp_path, tmp_path / "in.jsonl", "two.jsonl", only=True)
    with pytest.raises(ConfigError, match=r"chains\.a: this chain made variants in the input"):
        run_in(tmp_path, {"path": str(first), "originals_only": False}, "two.jsonl", chains=EDITS)
    (tmp_path / "copy.jsonl").write_bytes(first.read_bytes())
    with pytest.raises(DataError, match="aug_source and aug_chain together: ids must be unique"):
        run_in(tmp_path, {"path": [str(first), "copy.jsonl"], "originals_only": False}, "two.jsonl", chains=AGAIN)
    with pytest.raises(ConfigError, match=r"output\.id: .*in\.jsonl already has a column 'n'.*name another output\.id"):
        run(load(config_with_ids(tmp_path, "in.jsonl", "two.jsonl", "n")), Options(quiet=True))
    with pytest.raises(ConfigError, match=r"output\.id: a column of this name is written already"):
        load(config_with_ids(tmp_path, "in.jsonl", "two.jsonl", "aug_chain"))


@pytest.mark.parametrize("chain", ['"', "noise", "a.1+", 7])
def test_chains_that_augcli_has_not_written(tmp_path: Path, chain: Any) -> None:
    write_rows(tmp_path / "in.jsonl", [{"text": "one two three", "aug_source": "r", "aug_chain": chain}])
    with pytest.raises(DataError, match="column 'aug_chain': expected nothing or chains such as"):
        again(tmp_path, tmp_path / "in.jsonl", "two.jsonl", only=False)


def test_labels_of_a_teacher(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", cards())
    one, _ = taught(tmp_path, "one.jsonl", chains=HARD)
    keys = {"label": "label", "id": "id"}
    with pytest.raises(ConfigError, match="'aug_probs', which variants of variants would not keep"):
        again(tmp_path, one, "two.jsonl", only=False, **keys)
    two = again(tmp_path, one, "two.jsonl", only=True, **keys)
    verify(two)
    assert {"aug_probs", "aug_weight"}.isdisjoint(rows(two)[0])


def test_models_are_tested_on_originals_alone(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", cards())
    one, _ = run_in(tmp_path, {"path": "in.jsonl", "label": "label"}, "one.jsonl", chains=EDITS)
    again(tmp_path, one, "two.jsonl", only=True, label="label")
    data = read_data(load(tmp_path / "config.yaml").config, Evaluate(), tagged=False)
    assert len(data.rows) == len(cards())
    again(tmp_path, one, "two.jsonl", only=False, label="label")
    with pytest.raises(ConfigError, match="no model is to be tested on variants"):
        read_data(load(tmp_path / "config.yaml").config, Evaluate(), tagged=False)


MEMBERS = st.dictionaries(
    st.text(st.sampled_from('a"\\,{}:é '), max_size=3), st.one_of(st.none(), st.text(), st.lists(st.integers(0, 9)))
)


@given(MEMBERS, st.sets(st.text(st.sampled_from('a"\\,{}:é '), max_size=3)), st.sampled_from([None, 1]))
def test_a_json_row_without_some_keys(members: dict[str, Any], without: set[str], indent: int | None) -> None:
    rest = {key: value for key, value in members.items() if key not in without}
    line = json.dumps(members, indent=indent).replace("\n", " ").encode()
    found = parse_json(line).without(without)
    assert isinstance(found, JsonRow)
    assert json.loads(found.raw) == found.data == rest
    if rest == members:
        assert found.raw == line


def test_ids_that_would_be_those_of_variants_are_refused(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", [{"id": "a", "text": ROWS[0]["text"]}, {"id": "a#c.1", "text": ROWS[1]["text"]}])
    keys = {"path": "in.jsonl", "id": "id"}
    chains = {"c": {"steps": ["random_swap"]}}
    with pytest.raises(DataError, match=r"'a#c\.1' is what output\.id calls a variant; give that chain another name"):
        run_in(tmp_path, keys, "o.jsonl", chains=chains, keys={"id": "q"})
    target, _ = run_in(tmp_path, keys, "o.jsonl", chains={"d": chains["c"]}, keys={"id": "q"})
    assert len({row["q"] for row in rows(target)}) == 4
