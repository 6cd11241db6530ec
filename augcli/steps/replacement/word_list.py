"""Words and phrases that somebody listed for their texts, each with what may stand for it."""

from __future__ import annotations

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

    def __init__(self, thesaurus: Thesaurus, language: str) -> None:
        self._options: dict[str, tuple[str, ...]] = {}
        for word, senses in thesaurus.items():
            said = negations_in(word, language)
            others = dict.fromkeys(other for sense in senses for other in sense.words)
            if fitting := tuple(other for other in others if negations_in(other, language) == said):
                self._options[word] = fitting
        self._phrases = Phrases(self._options, language)
        useless = [word for word in thesaurus if word not in self._options or word in self._phrases.unfindable]
        named = ", ".join(useless[:_NAMED]) + ", ..." * (len(useless) > _NAMED)
        self.warning = ""
        """What never applies, if anything."""
        if useless:
            self.warning = (
                f"{len(useless)} of {len(thesaurus)} words can never be replaced ({named}): a negation would go or "
                "come, or they begin with no word"
            )

    def targets(self, text: Text) -> list[Target]:
        """The places of the listed words that may be edited, in order."""
        value = text.value
        found = []
        for start, end, phrase in self._phrases.find(text):
            written, options = value[start:end], self._options[phrase]
            if written != phrase:
                options = tuple(match_case(option, written) for option in options)
            found.append(Target(start, end, Candidates.of(dict.fromkeys(options, 1)), as_given=True))
        return found


def side_by_side(first: list[Target], others: list[Target]) -> list[Target]:
    """All of `first`, and those of `others` that touch none of them, in order."""
    taken = [(target.start, target.end) for target in first]
    free = [target for target in others if not touches(taken, target.start, target.end)]
    return sorted([*first, *free], key=attrgetter("start"))
