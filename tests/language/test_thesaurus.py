"""Thesaurus files: three formats, real excerpts, round trips, everything that a file can have wrong."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.errors import ConfigError, ResourceError
from augcli.language.thesaurus import Sense, load

ENGLISH = """UTF-8
's gravenhage|1
(noun)|The Hague|'s Gravenhage|Den Haag|city (generic term)|metropolis (generic term)
hot|4
(adj)|raging|violent (similar term)
(adj)|warm (similar term)
(adj)|live|cold (antonym)
(adv)|blisteringly
good deal|1
(noun)|batch|deal|flock|good deal|mickle
run|2
(verb)|bleed|change state (generic term)
(noun)|tally|score (generic term)|Run|footrace (related term)
"""
GERMAN = """UTF-8
|1
-|(Jahreszahl)|anno (...)
auto|2
-|Auto (Hauptform)|Automobil|Motorwagen (veraltet)|Personenwagen|PKW|Blechbüchse (ugs.)|Fahrzeug (Oberbegriff)
-|auto...|selbst...
beugen|1
-|(sich) beugen|krümmen
"""
RUSSIAN = "\ufeffUTF-8\nбыстрый|3\n(синоним)|скорый|живой (прост.)\n(антоним)|медленный\n(сходный термин)|беглый\n"
INDONESIAN = "ISO-8859-1\nabadi|2\n[a]|kekal|langgeng\n[ant]|sementara\n"
FRENCH = "UTF-8\nà côté|1\n(Adverbe)|auprès|près\nabandon|2\n(Nom)|cession\n(?)|laisser-aller\n"
CILIN = """Aa01A01= 人 士 人物 人士 人
Aa01A02= 人类 生人 全人类
Aa01B03# 良民 顺民
Aa01C05@ 众学生
Ba01A05= 人物 人选
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes | str], Path]:
    def to_file(content: bytes | str) -> Path:
        path = tmp_path / "thesaurus"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return to_file


Write = Callable[[bytes | str], Path]


def test_tsv(write: Write) -> None:
    path = write(
        "# mine\nbig\tlarge\thuge\n\n  \nbig\timportant\nNew York\tBig Apple\t\t\nlarge \t big\tlarge\tbig\n同\t相同\n"
    )
    assert load(path) == {
        "big": [Sense("", ("large", "huge")), Sense("", ("important",))],
        "New York": [Sense("", ("Big Apple",))],
        "large": [Sense("", ("big",))],
        "同": [Sense("", ("相同",))],
    }


def test_english_mythes(write: Write) -> None:
    assert load(write(ENGLISH)) == {
        "'s gravenhage": [Sense("n", ("The Hague", "Den Haag"))],
        "hot": [Sense("a", ("raging",)), Sense("a", ("live",)), Sense("r", ("blisteringly",))],
        "good deal": [Sense("n", ("batch", "deal", "flock", "mickle"))],
        "run": [Sense("v", ("bleed",)), Sense("n", ("tally",))],
    }


def test_german_mythes(write: Write) -> None:
    assert load(write(GERMAN)) == {
        "auto": [Sense("", ("Automobil", "Personenwagen", "PKW"))],
        "beugen": [Sense("", ("krümmen",))],
    }


@pytest.mark.parametrize(
    ("content", "senses"),
    [
        (RUSSIAN, {"быстрый": [Sense("", ("скорый",))]}),
        (INDONESIAN, {"abadi": [Sense("", ("kekal", "langgeng"))]}),
        (FRENCH, {"à côté": [Sense("r", ("auprès", "près"))],
                  "abandon": [Sense("n", ("cession",)), Sense("", ("laisser-aller",))]}),
        ("UTF-8\na|1\n(Sinônimo)unir|unir|a|juntar|\n", {"a": [Sense("", ("unir", "juntar"))]}),
        ("UTF-8\na|1\n≠ discontinuu|întruna|mereu\nb|1\ninterj\n", {"a": [Sense("", ("întruna", "mereu"))]}),
        ("UTF-8\na|1\n(s.)|x\na|1\n   (v.) |y|x\n", {"a": [Sense("n", ("x",)), Sense("v", ("y", "x"))]}),
    ],
)  # fmt: skip
def test_mythes_of_other_languages(write: Write, content: str, senses: dict[str, list[Sense]]) -> None:
    assert load(write(content)) == senses


@pytest.mark.parametrize("encoding", ["ISO8859-1", "iso-8859-2", "cp1250", "UTF-8"])
def test_the_encoding_that_a_mythes_file_names(write: Write, encoding: str) -> None:
    assert load(write(f"{encoding}\näö|1\n-|ü é\n".encode(encoding))) == {"äö": [Sense("", ("ü é",))]}


def test_cilin(write: Write) -> None:
    assert load(write(CILIN)) == {
        "人": [Sense("", ("士", "人物", "人士"))],
        "士": [Sense("", ("人", "人物", "人士"))],
        "人物": [Sense("", ("人", "士", "人士")), Sense("", ("人选",))],
        "人士": [Sense("", ("人", "士", "人物"))],
        "人类": [Sense("", ("生人", "全人类"))],
        "生人": [Sense("", ("人类", "全人类"))],
        "全人类": [Sense("", ("人类", "生人"))],
        "人选": [Sense("", ("人物",))],
    }


@pytest.mark.parametrize("content", [ENGLISH, GERMAN, CILIN, "big\tlarge\nbig\tgreat\n"])
def test_line_ends_and_byte_order_mark_make_no_difference(write: Write, content: str) -> None:
    plain = load(write(content))
    for other in ("\ufeff" + content, content.replace("\n", "\r\n"), content.rstrip("\n"), content + "\n\n"):
        assert load(write(other)) == plain


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "",
            r"thesaurus: expected a thesaurus \(TSV, MyThes, Cilin or Open Multilingual Wordnet\), found no word",
        ),
        ("# nothing\n\n", "found no word with a synonym"),
        ("big\tBig\n", "found no word with a synonym"),
        (
            "big\tlarge\nbig,large\n",
            r"thesaurus:2: expected a word and its synonyms with tabs between, got 'big,large'",
        ),
        ("big\t\n", "thesaurus:1: expected a word and its synonyms"),
        ("\tlarge\n", "thesaurus:1: expected a word and its synonyms"),
        ("x" * 999, r"got 'x{57}\.\.\.'"),
        (
            "big\tlarge\nsmall\tl\u00fc\n".encode("latin-1"),
            "thesaurus:2: expected utf-8, but byte 8 of the line is not",
        ),
        ("big\tlarge\n".encode("utf-16"), "thesaurus:1: expected utf-8"),
        (
            "big\tlarge\n".encode("utf-16-le"),
            "thesaurus:1: expected utf-8, but character 2 of the line is NUL, as",
        ),
        (
            "caf\xe9\tbar\n".encode("cp1252"),
            "thesaurus:1: expected utf-8, but byte 4 of the line is not; save",
        ),
        ("好\t很好\n".encode("gbk"), "thesaurus:1: expected utf-8, but byte 1 of the line is not; save the file"),
        ("Aa01A01= 人 士\n".encode("gbk"), "thesaurus:1: expected utf-8, but byte 10 .*; save the file as UTF-8"),
        ("UTF-8\n", "thesaurus:1: expected a word and its synonyms"),
        (b"UTF-8\na|1\n-|\xe4\n", "thesaurus:3: expected UTF-8, but byte 3 of the line is not"),
        ("microsoft-cp1251\na|1\n-|b\n", "thesaurus:1: expected an encoding such as UTF-8, got 'microsoft-cp1251'"),
        ("hex\na|1\n-|b\n", "thesaurus:1: expected an encoding such as UTF-8, got 'hex'"),
        ("undefined\na|1\n-|b\n", "thesaurus:1: expected an encoding such as UTF-8, got 'undefined'"),
        ("UTF-8\na|1\n-|b\n-|c\n", r"thesaurus:4: expected a word, \| and its number of meanings, got '-\|c'"),
        ("UTF-8\na|2\n-|b\nc|1\n-|d\n", "thesaurus:5: expected a word"),
        ("UTF-8\na|3\n-|b\n", "thesaurus:2: expected 3 lines of meanings, the file has 1 more"),
        (f"UTF-8\na|1\n-|b\nc|{'9' * 5000}\n-|d\n", "thesaurus:4: expected a word"),
        ("Aa01A01= 人 士\n人 士\n", "thesaurus:2: expected a code such as Aa01A01= and words, got '人 士'"),
        ("Aa01A01= 人 士\nAa01A02=\n", "thesaurus:2: expected a code"),
        ("Aa01A01= 人\n", "found no word with a synonym"),
    ],
)
def test_what_is_no_thesaurus(write: Write, content: bytes | str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load(write(content))


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match=r"the thesaurus .*none\.dat cannot be read: No such file"):
        load(tmp_path / "none.dat")
    with pytest.raises(ResourceError, match="cannot be read: Is a directory"):
        load(tmp_path)


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=8).filter(
    lambda word: not word.startswith(("#", "\ufeff"))
)
PHRASES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


@given(st.dictionaries(PHRASES, st.lists(st.lists(PHRASES, min_size=1, max_size=4), min_size=1, max_size=3)))
def test_tsv_round_trip(tmp_path_factory: pytest.TempPathFactory, senses: dict[str, list[list[str]]]) -> None:
    path = tmp_path_factory.getbasetemp() / "thesaurus.tsv"
    lines = [f"{word}\t" + "\t".join(synonyms) for word, known in senses.items() for synonyms in known]
    path.write_bytes("\n".join(["there\tthere now", *lines]).encode())
    expected = {"there": [["there now"]]}
    for word, known in senses.items():
        others = [[other for other in synonyms if other.lower() != word.lower()] for synonyms in known]
        expected[word] = expected.get(word, []) + [list(dict.fromkeys(words)) for words in others if words]
    loaded = load(path)
    assert {word: [list(sense.words) for sense in known] for word, known in loaded.items()} == {
        word: known for word, known in expected.items() if known
    }


@given(st.binary(max_size=60), st.sampled_from([b"", b"UTF-8\na|1\n-|b\n", b"Aa01A01= a b\n", b"a\tb\n"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, tail: bytes, head: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "thesaurus.any"
    path.write_bytes(head + tail)
    with suppress(ConfigError):
        senses = load(path)
        assert all(sense.words and word not in sense.words for word, known in senses.items() for sense in known)


def test_a_big_file_takes_linear_time(write: Write) -> None:
    """What is not linear takes so long over it that pytest ends it."""
    entries = [f"word {n}|1\n(noun)|synonym {n}|other {n}|thing (generic term)\n" for n in range(100_000)]
    senses = load(write("UTF-8\n" + "".join(entries)))
    assert len(senses) == 100_000
    assert senses["word 99999"] == [Sense("n", ("synonym 99999", "other 99999"))]
