"""Two rows of the input mixed: parts of both, or one after the other."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from itertools import cycle, islice
from typing import ClassVar, Literal

from pydantic import Field

from augcli.steps.partners import Partner
from augcli.steps.step import PartnerStep, PerTextStep, StepResult
from augcli.text.edits import Edit, Interval, apply
from augcli.text.quantities import extends_quantity
from augcli.text.rng import Rng
from augcli.text.sentences import CLOSERS, MARKS
from augcli.text.text import Text
from augcli.text.words import WITHOUT_BLANKS, Segment, inside_grapheme, segmenter

_TRIES = 8
_OPENERS = "([{「『（【《〈〔“‘"
_LEADING_MARKS = re.compile(rf"(?:[{MARKS}]{{2,}}|[{MARKS}](?!\w))\s*")


class Mix(PartnerStep, PerTextStep[Sequence[Interval]]):
    """Splice a text with that of another row of the input, its partner, or join both.

    splice: the first part of one and the last part of the other, drawn which, each cut between two words behind 30 to
    70 % of its words. join: one after the other, drawn which first, with a blank between them where the language has
    blanks; marks that end a sentence are not doubled. Nothing else changes, protected text stays, and a part that holds
    some is not replaced; negations go and come with their part. Partners are drawn from the rows of the input; of more
    than 20,000, from those with the smallest hashes. The provenance names the partner: `{"with": id}`. Each row must be
    one text without entities.
    """

    name: ClassVar = "mix"
    family: ClassVar = "noise, words"
    works_on_parts: ClassVar = False
    may_change_label: ClassVar = True
    paper: ClassVar = "Luque 2019, Atalaya at TASS 2019, instance crossover (arXiv:1909.11241)"
    example: ClassVar = "mix: {method: splice, partner: same_label}"

    method: Literal["splice", "join"] = Field(
        "splice", description="splice: parts of both texts; join: both texts, one after the other"
    )
    partner: Literal["same_label", "any"] = Field(
        "same_label",
        description="same_label: only rows with the same label, or all the same labels; any: all rows, which blurs the "
        "label, so that a variant may need another",
    )

    def needs_label(self) -> bool:
        return self.partner == "same_label"

    def blurs_label(self) -> bool:
        return self.partner == "any"

    def prepare(self, texts: Sequence[Text]) -> list[Sequence[Interval]]:
        return [[part for part in self._parts(text) if text.is_editable(*part)] for text in texts]

    def _parts(self, text: Text) -> Sequence[Interval]:
        """What of a text the partner's may come for: its beginnings and ends; to join both, a place at either end."""
        first, last = len(text.value) - len(text.value.lstrip()), len(text.value.rstrip())
        if self.method == "join":
            return [(first, first), (last, last)] if text.words else []
        cuts = _cuts(text.value, text.words, text.language)
        return [part for cut in cuts for part in ((first, cut), (cut, last))]

    def propose(self, text: Text, prepared: Sequence[Interval], rng: Rng) -> list[Edit]:
        if not prepared:
            return StepResult(refused=f"no place to {self.method}")
        rows = self._rows.get(text.label if self.partner == "same_label" else "", ())
        drawn = [rows[place] for place in rng.sample(len(rows), _TRIES + 2)]
        others = [row for row in drawn if row.text != text.value and row.key != rng.row]
        for row in islice(cycle(others), _TRIES):
            edit = self._edit(text, *rng.choice(prepared), row.text, rng)
            if edit and _fits(text, edit, row.text):
                return StepResult([edit], note={"with": row.id})
        return StepResult(refused=f"no way to {self.method}" if others else "no other row to mix with")

    @cached_property
    def _rows(self) -> Mapping[str, Sequence[Partner]]:
        """The partners, no text twice, by label; under an empty one where any will do."""
        if self.partner == "any":
            return {"": list({row.text: row for row in self.partners}.values())}
        groups: dict[str, dict[str, Partner]] = {}
        for row in self.partners:
            if row.label:
                groups.setdefault(row.label, {})[row.text] = row
        return {label: list(group.values()) for label, group in groups.items()}

    @cached_property
    def _cuts(self) -> Callable[[str, Segment, str], Sequence[int]]:
        """For a language, what finds its words and the text of a partner: where this may be cut."""
        return cache(lambda language, segment, value: _cuts(value, segment(value), language))

    def _edit(self, text: Text, start: int, end: int, other: str, rng: Rng) -> Edit | None:
        """The edit that puts a part of another text, or all of it, in the place of a part."""
        before, after = text.value[:start].rstrip(), text.value[end:].lstrip()
        if self.method == "splice":
            if not (cuts := self._cuts(text.language, text.segment or segmenter(text.language), other)):
                return None
            cut = rng.choice(cuts)
            return start, end, other[cut:].rstrip() if before else other[:cut].lstrip()
        other = other.strip()
        if not before:
            kept = other.rstrip(MARKS) if _LEADING_MARKS.match(after) else other
            return start, end, kept + _blank(kept, after, text.language)
        marks = _LEADING_MARKS.match(other) if before.rstrip(CLOSERS)[-1:] in MARKS else None
        kept = other[marks.end() :] if marks else other
        return start, end, _blank(before, kept, text.language) + kept


def _cuts(value: str, words: Sequence[Interval], language: str) -> Sequence[int]:
    """The places between two words of a text behind 30 to 70 % of them where it may be cut.

    A mark or blank goes with the word before it, a bracket or quotation mark that opens with the word behind.
    """
    found = array("L")
    for word in range(max(1, -(-3 * len(words) // 10)), min(len(words), 7 * len(words) // 10 + 1)):
        end, start = words[word - 1][1], words[word][0]
        gap = value[end:start]
        blanks = 1 if gap == " " else len(gap) - len(re.split(r"\s", gap)[-1])
        if not blanks and language not in WITHOUT_BLANKS:
            continue
        cut = end + (blanks or len(gap.rstrip(_OPENERS)))
        if not (_runs_on(value, cut) or inside_grapheme(value, cut)):
            found.append(cut)
    return found


def _blank(before: str, after: str, language: str) -> str:
    """What stands between two texts."""
    return " " if language not in WITHOUT_BLANKS or _runs_on(before[-1:] + after[:1], 1) else ""


def _runs_on(value: str, at: int) -> bool:
    """Whether Latin text goes on at `at`: within a word, a number or a URL, also among Chinese characters."""
    around = value[max(0, at - 1) : at + 1]
    return len(around) == 2 and around.isascii() and not any(map(str.isspace, around))


def _fits(text: Text, edit: Edit, other: str) -> bool:
    """Whether an edit makes a text that is neither of both, and leaves characters, words and numbers whole."""
    start, end, new = edit
    value, after = text.value, apply(text.value, [edit])
    borders = start, start + len(new)
    return (
        after.strip() not in (value.strip(), other.strip())
        and not any(inside_grapheme(value, at) for at in (start, end))
        and not any(inside_grapheme(after, at) or _runs_on(after, at) for at in borders)
        and not (text.protected and extends_quantity(text, edit))
    )
