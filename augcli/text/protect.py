"""What no step may edit: line breaks, entity spans, patterns such as URLs, and words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from augcli.text.edits import Interval, Span, merge

_NUMERALS = "〇零一二两三四五六七八九十百千万亿兆"
_START, _END = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])"
"""Where an ASCII word begins and ends; `\\b` is not there beside a Chinese character, which counts as a letter."""
_URL_END = r"[!-~](?<![.,;:!?)\]}'\"])"
PATTERNS: dict[str, str] = {
    "url": rf"(?i:(?:https?|ftp)://[!-~]*{_URL_END}|{_START}www\.[!-~]*{_URL_END}"
    rf"|{_START}(?:[a-z0-9-]{{1,63}}\.){{1,9}}(?:com|org|net|edu|gov|io|cn|de|uk|co){_END}(?:/[!-~]*{_URL_END})?)",
    "email": r"(?a:(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9})",
    "number": r"[+-]?\d+(?:[.,:/-]\d+)*%?"
    rf"|第[{_NUMERALS}]+|[{_NUMERALS}]{{2,}}|[{_NUMERALS}](?=[年月日号点时分秒元块角岁])",
    "mention": rf"{_START}@\w+",
    "hashtag": rf"{_START}#\w+#?",
    "placeholder": r"\{\{[^{}]*\}\}|\{%[^{}]*%\}|\{[^{}\s]*\}|<[A-Za-z/!][^<>]*>|\[[A-Za-z_]\w*\]"
    rf"|\$\{{\w+\}}|\$[A-Za-z_][A-Za-z0-9_]*|%\(\w+\)[sdf]|%[sdf]{_END}|{_START}__[A-Za-z0-9_]{{1,64}}__{_END}",
}
"""Built-in patterns by name."""
_LINE_BREAKS = "\\n\\r\\x0b\\x0c\\x1c-\\x1e\\x85\\u2028\\u2029"
_HINTS: dict[str, tuple[str, str]] = {
    "url": (".:", r"[\w/]"),
    "email": ("@", ""),
    "number": (rf"\d{_NUMERALS}", ""),
    "mention": ("@", ""),
    "hashtag": ("#", ""),
    "placeholder": (r"{<\[$%_", ""),
}
"""What each match of a pattern holds: one of these characters, and this after it. Most texts hold none of them."""


class Protector:
    """Finds the protected intervals of a text, once; afterwards they move with the edits.

    `patterns` are names of PATTERNS or regular expressions; `words` are matched whole, in any case.
    Line breaks are protected too unless `line_breaks` is off, as it was when older runs were made.
    Raises re.error for a bad regular expression.
    """

    def __init__(
        self,
        patterns: Sequence[str] = (),
        words: Sequence[str] = (),
        keep_spans: bool = True,
        *,
        line_breaks: bool = True,
    ) -> None:
        hints = [_HINTS.get(pattern) for pattern in patterns] + [None] * len(words)
        regexes = [re.compile(PATTERNS.get(pattern, pattern)) for pattern in patterns]
        regexes += [re.compile(_whole_word_pattern(word), re.IGNORECASE) for word in words]
        if line_breaks:
            hints.append((_LINE_BREAKS, ""))
            regexes.append(re.compile(f"[{_LINE_BREAKS}]+"))
        self._searches = [
            (re.compile(f"[{hint[0]}]{hint[1]}" if hint else ""), regex)
            for hint, regex in zip(hints, regexes, strict=True)
        ]
        self._worth = re.compile(f"[{''.join([hint[0] for hint in hints if hint])}]" if all(hints) and hints else "")
        self._keep_spans = keep_spans

    def intervals(self, text: str, spans: Sequence[Span] = ()) -> list[Interval]:
        """Protected [start, end) of `text`, sorted and disjoint."""
        found = [(start, end) for start, end, _ in spans] if self._keep_spans else []
        if self._worth.search(text):
            for hint, regex in self._searches:
                if hint.search(text):
                    found += [match.span() for match in regex.finditer(text)]
        return merge(found) if found else found


def _whole_word_pattern(word: str) -> str:
    left = _START if re.match(r"[A-Za-z0-9_]", word) else ""
    right = _END if re.search(r"[A-Za-z0-9_]$", word) else ""
    return f"{left}{re.escape(word)}{right}"
