"""Chains of steps over a list of records. Pure: no files, no clock but for the timings, no globals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import perf_counter
from typing import NamedTuple, TypeAlias

from augcli.chains.apply import apply_step, failure
from augcli.chains.compose import Maybe, Node, OneOf, Sequential, SomeOf, StepNode, draw, iter_steps
from augcli.chains.ledger import LEDGER_ENTRIES, Ledger, Work
from augcli.chains.variants import Chain, Draft, Judge, Source, Variant, begin_draft
from augcli.checks.check import ScoreCheck
from augcli.errors import RunError, StopError
from augcli.models.shares import heard_by
from augcli.steps.operation import ModelOperation, Operation, Texts
from augcli.text.protect import Protector
from augcli.text.record import Record
from augcli.text.rng import Rng, Stem
from augcli.text.text import Text
from augcli.text.words import Segment

OnRefusal: TypeAlias = Callable[[Draft, str, str], None]
"""Hears of every refused draft, the entry of the ledger that it falls under, and the reason."""


class Round(NamedTuple):
    """How many variants were requested of each source up to a round, and how many it has."""

    requested: list[int]
    written: list[int]

    @classmethod
    def none(cls, sources: Sequence[Source]) -> Round:
        """Before the first round."""
        return cls([0] * len(sources), [0] * len(sources))


class Batch(NamedTuple):
    """Records with their variants, and what was counted on the way, by chain."""

    sources: list[Source]
    ledgers: dict[str, Ledger]
    work: dict[str, dict[str, Work]]
    """By chain and step."""
    rounds: dict[str, list[Round]]
    """Of the chains that balance."""


class _Models:
    """Tells what share of the work of models on some records is done; each operation with a model counts the same."""

    def __init__(self, operations: int, listener: Callable[[float], None]) -> None:
        self._operations = operations
        self._listener = listener
        self._done: set[tuple[str, str]] = set()

    @contextmanager
    def at_work(self, operation: tuple[str, str]) -> Iterator[None]:
        """While an operation works; when variants are drawn again, it is done already."""
        if operation in self._done:
            yield
            return
        before = len(self._done)
        with heard_by(lambda share: self._listener((before + share) / self._operations)):
            yield
        self._done.add(operation)


class Runner:
    """Runs chains over records."""

    def __init__(
        self,
        chains: Sequence[Chain],
        *,
        seed: int,
        language: str,
        protector: Protector,
        drop_failures: bool = False,
        judge: Judge | None = None,
        segment: Segment | None = None,
    ) -> None:
        self.chains = chains
        self._judge = judge
        self._segment = segment
        self._seed = seed
        self._language = language
        self._protector = protector
        self._drop_failures = drop_failures

    def setup(self) -> None:
        """Load what the steps and checks need; once per process."""
        for chain in self.chains:
            for node in iter_steps(chain.nodes):
                node.step.setup(self._language)
            for check in chain.checks:
                check.setup(self._language)

    def run(
        self,
        records: Sequence[Record],
        on_refusal: OnRefusal | None = None,
        on_share: Callable[[float], None] | None = None,
    ) -> Batch:
        """All variants of `records`, chain by chain in the order of the config.

        `on_share` hears meanwhile what share of their work models have done.

        Raises RunError when a step fails or breaks the rules (unless failures are dropped and counted).
        """
        sources = [self._source(record) for record in records]
        runs = [
            _ChainRun(chain, sources, self._seed, self._protector, drop_failures=self._drop_failures, judge=self._judge)
            for chain in self.chains
        ]
        if on_share and (operations := sum(len(run.models) for run in runs)):
            watched = _Models(operations, on_share)
            for run in runs:
                run.watched = watched
        most = max((len(chain.more or ()) for chain in self.chains), default=0)
        for number in range(most + 1):
            for run in runs:
                run.make(number, on_refusal)
        if most:
            order = {chain.name: place for place, chain in enumerate(self.chains)}
            for source in sources:
                source.accepted.sort(key=lambda variant: (order[variant.chain], variant.number))
        return Batch(
            sources,
            {run.chain.name: run.ledger for run in runs},
            {run.chain.name: run.work for run in runs},
            {run.chain.name: run.rounds for run in runs if run.rounds},
        )

    def variants(self, chain: Chain, records: Sequence[Record], number: int) -> list[Variant | None]:
        """Variant `number` of each record by a chain, whatever other variants say; None where none can be made."""
        sources = [self._source(record) for record in records]
        run = _ChainRun(chain, sources, self._seed, self._protector, drop_failures=self._drop_failures, judge=None)
        run.add([(source, number) for source in sources])
        return [next(iter(source.accepted), None) for source in sources]

    def _source(self, record: Record) -> Source:
        texts = [
            Text(
                text,
                self._language,
                self._protector.intervals(text),
                None,
                record.label_text,
                record.tokens,
                record.spans[column] if record.spans else (),
                keeps_spans=self._protector.keeps_spans,
                segment=self._segment,
            )
            for column, text in enumerate(record.texts if record.fits else ())
        ]
        if record.alignment is not None:
            for text in texts:
                text.alignment = record.alignment
        return Source(record, str(record.key), texts, set())


class _ChainRun:
    """One chain over some sources, with its counts."""

    def __init__(
        self,
        chain: Chain,
        sources: Sequence[Source],
        seed: int,
        protector: Protector,
        *,
        drop_failures: bool,
        judge: Judge | None,
    ) -> None:
        self.chain = chain
        self._judge = judge if chain.judged or chain.agreement else None
        self.ledger = Ledger()
        self.work: dict[str, Work] = {}
        self.rounds: list[Round] = []
        self._sources = sources
        self._key = f"{seed}\x1f{chain.name}\x1f"
        self._protector = protector
        self._drop_failures = drop_failures
        self.models = {node.stream for node in iter_steps(chain.nodes) if _has_model(node.step)}
        """The names of what runs a model."""
        self.models |= {check.name for check in chain.score_checks if _has_model(check)}
        self.models |= {_JUDGE} if self._judge else set()
        self.watched: _Models | None = None

    def _watch(self, operation: str) -> AbstractContextManager[None]:
        if self.watched and operation in self.models:
            return self.watched.at_work((self.chain.name, operation))
        return nullcontext()

    def make(self, number: int, on_refusal: OnRefusal | None) -> None:
        """Add the variants of a round to the sources; those of a later round to those that have all of the earlier."""
        rounds = [self.chain.asked, *(self.chain.more or ())]
        if number >= len(rounds):
            return
        asked, sources = rounds[number], self._sources
        requested, written = self.rounds[-1] if self.rounds else Round.none(sources)
        wanted = [
            had + (asked(source.record) if had == has else 0)
            for source, had, has in zip(sources, requested, written, strict=True)
        ]
        self.add(
            [
                (source, variant)
                for source, had, all_ in zip(sources, requested, wanted, strict=True)
                for variant in range(had + 1, all_ + 1)
            ],
            on_refusal,
        )
        if self.chain.best_of:
            self._keep(self.chain.best_of)
        if self.chain.more is not None:
            name = self.chain.name
            has = [sum(variant.chain == name for variant in source.accepted) for source in sources]
            self.rounds.append(Round(wanted, has))

    def add(self, pending: list[tuple[Source, int]], on_refusal: OnRefusal | None = None) -> None:
        """Add variants with these numbers to their sources."""
        chain, ledger = self.chain, self.ledger
        ledger.asked += len(pending)
        for attempt in range(1, chain.attempts + 1):
            ledger.redrawn += len(pending) if attempt > 1 else 0
            drafts = [begin_draft(chain, source, number, attempt) for source, number in pending]
            self._advance(chain.nodes, drafts)
            self._score(drafts)
            pending = []
            for draft in drafts:
                refusal = self._settle(draft)
                if refusal is None:
                    ledger.written += 1
                    ledger.spans_lost += sum(map(len, draft.source.record.spans)) - sum(map(len, draft.spans))
                    continue
                entry, reason = refusal
                if on_refusal:
                    on_refusal(draft, entry, reason)
                if draft.drew and attempt < chain.attempts:
                    pending.append((draft.source, draft.number))
                else:
                    ledger.book(entry, reason)
            if not pending:
                return

    def _score(self, drafts: Sequence[Draft]) -> None:
        """Let the checks that score, and the judge, look at all drafts that nothing else refuses, or refuse them."""
        chain = self.chain
        if not (self._judge or chain.score_checks):
            return
        standing = [draft for draft in drafts if not self._refusal(draft)]
        for check in chain.score_checks:
            began = perf_counter()
            with self._watch(check.name):
                answers = self._answers(check, standing)
            left, refused = [], 0
            for draft, answer in zip(standing, answers, strict=True):
                if isinstance(answer, Exception):
                    failed = failure(f"check {check.name!r}", answer, draft)
                    if not self._drop_failures:
                        raise failed from answer
                    draft.refusal = "failed", str(failed)
                    continue
                draft.scores[check.name] = answer
                if reason := check.reject_score(answer):
                    draft.refusal = check.name, reason
                    refused += 1
                else:
                    left.append(draft)
            done = Work(len(standing), refused, 0, perf_counter() - began)
            self.ledger.scored.setdefault(check.name, Work()).merge(done)
            standing = left
        if self._judge:
            records, variants = [draft.source.record for draft in standing], [draft.after for draft in standing]
            with self._watch(_JUDGE):
                judged = self._judge.judge(records, variants)
            for draft, judgement in zip(standing, judged, strict=True):
                draft.judgement = judgement

    def _answers(self, check: ScoreCheck, drafts: Sequence[Draft]) -> Sequence[float | Exception]:
        """The score of each draft, or the error that the check raises over it alone; any check may be a plug-in."""
        before, after = [draft.source.record.texts for draft in drafts], [draft.after for draft in drafts]
        try:
            scores = check.check_batch(before, after)
        except StopError:
            raise
        except Exception as error:
            if len(drafts) == 1:
                return [error]
            middle = len(drafts) // 2
            answers = [*self._answers(check, drafts[:middle]), *self._answers(check, drafts[middle:])]
            if not any(isinstance(answer, Exception) for answer in answers):
                what = f"{type(error).__name__}: {error}"
                raise RunError(
                    f"check {check.name!r} failed on {len(drafts)} variants, but on none alone: {what}"
                ) from error
            return answers
        if len(scores) != len(drafts):
            raise RunError(f"check {check.name!r} broke the rules: scores for {len(scores)} of {len(drafts)} variants")
        return scores

    def _refusal(self, draft: Draft) -> tuple[str, str] | None:
        """Which ledger entry a draft falls under, and why, by its steps and the checks that do not score."""
        if draft.refusal:
            return draft.refusal
        before, taken, after = draft.source.record.texts, draft.source.taken, draft.after
        for check in self.chain.checks:
            try:
                reason = check.reject_reason(before, after, taken)
            except StopError:
                raise
            except Exception as error:
                failed = failure(f"check {check.name!r}", error, draft)
                if not self._drop_failures:
                    raise failed from error
                return "failed", str(failed)
            if reason:
                return LEDGER_ENTRIES.get(check.name, check.name), reason
        return None

    def _settle(self, draft: Draft) -> tuple[str, str] | None:
        """Accept `draft`, or say which ledger entry it falls under, and why."""
        if refusal := self._refusal(draft):
            return refusal
        source, scores = draft.source, draft.scores
        if self._judge and draft.judgement is not None and (agreement := self.chain.agreement):
            label = source.record.labels[0]
            score = scores[agreement.name] = draft.judgement.get(label, 0.0)
            least = self._judge.least(label, agreement.min) if agreement.keep_balance else agreement.min
            if reason := agreement.reject_score(score, least):
                return agreement.name, reason
        after = draft.after
        source.taken.add(after)
        name, accepted = self.chain.name, source.accepted
        place = len(accepted)
        while place and accepted[place - 1].number > draft.number and accepted[place - 1].chain == name:
            place -= 1  # it was drawn again, when the variants after it had been accepted
        judgement = draft.judgement if self.chain.judged else None
        accepted.insert(place, Variant(name, draft.number, after, draft.spans, draft.steps, judgement, scores))
        return None

    def _keep(self, best_of: Callable[[Texts, Sequence[Variant]], Sequence[Variant]]) -> None:
        """Keep some of the variants of each source; the others are as if they had been refused."""
        name, ledger = self.chain.name, self.ledger
        for source in self._sources:
            own = [variant for variant in source.accepted if variant.chain == name]
            kept = {variant.number for variant in best_of(source.record.texts, own)}
            for variant in own:
                if variant.number not in kept:
                    ledger.written -= 1
                    ledger.book("keep")
                    ledger.spans_lost -= sum(map(len, source.record.spans)) - sum(map(len, variant.spans))
                    source.taken.discard(variant.texts)
                    source.accepted.remove(variant)

    def _advance(self, nodes: Sequence[Node], drafts: Sequence[Draft]) -> None:
        for node in nodes:
            match node:
                case StepNode():
                    with self._watch(node.stream):
                        done = apply_step(
                            node, drafts, f"{self._key}{node.stream}\x1f",
                            protector=self._protector, drop_failures=self._drop_failures,
                        )  # fmt: skip
                    self.work.setdefault(node.stream, Work()).merge(done)
                case Sequential():
                    self._advance(node.nodes, drafts)
                case _:
                    for branch, chosen in self._branches(node, drafts):
                        self._advance(branch, chosen)

    def _branches(
        self, node: OneOf | SomeOf | Maybe, drafts: Sequence[Draft]
    ) -> Iterator[tuple[Sequence[Node], list[Draft]]]:
        """The parts of `node` with the drafts that drew them."""
        stem = Stem(f"{self._key}{node.stream}\x1f\x1f")
        drawn = [draw(node, Rng(draft.key, stem=stem)) for draft in drafts]
        for draft in drafts:
            draft.drew = True
        if isinstance(node, Maybe):
            yield node.nodes, [draft for draft, picks in zip(drafts, drawn, strict=True) if picks]
            return
        for index, branch in enumerate(node.nodes):
            yield [branch], [draft for draft, picks in zip(drafts, drawn, strict=True) if index in picks]


_JUDGE = ""
"""Stands for the judge among the names of what runs a model."""


def _has_model(operation: Operation) -> bool:
    return isinstance(operation, ModelOperation) and operation.has_model()
