"""Noise on Chinese characters and words: homophones, characters of similar shape, pinyin."""

from __future__ import annotations

import re
from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

from pydantic import Field

from augcli.errors import ConfigError, ResourceError
from augcli.language.chinese import HAN, NUMBER_SIGNS
from augcli.language.negation import has_negating_sign
from augcli.language.resources import JIEBA, PINYIN, SIMILAR_CHARS, DataPath, Lexicon
from augcli.steps.noise.words import apart
from augcli.steps.papers import LIU
from augcli.steps.step import RateStep
from augcli.text.edits import Edit
from augcli.text.memo import WordCache
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import inside_grapheme, plain

_HAN = re.compile(f"[{HAN}]+")


_USUAL = 50
"""How often a word is counted in jieba's dictionary, so that input methods offer it early."""
_WORDS_KEPT = 1 << 16  # a corpus repeats its words, and a reading costs more than the rest of the step


class Candidates(NamedTuple):
    """Characters that may stand in for one, or words for a word as long, with running sums of their weights."""

    chars: Sequence[str]
    sums: tuple[int, ...]

    def draw(self, rng: Rng) -> str:
        """One of them, in proportion to its weight."""
        return self.chars[bisect_left(self.sums, rng.randbelow(self.sums[-1]) + 1)]


Places = tuple[tuple[int, Candidates], ...]
"""Offsets of the characters of a word that may be replaced, and by what."""


class _Replace(RateStep):
    """Replaces characters of words, or whole words; `_places` says which ones and by what."""

    family: ClassVar = "noise, characters"
    keeps_words: ClassVar = True
    languages: ClassVar = frozenset({"zh"})

    @abstractmethod
    def _places(self) -> Callable[[str], Places]:
        """Places in a word, and what may come in there."""

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        places, value = self._places(), text.value
        eligible = [
            (start + offset, candidates)
            for start, end in text.editable_words
            for offset, candidates in places(value[start:end])
        ]
        if not plain(value):
            eligible = [
                (at, candidates)
                for at, candidates in eligible
                if not inside_grapheme(value, at + len(candidates.chars[0]))
            ]
        drawn = [(at, candidates.draw(rng)) for at, candidates in self.some(eligible, rng)]
        return [(at, at + len(new), new) for at, new in drawn]


class Homophone(_Replace):
    """Replace Chinese characters or words by others that sound the same: the wrong one was picked while typing.

    The reading is the one that a character has in its word (重 in 重庆 is chóng, in 重要 zhòng). Replacements are drawn
    by frequency from the 3,755 commonest simplified characters (GB2312 level 1) whose usual reading it is. Eligible are
    simplified characters; numerals (一, 两, 半) and words with a character that negates stay, and neither comes in as a
    replacement. With unit word, words of two characters give way to others of jieba's dictionary, by frequency (时间,
    事件), as input methods that write whole words mistake them.
    """

    name: ClassVar = "homophone"
    paper: ClassVar = LIU
    example: ClassVar = "homophone: {rate: 0.05}"

    unit: Literal["character", "word"] = Field("character", description="what is replaced")
    tone: bool = Field(False, description="true: the tone is the same too; false: any tone, as pinyin is typed without")

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (JIEBA, PINYIN)

    def setup(self, language: str) -> None:
        _by_sound(self.tone)
        if self.unit == "word":
            _word_frequencies()

    def _places(self) -> Callable[[str], Places]:
        return _same_sound(self.unit, self.tone)


class SimilarChar(_Replace):
    """Replace Chinese characters by others of similar shape, as OCR and handwriting do: 未 末, 己 已, 请 清.

    The built-in table covers 2,180 common simplified characters (made from that of pycorrector, Apache-2.0); each of
    the characters similar to one is as likely. Numerals and words with a character that negates stay, and neither
    comes in as a replacement.
    """

    name: ClassVar = "similar_char"
    paper: ClassVar = LIU
    example: ClassVar = "similar_char: {rate: 0.05}"

    confusions: DataPath | None = Field(
        None,
        description="a UTF-8 file of your own instead: one group of similar characters a line, blanks ignored, "
        "# starts a comment line",
    )

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (Lexicon("confusions", self.confusions, "yours") if self.confusions else SIMILAR_CHARS,)

    def setup(self, language: str) -> None:
        _by_shape(self.confusions)

    def _places(self) -> Callable[[str], Places]:
        return _same_shape(self.confusions)


class Pinyin(RateStep):
    """Write Chinese words in pinyin, as one does without an input method: 你好 becomes nihao.

    A blank keeps them apart from Latin letters and from each other. Words with a character that negates stay.
    """

    name: ClassVar = "pinyin"
    family: ClassVar = "noise, characters"
    keeps_words: ClassVar = True
    languages: ClassVar = frozenset({"zh"})
    paper: ClassVar = "Zhang et al. 2020, Argot: Generating Adversarial Readable Chinese Texts (IJCAI)"
    example: ClassVar = "pinyin: {rate: 0.1}"

    tone: bool = Field(False, description="true: with the marks of the tones, nǐhǎo")

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (PINYIN,)

    def setup(self, language: str) -> None:
        _spelling(self.tone)

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        spelling, value = _spelling(self.tone), text.value
        spelled = [(start, end, new) for start, end in text.editable_words if (new := spelling[value[start:end]])]
        return apart(value, self.some(spelled, rng))


@cache
def _spelling(tone: bool) -> WordCache[str]:
    """The pinyin of a word, empty where it is no Chinese one or must stay."""
    read = _reader("TONE" if tone else "NORMAL")
    return WordCache(lambda word: "".join(read(word)) if _HAN.fullmatch(word) and not has_negating_sign(word) else "")


def _must_stay(char: str) -> bool:
    """Whether a character is a numeral or a negation, whose change would change what is said."""
    return char in NUMBER_SIGNS or has_negating_sign(char)


@cache
def _common() -> frozenset[str]:
    """The 3,755 characters of GB2312 level 1: simplified, and known to every reader."""
    codes = (bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return frozenset(code.decode("gb2312") for code in codes if code <= b"\xd7\xf9")


@cache
def _frequencies() -> dict[str, int]:
    with JIEBA.path().open(encoding="utf-8") as lines:
        return {line[0]: int(line.split(" ", 2)[1]) for line in lines if line[1] == " "}


@cache
def _word_frequencies() -> dict[str, int]:
    """Words of two characters that are not rare, without names of people."""
    with JIEBA.path().open(encoding="utf-8") as lines:
        entries = (line.split() for line in lines if line[2:3] == " ")
        return {word: int(count) for word, count, kind in entries if int(count) >= _USUAL and not kind.startswith("nr")}


@cache
def _reader(style: str) -> Callable[[str], list[str]]:
    """How characters are read, in a style of pypinyin."""
    try:
        from pypinyin import Style, lazy_pinyin
    except ImportError as error:
        raise ResourceError(f"pypinyin cannot be loaded: {error}; `pip install pypinyin`") from error
    named = getattr(Style, style)
    return lambda chars: lazy_pinyin(chars, style=named)


def _typed(tone: bool) -> Callable[[str], list[str]]:
    return _reader("TONE3" if tone else "NORMAL")


@cache
def _by_sound(tone: bool) -> dict[str, list[str]]:
    """Common characters by usual reading, in order of code."""
    read = _typed(tone)
    table: dict[str, list[str]] = {}
    for char in sorted(_common()):
        if not _must_stay(char):
            table.setdefault(read(char)[0], []).append(char)
    return table


@cache
def _same_sound(unit: str, tone: bool) -> Callable[[str], Places]:
    find = _word_places if unit == "word" else _sound_places

    @lru_cache(_WORDS_KEPT)
    def places(word: str) -> Places:
        return find(word, tone)

    return places


def _sound_places(word: str, tone: bool) -> Places:
    if has_negating_sign(word):
        return ()
    places = []
    for run in _HAN.finditer(word):
        readings = _typed(tone)(run[0])
        for offset, (char, reading) in enumerate(zip(run[0], readings, strict=True), run.start()):
            if char not in NUMBER_SIGNS and _is_simplified(char):
                places.append((offset, _homophones(char, reading, tone)))
    return tuple((offset, found) for offset, found in places if found.chars)


def _word_places(word: str, tone: bool) -> Places:
    if len(word) != 2 or not _HAN.fullmatch(word) or any(map(_must_stay, word)) or not all(map(_is_simplified, word)):
        return ()
    readings, by_sound, known = _typed(tone)(word), _by_sound(tone), _word_frequencies()
    firsts, seconds = (by_sound.get(reading, ()) for reading in readings)
    spelled = [one + other for one in firsts for other in seconds if one + other in known]
    others = [other for other in spelled if other != word and _typed(tone)(other) == readings]
    return ((0, Candidates(others, tuple(accumulate(known[other] for other in others)))),) if others else ()


def _is_simplified(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _homophones(char: str, reading: str, tone: bool) -> Candidates:
    chars = [other for other in _by_sound(tone).get(reading, ()) if other != char]
    weights = (max(_frequencies().get(other, 1), 1) for other in chars)
    return Candidates("".join(chars), tuple(accumulate(weights)))


@cache
def _same_shape(path: str | None) -> Callable[[str], Places]:
    table = _by_shape(path)

    @lru_cache(_WORDS_KEPT)
    def places(word: str) -> Places:
        if has_negating_sign(word):
            return ()
        return tuple((offset, table[char]) for offset, char in enumerate(word) if char in table)

    return places


@cache
def _by_shape(path: str | None) -> dict[str, Candidates]:
    """Characters similar to each, from a file of groups."""
    similar: dict[str, dict[str, None]] = {}
    for number, line in enumerate(_lines(path), 1):
        group = "".join(line.split())
        if not group or group[0] == "#":
            continue
        if not _HAN.fullmatch(group) or len(set(group)) < 2:
            raise ConfigError(
                f"{path}, line {number}: a group is two or more different Chinese characters, not {line.strip()!r}"
            )
        members = [char for char in group if not _must_stay(char)]
        for char in members:
            similar.setdefault(char, {}).update((other, None) for other in members if other != char)
    return {char: _even_candidates("".join(others)) for char, others in similar.items() if others}


def _lines(path: str | None) -> list[str]:
    source = Path(path) if path else SIMILAR_CHARS.path()
    try:
        return source.read_text(encoding="utf-8").removeprefix("\ufeff").split("\n")
    except UnicodeDecodeError as error:
        raise ConfigError(f"confusions: {source} is not UTF-8: {error}") from error
    except (OSError, ValueError) as error:
        raise ResourceError(f"confusions: {source} cannot be read: {error}") from error


def _even_candidates(chars: str) -> Candidates:
    return Candidates(chars, tuple(range(1, len(chars) + 1)))
