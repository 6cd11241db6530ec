"""Entities: spans beside a text, and BIO tags beside tokens."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.commands.verify import verify
from augcli.errors import ConfigError, DataError
from augcli.text.bio import Scheme, from_bio, retokenise, scheme_of, spans_from_tags, tags_from_spans, to_bio
from augcli.text.edits import Edit, Interval, Span, apply, move_spans
from tests.support.helpers import sources
from tests.support.nasty import csv_rows
from tests.support.running import EDITS, run_in, written

DELETING = {"a": {"variants": 4, "steps": [{"random_delete": {"rate": 0.4}}, {"random_char": {"rate": 0.3}}]}}


def entities(tokens: list[str], tags: list[str]) -> list[tuple[str, str]]:
    """Type and text of each entity. Fails when the tags are not valid BIO."""
    assert len(tokens) == len(tags)
    found: list[tuple[str, str]] = []
    before = "O"
    for token, tag in zip(tokens, tags, strict=True):
        mark, _, kind = tag.partition("-")
        assert token
        if mark == "B":
            found.append((kind, token))
        elif mark == "I":
            assert before[1:] == f"-{kind}", f"{tag} after {before}"
            found[-1] = (kind, f"{found[-1][1]} {token}")
        else:
            assert tag == "O"
        before = tag
    return found


@st.composite
def tagged(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    tokens, tags = [], []
    words = st.text(st.sampled_from("abé好.-'"), min_size=1, max_size=5)
    for kind in draw(st.lists(st.sampled_from(["O", "O", "PER", "LOC"]), min_size=1, max_size=8)):
        count = 1 if kind == "O" else draw(st.integers(1, 3))
        tokens += [draw(words) for _ in range(count)]
        tags += ["O"] if kind == "O" else [f"B-{kind}", *[f"I-{kind}"] * (count - 1)]
    return tokens, tags


@st.composite
def edits_of(draw: st.DrawFn, text: str) -> list[Edit]:
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    new = st.sampled_from(["", " ", "x", " new words ", "a b", ",", "好"])
    return [(start, end, draw(new)) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]


def placed(tokens: list[str], joint: str) -> list[Interval]:
    places, start = [], 0
    for token in tokens:
        places.append((start, start + len(token)))
        start += len(token) + len(joint)
    return places


@settings(max_examples=400)
@given(tagged(), st.sampled_from([" ", ""]), st.data())
def test_tags_follow_any_edits(row: tuple[list[str], list[str]], joint: str, data: st.DataObject) -> None:
    tokens, tags = row
    places = placed(tokens, joint)
    text = joint.join(tokens)
    spans = spans_from_tags(places, tags)
    assert retokenise(places, [], text, spans) == (tokens, tags)
    steps = []
    for _ in range(data.draw(st.integers(1, 3))):
        edits = data.draw(edits_of(text))
        steps.append(edits)
        text, spans = apply(text, edits), move_spans(spans, edits)
    new_tokens, new_tags = retokenise(places, steps, text, spans)
    assert "".join("".join(new_tokens).split()) == "".join(text.split())
    spoken = [(kind, "".join(text[start:end].split())) for start, end, kind in spans]
    assert [(kind, "".join(told.split())) for kind, told in entities(new_tokens, new_tags)] == [
        entity for entity in spoken if entity[1]
    ]


def test_tokens_with_blanks_stay_whole_unless_edited() -> None:
    tokens = ["10\u00a0000", "New York", " ", "x"]
    tags = ["B-N", "B-L", "I-L", "O"]
    places = placed(tokens, " ")
    text = " ".join(tokens)
    spans = spans_from_tags(places, tags)
    edit = [(len(text), len(text), "!")]
    assert retokenise(places, [edit], text + "!", spans) == ([*tokens, "!"], [*tags, "O"])
    edit = [(2, 3, " ")]
    assert retokenise(places, [edit], apply(text, edit), spans) == (
        ["10", "000", "New York", " ", "x"],
        ["B-N", "I-N", "B-L", "I-L", "O"],
    )


SCHEMES: list[Scheme] = ["bio", "iob1", "bioes", "bmes", "bilou"]


@settings(max_examples=300)
@given(tagged(), st.sampled_from(SCHEMES))
def test_schemes_say_the_same(row: tuple[list[str], list[str]], scheme: Scheme) -> None:
    _, bio = row
    told = from_bio(bio, scheme)
    assert scheme_of(told, iob1=scheme == "iob1") in (scheme, "bio", "bioes")
    assert to_bio(told, scheme_of(told, iob1=scheme == "iob1")) == bio
    assert [tag[1:] for tag in told] == [tag[1:] for tag in bio]


WRITTEN: dict[Scheme, list[str]] = {
    "iob1": ["I-A", "I-A", "B-A", "O", "I-B", "I-A", "O"],
    "bioes": ["B-A", "E-A", "S-A", "O", "S-B", "S-A", "O"],
    "bmes": ["B-A", "M-A", "E-A", "O", "S-B", "S-A", "O"],
    "bilou": ["B-A", "L-A", "U-A", "O", "U-B", "U-A", "O"],
}


@pytest.mark.parametrize("scheme", WRITTEN)
@pytest.mark.parametrize("numbers", [False, True])
@pytest.mark.parametrize("source", ["a.jsonl", "a.csv", "a.parquet"])
def test_variants_have_the_scheme_of_their_row(tmp_path: Path, scheme: Scheme, numbers: bool, source: str) -> None:
    names = sorted({*WRITTEN[scheme], "O"})
    tags: list[Any] = [names.index(tag) if numbers else tag for tag in WRITTEN[scheme]]
    words = ["Rui", "da", "Costa", "met", "Riverton", "Oak", "today"]
    if source == "a.csv":
        cells = " ".join(words), " ".join(map(str, tags))
        (tmp_path / source).write_text("w,t\n" + f"{cells[0]},{cells[1]}\n" * 9)
    elif source == "a.parquet":
        pq.write_table(pa.table({"w": [words] * 9, "t": [tags] * 9}), tmp_path / source)
    else:
        (tmp_path / source).write_text((json.dumps({"w": words, "t": tags}) + "\n") * 9)
    keys: dict[str, Any] = {"path": source, "text": None, "tokens": "w", "tags": "t"}
    keys |= {"scheme": "iob1"} if scheme == "iob1" else {}
    keys |= {"tag_names": names} if numbers else {}
    target, _ = run_in(
        tmp_path, keys, "o.jsonl", chains={"a": {"variants": 3, "steps": [{"random_swap": {"rate": 0.5}}]}}
    )
    verify(target)
    kept = [tag for tag in tags if tag not in ("O", names.index("O"))]
    for row in map(json.loads, target.read_text().splitlines()):
        told = row["t"].split() if isinstance(row["t"], str) else row["t"]
        told = [*map(int, told)] if numbers else told
        assert [tag for tag in told if tag not in ("O", names.index("O"))] == kept
    assert len(target.read_text().splitlines()) > 9


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"features": {"t": {"feature": {"names": ["O", "B-A", "I-A"]}}}}, ""),
        ({"names": ["O"], "more": [["O", "B-A"]]}, "expected one list of names with O among them, found 2"),
        ({}, "expected one list of names with O among them, found 0"),
        ("{", "cannot be read as JSON"),
        (None, "there is no file"),
    ],
)
def test_names_of_tags_in_a_file(tmp_path: Path, content: Any, said: str) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"w": ["Rui", "went"], "t": [1, 0]}) + "\n")
    if content is not None:
        (tmp_path / "info.json").write_text(content if isinstance(content, str) else json.dumps(content))
    keys = {"path": "a.jsonl", "text": None, "tokens": "w", "tags": "t", "tag_names": "info.json"}
    if said:
        with pytest.raises(ConfigError, match=said):
            run_in(tmp_path, keys, "o.jsonl")
    else:
        target, _ = run_in(tmp_path, keys, "o.jsonl", chains=EDITS)
        verify(target)


@pytest.mark.parametrize(("tag", "said"), [(3, "tag 1 is 3; expected a number from 0 to 2"), ("x", "tag 1 is 'x'")])
def test_numbers_without_a_name(tmp_path: Path, tag: Any, said: str) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"w": ["Rui", "went"], "t": [tag, 0]}) + "\n")
    keys = {"path": "a.jsonl", "text": None, "tokens": "w", "tags": "t", "tag_names": ["O", "B-A", "I-A"]}
    with pytest.raises(DataError, match=said):
        run_in(tmp_path, keys, "o.jsonl")


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        (["I-LOC", "O"], "tag 1 is 'I-LOC' after 'O'; an entity begins with B-LOC"),
        (["B-PER", "I-LOC"], "tag 2 is 'I-LOC' after 'B-PER'"),
        (["E-LOC", "O"], "tag 1 is 'E-LOC' after 'O'; an entity begins with B-LOC"),
        (["U-LOC", "L-LOC"], "tag 2 is 'L-LOC' after 'U-LOC'"),
        (["S-LOC", "X-LOC"], "tag 2 is 'X-LOC'; expected one of O, B-type, I-type, E-type, S-type"),
        (["B-", "O"], "tag 1 is 'B-'; expected one of O, B-type, I-type"),
        (["B", "O"], "tag 1 is 'B'; expected one of O, B-type, I-type"),
        (["o", "O"], "tag 1 is 'o'"),
        (["O"], "1 tags for 2 tokens"),
        (["O", 1], "tag 2 is 1; expected text; if tags are numbers, set input.tag_names"),
        ([], "0 tags for 2 tokens"),
        (None, "expected a list of tags, not null"),
        (7, "expected a list of tags, not a number (7)"),
    ],
)
def test_bad_tags_are_named(tmp_path: Path, tags: Any, why: str) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"w": ["a", "b"], "t": tags}))
    with pytest.raises(DataError) as caught:
        run_in(tmp_path, {"path": "a.jsonl", "text": None, "tokens": "w", "tags": "t"}, "o.jsonl")
    assert f"a.jsonl: row 1 (line 1): column 't': {why}" in str(caught.value)
    assert written(tmp_path) == []


ROWS = [
    (["Book", "a", "table", "in", "New", "York", "today", "."], ["O", "O", "O", "O", "B-LOC", "I-LOC", "B-DATE", "O"]),
    (["Ann", "met", "Bob", "Marley", "and", "his", "good", "friends"], ["B-PER", "O", "B-PER", "I-PER", *["O"] * 4]),
    (["nothing", "here", "to", "find", "at", "all"], ["O"] * 6),
    ([], []),
    (["10\u00a0000", "people", "came", "along"], ["B-N", "O", "O", "O"]),
]


@pytest.mark.parametrize("free", ["keep", "free"])
@pytest.mark.parametrize("name", ["a.jsonl", "words.jsonl", "a.csv"])
def test_tokens_and_tags(tmp_path: Path, name: str, free: str) -> None:
    """As lists, or as words with blanks between them; each comes back in its own form."""
    joined = name != "a.jsonl"
    listed = [[" ".join(words), " ".join(tags)] if joined else [words, tags] for words, tags in ROWS]
    if name == "a.csv":
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["w", "t"], *listed])
    else:
        (tmp_path / name).write_text("".join(json.dumps({"w": w, "t": t}) + "\n" for w, t in listed))
    keys = {"path": name, "text": None, "tokens": "w", "tags": "t"}
    target, outcome = run_in(tmp_path, keys, f"o.{name[-5:].strip('.')}", chains=DELETING, protect={"spans": free})
    verify(target)
    assert outcome.counts.variants > 8
    data = target.read_bytes()
    rows: list[list[Any]] = (
        csv_rows(data)[1:] if name == "a.csv" else [list(json.loads(line).values()) for line in data.splitlines()]
    )
    for row, source in zip(rows, sources(target), strict=True):
        words, tags, _, chain = row
        if joined:
            words, tags = [[word for word in told.split(" ") if word] for told in (words, tags)]
        before = ROWS[int(source.partition(":")[2]) - 1]
        after = entities(words, tags)
        if chain == "":
            assert (words, tags) == before
        elif free == "keep":
            assert Counter(after) == Counter(entities(*before))


def test_tokens_of_json_become_words_in_csv(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"w": ["a", "good", "word"], "t": ["O", "O", "O"], "l": ["x", "y"]}\n')
    keys = {"path": "a.jsonl", "text": None, "tokens": "w", "tags": "t"}
    target, _ = run_in(tmp_path, keys, "o.csv", chains=EDITS)
    verify(target)
    rows = csv_rows(target.read_bytes())
    assert rows[1][:3] == ["a good word", "O O O", '["x", "y"]']
    assert len(rows) > 2
    (tmp_path / "a.jsonl").write_text('{"w": ["New York"], "t": ["B-L"]}\n')
    target, _ = run_in(tmp_path, keys, "o.csv")
    assert csv_rows(target.read_bytes())[1][:2] == ['["New York"]', "B-L"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_chinese_tokens_are_joined_without_blanks(tmp_path: Path, language: str) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"w": list("我爱北京"), "t": ["O", "O", "B-L", "I-L"]}))
    keys = {"path": "a.jsonl", "text": None, "tokens": "w", "tags": "t", "language": language}
    _, outcome = run_in(tmp_path, keys, "o.jsonl")
    assert outcome.dataset.characters == (4 if language == "zh" else 7)


# --- spans -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spans", "why"),
    [
        ([[0, 99, "X"]], "span [0, 99] does not lie in the text, which has 9 characters"),
        ([[-1, 3, "X"]], "span [-1, 3] does not lie in the text"),
        ([[3, 3, "X"]], "span [3, 3] is empty: its end, which is exclusive, is its start"),
        ([[4, 3, "X"]], "span [4, 3] ends before it starts"),
        ([[0, 3]], "expected [[start, end, type], ...], found a list ([0, 3])"),
        ([[0, 3.0, "X"]], "expected [[start, end, type], ...], found a list"),
        ([[False, True, "X"]], "expected [[start, end, type], ...], found a list"),
        ([["0", "3", "X"]], "expected [[start, end, type], ...], found a list"),
        ([[0, 3, 7]], "the type of span [0, 3] must be text, not a number (7)"),
        ([7], "expected [[start, end, type], ...], found a number (7)"),
        (7, "expected [[start, end, type], ...], not a number (7)"),
        (0, "expected [[start, end, type], ...], not a number (0)"),
        (True, "expected [[start, end, type], ...], not true or false (True)"),
        (False, "expected [[start, end, type], ...], not true or false (False)"),
        ({"a": "b"}, "expected [[start, end, type], ...], not an object ({'a': 'b'})"),
        ({"a": 1}, "expected [[start, end, type], ...], not an object"),
        ("7", "expected [[start, end, type], ...], not text ('7')"),
        ("0:3", "expected [[start, end, type], ...], not text ('0:3')"),
    ],
)
def test_bad_spans_are_named(tmp_path: Path, spans: Any, why: str) -> None:
    rows = [{"text": "some text", "s": []}, {"text": "good text", "s": spans}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError) as caught:
        run_in(tmp_path, {"path": "a.jsonl", "spans": "s"}, "o.jsonl")
    assert f"a.jsonl: row 2 (line 2): column 's': {why}" in str(caught.value)
    assert written(tmp_path) == []
    target, _ = run_in(tmp_path, {"path": "a.jsonl", "spans": "s"}, "o.jsonl", on_error="drop")
    assert len(target.read_bytes().splitlines()) == 1


@pytest.mark.parametrize("out", ["o.jsonl", "o.csv", "o.parquet"])
@pytest.mark.parametrize("name", ["a.jsonl", "text.jsonl", "a.csv", "a.parquet"])
def test_spans_move_with_their_text(tmp_path: Path, name: str, out: str) -> None:
    """As lists, or as JSON in a text; the text keeps its form."""
    text = "👍 fly me from New York to Zürich one day or another"
    spans = [[14, 22, "from"], [26, 32, "to"]]
    row = {"text": text, "spans": spans if name == "a.jsonl" else json.dumps(spans)}
    if name == "a.csv":
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([row.keys(), row.values()])
    elif name == "a.parquet":
        pq.write_table(pa.Table.from_pylist([row]), tmp_path / name)
    else:
        (tmp_path / name).write_text(json.dumps(row))
    target, _ = run_in(tmp_path, {"path": name, "spans": "spans"}, out, chains=DELETING)
    verify(target)
    if out == "o.jsonl":
        rows = [json.loads(line) for line in target.read_bytes().splitlines()]
        assert {type(row["spans"]) for row in rows} == {str if name == "text.jsonl" else list}
    elif out == "o.csv":
        header, *cells = csv_rows(target.read_bytes())
        rows = [dict(zip(header, fields, strict=True)) for fields in cells]
    else:
        rows = pq.read_table(target).to_pylist()
    assert len(rows) > 3
    for found in rows:
        moved = json.loads(found["spans"]) if isinstance(found["spans"], str) else found["spans"]
        assert [(found["text"][start:end], kind) for start, end, kind in moved] == [
            ("New York", "from"),
            ("Zürich", "to"),
        ]


def test_no_spans_may_be_written_in_several_ways(tmp_path: Path) -> None:
    lines = [f'{{"text": "one good word and another", "s": {value}}}\n' for value in ("null", "[]", '""', '"[]"')]
    (tmp_path / "a.jsonl").write_text("".join(lines))
    target, _ = run_in(tmp_path, {"path": "a.jsonl", "spans": "s"}, "o.jsonl", chains=EDITS)
    verify(target)
    told = [line.partition(b'"s": ')[2].partition(b",")[0] for line in target.read_bytes().splitlines()]
    assert list(dict.fromkeys(told)) == [b"null", b"[]", b'""', b'"[]"']


# --- several texts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("out", ["o.jsonl", "o.csv", "o.parquet"])
def test_sentence_pairs(tmp_path: Path, out: str) -> None:
    rows = [{"b": f"a first sentence of some words {n}", "n": n, "a": f"and a second of several {n}"} for n in range(5)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    target, _ = run_in(tmp_path, {"path": "a.jsonl", "text": ["a", "b"]}, out, chains=EDITS)
    verify(target)
    if out == "o.jsonl":
        written_rows = [json.loads(line) for line in target.read_bytes().splitlines()]
        assert all(list(row) == ["b", "n", "a", "aug_source", "aug_chain"] for row in written_rows)
        changed = [row for row in written_rows if row["aug_chain"]]
        assert len(changed) > 5
        for row in changed:
            source = rows[row["n"]]
            assert row["n"] == source["n"]
            assert row["a"] != source["a"] or row["b"] != source["b"]
    (tmp_path / "a.jsonl").write_text('{"a": "x", "b": 7}')
    with pytest.raises(DataError, match="column 'b': expected text, not a number"):
        run_in(tmp_path, {"path": "a.jsonl", "text": ["a", "b"]}, out)


WORDS = [(0, 3), (4, 8), (8, 9), (10, 15)]
"""Tokens of a text: two of them touch each other."""


@pytest.mark.parametrize(
    ("spans", "tags", "cut", "left_out"),
    [
        ([(0, 3, "a"), (4, 9, "b")], "B-a B-b I-b O", 0, 0),
        ([(4, 9, "b"), (0, 3, "a")], "B-a B-b I-b O", 0, 0),
        ([(0, 8, "a"), (8, 9, "a")], "B-a I-a B-a O", 0, 0),
        ([(1, 6, "a")], "B-a I-a O O", 2, 0),
        ([(3, 10, "a")], "O B-a I-a O", 0, 0),
        ([(3, 4, "a"), (20, 21, "a")], "O O O O", 0, 2),
        ([(0, 3, "short"), (0, 8, "long")], "B-long I-long O O", 0, 1),
        ([(4, 15, "late"), (0, 6, "first")], "B-first I-first O O", 1, 1),
        ([(10, 12, "a"), (13, 15, "b")], "O O O B-a", 1, 1),
        ([], "O O O O", 0, 0),
    ],
)
def test_a_token_is_in_an_entity_when_it_overlaps_its_span(
    spans: list[Span], tags: str, cut: int, left_out: int
) -> None:
    assert tags_from_spans(WORDS, spans) == (tags.split(), cut, left_out)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 2), st.sampled_from(["O", "B-a", "I-a", "B-b", "I-b"]))))
def test_tags_of_the_spans_of_tags_are_the_same(rows: list[tuple[int, int, str]]) -> None:
    tokens: list[Interval] = []
    tags: list[str] = []
    end = 0
    for length, blanks, tag in rows:
        tokens.append((end + blanks, end + blanks + length))
        begun = tags and tags[-1] in (f"B-{tag[2:]}", tag)
        tags.append(f"B-{tag[2:]}" if tag.startswith("I") and not begun else tag)
        end += blanks + length
    assert tags_from_spans(tokens, spans_from_tags(tokens, tags)) == (tags, 0, 0)
