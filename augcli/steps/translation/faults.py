"""Why a translation is refused: reasons, and those that its text tells."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from augcli.language.negation import LANGUAGES, count_negations

UNCLEAN = "control characters or broken Unicode"
FAILED = "a sentence too long for the model, or no whole translation"
LOST = "protected text lost or moved"
LENGTH = "length ratio"
FOREIGN = "words left in the other language"
NEGATED = "a negation lost or added"
UNKNOWN = "marks of unknown words"
STRAY = "brackets, HTML entities or line breaks out of nowhere"

_UNKNOWN = re.compile(r"<unk>|[⁇▁\ufffd]|(?<![\w&])[*@#](?=\w)", re.IGNORECASE)
_STRAY = re.compile(
    r"[][{}()<>（）［］｛｝【】「」]|&(?:#\d+|#x[\da-f]+|[a-z]\w*);|[\n\r\v\f\x85\u2028\u2029]", re.IGNORECASE
)


def fault(before: str, after: str, language: str) -> str:
    """Why what came back may not take the place of what was sent; empty when nothing speaks against it."""
    if _more(_UNKNOWN, before, after):
        return UNKNOWN
    if _more(_STRAY, before, after):
        return STRAY
    changed = language in LANGUAGES and count_negations(before, language) != count_negations(after, language)
    return NEGATED if changed else ""


def _more(signs: re.Pattern[str], before: str, after: str) -> bool:
    """Whether `after` has signs that `before` does not have, or more of them; of any width."""
    old, new = (
        Counter(unicodedata.normalize("NFKC", sign) for sign in signs.findall(text)) for text in (before, after)
    )
    return not new <= old
