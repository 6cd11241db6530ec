"""Columns that say something of places in the text, or of its words, are noticed in every shape; others are not."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from augcli.config.config import Config
from augcli.run.look.columns import undeclared_spans
from augcli.run.look.rows import Row
from augcli.text.record import Record
from tests.cases.test_notices import config, notes, refusal, saved
from tests.support.helpers import ROOT, rows

SPANS = [[0, 11, "PER"], [21, 26, "LOC"]]
TEXT = "Lena Brandt lives in Porto"
ANSWERS = {"text": ["Lena Brandt", "Porto"], "answer_start": [0, 21]}
INTO_ONE = "write [[start, end, type], ...] into one column and name it in input.spans, or input.spans: null"


@pytest.mark.parametrize(
    "spans",
    [
        ANSWERS,
        json.dumps(ANSWERS),
        repr(ANSWERS),
        [{"text": "Porto", "answer_start": 21}],
        [[0, 11], [21, 26]],
        "[[0, 11], [21, 26]]",
        "[{'start': 21, 'end': 26, 'label': 'LOC'}]",
        {"start": [0, 21], "end": [11, 26], "label": ["PER", "LOC"]},
        {"entities": SPANS},
    ],
)
def test_spans_in_the_shapes_of_others_are_refused(tmp_path: Path, spans: Any) -> None:
    data = [{"text": TEXT, "s": spans}, {"text": "nothing here", "s": type(spans)()}]
    said = refusal(config(tmp_path, data))
    assert "input.spans: column 's' holds entity spans in 1 of 2 rows (in.jsonl:1)" in said
    pairs = str(spans).startswith("[[0, 11], ")
    shape = " and write them as [[start, end, type], ...]" if pairs else ""
    assert f"set input.spans: s{shape}, or input.spans: null" in said
    assert notes(config(tmp_path, data, spans=None)) == []


@pytest.mark.parametrize("spans", ["[(0, 11, 'PER')]", "[(0, 11, 'PER'), (21, 26, 'LOC')]", json.dumps(SPANS)])
def test_spans_as_text_are_only_to_be_named(tmp_path: Path, spans: str) -> None:
    said = refusal(config(tmp_path, [{"text": TEXT, "s": spans}, {"text": "nothing here", "s": ""}]))
    assert "input.spans: column 's' holds entity spans in 1 of 2 rows (in.jsonl:1)" in said
    assert "set input.spans: s, or input.spans: null" in said


def test_answers_beside_two_texts(tmp_path: Path) -> None:
    answers = {"text": ["Rui Matos"], "answer_start": [30]}
    row = {
        "context": "The old mill there belongs to Rui Matos now.",
        "question": "Who has the mill?",
        "answers": answers,
    }
    said = refusal(config(tmp_path, [row], text=["context", "question"]))
    assert "column 'answers' holds entity spans in 1 of 1 rows (in.jsonl:1)" in said
    assert "and, to the text column that they lie in, input.spans_in, or input.spans: null" in said


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(
    ("columns", "values"),
    [
        (("answer_start", "answer_text"), [(0, "Lena Brandt"), (7, "Rui Matos")]),
        (("start", "end"), [(0, 11), (7, 16)]),
        (("start", "end"), [(21, 26), (None, None)]),
        (("span_start", "span_end"), [(21, 26), (7, 16)]),
        (("Begin", "End"), [(21, 26), (7, 16)]),
        (("end_offset", "start_offset"), [(26, 21), (16, 7)]),
    ],
)
def test_spans_in_two_columns_are_refused(
    tmp_path: Path, columns: tuple[str, str], values: Sequence[tuple[Any, Any]], as_text: bool
) -> None:
    texts = (TEXT, "We met Rui Matos there")
    data = [{"text": text, **dict(zip(columns, pair, strict=True))} for text, pair in zip(texts, values, strict=True)]
    if as_text:
        with (tmp_path / "in.csv").open("w", newline="") as file:
            written = csv.DictWriter(file, ["text", *columns])
            written.writeheader()
            written.writerows(data)
        file_of_config = saved(tmp_path, path="in.csv")
    else:
        file_of_config = config(tmp_path, data)
    said = refusal(file_of_config)
    assert (
        f"columns {columns[0]!r} and {columns[1]!r} hold" in said or f"{columns[1]!r} and {columns[0]!r} hold" in said
    )
    assert INTO_ONE in said


@pytest.mark.parametrize(
    "others",
    [
        [{"start": 3, "end": 5}, {"start": 5, "end": 9}],  # seconds
        [{"start": 0, "end": 999}, {"start": 7, "end": 16}],
        [{"start": "3 May", "end": "4 May"}, {"start": "5 May", "end": "7 May"}],
        [{"start": 1, "n": "e"}, {"start": 2, "n": "x"}],
        [{"ratings": [[1, 5, "good"]]}, {"ratings": [[2, 4, "good"]]}],
        [{"ratings": [[1, 5, "good"]]}, {"ratings": [[1, 5, "good"]]}],
        [{"edges": [[1, 2], [2, 3]]}, {"edges": [[1, 3]]}],
    ],
)
def test_other_numbers_are_no_spans(tmp_path: Path, others: Sequence[Mapping[str, Any]]) -> None:
    texts = (TEXT, "We met Rui Matos there")
    assert notes(config(tmp_path, [{"text": text, **more} for text, more in zip(texts, others, strict=True)])) == []


def noticed(data: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a column of rows is taken for spans."""
    told = {"input": {"path": "x", "text": "text"}, "output": {"path": "y.jsonl"}, "chains": {}}
    seen = [
        Row(f"x:{n}", Record("x", (row["text"],), (), None, None, "x", number=n), row) for n, row in enumerate(data)
    ]
    return bool([*undeclared_spans(Config.model_validate(told), seen)])


SHAPES: dict[str, Callable[[str, list[Any]], Any]] = {
    "triples": lambda _, spans: spans,
    "pairs": lambda _, spans: [span[:2] for span in spans],
    "python": lambda _, spans: repr([tuple(span) for span in spans]),
    "answers": lambda text, spans: {"text": [text[s:e] for s, e, _ in spans], "answer_start": [s for s, _, _ in spans]},
    "last character": lambda _, spans: [[start, end - 1, kind] for start, end, kind in spans],
}
REAL = ("snips", "crosswoz_zh")


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [3, 30, 200])
def test_real_spans_are_noticed(name: str, shape: str, count: int) -> None:
    data = [row for row in rows(ROOT / f"sample_data/{name}.jsonl") if row["spans"]]
    for seed in range(5):
        some = random.Random(seed).sample(data, min(count, len(data)))
        assert noticed([{"text": row["text"], "s": SHAPES[shape](row["text"], row["spans"])} for row in some])


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("least", [0, 1, 2])
def test_ratings_of_real_texts_are_no_spans(name: str, least: int) -> None:
    data = [row for row in rows(ROOT / f"sample_data/{name}.jsonl") if len(row["text"]) > 12]
    for seed in range(5):
        rng = random.Random(seed)
        some = rng.sample(data, 100)
        assert not noticed([{"text": row["text"], "s": [[rng.randint(least, 4), 5, "good"]]} for row in some])
        assert not noticed([{"text": row["text"], "s": [[least, 5, "good"]]} for row in some])


def csv_of(folder: Path, items: Sequence[str]) -> Path:
    texts = ("Rui lives in Porto .", "We met him", "The food was really good")
    with (folder / "in.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("text", "t"), *zip(texts, items, strict=True)])
    return saved(folder, path="in.csv")


@pytest.mark.parametrize(
    ("items", "key"),
    [
        (["NNP VBZ IN NNP .", "PRP VBD PRP", "DT NN VBD RB JJ"], "input.tags, and input.token_columns: [t]"),
        (["1 0 0 2 0", "0 0 0", "0 0 0 0 0"], "input.tags, and input.token_columns: [t]"),
        (["[1, 0, 0, 2, 0]", "[0, 0, 0]", "[0, 0, 0, 0, 0]"], "input.tags, and input.token_columns: [t]"),
    ],
)
def test_items_for_words_in_csv_are_noted(tmp_path: Path, items: Sequence[str], key: str) -> None:
    (note,) = notes(csv_of(tmp_path, items))
    assert note.startswith("column 't' has one item for each word of the text in 3 of 3 rows (in.csv:1, in.csv:2, in.")
    assert f"set input.tokens: text and {key}, in place of input.text" in note


@pytest.mark.parametrize(
    "items",
    [
        ["B-PER O O B-LOC O", "O O O", "O O O O O"],
        ["['B-PER', 'O', 'O', 'B-LOC', 'O']", "['O', 'O', 'O']", "['O', 'O', 'O', 'O', 'O']"],
    ],
)
def test_tags_in_csv_are_refused(tmp_path: Path, items: Sequence[str]) -> None:
    told = refusal(csv_of(tmp_path, items))
    assert "column 't' has one BIO tag for each word of the text in 3 of 3 rows" in told
    assert "set input.tokens: text and input.tags: t, in place of input.text" in told


@pytest.mark.parametrize(
    "items",
    [
        ["rui lives in porto", "we met him", "the food was really good"],
        ["RUI LIVES IN PORTO .", "WE MET HIM", "THE FOOD WAS REALLY GOOD"],
        ["Rui wohnt in Porto .", "Wir trafen ihn gern", "Das Essen war richtig gut"],
        ["one", "two", "three"],
        ["NNP VBZ IN NNP .", "", "DT NN VBD RB JJ"],
    ],
)
def test_other_texts_in_csv_are_not_items_for_words(tmp_path: Path, items: Sequence[str]) -> None:
    assert notes(csv_of(tmp_path, items)) == []
