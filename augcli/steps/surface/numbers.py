"""How numbers are written: digits to words and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from typing import ClassVar, Literal

from pydantic import Field

from augcli.errors import ResourceError
from augcli.language import chinese
from augcli.steps.operation import Rate
from augcli.steps.step import RateStep
from augcli.text.edits import Edit
from augcli.text.rng import Rng
from augcli.text.sentences import BEFORE_NUMBER, ORDINAL_STOPS
from augcli.text.text import Text
from augcli.text.words import APOSTROPHES, inside_grapheme


class NumberWords(RateStep):
    """Write whole numbers below 10**12 in words, or number words in digits.

    Digits become words in the language of the text (21 twenty-one, 3rd third, 1234 一千二百三十四, 2020年 二〇二〇年).
    Left alone: decimals, dates, times, codes (B2B, 007), percentages, amounts with a currency sign, ranges (5-10, 3 to
    5), years, hotlines (call 911, 10086), numbers that open a list, those that name something (Fig. 3, § 5), ordinals
    with a full stop (3. Oktober), and more than six digits without commas, such as phone numbers. English and Chinese
    number words become digits, except `one`, single Chinese numerals and those inside another word (三十而立).
    """

    name: ClassVar = "number_words"
    family: ClassVar = "surface"
    example: ClassVar = "number_words: {mode: both, rate: 0.5}"

    rate: Rate = Field(1.0, description="share of the numbers that could change, rounded down")
    mode: Literal["words", "digits", "both"] = Field(
        "words", description="what numbers become: words (3 three), digits (three 3) or both (each the other)"
    )

    def setup(self, language: str) -> None:
        if language != "zh":
            _num2words()

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.mode != "digits" and language != "zh" and _CODES.get(language, language) not in _num2words()[1]:
            return f"num2words has no number words for language {language!r}; leave number_words out"
        if self.mode == "digits" and language not in ("en", "zh"):
            return "number_words reads English and Chinese number words only; use mode: words"
        if "number" in patterns and (self.mode != "digits" or language == "zh"):
            return (
                "the protected pattern `number` holds what number_words would change; take it out of the patterns, "
                "or leave number_words out"
            )
        return None

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        found: list[Edit] = []
        if self.mode != "digits":
            found += _to_words(text)
        if self.mode != "words":
            found += _to_digits(text)
        eligible = sorted(edit for edit in found if text.is_editable(edit[0], edit[1]))
        return self.some(eligible, rng)


_BLANKS = r" \u00a0\u2009\u202f"  # between the parts of one number: 138 0013 8000, 10 000
_NOT_SPOKEN = frozenset({"am"})  # num2words 0.5.14 does not return from 1234 in Amharic
_CODES = {"kk": "kz", "nb": "no"}  # num2words' own, where they are not ISO 639-1
_SIGNS = rf"+\-\u2010-\u2015−~～/\\:*^_=<>#@&%‰°{APOSTROPHES}"


@cache
def _num2words() -> tuple[Callable[..., str], frozenset[str]]:
    try:
        from num2words import CONVERTER_CLASSES, num2words
    except ImportError as error:
        raise ResourceError(f"num2words cannot be loaded: {error}; `pip install num2words`") from error
    return num2words, frozenset(CONVERTER_CLASSES) - _NOT_SPOKEN


@lru_cache(1 << 14)
def _spoken(number: int, language: str, kind: str = "cardinal") -> str | None:
    """`number` in words without commas, None where num2words cannot say it."""
    try:
        words = _num2words()[0](number, lang=_CODES.get(language, language), to=kind)
    except (NotImplementedError, OverflowError, KeyError, IndexError):
        return None
    return words.replace(",", "").strip() or None


@cache
def _digits(language: str) -> re.Pattern[str]:
    """A whole number that stands alone, with an English ordinal ending; Han characters may touch it in Chinese."""
    letter = rf"[^\W{chinese.HAN}]" if language == "zh" else r"\w"
    ending = "((?:st|nd|rd|th)?)" if language == "en" else "()"
    return re.compile(
        rf"(?<![{_SIGNS}.,$€£¥￥₽₩₹{chinese.NUMERALS}])(?<!{letter})(?<!\d[{_BLANKS}．：])"
        rf"([0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]+)(?i:{ending})"
        rf"(?!{letter}|[{_SIGNS}]|[{_BLANKS}]?[€£¢]|[.,．：{_BLANKS}]\d|点0)"
    )


def _to_words(text: Text) -> Iterator[Edit]:
    value, language = text.value, text.language
    for match in _digits(language).finditer(value):
        start, end = match.span()
        digits = match[1].replace(",", "")
        long = len(match[1]) > 6 and match[1] == digits and not digits.endswith("0000")
        accented = inside_grapheme(value, end) or (start and inside_grapheme(value, start - 1))
        if long or accented or len(digits) > 12 or (digits[0] == "0" and len(digits) > 1):
            continue
        before, after = value[max(0, start - 24) : start], value[end : end + 12]
        if stands_for_no_amount(match[1], before, after, language):
            continue
        if language == "zh":
            new = _chinese(digits, before, after)
        elif language == "en":
            new = _english(match[1], match[2].lower(), before, after)
        else:
            new = _spoken(int(digits), language)
        if new:
            yield (start, end, new)


_RANGE_BEFORE = re.compile(r"\d\w{0,2} (?:to|bis) $|\d\w? ?[至到] ?$")
_RANGE_AFTER = re.compile(r"\w{0,2} (?:to|bis) \W?\d|[^\W\d]? ?[至到] ?\d")
_LIST_AFTER = re.compile(r"[.)、．](?!\d)")
_FULL_STOP_AFTER = re.compile(r"\.(?![.\d])")
_NAMED_BEFORE = re.compile(r"(?:[§№]|\b[nN][°ºo]|\b([^\W\d_]+)\.)[ \u00a0]?$")
_RECENT_YEAR = re.compile("19..|20..")
_YEAR_BEFORE = re.compile(
    r"\b(?:in|since|until|till|year|jahre?|seit|anno|année|an|año|desde|depuis|nel|dal|jaar|sinds|år|rok[ua]?|roce) $",
    re.IGNORECASE,
)
_HOTLINES = frozenset(["10000", "10010", "10086", "12306", "12315", "12345"])
_HOTLINE_BEFORE = re.compile(
    r"(?:\b(?:call|dial|phone|ring|text)(?:ed|ing|s)? |拨打|致电|热线|电话)[：: ]?$", re.IGNORECASE
)
_HOTLINE_AFTER = re.compile(" (?:hotline|call|operator|emergency)| ?热线")


def stands_for_no_amount(number: str, before: str, after: str, language: str) -> bool:
    """Whether a number is no amount: an end of a range, a list number, a hotline, an ordinal, a year, one of Fig. 3."""
    opens = not before.rpartition("\n")[2].strip(" \t-*(（")
    if (opens and _LIST_AFTER.match(after)) or _RANGE_BEFORE.search(before) or _RANGE_AFTER.match(after):
        return True
    if language in ORDINAL_STOPS and _FULL_STOP_AFTER.match(after):
        return True
    if (named := _NAMED_BEFORE.search(before)) and (named[1] is None or named[1].lower() in BEFORE_NUMBER):
        return True
    if language != "zh" and len(number) == 4 and (_RECENT_YEAR.fullmatch(number) or _YEAR_BEFORE.search(before)):
        return True
    return number in _HOTLINES or bool(_HOTLINE_BEFORE.search(before) or _HOTLINE_AFTER.match(after))


_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE_BEFORE = re.compile(rf"\b{_MONTH}(?: [0-9]{{1,2}}(?:st|nd|rd|th)?,?)? $")
_DATE_AFTER = re.compile(rf" (?:of )?{_MONTH}\b")


def _english(digits: str, ending: str, before: str, after: str) -> str | None:
    number = int(digits.replace(",", ""))
    if _DATE_BEFORE.search(before) or _DATE_AFTER.match(after) or ending not in ("", _ordinal_ending(number)):
        return None
    return _spoken(number, "en", "ordinal" if ending else "cardinal")


def _ordinal_ending(number: int) -> str:
    return "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


# 两 stands before these, not 二
_UNITS = "个位家天次张间件台辆套杯瓶碗盘斤元块岁年点种条只头把份句项门节米倍公小分星周千万亿度"
_MEASURES = f"{_UNITS}人月日号时秒角毛克吨里平届期集章页楼层区路站架匹支枝顶片本部课堂班排级多余"
_COUNTED = re.compile(rf"[{_MEASURES}]|世纪|[^{chinese.HAN}]|$")  # before others, part of a name: 798艺术区, 十三陵


def _chinese(digits: str, before: str, after: str) -> str | None:
    if after[:1] == "年" and len(digits) == 4:
        spans_time = re.match("年(?:前|多|的?历史)", after)
        return None if spans_time else "".join(chinese.DIGITS[int(digit)] for digit in digits)
    if after[:1] == "年" and len(digits) == 2 and after[1:2] != "代":
        return None  # 98年 is a year, 20年 a stretch of time
    if not _COUNTED.match(after):
        return None
    if digits == "2" and after[:1] and after[0] in _UNITS and not re.match("年级|号", after):
        return "二" if re.search("(?:第|初|星期|礼拜|周)$", before) else "两"
    return chinese.numeral(int(digits))


def _to_digits(text: Text) -> Iterator[Edit]:
    if text.language == "en":
        return _english_to_digits(text.value)
    return _chinese_to_digits(text) if text.language == "zh" else iter(())


_YEAR = re.compile(f"(?<![{chinese.NUMERALS}])[零{chinese.DIGITS}]{{4}}(?=年)")
_NUMERALS = re.compile(
    f"(?<![几数成点之负0-9{chinese.NUMERALS}])(?<![{chinese.NUMERALS}][到至])[{chinese.NUMERALS}]{{2,}}"
    f"(?![几0-9{chinese.NUMERALS}]|分之|[点到至][{chinese.NUMERALS}])"
)


def _chinese_to_digits(text: Text) -> Iterator[Edit]:
    value = text.value
    for match in _YEAR.finditer(value):
        yield (*match.span(), "".join(str(chinese.DIGITS.find(char) % 10) for char in match[0].replace("零", "〇")))
    starts = {start for start, _ in text.words}
    for match in _NUMERALS.finditer(value):
        start, end = match.span()
        number = chinese.number_of(match[0])
        opens = start in starts or value[start - 1 : start] == "第" or end - start > 3  # 明十三陵: inside a word
        if number is not None and opens and _COUNTED.match(value, end):
            yield (start, end, str(number))


_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_SMALL = (
    f"zero|one|two|three|four|five|six|seven|eight|nine|{_TEENS}|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_VALUES = {word: place if place < 20 else (place - 18) * 10 for place, word in enumerate(_SMALL.split("|"))}
_SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9}
_WORDS = re.compile(
    rf"(?<![\w{APOSTROPHES}.\-])(?:{_SMALL})\b"
    rf"(?:[ -](?:{_SMALL})\b| (?:{'|'.join(_SCALES)})\b(?:,? (?:and )?(?:{_SMALL})\b)?)*",
    re.IGNORECASE,
)
_PART_OF_MORE = re.compile(
    rf"[-{APOSTROPHES}\w]|\.\d"
    r"| (?:point|hal(?:f|ves)|(?:third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)s?)\b",
    re.IGNORECASE,
)


def _english_to_digits(value: str) -> Iterator[Edit]:
    for match in _WORDS.finditer(value):
        number = _english_number(match[0].lower())
        before = value[max(0, match.start() - 6) : match.start()].lower()
        if number is not None and not _PART_OF_MORE.match(value, match.end()) and not before.endswith("point "):
            yield (*match.span(), str(number))


@lru_cache(1 << 14)
def _english_number(words: str) -> int | None:
    """The number that `words` write out in full, None for anything else (nineteen ninety-nine) and `one`."""
    parts = re.findall("[a-z]+", words.replace(" and ", " "))
    if len(parts) > 40:  # no number below 10**12 takes so many
        return None
    total = section = 0
    for part in parts:
        scale = _SCALES.get(part, 1)
        if scale >= 1000:
            total, section = total + section * scale, 0
        else:
            section = section * scale + _VALUES.get(part, 0)
    number = total + section
    spoken = _spoken(number, "en") if number < 10**12 and parts != ["one"] else None
    return number if spoken and re.findall("[a-z]+", spoken.replace(" and ", " ")) == parts else None
