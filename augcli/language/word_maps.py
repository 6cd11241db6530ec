"""Files that list words, each with what may stand for it: lines with tabs between, or a JSON object."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple, TypeAlias

from augcli.errors import ConfigError, ResourceError
from augcli.language.resources import clipped

Lines: TypeAlias = Iterator[tuple[int, str]]
"""Lines without their ends, numbered from 1."""


class Listed(NamedTuple):
    """An entry of a file."""

    place: str
    """For messages: file:line."""
    word: str
    others: list[str]


def read(path: Path, what: str) -> Iterator[Listed]:
    """The entries of a TSV file, or of a .json of {word: other} or {word: [other, ...]}.

    `what` the others are called goes into messages.

    Raises ResourceError when the file cannot be read, ConfigError when it is no such file.
    """
    lines = decoded_lines(path, content_of(path, what))
    found = _from_json(path, lines, what) if path.suffix == ".json" else from_tsv(path, lines, what)
    first = next(found, None)
    if first is None:
        raise ConfigError.at(path, f"expected words and their {what}, but the file has none")
    yield first
    yield from found


def content_of(path: Path, what: str) -> bytes:
    """The bytes of a file after its byte order mark, if any. Raises ResourceError when it cannot be read."""
    try:
        return path.read_bytes().removeprefix(BOM_UTF8)
    except OSError as error:
        raise ResourceError(f"the {what} in {path} cannot be read: {error.strerror}") from error


def decoded_lines(path: Path, content: bytes, encoding: str = "utf-8") -> Lines:
    """The lines of a file. Raises ConfigError at the first one that is not in its encoding."""
    for number, line in enumerate(BytesIO(content), 1):
        try:
            decoded = line.decode(encoding)
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"{path}:{number}: expected {encoding}, but byte {error.start + 1} of the line is not; "
                "save the file as UTF-8"
            ) from error
        except (LookupError, UnicodeError) as error:
            raise ConfigError(f"{path}:1: expected an encoding such as UTF-8, got {encoding!r}") from error
        if "\0" in decoded:
            raise ConfigError(
                f"{path}:{number}: expected {encoding}, but character {decoded.index(chr(0)) + 1} of the line is NUL, "
                "as in UTF-16; save the file as UTF-8"
            )
        yield number, decoded.rstrip("\r\n")


def from_tsv(path: Path, lines: Lines, what: str) -> Iterator[Listed]:
    """A word, a tab, and others with tabs between in each line; blank lines and those that begin with # are skipped."""
    for number, line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        word, *others = [column.strip() for column in line.split("\t")]
        others = [other for other in others if other]
        if not word or not others:
            raise ConfigError(f"{path}:{number}: expected a word and its {what} with tabs between, got {clipped(line)}")
        yield Listed(f"{path}:{number}", word, others)


def _from_json(path: Path, lines: Lines, what: str) -> Iterator[Listed]:
    try:
        table = json.loads("\n".join(line for _, line in lines))
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    if not isinstance(table, dict):
        raise ConfigError.at(path, "expected an object of {word: [other, ...]}")
    for word, others in table.items():
        listed = [others] if isinstance(others, str) else others
        if not (
            word.strip()
            and isinstance(listed, list)
            and listed
            and all(isinstance(other, str) and other.strip() for other in listed)
        ):
            raise ConfigError.at(path, f"expected a list of {what} under {word!r}")
        yield Listed(f"{path}: {word!r}", word.strip(), [other.strip() for other in listed])
