"""What the first rows of the input say about the config, before a run."""

from __future__ import annotations

from itertools import chain

from augcli.config.pipeline import Pipeline
from augcli.errors import ConfigError
from augcli.io.dataset import DatasetSummary
from augcli.run.look.columns import items_for_words, left_out, lost_paths, texts_of_tokens, undeclared_spans
from augcli.run.look.encodings import other_encodings
from augcli.run.look.labels import balance_at_odds, odd_labels
from augcli.run.look.quotes import needless_quotes
from augcli.run.look.rows import some_rows
from augcli.run.look.spans import misfits
from augcli.run.look.texts import odd_texts, other_languages, other_words
from augcli.text.words import segmenter


def look_at(pipeline: Pipeline, dataset: DatasetSummary) -> list[str]:
    """Warnings about rows that do not fit the config; without chains, only of how they are read.

    Raises ConfigError with all that must be changed, ResourceError when the words of the language cannot be found.
    """
    config = pipeline.config
    if not pipeline.steps:
        rows = some_rows(config, dataset)
        return [finding.message(rows) for finding in needless_quotes(config, rows)]
    if any(step.uses_words for step in pipeline.steps):
        segmenter(config.input.language, config.input.words)
    rows = some_rows(config, dataset)
    found = [
        *chain(
            lost_paths(config, rows),
            undeclared_spans(config, rows),
            left_out(config, rows),
            texts_of_tokens(config, rows),
            items_for_words(config, rows),
            misfits(config, rows),
            other_languages(pipeline, rows),
            other_words(config, rows),
            other_encodings(config, rows),
            needless_quotes(config, rows),
            odd_texts(rows),
            odd_labels(config, dataset, rows),
            balance_at_odds(config, dataset),
        )
    ]
    if errors := [config.error(finding.message(rows), *finding.key) for finding in found if finding.key]:
        raise ConfigError.joined(errors)
    return [finding.message(rows) for finding in found]
