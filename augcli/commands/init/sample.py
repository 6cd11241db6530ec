"""The beginning of a file as text: its packing, its encoding and its format told by the bytes."""

from __future__ import annotations

import codecs
import json
import re
from pathlib import PurePath
from typing import Any, NamedTuple

from augcli.commands.init.guess import Guess, Guesses
from augcli.commands.init.language import language_of
from augcli.commands.init.table import guess_delimiter, is_table
from augcli.config.sections import Format
from augcli.errors import DataError
from augcli.io.files.compression import DAMAGED, archive_kind, unpacked
from augcli.io.files.detect import begins_in, is_in, likely_encodings, wide_encoding
from augcli.io.files.storage import Place
from augcli.io.formats.lines import MARK
from augcli.io.inputs import format_of
from augcli.text.bio import TAG

SIZE = 1 << 20
"""Bytes that are looked at."""
_START = 1 << 12
_CONTROLS = re.compile("[\0-\x08\x0e-\x1f]")
_SQUAD = re.compile(r'\s*\{(?s:.{,500}?)"data"\s*:\s*\[(?s:.{,500}?)"paragraphs"\s*:\s*\[(?s:.*)"qas"\s*:\s*\[')
_CONTEXT = re.compile(r'"context"\s*:\s*("(?:[^"\\]|\\.)*")')
_FEW_CONTROLS = 0.01
"""Share of control characters that texts may have."""
_NEARLY_ALL = 0.9
_OTHERS = (".yml", ".yaml", ".xml", ".html", ".htm", ".md", ".pdf", ".docx", ".rtf", ".odt")
"""Texts in a markup, whose lines are no rows."""


class Sample(NamedTuple):
    """The beginning of a file, in whole lines where it has some."""

    text: str
    whole: bool
    """Whether the file ends here."""
    encoding: Guess


def read_start(file: Place) -> tuple[bytes, bool]:
    """The first bytes of a file, unpacked, and whether these are all. Raises DataError where there are none."""
    try:
        with unpacked(file) as (plain, _):
            data, whole = plain.read(SIZE), not plain.read(1)
    except DAMAGED as error:
        raise DataError.at(file, f"cannot be read: {error}") from error
    if kind := archive_kind(data):
        raise DataError.at(file, f"a {kind} archive, which is not read; unpack it")
    if not data.strip():
        raise DataError.at(file, "the file is empty; expected rows with texts")
    return data, whole


def decode(data: bytes, file: Place, *, whole: bool) -> Sample:
    """The text of the first bytes of a file. Raises DataError where these are no text."""
    encoding = guess_encoding(data)
    text = codecs.getincrementaldecoder(encoding.value)("replace").decode(data, final=whole).removeprefix("\ufeff")
    if len(_CONTROLS.findall(text)) > _FEW_CONTROLS * len(text):
        raise DataError.at(file, "this is no text; expected csv, tsv, jsonl, json, parquet, txt, fasttext or conll")
    return Sample(text if whole else text[: text.rfind("\n") + 1] or text, whole, encoding)


def guess_encoding(data: bytes) -> Guess:
    """The encoding of the first bytes of a file."""
    if wide := wide_encoding(data[:_START]):
        return Guess(wide, "told by its NUL bytes or its byte order mark")
    if begins_in(data, "utf-8"):
        return Guess("utf-8")
    lines = [line for line in data.splitlines() if not line.isascii()]
    broken = sum(not is_in(line, "utf-8") for line in lines)
    if 2 * broken < len(lines):
        return Guess("utf-8", doubt=f"{broken} lines are not UTF-8, though most are: fix them, or set on_error: drop")
    joined = b"\n".join(lines)
    likely = likely_encodings(joined, "en") or ["cp1252"]
    language = language_of([joined.decode(likely[0], "replace")]).value
    first, *others = likely_encodings(joined, language) or likely
    doubt = f"it could also be {' or '.join(others)}" if others else ""
    return Guess(first, "told by its bytes, which are not UTF-8", doubt)


def guess_format(name: str, text: str) -> Guess:
    """The format of a file, by its name, or else by the text that it begins with."""
    named = format_of(name)[0]
    if named is None and (suffix := PurePath(name).suffix.lower()) in _OTHERS:
        raise DataError(f"{name}: {suffix[1:].upper()} is not read; write its rows as csv or jsonl")
    if named in ("json", "jsonl"):
        begins = "json" if text.lstrip().startswith("[") else "jsonl"
        return Guess(named if named == "json" else begins)
    if named not in (None, "txt"):
        return Guess(named)
    told = _format_by_text(text)
    doubt = "txt if each line is a text, and no row of a table" if told == "csv" else ""
    return Guess(told, "told by how its lines look", doubt)


def guess_records(text: str) -> Guess | None:
    """Where the rows are in a JSON file that is one object: its first array of objects, or of arrays with texts."""
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    inside: list[tuple[tuple[str, ...], dict[str, Any]]] = [((), value)] if isinstance(value, dict) else []
    for path, one in inside:  # which grows
        for key, member in one.items():
            if isinstance(member, list) and member and all(map(_is_row, member)):
                doubt = "leave it out if the whole file is one row"
                return Guess(".".join((*path, key)), f"an array of {len(member)} rows in an object", doubt)
            if isinstance(member, dict):
                inside.append(((*path, key), member))
    return None


def _is_row(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, str) for one in value))


def guess_squad(text: str) -> Guesses:
    """What is where in a file of SQuAD, of which this is the beginning; nothing for others."""
    if not _SQUAD.match(text):
        return {}
    contexts = [json.loads(found) for found in _CONTEXT.findall(text)]
    answers = ["qas[*].answers"] + ["qas[*].plausible_answers"] * ('"plausible_answers"' in text)
    return {
        "records": Guess("data[*].paragraphs", "paragraphs of SQuAD"),
        "text": Guess(["context", "qas[*].question"], "a paragraph and the questions on it"),
        "spans": Guess(answers, "answers move with the words of the context"),
        "spans_in": Guess("context"),
        "language": language_of(contexts),
    }


def _format_by_text(text: str) -> Format:
    start = text.lstrip()
    if start.startswith("{"):
        return "jsonl"
    if re.match(r"\[\s*\{", start):
        return "json"
    if start.startswith(MARK):
        return "fasttext"
    if _is_conll(text):
        return "conll"
    delimiter = guess_delimiter(text, "\t")
    if is_table(text, delimiter):
        return "tsv" if delimiter == "\t" else "csv"
    return "txt"


def _is_conll(text: str) -> bool:
    """Whether nearly all lines are a token with its items, the last of which is a BIO tag or a relative of it."""
    items = [line.split() for line in text.splitlines() if line.strip() and not line.startswith(("-DOCSTART-", "# "))]
    tagged = sum(len(some) > 1 and TAG.fullmatch(some[-1]) is not None for some in items)
    return tagged > _NEARLY_ALL * len(items)
