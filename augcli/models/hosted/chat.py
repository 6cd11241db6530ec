"""A server with the chat interface of OpenAI: Ollama, vLLM, llama.cpp, LM Studio, or hosted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import orjson
from pydantic import Field

from augcli.models.hosted.service import JSON, Budget, Call, Error, Kind, Limits, Secrets, Service
from augcli.models.hosted.usage import Usage

_BYTES = 3
"""Of UTF-8 in a token, about: three quarters of an English one, a Chinese character."""
_FRAME = 20
"""Tokens that a server puts around the messages of a call."""
_MILLION = 1_000_000
PLANNED = '["planned", ""]'
"""Stands for a reply where nothing is sent."""


class Chat(Service):
    """A server with the chat interface of OpenAI, and what a run may spend there.

    A call is a request in JSON, without its seed; its result is JSON too: why the reply ended, and what it says.
    """

    group: ClassVar = "augcli.language_models"
    kind: ClassVar = "language model"
    name: ClassVar = "llm"
    title: ClassVar = "a language model"
    site: ClassVar = "the provider of the server"
    optional: ClassVar = ("OPENAI_API_KEY",)
    errors: ClassVar = {"409": Kind.RETRY, "context_length_exceeded": Kind.ROW, "insufficient_quota": Kind.STOP}

    max_tokens: int | None = Field(
        None, ge=0, description="that a run may read and write in all; then it stops, and can go on when this is raised"
    )
    max_cost: float | None = Field(None, ge=0, description="the same for what they cost; needs both prices")
    input_price: float | None = Field(None, ge=0, description="of a million tokens of prompts, in your currency")
    output_price: float | None = Field(None, ge=0, description="of a million tokens of replies")
    concurrency: int = Field(8, ge=1, le=256, description="calls on their way at the same time, at most")
    timeout: float = Field(120.0, gt=0, description="seconds to wait for a connection, and for a reply")

    def names(self) -> Sequence[str]:
        return ()

    def limits(self) -> Limits:
        return Limits(items=1, characters=_MILLION)

    def budgets(self) -> Iterator[Budget]:
        yield from super().budgets()
        if self.max_tokens is not None:
            yield Budget("max_tokens", self.max_tokens, "tokens", lambda sent: sent.tokens)
        if self.max_cost is not None:
            yield Budget("max_cost", self.max_cost, "of your currency", lambda sent: self.price(sent) or 0.0)

    def price(self, sent: Usage) -> float | None:
        if self.input_price is None or self.output_price is None:
            return None
        return (sent.input_tokens * self.input_price + sent.output_tokens * self.output_price) / _MILLION

    def cost(self, texts: Sequence[str]) -> Usage:
        asked = orjson.loads(texts[0])
        size = sum(len(message["content"].encode()) for message in asked["messages"])
        written = asked.get("max_tokens") or asked.get("max_completion_tokens") or 0
        return Usage(1, len(texts[0]), 0, size // _BYTES + _FRAME, written)

    def came_to(self, body: Any, charged: Usage) -> Usage:
        told = body.get("usage") if isinstance(body, dict) else None
        read, written = (told.get("prompt_tokens"), told.get("completion_tokens")) if isinstance(told, dict) else (0, 0)
        if not (isinstance(read, int) and isinstance(written, int) and read > 0 <= written):
            return charged
        return charged._replace(input_tokens=read, output_tokens=written)

    def call(self, asked: str, seed: int, secrets: Secrets, now: float) -> Call:
        """The call for a request; `now` is in seconds since 1970."""
        headers = {"Authorization": f"Bearer {key}"} if (key := secrets.get("OPENAI_API_KEY")) else {}
        return Call("/chat/completions", orjson.dumps({**orjson.loads(asked), "seed": seed}), JSON, headers)

    def failure(self, body: Any, status: int) -> Error | None:
        if status < 400:
            return None
        told = body.get("error", body)
        code, message = (told.get("code"), told.get("message")) if isinstance(told, dict) else (None, told)
        return Error(code if code in self.errors else str(status), str(message or ""))

    def results(self, body: Any, texts: Sequence[str]) -> Sequence[str | None]:
        (choice,) = body["choices"]
        message = choice["message"]
        content, refusal = message.get("content"), message.get("refusal")
        if not isinstance(content or refusal, str):
            return [None]
        end = choice.get("finish_reason") or "stop"
        return [orjson.dumps([end, content] if content else ["refusal", refusal]).decode()]
