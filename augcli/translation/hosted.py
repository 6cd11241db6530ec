"""The translator of all hosted platforms: batches, parts, cache; each text is paid for once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from functools import partial

from augcli.models.hosted.account import Account
from augcli.models.hosted.client import CallError, Client
from augcli.models.hosted.service import Kind
from augcli.models.shares import tell_share
from augcli.translation.cache import TranslationCache, stem_of
from augcli.translation.platform import Platform
from augcli.translation.translator import Refusal, Request, Results


class HostedTranslator:
    """Translates in one direction with a platform. What came back is in the cache before anything else is sent."""

    def __init__(self, platform: Platform, account: Account, cache: TranslationCache, source: str, target: str) -> None:
        self._platform = platform
        self._account = account
        self._client = Client(account)
        self._cache = cache
        self._source = platform.code(source) or source
        self._target = platform.code(target, target=True) or target
        self.model = platform.variety()
        self.settings = f"{self._source}-{self._target}"
        self._stem = stem_of(self)
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
                yield from self._pretend(rest)
                return
            self._account.save(sum(len(request.text) for request in known))
            for done in self._send(rest):
                yield {Request(text): results for text, results in done.items()}

    def _pretend(self, texts: Sequence[str]) -> Iterator[dict[Request, Results]]:
        """Count what would be sent; each text counts once, and stands for its translation."""
        new = [text for text in texts if Request(text) not in self._planned]
        self._planned |= {Request(text) for text in new}
        self._account.plan(sum(1 for _ in self._platform.batches(new)), sum(map(len, new)))
        yield {Request(text): (text,) for text in texts}

    def _send(self, texts: Sequence[str]) -> Iterator[dict[str, Results]]:
        if not texts:
            return
        self._client.stopped.clear()
        with ThreadPoolExecutor(self._platform.concurrency) as pool:
            futures = [pool.submit(self._stop_on_error, batch) for batch in self._platform.batches(texts)]
            try:
                for number, future in enumerate(as_completed(futures), 1):
                    if not isinstance(future.exception(), CancelledError):  # then another one tells why
                        yield future.result()
                        tell_share(number / len(futures))
            finally:  # calls that are on their way come to their end, and are kept
                self._client.stopped.set()
                pool.shutdown(cancel_futures=True)

    def _stop_on_error(self, texts: Sequence[str]) -> dict[str, Results]:
        """Translate a batch; what goes wrong with it stops the calls of all others."""
        try:
            return self._translate(texts)
        except BaseException:
            self._client.stopped.set()
            raise

    def _translate(self, texts: Sequence[str]) -> dict[str, Results]:
        """All of `texts`, in one call or in as many as it takes."""
        try:
            answers = self._client.send(texts, partial(self._platform.call, texts, self._source, self._target))
        except CallError as failed:
            if len(texts) > 1:
                return self._in_parts(texts, 16 if failed.kind is Kind.ODD else 2)
            return self._keep({texts[0]: Refusal(f"{self._platform.name} {failed.error.code}")})
        done = self._keep({text: (answer,) for text, answer in zip(texts, answers, strict=True) if answer})
        rest = [text for text in texts if text not in done]
        if rest == [*texts] and len(texts) == 1:
            return self._keep({texts[0]: Refusal(f"{self._platform.name}: no translation")})
        return done | (self._in_parts(rest, len(rest)) if rest else {})

    def _in_parts(self, texts: Sequence[str], number: int) -> dict[str, Results]:
        size = max(1, len(texts) // number)
        parts = [texts[start : start + size] for start in range(0, len(texts), size)]
        return {text: results for part in parts for text, results in self._translate(part).items()}

    def _keep(self, done: dict[str, Results]) -> dict[str, Results]:
        """Put results into the cache, and return them."""
        self._cache.keep(self._stem, {Request(text): results for text, results in done.items()})
        return done
