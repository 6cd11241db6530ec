"""LibreTranslate, on a server of one's own or of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import orjson
from pydantic import Field

from augcli.models.hosted.service import JSON, Call, Error, Kind, Limits, Secrets
from augcli.translation.platform import Platform, same


class LibreTranslate(Platform):
    """LibreTranslate, on the server that base_url names."""

    name: ClassVar = "libretranslate"
    title: ClassVar = "LibreTranslate"
    site: ClassVar = "https://docs.libretranslate.com"
    open: ClassVar = True
    codes: ClassVar = {**same("en"), "zh": "zh", "zh-Hant": "zt", "no": "nb"}
    optional: ClassVar = ("LIBRETRANSLATE_API_KEY",)
    errors: ClassVar = {"413": Kind.SPLIT, "429": Kind.SLOW}

    concurrency: int = Field(4, ge=1, le=256, description="calls on their way at the same time, at most")

    def names(self) -> Sequence[str]:
        return ()

    def limits(self) -> Limits:
        return Limits(items=50, characters=2000)

    def variety(self) -> str:
        return f"libretranslate@{self.base_url}"

    def unable(self, source: str, target: str) -> str | None:
        if not self.base_url:
            return "libretranslate needs services.libretranslate.base_url, the address of a server"
        return super().unable(source, target)

    def call(self, texts: Sequence[str], source: str, target: str, secrets: Secrets, now: float) -> Call:
        body = {"q": texts, "source": source, "target": target, "format": "text"}
        if key := secrets.get("LIBRETRANSLATE_API_KEY"):
            body["api_key"] = key
        return Call("/translate", orjson.dumps(body), JSON)

    def failure(self, body: Any, status: int) -> Error | None:
        return Error(str(status), str(body["error"])) if "error" in body else None

    def meaning(self, error: Error, texts: Sequence[str]) -> Kind | None:
        # over its limit of characters or of texts it says: Invalid request: request (2100) exceeds text limit (2000)
        if error.code == "400" and "exceeds" in error.message:
            return Kind.SPLIT
        return super().meaning(error, texts)

    def results(self, body: Any, texts: Sequence[str]) -> Sequence[str | None]:
        found = body["translatedText"]
        return [found] if isinstance(found, str) else list(found)
