"""The column with entity spans: read in the shapes in which tools write them, and written in the same shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

from augcli.config.paths import is_open
from augcli.config.sections import Input
from augcli.io.formats.rows import RowError
from augcli.text.cells import describe, read_value, write_value
from augcli.text.edits import Span
from augcli.text.offsets import Unit, from_units, in_units, length_in

_STARTS = ("start", "start_offset", "begin", "start_char", "answer_start")
_ENDS = ("end", "end_offset", "end_char")
TYPES = ("label", "labels", "type", "entity", "entity_type", "entity_group", "tag")
_HOLDERS = ("entities", "spans", "annotations")
"""Keys of an object whose list has the spans; what stands beside it, such as relations, stays as it is."""
_NONE = (None, "", "None", "null", "nan", "NaN")
"""What stands in a column without spans."""
_STALE = ("token_start", "token_end")
"""Numbers of tokens, which would be others in a variant."""
_ALSO = "; objects with start, end and label are read too"


class SpanType(str):
    """The type of a span, which knows where the input has it."""

    __slots__ = ("column", "number", "said")
    column: str
    """The column, or the path of the value."""
    number: int
    """Of its item there."""
    said: str
    """What it frames in the source row."""

    @classmethod
    def of(cls, kind: str, column: str, number: int, said: str) -> Self:
        """The type `kind` of the span of item `number` in a column, which frames `said`."""
        made = cls(kind)
        made.column, made.number, made.said = column, number, said
        return made


class _Frame(NamedTuple):
    """Where an item says that its span is, and by which keys; of a list, these are places."""

    start: Any
    end: Any
    kind: Any
    at_start: Any
    at_end: Any
    """None where the length of a text says it."""


class Spans:
    """Reads spans in code points, and writes them as the source row has them."""

    def __init__(self, data: Input) -> None:
        columns = data.span_columns
        self.column = columns[0] if len(columns) == 1 and not is_open(columns[0]) else ""
        """Where all spans stand, if that is one place."""
        self._unit: Unit = data.offsets

    def read(self, value: Any, text: str, column: str) -> list[Span]:
        """The spans in a column of a row. Raises RowError for what is none, or does not lie in the text."""
        if self.column and self._unit == "codepoints" and (plain := _plain(value, len(text))) is not None:
            return plain
        try:
            items = self._items(value)[0]
            return [span for number, item in enumerate(items) if (span := self._span(item, column, number, text))]
        except RowError as error:
            raise RowError(str(error), column) from None

    def by_column(self, spans: Sequence[Span]) -> dict[str, list[Span]]:
        """Spans by the column, or the path of the value, where the input has them."""
        found: dict[str, list[Span]] = {}
        for span in spans:
            found.setdefault(span[2].column if isinstance(span[2], SpanType) else self.column, []).append(span)
        return found

    def write(self, spans: Sequence[Span], like: Any, text: str) -> Any:
        """The spans of a variant, whose text is `text`, in place of those in `like`, the column of its source row."""
        if spans and not isinstance(spans[0][2], SpanType):
            return write_value(spans, like) if isinstance(like, str) else spans
        items, join = self._items(like)
        moved = {kind.number: (start, end, kind) for start, end, kind in spans if isinstance(kind, SpanType)}
        offsets = dict(zip(moved, in_units(text, moved.values(), self._unit), strict=True))
        written = []
        for number, item in enumerate(items):
            if number in moved:
                start, end, kind = moved[number]
                written.append(_rewritten(item, *offsets[number][:2], kind.said, text[start:end]))
            elif _frame(item) is None:
                written.append(item)
        made = join(written)
        return write_value(made, like) if isinstance(like, str) else made

    def _items(self, value: Any) -> tuple[Sequence[Any], Callable[[list[Any]], Any]]:
        """The items of a column, and what makes such a column of others."""
        if value in _NONE:
            return (), lambda items: value
        value = read_value(value) if isinstance(value, str) else value
        if (found := _split(value)) is None:
            raise RowError(f"expected [[start, end, type], ...], not {describe(value)}{_ALSO}")
        return found

    def _span(self, item: Any, column: str, number: int, text: str) -> Span | None:
        frame = _frame(item)
        if frame is None:
            if not _is_no_span(item):
                raise RowError(_why_no_span(item))
            return None
        start, end, kind, *_ = frame
        if not type(start) is type(end) is int:
            raise RowError(_why_no_span(item))
        name = ", ".join(map(str, kind)) if isinstance(kind, list) else "" if kind is None else str(kind)
        if isinstance(item, Sequence) and not isinstance(kind, str | None):
            raise RowError(f"the type of span [{start}, {end}] must be text, not {describe(kind)}")
        if start == end:
            raise RowError(f"span [{start}, {end}] is empty: its end, which is exclusive, is its start")
        if start > end:
            raise RowError(f"span [{start}, {end}] ends before it starts")
        place = from_units(text, start, end, self._unit) if start >= 0 else None
        if place is None:
            raise RowError(_why_outside(start, end, text, self._unit))
        if frame.at_end is None and text[slice(*place)] != (said := _inner(item)["text"]):
            raise RowError(f"{said!r} does not stand at {start}, but {text[slice(*place)]!r}")
        return *place, SpanType.of(name, column, number, text[slice(*place)])


def read_spans(cell: str) -> Any:
    """What a cell with spans says as JSON or as Python writes it; None where it is empty."""
    return None if cell in _NONE else read_value(cell)


def holds_spans(value: Any) -> bool:
    """Whether a value has a shape in which spans are read, wherever they may lie."""
    value = read_spans(value) if isinstance(value, str) else value
    if value in (None, ""):
        return True
    split = _split(value)
    frames = [_frame(item) for item in split[0]] if split else [None]
    return all(frame and type(frame.start) is type(frame.end) is int for frame in frames)


def _plain(value: Any, length: int) -> list[Span] | None:
    """The spans of a list that holds nothing but `[start, end, type]`, all within a text; None for anything else."""
    if type(value) is not list:
        return None
    spans: list[Span] = []
    for item in value:
        if type(item) is not list or len(item) != 3:
            return None
        start, end, kind = item
        if not (type(start) is type(end) is int and type(kind) is str and 0 <= start < end <= length):
            return None
        spans.append((start, end, kind))
    return spans


def _split(value: Any) -> tuple[Sequence[Any], Callable[[list[Any]], Any]] | None:
    """The items of a value, and what makes such a value of others; None where it has no shape that spans have."""
    if isinstance(value, list | tuple):
        return value, type(value)
    if not isinstance(value, dict):
        return None
    if holder := next((key for key in _HOLDERS if isinstance(value.get(key, ""), list | None)), None):
        return value[holder] or (), lambda items: {**value, holder: items if value[holder] else value[holder]}
    if not all(isinstance(items, list) for items in value.values()):
        return None
    if any(key in value for key in _STARTS):
        if len({*map(len, value.values())}) != 1:
            return None
        rows = [dict(zip(value, items, strict=True)) for items in zip(*value.values(), strict=True)]
        return rows, lambda items: {key: [item[key] for item in items] for key in value}
    by_type = [[kind, *pair] for kind, pairs in value.items() for pair in pairs if isinstance(pair, list)]
    return by_type, lambda items: {kind: [pair for name, *pair in items if name == kind] for kind in value}


def _frame(item: Any) -> _Frame | None:
    """What an item says of its span; None where it says nothing in any way that is known."""
    if isinstance(item, list | tuple):
        if len(item) < 3:
            return None
        at = 1 if isinstance(item[0], str) else 0
        return _Frame(item[at], item[at + 1], item[0 if at else 2], at, at + 1)
    if not isinstance(item, dict):
        return None
    inner = _inner(item)
    at_start = next((key for key in _STARTS if inner.get(key) is not None), None)
    if at_start is None:
        return None
    kind = next((one[key] for one in (inner, item) for key in TYPES if one.get(key) is not None), None)
    if at_end := next((key for key in _ENDS if inner.get(key) is not None), None):
        return _Frame(inner[at_start], inner[at_end], kind, at_start, at_end)
    said = inner.get("text")
    if not isinstance(said, str) or type(inner[at_start]) is not int:
        return None
    return _Frame(inner[at_start], inner[at_start] + len(said), kind, at_start, None)


def _inner(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where an object has its offsets: in itself, or in the object `value` of Label Studio."""
    value = item.get("value")
    return value if isinstance(value, dict) else item


def _is_no_span(item: Any) -> bool:
    """Whether an item is a relation between others, or says something of the whole text."""
    return isinstance(item, dict) and (item.get("from_id") is not None or isinstance(item.get("value"), dict))


def _rewritten(item: Any, start: int, end: int, before: str, after: str) -> Any:
    """The item with other offsets, and with the text `after` where it says `before`."""
    frame = _frame(item)
    assert frame
    if isinstance(item, list | tuple):
        kind = 0 if frame.at_start else 2
        parts = [after if part == before and at != kind else part for at, part in enumerate(item)]
        parts[frame.at_start], parts[frame.at_end] = start, end
        return type(item)(parts)
    inner = _inner(item)
    made = {
        key: after if value == before and key not in TYPES else value
        for key, value in inner.items()
        if key not in _STALE
    }
    made |= {frame.at_start: start} | ({frame.at_end: end} if frame.at_end else {})
    return made if inner is item else {**item, "value": made}


def _why_no_span(item: Any) -> str:
    inner = _inner(item) if isinstance(item, dict) else {}
    for key in (*_STARTS, *_ENDS):
        if inner.get(key) is not None and type(inner[key]) is not int:
            return f"{key} must be a whole number, not {describe(inner[key])}"
    return f"expected [[start, end, type], ...], found {describe(item)}{_ALSO}"


def _why_outside(start: int, end: int, text: str, unit: Unit) -> str:
    length = length_in(text, unit)
    if unit != "codepoints" and 0 <= start < end <= length:
        what = "two UTF-16 units" if unit == "utf16" else "several bytes"
        return f"span [{start}, {end}] cuts a character of {what}; see input.offsets"
    why = f"span [{start}, {end}] does not lie in the text, which has {length} {_UNITS[unit]}"
    others: Iterator[Unit] = (other for other in _UNITS if other != unit and start >= 0)
    if fitting := next((other for other in others if from_units(text, start, end, other)), None):
        told = f"{length_in(text, fitting)} {_UNITS[fitting]}"
        return f"{why}, but {told}; if those were counted, set input.offsets: {fitting}"
    return why


_UNITS: Mapping[Unit, str] = {"codepoints": "characters", "utf16": "UTF-16 units", "utf8": "bytes of UTF-8"}
