"""Records: rows as the config says what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import blake2b
from itertools import takewhile
from typing import Any

import orjson

from augcli.config.config import Config
from augcli.config.paths import Way, is_open, spelled, values_at
from augcli.config.where import column_name
from augcli.io.dataset import Chunk
from augcli.io.formats.csv import CsvRow
from augcli.io.formats.json import JsonRow
from augcli.io.formats.parquet import ArrowRow
from augcli.io.formats.rows import PlainRow, Row, RowError
from augcli.io.outputs import replaced_columns
from augcli.io.sources import Source, filter_columns, scan, used_columns
from augcli.io.spans import Spans
from augcli.io.tags import Tags
from augcli.text.bio import spans_from_tags
from augcli.text.cells import describe, token_items
from augcli.text.edits import Span
from augcli.text.record import Record, is_missing, label_name

_CHAIN = r"[A-Za-z][\w-]*\.\d+"
_CHAINS = re.compile(rf"(?:{_CHAIN}(?:\+{_CHAIN})*)?")
_YES, _NO = {"1", "1.0", "true"}, {"0", "0.0", "false", "null", ""}
"""What columns of labels hold, one for each label."""


class Reader:
    """Makes records of rows as the config says."""

    def __init__(self, config: Config) -> None:
        self.data = config.input
        self.texts = config.input.texts
        named = [*used_columns(config.input), *filter_columns(config.input)]
        self._keys = [(column, orjson.dumps(column)) for column in named]
        self._open = any(map(is_open, self.texts))
        self._framed = self.texts.index(config.input.framed_texts[0]) if config.input.spans else 0
        self._filter = config.input.filter
        self._replaced = frozenset(replaced_columns(config))
        self._dropped = frozenset(config.output.drop)
        self._config = config
        names = "|".join(map(re.escape, config.chains))
        self._made_ids = re.compile(rf".*#(?:{names})\.\d+", re.DOTALL) if config.output.id and names else None
        """Ids of variants, which no row may have where they are written."""
        self._joint = "" if config.input.language == "zh" else " "
        self._teaches = config.teacher is not None
        self._pool = config.unlabeled_input
        self._tags, self._spans = Tags(config.input), Spans(config.input)
        data = config.input  # what is asked of each row, since properties and models answer slowly
        self._id, self._label, self._alignment = data.id, data.label, data.alignment
        self._has_ids, self._originals_only = data.has_ids, data.originals_only
        self._token_columns = (data.tokens, data.tags) if data.tokens and data.tags else None
        self._span_columns = [*zip(data.span_columns, data.framed_texts, strict=True)]
        self._only_spans = data.spans if isinstance(data.spans, str) and not is_open(data.spans) else None

    def record_of(self, source: Source, row: Row, number: int) -> Record | None:
        """The record of row `number` (from 1) of a source, or None where the config leaves such rows out.

        Raises RowError when the row does not fit the config.
        """
        if not source.pooled:
            return self.record(row, number, source.name)
        assert self._pool
        texts, absent = _texts(row, self._pool.texts)
        columns = row.data if isinstance(row, JsonRow) else row.items()  # which has integers that nothing can write
        others = {column: value for column, value in columns.items() if column not in self._pool.texts}
        given = [None if place in absent else text for place, text in enumerate(texts)]
        named = dict.fromkeys(used_columns(self.data)) | dict(zip(self.texts, given, strict=True))
        identity = f"{source.name}:{number}"
        made = PlainRow({**named, **others}).without(self._dropped)
        record = Record(identity, texts, row=made, number=number, labelled=False, pooled=True, absent=absent)
        record.general = source.general
        if not self.data.has_ids:
            record.key = content_key(record)
        return record

    def record(self, row: Row, number: int, name: str) -> Record | None:
        """The same of the input file `name`."""
        fits = self._filter is None or self._filter.fits(
            partial(value_or_null, row), "" if type(row) is CsvRow else None
        )
        if not fits and self.data.rest == "drop":
            return None
        chain, origin = "", None
        if self._originals_only is not None:
            chain = _chain(row.get("aug_chain"))
            if chain and self._originals_only:
                return None
            if not self._originals_only:
                origin = _id(row.get("aug_source"), "aug_source")
                self._refuse_same_chain(chain)
            row = row.without(self._replaced)
        if origin is not None:
            identity = f"{origin}#{chain}" if chain else origin
        else:
            identity = _id(row.get(self._id), self._id) if self._id else f"{name}:{number}"
        if self._made_ids and self._made_ids.fullmatch(str(identity)):
            raise RowError(f"{identity!r} is what output.id calls a variant; give that chain another name", self._id)
        record = self._fitting(row, number, identity) if fits else self._unfit(row, number, identity)
        record.chain, record.origin = chain, origin
        if type(row) is JsonRow:
            row.refuse_repeated(self._keys)
        if self._dropped:
            record.row = row.without(self._dropped)
        return record

    def _refuse_same_chain(self, chain: str) -> None:
        """Raise ConfigError where variants of this run could not be told from a variant of the earlier one."""
        name = chain.rpartition("+")[2].rpartition(".")[0]
        if name in self._config.chains:
            what = "this chain made variants in the input, from which those of this run could not be told"
            raise self._config.error(f"{what}; give it another name", "chains", name)

    def _fitting(self, row: Row, number: int, identity: str | int) -> Record:
        ways = _standing(row, self.texts) if self._open else []
        columns = [spelled(way) for _, way in ways] if self._open else self.texts
        texts, absent = _texts(row, columns) if columns or not self._open else (("",), (0,))
        if isinstance(self._label, list):
            label: Any = _single_labels(row.get, self._label)
        elif self._teaches and self._label:
            label = value_or_null(row, self._label)
        else:
            label = row.get(self._label) if self._label else None
        record = Record(identity, texts, (), label, row, identity, number=number, absent=absent)
        if self._open:
            record.columns = columns or self.texts[:1]
        if self._alignment:
            record.alignment = str(row.get(self._alignment) or "")
        if self._teaches and is_missing(record.labels):
            record.labelled = False
        if self._token_columns:
            self._read_tokens(record, row, *self._token_columns)
        if not self._has_ids:
            record.key = content_key(record)
        if self._only_spans and len(texts) == 1 and not self._open:
            own = self._spans.read(value_or_null(row, self._only_spans), texts[0], self._only_spans)
            record.spans = [own] if own else ()
        elif self._span_columns:
            record.framed = self._framed
            spans = self._spans_of_texts(row, texts, ways)
            record.spans = spans if any(spans) else ()
        return record

    def _spans_of_texts(self, row: Row, texts: Sequence[str], ways: Sequence[tuple[str, Way]]) -> list[list[Span]]:
        """The spans in each text of a row; those of open paths lie in the text that stands nearest to them."""
        found: list[list[Span]] = [[] for _ in texts]
        ways = ways or [(column, next(iter(_ways(row, column)), ((), None))[0]) for column in self.texts]
        for column, framed in self._span_columns:
            places = [place for place, (named, _) in enumerate(ways) if named == framed]
            for way, value in _ways(row, column):
                nearest = max(places, key=lambda place: _common(way, ways[place][1]), default=0)
                found[nearest] += self._spans.read(value, texts[nearest] if places else "", spelled(way))
        return found

    def _unfit(self, row: Row, number: int, identity: str | int) -> Record:
        """The record of a row that does not fit `input.where`: its columns may hold anything."""
        data, get = self.data, partial(value_or_null, row)
        texts = [value if isinstance(value := get(column), str) else "" for column in self.texts]
        if data.tokens:
            texts = [self._joint.join(map(str, token_items(get(data.tokens)) or ()))]
        columns = data.label
        label = _single_labels(get, columns) if isinstance(columns, list) else get(columns) if columns else None
        record = Record(identity, tuple(texts), label=label, row=row, number=number, fits=False)
        if not data.has_ids:
            record.key = content_key(record)
        return record

    def _read_tokens(self, record: Record, row: Row, tokens_column: str, tags_column: str) -> None:
        tokens = _words(row.get(tokens_column), tokens_column)
        tags = token_items(row.get(tags_column))
        if tags is None:
            raise RowError(f"expected a list of tags, not {describe(row.get(tags_column))}", tags_column)
        if len(tokens) != len(tags):
            raise RowError(f"{len(tags)} tags for {len(tokens)} tokens", tags_column)
        for column in self.data.token_columns or ():
            items = token_items(row.get(column))
            if items is None or len(items) != len(tokens):
                what = describe(row.get(column)) if items is None else f"{len(items)} items"
                raise RowError(f"expected one item for each of the {len(tokens)} tokens, not {what}", column)
        places = []
        start = 0
        for token in tokens:
            places.append((start, start + len(token)))
            start += len(token) + len(self._joint)
        record.texts = (self._joint.join(tokens),)
        record.tokens = places
        record.spans = [spans_from_tags(places, self._tags.read(tags))]


def content_key(record: Record) -> str:
    """A digest of what a row says, its texts and its label: wherever it stands, in whatever file, it is the same."""
    said = record.texts if record.label is None else record.texts + record.labels
    if not record.fits:  # it is no repeat of a row that fits
        said = (*said, "")
    return blake2b("\x1f".join(said).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def value_or_null(row: Row, column: str) -> Any:
    """The value of a column; None where the row lacks it."""
    if type(row) is CsvRow and column in row.header.index:
        return row.get(column)
    return next((value for _, value in _ways(row, column)), None)


def _ways(row: Row, column: str) -> Iterator[tuple[Way, Any]]:
    """The values of a row that a column stands for, with the way to each."""
    return values_at(row.data if isinstance(row, JsonRow | ArrowRow) else row.items(), column)


def _standing(row: Row, columns: Sequence[str]) -> list[tuple[str, Way]]:
    """The ways to all texts of a row that columns stand for, but for those that are null, each with its column."""
    return [(column, way) for column in columns for way, value in _ways(row, column) if value is not None]


def _common(way: Way, other: Way) -> int:
    """How many steps two ways have in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(way, other, strict=False)))


def _texts(row: Row, columns: Sequence[str]) -> tuple[tuple[str, ...], Sequence[int]]:
    """The texts of a row, and the numbers of those that are not there; of several, one must be."""
    if len(columns) < 2:
        return tuple([_text(row.get(column), column) for column in columns]), ()
    values = [value_or_null(row, column) for column in columns]
    absent = [place for place, value in enumerate(values) if value is None]
    if len(absent) == len(columns):
        raise RowError("expected text, not null, in one of the text columns", columns[0])
    return tuple(["" if value is None else _text(value, columns[place]) for place, value in enumerate(values)]), absent


def _text(value: Any, column: str) -> str:
    if value is None:
        fix = f'input.where: "{column_name(column)} is not null" leaves such rows as they are'
        raise RowError(f"expected text, not null; {fix}", column)
    if not isinstance(value, str):
        raise RowError(f"expected text, not {describe(value)}", column)
    return value


def _chain(value: Any) -> str:
    """What an earlier run wrote into `aug_chain`."""
    value = "" if value is None else value  # a cell that is empty
    if not isinstance(value, str) or not _CHAINS.fullmatch(value):
        raise RowError(f"expected nothing or chains such as noise.1+typo.2, not {describe(value)}", "aug_chain")
    return value


def _id(value: Any, column: str) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise RowError(f"expected an id (text or a whole number), not {describe(value)}", column)
    return value


def _words(value: Any, column: str) -> list[str]:
    words = token_items(value)
    if words is None or not all(isinstance(word, str) and word for word in words):
        raise RowError(f"expected a list of words, not {describe(value)}", column)
    return words


def _single_labels(get: Callable[[str], Any], columns: Sequence[str]) -> list[str]:
    """The labels in several columns: the name of a column that holds 1 or true, and `name=value` for other values."""
    labels = []
    for column in columns:
        value = get(column)
        name = label_name(value)
        if name.lower() in _YES:
            labels.append(column)
        elif name.lower() not in _NO:
            labels.append(f"{column}={name}")
    return labels


def read_chunk(config: Config, chunk: Chunk) -> Iterator[Record]:
    """The good records of a chunk; the survey has told of the others."""
    reader, repeats = Reader(config), dict(chunk.repeats)
    left = chunk.rows
    for segment in chunk.segments:
        for number, (row, _, _) in enumerate(scan(segment.source, segment.start, segment.end), segment.first_row):
            if isinstance(row, RowError):
                continue
            try:
                record = reader.record_of(segment.source, row, number)
            except RowError:
                continue
            if record is None:
                continue
            if not left:
                return
            if again := repeats.get(chunk.rows - left):
                record.key, record.repeat = f"{record.key}.{again}", again
            left -= 1
            yield record
