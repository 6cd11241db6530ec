"""Noise on characters: keyboard typos, OCR errors, random letters."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

import regex
from pydantic import AfterValidator, Field, ValidationInfo

from augcli.errors import ConfigError
from augcli.language.keyboards import ALSO_CALLED, INDIC, LAYOUTS, alphabet, cased, lower, neighbours, script
from augcli.language.negation import has_negating_sign, negates
from augcli.language.resources import DataPath, Lexicon, beside_config
from augcli.language.word_maps import read
from augcli.steps.papers import BELINKOV, KARPUKHIN
from augcli.steps.step import PerTextStep, RateStep
from augcli.text.edits import Edit, Interval
from augcli.text.memo import WordCache
from augcli.text.rng import Rng
from augcli.text.text import Text

_TRIES = 8


def editable(word: str, language: str) -> bool:
    """Whether letters of `word` may change: no negation, which a typo may undo, and no letter of several characters."""
    return _affirms(word, language) and (word.isascii() or len(regex.findall(r"\X", word)) == len(word))


def _affirms(word: str, language: str) -> bool:
    """Whether nothing in `word` negates.

    Nor may it have an apostrophe written as &rsquo;, whose letters spell no word, or be 不好意思, where 不 must stay.
    """
    return not ("&" in word or negates(word, language) or has_negating_sign(word))


class CharacterNoise(RateStep, PerTextStep[list[Any]]):
    """Looks once for the units of a text that may change, then draws among them for each of its variants."""

    keeps_words: ClassVar = True

    @abstractmethod
    def _units(self, text: Text) -> list[Any]:
        """The units of a text that may change."""

    @abstractmethod
    def _change(self, text: Text, unit: Any, rng: Rng) -> Edit | None:
        """The edit of a unit, if it is to change."""

    def needs_negations(self) -> bool:
        return True

    def prepare(self, texts: Sequence[Text]) -> list[list[Any]]:
        return [self._units(text) for text in texts]

    def propose(self, text: Text, prepared: list[Any], rng: Rng) -> list[Edit]:
        picked = rng.sample(len(prepared), self.count(len(prepared)))
        picked.sort()
        edits = []
        for place in picked:
            if edit := self._change(text, prepared[place], rng):
                apart = bool(text.tokens) or not text.is_editable(edit[0], edit[1])
                edits.append(_within_word(text, edit) if apart else edit)
        return edits


def _within_word(text: Text, edit: Edit) -> Edit:
    """`edit`, with an insertion at the border of a word made one within it, so that it belongs to its token or span."""
    start, end, new = edit
    if start < end or not new:
        return edit
    value = text.value
    if value[start : start + 1].isalnum() and text.is_editable(start, start + 1):
        return start, start + 1, new + value[start]
    return start - 1, start, value[start - 1] + new


class _WordNoise(CharacterNoise):
    """Makes one edit in each word drawn."""

    @abstractmethod
    def _changeable(self, language: str) -> Mapping[str, Any]:
        """What there is to change in a word, by word; something false for words that stay."""

    def _least(self, language: str) -> int:
        """How many characters a word needs to have."""
        return 1

    @abstractmethod
    def _alter(self, word: str, known: Any, language: str, rng: Rng) -> Edit:
        """An edit of `word`, its offsets counted from the start of the word."""

    def _units(self, text: Text) -> list[Any]:
        value = text.value
        known, least = self._changeable(text.language), self._least(text.language)
        return [(start, end) for start, end in text.editable_words if end - start >= least and known[value[start:end]]]

    def _change(self, text: Text, unit: Any, rng: Rng) -> Edit | None:
        start, end = unit
        language = text.language
        word = text.value[start:end]
        known = self._changeable(language)[word]
        for _ in range(_TRIES):
            first, last, new = self._alter(word, known, language, rng)
            if not negates(word[:first] + new + word[last:], language):
                return start + first, start + last, new
        return None


class _Key(NamedTuple):
    """What one slip of the finger changes at [start, end) of a word, and into what."""

    start: int
    end: int
    others: Sequence[str]


def _is_layout(keyboard: str) -> bool:
    return keyboard in LAYOUTS or keyboard in ALSO_CALLED


def _is_file(keyboard: str) -> bool:
    return bool(Path(keyboard).suffix) or Path(keyboard).exists()


def _layout_or_file(given: str, info: ValidationInfo) -> str:
    return given if _is_layout(given) else beside_config(given, info)


Keyboard = Annotated[str, AfterValidator(_layout_or_file)]


class Typo(_WordNoise):
    """Replace a letter by one beside it on the keyboard, in the same case; in the scripts of India also a vowel sign.

    `rate` is the share of words that get one typo, among those of `min_length` characters with a letter on the
    keyboard. Negations stay as they are, and no typo makes one.
    """

    name: ClassVar = "typo"
    family: ClassVar = "noise, characters"
    paper: ClassVar = BELINKOV
    example: ClassVar = "typo: {rate: 0.1, keyboard: de}"

    min_length: int = Field(4, ge=1, description="words of fewer characters stay")
    keyboard: Keyboard | None = Field(
        None,
        description=f"layout: {', '.join((*LAYOUTS, *ALSO_CALLED))}; or a file of your own: lines of letter, tab, the "
        "letters beside it with tabs between, or a .json of {letter: [letter]}; when not given, that of the language "
        "of the text",
    )

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        layout = self.keyboard or language
        if _is_layout(layout) or (self.keyboard and _is_file(layout)):
            return None
        known = ", ".join((*LAYOUTS, *ALSO_CALLED))
        return f"there is no keyboard layout {layout!r}; set `keyboard` to one of {known}, or to a file of your own"

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        own = self.keyboard and not _is_layout(self.keyboard)
        return (Lexicon("keyboard", self.keyboard, "yours"),) if self.keyboard and own else ()

    def setup(self, language: str) -> None:
        neighbours(self.keyboard or language)

    def _changeable(self, language: str) -> Mapping[str, tuple[_Key, ...]]:
        return _typable(self.keyboard or language, language)

    def _least(self, language: str) -> int:
        return self.min_length

    def _alter(self, word: str, known: tuple[_Key, ...], language: str, rng: Rng) -> Edit:
        start, end, others = rng.choice(known)
        return start, end, rng.choice(others)


@cache
def _typable(layout: str, language: str) -> WordCache[tuple[_Key, ...]]:
    near = neighbours(layout)

    def keys(word: str) -> tuple[_Key, ...]:
        if editable(word, language):
            return tuple([_Key(at, at + 1, near[letter]) for at, letter in enumerate(word) if letter in near])
        if layout in INDIC and _affirms(word, language):
            return tuple(_keys_in_clusters(word, near))
        return ()

    return WordCache(keys)


def _keys_in_clusters(word: str, near: Mapping[str, str]) -> Iterator[_Key]:
    """The letters and vowel signs of a word, each with all that is drawn with it, of which it alone changes."""
    for found in regex.finditer(r"\X", word):
        cluster = found[0]
        for at, letter in enumerate(cluster):
            others = [cluster[:at] + other + cluster[at + 1 :] for other in near.get(letter, "")]
            if others:
                yield _Key(*found.span(), others)


_LOOK_ALIKES = (
    "o 0, O 0, l 1, I 1, i 1, l I, s 5, S 5, B 8, b 6, G 6, z 2, Z 2, g 9, q 9, g q, A 4, T 7, "
    "rn m, cl d, vv w, VV W, nn m, li h, ri n, ii u, fi h, ni m, in m, lc k, "
    "c e, c o, e o, a o, h b, n u, u v, v y, f t, i j, O Q, O D, C G, E F, P F, R P, U V, V Y, M N, H N, B R"
)
"""Pieces that scanners take for each other. Pairs that differ in case alone (o O) are left out: case stays."""
_LOST_MARKS = "áa àa âa äa åa ãa çc ée èe êe ëe íi ìi îi ïi ñn óo òo ôo öo õo øo úu ùu ûu üu ąa ęe łl śs żz ßB ıi ğg şs"
_LATIN = (
    "af bs ca cs cy da de en eo es et eu fi fr ga gl hr hu id is it la lb lt lv ms mt nb nl nn no pl pt ro sk sl sq sv "
    "sw tl tr vi"
)


@cache
def _confusions(path: str | None) -> dict[str, list[str]]:
    """Pieces of words, each with what scanners take it for."""
    table: dict[str, list[str]] = {}
    if path:
        for place, piece, others in read(Path(path), "confusions"):
            if piece in others:
                raise ConfigError(f"{place}: {piece!r} is to be taken for itself; take it out")
            table.setdefault(piece, []).extend(others)
        return table
    for pair in _LOOK_ALIKES.split(", "):
        one, other = pair.split()
        for old, new in ((one, other), (other, one)):
            if old.isalpha():
                table.setdefault(old, []).append(new)
    return table | {marked: [plain] for marked, plain in map(tuple, _LOST_MARKS.split())}


@cache
def _legible(path: str | None, language: str) -> WordCache[list[Interval]]:
    table = _confusions(path)
    sizes = sorted({len(piece) for piece in table})

    def pieces(word: str) -> list[Interval]:
        if not editable(word, language):
            return []
        ends = [(at, at + size) for size in sizes for at in range(len(word) - size + 1)]
        return [(start, end) for start, end in ends if word[start:end] in table]

    return WordCache(pieces)


class Ocr(_WordNoise):
    """Confuse letters as a scanner does: rn becomes m, l becomes 1, cl becomes d.

    `rate` is the share of words that get one such error, among those with a letter that can be confused. The list that
    comes along has Latin letters. Digits stay as they are unless your own list has them; negations stay.
    """

    name: ClassVar = "ocr"
    family: ClassVar = "noise, characters"
    example: ClassVar = "ocr: {rate: 0.1}"

    confusions: DataPath | None = Field(
        None,
        description="a file of your own instead, for any language: lines of piece, tab, what it is taken for with tabs "
        "between, or a .json of {piece: [other]}",
    )

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.confusions or language in _LATIN.split():
            return None
        return f"the confusions that come along are of Latin letters; for {language!r}, set `confusions` to a file"

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (Lexicon("confusions", self.confusions, "yours"),) if self.confusions else ()

    def setup(self, language: str) -> None:
        _confusions(self.confusions)

    def _changeable(self, language: str) -> Mapping[str, list[Interval]]:
        return _legible(self.confusions, language)

    def _alter(self, word: str, known: list[Interval], language: str, rng: Rng) -> Edit:
        start, end = rng.choice(known)
        return start, end, rng.choice(_confusions(self.confusions)[word[start:end]])


Action = Literal["insert", "delete", "substitute", "swap", "any"]


class _Spelled(NamedTuple):
    """What can be done to a word: where its letters are, where new ones may stand, which to swap with the next."""

    actions: tuple[Action, ...]
    letters: tuple[int, ...]
    slots: tuple[int, ...]
    swaps: tuple[int, ...]
    alphabet: str


class RandomChar(_WordNoise):
    """Insert, delete or substitute a random letter, or swap two neighbouring ones.

    `rate` is the share of words that get one such edit. New letters come from the script of the word (Latin, Cyrillic,
    Greek, Hebrew, or the common characters of Chinese); capitals stay where they were. Negations stay as they are.
    """

    name: ClassVar = "random_char"
    family: ClassVar = "noise, characters"
    paper: ClassVar = KARPUKHIN
    example: ClassVar = "random_char: {rate: 0.1, action: swap}"

    action: Action = Field("any", description="what to do; any: drawn for each word")
    min_length: Annotated[int, Field(ge=2)] | None = Field(
        None, description="words of fewer characters stay; when not given 4, in Chinese 2"
    )

    def _changeable(self, language: str) -> Mapping[str, _Spelled | None]:
        return _spelling(language, self.action)

    def _least(self, language: str) -> int:
        return self.min_length or (2 if language == "zh" else 4)

    def _alter(self, word: str, known: _Spelled, language: str, rng: Rng) -> Edit:
        action = rng.choice(known.actions)
        if action == "swap":
            return _swap(word, rng.choice(known.swaps), language)
        if action == "insert":
            return _insertion(word, rng.choice(known.slots), rng.choice(known.alphabet), language)
        at = rng.choice(known.letters)
        if action == "delete":
            return _deletion(word, at, language)
        others = known.alphabet.replace(word[at].lower(), "")
        return at, at + 1, cased(rng.choice(others), word[at], language)


@cache
def _spelling(language: str, wanted: Action) -> WordCache[_Spelled | None]:
    def spell(word: str) -> _Spelled | None:
        places = tuple([at for at, char in enumerate(word) if char.isalpha()])
        letters = frozenset(places)
        if not places or not editable(word, language):
            return None
        slots = (*places, places[-1] + 1)
        kind = script(word)
        if language == "zh" and (kind != "CJK" or len(places) < len(word)):
            return None
        swaps = tuple([at for at in places if at + 1 in letters and word[at].lower() != word[at + 1].lower()])
        new = alphabet(kind, language)
        possible: list[Action] = ["delete"]
        if new:
            possible += ["insert", "substitute"]
        if swaps:
            possible.append("swap")
        actions = tuple([action for action in possible if wanted in (action, "any")])
        return _Spelled(actions, places, slots, swaps, new) if actions else None

    return WordCache(spell)


def _swap(word: str, at: int, language: str) -> Edit:
    one, other = word[at], word[at + 1]
    return at, at + 2, cased(other, one, language) + cased(one, other, language)


def _deletion(word: str, at: int, language: str) -> Edit:
    after = word[at + 1 : at + 2]
    if word[at].isupper() and after.islower():
        return at, at + 2, cased(after, word[at], language)
    return at, at + 1, ""


def _insertion(word: str, at: int, new: str, language: str) -> Edit:
    """Put `new` at `at`; the capital that it comes before moves to the front."""
    if at == len(word) or not word[at].isalpha():
        return at, at, cased(new, word[at - 1], language)
    new = cased(new, word[at], language)
    if word[at].isupper() and word[at + 1 : at + 2].islower():
        return at, at + 1, new + (lower(word[at], language) or word[at])
    return at, at, new
