"""What the columns of a file are for, told by their names and values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from augcli.io.spans import holds_spans
from augcli.language.scripts import language_by_script

TEXTS = (
    "text", "sentence", "utterance", "question", "query", "review", "content", "comment", "message", "body", "tweet",
    "document", "title",
)  # fmt: skip
PAIRS = (
    ("premise", "hypothesis"), ("sentence1", "sentence2"), ("question1", "question2"), ("text1", "text2"),
    ("sentence_a", "sentence_b"), ("text_a", "text_b"),
)  # fmt: skip
LABELS = ("label", "labels", "intent", "category", "class", "target", "sentiment", "topic", "tag")
IDS = ("id", "uid", "guid", "uuid", "key", "idx", "index")
SPLITS = ("split", "subset", "partition", "fold")
SPANS = ("spans", "entities")
_SPLITS = 20


class Roles(NamedTuple):
    """The columns that are likely the text, the label and so on; None where there is none."""

    text: str | list[str] | None
    """Two columns where the rows are pairs of texts."""
    label: str | None
    id: str | None
    spans: str | None
    split: str | None
    language: str | None
    """Where the script tells it."""


def roles(rows: Sequence[Mapping[str, Any]]) -> Roles:
    """What the columns are likely for, by the first rows."""
    columns = {name: [row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)}
    text = _pair(columns) or _text(columns)
    texts = text if isinstance(text, list) else [text]
    spans = next(filter(lambda name: _are_spans(columns[name]), named(columns, (*SPANS, *LABELS))), None)
    label = next((name for name in named(columns, LABELS) if name not in (*texts, spans)), None)
    if label is None and len(columns) == 2:
        label = next((name for name in columns if name not in (*texts, spans) and _repeats(columns[name])), None)
    unique = (name for name in named(columns, IDS) if _is_id(columns[name]))
    splits = (name for name in named(columns, SPLITS) if 1 < len({*map(str, columns[name])}) <= _SPLITS)
    language = _language(columns.get(texts[0] or "", ()))
    return Roles(text, label, next(unique, None), spans, next(splits, None), language)


def _language(values: Sequence[Any]) -> str | None:
    """The language of most texts, where their script tells it."""
    written = Counter(language_by_script(value) for value in values if isinstance(value, str))
    language, number = written.most_common(1)[0] if written else (None, 0)
    return language if 2 * number > len(values) else None


def _pair(columns: Mapping[str, Sequence[Any]]) -> list[str] | None:
    """The two columns of texts that have the usual names of a pair."""
    texts = _with_strings(columns)
    return next((both for names in PAIRS if len(both := named(texts, names)) == 2), None)


def _text(columns: Mapping[str, Sequence[Any]]) -> str | None:
    """The column with one of the usual names, or else that with the longest texts.

    A column that is called as labels, ids or splits are is the text only where no other can be.
    """
    texts = _with_strings(columns)
    others = set(texts) - {*named(texts, (*LABELS, *IDS, *SPLITS))}
    lengths = {name: fmean(map(len, some)) for name in texts if (some := [*filter(_is_text, columns[name])])}
    by_length = sorted(lengths, key=lengths.__getitem__, reverse=True)
    apart = [name for name in by_length if name in others]
    return next(iter([*named(texts, TEXTS), *apart, *named(columns, TEXTS), *by_length]), None)


def _with_strings(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    return [name for name, values in columns.items() if any(isinstance(value, str) for value in values)]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and any(map(str.isalpha, value))


def named(columns: Iterable[str], names: Sequence[str]) -> list[str]:
    """The columns with one of some names, in the order of these."""
    small = {column.strip().lower(): column for column in columns}
    return [small[name] for name in names if name in small]


def _repeats(values: Sequence[Any]) -> bool:
    return all(isinstance(value, str | int | None) for value in values) and 2 * len({*values}) <= len(values)


def _are_spans(values: Sequence[Any]) -> bool:
    return any(values) and all(map(holds_spans, values))


def _is_id(values: Sequence[Any]) -> bool:
    known = [value for value in values if isinstance(value, str | int) and value != ""]
    return len({*known}) == len(values)
