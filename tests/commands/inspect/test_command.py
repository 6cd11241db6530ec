"""The command `inspect` as people and programs see it."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from augcli.commands.inspect.wrong_labels import judged
from augcli.run.survey.near_duplicates import groups
from tests.support.helpers import CROSSWOZ, ROOT, SNIPS, augcli, rows, write_config
from tests.support.nasty import DATA
from tests.support.running import called

MASKED_LM = ROOT / "augcli/lexicons/masked_lm_en"
KEYS = [
    "version", "augcli", "files", "columns", "used", "guessed", "rows", "rows_to_test_with", "rows_unreadable",
    "rows_looked_at", "labels",
    "labels_counted", "splits", "lengths", "vocabulary", "protected", "findings",
]  # fmt: skip


def json_of(*arguments: str | Path, cwd: Path) -> dict[str, Any]:
    done = augcli("inspect", *arguments, "--format", "json", cwd=cwd)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_file_tells_its_columns(tmp_path: Path) -> None:
    found = json_of(SNIPS, cwd=tmp_path)
    assert list(found) == KEYS
    assert found["version"] == 1
    assert found["files"] == [{"path": str(SNIPS), "rows": 300}]
    assert found["used"] | {"split": None, "tokens": None, "tags": None} == {
        "text": "text", "label": "label", "id": "id", "spans": "spans", "tokens": None, "tags": None,
        "language": "en", "split": None,
    }  # fmt: skip
    assert found["guessed"] == ["id", "label", "spans", "text"]
    assert found["rows"] == found["rows_looked_at"] == 300
    assert list(found["labels"].items())[:2] == [("AddToPlaylist", 60), ("BookRestaurant", 55)]
    assert found["lengths"]["words"]["99%"] == 17
    assert {"name", "level", "message", "rows", "fix", "examples"} == {*found["findings"][0]}
    assert {"place", "text", "note"} == {*found["findings"][0]["examples"][0]}
    assert not any(tmp_path.iterdir())


def test_a_config_names_them(tmp_path: Path) -> None:
    found = json_of(write_config(tmp_path), "--no-label-model", cwd=tmp_path)
    assert found["guessed"] == []
    assert (found["used"]["text"], found["used"]["spans"]) == ("text", "spans")


def test_the_language_is_told_by_the_script(tmp_path: Path) -> None:
    found = json_of(CROSSWOZ, "--no-label-model", cwd=tmp_path)
    assert found["used"]["language"] == "zh"
    assert "language" in found["guessed"]
    assert found["vocabulary"] is None


def test_options_go_before_what_is_told(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text(
        "body,text,kind,label\n" + "a longer text here,x,k1,l\nand another one,y,k2,l\n" * 4, encoding="utf-8"
    )
    found = json_of("data.csv", "--text", "body", "--label", "kind", cwd=tmp_path)
    assert (found["used"]["text"], found["labels"], found["guessed"]) == ("body", {"k1": 4, "k2": 4}, [])


def test_it_is_readable_at_80_columns(tmp_path: Path) -> None:
    done = augcli("inspect", CROSSWOZ, cwd=tmp_path, env={"COLUMNS": "80"})
    told = done.stdout.decode()
    assert done.returncode == 0
    assert "200 rows, 7 labels: " in told
    assert "crosswoz_zh.jsonl:124" in told
    assert "→ leave one of each" in told
    assert max(map(len, told.splitlines())) <= 80


def test_a_clean_data_set_says_so_in_one_line(tmp_path: Path) -> None:
    done = augcli("inspect", SNIPS, "--no-label-model", cwd=tmp_path)
    assert "\n300 rows, 7 labels: no fault, no warning\n" in done.stdout.decode()


def test_tokens_are_counted_by_the_tokenizer_of_a_model(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    found = json_of(SNIPS, "--no-label-model", "--tokenizer", MASKED_LM, cwd=tmp_path)
    assert found["lengths"]["tokens"]["mean"] > found["lengths"]["words"]["mean"] + 2


def test_rows_come_through_a_pipe(tmp_path: Path) -> None:
    done = augcli("inspect", "-", "--input-format", "jsonl", "--format", "json", "--no-label-model", cwd=tmp_path,
                  stdin=SNIPS.read_bytes())  # fmt: skip
    assert json.loads(done.stdout)["rows"] == 300


@pytest.mark.parametrize(
    ("content", "options", "code", "message"),
    [
        ("", (), 3, "the file is empty"),
        ("text,label\n", (), 3, "there is no row to inspect"),
        (
            "text,label\na b,c\n",
            ("--text", "txt"),
            2,
            "has no column 'txt'; it has 'text', 'label'; did you mean text?",
        ),
        ("text,label\na b,c\n", ("--split", "part"), 2, "has no column 'part'"),
        ("text,label\na b,c\n", ("--language", "English"), 2, "is no language code"),
        ("text,label\na b,c\n", ("--vocabulary", "none.txt"), 4, "there is no file"),
        ("text,label\na b,c\n", ("--tokenizer", "./none"), 4, "there is no folder"),
        ("a,b\n1,2\n", ("--test", "none.csv"), 2, "error: --test none.csv: there is nothing to read"),
        ("a,b\n1,2\n", ("--test", "data.csv"), 2, "data.csv is the input and a file to test with"),
        ("text;label\na b;c\n", (), 2, 'it looks separated by something else: set input.delimiter: ";"'),
        ("tokens,tags\n,\n", (), 2, "or one with lists of words with --set input.tokens=COLUMN"),
        ("text,label\na b,c\n", ("--html", "none/page.html"), 2, "there is no folder none; make it first"),
    ],
)
def test_bad_input_has_a_clear_message(
    tmp_path: Path, content: str, options: tuple[str, ...], code: int, message: str
) -> None:
    (tmp_path / "data.csv").write_text(content, encoding="utf-8")
    done = called("inspect", "data.csv", "--html", "page.html", *options, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, b"")
    assert message in done.stderr.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


@pytest.mark.parametrize(
    "content", ["text,label\na b,c\n", "text,label\na b,c\nd e,f\ng h,c\n", "text,label\n,x\n ,y\n"]
)
def test_few_rows_are_no_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "data.csv").write_text(content, encoding="utf-8")
    done = called("inspect", "data.csv", "--html", "page.html", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "nan" not in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("name", ["data.csv", "data.jsonl", "data.json"])
def test_a_file_in_another_encoding_is_told_with_the_key_that_mends_it(
    tmp_path: Path, name: str, encoding: str
) -> None:
    texts = [f"我想订一张去北京的火车票{number}" for number in range(20)]
    found = [{"text": text, "label": "ab"[place % 2]} for place, text in enumerate(texts)]
    lines = [json.dumps(row, ensure_ascii=False) for row in found]
    content = {
        "data.csv": "text,label\n" + "".join(f"{row['text']},{row['label']}\n" for row in found),
        "data.jsonl": "\n".join(lines),
        "data.json": f"[{', '.join(lines)}]",
    }
    (tmp_path / name).write_text(content[name], encoding=encoding)
    done = called("inspect", name, cwd=tmp_path)
    assert done.returncode == 3
    fitting = {"gbk": "gb18030"}.get(encoding, encoding)
    assert f"set input.encoding: {fitting}" in done.stderr.decode()
    done = called("inspect", name, "--set", f"input.encoding={fitting}", "--no-label-model", cwd=tmp_path)
    assert b"20 rows, 2 labels" in done.stdout


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"\x1b[31mred\x1b[0m <b>{number}</b>", "label": "\x1b[2Ja"}) for number in range(9)]
    (tmp_path / "data.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = called("inspect", "data.jsonl", "--no-label-model", cwd=tmp_path)
    assert "\x1b" not in done.stdout.decode()
    assert "␛[31mred␛[0m <b>0</b>" in done.stdout.decode()


def test_long_words_and_labels_are_shortened(tmp_path: Path) -> None:
    rows = [{"text": "zq" * 100_000 + f" {word}", "label": "ab"[at % 2] * 50_000} for at, word in enumerate("xyz" * 7)]
    rows += [{"text": "one more", "label": "A" * 50_000}, {"text": "", "label": "only" * 9000}]
    (tmp_path / "data.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    done = called("inspect", "data.jsonl", "--html", "page.html", "--no-label-model", cwd=tmp_path)
    assert b"unknown_words" not in done.stdout
    assert b"words are not in" in done.stdout
    assert b"differ only in case" in done.stdout
    assert len(done.stdout) < 8000
    assert len((tmp_path / "page.html").read_bytes()) < 200_000


class _Page(HTMLParser):
    """Text and tags of a page; a tag that is closed and was not open is an error."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags, self.open = "", [], []  # type: tuple[str, list[str], list[str]]
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "link", "wbr", "br", "path", "use", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_whole_and_needs_no_network(tmp_path: Path) -> None:
    done = called("inspect", CROSSWOZ, "--html", "page.html", "--no-label-model", cwd=tmp_path)
    assert done.returncode == 0
    content = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = _Page(content)
    assert page.open == []
    assert page.tags.count("svg") == 3
    assert "营业时间是周一至周日" in page.text
    assert "http://" not in content.replace("http://www.w3.org", "")
    assert "<script" not in content
    assert "#010101" not in content, "a colour is none of the page"
    again = called("inspect", CROSSWOZ, "--html", "page.html", "--no-label-model", cwd=tmp_path)
    assert (again.returncode, again.stderr.decode()) == (
        2,
        "error: page.html: already there; --overwrite replaces it\n",
    )
    called("inspect", CROSSWOZ, "--html", "page.html", "--no-label-model", "--overwrite", cwd=tmp_path)
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == content


def test_what_is_in_the_data_is_escaped(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script> $x^2$ & co"
    lines = [json.dumps({"text": f"{bad} {number}", "label": bad + str(number % 2)}) for number in range(30)]
    (tmp_path / "data.jsonl").write_text("\n".join(lines), encoding="utf-8")
    called("inspect", "data.jsonl", "--html", "page.html", cwd=tmp_path)
    content = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script" not in content
    assert "<script>alert(1)</script> $x^2$" in _Page(content).text


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the shared data")
def test_wrong_labels_that_were_put_into_real_rows_are_found() -> None:
    read = rows(DATA / "snips/normalised/train.jsonl")[::7]
    texts, labels = [row["text"] for row in read], [row["label"] for row in read]
    kinds = sorted({*labels})
    flipped = {*range(0, len(labels), 20)}
    given = [kinds[(kinds.index(label) + 3) % 7] if place in flipped else label for place, label in enumerate(labels)]
    found, agreement = judged(texts, given, groups(texts, "en"), "en")
    right = [suspect.row in flipped for suspect in found]
    assert sum(right) > 0.8 * len(flipped)
    assert sum(right) > 0.75 * len(found)
    assert agreement > 0.9


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the shared data")
def test_rows_of_banking77_that_are_in_both_splits_are_found(tmp_path: Path) -> None:
    folder = DATA / "banking77/normalised"
    found = json_of(folder / "train.jsonl", "--test", folder / "test.jsonl", "--no-label-model", cwd=tmp_path)
    assert found["splits"] == {"input": 10003, "test": 3080}
    names = {finding["name"]: finding for finding in found["findings"]}
    assert names["near_duplicates_across_splits"]["rows"] > 20
