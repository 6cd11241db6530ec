"""A step that asks a language model behind a server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import Field, PrivateAttr
from pydantic.fields import FieldInfo

from augcli.language.resources import CachePath
from augcli.models.hosted.chat import PLANNED, Chat
from augcli.models.hosted.session import opened_cache
from augcli.models.hosted.usage import Usage
from augcli.models.results import Request, Results
from augcli.process import cache_folder
from augcli.steps.generation.prompt import prompt_of
from augcli.steps.model_step import HostedStep
from augcli.steps.translation.back_translation import HOSTED_CHUNK
from augcli.text.rng import Rng

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


class ChatStep(HostedStep):
    """What steps with a language model share: the model, its replies, and the cache of these."""

    model: str = Field(min_length=1, description="its name at the server", examples=["qwen2.5:7b"])
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
        description="ask for JSON by a schema (`response_format`), as the servers named above know it; false: the "
        "reply is the text itself",
    )
    min_length_ratio: float = Field(0.3, ge=0, description="reject a text shorter than this share of the old one")
    max_length_ratio: float = Field(3.0, gt=0, description="or longer")
    extra: dict[str, Any] = Field(
        {},
        description="more members of each call, as the server knows them; null leaves one out that stands there else",
        examples=[{"chat_template_kwargs": {"enable_thinking": False}}],
    )
    cache: CachePath | None = Field(
        None, description="file where replies are kept; when not given, one in the user's cache folder"
    )

    _service: Chat = PrivateAttr()
    _first: list[str] = PrivateAttr(default_factory=list)

    @classmethod
    def config_keys(cls) -> dict[str, FieldInfo]:
        keys = super().config_keys()
        del keys["device"]  # it is the server's
        return keys

    def model_post_init(self, context: dict[str, Any] | None) -> None:
        self._service = (context or {}).get("services", {}).get(Chat.name) or Chat()

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if not self._service.base_url:
            return (
                "the address of a server is missing; set services.llm.base_url, such as http://localhost:11434/v1 "
                "(Ollama) or http://localhost:8000/v1 (vLLM)"
            )
        if self._service.max_cost is not None and self._service.price(Usage()) is None:
            return "services.llm.max_cost needs input_price and output_price, of a million tokens"
        if ours := sorted({*self.extra} & {"model", "messages", "seed", "stream", "n"}):
            return f"`extra` cannot say {' and '.join(ours)}: augcli does"
        if self.answers > 1 and not self.structured:
            return "several answers in one call need structured: true"
        if self.min_length_ratio > self.max_length_ratio:
            return "min_length_ratio is above max_length_ratio"
        return None

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
        prompts = (prompt_of(self.template, language).name for language in ("en", "zh"))
        return [f"{self._service.base_url} {self.model}", *prompts]

    def setup(self, language: str) -> None:
        prompt_of(self.template, language)

    @property
    def template(self) -> str:
        """The task whose prompt it sends, or the file with it."""
        raise TypeError(f"{type(self).__name__} has no prompt")

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

    def body(self, texts: Sequence[str], language: str, values: Mapping[str, Any]) -> str:
        """A call in JSON, but for its seed: the prompt with texts and values put in, and the settings."""
        given = {**values, "answers": self.answers, "structured": self.structured, "language": language}
        messages = prompt_of(self.template, language).messages(texts, given)
        if not self._first:
            self._first.append("\n\n".join(message["content"] for message in messages))
        body: dict[str, Any] = {
            "model": self.model, "messages": messages, "temperature": self.temperature, "top_p": self.top_p,
            "max_tokens": self.reply_tokens,
        }  # fmt: skip
        if self.structured:
            schema = {"name": "texts", "strict": True, "schema": _SCHEMA}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return orjson.dumps({name: value for name, value in (body | self.extra).items() if value is not None}).decode()

    def streams(self, rng: Rng) -> tuple[Rng, int]:
        """What the call of a variant is drawn from, and how many calls of its row come before it in that stream.

        A variant that has a call of its own can be drawn again.
        """
        return (rng, 0) if self.answers == 1 else (rng.shared(), (rng.variant - 1) // self.answers)

    def seed(self, rng: Rng) -> int:
        """Of a call; the likeliest words need none."""
        return rng.randbelow(_SEEDS) if self.temperature else 0

    def ask(self, requests: Sequence[Request | None], rngs: Iterable[Rng]) -> Mapping[Request, Results]:
        """The replies to all requests; where nothing is sent, what stands for them."""
        replies: dict[Request, Results] = {}
        for batch in self._model().answer([*dict.fromkeys(filter(None, requests))]):
            replies |= batch
        for request, rng in zip(requests, rngs, strict=True):
            if request and replies[request] == (PLANNED,):
                rng.used = False  # another draw would be planned as well
        return replies
