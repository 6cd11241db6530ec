"""What the columns of a file are for, told by their names and values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from augcli.language.scripts import language_by_script
from augcli.run.look.shapes import is_plain

TEXTS = (
    "text", "sentence", "utterance", "question", "query", "review", "content", "comment", "message", "body", "tweet",
    "document", "title",
)  # fmt: skip
LABELS = ("label", "labels", "intent", "category", "class", "target", "sentiment", "topic", "tag")
IDS = ("id", "uid", "guid", "uuid", "key", "idx", "index")
SPLITS = ("split", "subset", "partition", "fold")
SPANS = ("spans", "entities")
_SPLITS = 20


class Roles(NamedTuple):
    """The columns that are likely the text, the label and so on; None where there is none."""

    text: str | None
    label: str | None
    id: str | None
    spans: str | None
    split: str | None
    language: str | None
    """Where the script tells it."""


def roles(rows: Sequence[Mapping[str, Any]]) -> Roles:
    """What the columns are likely for, by the first rows."""
    columns = {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}
    text = _text(columns)
    label = next((name for name in _named(columns, LABELS) if name != text), None)
    if label is None and len(columns) == 2:
        label = next((name for name in columns if name != text and _repeats(columns[name])), None)
    unique = (name for name in _named(columns, IDS) if _is_id(columns[name]))
    spans = (name for name in _named(columns, SPANS) if any(columns[name]) and all(map(is_plain, columns[name])))
    splits = (name for name in _named(columns, SPLITS) if 1 < len({*map(str, columns[name])}) <= _SPLITS)
    return Roles(
        text, label, next(unique, None), next(spans, None), next(splits, None), _language(columns[text] if text else ())
    )


def _language(values: Sequence[Any]) -> str | None:
    """The language of most texts, where their script tells it."""
    written = Counter(language_by_script(value) for value in values if isinstance(value, str))
    language, number = written.most_common(1)[0] if written else (None, 0)
    return language if 2 * number > len(values) else None


def _text(columns: Mapping[str, Sequence[Any]]) -> str | None:
    """The column with one of the usual names, or else that with the longest texts."""
    texts = [name for name, values in columns.items() if any(isinstance(value, str) for value in values)]
    if named := _named(texts, TEXTS):
        return named[0]
    lengths = {name: fmean(map(len, some)) for name in texts if (some := [*filter(_is_text, columns[name])])}
    return max(lengths, key=lengths.__getitem__, default=None)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and any(map(str.isalpha, value))


def _named(columns: Iterable[str], names: Sequence[str]) -> list[str]:
    """The columns with one of some names, in the order of these."""
    small = {column.strip().lower(): column for column in columns}
    return [small[name] for name in names if name in small]


def _repeats(values: Sequence[Any]) -> bool:
    return all(isinstance(value, str | int | None) for value in values) and 2 * len({*values}) <= len(values)


def _is_id(values: Sequence[Any]) -> bool:
    known = [value for value in values if isinstance(value, str | int) and value != ""]
    return len({*known}) == len(values)
