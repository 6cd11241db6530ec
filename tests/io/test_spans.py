"""Entity spans in the shapes in which tools write them: read, moved along, and written in the same shape."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from augcli.commands.verify import verify
from augcli.errors import ConfigError, DataError
from tests.support.running import run_in
from tests.support.teaching import read_rows

TEXT = "Yesterday evening Lena Brandt moved to Hamburg in May."
PERSON, CITY = (18, 29), (39, 46)
CHAINS = {"a": {"variants": 4, "steps": [{"random_delete": {"rate": 0.4}}, {"typo": {"rate": 0.2}}]}}
SHAPES: dict[str, Any] = {
    "lists": [[18, 29, "PER"], [39, 46, "LOC"]],
    "lists with their text": [[18, 29, "PER", "Lena Brandt"], [39, 46, "LOC", "Hamburg", 7]],
    "the type first": [["PER", 18, 29], ["LOC", 39, 46]],
    "by type": {"PER": [[18, 29]], "LOC": [[39, 46]], "ORG": []},
    "spaCy": {"entities": [[18, 29, "PER"], [39, 46, "LOC"]]},
    "Prodigy": [
        {"start": 18, "end": 29, "label": "PER", "token_start": 2, "token_end": 3},
        {"start": 39, "end": 46, "label": "LOC"},
    ],
    "doccano": [
        {"id": 1, "label": "PER", "start_offset": 18, "end_offset": 29, "user": 4},
        {"id": 2, "label": "LOC", "start_offset": 39, "end_offset": 46, "user": 4},
    ],
    "doccano with relations": {
        "entities": [
            {"id": 1, "label": "PER", "start_offset": 18, "end_offset": 29},
            {"id": 2, "label": "LOC", "start_offset": 39, "end_offset": 46},
        ],
        "relations": [{"id": 9, "from_id": 1, "to_id": 2, "type": "moved to"}],
    },
    "numbers of labels": [
        {"label": 8, "start_offset": 18, "end_offset": 29},
        {"label": 7, "start_offset": 39, "end_offset": 46},
    ],
    "Rasa": [
        {"start": 18, "end": 29, "entity": "person", "value": "Lena Brandt"},
        {"start": 39, "end": 46, "entity": "city", "value": "HH"},
    ],
    "Label Studio": [
        {
            "id": "x1",
            "type": "labels",
            "from_name": "l",
            "value": {"start": 18, "end": 29, "text": "Lena Brandt", "labels": ["PER"]},
        },
        {"type": "relation", "from_id": "x1", "to_id": "x2"},
        {
            "id": "x2",
            "type": "labels",
            "from_name": "l",
            "value": {"start": 39, "end": 46, "text": "Hamburg", "labels": ["LOC"]},
        },
        {"type": "choices", "value": {"choices": ["news"]}},
    ],
    "a dict of lists": {"start": [18, 39], "end": [29, 46], "label": ["PER", "LOC"], "id": ["a", "b"]},
    "SQuAD": {"text": ["Lena Brandt", "Hamburg"], "answer_start": [18, 39]},
    "SQuAD objects": [{"text": "Lena Brandt", "answer_start": 18}, {"text": "Hamburg", "answer_start": 39, "id": 4}],
}


def places(value: Any, text: str) -> list[tuple[int, int]]:
    """The offsets in a value, found by walking through it, and that the texts in it are those at the offsets."""
    if isinstance(value, dict):
        if any(isinstance(value.get(key), list) for key in ("start", "answer_start")):
            columns = [dict(zip(value, row, strict=True)) for row in zip(*value.values(), strict=True)]
            return [place for row in columns for place in places(row, text)]
        start = next(
            (value[key] for key in ("start", "start_offset", "answer_start") if value.get(key) is not None), None
        )
        if start is None:
            return [place for inner in value.values() for place in places(inner, text)]
        end = next((value[key] for key in ("end", "end_offset") if key in value), start + len(value.get("text", "")))
        assert value.get("text", text[start:end]) == text[start:end]
        return [(start, end)]
    if isinstance(value, list | tuple):
        numbers = [item for item in value if type(item) is int][:2]
        if len(numbers) == 2:
            assert all(item in (text[slice(*numbers)], "PER", "LOC") for item in value if isinstance(item, str))
            return [(numbers[0], numbers[1])]
        return [place for item in value for place in places(item, text)]
    return []


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("way", ["jsonl", "json in csv", "python in csv", "parquet"])
def test_a_variant_has_the_shape_of_its_row(tmp_path: Path, name: str, way: str) -> None:
    value = SHAPES[name]
    source = tmp_path / f"a.{'csv' if 'csv' in way else way}"
    if way == "jsonl":
        source.write_text(json.dumps({"text": TEXT, "e": value}) + "\n")
    elif way == "parquet":
        try:
            pq.write_table(pa.table({"text": [TEXT], "e": [value]}), source)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            pytest.skip("Arrow has no type for lists of numbers and text")
    else:
        with source.open("w", newline="") as file:
            csv.writer(file).writerows([["text", "e"], [TEXT, json.dumps(value) if "json" in way else repr(value)]])
    target, _ = run_in(tmp_path, {"path": source.name, "spans": "e"}, "o.jsonl", chains=CHAINS)
    verify(target)
    original, *variants = [json.loads(line) for line in target.read_text().splitlines()]
    assert len(variants) == 4
    for row in variants:
        assert [row["text"][start:end] for start, end in places(row["e"], row["text"])] == ["Lena Brandt", "Hamburg"]
        if way != "parquet":
            assert shape_of(row["e"]) == shape_of(original["e"])
    assert any(row["text"].index("Lena") != 18 for row in variants)


def shape_of(value: Any) -> Any:
    """The value with a 0 for each number, and without the numbers of tokens, which a variant loses."""
    if isinstance(value, dict):
        return {key: shape_of(inner) for key, inner in value.items() if key not in ("token_start", "token_end")}
    if isinstance(value, list):
        return [shape_of(inner) for inner in value]
    return 0 if isinstance(value, int) else value


@pytest.mark.parametrize("name", ["lists", "doccano with relations", "Label Studio", "a dict of lists", "by type"])
def test_a_span_that_is_lost_leaves_its_item(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.jsonl").write_text((json.dumps({"text": TEXT, "e": SHAPES[name]}) + "\n") * 20)
    chains = {"a": {"steps": [{"random_delete": {"rate": 0.4}}], "variants": 3}}
    keys = {"path": "a.jsonl", "spans": "e"}
    target, _ = run_in(tmp_path, keys, "o.jsonl", chains=chains, protect={"spans": "free"})
    verify(target)
    counts = set()
    for row in map(json.loads, target.read_text().splitlines()):
        found = [row["text"][start:end] for start, end in places(row["e"], row["text"])]
        assert all(some in ("Lena Brandt", "Lena", "Brandt", "Hamburg") for some in found)
        counts.add(len(found))
        if name == "doccano with relations":
            assert row["e"]["relations"] == SHAPES[name]["relations"]
        if name == "Label Studio":
            assert [item["type"] for item in row["e"] if item["type"] != "labels"] == ["relation", "choices"]
    assert counts >= {1, 2}


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        [],
        {},
        "[]",
        {"entities": []},
        {"entities": None},
        {"start": [], "end": [], "label": []},
        "None",
        "nan",
    ],
)
def test_rows_without_entities(tmp_path: Path, value: Any) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": TEXT, "e": value}) + "\n")
    target, _ = run_in(tmp_path, {"path": "a.jsonl", "spans": "e"}, "o.jsonl", chains=CHAINS)
    verify(target)
    assert {json.dumps(json.loads(line)["e"]) for line in target.read_text().splitlines()} == {json.dumps(value)}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([{"from": 0, "to": 4}], "expected [[start, end, type], ...], found an object ({'from': 0, 'to': 4})"),
        ([{"start": 0, "label": "PER"}], "expected [[start, end, type], ...], found an object"),
        ([{"start": "0", "end": "4", "label": "PER"}], "start must be a whole number, not text ('0')"),
        ([{"answer_start": 1.5, "text": "Yesterday"}], "answer_start must be a whole number, not a number (1.5)"),
        ([{"start": 50, "end": 99, "label": "PER"}], "span [50, 99] does not lie in the text, which has 54 characters"),
        ({"start": [0, 1], "end": [4]}, "expected [[start, end, type], ...], "),
        ({"a": 1}, "expected [[start, end, type], ...], "),
        ([[0, 4]], "expected [[start, end, type], ...], "),
        ([{"answer_start": 1, "text": "Yesterday"}], "'Yesterday' does not stand at 1, but 'esterday '"),
        ([{"answer_start": 0, "text": None}], "expected [[start, end, type], ...], "),
        (
            "{'text': array(['May'], dtype=object), 'answer_start': array([1])}",
            "expected [[start, end, type], ...], not an array",
        ),
    ],
)
def test_what_is_no_span_is_named(tmp_path: Path, value: Any, said: str) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": TEXT, "e": value}) + "\n")
    with pytest.raises(DataError) as caught:
        run_in(tmp_path, {"path": "a.jsonl", "spans": "e"}, "o.jsonl")
    assert f"a.jsonl: row 1 (line 1): column 'e': {said}" in str(caught.value)


QUESTION = "Where did Lena Brandt go to in the month of May?"
ANSWER = {"text": ["Hamburg"], "answer_start": [39]}


def test_answers_in_one_of_two_texts(tmp_path: Path) -> None:
    row = {"question": QUESTION, "context": TEXT, "answers": ANSWER}
    (tmp_path / "a.jsonl").write_text((json.dumps(row) + "\n") * 20)
    keys = {"path": "a.jsonl", "text": ["question", "context"], "spans": "answers", "spans_in": "context"}
    target, _ = run_in(tmp_path, keys, "o.jsonl", chains=CHAINS)
    verify(target)
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert len({row["question"] for row in rows}) > 4
    assert len({row["answers"]["answer_start"][0] for row in rows}) > 2
    for row in rows:
        assert places(row["answers"], row["context"])
        assert row["answers"]["text"] == ["Hamburg"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"text": ["question", "context"], "spans": "answers"}, "name the column that spans lie in in input.spans_in"),
        ({"text": "context", "spans": "answers", "spans_in": "question"}, "names columns of input.text"),
        ({"text": ["question", "context"], "spans_in": "question"}, "beside input.spans"),
        ({"text": "context", "spans": ["answers", "more"], "spans_in": ["context"]}, "as there are 2 columns of spans"),
    ],
)
def test_which_text_spans_lie_in(tmp_path: Path, keys: dict[str, Any], said: str) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"question": QUESTION, "context": TEXT, "answers": ANSWER}))
    with pytest.raises(ConfigError, match=said):
        run_in(tmp_path, {"path": "a.jsonl", **keys}, "o.jsonl")


PAIR = {
    "premise": "Lena Brandt met Rui Matos on the way to the station",
    "hypothesis": "Two people met today: Rui Matos and Lena Brandt",
    "ps": [[0, 11, "PER"], [16, 25, "PER"]],
    "hs": [{"start": 22, "end": 31, "label": "PER"}, {"start": 36, "end": 47, "label": "PER"}],
}


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_pairs_with_spans_on_each_side(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "a.jsonl").write_text((json.dumps(PAIR) + "\n") * 8)
    sides = {"text": ["premise", "hypothesis"], "spans": ["ps", "hs"], "spans_in": ["premise", "hypothesis"]}
    target, outcome = run_in(tmp_path, {"path": "a.jsonl", **sides}, f"o.{suffix}", chains=CHAINS)
    verify(target)
    assert outcome.counts.variants == 32
    starts = set[tuple[int, int]]()
    for row in read_rows(target):
        ps, hs = (json.loads(row[name]) if isinstance(row[name], str) else row[name] for name in ("ps", "hs"))
        framed = [row["premise"][start:end] for start, end, _ in ps]
        framed += [row["hypothesis"][item["start"] : item["end"]] for item in hs]
        assert framed == ["Lena Brandt", "Rui Matos", "Rui Matos", "Lena Brandt"]
        starts.add((ps[0][0], hs[0]["start"]))
    assert len(starts) > 5


@pytest.mark.parametrize("spans", ["keep", "free"])
@pytest.mark.parametrize("rate", [0.5, 1])
def test_a_name_that_both_sides_of_a_pair_share_stays_one(tmp_path: Path, spans: str, rate: float) -> None:
    alone = {"premise": "It is late", "hypothesis": "Ada Lovelace is late", "ps": [], "hs": [[0, 12, "PER"]]}
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in (PAIR, alone)))
    sides = {"text": ["premise", "hypothesis"], "spans": ["ps", "hs"], "spans_in": ["premise", "hypothesis"]}
    chains = {"a": {"variants": 5, "steps": [{"entity": {"rate": rate, "lists": {"PER": "people"}}}]}}
    target, outcome = run_in(tmp_path, {"path": "a.jsonl", **sides}, "o.jsonl", chains=chains, protect={"spans": spans})
    verify(target)
    assert outcome.counts.variants == 10
    rows = [row for row in read_rows(target) if row["aug_chain"]]
    for row in rows[:5]:
        lena, rui = (row["premise"][start:end] for start, end, _ in row["ps"])
        assert row["premise"] == f"{lena} met {rui} on the way to the station"
        assert row["hypothesis"] == f"Two people met today: {rui} and {lena}"
        assert (lena == "Lena Brandt") + (rui == "Rui Matos") == (rate < 1)
    for row in rows[5:]:
        ((start, end, _),) = row["hs"]
        assert row["premise"] == alone["premise"]
        assert row["hypothesis"] == f"{row['hypothesis'][start:end]} is late"


def test_spans_that_are_edited_away_on_one_side(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(PAIR | {"ps": None}) + "\n")
    sides = {"text": ["premise", "hypothesis"], "spans": ["ps", "hs"], "spans_in": ["premise", "hypothesis"]}
    chains = {"a": {"variants": 3, "steps": [{"random_delete": {"rate": 0.9}}]}}
    target, _ = run_in(tmp_path, {"path": "a.jsonl", **sides}, "o.jsonl", chains=chains, protect={"spans": "free"})
    verify(target)
    rows = read_rows(target)
    assert [row["ps"] for row in rows] == [None] * len(rows)
    assert min(len(row["hs"]) for row in rows) < 2
    assert all(len(row["hypothesis"]) >= item["end"] for row in rows for item in row["hs"])


@pytest.mark.parametrize(("unit", "encoding", "size"), [("utf16", "utf-16-le", 2), ("utf8", "utf-8", 1)])
def test_offsets_in_other_units(tmp_path: Path, unit: str, encoding: str, size: int) -> None:
    text = "🎬 Grüße von Lena Brandt 🎬 aus Köln heute"
    start = len(text[: text.index("Köln")].encode(encoding)) // size
    end = start + len("Köln".encode(encoding)) // size
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": text, "e": [{"start": start, "end": end, "label": "LOC"}]}))
    keys = {"path": "a.jsonl", "spans": "e", "offsets": unit, "language": "de"}
    target, _ = run_in(tmp_path, keys, "o.jsonl", chains={"a": {"variants": 3, "steps": [{"typo": {"rate": 0.4}}]}})
    verify(target)
    for row in map(json.loads, target.read_text().splitlines()):
        (item,) = row["e"]
        told = row["text"].encode(encoding)[size * item["start"] : size * item["end"]].decode(encoding)
        assert told == "Köln"


def test_spans_that_a_path_leaves_out_are_noted(tmp_path: Path) -> None:
    results = [[{"value": {"start": start, "end": end, "labels": ["X"]}}] for start, end in ((18, 29), (39, 46))]
    row = {"text": TEXT, "annotations": [{"result": result} for result in results]}
    (tmp_path / "a.jsonl").write_text((json.dumps(row) + "\n") * 3)
    keys = {"path": "a.jsonl", "spans": "annotations[0].result"}
    _, outcome = run_in(tmp_path, keys, "o.jsonl", chains=CHAINS)
    assert any("set input.spans: 'annotations[*].result'" in note for note in outcome.warnings)
    _, outcome = run_in(tmp_path, {**keys, "spans": "annotations[*].result"}, "o.jsonl", chains=CHAINS)
    assert not any("entity spans" in note for note in outcome.warnings)
