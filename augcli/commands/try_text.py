"""`augcli try`: what steps, or the chains of a config, make of one text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from rich.console import Console

from augcli.chains.ledger import Ledger
from augcli.commands.init.language import language_of
from augcli.config import presets
from augcli.config.load import Override, load_text, load_values, text_of
from augcli.config.pipeline import Pipeline
from augcli.config.yaml_document import Document
from augcli.errors import ConfigError
from augcli.models.hosted.session import Session
from augcli.plugin import find, names
from augcli.report.diff import console_text, word_diff
from augcli.run.prepare import first_records, needs_statistics, prepared_for_look, runner_of
from augcli.steps.step import EntityStep, PartnerStep, Step

CHAIN = "try"
"""The name of the chain that the steps of the command line are."""
_MARK = re.compile(r"\[([^\[\]]+)\]\((\w[\w-]*)\)")


@dataclass(frozen=True, slots=True)
class Trial:
    """A text to try something on, and how: with these steps, or with the chains of a config, which is named."""

    text: str
    steps: Sequence[str]
    config: str | None
    variants: int
    language: str | None
    overrides: Sequence[Override]


def try_text(trial: Trial) -> list[str]:
    """Print the variants of a text with what changed in each. What to say of their number, a line for each chain.

    Raises ConfigError when there is no text, or a step works on more than one.
    """
    try:
        trial.text.encode()
    except UnicodeEncodeError as error:
        raise ConfigError("the text is not UTF-8; is the terminal set to another encoding?") from error
    text, spans = without_marks(trial.text)
    if not text.strip():
        raise ConfigError("there is no text to try something on")
    with TemporaryDirectory(prefix="augcli-") as folder:
        row = Path(folder) / "text.jsonl"
        row.write_bytes(orjson.dumps({"text": text, "spans": spans}))
        data = {"path": str(row), "text": "text", "spans": "spans", "language": trial.language}
        pipeline = _of_steps(trial, data, text) if trial.config is None else _of_config(trial, trial.config, data)
        if needs_statistics(pipeline):
            raise ConfigError("tfidf learns from all rows of a file; `augcli preview` shows what it makes of them")
        unmarked = not spans and any(isinstance(step, EntityStep) for step in pipeline.steps)
        hint = ["mark entities, as in: fly to [New York](city)"] if unmarked else []
        return [*_show(pipeline), *hint]


def without_marks(text: str) -> tuple[str, list[tuple[int, int, str]]]:
    """A text without its marks of entities, as in `to [New York](city)`, and the spans that these are."""
    plain, spans, done = "", [], 0
    for mark in _MARK.finditer(text):
        plain += text[done : mark.start()]
        spans.append((len(plain), len(plain) + len(mark[1]), mark[2]))
        plain += mark[1]
        done = mark.end()
    return plain + text[done:], spans


def _of_steps(trial: Trial, data: Mapping[str, Any], text: str) -> Pipeline:
    """A chain of the steps that are named, for a text in the language that it seems to be in."""
    if preset := next((step for step in trial.steps if step in presets.names() and step not in names(Step)), None):
        raise ConfigError(f"{preset} is a preset, not a step; try it with --config {preset}")
    steps = [f"{step}: {{}}" if step.isidentifier() else step for step in trial.steps]  # so that --set finds them
    _refuse_partners([Document(step, "").value for step in steps])
    body = {
        "input": {**data, "language": trial.language or language_of([text]).value},
        "output": {"path": "-", "format": "jsonl"},
        "chains": {CHAIN: {"variants": trial.variants, "steps": [None] * len(steps)}},
    }
    named = [
        (f"--step {given}", f"chains.{CHAIN}.steps[{place}]", step)
        for place, (given, step) in enumerate(zip(trial.steps, steps, strict=True))
    ]
    return load_values(body, [*named, *trial.overrides])


def _of_config(trial: Trial, name: str, data: Mapping[str, Any]) -> Pipeline:
    """The chains of a config that is a file or a preset, in its language if no other is given."""
    written, file = _config_text(name)
    given = Document(written, str(file)).value
    items = given.items() if isinstance(given, dict) else ()
    sections = {key: value for key, value in items if isinstance(value, dict)}
    if "adapt" in sections and "chains" not in sections:
        raise ConfigError(f"--config {name}: it is for `augcli adapt` and has no chains to try")
    if "teacher" in sections:
        raise ConfigError(
            f"--config {name}: it has a teacher, which learns from the labelled rows of a file; "
            "`augcli preview` shows what it makes of them"
        )
    chains = sections.get("chains", {})
    _refuse_partners(chains)
    language = trial.language or sections.get("input", {}).get("language", "en")
    alone = {
        "input": {**data, "language": language}, "output": {"path": "-", "format": "jsonl"}, "unlabeled": None,
        "evaluate": None, **{f"chains.{chain}.variants": trial.variants for chain in chains},
    }  # fmt: skip
    changes = [("the text to try", key, json.dumps(value)) for key, value in alone.items()]
    return load_text(written, file, [*changes, *trial.overrides])


def _config_text(name: str) -> tuple[str, Path]:
    """The config in a file, or the preset of this name, and the file that errors point at."""
    file = Path(name)
    if file.exists() or file.suffix or len(file.parts) > 1:
        return text_of(file), file
    return presets.text(name), Path(f"{name}.yaml")


def _refuse_partners(chains: Any) -> None:
    """Steps that put two rows together have nothing to do here."""
    for name in _words(chains):
        if name in names(Step) and issubclass(find(Step, name), PartnerStep):
            raise ConfigError(f"{name} puts two rows of a file together; `augcli preview` shows what it makes of them")


def _words(value: Any) -> Iterator[str]:
    """All keys and texts in a value, the names of steps among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value:
            yield from _words(item)
        for inner in value.values() if isinstance(value, dict) else ():
            yield from _words(inner)


def _show(pipeline: Pipeline) -> list[str]:
    console = Console(highlight=False, soft_wrap=True)
    with prepared_for_look(pipeline) as (prepared, _), Session(CHAIN, sends=True) as session:
        ready = prepared.pipeline.in_session(session)
        (record,) = first_records(ready.config, prepared.dataset)
        (source,), ledgers, _, _ = runner_of(ready, prepared.shares).run([record])
        several = len(ledgers) > 1
        console.print(console_text(console, [("", record.texts[0])]))
        for variant in source.accepted:
            diff = word_diff(record.texts[0], [step.edits for step in variant.steps])
            number = f"{variant.chain}.{variant.number}" if several else str(variant.number)
            console.print(f"  {number}  ", console_text(console, diff), sep="")
        notes = prepared.warnings() if not source.accepted else []
        for account in ready.accounts():
            account.forget()
    return [f"{name}: {_outcome(ledger)}" if several else _outcome(ledger) for name, ledger in ledgers.items()] + notes


def _outcome(ledger: Ledger) -> str:
    """3 different variants of 5 requested; 2 equal to another"""
    reasons = [
        f"{count} {what}"
        for what, count in (
            ("equal to another", ledger.duplicate),
            ("unchanged: the steps found nothing to change", ledger.unchanged),
            *((f"rejected by {name}", count) for name, count in sorted(ledger.refused.items())),
            (f"failed: {'; '.join(ledger.failures)}", ledger.failed),
        )
        if count
    ]
    made = f"{ledger.written} different variants" if ledger.written > 1 else f"{ledger.written or 'no'} variant"
    return "; ".join([f"{made} of {ledger.asked} requested", *reasons])
