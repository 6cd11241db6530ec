"""Texts that are not in the language that the config names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from augcli.config.pipeline import Pipeline
from augcli.language.scripts import NAMES, language_by_script
from augcli.run.look.rows import Finding, Row, counted
from augcli.text.words import WITHOUT_BLANKS, finds_words


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
        texts = f"{counted(found, rows)} are {NAMES[language]}"
        most = 2 * len(found) > len(rows)
        key = ("input", "language") if in_need and most and language in WITHOUT_BLANKS else ()
        if finds_words(language):
            if language != data.language and (data.language, language) != ("ja", "zh"):
                yield Finding(f"{texts}; set input.language: {language}, not {data.language}", key)
        elif in_need:
            fix = f"leave out {', '.join(in_need)}, or give input.tokens"
            yield Finding(f"{texts}, whose words augcli cannot find; {fix}", key)
