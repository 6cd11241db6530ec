"""Texts written anew by a language model behind a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from augcli.language.resources import beside_config
from augcli.language.scripts import language_by_script
from augcli.models.results import Refusal, Request, Results
from augcli.steps.generation.chat_step import ChatStep
from augcli.steps.generation.prompt import TASKS, prompt_of
from augcli.steps.generation.reply import LANGUAGE, REPEATED, distinct, parts_between, rewrite, talk, texts_in, wording
from augcli.steps.step import StepResult
from augcli.steps.translation.faults import LENGTH, LOST, UNCLEAN, fault
from augcli.steps.translation.round_trip import is_seamless
from augcli.text.edits import Edit
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.translation.placeholders import MaskedSentence, is_clean, mask_sentence


def _task(value: str, info: Any) -> str:
    if value in TASKS:
        return value
    if not value.endswith(".j2"):
        raise ValueError(f"expected {', '.join(TASKS)}, or a file of yours that ends with .j2")
    return beside_config(value, info)


class Llm(ChatStep):
    """Let a language model write texts anew: paraphrase, simplify, expand, or in another style.

    The model is behind a server with the chat interface of OpenAI, on this machine (Ollama, vLLM, llama.cpp, LM Studio)
    or hosted; its address and budgets stand in `services.llm`. Sent is the text, and nothing else of its row; it stands
    between tags, and what it says is no instruction. A reply is rejected and counted when it does not read as it was
    asked for, is cut off, refuses, talks about the text, is in another script, loses, moves or repeats protected text,
    loses or adds a negation, brackets or line breaks, or when its length is out of bounds. What is left becomes edits
    of words, or one edit where most is new. Replies are kept, so that none is paid for twice, and a run that is made
    again writes the same; `augcli plan` shows the first prompt, calls, tokens and costs before anything is sent.
    """

    name: ClassVar = "llm"
    family: ClassVar = "generation"
    works_on_parts: ClassVar = False
    uses_words: ClassVar = False
    paper: ClassVar = "Dai et al. 2023, AugGPT: Leveraging ChatGPT for Text Data Augmentation (arXiv:2302.13007)"
    example: ClassVar = "llm: {task: paraphrase, model: 'qwen2.5:7b'}"

    task: Annotated[str, AfterValidator(_task)] = Field(
        "paraphrase",
        description="paraphrase, simplify, expand, style, or a file of yours (.j2): a template of jinja2 with what the "
        "model is to do, a line ---, and below it what holds {{ text }}",
        examples=["simplify"],
    )
    style: str | None = Field(
        None, min_length=1, description="of task style, in words", examples=["a short message to a friend"]
    )

    @property
    def template(self) -> str:
        return self.task

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.task == "style" and self.style is None:
            return "task style needs `style`, which says in words what style"
        if self.style is not None and self.task != "style":
            return "`style` goes with task style"
        return super().config_error(language, patterns)

    def needs_negations(self) -> bool:
        return True

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        return self.edit_batch([text], [rng])[0]

    def edit_batch(self, texts: Sequence[Text], rngs: Sequence[Rng]) -> list[list[Edit]]:
        found = {text: mask_sentence(text.value, 0, len(text.value), text.protected) for text in dict.fromkeys(texts)}
        bodies = {
            text: self.body([text.value], text.language, self._values(text, masked))
            for text, masked in found.items()
            if is_clean(text.value) and masked.worth()
        }
        requests = [
            Request(bodies[text], self._seed_of(rng)) if text in bodies else None
            for text, rng in zip(texts, rngs, strict=True)
        ]
        replies = self.ask(requests, rngs)
        return [
            self._proposal(text, found[text], replies[request], (rng.variant - 1) % self.answers)
            if request
            else StepResult(refused="" if is_clean(text.value) else UNCLEAN)
            for text, rng, request in zip(texts, rngs, requests, strict=True)
        ]

    def _values(self, text: Text, masked: MaskedSentence) -> dict[str, Any]:
        return {"task": self.task, "style": self.style, "text": text.value, "kept": [*masked.hidden.values()]}

    def _seed_of(self, rng: Rng) -> int:
        stream, before = self.streams(rng)
        return [self.seed(stream) for _ in range(before + 1)][-1]

    def _proposal(self, text: Text, masked: MaskedSentence, results: Results, place: int) -> StepResult:
        if isinstance(results, Refusal):
            return StepResult(refused=results.why, failed=True)
        found = texts_in(results[0], structured=self.structured)
        if isinstance(found, str):
            return StepResult(refused=found)
        value = text.value
        others = distinct(found, {wording(value)})
        if place >= len(others):
            return StepResult(refused=REPEATED if place else "")
        start, end = len(value) - len(value.lstrip()), len(value.rstrip())
        after = value[:start] + others[place] + value[end:]
        if why := self._fault(value, after, text.language):
            return StepResult(refused=why)
        parts = parts_between(after, [*masked.hidden.values()])
        if parts is None:
            return StepResult(refused=LOST)
        edits = [edit for free, part in zip(masked.free, parts, strict=True) for edit in rewrite(value, free, part)]
        note = {"model": self.model, "prompt": prompt_of(self.task, text.language).name}
        return StepResult(edits if is_seamless(after, edits) else (), note=note)

    def _fault(self, before: str, after: str, language: str) -> str:
        if why := talk(before.strip(), after.strip()):
            return why
        if language_by_script(before) != language_by_script(after):
            return LANGUAGE
        if not self.min_length_ratio <= len(after) / len(before) <= self.max_length_ratio:
            return LENGTH
        return fault(before, after, language)
