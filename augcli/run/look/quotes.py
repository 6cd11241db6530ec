"""Quotes that may be part of the texts, though they are read as those of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from augcli.config.config import Config
from augcli.io.formats.csv import CsvRow
from augcli.run.look.rows import Finding, Row


def needless_quotes(config: Config, rows: Sequence[Row]) -> Iterator[Finding]:
    """Texts between quotes that need none, in TSV columns of which other texts have none."""
    for column in config.input.texts:
        plain, places = 0, []
        for row in rows:
            table = row.record.row
            if not isinstance(table, CsvRow) or table.dialect.delimiter != "\t" or table.dialect.quote == "none":
                return
            if column not in table.header.index:  # a path into a cell
                break
            spelled = table.dialect.pieces(table.raw)[table.header.index[column]]
            plain += not spelled.startswith('"')
            if spelled == f'"{row.columns[column]}"' and not {*"\t\r\n"} & {*spelled}:
                places.append(row.place)
        if plain and places:
            yield Finding(
                f"column {column!r} is in quotes that it does not need, in {{rows}}; they are not read as text",
                "if they are part of the texts, set input.quote: none", places,
            )  # fmt: skip
