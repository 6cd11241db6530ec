"""`augcli inspect`: a data set looked at from all sides; nothing is written but a page, if one is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from augcli import __version__
from augcli.commands.inspect.census import Census
from augcli.commands.inspect.data import CHUNK_ROWS, TEST, Data, open_data
from augcli.commands.inspect.findings import EXAMPLES, Example, Finding, Level, counted, shortened, text_of
from augcli.commands.inspect.labels import Fetch, label_findings, type_findings
from augcli.commands.inspect.lengths import described, tokens_in, words_in
from augcli.commands.inspect.repeats import near_findings, repeat_findings
from augcli.commands.inspect.texts import Protected, protected, text_findings
from augcli.commands.inspect.vocabulary import Vocabulary, compared, english_words
from augcli.commands.inspect.wrong_labels import wrong_label_findings
from augcli.config.load import Override
from augcli.errors import ConfigError, DataError
from augcli.io.dataset import DatasetSummary
from augcli.language.scripts import language_by_script
from augcli.models.vocabulary import known_words
from augcli.run.engine.local import local
from augcli.run.engine.open import workers_of
from augcli.run.look.rows import rows_at, some_rows
from augcli.run.prepare import useful_workers
from augcli.run.survey.near_duplicates import Sketches
from augcli.run.survey.survey import missing_column, survey
from augcli.text.record import missing_labels

_CHARACTERS = 64 << 20
"""After so many characters no more rows are looked at closely."""
VERSION = 1
"""Of the JSON that is printed; it changes when a key goes or means something else."""

Progress = Callable[[str], AbstractContextManager[Any]]
"""Tells what is being done while it is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for, beside what can always be looked for."""

    label_model: bool = True
    tokenizer: str | None = None
    """Folder of a model, or its name on the Hugging Face hub."""
    vocabulary: Path | None = None
    sample: int = 50_000
    """Rows that are looked at closely; all rows are counted, and compared with each other letter by letter."""


@dataclass(slots=True)
class Inspection:
    """What was found in a data set."""

    data: Data
    rows: int
    tests: int
    """Rows among them that are only to test with; their labels are not counted."""
    looked_at: int
    """Rows that were looked at closely."""
    unreadable: int
    columns: Sequence[str]
    labels: Mapping[str, int]
    splits: Mapping[str, int]
    lengths: Mapping[str, Mapping[str, float]]
    """What pandas says of the lengths in characters, words and tokens."""
    series: Mapping[str, Sequence[int]]
    """The lengths themselves."""
    protected: Sequence[Protected]
    vocabulary: Vocabulary | None
    findings: list[Finding] = field(default_factory=list)

    def count(self, level: Level) -> int:
        """How many findings are that grave."""
        return sum(finding.level is level for finding in self.findings)

    @property
    def headline(self) -> str:
        """What was found, in one line."""
        number = counted(self.rows - self.tests, "row")
        number += f" and {self.tests:,} to test with" * bool(self.tests)
        number += f", {counted(len(self.labels), 'label')}" * bool(self.labels)
        told = [counted(self.count(level), level) for level in Level if self.count(level)]
        if not self.count(Level.fault) and not self.count(Level.warning):
            told = ["no fault", "no warning", *told]
        return f"{number}: {', '.join(told)}"

    def document(self) -> dict[str, Any]:
        """The whole of it, for programs."""
        data = self.data.config.input
        used = {
            **{key: getattr(data, key) for key in ("text", "label", "id", "spans", "tokens", "tags", "language")},
            "split": self.data.split,
        }
        return {
            "version": VERSION,
            "augcli": __version__,
            "files": [{"path": source.shown, "rows": source.rows} for source in self.data.sources],
            "columns": list(self.columns),
            "used": used,
            "guessed": sorted(self.data.guessed),
            "rows": self.rows,
            "rows_to_test_with": self.tests,
            "rows_unreadable": self.unreadable,
            "rows_looked_at": self.looked_at,
            "labels": dict(islice(self.labels.items(), 1000)),
            "labels_counted": len(self.labels),
            "splits": dict(self.splits),
            "lengths": {unit: dict(told) for unit, told in self.lengths.items()},
            "vocabulary": asdict(self.vocabulary) if self.vocabulary else None,
            "protected": [asdict(found) for found in self.protected],
            "findings": [asdict(finding) for finding in self.findings],
        }

    def json(self) -> str:
        """The same as text."""
        return orjson.dumps(self.document(), option=orjson.OPT_INDENT_2).decode()


def inspect(
    path: str, overrides: Sequence[Override] = (), tests: Sequence[str] = (), split: str | None = None,
    wanted: Wanted = Wanted(), progress: Progress = nullcontext,
) -> Inspection:  # fmt: skip
    """Look at the input of a config, or at a file with data; `tests` are files to test with, `split` names a column.

    Raises ConfigError for a column that is not there, DataError when no row can be read, ResourceError for a tokenizer
    or a vocabulary that is missing.
    """
    known = known_words(wanted.vocabulary) if wanted.vocabulary else None
    with TemporaryDirectory(prefix="augcli-") as temporary:
        folder = Path(temporary)
        with progress("reading all rows"):
            data = open_data(path, overrides, tests, split, folder)
            dataset = _surveyed(data, folder)
        census: Census = dataset.observer
        if data.split and data.split not in dataset.columns:
            raise ConfigError(missing_column(data.sources[0], data.split, dataset.columns))
        if not dataset.rows:
            listed = "\n".join(dataset.dropped_rows[:EXAMPLES])
            raise DataError(f"none of {counted(dataset.dropped, 'row')} can be used:\n{listed}")
        with progress("looking at the texts"):
            rows = some_rows(data.config, dataset, wanted.sample, _CHARACTERS)
            language = data.config.input.language
            series: dict[str, list[int]] = {"characters": [], "words": []}
            words: Counter[str] = Counter()
            for row in rows:
                found_words = words_in(row, language)
                words.update(map(str.lower, found_words))
                series["words"].append(len(found_words))
                series["characters"].append(sum(map(len, row.record.texts)))
        if wanted.tokenizer:
            with progress("finding tokens"):
                series["tokens"] = tokens_in(rows, wanted.tokenizer)
        source = str(wanted.vocabulary or "the English word list of augcli")
        if known is None and language == "en":
            known = english_words()
        vocabulary, unknown = (None, None) if known is None else compared(rows, language, words, known, source)
        found = Inspection(
            data, dataset.rows, dataset.rows - census.labelled, len(rows), dataset.dropped, dataset.columns,
            _labels(data, census), census.split_counts(), described(series), series, protected(data.config, rows),
            vocabulary,
        )  # fmt: skip
        fetch = partial(_fetch, data, dataset)
        with progress("comparing rows"):
            found.findings += [*_unreadable(dataset), *_headless(data)]
            found.findings += _blank(census, fetch)
            found.findings += repeat_findings(census, fetch)
            if data.config.input.label:
                found.findings += label_findings(census, fetch)
                found.findings += type_findings(rows)
            found.findings += text_findings(data.config, rows)
            found.findings += [unknown] if unknown else []
            sketches = Sketches(language)
            sketches.add([" ".join(row.record.texts) for row in rows])
            groups = sketches.groups().tolist()
            found.findings += near_findings(rows, groups, data.split_of)
        if data.config.input.label and wanted.label_model:
            with progress("learning which labels are likely wrong"):
                found.findings += wrong_label_findings(rows, groups, language)
    order = list(Level)
    found.findings.sort(key=lambda finding: order.index(finding.level))
    return found


def _surveyed(data: Data, folder: Path) -> DatasetSummary:
    config = data.config
    observer = partial(Census, config.input.id is not None, data.split, data.files, TEST if data.tests else None)
    with local(workers_of(config.engine.workers, useful_workers(data.sources))) as engine:
        return survey(config, data.sources, folder / "survey", engine, CHUNK_ROWS, observer=observer)


def _labels(data: Data, census: Census) -> Mapping[str, int]:
    """Rows by label, without the labels that stand for none."""
    counts = census.label_counts() if data.config.input.label else {}
    missing = {*missing_labels(counts)}
    return {label: number for label, number in counts.items() if label not in missing}


def _fetch(data: Data, dataset: DatasetSummary, places: Iterable[int], notes: Sequence[str]) -> list[Example]:
    wanted = list(islice(places, EXAMPLES))
    rows = rows_at(data.config, dataset, wanted)
    told = map(shortened, [*notes, *[""] * len(wanted)])
    return [Example(rows[place].place, text_of(rows[place]), note) for place, note in zip(wanted, told, strict=False)]


def _unreadable(dataset: DatasetSummary) -> Iterator[Finding]:
    if dataset.dropped:
        examples = []
        for told in dataset.dropped_rows[:EXAMPLES]:
            place, _, why = told.partition(": ")
            number, _, why = why.partition(": ")
            examples.append(
                Example(f"{Path(place).name}:{number.partition(' (')[0].removeprefix('row ')}", "", shortened(why))
            )
        yield Finding(
            "unreadable_rows", Level.fault, "not to be used as they are", dataset.dropped,
            "fix them, or leave them out of a run with on_error: drop", examples,
        )  # fmt: skip


def _headless(data: Data) -> Iterator[Finding]:
    """A file whose first row was taken for the names of its columns."""
    name = data.guessed.get("text")
    if not isinstance(name, str) or not data.sources[0].header:
        return
    if len(name.split()) > 3 or (len(name) > 5 and language_by_script(name)):
        yield Finding(
            "no_header", Level.warning, f"the names of the columns read like a text: {shortened(name, 60)!r}", 1,
            "put a line with names, such as text and label, before the first row",
        )  # fmt: skip


def _blank(census: Census, fetch: Fetch) -> Iterator[Finding]:
    if census.blank_rows:
        yield Finding(
            "no_text", Level.fault, "the text is empty, or blanks alone", census.blank_rows,
            "leave them out, or see that input.text is right", fetch(census.blank[:EXAMPLES], ()),
        )  # fmt: skip
