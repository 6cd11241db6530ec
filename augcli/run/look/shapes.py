"""Entity spans as one program or another writes them, and whether offsets frame words of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from augcli.language.scripts import language_by_script, runs_on
from augcli.run.look.spans import cuts
from augcli.text.cells import read_value
from augcli.text.offsets import length_in
from augcli.text.words import segmenter

_START = re.compile("start|begin")
_NO_SPANS: tuple[Any, ...] = (None, "", "[]", "{}", [], {})

_MOST = 0.8
"""Of true spans more places than that begin and end with words; of other numbers fewer do."""


class Frame(NamedTuple):
    """A place in a text, and what should stand there if the data say so."""

    start: int
    end: int
    said: str | None = None


Reading: TypeAlias = Callable[[Mapping[str, Any]], "Sequence[Frame] | None"]
"""Spans of a row; none where it has nothing to tell, None where what it holds is no spans."""


def readings(columns: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Reading]]:
    """Ways to find spans in the columns of a row: in one column, or in one for the start with one for end or text."""
    for column in columns:
        yield (column,), partial(_frames_in, column)
    for start in (column for column in columns if _START.search(column.lower())):
        end = _START.sub("end", start.lower())
        for other in (column for column in columns if column != start):
            reading = _frame_of_offsets if other.lower() == end else _frame_of_text
            yield (start, other), partial(reading, start, other)


def listed(value: Any) -> Sequence[Any] | None:
    """A list, or one that is written as JSON or Python text; None for anything else."""
    if isinstance(value, str):
        value = read_value(value)
    if isinstance(value, dict) and len(value) == 1:  # spaCy's {"entities": [...]}
        (value,) = value.values()
    if isinstance(value, dict) and all(isinstance(items, list) for items in value.values()):
        if len({*map(len, value.values())}) != 1:
            return None
        return [dict(zip(value, items, strict=True)) for items in zip(*value.values(), strict=True)]
    return value if isinstance(value, list | tuple) else None


def _frames_in(column: str, row: Mapping[str, Any]) -> Sequence[Frame] | None:
    value = row.get(column)
    if value in _NO_SPANS:
        return ()
    items = listed(value)
    if items is None:
        return None
    frames = [frame for item in items if (frame := _frame(item))]
    return frames if len(frames) == len(items) else None


def _frame(item: Any) -> Frame | None:
    match item:
        case [start, end] | [start, end, str()] | [start, end, str(), str()] | [str(), start, end]:
            return _checked(start, end)
        case {"start": start, "end": end} | {"start_offset": start, "end_offset": end} | {"begin": start, "end": end}:
            return _checked(start, end)
        case {"value": {"start": start, "end": end}}:
            return _checked(start, end)
        case {"answer_start": int(start), "text": str(said)}:
            return Frame(start, start + len(said), said)
    return None


def _checked(start: Any, end: Any) -> Frame | None:
    return Frame(start, end) if type(start) is type(end) is int and 0 <= start <= end else None


def _frame_of_offsets(start: str, end: str, row: Mapping[str, Any]) -> Sequence[Frame] | None:
    first, last = row.get(start), row.get(end)
    if first in (None, "") and last in (None, ""):
        return ()
    frame = _checked(_number(first), _number(last))
    return None if frame is None else (frame,)


def _frame_of_text(start: str, said: str, row: Mapping[str, Any]) -> Sequence[Frame] | None:
    first, text = row.get(start), row.get(said)
    if first in (None, "", "-1", -1) or text in (None, ""):
        return ()
    number = _number(first)
    return (Frame(number, number + len(text), text),) if number is not None and isinstance(text, str) else None


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if type(value) is int else None


def lie_in(frames: Sequence[Frame], text: str) -> bool:
    """Whether all of `frames` are places of `text`, where what should stand there does."""
    length = length_in(text, "utf16")
    return all(end <= length and (said is None or text[start:end] == said) for start, end, said in frames)


def frame_words(found: Sequence[tuple[str, Sequence[Frame]]]) -> bool:
    """Whether nearly all places in these texts begin as a word does, or end as one does.

    Other pairs of numbers, such as ratings, do so by chance alone; what stands in the text as it should is no chance.
    Where words have no blanks between them, such numbers are told by saying the same of text after text.
    """
    found = [(text, [frame for frame in frames if frame.start < frame.end <= len(text)]) for text, frames in found]
    frames = [frame for _, some in found for frame in some]
    if any(frame.said for frame in frames):
        return True
    starts, ends = [], []
    by_blanks = True
    for text, some in found:
        words = _word_borders(text) if some else frozenset()
        by_blanks = by_blanks and not words
        starts += [_borders_word(text, words, frame.start, frame.start) for frame in some if frame.start]
        ends += [_borders_word(text, words, frame.end, frame.end - 1) for frame in some]
    telling = [[fits for fits in places if fits is not None] for places in (starts, ends)]
    if 2 * max(map(len, telling)) < len(frames):
        by_blanks = False
    elif not any(sum(places) > _MOST * len(places) for places in telling):
        return False
    kinds = {(frame.start, frame.end) for frame in frames}
    return by_blanks or len(kinds) ** 2 >= len({text for text, _ in found})


def _word_borders(text: str) -> frozenset[int]:
    """Where the words of a Chinese text begin and end; nothing for others."""
    if language_by_script(text) != "zh":
        return frozenset()
    return frozenset(at for word in segmenter("zh")(text) for at in word)


def _borders_word(text: str, words: Collection[int], at: int, inner: int) -> bool | None:
    """Whether a word begins or ends at `at`, and none goes on; `inner` is within. None where nothing tells."""
    if at < len(text) and runs_on(text[at - 1]) and runs_on(text[at]):
        return at in words if words else None
    return not text[inner].isspace() and not cuts(text, at)
