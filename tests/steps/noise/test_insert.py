"""What is put in, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from augcli.errors import ResourceError
from augcli.steps.noise.insert import Insert
from augcli.text.edits import apply
from augcli.text.rng import Rng
from augcli.text.text import Text


def inserted(value: str, language: str = "en", **parameters: Any) -> set[str]:
    text, step = Text(value, language), Insert(**parameters)
    return {apply(value, step.edit(text, Rng(str(key)))) for key in range(80)}


@pytest.mark.parametrize(
    ("value", "language", "parameters", "one"),
    [
        ("Book a table.", "en", {"at": "start"}, "Well, book a table."),
        ("I like it.", "en", {"at": "start"}, "Well, I like it."),
        ("Alice left.", "en", {"at": "start"}, "Well, Alice left."),
        ("it works", "en", {"at": "start"}, "you know, it works"),
        ("It works!", "en", {"at": "end"}, "It works, you know!"),
        ("It works", "en", {}, "It um works"),
        ("今天天气很好。", "zh", {"at": "end"}, "今天天气很好，真的。"),
        ("今天天气很好。", "zh", {"at": "start"}, "其实，今天天气很好。"),
        ("今天天气很好。", "zh", {}, "今天天气，那个，很好。"),
        ("Book it.", "en", {"texts": ["please"], "at": "end"}, "Book it please."),
        ("Book it.", "en", {"texts": ["Thanks!"], "at": "end"}, "Book it. Thanks!"),
        ("Book it.", "en", {"texts": ["Hello there."], "at": "start"}, "Hello there. Book it."),
        ("好的。", "zh", {"texts": ["谢谢！"], "at": "end"}, "好的。谢谢！"),
        ("The coffee is fine.", "en", {"texts": "hashtags", "at": "end"}, "The coffee is fine. #coffee"),
        ("我们喜欢音乐", "zh", {"texts": "hashtags", "at": "end"}, "我们喜欢音乐#音乐#"),
    ],
)
def test_one_of_what_comes_out(value: str, language: str, parameters: dict[str, Any], one: str) -> None:
    assert one in inserted(value, language, **parameters)


@pytest.mark.parametrize(("value", "language"), [("is it so?", "en"), ("真的吗？", "zh")])
def test_no_filler_ends_a_question(value: str, language: str) -> None:
    assert inserted(value, language, at="end") == {value}


def test_nothing_comes_between_a_negation_or_number_and_its_word() -> None:
    assert inserted("not good", rate=1.0) == {"not good"}
    assert inserted("5 kilos", rate=1.0) == {"5 kilos"}
    assert inserted("不喜欢", "zh", rate=1.0) == {"不喜欢"}


def test_rate_is_the_share_of_words_that_get_a_text_behind_them() -> None:
    value = " ".join(["word"] * 101)
    for variant in inserted(value, texts=["X"], rate=0.2):
        assert variant.count("X") == 20


def test_texts_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("by the way\n\n", "utf-8")
    assert inserted("go on", lexicon=str(tmp_path / "texts.txt")) == {"go by the way on"}
    (tmp_path / "empty.txt").write_text("\n", "utf-8")
    with pytest.raises(ResourceError, match="one text a line"):
        Insert(lexicon=str(tmp_path / "empty.txt")).setup("en")
    with pytest.raises(ResourceError, match="none"):
        inserted("go on", lexicon=str(tmp_path / "none.txt"))


@pytest.mark.parametrize(
    ("parameters", "language", "says"),
    [
        ({"texts": "hashtags"}, "en", "at: end"),
        ({}, "de", "give a list"),
        ({"texts": ["a"], "lexicon": "b"}, "en", "leave out one"),
        ({"texts": ["a"]}, "de", None),
    ],
)
def test_parameters_that_make_no_sense(parameters: dict[str, Any], language: str, says: str | None) -> None:
    error = Insert(**parameters).config_error(language, [])
    assert error is None if says is None else says in (error or "")
