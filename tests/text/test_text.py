"""Edits, spans and words against plain models of what they mean."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.errors import ResourceError
from augcli.text.edits import Edit, Interval, apply, merge, move, move_spans, touches, why_invalid
from augcli.text.text import Parts, Text
from augcli.text.words import inside_grapheme, segmenter, word_pattern
from tests.support.corpus import CHINESE, ENGLISH, TEXTS, mixed_texts
from tests.support.helpers import CROSSWOZ, rows

settings.register_profile("text", max_examples=200, derandomize=True, database=None)
fast = settings.get_profile("text")


@st.composite
def edits_of(draw: Any, text: str, most: int = 4) -> list[Edit]:
    """Valid edits of `text`: in order, not overlapping."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=2 * most)))
    new = st.text("xyz -'好", max_size=4)
    return [(start, end, draw(new)) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]


@st.composite
def edited_texts(draw: Any) -> tuple[str, list[Edit]]:
    text = draw(st.text("abc d.", max_size=20))
    return text, draw(edits_of(text))


@st.composite
def intervals_of(draw: Any, length: int) -> Interval:
    start = draw(st.integers(0, length))
    return start, draw(st.integers(start, length))


def naive_apply(text: str, edits: list[Edit]) -> str:
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    return text


@fast
@given(edited_texts())
def test_apply(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    assert apply(text, edits) == naive_apply(text, edits)
    assert why_invalid(text, edits, []) is None


@fast
@given(edited_texts(), st.data())
def test_move_as_characters_travel(case: tuple[str, list[Edit]], data: st.DataObject) -> None:
    """The model: every character knows where it came from, and new ones which edit they belong to."""
    text, edits = case
    start, end = data.draw(intervals_of(len(text)))
    made: list[tuple[str, Any]] = []
    done = 0
    for edit in edits:
        made += [("old", at) for at in range(done, edit[0])]
        made += [("new", edit)] * len(edit[2])
        done = edit[1]
    made += [("old", at) for at in range(done, len(text))]

    def inside(origin: tuple[str, Any]) -> bool:
        kind, of = origin
        if kind == "old":
            return bool(start <= of < end)
        first, last = of[:2]
        return start <= first and last <= end and not (first == last and first in (start, end))

    crossed = any(
        first < end and start < last and not (start <= first and last <= end)
        for first, last, _ in edits
        if first < last
    )
    places = [place for place, origin in enumerate(made) if inside(origin)]
    expected = None if crossed or not places or start == end else (places[0], places[-1] + 1)
    assert move(start, end, edits) == expected


@pytest.mark.parametrize(
    ("edits", "moved"),
    [
        ([], (3, 6)),
        ([(0, 2, "")], (1, 4)),
        ([(3, 3, "x")], (4, 7)),
        ([(6, 6, "x")], (3, 6)),
        ([(4, 4, "x")], (3, 7)),
        ([(3, 6, "x")], (3, 4)),
        ([(3, 6, "")], None),
        ([(2, 6, "x")], None),
        ([(3, 7, "x")], None),
        ([(2, 4, "x")], None),
        ([(3, 4, ""), (4, 6, "")], None),
        ([(7, 9, "xyz")], (3, 6)),
    ],
)
def test_move_examples(edits: list[Edit], moved: Interval | None) -> None:
    assert move(3, 6, edits) == moved
    kept = [(*moved, "city")] if moved else []
    assert move_spans([(3, 6, "city"), (9, 9, "empty")], edits) == kept


@fast
@given(edited_texts(), st.data())
def test_what_is_not_touched_stays(case: tuple[str, list[Edit]], data: st.DataObject) -> None:
    text, edits = case
    places = st.lists(intervals_of(len(text)), max_size=4)
    protected = merge(data.draw(places))
    touching = [edit for edit in edits if touches(protected, edit[0], edit[1])]
    naive = [
        (first, last, new)
        for first, last, new in edits
        if any((first < end and start < last) if first < last else start < first < end for start, end in protected)
    ]
    assert touching == naive
    assert (why_invalid(text, edits, protected) is None) is not bool(naive)
    if not naive:
        after = Text(text, "en", protected).edited(edits)
        assert [after.value[start:end] for start, end in after.protected] == [text[s:e] for s, e in protected]
        assert list(after.protected) == merge(after.protected)


@fast
@given(st.lists(intervals_of(15), max_size=8))
def test_merge_covers_the_same(given_intervals: list[Interval]) -> None:
    merged = merge(given_intervals)
    assert {at for start, end in merged for at in range(start, end)} == {
        at for start, end in given_intervals for at in range(start, end)
    }
    assert all(start < end for start, end in merged)
    assert all(one[1] <= other[0] for one, other in pairwise(merged))


@pytest.mark.parametrize(
    ("edits", "protected", "wrong"),
    [
        ([(0, 1, "x"), (1, 1, "y"), (1, 2, "")], [], None),
        ([(1, 2, "x"), (0, 1, "y")], [], "out of order"),
        ([(0, 2, "x"), (1, 3, "y")], [], "overlaps"),
        ([(2, 1, "x")], [], "out of order"),
        ([(-1, 1, "x")], [], "outside"),
        ([(4, 6, "x")], [], "outside"),
        ([(5, 5, "x")], [], None),
        ([(6, 6, "x")], [], "outside"),
        ([(1, 2, "x")], [(2, 4)], None),
        ([(2, 2, "x")], [(2, 4)], None),
        ([(4, 4, "x")], [(2, 4)], None),
        ([(3, 3, "x")], [(2, 4)], "protected"),
        ([(3, 4, "d")], [(2, 4)], "protected"),
        ([(0, 5, "")], [(2, 4)], "protected"),
        ([(2, 2, "x")], [(0, 2), (2, 4)], None),
    ],
)
def test_why_invalid(edits: list[Edit], protected: list[Interval], wrong: str | None) -> None:
    reason = why_invalid("abcde", edits, protected)
    assert (wrong in reason) if wrong and reason else reason is wrong


@fast
@given(st.text("ab c.-'’éДfor", max_size=30), st.data())
def test_english_words_after_edits_are_those_of_the_new_text(value: str, data: st.DataObject) -> None:
    text = Text(value, "en")
    for _ in range(data.draw(st.integers(1, 4))):
        if data.draw(st.booleans()):
            assert text.words == Text(text.value, "en").words
        text = text.edited(data.draw(edits_of(text.value)))
    assert text.words == Text(text.value, "en").words


@settings(parent=fast, max_examples=100)
@given(
    st.lists(st.sampled_from(["北京", "我", "不", "银行", "，", " ", "e\u0301", "好🏽", "go", "3"]), max_size=12),
    st.data(),
)
def test_chinese_words_after_edits_are_words_of_the_new_text(pieces: list[str], data: st.DataObject) -> None:
    """Words that no edit is near stay; the others need not be what a search of the whole text would find."""
    text = Text("".join(pieces), "zh")
    for _ in range(data.draw(st.integers(1, 3))):
        text.words  # noqa: B018 - found first, so that the edited text starts from them
        borders = [0, *(match.end() for match in regex.finditer(r"\X", text.value))]
        cuts = sorted(data.draw(st.lists(st.sampled_from(borders), max_size=4)))
        new = data.draw(st.sampled_from(["", "上海", "x", "，"]))
        text = text.edited([(start, end, new) for start, end in zip(cuts[::2], cuts[1::2], strict=False)])
        words = text.words
        assert words == merge(words)
        found = {at for start, end in words for at in range(start, end)}
        expected = {at for start, end in Text(text.value, "zh").words for at in range(start, end)}
        assert found == expected


@pytest.mark.parametrize("language", ["en", "zh", "th"])
@pytest.mark.parametrize("name", TEXTS)
def test_words_hold_all_letters_and_cut_no_character(name: str, language: str) -> None:
    value = TEXTS[name]
    words = Text(value, language).words
    borders = {0, *(match.end() for match in regex.finditer(r"\X", value))}
    inside = {at for start, end in words for at in range(start, end)}
    assert words == merge(words)
    assert {at for word in words for at in word} <= borders
    assert {at for at, char in enumerate(value) if char.isalnum()} <= inside


@settings(parent=fast, max_examples=300)
@given(mixed_texts, st.sampled_from(["en", "zh"]))
def test_words_of_generated_texts_cut_no_character(value: str, language: str) -> None:
    borders = {0, *(match.end() for match in regex.finditer(r"\X", value))}
    assert {at for word in Text(value, language).words for at in word} <= borders


WORDS = {
    "I don't, don’t go": ["I", "don't", "don’t", "go"],
    "a well-known U.S. law": ["a", "well-known", "U.S", "law"],
    "3.50 or 1,000?": ["3.50", "or", "1", "000"],
    "'quoted' -x- e.g.": ["quoted", "x", "e.g"],
    "caf\u00e9 cafe\u0301 n\u0303andu\u0301": ["caf\u00e9", "cafe\u0301", "n\u0303andu\u0301"],
    "a👍🏽b 👨‍👩‍👧 🇩🇪": ["a", "b"],
    "1️⃣ one": ["1️⃣", "one"],
    "می\u200cخواهم بروم": ["می\u200cخواهم", "بروم"],
    "हिन्दी में": ["हिन्दी", "में"],
    "葛\U000e0100飾": ["葛\U000e0100飾"],
    "snake_case @user #tag": ["snake_case", "user", "tag"],
    "…!?": [],
    "": [],
    "a--b": ["a", "b"],
    "rock 'n' roll": ["rock", "n", "roll"],
}


@pytest.mark.parametrize("value", WORDS)
def test_words(value: str) -> None:
    assert [value[start:end] for start, end in Text(value).words] == WORDS[value]
    assert [match[0] for match in word_pattern(value).finditer(value)] == WORDS[value]


def test_chinese_words() -> None:
    value = "我今天在北京，买了3.5斤！好🏽"
    words = [value[start:end] for start, end in Text(value, "zh").words]
    assert words == ["我", "今天", "在", "北京", "买", "了", "3.5", "斤", "好🏽"]


MIXED = [
    "2018-06-01买的，15-20分钟就到，foo.bar@x.com，a_b",
    "C++和AT&T，3.5%，.5，5.",
    "卡拉OK、T恤、iPhone 13，１２３ café Привет",
    "AA制#tag%，𠮷野家",
]


def test_chinese_words_are_those_of_jieba() -> None:
    import jieba

    theirs = jieba.Tokenizer()
    for value in [*MIXED, *(row["text"] for row in rows(CROSSWOZ))]:
        found = [(start, end) for word, start, end in theirs.tokenize(value) if any(map(str.isalnum, word))]
        assert segmenter("zh")(value) == found


def test_own_words_are_of_their_run_alone(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("\ufeff云计算平台\n石墨烯电池 5 n\n\n", encoding="utf-8")
    value = "云计算平台和石墨烯电池"
    text = Text(value, "zh", segment=segmenter("zh", str(file)))
    assert [value[start:end] for start, end in text.words] == ["云计算平台", "和", "石墨烯电池"]
    assert [value[start:end] for start, end in text.edited([(5, 6, "或")]).words] == ["云计算平台", "和", "石墨烯电池"]
    assert len(Text(value, "zh").words) > 3


def test_a_file_that_is_no_list_of_own_words(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    with pytest.raises(ResourceError, match=r"input.words: .*words.txt cannot be read: No such file"):
        segmenter("zh", str(file))
    file.write_bytes("云计算平台".encode("gbk"))
    with pytest.raises(ResourceError, match=r"input.words: .*words.txt is not in UTF-8"):
        segmenter("zh", str(file))


@pytest.mark.parametrize(
    ("text", "at", "together"),
    [
        ("ab", 1, False),
        ("e\u0301", 1, True),
        ("e\u0301x", 2, False),
        ("\u0301", 0, True),
        ("👍🏽", 1, True),
        ("a🏽", 1, True),
        ("👩\u200d👩", 1, True),
        ("👩\u200d👩", 2, True),
        ("\r\n", 1, True),
        ("\n\r", 1, False),
        ("1\ufe0f\u20e3", 1, True),
        ("1\ufe0f\u20e3", 2, True),
        ("한글", 1, False),
        ("\u1112\u1161", 1, True),
        ("🇩🇪", 1, True),
        ("ab", 2, False),
        ("", 0, False),
        ("नि", 1, True),
        ("น้ำ", 2, True),
        ("葛\U000e0100", 1, True),
    ],
)
def test_joins(text: str, at: int, together: bool) -> None:
    assert inside_grapheme(text, at) is together


def test_spots_are_words_outside_protected_text() -> None:
    text = Text("one two three four", "en", [(4, 6), (14, 18)])
    assert [text.value[start:end] for start, end in text.editable_words] == ["one", "three"]
    assert (text.is_editable(7, 7), text.is_editable(5, 5), text.is_editable(3, 4), text.is_editable(3, 5)) == (
        True,
        False,
        True,
        False,
    )
    after = text.edited([(0, 3, "a"), (8, 13, "")])
    assert [after.value[start:end] for start, end in after.editable_words] == ["a"]
    assert [after.value[start:end] for start, end in after.protected] == ["tw", "four"]


@pytest.mark.parametrize(("value", "language"), [(ENGLISH, "en"), (CHINESE, "zh")])
def test_no_edits_give_back_the_text(value: str, language: str) -> None:
    text = Text(value, language)
    after = text.edited([])
    assert (after.value, after.words) == (value, text.words)


SPANS = [(3, 9, "city"), (14, 17, "name"), (20, 30, "city"), (24, 30, "name")]
SPANNED = "in Berlin met Ann, (New York City)"


def spanned(*, keeps_spans: bool = True) -> Text:
    return Text(SPANNED, "en", [(10, 13)], spans=SPANS, keeps_spans=keeps_spans)


def test_entities_are_those_that_overlap_no_other() -> None:
    assert spanned().entities() == SPANS[:2]
    assert spanned().entities(["name"]) == [(14, 17, "name")]
    assert Text("aa", spans=[(0, 1, "x"), (1, 2, "x"), (1, 2, "y")]).entities() == [(0, 1, "x")]
    assert Text("aaa", spans=[(0, 3, "x"), (0, 1, "x"), (2, 3, "y")]).entities() == []


@pytest.mark.parametrize(
    ("parts", "words"),
    [("entities", ["Berlin", "Ann"]), (["city"], ["Berlin"]), ("text", ["in"]), (["none"], [])],
)
@pytest.mark.parametrize("keeps_spans", [True, False])
def test_a_text_is_held_to_parts(parts: Parts, words: list[str], keeps_spans: bool) -> None:
    held = spanned(keeps_spans=keeps_spans).only(parts)
    assert [SPANNED[start:end] for start, end in held.editable_words] == words
    assert held.is_editable(5, 5) == ("Berlin" in words)
    for at in (0, 3, 9, len(SPANNED)):
        assert held.is_editable(at, at) == (parts == "text")
        assert (held.why_invalid([(at, at, "x")]) is None) == (parts == "text")
    assert held.why_invalid([(10, 13, "x")]) == "edit (10, 13, 'x') changes protected text"
    assert spanned(keeps_spans=keeps_spans).only(parts) is not held


def test_who_asks_for_the_same_parts_shares_them() -> None:
    text = spanned()
    assert text.only("text") is text.only("text")
    assert text.only(["city"]) is text.only(["city"])
    assert text.only(["city"]) is not text.only("entities")
    assert text.freeing(None) is text.freeing(["city", "name"])


def test_kept_spans_move_with_edits_in_freed_ones() -> None:
    text = spanned()
    assert not text.is_editable(3, 9)
    freed = text.freeing(["city"])
    assert freed.is_editable(3, 9)
    assert not freed.is_editable(14, 17)
    assert not freed.is_editable(20, 23)
    edits = [(3, 9, "Ulm"), (17, 18, "")]
    assert freed.why_invalid(edits) is None
    assert text.kept_types(edits) == ["city"]
    after = text.edited(edits)
    assert [(after.value[start:end], kind) for start, end, kind in after.spans] == [
        ("Ulm", "city"),
        ("Ann", "name"),
        ("New York C", "city"),
        ("York C", "name"),
    ]
    assert not any(after.is_editable(start, end) for start, end, _ in after.spans)
