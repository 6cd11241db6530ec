from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from augcli.steps.noise.sentences import ShuffleSentences
from augcli.text.edits import apply, why_invalid
from augcli.text.protect import Protector
from augcli.text.rng import Rng
from augcli.text.sentences import sentences
from augcli.text.text import Text


@pytest.mark.parametrize(
    "marked",
    [
        "Hello there.|How are you?|Fine!",
        "Mr. Smith met Dr. J. Brown.|They talked.",
        "It costs 3.50 now.|OK.",
        "Use e.g. Python.|Done.",
        "Cats, dogs etc. are fine.|Yes.",
        "At 5 p.m. Bob left.|Yes.",
        "At 5 p.m.|We left.",
        "The U.S. Army.|Yes.",
        "Born on Jan. 5 here.|See No. 5 there.|No.|I see.",
        "1. First.|2. Second.",
        'He said "Hi."|Then he left.',
        '"Really?" he asked.|Yes.',
        "Wait... what?|No!?|Yes…|Fine",
        "hello.|how are you.|fine",
        "A title\nA line.|Another",
        "Sad :( Please help.|Thanks.",
        "He left (it was late. Very late.) today.|Yes.",
        "你好。|我来了！|走吧？|好",
        "他说：“你好。我来了。”|然后走了。",
        "（你好。再见）走了。|是的。",
        "等……然后走了。|好。",
        "मैं घर गया।|क्या वह आया?|हाँ॥|ठीक है",
        "میں گھر گیا۔|کیا وہ آیا؟!|ہاں۔",
        "هل جاء؟|نعم!|ذهب إلى البيت.|شكرا",
        "قیمت ۳۔۵ است۔|خوب",
        "သူလာသည်။|ကောင်းပါသည်။",
        "គាត់មក។|ល្អ។",
        "Hi.\u0301 There.|A",
        "好。\u0301对。|是",
        "",
        " \n ",
    ],
)
def test_sentences(marked: str) -> None:
    # | stands for a blank, or between Chinese sentences for nothing
    parts = [part for line in marked.split("\n") for part in line.split("|") if part.strip()]
    chinese = any("\u4e00" <= char <= "\u9fff" for char in marked)
    text = marked.replace("|", "" if chinese else " ")
    assert [text[start:end] for start, end in sentences(text)] == parts


@pytest.mark.parametrize(
    ("value", "language"),
    [("मैं घर गया।वह आया।", "hi"), ("میں گھر گیا۔ کیا وہ آیا؟", "ur"), ("သူလာသည်။ ကောင်းပါသည်။", "my")],
)
def test_sentences_of_other_scripts_are_shuffled(value: str, language: str) -> None:
    (first, second) = [value[start:end] for start, end in sentences(value, language)]
    text = Text(value, language)
    assert apply(value, ShuffleSentences().edit(text, Rng("k"))) == value.replace(second, "\0").replace(
        first, second
    ).replace("\0", first)


_TEXT = st.text(st.sampled_from("aB1.!?…。！؟۔।” )(“（）\"'\n\r\t\u0301\u200d🏻\uff9eDr"), max_size=40) | st.text(
    max_size=40
)


@given(_TEXT)
def test_sentences_are_the_text_without_blanks_between(text: str) -> None:
    done = 0
    for start, end in sentences(text):
        assert start < end
        assert not text[done:start].strip()
        done = end
    assert not text[done:].strip()


@given(_TEXT)
def test_sentences_cut_no_grapheme(text: str) -> None:
    borders = {0} | {match.end() for match in regex.finditer(r"\X", text)}
    for start, end in sentences(text)[1:]:
        assert start in borders or text[start - 1] in "\n\r\x85\u2028\u2029"
        assert end in borders or end == len(text)


@pytest.mark.parametrize("part", ["Abc def. ", ".", ". ", "(", "(.)", "A.", "。", "\n", '." ', " \u0301", "“。"])
def test_sentences_take_linear_time(part: str) -> None:
    """What is not linear takes so long over these that pytest ends it."""
    text = part * (1_000_000 // len(part))
    found = sentences(text)
    kept = "".join(text[start:end] for start, end in found)
    assert "".join(kept.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("language", "marked"),
    [
        ("de", "Das Treffen ist am 3. Oktober um 5 Uhr.|Wir sehen uns am 24. Dezember."),
        ("de", "Er wohnt im 2. Stock.|Das ist die 3. Auflage.|Im 21. Jahrhundert auch."),
        ("de", "Ludwig XIV. König von Frankreich.|Ludwig XIV. war alt."),
        ("de", "Es waren 25.|Danach gingen alle."),
        ("de", "das war am 3. oktober.|danach nicht mehr"),
        ("da", "det var den 3. oktober.|derefter ikke"),
        ("fi", "Juhla on 6. joulukuuta.|Tule mukaan."),
        ("cs", "Přijdu 3. října.|Bude to fajn."),
        ("en", "We have 3.|They have 5."),
    ],
)
def test_ordinals_with_a_full_stop_end_no_sentence(language: str, marked: str) -> None:
    text = marked.replace("|", " ")
    assert [text[start:end] for start, end in sentences(text, language)] == marked.split("|")


MAIL = (
    "The mill in town was closed because\npeople did not like how it looked. Nobody\nwanted to pay. "
    "It was sold\nin May."
)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_sentence_goes_on_over_a_line_break(end: str) -> None:
    text = MAIL.replace("\n", end)
    found = [text[start:end].split() for start, end in sentences(text, wrapped=True)]
    assert [" ".join(parts) for parts in found] == [
        "The mill in town was closed because people did not like how it looked.",
        "Nobody wanted to pay.",
        "It was sold in May.",
    ]
    assert shuffled(text, protected=Protector().intervals(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "Bring these to the summer party:\nsix brown eggs\nfresh butter from the farm",
        "- six brown eggs from the farm\n- butter and milk for the cake",
        "Agent: How can I help you today\nCustomer: my card is lost, please block it",
        "Whose woods these are I think I know\nHis house is in the village though",
        "Opening hours\nwe open at nine in the morning on all days of the week",
        "The first paragraph ends without a mark\n\nand the second begins in lower case",
        "when will my card arrive at my house\ni have been waiting for two weeks now",
    ],
)
def test_lines_of_lists_chats_verses_and_headings_stay_apart(text: str) -> None:
    lines = [line for line in text.split("\n") if line]
    assert [text[start:end] for start, end in sentences(text, wrapped=True)] == lines


def shuffled(value: str, key: str = "k", protected: list[tuple[int, int]] | None = None) -> str:
    text = Text(value, "en", protected or [])
    return apply(value, ShuffleSentences().edit(text, Rng(key)))


def test_separators_stay() -> None:
    value = "One is.  Two is.\n\nThree is.\tFour is."
    orders = {shuffled(value, str(key)) for key in range(400)}
    assert value not in orders
    assert len(orders) == 23  # every order but the first
    for text in orders:
        assert regex.sub(r"\w+ is\.", "", text) == "  \n\n\t"


def test_two_sentences_always_change_places() -> None:
    assert {shuffled("One. Two.", str(key)) for key in range(20)} == {"Two. One."}


@pytest.mark.parametrize(
    "value", ["One.", "Same. Same.", "One. and a tail", "Dear John\nBest wishes", "你好。Hello there."]
)
def test_nothing_to_shuffle(value: str) -> None:
    assert shuffled(value) == value


def test_a_sentence_without_end_mark_stays_last() -> None:
    assert shuffled("One. Two. and then") == "One. Two. and then"
    assert shuffled("One. Two. Three") == "Two. One. Three"


def test_a_sentence_with_protected_text_stays() -> None:
    assert shuffled("One. Two. Three.", protected=[(5, 8)]) == "Three. Two. One."


def test_chinese() -> None:
    assert shuffled("你好。我来了！") == "我来了！你好。"


@given(_TEXT, st.integers(0, 9))
def test_shuffle_keeps_the_sentences(value: str, key: int) -> None:
    edits = ShuffleSentences().edit(Text(value), Rng(str(key)))
    assert why_invalid(value, edits, ()) is None
    assert sorted(apply(value, edits)) == sorted(value)
    assert sorted(new for _, _, new in edits) == sorted(value[start:end] for start, end, _ in edits)
    places = {(start, end) for start, end, _ in edits}
    assert places <= set(sentences(value))


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("es", "La Dra. López llegó. Ud. tiene razón.", 2),
        ("it", "Il sig. Bianchi e il dott. Rossi sono qui. Vieni?", 2),
        ("nl", "Mevr. Jansen komt. Dhr. Smit blijft. Ja.", 3),
        ("pt", "A Sra. Silva chegou. A Dra. Lima também.", 2),
        ("ru", "Проф. Иванов пришёл. Он на ул. Ленина.", 2),
        ("pl", "Ks. Nowak i inż. Kowal. Ul. Polna.", 2),
        ("sv", "Han tvättade sig. Sedan gick han.", 2),
    ],
)
def test_titles_of_a_language_end_no_sentence(language: str, text: str, count: int) -> None:
    assert len(sentences(text, language)) == count
