"""What no step may edit: numbers with their units, HTML entities, emoticons, code, LaTeX, links, paths."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from augcli.steps.noise.words import Punctuation, RandomDelete, RandomSwap, Reverse
from augcli.steps.step import Step
from augcli.steps.surface.case import Case
from augcli.steps.surface.numbers import NumberWords
from augcli.text.edits import apply
from augcli.text.protect import PATTERNS, Protector
from augcli.text.rng import Rng
from augcli.text.sentences import sentences
from augcli.text.text import Text
from tests.support.nasty import DATA

STEPS = [RandomSwap(rate=0.5), RandomDelete(rate=0.5), Punctuation(rate=0.9), Reverse(), Case(mode="upper")]


def outcomes(value: str, language: str = "en") -> Iterator[str]:
    """What some steps make of a text, with all patterns protected."""
    text = Text(value, language, Protector(list(PATTERNS)).intervals(value))
    return (apply(value, step.edit(text, Rng(str(key)))) for step in STEPS for key in range(10))


@pytest.mark.parametrize(
    ("language", "value", "whole"),
    [
        ("en", "They spent 85 million on it, that is 25 percent of $3.5bn", ["85 million", "25 percent", "$3.5bn"]),
        ("en", "Bring 10 kg at 5 pm when it is -5 °C or 3.2% less", ["10 kg", "5 pm", "-5 °C", "3.2%"]),
        ("en", "From May 5, 2020 it took 3 to 5 days and 20 euros", ["May 5, 2020", "3 to 5 days", "20 euros"]),
        ("zh", "公司花了1.24亿元买下26万套房，有120万人，5百多个", ["1.24亿元", "26万套", "120万", "5百多个"]),
        ("zh", "三十多岁的人在5月13日读了第3章，气温28摄氏度", ["三十多岁", "5月13日", "第3章", "28摄氏度"]),
        ("en", "It fell to minus 5 degrees", ["minus 5 degrees"]),
        ("zh", "利率是百分之三点五，开车要1个半小时或者两个半小时，住三周，四个星期，20来岁",
         ["百分之三点五", "1个半小时", "两个半小时", "三周", "四个星期", "20来岁"]),
        ("zh", "先运行`pip install x`就好了，文件在/home/x。", ["`pip install x`", "/home/x"]),
        ("en", "Tom &amp; Jerry &lt;3 caf&eacute; open&nbsp;today &hellip;",
         ["&amp;", "caf&eacute;", "&nbsp;", "&hellip;"]),
        ("en", "Best day ever :D :-D XD <3 so good :P ;-) T_T ^_^",
         [":D", ":-D", "XD", "<3", ":P", ";-)", "T_T", "^_^"]),
        ("zh", "今天真好[哈哈][鼓掌]，可是又下雨了[泪][怒]", ["[哈哈]", "[鼓掌]", "[泪]", "[怒]"]),
        ("en", "Do run `pip install foo` as root, see [the guide](https://a.org/b_a(c).html) or ![logo](img/logo.png)",
         ["`pip install foo`", "[the guide](https://a.org/b_a(c).html)", "![logo](img/logo.png)"]),
        ("en", "We do have $x_i \\leq \\alpha_{ij}$ when \\textbf{is not} holds",
         ["$x_i \\leq \\alpha_{ij}$", "\\textbf{is not}"]),
        ("en", 'Open "C:\\Program Files\\My App\\read me.txt" or /usr/bin/env now',
         ["C:\\Program Files\\My App\\read me.txt", "/usr/bin/env"]),
        ("en", "I fly to [New York](city) on docs.example.museum/a", ["[New York](city)", "docs.example.museum/a"]),
    ],
)  # fmt: skip
def test_protected_units_stay_whole(language: str, value: str, whole: list[str]) -> None:
    changed = False
    for outcome in outcomes(value, language):
        changed |= outcome != value
        assert [unit for unit in whole if unit not in outcome] == []
    assert changed


@pytest.mark.parametrize("value", ["It costs $5 and $6 here", "Either I don`t or you can`t go", "one and/or two"])
def test_words_between_signs_stay_free(value: str) -> None:
    text = Text(value, "en", Protector(list(PATTERNS)).intervals(value))
    assert "and" in {value[start:end] for start, end in text.editable_words} or "or" in value


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the shared data")
@pytest.mark.parametrize(
    ("file", "language", "expression"),
    [
        ("snips/normalised/train.jsonl", "en", r"\d+ (?:percent|million|minutes|hours|days|weeks|pm|am|stars)\b"),
        ("banking77/normalised/train.jsonl", "en", r"[$£€]\d+(?:\.\d+)?|\d+ (?:pounds|euros|days|hours|weeks)\b"),
        ("crosswoz_zh/normalised/test.jsonl", "zh", r"\d+(?:\.\d+)?(?:-\d+)?(?:分|元|小时|点)"),
    ],
)
def test_units_in_real_texts_stay(file: str, language: str, expression: str) -> None:
    tested = 0
    with Path(DATA / file).open(encoding="utf-8") as lines:
        for line in lines:
            value = json.loads(line)["text"]
            if tested == 60 or not (whole := re.findall(expression, value)):
                continue
            tested += 1
            for outcome in outcomes(value, language):
                assert [unit for unit in whole if unit not in outcome] == []
    assert tested == 60


def in_words(value: str, language: str, mode: str = "words") -> str:
    step: Step = NumberWords.model_validate({"mode": mode})
    step.setup(language)
    return apply(value, step.edit(Text(value, language), Rng("key")))


@pytest.mark.parametrize(
    ("language", "value"),
    [
        ("en", "5-10"), ("en", "it takes 3 to 5 days"), ("zh", "5到10个"), ("zh", "5至10天"), ("en", "call 911 now"),
        ("en", "my 10086 bill"), ("zh", "请拨打12345"), ("zh", "12345热线"), ("en", "1. First\n2) Second\n- 3. Third"),
        ("en", "the 2019 model since 1875"), ("en", "5¢ or 5 ¢"), ("de", "am 3. Oktober"), ("de", "der 24. Dezember"),
        ("de", "Siehe Abb. 3 und S. 12"), ("de", "Kap. 4, Nr. 5 und Art. 6"), ("de", "nach § 5"),
        ("de", "im Jahr 2019"),
        ("de", "Er kam am 3."), ("en", "see Fig. 3 and vol. 2, p. 5, pp. 6"), ("en", "No. 5 of ch. 7"),
        ("fr", "en 1998"),
        ("es", "el año 1492"), ("cs", "dne 3. října"), ("fi", "3. kerros"), ("en", "§ 5"), ("en", "n° 5"),
    ],
)  # fmt: skip
def test_number_words_leaves_alone(language: str, value: str) -> None:
    assert in_words(value, language) == value


def test_number_words_still_writes_amounts() -> None:
    assert in_words("3 cats to 2 people", "en") == "three cats to two people"
    assert in_words("das sind 3 Hunde.", "de") == "das sind drei Hunde."
    assert in_words("十到二十个", "zh", "digits") == "十到二十个"
    assert in_words("有二十个", "zh", "digits") == "有20个"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Das Treffen ist am 3. Oktober um 5 Uhr. Wir sehen uns am 24. Dezember. Bitte kommen Sie.",
         ["Das Treffen ist am 3. Oktober um 5 Uhr.", "Wir sehen uns am 24. Dezember.", "Bitte kommen Sie."]),
        ("Siehe Abb. 3 und Nr. 12. Gut so.", ["Siehe Abb. 3 und Nr. 12.", "Gut so."]),
    ],
)  # fmt: skip
def test_german_full_stops(value: str, expected: list[str]) -> None:
    assert [value[start:end] for start, end in sentences(value)] == expected
