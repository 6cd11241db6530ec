"""Texts, spans and rows inside of JSON values."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.commands.verify import verify
from augcli.config.config import Options
from augcli.config.load import load
from augcli.config.paths import spelled, steps_of, value_at, values_at
from augcli.errors import ConfigError, DataError
from augcli.io.formats.json_text import nested, place_at
from augcli.run.run import run
from tests.io.formats.test_formats import a_folder
from tests.support.running import EDITS, run_in
from tests.support.teaching import read_rows

TEXT = "Please call Rui Matos about the late delivery today"
NESTED = {
    "id": 10**30,
    "data": {"text": TEXT, "n": 1.50},
    "annotations": [{"result": [{"value": {"start": 12, "end": 21, "labels": ["PER"]}, "id": "x"}], "by": 3}],
}
CHAT = {
    "id": 7,
    "messages": [
        {"role": "system", "content": "You are kind and answer all questions"},
        {"role": "user", "content": "The mill in this town is very old"},
        {"role": "assistant", "content": "Yes it was built long ago"},
        {"role": "user", "content": "Who built this good mill there"},
    ],
}


def changed(before: Any, after: Any, way: str = "") -> set[str]:
    """Where two JSON values differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        return {place for key in before for place in changed(before[key], after.get(key), f"{way}.{key}")}
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return {place for at, (one, other) in pairs for place in changed(one, other, f"{way}[{at}]")}
    return set() if before == after else {way}


def test_a_text_and_its_spans_inside_of_a_row(tmp_path: Path) -> None:
    line = json.dumps(NESTED)[:-1] + '  , "more":  {"text": "not this one"} }'
    (tmp_path / "a.jsonl").write_text((line + "\n") * 9)
    keys = {"path": "a.jsonl", "text": "data.text", "spans": "annotations[0].result"}
    target, _ = run_in(tmp_path, keys, "o.jsonl", chains=EDITS)
    verify(target)
    lines = target.read_text().splitlines()
    assert lines[0].startswith(line[:-1].rstrip())
    assert len(lines) > 18
    for row in map(json.loads, lines):
        value = row["annotations"][0]["result"][0]["value"]
        assert row["data"]["text"][value["start"] : value["end"]] == "Rui Matos"
        assert changed({**NESTED, "more": {"text": "not this one"}}, row) <= {
            ".data.text", ".annotations[0].result[0].value.start", ".annotations[0].result[0].value.end",
        }  # fmt: skip
        assert row["id"] == 10**30


@pytest.mark.parametrize(
    ("path", "edited"),
    [
        ("messages[*].content", {0, 1, 2, 3}),
        ("messages[role=user].content", {1, 3}),
        ("messages[2].content", {2}),
        (["messages[role=system].content", "messages[role=assistant].content"], {0, 2}),
    ],
)
@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_texts_of_an_array(tmp_path: Path, path: Any, edited: set[int], suffix: str) -> None:
    (tmp_path / "a.jsonl").write_text((json.dumps(CHAT) + "\n") * 4)
    target, _ = run_in(tmp_path, {"path": "a.jsonl", "text": path}, f"o.{suffix}", chains=EDITS)
    verify(target)
    seen = set[str]()
    for row in read_rows(target):
        messages = json.loads(row["messages"]) if isinstance(row["messages"], str) else row["messages"]
        seen |= changed(CHAT["messages"], messages)
    assert seen == {f"[{place}].content" for place in edited}


def test_rows_may_have_more_texts_than_others(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": number,
            "messages": [
                {"role": "user", "content": f"question {n} of {number} in many words"} for n in range(number % 4)
            ],
        }
        for number in range(60)
    ]
    rows[8]["messages"] = [
        {"role": "user", "content": None},
        {"role": "user"},
        {"role": "user", "content": "only this one here"},
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    keys = {"path": "a.jsonl", "text": "messages[role=user].content", "id": "id"}
    target, _ = run_in(tmp_path, keys, "o.jsonl", chains=EDITS, engine={"chunk_rows": 7, "workers": 2})
    verify(target)
    whole, _ = run_in(tmp_path, keys, "w.jsonl", chains=EDITS)
    assert whole.read_bytes() == target.read_bytes()
    made = [row for row in read_rows(target) if row["aug_chain"]]
    assert {row["id"] % 4 for row in made if row["id"] != 8} == {1, 2, 3}
    assert sum(1 for row in made if row["id"] == 8) == 2


@pytest.mark.parametrize("where", ["`meta.source` == 'web'", "`tags[0]` in ['x'] and `meta.none` is null"])
def test_rows_chosen_by_what_is_inside(tmp_path: Path, where: str) -> None:
    sources = [("web", "x"), ("book", "y")] * 4
    rows = [
        {"text": f"one good word and {number}", "meta": {"source": source}, "tags": [tag]}
        for number, (source, tag) in enumerate(sources)
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    target, _ = run_in(tmp_path, {"path": "a.jsonl", "where": where}, "o.jsonl", chains=EDITS)
    verify(target)
    made = [row for row in read_rows(target) if row["aug_chain"]]
    assert {row["meta"]["source"] for row in made} == {"web"}


def test_parquet_structs(tmp_path: Path) -> None:
    rows = [{**NESTED, "id": 1, "annotations": NESTED["annotations"]}] * 5
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    keys = {"path": "a.parquet", "text": "data.text", "spans": "annotations[0].result"}
    target, _ = run_in(tmp_path, keys, "o.parquet", chains=EDITS)
    verify(target)
    assert pq.read_schema(target).field("data").type == pq.read_schema(tmp_path / "a.parquet").field("data").type
    for row in read_rows(target):
        value = row["annotations"][0]["result"][0]["value"]
        assert row["data"]["text"][value["start"] : value["end"]] == "Rui Matos"


def test_a_column_of_that_very_name_comes_first(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"data.text": "one good word and more", "data": {"text": "not this"}}))
    (tmp_path / "a.csv").write_text("data.text,n\none good word and more,1\n")
    for name in ("a.jsonl", "a.csv"):
        target, _ = run_in(tmp_path, {"path": name, "text": "data.text"}, "o.jsonl", chains=EDITS)
        verify(target)
        assert len({row["data.text"] for row in read_rows(target)}) == 3
        assert {json.dumps(row.get("data")) for row in read_rows(target)} <= {'{"text": "not this"}', "null"}


@pytest.mark.parametrize("records", ["data", "result.items", "all[1].rows"])
def test_rows_inside_of_an_object(tmp_path: Path, records: str) -> None:
    rows = '{"text": "one good word and more", "n": 1.50},\n   {"text": "two {of} [words] \\"here\\" now", "n": 7}'
    whole = {
        "data": ' {"version": "1.1", "data": [' + rows + '], "end": {"data": [1]}}\n',
        "result.items": '{"result": {"count": 2, "items": [' + rows + "]}}",
        "all[1].rows": '{"all": [{"rows": []}, {"rows": [' + rows + "]}]}",
    }[records]
    (tmp_path / "a.json").write_text(whole)
    target, _ = run_in(tmp_path, {"path": "a.json", "records": records}, "o.json", chains=EDITS)
    verify(target)
    written = target.read_text()
    head, tail = whole.split(rows)
    assert written.startswith(head)
    assert written.rstrip().endswith(tail.rstrip())
    inner = written[len(head) : len(written.rstrip()) - len(tail.rstrip())]
    found = json.loads(f"[{inner}]")
    assert [row["n"] for row in found if not row["aug_chain"]] == [1.5, 7]
    lines, _ = run_in(tmp_path, {"path": "a.json", "records": records}, "o.jsonl", chains=EDITS)
    assert [json.loads(line) for line in lines.read_text().splitlines()] == found


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "no such member": ('{"data": {"a": "x"}}', {"text": "data.text"}, r"'data.text': missing; this row has 'data'"),
    "no such root": ('{"data": {"a": "x"}}', {"text": "date.text"}, "no column 'date.text'"),
    "no text there": ('{"data": {"text": 3}}', {"text": "data.text"}, r"'data.text': expected text, not a number"),
    "a number in an array": (
        '{"m": [{"c": "x"}, {"c": 3}]}', {"text": "m[*].c"}, r"column 'm\[1\].c': expected text, not a number \(3\)"
    ),
    "spans beside many texts": ('{"m": ["x"]}', {"text": "m[*]", "spans": "s"}, "name the column that spans lie in"),
    "no such array": ('{"data": []}', {"records": "date"}, r"at date \(input.records\), found nothing"),
    "no array": ('{"data": {"a": 1}}', {"records": "data"}, r"at data \(input.records\), found an object"),
    "no object": ("[1]", {"records": "data"}, "found nothing"),
    "no JSON": ('{"data": [', {"records": "data"}, "needs a file that is one JSON object"),
    "rows in an object": ('{"data": [{"text": "x"}]}', {}, r"name its path: input\.records"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    data, keys, said = WRONG[name]
    (tmp_path / "a.json").write_text(data)
    with pytest.raises((ConfigError, DataError), match=said):
        run_in(tmp_path, {"path": "a.json", **keys}, "o.json")


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab"\\é好', max_size=2), inner, max_size=3),
    max_leaves=9,
)


@given(st.dictionaries(st.text("ab.[]", max_size=3), VALUES, min_size=1), st.data(), st.sampled_from([None, 1]))
def test_the_place_of_a_value_in_its_text(row: dict[str, Any], data: st.DataObject, indent: int | None) -> None:
    way: list[str | int] = []
    value: Any = row
    while isinstance(value, dict | list) and value and (not way or data.draw(st.booleans())):
        step = data.draw(st.sampled_from([*value] if isinstance(value, dict) else [*range(len(value))]))
        way.append(step)
        value = value[step]
    text = json.dumps(row, ensure_ascii=False, indent=indent)
    start, end = place_at(text, way)
    assert json.loads(text[start:end]) == value


def rows_of(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".xlsx":
        openpyxl = pytest.importorskip("openpyxl")
        names, *rows = openpyxl.load_workbook(file).active.iter_rows(values_only=True)
        return [dict(zip(names, row, strict=True)) for row in rows]
    if file.suffix == ".arrow":
        with pa.OSFile(str(file)) as opened:
            found: list[dict[str, Any]] = pa.ipc.open_stream(opened).read_all().to_pylist()
            return found
    return read_rows(file)


CELLS = {
    "as JSON": '{"n": 1.50, "text": "%s", "big": 123456789012345678901234}',
    "as Python writes it": "{'n': 1.5, 'text': '%s', 'big': None}",
}


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("fmt", ["csv", "tsv", "jsonl", "json", "parquet", "arrow", "xlsx"])
def test_paths_into_cells_that_hold_json_as_text(tmp_path: Path, name: str, fmt: str) -> None:
    """All else in the cell stays byte for byte, and the output can be read again by the same config."""
    cell = CELLS[name] % TEXT
    data = json.dumps([{"id": "a", "meta": cell, "split": "train"}, {"id": "b", "meta": cell, "split": "test"}])
    (tmp_path / "a.json").write_text(data)
    keys = {"id": "id", "text": "meta.text", "where": "`meta.n` == 1.5 and split == 'train'"}
    once, _ = run_in(tmp_path, {"path": "a.json", **keys}, f"once.{fmt}", chains=EDITS)
    rows = rows_of(once)
    assert [row["aug_chain"] or "" for row in rows] == ["", "a.1", "a.2", ""]
    for row in rows:
        before, _, rest = cell.partition(TEXT)
        assert row["meta"].startswith(before)
        assert row["meta"].endswith(rest)
    again = {"path": str(once), **keys, "originals_only": True}
    assert rows_of(run_in(tmp_path, again, f"twice.{fmt}", chains=EDITS)[0]) == rows


def test_a_cell_without_the_path_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('meta\n"{""text"": ""A long text for this""}"\nnone\n')
    with pytest.raises(
        DataError, match=r"row 2 \(line 3\): column 'meta\.text': missing; .* 'meta', which is text \('none'\)"
    ):
        run_in(tmp_path, {"path": "a.csv", "text": "meta.text"}, "o.csv")


def test_steps() -> None:
    data = {"a": [{"b": 1, "c": {"d": 2}}, {"b": 3}], "a.b": 4}
    assert steps_of("a b") == ("a b",)
    assert steps_of("a.") == ("a.",)
    assert [value for _, value in values_at(data, "a[*].b")] == [1, 3]
    assert [spelled(way) for way, _ in values_at(data, "a[b=3].b")] == ["a[1].b"]
    assert value_at(data, "a.b") == 4
    assert value_at(data, "a[0].c.d") == 2
    assert nested({"a[0].c.d": 5, "a[1].b": 6, "x": 7}, data) == {"a": [{"b": 1, "c": {"d": 5}}, {"b": 6}], "x": 7}
    assert data["a"] == [{"b": 1, "c": {"d": 2}}, {"b": 3}]
    with pytest.raises(KeyError):
        value_at(data, "a[7].b")


PAIRS = [
    ["Please call Rui Matos about it today", {"entities": [[12, 21, "PER"]], "n": 1e3}],
    ["Nobody answered us", {}, 7],
]


@pytest.mark.parametrize("wrapped", [False, True])
def test_rows_that_are_arrays(tmp_path: Path, wrapped: bool) -> None:
    text = json.dumps(PAIRS)
    (tmp_path / "a.json").write_text(f'{{"x": 1, "rows": {text}}}' if wrapped else text)
    keys = {"path": "a.json", "text": 1, "spans": 2, **({"records": "rows"} if wrapped else {})}
    chains = {"a": {"variants": 3, "steps": [{"random_delete": {"rate": 0.4}}]}}
    target, _ = run_in(tmp_path, keys, "o.json", chains=chains)
    verify(target)
    found = json.loads(target.read_text())
    rows = found["rows"] if wrapped else found
    assert [row for row in rows if row in PAIRS] == PAIRS
    assert len(rows) > 4
    for words, more, *_ in rows:
        assert [words[start:end] for start, end, _ in more.get("entities", [])] in ([], ["Rui Matos"])
    table, _ = run_in(tmp_path, keys, "o.csv", chains=chains)
    verify(table)
    assert {row["1"] for row in read_rows(table)} == {row[0] for row in rows}


@pytest.mark.parametrize("line", ['[{"text": "x"}]', "[1, 2]", "[]", "[[]]"])
def test_arrays_that_are_no_rows(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.jsonl").write_text(line + "\n")
    with pytest.raises(DataError, match="expected a JSON object"):
        run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl")


@pytest.mark.parametrize("keys", [{}, {"id": "aug_id"}])
def test_an_empty_object_stays_one(tmp_path: Path, keys: dict[str, Any]) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "one good word and more"}\n{}\n')
    drop = {"drop": ["aug_source", "aug_chain"], **keys}
    target, _ = run_in(tmp_path, {"path": "a.jsonl", "where": "text is not null"}, "o.jsonl", chains=EDITS, keys=drop)
    verify(target)
    *made, last = read_rows(target)
    assert len(made) == 3
    assert [*last] == [*keys.values()]


def squad() -> dict[str, Any]:
    """Two articles with paragraphs, and one without."""

    def paragraph(context: str, *asked: tuple[str, str, str | None]) -> dict[str, Any]:
        found = [
            (name, question, {"text": answer or "1821", "answer_start": context.index(answer or "1821")}, answer)
            for name, question, answer in asked
        ]
        qas = [
            {"id": name, "question": question, "answers": [at] * bool(answer), "plausible_answers": [at] * (not answer)}
            for name, question, at, answer in found
        ]
        return {"context": context, "qas": qas}

    mill = "The old mill in Riverton was built in 1821 by a local farmer named Rui Matos and it burnt down twice"
    bridge = "The bridge was built in 1821 and closed later since a large number of people complained about the noise"
    return {
        "version": "v2.0",
        "data": [
            {
                "title": "Mill",
                "paragraphs": [
                    paragraph(mill, ("q1", "Who built the old mill", "Rui Matos"), ("q2", "When did it fall", None)),
                    paragraph(bridge, ("q3", "Who complained about the bridge", "a large number of people")),
                ],
            },
            {"title": "Nothing", "paragraphs": []},
            {"title": "More", "paragraphs": [paragraph(f"{bridge} {n}", ("q3", "Why", "the noise")) for n in range(3)]},
        ],
    }  # fmt: skip


SQUAD = {
    "path": "a.json",
    "records": "data[*].paragraphs",
    "text": ["context", "qas[*].question"],
    "spans": ["qas[*].answers", "qas[*].plausible_answers"],
    "spans_in": "context",
}


@pytest.mark.parametrize(("indent", "packing"), [(None, ".gz"), (2, ""), ("\t", "")])
def test_squad(tmp_path: Path, indent: int | str | None, packing: str) -> None:
    data = squad()
    (tmp_path / "a.json").write_text(text := json.dumps(data, indent=indent))
    keys = {"drop": ["aug_source", "aug_chain"]}
    same, _ = run_in(tmp_path, SQUAD, "same.json", keys=keys)
    verify(same)
    assert same.read_text() == text
    engine = {"chunk_rows": 2, "workers": 2}
    target, outcome = run_in(tmp_path, SQUAD, f"o.json{packing}", chains=EDITS, engine=engine)
    verify(target)
    assert outcome.counts.variants == 10
    found = json.loads(gzip.decompress(target.read_bytes()) if packing else target.read_bytes())
    assert [article["title"] for article in found["data"]] == ["Mill", "Nothing", "More"]
    assert [len(article["paragraphs"]) for article in found["data"]] == [6, 0, 9]
    sources = [row for article in data["data"] for row in article["paragraphs"] for _ in range(3)]
    rows = [row for article in found["data"] for row in article["paragraphs"]]
    for row, source in zip(rows, sources, strict=True):
        assert [asked["id"] for asked in row["qas"]] == [asked["id"] for asked in source["qas"]]
        for asked, before in zip(row["qas"], source["qas"], strict=True):
            assert (len(asked["answers"]), len(asked["plausible_answers"])) in ((1, 0), (0, 1))
            for answer, old in zip(
                asked["answers"] + asked["plausible_answers"],
                before["answers"] + before["plausible_answers"],
                strict=True,
            ):
                start = answer["answer_start"]
                assert row["context"][start : start + len(answer["text"])] == answer["text"] == old["text"]
    assert {row["aug_chain"] for row in rows} == {"", "a.1", "a.2"}
    assert sum(bool(changed(source, row)) for row, source in zip(rows, sources, strict=True)) == 10


def test_the_text_that_spans_stand_nearest_to(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(squad()))
    keys = {
        "path": "a.json",
        "records": "data",
        "text": "paragraphs[*].context",
        "spans": ["paragraphs[*].qas[*].answers", "paragraphs[*].qas[*].plausible_answers"],
        "where": "title != 'Nothing'",
    }
    with pytest.raises(ConfigError, match="name the column that spans lie in"):
        run_in(tmp_path, keys, "o.jsonl", chains=EDITS)
    target, outcome = run_in(tmp_path, {**keys, "spans_in": keys["text"]}, "o.jsonl", chains=EDITS)
    verify(target)
    assert outcome.counts.variants == 4
    for article in read_rows(target):
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:
                for answer in asked["answers"] + asked["plausible_answers"]:
                    start = answer["answer_start"]
                    assert paragraph["context"][start : start + len(answer["text"])] == answer["text"]


def test_rows_that_are_left_out_leave_the_others_where_they_stood(tmp_path: Path) -> None:
    data = {"all": [{"rows": [{"text": f"text {n} {name}", "n": n} for n in range(3)]} for name in "abcd"]}
    (tmp_path / "a.json").write_text(json.dumps(data))
    keys = {"path": "a.json", "records": "all[*].rows", "where": "n != 0 and text != 'text 1 b'", "rest": "drop"}
    found = [
        json.loads(run_in(tmp_path, keys, "o.json", engine={"chunk_rows": rows})[0].read_text()) for rows in (1, 9)
    ]
    assert found[0] == found[1]
    assert [[row["n"] for row in part["rows"]] for part in found[0]["all"]] == [[1, 2], [2], [1, 2], [1, 2]]
    target, _ = run_in(tmp_path, {"path": "a.json", "records": "all[*].rows"}, "o.json", limit=4)
    assert [len(part["rows"]) for part in json.loads(target.read_text())["all"]] == [3, 1, 0, 0]
    (tmp_path / "b.json").write_text(json.dumps(data))
    with pytest.raises(ConfigError, match="stands for several arrays, which several files have"):
        run_in(tmp_path, {"path": ["a.json", "b.json"], "records": "all[*].rows"}, "o.json")


ROWS = st.lists(st.fixed_dictionaries({"text": st.text(max_size=5), "x": VALUES}), max_size=3)


@settings(max_examples=30)
@given(
    st.lists(ROWS, min_size=1, max_size=4).filter(any),
    st.sampled_from([None, 0, 1, 4, "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n", "  \n"]),
    st.booleans(),
)
def test_json_files_come_back_to_the_byte(
    arrays: list[list[dict[str, Any]]], indent: int | str | None, newline: str, end: str, nested_: bool
) -> None:
    data: Any = (
        {"v": 1, "all": [{"rows": rows, "n": 1.0} for rows in arrays], "z": []} if nested_ else max(arrays, key=len)
    )
    text = json.dumps(data, indent=indent, ensure_ascii=False).replace("\n", newline) + end
    with a_folder() as folder:
        (folder / "a.json").write_bytes(text.encode())
        keys = {"path": "a.json", **({"records": "all[*].rows"} if nested_ else {}), "language": "en"}
        added = {"drop": ["aug_source", "aug_chain"]}
        target, _ = run_in(folder, keys, "o.json", keys=added, engine={"chunk_rows": 2})
        assert target.read_bytes().decode() == text


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"spans": ["qas[*].anwers"]}, "no row has a value at 'qas[*].anwers'; did you mean 'qas[*].answers'"),
        ({"text": ["context", "qas[*].questio"]}, "at 'qas[*].questio'; did you mean 'qas[*].question'"),
        ({"spans": ...}, "'qas[*].answers' holds entity spans in 5 of 5 rows"),
    ],
)  # fmt: skip
def test_paths_that_lead_nowhere_and_spans_that_are_not_named(tmp_path: Path, keys: Any, said: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(squad()))
    given = {key: value for key, value in {**SQUAD, **keys}.items() if value is not ...}
    if "spans" not in given:
        del given["spans_in"]
    config = {"input": given, "output": {"path": str(tmp_path / "o.json")}, "chains": EDITS}
    (tmp_path / "c.yaml").write_text(json.dumps(config))
    with pytest.raises(ConfigError, match=re.escape(said)):
        run(load(tmp_path / "c.yaml"), Options(None, quiet=True))


def test_the_root_of_a_path_stays(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(NESTED) + "\n")
    keys = {"path": "a.jsonl", "text": "data.text", "spans": "annotations[0].result"}
    for column in ("data", "annotations"):
        with pytest.raises(ConfigError, match=f"'{column}' is what steps edit"):
            run_in(tmp_path, keys, "o.jsonl", keys={"drop": [column]})


def test_a_repeated_key_on_the_way_to_the_rows(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"d": [{"text": "one"}], "d": [{"text": "two"}]}')
    with pytest.raises(DataError, match=r"a\.json: the key 'd' stands twice in an object"):
        run_in(tmp_path, {"path": "a.json", "records": "d"}, "o.csv")


def test_whole_numbers_of_any_length(tmp_path: Path) -> None:
    line = f'{{"text": "one good word and more", "n": {"9" * 5000}}}\n'
    (tmp_path / "a.jsonl").write_text(line)
    target, _ = run_in(tmp_path, {"path": "a.jsonl"}, "o.jsonl", chains=EDITS)
    verify(target)
    assert target.read_text().startswith(line[:-2])
    target, _ = run_in(tmp_path, {"path": "a.jsonl"}, "o.csv", chains=EDITS)
    assert f",{'9' * 5000}," in target.read_text().splitlines()[1]
