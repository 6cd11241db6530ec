"""The translator of all hosted platforms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from augcli.models.hosted.account import Account
from augcli.models.hosted.client import Build
from augcli.models.hosted.model import HostedModel
from augcli.models.results import Request, ResultCache, Results
from augcli.translation.platform import Platform


class HostedTranslator(HostedModel):
    """Translates in one direction with a platform. See Translator."""

    nothing = "no translation"

    def __init__(self, platform: Platform, account: Account, cache: ResultCache, source: str, target: str) -> None:
        self._platform = platform
        self._source = platform.code(source) or source
        self._target = platform.code(target, target=True) or target
        super().__init__(account, cache, platform.variety(), f"{self._source}-{self._target}")

    def fits(self, text: str) -> bool:
        return self._platform.fits(text)

    def batches(self, requests: Sequence[Request]) -> Iterator[list[Request]]:
        return ([Request(text) for text in batch] for batch in self._platform.batches([text for text, _ in requests]))

    def build(self, requests: Sequence[Request]) -> Build:
        return partial(self._platform.call, [text for text, _ in requests], self._source, self._target)

    def translate(self, requests: Sequence[Request]) -> Iterator[dict[Request, Results]]:
        return self.answer(requests)
