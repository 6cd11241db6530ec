"""Each finding: an input that has it, and one that has not."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from augcli.commands.inspect import census as census_module
from augcli.commands.inspect.census import Census
from augcli.commands.inspect.command import Inspection, Wanted, inspect
from augcli.commands.inspect.findings import Finding, Level
from augcli.config.config import Config
from augcli.io.open import open_sources
from augcli.run.engine.local import local
from augcli.run.survey import blocks as blocks_module
from augcli.run.survey.survey import survey

THINGS = [
    "card", "train", "song", "table", "movie", "garden", "doctor", "lesson", "engine", "river", "window", "teacher",
    "market", "forest", "letter",
]  # fmt: skip
VERBS = [
    "find", "book", "play", "open", "watch", "order", "call", "visit", "cancel", "return", "repair", "clean", "follow",
    "check", "change",
]  # fmt: skip
PLAIN = Wanted(label_model=False)

Rows = Sequence[dict[str, Any]]


def clean(count: int = 60) -> list[dict[str, Any]]:
    """Rows in which nothing is odd: two labels in turn, and no two texts alike."""
    return [
        {
            "text": f"please {VERBS[place % 15]} the {THINGS[place // 4 % 15]} for my {THINGS[place * 7 % 15]} soon",
            "label": ("ask", "tell")[place % 2],
        }
        for place in range(count)
    ]


@pytest.fixture
def looked(tmp_path: Path) -> Callable[..., dict[str, Finding]]:
    """Inspects rows, and gives the findings by name."""

    def look(rows: Rows, *overrides: tuple[str, Any], wanted: Wanted = PLAIN, **options: Any) -> dict[str, Finding]:
        return {
            finding.name: finding
            for finding in inspected(tmp_path, rows, *overrides, wanted=wanted, **options).findings
        }

    return look


def inspected(
    folder: Path, rows: Rows, *overrides: tuple[str, Any], wanted: Wanted = PLAIN, **options: Any
) -> Inspection:
    path = folder / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    given = [("given", f"input.{key}", json.dumps(value)) for key, value in overrides]
    return inspect(str(path), given, wanted=wanted, **options)


Look = Callable[..., dict[str, Finding]]


def test_nothing_is_wrong_with_clean_rows(tmp_path: Path) -> None:
    found = inspected(tmp_path, clean())
    assert [finding for finding in found.findings if finding.level is not Level.note] == []
    assert found.headline == "60 rows, 2 labels: no fault, no warning"


def test_notes_are_counted_in_the_headline(tmp_path: Path) -> None:
    near = {**clean()[4], "text": clean()[4]["text"].upper()}
    assert inspected(tmp_path, [*clean(), near]).headline == "61 rows, 2 labels: no fault, no warning, 1 note"
    differing = {**clean()[4], "label": "tell"}
    assert inspected(tmp_path, [*clean(), near, differing]).headline == "62 rows, 2 labels: 1 fault, 1 note"


@pytest.mark.parametrize("label", ["", " ", "-", "?", "N/A", "n/a", "NA", "null", "None", "NaN", "nan", None])
def test_labels_that_stand_for_none_are_no_labels(tmp_path: Path, label: Any) -> None:
    found = inspected(tmp_path, [*clean(), {"text": "one more", "label": label}])
    assert found.labels == {"ask": 30, "tell": 30}
    (missing,) = [finding for finding in found.findings if finding.level is not Level.note]
    assert (missing.name, missing.rows, missing.level) == ("missing_labels", 1, Level.fault)


@pytest.mark.parametrize("label", ["none", "NONE", "unknown", "not n/a", "a - b", "nano"])
def test_only_whole_labels_stand_for_none(looked: Look, label: str) -> None:
    assert "missing_labels" not in looked([*clean(), {"text": "one more", "label": label}])


def test_labels_of_several_types_are_found(looked: Look) -> None:
    rows = [{**row, "label": [1, "2"][place % 2]} for place, row in enumerate(clean())]
    rows[3]["label"], rows[5]["label"], rows[7]["label"] = True, 1.0, None
    found = looked(rows)["label_types"]
    assert (found.rows, found.message) == (28, "labels that are texts, true or false where most are numbers")
    assert [example.note for example in found.examples] == ["2", "2", "2", "2", "2"]
    assert "label_types" not in looked([{**row, "label": place % 2} for place, row in enumerate(clean())])


def test_empty_lists_of_labels_are_noted(looked: Look) -> None:
    rows = [{**row, "label": [row["label"]] if place > 2 else []} for place, row in enumerate(clean())]
    found = looked(rows)
    assert (found["empty_label_lists"].rows, found["empty_label_lists"].level) == (3, Level.note)
    assert found["empty_label_lists"].examples[0].place == "data.jsonl:1"
    assert "one_label" not in looked([{**row, "label": ["x"] if place % 2 else []} for place, row in enumerate(rows)])


def test_labels_of_rows_to_test_with_are_not_counted(tmp_path: Path) -> None:
    held = [{**row, "text": row["text"].replace("please", "never")} for row in clean(8)]
    (tmp_path / "held.jsonl").write_text("".join(json.dumps(row) + "\n" for row in held), encoding="utf-8")
    rows = [{**row, "label": "tell" if place < 4 else "ask"} for place, row in enumerate(clean())]
    found = inspected(tmp_path, rows, tests=[str(tmp_path / "held.jsonl")])
    assert found.labels == {"ask": 56, "tell": 4}
    assert found.headline.startswith("60 rows and 8 to test with, 2 labels: ")
    assert (found.rows, found.document()["rows_to_test_with"], found.splits) == (68, 8, {"input": 60, "test": 8})
    assert "rare_labels" in {finding.name for finding in found.findings}


def test_rows_that_all_say_the_same_are_not_judged(looked: Look) -> None:
    found = looked([{**row, "text": "the same text in all rows"} for row in clean()], wanted=Wanted())
    assert found["labels_differ_for_text"].rows == 60
    assert "likely_wrong_labels" not in found


def test_a_label_that_the_model_has_not_seen_is_not_called_wrong(looked: Look) -> None:
    rows = [
        {"text": f"{THINGS[(place + more) % 15]} {about} {VERBS[place * more % 15]}", "label": label}
        for label, about in (("music", "play this song on the radio"), ("weather", "will it rain in town tomorrow"))
        for place in range(15)
        for more in range(1, 5)
    ]
    alone = [{"text": "play this song on the radio again and again, please", "label": "again"}] * 6
    found = looked([*rows, *alone], wanted=Wanted())
    assert "likely_wrong_labels" not in found


@pytest.mark.parametrize(
    ("header", "found"),
    [("the plot is slow but nice\tneg", True), ("很喜欢这个产品\t1", True), ("the text here\tlabel", False)],
)
def test_a_first_row_that_is_no_header_is_found(tmp_path: Path, header: str, found: bool) -> None:
    path = tmp_path / "data.tsv"
    path.write_text("\n".join([header, *(f"{row['text']}\t{row['label']}" for row in clean())]), encoding="utf-8")
    assert found == ("no_header" in {finding.name for finding in inspect(str(path), wanted=PLAIN).findings})


def test_a_row_with_two_rare_labels_counts_once(looked: Look) -> None:
    rows = [{**row, "label": [row["label"]]} for row in clean()]
    rows[4]["label"] = ["x", "y"]
    found = looked(rows)["single_labels"]
    assert (found.rows, [example.note for example in found.examples]) == (1, ["'x', 'y'"])


def test_two_columns_may_be_a_pair_of_texts(tmp_path: Path) -> None:
    rows = [{"premise": "the door was open", "hypothesis": row["text"], "label": row["label"]} for row in clean()]
    found = inspected(tmp_path, rows)
    assert found.data.config.input.text == ["premise", "hypothesis"]
    assert "labels_differ_for_text" not in {finding.name for finding in found.findings}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("missing_labels", {3: {"label": ""}, 5: {"label": None}}),
        ("labels_alike", {3: {"label": "Tell"}, 5: {"label": "tell "}}),
        ("single_labels", {3: {"label": "shout"}}),
        ("rare_labels", {3: {"label": "shout"}, 5: {"label": "shout"}}),
        ("no_text", {3: {"text": ""}, 5: {"text": " \t"}}),
        ("no_words", {3: {"text": "?!"}, 5: {"text": "👍"}}),
        ("unreadable_rows", {3: {"text": None}, 5: {"text": 7}}),
        ("encoding_damage", {3: {"text": "the cafÃ© is closed"}, 5: {"text": "l'Ã©tÃ© dernier"}}),
        ("lost_characters", {3: {"text": "the caf\ufffd is closed"}}),
        ("html", {3: {"text": "it is <b>here</b> now"}, 5: {"text": "one &amp; two"}}),
        ("other_language", {place: {"text": "我想订一张去北京的火车票"} for place in (3, 5)}),
        ("other_language", {3: {"text": "ich möchte nicht mit dem Zug nach Berlin und dann weiter fahren"}}),
        ("other_language", {3: {"text": "я хочу поехать в Москву"}, 5: {"text": "где мой заказ"}}),
    ],
)  # fmt: skip
def test_odd_rows_are_found(looked: Look, name: str, changes: dict[int, dict[str, Any]]) -> None:
    rows = [{**row, **changes.get(place, {})} for place, row in enumerate(clean())]
    assert name not in looked(clean())
    found = looked(rows)[name]
    assert found.rows == len(changes)
    assert [example.place for example in found.examples] == [f"data.jsonl:{place + 1}" for place in changes]
    assert found.fix


@pytest.mark.parametrize("text", ["x < y and y > z", "AT&T is a company", "a<b or c>d", "I <3 you", "the <name> of it"])
def test_what_only_looks_like_html_is_not_found(looked: Look, text: str) -> None:
    assert "html" not in looked([*clean(), {"text": text, "label": "ask"}])


@pytest.mark.parametrize("text", ["naïve café in Zürich", "l'été dernier", "“quoted” – so", "¿qué tal?"])
def test_accents_are_no_damage(looked: Look, text: str) -> None:
    assert not {"encoding_damage", "lost_characters"} & {*looked([*clean(), {"text": text, "label": "ask"}])}


def test_examples_of_damage_say_what_was_meant(looked: Look) -> None:
    long = "word " * 80 + "cafÃ© closed"
    (example,) = looked([*clean(), {"text": long, "label": "ask"}])["encoding_damage"].examples
    assert "cafÃ© closed" in example.text
    assert "café closed" in example.note


def test_one_label_is_a_fault(looked: Look) -> None:
    assert looked([{**row, "label": "ask"} for row in clean()])["one_label"].level is Level.fault


def test_a_column_of_ids_is_no_label(looked: Look) -> None:
    rows = [{**row, "label": f"l{place}"} for place, row in enumerate(clean())]
    found = looked(rows)
    assert "60 different labels" in found["labels_differ"].message
    assert "single_labels" not in found
    assert "labels_differ" not in looked(clean())


def test_uneven_labels_are_found(looked: Look) -> None:
    rows = [{**row, "label": "tell" if place < 5 else "ask"} for place, row in enumerate(clean())]
    assert looked(rows)["imbalance"].message == "uneven labels: 'ask' has 55 rows, 'tell' has 5"
    assert "imbalance" not in looked(clean())


def test_joined_labels_are_found(looked: Look) -> None:
    labels = ["ask|tell", "ask|shout", "tell|shout", "ask|tell|shout"]
    rows = [{**row, "label": labels[place % 4]} for place, row in enumerate(clean())]
    assert looked(rows)["labels_joined"].rows == 60


def test_rows_in_the_order_of_their_labels_are_found(looked: Look) -> None:
    rows = sorted(clean(), key=lambda row: row["label"])
    assert looked(rows)["label_order"].level is Level.warning
    random.Random(1).shuffle(rows)
    assert "label_order" not in looked(rows)


def test_repeated_rows_are_found_and_those_with_another_label_are_faults(looked: Look) -> None:
    rows = clean()
    found = looked([*rows, rows[4], rows[9], {**rows[7], "label": "ask"}])
    assert (found["repeated_rows"].rows, found["repeated_rows"].level) == (2, Level.warning)
    assert [example.place for example in found["repeated_rows"].examples] == ["data.jsonl:61", "data.jsonl:62"]
    differing = found["labels_differ_for_text"]
    assert (differing.rows, differing.level) == (2, Level.fault)
    assert [(example.place, example.note) for example in differing.examples] == [
        ("data.jsonl:8", "tell"), ("data.jsonl:63", "ask")
    ]  # fmt: skip


def test_near_duplicates_are_found(looked: Look) -> None:
    rows = clean()
    near = {**rows[4], "text": rows[4]["text"].upper() + "!"}
    found = looked([*rows, near])["near_duplicates"]
    assert (found.rows, found.level) == (1, Level.note)
    assert found.examples[0].place == "data.jsonl:5"
    assert "data.jsonl:61" in found.examples[0].note
    other = looked([*rows, {**near, "label": "tell"}])["labels_differ_for_near_duplicates"]
    assert other.examples[0].note.startswith("ask / tell; nearly data.jsonl:61: ")


def test_repeated_ids_are_found(looked: Look) -> None:
    rows = [{**row, "id": place % 58} for place, row in enumerate(clean())]
    found = looked(rows, ("id", "id"))["repeated_ids"]
    assert [example.place for example in found.examples] == ["data.jsonl:59", "data.jsonl:60"]
    assert "repeated_ids" not in looked([{**row, "id": place} for place, row in enumerate(clean())], ("id", "id"))


def test_texts_in_two_splits_are_found(looked: Look) -> None:
    rows = [{**row, "split": "test" if place >= 50 else "train"} for place, row in enumerate(clean())]
    rows[55] |= {"text": rows[3]["text"], "label": rows[3]["label"]}
    rows[57] |= {"text": rows[5]["text"] + "!", "label": rows[5]["label"]}
    rows[58] |= {"label": "new"}
    found = looked(rows)
    assert found["text_in_two_splits"].message == "the text of a row in another split: 1 of 'test'"
    assert [example.place for example in found["text_in_two_splits"].examples] == ["data.jsonl:56"]
    assert found["near_duplicates_across_splits"].rows == 1
    assert found["labels_of_one_split"].examples[0].place == "data.jsonl:59"
    assert "repeated_rows" not in found


def test_files_to_test_with_are_a_split(tmp_path: Path, looked: Look) -> None:
    test = tmp_path / "held.jsonl"
    held = [
        {"text": f"another {verb} of old {thing}s", "label": "ask"} for verb, thing in zip(VERBS, THINGS, strict=True)
    ]
    held.append(clean()[7])
    test.write_text("".join(json.dumps(row) + "\n" for row in held), encoding="utf-8")
    found = looked(clean(), tests=[str(test)])["text_in_two_splits"]
    assert [(example.place, example.note) for example in found.examples] == [("held.jsonl:16", "test")]


@pytest.mark.parametrize(
    ("name", "spans"),
    [
        ("spans_misfit", [[8, 12, "a"]]),
        ("spans_misfit", [[0, 7, "a"], [3, 6, "b"]]),
        ("repeated_spans", [[0, 6, "a"], [0, 6, "a"]]),
        ("unreadable_rows", [[0, 600, "a"]]),
        ("unreadable_rows", [[4, 4, "a"]]),
    ],
)
def test_suspicious_spans_are_found(looked: Look, name: str, spans: list[Any]) -> None:
    rows = [{**row, "spans": [[0, 6, "a"]]} for row in clean()]
    assert name not in looked(rows)
    rows[9]["spans"] = spans
    assert looked(rows)[name].examples[0].place == "data.jsonl:10"


def test_words_that_nobody_knows_are_found(looked: Look, tmp_path: Path) -> None:
    found = looked([{"text": "zorp blimfle the grunkop", "label": label} for label in ("a", "b")] * 10)["unknown_words"]
    assert found.message == "60 of 80 words are not in the English word list of augcli"
    assert "unknown_words" not in looked(clean())
    words = tmp_path / "words.txt"
    words.write_text("please\nthe\nfor\nmy\nsoon\n", encoding="utf-8")
    assert "unknown_words" in looked(clean(), wanted=Wanted(label_model=False, vocabulary=words))
    vectors = tmp_path / "vectors.txt"
    known = {word for row in clean() for word in row["text"].split()}
    vectors.write_text("".join(f"{word} 0.5 0.25\n" for word in known), encoding="utf-8")
    assert "unknown_words" not in looked(clean(), wanted=Wanted(label_model=False, vocabulary=vectors))


def test_wrong_labels_are_found(looked: Look) -> None:
    rows = [
        {"text": f"{THINGS[(place + more) % 15]} {about} {VERBS[place * more % 15]}", "label": label}
        for label, about in (("music", "play this song on the radio"), ("weather", "will it rain in town tomorrow"))
        for place in range(15)
        for more in range(1, 5)
    ]
    rows[7]["label"], rows[80]["label"] = "weather", "music"
    found = looked(rows, wanted=Wanted())["likely_wrong_labels"]
    assert {example.place for example in found.examples} == {"data.jsonl:8", "data.jsonl:81"}
    assert "weather, likely music" in found.examples[0].note + found.examples[1].note
    assert "likely_wrong_labels" not in looked(rows, wanted=PLAIN)


def test_a_model_that_knows_nothing_accuses_nobody(looked: Look) -> None:
    chance = random.Random(3)
    rows = [{**row, "label": chance.choice(["ask", "tell"])} for row in clean(200)]
    found = looked(rows, wanted=Wanted())
    assert "likely_wrong_labels" not in found
    assert "labels_not_judged" in found


def test_lengths_cover_so_many_rows(tmp_path: Path) -> None:
    rows = [{"text": " ".join(["word"] * (place + 1)), "label": "ab"[place % 2]} for place in range(100)]
    told = inspected(tmp_path, rows).lengths["words"]
    assert (told["count"], told["min"], told["90%"], told["95%"], told["99%"], told["max"]) == (
        100,
        1,
        91,
        96,
        100,
        100,
    )


def test_what_protect_holds_is_counted(tmp_path: Path) -> None:
    rows = [*clean(), {"text": "see https://example.org and call 555", "label": "ask"}]
    held = {found.pattern: found for found in inspected(tmp_path, rows).protected}
    assert held["url"].rows == 1
    assert held["url"].examples[0].note == "https://example.org"
    assert held["number"].examples[0].place == "data.jsonl:61"


def test_only_so_many_rows_are_looked_at_closely_and_all_are_counted(tmp_path: Path) -> None:
    rows = clean()
    found = inspected(tmp_path, [*rows, rows[4]] * 50, wanted=Wanted(label_model=False, sample=500))
    assert found.rows == 3050
    assert 300 <= found.looked_at <= 600
    repeated = next(finding for finding in found.findings if finding.name == "repeated_rows")
    assert repeated.rows == 3050 - 60


def test_blocks_are_put_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{**row, "split": "ab"[place % 2]} for place, row in enumerate(clean())]
    rows[20]["text"] = rows[41]["text"] = " "
    whole = inspected(tmp_path, rows)
    monkeypatch.setattr(blocks_module, "BLOCK", 300)
    parts = inspected(tmp_path, rows)
    assert parts.document() == whole.document()


def test_labels_are_counted_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks_module, "BLOCK", 300)
    monkeypatch.setattr(census_module, "MOST_LABELS", 10)
    monkeypatch.setattr(census_module, "_OTHERS", 10)
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps({**row, "label": str(n)}) + "\n" for n, row in enumerate(clean())))
    keys = {
        "input": {"path": str(path), "text": "text", "label": "label"},
        "output": {"path": "out.jsonl"},
        "chains": {},
    }
    config = Config.model_validate(keys)
    with local(1) as engine:
        sources = open_sources(config, tmp_path, 100)
        census = survey(config, sources, tmp_path / "s", engine, 100, observer=lambda: Census(False, None, {})).observer
    counts = census.label_counts()
    assert census.too_many_labels
    assert len(counts) == 11
    assert sum(counts.values()) == 60


def test_pairs_of_texts_are_one_row(tmp_path: Path) -> None:
    rows = [{"first": row["text"], "second": f"then {row['label']}", "label": row["label"]} for row in clean()]
    found = inspected(tmp_path, [*rows, rows[3]], ("text", ["first", "second"]))
    repeated = next(finding for finding in found.findings if finding.name == "repeated_rows")
    assert repeated.examples[0].text == f"{rows[3]['first']} | {rows[3]['second']}"
    assert found.lengths["words"]["min"] == 10


def test_rows_may_have_several_labels(tmp_path: Path) -> None:
    rows = [{**row, "label": [row["label"], "all"]} for row in clean()]
    found = inspected(tmp_path, rows, wanted=Wanted())
    assert found.labels == {"all": 60, "ask": 30, "tell": 30}


def test_tokens_and_tags_are_read(looked: Look) -> None:
    rows = [{"words": row["text"].split(), "tags": ["B-x", *["O"] * 7]} for row in clean()]
    assert not {*looked(rows, ("tokens", "words"), ("tags", "tags"))} - {"near_duplicates"}
    rows[4]["tags"] = ["O"]
    assert looked(rows, ("tokens", "words"), ("tags", "tags"))["unreadable_rows"].examples[0].place == "data.jsonl:5"


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".json"])
def test_all_formats_are_read(tmp_path: Path, suffix: str) -> None:
    import pandas as pd

    rows = clean()
    table = pd.DataFrame([*rows, {**rows[4], "label": "tell"}])
    path = tmp_path / f"data{suffix}"
    if suffix == ".parquet":
        table.to_parquet(path)
    elif suffix == ".json":
        table.to_json(path, orient="records")
    else:
        table.to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",")
    found = inspect(str(path), wanted=PLAIN)
    (differing,) = [finding for finding in found.findings if finding.name == "labels_differ_for_text"]
    assert [example.place for example in differing.examples] == [f"data{suffix}:5", f"data{suffix}:61"]


def test_the_test_file_of_a_config_is_a_split(tmp_path: Path) -> None:
    for name, rows in (("data", clean()), ("held", clean()[7:8])):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    config = tmp_path / "config.yaml"
    config.write_text(
        "input: {path: data.jsonl, text: text, label: label}\noutput: {path: out.jsonl}\nchains: {}\n"
        "evaluate: {test: held.jsonl}\n",
        encoding="utf-8",
    )
    found = inspect(str(config), wanted=PLAIN)
    assert found.splits == {"input": 60, "test": 1}
    assert found.findings[0].name == "text_in_two_splits"
