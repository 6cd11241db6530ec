"""Data that Python holds: texts, rows as mappings, pandas DataFrames and Hugging Face data sets."""

from __future__ import annotations

import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any, NamedTuple

from augcli.errors import DataError

if TYPE_CHECKING:
    import datasets
    import pandas as pd

TEXT = "text"
"""What the column of texts is called that are given without one."""
_MISSING = object()


class FrameRow(NamedTuple):
    """A row of a result."""

    place: int | None
    """Of the row that it comes from, from 0; None for one that the data does not hold."""
    changes: Mapping[str, Any]
    """Values of columns that differ from that row, or that it lacks."""


class Frame(ABC):
    """Rows with columns, and how a result of the same kind is made of them."""

    columns: Sequence[str]
    size: int

    @abstractmethod
    def cells(self, column: str) -> Sequence[Any]:
        """The values of a column, as Python has them."""

    @abstractmethod
    def result(self, rows: Sequence[FrameRow], columns: Sequence[str]) -> Any:
        """The same kind of data with these rows and columns, in order; those that are new stand in the changes."""

    def lines(self, columns: Collection[str], number: str | None = None) -> list[bytes]:
        """Each row as JSON: those of its columns that are wanted, and its place in a column called `number`, if any.

        Raises DataError for a value that JSON has no place for.
        """
        wanted = [(column, self.cells(column)) for column in self.columns if column in columns]
        lines = []
        for place in range(self.size):
            row = {column: _plain(cells[place]) for column, cells in wanted if cells[place] is not _MISSING}
            try:
                row |= {} if number is None else {number: place}
                lines.append(json.dumps(row, allow_nan=False, default=_plain_part).encode())
            except (TypeError, ValueError) as error:
                raise DataError(f"row {place}: a column that augcli reads holds what JSON cannot: {error}") from error
        return lines


class _Texts(Frame):
    columns = (TEXT,)

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self.size = len(texts)

    def cells(self, column: str) -> Sequence[Any]:
        return self._texts

    def result(self, rows: Sequence[FrameRow], columns: Sequence[str]) -> list[str]:
        return [_of(row, self._texts, TEXT) for row in rows]


class _Mappings(Frame):
    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._rows = rows
        self.size = len(rows)
        self.columns = list(dict.fromkeys(column for row in rows for column in row))

    def cells(self, column: str) -> Sequence[Any]:
        return [row.get(column, _MISSING) for row in self._rows]

    def result(self, rows: Sequence[FrameRow], columns: Sequence[str]) -> list[dict[str, Any]]:
        made = []
        for place, changes in rows:
            whole = {**(self._rows[place] if place is not None else {}), **changes}
            made.append({column: value for column, value in whole.items() if column in columns})
        return made


class _DataFrame(Frame):
    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self.size = len(frame)
        if frame.columns.nlevels > 1:
            raise DataError("the DataFrame has columns of several levels; give each a name of its own first")
        self.columns = [str(name) for name in frame.columns]
        if twice := next((name for name in self.columns if self.columns.count(name) > 1), None):
            raise DataError(f"the DataFrame has two columns called {twice!r}; rename one of them")

    def cells(self, column: str) -> Sequence[Any]:
        cells: list[Any] = self._frame.iloc[:, self.columns.index(column)].tolist()
        return cells

    def result(self, rows: Sequence[FrameRow], columns: Sequence[str]) -> pd.DataFrame:
        import pandas as pd

        frame, places = self._frame, [-1 if row.place is None else row.place for row in rows]
        if -1 in places:  # whole numbers and truth values stay what they are where some are missing
            plain = frame.select_dtypes(["integer", "bool"]).columns
            frame = frame.astype({name: frame[name].convert_dtypes().dtype for name in plain})
            made = frame.reset_index(drop=True).reindex(places).reset_index(drop=True)
        else:
            made = frame.iloc[places].copy()
        for column in columns:
            if column in self.columns:
                name = frame.columns[self.columns.index(column)]
                changed = [(at, row.changes[column]) for at, row in enumerate(rows) if column in row.changes]
                if changed:
                    cells, kind = list(made[name]), made[name].dtype
                    for at, value in changed:
                        cells[at] = value
                    made[name] = pd.Series(cells, made.index, None if kind == "category" else kind)
            else:
                cells = [row.changes.get(column) for row in rows]
                nested = any(isinstance(cell, dict | list) for cell in cells)
                made[column] = pd.Series(cells, made.index, object if nested else None if cells else "str")
        known = dict(zip(self.columns, frame.columns, strict=True))
        return made[[known.get(column, column) for column in columns]]


class _DataSet(Frame):
    def __init__(self, data: datasets.Dataset) -> None:
        self._data = data
        self.size = len(data)
        self.columns = data.column_names

    def cells(self, column: str) -> Sequence[Any]:
        return list(self._data.with_format(None)[column])

    def result(self, rows: Sequence[FrameRow], columns: Sequence[str]) -> datasets.Dataset:
        import datasets

        old = [column for column in columns if column in self.columns]
        cells = {column: self.cells(column) for column in old}
        kept = {column: [_of(row, cells[column], column) for row in rows] for column in old}
        features = datasets.Features({column: self._data.features[column] for column in old})
        new = {column: [row.changes.get(column) for row in rows] for column in columns if column not in old}
        made = datasets.Dataset.from_dict(kept, features)
        if new:
            made = datasets.concatenate_datasets([made, datasets.Dataset.from_dict(new)], axis=1)
        form = self._data.format
        shown = [column for column in columns if column in new or column in form["columns"]]
        return made.with_format(form["type"], shown, form["output_all_columns"], **form["format_kwargs"])


def frame_of(data: Any) -> Frame:
    """The rows of a list of texts, a list of mappings, a pandas DataFrame or a Hugging Face data set.

    Raises TypeError for anything else, DataError for a DataFrame with two columns of one name.
    """
    if (pandas := sys.modules.get("pandas")) and isinstance(data, pandas.DataFrame):
        return _DataFrame(data)
    if (hugging_face := sys.modules.get("datasets")) and isinstance(data, hugging_face.Dataset):
        return _DataSet(data)
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        if all(isinstance(row, str) for row in data):
            return _Texts(data)
        if all(isinstance(row, Mapping) for row in data):
            return _Mappings(data)
    raise TypeError(
        f"expected a list of texts, a list of dicts, a pandas DataFrame or a datasets.Dataset, not {_called(data)}"
    )


def _called(data: Any) -> str:
    if isinstance(data, str):
        return "one text; put it into a list, and what to do comes after the data"
    if isinstance(data, Sequence) and not isinstance(data, bytes):
        kinds = sorted({type(row).__name__ for row in data})
        return f"a {type(data).__name__} of {' and '.join(kinds)}"
    hint = "; to_frame() makes a DataFrame of it" if hasattr(data, "to_frame") else ""
    hint = hint or ("; name a split, as data['train']" if isinstance(data, Mapping) else "")
    return f"{type(data).__name__}{hint}"


def _of(row: FrameRow, cells: Sequence[Any], column: str) -> Any:
    return row.changes.get(column, None if row.place is None else cells[row.place])


def _plain(value: Any) -> Any:
    """A cell as JSON has it: what pandas calls missing is null."""
    if isinstance(value, float):
        return None if isnan(value) else value
    if value is None or isinstance(value, str | int | list | tuple | dict):
        return value
    return None if str(value) in ("NaT", "<NA>") else value


def _plain_part(value: Any) -> Any:
    """An array or a number of NumPy as Python has it; dates and other objects as text."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, bytes):
        raise TypeError("bytes; decode them to text")
    return str(value)
