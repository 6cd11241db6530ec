from __future__ import annotations

import pytest
import yaml

from augcli import presets
from augcli.english import article, inflect
from augcli.rng import Rng
from augcli.steps.synonym import RandomInsert, Synonym
from augcli.text import Text, apply


def rewritten(text: str, language: str = "en", step: Synonym | None = None) -> set[str]:
    """All that some draws make of a text, every word that has a synonym replaced."""
    step = (step or Synonym()).model_copy(update={"rate": 1.0})
    step.setup(language)
    made = Text(text, language)
    return {apply(text, step.edit(made, Rng(str(key)))) for key in range(20)}


@pytest.mark.parametrize(
    ("lemma", "tag", "form"),
    [
        ("go", "VBD", "went"), ("buy", "VBN", "bought"), ("child", "NNS", "children"), ("sheep", "NNS", "sheep"),
        ("spot", "NNS", "spots"), ("big", "JJR", "bigger"), ("give up", "VBD", "gave up"),
        ("hot dog", "NNS", "hot dogs"), ("information", "NNS", None), ("beautiful", "JJR", None),
    ],
)  # fmt: skip
def test_inflected(lemma: str, tag: str, form: str | None) -> None:
    assert inflect(lemma, tag) == form


@pytest.mark.parametrize(
    ("word", "wanted"), [("hour", "an"), ("university", "a"), ("one", "a"), ("apple", "an"), ("Useful", "a")]
)
def test_article(word: str, wanted: str) -> None:
    assert article(word) == wanted


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("She bought two cars.", "She purchased two autos."),
        ("THE BIG MOVIE IS HERE.", "THE LARGE FILM IS HERE."),
        ("A dangerous dog", "An unsafe dog"),
        ("“We saw the kids’ film”, he said.", "“We saw the kids’ movie”, he said."),
    ],
)
def test_form_case_article_and_punctuation(before: str, after: str) -> None:
    assert after in rewritten(before)


@pytest.mark.parametrize(
    "text",
    [
        "I never said no to London.",
        "my credit card",
        "the children's and the kids’ toys",
        "an apple",
        "",
        "well-known",
        "a",
    ],
)
def test_names_negations_phrases_and_words_without_good_synonyms_stay(text: str) -> None:
    assert rewritten(text) == {text}


def test_chinese_without_blanks() -> None:
    made = rewritten("这家餐馆的地址是在哪啊？", "zh")
    assert len(made) > 1
    assert not any(" " in text for text in made)


def test_insertion_uses_the_same_synonyms() -> None:
    step = RandomInsert(rate=0.1)
    text = "She bought a movie"
    made = {apply(text, step.edit(Text(text), Rng(str(key)))) for key in range(60)}
    words = {word for one in made for word in one.split()} - set(text.split())
    assert words == {"purchased", "film"}


def test_the_best_three_give_three_variants() -> None:
    step = Synonym(pick="nth", rate=1.0)
    text = Text("She bought it quickly.")
    made = [apply(text.value, step.edit(text, Rng(str(n), n, "row"))) for n in (1, 2, 3)]
    assert len(set(made)) == 3


def test_no_synonyms_come_with_other_languages() -> None:
    assert "thesaurus" in (Synonym().objection("de", []) or "")


@pytest.mark.parametrize(
    ("rows", "rate", "variants"), [(300, 0.05, 16), (500, 0.05, 16), (2000, 0.05, 8), (5000, 0.1, 4), (10**6, 0.1, 4)]
)
def test_eda_for_a_number_of_rows(rows: int, rate: float, variants: int) -> None:
    chain = yaml.safe_load(presets.text("eda", rows))["chains"]["eda"]
    steps = {name: body for step in chain["steps"][0]["one_of"] for name, body in step.items()}
    assert chain["variants"] == variants
    assert {body["rate"] for body in steps.values()} == {rate}
    assert set(steps) == {"synonym", "random_insert", "random_swap", "random_delete"}
