"""Microsoft Translator, the API behind Bing: version 3.0, or 2026-06-06 with another form of call and reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import orjson
from pydantic import Field

from augcli.models.hosted.service import JSON, Call, Error, Kind, Limits, Secrets
from augcli.translation.platform import COMMON, Platform

TIERS = {"F0": 2_000_000, "S1": 40_000_000, "S2": 40_000_000, "S3": 120_000_000, "S4": 200_000_000}
"""Characters per hour, which are counted by the minute."""


class Bing(Platform):
    """Microsoft Translator (Bing)."""

    name: ClassVar = "bing"
    title: ClassVar = "Bing (Microsoft Translator)"
    site: ClassVar = "https://learn.microsoft.com/azure/ai-services/translator/"
    home: ClassVar = "https://api.cognitive.microsofttranslator.com"
    open: ClassVar = True
    codes: ClassVar = {
        **COMMON,
        "zh": "zh-Hans",
        "zh-Hant": "zh-Hant",
        "no": "nb",
    }
    calm: ClassVar = 60.0
    errors: ClassVar = {
        "400050": Kind.SPLIT,
        "400072": Kind.SPLIT,
        "400077": Kind.SPLIT,
        "408001": Kind.SLOW,
        "408002": Kind.SLOW,
        "429000": Kind.SLOW,
        "429001": Kind.SLOW,
        "429002": Kind.SLOW,
        "500000": Kind.RETRY,
        "503000": Kind.RETRY,
    }

    api_version: Literal["3.0", "2026-06-06"] = Field("3.0", description="of the service")
    region: str | None = Field(None, description="of the resource, such as eastasia; needed unless it is a global one")
    tier: Literal["F0", "S1", "S2", "S3", "S4"] = Field(
        "F0", description="of the resource: F0 may send 2 million characters an hour, S1 and S2 40, S3 120, S4 200"
    )

    def names(self) -> Sequence[str]:
        return ("AZURE_TRANSLATOR_KEY",)

    def limits(self) -> Limits:
        return Limits(items=1000, characters=50_000, characters_per_minute=TIERS[self.tier] / 60)

    def variety(self) -> str:
        return f"bing@{self.api_version}"

    def call(self, texts: Sequence[str], source: str, target: str, secrets: Secrets, now: float) -> Call:
        headers = {"Ocp-Apim-Subscription-Key": secrets["AZURE_TRANSLATOR_KEY"]}
        if self.region:
            headers["Ocp-Apim-Subscription-Region"] = self.region
        path = f"/translate?api-version={self.api_version}"
        if self.api_version == "3.0":
            path += f"&from={source}&to={target}&textType=plain"
            return Call(path, orjson.dumps([{"Text": text} for text in texts]), JSON, headers)
        targets = [{"language": target}]
        inputs = [{"text": text, "language": source, "textType": "Plain", "targets": targets} for text in texts]
        return Call(path, orjson.dumps({"inputs": inputs}), JSON, headers)

    def failure(self, body: Any, status: int) -> Error | None:
        error = body.get("error") if isinstance(body, dict) else None
        return Error(str(error["code"]), str(error.get("message", ""))) if error else None

    def results(self, body: Any, texts: Sequence[str]) -> Sequence[str | None]:
        replies = body if self.api_version == "3.0" else body["value"]
        return [reply["translations"][0]["text"] for reply in replies]
