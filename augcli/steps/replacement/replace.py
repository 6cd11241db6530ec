"""Listed words and phrases give way to listed others, as they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo

from augcli.errors import ConfigError
from augcli.language.english import with_articles
from augcli.language.resources import REPLACEMENT_MAPS, Lexicon, beside_config
from augcli.language.word_maps import read
from augcli.steps.operation import Rate
from augcli.steps.replacement.slots import Target
from augcli.steps.replacement.word_list import WordList, side_by_side
from augcli.steps.step import PerTextStep, RateStep
from augcli.text.edits import Edit
from augcli.text.quantities import keeping_quantities
from augcli.text.rng import Rng
from augcli.text.text import Text

Direction: TypeAlias = Literal["forward", "backward", "both"]


def _name_or_file(given: str, info: ValidationInfo) -> str:
    return given if given in REPLACEMENT_MAPS else beside_config(given, info)


_NAMES = {"en": "English", "zh": "Chinese"}


Map = Annotated[str, AfterValidator(_name_or_file)]


class Replace(RateStep, PerTextStep[list[Target]]):
    """Replace listed words and phrases by listed others: by those of your own, or of a map that comes along.

    They are found as they are written, in any case, the longest first; a word that is listed with capitals only so.
    The new words come in as they stand, in the case of the old ones, and a or an before them follows. What would lose
    a negation, or bring one in, does not come in. The maps that come along are English: `british` (colour, color;
    mobile phone, cell phone), `abbreviations` (appointment, appt) and `slang` (going to be, gonna be; thanks, thx);
    `emoji` (pizza, 🍕) is English and Chinese. They leave alone what may be part of a name (Pearl Harbor).
    """

    name: ClassVar = "replace"
    family: ClassVar = "dictionary"
    example: ClassVar = "replace: {map: british, direction: backward}"

    map: Map | Annotated[list[Map], Field(min_length=1)] = Field(
        description="british, abbreviations, slang, emoji, or a file of your own: lines of word or phrase, tab, "
        "others with tabs between; or a .json of {word: other} or {word: [other]}. A `>` in a column of its own "
        "after the word: only forward; a `<`: only backward; a `=`: all of the line stand for each other. Or a list of "
        "these; your own come first"
    )
    direction: Direction = Field(
        "forward", description="forward: left to right; backward: right to left; both: each in the other form"
    )
    rate: Rate = Field(1.0, description="share of the places found that change, rounded down")

    @property
    def _maps(self) -> tuple[str, ...]:
        return (self.map,) if isinstance(self.map, str) else tuple(self.map)

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        for name in self._maps:
            if name in REPLACEMENT_MAPS and language not in REPLACEMENT_MAPS[name]:
                known = " and ".join(_NAMES[code] for code in REPLACEMENT_MAPS[name])
                return f"the map {name} is {known}; for {language!r}, set `map` to a file of your own"
        for name in self._maps:
            if name not in REPLACEMENT_MAPS and not Path(name).suffix and not Path(name).exists():
                near = get_close_matches(name, REPLACEMENT_MAPS)
                hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(REPLACEMENT_MAPS)}"
                return f"{name!r} is neither a file nor a map that comes along; {hint}"
        return None

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return [_built_in(name, language) or Lexicon("replacements", name, "yours") for name in self._maps]

    def setup(self, language: str) -> None:
        self._lists(language)

    def needs_negations(self) -> bool:
        return True

    def warnings(self, texts: Sequence[Text]) -> Sequence[str]:
        lists = self._lists(texts[0].language) if texts else ()
        return [f"{', '.join(self._maps)}: {words.warning}" for words in lists if words.warning]

    def prepare(self, texts: Sequence[Text]) -> list[list[Target]]:
        if not texts:
            return []
        own, built_in = self._lists(texts[0].language)
        return [side_by_side(own.targets(text), built_in.targets(text)) for text in texts]

    def propose(self, text: Text, prepared: list[Target], rng: Rng) -> list[Edit]:
        edits = [(start, end, options.draw(rng)) for start, end, options, *_ in self.some(prepared, rng)]
        return with_articles(text, keeping_quantities(text, edits))

    def _lists(self, language: str) -> tuple[WordList, WordList]:
        return _lists(self._maps, self.direction, language)


def _built_in(name: str, language: str) -> Lexicon | None:
    return REPLACEMENT_MAPS.get(name, {}).get(language)


@cache
def _lists(maps: tuple[str, ...], direction: Direction, language: str) -> tuple[WordList, WordList]:
    """The words of one's own, and those of the maps that come along."""
    own: dict[str, dict[str, int]] = {}
    built_in: dict[str, dict[str, int]] = {}
    for name in maps:
        lexicon = _built_in(name, language)
        pairs = list(_pairs(lexicon.path() if lexicon else Path(name), direction))
        if not pairs:
            raise ConfigError(f"{name}: no line applies {direction}; all are for the other direction")
        for word, other in pairs:
            (built_in if lexicon else own).setdefault(word, {})[other] = 1
    return WordList(own, language), WordList(built_in, language, keep_names=True)


def _pairs(path: Path, direction: Direction) -> Iterator[tuple[str, str]]:
    """Words and what comes in for them."""
    for place, word, others in read(path, "replacements"):
        arrow = others[0] if len(others) > 1 and others[0] in ("<", ">", "=") else ""
        others = others[1:] if arrow else others
        if word in others:
            raise ConfigError(f"{place}: {word!r} is to be replaced by itself; take it out")
        if arrow == "=":
            yield from permutations((word, *others), 2)
            continue
        for other in others:
            if direction != "backward" and arrow != "<":
                yield word, other
            if direction != "forward" and arrow != ">":
                yield other, word
