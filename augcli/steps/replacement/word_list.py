"""Words and phrases that somebody listed for their texts, each with what may stand for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import attrgetter

from augcli.language.phrases import Phrases, negations_in
from augcli.language.thesaurus import Thesaurus
from augcli.steps.replacement.slots import Candidates, Target
from augcli.text.edits import touches
from augcli.text.text import Text
from augcli.text.words import match_case

_NAMED = 5


class WordList:
    """A list to be taken as it stands: its words are found as they are written, and its synonyms come in so.

    Only what would lose a negation, or bring one in, does not.
    """

    def __init__(self, listed: Mapping[str, Mapping[str, int]], language: str) -> None:
        """`listed` has for each word what may stand for it, with weights."""
        self._options: dict[str, dict[str, int]] = {}
        for word, others in listed.items():
            said = negations_in(word, language)
            fitting = {other: weight for other, weight in others.items() if negations_in(other, language) == said}
            if fitting:
                self._options[word] = fitting
        self._phrases = Phrases(self._options, language)
        useless = [word for word in listed if word not in self._options or word in self._phrases.unfindable]
        named = ", ".join(useless[:_NAMED]) + ", ..." * (len(useless) > _NAMED)
        self.warning = ""
        """What never applies, if anything."""
        if useless:
            self.warning = (
                f"{len(useless)} of {len(listed)} words can never be replaced ({named}): a negation would go or "
                "come, or they begin with no word"
            )

    @classmethod
    def of(cls, thesaurus: Thesaurus, language: str) -> WordList:
        """A list of all that a thesaurus has for each word."""
        listed = {
            word: dict.fromkeys((other for sense in senses for other in sense.words), 1)
            for word, senses in thesaurus.items()
        }
        return cls(listed, language)

    def targets(self, text: Text) -> list[Target]:
        """The places of the listed words that may be edited, in order."""
        value = text.value
        found = []
        for start, end, phrase in self._phrases.find(text):
            written, options = value[start:end], self._options[phrase]
            if written != phrase:
                options = {_match_case(option, written): weight for option, weight in options.items()}
            found.append(Target(start, end, Candidates.of(options), as_given=True))
        return found


def _match_case(option: str, written: str) -> str:
    """`option` in the case of a phrase, in which the pronoun I tells nothing but how it is written itself."""
    if _SMALL_I.search(written):
        option = _I.sub("i", option)
    return match_case(option, written[:1] + _I.sub("i", written[1:]))


_I, _SMALL_I = re.compile(r"\bI\b"), re.compile(r"\bi\b")


def side_by_side(first: list[Target], others: list[Target]) -> list[Target]:
    """All of `first`, and those of `others` that touch none of them, in order."""
    taken = [(target.start, target.end) for target in first]
    free = [target for target in others if not touches(taken, target.start, target.end)]
    return sorted([*first, *free], key=attrgetter("start"))
