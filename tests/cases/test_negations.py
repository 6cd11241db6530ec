"""Negations in are negations out, in every step and in each language that has a list."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from augcli.chains.compose import StepNode
from augcli.chains.runner import Runner
from augcli.chains.variants import Chain
from augcli.checks.rules import Changed, Unique
from augcli.language.negation import LANGUAGES, count_negations, negates
from augcli.language.resources import CHARACTER_MAPS
from augcli.models.results import Request, Results
from augcli.plugin import find, names
from augcli.steps.noise.characters import Ocr, RandomChar, Typo
from augcli.steps.noise.misspelling import Misspelling
from augcli.steps.noise.words import Blank, RandomDelete, RandomSwap
from augcli.steps.replacement.synonym import RandomInsert, Synonym
from augcli.steps.step import CorpusStep, Step, StepResult
from augcli.steps.surface.case import Case
from augcli.steps.surface.contraction import Contraction
from augcli.steps.translation.back_translation import BackTranslation
from augcli.steps.translation.faults import NEGATED, STRAY, UNKNOWN
from augcli.text.edits import apply
from augcli.text.protect import Protector
from augcli.text.record import Record
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import segmenter
from benchmarks.quality import negated
from tests.support.helpers import ROOT, fit, write_config
from tests.support.running import called, run_in

APOSTROPHES = [
    *("'", "’", "‘", "´", "`", "ʼ", "＇", "′", "\x92", "\\'"),
    *("&#39;", "&#039;", "&apos;", "&rsquo;", "&lsquo;", "&#8217;", "&#146;", "&#x27;", "&#x2019;"),
]


def edited(step: Step, value: str, language: str = "en", key: str = "") -> str:
    return apply(value, step.edit_batch([Text(value, language)], [Rng(key)])[0])


def words(value: str, language: str = "en") -> list[str]:
    return [value[start:end] for start, end in segmenter(language)(value)]


# Apostrophes


@pytest.mark.parametrize("sign", APOSTROPHES)
@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_a_word_joined_by_any_apostrophe_is_one(sign: str, language: str) -> None:
    word = f"don{sign}t"
    assert words(f"I {word} like", language) == ["I", word, "like"]
    assert negates(word, language)
    assert negates(word.upper() if "&" not in sign else word, language)
    assert word in edited(RandomDelete(rate=1.0), f"I {word} like this phone", language)


@pytest.mark.parametrize("sign", APOSTROPHES)
def test_contractions_are_read_and_written_with_any_apostrophe(sign: str) -> None:
    assert edited(Contraction(mode="expand"), f"I don{sign}t want it.") == "I do not want it."
    after = edited(Contraction(mode="contract"), f"I do not want it, as it{sign}s blue.")
    assert after == f"I don{sign}t want it, as it{sign}s blue."


@pytest.mark.parametrize("sign", APOSTROPHES)
def test_case_leaves_html_entities_as_they_are(sign: str) -> None:
    assert edited(Case(mode="upper"), f"it isn{sign}t bad") == f"IT ISN{sign}T BAD"
    assert edited(Case(mode="title"), f"it isn{sign}t bad") == f"It Isn{sign}t Bad"


@pytest.mark.parametrize("step", [Typo(rate=1.0, min_length=1), Ocr(rate=1.0), RandomChar(rate=1.0, min_length=2)])
def test_no_letter_of_an_html_entity_changes(step: Step) -> None:
    value = "The company&rsquo;s phones, and it&#x27;s Anna&apos;s"
    entities = ("company&rsquo;s", "it&#x27;s", "Anna&apos;s")
    for key in range(30):
        assert all(entity in edited(step, value, key=str(key)) for entity in entities)


def test_apostrophes_that_quote_join_nothing() -> None:
    assert words("‘yes’ ''no'' `a` 'b'") == ["yes", "no", "a", "b"]
    assert words("R&D, AT&T and C:\\temp") == ["R", "D", "AT", "T", "and", "C", "temp"]


# Words

KEPT = {
    "ar": [("لا أحب هذا الفيلم ولم أشاهده.", "لا ولم")],
    "ca": [("No m'agrada gens aquesta pel·lícula, mai.", "No gens mai")],
    "cs": [("Nemám rád tento film, nikdy. Nejlepší je nebo.", "Nemám nikdy")],
    "da": [("Jeg kan ikke lide filmen, aldrig, ingen.", "ikke aldrig ingen")],
    "de": [
        ("Nein, das war gut.", "Nein"),
        (
            "Ich habe niemanden und niemandem geholfen, kaum je, keinerlei Fehler, nirgendwo, nix, nimmer, keins.",
            "niemanden niemandem kaum keinerlei nirgendwo nix nimmer keins",
        ),
    ],
    "el": [("Δεν μου αρέσει αυτή η ταινία, ποτέ.", "Δεν ποτέ")],
    "en": [
        ("I do n't like it at all .", "n't"),
        ("I dont like it at all, nothin non profit.", "dont nothin non"),
        ("I aint happy with it.", "aint"),
        ("It mustnt be used today.", "mustnt"),
        ("No-one came, noone and nobody's friend.", "No-one noone nobody's"),
        ("It was a non-issue, not-so-good.", "non-issue not-so-good"),
        ("I can't've liked it, nah.", "can't've nah"),
        ("I do NOT *not* _not_ nót noooot like it here.", "NOT not _not_ nót noooot"),
        ("I donot like it here.", "donot"),
        ("I didnot like it here.", "didnot"),
        ("That isnot my own.", "isnot"),
        ("It works neverrr today.", "neverrr"),
        ("This is not_good today.", "not_good"),
        ("Which I did.Never seen it", "did.Never"),
        ("It isn’t\u200b good here.", "isn’t"),
        ("Wasn't it rarely good, seldom nice, nowhere near fine?", "Wasn't rarely seldom nowhere"),
        ("这个 phone 不好", "不好"),
        ("I don 't like it, can 't say, don' t go.", "don 't can 't don' t"),
        ("It can''t be, I do nt like it, don #39;t go w/o us.", "can''t nt don #39;t w/o"),
        ("She was unable to come, I lack time, unless you wait.", "unable lack unless"),
    ],
    "es": [("No me gusta, ningun problema, jamas.", "No ningun jamas")],
    "fa": [("من این فیلم را دوست ندارم و نمی\u200cخواهم.", "ندارم نمی\u200cخواهم")],
    "fi": [("En pidä tästä elokuvasta, ei koskaan.", "En ei")],
    "fr": [("Je n'aime plus ce produit.", "n'aime"), ("Ce n’est guère mieux, nul ne vient.", "n’est guère nul ne")],
    "he": [("אני לא אוהב את הסרט ולא אותה.", "לא ולא")],
    "hi": [("मुझे यह फिल्म पसंद नहीं है।", "नहीं")],
    "hu": [("Nem szeretem ezt a filmet, soha.", "Nem soha")],
    "id": [("Saya tidak suka film ini.", "tidak")],
    "it": [("Non mi piace, nessun problema, mica.", "Non nessun mica")],
    "ja": [("この 映画 は 好き では ない です。", "ない")],
    "ko": [("이 영화를 안 좋아해요. 재미없어요.", "안 재미없어요")],
    "nb": [("Jeg liker ikke filmen.", "ikke")],
    "nl": [("Ik vind het niks, nauwelijks, nee.", "niks nauwelijks nee")],
    "no": [("Jeg liker ikke filmen.", "ikke")],
    "pl": [("Nie lubię, nikogo, niczego, żadnego.", "Nie nikogo niczego żadnego")],
    "pt": [("Não gosto, nao quero, nenhuma.", "Não nao nenhuma")],
    "ro": [("Nu îmi place acest film, niciodată.", "Nu niciodată")],
    "ru": [
        ("Никому не говори, нету никаких проблем, нигде.", "Никому не нету никаких нигде"),
        ("Я don't знаю", "don't"),
    ],
    "sv": [("Jag gillar inte den här filmen, aldrig, ingen.", "inte aldrig ingen")],
    "tr": [("Bunu sevmiyorum, güzel DEĞİL, hiçbir şey yok.", "sevmiyorum DEĞİL hiçbir yok")],
    "uk": [("Мені не подобається цей фільм, жодного.", "не жодного")],
    "vi": [("Tôi không thích bộ phim này.", "không")],
    "zh": [
        ("這間餐廳沒有冷氣，別去。", "沒有 別去"),
        ("我 don't like 这个产品。", "don't"),
        ("我完全not喜欢这个，never再买。", "not never"),
        ("毫无味道，绝非正品，甭买，休想，未必，從未，並非。", "毫无 绝非 甭 休想 未必 未 並非"),
    ],
}
LOOK_NEGATED = (
    "非常 特别 特別 别人 別人 差不多 别的 个别 個別 级别 級別 性别 性別 无论 無論 未来 未來 不断 不斷 不仅 不僅 不过 "
    "除非 否则 告别 区别 对不起 无数 沉没"
)
NEGATED_CHINESE = "不同意 不过期 不管用 不光滑 不免费 无数据 沉没有 别去 没收到 不错 無法"
KEPT_CASES = [(language, value, kept) for language, pairs in KEPT.items() for value, kept in pairs]


@pytest.mark.parametrize(("language", "value", "kept"), KEPT_CASES)
def test_all_other_words_go(language: str, value: str, kept: str) -> None:
    assert " ".join(words(edited(RandomDelete(rate=1.0), value, language), language)) == kept


def test_every_listed_language_is_tried() -> None:
    assert set(KEPT) | {"nn"} == LANGUAGES
    assert set(negated.LANGUAGES) | {"no", "nn"} == LANGUAGES


def test_the_documents_name_the_languages() -> None:
    page = " ".join((ROOT / "docs/configuration.md").read_text("utf-8").split())
    assert f"Known are the negations of {' '.join(sorted(LANGUAGES))};" in page


@pytest.mark.parametrize(
    ("language", "word"),
    [
        *(("en", word) for word in ("know", "note", "t", "snot")),
        *(("cs", word) for word in ("nebo", "neděle", "nejlepší", "něco", "nemocnice")),
        *(("tr", word) for word in ("namaz", "geliyorsunuz", "temiz", "komedi")),
        *(("fa", word) for word in ("نام", "نفر", "نزدیک", "نظر")),
        *(("ko", word) for word in ("안녕", "안전", "마음")),
        *(("he", word) for word in ("כלא", "מלא")),
        *(("nb", word) for word in ("ingeniør", "ja")),
        *(("zh", word) for word in LOOK_NEGATED.split()),
    ],
)
def test_words_that_only_look_like_it(language: str, word: str) -> None:
    assert not negates(word, language)


@pytest.mark.parametrize("word", NEGATED_CHINESE.split())
def test_chinese_words_that_do_say_no(word: str) -> None:
    assert negates(word, "zh")
    assert count_negations(word, "zh")


@pytest.mark.parametrize("name", ["homophone", "similar_char", "random_char"])
def test_no_character_of_a_word_that_looks_negated_changes_alone(name: str) -> None:
    value = "未来非常特别，性别差不多，别人不仅无论，不好意思，再来一些米饭"
    step = find(Step, name).model_validate({"rate": 1.0})
    step.setup("zh")
    for key in range(30):
        made = edited(step, value, "zh", str(key))
        assert count_negations(made, "zh") == 0
        assert made.startswith("未来非常特别，性别差不多，别人不仅无论，不好意思，")


def test_words_that_look_negated_may_go() -> None:
    assert "非常" not in edited(RandomDelete(rate=0.9), "我非常喜欢这里，特别干净", "zh")
    assert "不" in edited(RandomDelete(rate=0.9), "我不喜欢这里，特别干净", "zh")


@pytest.mark.parametrize("word", ["unable", "without", "hardly", "unlikely", "impossible", "lacks"])
def test_tfidf_brings_in_no_word_that_says_no(word: str, tmp_path: Path) -> None:
    texts = [Text(f"{word} fine place {number}") for number in range(20)] + [Text("the old house stands here")]
    file = tmp_path / "statistics.tsv"
    file.write_bytes(fit(texts).dump())
    step = find(Step, "tfidf").model_validate({"rate": 1.0, "statistics": str(file)})
    assert all(word not in edited(step, "the old house stands here", key=str(key)).lower() for key in range(60))


def test_combined_letters_are_read_as_one() -> None:
    assert negates("na\u0303o", "pt")
    assert negates("\u110b\u1161\u11ab", "ko")


# Steps


@pytest.mark.parametrize("value", ["I do not like it, never buy this", "The film was not good"])
def test_blank_keeps_negations(value: str) -> None:
    before = count_negations(value, "en")
    after = {edited(Blank(rate=0.3), value, key=str(key)) for key in range(40)}
    assert len(after) > 3
    assert {count_negations(one, "en") for one in after} == {before}
    free = {edited(Blank(rate=0.5, keep=[]), value, key=str(key)) for key in range(40)}
    assert any(count_negations(one, "en") < before for one in free)


def test_words_that_moved_beside_another_stay_apart_in_chinese() -> None:
    value = "我 don't like 这个手机 very 好"
    for key in range(60):
        after = edited(RandomSwap(rate=1.0), value, "zh", str(key))
        assert "don't" in words(after, "zh"), after


def test_own_lists_bring_in_no_negation(tmp_path: Path) -> None:
    thesaurus = tmp_path / "own.tsv"
    thesaurus.write_text("selten\tgar nicht\tkaum\tlangsam\n", encoding="utf-8")
    for kind in (Synonym, RandomInsert):
        step = kind(rate=1.0, thesaurus=str(thesaurus), phrases=True)
        made = {edited(step, "Er kommt selten", "de", str(key)) for key in range(30)}
        assert {count_negations(one, "de") for one in made} == {0}
        assert any("langsam" in one for one in made)
    errors = tmp_path / "errors.json"
    errors.write_text(json.dumps({"note": ["not", "noet"], "not": ["nto"]}), encoding="utf-8")
    made = {edited(Misspelling(rate=1.0, map=str(errors)), "I do not note it", key=str(key)) for key in range(30)}
    assert made == {"I do not noet it"}


class Tried(NamedTuple):
    """A step with parameters, in a language."""

    language: str
    name: str
    parameters: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.language}-{self.name}-{'-'.join(map(str, self.parameters.values()))}"


PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "case": [{"mode": "upper"}, {"mode": "title"}, {"mode": "swap"}],
    "contraction": [{"mode": "expand"}, {"mode": "contract"}],
    "masked_lm": [{"rate": 0.5}, {"rate": 0.5, "action": "insert"}, {"rate": 0.5, "masking": "joint"}],
    "homophone": [{"rate": 0.6}, {"rate": 0.6, "unit": "word"}],
    "replace": [
        *({"map": name, "direction": "both"} for name in ("british", "abbreviations", "slang")),
        {"map": "emoji"},
    ],
    "replace_char": [{"map": name, "rate": 0.6} for name in CHARACTER_MAPS],
    "traditional": [{"to": "traditional"}, {"to": "simplified"}],
}


def tried() -> Iterator[Tried]:
    """The steps that are to keep negations: not mix, whose parts have theirs, negate, oov, those of entities,
    nor llm, which test_llm tries."""
    for language in negated.LANGUAGES:
        for name in names(Step):
            kind = find(Step, name)
            if kind.needs_entities or name in ("back_translation", "llm", "llm_examples", "mix", "negate", "oov"):
                continue
            usual: list[dict[str, Any]] = [{"rate": 0.6}] if "rate" in kind.model_fields else [{}]
            for parameters in PARAMETERS.get(name, usual):
                step = kind.model_validate(parameters)
                fits = step.languages is None or language in step.languages
                if fits and not step.config_error(language, []):
                    yield Tried(language, name, parameters)


@pytest.mark.parametrize("one", list(tried()), ids=str)
def test_negations_in_are_negations_out(one: Tried, tmp_path: Path) -> None:
    language = one.language
    texts = [Text(value, language) for value in negated.negated(language, 80)]
    step = find(Step, one.name).model_validate(one.parameters)
    if isinstance(step, CorpusStep):
        file = tmp_path / "statistics.tsv"
        file.write_bytes(fit(texts).dump())
        step = step.model_copy(update={"statistics": str(file)})
    step.setup(language)
    for text, edits in zip(texts, step.edit_batch(texts, [Rng(text.value) for text in texts]), strict=True):
        after = apply(text.value, edits)
        assert negated.count(after, language) == negated.count(text.value, language), (text.value, after)


# Warnings


@pytest.mark.parametrize(
    ("language", "steps", "warned"),
    [
        ("sw", ["random_delete", "blank", "random_swap"], 1),
        ("sw", ["random_swap", {"random_delete": {"keep": []}}], 0),
        ("hi", ["random_delete"], 0),
    ],
)
def test_a_language_without_a_list_is_warned_of_once(
    language: str, steps: list[Any], warned: int, tmp_path: Path
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "Sipendi simu hii hata kidogo"}\n', encoding="utf-8")
    _, outcome = run_in(
        tmp_path, {"path": str(source), "language": language}, "a.jsonl", chains={"a": {"steps": steps}}
    )
    assert sum("negations are not known for language" in warning for warning in outcome.warnings) == warned


def test_check_warns_too(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "Sipendi simu hii hata kidogo"}\n', encoding="utf-8")
    given = {"path": str(source), "text": "text", "language": "sw"}
    file = write_config(tmp_path, "{a: {steps: [random_delete]}}", input=json.dumps(given))
    said = called("check", file, cwd=tmp_path)
    assert said.returncode == 0
    assert b"negations are not known for language 'sw'" in said.stdout + said.stderr


# Back-translation


class Fixed:
    """Translates nothing but one text, when it comes back."""

    model = "fixed@1"
    settings = ""

    def __init__(self, result: str) -> None:
        self._result = result

    def fits(self, text: str) -> bool:
        return True

    def translate(self, requests: Sequence[Request]) -> Iterator[dict[Request, Results]]:
        yield {request: (self._result or request.text,) for request in requests}


@pytest.fixture
def translating(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], BackTranslation]:
    """A step for texts in a language, which all come back as the text given."""

    def step(result: str, language: str) -> BackTranslation:
        monkeypatch.setattr(
            BackTranslation, "_translator", lambda self, _, target: Fixed(result if target == language else "")
        )
        return BackTranslation(backend="google", pivots=["it"])

    return step


@pytest.mark.parametrize(
    ("language", "before", "after", "refused"),
    [
        ("en", "I do not like it.", "I like it a lot.", NEGATED),
        ("en", "I like it.", "I don't like it.", NEGATED),
        ("en", "I don't like it, and never will.", "I never like it and will do so.", NEGATED),
        ("en", "I don&rsquo;t like it.", "I do not like that.", ""),
        ("en", "I can't see it.", "I cannot see that.", ""),
        ("en", "I like it.", "I *foo like it.", UNKNOWN),
        ("en", "I like it.", "I @like it.", UNKNOWN),
        ("en", "I like it.", "I #like it.", UNKNOWN),
        ("en", "I like it #now.", "I am fond of it #now.", ""),
        ("en", "I like it.", "I like <unk>.", UNKNOWN),
        ("en", "I like it.", "I like ⁇ it.", UNKNOWN),
        ("en", "I like it.", "▁I like this.", UNKNOWN),
        ("en", "I like it.", "['] I like this.", STRAY),
        ("en", "I like (it).", "I am fond of (it).", ""),
        ("en", "I like it.", "I &quot;like&quot; it.", STRAY),
        ("en", "It is mine.", "It&#39;s mine.", STRAY),
        ("en", "I like it.", "I am fond\nof it.", STRAY),
        ("de", "Ich mag es nicht.", "Ich mag das.", NEGATED),
        ("zh", "这里没有空调。", "这里有空调。", NEGATED),
        ("zh", "我非常喜欢这里（北京）。", "我很喜欢这里(北京)。", ""),
        ("sv", "Jag gillar det.", "Jag gillar inte det.", NEGATED),
    ],
)
def test_translations_that_say_something_else_are_refused(
    translating: Callable[[str, str], BackTranslation], language: str, before: str, after: str, refused: str
) -> None:
    (edits,) = translating(after, language).edit_batch([Text(before, language)], [Rng("", 1)])
    assert isinstance(edits, StepResult)
    assert edits.refused == refused
    assert bool(edits) is not bool(refused)


def test_refused_translations_are_counted(translating: Callable[[str, str], BackTranslation]) -> None:
    chain = Chain(
        "c", [StepNode(translating("I like *it.", "en"), "back_translation")], [Changed(), Unique()], 1, lambda _: 1
    )
    runner = Runner([chain], seed=1, language="en", protector=Protector([]))
    _, ledgers, *_ = runner.run([Record("a", ("I like it.",)), Record("b", ("I like *it too.",))])
    assert ledgers["c"].refused == {f"back_translation: {UNKNOWN}": 1}
    assert ledgers["c"].written == 1


@pytest.mark.programs("apertium-eng-spa")
def test_no_negation_is_lost_by_apertium() -> None:
    step = BackTranslation(pivots=["es"])
    texts = [Text(value) for value in negated.negated("en", 60)]
    found = step.edit_batch(texts, [Rng(text.value, 1) for text in texts])
    changed = [(text.value, apply(text.value, edits)) for text, edits in zip(texts, found, strict=True) if edits]
    assert len(changed) > 30
    assert [pair for pair in changed if negated.count(pair[0], "en") != negated.count(pair[1], "en")] == []
