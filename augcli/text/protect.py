"""What no step may edit: line breaks, HTML entities, patterns such as URLs, and words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from html.entities import html5
from typing import TypeAlias

from augcli.text.edits import Interval, merge
from augcli.text.quantities import quantities

Finder: TypeAlias = Callable[[str], list[Interval]]
"""Finds all intervals of a kind in a text."""
_START, _END = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])"
"""Where an ASCII word begins and ends; `\\b` is not there beside a Chinese character, which counts as a letter."""
_URL_CHAR = "[!-~\u00c0-\u024f\u0370-\u04ff]"
_URL_END = rf"{_URL_CHAR}(?<![.,;:!?)\]}}'\"])"
_DOMAINS = (
    "com|org|net|edu|gov|io|info|biz|xyz|app|dev|ai|tv|cc|gg|cn|hk|tw|jp|kr|de|fr|ch|nl|pl|ru|uk|eu|ie|ca|br|au|nz|co"
)
"""That name a site by themselves; other endings may be the next sentence: great.it is."""
_FILES = (
    "txt|md|csv|tsv|jsonl?|ya?ml|xml|html?|pdf|docx?|xlsx?|pptx?|log|ini|cfg|conf|toml|png|jpe?g|gif|svg|mp[34]|wav|zip|"
    "gz|tar|exe|dll|sh|bat|py|ipynb|js|ts|css|java|cpp|sql|php"
)
_NAME = r"[^\s\\/:*?\"'<>|`(){}\[\],;!，。；：！？、（）“”]"
"""A character in the name of a file."""
_STEM = r"(?:[^\W\u3400-\u9fff]|[.@+~-])"
"""The same, where a slash may also stand between words: no Chinese one, as in 他/她/它."""
_APOSTROPHE = "&(?:apos|[rl]squo|#0*39|#0*8217|#[xX]0*(?:27|2019));"
_ACCENTED = (
    "&(?:[A-Za-z]+(?:acute|grave|circ|uml|tilde|cedil|slash|ring|lig|caron)|#(?:19[2-9]|[23]\\d\\d))"
    "(?:;|(?![A-Za-z0-9]))"
)
_MATH = "(?:equation|align|gather|multline|eqnarray|math|displaymath|array|[bpvBV]?matrix|cases)"
PATTERNS: dict[str, str | Finder] = {
    "url": r"(?i:(?:https?|ftps?|s3|gs|file|git|ssh|wss?|jdbc|postgres(?:ql)?|mysql|mongodb|redis)://"
    rf"{_URL_CHAR}*{_URL_END}|{_START}www\.{_URL_CHAR}*{_URL_END}"
    rf"|{_START}(?:[a-z0-9-]{{1,63}}\.){{1,9}}(?:(?:{_DOMAINS}){_END}(?:/{_URL_CHAR}*{_URL_END})?|[a-z]{{2,24}}/{_URL_CHAR}*{_URL_END}))",
    "email": r"(?a:(?<![\w.+\-\u00c0-\u024f])[\w.+\-\u00c0-\u024f]{1,64}"
    r"@[\w\-\u00c0-\u024f]{1,63}(?:\.[\w-]{1,63}){1,9})",
    "number": quantities,
    "mention": rf"{_START}@\w+",
    "hashtag": rf"{_START}#\w+#?",
    "placeholder": r"\{\{[^{}]*\}\}|\{%[^{}]*%\}|\{[^{}\s]*\}|<[A-Za-z/!][^<>]*>|\[[A-Za-z_]\w*\]"
    rf"|\$\{{\w+\}}|\$[A-Za-z_][A-Za-z0-9_]*|%\(\w+\)[sdf]|%[sdf]{_END}|{_START}__[A-Za-z0-9_]{{1,64}}__{_END}",
    "emoticon": r"(?=[:;=<>}&¯^@*\[\-xXDToO0uUQ])"
    r"(?:(?<![A-Z0-9])(?:[<>}]?[:;]['’]?[-^o*]?(?:[)(\]\[|/\\*$}{@]+|[DPp3cO0oXx])|=[)(DPp]|[xX]D+|D:)(?![A-Za-z0-9/\\])"
    r"|(?:<|&lt;)/?3+(?!\d)|¯\\?_\(ツ\)_/¯|\^[_.\-oO]*\^|>[_.]+<|-_+-|[=@*;]_[=@*;]|\[[\u4e00-\u9fff]{1,5}\]"
    rf"|{_START}(?:T_+T|[oO0]_+[oO0]|[uU]_+[uU]|Q[AwWVv]Q){_END})",
    "code": r"```(?:[^`]|`(?!``))*```|(?<![A-Za-z0-9_`])`(?=[^\s`])[^`\n]{1,300}(?<=\S)`(?![A-Za-z0-9_`])",
    "latex": rf"\\begin\{{({_MATH}\*?)\}}(?:(?!\\begin)[\s\S])*?\\end\{{\1\}}|\\\((?:[^\\]|\\(?![()]))*\\\)"
    r"|\\\[(?:[^\\]|\\(?![\[\]]))*\\\]|\$\$[^$]+\$\$"
    r"|(?<![\w$\\])\$(?=[^\s$])(?:(?!\d)(?=[^$\n]*[\\^_={<>+])|(?=[^$\n]*[\\^_])|(?=[A-Za-z]'?\$))[^$\n]{1,300}(?<=[^\s$\\])\$(?![\w$])"
    r"|\\(?![nrt][A-Z])[A-Za-z]{2,30}\*?(?:\[[^\[\]\n]{0,100}\])?(?:\{[^{}\n]{0,300}\})*",
    "markdown": r"!?\[[^\[\]\n]{0,300}\]\((?:[^()\s]|\([^()\s]*\)){1,500}(?: \"[^\"\n]{0,200}\")?\)",
    "annotation": r"\[[^\[\]\n]{1,300}\](?:\([A-Za-z_][\w.:-]{0,100}\)|\{\"[^{}\n]{1,300}\})",
    "path": rf"(?<![A-Za-z0-9_])(?:[A-Za-z]:\\(?:{_NAME}+(?: {_NAME}+){{0,4}}\\)*"
    rf"(?:{_NAME}*(?: {_NAME}+){{0,3}}\.(?:{_FILES}){_END}|{_NAME}*)|\\\\{_NAME}+(?:\\{_NAME}+)+"
    rf"|(?<![A-Za-z0-9_/.:~<])(?:~|\.\.?)?/(?:{_STEM}+/)+{_STEM}+|(?<![A-Za-z0-9_/.:<])(?:~|\.\.?)/{_STEM}+"
    rf"|(?<![./\\-])(?:[A-Za-z0-9_-]{{1,64}}[/.]){{0,20}}[A-Za-z0-9_-]{{1,64}}\.(?:{_FILES}){_END})",
}
"""Built-in patterns by name: a regular expression, or what finds them."""
_WITHOUT_SEMICOLON = "|".join(sorted(name for name in html5 if name[-1] != ";"))
_ENTITY = (
    rf"(?:(?<![A-Za-z])[A-Za-z]{{1,30}})?(?:{_ACCENTED}[A-Za-z]{{0,30}})+"
    rf"|(?!(?<=[^\W\d_]){_APOSTROPHE}[^\W\d_])&(?:amp;)*"
    rf"(?:(?:[A-Za-z][A-Za-z0-9]{{1,31}}|#\d{{1,7}}|#[xX][0-9A-Fa-f]{{1,6}});|(?:{_WITHOUT_SEMICOLON}){_END})"
)
"""An HTML entity, with the word around it where it is a letter: caf&eacute;. Not an apostrophe within a word."""
_LINE_BREAKS = "\\n\\r\\x0b\\x0c\\x1c-\\x1e\\x85\\u2028\\u2029"
_HINTS: dict[str, tuple[str, str]] = {
    "url": (".:", r"[\w/]"),
    "email": ("@", ""),
    "mention": ("@", ""),
    "hashtag": ("#", ""),
    "placeholder": (r"{<\[$%_", ""),
    "emoticon": (r":;=<>^_D\[Q", r"(?:[DPp3cO0oxTuUAwWVv)(\]\[|/\\*$}{@'’^<>_.=;:\-\u4e00-\u9fff]|(?<=[xX]D)(?!\w))"),
    "code": ("`", ""),
    "latex": (r"$\\", ""),
    "markdown": (r"\]", r"\("),
    "annotation": (r"\]", r"[({]"),
    "path": (r"/\\.", rf"(?:(?<=\.)(?:{_FILES}){_END}|(?<=\\)\S|(?<=/)(?<![A-Za-z0-9_/:]/)[^\s/])"),
}
"""What each match of a pattern holds: one of these characters, and this after it. Most texts hold none of them."""


class _Search:
    """Finds a regular expression that is compiled when it is first needed; some take longer than to read many texts."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return re.compile(self._pattern)

    def __call__(self, text: str) -> list[Interval]:
        return [match.span() for match in self._regex.finditer(text)]


class Protector:
    """Finds what is protected in a text, once; afterwards it moves with the edits.

    `patterns` are names of PATTERNS or regular expressions; `words` are matched whole, in any case.
    Line breaks and HTML entities are protected too unless `always` is off, as it was when older runs were made.
    Raises re.error for a bad regular expression.
    """

    def __init__(
        self,
        patterns: Sequence[str] = (),
        words: Sequence[str] = (),
        *,
        keeps_spans: bool = True,
        always: bool = True,
    ) -> None:
        for pattern in {*patterns} - PATTERNS.keys():
            re.compile(pattern)
        hinted = [(_HINTS[pattern], PATTERNS[pattern]) for pattern in patterns if pattern in _HINTS]
        if always:
            hinted += [((_LINE_BREAKS, ""), f"[{_LINE_BREAKS}]+"), (("&", r"[\w#]"), _ENTITY)]
        others = [PATTERNS.get(pattern, pattern) for pattern in patterns if pattern not in _HINTS]
        others += [f"(?i:{_whole_word_pattern(word)})" for word in words]
        self._hint = _any_of([hint for hint, _ in hinted])
        self._hinted = [(_any_of([hint]), _finder(pattern)) for hint, pattern in hinted]
        self._others = [_finder(pattern) for pattern in others]
        self.keeps_spans = keeps_spans
        """Whether entity spans are protected too."""

    def intervals(self, text: str) -> list[Interval]:
        """Protected [start, end) of `text` beside its spans, sorted and disjoint."""
        found: list[Interval] = []
        for find in self._others:
            found += find(text)
        if self._hint.search(text):
            for hint, find in self._hinted:
                if hint.search(text):
                    found += find(text)
        if found and "&#" in text:
            found = _outside_apostrophes(text, found)
        return merge(found) if found else found


def _finder(pattern: str | Finder) -> Finder:
    return _Search(pattern) if isinstance(pattern, str) else pattern


def _any_of(hints: Sequence[tuple[str, str]]) -> re.Pattern[str]:
    """Finds what one of `hints` tells of. The look ahead lets `re` skip to the characters fast."""
    chars = "".join([first for first, _ in hints])
    return re.compile(f"(?=[{chars}])(?:{'|'.join(f'[{first}]{rest}' for first, rest in hints)})" if hints else "(?!)")


def _outside_apostrophes(text: str, found: list[Interval]) -> list[Interval]:
    """Those of `found` that are no number of an apostrophe within a word: don&#39;t."""
    apostrophes = [match.span() for match in re.finditer(rf"(?<=[^\W\d_]){_APOSTROPHE}(?=[^\W\d_])", text)]
    return [(s, e) for s, e in found if not any(start <= s and e <= end for start, end in apostrophes)]


def _whole_word_pattern(word: str) -> str:
    left = _START if re.match(r"[A-Za-z0-9_]", word) else ""
    right = _END if re.search(r"[A-Za-z0-9_]$", word) else ""
    return f"{left}{re.escape(word)}{right}"
