"""Texts that are not in the language that the config names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from augcli.config.config import Config
from augcli.config.pipeline import Pipeline
from augcli.language import function_words
from augcli.language.keyboards import LAYOUTS, letters, script
from augcli.language.scripts import NAMES, language_by_script
from augcli.run.look.rows import Finding, Row
from augcli.text.words import WITHOUT_BLANKS, finds_words

_TAG = re.compile(
    r"</?(?:[a-zA-Z][a-zA-Z0-9]{0,15})(?:\s[^<>=]*=[^<>]*|\s*)/?>|<!--|&(?:[a-zA-Z]{2,8}|#\d{2,5}|#x[0-9a-fA-F]{2,5});"
)
_ELEMENTS = frozenset(
    """a abbr article b blockquote body br button code div em font footer form h1 h2 h3 h4 h5 h6 head header hr html i
    iframe img input label li link main meta nav ol option p pre script section select small span strong style sub
    sup table tbody td textarea th thead title tr u ul video""".split()  # noqa: SIM905 - a list of words
)
_LEAST, _SHARE = 6, 0.2
"""Rows in another language that are worth a word, and share of those that tell their language."""


def odd_texts(rows: Sequence[Row]) -> Iterator[Finding]:
    """Texts that are empty, that have lost characters, or that hold HTML."""
    blank = [row.place for row in rows if not any(text.strip() for text in row.record.texts)]
    if blank:
        yield Finding("{rows} have no text", "leave them out, or see that input.text names the right column", blank)
    lost = [row.place for row in rows if any("\ufffd" in text for text in row.record.texts)]
    if lost:
        what = "{rows} hold U+FFFD, for characters that were lost when the file was written"
        yield Finding(what, "make the file anew from its source, in UTF-8", lost)
    marks = {row.place: mark for row in rows for text in row.record.texts if (mark := html_mark(text))}
    if marks:
        what = f"{{rows}} hold HTML, as {next(iter(marks.values()))[:40]!r}"
        yield Finding(what, "take it out (html.unescape, BeautifulSoup.get_text), or let steps change it", [*marks])


def html_mark(text: str) -> str | None:
    """The first tag, comment or character reference of HTML in a text."""
    for match in _TAG.finditer(text) if "<" in text or "&" in text else ():
        name = re.match(r"</?([a-zA-Z0-9]+)", match.group())
        if name is None or name[1].lower() in _ELEMENTS:
            return match.group()
    return None


def other_languages(pipeline: Pipeline, rows: Sequence[Row]) -> Iterator[Finding]:
    """Texts in a script whose words the language of the config cannot find."""
    data = pipeline.config.input
    if data.tokens:
        return
    places: dict[str, list[str]] = {}
    for row in rows:
        for language in filter(None, {language_by_script(text) for text in row.record.texts}):
            places.setdefault(language, []).append(row.place)
    in_need = sorted({step.name for step in pipeline.steps if step.uses_words})
    for language, found in places.items():
        texts = f"{{rows}} are {NAMES[language]}"
        most = 2 * len(found) > len(rows)
        key = ("input", "language") if in_need and most and language in WITHOUT_BLANKS else ()
        if finds_words(language):
            if language != data.language and (data.language, language) != ("ja", "zh"):
                yield Finding(texts, f"set input.language: {language}, not {data.language}", found, key)
        elif in_need:
            fix = f"leave out {', '.join(in_need)}, or give input.tokens"
            yield Finding(f"{texts}, whose words augcli cannot find", fix, found, key)


def other_words(config: Config, rows: Sequence[Row], *, few: bool = False) -> Iterator[Finding]:
    """Texts whose words or letters are those of another language than the config names; `few` of them count too."""
    data = config.input
    if data.tokens:
        return
    telling = 0
    places: dict[str, list[str]] = {}
    scripts: dict[str, list[str]] = {}
    own = script(letters(data.language)) if data.language in LAYOUTS else ""
    for row in rows:
        words = [word for text in row.record.texts for word in function_words.words_of(text)]
        telling += bool(words)
        if other := _other_script(row, own):
            scripts.setdefault(other, []).append(row.place)
        if language := function_words.language_by_words(words, data.language):
            places.setdefault(language, []).append(row.place)
    for language, found in places.items():
        if few or len(found) >= max(_LEAST, _SHARE * telling):
            name = function_words.NAMES[language]
            yield Finding(f"{{rows}} are {name}", f"set input.language: {language}, not {data.language}", found)
    for other, found in scripts.items():
        if few or 2 * len(found) > len(rows):
            fix = f"set input.language ({_WRITTEN_IN[other]}), not {data.language}"
            yield Finding(f"{{rows}} are in {other.title()} letters", fix, found)


_WRITTEN_IN = {
    "CYRILLIC": "ru, uk, bg, sr, ...", "GREEK": "el", "ARABIC": "ar, fa, ur, ...", "HEBREW": "he, yi",
    "DEVANAGARI": "hi, mr, ne, ...",
}  # fmt: skip
_READ = 40
"""Characters of a text by which its script is told."""


def _other_script(row: Row, own: str) -> str:
    """The script of most letters of a row, where it is another than that of the language, which is `own`."""
    if not own or all(map(str.isascii, row.record.texts)):
        return ""
    written = [char for text in row.record.texts for char in text[:_READ] if char.isalpha()]
    counts = Counter(script(char) for char in written)
    other, most = counts.most_common(1)[0] if counts else ("", 0)
    return other if other != own and other in _WRITTEN_IN and 2 * most > len(written) else ""
