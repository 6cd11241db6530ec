"""Tencent's machine translation (TMT), version 2018-03-21, signature TC3. Errors come with HTTP 200."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import urlsplit

import orjson
from pydantic import Field

from augcli.models.hosted.service import JSON, Call, Error, Kind, Limits, Secrets
from augcli.translation.languages import with_script
from augcli.translation.platform import Platform, same

_CHINESE, _EUROPE, _ASIA = ("zh", "zh-TW"), ("fr", "es", "it", "de", "tr", "ru", "pt"), ("vi", "id", "th", "ms", "ar")
PAIRS = {
    **{code: {*_CHINESE, "en", "ja", "ko", *_EUROPE, *_ASIA} - {code} for code in _CHINESE},
    "en": {*_CHINESE, "ja", "ko", *_EUROPE, *_ASIA, "hi"},
    "ja": {*_CHINESE, "en", "ko"},
    "ko": {*_CHINESE, "en", "ja"},
    **{code: {*_CHINESE, "en", *_EUROPE} - {code} for code in _EUROPE},
    **{code: {*_CHINESE, "en"} for code in _ASIA},
    "hi": {"en"},
}
"""What it translates to, by source, in its own codes."""


class Tencent(Platform):
    """Tencent Machine Translation (腾讯机器翻译)."""

    name: ClassVar = "tencent"
    title: ClassVar = "Tencent 腾讯机器翻译"
    site: ClassVar = "https://cloud.tencent.com/product/tmt"
    home: ClassVar = "https://tmt.tencentcloudapi.com"
    codes: ClassVar = {**same("zh en ja ko fr es de ru pt it ar th vi id ms tr hi"), "zh-Hant": "zh-TW"}
    optional: ClassVar = ("TENCENTCLOUD_TOKEN",)
    errors: ClassVar = {
        "RequestLimitExceeded": Kind.SLOW,
        "RequestLimitExceeded.": Kind.SLOW,
        "LimitExceeded.LimitedAccessFrequency": Kind.SLOW,
        "InternalError": Kind.RETRY,
        "InternalError.": Kind.RETRY,
        "FailedOperation.RequestAiLabErr": Kind.RETRY,
        "ServiceUnavailable": Kind.RETRY,
        "ResourceUnavailable": Kind.RETRY,
        "AuthFailure.SignatureExpire": Kind.CLOCK,
        "UnsupportedOperation.TextTooLong": Kind.SPLIT,
        "RequestSizeLimitExceeded": Kind.SPLIT,
        "FailedOperation.LanguageRecognitionErr": Kind.ROW,
    }

    region: str = Field("ap-guangzhou", description="such as ap-beijing, ap-shanghai, ap-singapore")

    def names(self) -> Sequence[str]:
        return ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY")

    def limits(self) -> Limits:
        return Limits(items=1000, characters=5999, calls_per_second=5)

    def variety(self) -> str:
        return "tencent@2018-03-21"

    def unable(self, source: str, target: str) -> str | None:
        known = PAIRS.get(self.code(source) or "", set())
        own = with_script(source) in self.languages or with_script(target) in self.languages
        if super().unable(source, target) or own or self.code(target) in known:
            return super().unable(source, target)
        listed = ", ".join(sorted(known))
        return f"tencent does not translate from {source} to {target}; from {source} it does to {listed}"

    def call(self, texts: Sequence[str], source: str, target: str, secrets: Secrets, now: float) -> Call:
        single = len(texts) == 1
        action = "TextTranslate" if single else "TextTranslateBatch"
        said = {"SourceText": texts[0]} if single else {"SourceTextList": texts}
        content = orjson.dumps({**said, "Source": source, "Target": target, "ProjectId": 0})
        signed = {"content-type": JSON, "host": urlsplit(self.address(secrets)).netloc, "x-tc-action": action}
        key = tuple(secrets[name] for name in self.names())
        headers = {
            "Host": signed["host"],
            "X-TC-Action": action,
            "X-TC-Version": "2018-03-21",
            "X-TC-Timestamp": str(int(now)),
            "X-TC-Region": self.region,
            "Authorization": authorization(key, signed, content, int(now)),
        }
        if token := secrets.get("TENCENTCLOUD_TOKEN"):
            headers["X-TC-Token"] = token
        return Call("/", content, JSON, headers)

    def failure(self, body: Any, status: int) -> Error | None:
        error = body["Response"].get("Error")
        return Error(error["Code"], error["Message"]) if error else None

    def results(self, body: Any, texts: Sequence[str]) -> Sequence[str | None]:
        reply = body["Response"]
        return [reply["TargetText"]] if "TargetText" in reply else list(reply["TargetTextList"])


def authorization(
    key: tuple[str, ...], headers: Mapping[str, str], content: bytes, time: int, service: str = "tmt"
) -> str:
    """The header Authorization, by TC3-HMAC-SHA256.

    `key` is the secret id and key, `headers` those to sign, in alphabetical order, `time` in seconds since 1970.
    """
    secret_id, secret_key = key
    lines = "".join(f"{name}:{value.strip().lower()}\n" for name, value in headers.items())
    signed = ";".join(headers)
    canonical = f"POST\n/\n\n{lines}\n{signed}\n{sha256(content).hexdigest()}"
    date = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d")
    scope = f"{date}/{service}/tc3_request"
    to_sign = f"TC3-HMAC-SHA256\n{time}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    derived = f"TC3{secret_key}".encode()
    for part in (date, service, "tc3_request"):
        derived = hmac.digest(derived, part.encode(), "sha256")
    signature = hmac.digest(derived, to_sign.encode(), "sha256").hex()
    return f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={signed}, Signature={signature}"
