"""The order of sentences."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

from augcli.steps.step import Step, StepResult
from augcli.text.edits import Edit, Interval
from augcli.text.rng import Rng
from augcli.text.sentences import CLOSERS, UNSPACED_MARKS, is_complete, sentences
from augcli.text.text import Text


class ShuffleSentences(Step):
    """Put the sentences in another order; the blanks and line breaks between them stay where they are.

    A sentence with protected text and one without an end mark keep their place, and so does one that goes on in the
    next line, as in mail that is broken into lines.
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
    return slots


def _goes_on(value: str, before: Interval, after: Interval) -> bool:
    """Whether a sentence may be the rest of the line before, which has no end mark: The mill was / closed."""
    lines = value[before[1] : after[1]].splitlines()
    return len(lines) > 1 and all(lines[1:]) and not is_complete(value, *before)
