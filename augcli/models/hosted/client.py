"""Calls to a service: each waits for its turn, and is repeated after errors that may pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from email.utils import parsedate_to_datetime
from threading import Event
from time import time
from typing import NamedTuple, TypeAlias

import httpx
import orjson
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from augcli.errors import StopError
from augcli.models.hosted.account import Account
from augcli.models.hosted.service import Call, Error, Kind, Secrets
from augcli.models.hosted.usage import Usage

ATTEMPTS, ODD_ATTEMPTS, FIRST_ATTEMPTS = 12, 4, 5
"""How often to try a call, a single text whose replies do not fit, and a server that nothing was heard from yet."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""Seconds of waits after errors: drawn up to the first, then up to twice that and so on, up to the longest."""
AGAIN = (Kind.RETRY, Kind.SLOW, Kind.LONG, Kind.CLOCK, Kind.ODD)
BY_STATUS = {408: Kind.RETRY, 413: Kind.SPLIT, 429: Kind.SLOW}
_REFUSED = httpx.ConnectError.__name__
_SECOND = 1.5
"""Clocks that differ by less are the same."""

Build: TypeAlias = Callable[[Secrets, float], Call]
"""Makes a call of the keys and the time, in seconds since 1970 by the clock of the service."""


class CallError(Exception):
    """A call came to nothing."""

    def __init__(self, kind: Kind, error: Error, after: float | None = None) -> None:
        super().__init__(f"{error.code}: {error.message}" if error.message else error.code)
        self.kind = kind
        self.error = error
        self.after = after
        """Seconds after which to try again, as the service wants it."""


class _Sent(NamedTuple):
    """A call on its way: its texts, what it may come to, and how account and clock stood when it was sent."""

    texts: Sequence[str]
    charged: Usage
    held: int
    ahead: float


class Client:
    """Sends calls for an account. Threads may share it."""

    def __init__(self, account: Account) -> None:
        self.stopped = Event()
        """While it is set, no call is sent, and those that wait raise CancelledError."""
        self._account = account
        self._service = account.service
        self._ahead = 0.0
        """Seconds that the clock of the service is ahead of ours."""
        self._reached = False

    def send(self, texts: Sequence[str], build: Build) -> Sequence[str | None]:
        """The results of one call with `texts`, repeated after errors that may pass; each time it is built anew.

        Raises CallError for what is wrong with these texts, StopError for what would be wrong with all others too.
        """
        failures: Counter[Kind] = Counter()

        def passing(error: BaseException) -> bool:
            if not isinstance(error, CallError) or error.kind not in AGAIN:
                return False
            failures[error.kind] += 1
            if not self._reached and error.error.code == _REFUSED:
                return failures[error.kind] < FIRST_ATTEMPTS
            return error.kind not in (Kind.ODD, Kind.LONG) or (len(texts) == 1 and failures[Kind.ODD] < ODD_ATTEMPTS)

        trying = Retrying(
            retry=retry_if_exception(passing),
            wait=self._wait,
            stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(self._service.deadline),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return trying(self._call, texts, build)
        except CallError as failed:
            if failed.kind in (Kind.SPLIT, Kind.ROW, Kind.ODD) or (failed.kind is Kind.LONG and len(texts) > 1):
                raise
            raise StopError(self._why_stopped(failed)) from None

    def _why_stopped(self, failed: CallError) -> str:
        name = self._service.name
        if not self._reached and failed.error.code == _REFUSED:
            address = self._service.address(self._account.secrets)
            return f"{name} cannot be reached at {address} ({failed}). When it runs, run the same command to resume"
        if failed.kind is Kind.STOP:
            return f"{name} refuses: {failed}. Nothing more was sent, and what is finished is kept: run again to resume"
        return (
            f"{name} failed again and again, last with {failed}. What is finished is kept: run the same command later "
            "to resume"
        )

    def _wait(self, state: RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome else None
        assert isinstance(failed, CallError)
        if failed.after is not None:
            return failed.after
        drawn = wait_random_exponential(FIRST_WAIT, LONGEST_WAIT)(state)
        return max(drawn, self._service.calm) if failed.kind in (Kind.SLOW, Kind.LONG) else drawn

    def _sleep(self, seconds: float) -> None:
        if self.stopped.wait(seconds):
            raise CancelledError

    def _call(self, texts: Sequence[str], build: Build) -> Sequence[str | None]:
        account, most = self._account, self._service.cost(texts)
        sent = _Sent(texts, most, account.acquire(most.characters, self._sleep), self._ahead)
        self._sleep(0)  # while it waited for its turn, another call may have stopped all
        account.charge(most)
        call = build(account.secrets, time() + sent.ahead)
        try:
            reply = account.http.post(
                self._service.address(account.secrets) + call.path,
                content=call.content,
                headers={"Content-Type": call.content_type, **call.headers},
            )
        except httpx.TransportError as error:
            if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
                account.correct(most, Usage(1))
            raise CallError(Kind.RETRY, Error(type(error).__name__, self._clean(str(error)))) from None
        except httpx.DecodingError as error:
            raise CallError(Kind.RETRY, Error("DecodingError", str(error))) from None
        self._reached = True
        results = self._read(reply, sent)
        account.recover()
        return results

    def _read(self, reply: httpx.Response, sent: _Sent) -> Sequence[str | None]:
        try:
            body = orjson.loads(reply.content)
        except orjson.JSONDecodeError:
            garbled = Error(f"HTTP {reply.status_code}", "the reply is not JSON")
            raise self._call_error(garbled, None, reply, sent) from None
        results: Sequence[str | None] = []
        try:
            error = self._service.failure(body, reply.status_code)
            if error is None and reply.is_success:
                results = self._service.results(body, sent.texts)
        except (LookupError, TypeError, ValueError, AttributeError):
            error = None
        if error is None and reply.is_success:
            if (came_to := self._service.came_to(body, sent.charged)) != sent.charged:
                self._account.correct(sent.charged, came_to)
            if len(results) == len(sent.texts) and all(isinstance(result, str | None) for result in results):
                return results
            raise CallError(Kind.ODD, Error("odd reply", "it does not hold one result for each text"))
        error = error or Error(f"HTTP {reply.status_code}", "")
        kind = self._service.meaning(error, sent.texts)
        if kind is Kind.CLOCK:
            kind = self._set_clock(reply, sent.ahead)
        raise self._call_error(error, kind, reply, sent)

    def _call_error(self, error: Error, kind: Kind | None, reply: httpx.Response, sent: _Sent) -> CallError:
        """What a reply that is an error means. It is not paid for, unless it may be a result that was spoiled."""
        spoiled = reply.is_success and error.code.startswith("HTTP")
        if kind is None:
            kind = BY_STATUS.get(reply.status_code, Kind.STOP)
            kind = Kind.RETRY if spoiled or reply.is_server_error else kind
        if not spoiled:
            self._account.correct(sent.charged, Usage(1))
        after = _seconds(reply.headers.get("Retry-After"))
        if kind in (Kind.SLOW, Kind.LONG):
            self._account.back_off(self._service.calm if after is None else after, sent.held)
        return CallError(kind, Error(error.code, self._clean(error.message)), after)

    def _set_clock(self, reply: httpx.Response, ahead: float) -> Kind:
        """Take over the clock of the service, unless that was done before the call."""
        if ahead != self._ahead:
            return Kind.RETRY
        there = _moment(reply.headers.get("Date"))
        if there is None or abs(there - time() - ahead) < _SECOND:
            return Kind.STOP
        self._ahead = there - time()
        return Kind.CLOCK

    def _clean(self, message: str) -> str:
        """`message` without secrets, in case that the service repeats them."""
        for secret in self._account.secrets.values():
            message = message.replace(secret, "***")
        return " ".join(message.split())[:300]


def _seconds(retry_after: str | None) -> float | None:
    """Of the header Retry-After, which holds seconds or a date."""
    if retry_after is None:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    moment = _moment(retry_after)
    return None if moment is None else max(0.0, moment - time())


def _moment(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None
