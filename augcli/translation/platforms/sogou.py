"""Sogou's translation API as it was. The service ended on 2022-02-28; a gateway may still speak it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import uuid4

from augcli.models.hosted.service import FORM, Call, Error, Kind, Limits, Secrets
from augcli.translation.platform import COMMON, Platform


class Sogou(Platform):
    """Sogou (搜狗翻译), whose service ended on 2022-02-28: only behind a gateway that base_url names."""

    name: ClassVar = "sogou"
    title: ClassVar = "Sogou 搜狗翻译"
    site: ClassVar = "https://cloud.tencent.com/product/tmt"
    codes: ClassVar = {
        **COMMON,
        "zh": "zh-CHS",
        "zh-Hant": "zh-CHT",
    }
    errors: ClassVar = {"1002": Kind.SPLIT, "1005": Kind.SLOW, "1050": Kind.RETRY, "10010": Kind.ROW}

    def names(self) -> Sequence[str]:
        return ("SOGOU_PID", "SOGOU_KEY")

    def limits(self) -> Limits:
        return Limits(items=1, characters=5000)

    def variety(self) -> str:
        return f"sogou@{self.base_url}"

    def unable(self, source: str, target: str) -> str | None:
        if not self.base_url:
            return (
                "the service of Sogou ended on 2022-02-28; use backend tencent, to whom Sogou belongs, or name a "
                "gateway that speaks its protocol in services.sogou.base_url"
            )
        return super().unable(source, target)

    def call(self, texts: Sequence[str], source: str, target: str, secrets: Secrets, now: float) -> Call:
        (text,), (pid, key) = texts, (secrets[name] for name in self.names())
        salt = uuid4().hex
        form = {"q": text, "from": source, "to": target, "pid": pid, "salt": salt, "sign": sign(pid, text, salt, key)}
        return Call("/reventondc/api/sogouTranslate", urlencode(form).encode(), FORM)

    def failure(self, body: Any, status: int) -> Error | None:
        code = str(body["errorCode"])
        return None if code == "0" else Error(code, str(body.get("errorMessage", "")))

    def results(self, body: Any, texts: Sequence[str]) -> Sequence[str | None]:
        return [body["translation"]]


def sign(pid: str, q: str, salt: str, key: str) -> str:
    """The signature of a call."""
    return md5(f"{pid}{q.strip()}{salt}{key}".encode()).hexdigest()
