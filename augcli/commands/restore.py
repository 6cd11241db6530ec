"""`augcli restore`: words that the step `oov` took out, brought back into the texts of a run or a model's output."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from augcli.chains.applied import Applied
from augcli.commands.past_run import PastReport, report_of
from augcli.config.config import Config
from augcli.config.sections import Input
from augcli.errors import DataError
from augcli.io.files.storage import Place
from augcli.io.open import open_sources
from augcli.io.outputs import output_format
from augcli.io.provenance import ProvenanceLine, ProvenanceReader
from augcli.io.records import read_chunk
from augcli.models.vocabulary import LOW_LINE
from augcli.run.engine.local import local
from augcli.run.survey.survey import survey
from augcli.steps.vocabulary.alignment import copied_back
from augcli.steps.vocabulary.oov import Oov
from augcli.text.edits import apply


def restore(output: Place, file: Path | None) -> Iterator[str]:
    """A line for each row of an output: its texts as they were before `oov`, or the line of a file with words restored.

    Raises DataError where the file has another number of lines, or other steps followed `oov`.
    """
    report = PastReport.of(report_of(output))
    lines = iter(ProvenanceReader(report.paths(output).provenance).next, None)
    if file is None:
        for line, texts in zip(lines, _texts(report.config_at(), output), strict=True):
            yield "\t".join(_undone(line, texts)).replace("\n", " ")
        return
    given = file.read_text(encoding="utf-8-sig").removesuffix("\n").split("\n")
    told = [_last(line) for line in lines]
    if len(given) != len(told):
        raise DataError.at(file, f"{len(given)} lines, but {output} has {len(told)} rows; give a line for each row")
    for text, step in zip(given, told, strict=True):
        yield _restored(text, step.note) if step and step.note else text


def _texts(config: Config, output: Place) -> Iterator[tuple[str, ...]]:
    """The texts of each row of an output."""
    named = config.input
    data = Input(
        path=str(output), format=output_format(config), text=named.text, tokens=named.tokens, tags=named.tags,
        token_columns=named.token_columns, scheme=named.scheme, language=named.language, originals_only=False,
    )  # fmt: skip
    reading = config.model_copy(update={"input": data, "chains": {}, "unlabeled": None, "teacher": None})
    with tempfile.TemporaryDirectory(prefix="augcli-") as folder, local(1) as engine:
        found = survey(reading, open_sources(reading, Path(folder), _ROWS), Path(folder), engine, _ROWS)
        for chunk in found.chunks:
            for record in read_chunk(reading, chunk):
                yield record.texts


_ROWS = 2000


def _last(line: ProvenanceLine) -> Applied | None:
    """The step `oov` of a row, if it is its last."""
    names = [step.step for step in line.steps]
    if Oov.name in names and names[-1] != Oov.name:
        raise DataError(f"{line.id}: {names[-1]} came after {Oov.name}; only what {Oov.name} did last can be undone")
    return line.steps[-1] if line.steps and line.steps[-1].step == Oov.name else None


def _undone(line: ProvenanceLine, texts: Sequence[str]) -> list[str]:
    """Texts as they were before `oov`."""
    last = _last(line)
    restored = [*texts]
    if last is None or last.note is None:
        return restored
    old = iter(last.note["old"])
    for step in line.steps:
        if step.step == Oov.name and step.note == last.note:
            moved, back = 0, []
            for start, end, new in step.edits:
                first = start + moved
                if restored[step.column][first : first + len(new)] != new:
                    raise DataError(f"{line.id}: the output does not have {new!r} where {Oov.name} wrote it")
                back.append((first, first + len(new), next(old)))
                moved += len(new) - (end - start)
            restored[step.column] = apply(restored[step.column], back)
    return restored


def _restored(text: str, note: Any) -> str:
    """A model's output with words in the places of marks; a mark that stands for none stays."""
    match note["mode"]:
        case "char":
            begin, middle, last = note["marks"]
            return text.replace(f" {middle}", "").replace(f" {last}", "").replace(begin, "")
        case "wordpiece" if note["marks"] == [LOW_LINE]:
            kept = "|".join(map(re.escape, sorted(note["kept"], key=len, reverse=True))) or "(?!)"
            joints = rf"({kept})|(?<=\S) (?=[^\s{LOW_LINE}])"
            return re.sub(joints, lambda found: found[1] or "", text).replace(LOW_LINE, "")
        case "wordpiece":
            return text.replace(f" {note['marks'][0]}", "")
        case "unk":
            words = iter(note["old"])
            marks = "|".join(map(re.escape, note["marks"]))
            return re.sub(marks, lambda mark: next(words, mark[0]), text)
        case "copyable" | "pos_all" | "pos_unk" as mode:
            return " ".join(copied_back(mode, text.split(), note["source"], note["words"], note["marks"][0]))
    return text
