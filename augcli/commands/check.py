"""`augcli check`: everything that can be known before a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from augcli.commands.evaluate.data import measures_entities, read_data
from augcli.config.builder import learners_of
from augcli.config.config import Config
from augcli.config.pipeline import Pipeline
from augcli.errors import DataError
from augcli.language import label_words
from augcli.models.hosted.session import Session
from augcli.run.prepare import paths_of, prepared_for_look
from augcli.run.probe import probe
from augcli.run.refusals import existing_outputs, refuse_bad_output
from augcli.steps.model_step import HostedStep
from augcli.text.record import missing_labels


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a config and its input that a run can work with."""

    chains: int
    rows: Mapping[str, int]
    """By file."""
    labels: Mapping[str, int]
    warnings: Sequence[str]
    dropped: int
    dropped_rows: Sequence[str]
    """The first invalid rows."""
    label_words: str | None
    existing: Sequence[str]
    """Outputs that are there already."""
    sent: Sequence[str]
    """What a run would send to hosted services."""

    def text(self) -> str:
        """For people."""
        lines = [f"the config is right: {self.chains} chain{'s' * (self.chains != 1)}, all lexicons are there"]
        lines += [f"{file}: {rows} rows" for file, rows in self.rows.items()]
        lines += [f"note: {warning}" for warning in self.warnings]
        if self.dropped:
            lines += [f"{self.dropped} invalid rows would be dropped:", *self.dropped_rows[:10]]
        if self.labels:
            listed = ", ".join(f"{label} {count}" for label, count in Counter(self.labels).most_common(10))
            lines.append(f"{len(self.labels)} labels: {listed}{', ...' * (len(self.labels) > 10)}")
        if self.label_words:
            lines.append(self.label_words)
        lines += self.sent
        if self.existing:
            lines.append(f"already there, so a run needs --overwrite: {', '.join(self.existing)}")
        return "\n".join(lines)

    def json(self) -> str:
        """For programs."""
        return orjson.dumps(self).decode()


def check(pipeline: Pipeline) -> str:
    """What `look` finds, in words."""
    return look(pipeline).text()


def look(pipeline: Pipeline) -> Checked:
    """Read the whole input and load what the steps need; say what was found.

    Raises the AugError that a run would raise.
    """
    paths = paths_of(pipeline)
    refuse_bad_output(pipeline.config, paths)
    _refuse_tested_rows(pipeline)
    with prepared_for_look(pipeline) as (prepared, folder), Session() as session:
        tried = probe(prepared.pipeline.in_session(session), prepared, folder)
        found, words = prepared.dataset, prepared.label_words
        unlabelled = missing_labels(found.labels) if pipeline.config.teacher else []
        return Checked(
            len(pipeline.chains),
            {source.shown: source.rows for source in found.sources},
            {label: count for label, count in found.labels.items() if label not in unlabelled},
            [*prepared.warnings(), *tried.notes],
            found.dropped,
            found.dropped_rows,
            None if words is None else label_words.summary(words),
            [*map(str, existing_outputs(paths))],
            [*dict.fromkeys(_sent(pipeline.config, step) for step in pipeline.hosted)],
        )


def _sent(config: Config, step: HostedStep) -> str:
    texts = " and ".join(config.input.texts) or config.input.tokens or ""
    labels = f" and the labels ({config.input.label})" * step.needs_label()
    where = f" at {step.address}" if step.address else ""
    return f"a run sends the texts ({texts}){labels} to {step.service()}{where}, and nothing else of a row"


def _refuse_tested_rows(pipeline: Pipeline) -> None:
    """Rows that a model is tested on are not to be augmented."""
    config = pipeline.config
    if config.evaluate is None or not isinstance(config.evaluate.test, str | list):
        return
    standing = read_data(config, config.evaluate, tagged=measures_entities(learners_of(pipeline))).left_out
    if standing:
        shown = ", ".join(standing[:5]) + ", ..." * (len(standing) > 5)
        raise DataError(
            f"rows of the input stand in evaluate.test, or nearly so; {len(standing)} in all: {shown}. "
            "Take them out of the input or of the test file: variants of tested rows make a test too easy"
        )
