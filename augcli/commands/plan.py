"""`augcli plan`: what a run would do."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import orjson
import psutil

from augcli.config.pipeline import Pipeline
from augcli.io.records import read_chunk
from augcli.models.hosted.session import Session
from augcli.models.hosted.usage import Usage
from augcli.run.prepare import Preparation, paths_of, prepared_for_look, rest_notes, runner_of
from augcli.run.probe import MODEL_ROWS, probe
from augcli.run.refusals import refuse_bad_output
from augcli.run.survey.balance import variants_needed
from augcli.text.record import is_missing

if TYPE_CHECKING:
    from augcli.models.hosted.account import Account


HOSTED_PROBE_ROWS = 20_000
"""Rows that `plan` counts the characters of which would be sent to hosted platforms."""


@dataclass(frozen=True, slots=True)
class CheckCost:
    """What a check that scores took and did in the probe."""

    variants: int
    rejected: int
    milliseconds: float
    """For each variant."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do. Times and sizes are estimates from a probe of the first rows."""

    rows: int
    chunks: int
    variants: dict[str, int]
    seconds: float
    memory_mb: int
    disk_mb: float
    disk_free_mb: int | None
    """None where nobody can tell: behind a URL."""
    probe_rows: int
    checks: dict[str, CheckCost]
    """Of the checks that score, by chain and check."""
    services: dict[str, Usage]
    """What would be sent to each hosted service."""
    costs: dict[str, float]
    """The most that this costs, where prices are known."""
    prompts: Sequence[str]
    """Of each step that asks a language model, the first prompt as it would be sent."""
    notes: Sequence[str]

    @property
    def paid_characters(self) -> int:
        """Characters that would be sent to hosted platforms."""
        return sum(spent.characters for spent in self.services.values())

    def text(self) -> str:
        """For people."""
        asked = ", ".join(f"{name} {count}" for name, count in self.variants.items()) or "none"
        return "\n".join(
            [
                f"rows                 {self.rows} in {self.chunks} chunk{'s' * (self.chunks != 1)}",
                f"variants requested   {sum(self.variants.values())} ({asked})",
                f"time, one worker     about {self.seconds:.1f} s (estimated from the first {self.probe_rows} rows)",
                f"memory, per worker   about {self.memory_mb} MB",
                f"disk                 about {self.disk_mb:.1f} MB of output"
                + (f"; {self.disk_free_mb} MB are free" if self.disk_free_mb is not None else ""),
                *(
                    f"{name:<20} about {cost.milliseconds:.1f} ms for each of {cost.variants} variants, rejects "
                    f"{100 * cost.rejected / max(cost.variants, 1):.0f} %"
                    for name, cost in self.checks.items()
                ),
                *(
                    f"{name:<20} {_sent(spent)}"
                    + (f", at a cost of at most {self.costs[name]:.2f}" if name in self.costs else "")
                    for name, spent in self.services.items()
                ),
                *(f"note: {note}" for note in self.notes),
                *(f"\nthe first prompt:\n{prompt}" for prompt in self.prompts),
            ]
        )

    def json(self) -> str:
        """For programs."""
        services = {
            name: {"requests": sent.requests, "characters": sent.characters}
            | ({"tokens": sent.tokens} if sent.tokens else {})
            for name, sent in self.services.items()
        }
        said = {**asdict(self), "services": services, "paid_characters": self.paid_characters}
        return orjson.dumps(said).decode()


def plan(pipeline: Pipeline) -> Plan:
    """Survey the input and probe the chains on the first rows."""
    began = perf_counter()
    config, paths = pipeline.config, paths_of(pipeline)
    refuse_bad_output(config, paths)
    with prepared_for_look(pipeline) as (prepared, folder), Session() as session:
        looked = perf_counter() - began
        found = prepared.dataset
        asked = {name: _variant_count(prepared, name) for name in pipeline.chains}
        ready = prepared.pipeline.in_session(session)
        services = _to_send(ready, prepared)
        waiting = sum(_pacing_seconds(account, services) for account in ready.accounts())
        priced = {account.service.name: account.service.price(services[account.service.name])
                  for account in ready.accounts()}  # fmt: skip
        costs = {name: price for name, price in priced.items() if price is not None}
        prompts = [prompt for step in ready.hosted if (prompt := step.first_prompt)]
        tried = probe(ready, prepared, folder)
        memory = psutil.Process().memory_info().rss >> 20
        share = max(sum(asked.values()), 1) / max(tried.counts.asked, 1)
        notes = [*rest_notes(config, found), *(prepared.lesson.notes if prepared.lesson else ())]
        notes += [note for account in ready.accounts() for note in _limit_notes(account, services)] + tried.notes
    place = paths.whole if paths.data else Path(tempfile.gettempdir())
    free = _free_mb(place) if isinstance(place, Path) else None
    seconds = looked + tried.seconds * share + waiting
    disk = tried.size * share / (1 << 20)
    checks = {
        f"{chain}, {check}": CheckCost(work.texts, work.changed, 1000 * work.seconds / max(work.texts, 1))
        for chain, ledger in tried.counts.ledgers.items()
        for check, work in ledger.scored.items()
    }
    return Plan(
        found.rows, len(found.chunks), asked, seconds, memory, disk, free, tried.rows, checks, services, costs, prompts,
        notes,
    )  # fmt: skip


def _to_send(ready: Pipeline, prepared: Preparation) -> dict[str, Usage]:
    """What a run would send, worked out with the first rows; where a translation is not known, its source stands in."""
    accounts = ready.accounts()
    if not accounts:
        return {}
    most = HOSTED_PROBE_ROWS if len(ready.hosted) == len(ready.models) else MODEL_ROWS
    runner = runner_of(ready, prepared.shares, lesson=prepared.lesson)
    done = 0
    for chunk in prepared.dataset.chunks:
        records = list(islice(read_chunk(ready.config, chunk), most - done))
        runner.run(records)
        done += len(records)
        if done == most:
            break
    share = prepared.dataset.rows / max(done, 1)
    return {account.service.name: Usage(*(ceil(count * share) for count in account.planned)) for account in accounts}


def _sent(spent: Usage) -> str:
    if spent.tokens:
        return f"at most {spent.tokens:,} tokens would be read and written in {spent.requests:,} calls"
    return f"about {spent.characters} characters would be sent in {spent.requests} calls"


def _pacing_seconds(account: Account, services: dict[str, Usage]) -> float:
    """The seconds that the limits of a platform make of what is sent to it."""
    sent = services[account.service.name]
    return sent.requests * account.service.seconds(sent.characters // max(sent.requests, 1))


def _limit_notes(account: Account, services: dict[str, Usage]) -> Iterator[str]:
    service = account.service
    for budget in service.budgets():
        if budget.of(services[service.name]) > budget.most:
            yield f"the run would stop at services.{service.name}.{budget.key}, {budget.most:g}"


def _free_mb(place: Path) -> int:
    while not place.exists():
        place = place.absolute().parent
    return shutil.disk_usage(place).free >> 20


def _variant_count(prepared: Preparation, chain: str) -> int:
    """How many variants a chain is asked for."""
    config, found, lesson = prepared.pipeline.config, prepared.dataset, prepared.lesson
    settings = config.chains[chain]
    if lesson and chain in lesson.silent:
        return 0
    if not isinstance(settings.variants, int):
        return sum(variants_needed(config, chain, found.groups).values())
    if lesson and settings.rows == "unlabeled":
        return settings.variants * len(lesson.pool)
    missing = sum(rows for group, rows in found.groups.items() if is_missing(group)) if config.teacher else 0
    return settings.variants * (found.fitting - missing)
