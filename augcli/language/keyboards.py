"""Letters: which lie beside each other on a keyboard, which a script has, their capitals."""

from __future__ import annotations

import unicodedata
from functools import cache
from math import hypot
from pathlib import Path

from augcli.errors import ConfigError
from augcli.language.word_maps import read

_ROW_STARTS = (0.0, 1.5, 1.75, 1.25)
"""Where the rows of an ISO keyboard begin, in key widths: the keys left of 1, at Q, at A, and left of Z."""
_REACH = 1.3
"""A finger that slips hits a key whose middle is at most so far away: the six around a letter."""

LAYOUTS: dict[str, tuple[str, str, str, str]] = {
    "bn": ("", "ৌৈাীূবহগদজড", "োে িুপরকতচট", "  ংমন লস  য"),
    "de": ("           ß", "qwertzuiopü", "asdfghjklöä", " yxcvbnm"),
    "el": ("", " ςερτυθιοπ", "ασδφγηξκλ", " ζχψωβνμ"),
    "en": ("", "qwertyuiop", "asdfghjkl", " zxcvbnm"),
    "es": ("", "qwertyuiop", "asdfghjklñ", " zxcvbnm"),
    "fr": ("  é    è çà", "azertyuiop", "qsdfghjklmù", " wxcvbn"),
    "gu": ("", "ૌૈાીૂબહગદજડ", "ોે િુપરકતચટ", "  ંમનવલસ  ય"),
    "he": ("", "  קראטוןםפ", "שדגכעיחלךף", " זסבהנמצתץ"),
    "hi": ("", "ौैाीूबहगदजड", "ोे िुपरकतचट", "  ंमनवलस  य"),
    "it": ("            ì", "qwertyuiopè", "asdfghjklòàù", " zxcvbnm"),
    "kn": ("", "ೌೈಾೀೂಬಹಗದಜಡ", "ೋೇ ಿುಪರಕತಚಟ", " ೆಂಮನವಲಸ  ಯ"),
    "ml": ("", "ൌൈാീൂബഹഗദജഡ", "ോേ ിുപരകതചട", " െംമനവലസ  യ"),
    "nl": ("", "qwertyuiop", "asdfghjkl", " zxcvbnm"),
    "or": ("", "ୌୈାୀୂବହଗଦଜଡ", "ୋେ ିୁପରକତଚଟ", "  ଂମନ ଲସ  ଯ"),
    "pa": ("", "ੌੈਾੀੂਬਹਗਦਜਡ", "ੋੇ ਿੁਪਰਕਤਚਟ", "  ਂਮਨਵਲਸ  ਯ"),
    "pl": ("", "qwertyuiop", "asdfghjkl", " zxcvbnm"),
    "pt": ("", "qwertyuiop", "asdfghjklç", " zxcvbnm"),
    "ru": ("ё", "йцукенгшщзхъ", "фывапролджэ", " ячсмитьбю"),
    "sv": ("", "qwertyuiopå", "asdfghjklöä", " zxcvbnm"),
    "ta": ("", "ௌைாீூ ஹ  ஜ", "ோே ிுபரகதசட", " ெ மநவலஸ  ய"),
    "te": ("", "ౌైాీూబహగదజడ", "ోే ిుపరకతచట", " ెంమనవలస  య"),
    "tr": ("", "qwertyuıopğü", "asdfghjklşi", " zxcvbnmöç"),
    "uk": ("", "йцукенгшщзхї", "фівапролджє", " ячсмитьбю"),
}
"""Rows of keys by language, from the digits down; a blank is a key without a letter. Those of India are InScript."""
ALSO_CALLED = {"azerty": "fr", "qwerty": "en", "qwertz": "de"}
"""Layouts by what they are called after their first keys."""
INDIC = frozenset(("bn", "gu", "hi", "kn", "ml", "or", "pa", "ta", "te"))
"""Layouts whose keys have vowel signs, which make one character as it is drawn with the letter before them."""

_SAME_KEY: dict[str, str] = {
    "it": "èé",
    "pl": "aą cć eę lł nń oó sś xź zż",
    "uk": "гґ",
    "bn": "বভ হঙ গঘ দধ জঝ ডঢ পফ কখ তথ চছ টঠ মণ সশ",
    "gu": "બભ હઙ ગઘ દધ જઝ ડઢ પફ કખ તથ ચછ ટઠ મણ લળ સશ",
    "hi": "बभ हङ गघ दध जझ डढ पफ कख तथ चछ टठ मण लळ सश",
    "kn": "ಬಭ ಹಙ ಗಘ ದಧ ಜಝ ಡಢ ಪಫ ಕಖ ತಥ ಚಛ ಟಠ ಮಣ ಲಳ ಸಶ",
    "ml": "ബഭ ഹങ ഗഘ ദധ ജഝ ഡഢ പഫ രറ കഖ തഥ ചഛ ടഠ മണ വഴ ലള സശ",
    "or": "ବଭ ହଙ ଗଘ ଦଧ ଜଝ ଡଢ ପଫ କଖ ତଥ ଚଛ ଟଠ ମଣ ଲଳ ସଶ",
    "pa": "ਬਭ ਹਙ ਗਘ ਦਧ ਜਝ ਡਢ ਪਫ ਕਖ ਤਥ ਚਛ ਟਠ ਮਣ",
    "ta": "ரற மண நன வழ லள",
    "te": "బభ హఙ గఘ దధ జఝ డఢ పఫ రఱ కఖ తథ చఛ టఠ మణ లళ సశ",
}
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
    """For each letter of a layout, small or capital, the letters of the same case that a slip of the finger hits.

    `layout` is a key of LAYOUTS or ALSO_CALLED, or a file that lists letters, each with those beside it.
    """
    layout = ALSO_CALLED.get(layout, layout)
    small = _small_neighbours(layout) if layout in LAYOUTS else _listed_neighbours(layout)
    large = {}
    for letter, near in small.items():
        capital = upper(letter, layout)
        capitals = "".join(upper(other, layout) for other in near)
        if capital and capitals and capital not in small:
            large[capital] = capitals
    return small | large


def _listed_neighbours(path: str) -> dict[str, str]:
    table: dict[str, str] = {}
    for place, letter, near in read(Path(path), "neighbours"):
        for key in (letter, *near):
            if len(key) != 1:
                raise ConfigError(f"{place}: expected single letters, got {key!r}")
        if letter in near:
            raise ConfigError(f"{place}: {letter!r} lies beside itself; take it out")
        table[letter] = "".join(dict.fromkeys(table.get(letter, "") + "".join(near)))
    return table


def _small_neighbours(layout: str) -> dict[str, str]:
    places = [
        (letter, start + at, row)
        for row, (start, keys) in enumerate(zip(_ROW_STARTS, LAYOUTS[layout], strict=True))
        for at, letter in enumerate(keys)
        if letter != " "
    ]
    table = {
        letter: "".join(
            other
            for other, x2, y2 in places
            if other != letter and other.isalpha() == letter.isalpha() and hypot(x2 - x, y2 - y) <= _REACH
        )
        for letter, x, y in places
    }
    for plain, marked in map(tuple, _SAME_KEY.get(layout, "").split()):
        table[plain] += marked
        table[marked] = plain
    return {letter: near for letter, near in table.items() if near}
