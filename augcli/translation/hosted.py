"""The client of all hosted platforms: batches, turns, repetitions; each text is paid for once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from email.utils import parsedate_to_datetime
from threading import Event
from time import time
from typing import NamedTuple

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
from augcli.models.hosted.service import Error, Kind
from augcli.translation.cache import TranslationCache, stem_of
from augcli.translation.platform import Platform
from augcli.translation.translator import Refusal, Request, Results

ATTEMPTS, ODD_ATTEMPTS = 12, 4
"""How often to try a call, and a single text whose replies do not fit."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0
"""Seconds of waits after errors: drawn up to the first, then up to twice that and so on, up to the longest."""
AGAIN = (Kind.RETRY, Kind.SLOW, Kind.LONG, Kind.CLOCK, Kind.ODD)
BY_STATUS = {408: Kind.RETRY, 413: Kind.SPLIT, 429: Kind.SLOW}
_SECOND = 1.5
"""Clocks that differ by less are the same."""


class CallError(Exception):
    """A call came to nothing."""

    def __init__(self, kind: Kind, error: Error, after: float | None = None) -> None:
        super().__init__(f"{error.code}: {error.message}" if error.message else error.code)
        self.kind = kind
        self.error = error
        self.after = after
        """Seconds after which to try again, as the platform wants it."""


class _Sent(NamedTuple):
    """A call on its way: its texts, their characters, and how account and clock stood when it was sent."""

    texts: Sequence[str]
    characters: int
    held: int
    ahead: float


class Hosted:
    """Translates in one direction with a platform. What came back is in the cache before anything else is sent."""

    def __init__(self, platform: Platform, account: Account, cache: TranslationCache, source: str, target: str) -> None:
        self._platform = platform
        self._account = account
        self._cache = cache
        self._source = platform.code(source) or source
        self._target = platform.code(target, target=True) or target
        self.model = platform.variety()
        self.settings = f"{self._source}-{self._target}"
        self._stem = stem_of(self)
        self._stop = Event()
        self._ahead = 0.0
        """Seconds that the clock of the platform is ahead of ours."""
        self._planned: set[Request] = set()

    def fits(self, text: str) -> bool:
        return self._platform.fits(text)

    def translate(self, requests: Sequence[Request]) -> Iterator[dict[Request, Results]]:
        """See Translator. Raises StopError when the platform, or max_characters, allows no more."""
        sending = self._account.sends
        with self._account.alone() if sending else nullcontext():
            known = self._cache.known(self._stem, requests)
            yield known
            rest = [request.text for request in requests if request not in known]
            if not sending:
                yield from self._pretended(rest)
                return
            self._account.save(sum(len(request.text) for request in known))
            for done in self._sent(rest):
                yield {Request(text): results for text, results in done.items()}

    def _pretended(self, texts: Sequence[str]) -> Iterator[dict[Request, Results]]:
        """Count what would be sent; each text counts once, and stands for its translation."""
        new = [text for text in texts if Request(text) not in self._planned]
        self._planned |= {Request(text) for text in new}
        self._account.plan(sum(1 for _ in self._platform.batches(new)), sum(map(len, new)))
        yield {Request(text): (text,) for text in texts}

    def _sent(self, texts: Sequence[str]) -> Iterator[dict[str, Results]]:
        if not texts:
            return
        self._stop.clear()
        with ThreadPoolExecutor(self._platform.concurrency) as pool:
            futures = [pool.submit(self._unless_stopped, batch) for batch in self._platform.batches(texts)]
            try:
                for future in as_completed(futures):
                    if not isinstance(future.exception(), CancelledError):  # then another one tells why
                        yield future.result()
            finally:  # calls that are on their way come to their end, and are kept
                self._stop.set()
                pool.shutdown(cancel_futures=True)

    def _unless_stopped(self, texts: Sequence[str]) -> dict[str, Results]:
        try:
            return self._translated(texts)
        except BaseException:
            self._stop.set()
            raise

    def _translated(self, texts: Sequence[str]) -> dict[str, Results]:
        """All of `texts`, in one call or in as many as it takes."""
        try:
            answers = self._retried(texts)
        except CallError as failed:
            if len(texts) > 1:
                return self._in_parts(texts, 16 if failed.kind is Kind.ODD else 2)
            return self._kept({texts[0]: Refusal(f"{self._platform.name} {failed.error.code}")})
        done = self._kept({text: (answer,) for text, answer in zip(texts, answers, strict=True) if answer})
        rest = [text for text in texts if text not in done]
        if rest == [*texts] and len(texts) == 1:
            return self._kept({texts[0]: Refusal(f"{self._platform.name}: no translation")})
        return done | (self._in_parts(rest, len(rest)) if rest else {})

    def _in_parts(self, texts: Sequence[str], number: int) -> dict[str, Results]:
        size = max(1, len(texts) // number)
        parts = [texts[start : start + size] for start in range(0, len(texts), size)]
        return {text: results for part in parts for text, results in self._translated(part).items()}

    def _kept(self, done: dict[str, Results]) -> dict[str, Results]:
        self._cache.keep(self._stem, {Request(text): results for text, results in done.items()})
        return done

    def _retried(self, texts: Sequence[str]) -> Sequence[str | None]:
        """The translations of one call, repeated after errors that may pass.

        Raises CallError for what is wrong with these texts, StopError for what would be wrong with all others too.
        """
        failures: Counter[Kind] = Counter()

        def passing(error: BaseException) -> bool:
            if not isinstance(error, CallError) or error.kind not in AGAIN:
                return False
            failures[error.kind] += 1
            return error.kind not in (Kind.ODD, Kind.LONG) or (len(texts) == 1 and failures[Kind.ODD] < ODD_ATTEMPTS)

        trying = Retrying(
            retry=retry_if_exception(passing),
            wait=self._wait,
            stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(self._platform.deadline),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return trying(self._call, texts)
        except CallError as failed:
            if failed.kind in (Kind.SPLIT, Kind.ROW, Kind.ODD) or (failed.kind is Kind.LONG and len(texts) > 1):
                raise
            raise StopError(self._why_stopped(failed)) from None

    def _why_stopped(self, failed: CallError) -> str:
        name = self._platform.name
        if failed.kind is Kind.STOP:
            return f"{name} refuses: {failed}. Nothing more was sent, and what is finished is kept: run again to go on"
        return (
            f"{name} failed again and again, last with {failed}. What is finished is kept: run the same command later "
            "to go on"
        )

    def _wait(self, state: RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome else None
        assert isinstance(failed, CallError)
        if failed.after is not None:
            return failed.after
        drawn = wait_random_exponential(FIRST_WAIT, LONGEST_WAIT)(state)
        return max(drawn, self._platform.calm) if failed.kind in (Kind.SLOW, Kind.LONG) else drawn

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise CancelledError

    def _call(self, texts: Sequence[str]) -> Sequence[str | None]:
        account, characters = self._account, sum(map(len, texts))
        sent = _Sent(texts, characters, account.acquire(characters, self._sleep), self._ahead)
        self._sleep(0)  # while it waited for its turn, another call may have stopped all
        account.charge(characters)
        call = self._platform.call(texts, self._source, self._target, account.secrets, time() + sent.ahead)
        try:
            reply = account.http.post(
                account.service.address(account.secrets) + call.path,
                content=call.content,
                headers={"Content-Type": call.content_type, **call.headers},
            )
        except httpx.TransportError as error:
            if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
                account.refund(sent.characters)
            raise CallError(Kind.RETRY, Error(type(error).__name__, self._clean(str(error)))) from None
        except httpx.DecodingError as error:
            raise CallError(Kind.RETRY, Error("DecodingError", str(error))) from None
        answers = self._read(reply, sent)
        account.recover()
        return answers

    def _read(self, reply: httpx.Response, sent: _Sent) -> Sequence[str | None]:
        try:
            body = orjson.loads(reply.content)
        except orjson.JSONDecodeError:
            garbled = Error(f"HTTP {reply.status_code}", "the reply is not JSON")
            raise self._failed(garbled, None, reply, sent) from None
        answers: Sequence[str | None] = []
        try:
            error = self._platform.failure(body, reply.status_code)
            if error is None and reply.is_success:
                answers = self._platform.results(body, sent.texts)
        except (LookupError, TypeError, ValueError, AttributeError):
            error = None
        if error is None and reply.is_success:
            if len(answers) == len(sent.texts) and all(isinstance(answer, str | None) for answer in answers):
                return answers
            raise CallError(Kind.ODD, Error("odd reply", "it does not hold one translation for each text"))
        error = error or Error(f"HTTP {reply.status_code}", "")
        kind = self._platform.meaning(error, sent.texts)
        if kind is Kind.CLOCK:
            kind = self._set_clock(reply, sent.ahead)
        raise self._failed(error, kind, reply, sent)

    def _failed(self, error: Error, kind: Kind | None, reply: httpx.Response, sent: _Sent) -> CallError:
        """What a reply that is an error means. It is not paid for, unless it may be a translation that was spoiled."""
        spoiled = reply.is_success and error.code.startswith("HTTP")
        if kind is None:
            kind = BY_STATUS.get(reply.status_code, Kind.STOP)
            kind = Kind.RETRY if spoiled or reply.is_server_error else kind
        if not spoiled:
            self._account.refund(sent.characters)
        after = _seconds(reply.headers.get("Retry-After"))
        if kind in (Kind.SLOW, Kind.LONG):
            self._account.back_off(self._platform.calm if after is None else after, sent.held)
        return CallError(kind, Error(error.code, self._clean(error.message)), after)

    def _set_clock(self, reply: httpx.Response, ahead: float) -> Kind:
        """Take over the clock of the platform, unless that was done before the call."""
        if ahead != self._ahead:
            return Kind.RETRY
        there = _moment(reply.headers.get("Date"))
        if there is None or abs(there - time() - ahead) < _SECOND:
            return Kind.STOP
        self._ahead = there - time()
        return Kind.CLOCK

    def _clean(self, message: str) -> str:
        """`message` without secrets, in case that the platform repeats them."""
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
