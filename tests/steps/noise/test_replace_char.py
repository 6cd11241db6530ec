"""Characters that stand for others: the maps that come along say the same, own ones are held to their form."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from augcli.errors import ConfigError
from augcli.language.resources import CHARACTER_MAPS
from augcli.steps.noise.replace_char import ReplaceChar, _table
from augcli.text.edits import apply
from augcli.text.protect import PATTERNS, Protector
from augcli.text.rng import Rng
from augcli.text.text import Text


def made(name: str, value: str, language: str = "en", rate: float = 1.0) -> set[str]:
    text = Text(value, language, Protector(list(PATTERNS)).intervals(value))
    step = ReplaceChar(map=name, rate=rate)
    return {apply(value, step.edit(text, Rng(str(key)))) for key in range(20)}


@pytest.mark.parametrize(
    ("name", "value", "language", "after"),
    [
        ("leet", "Bell not 10 bob", "en", {"8311 not 10 808"}),
        ("full_width", "OK at 10", "en", {"ＯＫ ａｔ 10"}),
        ("look_alikes", "sex, mail a@b.de", "en", {f"ѕех, m{a}іl a@b.de" for a in "аα"}),
        ("numerals", "一碗零食", "zh", {f"{one}碗〇食" for one in "壹㈠㊀"}),
        ("numerals", "3号二〇路", "zh", {"3号二〇路"}),
    ],
)
def test_maps(name: str, value: str, language: str, after: set[str]) -> None:
    assert made(name, value, language) == after


def test_digits_of_longer_numbers_stay() -> None:
    step, text = ReplaceChar(map="numerals", rate=1.0), Text("3 in 300")
    made = {apply(text.value, step.edit(text, Rng(str(key)))) for key in range(9)}
    assert len(made) > 1
    assert {one[1:] for one in made} == {" in 300"}
    assert "3 in 300" not in made


def test_numbers_that_are_not_protected() -> None:
    step, text = ReplaceChar(map="numerals", rate=1.0), Text("3号", "zh")
    assert {apply("3号", step.edit(text, Rng(str(key)))) for key in range(20)} == {"③号", "三号", "叁号"}


def test_numerals_keep_their_value() -> None:
    for char, others in _table("numerals").items():
        value = 2 if char == "两" else unicodedata.numeric(char, 0)
        assert {unicodedata.numeric(other, 0) for other in others} == {value}


def test_look_alikes_keep_their_case_and_are_of_another_script() -> None:
    for letter, others in _table("look_alikes").items():
        assert letter.isascii()
        assert all(other.isupper() == letter.isupper() and not other.isascii() for other in others)


def test_full_width_is_what_unicode_says() -> None:
    assert all(unicodedata.normalize("NFKC", other) == char for char, (other,) in _table("full_width").items())


def test_rate_is_the_share_of_the_characters_found() -> None:
    text = Text("aaaa bbbb xxxx", "en")
    assert len(ReplaceChar(map="leet", rate=0.5).edit(text, Rng("k"))) == 4


def test_own_map_brings_in_no_negation(tmp_path: Path) -> None:
    (tmp_path / "own.tsv").write_text("a\to\nt\tt2\n")
    assert made(str(tmp_path / "own.tsv"), "nat na bat", rate=1.0) == {"not2 na bot2"}
    assert made("leet", "nose not", rate=0.5) == {f"{word} not" for word in ("n0se", "no5e", "nos3", "nose")}


@pytest.mark.parametrize(
    ("line", "says"),
    [("ab\tc", "expected a single character, got 'ab'"), ("a\ta", "'a' is to be replaced by itself; take it out")],
)
def test_bad_maps(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "own.tsv").write_text(line)
    with pytest.raises(ConfigError, match=rf"own\.tsv:1: {says}"):
        ReplaceChar(map=str(tmp_path / "own.tsv")).setup("en")


def test_names_of_maps() -> None:
    assert "did you mean leet?" in str(ReplaceChar(map="leeet").config_error("en", ()))
    assert all(ReplaceChar(map=name).config_error("zh", ()) is None for name in CHARACTER_MAPS)
    assert [lexicon.key for lexicon in ReplaceChar(map="leet").lexicons("en")] == ["leet"]
