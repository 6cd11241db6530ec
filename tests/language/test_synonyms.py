"""The lists of synonyms that come with augcli: laws that each line keeps."""

from __future__ import annotations

from collections import Counter

import pytest

from augcli.language import synonyms
from augcli.language.phrases import Phrases, negations_in
from augcli.language.resources import (
    CHINESE_GLOSSES,
    CHINESE_PHRASES,
    CHINESE_THESAURUS,
    ENGLISH_PHRASES,
    ENGLISH_THESAURUS,
    PHRASES,
    Lexicon,
)
from augcli.text.text import Text

LISTS = [
    pytest.param(ENGLISH_THESAURUS, "en", 3, id="english_words"),
    pytest.param(ENGLISH_PHRASES, "en", 2, id="english_phrases"),
    pytest.param(CHINESE_THESAURUS, "zh", 3, id="chinese_words"),
    pytest.param(CHINESE_GLOSSES, "zh", 2, id="chinese_glosses"),
    pytest.param(CHINESE_PHRASES, "zh", 2, id="chinese_phrases"),
]


def lines(lexicon: Lexicon) -> list[tuple[str, list[list[str]]]]:
    """Each word of a list, and its groups of synonyms."""
    written = lexicon.path().read_text("utf-8").splitlines()
    cells = [line.split("\t") for line in written if not line.startswith("#")]
    return [(word, [group.split(", ") if group else [] for group in groups]) for word, *groups in cells]


def others(groups: list[list[str]]) -> list[str]:
    """All synonyms of a word."""
    return [other for group in groups for other in group]


@pytest.mark.parametrize(("lexicon", "language", "groups"), LISTS)
def test_each_word_has_one_line_and_each_synonym_one_place(lexicon: Lexicon, language: str, groups: int) -> None:
    read = lines(lexicon)
    assert len(read) > 900
    assert [word for word, count in Counter(word for word, _ in read).items() if count > 1] == []
    assert [word for word, columns in read if len(columns) > groups] == []
    assert [word for word, columns in read if len(set(others(columns))) < len(others(columns))] == []
    assert [word for word, columns in read for one in (word, *others(columns)) if not one or one != one.strip()] == []


@pytest.mark.parametrize(("lexicon", "language", "groups"), LISTS)
def test_no_word_is_its_own_synonym(lexicon: Lexicon, language: str, groups: int) -> None:
    assert [word for word, columns in lines(lexicon) if word.partition("/")[0] in others(columns)] == []


@pytest.mark.parametrize(("lexicon", "language", "groups"), LISTS)
def test_no_negation_goes_or_comes(lexicon: Lexicon, language: str, groups: int) -> None:
    changed = [
        (word, other)
        for word, columns in lines(lexicon)
        for other in others(columns)
        if negations_in(word.partition("/")[0], language) != negations_in(other, language)
    ]
    assert changed == []


@pytest.mark.parametrize("language", PHRASES)
def test_each_phrase_is_found_in_a_text(language: str) -> None:
    phrases = synonyms.phrases(language)
    finder = Phrases(phrases, language)
    assert finder.unfindable == []
    assert [one for one in phrases if [found.phrase for found in finder.find(Text(one, language))] != [one]] == []


@pytest.mark.parametrize(
    "lexicon", [CHINESE_THESAURUS, CHINESE_GLOSSES, CHINESE_PHRASES], ids=["words", "glosses", "phrases"]
)
def test_chinese_is_simplified(lexicon: Lexicon) -> None:
    from opencc import OpenCC

    simplified = OpenCC("t2s").convert
    words = [one for word, columns in lines(lexicon) for one in (word, *others(columns))]
    assert [one for one in words if simplified(one) != one] == []


def test_which_chinese_words_were_read() -> None:
    assert synonyms.chinese("但是")
    assert synonyms.chinese("地址") == []
    assert [one.word for one in synonyms.chinese("衬衣") or ()] == ["衬衫"]
    assert synonyms.chinese("荔枝") is None


def test_what_was_read_first_has_no_second_line() -> None:
    first = {word for word, _ in lines(CHINESE_THESAURUS)}
    assert first.isdisjoint(word for word, _ in lines(CHINESE_GLOSSES))


def test_chinese_phrases_are_graded() -> None:
    listed = {one.word: one.confidence for one in synonyms.phrases("zh")["帮我推荐"]}
    assert listed == {"给我推荐": synonyms.SAME, "为我推荐": synonyms.SAME, "给我介绍": synonyms.NEAR}
