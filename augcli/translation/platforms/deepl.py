"""DeepL. Keys that end with :fx are of the free API, which has an address of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import orjson
from pydantic import Field

from augcli.models.hosted.service import JSON, Call, Error, Kind, Limits, Secrets
from augcli.translation.platform import Platform

_LANGUAGES = "zh en ja ko fr es de ru pt it ar th vi id tr nl pl sv da fi cs el hu ro bg et sl uk he"


class DeepL(Platform):
    """DeepL."""

    name: ClassVar = "deepl"
    title: ClassVar = "DeepL"
    site: ClassVar = "https://developers.deepl.com"
    home: ClassVar = "https://api.deepl.com"
    codes: ClassVar = {**{code: code.upper() for code in _LANGUAGES.split()}, "zh-Hant": "ZH", "no": "NB"}
    targets: ClassVar = {"en": "EN-US", "pt": "PT-BR", "zh": "ZH-HANS", "zh-Hant": "ZH-HANT"}
    errors: ClassVar = {"413": Kind.SPLIT, "429": Kind.SLOW, "529": Kind.SLOW}

    concurrency: int = Field(4, ge=1, le=256, description="calls on their way at the same time, at most")

    def names(self) -> Sequence[str]:
        return ("DEEPL_AUTH_KEY",)

    def limits(self) -> Limits:
        return Limits(items=50, characters=100_000, size=100_000)

    def variety(self) -> str:
        return "deepl@v2"

    def address(self, secrets: Secrets) -> str:
        free = secrets["DEEPL_AUTH_KEY"].endswith(":fx")
        return self.base_url or ("https://api-free.deepl.com" if free else self.home)

    def call(self, texts: Sequence[str], source: str, target: str, secrets: Secrets, now: float) -> Call:
        body = {"text": texts, "source_lang": source, "target_lang": target}
        headers = {"Authorization": f"DeepL-Auth-Key {secrets['DEEPL_AUTH_KEY']}"}
        return Call("/v2/translate", orjson.dumps(body), JSON, headers)

    def failure(self, body: Any, status: int) -> Error | None:
        return Error(str(status), str(body.get("message", ""))) if status >= 400 else None

    def results(self, body: Any, texts: Sequence[str]) -> Sequence[str | None]:
        return [result["text"] for result in body["translations"]]
