"""Local counterparts of the translation platforms. They judge the raw bytes of each call with code of their own."""

from __future__ import annotations

import codecs
import hashlib
import hmac
import html
import json
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote_plus, urlsplit

SECRETS: dict[str, dict[str, str]] = {
    "baidu": {"BAIDU_TRANSLATE_APPID": "20200101000000001", "BAIDU_TRANSLATE_SECRET": "dummy-secret-of-baidu-0000A"},
    "youdao": {"YOUDAO_APP_KEY": "dummyappkey00001", "YOUDAO_APP_SECRET": "dummy-secret-of-youdao-00001"},
    "tencent": {
        "TENCENTCLOUD_SECRET_ID": "AKIDdummy0000000000000000000000000001",
        "TENCENTCLOUD_SECRET_KEY": "dummy-secret-of-tencent-00001",
    },
    "bing": {"AZURE_TRANSLATOR_KEY": "dummy-secret-of-bing-00001"},
    "google": {"GOOGLE_API_KEY": "dummy-secret-of-google-00001", "GOOGLE_ACCESS_TOKEN": "dummy-token-of-google-00001"},
    "deepl": {"DEEPL_AUTH_KEY": "dummy-secret-of-deepl-00001"},
    "libretranslate": {"LIBRETRANSLATE_API_KEY": "dummy-secret-of-libre-00001"},
    "sogou": {"SOGOU_PID": "dummypid00000001", "SOGOU_KEY": "dummy-secret-of-sogou-00001"},
}
FAULTS = ("429", "500", "timeout", "cut", "html", "empty", "count", "bad json", "slow")
SPOILED = ("timeout", "cut", "html", "empty", "count", "extra", "bad json")
"""Faults where the platform did translate, but the translation did not arrive whole."""


# Translation: to another language each word is turned into something that looks like none; back, some become others

_THERE = {
    "need": "require", "card": "pass", "want": "wish", "play": "perform", "find": "discover", "please": "kindly",
    "book": "reserve", "restaurant": "eatery", "weather": "forecast", "song": "tune", "add": "append",
}  # fmt: skip
_THERE_ZH = {
    "喜欢": "喜爱", "今天": "今日", "非常": "十分", "酒店": "宾馆", "味道": "口味", "不错": "很好", "价格": "价钱",
}  # fmt: skip
_WORD = re.compile(r"X\d+X|[A-Za-z]+|[\u4e00-\u9fff]+|[α-π]+")


def translate(text: str) -> str:
    """What the platforms make of `text`: of what went away comes back something alike."""
    return _WORD.sub(lambda match: _word(match[0]), text)


def _word(word: str) -> str:
    if re.fullmatch(r"X\d+X", word):
        return word
    if "\u4e00" <= word[0] <= "\u9fff":
        return "".join(chr(ord("α") + int(digit, 16)) for char in word for digit in f"{ord(char):04x}")
    if "α" <= word[0] <= "π":
        digits = "".join(f"{ord(letter) - ord('α'):x}" for letter in word)
        back = "".join(chr(int(digits[place : place + 4], 16)) for place in range(0, len(digits), 4))
        return re.sub("|".join(_THERE_ZH), lambda match: _THERE_ZH[match[0]], back)
    if len(word) > 1 and word.endswith("q"):
        back = codecs.decode(word[:-1], "rot13")
        other = _THERE.get(back.lower(), back)
        return other.capitalize() if back.istitle() else other
    return codecs.encode(word, "rot13") + "q"


def round_trip(text: str) -> str:
    """`text` there and back."""
    return translate(translate(text))


# Calls as they are read


@dataclass(frozen=True)
class Query:
    """What a call wants."""

    texts: list[str]
    source: str
    target: str


@dataclass
class Call:
    """A call as it came, and what became of it."""

    time: float
    path: str
    asked: Query | None = None
    outcome: str = "ok"


class RefusedError(Exception):
    """A call that the platform refuses, with its own code."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Request:
    """An HTTP request, raw."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def form(self) -> list[tuple[str, str]]:
        if self.headers.get("content-type") != "application/x-www-form-urlencoded":
            raise RefusedError("content-type")
        pairs = (pair.partition("=") for pair in self.body.decode("ascii").split("&"))
        return [(unquote_plus(name), unquote_plus(value, errors="strict")) for name, _, value in pairs]

    def json(self) -> Any:
        if not self.headers.get("content-type", "").lower().startswith("application/json"):
            raise RefusedError("content-type")
        return json.loads(self.body)


@dataclass
class Limits:
    """Of one call, and of calls in a second and characters in a minute."""

    items: int = 10**9
    characters: int = 10**9
    size: int = 10**9
    per_second: float = 10**9
    per_minute: float = 10**9


class Desk:
    """A platform: how it reads calls and writes replies."""

    paths: ClassVar[tuple[str, ...]]
    limits: ClassVar[Limits]
    codes: ClassVar[dict[str, str]] = {}
    """ISO codes by its own, where they differ."""
    too_long: ClassVar[str]
    too_often: ClassVar[str]
    broken: ClassVar[str]
    no_pair: ClassVar[str]
    content: ClassVar[str] = ""
    """Its code for a text that it will not translate."""
    known: ClassVar = {"zh", "zh-Hant", "en", "fr", "es", "de", "ja", "ko", "ru", "pt", "it", "vi", "hi", "sv"}

    def __init__(self, secrets: dict[str, str], fake: Fake) -> None:
        self.secrets = list(secrets.values())
        self.fake = fake

    def read(self, request: Request) -> Query:
        raise NotImplementedError

    def reply(self, request: Request, asked: Query, results: list[str]) -> Any:
        raise NotImplementedError

    def error(self, code: str, message: str) -> tuple[int, Any]:
        """HTTP status and body."""
        raise NotImplementedError

    def asked(self, texts: list[str], source: str, target: str) -> Query:
        pair = [self.codes.get(code, code) for code in (source, target)]
        if any(code in self.codes.values() and code not in self.codes for code in (source, target)):
            raise RefusedError(self.no_pair, f"{source} or {target} is not one of our codes")
        if not {*pair} <= self.known or pair[0] == pair[1]:
            raise RefusedError(self.no_pair, f"from {source} to {target}")
        return Query(texts, *pair)

    def now(self) -> float:
        return time.time() + self.fake.skew


class Baidu(Desk):
    paths = ("/api/trans/vip/translate",)
    limits = Limits(characters=1000, size=6000, per_second=1)
    codes: ClassVar = {"cht": "zh-Hant", "jp": "ja", "kor": "ko", "fra": "fr", "spa": "es", "vie": "vi", "ara": "ar",
                       "swe": "sv"}  # fmt: skip
    known: ClassVar = {*Desk.known, "wyw"} - {"hi"}
    too_long, too_often, broken, no_pair, content = "54005", "54003", "52002", "58001", "20003"

    def read(self, request: Request) -> Query:
        form = dict(request.form())
        if not {"q", "from", "to", "appid", "salt", "sign"} <= form.keys():
            raise RefusedError("54000", "PARAM_FROM_TO_OR_Q_EMPTY")
        appid, secret = self.secrets
        if form["appid"] != appid:
            raise RefusedError("52003", "UNAUTHORIZED USER")
        digest = hashlib.new("md5", b"".join(part.encode() for part in (appid, form["q"], form["salt"], secret)))
        if digest.hexdigest() != form["sign"] or not re.fullmatch("[A-Za-z0-9]+", form["salt"]):
            raise RefusedError("54001", "Invalid Sign")
        return self.asked([line.strip() for line in form["q"].split("\n") if line.strip()], form["from"], form["to"])

    def reply(self, request: Request, asked: Query, results: list[str]) -> Any:
        form = dict(request.form())
        pairs = list(zip(asked.texts, results, strict=False))
        pairs += [("", extra) for extra in results[len(pairs) :]]
        lines = [{"src": text, "dst": result} for text, result in pairs]
        return {"from": form["from"], "to": form["to"], "trans_result": self.fake.shuffled(lines)}

    def error(self, code: str, message: str) -> tuple[int, Any]:
        return 200, {"error_code": code, "error_msg": message}


class Youdao(Desk):
    paths = ("/api", "/v2/api")
    limits = Limits(characters=5000)
    codes: ClassVar = {"zh-CHS": "zh", "zh-CHT": "zh-Hant"}
    too_long, too_often, broken, no_pair, content = "103", "411", "303", "102", "302"

    def __init__(self, secrets: dict[str, str], fake: Fake) -> None:
        super().__init__(secrets, fake)
        self.seen: set[tuple[str, str]] = set()

    def read(self, request: Request) -> Query:
        pairs = request.form()
        texts = [value for name, value in pairs if name == "q"]
        form = dict(pairs)
        if not {"q", "from", "to", "appKey", "salt", "sign", "signType", "curtime"} <= form.keys():
            raise RefusedError("101")
        if request.path == "/api" and len(texts) != 1:
            raise RefusedError("101", "several q")
        key, secret = self.secrets
        if form["appKey"] != key:
            raise RefusedError("108")
        joined = "".join(texts)
        short = self._short(joined)
        plain = (key + short + form["salt"] + form["curtime"] + secret).encode()
        if form["signType"] != "v3" or hashlib.sha256(plain).hexdigest() != form["sign"]:
            raise RefusedError("202")
        if abs(self.now() - int(form["curtime"])) > 300:
            raise RefusedError("206")
        if (form["salt"], form["curtime"]) in self.seen:
            raise RefusedError("207")
        self.seen.add((form["salt"], form["curtime"]))
        if not all(texts):
            raise RefusedError("113")
        return self.asked(texts, form["from"], form["to"])

    def _short(self, q: str) -> str:
        if not self.fake.utf16:
            return q if len(q) < 21 else "".join((q[0:10], repr(len(q)), q[len(q) - 10 :]))
        units = q.encode("utf-16-le")
        if len(units) <= 40:
            return q
        return units[:20].decode("utf-16-le") + str(len(units) // 2) + units[-20:].decode("utf-16-le")

    def reply(self, request: Request, asked: Query, results: list[str]) -> Any:
        form = dict(request.form())
        kind = f"{form['from']}2{form['to']}"
        if request.path == "/api":
            return {"errorCode": "0", "query": asked.texts[0], "translation": results, "l": kind}
        failed = self.fake.failing(asked.texts)
        pairs = [*zip(asked.texts, results, strict=False), *(("", extra) for extra in results[len(asked.texts) :])]
        whole = [
            {"query": text, "translation": result, "type": kind}
            for place, (text, result) in enumerate(pairs)
            if place not in failed
        ]
        return {"errorCode": "0", "errorIndex": failed, "translateResults": self.fake.shuffled(whole)}

    def error(self, code: str, message: str) -> tuple[int, Any]:
        return 200, {"errorCode": code, "msg": message}


class Tencent(Desk):
    paths = ("/",)
    limits = Limits(characters=5999, per_second=5)
    codes: ClassVar = {"zh-TW": "zh-Hant"}
    too_long, too_often, broken = "UnsupportedOperation.TextTooLong", "RequestLimitExceeded", "InternalError"
    no_pair, content = "UnsupportedOperation.UnSupportedTargetLanguage", "FailedOperation.LanguageRecognitionErr"

    def read(self, request: Request) -> Query:
        heads = request.headers
        match = re.fullmatch(
            r"TC3-HMAC-SHA256 Credential=([^/]+)/([\d-]+)/tmt/tc3_request, SignedHeaders=([\w;-]+), Signature=(\w{64})",
            heads.get("authorization", ""),
        )
        if not match:
            raise RefusedError("AuthFailure.InvalidAuthorization")
        secret_id, secret_key = self.secrets
        who, date, signed, signature = match.groups()
        if who != secret_id:
            raise RefusedError("AuthFailure.SecretIdNotFound")
        stamp = int(heads["x-tc-timestamp"])
        if abs(self.now() - stamp) > 300:
            raise RefusedError("AuthFailure.SignatureExpire")
        if date != datetime.fromtimestamp(stamp, UTC).date().isoformat():
            raise RefusedError("AuthFailure.SignatureFailure", "the date is not UTC")
        if not {"content-type", "host"} <= set(signed.split(";")):
            raise RefusedError("AuthFailure.SignatureFailure", "content-type and host must be signed")
        lines = ["POST", "/", ""]
        lines += [f"{name}:{heads[name].strip().lower()}" for name in signed.split(";")]
        lines += ["", signed, hashlib.sha256(request.body).hexdigest()]
        key = ("TC3" + secret_key).encode("utf-8")
        for part in (date, "tmt", "tc3_request"):
            key = hmac.new(key, part.encode("utf-8"), hashlib.sha256).digest()
        hashed = hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()
        text = "\n".join(["TC3-HMAC-SHA256", str(stamp), f"{date}/tmt/tc3_request", hashed])
        if not hmac.compare_digest(hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest(), signature):
            raise RefusedError("AuthFailure.SignatureFailure")
        if heads.get("x-tc-version") != "2018-03-21":
            raise RefusedError("NoSuchVersion")
        if not re.fullmatch(r"(ap|na|eu)-[a-z]+", heads.get("x-tc-region", "")):
            raise RefusedError("UnsupportedRegion")
        body = request.json()
        single = {"TextTranslate": True, "TextTranslateBatch": False}.get(heads.get("x-tc-action", ""))
        if single is None:
            raise RefusedError("InvalidAction")
        texts = [body["SourceText"]] if single else body["SourceTextList"]
        if {"hi"} & {body["Source"], body["Target"]} and "en" not in (body["Source"], body["Target"]):
            raise RefusedError(self.no_pair)
        return self.asked(texts, body["Source"], body["Target"])

    def reply(self, request: Request, asked: Query, results: list[str]) -> Any:
        body = request.json()
        said = {"Source": body["Source"], "Target": body["Target"], "RequestId": "r-1"}
        if request.headers["x-tc-action"] == "TextTranslate":
            return {"Response": {**said, **({"TargetText": results[0]} if results else {})}}
        return {"Response": {**said, "TargetTextList": results}}

    def error(self, code: str, message: str) -> tuple[int, Any]:
        return 200, {"Response": {"Error": {"Code": code, "Message": message}, "RequestId": "r-1"}}


class Bing(Desk):
    paths = ("/translate",)
    limits = Limits(items=1000, characters=50_000, per_minute=2_000_000 / 60)
    codes: ClassVar = {"zh-Hans": "zh"}
    too_long, too_often, broken, no_pair = "400077", "429001", "500000", "400036"

    def read(self, request: Request) -> Query:
        if request.headers.get("ocp-apim-subscription-key") != self.secrets[0]:
            raise RefusedError("401000", "The request is not authorized because credentials are missing or invalid.")
        if request.headers.get("ocp-apim-subscription-region") != self.fake.region:
            raise RefusedError("401015", "The region is missing")
        body = request.json()
        if request.query.get("api-version") == "3.0":
            return self.asked([item["Text"] for item in body], request.query["from"], request.query["to"])
        if request.query.get("api-version") != "2026-06-06":
            raise RefusedError("400021", "The API version parameter is not valid.")
        ((source, target),) = {(item["language"], item["targets"][0]["language"]) for item in body["inputs"]}
        return self.asked([item["text"] for item in body["inputs"]], source, target)

    def reply(self, request: Request, asked: Query, results: list[str]) -> Any:
        if request.query["api-version"] == "3.0":
            return [{"translations": [{"text": result, "to": request.query["to"]}]} for result in results]
        return {"value": [{"translations": [{"language": asked.target, "text": result}]} for result in results]}

    def error(self, code: str, message: str) -> tuple[int, Any]:
        return int(code[:3]), {"error": {"code": int(code), "message": message}}


class Google(Desk):
    limits = Limits(items=128, characters=30_000, size=100_000, per_minute=6_000_000)
    paths = ("/language/translate/v2", "/v3/projects/p-1/locations/global:translateText")
    codes: ClassVar = {"zh-CN": "zh", "zh-TW": "zh-Hant"}
    too_long, too_often, broken, no_pair = (
        "400 too long",
        "403 userRateLimitExceeded",
        "500 backendError",
        "400 invalid",
    )

    def read(self, request: Request) -> Query:
        body = request.json()
        key, token = self.secrets
        if request.path == self.paths[0]:
            if request.headers.get("x-goog-api-key", request.query.get("key")) != key:
                raise RefusedError("400 keyInvalid", f"API key {request.headers.get('x-goog-api-key')} not valid")
            return self.asked(body["q"], body["source"], body["target"])
        if request.headers.get("authorization") != f"Bearer {token}":
            raise RefusedError("401 UNAUTHENTICATED")
        if body.get("mimeType") != "text/plain":
            raise RefusedError("400 INVALID_ARGUMENT", "mimeType")
        return self.asked(body["contents"], body["sourceLanguageCode"], body["targetLanguageCode"])

    def reply(self, request: Request, asked: Query, results: list[str]) -> Any:
        if request.path == self.paths[0] and request.json().get("format") != "text":
            results = [html.escape(result) for result in results]
        found = [{"translatedText": result} for result in results]
        return {"data": {"translations": found}} if request.path == self.paths[0] else {"translations": found}

    def error(self, code: str, message: str) -> tuple[int, Any]:
        status, _, reason = code.partition(" ")
        if reason == "too long":
            reason, message = "invalid", "Too many text segments" if "items" in message else "Text too long"
        details = [{"domain": "global", "reason": reason, "message": message}]
        return int(status), {"error": {"code": int(status), "message": message, "errors": details}}


class DeepL(Desk):
    paths = ("/v2/translate",)
    limits = Limits(items=50, size=128 * 1024)
    codes: ClassVar = {
        **{code.upper(): code for code in Desk.known}, "EN-US": "en", "EN-GB": "en", "ZH-HANS": "zh",
        "ZH-HANT": "zh-Hant", "PT-BR": "pt", "PT-PT": "pt",
    }  # fmt: skip
    too_long, too_often, broken, no_pair = "413", "429", "500", "400"

    def read(self, request: Request) -> Query:
        if request.headers.get("authorization") != f"DeepL-Auth-Key {self.secrets[0]}":
            raise RefusedError("403", "Authorization failed")
        body = request.json()
        if body["target_lang"] in ("EN", "PT", "ZH") or "-" in body["source_lang"]:
            raise RefusedError("400", "Value for 'target_lang' not supported.")
        return self.asked(body["text"], body["source_lang"], body["target_lang"])

    def reply(self, request: Request, asked: Query, results: list[str]) -> Any:
        return {"translations": [{"detected_source_language": "EN", "text": result} for result in results]}

    def error(self, code: str, message: str) -> tuple[int, Any]:
        return int(code), {"message": message}


class LibreTranslate(Desk):
    paths = ("/translate",)
    limits = Limits(characters=2000)
    codes: ClassVar = {"zt": "zh-Hant"}
    too_long, too_often, broken, no_pair = "400 exceeds", "429", "500", "400"

    def read(self, request: Request) -> Query:
        body = request.json()
        if body.get("api_key") != self.secrets[0]:
            raise RefusedError("403", "Invalid API key")
        texts = body["q"] if isinstance(body["q"], list) else [body["q"]]
        return self.asked(texts, body["source"], body["target"])

    def reply(self, request: Request, asked: Query, results: list[str]) -> Any:
        if request.json().get("format") != "text":
            results = [html.escape(result) for result in results]
        return {"translatedText": results if isinstance(request.json()["q"], list) else results[0]}

    def error(self, code: str, message: str) -> tuple[int, Any]:
        status, _, exceeds = code.partition(" ")
        return int(status), {"error": "Invalid request: request (9) exceeds text limit (8)" if exceeds else message}


class Sogou(Desk):
    paths = ("/reventondc/api/sogouTranslate",)
    limits = Limits(characters=5000)
    codes: ClassVar = {"zh-CHS": "zh", "zh-CHT": "zh-Hant"}
    too_long, too_often, broken, no_pair = "1002", "1005", "1050", "1001"

    def read(self, request: Request) -> Query:
        form = dict(request.form())
        pid, key = self.secrets
        if form["pid"] != pid:
            raise RefusedError("1003")
        digest = hashlib.new("md5")
        for part in (pid, form["q"].strip(), form["salt"], key):
            digest.update(part.encode("utf-8"))
        if digest.hexdigest() != form["sign"]:
            raise RefusedError("1009")
        return self.asked([form["q"]], form["from"], form["to"])

    def reply(self, request: Request, asked: Query, results: list[str]) -> Any:
        said = {"errorCode": "0", "query": asked.texts[0], "from": asked.source, "to": asked.target}
        return {**said, **({"translation": results[0]} if results else {})}

    def error(self, code: str, message: str) -> tuple[int, Any]:
        return 200, {"errorCode": code}


DESKS: dict[str, type[Desk]] = {
    "baidu": Baidu, "youdao": Youdao, "tencent": Tencent, "bing": Bing, "google": Google, "deepl": DeepL,
    "libretranslate": LibreTranslate, "sogou": Sogou,
}  # fmt: skip


def faulty(rate: float, seed: int, kinds: Iterable[str] = FAULTS) -> Iterator[str]:
    """An endless script: a fault of `kinds` with probability `rate`, or ok."""
    random, kinds = Random(seed), list(kinds)
    while True:
        yield random.choice(kinds) if random.random() < rate else "ok"


# The server


@dataclass
class Fake:
    """A platform at http://127.0.0.1:PORT, to use as a context manager.

    `faults` names what happens to each call, one after another: ok, 429 or 429+SECONDS (too often, with Retry-After),
    500, timeout, cut, html, empty, bad json, count, extra, slow, shuffled, partial, or error:CODE.
    """

    platform: str
    faults: Iterable[str] = ()
    delay: float = 0.0
    limits: Limits | None = None
    refuse: str = ""
    """Texts with this are refused by those that filter."""
    region: str | None = None
    skew: float = 0.0
    utf16: bool = False
    clock: Callable[[], float] = time.monotonic
    calls: list[Call] = field(default_factory=list)
    billed: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Texts, with source and target, whose translations were sent whole."""
    lost: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Those whose translations were spoiled."""

    def __enter__(self) -> Fake:
        self.desk = DESKS[self.platform](SECRETS[self.platform], self)
        self.allowed = self.limits or self.desk.limits
        self._script = iter(self.faults)
        self._lock = threading.Lock()
        self._window: deque[tuple[float, int]] = deque()
        self._now = threading.local()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def fault(self) -> str:
        with self._lock:
            return next(self._script, "ok")

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes, str]:
        """Status, headers, body, and the fault that is to happen to them."""
        call = Call(self.clock(), request.path)
        with self._lock:
            self.calls.append(call)
        fault = self._now.fault = self.fault()
        if request.path not in self.desk.paths:
            call.outcome = "404"
            return 404, {}, b"<html>not found</html>", "ok"
        try:
            if fault.startswith("429"):
                raise RefusedError(self.desk.too_often, "too often")
            if fault == "500":
                raise RefusedError(self.desk.broken, "broken")
            if fault.startswith("error:"):
                raise RefusedError(fault.removeprefix("error:"), "scripted")
            asked = call.asked = self.desk.read(request)
            self._judge(asked, call.time)
        except RefusedError as problem:
            call.outcome = problem.code
            status, body = self.desk.error(problem.code, problem.message)
            wait = fault.partition("+")[2]
            return status, {"Retry-After": wait} if wait else {}, json.dumps(body).encode(), "ok"
        return 200, {}, self._reply(request, asked, call, fault), fault

    def _reply(self, request: Request, asked: Query, call: Call, fault: str) -> bytes:
        results = [translate(text) for text in asked.texts]
        if fault == "count":
            results.pop()
        if fault == "extra":
            results.append("one more")
        call.outcome = fault
        failed = self.failing(asked.texts)
        counts = self.lost if fault in SPOILED else self.billed
        with self._lock:
            for place, text in enumerate(asked.texts):
                if place not in failed:
                    counts[asked.source, asked.target, text] += 1
        body = self.desk.reply(request, asked, results)
        return json.dumps(body, ensure_ascii=fault == "slow").encode()

    def _judge(self, asked: Query, now: float) -> None:
        """Sizes and rates; texts that are refused."""
        desk, allowed = self.desk, self.allowed
        characters = sum(map(len, asked.texts))
        if len(asked.texts) > allowed.items:
            raise RefusedError(desk.too_long, "items")
        if characters > allowed.characters or sum(len(text.encode()) for text in asked.texts) > allowed.size:
            raise RefusedError(desk.too_long, "characters")
        whole = self.platform != "youdao" or len(asked.texts) == 1
        if desk.content and self.refuse and whole and any(self.refuse in text for text in asked.texts):
            raise RefusedError(desk.content, "content")
        with self._lock:
            recent = [(moment, sent) for moment, sent in self._window if now - moment < 60]
            calls = sum(now - moment < 1 for moment, _ in recent)
            if calls + 1 > allowed.per_second or characters + sum(sent for _, sent in recent) > allowed.per_minute:
                raise RefusedError(desk.too_often, "too often")
            self._window = deque([*recent, (now, characters)])

    def failing(self, texts: list[str]) -> list[int]:
        """Places of a batch of Youdao's that fail alone."""
        refused = [place for place, text in enumerate(texts) if self.refuse and self.refuse in text]
        if self.platform != "youdao" or len(texts) == 1:
            return []
        return sorted({*refused, *([len(texts) // 2] if self._now.fault == "partial" else [])})

    def shuffled(self, lines: list[dict[str, str]]) -> list[dict[str, str]]:
        return lines[::-1] if self._now.fault == "shuffled" else lines


def _handler(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            parts = urlsplit(self.path)
            heads = {name.lower(): value for name, value in self.headers.items()}
            request = Request(parts.path, dict(parse_qsl(parts.query)), heads, raw)
            status, headers, body, fault = fake.answer(request)
            time.sleep(fake.delay)
            self.after(fault, status, headers, body)

        def after(self, fault: str, status: int, headers: dict[str, str], body: bytes) -> None:
            if fault == "timeout":
                self.rfile.read(1)  # until nobody waits any more
                self.close_connection = True
                return
            if fault == "slow":
                time.sleep(0.2)
            spoiled: dict[str, tuple[int, bytes]] = {
                "html": (502, b"<html><body>Bad gateway</body></html>"),
                "empty": (200, b""),
                "bad json": (200, body[: len(body) // 2]),
            }
            status, body = spoiled.get(fault, (status, body))
            self.send_response_only(status)
            self.send_header("Date", formatdate(time.time() + fake.skew, usegmt=True))
            self.send_header("Content-Type", "text/html" if fault == "html" else "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if fault == "cut" else body)
            if fault == "cut":
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
