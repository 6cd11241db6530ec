"""Which encoding bytes are in: charset-normalizer judges, with help where a few bytes are too few for it."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator

_NOT_ASCII = re.compile(rb"[\x80-\xff]+")
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order marks; that of UTF-32 begins as that of UTF-16 does."""
_FEW_NULS = 5
"""A text in UTF-8 in which fewer than one of so many bytes are NUL, and none other controls, is no UTF-16."""
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1f]")
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_BETWEEN = re.compile(r'[\n\r\t,"]')
"""What stands in each file of rows."""
_LATIN = {"cp1250": ("cs", "hr", "hu", "pl", "ro", "sk", "sl"), "cp1254": ("tr",), "cp1257": ("et", "lt", "lv")}
"""Encodings of languages in Latin letters that cp1252 has not; it has all of Latin-1, and the curly quotes."""
_OTHERS = {
    "gb18030": ("zh",),
    "big5": ("zh",),
    "shift_jis": ("ja",),
    "euc_jp": ("ja",),
    "cp949": ("ko",),
    "cp1251": ("be", "bg", "mk", "ru", "sr", "uk"),
    "koi8_r": ("ru",),
    "cp1253": ("el",),
    "cp1255": ("he", "yi"),
    "cp1256": ("ar", "fa", "ur"),
}
"""Encodings of other scripts, with the languages in which each is usual."""
_JAPANESE, _CYRILLIC = ("shift_jis", "euc_jp"), ("cp1251", "koi8_r")
_KANA, _HANGUL = re.compile("[\u3041-\u30fe]"), re.compile("[\uac00-\ud7a3]")
_TOLD = 8
"""So many characters of one script are no chance."""
_PLENTY = 36
"""So many bytes that are not ASCII tell one encoding from the others."""


def wide_encoding(start: bytes) -> str | None:
    """The UTF-16 or UTF-32 that a file which begins with `start` is in, by its mark or by the NUL bytes of ASCII."""
    if name := next((name for mark, name in _MARKS.items() if start.startswith(mark)), None):
        return name
    nuls = start.count(0)
    if not nuls or (_FEW_NULS * nuls < len(start) and begins_in(start, "utf-8") and not _CONTROLS.search(start)):
        return None
    whole = start[: len(start) // 4 * 4]
    return next((name for name in _WIDE if _is_text(whole, name)), None)


def _is_text(data: bytes, encoding: str) -> bool:
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return False
    odd = any(char == "\0" or unicodedata.category(char) in ("Cn", "Co") for char in {*text})
    return bool(_BETWEEN.search(text)) and not odd


def likely_encodings(data: bytes, language: str) -> list[str]:
    """The encodings, the likeliest first, that `data`, which is not UTF-8, may be in; one where that is plain."""
    latin = next((name for name, spoken in _LATIN.items() if language in spoken), None)
    if latin or has_single_letters(data):
        return [name for name in (latin, "cp1252") if name and is_in(data, name)][:1]
    if told := [*_by_script(data)]:
        return told
    from charset_normalizer import from_bytes

    fitting = [match.encoding for match in from_bytes(data, cp_isolation=[*_OTHERS])]
    if fitting and fitting[0] in _CYRILLIC:
        return [min((name for name in _CYRILLIC if is_in(data, name)), key=lambda name: _capitals(data, name))]
    usual = [name for name in fitting if language in _OTHERS[name]]
    plain = sum(byte > 0x7F for byte in data) >= _PLENTY
    return usual[:1] or fitting[: 1 if plain else 2]


def has_single_letters(data: bytes) -> bool:
    """Whether what is not ASCII stands alone, as letters with accents and curly quotes do."""
    runs = _NOT_ASCII.findall(data)
    return sum(map(len, runs)) < 1.5 * len(runs)


def _by_script(data: bytes) -> Iterator[str]:
    """Encodings in which `data` has kana, as all Japanese has, or nothing but Hangul."""
    for name in _JAPANESE:
        letters = _not_ascii(data, name)
        if 4 * len(_KANA.findall(letters)) > len(letters):
            yield name
    korean = [char for char in _not_ascii(data, "euc_kr") if char.isalpha()]
    if len(korean) >= _TOLD and all(map(_HANGUL.match, korean)):
        yield "cp949"


def _not_ascii(data: bytes, encoding: str) -> str:
    return "".join(char for char in data.decode(encoding) if char > "\x7f") if is_in(data, encoding) else ""


def _capitals(data: bytes, encoding: str) -> int:
    """Koi8-r and cp1251 have the capitals where the other one has small letters."""
    return sum(map(str.isupper, data.decode(encoding)))


def begins_in(start: bytes, encoding: str) -> bool:
    """Whether `start`, which may be cut off within a character, can be decoded."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError:
        return False
    return True


def is_in(data: bytes, encoding: str) -> bool:
    """Whether `data` can be decoded."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
