"""Awkward files that nobody on this project wrote: what must come of each.

They are not part of the repository; AUGCLI_TEST_DATA, or the folder shared/data beside the checkout, holds them.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tests.support.helpers import ROOT

DATA = Path(os.environ.get("AUGCLI_TEST_DATA", ROOT.parent / "shared" / "data"))


@dataclass(frozen=True, slots=True)
class Read:
    """The file is read right: this many rows."""

    rows: int
    input: dict[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """The file is refused with this exit code; the message holds these words, and the name of the file."""

    code: int
    words: tuple[str, ...]
    input: dict[str, str]


Case: TypeAlias = Read | Refused


def read(rows: int, **input_keys: str) -> Read:
    return Read(rows, input_keys)


def bad(*words: str, **input_keys: str) -> Refused:
    return Refused(3, (*words, "Nothing was written"), input_keys)


def unreadable(*words: str, **input_keys: str) -> Refused:
    return Refused(3, words, input_keys)


def missing(*words: str, **input_keys: str) -> Refused:
    return Refused(2, words, input_keys)


CP1252 = ("is not UTF-8; set input.encoding: cp1252, which fits",)
GB18030 = ("is not UTF-8; set input.encoding: gb18030, which fits",)
MOSTLY_UTF8 = ("is not UTF-8; most of the file is UTF-8: fix this row",)
UTF16 = ("starts like UTF-16; set input.encoding: utf-16",)
EMPTY = ("the file is empty; expected a header line",)
NO_FORMAT = ("the name does not tell the format", "set input.format")

NASTY: dict[str, list[Case]] = {
    "plain.csv": [read(160)],
    "bom_crlf.csv": [read(160)],
    "semicolon.csv": [read(160, delimiter=";"), missing("no column 'text'", 'set input.delimiter: ";"')],
    "tabs.tsv": [read(160)],
    "pipe.csv": [read(160, delimiter="|"), missing("no column 'text'", 'set input.delimiter: "|"')],
    "latin1.csv": [read(159, encoding="latin-1"), bad("row 1 (line 2): byte 0xa3 at character 45", *CP1252)],
    "gbk.csv": [
        read(126, encoding="gbk"),
        read(126, encoding="gb18030"),
        bad("row 1 (line 2): byte 0xc4 at character 1 ", *GB18030),
        bad("row 1 (line 2): byte 0xc4", "is not in input.encoding", encoding="ascii"),
    ],
    "gb18030.csv": [read(126, encoding="gb18030"), bad("row 1 (line 2): byte 0xc4 at character 1 ", *GB18030)],
    "zh_utf8.csv": [read(126), bad("row", "is not in input.encoding", encoding="gbk")],
    "utf16le_bom.csv": [read(126, encoding="utf-16"), unreadable(*UTF16)],
    "utf16be_bom.csv": [read(126, encoding="utf-16"), read(126, encoding="utf-16-be"), unreadable(*UTF16)],
    "quoted_newlines.csv": [read(80)],
    "cr_only.csv": [read(160)],
    "mixed_newlines.csv": [read(160)],
    "ragged.csv": [
        bad("row 4 (line 5): 1 field, but the header has 2", "row 6 (line 7): 4 fields", "and 26 more invalid rows")
    ],
    "dup_header.csv": [read(160, text="label"), unreadable("two columns are called 'text'; rename one")],
    "blank_header.csv": [read(160)],
    "spaced_header.csv": [read(160, text=" text"), missing("no column 'text'; it has ' text', 'label '")],
    "space_after_comma.csv": [read(160)],
    "no_header.csv": [missing("no column 'text'; it has 'I do not remember")],
    "header_only.csv": [read(0)],
    "empty.csv": [unreadable(*EMPTY)],
    "bom_only.csv": [unreadable(*EMPTY)],
    "newlines_only.csv": [unreadable(*EMPTY)],
    "no_final_newline.csv": [read(160)],
    "blank_lines.csv": [read(160)],
    "nul_byte.csv": [bad("row 3 (line 4): a NUL byte")],
    "invalid_utf8.csv": [bad("row 5 (line 6): byte 0xff", "row 9 (line 10)", "row 12 (line 13)", *MOSTLY_UTF8)],
    "mixed_encoding.csv": [bad("row 41 (line 42): byte 0xb8", *MOSTLY_UTF8)],
    "long_field.csv": [read(3)],
    "quote_all.csv": [read(160)],
    "backslash_escapes.csv": [bad("row 1 (line 2): a quote inside a quoted field must be doubled")],
    "unclosed_quote.csv": [bad("row 4 (line 5): a quote opened in this record is not closed")],
    "stray_quotes.csv": [read(160)],
    "comments.csv": [missing("no column 'text'; it has '# exported'")],
    "wide.csv": [read(20)],
    "passthrough.csv": [read(160)],
    "reserved_columns.csv": [read(160), read(160, id="id")],
    "plain.csv.gz": [read(160)],
    "two_members.csv.gz": [read(160)],
    "truncated.csv.gz": [unreadable("cannot be read: Compressed file ended before")],
    "not_gzip.csv.gz": [read(160)],
    "gzip_without_suffix.csv": [read(160)],
    "plain.jsonl": [read(160)],
    "bom.jsonl": [read(160)],
    "crlf.jsonl": [read(160)],
    "no_final_newline.jsonl": [read(160)],
    "ascii_escapes.jsonl": [read(126)],
    "blank_lines.jsonl": [read(160)],
    "invalid_lines.jsonl": [
        bad("row 10 (line 10): the JSON value does not end on this line", "row 20 (line 20)", "and 6 more invalid rows")
    ],
    "nested.jsonl": [missing("no column 'text'; it has 'meta', 'data', 'a.b'")],
    "numbers.jsonl": [read(160)],
    "nan_inf.jsonl": [bad("row 1 (line 1): NaN is not JSON; write null", "row 3 (line 3): -Infinity")],
    "dup_keys.jsonl": [bad("row 1 (line 1): column 'text': the key stands twice"), read(160, text="label")],
    "lone_surrogates.jsonl": [bad("row 1 (line 1): half of a surrogate pair")],
    "not_objects.jsonl": [
        bad("row 2 (line 2): expected a JSON object", *(f"row {row} (line {row})" for row in (3, 6)))
    ],
    "odd_text_values.jsonl": [
        bad(
            "row 1 (line 1): column 'text': expected text, not null",
            "row 4 (line 4): column 'text': expected text, not a number (42)",
            "row 5 (line 5): column 'text': expected text, not a list (['a'])",
            "not an object",
            "not true or false (True)",
            "and 1 more invalid row",
        )
    ],
    "odd_labels.jsonl": [read(160), read(160, label="label")],
    "mixed_schema.jsonl": [read(160), bad("column 'id': missing; this row has", id="id")],
    "u2028_raw.jsonl": [read(160)],
    "concatenated.jsonl": [bad("row 1 (line 1): more than one JSON value on a line")],
    "pretty.json": [read(20), read(20, id="id"), bad("does not end on this line", format="jsonl")],
    "pretty.jsonl": [
        bad("row 1 (line 1): the JSON value does not end on this line; write one object per line, or an array")
    ],
    "invalid_utf8.jsonl": [bad("row 6 (line 6): byte 0xff at character 20", *MOSTLY_UTF8)],
    "utf16.jsonl": [read(126, encoding="utf-16"), unreadable(*UTF16)],
    "plain.jsonl.gz": [read(160)],
    "empty.jsonl": [read(0)],
    "long_line.jsonl": [read(2)],
    "deep.jsonl": [bad("row 2 (line 2): values are nested too deep")],
    "dup_ids.jsonl": [
        read(160),
        bad("column 'id': ids must be unique", "'0': ", "dup_ids.jsonl row 1, ", "Leave input.id out", id="id"),
    ],
    "dup_rows.jsonl": [read(160)],
    "unicode.jsonl": [read(826)],
    "unicode.csv": [read(826)],
}

SPECTRUM: dict[str, list[Case]] = {
    "comma_in_quotes.csv": [read(1)],
    "empty.csv": [read(2)],
    "empty_crlf.csv": [read(2)],
    "escaped_quotes.csv": [read(2)],
    "json.csv": [read(1)],
    "location_coordinates.csv": [read(1)],
    "newlines.csv": [read(3)],
    "newlines_crlf.csv": [read(3)],
    "quotes_and_newlines.csv": [read(2)],
    "simple.csv": [read(1)],
    "simple_crlf.csv": [read(1)],
    "utf8.csv": [read(2)],
}

HORROR: dict[str, list[Case]] = {
    "README.md": [missing(*NO_FORMAT)],
    "begrotingsanalyse-2011.csv": [missing("no column 'text'; it has '', '', 'Kengetallen clusters provincies'")],
    "characters.csv": [
        unreadable("header (line 1): byte 0xb4 at character 4 is not UTF-8"),
        read(382, encoding="big5"),
        unreadable("header (line 1): byte 0xf1 at character 47 is not in input.encoding", encoding="shift_jis"),
    ],
    "complex.csv": [bad("row 3 (line 4): 6 fields, but the header has 4; put quotes around text that holds ','")],
    "example.tsv": [read(140)],
    "excel_pasting.csv": [read(20)],
    "long.csv": [read(3999)],
    "mixedGLB.csv": [read(136)],
    "null.csv": [read(9)],
    "simple.csv": [read(6)],
    "simple.psv": [read(28, format="csv", delimiter="|"), missing(*NO_FORMAT)],
    "simple.ssv": [read(6, format="csv", delimiter=";"), missing(*NO_FORMAT)],
    "simple.unknown": [missing(*NO_FORMAT), unreadable(*EMPTY, format="csv")],
    "simple.zip": [missing(*NO_FORMAT)],
    "skip_initials.csv": [read(2)],
    "small.csv": [read(0)],
    "spanish_chars.csv": [unreadable("header (line 1): byte 0xf3", *CP1252), read(116, encoding="latin-1")],
    "sparse_with_column_errors.csv": [bad("row 1 (line 2): byte 0xe4", *CP1252), read(2237, encoding="latin-1")],
    "utf-16le_encoded.csv": [unreadable(*UTF16), read(327, encoding="utf-16")],
    "utf8bom.csv": [read(0)],
    "weird_head_padding.csv": [bad("row 1 (line 4): 1 field, but the header has 5")],
}

SHORT = "put quotes around text that holds ','"
CSVKIT: dict[str, list[Case]] = {
    "COPYING": [missing(*NO_FORMAT)],
    "bad.csv": [bad("row 1 (line 2): 4 fields, but the header has 3", "row 2 (line 3): 2 fields", SHORT)],
    "bad_skip_lines.csv": [bad("row 1 (line 5): 4 fields, but the header has 3", SHORT)],
    "empty.csv": [unreadable(*EMPTY)],
    "join_a_short.csv": [bad("row 1 (line 2): 2 fields, but the header has 3", "row 2 (line 3): 1 field,", SHORT)],
    "null_byte.csv": [bad("row 1 (line 2): a NUL byte")],
    "test_empty_columns.csv": [bad("row 2 (line 3): 4 fields, but the header has 5", SHORT)],
    "test_empty_columns_long_row.csv": [bad("row 1 (line 2): 4 fields, but the header has 3", SHORT)],
    "test_empty_columns_short_row.csv": [bad("row 1 (line 2): 2 fields, but the header has 3", SHORT)],
    "test_extra_header.csv": [bad("row 1 (line 2): 3 fields, but the header has 4", SHORT)],
    "test_join_short_rows.csv": [bad("row 1 (line 2): 2 fields, but the header has 3", SHORT)],
    "test_latin1.csv": [bad("row 2 (line 3): byte 0xa9 at character 5", *CP1252), read(2, encoding="latin-1")],
    "test_utf16_big.csv": [unreadable(*UTF16), read(2, encoding="utf-16")],
    "test_utf16_little.csv": [unreadable(*UTF16), read(2, encoding="utf-16")],
    "sniff_limit.csv": [read(1), read(1, delimiter=";")],
    "blanks.csv": [read(1)],
    "blanks_converted.csv": [read(1)],
    "date_like_number.csv": [read(1)],
    "dummy.csv": [read(1)],
    "dummy.csv.bz2": [read(1)],
    "dummy.csv.gz": [read(1)],
    "dummy.tsv": [read(1)],
    "dummy2.csv": [read(1)],
    "dummy3.csv": [read(2)],
    "dummy_col_shuffled.csv": [read(1)],
    "dummy_col_shuffled_ragged.csv": [read(1)],
    "foo1.csv": [read(2)],
    "foo2.csv": [read(2)],
    "iris.csv": [read(150)],
    "irismeta.csv": [read(3)],
    "join_a.csv": [read(3)],
    "join_b.csv": [read(3)],
    "join_no_header_row.csv": [read(3)],
    "join_short.csv": [read(2)],
    "mac_newlines.csv": [read(2)],
    "no_header_row.csv": [read(0)],
    "no_header_row2.csv": [read(0)],
    "no_header_row3.csv": [read(1)],
    "optional_quote_characters.csv": [read(1)],
    "sheetsxls_converted.csv": [read(5)],
    "sheetsxlsx_converted.csv": [read(5)],
    "sort_ints_nulls.csv": [read(3)],
    "test_date_format.csv": [read(2)],
    "test_date_format_converted.csv": [read(2)],
    "test_geo.csv": [read(17)],
    "test_geojson.csv": [read(3)],
    "test_header_newline.csv": [read(1)],
    "test_ignore_case.csv": [read(5)],
    "test_literal_order.csv": [read(3)],
    "test_locale.csv": [read(1)],
    "test_locale_converted.csv": [read(1)],
    "test_no_leading_zeroes.csv": [read(1)],
    "test_numeric_date_format.csv": [read(2)],
    "test_precision.csv": [read(1)],
    "test_skip_lines.csv": [read(1)],
    "test_utf8.csv": [read(2)],
    "test_utf8_bom.csv": [read(2)],
    "testdbf_converted.csv": [read(8)],
    "testfixed_converted.csv": [read(4)],
    "testfixed_schema.csv": [read(8)],
    "testfixed_schema_no_inference.csv": [read(3)],
    "testjson_converted.csv": [read(5)],
    "testjson_multiline_converted.csv": [read(2)],
    "testjson_nested_converted.csv": [read(2)],
    "testxls_converted.csv": [read(5)],
    "testxls_unicode_converted.csv": [read(1)],
    "testxlsx_converted.csv": [read(5)],
    "testxlsx_noinference_converted.csv": [read(5)],
    "testxlsx_unicode_converted.csv": [read(1)],
}

TABLES = {
    "nasty_derived": NASTY,
    "csv_spectrum/csvs": SPECTRUM,
    "messytables_horror": HORROR,
    "csvkit_examples": CSVKIT,
}


def plain(path: Path) -> bytes:
    """The bytes of a file, unpacked by an independent reader."""
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else bz2.decompress(data) if data[:3] == b"BZh" else data


def csv_rows(data: bytes, encoding: str = "utf-8", delimiter: str = ",") -> list[list[str]]:
    """Header and rows of a CSV file by an independent reader."""
    text = data.decode(encoding).removeprefix("\ufeff")
    limit = csv.field_size_limit(sys.maxsize)
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    finally:
        csv.field_size_limit(limit)


def json_rows(data: bytes, encoding: str = "utf-8") -> list[Any]:
    """Rows of JSON by an independent reader: pairs of key and value, so that order and repeated keys are seen."""
    text = data.decode(encoding).removeprefix("\ufeff")
    parse = json.JSONDecoder(object_pairs_hook=tuple, parse_int=str, parse_float=str).decode
    return list(parse(text)) if text.startswith("[") else [parse(line) for line in text.split("\n") if line.strip()]
