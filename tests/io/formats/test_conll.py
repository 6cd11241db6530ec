"""CoNLL: sentences come back to the byte, and variants in the shape and scheme of their sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from augcli.commands.verify import verify
from augcli.errors import ConfigError, DataError, RunError
from tests.support.nasty import DATA
from tests.support.running import EDITS, run_in

NEWS = """-DOCSTART- -X- -X- O

RIVERTON NNP B-NP B-ORG
beat VBD B-VP O
Oak NNP B-NP B-LOC
Hill NNP I-NP I-LOC
on IN B-PP O
Friday NNP B-NP O
. . O O

-DOCSTART- -X- -X- O

Rui NNP B-NP B-PER
Matos NNP I-NP I-PER
scored VBD B-VP O
twice RB B-ADVP O
. . O O

"""
COLUMNS = {"text": None, "tokens": 1, "tags": 4, "token_columns": [2, 3]}


@pytest.mark.parametrize(
    "data",
    [
        NEWS,
        NEWS.replace(" ", "\t"),
        NEWS.replace("\n", "\r\n"),
        NEWS.replace("\n\n", "\n \t\n\n"),
        "# id 1\n# text of two lines\n" + NEWS.split("\n\n", 1)[1],
    ],
)
def test_sentences_come_back_to_the_byte(tmp_path: Path, data: str) -> None:
    (tmp_path / "a.conll").write_bytes(data.encode())
    target, _ = run_in(tmp_path, {"path": "a.conll", "comment": "# ", **COLUMNS}, "o.conll")
    assert target.read_bytes() == data.encode()
    verify(target)


def test_variants_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text(NEWS * 40)
    target, _ = run_in(
        tmp_path, {"path": "a.conll", **COLUMNS}, "o.conll", chains=EDITS, engine={"chunk_rows": 7, "workers": 2}
    )
    verify(target)
    whole, _ = run_in(tmp_path, {"path": "a.conll", **COLUMNS}, "w.conll", chains=EDITS)
    assert whole.read_bytes() == target.read_bytes()
    text = target.read_text()
    assert text.count("-DOCSTART-") == 80
    sentences = [part for part in text.split("\n\n") if part and not part.startswith("-DOCSTART-")]
    assert len(sentences) == len((tmp_path / "out/o.provenance.jsonl").read_text().splitlines()) > 100
    for sentence in sentences:
        rows = [line.split(" ") for line in sentence.strip("\n").split("\n")]
        assert all(len(row) == 4 for row in rows)
        tagged = [(row[0], row[3]) for row in rows if row[3] != "O"]
        assert tagged in (
            [("RIVERTON", "B-ORG"), ("Oak", "B-LOC"), ("Hill", "I-LOC")], [("Rui", "B-PER"), ("Matos", "I-PER")],
        )  # fmt: skip


def test_to_json_and_back(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text(NEWS)
    named = {"columns": ["tokens", "pos", "chunk", "ner"], "tokens": "tokens", "tags": "ner", "token_columns": ["pos"]}
    keys: dict[str, Any] = {**named, "text": None, "token_columns": ["pos", "chunk"]}
    target, _ = run_in(tmp_path, {"path": "a.conll", **keys}, "o.jsonl")
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert [*rows[0]][:4] == ["tokens", "pos", "chunk", "ner"]
    assert rows[1]["tokens"] == ["Rui", "Matos", "scored", "twice", "."]
    plain = [{key: row[key] for key in named["columns"]} for row in rows]
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in plain))
    target, _ = run_in(tmp_path, {"path": "b.jsonl", **{**keys, "columns": None}}, "o.conll")
    assert target.read_text() == NEWS.replace("-DOCSTART- -X- -X- O\n\n", "")


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "no such column": (NEWS, {"tags": 5}, r"a\.conll has no column '5'; it has '1', '2', '3', '4'"),
    "a line that is short": (
        NEWS.replace("Oak NNP B-NP B-LOC", "Oak NNP"), {},
        r"row 1 \(line 3\): line 3 of the sentence, 'Oak NNP', has 2 items, expected 4; .*input\.comment",
    ),
    "columns that stay behind": (NEWS, {"token_columns": None}, r"input\.token_columns: \[2, 3\]"),
    "no tags": (NEWS.replace("B-PER", "PER"), {}, r"row 2 \(line 13\): column '4': tag 1 is 'PER'; expected one of O"),
    "text": (NEWS, {"text": 1, "tokens": None, "tags": None, "token_columns": None}, "expected text, not a list"),
    "too few names": (NEWS, {"columns": ["a", "b"]}, r"has 4 fields, but input\.columns names 2"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(tmp_path: Path, name: str) -> None:
    data, keys, said = WRONG[name]
    (tmp_path / "a.conll").write_text(data)
    with pytest.raises((ConfigError, DataError), match=said):
        run_in(tmp_path, {"path": "a.conll", **COLUMNS, **keys}, "o.conll", chains=EDITS)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"tokens": ["New York", "x"], "tags": ["B-a", "O"]}, "'New York' has no place in a CoNLL file"),
        ({"tokens": [], "tags": []}, "a row without tokens has no place in a CoNLL file"),
    ],
)
def test_what_has_no_room_is_refused(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(RunError, match=said):
        run_in(tmp_path, {"path": "a.jsonl", "text": None, "tokens": "tokens", "tags": "tags"}, "o.conll")


@pytest.mark.parametrize(
    ("cells", "lines"),
    [
        (("Paris", "B-LOC"), "Paris B-LOC\n\n"),
        (("I saw Paris", "O O B-LOC"), "I O\nsaw O\nParis B-LOC\n\n"),
        (("['New', 'York']", "['B-LOC', 'I-LOC']"), "New B-LOC\nYork I-LOC\n\n"),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx"])
def test_lists_in_cells_become_lines(tmp_path: Path, cells: tuple[str, str], lines: str, suffix: str) -> None:
    frame = pd.DataFrame([dict(zip(("tokens", "tags"), cells, strict=True))])
    {"csv": frame.to_csv, "parquet": frame.to_parquet, "xlsx": frame.to_excel}[suffix](
        tmp_path / f"a.{suffix}", index=False
    )
    keys = {"path": f"a.{suffix}", "text": None, "tokens": "tokens", "tags": "tags"}
    target, _ = run_in(tmp_path, keys, "o.conll")
    verify(target)
    assert target.read_text() == lines


def test_a_ragged_first_sentence_names_no_columns(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("Lena B-PER\nodd\n\nhere O\n\n")
    keys = {"path": "a.conll", "text": None, "tokens": 1, "tags": 3}
    with pytest.raises(ConfigError, match="no column '3'; it has '1', '2'"):
        run_in(tmp_path, keys, "o.conll", on_error="drop")
    target, _ = run_in(tmp_path, {**keys, "tags": 2}, "o.conll", on_error="drop")
    assert target.read_text() == "here O\n\n"


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet", "xlsx", "conll"])
def test_numbers_for_tags_in_every_format(tmp_path: Path, suffix: str) -> None:
    row = {"tokens": ["Rui", "went", "home"], "tags": [1, 0, 0], "pos": [5, 6, 7]}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    keys = {"path": "a.jsonl", "text": None, "tokens": "tokens", "tags": "tags", "token_columns": ["pos"]}
    target, _ = run_in(tmp_path, {**keys, "tag_names": ["O", "B-A", "I-A"]}, f"o.{suffix}", chains=EDITS)
    verify(target)


def test_texts_have_no_room(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one good word\n")
    with pytest.raises(ConfigError, match="conll holds tokens"):
        run_in(tmp_path, {"path": "a.txt"}, "o.conll")


def test_published_files_come_back_to_the_byte(tmp_path: Path) -> None:
    file = DATA / "wnut17" / "wnut17train.conll"
    if not file.is_file():
        pytest.skip("the data are not here")
    keys = {"path": str(file), "text": None, "tokens": 1, "tags": 2}
    target, _ = run_in(tmp_path, keys, "o.conll")
    assert target.read_bytes().rstrip() == file.read_bytes().rstrip()


DROPPED = {"drop": ["aug_source", "aug_chain"]}


def test_blanks_in_tokens_of_a_file_with_tabs(tmp_path: Path) -> None:
    """And blanks that are no separators: of a file without tabs, only those of ASCII are."""
    tabs = "New York\tB-LOC\nran\tO\nfast\tO\nhome\tO\n\nLena\u00a0Brandt\tB-PER\nwent\tO\nto\tO\nsea\tO\n\n"
    blanks = "\u3000  O\n好   O\n\u00a0 O\n\n"
    for name, data in (("tabs", tabs), ("blanks", blanks)):
        (tmp_path / f"{name}.conll").write_text(data)
        keys = {"path": f"{name}.conll", "tokens": 1, "tags": 2, "text": None}
        same, _ = run_in(tmp_path, keys, f"same-{name}.conll", keys=DROPPED)
        assert same.read_text() == data
        target, outcome = run_in(tmp_path, keys, f"{name}.conll", chains=EDITS)
        verify(target)
        assert name == "blanks" or outcome.counts.variants == 4


def test_rows_that_are_not_augmented_may_lack_tokens(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"t": ["a", "b"], "g": ["O", "O"], "s": 1}\n{"s": 2}\n')
    keys = {"path": "a.jsonl", "tokens": "t", "tags": "g", "text": None, "where": "s == 1"}
    with pytest.raises(RunError, match=r"a\.jsonl:2: column 't': missing"):
        run_in(tmp_path, keys, "o.conll", keys={"drop": ["s"]})
