"""Parquet and Arrow files: a value stays in its column."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BufferedReader
from typing import IO, Any, cast

import orjson

from augcli.errors import ResourceError, RunError
from augcli.io.files.storage import Place, open_binary
from augcli.io.formats.rows import ChunkPart, OutputRow, Row, RowError, look_up

_GROUP = 1 << 14
"""Rows that are written together, however the run was cut into chunks."""


def arrow() -> Any:
    """The pyarrow package. Raises ResourceError when it is not installed."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ResourceError("Parquet needs pyarrow: pip install pyarrow") from error
    return pyarrow


class ArrowRow:
    """A row of an Arrow table."""

    __slots__ = ("data", "index", "table")

    def __init__(self, table: Any, index: int, data: dict[str, Any]) -> None:
        self.table = table
        self.index = index
        self.data = data

    def get(self, column: str) -> Any:
        return self.data[column] if column in self.data else look_up(self.data, column)

    def items(self) -> Mapping[str, Any]:
        return self.data

    def without(self, columns: Collection[str]) -> ArrowRow:
        return ArrowRow(self.table, self.index, {name: self.data[name] for name in self.data if name not in columns})


def read_batches(file: BufferedReader, rows: int) -> tuple[Any, Iterator[Any]]:
    """The schema of a Parquet file, an Arrow file or a stream, and its batches of at most so many rows.

    Raises ArrowException when it is none of these.
    """
    pyarrow = arrow()
    start = file.peek(6)[:6]
    if start.startswith(b"PAR1"):
        parquet = pyarrow.parquet.ParquetFile(file)
        return parquet.schema_arrow, parquet.iter_batches(batch_size=rows)
    if start.startswith(b"ARROW1"):
        whole = pyarrow.ipc.open_file(file)
        schema, batches = whole.schema, (whole.get_batch(number) for number in range(whole.num_record_batches))
    else:
        stream = pyarrow.ipc.open_stream(file)
        schema, batches = stream.schema, stream
        if any(map(pyarrow.types.is_dictionary, schema.types)):  # which may change from batch to batch
            batches = stream.read_all().unify_dictionaries().to_batches()
    read = pyarrow.schema([_without_view(column) for column in schema], schema.metadata)
    if read != schema:
        batches = (batch.cast(read) for batch in batches)
    return read, (batch.slice(first, rows) for batch in batches for first in range(0, batch.num_rows, rows))


def _without_view(column: Any) -> Any:
    """A column of texts of the type that pyarrow can choose rows of."""
    pyarrow = arrow()
    kinds = {pyarrow.string_view(): pyarrow.string(), pyarrow.binary_view(): pyarrow.binary()}
    return column.with_type(kinds.get(column.type, column.type))


def scan_arrow(path: Place, first: int, last: int) -> Iterator[tuple[Row | RowError, int, int]]:
    """Rows of the batches from `first` to before `last` of an Arrow file; the position of a row is its batch's end."""
    pyarrow = arrow()
    number = 0
    with open_binary(path) as file:
        batches = pyarrow.ipc.open_file(file)
        for place in range(first, last):
            table = pyarrow.Table.from_batches([batches.get_batch(place)])
            for index, data in enumerate(table.to_pylist()):
                number += 1
                yield ArrowRow(table, index, data), number, place + 1 - first


class Parquet:
    """Parquet; a part is an Arrow stream, and the columns of the input keep their types."""

    def __init__(
        self, columns: Sequence[str], added: Sequence[str], spans: Sequence[str], like: Any, schema: Any = None
    ) -> None:
        """`added` are the columns that rows get behind their own: source, chain, and others."""
        self._columns = columns
        self._added = added
        self._spans = spans
        """Written as JSON text: in Arrow no list holds both numbers and text."""
        self._like = like
        """The Arrow schema of the input, if that is Parquet too."""
        self._schema = schema
        """Of all output files; known when all parts are there."""

    def part(self) -> ChunkPart:
        return _Rows(self)

    def encode(self, listed: list[OutputRow]) -> bytes:
        """The rows of a chunk, all at once since the type of a column follows from all its values."""
        if not listed:
            return b""
        pyarrow = arrow()
        with _type_errors():
            if isinstance(listed[0].record.row, ArrowRow):
                table = self._take_rows(listed).select([*listed[0].record.row.data])
            else:
                cells = [self._cells(out) for out in listed]
                table = pyarrow.table(
                    {column: _array([row.get(column) for row in cells], column) for column in self._columns}
                )
            added = zip(*(out.cells(self._added) for out in listed), strict=True)
            for column, values in zip(self._added, added, strict=True):
                kind = pyarrow.string() if column == "aug_chain" else None
                table = table.append_column(column, pyarrow.array(values, kind))
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return cast("bytes", sink.getvalue().to_pybytes())

    def _cells(self, out: OutputRow) -> dict[str, Any]:
        cells = {**out.record.row.items(), **out.changes}
        for column in self._spans:
            if isinstance(cells.get(column), list):
                cells[column] = orjson.dumps(cells[column]).decode()
        return cells

    def _take_rows(self, rows: list[OutputRow]) -> Any:
        pyarrow = arrow()
        tables: dict[int, tuple[Any, list[int]]] = {}
        for out in rows:
            tables.setdefault(id(out.record.row.table), (out.record.row.table, []))[1].append(out.record.row.index)
        table = pyarrow.concat_tables([source.take(indices) for source, indices in tables.values()])
        for column in {column: None for out in rows for column in out.changes}:
            place = table.schema.get_field_index(column)
            kind = table.schema.field(column)
            values = [out.changes.get(column, out.record.row.data[column]) for out in rows]
            table = table.set_column(place, kind, pyarrow.array(values, kind.type))
        return table

    def knowing(self, parts: Iterable[Place]) -> Parquet:
        found = dict.fromkeys(_schema(part) for part in parts if part.stat().st_size)
        with _type_errors():
            schema = arrow().unify_schemas([*found] or [self._empty()], promote_options="permissive")
        own = [name for name in schema.names if name not in self._added]  # rows without a label may have more
        schema = arrow().schema([schema.field(name) for name in [*own, *self._added]], schema.metadata)
        return type(self)(self._columns, self._added, self._spans, self._like, schema)

    def join(self, parts: Iterable[Place], file: IO[bytes], packing: str) -> None:
        pyarrow = arrow()
        waiting = [self._schema.empty_table()]
        with _type_errors(), self._opened(file) as writer:
            for stream in (part.read_bytes() for part in parts):
                if stream:
                    waiting.append(conform(pyarrow.ipc.open_stream(stream).read_all(), self._schema))
                while sum(map(len, waiting)) >= _GROUP:
                    table = pyarrow.concat_tables(waiting).combine_chunks()
                    writer.write_table(table.slice(0, _GROUP))
                    waiting = [table.slice(_GROUP)]
            writer.write_table(pyarrow.concat_tables(waiting).combine_chunks())

    def _opened(self, file: IO[bytes]) -> Any:
        return arrow().parquet.ParquetWriter(file, self._schema)

    def _empty(self) -> Any:
        pyarrow = arrow()
        if self._like is not None:
            schema = self._like
        else:
            schema = pyarrow.schema([(column, pyarrow.string()) for column in self._columns])
        for column in self._added:
            schema = schema.append(pyarrow.field(column, pyarrow.string()))
        return schema


class ArrowStream(Parquet):
    """The same as an Arrow stream, as Hugging Face's `datasets` keeps them."""

    def _opened(self, file: IO[bytes]) -> Any:
        return arrow().ipc.new_stream(file, self._schema)


class _Rows:
    """A part whose rows wait until all are there."""

    def __init__(self, writer: Parquet) -> None:
        self._writer = writer
        self._rows: list[OutputRow] = []

    def add(self, rows: Iterable[OutputRow]) -> None:
        self._rows += rows

    def finish(self) -> bytes:
        return self._writer.encode(self._rows)


def _array(values: list[Any], column: str) -> Any:
    try:
        return arrow().array(values)
    except (arrow().ArrowException, OverflowError) as error:
        raise RunError(
            f"the columns do not have one type each, as Parquet asks: column {column!r}: {error}; "
            "write jsonl, or, if it holds spans, name it in input.spans"
        ) from error


def _schema(part: Place) -> Any:
    with open_binary(part) as file:
        return arrow().ipc.open_stream(file).schema


@contextmanager
def readable(path: Place) -> Iterator[None]:
    """Raise RunError when a file turns out to be damaged."""
    try:
        yield
    except arrow().ArrowException as error:
        raise RunError.at(path, f"not a file that can be read: {error}") from error


@contextmanager
def _type_errors() -> Iterator[None]:
    """Turn errors of pyarrow over values of different types into one that tells the user what to do."""
    try:
        yield
    except (arrow().ArrowException, OverflowError) as error:
        raise RunError(f"the columns do not have one type each, as Parquet asks: {error}; write jsonl") from error


def conform(table: Any, schema: Any) -> Any:
    """An Arrow table with the columns of `schema`; those that it lacks are null."""
    for column in schema:
        if column.name not in table.column_names:
            table = table.append_column(column, arrow().nulls(len(table), column.type))
    return table.select(schema.names).cast(schema)
