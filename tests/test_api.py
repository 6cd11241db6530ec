"""The Python face: the same rows as the command line, in the kind of data that was given."""

from __future__ import annotations

import json
import logging
import multiprocessing
import pickle
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pytest

import augcli
from augcli import api
from augcli.config import presets
from augcli.errors import AugError, ConfigError, DataError
from augcli.plugin import names
from augcli.steps.step import Step
from tests.support.corpus import TEXTS as CORPUS
from tests.support.helpers import ROOT, SNIPS
from tests.support.helpers import rows as rows_of
from tests.support.running import run_in
from tests.support.teaching import POOL, cards, read_rows, taught, unlabelled, write_rows

TEXTS = ["What is the cheapest price I can pay for it?", "The movie was dull and slow.", "Where can I book a table?"]
ROWS: list[dict[str, Any]] = [
    {"id": 7, "text": TEXTS[0], "label": 1, "spans": [[12, 26, "price"]], "when": "007", "deep": {"a": [1, {"b": 2}]}},
    {"id": 8, "text": TEXTS[1], "label": 0, "spans": [], "when": "NA", "deep": None},
    {"id": 9, "text": TEXTS[2], "label": 1, "spans": [[12, 16, "verb"]], "when": "1e5", "deep": {}, "more": 2**70},
]
CHAINS = {"noise": {"variants": 2, "steps": ["random_swap", {"typo": {"rate": 0.1}}]}}
SENTENCES = [row["text"] for row in rows_of(SNIPS)[:40]]


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"label": "label", "spans": "spans"},
        {"id": "id", "label": "label"},
        {"text": "deep.c", "where": "label == 1"},
        {"where": "label == 1", "rest": "drop", "label": "label"},
    ],
)
@pytest.mark.parametrize("output", [{}, {"keep_original": False}, {"id": "name", "drop": ["when"]}])
def test_rows_are_those_of_the_command_line(keys: dict[str, Any], output: dict[str, Any], tmp_path: Path) -> None:
    rows = [{**row, "deep": {"c": f"{row['text']} Really."}} for row in ROWS]
    if "text" in keys and "drop" in output:
        output = {"drop": ["id"]}
    (tmp_path / "data.jsonl").write_text("\n".join(map(json.dumps, rows)))
    target, _ = run_in(tmp_path, {"path": "data.jsonl", **keys}, "out.jsonl", chains=CHAINS, keys=output)
    config = {"input": {"text": "text", **keys}, "output": output, "chains": CHAINS}
    made = augcli.augment(rows, config)
    assert made == [json.loads(line) for line in target.read_text().splitlines()]
    assert any(row["aug_chain"] for row in made)


def test_odd_texts_come_through_as_on_the_command_line(tmp_path: Path) -> None:
    rows = [{"text": text, "n": place} for place, (name, text) in enumerate(CORPUS.items()) if "surrogate" not in name]
    (tmp_path / "data.jsonl").write_text("\n".join(map(json.dumps, rows)))
    target, _ = run_in(tmp_path, {"path": "data.jsonl"}, "out.jsonl", chains=CHAINS)
    made = augcli.augment(rows, CHAINS)
    assert made == [json.loads(line) for line in target.read_bytes().split(b"\n")[:-1]]
    assert list(augcli.augment(pd.DataFrame(rows), CHAINS).text) == [row["text"] for row in made]
    with pytest.raises(AugError, match="row 1"):
        augcli.augment(["\ud800"], CHAINS)


def test_balance_and_the_whole_output_are_as_on_the_command_line(tmp_path: Path) -> None:
    rows = [{"text": text, "label": "abb"[place % 3]} for place, text in enumerate(SENTENCES)]
    (tmp_path / "data.jsonl").write_text("\n".join(map(json.dumps, rows)))
    chains = {"even": {"variants": {"balance": "max"}, "steps": ["tfidf"], "checks": [{"unique": {"scope": "output"}}]}}
    target, _ = run_in(tmp_path, {"path": "data.jsonl", "label": "label"}, "out.jsonl", chains=chains)
    assert augcli.augment(rows, chains, label="label") == [json.loads(line) for line in target.read_text().splitlines()]


def test_a_data_frame_keeps_its_types_its_index_and_what_json_does_not_know() -> None:
    frame = pd.DataFrame(
        {
            "text": pd.array(TEXTS, "string"),
            "label": pd.Categorical(["b", "a", "b"]),
            "code": ["007", "NA", "1e5"],
            "small": np.array([1, 2, 3], "uint8"),
            "when": pd.Timestamp("2020-01-01"),
            "spans": [[(12, 26, "price")], [], np.array([[12, 16, "verb"]], object)],
            "thing": [object(), object(), object()],
        },
        index=pd.Index(["x", "y", "z"], name="row"),
    )
    made = augcli.augment(frame, CHAINS, label="label", spans="spans")
    assert made.dtypes["text"] == frame.dtypes["text"]
    assert [made.dtypes[column] for column in frame] == list(frame.dtypes)
    assert list(made.index) == [*"xxxyyyzzz"]
    assert made.index.name == "row"
    originals = made[made.aug_chain == ""]
    pd.testing.assert_frame_equal(originals[list(frame)], frame)
    assert all(made.thing.iloc[place] is frame.thing.iloc[place // 3] for place in range(9))
    assert [*made.columns] == [*frame.columns, "aug_source", "aug_chain"]
    for text, spans in zip(made.text, made.spans, strict=True):
        assert all(text[start:end] in ("cheapest price", "book") for start, end, _ in spans)
    assert list(frame.columns) == ["text", "label", "code", "small", "when", "spans", "thing"]


def test_columns_may_be_numbers_and_tokens() -> None:
    frame = pd.DataFrame({0: [["Book", "a", "table", "in", "Rome"]], 1: [["O", "O", "O", "O", "B-city"]]})
    config = {"input": {"tokens": "0", "tags": "1"}, "chains": {"a": {"variants": 1, "steps": [{"random_swap": {}}]}}}
    made = augcli.augment(frame, config)
    assert [*made.columns] == [0, 1, "aug_source", "aug_chain"]
    assert sorted(map(str.lower, made[0].iloc[1])) == ["a", "book", "in", "rome", "table"]
    assert made[1].iloc[1][made[0].iloc[1].index("Rome")] == "B-city"
    assert not made[0].iloc[1] == made[0].iloc[0] == frame[0].iloc[0]


def test_rows_without_a_label_come_in_with_what_the_teacher_says(tmp_path: Path) -> None:
    rows, more = cards(), write_rows(tmp_path / "more.jsonl", unlabelled())
    write_rows(tmp_path / "in.jsonl", rows)
    target, _ = taught(tmp_path, chains=POOL, unlabeled={"path": str(more), "limit": 10})
    config = json.loads((tmp_path / "config.yaml").read_text())
    written = read_rows(target)
    places = {row["id"]: place for place, row in enumerate(rows)}
    frame = pd.DataFrame(rows).assign(place=range(len(rows)), sure=True)
    made = augcli.augment(frame, config)
    new = made[made.label.isna()]
    assert (made.place.dtype, made.sure.dtype) == ("Int64", "boolean")
    assert 0 < len(new) == sum(row["label"] is None for row in written)
    assert all(places[row.id] == row.place for row in made[made.label.notna()].itertuples())
    assert [*made.aug_weight] == [row["aug_weight"] for row in written]
    assert [*made.aug_probs] == [row["aug_probs"] for row in written]


def test_a_hugging_face_data_set_keeps_its_features() -> None:
    columns = {column: [row[column] for row in ROWS] for column in ("id", "text", "label")}
    features = datasets.Features(
        {
            "id": datasets.Value("int16"),
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["a", "b"]),
        }
    )
    data = datasets.Dataset.from_dict(columns, features)
    made = augcli.augment(data, CHAINS, label="label")
    assert isinstance(made, datasets.Dataset)
    assert {column: made.features[column] for column in features} == features
    rows = augcli.augment([{column: row[column] for column in columns} for row in ROWS], CHAINS, label="label")
    assert made.to_list() == rows
    shaped = augcli.augment(data.with_format("numpy", ["text"]), CHAINS, label="label")
    assert shaped.format["type"] == "numpy"
    assert shaped.format["columns"] == ["text", "aug_source", "aug_chain"]


def test_a_config_needs_no_input() -> None:
    rows: list[dict[str, Any]] = [{"text": TEXTS[0]}, {"text": None}]
    made = augcli.augment(rows, {"on_error": "drop", "chains": CHAINS})
    assert [row["text"] for row in made if not row["aug_chain"]] == TEXTS[:1]


def test_numbers_may_be_numpys_and_paths_paths(tmp_path: Path) -> None:
    seed: Any = np.int64(3)
    steps = [[{"typo": {"rate": rate}}] for rate in (0.5, np.float32(0.5))]
    assert augcli.augment(TEXTS, steps[0], seed=3) == augcli.augment(TEXTS, steps[1], seed=seed)
    config = {"input": {"path": tmp_path, "text": "text"}, "chains": {"noise": {"steps": ["typo"]}}}
    assert len(augcli.augment([{"text": text} for text in TEXTS], config)) == 2 * len(TEXTS)
    augmenter = augcli.Augmenter("typo")
    assert augmenter(TEXTS, key=np.arange(3), epoch=np.int8(1)) == augmenter(TEXTS, key=[0, 1, 2], epoch=1)  # type: ignore[call-overload]


def test_a_frame_without_rows_and_texts_as_categories() -> None:
    frame = pd.DataFrame({"text": TEXTS})
    kinds = augcli.augment(frame, "typo").dtypes
    assert augcli.augment(frame.iloc[:0], "typo").dtypes.equals(kinds)
    assert augcli.augment(frame.astype("category"), "typo").dtypes.equals(kinds)


def test_plain_texts_give_plain_texts() -> None:
    made = augcli.augment(TEXTS, "random_swap", variants=2, seed=3)
    assert made[::3] == TEXTS
    rows = augcli.augment([{"text": text} for text in TEXTS], ["random_swap"], variants=2, seed=3)
    assert made == [row["text"] for row in rows]
    assert augcli.augment([], "typo") == []
    assert augcli.augment(["我今天去北京看朋友。"], "homophone", language="zh")[1:]


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: augcli.augment("text", "typo"), TypeError, "a list of texts, a list of dicts"),
        (lambda: augcli.augment(["x", 1], "typo"), TypeError, "a list of int and str"),
        (lambda: augcli.augment(pd.Series(TEXTS), "typo"), TypeError, "to_frame"),
        (lambda: augcli.augment({"train": TEXTS}, "typo"), TypeError, "name a split"),
        (lambda: augcli.augment([{"txt": "x"}], "typo"), ConfigError, "no column 'text'; it has 'txt'; did you mean"),
        (lambda: augcli.augment([{"text": None}], "typo"), DataError, "data: row 1 .*expected text, not null"),
        (lambda: augcli.augment([{"text": b"x"}], "typo"), DataError, "row 0: .*bytes; decode them"),
        (lambda: augcli.augment(TEXTS, "tipo"), ConfigError, "no step, no preset"),
        (lambda: augcli.augment(TEXTS, {"typo": {"rate": 3}}), ConfigError, "rate: 3 is out of range"),
        (lambda: augcli.augment(TEXTS, CHAINS, variants=2), ConfigError, "with steps alone"),
        (lambda: augcli.augment(TEXTS, "nosuch.yaml"), ConfigError, "no such file"),
        (lambda: augcli.augment([{"text": "a", "aug_chain": ""}], "typo"), ConfigError, "aug_chain"),
        (lambda: augcli.augment(pd.DataFrame([["a", "b"]], columns=["t", "t"]), "typo"), DataError, "two columns"),
        (lambda: augcli.Augmenter("tfidf"), ConfigError, "use augcli.augment over all rows"),
        (lambda: augcli.Augmenter([{"mix": {"partner": "any"}}]), ConfigError, "with mix; use augcli.augment"),
        (lambda: augcli.augment(TEXTS, []), ConfigError, "nothing to do"),
        (lambda: augcli.augment(TEXTS, 3), TypeError, "a preset or a config, not int"),  # type: ignore[arg-type]
        (lambda: augcli.augment(TEXTS, b"typo"), TypeError, "not bytes"),
        (lambda: augcli.augment("typo", TEXTS), TypeError, "comes after the data"),
        (lambda: augcli.augment(TEXTS, "typo", seed=object()), ConfigError, "seed=: expected"),  # type: ignore[arg-type]
        (lambda: augcli.augment(pd.concat({"a": pd.DataFrame({"text": TEXTS})}, axis=1), "typo"), DataError, "levels"),
        (lambda: augcli.augment(TEXTS, "typo", seed="x"), ConfigError, "^seed: expected"),  # type: ignore[arg-type]
        (lambda: augcli.inspect(ROWS, text="tex"), ConfigError, "'deep', 'more'; did you mean text"),
        (lambda: augcli.preview(TEXTS, "typo", 0), ValueError, "at least one"),
        (lambda: augcli.Augmenter("typo")(None), TypeError, "not NoneType"),  # type: ignore[call-overload]
        (lambda: augcli.Augmenter("typo")(b"a text"), TypeError, "not bytes"),  # type: ignore[call-overload]
        (lambda: augcli.Augmenter("typo")(["a text", None]), TypeError, "not NoneType"),  # type: ignore[list-item]
        (lambda: augcli.Augmenter("typo")(TEXTS, key=1), TypeError, "a key for each"),  # type: ignore[call-overload]
        (lambda: augcli.Augmenter("typo")("a text", key=1.5), TypeError, "float"),  # type: ignore[call-overload]
        (lambda: augcli.Augmenter("typo")("a text", epoch=1.5), TypeError, "float"),  # type: ignore[call-overload]
        (lambda: augcli.Augmenter("typo")("a text", epoch=-1), ValueError, "count from 0"),
        (lambda: augcli.Augmenter("typo")(TEXTS, key=[1]), ValueError, "1 keys for 3 texts"),
        (lambda: augcli.read_provenance("nosuch.jsonl"), DataError, "there is no provenance"),
    ],
)
def test_what_cannot_be_done_is_said(call: Any, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told) as raised:
        call()
    assert "/tmp" not in str(raised.value)


def test_an_augmenter_makes_the_variants_of_the_command_line_epoch_by_epoch(tmp_path: Path) -> None:
    chains = {"a": CHAINS["noise"], "b": {"variants": 2, "steps": [{"random_char": {"rate": 0.2}}]}}
    rows = [{"id": place, "text": text} for place, text in enumerate(SENTENCES)]
    made = augcli.augment(rows, {"input": {"text": "text", "id": "id"}, "chains": chains})
    wanted = {(row["aug_source"], row["aug_chain"]): row["text"] for row in made if row["aug_chain"]}
    augmenter = augcli.Augmenter(chains)
    for epoch, chain in enumerate(("a.1", "b.1", "a.2", "b.2")):
        texts = augmenter(SENTENCES, key=range(len(SENTENCES)), epoch=epoch)
        assert texts == [augmenter(text, key=place, epoch=epoch) for place, text in enumerate(SENTENCES)]
        assert texts == [wanted[place, chain] for place in range(len(SENTENCES))]
    assert augmenter("", epoch=3) == ""


def _first(augmenter: augcli.Augmenter) -> str:
    return augmenter(TEXTS[0], epoch=1)


def test_an_augmenter_may_be_pickled_threaded_and_forked() -> None:
    augmenter = augcli.Augmenter("random_swap")
    wanted = augmenter(TEXTS[0], epoch=1)
    assert _first(pickle.loads(pickle.dumps(augmenter))) == wanted
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(_first, [augmenter] * 40)) == {wanted}
    with augmenter._lock_here(), multiprocessing.get_context("fork").Pool(1) as pool:  # as if a thread were at work
        assert pool.apply_async(_first, [augmenter]).get(60) == wanted


def test_a_preview_is_text_and_html() -> None:
    told = augcli.preview([{"text": TEXTS[1]}], "synonym", 1)
    assert "[-" in str(told)
    assert "{+" in repr(told)
    assert "line-through" in told._repr_html_()
    assert not augcli.preview(["<b>&"], "typo").html.count("<b>")


def test_an_inspection_and_an_evaluation_of_python_data() -> None:
    frame = pd.read_csv(ROOT / "sample_data/reviews.csv").assign(when=pd.Timestamp("2020-01-01"))
    told = augcli.inspect(frame)
    assert told.document["rows"] == len(frame)
    assert "160 rows, 2 labels" in str(told)
    assert told._repr_html_().startswith("<iframe")
    same = augcli.inspect(ROOT / "sample_data/reviews.csv").document
    assert [told.document[key] for key in ("labels", "lengths")] == [same[key] for key in ("labels", "lengths")]
    measured = augcli.evaluate("typo", frame, label="label", sizes=[40], repeats=1)
    assert [score["arm"] for score in measured.document["findings"][0]["scores"]][:4] == [
        "none",
        "repeat",
        "eda",
        "typo",
    ]
    assert "/tmp" not in str(measured)


def test_provenance_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text("\n".join(map(json.dumps, ROWS)))
    chains = {"a": {**CHAINS["noise"], "checks": ["edit_distance"]}}
    target, _ = run_in(tmp_path, {"path": "data.jsonl", "id": "id"}, "out.jsonl", chains=chains)
    table = augcli.read_provenance(target)
    assert list(table.columns) == ["id", "source", "chain", "steps", "edit_distance"]
    assert list(table.chain) == ["", "a.1", "a.2"] * 3
    assert list(table.source) == [7, 7, 7, 8, 8, 8, 9, 9, 9]
    assert table.edit_distance.notna().sum() == 6
    assert augcli.read_provenance(target.parent).equals(table)


def test_warnings_go_to_the_logger(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "augcli"):
        augcli.augment(["zzz"], "synonym")
    assert any("synonym" in message or "augment" in message for message in caplog.messages)


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    told = "import sys, augcli; assert not {'pandas', 'numpy', 'augcli.api'} & {*sys.modules}; augcli.augment"
    subprocess.run([sys.executable, "-c", told], check=True)
    assert sorted(augcli.__all__) == sorted(api.__all__)
    assert all(getattr(augcli, name) is getattr(api, name) for name in augcli.__all__)
    with pytest.raises(AttributeError, match="nosuch"):
        _ = augcli.nosuch
    assert issubclass(augcli.AugError, AugError)


def test_no_step_is_called_as_a_preset() -> None:
    assert not {*presets.names()} & {*names(Step)}


@pytest.mark.parametrize(("page", "blocks"), [("README.md", 1), ("docs/python.md", 6)])
def test_the_pages_run(page: str, blocks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = re.findall(r"^```python\n(.*?)^```$", Path(page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(found) == blocks
    names: dict[str, Any] = {}
    exec("".join(found), names)
    assert names["pd"] is pd
    if blocks > 1:
        assert [*names["noisy"]["label"]] == [*names["reviews"].label]
        assert names["noisy"]["text"][1] != names["reviews"].text[1]
        assert len(names["scores"]) == 3


@pytest.mark.parametrize("slow", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("notebook", "cells"), [("classification", 5), ("entities", 4)])
def test_the_notebooks_run(notebook: str, cells: int, monkeypatch: pytest.MonkeyPatch, *, slow: bool) -> None:
    monkeypatch.chdir(ROOT)
    found = json.loads(Path(f"docs/notebooks/{notebook}.ipynb").read_text("utf-8"))["cells"]
    code = [cell for cell in found if cell["cell_type"] == "code"]
    quick = ["".join(cell["source"]) for cell in code if slow or "slow" not in cell["metadata"].get("tags", ())]
    assert len(quick) == (len(code) if slow else cells)
    names: dict[str, Any] = {}
    for cell in quick:
        exec(cell, names)
    assert (names["augmented"]["aug_chain"] != "").sum() > 100
    assert sum(bool(cell["outputs"]) for cell in code) >= len(code) - 2
