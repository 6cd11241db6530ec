"""Youdao's text translation, signature v3: one text at /api, several at /v2/api. Errors come with HTTP 200."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import uuid4

from augcli.models.hosted.service import FORM, Call, Error, Kind, Limits, Secrets
from augcli.translation.platform import COMMON, Platform, in_order


class Youdao(Platform):
    """Youdao (有道智云, 文本翻译)."""

    name: ClassVar = "youdao"
    title: ClassVar = "Youdao 有道智云"
    site: ClassVar = "https://ai.youdao.com"
    home: ClassVar = "https://openapi.youdao.com"
    codes: ClassVar = {
        **COMMON,
        "zh": "zh-CHS",
        "zh-Hant": "zh-CHT",
    }
    errors: ClassVar = {
        "103": Kind.SPLIT,
        "113": Kind.ROW,
        "206": Kind.CLOCK,
        "207": Kind.RETRY,
        "301": Kind.ODD,
        "302": Kind.ODD,
        "303": Kind.RETRY,
        "411": Kind.SLOW,
        "412": Kind.LONG,
    }

    def names(self) -> Sequence[str]:
        return ("YOUDAO_APP_KEY", "YOUDAO_APP_SECRET")

    def limits(self) -> Limits:
        return Limits(items=1000, characters=5000)

    def variety(self) -> str:
        return "youdao@v3"

    def call(self, texts: Sequence[str], source: str, target: str, secrets: Secrets, now: float) -> Call:
        key, secret = (secrets[name] for name in self.names())
        salt, time = str(uuid4()), str(int(now))
        form = [*(("q", text) for text in texts), ("from", source), ("to", target), ("appKey", key), ("salt", salt)]
        form += [("sign", sign(key, "".join(texts), salt, time, secret)), ("signType", "v3"), ("curtime", time)]
        form.append(("strict", "true"))
        return Call("/api" if len(texts) == 1 else "/v2/api", urlencode(form).encode(), FORM)

    def failure(self, body: Any, status: int) -> Error | None:
        code = str(body["errorCode"])
        return None if code == "0" else Error(code, str(body.get("msg", "")))

    def meaning(self, error: Error, texts: Sequence[str]) -> Kind | None:
        # beyond the BMP, samples of the vendor count characters differently, so the signature may not fit the text
        if error.code == "202" and any(char > "\uffff" for text in texts for char in text):
            return Kind.ROW
        return super().meaning(error, texts)

    def results(self, body: Any, texts: Sequence[str]) -> Sequence[str | None]:
        if "translation" in body:
            (result,) = body["translation"]
            return [result]
        failed = {int(place) for place in body.get("errorIndex", ())}
        found = body["translateResults"]
        if len(found) == len(texts):
            found = [result for place, result in enumerate(found) if place not in failed]
        sent = [text for place, text in enumerate(texts) if place not in failed]
        whole = iter(in_order([(result["query"], result["translation"]) for result in found], sent))
        return [None if place in failed else next(whole) for place in range(len(texts))]


def sign(key: str, q: str, salt: str, time: str, secret: str) -> str:
    """The signature of a call; `q` is all its texts in a row."""
    short = q if len(q) <= 20 else f"{q[:10]}{len(q)}{q[-10:]}"
    return sha256(f"{key}{short}{salt}{time}{secret}".encode()).hexdigest()
