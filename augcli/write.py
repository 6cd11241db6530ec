"""Rows out: a chunk of records and variants as bytes of a format, and parts joined into one file."""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import IO, Any, NamedTuple, Protocol, cast

import orjson

from augcli.config.config import Config
from augcli.config.sections import Format
from augcli.errors import RunError
from augcli.json_rows import JsonRow
from augcli.packing import pack
from augcli.rows import ArrowRow, CsvRow, arrow
from augcli.sources import Source, format_of
from augcli.storage import Place, open_binary
from augcli.text.bio import retokenise
from augcli.text.edits import Edit, Span
from augcli.text.record import Record

AUG_COLUMNS = ("aug_source", "aug_chain")


class Out(NamedTuple):
    """A row to write: its source, the cells that differ, and its chain ("" for an original)."""

    record: Record
    changes: Mapping[str, Any]
    chain: str


class Cells:
    """Which cells of a row a variant changes."""

    def __init__(self, config: Config) -> None:
        self._texts, self._spans = config.input.texts, config.input.spans
        self._tokens, self._tags = config.input.tokens, config.input.tags

    def of(
        self, record: Record, texts: Sequence[str], spans: Sequence[Span], steps: Iterable[Sequence[Edit]]
    ) -> dict[str, Any]:
        """Column to new value: text(s), and spans or tokens and tags; written as text where the source row does so."""
        if self._tokens and self._tags:
            get = record.row.get
            tokens, tags = retokenise(record.tokens, steps, texts[0], spans)
            return {
                column: " ".join(words) if isinstance(get(column), str) else words
                for column, words in ((self._tokens, tokens), (self._tags, tags))
            }
        changes: dict[str, Any] = dict(zip(self._texts, texts, strict=True))
        if self._spans and record.spans:
            spelled = isinstance(record.row.get(self._spans), str)
            changes[self._spans] = orjson.dumps(spans).decode() if spelled else spans
        return changes


class Writer(Protocol):
    """Turns rows into the bytes of one format."""

    def part(self, rows: Iterable[Out]) -> bytes:
        """The rows of one chunk."""

    def knowing(self, parts: Iterable[Place]) -> Writer:
        """The writer for output files that hold `parts` between them. Raises RunError when these do not go together."""

    def join(self, parts: Iterable[Place], file: IO[bytes], packing: str) -> None:
        """Write a whole file from its packed parts, in order."""


class Concatenated(ABC):
    """A format whose file is its parts one after another, with something before, between and behind them."""

    head = separator = tail = b""

    @abstractmethod
    def part(self, rows: Iterable[Out]) -> bytes:
        """The rows of one chunk."""

    def blocks(self, parts: Iterable[bytes], frame: Callable[[bytes], bytes] = bytes) -> Iterator[bytes]:
        """The file, block by block; `frame` packs what is not in the parts, as they are packed already."""
        first = True
        yield frame(self.head)
        for part in filter(None, parts):
            if self.separator and not first:
                yield frame(self.separator)
            yield part
            first = False
        if self.tail:
            yield frame(self.tail)

    def knowing(self, parts: Iterable[Place]) -> Writer:
        return self

    def join(self, parts: Iterable[Place], file: IO[bytes], packing: str) -> None:
        for block in self.blocks((part.read_bytes() for part in parts), partial(pack, kind=packing)):
            file.write(block)


class JsonLines(Concatenated):
    """One JSON object per line, or one array of them."""

    def __init__(self, *, array: bool) -> None:
        self._array = array
        if array:
            self.head, self.separator, self.tail = b"[", b",", b"\n]\n"

    def part(self, rows: Iterable[Out]) -> bytes:
        lines = self._lines(rows)
        return b"\n" + lines[:-1].replace(b"\n", b",\n") if self._array and lines else lines

    def _lines(self, rows: Iterable[Out]) -> bytes:
        part = bytearray()  # orjson gives more memory than it fills, which a list of its results would hold
        dumps = orjson.dumps
        last: Record | None = None
        holes: list[tuple[bytes, str]] = []
        source = end = b""
        for record, changes, chain in rows:
            row = record.row
            if record is not last:
                last, holes = record, []
                source = b',"aug_source":%b,"aug_chain":"' % dumps(record.id)
            if not isinstance(row, JsonRow):
                line = dumps({**row.items(), **changes}, default=str)
                part += line[:-1] if len(line) > 2 else b"{"
                part += source
            elif changes:
                if not holes:
                    holes, rest = row.cut(list(changes))
                    end = rest + source
                for before, column in holes:
                    part += before
                    part += dumps(changes[column])
                part += end
            else:
                part += row.raw[:-1]
                part += source
            part += f'{chain}"}}\n'.encode()
        return bytes(part)


class Csv(Concatenated):
    """CSV or TSV, in the dialect of the input where that is CSV too."""

    def __init__(self, columns: Sequence[str], words: Sequence[str], *, delimiter: str, newline: str) -> None:
        self._columns = columns
        self._words = words
        """The columns with tokens and tags, separated by blanks."""
        self._dialect: dict[str, Any] = {"delimiter": delimiter, "lineterminator": newline}
        self.head = self._encoded([[*columns, *AUG_COLUMNS]])

    def part(self, rows: Iterable[Out]) -> bytes:
        return self._encoded(self._fields(row) for row in rows)

    def _fields(self, out: Out) -> list[str]:
        record, changes, chain = out
        row = record.row
        if isinstance(row, CsvRow):
            fields = row.fields.copy()
            for column, value in changes.items():
                fields[row.header.index[column]] = _cell(value)
            fields += [""] * (len(self._columns) - len(fields))
        else:
            cells = {**(row.spelled() if isinstance(row, JsonRow) else row.items()), **changes}
            cells |= {column: _joined(changes.get(column, row.get(column)), column) for column in self._words}
            fields = [_cell(cells.get(column)) for column in self._columns]
        fields.append(str(record.id))
        fields.append(chain)
        return fields

    def _encoded(self, rows: Iterable[list[str]]) -> bytes:
        file = io.StringIO(newline="")
        write = csv.writer(file, **self._dialect).writerow
        write_quoted = csv.writer(file, quoting=csv.QUOTE_ALL, **self._dialect).writerow
        for fields in rows:
            # csv.writer leaves a lone CR unquoted, and then it reads back as the end of the row
            (write_quoted if any("\r" in field for field in fields) else write)(fields)
        return file.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    told = orjson.dumps(value, default=str).decode()
    return cast("str", orjson.loads(told)) if told.startswith('"') else told


def _joined(words: Any, column: str) -> str:
    if isinstance(words, str):
        return words
    if spaced := [word for word in words if " " in word]:
        raise RunError(f"column {column!r}: {spaced[0]!r} holds a blank, which in csv separates words; write jsonl")
    return " ".join(words)


class Parquet:
    """Parquet; a part is an Arrow stream, and the columns of the input keep their types."""

    def __init__(self, columns: Sequence[str], spans: str | None, like: Any, schema: Any = None) -> None:
        self._columns = columns
        self._spans = spans
        """Written as JSON text: in Arrow no list holds both numbers and text."""
        self._like = like
        """The Arrow schema of the input, if that is Parquet too."""
        self._schema = schema
        """Of all output files; known when all parts are there."""

    def part(self, rows: Iterable[Out]) -> bytes:
        pyarrow = arrow()
        listed = list(rows)
        if not listed:
            return b""
        with _typed():
            if isinstance(listed[0].record.row, ArrowRow):
                table = self._taken(listed)
            else:
                cells = [self._cells(out) for out in listed]
                table = pyarrow.table({column: [row.get(column) for row in cells] for column in self._columns})
            table = table.append_column(AUG_COLUMNS[0], pyarrow.array([out.record.id for out in listed]))
        table = table.append_column(AUG_COLUMNS[1], pyarrow.array([out.chain for out in listed], pyarrow.string()))
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return cast("bytes", sink.getvalue().to_pybytes())

    def _cells(self, out: Out) -> dict[str, Any]:
        cells = {**out.record.row.items(), **out.changes}
        if self._spans and isinstance(cells[self._spans], list):
            cells[self._spans] = orjson.dumps(cells[self._spans]).decode()
        return cells

    def _taken(self, rows: list[Out]) -> Any:
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
        with _typed():
            schema = arrow().unify_schemas([*found] or [self._empty()], promote_options="permissive")
        return Parquet(self._columns, self._spans, self._like, schema)

    def join(self, parts: Iterable[Place], file: IO[bytes], packing: str) -> None:
        pyarrow = arrow()
        with _typed(), pyarrow.parquet.ParquetWriter(file, self._schema) as writer:
            for part in parts:
                if stream := part.read_bytes():
                    writer.write_table(fitted(pyarrow.ipc.open_stream(stream).read_all(), self._schema))

    def _empty(self) -> Any:
        pyarrow = arrow()
        if self._like is not None:
            schema = self._like
        else:
            schema = pyarrow.schema([(column, pyarrow.string()) for column in self._columns])
        for column in AUG_COLUMNS:
            schema = schema.append(pyarrow.field(column, pyarrow.string()))
        return schema


def _schema(part: Place) -> Any:
    with open_binary(part) as file:
        return arrow().ipc.open_stream(file).schema


@contextmanager
def _typed() -> Iterator[None]:
    try:
        yield
    except (arrow().ArrowException, OverflowError) as error:
        raise RunError(f"the columns do not have one type each, as Parquet asks: {error}; write jsonl") from error


def fitted(table: Any, schema: Any) -> Any:
    """An Arrow table with the columns of `schema`; those that it lacks are null."""
    for column in schema:
        if column.name not in table.column_names:
            table = table.append_column(column, arrow().nulls(len(table), column.type))
    return table.select(schema.names).cast(schema)


def output_format(config: Config) -> Format:
    """Format of the output; on stdout and in a folder that of the input. Raises ConfigError when nothing tells it."""
    fmt = config.output.format or format_of(config.output.path)[0]
    if fmt is None and (config.output.path == "-" or config.output.path.endswith("/")):
        inputs = [config.input.path] if isinstance(config.input.path, str) else config.input.path
        fmt = config.input.format or format_of(inputs[0])[0]
    if fmt is None:
        raise config.error("the name does not tell the format; set output.format", "output", "path")
    return fmt


def output_file(config: Config) -> str:
    """The output file as it would be without shards; in a folder they are called part-00000-of-00008 and so on."""
    path = config.output.path
    return f"{path}part.{output_format(config)}" if path.endswith("/") else path


def writer_for(config: Config, sources: Sequence[Source], columns: Sequence[str]) -> Writer:
    """The writer of the output's format."""
    fmt = output_format(config)
    if fmt in ("jsonl", "json"):
        _refuse_repeated(config, sources)
        return JsonLines(array=fmt == "json")
    if fmt == "parquet":
        _refuse_repeated(config, sources)
        return Parquet(columns, config.input.spans, _arrow_schema(sources))
    model = next((source for source in sources if source.format == fmt), None)
    header = next((source.header.names for source in sources if source.format in ("csv", "tsv") and source.header), [])
    names = [*header, *(column for column in columns if column not in header)]
    delimiter = "\t" if fmt == "tsv" else model.delimiter if model else ","
    words = [column for column in (config.input.tokens, config.input.tags) if column]
    return Csv(names, words, delimiter=delimiter, newline=model.newline if model else "\n")


def _arrow_schema(sources: Sequence[Source]) -> Any:
    for source in sources:
        if source.format == "parquet":
            with open_binary(source.data) as file:
                return arrow().ipc.open_file(file).schema
    return None


def _refuse_repeated(config: Config, sources: Sequence[Source]) -> None:
    for source in sources:
        if source.header and (repeated := source.header.repeated()):
            message = f"{source.path} has several columns called {repeated[0]!r}; only csv and tsv can hold that"
            raise config.error(message, "output", "path")
