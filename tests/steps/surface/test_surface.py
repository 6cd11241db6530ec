from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.errors import ResourceError
from augcli.language import chinese
from augcli.steps.step import Step
from augcli.steps.surface import numbers
from augcli.steps.surface import script as surface
from augcli.steps.surface.case import Case
from augcli.steps.surface.numbers import NumberWords
from augcli.steps.surface.script import Script, Traditional
from augcli.text.edits import Edit, Interval, apply, why_invalid
from augcli.text.rng import Rng
from augcli.text.text import Text

ROW = "北海公园的地址在：北京市西城区地安门西大街24号，人均消费75元，评分4.5分，营业时间10:00-22:00。\n"


def run(step: Step, value: str, language: str, protected: list[Interval] | None = None, key: str = "k") -> str:
    edits = step.edit(Text(value, language, protected or []), Rng(key))
    assert why_invalid(value, edits, protected or []) is None
    assert all(value[start:end] != new for start, end, new in edits)
    return apply(value, edits)


@pytest.mark.parametrize(
    ("to", "before", "after"),
    [
        ("traditional", "他的头发很干，后来发展，皇后在里面\n", "他的頭髮很乾，後來發展，皇后在裏面\n"),
        ("traditional", "頭髮 ok 3点", "頭髮 ok 3點"),
        ("taiwan", "软件里面有鼠标", "軟件裡面有鼠標"),
        ("taiwan_words", "软件里面有鼠标，内存优化", "軟體裡面有滑鼠，記憶體最佳化"),
        ("hongkong", "台湾的卫生软件", "台灣的衞生軟件"),
        ("simplified", "他的頭髮很乾，皇后在後面", "他的头发很干，皇后在后面"),
        ("simplified_from_taiwan", "軟體裡面", "软体里面"),
        ("simplified_from_taiwan_words", "軟體裡面，記憶體", "软件里面，内存"),
        ("simplified_from_hongkong", "衞生", "卫生"),
        ("traditional", "发\0发\ud800发", "發\0發\ud800發"),
        ("traditional", "", ""),
        ("traditional", "no Chinese, 24", "no Chinese, 24"),
    ],
)
def test_traditional(to: Script, before: str, after: str) -> None:
    step = Traditional(to=to)
    step.setup("zh")
    rng = Rng("k")
    assert apply(before, step.edit(Text(before, "zh"), rng)) == after
    assert not rng.used


@pytest.mark.parametrize(
    ("to", "value", "edits"),
    [
        ("traditional", "我想吃美食，发展", [(2, 3, "喫"), (6, 7, "發")]),
        ("taiwan_words", "查内存和软件", [(1, 3, "記憶體"), (4, 5, "軟"), (5, 6, "體")]),
        ("taiwan_words", "可行算法", [(2, 4, "演算法")]),  # 演 belongs to 算法, not to 行
        ("taiwan_words", "内存内存", [(0, 2, "記憶體"), (2, 4, "記憶體")]),
    ],
)
def test_traditional_edits_are_small(to: Script, value: str, edits: list[Edit]) -> None:
    assert Traditional(to=to).edit(Text(value, "zh"), Rng("k")) == edits


def test_traditional_leaves_protected_text() -> None:
    assert run(Traditional(), "头发头发头发", "zh", [(2, 3), (4, 6)]) == "頭髮头發头发"


@pytest.mark.parametrize("to", get_args(Script))
@pytest.mark.parametrize(
    "value", [ROW, "为您推荐鲜鱼口老字号美食街，内存优化与算法", "知識產權，伊利諾，使用者代碼", "内存" * 150]
)
def test_traditional_is_what_opencc_says(to: Script, value: str) -> None:
    from opencc import OpenCC

    assert run(Traditional(to=to), value, "zh") == OpenCC(surface._CONFIGS[to][0]).convert(value)


def test_missing_opencc_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(surface._CONFIGS, "hongkong", ("nonsense", "nonsense"))
    with pytest.raises(ResourceError, match="nonsense"):
        Traditional(to="hongkong").setup("zh")


@pytest.mark.parametrize(
    ("mode", "language", "before", "after"),
    [
        ("lower", "en", "Hello WORLD, don't\n", "hello world, don't\n"),
        ("upper", "de", "Straße und süß", "STRASSE UND SÜSS"),
        ("upper", "fr", "l'été e\u0301te\u0301", "L'ÉTÉ E\u0301TE\u0301"),
        ("title", "en", "don't STOP well-known 3D", "Don't Stop Well-known 3d"),
        ("swap", "en", "Hello wORLD", "hELLO World"),
        ("lower", "el", "ΟΔΟΣ", "οδος"),
        ("lower", "en", "İstanbul", "i\u0307stanbul"),
        ("lower", "tr", "İSTANBUL I\u0307LK IRMAK", "istanbul ilk ırmak"),
        ("upper", "tr", "istanbul ırmak", "İSTANBUL IRMAK"),
        ("title", "az", "istanbul IRMAK", "İstanbul Irmak"),
        ("swap", "tr", "iI ıİ", "İı Ii"),
        ("upper", "zh", "有wifi吗", "有WIFI吗"),
        ("upper", "zh", "你好", "你好"),
    ],
)
def test_case(mode: str, language: str, before: str, after: str) -> None:
    assert run(Case.model_validate({"mode": mode}), before, language) == after


def test_case_draws_among_words_that_would_change() -> None:
    value = "Alpha beta Gamma delta Epsilon zeta Eta theta"
    results = {run(Case(rate=0.5), value, "en", key=f"{n}") for n in range(50)}
    assert {len(re.findall("[A-Z]", result)) for result in results} == {2}
    assert len(results) == 6
    assert run(Case(rate=0), value, "en") == value
    assert run(Case(), value, "en", [(0, 5)]) == "Alpha" + value[5:].lower()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("3 cats, 21 dogs.", "three cats, twenty-one dogs."),
        ("1,000 or 21,234", "one thousand or twenty-one thousand two hundred and thirty-four"),
        ("the 3rd, 12TH and 21st", "the third, twelfth and twenty-first"),
        ("the 11st", "the 11st"),
        ("0 of 5000000", "zero of five million"),
        ("in 1999, 1,999 people", "in 1999, one thousand nine hundred and ninety-nine people"),
        ("in the end 3\n", "in the end three\n"),
        ("5\n6", "five\nsix"),
    ],
)  # fmt: skip
def test_english_digits_to_words(before: str, after: str) -> None:
    assert run(NumberWords(), before, "en") == after


@pytest.mark.parametrize(
    "value",
    [
        "3.50", "10:30", "2020-01-02", "3/4", "B2B", "007", "MP3", "v2.0.1", "$5", "5%", "5€", "-5", "+5", "#1", "5-6",
        "3-year", "1,00", "1,0000", "1.5.2", "2x", "x_1", "٣", "x²", "½", "13800138000",
        "555 1234", "1 000 000", "010 1234",
        "March 3, 2004", "3 March 2004", "999999999999999", "1,000,000,000,000", "@3", "3°", "'90s",
        "90's", "5–6", "e\u03013", "3\u0301",
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "fr", "zh"])
def test_left_in_digits(value: str, language: str) -> None:
    if language == "en" or "March" not in value:
        assert run(NumberWords(), value, language) == value


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("de", "21 Katzen", "einundzwanzig Katzen"),
        ("fr", "80 ans", "quatre-vingts ans"),
        ("es", "16 gatos", "dieciséis gatos"),
        ("nb", "3 katter", "tre katter"),
        ("kk", "3 мысық", "үш мысық"),
    ],
)
def test_other_languages(language: str, before: str, after: str) -> None:
    step = NumberWords()
    step.setup(language)
    assert run(step, before, language) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("three cats, twenty-one dogs", "3 cats, 21 dogs"),
        ("One hundred and one; two thousand, three hundred", "101; 2300"),
        ("twenty one or ten million", "21 or 10000000"),
        ("five and six", "5 and 6"),
        ("THREE\n", "3\n"),
    ],
)
def test_english_words_to_digits(before: str, after: str) -> None:
    assert run(NumberWords(mode="digits"), before, "en") == after


@pytest.mark.parametrize(
    "value",
    [
        "no one", "that one", "one of", "someone", "nineteen ninety-nine", "two thirty", "three point five",
        "two thirds", "twenty-year-old", "a hundred", "one hundred, two hundred", "one two three",
        "tense", "often", "nine's",
        "K-nine", "21",
    ],
)  # fmt: skip
def test_left_in_english_words(value: str) -> None:
    assert run(NumberWords(mode="digits"), value, "en") == value


@given(st.integers(0, 10**12 - 1).filter(lambda number: number != 1))
def test_english_round_trip(number: int) -> None:
    words = run(NumberWords(), f"we saw {number:,} cats", "en")
    assert not re.search("[0-9]", words)
    assert run(NumberWords(mode="digits"), words, "en") == f"we saw {number} cats"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ROW, ROW.replace("24号", "二十四号").replace("75元", "七十五元")),
        ("2020年3月8日", "二〇二〇年三月八日"),
        ("2位，第2位，2月2日，2个月，2年级", "两位，第二位，二月二日，两个月，二年级"),
        ("1,234个人，3万人，20000，", "一千二百三十四个人，三万人，二万，"),
        ("2000年的历史，20年，98年，80年代", "2000年的历史，20年，98年，八十年代"),
        ("798艺术区，1982餐厅，T3航站楼，3点05分", "798艺术区，1982餐厅，T3航站楼，3点05分"),
        ("电话是64014456，十3个", "电话是64014456，十3个"),
    ],
)
def test_chinese_digits_to_words(before: str, after: str) -> None:
    assert run(NumberWords(), before, "zh") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("一共一千二百三十四元", "一共1234元"),
        ("二〇二〇年，一九九零年", "2020年，1990年"),
        ("营业到二十二点，有二十多家，第二十三届", "营业到22点，有20多家，第23届"),
        ("二十一世纪，两百块", "21世纪，200块"),
    ],
)
def test_chinese_words_to_digits(before: str, after: str) -> None:
    assert run(NumberWords(mode="digits"), before, "zh") == after


@pytest.mark.parametrize(
    "value",
    [
        "一个", "三个", "三十而立", "三十六计", "明十三陵", "万一饿了", "千万别去", "一万五", "三五个", "十几个",
        "几十个", "百分之二十", "金百万烤鸭店", "九九嘉", "京西十八潭", "一百货", "三点十五分", "十一黄金周",
    ],
)  # fmt: skip
def test_left_in_chinese_words(value: str) -> None:
    assert run(NumberWords(mode="digits"), value, "zh") == value


@given(st.integers(11, 10**12 - 1))
def test_chinese_round_trip(number: int) -> None:
    words = run(NumberWords(), f"价格：{number:,}元", "zh")
    assert re.fullmatch("价格：[零一二三四五六七八九十百千万亿]+元", words)
    assert run(NumberWords(mode="digits"), words, "zh") == f"价格：{number}元"


def test_both_ways_and_rate() -> None:
    assert run(NumberWords(mode="both"), "3 cats and four dogs", "en") == "three cats and 4 dogs"
    results = {run(NumberWords(rate=0.5), "1, 2, 3, 4", "en", key=f"{n}") for n in range(60)}
    assert len(results) == 6
    assert all(len(re.findall("[0-9]", result)) == 2 for result in results)
    assert run(NumberWords(), "3 cats, 4 dogs", "en", [(0, 6)]) == "3 cats, four dogs"


@pytest.mark.parametrize(
    ("mode", "language", "patterns", "said"),
    [
        ("words", "en", [], None),
        ("words", "zh", ["url"], None),
        ("words", "en", ["number"], "`number`"),
        ("digits", "en", ["number"], None),
        ("digits", "zh", ["number"], "`number`"),
        ("both", "en", ["number"], "`number`"),
        ("words", "xx", [], "'xx'"),
        ("both", "am", [], "'am'"),
        ("digits", "de", [], "English and Chinese"),
        ("both", "de", [], None),
    ],
)
def test_objections(mode: str, language: str, patterns: list[str], said: str | None) -> None:
    config_error = NumberWords.model_validate({"mode": mode}).config_error(language, patterns)
    assert config_error is None if said is None else said in (config_error or "")


@pytest.mark.parametrize(
    ("package", "load"),
    [("num2words", numbers._num2words.__wrapped__), ("opencc", lambda: chinese.converter.__wrapped__("s2t"))],
)
def test_missing_package(monkeypatch: pytest.MonkeyPatch, package: str, load: Callable[[], object]) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ResourceError, match=f"pip install {package}"):
        load()


@pytest.mark.parametrize(
    "value", ["two hundred " * 9999, "二十" * 9999, "亿" * 9999, "9" * 9999, "1,000" * 9999, "1 " * 9999]
)
def test_long_texts_are_no_trouble(value: str) -> None:
    for language in ("en", "zh"):
        assert run(NumberWords(mode="both"), value.strip(), language) == value.strip()


PIECES = st.lists(
    st.sampled_from(
        [
            "3",
            "21",
            "1,000",
            " ",
            ", ",
            "一百",
            "二十",
            "个",
            "年",
            "发",
            "内存",
            "one",
            "two",
            "hundred",
            " and ",
            "-",
            "İ",
            "ß",
        ]
    )
    | st.text(max_size=3),
    max_size=12,
).map("".join)


@given(PIECES, st.integers(0, 9), st.integers(0, 5), st.sampled_from(["en", "zh", "tr", "de"]))
def test_edits_are_valid(value: str, start: int, length: int, language: str) -> None:
    protected = [(start, start + length)] if length and start + length <= len(value) else []
    steps = [Traditional(to="taiwan_words"), Case(mode="swap"), Case(mode="upper", rate=0.5), NumberWords(mode="both")]
    for step in steps:
        assert run(step, value, language, protected) == run(step, value, language, protected)
