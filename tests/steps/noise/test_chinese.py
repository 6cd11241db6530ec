from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.errors import ConfigError, ResourceError
from augcli.language.chinese import NUMERALS, number_of, numeral
from augcli.language.negation import negates
from augcli.steps.noise import chinese
from augcli.steps.noise.chinese import Homophone, Pinyin, SimilarChar
from augcli.steps.step import RateStep
from augcli.text.edits import apply, why_invalid
from augcli.text.rng import Rng
from augcli.text.text import Text

ROWS = [
    "你好，我想吃美食街，帮我推荐一个人均消费在50-100元的餐馆，谢谢。",
    "为您推荐鲜鱼口老字号美食街，人均消费75元，有您想吃的美食街哦。",
    "周一至周日 10:00-22:00。\n他家周边有什么景点吗？\n",
    "不客气，很高兴帮到您。",
    "  哦，那你们去砂锅居（西四店）吧，这里最适合请客吃饭了  ",
]
STEPS: list[RateStep] = [Homophone(), Homophone(tone=True), SimilarChar()]
LEVEL_1 = {
    bytes((high, low)).decode("gb2312")
    for high in range(0xB0, 0xD8)
    for low in range(0xA1, 0xFF)
    if (high, low) <= (0xD7, 0xF9)
}


def strong(step: RateStep) -> RateStep:
    return step.model_copy(update={"rate": 1.0})


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("row", ROWS)
def test_one_common_simplified_character_for_another(step: RateStep, row: str) -> None:
    step.setup("zh")
    edits = strong(step).edit(Text(row, "zh"), Rng("k"))
    assert len(edits) >= len(row) // 12
    for start, end, new in edits:
        old = row[start:end]
        assert end == start + 1
        assert new in LEVEL_1
        assert new != old
        assert not {old, new} & set(NUMERALS)
        assert not negates(old, "zh")
        assert not negates(new, "zh")
    after = apply(row, edits)
    assert len(after) == len(row)
    assert [char for char in after if not "一" <= char <= "鿿"] == [char for char in row if not "一" <= char <= "鿿"]


@pytest.mark.parametrize(
    ("word", "near", "sounds"),
    [
        ("重庆", "崇充虫冲", "中种众"),
        ("重要", "中种众钟", "崇充虫冲"),
        ("银行", "航杭", "型形醒"),
        ("行人", "型形姓", "航杭"),
    ],
)
def test_reading_depends_on_the_word(word: str, near: str, sounds: str) -> None:
    at = max(word.find("重"), word.find("行"))
    drawn = {
        new
        for n in range(500)
        for start, _, new in Homophone(rate=1.0).edit(Text(word, "zh"), Rng(f"{n}"))
        if start == at
    }
    assert drawn & set(near)
    assert not drawn & set(sounds)


def test_tone() -> None:
    text = Text("马", "zh")
    any_tone = {Homophone().edit(text, Rng(f"{n}"))[0][2] for n in range(300)}
    same_tone = {Homophone(tone=True).edit(text, Rng(f"{n}"))[0][2] for n in range(300)}
    assert {"吗", "妈", "骂", "码"} <= any_tone
    assert same_tone <= {"码", "玛", "蚂"}


def test_frequent_homophones_come_more_often() -> None:
    drawn = Counter(Homophone().edit(Text("诗", "zh"), Rng(f"{n}"))[0][2] for n in range(500))
    assert drawn["是"] > 100
    assert len(drawn) > 5


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("value", ["", "。", "hello, 123", "一百二十", "不", "没有", "頭髮", "\ud800\0", "𠀀"])
def test_nothing_to_do(step: RateStep, value: str) -> None:
    assert strong(step).edit(Text(value, "zh"), Rng("k")) == []


@pytest.mark.parametrize("step", STEPS)
def test_rate_and_limits(step: RateStep) -> None:
    text = Text(ROWS[1], "zh")
    eligible = len(strong(step).edit(text, Rng("k")))
    for rate, low, high, wanted in [
        (0.0, 1, None, 0),
        (0.5, 1, None, eligible // 2),
        (0.0001, 3, None, 3),
        (1.0, 1, 2, 2),
    ]:
        sized = step.model_copy(update={"rate": rate, "min": low, "max": high})
        assert len(sized.edit(text, Rng("k"))) == wanted


@pytest.mark.parametrize("step", STEPS)
def test_protected_text_stays(step: RateStep) -> None:
    row = ROWS[1]
    protected = [(4, 13)]
    edits = strong(step).edit(Text(row, "zh", protected), Rng("k"))
    assert why_invalid(row, edits, protected) is None
    assert row[4:13] in apply(row, edits)


@given(
    st.text(alphabet="重庆重要的是不没银行一二三abc 1，。\n頭\ud800𠀀é") | st.text(),
    st.integers(0, 5),
    st.integers(0, 5),
    st.sampled_from(STEPS),
)
def test_edits_are_valid(value: str, start: int, length: int, step: RateStep) -> None:
    protected = [(start, start + length)] if length and start + length <= len(value) else []
    text = Text(value, "zh", protected)
    edits = strong(step).edit(text, Rng("k"))
    assert why_invalid(value, edits, protected) is None
    assert edits == strong(step).edit(text, Rng("k"))


def test_global_random_is_left_alone() -> None:
    state = random.getstate()
    for step in STEPS:
        step.edit(Text(ROWS[0], "zh"), Rng("k"))
    assert random.getstate() == state


def test_missing_pypinyin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypinyin", None)
    with pytest.raises(ResourceError, match="pip install pypinyin"):
        chinese._reader.__wrapped__("NORMAL")


def test_built_in_table_is_clean() -> None:
    table = chinese._by_shape(None)
    assert len(table) == 1858
    for char, candidates in table.items():
        assert {char, *candidates.chars} <= LEVEL_1
        assert char not in candidates.chars
        assert all(char in table[other].chars for other in candidates.chars)


def test_own_confusions(tmp_path: Path) -> None:
    path = tmp_path / "groups.txt"
    path.write_text("\ufeff# mine\n\n好 郝\n我\t哦俄\r\n不部\n", encoding="utf-8")
    step = SimilarChar(confusions=str(path), rate=1.0)
    step.setup("zh")
    text = Text("我好吗，部", "zh")
    seen = {apply(text.value, step.edit(text, Rng(f"{n}"))) for n in range(50)}
    assert seen == {"哦郝吗，部", "俄郝吗，部"}  # 不 may neither leave nor come in


@pytest.mark.parametrize(("line", "why"), [("好", "line 2"), ("好好", "line 2"), ("ab", "line 2"), ("大,太", "line 2")])
def test_bad_confusions(tmp_path: Path, line: str, why: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(f"大太\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"bad\.txt, {why}"):
        SimilarChar(confusions=str(path)).setup("zh")


def test_unreadable_confusions(tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    with pytest.raises(ResourceError, match=r"latin\.txt"):
        SimilarChar(confusions=str(path)).setup("zh")
    path.write_bytes("大太\n".encode("gb2312"))
    with pytest.raises(ConfigError, match=r"latin\.txt is not UTF-8"):
        SimilarChar(confusions=str(path)).setup("zh")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "零"), (10, "十"), (15, "十五"), (20, "二十"), (101, "一百零一"), (110, "一百一十"), (1010, "一千零一十"),
        (1234, "一千二百三十四"), (2000, "二千"), (10500, "一万零五百"), (100010, "十万零一十"),
        (120345, "十二万零三百四十五"),
        (105000, "十万五千"), (100000000, "一亿"), (105000000, "一亿零五百万"), (150000001, "一亿五千万零一"),
        (10**12 - 1, "九千九百九十九亿九千九百九十九万九千九百九十九"),
    ],
)  # fmt: skip
def test_numeral(number: int, words: str) -> None:
    assert numeral(number) == words
    assert number_of(words) == number


@given(st.integers(0, 10**12 - 1))
def test_numeral_round_trip(number: int) -> None:
    assert number_of(numeral(number)) == number


@pytest.mark.parametrize(
    "chars", ["一万五", "三百二", "三五", "千万", "万一", "一二三", "二〇二〇", "百二十", "五十千", "一亿亿"]
)
def test_no_number(chars: str) -> None:
    assert number_of(chars) is None


@pytest.mark.parametrize("tone", [False, True])
def test_words_that_sound_the_same(tone: bool) -> None:
    row = "".join(ROWS)
    step = Homophone(rate=1.0, unit="word", tone=tone)
    step.setup("zh")
    read, known = chinese._typed(tone), chinese._word_frequencies()
    edits = step.edit(Text(row, "zh"), Rng("k"))
    assert edits
    for start, end, new in edits:
        assert new in known
        assert new != row[start:end]
        assert read(new) == read(row[start:end])


def test_which_words_are_replaced_by_words() -> None:
    step = Homophone(rate=1.0, unit="word")
    made = {apply("时间不对，一半", step.edit(Text("时间不对，一半", "zh"), Rng(str(key)))) for key in range(60)}
    assert "事件不对，一半" in made
    assert all(value.endswith("不对，一半") for value in made)


@pytest.mark.parametrize(
    ("before", "tone", "after"),
    [
        ("你好，北京", False, "nihao，beijing"),
        ("你好，重庆", True, "nǐhǎo，chóngqìng"),
        ("我要去3号酒店", False, "woyao qu 3 hao jiudian"),
        ("不好，女儿", False, "不好，nver"),
        ("用WiFi上网", False, "yong WiFi shangwang"),
    ],
)
def test_pinyin(before: str, tone: bool, after: str) -> None:
    assert apply(before, Pinyin(rate=1.0, tone=tone).edit(Text(before, "zh"), Rng("k"))) == after
