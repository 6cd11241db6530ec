"""Chinese numerals, and conversion between its scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from augcli.errors import ResourceError

DIGITS = "〇一二三四五六七八九"
NUMERALS = DIGITS + "零两十百千万亿"
NUMBER_SIGNS = frozenset(f"{NUMERALS}半双雙兩几幾倍廿卅俩仨萬億兆壹贰貳叁肆伍陆陸柒捌玖拾佰仟")
"""Characters that tell how many, also within a word: 半价."""
HAN = r"\u3400-\u4dbf\u4e00-\u9fff"


_SIZES = {"亿": 10**8, "万": 10**4, "千": 1000, "百": 100, "十": 10}


def numeral(number: int) -> str:
    """A whole number below 10**12 as it is read: 1234 一千二百三十四, 10 十, 100010 十万零一十."""
    return re.sub("^一十", "十", _numeral(number)) if number else "零"


def _numeral(number: int) -> str:
    for unit, size in _SIZES.items():
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if 0 < low < size // 10 else ""
            return _numeral(high) + unit + gap + _numeral(low)
    return DIGITS[number] if number else ""


def number_of(chars: str) -> int | None:
    """The number that `chars` write out in full, None for anything else (一万五, 三五, 千万)."""
    if len(chars) > 30:  # no number below 10**12 takes so many
        return None
    plain = re.sub("^一十", "十", chars.replace("两", "二").replace("〇", "零"))
    total = section = digit = 0
    for char in plain:
        size = _SIZES.get(char, 0)
        if char == "零":
            continue
        if not size:
            digit = DIGITS.index(char)
        elif size < 10**4:
            section, digit = section + (digit or 1) * size, 0
        elif size == 10**4:
            total, section, digit = total + (section + digit) * size, 0, 0
        else:
            total, section, digit = (total + section + digit) * size, 0, 0
    number = total + section + digit
    return number if number < 10**12 and numeral(number) == plain else None


@cache
def converter(config: str) -> Callable[[str], str]:
    """The function of an OpenCC config, such as t2s. Raises ResourceError when it cannot be loaded."""
    try:
        from opencc import OpenCC

        convert: Callable[[str], str] = OpenCC(config).convert
    except (ImportError, OSError, RuntimeError) as error:
        raise ResourceError(f"OpenCC config {config} cannot be loaded: {error}; `pip install opencc`") from error
    return convert
