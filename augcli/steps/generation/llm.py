"""Texts written anew by a language model behind a server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import orjson
from pydantic import AfterValidator, Field, PrivateAttr

from augcli.language.resources import CachePath, beside_config
from augcli.language.scripts import language_by_script
from augcli.models.hosted.chat import PLANNED, Chat
from augcli.models.hosted.usage import Usage
from augcli.models.results import Refusal, Request, Results, opened_cache
from augcli.process import cache_folder
from augcli.steps.generation.prompt import TASKS, prompt_of
from augcli.steps.generation.reply import LANGUAGE, REPEATED, parts_between, rewrite, talk, texts_in
from augcli.steps.model_step import HostedStep
from augcli.steps.step import StepResult
from augcli.steps.translation.back_translation import HOSTED_CHUNK
from augcli.steps.translation.faults import LENGTH, LOST, UNCLEAN, fault
from augcli.steps.translation.round_trip import is_seamless
from augcli.text.edits import Edit
from augcli.text.rng import Rng
from augcli.text.text import Text
from augcli.translation.placeholders import MaskedSentence, is_clean, mask_sentence

if TYPE_CHECKING:
    from augcli.models.hosted.account import Account
    from augcli.models.hosted.model import ChatModel

_SEEDS = 1 << 31
_SCHEMA = {
    "type": "object",
    "properties": {"texts": {"type": "array", "items": {"type": "string"}}},
    "required": ["texts"],
    "additionalProperties": False,
}


def _task(value: str, info: Any) -> str:
    if value in TASKS or not value.endswith(".j2"):
        if value not in TASKS:
            raise ValueError(f"expected {', '.join(TASKS)}, or a file of yours that ends with .j2")
        return value
    return beside_config(value, info)


class Llm(HostedStep):
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
    model: str = Field(min_length=1, description="its name at the server", examples=["qwen2.5:7b"])
    style: str | None = Field(
        None, min_length=1, description="of task style, in words", examples=["a short message to a friend"]
    )
    answers: int = Field(
        1,
        ge=1,
        le=20,
        description="texts to ask for in one call, which the variants of a row share: with `variants: 3`, answers: 3 "
        "takes one call in place of three",
    )
    temperature: float = Field(1.0, ge=0, le=2, description="below 1 the model keeps closer to its likeliest words")
    top_p: float = Field(1.0, gt=0, le=1, description="draw from the likeliest words that together have this share")
    reply_tokens: int = Field(512, ge=1, description="tokens of a reply at most; a longer one is rejected")
    structured: bool = Field(
        True,
        description="ask for JSON by a schema (`response_format`), which the servers named above know; false: the "
        "reply is the text itself",
    )
    min_length_ratio: float = Field(0.3, ge=0, description="reject a text shorter than this share of the old one")
    max_length_ratio: float = Field(3.0, gt=0, description="or longer")
    cache: CachePath | None = Field(
        None, description="file where replies are kept; when not given, one in the user's cache folder"
    )

    _service: Chat = PrivateAttr()
    _first: list[str] = PrivateAttr(default_factory=list)

    def model_post_init(self, context: dict[str, Any] | None) -> None:
        self._service = (context or {}).get("services", {}).get(Chat.name) or Chat()

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if not self._service.base_url:
            return (
                "the address of a server is missing; set services.llm.base_url, such as http://localhost:11434/v1 "
                "(Ollama) or http://localhost:8000/v1 (vLLM)"
            )
        if (self._service.max_cost is not None) and self._service.price(Usage()) is None:
            return "services.llm.max_cost needs input_price and output_price, of a million tokens"
        if (self.task == "style") != (self.style is not None):
            return (
                "task style needs `style`, which says in words what style"
                if self.task == "style"
                else ("`style` goes with task style")
            )
        if self.answers > 1 and not self.structured:
            return "several answers in one call need structured: true"
        if self.min_length_ratio > self.max_length_ratio:
            return "min_length_ratio is above max_length_ratio"
        return None

    def needs_negations(self) -> bool:
        return True

    def chunk_rows(self) -> int:
        return HOSTED_CHUNK

    def service(self) -> str | None:
        return self._service.name

    @property
    def address(self) -> str | None:
        return self._service.base_url

    def on_gpu(self) -> bool:
        return False

    @property
    def first_prompt(self) -> str | None:
        return next(iter(self._first), None)

    def versions(self) -> Sequence[str]:
        return [f"{self._service.base_url} {self.model}", *(prompt_of(self.task, code).name for code in ("en", "zh"))]

    def setup(self, language: str) -> None:
        prompt_of(self.task, language)

    def account(self) -> Account:
        from augcli.models.hosted.account import Account

        file, service = self._cache_file(), self._service
        cache = opened_cache(self._session, file)
        return self._session.opened((Account, service, file), lambda: Account(service, self._session, cache))

    def _model(self) -> ChatModel:
        from augcli.models.hosted.model import ChatModel

        file, service, account = self._cache_file(), self._service, self.account()
        cache = opened_cache(self._session, file)
        return self._session.opened((ChatModel, service, file), lambda: ChatModel(service, account, cache))

    def _cache_file(self) -> Path:
        return Path(self.cache) if self.cache else cache_folder() / "replies.sqlite3"

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        return self.edit_batch([text], [rng])[0]

    def edit_batch(self, texts: Sequence[Text], rngs: Sequence[Rng]) -> list[list[Edit]]:
        found = {text: mask_sentence(text.value, 0, len(text.value), text.protected) for text in dict.fromkeys(texts)}
        bodies = {
            text: self._body(text, masked) for text, masked in found.items() if is_clean(text.value) and masked.worth()
        }
        requests = [
            Request(bodies[text], self._seed(rng)) if text in bodies else None
            for text, rng in zip(texts, rngs, strict=True)
        ]
        replies: dict[Request, Results] = {}
        for batch in self._model().answer([*dict.fromkeys(filter(None, requests))]):
            replies |= batch
        for request, rng in zip(requests, rngs, strict=True):
            if request and replies[request] == (PLANNED,):
                rng.used = False  # another draw would be planned as well
        return [
            self._proposal(text, found[text], replies[request], (rng.variant - 1) % self.answers)
            if request
            else StepResult(refused="" if is_clean(text.value) else UNCLEAN)
            for text, rng, request in zip(texts, rngs, requests, strict=True)
        ]

    def _body(self, text: Text, masked: MaskedSentence) -> str:
        """The call for a text in JSON, but for its seed."""
        values = {
            "task": self.task, "style": self.style, "answers": self.answers, "structured": self.structured,
            "kept": [*masked.hidden.values()], "language": text.language,
        }  # fmt: skip
        messages = prompt_of(self.task, text.language).messages(text.value, values)
        if not self._first:
            self._first.append("\n\n".join(message["content"] for message in messages))
        body: dict[str, Any] = {
            "model": self.model, "messages": messages, "temperature": self.temperature, "top_p": self.top_p,
            "max_tokens": self.reply_tokens,
        }  # fmt: skip
        if self.structured:
            schema = {"name": "texts", "strict": True, "schema": _SCHEMA}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return orjson.dumps(body).decode()

    def _seed(self, rng: Rng) -> int:
        """Of the call that a variant has its text from; where it has one of its own, it can be drawn again."""
        if not self.temperature:
            return 0
        if self.answers == 1:
            return rng.randbelow(_SEEDS)
        shared = rng.shared()
        return [shared.randbelow(_SEEDS) for _ in range(0, rng.variant, self.answers)][-1]

    def _proposal(self, text: Text, masked: MaskedSentence, results: Results, place: int) -> StepResult:
        if isinstance(results, Refusal):
            return StepResult(refused=results.why, failed=True)
        found = texts_in(results[0], structured=self.structured)
        if isinstance(found, str):
            return StepResult(refused=found)
        value = text.value
        distinct = {" ".join(new.casefold().split()): new for new in reversed(found)}
        distinct.pop(" ".join(value.casefold().split()), None)
        if place >= len(distinct):
            return StepResult(refused=REPEATED if place else "")
        new = [*reversed(distinct.values())][place]
        start, end = len(value) - len(value.lstrip()), len(value.rstrip())
        after = value[:start] + new + value[end:]
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
