"""The language of texts, told by their letters and their commonest words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from augcli.commands.init.guess import Guess
from augcli.language.content_words import stop_words
from augcli.language.function_words import NAMES, language_by_words, words_of
from augcli.language.keyboards import LAYOUTS, letters, script
from augcli.language.scripts import NAMES as SCRIPT_NAMES
from augcli.language.scripts import language_by_script

_SCRIPTS = {"ARABIC": "ar", "DEVANAGARI": "hi"}
"""Those of languages without a layout of keys."""
_COMMON = 0.3
"""Share of the words of a text that are common ones of its language: half and more in English; of others, few are."""
_ENOUGH = 20
"""Words that tell a language for sure."""


def language_of(texts: Sequence[str]) -> Guess:
    """The language of most of some texts; English, in doubt, where nothing tells."""
    by_script = Counter(language_by_script(text) for text in texts)
    language, number = by_script.most_common(1)[0] if by_script else (None, 0)
    if language and 2 * number > len(texts):
        return Guess(language, f"{SCRIPT_NAMES[language]}, told by its letters")
    written = Counter(script(word) for text in texts for word in text[:1000].split())
    del written["LATIN"], written[""]
    kind, number = written.most_common(1)[0] if written else ("", 0)
    if 2 * number > sum(len(text[:1000].split()) for text in texts):
        sharing = [name for name in LAYOUTS if script(letters(name)) == kind] or [_SCRIPTS.get(kind, "")]
        first = "ru" if "ru" in sharing else sharing[0]
        if first:
            doubt = f"its letters are {kind.title()}, which other languages have too"
            return Guess(first, f"told by its letters: {kind.title()}", doubt)
    words = [word for text in texts for word in words_of(text)]
    if not words:
        return Guess("en", "a guess", "the texts are too short to tell their language")
    language = language_by_words(words, "en") or "en"
    if sum(word in stop_words(language) for word in words) < _COMMON * len(words):
        return Guess(language, "a guess", f"few words are common ones of {NAMES[language]}")
    doubt = f"{len(words)} words are few to tell it by" if len(words) < _ENOUGH else ""
    return Guess(language, f"{NAMES[language]}, told by its commonest words", doubt)
