"""Baidu's general translation: texts joined by line breaks, and a reply per line. Errors come with HTTP 200."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5
from typing import Any, ClassVar, Literal
from urllib.parse import urlencode
from uuid import uuid4

from pydantic import Field

from augcli.models.hosted.service import FORM, Call, Error, Kind, Limits, Secrets
from augcli.translation.platform import Platform, in_order, same

TIERS = {"standard": (1, 1000), "advanced": (10, 6000), "premium": (100, 6000)}
"""Calls per second, and characters of a call."""


class Baidu(Platform):
    """Baidu Translate (百度翻译开放平台)."""

    name: ClassVar = "baidu"
    title: ClassVar = "Baidu 百度翻译"
    site: ClassVar = "https://fanyi-api.baidu.com"
    home: ClassVar = "https://fanyi-api.baidu.com"
    codes: ClassVar = {
        **same("zh yue wyw en de ru pt it th nl pl cs el hu"),
        "zh-Hant": "cht", "ja": "jp", "ko": "kor", "fr": "fra", "es": "spa", "ar": "ara", "vi": "vie", "sv": "swe",
        "da": "dan", "fi": "fin", "ro": "rom", "bg": "bul", "et": "est", "sl": "slo",
    }  # fmt: skip
    premium: ClassVar = {**same("id tr hi"), "ms": "may", "uk": "ukr", "he": "heb", "no": "nor"}
    """Languages that only companies get."""
    errors: ClassVar = {
        "52001": Kind.RETRY,
        "52002": Kind.RETRY,
        "54003": Kind.SLOW,
        "54005": Kind.LONG,
        "20003": Kind.ROW,
    }

    tier: Literal["standard", "advanced", "premium"] = Field(
        "standard", description="of the account: 1, 10 or 100 calls per second; 1000, 6000 or 6000 characters each"
    )

    def names(self) -> Sequence[str]:
        return ("BAIDU_TRANSLATE_APPID", "BAIDU_TRANSLATE_SECRET")

    def limits(self) -> Limits:
        rate, characters = TIERS[self.tier]
        return Limits(items=1000, characters=characters, size=6000, calls_per_second=rate)

    def code(self, language: str, *, target: bool = False) -> str | None:
        more = self.premium.get(language) if self.tier == "premium" else None
        return super().code(language, target=target) or more

    def variety(self) -> str:
        return "baidu@general"

    def call(self, texts: Sequence[str], source: str, target: str, secrets: Secrets, now: float) -> Call:
        appid, secret = (secrets[name] for name in self.names())
        q, salt = "\n".join(texts), uuid4().hex
        form = {"q": q, "from": source, "to": target, "appid": appid, "salt": salt}
        form["sign"] = sign(appid, q, salt, secret)
        return Call("/api/trans/vip/translate", urlencode(form).encode(), FORM)

    def failure(self, body: Any, status: int) -> Error | None:
        code = str(body.get("error_code", "52000"))
        return None if code == "52000" else Error(code, str(body.get("error_msg", "")))

    def results(self, body: Any, texts: Sequence[str]) -> Sequence[str | None]:
        return in_order([(line["src"], line["dst"]) for line in body["trans_result"]], texts)


def sign(appid: str, q: str, salt: str, secret: str) -> str:
    """The signature of a call, over the text as it is before it is encoded for the form."""
    return md5(f"{appid}{q}{salt}{secret}".encode()).hexdigest()
