"""A model behind a hosted service: batches, parts, cache; each request is paid for once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from functools import partial

from augcli.models.hosted.account import Account
from augcli.models.hosted.chat import PLANNED, Chat
from augcli.models.hosted.client import Build, CallError, Client
from augcli.models.hosted.service import Kind
from augcli.models.results import Refusal, Request, ResultCache, Results, stem_of
from augcli.models.shares import tell_share


class HostedModel(ABC):
    """Answers requests by a service. What came back is in the cache before anything else is sent."""

    nothing = "no answer"
    """What is said of a request that got an empty answer."""

    def __init__(self, account: Account, cache: ResultCache, model: str, settings: str) -> None:
        self.model = model
        self.settings = settings
        self._account = account
        self._client = Client(account)
        self._cache = cache
        self._stem = stem_of(model, settings)
        self._planned: set[Request] = set()

    @abstractmethod
    def batches(self, requests: Sequence[Request]) -> Iterator[list[Request]]:
        """The requests in as many as fit in a call."""

    @abstractmethod
    def build(self, requests: Sequence[Request]) -> Build:
        """Makes the call that answers a batch."""

    def answer(self, requests: Sequence[Request]) -> Iterator[dict[Request, Results]]:
        """Results of all `requests`, which are distinct; batch by batch, as each is done.

        Raises StopError when the service, or the most that a run may send, allows no more.
        """
        sending = self._account.sends
        with self._account.alone() if sending else nullcontext():
            known = self._cache.known(self._stem, requests)
            yield known
            rest = [request for request in requests if request not in known]
            if not sending:
                yield from self._pretend(rest)
                return
            self._account.save(sum(len(request.text) for request in known))
            yield from self._send(rest)

    def _pretend(self, requests: Sequence[Request]) -> Iterator[dict[Request, Results]]:
        """Count what would be sent; each request counts once, and its text stands for its answer."""
        new = [request for request in requests if request not in self._planned]
        self._planned |= set(new)
        for batch in self.batches(new):
            self._account.plan(self._account.service.cost([request.text for request in batch]))
        yield {request: (self.pretended(request),) for request in requests}

    def pretended(self, request: Request) -> str:
        """What stands for an answer where nothing is sent."""
        return request.text

    def _send(self, requests: Sequence[Request]) -> Iterator[dict[Request, Results]]:
        if not requests:
            return
        self._client.stopped.clear()
        with ThreadPoolExecutor(self._account.service.concurrency) as pool:
            futures = [pool.submit(self._stop_on_error, batch) for batch in self.batches(requests)]
            try:
                for number, future in enumerate(as_completed(futures), 1):
                    if not isinstance(future.exception(), CancelledError):  # then another one tells why
                        yield future.result()
                        tell_share(number / len(futures))
            finally:  # calls that are on their way come to their end, and are kept
                self._client.stopped.set()
                pool.shutdown(cancel_futures=True)

    def _stop_on_error(self, requests: Sequence[Request]) -> dict[Request, Results]:
        """Answer a batch; what goes wrong with it stops the calls of all others."""
        try:
            return self._answer(requests)
        except BaseException:
            self._client.stopped.set()
            raise

    def _answer(self, requests: Sequence[Request]) -> dict[Request, Results]:
        """All of `requests`, in one call or in as many as it takes."""
        try:
            answers = self._client.send([request.text for request in requests], self.build(requests))
        except CallError as failed:
            if len(requests) > 1:
                return self._in_parts(requests, 16 if failed.kind is Kind.ODD else 2)
            return self._keep({requests[0]: Refusal(f"{self._account.service.name} {failed.error.code}")})
        done = self._keep({request: (answer,) for request, answer in zip(requests, answers, strict=True) if answer})
        rest = [request for request in requests if request not in done]
        if rest == [*requests] and len(requests) == 1:
            return self._keep({requests[0]: Refusal(f"{self._account.service.name}: {self.nothing}")})
        return done | (self._in_parts(rest, len(rest)) if rest else {})

    def _in_parts(self, requests: Sequence[Request], number: int) -> dict[Request, Results]:
        size = max(1, len(requests) // number)
        parts = [requests[start : start + size] for start in range(0, len(requests), size)]
        return {request: results for part in parts for request, results in self._answer(part).items()}

    def _keep(self, done: dict[Request, Results]) -> dict[Request, Results]:
        """Put results into the cache, and return them."""
        self._cache.keep(self._stem, done)
        return done


class ChatModel(HostedModel):
    """A language model that a chat server runs; a request is the JSON of a call, its key the seed."""

    def __init__(self, chat: Chat, account: Account, cache: ResultCache) -> None:
        super().__init__(account, cache, Chat.name, chat.address({}))
        self._chat = chat

    def batches(self, requests: Sequence[Request]) -> Iterator[list[Request]]:
        return ([request] for request in requests)

    def build(self, requests: Sequence[Request]) -> Build:
        (request,) = requests
        return partial(self._chat.call, request.text, request.key)

    def pretended(self, request: Request) -> str:
        return PLANNED
