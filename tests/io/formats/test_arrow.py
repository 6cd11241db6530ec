"""Arrow files, and data sets that Hugging Face's `datasets` saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from augcli.commands.init.config import config_for
from augcli.commands.verify import verify
from augcli.errors import AugError, ConfigError, DataError
from tests.support.running import EDITS, run_in

ROWS = [{"text": f"one good word and more of them {n}", "label": n % 3, "tags": ["a", "b"][: n % 2]} for n in range(25)]
FEATURES = {b"huggingface": b'{"info": {"features": {}}}'}


def table(rows: list[dict[str, Any]]) -> Any:
    return pa.Table.from_pylist(rows).replace_schema_metadata(FEATURES)


def save(path: Path, rows: list[dict[str, Any]], *, stream: bool = True) -> None:
    """Batches of four rows, as a stream or as a file."""
    made = table(rows)
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(path, made.schema) as writer:
        writer.write_table(made, max_chunksize=4)


def read(path: Path) -> Any:
    with path.open("rb") as file:
        return pa.ipc.open_stream(file).read_all()


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("rows", [3, 100])
def test_columns_keep_their_types(tmp_path: Path, stream: bool, rows: int) -> None:
    save(tmp_path / "a.arrow", ROWS, stream=stream)
    keys = {"drop": ["aug_source", "aug_chain"]}
    same, _ = run_in(tmp_path, {"path": "a.arrow"}, "same.arrow", keys=keys, engine={"chunk_rows": rows})
    verify(same)
    assert read(same).equals(table(ROWS), check_metadata=True)
    engine = {"chunk_rows": rows, "workers": 2}
    target, outcome = run_in(tmp_path, {"path": "a.arrow"}, "o.arrow", chains=EDITS, engine=engine)
    verify(target)
    found = read(target)
    assert (len(found), outcome.counts.variants) == (75, 50)
    assert found.select(["text", "label", "tags"]).schema == table(ROWS).schema
    assert found.schema.metadata == FEATURES
    for suffix in ("parquet", "jsonl"):
        other, _ = run_in(tmp_path, {"path": "a.arrow"}, f"o.{suffix}", chains=EDITS)
        verify(other)
    assert pq.read_table(tmp_path / "out" / "o.parquet").to_pylist() == found.to_pylist()
    assert [json.loads(line) for line in (tmp_path / "out" / "o.jsonl").read_text().splitlines()] == found.to_pylist()


@pytest.mark.parametrize("kind", [pa.dictionary(pa.int8(), pa.string()), pa.string_view()])
def test_categories_and_views_of_texts(tmp_path: Path, kind: Any) -> None:
    """The categories of a stream may be others in each batch."""
    schema = pa.schema([("text", pa.string_view()), ("label", kind)])
    with pa.ipc.new_stream(tmp_path / "a.arrow", schema) as writer:
        for names in (["x", "y"], ["y", "z"]):
            texts = pa.array([f"one good word and more of {name}" for name in names], pa.string_view())
            labels = pa.array(names).dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else names
            writer.write_batch(pa.record_batch([texts, pa.array(labels, kind)], schema=schema))
    target, outcome = run_in(tmp_path, {"path": "a.arrow", "label": "label"}, "o.arrow", chains=EDITS)
    verify(target)
    assert outcome.counts.variants == 8
    found = read(target)
    assert found["label"].to_pylist() == [name for name in "xyyz" for _ in range(3)]
    assert pa.types.is_dictionary(found.schema.field("label").type) == pa.types.is_dictionary(kind)


def test_a_change_is_found(tmp_path: Path) -> None:
    save(tmp_path / "a.arrow", ROWS)
    target, _ = run_in(tmp_path, {"path": "a.arrow"}, "o.arrow", chains=EDITS)
    rows = read(target).to_pylist()
    rows[7]["label"] = 9
    save(target, rows)
    with pytest.raises(AugError, match="row 8 does not follow from its source"):
        verify(target)


def test_a_saved_data_set(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    save(folder / "data-00000-of-00002.arrow", ROWS[:9])
    save(folder / "data-00001-of-00002.arrow", ROWS[9:])
    save(folder / "cache-0123.arrow", ROWS[:3])
    (folder / "dataset_info.json").write_text("{}")
    named = [{"filename": f"data-0000{n}-of-00002.arrow"} for n in range(2)]
    (folder / "state.json").write_text(json.dumps({"_data_files": named}))
    target, _ = run_in(tmp_path, {"path": "saved"}, "o.arrow", chains=EDITS)
    verify(target)
    assert [row["text"] for row in read(target).to_pylist() if not row["aug_chain"]] == [row["text"] for row in ROWS]
    assert "path: out/saved.arrow" in config_for(str(folder), None, None).text
    (folder / "state.json").write_text(json.dumps({"_data_files": named, "_indices_data_files": named}))
    with pytest.raises(ConfigError, match="holds a choice of rows of another data set"):
        run_in(tmp_path, {"path": "saved"}, "o.arrow")
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    with pytest.raises(ConfigError, match=r"several splits; name the folder of one: .*train"):
        run_in(tmp_path, {"path": str(tmp_path)}, "o.arrow")


@pytest.mark.parametrize("data", [b"", b"nonsense", b"ARROW1nonsense", b"\xff\xff\xff\xff\x00\x00"])
def test_what_is_no_arrow_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.arrow").write_bytes(data)
    with pytest.raises(DataError, match=r"a\.arrow: not an Arrow file"):
        run_in(tmp_path, {"path": "a.arrow"}, "o.jsonl")
    save(tmp_path / "b.arrow", ROWS)
    with pytest.raises(ConfigError, match="never packed; leave out the last suffix"):
        run_in(tmp_path, {"path": "b.arrow"}, "o.arrow.gz")
