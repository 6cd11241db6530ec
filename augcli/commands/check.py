"""`augcli check`: everything that can be known before a run."""

from __future__ import annotations

from collections import Counter

from augcli.commands.evaluate.data import measures_entities, read_data
from augcli.config.builder import learners_of
from augcli.config.pipeline import Pipeline
from augcli.errors import DataError
from augcli.language import label_words
from augcli.models.hosted.session import Session
from augcli.run.prepare import paths_of, prepared_for_look
from augcli.run.probe import probe
from augcli.run.refusals import existing_outputs, refuse_bad_output
from augcli.text.record import missing_labels


def check(pipeline: Pipeline) -> str:
    """Read the whole input and load what the steps need; say what was found.

    Raises the AugError that a run would raise.
    """
    paths = paths_of(pipeline)
    refuse_bad_output(pipeline.config, paths)
    _refuse_tested_rows(pipeline)
    with prepared_for_look(pipeline) as (prepared, folder), Session() as session:
        tried = probe(prepared.pipeline.in_session(session), prepared, folder)
        found = prepared.dataset
        chains = len(pipeline.chains)
        lines = [f"the config is right: {chains} chain{'s' * (chains != 1)}, all lexicons are there"]
        lines += [f"{source.shown}: {source.rows} rows" for source in found.sources]
        lines += [f"note: {warning}" for warning in [*prepared.warnings(), *tried.notes]]
        if found.dropped:
            lines += [f"{found.dropped} invalid rows would be dropped:", *found.dropped_rows[:10]]
        unlabelled = missing_labels(found.labels) if pipeline.config.teacher else []
        if labels := Counter({label: count for label, count in found.labels.items() if label not in unlabelled}):
            listed = ", ".join(f"{label} {count}" for label, count in labels.most_common(10))
            lines.append(f"{len(labels)} labels: {listed}{', ...' * (len(labels) > 10)}")
        if prepared.label_words is not None:
            lines.append(label_words.summary(prepared.label_words))
        if standing := existing_outputs(paths):
            lines.append(f"already there, so a run needs --overwrite: {', '.join(map(str, standing))}")
    return "\n".join(lines)


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
