"""What check and run notice in the data before anything is done, each with its rows and the key that mends it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.commands.check import check
from augcli.commands.verify import verify
from augcli.config.config import Config, Options
from augcli.config.load import load
from augcli.errors import AugError, ConfigError, DataError, ResourceError
from augcli.io.files.encoding import encoding_hint
from augcli.language.codes import why_wrong
from augcli.language.scripts import language_by_script
from augcli.run.look.spans import fits
from augcli.run.run import run
from augcli.text import words
from augcli.text.offsets import from_units, in_units, length_in
from augcli.text.text import Text
from tests.support.corpus import TEXTS
from tests.support.helpers import ROOT, SNIPS, rows
from tests.support.running import called

SWAP = [{"random_swap": {"rate": 0.4}}]
NAMES = [
    {"id": 188, "text": "Please ship it to Lena Brandt in Hamburg.", "label": [[18, 29, "PERSON"], [33, 40, "CITY"]]},
    {"id": 189, "text": "Our office in Porto is closed.", "label": [[14, 19, "CITY"]]},
    {"id": 190, "text": "No names in this sentence at all.", "label": []},
]
CHINESE = ["房间很干净，服务员也很热情，但是隔音不好。", "物流太慢了，等了两个星期，包装还破了。"]
JAPANESE = ["昨日は東京で友達とラーメンを食べました。", "値段が高いのに部屋が汚くて最悪でした。"]
THAI = ["อาหารอร่อยมาก บริการดี แต่ราคาแพงไปหน่อย", "ไม่ชอบเลย รอนานมาก"]
LAO = ["ຂ້ອຍບໍ່ມັກອາຫານນີ້", "ບໍລິການດີຫຼາຍ"]
ENGLISH = ["The room was clean and quiet.", "Delivery took two weeks."]


def config(folder: Path, data: Iterable[Mapping[str, Any]], steps: Sequence[Any] = SWAP, **keys: Any) -> Path:
    """A config in `folder` that reads `data`."""
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in data)
    (folder / "in.jsonl").write_text(lines, encoding="utf-8")
    return saved(folder, steps, **{"path": "in.jsonl", **keys})


def saved(folder: Path, steps: Sequence[Any] = SWAP, **keys: Any) -> Path:
    """A config in `folder` with these `keys` of `input`."""
    chains = {"a": {"variants": 2, "steps": steps}} if steps else {}
    told = {"input": {"text": "text", **keys}, "output": {"path": str(folder / "out.jsonl")}, "chains": chains}
    file = folder / "c.yaml"
    file.write_text(json.dumps(told), encoding="utf-8")
    return file


def texts(values: Iterable[str]) -> list[dict[str, str]]:
    return [{"text": value} for value in values]


def notes(file: Path) -> list[str]:
    """What check notes, which run notes too."""
    lines = [line for line in check(load(file)).splitlines() if line.startswith("note: ")]
    found = [line.removeprefix("note: ") for line in lines if "note: in the first" not in line]
    outcome = run(load(file), Options(overwrite=True, quiet=True))
    assert [note for note in outcome.warnings if note in found] == found
    return found


def refusal(file: Path, error: type[AugError] = ConfigError) -> str:
    """Why check refuses, which run does in the same words, before it writes anything, which it says."""
    told = []
    for command in (check, lambda pipeline: run(pipeline, Options(quiet=True))):
        with pytest.raises(error) as caught:
            command(load(file))
        told.append(str(caught.value))
    assert told[0] == told[1].removesuffix("\nNothing was written.")
    assert not [*file.parent.glob("out*.jsonl")]
    return told[0]


def test_a_label_that_holds_spans_is_refused(tmp_path: Path) -> None:
    said = refusal(config(tmp_path, NAMES, label="label", id="id"))
    assert (
        "input.label: column 'label' holds entity spans, not labels, in 2 of 3 rows (in.jsonl:1, in.jsonl:2); set "
        "input.spans: label in place of input.label, or input.spans: null to copy them as they are\n" in said
    )


def test_spans_that_are_declared_stay_right(tmp_path: Path) -> None:
    assert notes(config(tmp_path, NAMES, spans="label")) == []
    for row in rows(tmp_path / "out.jsonl"):
        assert {row["text"][start:end] for start, end, _ in row["label"]} <= {"Lena Brandt", "Hamburg", "Porto"}


@pytest.mark.parametrize(
    ("odd", "note"),
    [
        (["", " "], "2 of 22 rows (in.jsonl:1, in.jsonl:2) have no text; leave them out, or see that input.text"),
        (["the caf\ufffd is closed"], "1 of 21 rows (in.jsonl:1) hold U+FFFD, for characters that were lost"),
        (["it is <b>here</b>", "one &amp; two"], "2 of 22 rows (in.jsonl:1, in.jsonl:2) hold HTML, as '<b>'; take it"),
    ],
)
def test_faults_of_texts_are_noted(tmp_path: Path, odd: list[str], note: str) -> None:
    plain = [f"row {number} of a < b & c, and so on" for number in range(20)]
    assert any(told.startswith(note) for told in notes(config(tmp_path, texts([*odd, *plain]))))
    assert notes(config(tmp_path, texts(plain))) == []


SPANS = [
    ([[5, 9, "X"]], "set input.spans: s, or"),
    ([[0, 4, "X"], [5, 9, "Y"]], "set input.spans: s, or"),
    ("[[5, 9, \"X\"]]", "set input.spans: s, or"),
    ([[5, 9, "X", "text"]], "set input.spans: s, or"),
    ([["X", 5, 9]], "set input.spans: s, or"),
    ([{"start": 5, "end": 9, "label": "X"}], "set input.spans: s, or"),
    ([{"start_offset": 5, "end_offset": 9, "label": "X"}], "set input.spans: s, or"),
]  # fmt: skip


@pytest.mark.parametrize(("spans", "mend"), SPANS)
def test_undeclared_spans_are_refused(tmp_path: Path, spans: Any, mend: str) -> None:
    data = [{"text": "some text here", "s": spans}, {"text": "nothing here", "s": []}]
    said = refusal(config(tmp_path, data))
    assert "column 's' holds entity spans in 1 of 2 rows (in.jsonl:1)" in said
    assert mend in said
    assert notes(config(tmp_path, data, spans=None)) == []


@pytest.mark.parametrize(
    "value",
    ["see [1, 2]", [[1, 2]], [["a", "b", "c"]], [[5, 99, "X"]], [[9, 5, "X"]], [{"start": 0.5, "end": 1.5}],
     [1, 4, "X"], [{"start": 0, "end": 900}], "[[5, 9, X]]", 7, None, [[True, False, "X"]]],
)  # fmt: skip
def test_what_is_no_span_is_left_alone(tmp_path: Path, value: Any) -> None:
    assert notes(config(tmp_path, [{"text": "some text here", "s": value}])) == []


def test_a_column_is_spans_only_if_all_its_values_are(tmp_path: Path) -> None:
    data: list[dict[str, Any]] = [{"text": "some text here", "s": [[5, 9, "X"]]}, {"text": "more", "s": "none"}]
    assert notes(config(tmp_path, data)) == []


def test_spans_that_nothing_edits_need_no_key(tmp_path: Path) -> None:
    assert notes(config(tmp_path, NAMES, [])) == []


def test_spans_of_csv_are_refused_too(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('text,s\nsome text here,"[[5, 9, ""X""]]"\n')
    assert "column 's' holds entity spans in 1 of 1 rows (in.csv:1)" in refusal(saved(tmp_path, path="in.csv"))


def test_a_second_column_of_spans_is_noted(tmp_path: Path) -> None:
    data = [{"text": "some text here", "s": [[5, 9, "X"]], "more": [[0, 4, "Y"]]}]
    (note,) = notes(config(tmp_path, data, spans="s"))
    assert note.startswith("column 'more' holds entity spans in 1 of 1 rows (in.jsonl:1), which are wrong in variants")


def test_spans_of_pairs_are_refused(tmp_path: Path) -> None:
    data = [{"text": "some text here", "b": "and more", "s": [[5, 9, "X"]]}]
    said = refusal(config(tmp_path, data, text=["text", "b"]))
    assert "and, to the text column that they lie in, input.spans_in, or input.spans: null" in said


def test_the_starter_says_what_the_sample_needs(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(called("init", "starter", cwd=tmp_path).stdout)
    without = called("run", "c.yaml", "--input", SNIPS, cwd=tmp_path)
    assert without.returncode == 2
    assert b"set input.spans: spans" in without.stderr
    done = called("run", "c.yaml", "--input", SNIPS, "--set", "input.spans=spans", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    entities = {row["id"]: {row["text"][s:e] for s, e, _ in row["spans"]} for row in rows(SNIPS)}
    written = rows(tmp_path / "out/train.jsonl")
    assert len(written) > 600
    assert all({row["text"][s:e] for s, e, _ in row["spans"]} == entities[row["id"]] for row in written)


@pytest.mark.parametrize(
    ("column", "mend"),
    [
        (["NNP", "VBD", "IN", "NNP"], "input.tokens: text and input.tags, and input.token_columns: [t]"),
        ([1, 0, 0, 2], "input.tokens: text and input.tags, and input.token_columns: [t]"),
    ],
)
def test_one_item_for_each_word_is_noted(tmp_path: Path, column: Any, mend: str) -> None:
    (note,) = notes(config(tmp_path, [{"text": "Rui lives in Porto", "t": column}]))
    assert note.startswith("column 't' has one item for each word of the text in 1 of 1 rows (in.jsonl:1)")
    assert mend in note


@pytest.mark.parametrize("column", [["B-PER", "O", "O", "B-LOC"], "B-PER O O B-LOC"])
def test_undeclared_tags_are_refused_as_spans_are(tmp_path: Path, column: Any) -> None:
    data = [{"text": "Rui lives in Porto", "t": column}]
    told = refusal(config(tmp_path, data))
    assert "column 't' has one BIO tag for each word of the text in 1 of 1 rows (in.jsonl:1)" in told
    assert "input.tokens: text and input.tags: t" in told
    (note,) = notes(config(tmp_path, data, spans=None))
    assert "one BIO tag for each word" in note


@pytest.mark.parametrize("column", ["Rui lived in Lisbon", ["a", "b"], [["a"], ["b"], ["c"], ["d"]], "O", 4])
def test_other_columns_are_not_items_for_words(tmp_path: Path, column: Any) -> None:
    assert notes(config(tmp_path, [{"text": "Rui lives in Porto", "t": column}])) == []


CUT = [
    {"text": "I think he has schizophrenia and needs help.", "s": [[16, 29, "CONDITION"]]},
    {"text": "Susan went to Switzerland by train.", "s": [[0, 3, "PERSON"], [13, 25, "GPE"]]},
    {"text": "Hello from India my friends", "s": [[11, 15, "GPE"]]},
    {"text": "AHU-G1-V-1-1-Ctrl-Md is off in room 12", "s": [[0, 12, "EQUIP"], [13, 20, "POINT"]]},
]


def test_spans_that_cut_words_are_noted(tmp_path: Path) -> None:
    (note,) = notes(config(tmp_path, CUT, spans="s"))
    assert note.startswith(
        "4 of 6 spans begin or end inside a word or with a blank ('chizophrenia ', 'Sus', 'Indi'), in 3 of 4 rows "
        "(in.jsonl:1, in.jsonl:2, in.jsonl:3); "
    )


@pytest.mark.parametrize(
    ("text", "start", "end", "right"),
    [
        ("a good day", 2, 6, True),
        ("a good day", 2, 7, False),
        ("a good day", 1, 6, False),
        ("a good day", 3, 6, False),
        ("a good day", 0, 10, True),
        ("a Berlin-based firm", 2, 8, True),
        ("Ann's cat", 0, 3, True),
        ("10kg of rice", 0, 2, True),
        ("10kg of rice", 0, 1, False),
        ("caf\u0065\u0301 noir", 0, 4, False),
        ("北京天气很好", 0, 2, True),
        ("서울에서 만나요", 0, 2, True),
        ("東京で会う", 0, 2, True),
    ],
)
def test_which_places_fit_words(text: str, start: int, end: int, right: bool) -> None:
    assert fits(text, start, end) == right


ASTRAL = {"text": "🎉 we met Rui Matos in Porto today", "s": [[10, 19, "PERSON"], [23, 28, "CITY"]]}
LONGER = {"text": "🎉🎉 we met Rui Matos in Porto", "s": [[12, 21, "PERSON"], [25, 30, "CITY"]]}


def test_offsets_in_utf16_are_suggested(tmp_path: Path) -> None:
    (note,) = notes(config(tmp_path, [ASTRAL], spans="s"))
    assert "('ui Matos '), in 1 of 1 rows (in.jsonl:1)" in note
    assert note.endswith("set input.offsets: utf16")
    for file in tmp_path.iterdir():
        file.unlink()
    said = refusal(config(tmp_path, [LONGER], spans="s"), DataError)
    assert (
        "in.jsonl: row 1 (line 1): column 's': span [25, 30] does not lie in the text, which has 28 characters" in said
    )
    assert "set input.offsets: utf16" in said


def test_offsets_in_utf16_are_read_and_written(tmp_path: Path) -> None:
    assert notes(config(tmp_path, [ASTRAL, LONGER], spans="s", offsets="utf16")) == []
    written = rows(tmp_path / "out.jsonl")
    assert len(written) == 6
    for row in written:
        units = row["text"].encode("utf-16-le")
        named = {units[2 * start : 2 * end].decode("utf-16-le") for start, end, _ in row["s"]}
        assert named == {"Rui Matos", "Porto"}
    assert "all 6 rows follow" in verify(tmp_path / "out.jsonl")


@pytest.mark.parametrize(
    ("span", "why"),
    [
        ([1, 5, "X"], "span [1, 5] cuts a character of two UTF-16 units"),
        ([30, 40, "X"], "span [30, 40] does not lie in the text, which has 34 UTF-16 units"),
        ([3, 3, "X"], "span [3, 3] is empty"),
        ([6, 3, "X"], "span [6, 3] ends before it starts"),
        ([-1, 3, "X"], "span [-1, 3] does not lie in the text"),
    ],
)
def test_bad_offsets_in_utf16(tmp_path: Path, span: Any, why: str) -> None:
    assert why in refusal(config(tmp_path, [{**ASTRAL, "s": [span]}], spans="s", offsets="utf16"), DataError)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.text("ab 好🎉\U0001f468\u200d", max_size=12), st.data())
def test_utf16_there_and_back(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    ((first, last, _),) = in_units(text, [(start, end, "X")], "utf16")
    encoded = text.encode("utf-16-le")
    assert length_in(text, "utf16") == len(encoded) // 2
    assert encoded[2 * first : 2 * last].decode("utf-16-le") == text[start:end]
    assert from_units(text, first, last, "utf16") == (start, end)


@pytest.mark.parametrize(
    ("values", "code", "name"), [(CHINESE, "zh", "Chinese"), (JAPANESE, "ja", "Japanese"), (THAI, "th", "Thai")]
)
def test_texts_in_another_language_are_refused(tmp_path: Path, values: list[str], code: str, name: str) -> None:
    said = refusal(config(tmp_path, texts(values)))
    assert f"2 of 2 rows (in.jsonl:1, in.jsonl:2) are {name}; set input.language: {code}, not en" in said
    assert notes(config(tmp_path, texts(values), language=code)) == []
    kept = [
        text for text in (row["text"] for row in rows(tmp_path / "out.jsonl")) if len(text) >= min(map(len, values))
    ]
    assert len(kept) == len(rows(tmp_path / "out.jsonl"))


def test_steps_without_words_work_in_any_language(tmp_path: Path) -> None:
    (note,) = notes(config(tmp_path, texts(CHINESE), ["shuffle_sentences"]))
    assert "are Chinese; set input.language: zh, not en" in note
    assert notes(config(tmp_path, texts(LAO), ["shuffle_sentences"], language="lo")) == []


@pytest.mark.parametrize("language", ["lo", "en"])
def test_languages_whose_words_nothing_finds(tmp_path: Path, language: str) -> None:
    said = refusal(config(tmp_path, texts(LAO), ["random_swap", "shuffle_sentences"], language=language))
    assert "2 of 2 rows (in.jsonl:1, in.jsonl:2) are Lao, whose words augcli cannot find; leave out random_swap" in said
    assert "shuffle_sentences" not in said.splitlines()[0]


def test_a_few_rows_in_another_language_are_noted(tmp_path: Path) -> None:
    (note,) = notes(config(tmp_path, texts([*ENGLISH, CHINESE[0], *ENGLISH])))
    assert note.startswith("1 of 5 rows (in.jsonl:3) are Chinese; set input.language: zh")


def test_korean_is_noted_as_it_has_blanks(tmp_path: Path) -> None:
    (note,) = notes(config(tmp_path, texts(["오늘 날씨가 참 좋네요"]), language="kr"))
    assert note == "1 of 1 rows (in.jsonl:1) are Korean; set input.language: ko, not kr"


def test_rows_are_looked_at_in_the_whole_input(tmp_path: Path) -> None:
    (note,) = notes(config(tmp_path, texts(["Nothing to see here."] * 40_000 + [CHINESE[0]] * 19_999), ["case"]))
    assert "are Chinese; set input.language: zh" in note


def test_no_stretch_of_rows_is_passed_over(tmp_path: Path) -> None:
    spans: list[dict[str, Any]] = [{"text": "Rui was here", "e": [[0, 3, "PER"]]}] * 300
    data = [*texts(ENGLISH * 500), *spans]
    assert "set input.spans: e" in refusal(config(tmp_path, data))


def test_each_file_is_looked_at(tmp_path: Path) -> None:
    for number in range(30):
        lines = [json.dumps({"text": text}) + "\n" for text in (CHINESE if number == 17 else ENGLISH)]
        (tmp_path / f"{number:02}.jsonl").write_text("".join(lines), encoding="utf-8")
    (note,) = notes(saved(tmp_path, path="[0-9][0-9].jsonl"))
    assert note.startswith("2 of 60 rows (17.jsonl:1, 17.jsonl:2) are Chinese")


def test_each_text_column_is_looked_at(tmp_path: Path) -> None:
    pairs = [{"a": "This is a good place and we liked it a lot.", "b": CHINESE[0]}] * 3
    assert "are Chinese; set input.language: zh" in refusal(config(tmp_path, pairs, text=["a", "b"]))


def test_spans_out_of_order_are_noted(tmp_path: Path) -> None:
    data = [{"text": "Rui met Lena", "s": [[8, 12, "PER"], [0, 3, "PER"]]}]
    (note,) = notes(config(tmp_path, data, spans="s"))
    assert note == "spans overlap, or are not in the order of the text, in 1 of 1 rows (in.jsonl:1)"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Good morning", None), ("Guten Tag, Müller", None), ("我喜欢用 Python 写代码", "zh"),
        ("I love 北京 in the spring", None), ("東京タワー", "ja"), ("東京都庁舎前", "zh"), ("안녕하세요", "ko"),
        ("สวัสดี", "th"), ("សួស្តី", "km"), ("မင်္ဂလာပါ", "my"),
        ("Привет", None), ("😀😀", None), ("", None), ("。。。", None), ("ー", "ja"),
    ],
)  # fmt: skip
def test_language_by_script(text: str, language: str | None) -> None:
    assert language_by_script(text) == language


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("cn", "zh"),
        ("jp", "ja"),
        ("cz", "cs"),
        ("dk", "da"),
        ("ua", "uk"),
        ("gr", "el"),
        ("eng", "en"),
        ("zho", "zh"),
        ("iw", "he"),
    ],
)
def test_codes_that_are_none(tmp_path: Path, code: str, meant: str) -> None:
    with pytest.raises(ConfigError, match=rf"input\.language: '{code}' .* {meant}\b"):
        load(config(tmp_path, texts(ENGLISH), language=code))


@pytest.mark.parametrize("code", ["xx", "xxx", "zzz"])
def test_codes_of_no_language(code: str) -> None:
    assert why_wrong(code) == f"{code!r} is not a language code of ISO 639"


@pytest.mark.parametrize("code", ["en", "zh", "se", "kr", "tl", "fil", "yue", "cmn", "nb", "no", "haw", "und"])
def test_codes_of_languages(code: str) -> None:
    assert why_wrong(code) is None


@pytest.mark.parametrize(
    ("value", "near"), [("EN", "; did you mean en?"), ("zh-TW", "; did you mean zh?"), ("english", "")]
)
def test_codes_in_another_shape(tmp_path: Path, value: str, near: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(config(tmp_path, texts(ENGLISH), language=value))
    assert (
        f"input.language: {value!r} is no language code of two or three small letters: en, zh, de, ...{near}\n"
        in str(caught.value)
    )


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("ja", JAPANESE[0], ["昨日は", "東京で", "友達と", "ラーメンを", "食べました"]),
        ("ja", "「東京」へ、iPhone 12を買いに", ["東京", "へ", "iPhone", "12を", "買いに"]),
        ("th", THAI[1], ["ไม่", "ชอบ", "เลย", "รอนาน", "มาก"]),
    ],
)
def test_words_of_japanese_and_thai(language: str, text: str, wanted: list[str]) -> None:
    assert [text[start:end] for start, end in Text(text, language).words] == wanted


@pytest.mark.parametrize("language", ["ja", "th"])
@pytest.mark.parametrize("text", list(TEXTS.values()))
def test_words_of_any_text_lie_in_order(language: str, text: str) -> None:
    done = 0
    for start, end in Text(text, language).words:
        assert done <= start < end <= len(text)
        assert not text[start:end].isspace()
        done = end


@pytest.mark.parametrize(("language", "values"), [("ja", JAPANESE), ("th", THAI)])
def test_the_package_that_finds_words_may_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, values: list[str]
) -> None:
    words._budoux_words.cache_clear()
    monkeypatch.setitem(sys.modules, "budoux", None)
    file = config(tmp_path, texts(values), language=language)
    assert f"pip install 'augcli[{language}]'" in refusal(file, ResourceError)
    assert notes(config(tmp_path, texts(values), ["shuffle_sentences"], language=language)) == []


WINDOWS = "id,text\n1,I don’t like this phone — it’s slow\n2,Isn’t cheap but “works” …\n".encode("cp1252")


def test_bytes_of_windows_are_named(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(WINDOWS)
    said = refusal(saved(tmp_path, path="in.csv"), DataError)
    assert "row 1 (line 2): byte 0x92 at character 8 is not UTF-8; set input.encoding: cp1252, which fits" in said
    (note,) = notes(saved(tmp_path, path="in.csv", encoding="latin-1"))
    assert note.startswith("2 of 2 rows (in.csv:1, in.csv:2) hold control characters (U+0080 to U+009F)")
    assert note.endswith("set input.encoding: cp1252")
    assert notes(saved(tmp_path, path="in.csv", encoding="cp1252")) == []


def test_control_characters_of_a_file_that_is_utf8(tmp_path: Path) -> None:
    (note,) = notes(config(tmp_path, texts(["I don\x92t like it"])))
    assert note.endswith("the file holds cp1252 that was read as latin-1")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "gbk", "utf-8"])
def test_utf8_that_is_read_as_something_else(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "in.csv").write_bytes("text\ncafé très bon\nun thé\nnothing\n".encode())
    note = f"2 of 3 rows (in.csv:1, in.csv:2) are UTF-8, read as {encoding}; leave input.encoding out"
    assert notes(saved(tmp_path, path="in.csv", encoding=encoding)) == [note] * (encoding != "utf-8")


@pytest.mark.parametrize(
    ("text", "language", "encoding"),
    [
        ("Isn’t cheap but “works” …", "en", "cp1252"),
        ("café très bon déjà vu\nà côté de l'hôtel", "fr", "cp1252"),
        ("Zażółć gęślą jaźń", "pl", "cp1250"),
        ("Şimdi çok güzel bir gün, değil mi?", "tr", "cp1254"),
        ("房间很干净，服务员也很热情，但是隔音不好。", "en", "gb18030"),
        ("房間很乾淨，服務員也很熱情，但是隔音不好。", "zh", "big5"),
        ("昨日は東京で友達とラーメンを食べましたが、", "en", "shift_jis"),
        ("안녕하세요 오늘 날씨가 참 좋네요", "ko", "cp949"),
        ("Привет, как дела? Всё хорошо", "ru", "cp1251"),
        ("Καλημέρα σας, τι κάνετε", "el", "cp1253"),
    ],
)
def test_the_encoding_that_fits(text: str, language: str, encoding: str) -> None:
    assert encoding_hint(BytesIO(text.encode(encoding)), language) == f"; set input.encoding: {encoding}, which fits"


@pytest.mark.parametrize(
    ("encoding", "hint"),
    [
        ("gb18030", "; set input.encoding: gb18030, which fits"),
        ("utf-8", "; the file is UTF-8: leave input.encoding out"),
    ],
)
@pytest.mark.parametrize("shift", range(4))
def test_a_file_of_one_long_line(encoding: str, hint: str, shift: int) -> None:
    text = "[" + " " * shift + ", ".join([f'{{"text": "{CHINESE[0]}"}}'] * 2000) + "]"
    assert encoding_hint(BytesIO(text.encode(encoding)), "zh") == hint


def test_a_file_that_is_mostly_utf8_keeps_its_encoding() -> None:
    data = "é\nü\nö\n".encode() + b"\xff\n"
    assert encoding_hint(BytesIO(data), "en") == "; most of the file is UTF-8: fix this row"
    assert encoding_hint(BytesIO("房间".encode()), "zh") == "; the file is UTF-8: leave input.encoding out"
    assert encoding_hint(BytesIO(b"\x81\x8d\x8f"), "pl") == "; set input.encoding (gb18030, cp1252, ...)"


def test_names_that_are_nearly_right(tmp_path: Path) -> None:
    file = config(tmp_path, [{"text": "a b c", "label": "x"}], path="in.jsnl")
    with pytest.raises(ConfigError, match=r"nothing to read at .*in\.jsnl .*; did you mean in\.jsonl\?"):
        check(load(file))


def test_missing_columns_are_told_together(tmp_path: Path) -> None:
    said = refusal(config(tmp_path, [{"text": "a b c", "label": "x", "n": 1}], text="txt", label="lable", id="key"))
    told = [line for line in said.splitlines() if "has no column" in line]
    assert [line.split("has no column ")[1].split(";")[0] for line in told] == ["'txt'", "'lable'", "'key'"]
    assert told[0].endswith("did you mean text?")
    assert told[1].endswith("did you mean label?")
    assert told[2].endswith("it has 'text', 'label', 'n'")


@pytest.mark.parametrize("file", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda file: file.stem)
def test_ready_configs_declare_the_spans_of_their_samples(file: Path) -> None:
    told = file.read_text(encoding="utf-8")
    assert "snips.jsonl" not in told or "spans: spans" in told


def test_reports_of_before_are_still_read() -> None:
    told = {"input": {"path": "a", "text": "text", "language": "xx"}, "output": {"path": "o.jsonl"}, "chains": {}}
    read = Config.from_report(told, ["in.jsonl"])
    assert (read.input.language, read.input.offsets) == ("xx", "codepoints")


def test_the_word_finder_is_among_the_resources(tmp_path: Path) -> None:
    outcome = run(load(config(tmp_path, texts(JAPANESE), language="ja")), Options(quiet=True))
    assert [resource["name"] for resource in outcome.resources] == ["Japanese phrase model"]


def test_columns_of_parquet_are_looked_at(tmp_path: Path) -> None:
    spans = [[{"start": 0, "end": 3, "label": "PER"}], []]
    table = pyarrow.table({"text": ["Rui lives in Porto", "nobody here"], "s": spans})
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    said = refusal(saved(tmp_path, path="in.parquet"))
    assert "column 's' holds entity spans in 1 of 2 rows (in.parquet:1)" in said


def test_the_text_of_tokens_is_noted(tmp_path: Path) -> None:
    row = {"t": ["The", "mill", "is", "old", "."], "g": ["O"] * 5, "sentence": "The mill is old.", "other": "x"}
    (note,) = notes(config(tmp_path, [row], text=None, tokens="t", tags="g"))
    assert note.startswith("column 'sentence' has the text of the tokens in 1 of 1 rows")
