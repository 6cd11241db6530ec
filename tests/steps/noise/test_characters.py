from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from augcli.errors import ConfigError, ResourceError
from augcli.language.keyboards import INDIC, LAYOUTS, alphabet, cased, letters, neighbours
from augcli.language.negation import negates
from augcli.language.resources import Lexicon
from augcli.steps.noise import characters, misspelling
from augcli.steps.noise.characters import Action, Ocr, RandomChar, Typo
from augcli.steps.noise.misspelling import Misspelling
from augcli.steps.step import RateStep
from augcli.text import memo
from augcli.text.edits import Interval, apply, why_invalid
from augcli.text.rng import Rng
from augcli.text.text import Text

STEPS = [Typo, Ocr, RandomChar, Misspelling]
STEP = pytest.mark.parametrize("step", STEPS)
ALPHABETS = {
    "de": "abcdefghijklmnopqrstuvwxyzäöüß",
    "el": "αβγδεζηθικλμνξοπρσςτυφχψω",
    "en": "abcdefghijklmnopqrstuvwxyz",
    "es": "abcdefghijklmnñopqrstuvwxyz",
    "fr": "abcdefghijklmnopqrstuvwxyzàçèéù",
    "he": "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
    "it": "abcdefghijklmnopqrstuvwxyzàèéìòù",
    "nl": "abcdefghijklmnopqrstuvwxyz",
    "pl": "aąbcćdeęfghijklłmnńoóprsśtuwyzźż",
    "pt": "abcçdefghijklmnopqrstuvwxyz",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "sv": "abcdefghijklmnopqrstuvwxyzåäö",
    "tr": "abcçdefgğhıijklmnoöprsştuüvyz",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
}
SENTENCE = "The Quick brown fox doesn't believe that NASA will receive a lot of money because of the government. "


def made(step: RateStep, value: str, key: str = "k", language: str = "en") -> str:
    return apply(value, step.edit(Text(value, language), Rng(key)))


def variants(step: RateStep, value: str, language: str = "en", n: int = 150) -> set[str]:
    return {made(step, value, str(key), language) for key in range(n)}


def all_of(step: type[RateStep], **fields: object) -> RateStep:
    return step.model_validate({"rate": 1.0, **fields})


@pytest.mark.parametrize("layout", LAYOUTS)
def test_neighbours_are_symmetric_and_keep_case(layout: str) -> None:
    table = neighbours(layout)
    for letter, near in table.items():
        assert near
        assert len(set(near)) == len(near)
        assert letter not in near
        for other in near:
            assert letter in table[other]
            assert other.isupper() == letter.isupper()


@pytest.mark.parametrize(("layout", "wanted"), ALPHABETS.items())
def test_a_layout_has_its_alphabet_and_no_key_twice(layout: str, wanted: str) -> None:
    assert set(wanted) <= set(letters(layout))
    keys = "".join(LAYOUTS[layout]).replace(" ", "")
    assert len(set(keys)) == len(keys)
    assert set(letters(layout)) - set(neighbours(layout)) <= {"ё"}


def test_every_layout_has_its_alphabet_in_these_tests() -> None:
    assert set(ALPHABETS) | INDIC == set(LAYOUTS)


@pytest.mark.parametrize(
    ("layout", "letter", "near"),
    [
        ("en", "g", "bfhtvy"),
        ("en", "S", "ADEWXZ"),
        ("de", "z", "ghtu"),
        ("de", "p", "loöüß"),
        ("fr", "a", "zqé"),
        ("it", "é", "è"),
        ("pl", "ł", "l"),
        ("tr", "I", "UOJK"),
        ("tr", "i", "şğü"),
        ("tr", "İ", "ŞĞÜ"),
        ("ru", "а", "впкесм"),
        ("el", "Σ", "ΑΔΕΖΧ"),
        ("he", "ש", "דז"),
    ],
)
def test_neighbours(layout: str, letter: str, near: str) -> None:
    assert sorted(neighbours(layout)[letter]) == sorted(near)


@pytest.mark.parametrize(
    ("letter", "model", "language", "wanted"),
    [
        ("i", "A", "en", "I"),
        ("i", "A", "tr", "İ"),
        ("I", "a", "tr", "ı"),
        ("ß", "A", "de", "ß"),
        ("Q", "a", "en", "q"),
        ("q", "天", "zh", "q"),
    ],
)
def test_cased(letter: str, model: str, language: str, wanted: str) -> None:
    assert cased(letter, model, language) == wanted


def test_the_chinese_alphabet_is_level_1_of_gb_2312() -> None:
    common = alphabet("CJK", "zh")
    assert len(set(common)) == len(common) == 3755
    assert (common[0], common[-1]) == ("啊", "座")


def test_the_greek_alphabet_has_no_final_sigma_which_has_no_capital() -> None:
    assert alphabet("GREEK", "el") == ALPHABETS["el"].replace("ς", "")


def words_of(text: Text, least: int = 1) -> list[Interval]:
    return [(s, e) for s, e in text.editable_words if e - s >= least and not negates(text.value[s:e], text.language)]


@STEP
@pytest.mark.parametrize("rate", [0.05, 0.3, 1.0])
def test_rate_is_the_share_of_eligible_words_that_change(step: type[RateStep], rate: float) -> None:
    words = ["receive", "Believe", "GOVERNMENT", "because", "friend", "tomorrow", "separate", "which", "their", "until"]
    text = Text(" ".join([*words, "not", "never", "doesn't", "12", "——"] * 100))
    edits = step.model_validate({"rate": rate}).edit(text, Rng("k"))
    assert len(edits) == int(rate * 1000)
    homes = [next(word for word in text.words if word[0] <= start <= end <= word[1]) for start, end, _ in edits]
    assert len(set(homes)) == len(homes)
    assert all(text.value[start:end] in words for start, end in homes)


@STEP
def test_rate_0_changes_and_draws_nothing(step: type[RateStep]) -> None:
    rng = Rng("k")
    assert step.model_validate({"rate": 0.0}).edit(Text(SENTENCE), rng) == []
    assert not rng.used


@STEP
@pytest.mark.parametrize("value", ["", " ", "…", "not never cannot DOESN'T don’t", "123 45.6"])
def test_nothing_to_change(step: type[RateStep], value: str) -> None:
    assert all_of(step).edit(Text(value), Rng("k")) == []


@STEP
def test_a_batch_gives_what_single_texts_give(step: type[RateStep]) -> None:
    first, second = Text(SENTENCE * 3), Text("They believe it.")
    texts, keys = [first, second, first], ["a", "b", "c"]
    chosen = step.model_validate({"rate": 0.3})
    batch = chosen.edit_batch(texts, [Rng(key) for key in keys])
    assert batch == [chosen.edit(Text(text.value), Rng(key)) for text, key in zip(texts, keys, strict=True)]
    assert batch[0] != batch[2]


def test_same_result_for_every_hash_seed() -> None:
    code = (
        "from augcli.steps.noise.characters import *\nfrom augcli.steps.noise.misspelling import Misspelling\n"
        "from augcli.text.text import Text\nfrom augcli.text.rng import Rng\n"
        f"text = Text({SENTENCE!r} * 5)\n"
        "for step in (Typo, Ocr, RandomChar, Misspelling): print(step(rate=0.5).edit(text, Rng('k')))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 1
    assert outputs.pop().count("\n") == 4


CHARS = st.sampled_from(
    [
        *"aeimnorstTHclB'’-. .1é",
        "e\u0301",
        "👍🏽",
        "👩\u200d💻",
        "\u200d",
        "\ufe0f",
        "🏽",
        "各",
        "ك",
        "ῖ",
        "İ",
        "ß",
        "각",
    ]
)
WORDS = st.sampled_from(["receive", "a lot", "of the", "Believe", "NOT", "friend", "их", "naïve", "caf\u0065\u0301s"])
VALUES = st.lists(st.one_of(CHARS, WORDS, st.just(" ")), max_size=40).map("".join)


def boundaries(value: str) -> set[int]:
    return {0} | {match.end() for match in regex.finditer(r"\X", value)}


@STEP
@given(value=VALUES, protected=st.tuples(st.integers(0, 40), st.integers(1, 5)), key=st.text(max_size=3))
def test_edits_are_valid_and_change_letters_only(
    step: type[RateStep], value: str, protected: tuple[int, int], key: str
) -> None:
    start = min(protected[0], len(value))
    intervals = [(start, min(start + protected[1], len(value)))] if start < len(value) else []
    text = Text(value, "en", intervals)
    edits = all_of(step, **({} if step in (Ocr, Misspelling) else {"min_length": 2})).edit(text, Rng(key))
    assert why_invalid(value, edits, intervals) is None
    cuts = boundaries(value)
    for first, last, new in edits:
        assert first in cuts
        assert last in cuts
        assert value[first:last] != new
        assert not regex.search(r"[^\p{L}'\- ]", value[first:last])
        assert " " not in value[first:last] or step is Misspelling
        assert any(s <= first and (last <= e or step is Misspelling) for s, e in words_of(text))


@pytest.mark.parametrize("step", [Typo, RandomChar, Ocr])
@pytest.mark.parametrize(
    "value",
    [
        "cafe\u0301",  # a letter of two code points
        "word\U0001f3fd",  # a skin tone is drawn onto what stands before it
        "word\u200d\U0001f4bb",
        "word\ufe0f",
        "word\u20e3",
        "\u0600word",  # an Arabic number sign is drawn under what follows it
    ],
)
def test_words_with_clusters_stay(step: type[RateStep], value: str) -> None:
    assert variants(all_of(step), value) == {value}
    assert variants(all_of(step), f"word {value}") != {f"word {value}"}


def test_misspelling_leaves_words_under_a_cluster_alone() -> None:
    assert variants(all_of(Misspelling), "receive\U0001f3fd") == {"receive\U0001f3fd"}
    assert "recieve 👍🏽" in variants(all_of(Misspelling), "receive 👍🏽")


@pytest.mark.parametrize(
    ("value", "language", "keyboard"),
    [
        ("letters", "en", None),
        ("LETTERS", "en", None),
        ("Straße", "de", None),
        ("привет", "ru", None),
        ("ΛΌΓΟΣ", "el", None),
        ("письмо", "en", "ru"),
        ("IŞIKLAR", "tr", None),
    ],
)
def test_typos_hit_a_neighbouring_key(value: str, language: str, keyboard: str | None) -> None:
    step = all_of(Typo, keyboard=keyboard)
    table = neighbours(keyboard or language)
    typable = {at for at, letter in enumerate(value) if letter in table}
    wanted = {value[:at] + new + value[at + 1 :] for at in typable for new in table[value[at]]}
    assert variants(step, value, language, 1500) == wanted


@pytest.mark.parametrize(("value", "language"), [("cat", "en"), ("привет", "en"), ("1234", "en"), ("niemals", "de")])
def test_words_that_get_no_typo(value: str, language: str) -> None:
    assert variants(all_of(Typo), value, language) == {value}


def test_a_typo_makes_no_negation() -> None:
    found = variants(all_of(Typo), "bone", n=1000)
    assert "vone" in found
    assert "none" not in found


@pytest.mark.parametrize("layout", sorted(INDIC))
def test_a_slip_in_a_script_of_india_keeps_letters_letters_and_signs_signs(layout: str) -> None:
    for letter, near in neighbours(layout).items():
        assert {other.isalpha() for other in near} == {letter.isalpha()}
        assert {unicodedata.name(other).partition(" ")[0] for other in near} == {
            unicodedata.name(letter).partition(" ")[0]
        }


def test_typos_in_clusters() -> None:
    assert variants(all_of(Typo, min_length=1), "के", "hi") == {"रे", "ते", "गे", "दे", "से", "खे", "को", "कै", "का", "कं"}
    assert variants(all_of(Typo, min_length=1), "नहीं", "hi") == {"नहीं"}
    assert variants(all_of(Typo, keyboard="de", min_length=1), "e\u0301", "de") == {"e\u0301"}


def test_layouts_by_other_names() -> None:
    assert neighbours("azerty") == neighbours("fr")
    assert neighbours("qwertz") == neighbours("de")
    assert Typo(keyboard="qwertz").config_error("en", ()) is None
    assert not Typo(keyboard="qwertz").lexicons("en")


@pytest.mark.parametrize(
    ("name", "content"), [("keys.tsv", "a\tq\ts\n1\t2\n"), ("keys.json", '{"a": ["q", "s"], "1": "2"}')]
)
def test_own_keyboard(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    step = Typo.model_validate({"keyboard": name, "rate": 1, "min_length": 1}, context={"folder": tmp_path})
    assert step.config_error("xx", ()) is None
    assert [lexicon.path() for lexicon in step.lexicons("en")] == [tmp_path / name]
    assert variants(step, "a A b") == {f"{small} {large} b" for small in "qs" for large in "QS"}


@pytest.mark.parametrize(
    ("line", "says"), [("a\tqw", "expected single letters, got 'qw'"), ("a\ta", "'a' lies beside itself; take it out")]
)
def test_bad_keyboards(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "keys.tsv").write_text(line)
    with pytest.raises(ConfigError, match=rf"keys\.tsv:1: {says}"):
        Typo(keyboard=str(tmp_path / "keys.tsv")).setup("en")


def test_own_confusions_of_a_scanner(tmp_path: Path) -> None:
    (tmp_path / "ocr.tsv").write_text("ш\tщ\nrnn\tmn\n", "utf-8")
    step = all_of(Ocr, confusions=str(tmp_path / "ocr.tsv"))
    assert step.config_error("ru", ()) is None
    assert made(step, "шаг не", language="ru") == "щаг не"
    assert made(step, "intearnnal rn") == "inteamnal rn"
    assert [lexicon.licence for lexicon in step.lexicons("ru")] == ["yours"]
    (tmp_path / "bad.tsv").write_text("a\ta\n")
    with pytest.raises(ConfigError, match=r"bad\.tsv:1: 'a' is to be taken for itself"):
        Ocr(confusions=str(tmp_path / "bad.tsv")).setup("en")


def test_ocr_without_confusions_objects_to_other_scripts() -> None:
    assert "set `confusions` to a file" in str(Ocr().config_error("ru", ()))
    assert Ocr().config_error("fr", ()) is None


def test_typo_objects_to_a_language_without_layout() -> None:
    assert "'zh'" in str(Typo().config_error("zh", ()))
    assert "qq" in str(Typo(keyboard="qq").config_error("en", ()))
    assert Typo(keyboard="en").config_error("zh", ()) is None
    assert Typo().config_error("de", ()) is None


@pytest.mark.parametrize(
    ("value", "some"),
    [
        ("modern", {"modem", "m0dern", "moclern", "modcrn"}),
        ("clean", {"dean", "c1ean", "cleon", "olean"}),
        ("Iowa", {"lowa", "1owa", "I0wa", "Iovva"}),
        ("BOSS", {"8OSS", "B0SS", "BQSS", "BO5S"}),
        ("über", {"uber", "ü6er", "übcr"}),
        ("I", {"l", "1"}),
    ],
)
def test_ocr(value: str, some: set[str]) -> None:
    found = variants(all_of(Ocr), value, "de", 600)
    assert some <= found
    assert value not in found


@pytest.mark.parametrize("value", ["0158", "xxx", "not", "Привет"])
def test_ocr_leaves(value: str) -> None:
    assert variants(all_of(Ocr), value) == {value}


def test_ocr_never_changes_case_alone_and_makes_no_negation() -> None:
    table = characters._confusions(None)
    assert not [old for old, new in table.items() if old.lower() in [other.lower() for other in new]]
    found = variants(all_of(Ocr), "net", n=600)
    assert "nct" in found
    assert "not" not in found


def one_deleted(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def test_delete_takes_one_letter_and_keeps_the_capital() -> None:
    found = variants(all_of(RandomChar, action="delete"), "Hello", n=200)
    assert found == {"Ello", "Hllo", "Helo", "Hell"}
    assert variants(all_of(RandomChar, action="delete"), "abcd") == one_deleted("abcd")


def test_insert_adds_one_letter_of_the_same_case() -> None:
    found = variants(all_of(RandomChar, action="insert"), "Hello", n=3000)
    az = ALPHABETS["en"]
    wanted = {"Hello"[:at] + new + "Hello"[at:] for at in range(1, 6) for new in az} | {f"{a.upper()}hello" for a in az}
    assert found == wanted
    assert all(value.isupper() and len(value) == 6 for value in variants(all_of(RandomChar, action="insert"), "HELLO"))


def test_substitute_changes_one_letter() -> None:
    found = variants(all_of(RandomChar, action="substitute"), "Hello", n=3000)
    assert found == {
        "Hello"[:at] + cased(new, "Hello"[at], "en") + "Hello"[at + 1 :]
        for at in range(5)
        for new in ALPHABETS["en"]
        if new != "hello"[at]
    }


def test_swap_exchanges_different_neighbours() -> None:
    assert variants(all_of(RandomChar, action="swap"), "Hello") == {"Ehllo", "Hlelo", "Helol"}
    assert variants(all_of(RandomChar, action="swap"), "aaAA") == {"aaAA"}
    assert variants(all_of(RandomChar, action="swap"), "it's-a") == {"ti's-a"}
    assert variants(all_of(RandomChar, action="swap", min_length=2), "on") == {"on"}  # no negation comes of it


@pytest.mark.parametrize(
    ("value", "language", "script"),
    [("привет", "en", "CYRILLIC"), ("ґанок", "uk", "CYRILLIC"), ("λόγος", "el", "GREEK"), ("שלום", "he", "HEBREW")],
)
@pytest.mark.parametrize("action", ["insert", "substitute"])
def test_new_letters_are_of_the_script_of_the_word(value: str, language: str, script: str, action: Action) -> None:
    found = variants(all_of(RandomChar, action=action), value, language)
    assert len(found) > 30
    assert {char for word in found for char in word} <= set(value) | set(alphabet(script, language))


@pytest.mark.parametrize(("action", "changes"), [("insert", False), ("substitute", False), ("delete", True)])
def test_scripts_without_alphabet_only_lose_letters(action: Action, changes: bool) -> None:
    value = "გამარჯობა"
    assert (variants(all_of(RandomChar, action=action), value) != {value}) == changes


@pytest.mark.parametrize(("action", "growth"), [("insert", 1), ("delete", -1), ("substitute", 0), ("swap", 0)])
def test_chinese_words(action: Action, growth: int) -> None:
    kept = "，没有 Python 和不"
    found = variants(all_of(RandomChar, action=action), f"我喜欢北京{kept}", "zh")
    for changed in found:
        assert changed.startswith("我")
        assert changed.endswith(kept)
        assert len(changed) == 5 + len(kept) + 2 * growth
        assert not negates(changed.removesuffix(kept), "zh")
    assert f"我喜欢北京{kept}" not in found


@pytest.mark.parametrize(
    ("value", "some"),
    [
        ("receive", {"recieve", "recive"}),
        ("Receive", {"Recieve"}),
        ("RECEIVE", {"RECIEVE"}),
        ("a lot", {"alot"}),
        ("A lot", {"Alot"}),
        ("A LOT", {"ALOT"}),
        ("as well", {"aswell"}),
        ("of the", {"ofthe", "of teh"}),
        ("Of The", {"Ofthe", "Of Teh"}),
        ("which", {"whcih"}),
        ("İİ receive", {"İİ recieve"}),
        ("client’s", {"cleint’s"}),
    ],
)
def test_misspellings(value: str, some: set[str]) -> None:
    found = variants(all_of(Misspelling), value, n=400)
    assert some <= found
    assert value not in found


@pytest.mark.parametrize("value", ["a  lot", "a, lot", "a\nlot", "doesn't", "qwrtz", "a-lot"])
def test_what_is_no_place_for_a_misspelling(value: str) -> None:
    assert variants(all_of(Misspelling), value) == {value}


def test_a_phrase_with_a_protected_part_stays() -> None:
    for protected in [(0, 1), (1, 2), (2, 5)]:
        assert all_of(Misspelling).edit(Text("a lot", "en", [protected]), Rng("k")) == []


def test_the_built_in_misspellings_are_no_words_and_no_negations() -> None:
    options = misspelling._misspellings(None, "en").options
    typos = {typo.lower() for known in options.values() for _, _, some in known for typo in some}
    assert len(options) > 10_000
    assert not typos & set(options)
    assert not [typo for typo in typos if negates(typo, "en")]
    assert not [word for word in options if any(negates(part, "en") for part in word.split())]


MAP = {
    "Colour": ["color", "colur"],
    "in order": ["inorder"],
    "in order to": ["inorder to"],
    "to the": ["tothe"],
    "not": ["nto"],
    "iPhone": ["iFone"],
    "u": ["yu"],
}


@pytest.fixture(params=["map.tsv", "map.json"])
def own_map(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / request.param
    lines = "".join(f"{word}\t{typo}\r\n" for word, typos in MAP.items() for typo in typos)
    path.write_text(json.dumps(MAP) if path.suffix == ".json" else "\ufeff" + lines + "\n", "utf-8")
    return str(path)


def test_own_map(own_map: str) -> None:
    step = all_of(Misspelling, map=own_map)
    step.setup("en")
    assert variants(step, "COLOUR") == {"COLOR", "COLUR"}
    assert variants(step, "In order to not receive") == {"Inorder to not receive"}
    assert variants(step, "in order that") == {"inorder that"}
    assert variants(step, "in order to the") == {"inorder to the"}
    assert variants(step, "order to the colours") == {"order tothe colours"}
    assert variants(step, "U u") == {"Yu yu"}
    assert variants(step, "my iPhone", "de") == {"my iFone"}


def test_several_misspellings_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "errors.tsv"
    path.write_text("# mine\ncolour\tcolur\tcoulor\n")
    assert variants(all_of(Misspelling, map=str(path)), "colour") == {"colur", "coulor"}


def test_lexicons_for_the_report(own_map: str) -> None:
    path = Path(own_map)
    step = Misspelling.model_validate({"map": path.name}, context={"folder": path.parent})
    assert [lexicon.path() for lexicon in step.lexicons("en")] == [path]
    assert [lexicon.package for lexicon in Misspelling().lexicons("en")] == ["codespell"]


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("a.tsv", b"word\twrod\nword wrod\n", ConfigError, r"a\.tsv:2: .*'word wrod'"),
        ("a.tsv", b"word\t\n", ConfigError, r"a\.tsv:1: "),
        ("a.tsv", b"\tb\n", ConfigError, r"a\.tsv:1: "),
        ("a.tsv", b"# a\tb\n", ConfigError, r"a\.tsv: expected words and their misspellings, but the file has none"),
        ("a.tsv", b"a\tb\n\xff\tc\n", ConfigError, r"a\.tsv:2: expected utf-8, but byte 1 of the line is not"),
        ("a.json", b'{"a":\n [', ConfigError, r"a\.json:2: not JSON"),
        ("a.json", b'["a"]', ConfigError, r"a\.json: expected an object"),
        ("a.json", b'{"a": {"b": "c"}}', ConfigError, r"under 'a'"),
        ("a.json", b'{"a": [1]}', ConfigError, r"under 'a'"),
        ("a.json", b'{" ": ["b"]}', ConfigError, r"under ' '"),
        ("a.tsv", None, ResourceError, r"a\.tsv cannot be read: No such file"),
    ],
)
def test_bad_maps(tmp_path: Path, name: str, content: bytes | None, error: type[Exception], message: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=message):
        Misspelling(map=str(path)).setup("en")


def test_misspelling_objects_to_other_languages_without_a_map() -> None:
    assert "'de'" in str(Misspelling().config_error("de", ()))
    assert Misspelling(map="x.tsv").config_error("de", ()) is None
    assert Misspelling().config_error("en", ()) is None


@pytest.fixture
def use_lexicon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Lexicon], None]]:
    misspelling._misspellings.cache_clear()
    yield lambda lexicon: monkeypatch.setattr(misspelling, "CODESPELL", lexicon)
    misspelling._misspellings.cache_clear()


def test_missing_codespell_names_the_command(use_lexicon: Callable[[Lexicon], None]) -> None:
    use_lexicon(Lexicon("list", "dictionary.txt", "", "codespell", "no_such_module"))
    with pytest.raises(ResourceError, match="pip install codespell"):
        Misspelling().setup("en")


CODESPELL_LINES = """\
recieve->receive
bresh->brush, fresh,
alot->a lot, allot,
allot->alot of
clas->class, disabled because of a clash
fresh->frisch
cant->cannot
dont->don't
noone->no one
"""


def test_only_certain_misspellings_that_are_no_words_count(
    use_lexicon: Callable[[Lexicon], None], tmp_path: Path
) -> None:
    path = tmp_path / "dictionary.txt"
    path.write_text(CODESPELL_LINES, "utf-8")
    use_lexicon(Lexicon("list", str(path), ""))
    options = misspelling._misspellings(None, "en").options
    assert {word: typos for word, ((_, _, typos),) in options.items()} == {
        "receive": ("recieve",),
        "a lot": ("alot",),
        "class": ("clas",),
    }


def test_memory_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "REMEMBERED", 2)
    lengths = memo.WordCache(len)
    assert [lengths[word] for word in ("a", "bb", "ccc", "a")] == [1, 2, 3, 1]
    assert len(lengths) <= 2
