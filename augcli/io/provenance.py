"""Provenance: a line for each row of the output, written and read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypeAlias

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError

from augcli.chains.applied import Applied
from augcli.chains.variants import Variant
from augcli.errors import RunError
from augcli.io.files.storage import Place, open_binary
from augcli.text.edits import Edit
from augcli.text.record import Record


class ProvenanceLine(NamedTuple):
    """Where a row comes from."""

    id: str
    source: Any
    steps: Sequence[Applied]
    checks: dict[str, float]
    """Scores, by check."""
    labels: dict[str, float] | None = None
    """What the teacher made of it, where its labels are the teacher's."""


def provenance_line(name: str, record: Record, variant: Variant | None) -> bytes:
    """The line of a row called `name`: a variant of a record, or the record itself."""
    steps = to_json(variant.steps, len(record.texts)) if variant else []
    line: dict[str, Any] = {
        "id": name,
        "source": record.id,
        "steps": steps,
        "checks": variant.scores if variant else {},
    }
    if variant and variant.judgement is not None:
        line["labels"] = variant.judgement
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def to_json(steps: Sequence[Applied], columns: int) -> list[list[Any]]:
    """Name and edits of each step; then the number of its column where there are several `columns`, and its note."""
    if columns > 1:
        return [[name, edits, column, note] if note else [name, edits, column] for name, edits, column, note in steps]
    return [[name, edits, note] if note else [name, edits] for name, edits, _, note in steps]


def from_json(steps: Sequence[Sequence[Any]]) -> list[Applied]:
    """What `to_json` wrote."""
    return [
        Applied(
            name,
            edits,
            next((part for part in rest if isinstance(part, int)), 0),
            next((part for part in rest if isinstance(part, dict)), None),
        )
        for name, edits, *rest in steps
    ]


_NOTED: Mapping[str, TypeAdapter[Any]] = {
    "from": TypeAdapter(list[tuple[int, int] | list[str]]),
    "spans": TypeAdapter(list[str]),
}


def _note(note: dict[str, Any]) -> dict[str, Any]:
    """A note as it may be: its `from` are places or tokens, its `spans` types."""
    return note | {key: kind.validate_python(note[key]) for key, kind in _NOTED.items() if key in note}


_Note: TypeAlias = Annotated[dict[str, Any], AfterValidator(_note)]


class _Line(BaseModel):
    """A line as it is written."""

    model_config = ConfigDict(strict=True)

    id: str
    source: Any
    steps: list[tuple[str, list[Edit]] | tuple[str, list[Edit], int | _Note] | tuple[str, list[Edit], int, _Note]]
    checks: dict[str, float]
    labels: dict[str, float] | None = None


class ProvenanceReader:
    """The lines of provenance files with one line of look-ahead."""

    def __init__(self, files: Sequence[Place]) -> None:
        self._raw = _raw_lines(files)
        self._held: ProvenanceLine | None = None
        self.place = ""
        """File and number of the line last looked at."""
        self.number = 0

    def peek(self) -> ProvenanceLine | None:
        """The next line, or None at the end. Raises RunError when it is damaged."""
        if self._held is None and (raw := next(self._raw, None)):
            self.place, line = raw
            try:
                read = _Line.model_validate_json(line)
            except ValidationError as error:
                raise RunError(f"{self.place} is damaged: {first_error(error)}") from error
            self._held = ProvenanceLine(read.id, read.source, from_json(read.steps), read.checks, read.labels)
        return self._held

    def next(self) -> ProvenanceLine | None:
        """The next line, taken."""
        line = self.peek()
        self._held = None
        self.number += line is not None
        return line


def first_error(error: ValidationError) -> str:
    """The first thing that is wrong with values that are not as they should be."""
    first = error.errors()[0]
    where = [str(part) for part in first["loc"] if "[" not in str(part)]  # pydantic names members of unions as well
    return " ".join((*where, first["msg"]))


def _raw_lines(files: Sequence[Place]) -> Iterator[tuple[str, bytes]]:
    """Each line with file and number."""
    for file in files:
        with open_binary(file, 1 << 20) as lines:
            for number, line in enumerate(lines, 1):
                yield f"{file}: line {number}", line
