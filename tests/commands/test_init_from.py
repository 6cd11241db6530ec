"""`augcli init --from`: a config for a file that nobody has described."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.commands.init.columns import guess_columns
from augcli.commands.init.config import config_for
from augcli.commands.init.sample import guess_encoding, guess_format
from augcli.commands.init.table import guess_table
from augcli.errors import ConfigError, DataError
from augcli.io.formats.parquet import arrow
from tests.support.running import called

ROOT = Path(__file__).parents[2]
REVIEWS = [
    ("The soup was cold and nobody said a word about it.", "neg"),
    ("We had a lovely evening, and the staff were kind.", "pos"),
    ("It is a small place but the food is very good.", "pos"),
    ("They made us wait for an hour in the rain.", "neg"),
    ("The fish was fresh and so was the bread.", "pos"),
]
JSON_ROWS = [{"text": text, "label": label} for text, label in REVIEWS]


def table(rows: Sequence[Sequence[str]], delimiter: str = ",", **options: Any) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\n", **options).writerows(rows)
    return written.getvalue()


def lines_of(rows: Sequence[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def guessed(text: str, delimiter: str = ",") -> dict[str, Any]:
    """What is guessed of a table and differs from what holds without a word."""
    found = {key: guess.value for key, guess in guess_table(text, delimiter).items()}
    return {key: value for key, value in found.items() if (key, value) != ("header", True)}


def input_of(file: Path, content: str | bytes) -> dict[str, Any]:
    """The section `input` of the config for a file, without its path and its language where that is English."""
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    section: dict[str, Any] = yaml.safe_load(config_for(str(file), None, None).text)["input"]
    assert section.pop("path") == str(file)
    return {key: value for key, value in section.items() if (key, value) != ("language", "en")}


def roles_of(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found = {key: guess.value for key, guess in guess_columns(rows, "all rows").items()}
    return {key: value for key, value in found.items() if (key, value) != ("language", "en")}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_by_the_number_of_fields(delimiter: str) -> None:
    text = table([("text", "label"), *REVIEWS], delimiter)
    assert guessed(text) == ({} if delimiter == "," else {"delimiter": delimiter})


@given(
    st.lists(st.tuples(st.text("ab ,;|\t\"'\n", max_size=30), st.sampled_from(["x", "y"])), min_size=4, max_size=20),
    st.sampled_from([",", ";", "\t"]),
)
def test_a_table_as_python_writes_it_is_read_as_it_is(rows: list[tuple[str, str]], delimiter: str) -> None:
    found = guessed(table([("text", "label"), *rows], delimiter, quoting=csv.QUOTE_ALL), delimiter)
    assert found == {}


def test_a_line_that_tells_excel_the_delimiter_is_enough() -> None:
    assert guessed("sep=;\n" + table([("text", "label"), *REVIEWS], ";")) == {}


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ('sentence\tlabel\n"great" little film\t1\nhe said "no more"\t0\n', "none"),
        ('sentence\tlabel\n"a triumph of wit"\t1\na plain line\t0\n', "none"),
        ('sentence\tlabel\n"a ""triumph"" of wit"\t1\na plain line\t0\n', None),
        ('sentence\tlabel\n"a triumph of wit"\t1\n"a plain line"\t0\n', None),
        ('sentence\tlabel\n"he said \\"no\\" again"\t1\n"a plain line"\t0\n', "backslash"),
    ],
)
def test_quotes_that_no_field_needs_are_part_of_the_text(text: str, quote: str | None) -> None:
    assert guessed(text, "\t").get("quote") == quote


def test_blanks_behind_each_delimiter_are_skipped() -> None:
    assert guessed("text, label\nall is well here, a\nnot so well, b\n")["skip_blanks"]
    assert "skip_blanks" not in guessed("text,label\nall is well here, a\nnot so well,b\n")


def test_blanks_between_delimiter_and_quote_are_skipped() -> None:
    assert guessed('text, label\n"one, two", "x"\n"three, four", "y"\n')["skip_blanks"]


@pytest.mark.parametrize(
    ("before", "found"),
    [("Reviews of May\n\nmade by hand\n", {"skip_lines": 3}), ("# reviews\n# of May\n", {"comment": "#"})],
)
def test_lines_before_the_header_are_told(before: str, found: dict[str, Any]) -> None:
    assert guessed(before + table([("text", "label"), *REVIEWS])) == found


@pytest.mark.parametrize(
    ("first", "header"),
    [(("text", "label"), True), (("what they said", "verdict"), True), (REVIEWS[0], False), (("a", "1"), True)],
)
def test_a_first_line_that_looks_like_a_row_is_no_header(first: tuple[str, str], header: bool) -> None:
    assert guess_table(table([first, *REVIEWS[1:]]), ",")["header"].value is header


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("a.txt", "one line\nand another, with a comma\n", "txt"),
        ("a.txt", "Well, hello\nGoodbye, all of you\n", "txt"),
        ("a.txt", "text\tlabel\none\tx\n", "tsv"),
        ("a.data", "text;label\none;x\n", "csv"),
        ("a.txt", "__label__pos a good one\n", "fasttext"),
        ("a.txt", "Rui B-PER\nran O\n\nHe O\nran O\n", "conll"),
        ("a.data", '{"text": "one"}\n', "jsonl"),
        ("a.jsonl", '[{"text": "one"}]', "json"),
        ("a.csv", "text\none\n", "csv"),
    ],
)
def test_a_format_is_told_by_the_name_or_else_by_the_lines(name: str, text: str, form: str) -> None:
    assert guess_format(name, text).value == form


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("plain", "utf-8"),
        ("le café où elle était", "cp1252"),
        ("我们昨天在那家饭馆吃了一顿很好的晚饭，服务员也很热情，下次还会再来", "gb18030"),
    ],
)
def test_encodings_are_told_by_the_bytes(text: str, encoding: str) -> None:
    assert guess_encoding(text.encode(encoding)).value == encoding
    assert guess_encoding(text.encode()).value == "utf-8"
    assert guess_encoding(codecs.BOM_UTF16_LE + text.encode("utf-16-le")).value == "utf-16"


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_name_of_a_column_stands_in_the_config_as_it_is(name: str) -> None:
    with TemporaryDirectory() as folder:
        found = input_of(Path(folder) / "a.jsonl", lines_of([{name: text} for text, _ in REVIEWS]))
    assert found == {"text": name}


def test_columns_are_told_by_names_and_values() -> None:
    rows = [{"n": number, "verdict": label, "said": text} for number, (text, label) in enumerate(REVIEWS)]
    assert roles_of(rows) == {"text": "said", "label": "verdict"}
    assert roles_of([{**row, "id": row["n"]} for row in rows])["id"] == "id"


@pytest.mark.parametrize("names", [("sentence1", "sentence2"), ("premise", "hypothesis"), ("question", "context")])
def test_pairs_are_told_by_their_names(names: tuple[str, str]) -> None:
    rows = [{names[1]: text, names[0]: text[::-1], "label": label} for text, label in REVIEWS]
    assert roles_of(rows)["text"] == list(names)


@pytest.mark.parametrize(
    ("text", "spans", "keys"),
    [
        ("Call Rui Matos today", [[5, 14, "PER"]], {"spans": "marks"}),
        ("Call Rui Matos today", [{"start": 5, "end": 14, "label": "PER"}], {"spans": "marks"}),
        ("Call Rui Matos today", "[(5, 14, 'PER')]", {"spans": "marks"}),
        ("😀 Call Rui Matos", [[8, 17, "PER"]], {"spans": "marks", "offsets": "utf16"}),
        ("Call Rui today", [[50, 90, "PER"]], {}),
        ("Call Rui today", [3, 4, 5], {}),
    ],
)
def test_spans_are_those_that_lie_in_the_text(text: str, spans: Any, keys: dict[str, str]) -> None:
    found = roles_of([{"text": text, "title": "a", "marks": spans}] * 3)
    assert {key: found[key] for key in ("spans", "offsets") if key in found} == keys
    assert found["text"] == "text"


def test_spans_on_both_sides_of_a_pair() -> None:
    row = {
        "hypothesis": "Yesterday Rui Matos met somebody", "premise": "Lena Brandt met Rui Matos at the station",
        "b": [[10, 19, "PER"]], "a": [[0, 11, "PER"], [16, 25, "PER"]],
    }  # fmt: skip
    texts = ["hypothesis", "premise"]
    assert roles_of([row, {**row, "b": []}, row]) == {"text": texts, "spans": ["b", "a"], "spans_in": texts}


@pytest.mark.parametrize(
    ("tags", "keys"),
    [
        (["O", "B-PER", "I-PER"], {}),
        (["O", "S-PER", "O"], {}),
        (["O", "I-PER", "I-PER"], {"scheme": "iob1"}),
        ([0, 1, 2], {"tag_names": ["O"]}),
    ],
)
def test_tokens_and_tags_are_told_by_their_numbers(tags: list[Any], keys: dict[str, Any]) -> None:
    row = {"tokens": ["call", "Rui", "Matos"], "pos": ["V", "N", "N"], "ner_tags": tags}
    found = roles_of([row, row])
    assert found == {"tokens": "tokens", "tags": "ner_tags", "token_columns": ["pos"], **keys}


def test_of_several_columns_of_tags_in_conll_the_last_has_the_entities(tmp_path: Path) -> None:
    text = "-DOCSTART- -X- O O\n\nRui NNP B-NP B-PER\nran VBD B-VP O\n\nHe PRP B-NP O\nate VBD B-VP O\n"
    found = input_of(tmp_path / "a.conll", text)
    assert found == {"tokens": "1", "tags": "4", "token_columns": ["2", "3"]}


def test_rows_to_train_with_are_told_by_the_split(tmp_path: Path) -> None:
    rows = [
        {**row, "split": split} for row, split in zip(JSON_ROWS, ["train", "train", "dev", "test", "test"], strict=True)
    ]
    assert input_of(tmp_path / "a.jsonl", lines_of(rows))["where"] == "split == 'train'"


def test_rows_without_a_text_are_left_as_they_are(tmp_path: Path) -> None:
    assert input_of(tmp_path / "a.jsonl", lines_of([*JSON_ROWS, {"text": None, "label": "pos"}]))["where"] == (
        "text is not null"
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Zug kam zu spät und wir mussten noch lange auf ihn warten.", "de"),
        ("昨天我们去了那家新开的饭馆。", "zh"),
        ("Вчера мы были в новом ресторане", "ru"),
    ],
)
def test_the_language_is_told_and_chooses_the_preset(tmp_path: Path, text: str, language: str) -> None:
    file = tmp_path / "a.txt"
    assert input_of(file, text + "\n")["language"] == language
    chains = yaml.safe_load(config_for(str(file), None, None).text)["chains"]
    assert ("aeda" in chains) == (language != "zh")


def test_from_a_strangers_file_to_an_augmented_one_in_two_commands(tmp_path: Path) -> None:
    rows = [("said", "verdict"), *((text.replace("soup", "soupe à l’ail"), label) for text, label in REVIEWS)]
    (tmp_path / "data.csv").write_bytes(table(rows, ";").encode("cp1252"))
    done = called("init", "--from", "data.csv", "--output", "config.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"the config is right" in done.stderr
    written = (tmp_path / "config.yaml").read_text()
    assert "  # 2 values in all 5 rows: 'pos' (3), 'neg' (2)" in written.replace("               #", "  #")
    ran = called("run", "config.yaml", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "out" / "data.csv").exists()


def test_what_is_not_sure_is_said_and_stands_in_the_config(tmp_path: Path) -> None:
    rows = [{"title": "A note on the soup", "text": text} for text, _ in REVIEWS]
    (tmp_path / "a.jsonl").write_text(lines_of(rows))
    done = called("init", "--from", "a.jsonl", cwd=tmp_path)
    assert b"not sure of text: it could also be 'title'" in done.stderr
    assert b"# not sure of text: it could also be 'title'" in done.stdout


def test_a_config_that_check_refuses_is_written_all_the_same(tmp_path: Path) -> None:
    row = {"tokens": ["call", "Rui"], "ner_tags": [0, 3]}
    (tmp_path / "a.jsonl").write_text(lines_of([row, row]))
    done = called("init", "--from", "a.jsonl", "--output", "c.yaml", cwd=tmp_path)
    assert done.returncode == 3
    assert b"the config is written" in done.stderr
    assert b"the tags are numbers: write the names of 0 to 3" in done.stderr
    assert "tag_names: [O]" in (tmp_path / "c.yaml").read_text()


def test_a_preset_that_is_named_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(lines_of(JSON_ROWS))
    done = called("init", "balance", "--from", "a.jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    config = yaml.safe_load(done.stdout)
    assert (list(config["chains"]), config["output"]["path"]) == (["balance"], "out/a.jsonl")


@pytest.mark.parametrize("plausible", [True, False])
def test_squad(tmp_path: Path, plausible: bool) -> None:
    """Also where questions may have no answer, but no plausible answers are told: `check` refuses paths to nothing."""
    context = "The old mill in this town was built by Rui Matos"
    said = {"text": "Rui Matos", "answer_start": context.index("Rui")}
    asked = {"id": "q", "question": "Who built the old mill there", "answers": [said], "is_impossible": False}
    more: dict[str, Any] = {"plausible_answers": []} if plausible else {}
    paragraph = {"context": context, "qas": [asked | more]}
    (tmp_path / "s.json").write_text(json.dumps({"data": [{"title": "Mill", "paragraphs": [paragraph] * 3}]}))
    done = called("init", "--from", "s.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    config = yaml.safe_load(done.stdout)["input"]
    answers = ["qas[*].answers", *(["qas[*].plausible_answers"] if plausible else [])]
    assert (config["records"], config["spans"], config["spans_in"]) == ("data[*].paragraphs", answers, "context")
    assert b"the config is right" in done.stderr


def test_packed_files_folders_and_parquet_are_looked_at(tmp_path: Path) -> None:
    pyarrow = arrow()
    expected = {"text": "text", "label": "label"}
    assert input_of(tmp_path / "a.jsonl.gz", gzip.compress(lines_of(JSON_ROWS).encode())) == expected
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(JSON_ROWS), tmp_path / "a.parquet")
    assert input_of(tmp_path / "b.parquet", (tmp_path / "a.parquet").read_bytes()) == expected
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "one.jsonl").write_text(lines_of(JSON_ROWS[:3]))
    (folder / "two.jsonl").write_text(lines_of(JSON_ROWS[3:]))
    draft = config_for(str(folder), None, None).text
    assert "# 2 files; what is said here is told by" in draft
    assert yaml.safe_load(draft)["output"]["path"] == "out/folder.jsonl"


@pytest.mark.parametrize("form", ["jsonl", "json", "csv"])
def test_of_a_large_file_the_beginning_is_looked_at(tmp_path: Path, form: str) -> None:
    rows = JSON_ROWS * 6000
    text = lines_of(rows) if form == "jsonl" else json.dumps(rows)
    if form == "csv":
        text = table([("text", "label"), *REVIEWS * 6000])
    file = tmp_path / f"a.{form}"
    assert input_of(file, text) == {"text": "text", "label": "label"}
    assert "of the first " in config_for(str(file), None, None).text


def test_an_output_does_not_take_the_place_of_its_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("out").mkdir()
    Path("out/a.jsonl").write_text(lines_of(JSON_ROWS))
    assert yaml.safe_load(config_for("out/a.jsonl", None, None).text)["output"]["path"] == "out/a-augmented.jsonl"


def test_a_config_is_replaced_only_when_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(lines_of(JSON_ROWS))
    (tmp_path / "c.yaml").write_text("mine")
    done = called("init", "--from", "a.jsonl", "--output", "c.yaml", cwd=tmp_path)
    assert (done.returncode, (tmp_path / "c.yaml").read_text()) == (2, "mine")
    assert called("init", "--from", "a.jsonl", "--output", "c.yaml", "--overwrite", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("-", None, 2, "stdin can be read only once"),
        ("none.csv", None, 2, "nothing to read"),
        ("", b"", 2, "nothing to read"),
        ("a.csv", b"", 3, "the file is empty"),
        ("a.csv", b"text,label\n", 3, "there is no row"),
        ("a.csv", bytes(range(256)) * 20, 3, "this is no text"),
        ("a.csv", b"a,b\n1,2\n3,4\n", 2, "no column holds texts; it has 'a', 'b'"),
        ("a.jsonl", b"{text: 1}\n", 3, "no row can be read"),
        ("a.csv.gz", b"\x1f\x8bnonsense", 3, "cannot be read"),
        ("a.parquet", b"PAR1nonsense", 3, "not a Parquet or Arrow file"),
    ],
)
def test_what_cannot_be_looked_at_is_said(
    tmp_path: Path, name: str, content: bytes | None, code: int, said: str
) -> None:
    if name and content is not None:
        (tmp_path / name).write_bytes(content)
    done = called("init", "--from", name or ".", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, b"")
    assert said in done.stderr.decode()


def test_files_of_strangers_get_a_config(tmp_path: Path) -> None:
    cases = ROOT.parent / "shared" / "cases"
    if not cases.is_dir():
        pytest.skip("the files are not here")
    for name in ("13/excel.csv", "13/unicode_text.txt", "30/eda.tsv", "36/quote_none.tsv", "45/in.csv", "05/train.txt"):
        done = called("init", "--from", cases / name, "--output", f"{name.replace('/', '-')}.yaml", cwd=tmp_path)
        assert done.returncode == 0, (name, done.stderr)


def test_rows_in_an_object(tmp_path: Path) -> None:
    content = json.dumps({"version": [1], "result": {"count": 5, "items": JSON_ROWS}}, indent=1)
    found = input_of(tmp_path / "a.json", content)
    assert found == {"records": "result.items", "text": "text", "label": "label"}


def test_arrays_in_an_object(tmp_path: Path) -> None:
    """As spaCy's annotators write them."""
    rows = [["Please call Rui Matos today.", {"entities": [[12, 21, "PER"]]}], ["Nobody answered.", {"entities": []}]]
    (tmp_path / "a.json").write_text(json.dumps({"classes": ["PER"], "annotations": rows}))
    done = called("init", "--from", "a.json", cwd=tmp_path)
    found = yaml.safe_load(done.stdout)["input"]
    assert (found["records"], found["text"], found["spans"]) == ("annotations", "1", "2")
    assert b"the config is right" in done.stderr
    assert b"entity spans" not in done.stderr


def test_all_annotations_and_predictions_of_a_text(tmp_path: Path) -> None:
    text = "Please call Rui Matos about the late delivery"
    results = [
        [{"value": {"start": start, "end": end, "labels": ["X"]}}] for start, end in ((12, 21), (0, 6), (32, 36))
    ]
    first, second, third = ({"result": result} for result in results)
    tasks = [{"data": {"text": text}, "annotations": [first, second], "predictions": [third]}] * 3
    (tmp_path / "a.json").write_text(json.dumps(tasks))
    done = called("init", "--from", "a.json", cwd=tmp_path)
    found = yaml.safe_load(done.stdout)["input"]
    assert found["spans"] == ["annotations[*].result", "predictions[*].result"]
    assert b"entity spans" not in done.stderr


def test_pieces_of_texts_are_no_texts(tmp_path: Path) -> None:
    pieces = [{"text": "Play "}, {"text": "a song by Rui Matos", "entity": "music"}, {"text": " for us now"}]
    with pytest.raises(ConfigError, match="no column holds texts"):
        input_of(tmp_path / "a.json", json.dumps([{"data": pieces}] * 3))


def test_a_config_in_another_language_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.yml: YML is not read"):
        input_of(tmp_path / "a.yml", "nlu:\n- intent: greet\n")


def test_names_of_tags_that_a_data_set_has_beside_it(tmp_path: Path) -> None:
    names = {"feature": {"names": ["O", "B-PER", "I-PER"], "_type": "ClassLabel"}, "_type": "Sequence"}
    (tmp_path / "dataset_info.json").write_text(json.dumps({"features": {"ner_tags": names}}))
    row = {"tokens": ["call", "Rui", "Matos"], "ner_tags": [0, 1, 2]}
    found = input_of(tmp_path / "a.jsonl", lines_of([row] * 3))
    assert found["tag_names"] == str(tmp_path / "dataset_info.json")


def test_a_sheet(tmp_path: Path) -> None:
    workbook = pytest.importorskip("openpyxl").Workbook()
    for row in [("text", "label"), *REVIEWS]:
        workbook.active.append(row)
    workbook.save(tmp_path / "a.xlsx")
    found = input_of(tmp_path / "a.xlsx", (tmp_path / "a.xlsx").read_bytes())
    assert found == {"text": "text", "label": "label"}


def test_tokens_with_offsets_are_no_entities(tmp_path: Path) -> None:
    text = "Lena Brandt moved to Hamburg in May"
    words = [{"text": word, "start": text.index(word), "end": text.index(word) + len(word)} for word in text.split()]
    row = {"text": text, "tokens": words, "spans": [{"start": 0, "end": 11, "label": "PER"}]}
    assert input_of(tmp_path / "a.jsonl", lines_of([row] * 3))["spans"] == "spans"


def test_texts_inside_of_rows(tmp_path: Path) -> None:
    text = "Please call Rui Matos about the late delivery"
    spans = [{"value": {"start": 12, "end": 21, "labels": ["PER"]}, "id": "a"}]
    task = {"id": 1, "annotations": [{"result": spans}], "data": {"text": text}, "meta": {}}
    found = input_of(tmp_path / "a.json", json.dumps([task, {**task, "id": 2}, {**task, "id": 3}]))
    assert found == {"text": "data.text", "spans": "annotations[*].result", "id": "id"}
    chat = [
        {"id": n, "messages": [{"role": "user", "content": text}, {"role": "bot", "content": "Yes"}]} for n in range(4)
    ]
    assert input_of(tmp_path / "b.jsonl", lines_of(chat)) == {"text": "messages[*].content", "id": "id"}
