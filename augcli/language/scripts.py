"""Scripts that tell the language of a text."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

_SCRIPTS = {
    "zh": r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    "ja": r"\u3041-\u30ff\u31f0-\u31ff",
    "ko": r"\u1100-\u11ff\uac00-\ud7a3",
    "th": r"\u0e01-\u0e5b",
    "lo": r"\u0e81-\u0edf",
    "km": r"\u1780-\u17f9",
    "my": r"\u1000-\u109f",
}
"""What stands in the text of a language and in few others; kana, for Japanese."""
NAMES = {
    "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "th": "Thai", "lo": "Lao", "km": "Khmer", "my": "Burmese",
}  # fmt: skip
_LANGUAGES = tuple(_SCRIPTS)


@cache
def _letters() -> re.Pattern[str]:
    """Each of the scripts is a group; most texts have none of them, and need no pattern."""
    return re.compile("|".join(f"([{letters}])" for letters in _SCRIPTS.values()))


def runs_on(char: str) -> bool:
    """Whether `char` is of a script in which a name may border on other letters: no blank, or an ending, follows."""
    return not char.isascii() and bool(_letters().match(char))


def language_by_script(text: str) -> str | None:
    """The language that most letters of `text` tell by their script; None where it may be one of many."""
    if text.isascii():
        return None
    counts = Counter(_LANGUAGES[(match.lastindex or 1) - 1] for match in _letters().finditer(text))
    if not counts or 2 * counts.total() <= sum(map(str.isalpha, text)):
        return None
    if 10 * counts["ja"] > counts["zh"]:  # Japanese has Chinese characters too
        counts["ja"] += counts.pop("zh", 0)
    return counts.most_common(1)[0][0]
