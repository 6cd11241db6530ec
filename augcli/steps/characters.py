"""Noise on characters: keyboard typos, OCR errors, random letters, common misspellings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, ClassVar, Literal, NamedTuple, TypeVar

import regex
from pydantic import Field

from augcli.errors import ConfigError, ResourceError
from augcli.rng import Rng
from augcli.step import Sized
from augcli.steps.keyboards import LAYOUTS, alphabet, cased, lower, neighbours, script
from augcli.steps.negation import negates
from augcli.text import Edit, Interval, Text

BELINKOV = "Belinkov & Bisk 2018, Synthetic and Natural Noise Both Break Neural Machine Translation (arXiv:1711.02173)"
KARPUKHIN = (
    "Karpukhin et al. 2019, Training on Synthetic Noise Improves Robustness to Natural Noise in Machine Translation "
    "(arXiv:1902.01509)"
)

T = TypeVar("T")
_REMEMBERED = 1 << 15
_TRIES = 8


class _Memo(dict[str, T]):
    """Results of a pure function of a string; words come back so often that looking up beats working out."""

    def __init__(self, work: Callable[[str], T]) -> None:
        super().__init__()
        self._work = work

    def __missing__(self, key: str) -> T:
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[key] = self._work(key)
        return found


def _clusters(text: str) -> int:
    return len(text) if text.isascii() else len(regex.findall(r"\X", text))


_JOINED = _Memo(lambda pair: len(pair) == 2 and _clusters(pair) == 1)


def _apart(value: str, start: int, end: int) -> bool:
    """Whether the characters beside [start, end) are drawn apart from it, unlike the skin tone after an emoji."""
    return not (_JOINED[value[end - 1 : end + 1]] or (start and _JOINED[value[start - 1 : start + 1]]))


def _editable(word: str, language: str) -> bool:
    """Whether letters of `word` may change: no negation, which a typo may undo, and no letter of several characters."""
    return not negates(word, language) and _clusters(word) == len(word)


def _one_per_word(
    step: Sized, text: Text, rng: Rng, least: int, known: _Memo[T], change: Callable[[str, T], Edit]
) -> list[Edit]:
    """One `change` in each word drawn among those of `least` characters of which something is `known`."""
    value, language = text.value, text.language
    words = [
        (start, end, found) for start, end in text.spots if end - start >= least and (found := known[value[start:end]])
    ]
    if not value.isascii():
        words = [word for word in words if _apart(value, word[0], word[1])]
    edits: list[Edit] = []
    for place in sorted(rng.sample(len(words), step.count(len(words)))):
        start, end, found = words[place]
        word = value[start:end]
        for _ in range(_TRIES):
            first, last, new = change(word, found)
            if not negates(word[:first] + new + word[last:], language):
                edits.append((start + first, start + last, new))
                break
    return edits


class Typo(Sized):
    """Replace a letter by one beside it on the keyboard, in the same case.

    `rate` is the share of words that get one typo, among those of `min_length` characters with a letter on the
    keyboard. Negations stay as they are, and no typo makes one.
    """

    name: ClassVar = "typo"
    family: ClassVar = "noise, characters"
    paper: ClassVar = BELINKOV
    example: ClassVar = "typo: {rate: 0.1, keyboard: de}"

    min_length: int = Field(4, ge=1, description="words of fewer characters stay")
    keyboard: str | None = Field(
        None, description=f"layout: {', '.join(LAYOUTS)}; when not given, that of the language of the text"
    )

    def objection(self, language: str, patterns: Sequence[str]) -> str | None:
        layout = self.keyboard or language
        if layout in LAYOUTS:
            return None
        return f"there is no keyboard layout {layout!r}; set `keyboard` to one of {', '.join(LAYOUTS)}"

    def setup(self, language: str) -> None:
        neighbours(self.keyboard or language)

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        layout = self.keyboard or text.language
        near = neighbours(layout)

        def slip(word: str, typable: tuple[int, ...]) -> Edit:
            at = rng.choice(typable)
            return at, at + 1, rng.choice(near[word[at]])

        return _one_per_word(self, text, rng, self.min_length, _typable(layout, text.language), slip)


@cache
def _typable(layout: str, language: str) -> _Memo[tuple[int, ...]]:
    near = neighbours(layout)
    return _Memo(
        lambda word: (
            tuple([at for at, letter in enumerate(word) if letter in near]) if _editable(word, language) else ()
        )
    )


_LOOK_ALIKES = (
    "o 0, O 0, l 1, I 1, i 1, l I, s 5, S 5, B 8, b 6, G 6, z 2, Z 2, g 9, q 9, g q, A 4, T 7, "
    "rn m, cl d, vv w, VV W, nn m, li h, ri n, ii u, fi h, ni m, in m, lc k, "
    "c e, c o, e o, a o, h b, n u, u v, v y, f t, i j, O Q, O D, C G, E F, P F, R P, U V, V Y, M N, H N, B R"
)
"""Pieces that scanners take for each other. Pairs that differ in case alone (o O) are left out: case stays."""
_LOST_MARKS = "áa àa âa äa åa ãa çc ée èe êe ëe íi ìi îi ïi ñn óo òo ôo öo õo øo úu ùu ûu üu ąa ęe łl śs żz ßB ıi ğg şs"
_LATIN = frozenset(
    "af bs ca cs cy da de en eo es et eu fi fr ga gl hr hu id is it la lb lt lv ms mt nb nl nn no pl pt ro sk sl sq sv "
    "sw tl tr vi".split()
)


@cache
def _confusions() -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for pair in _LOOK_ALIKES.split(", "):
        one, other = pair.split()
        for old, new in ((one, other), (other, one)):
            if old.isalpha():
                table.setdefault(old, []).append(new)
    return table | {marked: [plain] for marked, plain in _LOST_MARKS.split()}


@cache
def _legible(language: str) -> _Memo[list[Interval]]:
    table = _confusions()

    def pieces(word: str) -> list[Interval]:
        if not _editable(word, language):
            return []
        ends = [(at, at + size) for size in (1, 2) for at in range(len(word) - size + 1)]
        return [(start, end) for start, end in ends if word[start:end] in table]

    return _Memo(pieces)


class Ocr(Sized):
    """Confuse letters as a scanner does: rn becomes m, l becomes 1, cl becomes d.

    `rate` is the share of words that get one such error, among those with a letter that can be confused. Digits stay
    as they are, and so do negations.
    """

    name: ClassVar = "ocr"
    family: ClassVar = "noise, characters"
    languages: ClassVar = _LATIN
    example: ClassVar = "ocr: {rate: 0.1}"

    def setup(self, language: str) -> None:
        _confusions()

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        table = _confusions()

        def misread(word: str, pieces: list[Interval]) -> Edit:
            start, end = rng.choice(pieces)
            return start, end, rng.choice(table[word[start:end]])

        return _one_per_word(self, text, rng, 1, _legible(text.language), misread)


Action = Literal["insert", "delete", "substitute", "swap", "any"]


class _Spelled(NamedTuple):
    """What can be done to a word: where its letters are, which pairs of them differ, what to draw new ones from."""

    actions: tuple[Action, ...]
    letters: tuple[int, ...]
    swaps: tuple[int, ...]
    alphabet: str


class RandomChar(Sized):
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

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        language = text.language
        least = self.min_length or (2 if language == "zh" else 4)

        def change(word: str, spelled: _Spelled) -> Edit:
            return _change(word, spelled, language, rng)

        return _one_per_word(self, text, rng, least, _spelled(language, self.action), change)


@cache
def _spelled(language: str, wanted: Action) -> _Memo[_Spelled | None]:
    def spell(word: str) -> _Spelled | None:
        places = tuple([at for at, char in enumerate(word) if char.isalpha()])
        if not places or not _editable(word, language):
            return None
        kind = script(word)
        if language == "zh" and (kind != "CJK" or len(places) < len(word)):
            return None
        swaps = tuple([at for at in places if at + 1 in places and word[at].lower() != word[at + 1].lower()])
        new = alphabet(kind, language)
        possible: list[Action] = ["delete"]
        if new:
            possible += ["insert", "substitute"]
        if swaps:
            possible.append("swap")
        actions = tuple([action for action in possible if wanted in (action, "any")])
        return _Spelled(actions, places, swaps, new) if actions else None

    return _Memo(spell)


def _change(word: str, spelled: _Spelled, language: str, rng: Rng) -> Edit:
    action = rng.choice(spelled.actions)
    if action == "swap":
        at = rng.choice(spelled.swaps)
        one, other = word[at : at + 2]
        return at, at + 2, cased(other, one, language) + cased(one, other, language)
    places = spelled.letters
    if action == "insert":
        return _insertion(word, places, rng.below(len(places) + 1), rng.choice(spelled.alphabet), language)
    at = rng.choice(places)
    if action == "substitute":
        others = spelled.alphabet.replace(word[at].lower(), "")
        return at, at + 1, cased(rng.choice(others), word[at], language)
    after = word[at + 1 : at + 2]
    if word[at].isupper() and after.islower():
        return at, at + 2, cased(after, word[at], language)
    return at, at + 1, ""


def _insertion(word: str, places: tuple[int, ...], slot: int, new: str, language: str) -> Edit:
    """Put `new` before the letter number `slot`, or after the last one; a word keeps its one capital in front."""
    if slot == len(places):
        at = places[-1]
        return at + 1, at + 1, cased(new, word[at], language)
    at = places[slot]
    if word[at].isupper() and word[at + 1 : at + 2].islower():
        return at, at + 1, cased(new, word[at], language) + (lower(word[at], language) or word[at])
    return at, at, cased(new, word[at], language)


class Misspelling(Sized):
    """Misspell words as people often do: receive becomes recieve, a lot becomes alot.

    `rate` is the share of places that change, among those with a known misspelling. The English ones come from the
    word list of codespell, less those that are words themselves. Negations stay as they are.
    """

    name: ClassVar = "misspelling"
    family: ClassVar = "noise, characters"
    paper: ClassVar = BELINKOV
    example: ClassVar = "misspelling: {rate: 0.2, map: my_errors.tsv}"

    map: str | None = Field(
        None,
        description="your own misspellings instead: lines of word, tab, misspelling, or a .json of {word: [misspelling]}",
    )

    def objection(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.map or language == "en":
            return None
        return f"the misspellings that come with augcli are English; for {language!r}, set `map` to a file of your own"

    def setup(self, language: str) -> None:
        _misspellings(self.map, language)

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        table = _misspellings(self.map, text.language)
        value, spots = text.value, text.spots
        small = _small(value)
        places = _places(text, small, table)
        edits = []
        for picked in sorted(rng.sample(len(places), self.count(len(places)))):
            first, last = places[picked]
            whole = (spots[first][0], spots[last][1])
            options = [whole, *spots[first : last + 1]] if first < last else [whole]
            known = [(start, end, table[small[start:end]].typos) for start, end in options if small[start:end] in table]
            start, end, typos = rng.choice([option for option in known if option[2]])
            new = _like(rng.choice(typos), value[start:end])
            if new != value[start:end]:
                edits.append((start, end, new))
        return edits


class _Entry(NamedTuple):
    typos: tuple[str, ...]
    phrases: tuple[tuple[str, int], ...]
    """Known phrases that begin with this word, longest first, with the number of words that follow it."""


def _small(value: str) -> str:
    """`value` in lower case, every character at its place."""
    small = value.lower()
    if len(small) != len(value):
        small = "".join([lower(char, "") or char for char in value])
    return small if small.isascii() else small.replace("’", "'")


def _places(text: Text, small: str, table: dict[str, _Entry]) -> list[Interval]:
    """First and last word of each place that can be misspelt; a phrase takes its words out of the running."""
    spots = text.spots
    places = []
    done = -1
    for at, entry in [
        (at, table[word]) for at, (start, end) in enumerate(spots) if (word := small[start:end]) in table
    ]:
        if at <= done:
            continue
        last = at + _follow(text, small, at, entry) if entry.phrases else at
        if last > at or entry.typos:
            places.append((at, last))
            done = last
    if text.value.isascii():
        return places
    return [(first, last) for first, last in places if _apart(text.value, spots[first][0], spots[last][1])]


def _follow(text: Text, small: str, at: int, entry: _Entry) -> int:
    """How many words after number `at` belong to a known phrase."""
    spots = text.spots
    start = spots[at][0]
    for phrase, more in entry.phrases:
        end = start + len(phrase)
        if at + more < len(spots) and spots[at + more][1] == end and small.startswith(phrase, start):
            if text.free(start, end):
                return more
    return 0


def _like(typo: str, source: str) -> str:
    """`typo` in capitals or with one in front, and with curly apostrophes, as `source` has them."""
    if "’" in source:
        typo = typo.replace("'", "’")
    if source.isupper() and len(source) > 1:
        return typo.upper()
    if source[0].isupper() and (source.istitle() or source[1:].islower()):
        return typo[0].upper() + typo[1:]
    return typo


@cache
def _misspellings(path: str | None, language: str) -> dict[str, _Entry]:
    pairs = _codespell() if path is None else _own(Path(path))
    typos: dict[str, list[str]] = {}
    phrases: dict[str, list[tuple[str, int]]] = {}
    for correct, typo in sorted(set(pairs)):
        first, *more = _small(correct).split()
        if negates(first, language) or any(negates(part, language) for part in more):
            continue
        word = " ".join([first, *more])
        if more and word not in typos:
            phrases.setdefault(first, []).append((word, len(more)))
        typos.setdefault(word, []).append(typo)
    for known in phrases.values():
        known.sort(key=lambda phrase: -phrase[1])
    return {word: _Entry(tuple(typos.get(word, ())), tuple(phrases.get(word, ()))) for word in typos | phrases}


def _codespell() -> Iterator[tuple[str, str]]:
    """Pairs of a word and a misspelling of it that is neither ambiguous nor a word."""
    spec = find_spec("codespell_lib")
    if spec is None or spec.origin is None:
        raise ResourceError("misspelling needs the word list of codespell: pip install 'codespell>=2.4'")
    lines = (Path(spec.origin).parent / "data" / "dictionary.txt").read_text("utf-8").splitlines()
    entries = [line.split("->") for line in lines if "->" in line]
    # After the last comma stands the reason why codespell does not correct it by itself, or nothing.
    fixes = {typo: [fix.strip() for fix in (right.rpartition(",")[0] or right).split(",")] for typo, right in entries}
    words = {fix.lower() for known in fixes.values() for fix in known}
    for typo, known in fixes.items():
        if len(known) == 1 and typo.lower() not in words and not negates(typo, "en"):
            yield known[0], typo


def _own(path: Path) -> Iterable[tuple[str, str]]:
    try:
        content = path.read_text("utf-8-sig")
    except OSError as error:
        raise ResourceError(f"the misspellings in {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from error
    return _from_json(path, content) if path.suffix == ".json" else _from_lines(path, content)


def _from_lines(path: Path, content: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(content.split("\n"), 1):
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) == 2 and all(columns):
            yield columns[0], columns[1]
        elif line.strip():
            raise ConfigError(f"{path}:{number}: expected a word, a tab and its misspelling, got {line.strip()!r}")


def _from_json(path: Path, content: str) -> Iterator[tuple[str, str]]:
    try:
        table = json.loads(content)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: expected an object of {{word: [misspelling, ...]}}")
    for word, typos in table.items():
        if not (
            word.strip() and isinstance(typos, list) and typos and all(isinstance(typo, str) and typo for typo in typos)
        ):
            raise ConfigError(f"{path}: expected a list of misspellings under {word!r}")
        for typo in typos:
            yield word, typo
