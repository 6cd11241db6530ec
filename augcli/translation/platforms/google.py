"""Google Cloud Translation: v2 (Basic) with an API key, v3 (Advanced) with a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import orjson
from pydantic import Field

from augcli.models.hosted.service import JSON, Call, Error, Kind, Limits, Secrets
from augcli.translation.platform import COMMON, Platform


class Google(Platform):
    """Google Cloud Translation."""

    name: ClassVar = "google"
    title: ClassVar = "Google Cloud Translation"
    site: ClassVar = "https://cloud.google.com/translate/docs/setup"
    home: ClassVar = "https://translation.googleapis.com"
    open: ClassVar = True
    codes: ClassVar = {
        **COMMON,
        "zh": "zh-CN",
        "zh-Hant": "zh-TW",
    }
    errors: ClassVar = {
        "rateLimitExceeded": Kind.SLOW,
        "userRateLimitExceeded": Kind.SLOW,
        "RESOURCE_EXHAUSTED": Kind.SLOW,
        "backendError": Kind.RETRY,
        "INTERNAL": Kind.RETRY,
        "UNAVAILABLE": Kind.RETRY,
        "DEADLINE_EXCEEDED": Kind.RETRY,
    }

    api_version: Literal["v2", "v3"] = Field("v2", description="v2 takes an API key, v3 a token and a project")
    project: str | None = Field(None, description="for v3: id of the Google Cloud project")
    location: str = Field("global", description="for v3")

    def names(self) -> Sequence[str]:
        return ("GOOGLE_API_KEY",) if self.api_version == "v2" else ("GOOGLE_ACCESS_TOKEN",)

    def limits(self) -> Limits:
        return Limits(items=128, characters=5000, size=100_000, characters_per_minute=6_000_000)

    def variety(self) -> str:
        return f"google@{self.api_version}"

    def unable(self, source: str, target: str) -> str | None:
        if self.api_version == "v3" and not self.project:
            return "v3 needs services.google.project, the id of a Google Cloud project"
        return super().unable(source, target)

    def call(self, texts: Sequence[str], source: str, target: str, secrets: Secrets, now: float) -> Call:
        if self.api_version == "v2":
            # without a format, results come back escaped as in HTML; the key is no query, since URLs get into logs
            body: dict[str, Any] = {"q": texts, "source": source, "target": target, "format": "text"}
            headers = {"X-goog-api-key": secrets["GOOGLE_API_KEY"]}
            return Call("/language/translate/v2", orjson.dumps(body), JSON, headers)
        body = {"contents": texts, "mimeType": "text/plain", "sourceLanguageCode": source, "targetLanguageCode": target}
        token = f"Bearer {secrets['GOOGLE_ACCESS_TOKEN']}"
        headers = {"Authorization": token, "x-goog-user-project": str(self.project)}
        path = f"/v3/projects/{self.project}/locations/{self.location}:translateText"
        return Call(path, orjson.dumps(body), JSON, headers)

    def failure(self, body: Any, status: int) -> Error | None:
        error = body.get("error")
        if not error:
            return None
        reasons = [detail.get("reason") for detail in error.get("errors", ())]
        return Error(str(next(filter(None, reasons), error.get("status", status))), str(error.get("message", "")))

    def meaning(self, error: Error, texts: Sequence[str]) -> Kind | None:
        message = error.message.lower()
        if "daily limit" in message:
            return Kind.STOP
        if "too many text segments" in message or "too long" in message or "too large" in message:
            return Kind.SPLIT
        return super().meaning(error, texts)

    def results(self, body: Any, texts: Sequence[str]) -> Sequence[str | None]:
        found = body["data"]["translations"] if self.api_version == "v2" else body["translations"]
        return [result["translatedText"] for result in found]
