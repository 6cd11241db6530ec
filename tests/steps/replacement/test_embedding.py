from __future__ import annotations

from pathlib import Path

import pytest

from augcli.steps.replacement.embedding import Embedding
from augcli.text.edits import apply
from augcli.text.rng import Rng
from augcli.text.text import Text
from tests.support.helpers import write_config
from tests.support.running import called


def options(text: str, place: int, step: Embedding | None = None) -> tuple[str, ...]:
    """What may come in for a word, the best first."""
    step = step or Embedding()
    read = Text(text)
    slots = {slot.start: slot.options.words for slot in step.prepare([read])[0]}
    return slots.get(read.words[place][0], ())


def test_form_and_part_of_speech_are_those_of_the_word() -> None:
    found = options("She bought two cars.", 3)
    assert found
    assert all(word.endswith("s") for word in found)
    assert "car" not in found


def test_antonyms_do_not_come_in() -> None:
    assert "bad" not in options("It was a good day.", 3)
    assert "sold" not in options("She bought two cars.", 1)


def test_antonyms_and_other_parts_of_speech_come_in_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("4 2\nbought 1 0\nsold 1 0.1\npurchased 1 0.2\nsaw 0 1\n")
    vectors = str(tmp_path / "v.txt")
    assert options("She bought two cars.", 1, Embedding(vectors=vectors)) == ("purchased",)
    assert options("She bought two cars.", 1, Embedding(vectors=vectors, antonyms=True)) == ("sold", "purchased")
    loose = options("She bought two cars.", 3, Embedding(same_pos=False, top_k=30, min_similarity=0))
    assert not all(word.endswith("s") for word in loose)


def test_nth_variant_takes_the_nth_neighbour() -> None:
    step = Embedding(pick="nth")
    text = Text("It was a wonderful afternoon.")
    made = [step.edit(text, Rng(str(n), n, "row"))[-1][2] for n in (1, 2, 3)]
    assert made == list(options("It was a wonderful afternoon.", 3)[:3])


def test_a_language_without_vectors_is_refused() -> None:
    assert Embedding().config_error("de", [])


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        ("x 3\ncar 1 0\nbus 1 1\n", 2, "v.txt:2: expected a word and 1 numbers"),
        ("3 2\ncar 1 0\nbus 1 1\n", 2, "v.txt: its first line says 3 words, but the file ends after 2"),
        ("1 2\ncar 1 0\nbus 1 1\n", 2, "v.txt: its first line says 1 words, but the file goes on"),
        ("2 3\ncar 1 0\nbus 1 1\n", 2, "v.txt:2: expected a word and 3 numbers"),
        ("car 1 0\nbus 1\n", 2, "v.txt:2: expected a word and 2 numbers"),
        ("2 2\ncar 1 0\nbus 1 1 1\n", 2, "v.txt:3: expected a word and 2 numbers"),
        ("2 2\ncar 1 0\nbus nan 1\n", 2, "v.txt:3: "),
        ("car 1 0\nbus 1 inf\n", 2, "v.txt:2: "),
        ("car,1,0\n", 2, "v.txt:1: "),
        ("", 2, "v.txt is empty"),
        (None, 4, "v.txt"),
    ],
)
def test_bad_vectors_are_told_before_a_run(tmp_path: Path, content: str | None, code: int, says: str) -> None:
    file = write_config(tmp_path, "{a: {steps: [{embedding: {vectors: v.txt}}]}}")
    if content is not None:
        (tmp_path / "v.txt").write_text(content)
    done = called("check", file, cwd=tmp_path, env={"AUGCLI_CACHE": str(tmp_path / "cache")})
    assert done.returncode == code, done.stderr
    assert says in " ".join(done.stderr.decode().split())
    assert not (tmp_path / "out").exists()


def test_your_own_vectors_in_another_language(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("text\nMein Auto ist neu.\n")
    (tmp_path / "v.txt").write_text("5 2\nauto 1 0\nAutos 1 0\nWagen 1 0.1\nnie 1 0.1\nBaum -1 0\n")
    sections = {"input": "{path: in.csv, text: text, language: de}", "output": "{path: o.csv}"}
    file = write_config(tmp_path, "{a: {steps: [{embedding: {vectors: v.txt}}]}}", **sections)
    done = called("run", file, cwd=tmp_path, env={"AUGCLI_CACHE": str(tmp_path / "cache")})
    assert done.returncode == 0, done.stderr
    assert "Mein Wagen ist neu." in (tmp_path / "o.csv").read_text()
    assert called("verify", "o.csv", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(("before", "after"), [("这家餐馆很好。", "这家餐厅很好。"), ("我很高兴。", "我很开心。")])
def test_chinese_vectors_come_along(before: str, after: str) -> None:
    step = Embedding(rate=1.0)
    text = Text(before, "zh")
    assert after in {apply(before, step.edit(text, Rng(str(number)))) for number in range(60)}


def test_chinese_words_that_share_a_character_alone_do_not_come_in() -> None:
    assert not Embedding(rate=1.0).slots([Text("网上教程很多。", "zh")])[0]  # 教案, 教科书
    assert Embedding(rate=1.0, min_similarity=0.4).slots([Text("网上教程很多。", "zh")])[0]
