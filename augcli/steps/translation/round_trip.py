"""A text on its way through other languages and back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from augcli.language.chinese import converter
from augcli.models.results import Request, Results
from augcli.steps.translation.faults import fault
from augcli.text.edits import Edit, Interval, apply
from augcli.text.sentences import sentences
from augcli.text.text import Text
from augcli.text.words import APOSTROPHE_SIGNS, inside_grapheme, plain
from augcli.translation.placeholders import MaskedSentence, mask_sentence
from augcli.translation.translator import Translator, translated

Route: TypeAlias = tuple[str, ...]
"""Languages in the order that a text goes through them; the first and the last are its own."""


_LONG_WORD = re.compile(r"[^\W\d_]{4,}")


_SIGNS = APOSTROPHE_SIGNS | str.maketrans("“”„«»‚–—。、", '"""""\'--.,')
"""Signs that only look different, beside those that NFKC knows."""


@dataclass(slots=True)
class Unit:
    """A sentence on its way, with its keys for each leg, and what came out of each so far."""

    sentence: MaskedSentence
    keys: Sequence[int]
    stages: list[Results] = field(default_factory=list)


class RoundTrip(NamedTuple):
    """A text on its way: the how-manieth of its variants by this route, and its sentences."""

    text: Text
    route: Route
    turn: int
    units: Sequence[Unit]
    whole: bool
    """Whether all sentences that are worth it could set out."""

    def at(self, leg: int) -> str:
        """The text after a leg, its best results taken."""
        edits = [
            (unit.sentence.free[0][0], unit.sentence.free[-1][1], unit.sentence.shown(unit.stages[leg][0]))
            for unit in self.units
        ]
        return apply(self.text.value, edits)


def masked_sentences(text: Text) -> list[MaskedSentence]:
    """The sentences of a text that are worth a translation, their protected parts replaced by placeholders."""
    found = [
        mask_sentence(text.value, start, end, text.protected) for start, end in sentences(text.value, text.language)
    ]
    return [sentence for sentence in found if sentence.worth()]


def translate_leg(translator: Translator, leg: int, units: Sequence[Unit]) -> None:
    """Translate what came out of the leg before, best result first; what came to nothing stays so."""
    texts = [unit.stages[-1][:1] if unit.stages else (unit.sentence.text,) for unit in units]
    requests = [Request(text[0], unit.keys[leg]) if text else None for text, unit in zip(texts, units, strict=True)]
    found = translated(translator, filter(None, requests))
    for unit, request in zip(units, requests, strict=True):
        unit.stages.append(found[request] if request else ())


def nth_result(unit: Unit, turn: int, text: Text) -> list[str] | None:
    """The parts of a result that keeps the placeholders: the best one for turn 0, then those that are different.

    The sentence as it was comes last. None when no result keeps them.
    """
    kept = (parts for result in unit.stages[-1] if (parts := unit.sentence.parts(result)) is not None)
    before = [text.value[start:end] for start, end in unit.sentence.free]
    distinct = {_normal("X".join(parts), text.language): parts for parts in reversed(list(kept))}
    distinct = dict(reversed(distinct.items()))
    if not distinct:
        return None
    same = distinct.pop(_normal("X".join(before), text.language), None)
    choices = [*([_begin_like(before[0], first), *rest] for first, *rest in distinct.values())]
    choices += [before] if same else []
    return choices[min(turn, len(choices) - 1)]


def _begin_like(before: str, after: str) -> str:
    """`after` with a small or capital letter at its start, as `before` has it; words in capitals stay."""
    word = after.split(maxsplit=1)[:1]
    if before[:1].islower() and word and word[0].istitle() and len(word[0]) > 1:
        return after[:1].lower() + after[1:]
    return after[:1].upper() + after[1:] if before[:1].isupper() and after[:1].islower() else after


def _normal(text: str, language: str) -> str:
    """`text` without what makes no other sentence of it: case, blanks, width and shape of signs, traditional forms."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_SIGNS)
    return "".join(converter("t2s")(folded).split()) if language == "zh" else " ".join(folded.split())


def foreign_words(unit: Unit, parts: Sequence[str]) -> set[str]:
    """Words that went through the last leg as they were, though the sentence did not have them."""
    pivot, after, before = (
        set(_LONG_WORD.findall(text.casefold())) for text in (unit.stages[-2][0], " ".join(parts), unit.sentence.text)
    )
    return (pivot & after) - before


def fault_of(unit: Unit, parts: Sequence[str], text: Text) -> str:
    """What is wrong with what came back, see `fault`; protected parts aside."""
    before = [text.value[start:end] for start, end in unit.sentence.free]
    return fault(" X ".join(before), " X ".join(parts), text.language) if list(parts) != before else ""


def edits_of(value: str, free: Sequence[Interval], parts: Sequence[str]) -> list[Edit]:
    """The edits that put `parts` in the places `free` of `value`."""
    return [(*place, part) for place, part in zip(free, parts, strict=True) if value[slice(*place)] != part]


def is_seamless(after: str, edits: Sequence[Edit]) -> bool:
    """Whether no edit joins a character to one that stays."""
    if plain(after):
        return True
    shift = 0
    for start, end, new in edits:
        if inside_grapheme(after, start + shift) or inside_grapheme(after, start + shift + len(new)):
            return False
        shift += len(new) - (end - start)
    return True
