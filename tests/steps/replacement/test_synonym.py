from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from augcli.config import presets
from augcli.language.english import article, inflect
from augcli.steps.replacement.synonym import RandomInsert, Synonym
from augcli.text.edits import apply
from augcli.text.rng import Rng
from augcli.text.text import Text
from tests.support.helpers import write_config
from tests.support.running import called


def rewritten(text: str, language: str = "en", step: Synonym | None = None, draws: int = 20) -> set[str]:
    """All that some draws make of a text, every word that has a synonym replaced."""
    step = (step or Synonym()).model_copy(update={"rate": 1.0})
    step.setup(language)
    made = Text(text, language)
    return {apply(text, step.edit(made, Rng(str(key)))) for key in range(draws)}


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
        ("She bought two cars.", "She purchased two automobiles."),
        ("The ATM is near. I need a table at Eddie's.", "The cash machine is near. I require a table at Eddie's."),
        ("Now I need a card.", "Now I require a card."),
        ("THE BIG MOVIE IS HERE.", "THE BIG FILM IS HERE."),
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
    assert {"purchased", "film"} <= words <= {"purchased", "got", "film", "motion", "picture"}


def test_the_pronoun_is_written_as_the_text_writes_it() -> None:
    assert any("i would like to see" in made for made in rewritten("i want to see a film", draws=60))
    assert not any("i'd" in made or "i would" in made for made in rewritten("I want to see a film", draws=60))


def test_the_best_three_give_three_variants() -> None:
    step = Synonym(pick="nth", rate=1.0)
    text = Text("She bought it quickly.")
    made = [apply(text.value, step.edit(text, Rng(str(n), n, "row"))) for n in (1, 2, 3)]
    assert len(set(made)) == 3


def test_a_phrase_with_a_word_that_carries_a_label_stays() -> None:
    text = Text("I want to get a refund.")
    free = Synonym(rate=1.0)
    kept = free.keeping(frozenset({"want"}))
    assert any("like" in new for *_, new in free.edit(text, Rng("x")))
    assert not any("like" in new for *_, new in kept.edit(text, Rng("x")))


def test_nothing_goes_over_the_border_of_a_token() -> None:
    text = Text("because of the rain", tokens=[(0, 7), (8, 10), (11, 14), (15, 19)])
    assert Synonym(rate=1.0).edit(text, Rng("x")) == []  # not: since of the rain
    assert Synonym(rate=1.0).edit(Text(text.value), Rng("x"))


def test_a_model_without_context_is_refused() -> None:
    assert "context" in (Synonym(model="x").config_error("en", []) or "")


def test_no_word_comes_in_that_the_text_has_already() -> None:
    assert rewritten("Her movie, his film.") == {"Her motion picture, his motion picture."}


def test_no_synonyms_come_with_other_languages() -> None:
    assert "thesaurus" in (Synonym().config_error("de", []) or "")


@pytest.mark.parametrize(
    ("rows", "rate", "variants"), [(300, 0.05, 16), (500, 0.05, 16), (2000, 0.05, 8), (5000, 0.1, 4), (10**6, 0.1, 4)]
)
def test_eda_for_a_number_of_rows(rows: int, rate: float, variants: int) -> None:
    chain = yaml.safe_load(presets.text("eda", rows))["chains"]["eda"]
    steps = {name: body for step in chain["steps"][0]["one_of"] for name, body in step.items()}
    assert chain["variants"] == variants
    assert {body["rate"] for body in steps.values()} == {rate}
    assert set(steps) == {"synonym", "random_insert", "random_swap", "random_delete"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # irregular verbs
        ("They constructed it.", "They built it."),
        ("They constructed a bridge.", "They built a bridge."),
        ("He purchased it.", "He bought it."),
        ("He has purchased a car.", "He has bought an automobile."),
        ("He hid it.", "He concealed it."),
        ("He hid the presents.", "He concealed the presents."),
        ("She strolled home.", "She walked home."),
        ("She talked rapidly.", "She spoke swiftly."),
        # third person and -ing
        ("The physician speaks rapidly.", "The doctor speaks quickly."),
        ("He was buying a car.", "He was purchasing an automobile."),
        ("They were beginning the work.", "They were starting the work."),
        # plurals
        ("The youngsters played.", "The children played."),
        ("They sold two automobiles.", "They sold two cars."),
        ("The infants ate.", "The babies ate."),
        ("The stories ended.", "The tales finished."),
        ("The physicians left.", "The doctors left."),
        # comparison
        ("The biggest movie", "The biggest film"),
        ("She was a cleverer student", "She was a smarter student"),
        ("Larger cars", "Bigger automobiles"),
        # a, an
        ("An old man bought an automobile.", "An old man purchased a car."),
        ("He owns a car, an old car.", "He owns an automobile, an old automobile."),
        ("He was an attorney.", "He was a lawyer."),
        ("It was a mistake.", "It was an error."),
        ("An immense area", "A vast area"),
        ("A huge error occurred.", "An immense error happened."),
        ("an attorney", "a lawyer"),
        ("It is a (big) movie.", "It is a (big) film."),
        # capitals
        ("Movies!", "Films!"),
        ("MOVIES ARE BIG", "FILMS ARE BIG"),
        ("It rains. Cars stop.", "It rains. Automobiles stop."),
        ("Physicians seldom err.", "Doctors rarely err."),
        ("Paris saw a big movie.", "Paris saw a big film."),
        ("The USA bought the movie.", "The USA bought the film."),
        # hyphens, possessives, quotes
        ("a user-friendly car", "a user-friendly automobile"),
        ("It's a big-budget movie.", "It's a big-budget film."),
        ("The doctor's car came.", "The physician's automobile came."),
        ("The doctor’s car came.", "The physician’s automobile came."),
        ("the boss's car", "the boss's automobile"),
        ("A kid's movie and the kids' movies", "A child's film and the kids' films"),
        ("“Big cars”, he said.", "“Big automobiles”, he said."),
        ('"It was a big mistake," she said.', '"It was a big error," she said.'),
        # what stays
        ("He won't purchase it.", "He won't buy it."),
        ("Not every movie is good.", "Not every film is good."),
        ("He never helps kids.", "He never helps children."),
        ("I purchased a credit card.", "I bought a credit card."),
    ],
)
def test_right_english(before: str, after: str) -> None:
    assert after in rewritten(before, draws=120)


@pytest.mark.parametrize(
    "text",
    [
        "The New York Times",
        "The Movie",
        "the movie-star",
        "My brother-in-law",
        "an hour",
        "a well-known university",
        "They gave up.",
    ],
)
def test_what_has_no_good_synonym_stays(text: str) -> None:
    assert rewritten(text) == {text}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("医生来了。", "大夫来了。"),
        ("医生来了。", "医师来了。"),
        ("这部小说的确好看！", "这部小说确实好看！"),
        ("他们总算见了医生。", "他们终于见了大夫。"),
        ("请问附近有什么餐馆？", "想问一下周围有什么餐厅？"),
        ("帮我推荐一家餐馆吧。", "给我推荐一家餐厅吧。"),
        ("我不知道为什么没有找到。", "我不知为何没找到。"),
        ("2020年3月8日，医生 Smith 来了", "2020年3月8日，大夫 Smith 来了"),
    ],
)
def test_right_chinese(before: str, after: str) -> None:
    assert after in rewritten(before, "zh", draws=120)


def used(folder: Path, steps: str, texts: str, language: str) -> str:
    """What the program makes of some texts, checked."""
    (folder / "in.csv").write_text(f"text\n{texts}\n", encoding="utf-8")
    sections = {"input": f"{{path: in.csv, text: text, language: {language}}}", "output": "{path: o.csv}"}
    file = write_config(folder, f"{{a: {{steps: [{steps}]}}}}", **sections)
    done = called("run", file, cwd=folder)
    assert done.returncode == 0, done.stderr
    verified = called("verify", "o.csv", cwd=folder)
    assert verified.returncode == 0, verified.stderr
    return (folder / "o.csv").read_text(encoding="utf-8")


THESAURI = {
    "tsv": ("# mine\nautomobile\tbus\n", "en", "Two automobiles", "Two buses"),
    "tsv_of_another_language": ("voiture\tbagnole\n", "fr", "Une voiture rouge", "Une bagnole rouge"),
    "mythes": ("UTF-8\nauto|1\n-|Auto (Hauptform)|Kraftwagen|Karre (ugs.)\n", "de", "Mein Auto", "Mein Kraftwagen"),
    "chinese_tsv": ("医生\t大夫\n喜欢\t喜爱\n", "zh", "这位医生在餐馆", "这位大夫在餐馆"),
    "cilin": ("Aa01A01= 医生 大夫\nAa01A02# 餐馆 房间\n", "zh", "医生在餐馆", "大夫在餐馆"),
}


@pytest.mark.parametrize("step", ["synonym", "random_insert"])
@pytest.mark.parametrize("kind", THESAURI)
def test_your_own_thesaurus(kind: str, step: str, tmp_path: Path) -> None:
    content, language, before, after = THESAURI[kind]
    (tmp_path / "t.dat").write_text(content, encoding="utf-8")
    made = used(tmp_path, f"{step}: {{thesaurus: t.dat, rate: 1.0}}", before, language)
    if step == "synonym":
        assert after in made
    else:
        assert any(word in made.splitlines()[-1] for word in ("bus", "bagnole", "Kraftwagen", "大夫"))


def test_a_mythes_file_in_latin_1(tmp_path: Path) -> None:
    (tmp_path / "t.dat").write_bytes("ISO8859-1\nschön|1\n(adj)|hübsch\n".encode("latin-1"))
    assert "Es ist hübsch." in used(tmp_path, "synonym: {thesaurus: t.dat}", "Es ist schön.", "de")


@pytest.mark.parametrize(
    ("content", "language", "code", "says"),
    [
        ("schön\thübsch\n".encode("latin-1"), "de", 2, "t.dat:1: expected utf-8, but byte 4 of the line is not"),
        ("UTF-8\nauto|1\n-|Gefährt\n".encode("latin-1"), "de", 2, "t.dat:3: expected UTF-8"),
        ("Aa01A01= 医生 大夫\n".encode("gbk"), "zh", 2, "t.dat:1: expected utf-8"),
        (b"car,auto\n", "en", 2, "t.dat:1: expected a word and its synonyms with tabs between"),
        (None, "en", 4, "t.dat cannot be read: No such file"),
        (None, "de", 4, "t.dat cannot be read: No such file"),
    ],
)
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_bad_thesaurus(
    tmp_path: Path, command: str, content: bytes | None, language: str, code: int, says: str
) -> None:
    if content is not None:
        (tmp_path / "t.dat").write_bytes(content)
    (tmp_path / "in.csv").write_text("text\nMy car\n")
    sections = {"input": f"{{path: in.csv, text: text, language: {language}}}", "output": "{path: o.csv}"}
    file = write_config(tmp_path, "{a: {steps: [{synonym: {thesaurus: t.dat}}]}}", **sections)
    done = called(command, file, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert says in " ".join(done.stderr.decode().split())
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.parametrize("step", ["synonym", "random_insert"])
def test_a_language_without_synonyms(step: str, tmp_path: Path) -> None:
    sections = {"input": "{path: in.csv, text: text, language: de}"}
    (tmp_path / "in.csv").write_text("text\nMein Auto\n")
    done = called("check", write_config(tmp_path, f"{{a: {{steps: [{step}]}}}}", **sections), cwd=tmp_path)
    assert done.returncode == 2
    says = " ".join(done.stderr.decode().split())
    assert "'de'" in says
    assert "only of en and zh" in says
    assert "TSV, MyThes, Cilin" in says
