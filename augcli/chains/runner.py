"""Chains of steps over a list of records. Pure: no files, no clock but for the timings, no globals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

from augcli.chains.applied import applied
from augcli.chains.compose import Do, Maybe, Node, OneOf, Sequential, SomeOf, draw, leaves
from augcli.chains.ledger import LEDGER_ENTRIES, Ledger, Work
from augcli.chains.variants import Chain, Draft, Source, Variant, begin_draft
from augcli.errors import RunError, StopError
from augcli.steps.step import Proposal, Step
from augcli.text.edits import Edit, move_spans, why_invalid
from augcli.text.protect import Protector
from augcli.text.record import Record
from augcli.text.rng import Rng, Stem
from augcli.text.text import Text


class Runner:
    """Runs chains over records; keeps the ledgers and the work done by each step."""

    def __init__(
        self, chains: Sequence[Chain], *, seed: int, language: str, protector: Protector, drop_failures: bool = False
    ) -> None:
        self.chains = chains
        self.ledgers = {chain.name: Ledger() for chain in chains}
        self.work: dict[str, dict[str, Work]] = {chain.name: {} for chain in chains}
        self._seed = seed
        self._language = language
        self._protector = protector
        self._drop_failures = drop_failures

    def setup(self) -> None:
        """Load what the steps and checks need; once per process."""
        for chain in self.chains:
            for node in leaves(chain.nodes):
                node.step.setup(self._language)
            for check in chain.checks:
                check.setup(self._language)

    def run(self, records: Sequence[Record], on_refusal: Callable[[Draft, str], None] | None = None) -> list[Source]:
        """All variants of `records`, chain by chain in the order of the config.

        `on_refusal` hears of every refused draft and the reason. Raises RunError when a step fails or breaks the rules
        (unless failures are dropped and counted).
        """
        sources = [self._source(record) for record in records]
        for chain in self.chains:
            self._run_chain(chain, sources, on_refusal)
        return sources

    def _source(self, record: Record) -> Source:
        label = "" if record.label is None else str(record.label)
        texts = [
            Text(
                text, self._language, self._protector.intervals(text, record.spans if column == 0 else ()), None, label
            )
            for column, text in enumerate(record.texts)
        ]
        return Source(record, str(record.id), texts, set())

    def _run_chain(self, chain: Chain, sources: list[Source], on_refusal: Callable[[Draft, str], None] | None) -> None:
        ledger = self.ledgers[chain.name]
        pending = [(source, number) for source in sources for number in range(1, chain.asked(source.record) + 1)]
        ledger.asked += len(pending)
        for attempt in range(1, chain.attempts + 1):
            ledger.redrawn += len(pending) if attempt > 1 else 0
            drafts = [begin_draft(chain, source, number, attempt) for source, number in pending]
            self._advance(chain, chain.nodes, drafts)
            pending = []
            for draft in drafts:
                refusal = self._settle(chain, draft)
                if refusal is None:
                    ledger.written += 1
                    continue
                entry, reason = refusal
                if on_refusal:
                    on_refusal(draft, reason)
                if draft.drew and attempt < chain.attempts:
                    pending.append((draft.source, draft.number))
                else:
                    ledger.book(entry, reason)
            if not pending:
                return

    def _settle(self, chain: Chain, draft: Draft) -> tuple[str, str] | None:
        """Accept `draft`, or say which ledger entry it falls under, and why."""
        if draft.refusal:
            return draft.refusal
        source = draft.source
        before, taken, accepted = source.record.texts, source.taken, source.accepted
        after = tuple([text.value for text in draft.texts])
        for check in chain.checks:
            if reason := check.why_not(before, after, taken):
                return LEDGER_ENTRIES.get(check.name, check.name), reason
        taken.add(after)
        variant = Variant(chain.name, draft.number, after, draft.spans, draft.steps)
        place = len(accepted)
        while place and accepted[place - 1].number > draft.number and accepted[place - 1].chain == chain.name:
            place -= 1  # it was drawn again, when the variants after it had been accepted
        accepted.insert(place, variant)
        return None

    def _advance(self, chain: Chain, nodes: Sequence[Node], drafts: list[Draft]) -> None:
        for node in nodes:
            match node:
                case Do():
                    self._edit(chain, node, drafts)
                case Sequential():
                    self._advance(chain, node.nodes, drafts)
                case _:
                    for branch, chosen in self._branches(chain, node, drafts):
                        self._advance(chain, branch, chosen)

    def _branches(
        self, chain: Chain, node: OneOf | SomeOf | Maybe, drafts: list[Draft]
    ) -> Iterator[tuple[Sequence[Node], list[Draft]]]:
        """The parts of `node` with the drafts that drew them."""
        stem = Stem(f"{self._seed}\x1f{chain.name}\x1f{node.stream}\x1f\x1f")
        drawn = [draw(node, Rng(draft.key, stem=stem)) for draft in drafts]
        for draft in drafts:
            draft.drew = True
        if isinstance(node, Maybe):
            yield node.nodes, [draft for draft, picks in zip(drafts, drawn, strict=True) if picks]
            return
        for index, branch in enumerate(node.nodes):
            yield [branch], [draft for draft, picks in zip(drafts, drawn, strict=True) if index in picks]

    def _edit(self, chain: Chain, node: Do, drafts: list[Draft]) -> None:
        began = perf_counter()
        columns = len(drafts[0].texts) if drafts else 0
        work = self.work[chain.name].setdefault(node.stream, Work())
        name = node.step.name
        for column in range(columns):
            drafts = [draft for draft in drafts if not draft.refusal]
            texts = [draft.texts[column] for draft in drafts]
            stem = Stem(f"{self._seed}\x1f{chain.name}\x1f{node.stream}\x1f{column}\x1f")
            rngs = [Rng(draft.key, draft.number, draft.source.key, stem) for draft in drafts]
            proposed = self._proposed(node.step, texts, rngs, drafts)
            if len(proposed) != len(texts):
                raise RunError(f"step {name!r} broke the rules: edits for {len(proposed)} of {len(texts)} texts")
            for draft, text, rng, edits in zip(drafts, texts, rngs, proposed, strict=True):
                if rng.used:
                    draft.drew = True
                if isinstance(edits, Proposal) and edits.refused:
                    if edits.failed and not self._drop_failures:
                        raise RunError(
                            f"step {name!r} failed on row {draft.source.record.id!r}: {edits.refused}; "
                            "with `on_error: drop`, such rows get no variant and are counted"
                        )
                    draft.refusal = f"{name}: {edits.refused}", f"{name}: {edits.refused}"
                if not edits:
                    continue
                if problem := why_invalid(text.value, edits, text.protected):
                    raise RunError(f"step {name!r} broke the rules on row {draft.source.record.id!r}: {problem}")
                draft.texts[column] = text.edited(edits)
                if draft.spans and column == 0:
                    draft.spans = move_spans(draft.spans, edits)
                draft.steps.append(applied(name, edits, column if columns > 1 else None))
                work.changed += 1
                work.edits += len(edits)
            work.texts += len(drafts)
        work.seconds += perf_counter() - began

    def _proposed(self, step: Step, texts: list[Text], rngs: list[Rng], drafts: list[Draft]) -> list[list[Edit]]:
        try:
            return step.edit_batch(texts, rngs)
        except StopError:
            raise
        except Exception as error:  # any step may be a plug-in: find the row that it fails on, and name it
            rngs[:] = [rng.restarted() for rng in rngs]
            proposed = [self._proposed_alone(step, *one) for one in zip(texts, rngs, drafts, strict=True)]
            if not any(draft.refusal for draft in drafts):
                what = f"{type(error).__name__}: {error}"
                raise RunError(f"step {step.name!r} failed on {len(texts)} texts, but on none alone: {what}") from error
            return proposed

    def _proposed_alone(self, step: Step, text: Text, rng: Rng, draft: Draft) -> list[Edit]:
        try:
            return step.edit_batch([text], [rng])[0]
        except StopError:
            raise
        except Exception as error:
            where = f"step {step.name!r} failed on row {draft.source.record.id!r}: {type(error).__name__}: {error}"
            if not self._drop_failures:
                raise RunError(where) from error
            draft.refusal = "failed", where
            return []
