"""Words and phrases that somebody listed for their texts, each with what may stand for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from operator import attrgetter

from augcli.language.phrases import Phrases, negations_in
from augcli.steps.replacement.slots import Candidates, Target
from augcli.text.edits import touches
from augcli.text.text import Text
from augcli.text.words import match_case

_NAMED = 5
_OPENING = re.compile(r"(?:\A|[.!?…:;\n\r\x85\u2028\u2029])[\s\"'“‘(\[*#>–—-]*\Z")
"""What stands before the first word of a sentence."""
_LOOK_BACK = 40
_CAPITAL = re.compile(r" (?!I\b)[A-Z]")


class WordList:
    """A list to be taken as it stands: its words are found as they are written, and its other words come in so.

    Only what would lose a negation, or bring one in, does not. With `keep_names`, words listed in small letters stay
    where capitals make them part of a name (Pearl Harbor, Labor Day), and what begins a sentence gets a capital.
    """

    def __init__(self, others: Mapping[str, Iterable[str]], language: str, *, keep_names: bool = False) -> None:
        self._options: dict[str, tuple[str, ...]] = {}
        self._keep_names = keep_names
        for word, known in others.items():
            said = negations_in(word, language)
            if fitting := tuple(other for other in dict.fromkeys(known) if negations_in(other, language) == said):
                self._options[word] = fitting
        self._phrases = Phrases(self._options, language)
        useless = [word for word in others if word not in self._options or word in self._phrases.unfindable]
        named = ", ".join(useless[:_NAMED]) + ", ..." * (len(useless) > _NAMED)
        self.warning = ""
        """What never applies, if anything."""
        if useless:
            self.warning = (
                f"{len(useless)} of {len(others)} words can never be replaced ({named}): a negation would go or "
                "come, or they begin with no word"
            )

    def targets(self, text: Text) -> list[Target]:
        """The places of the listed words that may be edited, in order; a full stop that ends a sentence stays."""
        value = text.value
        found = []
        for start, end, phrase in self._phrases.find(text):
            written, options = value[start:end], self._options[phrase]
            if self._keep_names and phrase.islower() and _in_name(value, start, end):
                continue
            if written != phrase:
                options = tuple(match_case(option, written) for option in options)
            elif self._keep_names and written[0].isupper() and _opens_sentence(value, start):
                options = tuple(option[:1].upper() + option[1:] for option in options)
            if phrase.endswith(".") and not value[end:].strip():
                end -= 1
            if value.startswith(".", end):
                options = tuple(option.removesuffix(".") for option in options)
            if fresh := dict.fromkeys((option for option in options if option != value[start:end]), 1):
                found.append(Target(start, end, Candidates.of(fresh), as_given=True))
        return found


def _in_name(value: str, start: int, end: int) -> bool:
    """Whether the word at [start, end) has a capital that no beginning of a sentence asks for, or is before another."""
    written = value[start:end]
    if not written[0].isupper() or (len(written) > 1 and written.isupper()):
        return False
    return bool(_CAPITAL.match(value, end)) or not _opens_sentence(value, start)


def _opens_sentence(value: str, start: int) -> bool:
    before = value[max(0, start - _LOOK_BACK) : start]
    return bool(_OPENING.search(before))


def side_by_side(first: list[Target], others: list[Target]) -> list[Target]:
    """All of `first`, and those of `others` that touch none of them, in order."""
    taken = [(target.start, target.end) for target in first]
    free = [target for target in others if not touches(taken, target.start, target.end)]
    return sorted([*first, *free], key=attrgetter("start"))
