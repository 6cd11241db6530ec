"""New texts of a label, written by a language model after texts that have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from functools import cached_property
from typing import Any, ClassVar

from pydantic import Field

from augcli.language.scripts import language_by_script
from augcli.models.results import Refusal, Request, Results
from augcli.steps.generation.chat_step import ChatStep
from augcli.steps.generation.prompt import EXAMPLES, prompt_of
from augcli.steps.generation.reply import LANGUAGE, REPEATED, distinct, talk, texts_in, wording
from augcli.steps.partners import Partner
from augcli.steps.step import PartnerStep, StepResult
from augcli.steps.translation.faults import LENGTH
from augcli.text.edits import Edit
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.translation.placeholders import is_clean

FEW = "fewer than two rows of the label to show"
HELD = "protected text in the place of the new text"


class LlmExamples(ChatStep, PartnerStep):
    """Let a language model write new texts of a label, after some rows of the input that have it.

    The new text takes the place of the whole text of a row of that label; with `variants: {balance: max}` small labels
    get as many as they lack. Sent are the label and the texts shown, which are drawn anew for each call; what they say
    is no instruction. A reply is rejected and counted for the reasons of `llm`, and when it copies a row of the input.
    Whether a new text has the label is the word of the model: let a teacher judge it (`label_agreement`). Rows with
    protected text or in which the text is one of several get none. The provenance names the rows shown, the model and
    the prompt. The server and its budgets stand in `services.llm`, as for `llm`.
    """

    name: ClassVar = "llm_examples"
    family: ClassVar = "generation"
    works_on_parts: ClassVar = False
    uses_words: ClassVar = False
    may_change_label: ClassVar = True
    paper: ClassVar = (
        "Yoo et al. 2021, GPT3Mix (arXiv:2104.08826); Møller et al. 2024, The Parrot Dilemma (arXiv:2304.13861)"
    )
    example: ClassVar = "llm_examples: {model: 'qwen2.5:7b', shots: 5}"

    shots: int = Field(5, ge=2, le=50, description="rows of the label to show in each call, or as many as there are")

    min_length_ratio: float = Field(
        0.3, ge=0, description="reject a text shorter than this share of the shortest shown"
    )
    max_length_ratio: float = Field(3.0, gt=0, description="or longer than so many times the longest")

    @property
    def template(self) -> str:
        return EXAMPLES

    def needs_label(self) -> bool:
        return True

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        return self.edit_batch([text], [rng])[0]

    def edit_batch(self, texts: Sequence[Text], rngs: Sequence[Rng]) -> list[list[Edit]]:
        shown = [self._shown(text, rng) for text, rng in zip(texts, rngs, strict=True)]
        requests = [request for request, _ in shown]
        replies = self.ask(requests, rngs)
        return [
            self._proposal(text, rows, replies[request], (rng.variant - 1) % self.answers)
            if request
            else StepResult(refused=FEW if text.is_editable(*_place(text)) else HELD)
            for text, rng, (request, rows) in zip(texts, rngs, shown, strict=True)
        ]

    @cached_property
    def _rows(self) -> Mapping[str, Sequence[Partner]]:
        """The rows that a model can read, by label."""
        groups: dict[str, dict[str, Partner]] = {}
        for row in self.partners:
            if row.label and is_clean(row.text):
                groups.setdefault(row.label, {})[row.text] = row
        return {label: list(group.values()) for label, group in groups.items()}

    @cached_property
    def _wordings(self) -> Set[str]:
        return {wording(row.text) for row in self.partners}

    def _shown(self, text: Text, rng: Rng) -> tuple[Request | None, Sequence[Partner]]:
        """The call for a variant, and the rows that it shows."""
        rows = self._rows.get(text.label, ())
        if len(rows) < 2 or not text.is_editable(*_place(text)):
            return None, ()
        stream, before = self.streams(rng)
        drawn = [(stream.sample(len(rows), self.shots), self.seed(stream)) for _ in range(before + 1)]
        places, seed = drawn[-1]
        some = [rows[place] for place in places]
        examples = [row.text for row in some]
        return Request(self.body(examples, text.language, {"examples": examples, "label": text.label}), seed), some

    def _proposal(self, text: Text, rows: Sequence[Partner], results: Results, place: int) -> StepResult:
        if isinstance(results, Refusal):
            return StepResult(refused=results.why, failed=True)
        found = texts_in(results[0], structured=self.structured)
        if isinstance(found, str):
            return StepResult(refused=found)
        others = distinct(found, self._wordings)
        if place >= len(others):
            return StepResult(refused=REPEATED)
        new = others[place]
        if why := self._fault(new, [row.text for row in rows]):
            return StepResult(refused=why)
        note: dict[str, Any] = {
            "with": [row.id for row in rows], "model": self.model, "prompt": prompt_of(EXAMPLES, text.language).name,
        }  # fmt: skip
        return StepResult([(*_place(text), new)], note=note)

    def _fault(self, new: str, shown: Sequence[str]) -> str:
        if why := talk("", new):
            return why
        if language_by_script(new) not in {language_by_script(text) for text in shown}:
            return LANGUAGE
        lengths = [*map(len, shown)]
        within = self.min_length_ratio * min(lengths) <= len(new) <= self.max_length_ratio * max(lengths)
        return "" if within else LENGTH


def _place(text: Text) -> tuple[int, int]:
    """What of a text the new one comes for: all but the blanks around it."""
    value = text.value
    return len(value) - len(value.lstrip()), len(value.rstrip())
