"""Texts put into a text: fillers of speech, hashtags, or those of the user."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from augcli.errors import ResourceError
from augcli.language.chinese import NUMBER_SIGNS
from augcli.language.content_words import chinese_words, stop_words
from augcli.language.english import forms
from augcli.language.negation import negates
from augcli.language.resources import ENGLISH_FORMS, JIEBA, DataPath, Lexicon, read_text
from augcli.steps.noise.capitals import lowers_capital
from augcli.steps.papers import NL_AUGMENTER
from augcli.steps.step import PerTextStep, RateStep
from augcli.text.edits import Edit
from augcli.text.memo import WordCache
from augcli.text.quantities import keeping_quantities
from augcli.text.rng import Rng
from augcli.text.sentences import CLOSERS, MARKS
from augcli.text.text import Text
from augcli.text.words import WITHOUT_BLANKS, inside_grapheme

_FILLERS: dict[str, dict[str, str]] = {
    "en": {
        "start": "well,|so,|okay,|honestly,|actually,|you know,|I mean,|to be honest,|um,|oh,|hmm,|right,",
        "anywhere": ", you know,|, I mean,|, um,|, uh,|, well,| um| uh",
        "end": ", you know|, honestly|, to be honest|, really|, actually",
    },
    "zh": {
        "start": "那个，|其实，|嗯，|就是说，|说实话，|怎么说呢，|话说，|呃，|哎，|老实说，",
        "anywhere": "，那个，|，嗯，|，呃，|，怎么说呢，|，就是说，",
        "end": "，说实话|，真的|，其实|，老实说",
    },
}
"""By language and place, with the marks that go with them."""
_TAIL = re.compile(rf"[{re.escape(MARKS + CLOSERS)}\s]*\Z")


_QUESTION = frozenset("?？")
_COMMONEST = 50_000
_PARTICLES = frozenset("的地得了着过吗呢吧啊呀嘛们")


Given = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]


class Gaps(NamedTuple):
    """Where something may be inserted in a text, and its words that may become hashtags."""

    places: Sequence[int]
    tags: Sequence[str]


class Insert(RateStep, PerTextStep[Gaps]):
    """Put in fillers of speech (you know, 那个), hashtags made of words of the text, or texts of yours.

    Fillers stand behind a capital of their own where a sentence begins, and before the mark that ends it,
    if that is no question mark. Texts of
    yours come in as they are, with a blank beside them where the language has blanks; at the end, one that closes with
    a mark or begins with a sign stands behind the last mark, others before it. Nothing comes between a negation or a
    number and the word behind it. At the start and the end it is one text, anywhere as many as `rate` says.
    """

    name: ClassVar = "insert"
    family: ClassVar = "noise, words"
    works_on_parts: ClassVar = False
    paper: ClassVar = NL_AUGMENTER
    example: ClassVar = "insert: {texts: fillers, at: start}"

    texts: (
        Literal["fillers", "hashtags"] | Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
    ) = Field(
        "fillers", description="fillers (en, zh), hashtags (as many as `rate` says, at the end), or a list of texts"
    )
    lexicon: DataPath | None = Field(None, description="a file with texts of yours, one a line, in place of `texts`")
    at: Literal["start", "end", "anywhere"] = Field("anywhere", description="where the texts come in")

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.lexicon and "texts" in self.model_fields_set:
            return "texts and lexicon are two ways to say the same; leave out one of them"
        if self.lexicon is None and self.texts == "fillers" and language not in _FILLERS:
            return f"no fillers of language {language!r} come with augcli, only of en and zh; give a list of texts"
        if self.lexicon is None and self.texts == "hashtags" and self.at != "end":
            return "hashtags stand at the end; set at: end"
        return None

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        if self.lexicon:
            return (Lexicon("texts to insert", self.lexicon, "yours"),)
        known = {"en": ENGLISH_FORMS, "zh": JIEBA}.get(language) if self.texts == "hashtags" else None
        return (known,) if known else ()

    def setup(self, language: str) -> None:
        if self.lexicon:
            _lines(self.lexicon)

    @property
    def _given(self) -> Sequence[str]:
        """The texts of the user; none where these are fillers or hashtags."""
        if self.lexicon:
            return _lines(self.lexicon)
        return () if isinstance(self.texts, str) else self.texts

    def prepare(self, texts: Sequence[Text]) -> list[Gaps]:
        hashtags = not self._given and self.texts == "hashtags"
        return [Gaps(self._places(text), _hashtags(text) if hashtags else ()) for text in texts]

    def _places(self, text: Text) -> Sequence[int]:
        words, value = text.words, text.value
        if not words:
            return []
        match self.at:
            case "start":
                places = [words[0][0]]
            case "end":
                places = [words[-1][1]]
            case _:
                places = _between(text)
        return [at for at in places if text.is_editable(at, at) and not inside_grapheme(value, at)]

    def propose(self, text: Text, prepared: Gaps, rng: Rng) -> list[Edit]:
        places, tags = prepared
        if not places:
            return []
        if self.at == "anywhere":
            count = self.count(len(text.editable_words))
            picked = sorted(rng.sample(len(places), min(count, len(places))))
            edits = [self._middle(text, places[place], rng) for place in picked]
        elif self._given or self.texts == "fillers":
            edits = (_at_start if self.at == "start" else _at_end)(text, places[0], self._draw(text, rng), self._given)
        else:
            drawn = sorted(rng.sample(len(tags), self.count(len(tags))))
            edits = _hung_on(text, " ".join(tags[place] for place in drawn))
        return keeping_quantities(text, edits)

    def _draw(self, text: Text, rng: Rng) -> str:
        return rng.choice(self._given or _fillers(text.language, self.at))

    def _middle(self, text: Text, at: int, rng: Rng) -> Edit:
        new = self._draw(text, rng)
        if self._given:
            new = new if text.language in WITHOUT_BLANKS else f" {new}"
        return (at, at, new)


@cache
def _lines(lexicon: str) -> Sequence[str]:
    """The texts in a file of the user. Raises ResourceError where there are none."""
    lines = read_text(Lexicon("texts to insert", lexicon, "yours").path(), "texts to insert").splitlines()
    texts = [line.strip() for line in lines if line.strip()]
    if not texts:
        raise ResourceError(f"{lexicon} has no texts to insert; give it one text a line")
    return texts


@cache
def _fillers(language: str, at: str) -> Sequence[str]:
    return _FILLERS[language][at].split("|")


def _at_start(text: Text, at: int, new: str, given: Sequence[str]) -> list[Edit]:
    blank = "" if text.language in WITHOUT_BLANKS else " "
    start, end = text.words[0]
    first = text.value[start:end]
    if given or not first[:1].isupper():
        return [(at, at, new + blank)]
    capital = (at, at, new[0].upper() + new[1:] + blank)
    if text.language == "en" and not text.tokens and text.is_editable(start, end) and lowers_capital(first):
        return [capital, (start, end, first[0].lower() + first[1:])]
    return [capital]


def _at_end(text: Text, at: int, new: str, given: Sequence[str]) -> list[Edit]:
    if given and not (new[0].isalnum() and new[-1].isalnum()):
        return _hung_on(text, new)
    tail = _TAIL.match(text.value, at)
    if not tail or (not given and not _QUESTION.isdisjoint(tail[0])):
        return []
    return [(at, at, new if not given or text.language in WITHOUT_BLANKS else f" {new}")]


def _hung_on(text: Text, new: str) -> list[Edit]:
    """The edit that puts something behind the last mark, before blanks that end the text."""
    value = text.value
    at = len(value.rstrip())
    if not new or not text.is_editable(at, at) or inside_grapheme(value, at):
        return []
    return [(at, at, new if text.language in WITHOUT_BLANKS and not value[at - 1].isascii() else f" {new}")]


def _between(text: Text) -> list[int]:
    """The ends of words behind which another follows, neither of them a number and the first no negation."""
    value, holds = text.value, _holds(text.language)
    gap = "" if text.language in WITHOUT_BLANKS else " "
    return [
        end
        for (start, end), (after, last) in pairwise(text.editable_words)
        if value[end:after] == gap
        and value[after] not in _PARTICLES
        and holds[value[start:end]]
        and holds[value[after:last]]
    ]


@cache
def _holds(language: str) -> WordCache[bool]:
    """Whether a word is one of letters that neither counts nor says no, so that something may stand beside it."""
    return WordCache(lambda word: word.isalpha() and NUMBER_SIGNS.isdisjoint(word) and not negates(word, language))


def _hashtags(text: Text) -> list[str]:
    value, tag = text.value, _tag(text.language)
    return [new for new in dict.fromkeys(tag[value[start:end]] for start, end in text.editable_words) if new]


@cache
def _tag(language: str) -> WordCache[str]:
    """A hashtag of a word, empty for one that says little."""
    hanging = "#" if language in WITHOUT_BLANKS else ""
    stop = stop_words(language)

    def tag(word: str) -> str:
        small = word.lower()
        says_little = len(word) < (2 if hanging else 4) or small in stop or not _may_be_noun(small, language)
        return "" if says_little or not word.isalpha() or negates(word, language) else f"#{small}{hanging}"

    return WordCache(tag)


def _may_be_noun(small: str, language: str) -> bool:
    """Whether a word is mostly a noun, so far as its language is known."""
    if language == "zh":
        return chinese_words(_COMMONEST).get(small, ("", 0))[0] == "n"
    kinds = forms().kinds.get(small, "") if language == "en" else "NN"
    return "NN" in kinds and (language != "en" or forms().usual.get(small, "n") == "n")
