"""Words and phrases that somebody listed for their texts, each with what may stand for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import attrgetter

from augcli.language.phrases import Phrases, negations_in
from augcli.steps.replacement.slots import Candidates, Target
from augcli.text.edits import touches
from augcli.text.memo import REMEMBERED
from augcli.text.text import Text
from augcli.text.words import APOSTROPHE, match_case

_NAMED = 5
_OPENING = re.compile(r"(?:\A|[.!?…:;\n\r\x85\u2028\u2029])[\s\"'“‘(\[*#>–—-]*\Z")
"""What stands before the first word of a sentence."""
_LOOK_BACK = 40
_APOSTROPHE = re.compile(APOSTROPHE)
_I, _SMALL_I = re.compile(r"\bI\b"), re.compile(r"\bi\b")
_CAPITAL = re.compile(r" (?!I\b)[A-Z]")
_TITLE = re.compile(r" [A-Z][a-z]")


class WordList:
    """A list to be taken as it stands: its words are found as they are written, and its other words come in so.

    Only what would lose a negation, or bring one in, does not. With `keep_names`, words listed in small letters stay
    where capitals make them part of a name (Pearl Harbor, Labor Day), and what begins a sentence gets a capital.
    """

    def __init__(self, others: Mapping[str, Mapping[str, int]], language: str, *, keep_names: bool = False) -> None:
        """`others` has for each word what may stand for it, with weights."""
        self._options: dict[str, dict[str, int]] = {}
        self._keep_names = keep_names
        self._made: dict[tuple[str, str, int, bool, bool], Candidates] = {}
        for word, known in others.items():
            said = negations_in(word, language)
            fitting = {other: weight for other, weight in known.items() if negations_in(other, language) == said}
            if fitting:
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
            written = value[start:end]
            if written[-1] in "sS" and _APOSTROPHE.match(value, end):  # kids' and children's differ in what follows
                continue
            if self._keep_names and phrase.islower() and in_name(value, start, end):
                continue
            opens = self._keep_names and written[0].isupper() and _opens_sentence(value, start)
            if phrase.endswith(".") and not value[end:].strip():
                end -= 1
            options = self._candidates(phrase, written, end - start, opens, value.startswith(".", end))
            if options.words:
                found.append(Target(start, end, options, as_given=True, yours=not self._keep_names))
        return found

    def _candidates(self, phrase: str, written: str, length: int, opens: bool, stopped: bool) -> Candidates:
        """What may stand for the first `length` characters of a phrase as it is written: where it `opens` a sentence
        with a capital, and where it is `stopped` without its full stop.
        """
        asked = phrase, written, length, opens, stopped
        if asked in self._made:
            return self._made[asked]
        if len(self._made) >= REMEMBERED:
            self._made.clear()
        options = self._options[phrase]
        if written != phrase:
            options = {_match_case(option, written): weight for option, weight in options.items()}
        if opens:
            options = {option[:1].upper() + option[1:]: weight for option, weight in options.items()}
        if stopped:
            options = {option.removesuffix("."): weight for option, weight in options.items()}
        fresh = {option: weight for option, weight in options.items() if option != written[:length]}
        made = self._made[asked] = Candidates.of(fresh)
        return made


def _match_case(option: str, written: str) -> str:
    """`option` in the case of a phrase, in which the pronoun I tells nothing but how it is written itself."""
    if _SMALL_I.search(written):
        option = _I.sub("i", option)
    return match_case(option, written[:1] + _I.sub("i", written[1:]))


def in_name(value: str, start: int, end: int) -> bool:
    """Whether [start, end) has a capital that no beginning of a sentence asks for, or is one word before another.

    The pronoun I, and a phrase that goes on in small letters (Find me the), are in no name; get me The is.
    """
    written = value[start:end]
    goes_on = " " in written and not _CAPITAL.search(written)
    if not written[0].isupper() or _TITLE.search(written):
        return bool(_TITLE.search(written))
    if (len(written) > 1 and written.isupper()) or (goes_on and _I.match(written)):
        return False
    return (not goes_on and bool(_CAPITAL.match(value, end))) or not _opens_sentence(value, start)


def _opens_sentence(value: str, start: int) -> bool:
    before = value[max(0, start - _LOOK_BACK) : start]
    return bool(_OPENING.search(before))


def side_by_side(first: list[Target], others: list[Target]) -> list[Target]:
    """All of `first`, and those of `others` that touch none of them, in order."""
    taken = [(target.start, target.end) for target in first]
    free = [target for target in others if not touches(taken, target.start, target.end)]
    return sorted([*first, *free], key=attrgetter("start"))
