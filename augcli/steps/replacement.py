"""Words of a text that may give way to another word, and the edits that put it there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Literal, NamedTuple, TypeAlias

from pydantic import Field

from augcli.english import article, forms
from augcli.step import Prepared, Rate, Sized
from augcli.steps.fitting import OPEN, stop_words
from augcli.steps.negation import negates
from augcli.tagger import tags_of
from augcli.text.edits import Edit
from augcli.text.memo import Memo
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.text.words import like

Content: TypeAlias = tuple[int, int, int, str]
"""Place among the words, start, end, and key: in English `word/TAG` in lower case, else the word as it stands."""

_TITLES = ("Mr.", "Mrs.", "Ms.", "Dr.", "Prof.", "St.", "Sr.", "Jr.", "Rev.", "Gen.", "Capt.", "Gov.", "Sen.", "vs.")
_LOOK_BACK = 40
"""So many characters before a word tell whether a sentence begins with it."""
_PREPOSITIONS = frozenset(("IN", "TO", "RP"))
_OBJECTS = frozenset(["DT", "PRP$", "CD", "NN", "NNS", "NNP", "NNPS", "JJ", "WP", "PDT"])


class Options(NamedTuple):
    """What may come in for a word, the best first."""

    words: tuple[str, ...]
    upto: tuple[int, ...]
    """Weights, summed up."""

    @classmethod
    def of(cls, weighed: Mapping[str, int]) -> Options:
        """Words with their weights, whole numbers from 1 on."""
        return cls(tuple(weighed), tuple(accumulate(weighed.values())))

    def draw(self, rng: Rng) -> str:
        """One word, in proportion to its weight."""
        return self.words[bisect_right(self.upto, rng.below(self.upto[-1]))] if len(self.words) > 1 else self.words[0]


NONE = Options((), ())
_REMEMBERED = 1 << 18


class Table(dict[str, Options]):
    """Options by the key of a content word, worked out when they are first asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.known = Memo(self.knows)

    def knows(self, word: str) -> bool:
        """Whether there may be options for a word, whatever its part of speech."""
        raise NotImplementedError

    def options(self, key: str) -> Options:
        """The options for a key."""
        raise NotImplementedError

    def learn(self, keys: Iterable[str]) -> None:
        """Work out the options for many keys, where that is cheaper than one by one."""

    def __missing__(self, key: str) -> Options:
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[key] = self.options(key)
        return found


class Slot(NamedTuple):
    """A word that may be replaced."""

    place: int
    start: int
    end: int
    options: Options


class Slotted(Sized):
    """A step on content words for which it knows other words."""

    rate: Rate = Field(
        0.1, description="share of all words that may be edited, rounded down; fewer where no other words are known"
    )

    def _table(self, language: str) -> Table:
        """What may come in."""
        raise NotImplementedError

    def setup(self, language: str) -> None:
        self._table(language)

    def slots(self, texts: Sequence[Text]) -> list[list[Slot]]:
        """The words of each text for which another may come in."""
        if not texts:
            return []
        table = self._table(texts[0].language)
        found = [list(content(text, table.known)) for text in texts]
        table.learn(key for words in found for *_, key in words)
        return [
            [
                Slot(place, start, end, options)
                for place, start, end, key in words
                if (options := table[key]).words and text.free(start, end) and alone(text, place)
            ]
            for text, words in zip(texts, found, strict=True)
        ]


class Replacement(Slotted, Prepared[list[Slot]]):
    """Replaces content words by others."""

    pick: Literal["random", "nth"] = Field(
        "random",
        description="random: drawn, the better it fits the likelier; nth: the same words in all variants of a row, and "
        "in variant n the n-th best replacement, so that with `variants: 3` the three best give three variants",
    )

    def prepare(self, texts: Sequence[Text]) -> list[list[Slot]]:
        return self.slots(texts)

    def propose(self, text: Text, prepared: list[Slot], rng: Rng) -> list[Edit]:
        count = min(self.count(len(text.spots)), len(prepared))
        if self.pick == "random":
            picked = [prepared[at] for at in sorted(rng.sample(len(prepared), count))]
            chosen = [(slot, slot.options.draw(rng)) for slot in picked]
        else:
            picked = [prepared[at] for at in sorted(rng.shared().sample(len(prepared), count))]
            nth = rng.variant - 1
            chosen = [(slot, slot.options.words[nth]) for slot in picked if nth < len(slot.options.words)]
        value = text.value
        edits = [(slot.start, slot.end, like(new, value[slot.start : slot.end])) for slot, new in chosen]
        return with_articles(text, edits)


def with_articles(text: Text, edits: list[Edit]) -> list[Edit]:
    """`edits` of words, and of the articles a and an that they ask for; less those that ask a protected one to change.

    Each edit begins where a word begins, or inserts words there. Texts in other languages than English have no such
    articles.
    """
    if text.language != "en" or not edits:
        return edits
    words, value = text.words, text.value
    made: list[Edit] = []
    for start, end, new in edits:
        place = bisect_left(words, (start, end))
        if end > start and place + 1 < len(words):
            new = _agreeing(new, value[slice(*words[place + 1])])
        if 0 < place < len(words) and value[words[place - 1][1] : words[place][0]].isspace():
            before = words[place - 1]
            replaced = made.pop()[2] if made and made[-1][:2] == before else value[slice(*before)]
            wanted = _agreeing(replaced, new)
            if wanted != value[slice(*before)]:
                if not text.free(*before):
                    continue
                made.append((*before, wanted))
        made.append((start, end, new))
    return [edit for edit in made if value[edit[0] : edit[1]] != edit[2]]


def _agreeing(standing: str, following: str) -> str:
    """`standing`, or the other article if it is one that does not go with the word `following`."""
    if standing.lower() not in ("a", "an"):
        return standing
    wanted = article(following)
    shouted = standing == "AN" or (standing == "A" and following.isupper() and len(following) > 1)
    return wanted.upper() if shouted else like(wanted, standing)


def content(text: Text, known: Mapping[str, bool]) -> Iterator[Content]:
    """The words of `text` that carry its meaning, are safe to replace, and are `known`: something may come in for them.

    No names, negations, numbers, stop words.
    """
    match text.language:
        case "en":
            return _english(text, known)
        case "zh":
            return _chinese(text, known)
    return _other(text, known)


def _english(text: Text, known: Mapping[str, bool]) -> Iterator[Content]:
    tags, value, words = tags_of(text), text.value, text.words
    for place, (small, _, _, capital, possessive) in enumerate(tags.words):
        if not known[small]:
            continue
        start, end = words[place]
        if capital and not tags.shouted and not (value[start:end].istitle() and _begins(value, start)):
            continue
        tag, sure = tags[place]
        if not sure or tag not in OPEN:
            continue
        if possessive:
            end -= 2
        if tag == "NNS" and value[end : end + 1] in ("'", "’"):  # children's, kids': the plurals differ in what follows
            continue
        if value[start:end].lower() == small:
            yield place, start, end, f"{small}/{tag}"


def _begins(value: str, start: int) -> bool:
    """Whether a sentence begins at `start`."""
    before = value[max(0, start - _LOOK_BACK) : start].rstrip(" \t\"'“‘([{*-–—•")
    if not before:
        return start <= _LOOK_BACK
    return before[-1] in ".!?:;。\n\r…" and not before.endswith(_TITLES)


def alone(text: Text, place: int) -> bool:
    """Whether a word is used by itself: not in credit card, give up, ask for, tell me a joke, interested in.

    Of English words only; those of other languages are taken to be.
    """
    if text.language != "en":
        return True
    words, value, tags = text.words, text.value, tags_of(text)
    small, phrases = tags.words[place].small, forms().phrases
    if (
        place
        and value[words[place - 1][1] : words[place][0]] == " "
        and f"{tags.words[place - 1].small} {small}" in phrases
    ):
        return False
    if place + 1 == len(words) or value[words[place][1] : words[place + 1][0]] != " ":
        return True
    after = tags.words[place + 1]
    if f"{small} {after.small}" in phrases:
        return False
    kind = tags[place].tag[0]
    if kind not in "VJ" or after.kind[0] != "=":
        return True
    follows = tags[place + 1].tag
    if follows == "PRP" and kind == "V" and place + 2 < len(words):
        return tags[place + 2].tag not in _OBJECTS or value[words[place + 1][1] : words[place + 2][0]] != " "
    return follows not in _PREPOSITIONS


def _chinese(text: Text, known: Mapping[str, bool]) -> Iterator[Content]:
    value = text.value
    for place, (start, end) in enumerate(text.words):
        word = value[start:end]
        if end - start > 1 and known[word]:
            yield place, start, end, word


def _other(text: Text, known: Mapping[str, bool]) -> Iterator[Content]:
    value = text.value
    stop = stop_words(text.language)
    for place, (start, end) in enumerate(text.words):
        word = value[start:end]
        if word.lower() not in stop and known[word] and not negates(word, text.language):
            yield place, start, end, word
