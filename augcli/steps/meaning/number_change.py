"""Numbers that give way to others of the same size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import ClassVar, NamedTuple

from pydantic import Field

from augcli.language import chinese
from augcli.steps.operation import Rate
from augcli.steps.papers import CHECKLIST
from augcli.steps.step import PerTextStep, RateStep
from augcli.steps.surface.numbers import stands_for_no_amount
from augcli.text.edits import Edit
from augcli.text.rng import Rng
from augcli.text.sentences import word_set
from augcli.text.text import Text
from augcli.text.words import APOSTROPHES, inside_grapheme

_SIGNS = rf"+\-\u2010-\u2015−~～/\\:：*^_=<>#@&°.,．{APOSTROPHES}"
_NOT_AFTER = _SIGNS.replace("°.,", "")
_BLANKS = r" \u00a0\u2009\u202f"
_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,3})?|[0-9]{1,6}(?:\.[0-9]{1,3})?"
_MONEY = "$€£¥￥₽₩₹"
_UNITS = "km|cm|mm|kg|mg|ml|gb|mb|tb|g|m|l|k|w|h|c|°c|°"
_TIME = re.compile(r"(?<![\w.:：/-])([01]?[0-9]|2[0-3]):([0-5][0-9])(?![\w:：/.-]|\.\d)", re.IGNORECASE)
_HALF_DAY = re.compile(r"(?<![\w.:：/,-])(1[0-2]|[1-9])(:[0-5][0-9])?(?= ?[ap](?:\.m\.|m\b))", re.IGNORECASE)
_SCORE_BEFORE = re.compile(r"\bof $|评分.{0,4}$")
_SCORE_AFTER = re.compile(r"(?: (?:stars?|points?))? (?:out )?of\b")
_RANGE_BEFORE = re.compile(r"\d\S{0,3} ?[-~～–—至到] ?$")
_RANGE_AFTER = re.compile(r" ?\S{0,3} ?[-~～–—至到] ?\d")
_YEAR = re.compile("1[5-9]..|20..")
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_SHORT_MONTHS = "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_MONTH_BEFORE = re.compile(rf"\b(?:{_MONTHS}|{_SHORT_MONTHS})\.? (?:[0-9]{{1,2}},? )?$", re.IGNORECASE)
_MONTH_AFTER = re.compile(rf" (?:of )?(?:{_MONTHS}|{_SHORT_MONTHS})\b", re.IGNORECASE)
_NAMED = word_set(
    "no number nr room flight gate route highway interstate exit page chapter section part volume episode season "
    "version level step grade class channel apartment apt suite floor zip code pin order ticket invoice track line "
    "bus train platform extension ext area figure fig table item question model windows phone id type formula"
)
"""English words behind which a number is a name."""
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[ \u00a0]$")
_COUNTED = re.compile(
    rf"[{_BLANKS}]?(?:[个位家天次张间件台辆套杯瓶碗盘斤元块岁种条只头把句项门米倍公千毫厘平万亿人名角毛克吨里度斤%％℃]"
    "|小时|星期|美元|美金|欧元|英镑|人民币|分钟)"
)
"""What stands behind a Chinese amount; 号, 路, 点, 日, 年 and the like make a name or a date of it."""


class Figure(NamedTuple):
    """A number that may change."""

    start: int
    end: int
    written: str
    most: int
    """The most that its whole part may come to, 0 where its digits alone say that."""


class NumberChange(RateStep, PerTextStep[list[Figure]]):
    """Put other numbers in the place of numbers in digits: as many digits, the same format and unit, as round.

    1,299.50 becomes 4,816.35, 12:30 another time, a percentage one up to 100. Left alone: 0 and 1, dates, years, phone
    numbers, ranges, scores, codes (B2B), ordinals, numbers in names (iPhone 7, Room 204, 5号线), and more than six
    digits without commas. The text says something else then; use it where labels do not depend on numbers.
    """

    name: ClassVar = "number_change"
    family: ClassVar = "meaning"
    may_change_label: ClassVar = True
    paper: ClassVar = CHECKLIST
    uses_words: ClassVar = False
    example: ClassVar = "number_change: {rate: 0.5}"

    rate: Rate = Field(1.0, description="share of the numbers that could change, rounded down")

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if "number" in patterns:
            return (
                "the protected pattern `number` holds what number_change would change; take it out of the patterns, "
                "or leave number_change out"
            )
        return None

    def prepare(self, texts: Sequence[Text]) -> list[list[Figure]]:
        return [_figures(text) for text in texts]

    def propose(self, text: Text, prepared: list[Figure], rng: Rng) -> list[Edit]:
        changed = ((figure, _other(figure, rng)) for figure in self.some(prepared, rng))
        return [(figure.start, figure.end, new) for figure, new in changed if new != figure.written]


def _figures(text: Text) -> list[Figure]:
    value = text.value
    if not any(map(str.isdigit, value)):
        return []
    found = [*_times(value), *_amounts(text)]
    return [
        figure
        for figure in sorted(found)
        if text.is_editable(figure.start, figure.end)
        and not inside_grapheme(value, figure.end)
        and not inside_grapheme(value, figure.start)
    ]


def _times(value: str) -> Iterator[Figure]:
    halves = [match.span() for match in _HALF_DAY.finditer(value)]
    yield from (Figure(start, end, value[start:end], 12) for start, end in halves)
    for match in _TIME.finditer(value):
        start, end = match.span()
        if (start, end) not in halves:
            yield Figure(start, end, value[start:end], 23)


@cache
def _amount(language: str) -> re.Pattern[str]:
    """A number that stands alone or before a unit; in Chinese, Han characters may touch it."""
    letter = rf"[^\W{chinese.HAN}]" if language == "zh" else r"\w"
    return re.compile(
        rf"(?<![{_SIGNS}{chinese.NUMERALS}第])(?<!{letter})(?<![0-9][{_BLANKS}])({_NUMBER})"
        rf"(?![0-9]|[.,．:：][0-9]|[{_NOT_AFTER}])"
        rf"(?=(?i:{_UNITS})?(?!{letter}))(?![{_BLANKS}][0-9])"
    )


def _amounts(text: Text) -> Iterator[Figure]:
    value, language = text.value, text.language
    for match in _amount(language).finditer(value):
        start, end = match.span()
        written = match[1]
        whole = written.replace(",", "").partition(".")[0]
        before, after = value[max(0, start - 24) : start], value[end : end + 12]
        priced = before[-1:] != "" and before[-1] in _MONEY
        plain = written.isdecimal()
        if (whole[0] == "0" and len(whole) > 1) or written.strip("0.,") == "" or written == "1":
            continue
        if plain and not priced and _YEAR.fullmatch(written) and language != "zh":
            continue
        if _SCORE_BEFORE.search(before) or _SCORE_AFTER.match(after) or _HALF_DAY.match(value, start):
            continue
        if _RANGE_BEFORE.search(before) or _RANGE_AFTER.match(after):
            continue
        if stands_for_no_amount(written, before, after, language):
            continue
        if not priced and (_of_chinese(before, after) if language == "zh" else _of_name(before, after)):
            continue
        share = after.lstrip(" ")[:1] in ("%", "％") or after.startswith((" percent", " per cent"))
        if not share:
            yield Figure(start, end, written, 0)
        elif len(whole) < 3:
            yield Figure(start, end, written, 99)


def _of_chinese(before: str, after: str) -> bool:
    """Whether a number in a Chinese text is no amount, so far as what follows tells."""
    return before[-1:] in ("第", "初", "周", "期", "拜") or not _COUNTED.match(after)


def _of_name(before: str, after: str) -> bool:
    """Whether a number is part of a date or of a name: May 5, iPhone 7, room 12."""
    if _MONTH_BEFORE.search(before) or _MONTH_AFTER.match(after):
        return True
    word = _WORD_BEFORE.search(before)
    if not word:
        return False
    if word[1].lower() in _NAMED:
        return True
    lead = before[: -len(word[0])].rstrip(" \"'“‘(")
    opens = not lead or lead[-1] in ".!?:;\n\r"
    return any(map(str.isupper, word[1])) and not opens


def _other(figure: Figure, rng: Rng) -> str:
    """Another number in the format of `figure`."""
    hours, colon, minutes = figure.written.partition(":")
    if colon:
        return f"{_hours(hours, figure.most, rng)}:{_minutes(minutes, rng)}"
    if figure.most == 12:
        return _hours(hours, 12, rng)
    digits = [char for char in figure.written if char.isdigit()]
    round_from = len("".join(digits).rstrip("0"))
    several = len(figure.written.replace(",", "").partition(".")[0]) > 1
    made = []
    for place, digit in enumerate(digits):
        if place >= round_from or (digit == "0" and not place):
            made.append(digit)
        elif place == 0:
            made.append(str(1 + rng.randbelow(9) if several else 2 + rng.randbelow(8)))
        elif place == round_from - 1:
            made.append(str(1 + rng.randbelow(9)))
        else:
            made.append(str(rng.randbelow(10)))
    left = iter(made)
    return "".join([next(left) if char.isdigit() else char for char in figure.written])


def _hours(written: str, most: int, rng: Rng) -> str:
    """An hour with as many digits: up to 9 or from 10 on, or from 00 on where one begins with 0."""
    if len(written) == 1:
        return str(1 + rng.randbelow(9))
    first = 0 if written[0] == "0" else 10
    last = 9 if written[0] == "0" else most
    return f"{first + rng.randbelow(last - first + 1):02}"


def _minutes(written: str, rng: Rng) -> str:
    """Minutes as round as those that are written."""
    step = next(size for size in (30, 15, 5, 1) if int(written) % size == 0)
    return f"{step * rng.randbelow(60 // step):02}"
