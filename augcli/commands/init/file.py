"""What is guessed of a file, by its beginning."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from augcli.commands.init.columns import flattened, guess_columns
from augcli.commands.init.guess import Guess, Guesses
from augcli.commands.init.sample import decode, guess_format, guess_records, guess_squad, read_start
from augcli.commands.init.table import guess_table
from augcli.config.load import load_input
from augcli.config.sections import Format
from augcli.errors import AugError, ConfigError, DataError
from augcli.io.files.storage import Place, open_binary
from augcli.io.formats.json_array import Frame, array_rows
from augcli.io.formats.parquet import arrow, read_batches
from augcli.io.formats.rows import RowError
from augcli.io.inputs import format_of
from augcli.io.open import open_sources
from augcli.io.sources import scan
from augcli.run.look.columns import undeclared_spans
from augcli.run.look.rows import Row
from augcli.run.survey.near_duplicates import groups
from augcli.text.record import Record

_BATCH = 1000
"""Rows of a Parquet file that are looked at."""


def guess_file(file: Place) -> tuple[Guesses, Format, list[str]]:
    """What is guessed of a file, its format, and what else is worth to know of it."""
    found: Guesses = {}
    form: Format
    with TemporaryDirectory(prefix="augcli-") as name:
        copy = Path(name) / file.name
        if format_of(file.name)[0] == "xlsx":
            form, whole = "xlsx", True
            copy.write_bytes(file.read_bytes())
        elif (start := read_start(file))[0].startswith((b"PAR1", b"ARROW1")) or format_of(file.name)[0] == "arrow":
            form = "parquet" if start[0].startswith(b"PAR1") else "arrow"
            whole = _copy_table(file, copy)
        else:
            text, whole, encoding = decode(start[0], file, whole=start[1])
            if encoding.value != "utf-8" or encoding.doubt:
                found["encoding"] = encoding
            guessed = guess_format(file.name, text)
            form = guessed.value
            if form in ("tsv", "csv"):
                found |= guess_table(text, "\t" if form == "tsv" else ",")
                if form == "tsv" and "delimiter" in found:
                    guessed = Guess(form := "csv", "it has another delimiter than tabs")
            elif form == "json" and (squad := guess_squad(text)):
                return found | squad, form, []
            elif form == "json" and whole and (records := guess_records(text)):
                found["records"] = records
            elif form == "conll" and re.search(r"(?m)^# ", text):
                found["comment"] = Guess("# ", "lines before sentences begin so")
            if "header" in found and found["header"].value and not found["header"].doubt:
                del found["header"]  # as it is by default
            if form != format_of(file.name)[0]:
                found["format"] = guessed
            copy.write_bytes(_elements(text, file) if form == "json" and text.lstrip()[:1] == "[" else text.encode())
        keys = {key: guess.value for key, guess in found.items() if key != "encoding"}
        shape = "jsonl" if form == "json" and "records" not in found else form
        rows, bad = _read(copy, {**keys, "format": shape}, file, Path(name), whole=whole)
    number = f"{'all' if whole else 'the first'} {len(rows)} rows"
    found |= guess_columns(rows, number)
    if form in ("json", "jsonl") and ("text" not in found or found["text"].doubt):
        rows, found = _look_inside(rows, found, number)
    if "text" not in found and "tokens" not in found:
        named = ", ".join(map(repr, islice(rows[0], 20))) or "no columns"
        raise ConfigError.at(
            file, f"no column holds texts; it has {named}; `augcli init` alone writes a config in which to name one"
        )
    described = file.with_name("dataset_info.json")
    if "tag_names" in found and described.exists():
        found["tag_names"] = Guess(str(described), "the names of the numbers, as datasets saved them")
    found |= _spans_left(rows, found)
    return found, form, [*bad, *_repeats(rows, found, number)]


def _look_inside(rows: list[Mapping[str, Any]], found: Guesses, number: str) -> tuple[list[Mapping[str, Any]], Guesses]:
    """The rows with what is inside of their columns, and what is guessed of them, if texts are there and surely so."""
    inner: list[Mapping[str, Any]] = [flattened(row) for row in rows]
    inside = guess_columns(inner, number)
    if "text" not in inside or inside["text"].doubt:
        return rows, found
    if "[*]" in (path := str(inside["text"].value)):
        some = path.replace("[*]", "[role=user]")
        role = f"; {some} would be those of a role" if f"{path.partition('[*]')[0]}[*].role" in inner[0] else ""
        inside["text"] = inside["text"]._replace(doubt=f"{path} is all of them{role}")
    return inner, {**found, **inside}


def _elements(text: str, file: Place) -> bytes:
    """The elements of a JSON array, as far as they are whole, one a line."""
    lines = []
    try:
        for element in array_rows(io.BytesIO(text.encode()), Frame()):
            lines.append(element + b"\n")
    except RowError as error:
        if not lines:
            raise DataError.at(file, error) from None
    return b"".join(lines)


def _copy_table(file: Place, copy: Path) -> bool:
    """Write the first rows of a Parquet or Arrow file to a Parquet file; whether these are all."""
    pyarrow = arrow()
    with open_binary(file) as opened:
        try:
            _, batches = read_batches(opened, _BATCH)
            batch = next(batches, None)
        except pyarrow.ArrowException as error:
            raise DataError.at(file, f"not a Parquet or Arrow file: {error}") from error
        if batch is None:
            raise DataError.at(file, "there is no row to look at")
        pyarrow.parquet.write_table(pyarrow.Table.from_batches([batch]), copy)
        return next(batches, None) is None


def _read(
    copy: Path, keys: Mapping[str, Any], file: Place, folder: Path, *, whole: bool
) -> tuple[list[Mapping[str, Any]], list[str]]:  # fmt: skip
    """The rows of a small copy of a file, and what to say of those that cannot be read."""
    try:
        config = load_input({"path": str(copy), "text": "text", **keys})
        (source,) = open_sources(config, folder, _BATCH)
        read = [row for row, _, _ in scan(source, source.start, source.end)]
    except AugError as error:  # which names the copy
        raise type(error)(str(error).replace(str(copy), str(file))) from error
    if not whole and read and isinstance(read[-1], RowError):
        read.pop()  # it is cut off
    rows = [row.items() for row in read if not isinstance(row, RowError)]
    bad = [(number, row) for number, row in enumerate(read, 1) if isinstance(row, RowError)]
    if not bad:
        if not rows:
            raise DataError.at(file, "there is no row to look at")
        return rows, []
    number, reason = bad[0]
    if not rows:
        raise DataError.at(file, f"no row can be read; row {number}: {reason}")
    return rows, [
        f"{len(bad)} of {len(read)} rows cannot be read, first row {number}: {reason}; on_error: drop leaves them out"
    ]


def _spans_left(rows: Sequence[Mapping[str, Any]], found: Guesses) -> Guesses:
    """`spans: null` where columns hold spans in a way that is not read."""
    if "tokens" in found or "spans" in found:
        return {}
    config = load_input(
        {"path": "-", "format": "jsonl", **{key: found[key].value for key in ("text", "id") if key in found}}
    )
    looked_at = [
        Row(str(number), Record(number, tuple(str(row.get(text) or "") for text in config.input.texts)), row)
        for number, row in enumerate(rows, 1)
    ]
    finding = next(undeclared_spans(config, looked_at), None)
    if finding is None:
        return {}
    return {"spans": Guess(None, "copied as they are, and wrong in variants", finding.message(looked_at))}


def _repeats(rows: Sequence[Mapping[str, Any]], found: Guesses, number: str) -> list[str]:
    """A note on texts that nearly repeat others."""
    named = found["tokens" if "tokens" in found else "text"].value
    names = named if isinstance(named, list) else [named]
    texts = ["\n".join(str(row.get(name)) for name in names) for row in rows]
    repeating = len(texts) - len({*groups(texts, found["language"].value)})
    if not repeating:
        return []
    return [f"{repeating} of {number} have the text of another, or nearly so: `augcli inspect` shows them"]
