"""Excel workbooks: a sheet is a table, and its cells are text, numbers, true or false, or nothing."""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from tempfile import TemporaryDirectory
from typing import IO, Any
from zipfile import BadZipFile

import orjson

from augcli.errors import DataError, ResourceError, RunError
from augcli.io.files.compression import stream
from augcli.io.files.storage import Place, open_binary
from augcli.io.formats.json import JsonRow
from augcli.io.formats.rows import ConcatenatedFormat, OutputRow, Row
from augcli.text.cells import cell_text

OLD_WORKBOOK = "an old workbook of Excel; save it as .xlsx"
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What old workbooks begin with, and new ones that have a password."""
_DAMAGED = (BadZipFile, zlib.error, EOFError, KeyError, IndexError, TypeError, ValueError, SyntaxError, OSError)
"""What reading a damaged workbook may raise: it is a zip archive of XML."""
_ESCAPE = re.compile("_x(?!D[89A-F])([0-9A-F]{4})_", re.IGNORECASE)
"""A character that XML does not hold."""
_NOT_XML = re.compile("[\ufffe\uffff]")
_EXACT = 1 << 53
"""All numbers of Excel are doubles, in which whole numbers below this are exact."""
_ROWS, _COLUMNS, _CHARACTERS = 1_048_576, 16_384, 32_767
"""What a sheet and a cell hold; Excel counts characters in UTF-16 units."""


def excel_packages() -> tuple[Any, Any]:
    """The packages that read workbooks and write them. Raises ResourceError when they are not installed."""
    try:
        import openpyxl
        import xlsxwriter
    except ImportError as error:
        raise ResourceError("Excel workbooks need openpyxl and xlsxwriter: pip install 'augcli[excel]'") from error
    return openpyxl, xlsxwriter


def read_sheet(path: Place, shown: str, name: str | None) -> Iterator[list[Any]]:
    """The cells of each row of a sheet, the first if no name is given, without the empty ones at the end of the row.

    Raises DataError for what is no workbook, and for a sheet that it has not; `shown` is what messages call the file.
    """
    openpyxl, _ = excel_packages()
    with open_binary(path) as file:
        if file.read(len(_COMPOUND_FILE)) == _COMPOUND_FILE:
            locked = "EncryptedPackage".encode("utf-16-le") in file.read()
            why = "the workbook has a password; save it without one" if locked else OLD_WORKBOOK
            raise DataError.at(shown, why)
        with _reading(shown):
            workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheets = {sheet.title: sheet for sheet in workbook.worksheets}
        title = name or next(iter(sheets), "")
        if title not in sheets:
            raise DataError.at(shown, f"it has no sheet {title!r}, but {', '.join(map(repr, sheets))}")
        sheet = sheets[title]
        sheet.reset_dimensions()  # what the file says of its size may be wrong
        rows = sheet.iter_rows()
        while True:
            with _reading(shown):
                row = next(rows, None)
            if row is None:
                return
            cells = [_value(cell) for cell in row]
            while cells and cells[-1] is None:
                cells.pop()
            yield cells


@contextmanager
def _reading(shown: str) -> Iterator[None]:
    try:
        with warnings.catch_warnings(action="ignore"):  # of what a workbook has beside its cells
            yield
    except _DAMAGED as error:
        raise DataError.at(shown, f"not an Excel workbook (.xlsx) that can be read: {error}") from error


def _value(cell: Any) -> Any:
    match cell.value:
        case str(text):
            return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
        case datetime() as moment:
            from openpyxl.styles.numbers import is_datetime

            return (moment.date() if is_datetime(cell.number_format) == "date" else moment).isoformat()
        case date() | time() as moment:
            return moment.isoformat()
        case timedelta() as duration:
            return str(duration)
        case bool() | None as value:
            return value
        case number:
            return _number(number)


def _number(number: float) -> float:
    """A number as Excel tells it: 3.0 is 3, and what is longer than 64 bits is a double."""
    if isinstance(number, int):
        return number if number.bit_length() < 64 else float(number)
    return int(number) if abs(number) < _EXACT and number.is_integer() else number


class Excel(ConcatenatedFormat):
    """A workbook with one sheet. The parts are JSON lines, a list of cells for each row."""

    def __init__(self, own: Sequence[str], added: Sequence[str]) -> None:
        """`own` are the columns of the input that are written, `added` those that rows get behind them."""
        columns = [*own, *added]
        if len(columns) > _COLUMNS:
            raise RunError(f"a sheet of Excel holds {_COLUMNS:,} columns, not {len(columns):,}; write csv or jsonl")
        self._own, self._added, self._columns = own, added, columns
        self.head = _line(columns)

    def encode(self, rows: Iterable[OutputRow]) -> bytes:
        lines = []
        for out in rows:
            cells = {**_cells(out.record.row), **out.changes}
            values = [*(cells.get(column) for column in self._own), *out.cells(self._added)]
            named = zip([*self._own, *self._added], values, strict=True)
            lines.append(_line([_cell(value, column, out.record.id) for column, value in named]))
        return b"".join(lines)

    @contextmanager
    def opened(self, path: Place) -> Iterator[IO[bytes]]:
        width = len(self._columns)
        rows = read_sheet(path, str(path), None)
        yield stream(_line(cells + [None] * (width - len(cells))) for cells in rows)

    def join(self, parts: Iterable[Place], file: IO[bytes], packing: str) -> None:
        _, package = excel_packages()
        parts = [*parts]
        rows = 1 + sum(part.read_bytes().count(b"\n") for part in parts)
        if rows > _ROWS:
            raise RunError(
                f"a sheet of Excel holds {_ROWS:,} rows, not {rows:,}; set output.shards, or write csv or jsonl"
            )
        with TemporaryDirectory(prefix="augcli-") as folder:
            workbook = package.Workbook(file, {"constant_memory": True, "tmpdir": folder})
            workbook.set_properties({"created": datetime(1980, 1, 1)})  # the time of writing would differ
            sheet = workbook.add_worksheet()
            sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{_ROWS}"})
            lines = (line for block in self.blocks(part.read_bytes() for part in parts) for line in block.splitlines())
            for row, line in enumerate(lines):
                for column, value in enumerate(orjson.loads(line)):
                    _write(sheet, row, column, value)
            try:
                workbook.close()
            except package.exceptions.FileSizeError as error:
                raise RunError("a sheet of Excel holds 4 GB; set output.shards, or write csv or jsonl") from error


def _line(cells: Sequence[Any]) -> bytes:
    return orjson.dumps(cells, option=orjson.OPT_APPEND_NEWLINE)


def _cells(row: Row) -> Mapping[str, Any]:
    """The values of a row; of JSON, lists and objects as they are spelled."""
    cells = row.items()
    if not isinstance(row, JsonRow):
        return cells
    spelled = row.spelled()
    return {column: spelled[column] if isinstance(value, list | dict) else value for column, value in cells.items()}


def _cell(value: Any, column: str, row_id: str | int) -> Any:
    """What Excel holds of a value: whole numbers that it would round, lists and objects are text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value) if isinstance(value, float) or abs(value) < _EXACT else str(value)
    text = cell_text(value)
    if 2 * len(text) > _CHARACTERS and (units := len(text.encode("utf-16-le")) // 2) > _CHARACTERS:
        raise RunError(
            f"{row_id}: column {column!r} has {units:,} characters, and a cell of Excel holds {_CHARACTERS:,}; "
            "write csv or jsonl"
        )
    if unknown := _NOT_XML.search(text):
        raise RunError(f"{row_id}: column {column!r}: {unknown[0]!r} has no place in a workbook; write csv or jsonl")
    return text


class _Exact(float):
    """A number that xlsxwriter, which asks for 16 digits, writes with all of them."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, value)
        case float():
            sheet.write_number(row, column, _Exact(value))
        case int():
            sheet.write_number(row, column, value)
        case str() if value.startswith("<r>") and value.endswith("</r>"):  # xlsxwriter would take it for its own XML
            sheet.write_rich_string(row, column, *value[:2], value[2:])
        case _:
            sheet.write_string(row, column, value)
