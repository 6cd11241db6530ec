"""Letters: which lie beside each other on a keyboard, which a script has, their capitals."""

from __future__ import annotations

import unicodedata
from functools import cache
from math import hypot

_ROW_STARTS = (0.0, 1.5, 1.75, 1.25)
"""Where the rows of an ISO keyboard begin, in key widths: the keys left of 1, at Q, at A, and left of Z."""
_REACH = 1.3
"""A finger that slips hits a key whose middle is at most so far away: the six around a letter."""

LAYOUTS: dict[str, tuple[str, str, str, str]] = {
    "de": ("           ß", "qwertzuiopü", "asdfghjklöä", " yxcvbnm"),
    "el": ("", " ςερτυθιοπ", "ασδφγηξκλ", " ζχψωβνμ"),
    "en": ("", "qwertyuiop", "asdfghjkl", " zxcvbnm"),
    "es": ("", "qwertyuiop", "asdfghjklñ", " zxcvbnm"),
    "fr": ("  é    è çà", "azertyuiop", "qsdfghjklmù", " wxcvbn"),
    "he": ("", "  קראטוןםפ", "שדגכעיחלךף", " זסבהנמצתץ"),
    "it": ("            ì", "qwertyuiopè", "asdfghjklòàù", " zxcvbnm"),
    "nl": ("", "qwertyuiop", "asdfghjkl", " zxcvbnm"),
    "pl": ("", "qwertyuiop", "asdfghjkl", " zxcvbnm"),
    "pt": ("", "qwertyuiop", "asdfghjklç", " zxcvbnm"),
    "ru": ("ё", "йцукенгшщзхъ", "фывапролджэ", " ячсмитьбю"),
    "sv": ("", "qwertyuiopå", "asdfghjklöä", " zxcvbnm"),
    "tr": ("", "qwertyuıopğü", "asdfghjklşi", " zxcvbnmöç"),
    "uk": ("", "йцукенгшщзхї", "фівапролджє", " ячсмитьбю"),
}
"""Rows of keys by language, from the digits down; a blank is a key without a letter."""

_SAME_KEY: dict[str, str] = {"it": "èé", "pl": "aą cć eę lł nń oó sś xź zż", "uk": "гґ"}
"""Letters that share a key, told apart by AltGr or Shift; forgetting that one is the typo."""

_TURKISH_UPPER = {"i": "İ", "ı": "I"}
_TURKISH_LOWER = {large: small for small, large in _TURKISH_UPPER.items()}


def upper(letter: str, language: str) -> str:
    """The capital of `letter`, or empty where it has none of one character that leads back: ß, ς."""
    if language == "tr" and letter in _TURKISH_UPPER:
        return _TURKISH_UPPER[letter]
    large = letter.upper()
    return large if len(large) == 1 and large.lower() == letter.lower() else ""


def lower(letter: str, language: str) -> str:
    """The small letter of `letter`, or empty where it has none of one character."""
    if language == "tr" and letter in _TURKISH_LOWER:
        return _TURKISH_LOWER[letter]
    small = letter.lower()
    return small if len(small) == 1 else ""


def cased(letter: str, model: str, language: str) -> str:
    """`letter` in the case of `model`, where it has one."""
    if model.isupper():
        return upper(letter, language) or letter
    return (lower(letter, language) or letter) if model.islower() else letter


def script(word: str) -> str:
    """LATIN, CJK, ...; empty when the letters of `word` belong to several."""
    names = {unicodedata.name(char, "").partition(" ")[0] for char in word if char.isalpha()}
    return names.pop() if len(names) == 1 else ""


@cache
def alphabet(kind: str, language: str) -> str:
    """Small letters of the script `kind`, or the common characters of Chinese; empty for other scripts."""
    if kind == "CJK":  # level 1 of GB 2312: 3,755 characters
        codes = [bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)]
        return b"".join(codes).decode("gb2312", "ignore")
    layouts = {"LATIN": "en", "GREEK": "el", "HEBREW": "he", "CYRILLIC": "uk" if language == "uk" else "ru"}
    return letters(layouts[kind]).replace("ς", "") if kind in layouts else ""


@cache
def letters(layout: str) -> str:
    """All small letters of `layout`, in the order of the code points."""
    keys = "".join(LAYOUTS[layout]) + _SAME_KEY.get(layout, "")
    return "".join(sorted(set(keys) - {" "}))


@cache
def neighbours(layout: str) -> dict[str, str]:
    """For each letter of `layout`, small or capital, the letters of the same case that a slip of the finger hits."""
    small = {letter: near for letter, near in _small_neighbours(layout).items() if near}
    large = {}
    for letter, near in small.items():
        capital = upper(letter, layout)
        capitals = "".join(upper(other, layout) for other in near)
        if capital and capitals and capital not in small:
            large[capital] = capitals
    return small | large


def _small_neighbours(layout: str) -> dict[str, str]:
    places = [
        (letter, start + at, row)
        for row, (start, keys) in enumerate(zip(_ROW_STARTS, LAYOUTS[layout], strict=True))
        for at, letter in enumerate(keys)
        if letter != " "
    ]
    table = {
        letter: "".join(other for other, x2, y2 in places if other != letter and hypot(x2 - x, y2 - y) <= _REACH)
        for letter, x, y in places
    }
    for plain, marked in map(tuple, _SAME_KEY.get(layout, "").split()):
        table[plain] += marked
        table[marked] = plain
    return table
