"""The order of sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from augcli.steps.step import Step, StepResult
from augcli.text.edits import Edit, Interval
from augcli.text.rng import Rng
from augcli.text.sentences import CLOSERS, UNSPACED_MARKS, is_complete, sentences
from augcli.text.text import Text

_ANSWERS = {
    "en": re.compile(
        r"[\"“‘'(]*(?:but|however|so|therefore|thus|hence|consequently|instead|otherwise|nevertheless|nonetheless|yet|and|"
        r"also|besides|moreover|furthermore|then|afterwards|meanwhile|likewise|for example|for instance|in addition|"
        r"on the other hand|as a result|in contrast|that is why)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        "[“「『（]*(?:但|不过|不過|然而|可是|只是|却|卻|所以|因此|因而|于是|於是|而|并且|並且|另外|此外|其次|"
        "然后|然後|接着|接著|最后|最後|同时|同時|不然|否则|否則|反而|相反|总之|總之|再说|再說|比如|例如|也)"
    ),
}
"""Beginnings of sentences that say something of the one before."""


class ShuffleSentences(Step):
    """Put the sentences in another order; the blanks and line breaks between them stay where they are.

    A sentence that answers the one before it (But, However, So, 但是, 不过, 所以) stays behind it, in English and
    Chinese. A sentence with protected text and one without an end mark keep their place, and so does one that goes on
    in the next line, as in mail that is broken into lines.
    """

    name: ClassVar = "shuffle_sentences"
    family: ClassVar = "noise, words"
    works_on_parts: ClassVar = False
    moves_words: ClassVar = True
    example: ClassVar = "shuffle_sentences"
    uses_words: ClassVar = False

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        value = text.value
        slots = _movable(text)
        before = [value[start:end] for start, end in slots]
        if len(set(before)) < 2:
            return []
        order = rng.sample(len(before), len(before))
        if [before[place] for place in order] == before:
            order = [*range(1, len(before)), 0]
        moved = [(at, place) for at, place in enumerate(order) if before[at] != before[place]]
        edits = [(*slots[at], before[place]) for at, place in moved]
        return StepResult(edits, note={"from": [slots[place] for _, place in moved]}) if text.tokens else edits


def _movable(text: Text) -> list[Interval]:
    """The sentences that may stand in each other's place."""
    value = text.value
    found = sentences(value, text.language, wrapped=True)
    going_on = {after for before, after in pairwise(found) if _goes_on(value, before, after)}
    slots = [
        place for place in found if place not in going_on and text.is_editable(*place) and is_complete(value, *place)
    ]
    if any(end < len(value) and not value[end].isspace() for _, end in found):
        # one of them stands right before the next: only 。 and the like end a sentence there
        slots = [(start, end) for start, end in slots if value[start:end].rstrip(CLOSERS)[-1] in UNSPACED_MARKS]
    return _with_answers(text, found, slots)


def _with_answers(text: Text, found: Sequence[Interval], slots: Sequence[Interval]) -> list[Interval]:
    """The sentences, those that answer the one before them joined with it; less those that answer one that stays."""
    answers = _ANSWERS.get(text.language)
    if answers is None:
        return [*slots]
    before = dict(zip(found[1:], found, strict=False))
    joined: list[Interval] = []
    ends: Interval | None = None  # the last sentence of the last of these
    for slot in slots:
        if not answers.match(text.value, *slot):
            joined.append(slot)
        elif joined and before.get(slot) == ends and text.is_editable(joined[-1][0], slot[1]):
            joined[-1] = (joined[-1][0], slot[1])
        else:
            continue
        ends = slot
    return joined


def _goes_on(value: str, before: Interval, after: Interval) -> bool:
    """Whether a sentence may be the rest of the line before, which has no end mark: The mill was / closed."""
    lines = value[before[1] : after[1]].splitlines()
    return len(lines) > 1 and all(lines[1:]) and not is_complete(value, *before)
