"""Entities give way to others of their type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from augcli.errors import ConfigError
from augcli.language.resources import ENGLISH_FORMS, NAMES, DataPath, Lexicon, read_text
from augcli.steps.entities.fitting import fitted
from augcli.steps.mentions import Mention
from augcli.steps.operation import Rate
from augcli.steps.papers import DAI
from augcli.steps.step import EntityStep, RateStep, StepResult
from augcli.text.bio import Origin
from augcli.text.edits import Edit, Interval
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import WITHOUT_BLANKS

_KINDS = ("people", "cities", "countries")
"""Of names that come along."""
_NAMED = ("en", "zh")
"""Languages that they are in."""
NameList = Annotated[
    Literal["people", "cities", "countries"]
    | Annotated[DataPath, AfterValidator(lambda path: path if "/" in path else f"./{path}")],
    Field(union_mode="left_to_right"),
]
"""Names that come along, or a file of the user's."""
_TRIES = 32
"""How many of its type are drawn for an entity, before it stays."""


class Entity(RateStep, EntityStep):
    """Replace entities by others of their type: those of the input, of lists of your own, or of names that come along.

    An entity that a row mentions several times, in one text or in several, gets the same new one everywhere; none comes
    in that the row has already, in whatever case. Each different mention in the input is as likely as any other; of a
    type with more than 10,000, those with the smallest hashes. The new one is written in the case of the old one:
    LONDON gives PARIS and london gives paris; but iPhone, and an abbreviation of up to four letters, stay as they are
    unless all the text is in capitals, or none. The English articles a and an before it follow. Spans frame the new
    text, and its tokens are those that it has in the input. Entities are swapped although `protect.spans` keeps them;
    those that overlap others, or hold what `protect.patterns` or `protect.words` cover, stay.
    """

    name: ClassVar = "entity"
    family: ClassVar = "entities"
    paper: ClassVar = f"{DAI}, mention replacement"
    joins_texts: ClassVar = True
    example: ClassVar = "entity: {rate: 0.5, types: [artist, city], lists: {city: cities, artist: artists.txt}}"

    rate: Rate = Field(0.5, description="share of the different entities of a row that change, rounded down")
    lists: dict[str, NameList] = Field(
        default_factory=dict,
        description="where entities come from by type: a file with one in each line, or, in English and Chinese, "
        "people, cities or countries, which come along; other types use the input",
    )

    def types_named(self) -> Sequence[str]:
        return [*super().types_named(), *self.lists]

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        unused = [kind for kind in self.lists if self.types and kind not in self.types]
        if unused:
            return f"the list for {unused[0]!r} is not used: `types` does not name it"
        for path in self.lists.values():
            near = get_close_matches(Path(path).name, _KINDS, n=1)
            if near and path not in _KINDS and not Path(path).exists():
                return f"there is no file {path}; did you mean {near[0]}?"
        own = next((name for name in self.lists.values() if name in _KINDS), None)
        if own and language not in _NAMED:
            return f"there are {own} in English and Chinese, not for language {language!r}; name a file of yours"
        return None

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        listed = [
            NAMES if path in _KINDS else Lexicon(f"entities of type {kind}", path, "yours")
            for kind, path in self.lists.items()
        ]
        return (*dict.fromkeys(listed), *((ENGLISH_FORMS,) if language == "en" else ()))

    def setup(self, language: str) -> None:
        self._language = language
        _ = self._pools

    def warnings(self, texts: Sequence[Text]) -> Sequence[str]:
        return [
            f"entities of type {kind!r} stay, as the input has no two different ones; "
            f"name others in a file: lists: {{{kind}: FILE}}"
            for kind, pool in self._pools.items()
            if len(pool) < 2 and kind not in self.lists and (self.types is None or kind in self.types)
        ]

    @cached_property
    def _pools(self) -> Mapping[str, Sequence[Mention]]:
        """What may come in, by type; of mentions that differ in case, the most frequent."""
        listed = {
            kind: _named(path, self._language) if path in _KINDS else _listed(Path(path))
            for kind, path in self.lists.items()
        }
        return {kind: _without_case(mentions) for kind, mentions in {**self.mentions, **listed}.items()}

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        places: dict[tuple[str, str], list[Interval]] = {}
        for start, end, kind in text.entities(self.types):
            if text.is_editable(start, end) and self._pools.get(kind):
                places.setdefault((kind, text.value[start:end].casefold()), []).append((start, end))
        taken = {text.value[start:end].casefold() for start, end, _ in text.spans}
        outside = text.only("text")
        made: list[tuple[Edit, Origin]] = []
        for (kind, _), mentioned in self.some([*places.items()], rng):
            pool = self._pools[kind]
            for mention in (pool[at] for at in rng.sample(len(pool), _TRIES)):
                folded = mention.text.casefold()
                if folded not in taken and (edits := _swap(text, outside, mentioned, mention)):
                    made += edits
                    taken.add(folded)
                    break
        made.sort()
        return StepResult(
            (edit for edit, _ in made), note={"from": [origin for _, origin in made]} if text.tokens else None
        )


@cache
def _named(kind: str, language: str) -> list[Mention]:
    """The people, cities or countries that come along."""
    rows = (line.split("\t") for line in NAMES.path().read_text(encoding="utf-8").splitlines())
    return [Mention(name) for told, of, name in rows if (told, of) == (language, kind)]


def _listed(path: Path) -> list[Mention]:
    lines = (line.strip() for line in read_text(path, "entities").splitlines())
    found = [Mention(line) for line in lines if line]
    if not found:
        raise ConfigError.at(path, "there are no entities; write one in each line")
    return found


def _without_case(mentions: Iterable[Mention]) -> list[Mention]:
    by_frequency = sorted(mentions, key=lambda mention: (-mention.times, mention.text))
    distinct: dict[str, Mention] = {}
    for mention in by_frequency:
        distinct.setdefault(mention.text.casefold(), mention)
    return [*distinct.values()]


def _swap(text: Text, outside: Text, places: Sequence[Interval], mention: Mention) -> list[tuple[Edit, Origin]]:
    """The edits that put a mention in all `places`, each with its origin; none where it does not fit in one."""
    made: list[tuple[Edit, Origin]] = []
    for start, end in places:
        edits = fitted(text, outside, start, end, mention.text)
        if not edits:
            return []
        made += [((first, last, new), (first, last)) for first, last, new in edits[:-1]]
        made.append((edits[-1], _tokens(text, edits[-1], mention)))
    return made


def _tokens(text: Text, edit: Edit, mention: Mention) -> list[str]:
    """The tokens of what comes in: those of the mention; of a listed one, its characters where the old one has such."""
    start, end, new = edit
    old = [last - first for first, last in text.tokens if start <= first and last <= end]
    if not mention.tokens:
        by_characters = text.language in WITHOUT_BLANKS and set(old) == {1}
        return [*filter(str.strip, new)] if by_characters else new.split()
    tokens, done = [], 0
    for token in mention.tokens:
        done = mention.text.index(token, done) + len(token)
        tokens.append(new[done - len(token) : done])
    return tokens
