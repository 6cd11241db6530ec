"""One step applied to many drafts: its edits are proposed, held to the rules, and made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from augcli.chains.applied import Applied
from augcli.chains.compose import StepNode
from augcli.chains.ledger import Work
from augcli.chains.variants import Draft
from augcli.errors import Fault, RunError, StopError
from augcli.steps.step import EntityStep, PartnerStep, Step, StepResult
from augcli.text.bio import replaces_token
from augcli.text.edits import Edit
from augcli.text.protect import Protector
from augcli.text.rng import Rng, Stem
from augcli.text.text import Text, joined, parted

_NOT_ONLY_EDITS = (StepResult, Exception)


def apply_step(node: StepNode, drafts: Sequence[Draft], key: str, *, protector: Protector, drop_failures: bool) -> Work:
    """Apply a step to all texts of `drafts`, with draws keyed by `key`; what was done.

    Raises RunError when the step fails (unless failures are dropped and counted) or breaks the rules.
    """
    began = perf_counter()
    work = Work()
    step = node.step
    columns = max((len(draft.texts) for draft in drafts), default=0)
    for column in range(min(columns, 1) if step.joins_texts else columns):
        standing = [draft for draft in drafts if not draft.refusal and (step.joins_texts or draft.has_text(column))]
        if step.joins_texts:
            texts = [joined([step.view(text) for text in draft.texts]) for draft in standing]
        else:
            texts = [step.view(draft.texts[column]) for draft in standing]
        stem = Stem(f"{key}{column}\x1f")
        proposed, rngs = _edits(
            step, texts, [Rng(draft.key, draft.number, draft.source.key, stem) for draft in standing]
        )
        for draft, text, rng, edits in zip(standing, texts, rngs, proposed, strict=True):
            if rng.used:
                draft.drew = True
            note = None
            if isinstance(edits, _NOT_ONLY_EDITS):
                if refusal := _refusal(edits, step.name, draft, drop_failures=drop_failures):
                    draft.refusal = refusal
                if isinstance(edits, Exception):
                    continue
                note = edits.note
            if not edits:
                continue
            if problem := text.why_invalid(edits):
                raise _row_error(draft, f"step {step.name!r} broke the rules", problem)
            if step.keeps_words and replaces_token(text.tokens, edits):
                note = {**(note or {}), "from": [(start, end) for start, end, _ in edits]}
            together = step.joins_texts and len(draft.texts) > 1
            for place, own in enumerate(parted(edits, draft.texts)) if together else ((column, edits),):
                if own:
                    _make(step, draft, text, place, own, note, protector)
                    work.changed += 1
            work.edits += len(edits)
        work.texts += len(standing)
    work.seconds = perf_counter() - began
    return work


def _make(
    step: Step, draft: Draft, view: Text, column: int, edits: list[Edit], note: Mapping[str, Any] | None,
    protector: Protector,
) -> None:  # fmt: skip
    """Edit a text of a draft, of which the step saw a view."""
    before = draft.texts[column]
    if before is not view and (freed := before.kept_types(edits)):
        note = {**(note or {}), "spans": freed}
    applied = Applied(step.name, edits, column, note)
    after = before.edited(edits, applied.origins)
    if isinstance(step, PartnerStep | EntityStep):
        after = after.guarding(protector.intervals(after.value))
    draft.texts[column] = after
    draft.steps.append(applied)


def _refusal(answer: StepResult | Exception, name: str, draft: Draft, *, drop_failures: bool) -> tuple[str, str] | None:
    """Why the step gives the draft up: the entry in the ledger, and more in words."""
    if isinstance(answer, Exception):
        failed = failure(f"step {name!r}", answer, draft)
        if not drop_failures:
            raise failed from answer
        return "failed", str(failed)
    if not answer.refused:
        return None
    if answer.failed and not drop_failures:
        way_out = "with `on_error: drop`, such rows get no variant and are counted"
        raise _row_error(draft, f"step {name!r} failed", f"{answer.refused}; {way_out}")
    return f"{name}: {answer.refused}", f"{name}: {answer.refused}"


def failure(who: str, error: Exception, draft: Draft) -> RunError:
    """What to raise, or to count, when a step or check raised an error over a draft."""
    return _row_error(draft, f"{who} failed", f"{type(error).__name__}: {error}")


def _row_error(draft: Draft, what: str, why: str) -> RunError:
    row = draft.source.record.id
    message = f"{what} on row {row!r}: {why}"
    return RunError(message, [Fault(message, row=row)])


def _edits(
    step: Step, texts: Sequence[Text], rngs: Sequence[Rng]
) -> tuple[Sequence[list[Edit] | Exception], Sequence[Rng]]:
    """The edits of each text, or the error that the step raises over it alone; with the streams they were drawn from.

    Any step may be a plug-in: a batch that fails is halved until the texts are found that it fails on.
    """
    try:
        edits = step.edit_batch(texts, rngs)
    except StopError:
        raise
    except Exception as error:
        if len(texts) == 1:
            return [error], rngs
        middle = len(texts) // 2
        again = [rng.restarted() for rng in rngs]
        first, first_rngs = _edits(step, texts[:middle], again[:middle])
        second, second_rngs = _edits(step, texts[middle:], again[middle:])
        if not any(isinstance(answer, Exception) for answer in (*first, *second)):
            what = f"{type(error).__name__}: {error}"
            raise RunError(f"step {step.name!r} failed on {len(texts)} texts, but on none alone: {what}") from error
        return [*first, *second], [*first_rngs, *second_rngs]
    if len(edits) != len(texts):
        raise RunError(f"step {step.name!r} broke the rules: edits for {len(edits)} of {len(texts)} texts")
    return edits, rngs
