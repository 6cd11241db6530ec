"""What is inspected: the input of a config, or files whose columns are told by their names and values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from augcli.config.config import Config
from augcli.config.load import Override, load, load_input, load_training, training_in
from augcli.errors import ConfigError, DataError
from augcli.io.files.storage import Place
from augcli.io.formats.rows import RowError
from augcli.io.inputs import find_files, find_inputs
from augcli.io.open import open_sources
from augcli.io.sources import Source, decoding_hint, scan
from augcli.run.look.roles import Roles, roles
from augcli.run.look.rows import Row
from augcli.run.survey.survey import delimiter_hint, missing_column
from augcli.text.record import label_name

_ROWS = 1000
"""Rows by which columns are told."""
CHUNK_ROWS = 1000
TEST = "test"
"""The split of the files that are only to test with."""
_FILES = 10
"""More files than this are parts of one set, not splits."""


@dataclass(frozen=True, slots=True)
class Data:
    """The input that is inspected."""

    config: Config
    """Invalid rows are left out and counted."""
    sources: Sequence[Source]
    split: str | None
    """Column that tells the split of a row."""
    tests: frozenset[str] = frozenset()
    """Names of the files that are only to test with."""
    guessed: dict[str, Any] = field(default_factory=dict)
    """Keys of `input` that nobody has set, with what they were taken for."""

    @property
    def files(self) -> dict[str, str]:
        """The splits of the files by their names, where these are splits: those to test with, or a few of them."""
        if self.tests:
            return {source.name: TEST if source.name in self.tests else "input" for source in self.sources}
        few = not self.split and 1 < len(self.sources) <= _FILES
        return {source.name: source.name for source in self.sources} if few else {}

    def split_of(self, row: Row) -> str:
        """The split of a row; nothing where there are no splits."""
        if files := self.files:
            return files[row.place.rpartition(":")[0]]
        return label_name(row.columns.get(self.split, "")) if self.split else ""


def is_config(path: str) -> bool:
    """Whether what is to be inspected is a config, and not a file with data."""
    return Path(path).suffix.lower() in (".yaml", ".yml")


def open_data(
    path: str, overrides: Sequence[Override], tests: Sequence[str], split: str | None, folder: Place
) -> Data:  # fmt: skip
    """Open the input of the config at `path`, or the file there, and `tests`; `folder` is for copies.

    Raises ConfigError for a file that is not there or columns that cannot be told, DataError for one that is broken.
    """
    file, given = Path(path), {key for _, key, _ in overrides}
    guessed: dict[str, Any] = {}
    if is_config(path):
        kind = training_in(file)
        config = load_training(kind, file, overrides).reading() if kind else load(file, overrides).config
        config = _with_input(config, where=None)
    else:
        config = load_input({"path": path, **({} if "input.tokens" in given else {"text": "text"})}, overrides)
    config, names = _with_tests(config, tests)
    sources = open_sources(config, folder, CHUNK_ROWS)
    if split and (header := sources[0].header) and split not in header.names:
        raise ConfigError(missing_column(sources[0], split, header.names))
    first = _first_rows(config, sources)
    found = roles(first)
    if not is_config(path):
        if hint := delimiter_hint(sources[0], first[0].keys()):
            raise ConfigError(f"{sources[0].shown} has one column, {next(iter(first[0]))!r}{hint}")
        config, guessed = _guess(config, first[0], found, given)
    split = split or found.split
    reading = config.model_copy(update={"on_error": "drop", "max_dropped": 1.0})
    return Data(reading, sources, split, names, guessed)


def _with_input(config: Config, **keys: Any) -> Config:
    return config.model_copy(update={"input": config.input.model_copy(update=keys)})


def _with_tests(config: Config, tests: Sequence[str]) -> tuple[Config, frozenset[str]]:
    """The config with the files to test with among its inputs, and the names of these."""
    errors = {test: ConfigError(f"--test {test}: there is nothing to read") for test in tests}
    if config.evaluate and isinstance(config.evaluate.test, str | list):
        named = [config.evaluate.test] if isinstance(config.evaluate.test, str) else config.evaluate.test
        errors |= {test: config.error(f"there is nothing to read at {test}", "evaluate", "test") for test in named}
    for test, error in errors.items():
        if not find_inputs(config, test)[1]:
            raise error
    if not errors:
        return config, frozenset()
    apart = {place.resolve() for place, _ in find_files(_with_input(config, path=[*errors]))}
    if same := [place for place, _ in find_files(config) if place.resolve() in apart]:
        raise ConfigError(f"{same[0]} is the input and a file to test with; name another one with --test")
    own = [config.input.path] if isinstance(config.input.path, str) else config.input.path
    config = _with_input(config, path=[*own, *errors])
    return config, frozenset(name for place, name in find_files(config) if place.resolve() in apart)


def _first_rows(config: Config, sources: Sequence[Source]) -> list[dict[str, Any]]:
    """The first rows of the first file that has some; of others, what cannot be read is told later."""
    reasons = []
    for source in sources:
        rows = [row for row, _, _ in islice(scan(source, source.start, source.end), _ROWS)]
        good = [dict(row.items()) for row in rows if not isinstance(row, RowError)]
        if good:
            return good
        if rows and isinstance(rows[0], RowError):
            hint = decoding_hint(config.input, source) if rows[0].undecodable else ""
            reasons.append(f"{source.shown}: no row can be read; row 1: {rows[0]}{hint}")
        else:
            reasons.append(f"{source.shown}: there is no row to inspect")
    raise DataError("\n".join(reasons))


def _guess(config: Config, columns: Iterable[str], found: Roles, given: set[str]) -> tuple[Config, dict[str, Any]]:
    """The config with the columns that were told, where nobody has named them."""
    told = {key: value for key in ("text", "label", "id", "spans", "language") if (value := getattr(found, key))}
    if "input.tokens" in given:
        told = {key: value for key, value in told.items() if key not in ("text", "spans")}
    elif isinstance(told.get("text"), list):
        told.pop("spans", None)
    guessed = {key: value for key, value in told.items() if f"input.{key}" not in given}
    if "text" not in told and not given & {"input.text", "input.tokens"}:
        raise ConfigError(
            f"{config.input.path}: no column holds texts; it has {', '.join(map(repr, islice(columns, 20)))}; name one "
            "with --text, or one with lists of words with --set input.tokens=COLUMN"
        )
    return _with_input(config, **guessed), guessed
