"""Scripts that tell the language of a text."""

from __future__ import annotations

import re
from collections import Counter

_SCRIPTS = {
    "zh": "㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff",
    "ja": "ぁ-ヿㇰ-ㇿ",
    "ko": "ᄀ-ᇿ가-힣",
    "th": "ก-๛",
    "lo": "ກ-ໟ",
    "km": "ក-៹",
    "my": "က-႟",
}
NAMES = {
    "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "th": "Thai", "lo": "Lao", "km": "Khmer", "my": "Burmese",
}  # fmt: skip
_LANGUAGES = tuple(_SCRIPTS)
_LETTER = re.compile("|".join(f"([{letters}])" for letters in _SCRIPTS.values()))
_RUNS_ON = re.compile(f"[{''.join(_SCRIPTS.values())}]")


def runs_on(char: str) -> bool:
    """Whether `char` is of a script in which a name may border on other letters: no blank, or an ending, follows."""
    return bool(_RUNS_ON.match(char))


def language_by_script(text: str) -> str | None:
    """The language that most letters of `text` tell by their script; None where it may be one of many."""
    if text.isascii():
        return None
    counts = Counter(_LANGUAGES[(match.lastindex or 1) - 1] for match in _LETTER.finditer(text))
    if not counts or 2 * counts.total() <= sum(map(str.isalpha, text)):
        return None
    if 10 * counts["ja"] > counts["zh"]:  # Japanese has Chinese characters too
        counts["ja"] += counts.pop("zh", 0)
    return counts.most_common(1)[0][0]
