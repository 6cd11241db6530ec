"""All words for men and women of a text change together, its pronouns with them; names stay."""

from __future__ import annotations

import pytest

from augcli.steps.replacement.gender import Gender, _others
from augcli.text.edits import Interval, apply
from augcli.text.rng import Rng
from augcli.text.text import Text


def made(value: str, language: str = "en", protected: tuple[Interval, ...] = (), step: Gender | None = None) -> str:
    step = step or Gender()
    step.setup(language)
    return apply(value, step.edit(Text(value, language, protected), Rng("k")))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("I saw her car and gave her the book.", "I saw his car and gave him the book."),
        ("her own is better; a friend of hers is his too", "his own is better; a friend of his is hers too"),
        ("I told him about his very old red house", "I told her about her very old red house"),
        ("Is this his? Ask her about her order.", "Is this hers? Ask him about his order."),
        ("Mr. Smith and his wife's brother; She’s a waitress.", "Ms. Smith and her husband's sister; He’s a waiter."),
        ("THE MAN HIMSELF", "THE WOMAN HERSELF"),
        ("an heiress, a hero, a witch", "an heir, a heroine, a wizard"),
        ("Ma'am, my mothers-in-law", "Sir, my fathers-in-law"),
        ("King Kong, Because of Her, MS, my mother tongue", "King Kong, Because of Her, MS, my mother tongue"),
        ("John loves his mom", "John loves her dad"),
        ("they sit at the table", "they sit at the table"),
    ],
)
def test_english(before: str, after: str) -> None:
    assert made(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [("他和她的妈妈去找其他人", "她和他的爸爸去找其他人"), ("女士，男朋友送她礼物", "先生，女朋友送他礼物")],
)
def test_chinese(before: str, after: str) -> None:
    assert made(before, "zh") == after


def test_all_or_none() -> None:
    assert made("he saw his sister", protected=((11, 17),)) == "he saw his sister"
    assert made("he saw his sister", protected=((3, 6),)) == "she saw her brother"
    assert made("he saw his sister", step=Gender().keeping(frozenset({"sister"}))) == "he saw his sister"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_words_lead_to_the_other_sex_and_back_to_the_first(language: str) -> None:
    table = _others(language)
    for word in table.keys() - {"him", "his", "her", "hers"}:
        assert table[word] != word
        assert table[table[table[word]]] == table[word]
